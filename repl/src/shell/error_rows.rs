//! `\errors`: the last error rows as a person reads them, and how many there were of each name.
//!
//! The rows are kept as the engine made them, their record as bytes; DATA_ROW of `error_stream` shows the same
//! bytes in hex. Only the last are kept; the counts are of all.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

use rowtime_engine::dataflow::errors::ErrorRow;
use rowtime_engine::datetime;

use crate::progress::grouped;
use crate::report;

/// Error rows that are kept.
const KEPT_MAX: usize = 1_000;
/// Error rows that are shown when no number is given.
pub const SHOWN: usize = 10;
/// Characters of a record that are shown.
const RECORD_CHARS_MAX: usize = 1_000;

/// The error rows of a session: those of what runs, and those of the last query that ran by itself.
#[derive(Debug, Default)]
pub struct ErrorLog {
    running: Book,
    query: Book,
}

impl ErrorLog {
    /// Takes error rows of what runs, in their order.
    pub fn take(&mut self, rows: &[ErrorRow]) {
        self.running.take(rows);
    }

    /// A query begins to run by itself: those of the one before are forgotten.
    pub fn begin_query(&mut self) {
        self.query = Book::default();
    }

    /// Takes error rows of a query.
    pub fn take_of_query(&mut self, rows: &[ErrorRow]) {
        self.query.take(rows);
    }

    /// The last `shown` rows of each, then the counts.
    pub fn text(&self, shown: usize) -> String {
        let mut out = String::new();
        self.running.write(&mut out, shown, "");
        self.query.write(&mut out, shown, " of the last query");
        if out.is_empty() {
            out.push_str("no error rows\n");
        }
        out
    }
}

/// Error rows, of which the last are kept and all are counted.
#[derive(Debug, Default)]
struct Book {
    last: VecDeque<ErrorRow>,
    counts: BTreeMap<(String, String), u64>,
    all: u64,
}

impl Book {
    fn take(&mut self, rows: &[ErrorRow]) {
        for row in rows {
            let key = (place_of(row), row.name.to_string());
            *self.counts.entry(key).or_default() += 1;
            self.all += 1;
            if self.last.len() == KEPT_MAX {
                self.last.pop_front();
            }
            self.last.push_back(row.clone());
        }
    }

    /// The last `shown` rows, then the counts; nothing where there are none.
    fn write(&self, out: &mut String, shown: usize, whose: &str) {
        if self.all == 0 {
            return;
        }
        let skipped = self.last.len().saturating_sub(shown);
        for row in self.last.iter().skip(skipped) {
            write_row(out, row);
        }
        let rows = if self.all == 1 { "error row" } else { "error rows" };
        let _ = writeln!(out, "{} {rows}{whose}", grouped(self.all));
        let widest = self.counts.keys().map(|(place, _)| place.chars().count()).max();
        for ((place, name), n) in &self.counts {
            let width = widest.unwrap_or(0);
            let _ = writeln!(out, "  {place:width$}  {name}: {}", grouped(*n));
        }
    }
}

fn place_of(row: &ErrorRow) -> String {
    row.pump.as_deref().map_or_else(
        || "input".to_owned(),
        |pump| match pump.strip_prefix("query ") {
            // No pump that a user creates without quotes is called like this.
            Some(_) => "query".to_owned(),
            None => format!("pump {pump}"),
        },
    )
}

fn write_row(out: &mut String, row: &ErrorRow) {
    let at = datetime::timestamp_text(row.rowtime_ms);
    let name = row.name.to_string();
    let _ = write!(out, "{at}  {}  ", place_of(row));
    if !row.message.starts_with(&name) {
        let _ = write!(out, "{name}: ");
    }
    let _ = writeln!(out, "{}", report::printable(&row.message));
    if !row.data_row.is_empty() {
        let _ = writeln!(out, "    {}", record_text(&row.data_row));
    }
}

/// A record as text: what is text as it is, other bytes and control characters as `\xNN`.
fn record_text(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut chars = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if chars == RECORD_CHARS_MAX {
                out.push('…');
                return out;
            }
            chars += 1;
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c.is_control() => {
                    let _ = write!(out, "\\x{:02x}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            chars += 1;
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rowtime_engine::row_error::ErrorName;

    use super::*;

    fn row(i: i64, pump: Option<&str>) -> ErrorRow {
        let pump = pump.map(Arc::from);
        let data = format!("{{\"A\":{i}}}\n").into_bytes();
        ErrorRow::new(
            i,
            ErrorName::DivisionByZero,
            "division by zero",
            Some("in:7"),
            data,
            pump,
        )
    }

    #[test]
    fn the_last_rows_are_shown_and_all_are_counted() {
        let mut log = ErrorLog::default();
        assert_eq!(log.text(3), "no error rows\n");
        let rows: Vec<ErrorRow> = (0..1_005).map(|i| row(i, Some("P"))).collect();
        log.take(&rows);
        log.take(&[row(2_000, None)]);
        let text = log.text(2);
        let name = ErrorName::DivisionByZero;
        assert_eq!(
            text,
            format!(
                "1970-01-01 00:00:01.004  pump P  {name}: division by zero at in:7\n    {{\"A\":1004}}\\n\n\
                 1970-01-01 00:00:02.000  input  {name}: division by zero at in:7\n    {{\"A\":2000}}\\n\n\
                 1,006 error rows\n  input   {name}: 1\n  pump P  {name}: 1,005\n"
            )
        );
        assert_eq!(log.running.last.len(), KEPT_MAX);
        for _ in 0..2 {
            log.begin_query();
            log.take_of_query(&[row(1, Some("query 1"))]);
        }
        let own = log.text(0).split_off(log.text(0).find("1 error row").unwrap());
        assert_eq!(
            own,
            format!("1 error row of the last query\n  query  {name}: 1\n")
        );
    }

    #[test]
    fn a_record_that_is_no_text_shows_its_bytes() {
        assert_eq!(record_text(b"a\xffb\x00\tc\xc3\xa4"), "a\\xffb\\x00\\tc\u{e4}");
        let long = "x".repeat(RECORD_CHARS_MAX + 1);
        assert_eq!(record_text(long.as_bytes()).chars().count(), RECORD_CHARS_MAX + 1);
        assert!(record_text(long.as_bytes()).ends_with("x…"));
    }
}
