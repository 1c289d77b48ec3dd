//! What is left of a join's condition beside the equalities, tested over whole batches of pairs.

use arrow::array::ArrayRef;
use arrow::error::ArrowError;

use super::Pairs;
use super::side::Side;
use crate::clock::Clock;
use crate::expr::Expr;
use crate::expr::eval::{Evaluator, Input};
use crate::row_error::{RowError, RowErrors};

/// The condition over the columns of both inputs.
pub struct Condition {
    test: Evaluator,
    /// Columns of the left and of the right input that it reads.
    reads: [Vec<usize>; 2],
    /// How far ROWTIME of a pair is behind its turn, ms.
    delay_ms: i64,
}

impl Condition {
    /// A BOOLEAN expression; the left input has `width` columns.
    pub fn new(condition: &Expr, width: usize, delay_ms: i64) -> Self {
        let columns = condition.columns();
        let left = columns.iter().copied().filter(|i| *i < width);
        let right = columns.iter().filter_map(|i| i.checked_sub(width));
        Self {
            test: Evaluator::new(condition),
            reads: [left.collect(), right.collect()],
            delay_ms,
        }
    }

    /// Drops the pairs for which it is not TRUE. Those for which it fails stay; they are among the errors.
    pub(super) fn test(&self, sides: &[Side; 2], pairs: &mut Pairs, clock: &Clock) -> RowErrors {
        let mut errors = RowErrors::new();
        let columns = match self.columns(sides, pairs) {
            Ok(columns) => columns,
            Err(error) => {
                let failed = || RowError::runtime(format!("the pair cannot be tested: {error}"));
                (0..pairs.len()).for_each(|pair| errors.set(pair, failed));
                return errors;
            }
        };
        let delayed: Vec<i64>;
        let rowtimes = if self.delay_ms == 0 {
            &pairs.rowtimes
        } else {
            delayed = pairs.rowtimes.iter().map(|t| t - self.delay_ms).collect();
            &delayed
        };
        let input = Input {
            columns: &columns,
            rowtimes,
            clock,
        };
        let chosen = self.test.select(input, &mut errors);
        let mut stays = (0..pairs.len()).map(|pair| chosen.value(pair) || errors.failed(pair));
        let mut kept: Vec<usize> = Vec::with_capacity(pairs.len());
        kept.extend((0..pairs.len()).filter(|_| stays.next().unwrap_or(false)));
        drop(stays);
        if kept.len() == pairs.len() {
            return errors;
        }
        pairs.keep(&kept);
        let mut moved = RowErrors::new();
        for (pair, error) in errors.into_sorted() {
            if let Ok(place) = kept.binary_search(&(pair as usize)) {
                moved.set(place, || error);
            }
        }
        moved
    }

    fn columns(&self, sides: &[Side; 2], pairs: &Pairs) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns = Vec::new();
        for ((side, reads), numbers) in sides.iter().zip(&self.reads).zip(&pairs.rows) {
            columns.extend(side.stored.gather(numbers, |i| reads.contains(&i))?);
        }
        Ok(columns)
    }
}
