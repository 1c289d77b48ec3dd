//! Reading back the arrays that an accumulator saved.
//!
//! A snapshot comes from outside: a missing column or another type is a clear error, never a wrong state.

use arrow::array::{Array, ArrayRef};

use crate::state::StateError;

/// Column `index` of a saved state, as an array of the expected kind.
pub fn column<A: Array + 'static>(saved: &[ArrayRef], index: usize) -> Result<&A, StateError> {
    let array = saved
        .get(index)
        .ok_or_else(|| StateError::Mismatch(format!("an aggregate has {} columns only", saved.len())))?;
    array.as_any().downcast_ref().ok_or_else(|| {
        StateError::Mismatch(format!("an aggregate has a column of type {}", array.data_type()))
    })
}
