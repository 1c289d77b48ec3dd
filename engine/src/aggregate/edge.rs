//! FIRST_VALUE and LAST_VALUE: the first or last row of a group in stream order, owned.
//!
//! RESPECT NULLS (the default) takes a NULL like any value; IGNORE NULLS passes over it. A group without a row
//! that counts is NULL. Rows cannot be taken out again: a sliding window knows its first and last row itself.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::datatypes::DataType;

use super::physical::Physical;
use super::{Accumulator, GROUPS_KEPT, moved_out, saved};
use crate::row_error::RowErrors;
use crate::state::StateError;

/// The value at one end of every group.
pub struct Edge<P: Physical> {
    ty: DataType,
    last: bool,
    ignore_nulls: bool,
    kept: Vec<Kept<P::Value>>,
}

#[derive(Debug, Clone)]
enum Kept<V> {
    Nothing,
    Null,
    Value(V),
}

impl<P: Physical> Edge<P> {
    /// LAST_VALUE, or else FIRST_VALUE.
    pub fn new(ty: DataType, last: bool, ignore_nulls: bool) -> Self {
        Self {
            ty,
            last,
            ignore_nulls,
            kept: Vec::new(),
        }
    }

    #[inline]
    fn take(&mut self, array: &P::Array, row: usize, group: u32) {
        let Some(kept) = self.kept.get_mut(group as usize) else {
            return;
        };
        if !self.last && !matches!(kept, Kept::Nothing) {
            return;
        }
        match kept {
            _ if array.is_null(row) => {
                if !self.ignore_nulls {
                    *kept = Kept::Null;
                }
            }
            Kept::Value(value) => P::store(array, row, value),
            Kept::Nothing | Kept::Null => {
                let mut value = P::Value::default();
                P::store(array, row, &mut value);
                *kept = Kept::Value(value);
            }
        }
    }
}

impl<P: Physical> Accumulator for Edge<P> {
    fn resize(&mut self, groups: usize) {
        self.kept.resize(groups, Kept::Nothing);
    }

    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        if let Some(array) = values.and_then(|v| v.as_any().downcast_ref::<P::Array>()) {
            for (row, &group) in groups.iter().enumerate() {
                self.take(array, row, group);
            }
        }
    }

    fn merge(&mut self, saved: &[ArrayRef], groups: &[u32]) -> Result<(), StateError> {
        let array = saved::column::<P::Array>(saved, 0)?;
        let seen = saved::column::<BooleanArray>(saved, 1)?;
        for (row, (&group, seen)) in groups.iter().zip(seen.values()).enumerate() {
            if seen {
                self.take(array, row, group);
            }
        }
        Ok(())
    }

    fn read(&self, groups: usize, _errors: &mut RowErrors) -> ArrayRef {
        let values = self.kept.iter().take(groups).map(|kept| match kept {
            Kept::Value(value) => Some(value),
            Kept::Nothing | Kept::Null => None,
        });
        P::collect(&self.ty, values)
    }

    fn save(&self, groups: usize) -> Vec<ArrayRef> {
        let seen = self.kept.iter().take(groups).map(|k| !matches!(k, Kept::Nothing));
        let seen: BooleanArray = seen.map(Some).collect();
        vec![self.read(groups, &mut RowErrors::new()), Arc::new(seen)]
    }

    fn move_out(&mut self, groups: &[u32]) -> Box<dyn Accumulator> {
        Box::new(Self {
            ty: self.ty.clone(),
            kept: moved_out(&mut self.kept, groups, &Kept::Nothing),
            ..*self
        })
    }

    fn clear(&mut self) {
        self.kept.clear();
        self.kept.shrink_to(GROUPS_KEPT);
    }

    fn retracts(&self) -> bool {
        false
    }
}
