//! Rows as an aligned table, printed while they come.
//!
//! The widths are those of the rows that have come so far: when a later value needs more room and there is room, the
//! header is printed again with wider columns. What does not fit the terminal is cut with `…`, the widest columns
//! first; if every column would have to be cut to a few characters, the rows are printed in vertical form.

use std::io::{self, Write};
use std::ops::Range;

use rowtime_engine::plan::Field;
use unicode_width::UnicodeWidthStr;

use super::cells::{Cells, Shown, escaped, fitting};
use super::vertical::VerticalPrinter;
use super::{BOLD, DIM, Look, RESET, RowPrinter, RowsToShow};

/// Rows that are measured together.
const CHUNK_ROWS: usize = 100;
/// The room that a column keeps when others need much, if it needs that much itself.
const COLUMN_WIDTH_MIN: usize = 8;
/// A column that must grow while rows are printed grows to a multiple of this, so that it seldom must again.
const GROWTH: usize = 4;
/// What stands between two columns.
const BETWEEN: &str = " | ";

/// Rows as a table.
pub struct TablePrinter {
    fields: Vec<Field>,
    columns: Vec<Column>,
    look: Look,
    cells: Cells,
    lines: String,
    form: Form,
}

/// One column of the table.
struct Column {
    name: String,
    /// What its name and the values so far would take.
    wanted: usize,
    /// What it has; 0 before the first header.
    width: usize,
    right: bool,
}

/// How the rows are printed.
enum Form {
    /// Nothing is printed yet.
    Undecided,
    /// As a table.
    Aligned,
    /// The columns do not fit beside each other.
    Vertical(Box<VerticalPrinter>),
}

impl TablePrinter {
    /// A table of rows with these fields.
    pub fn new(fields: &[Field], look: Look) -> Self {
        let column = |field: &Field| {
            let name = escaped(&field.name);
            Column {
                wanted: name.width().max(1),
                name,
                width: 0,
                right: field.ty.is_numeric() || field.ty.is_interval(),
            }
        };
        Self {
            fields: fields.to_vec(),
            columns: fields.iter().map(column).collect(),
            look,
            cells: Cells::default(),
            lines: String::new(),
            form: Form::Undecided,
        }
    }

    fn chunk(&mut self, rows: &RowsToShow, range: Range<usize>, out: &mut dyn Write) -> io::Result<()> {
        self.cells.fill(&self.fields, rows, range);
        self.lines.clear();
        let grows = self.measure();
        if matches!(self.form, Form::Undecided) {
            if self.is_crowded() {
                let vertical = VerticalPrinter::new(&self.fields, self.look);
                self.form = Form::Vertical(Box::new(vertical));
                return Ok(());
            }
            self.form = Form::Aligned;
            self.widen();
            self.header();
        } else if grows && self.widen() {
            self.lines.push('\n');
            self.header();
        }
        let Self {
            columns,
            look,
            cells,
            lines,
            ..
        } = self;
        for row in cells.rows() {
            for (i, (column, cell)) in columns.iter().zip(row).enumerate() {
                column.write(lines, cell, *look, i);
            }
            end_line(lines);
        }
        // At once: a terminal is written to line by line, each with a call of its own.
        out.write_all(lines.as_bytes())
    }

    /// Takes the widths of the cells; returns whether one is wider than its column.
    fn measure(&mut self) -> bool {
        let mut grows = false;
        let is_first = matches!(self.form, Form::Undecided);
        let Self { cells, columns, .. } = self;
        for row in cells.rows() {
            for (column, cell) in columns.iter_mut().zip(row) {
                if cell.width > column.wanted {
                    grows = true;
                    let growth = if is_first { 1 } else { GROWTH };
                    column.wanted = cell.width.next_multiple_of(growth);
                }
            }
        }
        grows
    }

    /// Gives the columns their widths; returns whether one changed.
    fn widen(&mut self) -> bool {
        let widths = fair(&self.wanted(), self.room());
        let mut changed = false;
        for (column, width) in self.columns.iter_mut().zip(widths) {
            changed |= column.width != width;
            column.width = width;
        }
        changed
    }

    fn wanted(&self) -> Vec<usize> {
        self.columns.iter().map(|c| c.wanted).collect()
    }

    /// Whether the columns do not fit even if each is cut to a few characters.
    fn is_crowded(&self) -> bool {
        let least: usize = self.columns.iter().map(|c| c.wanted.min(COLUMN_WIDTH_MIN)).sum();
        self.room().is_some_and(|room| least > room)
    }

    /// The terminal's columns without what stands between ours.
    fn room(&self) -> Option<usize> {
        let between = 2 + BETWEEN.len() * self.columns.len().saturating_sub(1);
        self.look.width.map(|width| width.saturating_sub(between))
    }

    fn header(&mut self) {
        let Self {
            columns, look, lines, ..
        } = self;
        let plain = Look {
            colour: false,
            ..*look
        };
        for (i, column) in columns.iter().enumerate() {
            let name = Shown {
                text: &column.name,
                width: column.name.width(),
                null: false,
            };
            let mut cell = String::new();
            column.write(&mut cell, name, plain, i);
            lines.push_str(&look.styled(BOLD, &cell));
        }
        end_line(lines);
        for (i, column) in columns.iter().enumerate() {
            lines.push_str(if i > 0 { "+-" } else { "-" });
            (0..=column.width).for_each(|_| lines.push('-'));
        }
        end_line(lines);
    }
}

impl Column {
    fn write(&self, line: &mut String, cell: Shown<'_>, look: Look, position: usize) {
        line.push_str(if position > 0 { BETWEEN } else { " " });
        let (text, width, cut) = if cell.width > self.width {
            let (text, width) = fitting(cell.text, self.width.saturating_sub(1));
            (text, width + 1, "…")
        } else {
            (cell.text, cell.width, "")
        };
        let pad = self.width.saturating_sub(width);
        if self.right {
            (0..pad).for_each(|_| line.push(' '));
        }
        let dim = cell.null && look.colour;
        line.push_str(if dim { DIM } else { "" });
        line.push_str(text);
        line.push_str(cut);
        line.push_str(if dim { RESET } else { "" });
        if !self.right {
            (0..pad).for_each(|_| line.push(' '));
        }
    }
}

impl RowPrinter for TablePrinter {
    fn rows(&mut self, rows: &RowsToShow, out: &mut dyn Write) -> io::Result<()> {
        let count = rows.rowtimes.len();
        for from in (0..count).step_by(CHUNK_ROWS) {
            if !matches!(self.form, Form::Vertical(_)) {
                self.chunk(rows, from..count.min(from + CHUNK_ROWS), out)?;
            }
            if let Form::Vertical(vertical) = &mut self.form {
                return vertical.rows_from(rows, from, out);
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if matches!(self.form, Form::Undecided) {
            self.form = Form::Aligned;
            self.widen();
            self.header();
            out.write_all(self.lines.as_bytes())?;
        }
        Ok(())
    }
}

/// Ends a line without blanks at its end.
fn end_line(line: &mut String) {
    line.truncate(line.trim_end_matches(' ').len());
    line.push('\n');
}

/// The room of each column: what it wants if all fit, else at most an equal share of what smaller columns leave.
fn fair(wanted: &[usize], room: Option<usize>) -> Vec<usize> {
    let Some(room) = room.filter(|room| wanted.iter().sum::<usize>() > *room) else {
        return wanted.to_vec();
    };
    let mut ascending: Vec<usize> = (0..wanted.len()).collect();
    ascending.sort_by_key(|i| wanted.get(*i));
    let mut widths = vec![0; wanted.len()];
    let mut left = room;
    for (done, i) in ascending.iter().enumerate() {
        let share = left / (wanted.len() - done);
        if let (Some(width), Some(wanted)) = (widths.get_mut(*i), wanted.get(*i)) {
            *width = share.min(*wanted).max(1);
            left = left.saturating_sub(*width);
        }
    }
    widths
}
