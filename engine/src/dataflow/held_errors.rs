//! Rows of `error_stream` until their turn: its order is (ROWTIME, closings first, source or pump in order of
//! declaration, row), so an error at the bound waits until the bound has passed (`decisions.md` 18).

use super::errors::{ErrorPlace, ErrorRow};

/// Errors that have not left yet.
#[derive(Debug, Default)]
pub struct HeldErrors {
    pub(super) held: Vec<Held>,
    /// Errors of records so far.
    pub(super) next: u64,
}

/// One held error, by (ROWTIME, not a group of a closed window, 0 for a source or 1 + the pump's ordinal, place).
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Held {
    key: (i64, bool, usize, ErrorPlace),
    row: ErrorRow,
}

impl HeldErrors {
    /// Takes errors of records.
    pub fn take_source(&mut self, rows: Vec<ErrorRow>) {
        for row in rows {
            let place = ErrorPlace {
                relation: 0,
                row: self.next,
            };
            self.next += 1;
            self.hold(0, place, row);
        }
    }

    /// Takes errors of a pump.
    pub fn take_pump(&mut self, ordinal: usize, rows: Vec<(ErrorPlace, ErrorRow)>) {
        for (place, row) in rows {
            self.hold(ordinal + 1, place, row);
        }
    }

    fn hold(&mut self, writer: usize, place: ErrorPlace, row: ErrorRow) {
        self.held.push(Held {
            key: (row.rowtime_ms, place.relation == 0, writer, place),
            row,
        });
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
