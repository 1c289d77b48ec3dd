//! Where the merge stands in one split.

use std::sync::Arc;

use crate::pipeline::{LowerBound, Split, SplitBatch};
use crate::plan::{Field, StreamId};
use crate::rows::fit_columns;

/// One split and the place in it.
pub struct Cursor {
    /// The stream that it feeds.
    pub stream: StreamId,
    /// The split.
    pub split: Reading,
    /// Rows that were read of it.
    pub batch: Arc<SplitBatch>,
    /// How many of them have been taken.
    pub row: usize,
    /// Errors of `batch` that have been taken.
    pub errors_taken: usize,
    /// Running maximum of the arrival clock.
    pub clock_ms: i64,
    /// The clock of rows that have none.
    pub now_ms: i64,
    /// Its rows have a clock of their own, as far as one knows.
    pub has_clock: bool,
    /// It has had nothing for so long that the others are not held back for it, until it gives a row.
    pub is_excused: bool,
}

/// How far the reading of a split is.
pub enum Reading {
    /// Not opened yet.
    Waiting(Box<dyn Split>),
    /// Begun.
    Open(Box<dyn Split>),
    /// Read to its end.
    Ended,
}

/// Rows of one split's batch that stand together in the merged sequence.
pub struct Run {
    /// The stream that they belong to.
    pub stream: StreamId,
    /// The batch.
    pub batch: Arc<SplitBatch>,
    /// The first of them.
    pub start: usize,
    /// How many.
    pub len: usize,
}

impl Cursor {
    /// A split that is not opened yet.
    pub fn new(stream: StreamId, split: Box<dyn Split>, now_ms: i64) -> Self {
        Self {
            stream,
            split: Reading::Waiting(split),
            batch: Arc::default(),
            row: 0,
            errors_taken: 0,
            clock_ms: i64::MIN,
            now_ms,
            has_clock: true,
            is_excused: false,
        }
    }

    /// Where it stands in the merge; `None` where that is not known, as it has no row at hand, or none any more.
    pub fn stands_at_ms(&self) -> Option<i64> {
        match &self.split {
            Reading::Waiting(split) => Some(match split.lower_bound() {
                LowerBound::Unknown => i64::MIN,
                LowerBound::At(clock_ms) => clock_ms,
                LowerBound::NoClock => self.now_ms,
            }),
            Reading::Open(_) if self.row < self.batch.rows => Some(self.clock_at(self.row)),
            Reading::Open(_) | Reading::Ended => None,
        }
    }

    /// The clock of a row of its batch, of which all before have been taken.
    pub fn clock_at(&self, row: usize) -> i64 {
        self.arrival_at(row).max(self.clock_ms)
    }

    /// The arrival clock of a row of its batch as it was given.
    pub fn arrival_at(&self, row: usize) -> i64 {
        self.batch.arrivals_ms.as_ref().map_or(self.now_ms, |a| a[row])
    }

    /// Gives the rows that it has read the columns of its stream.
    pub fn fit(&mut self, fields: &[Field]) {
        if self.batch.rows > 0 && self.batch.columns.len() != fields.len() {
            let batch = Arc::make_mut(&mut self.batch);
            fit_columns(&mut batch.columns, batch.rows, fields);
        }
    }

    /// Whether rows of others would have to wait for its next ones to stand in their order.
    pub fn holds_back(&self) -> bool {
        self.has_clock && !self.is_excused && self.is_live()
    }

    /// Whether its next rows may be long in coming.
    pub fn is_live(&self) -> bool {
        match &self.split {
            Reading::Waiting(split) | Reading::Open(split) => split.is_live(),
            Reading::Ended => false,
        }
    }
}
