//! Aggregates over sliding windows: a value goes in when its row comes, and out when its row leaves the window.
//!
//! A batch goes through an aggregate row by row, so that every row sees the window as it is then, but in one call
//! a batch. What comes in and out are the same plain numbers, kept by the operator once for all aggregates over
//! one argument. Sums are exact, so taking a value out leaves nothing behind (R2).

use arrow::array::ArrayRef;

use super::Accumulator;
use super::kept::Kept;
use crate::row_error::RowErrors;

/// A row that has left a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    /// Where its values are kept.
    pub slot: u32,
    /// Its group.
    pub group: u32,
}

/// How a window moves over the rows of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Passage<'a> {
    /// The group of every row that comes in.
    pub groups: &'a [u32],
    /// Rows that leave, oldest first.
    pub gone: &'a [Gone],
    /// Before row i comes in, the first `until[i]` of `gone` have left; those beyond the last leave after it.
    pub until: &'a [u32],
}

impl Passage<'_> {
    /// Calls `leave` with every row that leaves and `come` with every row that comes, in order; each with its position
    /// among its kind.
    #[inline]
    pub fn walk<S>(
        &self,
        state: &mut S,
        mut leave: impl FnMut(&mut S, usize, Gone),
        mut come: impl FnMut(&mut S, usize, u32),
    ) {
        let mut from = 0;
        for (row, (&group, &until)) in self.groups.iter().zip(self.until).enumerate() {
            let until = until as usize;
            if from < until {
                for &gone in self.gone.get(from..until).unwrap_or_default() {
                    leave(state, from, gone);
                    from += 1;
                }
            }
            come(state, row, group);
        }
        for (position, &gone) in self.gone.iter().enumerate().skip(from) {
            leave(state, position, gone);
        }
    }
}

/// An accumulator from which values can be taken out again, one by one.
pub trait Sliding: Accumulator {
    /// Moves over a batch. The result of every row of the passage is that of its group just after it came in; one
    /// that is out of range is an error of that row. `coming` has the arguments of the rows that come, `leaving`
    /// those of the rows that leave.
    fn slide(
        &mut self,
        passage: Passage<'_>,
        coming: &Kept,
        leaving: &Kept,
        errors: &mut RowErrors,
    ) -> ArrayRef;

    /// Makes a group new again.
    fn forget(&mut self, group: u32);
}
