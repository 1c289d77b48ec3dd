//! MIN and MAX over a sliding window: the rows that win or may yet win.
//!
//! A row that is no better than a later one cannot win any more, so what is kept gets worse from front to back: the
//! winner stands in front, and every row comes in once and goes out once. Where nothing ever leaves the window, the
//! winner alone is kept.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::datatypes::DataType;

use super::call::{Candidates, Coming};
use crate::aggregate::physical::Physical;
use crate::aggregate::sliding::Gone;
use crate::row_error::RowErrors;
use crate::state::StateError;

/// The least or greatest values of every partition.
pub struct Extreme<P: Physical> {
    ty: DataType,
    /// How a value compares with the one that it replaces.
    replaces: Ordering,
    /// Rows leave the window.
    bounded: bool,
    lists: Vec<VecDeque<(u32, P::Value)>>,
}

impl<P: Physical> Extreme<P> {
    /// MIN for `Ordering::Less`, MAX for `Ordering::Greater`.
    pub fn new(ty: DataType, replaces: Ordering, bounded: bool) -> Self {
        Self {
            ty,
            replaces,
            bounded,
            lists: Vec::new(),
        }
    }

    #[inline]
    fn let_go(&mut self, gone: Gone) {
        if let Some(list) = self.lists.get_mut(gone.group as usize) {
            list.pop_front_if(|(slot, _)| *slot == gone.slot);
        }
    }

    #[inline]
    fn take(&mut self, array: &P::Array, row: usize, slot: u32, group: u32) {
        let Some(list) = self.lists.get_mut(group as usize) else {
            return;
        };
        let mut own = None;
        while let Some((_, worst)) = list.back() {
            let order = P::compare(array, row, worst);
            if order != self.replaces && order != Ordering::Equal {
                break;
            }
            // Its memory serves the row that replaces it.
            own = list.pop_back().map(|(_, value)| value);
        }
        if self.bounded || list.is_empty() {
            let mut value = own.unwrap_or_default();
            P::store(array, row, &mut value);
            list.push_back((slot, value));
        }
    }
}

impl<P: Physical> Candidates for Extreme<P> {
    fn resize(&mut self, groups: usize) {
        self.lists.resize_with(groups, VecDeque::new);
    }

    fn slide(
        &mut self,
        coming: Coming<'_>,
        value: &ArrayRef,
        _default: Option<&ArrayRef>,
        _errors: &mut RowErrors,
    ) -> ArrayRef {
        let mut results = P::builder(coming.slots.len());
        let Some(array) = value.as_any().downcast_ref::<P::Array>() else {
            return P::finish(results, &self.ty);
        };
        coming.passage.walk(
            self,
            |own, _, gone| own.let_go(gone),
            |own, row, group| {
                if array.is_valid(row) {
                    let slot = coming.slots.get(row).copied().unwrap_or(0);
                    own.take(array, row, slot, group);
                }
                let winner = own.lists.get(group as usize).and_then(VecDeque::front);
                P::append(&mut results, winner.map(|(_, value)| value));
            },
        );
        P::finish(results, &self.ty)
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
        let all = || {
            (0..).zip(groups).flat_map(|(position, &group)| {
                let list = self.lists.get(group as usize).into_iter().flatten();
                list.map(move |candidate| (position, candidate))
            })
        };
        vec![
            Arc::new(UInt32Array::from_iter_values(
                all().map(|(position, _): (u32, _)| position),
            )),
            Arc::new(UInt32Array::from_iter_values(all().map(|(_, (slot, _))| *slot))),
            P::collect(&self.ty, all().map(|(_, (_, value))| Some(value))),
        ]
    }

    fn load(&mut self, groups: &[u32], slots: &[u32], columns: &[ArrayRef]) -> Result<(), StateError> {
        let values = saved_values::<P>(columns)?;
        for (row, (&group, &slot)) in groups.iter().zip(slots).enumerate() {
            let (Some(list), Some(value)) = (self.lists.get_mut(group as usize), P::owned(values, row))
            else {
                return Err(StateError::Damaged(
                    "a candidate without its partition".to_owned(),
                ));
            };
            list.push_back((slot, value));
        }
        Ok(())
    }
}

/// The first column of saved candidates, as values.
pub fn saved_values<P: Physical>(columns: &[ArrayRef]) -> Result<&P::Array, StateError> {
    let values = columns
        .first()
        .and_then(|c| c.as_any().downcast_ref::<P::Array>());
    values.ok_or_else(|| StateError::Mismatch("candidates of another type".to_owned()))
}
