//! SUM and AVG.
//!
//! Whole numbers and DECIMAL add up in 128 bits; only the result is checked for its range, so that an overflow
//! on the way that later rows take back does not show and order cannot matter. AVG truncates toward zero. REAL
//! and DOUBLE are the exact sum, or the exact sum divided by the count, rounded once (R2, `decisions.md` 29);
//! a zero result is +0.0.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Decimal128Array, Float32Array, Float64Array, Int64Array};

use super::exact_sum::FloatSum;
use super::numbers::{each_term, each_whole, fits, whole_array};
use super::rounding::Ratio;
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
            .map(|(group, &(count, sum))| {
                if count == 0 {
                    return None;
                }
                let result = if self.mean { sum / i128::from(count) } else { sum };
                if !fits(&ty, result) {
                    errors.set(group, || out_of_range(name(self.mean), self.ty));
                    return None;
                }
                Some(result)
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
}

impl Accumulator for ApproximateSum {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups, FloatTotal::default());
    }

    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        let Some(array) = values else { return };
        each_term(array, groups, |group, term| {
            let Some(total) = self.sums.get_mut(group as usize) else {
                return;
            };
            total.count += 1;
            match term {
                Some(term) => total.sum.add(term),
                None => total.sum.add_not_finite(1),
            }
        });
    }

    fn retract(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        let Some(array) = values else { return };
        each_term(array, groups, |group, term| {
            let Some(total) = self.sums.get_mut(group as usize) else {
                return;
            };
            total.count -= 1;
            match term {
                Some(term) => total.sum.add(term.negated()),
                None => total.sum.add_not_finite(-1),
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
        let results = self.sums.iter().take(groups).map(|total| {
            if total.count == 0 {
                return Some(None);
            }
            let (negative, mut ratio) = total.sum.value()?;
            if self.mean {
                ratio.divisors.push(total.count.unsigned_abs());
            }
            Some(Some((negative, ratio)))
        });
        float_array(results, self.ty, Rounded::Value, name(self.mean), errors)
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

/// Saved exact sums, one value a group.
pub fn exact_bytes<W: FnOnce(&mut Vec<u8>)>(sums: impl Iterator<Item = W>) -> ArrayRef {
    let mut bytes = Vec::new();
    Arc::new(BinaryArray::from_iter_values(sums.map(|write| {
        bytes.clear();
        write(&mut bytes);
        bytes.clone()
    })))
}

/// What of an exact value is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounded {
    /// Itself.
    Value,
    /// Its square root.
    Root,
}

/// Rounds signed exact values (`None`: not a number, `Some(None)`: NULL) into an array of REAL or DOUBLE.
pub fn float_array(
    values: impl Iterator<Item = Option<Option<(bool, Ratio)>>>,
    ty: SqlType,
    what: Rounded,
    function: &str,
    errors: &mut RowErrors,
) -> ArrayRef {
    let mut round = |group: usize, value: Option<Option<(bool, Ratio)>>| {
        let Some(value) = value else {
            errors.set(group, || out_of_range(function, ty));
            return None;
        };
        let (negative, ratio) = value?;
        let rounded = match (ty, what) {
            (SqlType::Real, Rounded::Value) => ratio.to_f32().map(f64::from),
            (SqlType::Real, Rounded::Root) => ratio.sqrt_to_f32().map(f64::from),
            (_, Rounded::Value) => ratio.to_f64(),
            (_, Rounded::Root) => ratio.sqrt_to_f64(),
        };
        if rounded.is_none() {
            errors.set(group, || out_of_range(function, ty));
        }
        rounded.map(|r| if negative && r != 0.0 { -r } else { r })
    };
    let values = values.enumerate().map(|(group, value)| round(group, value));
    if ty == SqlType::Real {
        // Every value is a REAL already, so that this conversion is exact.
        return Arc::new(values.map(|v| v.map(|v| v as f32)).collect::<Float32Array>());
    }
    Arc::new(values.collect::<Float64Array>())
}
