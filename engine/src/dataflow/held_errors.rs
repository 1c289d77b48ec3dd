//! Rows of `error_stream` until their turn: its order is (ROWTIME, closings first, source or pump in order of
//! declaration, row), so an error at the bound waits until the bound has passed (`decisions.md` 18).

use super::errors::ErrorRow;

/// Errors that have not left yet.
#[derive(Debug, Default)]
pub struct HeldErrors {
    pub(super) held: Vec<Held>,
    pub(super) next: u64,
}

/// One held error: closing before new row, 0 for a source or 1 + the pump's ordinal, running number.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Held {
    key: (i64, bool, usize, u64),
    row: ErrorRow,
}

impl HeldErrors {
    /// Takes errors of records.
    pub fn take_source(&mut self, rows: Vec<ErrorRow>) {
        for row in rows {
            self.hold(true, 0, row);
        }
    }

    /// Takes errors of a pump: (made by a closing, row).
    pub fn take_pump(&mut self, ordinal: usize, rows: Vec<(bool, ErrorRow)>) {
        for (closing, row) in rows {
            self.hold(!closing, ordinal + 1, row);
        }
    }

    fn hold(&mut self, new_row: bool, writer: usize, row: ErrorRow) {
        self.held.push(Held {
            key: (row.rowtime_ms, new_row, writer, self.next),
            row,
        });
        self.next += 1;
    }

    /// The errors below the bound, in order; all of them at the end.
    pub fn release(&mut self, bound_ms: i64) -> Vec<ErrorRow> {
        if self.held.is_empty() {
            return Vec::new();
        }
        let (mut ready, held): (Vec<Held>, Vec<Held>) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|h| bound_ms == i64::MAX || h.key.0 < bound_ms);
        self.held = held;
        ready.sort_unstable_by_key(|h| h.key);
        ready.into_iter().map(|h| h.row).collect()
    }
}
