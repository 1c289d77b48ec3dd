//! Where a window ends: the least ROWTIME at which its monotonic key differs (`windows-and-time.md` §3.1).
//!
//! The key is any monotonic function of ROWTIME (FLOOR, STEP, arithmetic on the epoch, …), so the end is
//! searched and not derived: a few evaluations of the key over some dozens of candidate ROWTIMEs, once a
//! window, after which a row or bound is judged by one comparison. The width of the last window is tried
//! first.

use arrow::array::{Array, ArrayRef, BooleanArray, Scalar};
use arrow::compute::kernels::cmp::not_distinct;

use crate::clock::Clock;
use crate::expr::Expr;
use crate::expr::eval::{Evaluator, Input};
use crate::row_error::RowErrors;

/// The greatest TIMESTAMP, 9999-12-31 23:59:59.999: a window that never changes ends there.
pub const ROWTIME_MAX: i64 = 253_402_300_799_999;
/// Candidates of one round between a ROWTIME inside the window and one behind it.
const FAN: i64 = 64;

/// Finds the ends of windows.
#[derive(Debug)]
pub struct WindowEnd {
    key: Evaluator,
    /// The last end found, and its distance from the one before: only a guess, so it is no state.
    last: Option<i64>,
    width: i64,
}

impl WindowEnd {
    /// For a window whose key is this function of ROWTIME.
    pub fn new(key: &Expr) -> Self {
        Self {
            key: Evaluator::new(key),
            last: None,
            width: 0,
        }
    }

    /// The least ROWTIME above `rowtime` at which the key differs from its value at `rowtime`, in ms. A
    /// ROWTIME at which the key cannot be computed counts as different.
    pub fn after(&mut self, rowtime: i64, clock: &Clock) -> i64 {
        let (mut inside, mut behind) = (rowtime, rowtime.saturating_add(1).max(ROWTIME_MAX));
        let mut candidates = self.first_candidates(rowtime);
        while !candidates.is_empty() {
            let same = self.same_as_first(rowtime, &candidates, clock);
            let first_other = same.iter().position(|&same| !same);
            if let Some(&other) = first_other.and_then(|i| candidates.get(i)) {
                behind = other;
            }
            let before = first_other.unwrap_or(candidates.len()).checked_sub(1);
            if let Some(&last_same) = before.and_then(|i| candidates.get(i)) {
                inside = last_same;
            }
            candidates = between(inside, behind);
        }
        if let Some(last) = self.last {
            self.width = behind - last;
        }
        self.last = Some(behind);
        behind
    }

    /// 1, 2, 4 … ms ahead, the end that the last width suggests and the instant before it, ascending.
    fn first_candidates(&self, rowtime: i64) -> Vec<i64> {
        let mut candidates: Vec<i64> = (0..49).map(|k| rowtime.saturating_add(1 << k)).collect();
        if let (Some(last), 1..) = (self.last, self.width) {
            let windows = rowtime
                .saturating_sub(last)
                .div_euclid(self.width)
                .saturating_add(1);
            let guess = last.saturating_add(windows.saturating_mul(self.width));
            candidates.extend([guess.saturating_sub(1), guess]);
        }
        candidates.retain(|&c| rowtime < c && c <= ROWTIME_MAX);
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    /// Whether the key has the same value at each candidate as at `rowtime`.
    fn same_as_first(&self, rowtime: i64, candidates: &[i64], clock: &Clock) -> Vec<bool> {
        let rowtimes: Vec<i64> = std::iter::once(rowtime)
            .chain(candidates.iter().copied())
            .collect();
        let mut errors = RowErrors::new();
        let input = Input {
            columns: &[],
            rowtimes: &rowtimes,
            clock,
        };
        let values = self.key.eval(input, None, &mut errors);
        let equal = equal_to_first(&values);
        (1..rowtimes.len())
            .map(|i| !errors.failed(0) && !errors.failed(i) && equal.as_ref().is_none_or(|e| e.value(i)))
            .collect()
    }
}

/// Which values equal the first, NULL = NULL; `None` for a column of nothing but NULL.
fn equal_to_first(values: &ArrayRef) -> Option<BooleanArray> {
    let first = Scalar::new(values.slice(0, 1));
    not_distinct(values, &first).ok()
}

/// Candidates strictly between, ascending: all of them if they are few.
fn between(inside: i64, behind: i64) -> Vec<i64> {
    let gap = behind.saturating_sub(inside);
    let steps = gap.min(FAN);
    // In 128 bits, since a gap of all time times the fan is beyond 64.
    let at = |step: i64| inside + (i128::from(gap) * i128::from(step) / i128::from(steps)) as i64;
    (1..steps).map(at).collect()
}
