//! VAR_POP, VAR_SAMP, STDDEV_POP and STDDEV_SAMP.
//!
//! `(Σx² − (Σx)²/n) / n`, or `/ (n − 1)`, is the rational `(n·Σx² − (Σx)²) / (n·n)` over the exact sums. It is
//! computed as it stands in whole numbers, and the quotient, or the square root of the quotient, is rounded
//! once. An integer or DECIMAL result is truncated instead. `VAR_*` of no row is NULL, as is `*_SAMP` of one.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int64Array};

use super::exact_sum::{FloatSum, SquareSum, Term};
use super::kept::Kept;
use super::natural::Natural;
use super::numbers::{each_term, fits, whole_array};
use super::rounding::Ratio;
use super::sliding::{Passage, Sliding};
use super::sum::{approximate_array, exact_bytes, out_of_range, term};
use super::{Accumulator, GROUPS_KEPT, moved_out, name, saved};
use crate::plan::AggregateFunction;
use crate::row_error::RowErrors;
use crate::state::StateError;
use crate::types::SqlType;

/// One of the four.
pub struct Variance {
    function: AggregateFunction,
    sample: bool,
    root: bool,
    /// Digits after the point of a DECIMAL argument.
    scale: u8,
    ty: SqlType,
    moments: Vec<Moments>,
}

#[derive(Debug, Clone, Default)]
struct Moments {
    count: i64,
    sum: FloatSum,
    squares: SquareSum,
}

impl Moments {
    fn add(&mut self, term: Option<Term>) {
        self.count += 1;
        match term {
            Some(term) => {
                self.sum.add(term);
                self.squares.add(term.squared());
            }
            None => self.sum.add_not_finite(1),
        }
    }

    fn retract(&mut self, term: Option<Term>) {
        self.count -= 1;
        match term {
            Some(term) => {
                self.sum.add(term.negated());
                self.squares.add(term.squared().negated());
            }
            None => self.sum.add_not_finite(-1),
        }
    }

    /// The variance, unrounded; `None` if a value was no number, `Some(None)` for NULL.
    fn variance(&self, sample: bool, scale: u8) -> Option<Option<Ratio>> {
        let count = self.count.unsigned_abs();
        let below = if sample { count.saturating_sub(1) } else { count };
        if below == 0 {
            return Some(None);
        }
        let (_, sum) = self.sum.value()?;
        let (_, squares) = self.squares.value()?;
        let exponent = squares.exponent.min(2 * sum.exponent);
        let aligned = |value: Natural, at: i32| value.shifted_left((at - exponent).unsigned_abs() as usize);
        let first = aligned(squares.numerator.times(count), squares.exponent);
        let second = aligned(sum.numerator.multiplied(&sum.numerator), 2 * sum.exponent);
        let ten = 10u64.saturating_pow(scale.into());
        let mut divisors = vec![count, below];
        if scale > 0 {
            divisors.extend([ten, ten]);
        }
        Some(Some(Ratio {
            // The mean of squares is never below the square of the mean.
            numerator: first.difference(&second).0,
            exponent,
            divisors,
        }))
    }
}

impl Variance {
    /// One of the four functions over an argument of this type.
    pub fn new(function: AggregateFunction, argument: SqlType, ty: SqlType) -> Self {
        use AggregateFunction::{StddevPop, StddevSamp, VarSamp};
        let scale = argument.as_decimal().map_or(0, |(_, scale)| scale);
        Self {
            function,
            sample: matches!(function, VarSamp | StddevSamp),
            root: matches!(function, StddevPop | StddevSamp),
            scale,
            ty,
            moments: Vec::new(),
        }
    }

    /// A result that is REAL or DOUBLE; `Err` if it is out of range.
    fn approximate(&self, moments: &Moments) -> Result<Option<f64>, ()> {
        let Some(ratio) = moments.variance(self.sample, self.scale).ok_or(())? else {
            return Ok(None);
        };
        let rounded = match (self.ty, self.root) {
            (SqlType::Real, false) => ratio.to_f32().map(f64::from),
            (SqlType::Real, true) => ratio.sqrt_to_f32().map(f64::from),
            (_, false) => ratio.to_f64(),
            (_, true) => ratio.sqrt_to_f64(),
        };
        rounded.map(Some).ok_or(())
    }

    /// A result that is an integer or DECIMAL.
    fn truncated(&self, moments: &Moments) -> Result<Option<i128>, ()> {
        let Some(ratio) = moments.variance(self.sample, self.scale).ok_or(())? else {
            return Ok(None);
        };
        let scale = self.ty.as_decimal().map_or(0, |(_, scale)| scale);
        let whole = if self.root {
            ratio.sqrt_truncate(scale)
        } else {
            ratio.truncate(scale)
        };
        let whole = whole.and_then(|w| i128::try_from(w).ok());
        whole.filter(|&w| fits(&self.ty.arrow(), w)).map(Some).ok_or(())
    }

    fn results<'m>(
        &self,
        moments: impl ExactSizeIterator<Item = &'m Moments>,
        errors: &mut RowErrors,
    ) -> ArrayRef {
        if self.ty.is_approximate() {
            let results = moments.map(|m| self.approximate(m));
            return approximate_array(results, self.ty, name(self.function), errors);
        }
        let results = moments.enumerate().map(|(row, m)| {
            self.truncated(m).unwrap_or_else(|()| {
                errors.set(row, || out_of_range(name(self.function), self.ty));
                None
            })
        });
        whole_array(&self.ty.arrow(), results)
    }
}

impl Accumulator for Variance {
    fn resize(&mut self, groups: usize) {
        self.moments.resize(groups, Moments::default());
    }

    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        let Some(array) = values else { return };
        each_term(array, groups, |group, term| {
            if let Some(moments) = self.moments.get_mut(group as usize) {
                moments.add(term);
            }
        });
    }

    fn retract(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        let Some(array) = values else { return };
        each_term(array, groups, |group, term| {
            if let Some(moments) = self.moments.get_mut(group as usize) {
                moments.retract(term);
            }
        });
    }

    fn merge(&mut self, saved: &[ArrayRef], groups: &[u32]) -> Result<(), StateError> {
        let counts = saved::column::<Int64Array>(saved, 0)?;
        let sums = saved::column::<BinaryArray>(saved, 1)?;
        let squares = saved::column::<BinaryArray>(saved, 2)?;
        let states = counts.values().iter().zip(sums.iter()).zip(squares.iter());
        for (&group, ((count, sum), square)) in groups.iter().zip(states) {
            let sum = FloatSum::parse(sum.unwrap_or_default())?;
            let square = SquareSum::parse(square.unwrap_or_default())?;
            if let Some(moments) = self.moments.get_mut(group as usize) {
                moments.count += count;
                moments.sum.merge(&sum);
                moments.squares.merge(&square);
            }
        }
        Ok(())
    }

    fn read(&self, groups: usize, errors: &mut RowErrors) -> ArrayRef {
        self.results(self.moments.iter().take(groups), errors)
    }

    fn save(&self, groups: usize) -> Vec<ArrayRef> {
        let moments = || self.moments.iter().take(groups);
        vec![
            Arc::new(Int64Array::from_iter_values(moments().map(|m| m.count))),
            exact_bytes(moments().map(|m| |out: &mut Vec<u8>| m.sum.write(out))),
            exact_bytes(moments().map(|m| |out: &mut Vec<u8>| m.squares.write(out))),
        ]
    }

    fn move_out(&mut self, groups: &[u32]) -> Box<dyn Accumulator> {
        Box::new(Self {
            moments: moved_out(&mut self.moments, groups, &Moments::default()),
            ..*self
        })
    }

    fn clear(&mut self) {
        self.moments.clear();
        self.moments.shrink_to(GROUPS_KEPT);
    }
}

impl Sliding for Variance {
    fn slide(
        &mut self,
        passage: Passage<'_>,
        coming: &Kept,
        leaving: &Kept,
        errors: &mut RowErrors,
    ) -> ArrayRef {
        let mut results = Vec::with_capacity(passage.groups.len());
        passage.walk(
            self,
            |own, at, gone| {
                if let (Some(moments), Some(term)) =
                    (own.moments.get_mut(gone.group as usize), term(leaving, at))
                {
                    moments.retract(term);
                }
            },
            |own, row, group| {
                if let (Some(moments), Some(term)) = (own.moments.get_mut(group as usize), term(coming, row))
                {
                    moments.add(term);
                }
                let moments = own.moments.get(group as usize);
                results.push(moments.map_or(Ok(None), |moments| own.approximate(moments)));
            },
        );
        approximate_array(results.into_iter(), self.ty, name(self.function), errors)
    }

    fn forget(&mut self, group: u32) {
        if let Some(moments) = self.moments.get_mut(group as usize) {
            *moments = Moments::default();
        }
    }
}
