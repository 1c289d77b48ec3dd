//! The one family of aggregates (R7): add, retract, merge, read, save, load; exact sums (R2).
//!
//! An accumulator holds the state of every group of one aggregate call, vectorised over groups. Reading does
//! not disturb it. Results do not depend on the order of `add`, except for FIRST_VALUE and LAST_VALUE, which
//! take stream order.

use arrow::array::ArrayRef;

use crate::row_error::RowErrors;
use crate::state::StateError;

/// The state of one aggregate over many groups.
pub trait Accumulator: Send {
    /// Makes room for groups `0 .. groups`; new ones are empty.
    fn resize(&mut self, groups: usize);

    /// Adds row i's value to group `groups[i]`. `values` is `None` for COUNT(*).
    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]);

    /// Takes values out again that were added before (sliding windows).
    fn retract(&mut self, values: Option<&ArrayRef>, groups: &[u32]);

    /// Adds saved group i of another accumulator of the same call to group `groups[i]`; the other's rows
    /// come after this one's in stream order.
    fn merge(&mut self, saved: &[ArrayRef], groups: &[u32]) -> Result<(), StateError>;

    /// The result of groups `0 .. n`; a result out of range is an error of that group's row.
    fn read(&self, groups: usize, errors: &mut RowErrors) -> ArrayRef;

    /// The state of groups `0 .. n`, one row a group.
    fn save(&self, groups: usize) -> Vec<ArrayRef>;

    /// Forgets every group.
    fn clear(&mut self);
}
