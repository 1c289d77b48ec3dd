//! EXP_AVG: the average of a window with weights that halve with age.
//!
//! Defined as a fold over the values of the window in stream order: from row to row what has been summed loses weight
//! by the time between them, then the next value comes in with weight one. It is folded anew for every row, so that
//! what has left a window leaves no trace in the last bits (R2); the weight from one row to the next is kept. Where
//! nothing ever leaves the window the fold goes on from where it stood.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, UInt32Array};
use arrow::datatypes::{Float64Type, Int64Type};

use super::call::{Candidates, Coming};
use crate::aggregate::sliding::Gone;
use crate::expr::eval;
use crate::row_error::{RowError, RowErrors};
use crate::state::StateError;

/// The values of every partition, NULLs left out.
pub struct Decayed {
    half_life_ms: i64,
    /// Rows leave the window.
    bounded: bool,
    lists: Vec<VecDeque<Weighed>>,
}

/// One value, or what a fold has made of several.
#[derive(Debug, Clone, Copy)]
struct Weighed {
    slot: u32,
    rowtime_ms: i64,
    /// What is left at this row of the weight that the row before it had.
    left: f64,
    sum: f64,
    weight: f64,
}

impl Decayed {
    /// Weights halve in so many ms.
    pub fn new(half_life_ms: i64, bounded: bool) -> Self {
        Self {
            half_life_ms,
            bounded,
            lists: Vec::new(),
        }
    }

    /// 2 to the power of -age/half-life; halves are exact, and the rest is the same on every machine.
    fn left_after(&self, age_ms: i64) -> f64 {
        let half_life = self.half_life_ms.max(1);
        let rest = (age_ms % half_life) as f64 / half_life as f64;
        let halves = i32::try_from(age_ms / half_life).unwrap_or(i32::MAX).min(2_000);
        eval::exp(-rest * std::f64::consts::LN_2)
            * 2f64.powi(-(halves / 2))
            * 2f64.powi(-(halves - halves / 2))
    }

    #[inline]
    fn let_go(&mut self, gone: Gone) {
        if let Some(list) = self.lists.get_mut(gone.group as usize) {
            list.pop_front_if(|w| w.slot == gone.slot);
        }
    }

    fn take(&mut self, value: f64, rowtime_ms: i64, slot: u32, group: u32) {
        let age = |last: &Weighed| rowtime_ms.saturating_sub(last.rowtime_ms);
        let age = self
            .lists
            .get(group as usize)
            .and_then(|list| list.back().map(age));
        let left = age.map_or(0.0, |age| self.left_after(age));
        let Some(list) = self.lists.get_mut(group as usize) else {
            return;
        };
        list.push_back(Weighed {
            slot,
            rowtime_ms,
            left,
            sum: value,
            weight: 1.0,
        });
        if !self.bounded {
            let (sum, weight) = fold(list);
            list.clear();
            list.push_back(Weighed {
                slot,
                rowtime_ms,
                left,
                sum,
                weight,
            });
        }
    }
}

/// The sum of the weighed values, and that of the weights.
fn fold(list: &VecDeque<Weighed>) -> (f64, f64) {
    list.iter().fold((0.0, 0.0), |(sum, weight), next| {
        (sum * next.left + next.sum, weight * next.left + next.weight)
    })
}

impl Candidates for Decayed {
    fn resize(&mut self, groups: usize) {
        self.lists.resize_with(groups, VecDeque::new);
    }

    fn slide(
        &mut self,
        coming: Coming<'_>,
        value: &ArrayRef,
        _default: Option<&ArrayRef>,
        errors: &mut RowErrors,
    ) -> ArrayRef {
        let mut results = Float64Array::builder(coming.slots.len());
        let Some(array) = value.as_primitive_opt::<Float64Type>() else {
            return Arc::new(results.finish());
        };
        coming.passage.walk(
            self,
            |own, _, gone| own.let_go(gone),
            |own, row, group| {
                if let (true, Some(&rowtime)) = (array.is_valid(row), coming.rowtimes.get(row)) {
                    let slot = coming.slots.get(row).copied().unwrap_or(0);
                    own.take(array.value(row), rowtime, slot, group);
                }
                let list = own.lists.get(group as usize).filter(|list| !list.is_empty());
                let average = list.map(|list| {
                    let (sum, weight) = fold(list);
                    sum / weight
                });
                if average.is_some_and(|a| !a.is_finite()) {
                    errors.set(row, || RowError::runtime("EXP_AVG is out of range for DOUBLE"));
                }
                // -0.0 is no result (`decisions.md` 23).
                results.append_option(average.map(|a| a + 0.0));
            },
        );
        Arc::new(results.finish())
    }

    fn leave(&mut self, gone: &[Gone]) {
        gone.iter().for_each(|&gone| self.let_go(gone));
    }

    fn forget(&mut self, group: u32) {
        if let Some(list) = self.lists.get_mut(group as usize) {
            *list = VecDeque::new();
        }
    }

    fn save(&self, groups: &[u32]) -> Vec<ArrayRef> {
        let mut all: Vec<(u32, Weighed)> = Vec::new();
        for (position, &group) in (0..).zip(groups) {
            let list = self.lists.get(group as usize).into_iter().flatten();
            all.extend(list.map(|weighed| (position, *weighed)));
        }
        let floats = |of: fn(&Weighed) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(all.iter().map(|(_, w)| of(w))))
        };
        vec![
            Arc::new(UInt32Array::from_iter_values(
                all.iter().map(|(position, _)| *position),
            )),
            Arc::new(UInt32Array::from_iter_values(all.iter().map(|(_, w)| w.slot))),
            Arc::new(Int64Array::from_iter_values(
                all.iter().map(|(_, w)| w.rowtime_ms),
            )),
            floats(|w| w.left),
            floats(|w| w.sum),
            floats(|w| w.weight),
        ]
    }

    fn load(&mut self, groups: &[u32], slots: &[u32], columns: &[ArrayRef]) -> Result<(), StateError> {
        let other = || StateError::Mismatch("the values of an EXP_AVG of other columns".to_owned());
        let [rowtimes, rest @ ..] = columns else {
            return Err(other());
        };
        let rowtimes = rowtimes.as_primitive_opt::<Int64Type>().ok_or_else(other)?;
        let floats = rest
            .iter()
            .map(|c| c.as_primitive_opt::<Float64Type>().ok_or_else(other));
        let floats: Vec<&Float64Array> = floats.collect::<Result<_, _>>()?;
        let [left, sum, weight] = floats.as_slice() else {
            return Err(other());
        };
        let columns = rowtimes
            .values()
            .iter()
            .zip(left.values())
            .zip(sum.values())
            .zip(weight.values());
        for ((&group, &slot), (((&rowtime_ms, &left), &sum), &weight)) in
            groups.iter().zip(slots).zip(columns)
        {
            let list = self.lists.get_mut(group as usize).ok_or_else(other)?;
            list.push_back(Weighed {
                slot,
                rowtime_ms,
                left,
                sum,
                weight,
            });
        }
        Ok(())
    }
}
