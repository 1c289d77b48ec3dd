//! ANY and EVERY: OR and AND over the rows of a group, NULLs skipped; a group of NULLs alone is NULL.
//!
//! Kept as counts of TRUE and FALSE and not as the verdict, so that values can be taken out again.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array};

use super::kept::Kept;
use super::sliding::{Passage, Sliding};
use super::{Accumulator, GROUPS_KEPT, moved_out, saved};
use crate::row_error::RowErrors;
use crate::state::StateError;

/// The verdict of every group.
pub struct Verdict {
    every: bool,
    /// (TRUE, FALSE) of every group.
    counts: Vec<[i64; 2]>,
}

impl Verdict {
    /// EVERY, or else ANY.
    pub fn new(every: bool) -> Self {
        Self {
            every,
            counts: Vec::new(),
        }
    }

    fn bump(&mut self, group: u32, value: Option<i64>, by: i64) {
        if let (Some(value), Some([yes, no])) = (value, self.counts.get_mut(group as usize)) {
            *(if value == 0 { no } else { yes }) += by;
        }
    }

    fn verdict(&self, [yes, no]: [i64; 2]) -> Option<bool> {
        match (yes, no) {
            (0, 0) => None,
            _ if self.every => Some(no == 0),
            _ => Some(yes != 0),
        }
    }

    fn count(&mut self, values: Option<&ArrayRef>, groups: &[u32], by: i64) {
        let Some(array) = values.and_then(|v| v.as_boolean_opt()) else {
            return;
        };
        for (value, &group) in array.iter().zip(groups) {
            self.bump(group, value.map(i64::from), by);
        }
    }
}

impl Accumulator for Verdict {
    fn resize(&mut self, groups: usize) {
        self.counts.resize(groups, [0; 2]);
    }

    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        self.count(values, groups, 1);
    }

    fn retract(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        self.count(values, groups, -1);
    }

    fn merge(&mut self, saved: &[ArrayRef], groups: &[u32]) -> Result<(), StateError> {
        let yes = saved::column::<Int64Array>(saved, 0)?;
        let no = saved::column::<Int64Array>(saved, 1)?;
        for ((&group, yes), no) in groups.iter().zip(yes.values()).zip(no.values()) {
            if let Some(counts) = self.counts.get_mut(group as usize) {
                counts[0] += yes;
                counts[1] += no;
            }
        }
        Ok(())
    }

    fn read(&self, groups: usize, _errors: &mut RowErrors) -> ArrayRef {
        let verdicts = self
            .counts
            .iter()
            .take(groups)
            .map(|&counts| self.verdict(counts));
        Arc::new(verdicts.collect::<BooleanArray>())
    }

    fn save(&self, groups: usize) -> Vec<ArrayRef> {
        [0, 1]
            .map(|i| {
                let counts = self.counts.iter().take(groups).map(|c| c[i]);
                Arc::new(Int64Array::from_iter_values(counts)) as ArrayRef
            })
            .to_vec()
    }

    fn move_out(&mut self, groups: &[u32]) -> Box<dyn Accumulator> {
        Box::new(Self {
            every: self.every,
            counts: moved_out(&mut self.counts, groups, &[0; 2]),
        })
    }

    fn clear(&mut self) {
        self.counts.clear();
        self.counts.shrink_to(GROUPS_KEPT);
    }
}

impl Sliding for Verdict {
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
            |own, at, gone| own.bump(gone.group, leaving.whole(at), -1),
            |own, row, group| {
                own.bump(group, coming.whole(row), 1);
                let counts = own.counts.get(group as usize).copied().unwrap_or_default();
                results.push(own.verdict(counts));
            },
        );
        Arc::new(BooleanArray::from(results))
    }

    fn forget(&mut self, group: u32) {
        if let Some(counts) = self.counts.get_mut(group as usize) {
            *counts = [0; 2];
        }
    }
}
