//! FIRST_VALUE, LAST_VALUE, NTH_VALUE and LAG: the value of the n-th row of a sliding window, from either end.
//!
//! Every partition lists the values of its rows, or with IGNORE NULLS of those that have one. Counted from the current
//! row backwards only the last n are kept; counted from the first, all, unless nothing ever leaves the window.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::datatypes::DataType;

use super::call::{Candidates, Coming};
use super::extreme::saved_values;
use crate::aggregate::physical::Physical;
use crate::aggregate::sliding::Gone;
use crate::row_error::RowErrors;
use crate::state::StateError;

/// Which row of a window.
#[derive(Debug, Clone, Copy)]
pub struct Which {
    /// Counted from one.
    n: usize,
    from_last: bool,
    /// The current row is not counted.
    before: bool,
    ignore_nulls: bool,
}

impl Which {
    /// The n-th from the first.
    pub fn first(n: u64, ignore_nulls: bool) -> Self {
        Self {
            n: usize::try_from(n).unwrap_or(usize::MAX),
            from_last: false,
            before: false,
            ignore_nulls,
        }
    }

    /// The n-th from the current row, that one included.
    pub fn last(n: u64, ignore_nulls: bool) -> Self {
        Self {
            from_last: true,
            ..Self::first(n, ignore_nulls)
        }
    }

    /// The n-th before the current row; for 0 that row itself.
    pub fn before(n: u64, ignore_nulls: bool) -> Self {
        match n {
            0 => Self::last(1, false),
            _ => Self {
                before: true,
                ..Self::last(n, ignore_nulls)
            },
        }
    }
}

/// The values of every partition from which one is picked.
pub struct Position<P: Physical> {
    ty: DataType,
    which: Which,
    /// Rows leave the window.
    bounded: bool,
    lists: Vec<List<P::Value>>,
}

/// Values with the places of their rows, oldest first; `None` is a NULL.
type List<V> = VecDeque<(u32, Option<V>)>;

impl<P: Physical> Position<P> {
    /// Values of this Arrow type.
    pub fn new(ty: DataType, which: Which, bounded: bool) -> Self {
        Self {
            ty,
            which,
            bounded,
            lists: Vec::new(),
        }
    }

    #[inline]
    fn pick(which: Which, list: &List<P::Value>) -> Option<&Option<P::Value>> {
        let index = if which.from_last {
            list.len().checked_sub(which.n)?
        } else {
            which.n.checked_sub(1)?
        };
        list.get(index).map(|(_, value)| value)
    }

    #[inline]
    fn let_go(&mut self, gone: Gone) {
        if let Some(list) = self.lists.get_mut(gone.group as usize) {
            list.pop_front_if(|(slot, _)| *slot == gone.slot);
        }
    }

    #[inline]
    fn take(&mut self, array: &P::Array, row: usize, slot: u32, group: u32) {
        let (
            Which {
                n,
                from_last,
                ignore_nulls,
                ..
            },
            null,
        ) = (self.which, array.is_null(row));
        let Some(list) = self
            .lists
            .get_mut(group as usize)
            .filter(|_| !(null && ignore_nulls))
        else {
            return;
        };
        let mut own = None;
        if list.len() >= n {
            if from_last {
                // Its memory serves the row that comes.
                own = list.pop_front().and_then(|(_, value)| value);
            } else if !self.bounded {
                return;
            }
        }
        let value = (!null).then(|| {
            let mut value = own.unwrap_or_default();
            P::store(array, row, &mut value);
            value
        });
        list.push_back((slot, value));
    }

    fn append(
        &self,
        found: Option<&Option<P::Value>>,
        default: Option<&P::Array>,
        row: usize,
        results: &mut P::Builder,
    ) {
        match (found, default) {
            (Some(value), _) => P::append(results, value.as_ref()),
            (None, Some(default)) => P::append(results, P::owned(default, row).as_ref()),
            (None, None) => P::append(results, None),
        }
    }
}

impl<P: Physical> Candidates for Position<P> {
    fn resize(&mut self, groups: usize) {
        self.lists.resize_with(groups, VecDeque::new);
    }

    fn slide(
        &mut self,
        coming: Coming<'_>,
        value: &ArrayRef,
        default: Option<&ArrayRef>,
        _errors: &mut RowErrors,
    ) -> ArrayRef {
        let mut results = P::builder(coming.slots.len());
        let Some(array) = value.as_any().downcast_ref::<P::Array>() else {
            return P::finish(results, &self.ty);
        };
        let default = default.and_then(|d| d.as_any().downcast_ref::<P::Array>());
        let which = self.which;
        coming.passage.walk(
            self,
            |own, _, gone| own.let_go(gone),
            |own, row, group| {
                let slot = coming.slots.get(row).copied().unwrap_or(0);
                if !which.before {
                    own.take(array, row, slot, group);
                }
                let found = own
                    .lists
                    .get(group as usize)
                    .and_then(|list| Self::pick(which, list));
                own.append(found, default, row, &mut results);
                if which.before {
                    own.take(array, row, slot, group);
                }
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
            P::collect(&self.ty, all().map(|(_, (_, value))| value.as_ref())),
        ]
    }

    fn load(&mut self, groups: &[u32], slots: &[u32], columns: &[ArrayRef]) -> Result<(), StateError> {
        let values = saved_values::<P>(columns)?;
        for (row, (&group, &slot)) in groups.iter().zip(slots).enumerate() {
            let Some(list) = self.lists.get_mut(group as usize).filter(|_| row < values.len()) else {
                return Err(StateError::Damaged("a value without its partition".to_owned()));
            };
            list.push_back((slot, P::owned(values, row)));
        }
        Ok(())
    }
}
