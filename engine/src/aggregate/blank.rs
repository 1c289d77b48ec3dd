//! Aggregates without a value: over the bare NULL, and over types that the function does not take.
//!
//! The binder refuses the latter with a position; should one get here all the same, every group is an error
//! and not a wrong answer.

use arrow::array::{ArrayRef, new_null_array};

use super::Accumulator;
use super::kept::Kept;
use super::sliding::{Passage, Sliding};
use crate::row_error::{RowError, RowErrors};
use crate::state::StateError;
use crate::types::SqlType;

/// NULL, or an error, for every group.
pub struct Blank {
    ty: SqlType,
    refusal: Option<String>,
}

impl Blank {
    /// NULL of this type.
    pub fn null(ty: SqlType) -> Self {
        Self { ty, refusal: None }
    }

    /// An error.
    pub fn refused(ty: SqlType, message: String) -> Self {
        Self {
            ty,
            refusal: Some(message),
        }
    }
}

impl Accumulator for Blank {
    fn resize(&mut self, _groups: usize) {}

    fn add(&mut self, _values: Option<&ArrayRef>, _groups: &[u32]) {}

    fn retract(&mut self, _values: Option<&ArrayRef>, _groups: &[u32]) {}

    fn merge(&mut self, _saved: &[ArrayRef], _groups: &[u32]) -> Result<(), StateError> {
        Ok(())
    }

    fn read(&self, groups: usize, errors: &mut RowErrors) -> ArrayRef {
        if let Some(message) = &self.refusal {
            (0..groups).for_each(|group| errors.set(group, || RowError::runtime(message.clone())));
        }
        new_null_array(&self.ty.arrow(), groups)
    }

    fn save(&self, _groups: usize) -> Vec<ArrayRef> {
        Vec::new()
    }

    fn move_out(&mut self, _groups: &[u32]) -> Box<dyn Accumulator> {
        Box::new(Self {
            ty: self.ty,
            refusal: self.refusal.clone(),
        })
    }

    fn clear(&mut self) {}
}

impl Sliding for Blank {
    fn slide(
        &mut self,
        passage: Passage<'_>,
        _coming: &Kept,
        _leaving: &Kept,
        errors: &mut RowErrors,
    ) -> ArrayRef {
        self.read(passage.groups.len(), errors)
    }

    fn forget(&mut self, _group: u32) {}
}
