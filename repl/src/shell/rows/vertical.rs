//! Rows below each other, a line a column: for rows of many columns. Nothing is cut.

use std::io::{self, Write};

use rowtime_engine::plan::Field;
use unicode_width::UnicodeWidthStr;

use super::cells::{Cells, escaped};
use super::{BOLD, DIM, Look, RowPrinter, RowsToShow};

/// Rows whose text is held at once.
const CHUNK_ROWS: usize = 100;

/// Rows as records.
pub struct VerticalPrinter {
    fields: Vec<Field>,
    /// The names, padded to one width.
    names: Vec<String>,
    look: Look,
    cells: Cells,
    records: u64,
}

impl VerticalPrinter {
    /// Records of rows with these fields.
    pub fn new(fields: &[Field], look: Look) -> Self {
        let names: Vec<String> = fields.iter().map(|f| escaped(&f.name)).collect();
        let widest = names.iter().map(|n| n.width()).max().unwrap_or(0);
        let padded = |name: String| {
            let pad = widest.saturating_sub(name.width());
            look.styled(BOLD, &name) + &" ".repeat(pad)
        };
        Self {
            fields: fields.to_vec(),
            names: names.into_iter().map(padded).collect(),
            look,
            cells: Cells::default(),
            records: 0,
        }
    }

    /// Prints the rows from this one on.
    pub fn rows_from(&mut self, rows: &RowsToShow, from: usize, out: &mut dyn Write) -> io::Result<()> {
        let count = rows.rowtimes.len();
        for from in (from..count).step_by(CHUNK_ROWS) {
            self.cells
                .fill(&self.fields, rows, from..count.min(from + CHUNK_ROWS));
            for row in self.cells.rows() {
                self.records += 1;
                let title = format!("-[ row {} ]-", self.records);
                let line = format!("{title:-<40}");
                writeln!(out, "{}", self.look.styled(DIM, &line))?;
                for (name, cell) in self.names.iter().zip(row) {
                    let style = if cell.null { DIM } else { "" };
                    let value = if cell.null {
                        self.look.styled(style, cell.text)
                    } else {
                        cell.text.to_owned()
                    };
                    writeln!(out, "{}", format!("{name} | {value}").trim_end())?;
                }
            }
        }
        Ok(())
    }
}

impl RowPrinter for VerticalPrinter {
    fn rows(&mut self, rows: &RowsToShow, out: &mut dyn Write) -> io::Result<()> {
        self.rows_from(rows, 0, out)
    }

    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
