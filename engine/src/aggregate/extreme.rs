//! MIN and MAX: one owned winner a group.
//!
//! The DISTINCT forms are the same. Floats compare by total order, so that of -0.0 and 0.0 always the same one
//! wins. What was added cannot be taken out again, since the losers are gone: sliding windows keep candidates.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;

use super::physical::Physical;
use super::{Accumulator, GROUPS_KEPT, moved_out, saved};
use crate::row_error::RowErrors;
use crate::state::StateError;

/// The least or the greatest value of every group.
pub struct Extreme<P: Physical> {
    ty: DataType,
    /// How a value compares with the winner that it replaces.
    replaces: Ordering,
    winners: Vec<Option<P::Value>>,
}

impl<P: Physical> Extreme<P> {
    /// MIN for `Ordering::Less`, MAX for `Ordering::Greater`, over arrays of this type.
    pub fn new(ty: DataType, replaces: Ordering) -> Self {
        Self {
            ty,
            replaces,
            winners: Vec::new(),
        }
    }

    #[inline]
    fn take(&mut self, array: &P::Array, row: usize, group: u32) {
        let Some(winner) = self.winners.get_mut(group as usize) else {
            return;
        };
        match winner {
            Some(kept) => {
                if P::compare(array, row, kept) == self.replaces {
                    P::store(array, row, kept);
                }
            }
            None => P::store(array, row, winner.insert(P::Value::default())),
        }
    }
}

impl<P: Physical> Accumulator for Extreme<P> {
    fn resize(&mut self, groups: usize) {
        self.winners.resize(groups, None);
    }

    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        let Some(array) = values.and_then(|v| v.as_any().downcast_ref::<P::Array>()) else {
            return;
        };
        if array.null_count() == 0 {
            for (row, &group) in groups.iter().enumerate() {
                self.take(array, row, group);
            }
            return;
        }
        for (row, &group) in groups.iter().enumerate() {
            if array.is_valid(row) {
                self.take(array, row, group);
            }
        }
    }

    fn merge(&mut self, saved: &[ArrayRef], groups: &[u32]) -> Result<(), StateError> {
        saved::column::<P::Array>(saved, 0)?;
        self.add(saved.first(), groups);
        Ok(())
    }

    fn read(&self, groups: usize, _errors: &mut RowErrors) -> ArrayRef {
        P::collect(&self.ty, self.winners.iter().take(groups).map(Option::as_ref))
    }

    fn save(&self, groups: usize) -> Vec<ArrayRef> {
        vec![self.read(groups, &mut RowErrors::new())]
    }

    fn move_out(&mut self, groups: &[u32]) -> Box<dyn Accumulator> {
        Box::new(Self {
            ty: self.ty.clone(),
            winners: moved_out(&mut self.winners, groups, &None),
            ..*self
        })
    }

    fn clear(&mut self) {
        self.winners.clear();
        self.winners.shrink_to(GROUPS_KEPT);
    }

    fn retracts(&self) -> bool {
        false
    }
}
