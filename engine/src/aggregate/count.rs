//! COUNT(*) and COUNT(x): BIGINT, never NULL; COUNT(x) passes over NULLs.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};

use super::kept::Kept;
use super::sliding::{Passage, Sliding};
use super::{Accumulator, GROUPS_KEPT, moved_out, saved};
use crate::row_error::RowErrors;
use crate::state::StateError;

/// Rows, or rows with a value, of every group.
#[derive(Default)]
pub struct Count {
    counts: Vec<i64>,
}

impl Count {
    fn count(&mut self, values: Option<&ArrayRef>, groups: &[u32], by: i64) {
        // A NULL without a type has no validity bits, only the logical ones.
        match values.and_then(|v| v.logical_nulls()) {
            None => groups.iter().for_each(|&group| self.bump(group, by)),
            Some(nulls) => {
                for (row, &group) in groups.iter().enumerate() {
                    if nulls.is_valid(row) {
                        self.bump(group, by);
                    }
                }
            }
        }
    }

    #[inline]
    fn bump(&mut self, group: u32, by: i64) {
        if let Some(count) = self.counts.get_mut(group as usize) {
            *count += by;
        }
    }
}

impl Accumulator for Count {
    fn resize(&mut self, groups: usize) {
        self.counts.resize(groups, 0);
    }

    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        self.count(values, groups, 1);
    }

    fn retract(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        self.count(values, groups, -1);
    }

    fn merge(&mut self, saved: &[ArrayRef], groups: &[u32]) -> Result<(), StateError> {
        let counts = saved::column::<Int64Array>(saved, 0)?;
        for (&group, &count) in groups.iter().zip(counts.values()) {
            self.bump(group, count);
        }
        Ok(())
    }

    fn read(&self, groups: usize, _errors: &mut RowErrors) -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(
            self.counts.iter().take(groups).copied(),
        ))
    }

    fn save(&self, groups: usize) -> Vec<ArrayRef> {
        vec![self.read(groups, &mut RowErrors::new())]
    }

    fn move_out(&mut self, groups: &[u32]) -> Box<dyn Accumulator> {
        Box::new(Self {
            counts: moved_out(&mut self.counts, groups, &0),
        })
    }

    fn clear(&mut self) {
        self.counts.clear();
        self.counts.shrink_to(GROUPS_KEPT);
    }
}

impl Sliding for Count {
    fn slide(
        &mut self,
        passage: Passage<'_>,
        coming: &Kept,
        leaving: &Kept,
        _errors: &mut RowErrors,
    ) -> ArrayRef {
        let mut results = Vec::with_capacity(passage.groups.len());
        passage.walk(
            self,
            |own, at, gone| own.bump(gone.group, -i64::from(leaving.is_present(at))),
            |own, row, group| {
                own.bump(group, i64::from(coming.is_present(row)));
                results.push(own.counts.get(group as usize).copied().unwrap_or(0));
            },
        );
        Arc::new(Int64Array::from(results))
    }

    fn forget(&mut self, group: u32) {
        if let Some(count) = self.counts.get_mut(group as usize) {
            *count = 0;
        }
    }
}
