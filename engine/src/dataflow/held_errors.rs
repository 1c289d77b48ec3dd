//! Rows of `error_stream` until their turn: its order is (ROWTIME, closings first, source or pump in order of
//! declaration, row), so an error at the bound waits until the bound has passed (`decisions.md` 18).
//!
//! Where the clock stands still, nothing passes: a source without a clock gives every row one ROWTIME. Beyond
//! [`HELD_BYTES_MAX`] the errors held leave in order and those that come later follow them, so that memory stays
//! bounded (R9). That shows only between several writers of errors at one ROWTIME.

use super::errors::{ErrorPlace, ErrorRow};

/// Bytes of messages and data that wait at most.
pub const HELD_BYTES_MAX: usize = 32 << 20;
/// What an error costs beside its message and data.
const ROW_BYTES: usize = 128;

/// Errors that have not left yet.
#[derive(Debug, Default)]
pub struct HeldErrors {
    pub(super) held: Vec<Held>,
    bytes: usize,
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
        let held = Held {
            key: (row.rowtime_ms, place.relation == 0, writer, place),
            row,
        };
        self.bytes += held.bytes();
        self.held.push(held);
    }

    /// Gives the errors of every pump its new ordinal. What is left of pumps that are gone stands behind the errors of
    /// the `pumps` that are there, in the order in which it stood.
    pub fn renumber(&mut self, pumps: usize, new_ordinal: impl Fn(usize) -> Option<usize>) {
        for held in &mut self.held {
            let (_, _, writer, _) = &mut held.key;
            if let Some(old) = writer.checked_sub(1) {
                *writer = 1 + new_ordinal(old).unwrap_or(pumps + old);
            }
        }
    }

    /// Puts saved errors back.
    pub fn restore(&mut self, held: Vec<Held>, next: u64) {
        self.bytes = held.iter().map(Held::bytes).sum();
        self.held = held;
        self.next = next;
    }

    /// The errors below the bound, in order; all of them at the end, and where they are too many to wait.
    pub fn release(&mut self, bound_ms: i64) -> Vec<ErrorRow> {
        if self.held.is_empty() {
            return Vec::new();
        }
        let everything = bound_ms == i64::MAX || self.bytes > HELD_BYTES_MAX;
        let (mut ready, held): (Vec<Held>, Vec<Held>) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|h| everything || h.key.0 < bound_ms);
        self.held = held;
        self.bytes = self.held.iter().map(Held::bytes).sum();
        ready.sort_unstable_by_key(|h| h.key);
        ready.into_iter().map(|h| h.row).collect()
    }
}

impl Held {
    fn bytes(&self) -> usize {
        ROW_BYTES + self.row.message.len() + self.row.data_row.len()
    }
}
