//! VAR_POP, VAR_SAMP, STDDEV_POP and STDDEV_SAMP.
//!
//! `(Σx² − (Σx)²/n) / n`, or `/ (n − 1)`, is the rational `(n·Σx² − (Σx)²) / (n·n)` over the exact sums. It is
//! computed as it stands in whole numbers, and the quotient, or the square root of the quotient, is rounded
//! once. An integer or DECIMAL result is truncated instead. `VAR_*` of no row is NULL, as is `*_SAMP` of one.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int64Array};

use super::exact_sum::{FloatSum, SquareSum, Term};
use super::natural::Natural;
use super::numbers::{each_term, fits, whole_array};
use super::rounding::Ratio;
use super::sum::{Rounded, exact_bytes, float_array, out_of_range};
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

    /// Integer and DECIMAL results.
    fn truncated(
        &self,
        values: impl Iterator<Item = Option<Option<Ratio>>>,
        errors: &mut RowErrors,
    ) -> ArrayRef {
        let ty = self.ty.arrow();
        let scale = self.ty.as_decimal().map_or(0, |(_, scale)| scale);
        let mut results = Vec::new();
        for (group, value) in values.enumerate() {
            let whole = value.map(|null| {
                null.map(|ratio| {
                    let whole = if self.root {
                        ratio.sqrt_truncate(scale)
                    } else {
                        ratio.truncate(scale)
                    };
                    whole
                        .and_then(|w| i128::try_from(w).ok())
                        .filter(|&w| fits(&ty, w))
                })
            });
            match whole {
                Some(None) => results.push(None),
                Some(Some(Some(whole))) => results.push(Some(whole)),
                None | Some(Some(None)) => {
                    errors.set(group, || out_of_range(name(self.function), self.ty));
                    results.push(None);
                }
            }
        }
        whole_array(&ty, results.into_iter())
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
        let moments = self.moments.iter().take(groups);
        let values = moments.map(|m| m.variance(self.sample, self.scale));
        if !self.ty.is_approximate() {
            return self.truncated(values, errors);
        }
        let what = if self.root { Rounded::Root } else { Rounded::Value };
        let positive = values.map(|value| value.map(|null| null.map(|ratio| (false, ratio))));
        float_array(positive, self.ty, what, name(self.function), errors)
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
