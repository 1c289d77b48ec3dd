//! SUM and AVG.
//!
//! Whole numbers and DECIMAL add up in 128 bits; only the result is checked for its range, so that an overflow
//! on the way that later rows take back does not show and order cannot matter. AVG truncates toward zero. REAL
//! and DOUBLE are the exact sum, or the exact sum divided by the count, rounded once (R2, `decisions.md` 29);
//! a zero result is +0.0.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Decimal128Array, Float32Array, Float64Array, Int64Array};
use arrow::datatypes::DataType;

use super::exact_sum::{FloatSum, Term};
use super::kept::{Form, Kept};
use super::numbers::{each_term, each_whole, fits, whole_array};
use super::sliding::{Passage, Sliding};
use super::{Accumulator, GROUPS_KEPT, moved_out, saved};
use crate::row_error::{RowError, RowErrors};
use crate::state::StateError;
use crate::types::SqlType;

/// The error of a result that its type cannot hold.
pub fn out_of_range(function: &str, ty: SqlType) -> RowError {
    RowError::runtime(format!(
        "{function} is out of range for {ty}; CAST its argument to a wider type"
    ))
}

/// SUM and AVG of whole numbers and DECIMAL.
pub struct WholeSum {
    mean: bool,
    ty: SqlType,
    /// (values, their sum) of every group.
    sums: Vec<(i64, i128)>,
}

impl WholeSum {
    /// AVG, or else SUM, with the type of the argument.
    pub fn new(mean: bool, ty: SqlType) -> Self {
        Self {
            mean,
            ty,
            sums: Vec::new(),
        }
    }

    /// The result of a group; `Err` if it is out of range.
    #[inline]
    fn result(&self, arrow: &DataType, (count, sum): (i64, i128)) -> Result<Option<i128>, ()> {
        if count == 0 {
            return Ok(None);
        }
        let result = match i64::try_from(sum) {
            _ if !self.mean => sum,
            // One instruction in place of a call.
            Ok(sum) => i128::from(sum / count),
            Err(_) => sum / i128::from(count),
        };
        if fits(arrow, result) {
            Ok(Some(result))
        } else {
            Err(())
        }
    }

    #[inline]
    fn count(&mut self, group: u32, value: Option<i64>, by: i64) {
        if let (Some(value), Some((count, sum))) = (value, self.sums.get_mut(group as usize)) {
            *count += by;
            *sum = sum.wrapping_add(i128::from(value) * i128::from(by));
        }
    }
}

impl Accumulator for WholeSum {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups, (0, 0));
    }

    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        let Some(array) = values else { return };
        each_whole(array, groups, |group, value| {
            if let Some((count, sum)) = self.sums.get_mut(group as usize) {
                *count += 1;
                *sum = sum.wrapping_add(value);
            }
        });
    }

    fn retract(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        let Some(array) = values else { return };
        each_whole(array, groups, |group, value| {
            if let Some((count, sum)) = self.sums.get_mut(group as usize) {
                *count -= 1;
                *sum = sum.wrapping_sub(value);
            }
        });
    }

    fn merge(&mut self, saved: &[ArrayRef], groups: &[u32]) -> Result<(), StateError> {
        let counts = saved::column::<Int64Array>(saved, 0)?;
        let sums = saved::column::<Decimal128Array>(saved, 1)?;
        for ((&group, more), value) in groups.iter().zip(counts.values()).zip(sums.values()) {
            if let Some((count, sum)) = self.sums.get_mut(group as usize) {
                *count += more;
                *sum = sum.wrapping_add(*value);
            }
        }
        Ok(())
    }

    fn read(&self, groups: usize, errors: &mut RowErrors) -> ArrayRef {
        let ty = self.ty.arrow();
        let results: Vec<Option<i128>> = (self.sums.iter().take(groups).enumerate())
            .map(|(group, &state)| {
                self.result(&ty, state).unwrap_or_else(|()| {
                    errors.set(group, || out_of_range(name(self.mean), self.ty));
                    None
                })
            })
            .collect();
        whole_array(&ty, results.into_iter())
    }

    fn save(&self, groups: usize) -> Vec<ArrayRef> {
        let sums = || self.sums.iter().take(groups);
        vec![
            Arc::new(Int64Array::from_iter_values(sums().map(|s| s.0))),
            Arc::new(Decimal128Array::from_iter_values(sums().map(|s| s.1))),
        ]
    }

    fn move_out(&mut self, groups: &[u32]) -> Box<dyn Accumulator> {
        Box::new(Self {
            sums: moved_out(&mut self.sums, groups, &(0, 0)),
            ..*self
        })
    }

    fn clear(&mut self) {
        self.sums.clear();
        self.sums.shrink_to(GROUPS_KEPT);
    }
}

impl Sliding for WholeSum {
    fn slide(
        &mut self,
        passage: Passage<'_>,
        coming: &Kept,
        leaving: &Kept,
        errors: &mut RowErrors,
    ) -> ArrayRef {
        let arrow = self.ty.arrow();
        let mut results = Vec::with_capacity(passage.groups.len());
        passage.walk(
            self,
            |own, at, gone| own.count(gone.group, leaving.whole(at), -1),
            |own, row, group| {
                own.count(group, coming.whole(row), 1);
                let state = own.sums.get(group as usize).copied().unwrap_or_default();
                results.push(own.result(&arrow, state).unwrap_or_else(|()| {
                    errors.set(row, || out_of_range(name(own.mean), own.ty));
                    None
                }));
            },
        );
        whole_array(&arrow, results.into_iter())
    }

    fn forget(&mut self, group: u32) {
        if let Some(sum) = self.sums.get_mut(group as usize) {
            *sum = (0, 0);
        }
    }
}

fn name(mean: bool) -> &'static str {
    if mean { "AVG" } else { "SUM" }
}

/// SUM and AVG with a REAL or DOUBLE result.
pub struct ApproximateSum {
    mean: bool,
    ty: SqlType,
    sums: Vec<FloatTotal>,
}

#[derive(Debug, Clone, Default)]
struct FloatTotal {
    count: i64,
    sum: FloatSum,
}

impl ApproximateSum {
    /// AVG, or else SUM, with the type of the argument.
    pub fn new(mean: bool, ty: SqlType) -> Self {
        Self {
            mean,
            ty,
            sums: Vec::new(),
        }
    }

    /// Rounds the result of a group; `Err` if it is out of range.
    #[inline]
    fn result(&self, total: &FloatTotal) -> Result<Option<f64>, ()> {
        if total.count == 0 {
            return Ok(None);
        }
        let divisor = if self.mean { total.count.unsigned_abs() } else { 1 };
        let quotient = total.sum.quotient(divisor).ok_or(())?;
        let rounded = match self.ty {
            SqlType::Real => quotient.to_f32().map(f64::from),
            _ => quotient.to_f64(),
        };
        rounded.map(Some).ok_or(())
    }
}

impl FloatTotal {
    #[inline]
    fn add(&mut self, term: Option<Term>) {
        self.count += 1;
        match term {
            Some(term) => self.sum.add(term),
            None => self.sum.add_not_finite(1),
        }
    }

    #[inline]
    fn retract(&mut self, term: Option<Term>) {
        self.count -= 1;
        match term {
            Some(term) => self.sum.add(term.negated()),
            None => self.sum.add_not_finite(-1),
        }
    }
}

impl Accumulator for ApproximateSum {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups, FloatTotal::default());
    }

    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        let Some(array) = values else { return };
        each_term(array, groups, |group, term| {
            if let Some(total) = self.sums.get_mut(group as usize) {
                total.add(term);
            }
        });
    }

    fn retract(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        let Some(array) = values else { return };
        each_term(array, groups, |group, term| {
            if let Some(total) = self.sums.get_mut(group as usize) {
                total.retract(term);
            }
        });
    }

    fn merge(&mut self, saved: &[ArrayRef], groups: &[u32]) -> Result<(), StateError> {
        let counts = saved::column::<Int64Array>(saved, 0)?;
        let sums = saved::column::<BinaryArray>(saved, 1)?;
        for ((&group, count), bytes) in groups.iter().zip(counts.values()).zip(sums.iter()) {
            let sum = FloatSum::parse(bytes.unwrap_or_default())?;
            if let Some(total) = self.sums.get_mut(group as usize) {
                total.count += count;
                total.sum.merge(&sum);
            }
        }
        Ok(())
    }

    fn read(&self, groups: usize, errors: &mut RowErrors) -> ArrayRef {
        let results = self.sums.iter().take(groups).map(|total| self.result(total));
        approximate_array(results, self.ty, name(self.mean), errors)
    }

    fn save(&self, groups: usize) -> Vec<ArrayRef> {
        let totals = || self.sums.iter().take(groups);
        vec![
            Arc::new(Int64Array::from_iter_values(totals().map(|t| t.count))),
            exact_bytes(totals().map(|t| |out: &mut Vec<u8>| t.sum.write(out))),
        ]
    }

    fn move_out(&mut self, groups: &[u32]) -> Box<dyn Accumulator> {
        Box::new(Self {
            sums: moved_out(&mut self.sums, groups, &FloatTotal::default()),
            ..*self
        })
    }

    fn clear(&mut self) {
        self.sums.clear();
        self.sums.shrink_to(GROUPS_KEPT);
    }
}

impl Sliding for ApproximateSum {
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
                if let (Some(total), Some(term)) = (own.sums.get_mut(gone.group as usize), term(leaving, at))
                {
                    total.retract(term);
                }
            },
            |own, row, group| {
                let Some(total) = own.sums.get_mut(group as usize) else {
                    return results.push(Ok(None));
                };
                if let Some(term) = term(coming, row) {
                    total.add(term);
                }
                results.push(
                    own.sums
                        .get(group as usize)
                        .map_or(Ok(None), |total| own.result(total)),
                );
            },
        );
        approximate_array(results.into_iter(), self.ty, name(self.mean), errors)
    }

    fn forget(&mut self, group: u32) {
        if let Some(total) = self.sums.get_mut(group as usize) {
            *total = FloatTotal::default();
        }
    }
}

/// A kept number as an exact term, as [`each_term`] gives those of an array.
#[inline]
pub fn term(kept: &Kept, slot: usize) -> Option<Option<Term>> {
    match kept.form() {
        Form::Float => kept.float(slot).map(Term::of),
        _ => kept.whole(slot).map(|v| Some(Term::whole(v.into()))),
    }
}

/// Results as an array of REAL or DOUBLE; `Err` is out of range.
pub fn approximate_array(
    results: impl Iterator<Item = Result<Option<f64>, ()>>,
    ty: SqlType,
    function: &str,
    errors: &mut RowErrors,
) -> ArrayRef {
    let values = results.enumerate().map(|(row, result)| {
        result.unwrap_or_else(|()| {
            errors.set(row, || out_of_range(function, ty));
            None
        })
    });
    if ty == SqlType::Real {
        // Every value is a REAL already, so that this conversion is exact.
        return Arc::new(values.map(|v| v.map(|v| v as f32)).collect::<Float32Array>());
    }
    Arc::new(values.collect::<Float64Array>())
}

/// Saved exact sums, one value a group.
pub fn exact_bytes<W: FnOnce(&mut Vec<u8>)>(sums: impl Iterator<Item = W>) -> ArrayRef {
    let mut bytes = Vec::new();
    Arc::new(BinaryArray::from_iter_values(sums.map(|write| {
        bytes.clear();
        write(&mut bytes);
        bytes.clone()
    })))
}
