//! Values as cells of a table: one line each, of a known width.
//!
//! A width is what a terminal shows: wide characters count two columns, combining ones none. What would move the
//! cursor or turn the writing direction is escaped.

use std::fmt::Write;
use std::ops::Range;

use arrow::array::{Array, ArrayRef};
use rowtime_engine::plan::Field;
use rowtime_engine::row_text::write_plain;
use rowtime_engine::types::SqlType;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::RowsToShow;

/// The cells of some rows.
#[derive(Default)]
pub struct Cells {
    text: String,
    cells: Vec<Cell>,
    columns: usize,
}

struct Cell {
    end: usize,
    width: usize,
    null: bool,
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown<'c> {
    /// Its text, escaped.
    pub text: &'c str,
    /// Its width.
    pub width: usize,
    /// Whether it stands for NULL.
    pub null: bool,
}

/// How NULL is shown.
const NULL: &str = "NULL";

impl Cells {
    /// Takes the cells of these rows in place of those before.
    pub fn fill(&mut self, fields: &[Field], rows: &RowsToShow, range: Range<usize>) {
        self.text.clear();
        self.cells.clear();
        self.columns = fields.len().min(rows.columns.len());
        for row in range {
            for (field, column) in fields.iter().zip(&rows.columns) {
                self.push(field.ty, column, row);
            }
        }
    }

    fn push(&mut self, ty: SqlType, column: &ArrayRef, row: usize) {
        let start = self.text.len();
        let null = ty == SqlType::Null || column.is_null(row);
        if null {
            self.text.push_str(NULL);
        } else if write_plain(&mut self.text, ty, column, row) {
            escape_from(&mut self.text, start);
        }
        let width = self.text.get(start..).map_or(0, UnicodeWidthStr::width);
        let end = self.text.len();
        self.cells.push(Cell { end, width, null });
    }

    /// The rows, each as its cells.
    pub fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = Shown<'_>>> {
        let rows = self.cells.len().checked_div(self.columns).unwrap_or(0);
        (0..rows).map(move |row| (0..self.columns).filter_map(move |c| self.cell(row * self.columns + c)))
    }

    fn cell(&self, at: usize) -> Option<Shown<'_>> {
        let before = at.checked_sub(1).and_then(|i| self.cells.get(i));
        let cell = self.cells.get(at)?;
        Some(Shown {
            text: self.text.get(before.map_or(0, |c| c.end)..cell.end)?,
            width: cell.width,
            null: cell.null,
        })
    }
}

/// A name as it is shown.
pub fn escaped(name: &str) -> String {
    let mut out = name.to_owned();
    escape_from(&mut out, 0);
    out
}

/// Escapes what stands there.
fn escape_from(out: &mut String, start: usize) {
    let Some(first) = out.get(start..).and_then(|text| text.find(unprintable)) else {
        return;
    };
    let rest = out.split_off(start + first);
    for c in rest.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if unprintable(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// Control characters, line separators, and marks that turn the writing direction of what follows.
fn unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The beginning of `text` that fits, and its width. A base character keeps what combines with it.
pub fn fitting(text: &str, width: usize) -> (&str, usize) {
    let mut used = 0;
    for (i, c) in text.char_indices() {
        let more = c.width().unwrap_or(0);
        if used + more > width {
            return (text.get(..i).unwrap_or(""), used);
        }
        used += more;
    }
    (text, used)
}
