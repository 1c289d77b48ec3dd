//! Rows as an aligned table, printed while they come.
//!
//! The widths are those of the rows that have come so far: when a later value needs more room and there is room, the
//! header is printed again with wider columns. What does not fit the terminal is cut with `…`, the widest columns
//! first, and text only: half a number misleads. If that does not suffice, the rows are printed in vertical form.

use std::io::{self, Write};
use std::ops::Range;

use rowtime_engine::plan::Field;
use rowtime_engine::types::Family;
use unicode_width::UnicodeWidthStr;

use super::cells::{Cells, Shown, escaped, fitting};
use super::vertical::VerticalPrinter;
use super::{BOLD, DIM, Look, RESET, RowPrinter, RowsToShow};

/// Rows that are measured together.
const CHUNK_ROWS: usize = 100;
/// What text and names are never cut below.
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
    /// What it is never cut below, as long as there is room.
    least: usize,
    /// Whether its values may be cut.
    is_text: bool,
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
            let wanted = name.width().max(1);
            Column {
                wanted,
                least: wanted.min(COLUMN_WIDTH_MIN),
                is_text: matches!(field.ty.family(), Family::Character | Family::Binary),
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
                let growth = if is_first { 1 } else { GROWTH };
                if cell.width > column.wanted {
                    grows = true;
                    column.wanted = cell.width.next_multiple_of(growth);
                }
                if cell.width > column.least {
                    column.least = match column.is_text {
                        true => cell.width.min(COLUMN_WIDTH_MIN),
                        false => cell.width,
                    }
                    .max(column.least);
                }
            }
        }
        grows
    }

    /// Gives the columns their widths; returns whether one changed.
    fn widen(&mut self) -> bool {
        let needs: Vec<(usize, usize)> = self.columns.iter().map(|c| (c.least, c.wanted)).collect();
        let widths = fair(&needs, self.room());
        let mut changed = false;
        for (column, width) in self.columns.iter_mut().zip(widths) {
            changed |= column.width != width;
            column.width = width;
        }
        changed
    }

    /// Whether the columns do not fit even if text is cut to a few characters.
    fn is_crowded(&self) -> bool {
        let least: usize = self.columns.iter().map(|c| c.least).sum();
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

/// The width of each column, from the least and the most that it needs: the most if all fit, else one limit for
/// all that need more, as great as the room allows.
fn fair(needs: &[(usize, usize)], room: Option<usize>) -> Vec<usize> {
    let widths = |limit: usize, least_max: usize| {
        let width = |(least, most): &(usize, usize)| limit.clamp((*least).min(least_max), *most);
        needs.iter().map(width).collect::<Vec<usize>>()
    };
    let Some(room) = room.filter(|room| needs.iter().map(|(_, most)| most).sum::<usize>() > *room) else {
        return widths(usize::MAX, usize::MAX);
    };
    let fits = |widths: &Vec<usize>| widths.iter().sum::<usize>() <= room;
    // Values that came later may leave no room even for the least: then no column is spared.
    for least_max in [usize::MAX, 1] {
        let mut fitting = (1..=room).map(|limit| widths(limit, least_max)).take_while(fits);
        if let Some(widest) = fitting.by_ref().last() {
            return widest;
        }
    }
    vec![1; needs.len()]
}
