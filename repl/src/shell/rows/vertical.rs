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
    lines: String,
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
            lines: String::new(),
            records: 0,
        }
    }

    /// Prints the rows from this one on.
    pub fn rows_from(&mut self, rows: &RowsToShow, from: usize, out: &mut dyn Write) -> io::Result<()> {
        let count = rows.rowtimes.len();
        for from in (from..count).step_by(CHUNK_ROWS) {
            self.cells
                .fill(&self.fields, rows, from..count.min(from + CHUNK_ROWS));
            self.lines.clear();
            for row in self.cells.rows() {
                self.records += 1;
                let title = format!("-[ row {} ]-", self.records);
                let line = format!("{title:-<40}");
                self.lines.push_str(&self.look.styled(DIM, &line));
                for (name, cell) in self.names.iter().zip(row) {
                    self.lines.extend(["\n", name, " | "]);
                    if cell.null {
                        self.lines.push_str(&self.look.styled(DIM, cell.text));
                    } else {
                        self.lines.push_str(cell.text);
                    }
                    self.lines.truncate(self.lines.trim_end_matches(' ').len());
                }
                self.lines.push('\n');
            }
            out.write_all(self.lines.as_bytes())?;
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
