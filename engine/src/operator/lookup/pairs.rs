//! The pairs that a batch of the stream makes with the table, some at a time.
//!
//! A key may have ever so many partners, and a batch ever so many rows that share it: where the work stands is kept
//! between two calls, so that only [`PAIRS_MAX`] pairs are in memory at once.

use super::index::TableIndex;
use crate::operator::equal_keys::Keys;
use crate::rows::RowBatch;

/// Most pairs in one batch.
pub const PAIRS_MAX: usize = 8_192;

/// In place of a row of the table: no partner.
pub const UNMATCHED: u32 = u32::MAX;

/// Pairs: positions in the stream's batch and in the table.
#[derive(Default)]
pub struct Pairs {
    /// Rows of the stream.
    pub stream: Vec<u32>,
    /// Rows of the table, or [`UNMATCHED`].
    pub table: Vec<u32>,
}

/// A batch that is being joined.
pub struct Work {
    /// The stream's rows.
    pub batch: RowBatch,
    /// The row of the next pair has matched already.
    pub matched: bool,
    keys: Keys,
    /// The row of the next pair.
    row: u32,
    /// Its partner in the last pair.
    partner: Option<u32>,
}

impl Work {
    /// All of a batch.
    pub fn new(batch: RowBatch, keys: Keys) -> Self {
        Self {
            batch,
            matched: false,
            keys,
            row: 0,
            partner: None,
        }
    }

    /// The next pairs, row by row, partners in the order of the table; none at the end. With `keeps_alone`, a row without
    /// a partner makes a pair with none, and with `keeps_all` every row does, behind its partners.
    pub fn next_pairs(&mut self, index: &TableIndex, keeps_alone: bool, keeps_all: bool) -> Pairs {
        let mut pairs = Pairs::default();
        while pairs.stream.len() < PAIRS_MAX && (self.row as usize) < self.batch.len() {
            let key = self.keys.bytes(self.row as usize);
            let next = match self.partner {
                None => key.and_then(|key| index.first(key)),
                Some(last) => key.and_then(|key| index.after(last, key)),
            };
            let is_alone = next.is_none() && self.partner.is_none();
            if next.is_some() || keeps_all || (keeps_alone && is_alone) {
                pairs.stream.push(self.row);
                pairs.table.push(next.unwrap_or(UNMATCHED));
            }
            self.partner = next;
            self.row += u32::from(next.is_none());
        }
        pairs
    }
}
