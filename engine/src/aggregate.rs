//! The one family of aggregates (R7): add, retract, merge, read, save, load; exact sums (R2).
//!
//! An accumulator holds the state of every group of one aggregate call, vectorised over groups. Reading does
//! not disturb it. Results do not depend on the order of `add`, except for FIRST_VALUE and LAST_VALUE, which
//! take stream order.

use std::cmp::Ordering;

use arrow::array::ArrayRef;

use self::sliding::Sliding;
use crate::plan::{Aggregate, AggregateFunction as F};
use crate::row_error::RowErrors;
use crate::state::StateError;
use crate::types::SqlType;

mod blank;
mod count;
mod distinct;
mod edge;
mod exact_sum;
mod extreme;
pub mod kept;
mod natural;
mod numbers;
#[cfg(test)]
mod oracle;
pub mod physical;
mod rounding;
mod saved;
pub mod sliding;
mod sum;
#[cfg(test)]
mod tests;
mod variance;
mod verdict;

pub use distinct::DISTINCT_VALUES_MAX;

/// The state of one aggregate over many groups.
pub trait Accumulator: Send {
    /// Makes room for groups `0 .. groups`; new ones are empty.
    fn resize(&mut self, groups: usize);

    /// Adds row i's value to group `groups[i]`. `values` is `None` for COUNT(*).
    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]);

    /// Takes values out again that were added before (sliding windows). Only if it [`Self::retracts`].
    fn retract(&mut self, _values: Option<&ArrayRef>, _groups: &[u32]) {}

    /// Whether values can be taken out again. MIN, MAX, FIRST_VALUE and LAST_VALUE keep one value a group, so
    /// a sliding window holds their candidates itself.
    fn retracts(&self) -> bool {
        true
    }

    /// Adds saved group i of another accumulator of the same call to group `groups[i]`; the other's rows
    /// come after this one's in stream order.
    fn merge(&mut self, saved: &[ArrayRef], groups: &[u32]) -> Result<(), StateError>;

    /// The result of groups `0 .. n`; a result out of range is an error of that group's row.
    fn read(&self, groups: usize, errors: &mut RowErrors) -> ArrayRef;

    /// The state of groups `0 .. n`, one row a group.
    fn save(&self, groups: usize) -> Vec<ArrayRef>;

    /// Another accumulator of the call with the state of just these groups, in this order; here they are empty again.
    fn move_out(&mut self, groups: &[u32]) -> Box<dyn Accumulator>;

    /// Forgets every group.
    fn clear(&mut self);
}

/// The states of these groups; in their places empty ones stay behind.
fn moved_out<S: Clone>(states: &mut [S], groups: &[u32], empty: &S) -> Vec<S> {
    let mut take = |&group: &u32| match states.get_mut(group as usize) {
        Some(state) => std::mem::replace(state, empty.clone()),
        None => empty.clone(),
    };
    groups.iter().map(&mut take).collect()
}

/// Groups that a cleared accumulator keeps room for; more go back to the allocator (R9).
const GROUPS_KEPT: usize = 65_536;

/// The function's name in a script.
pub fn name(function: F) -> &'static str {
    match function {
        F::CountStar | F::Count => "COUNT",
        F::Sum => "SUM",
        F::Avg => "AVG",
        F::Min => "MIN",
        F::Max => "MAX",
        F::FirstValue { .. } => "FIRST_VALUE",
        F::LastValue { .. } => "LAST_VALUE",
        F::VarPop => "VAR_POP",
        F::VarSamp => "VAR_SAMP",
        F::StddevPop => "STDDEV_POP",
        F::StddevSamp => "STDDEV_SAMP",
        F::Any => "ANY",
        F::Every => "EVERY",
    }
}

/// The accumulator of a call, without any group yet.
pub fn accumulator(call: &Aggregate) -> Box<dyn Accumulator> {
    if let Some(sliding) = sliding(call, DISTINCT_VALUES_MAX) {
        return sliding;
    }
    let argument = call.argument.as_ref().map_or(SqlType::Null, |e| e.ty);
    let (function, ty) = (call.function, call.ty);
    match function {
        F::Min => extreme(function, Ordering::Less, argument, ty),
        F::Max => extreme(function, Ordering::Greater, argument, ty),
        F::FirstValue { ignore_nulls } => edge(function, false, ignore_nulls, argument, ty),
        F::LastValue { ignore_nulls } => edge(function, true, ignore_nulls, argument, ty),
        _ => Box::new(refused(function, argument, ty)),
    }
}

/// The same for an aggregate from which values can be taken out again; `None` for MIN, MAX, FIRST_VALUE and
/// LAST_VALUE, whose candidates a sliding window keeps itself. A group has at most so many DISTINCT values.
pub fn sliding(call: &Aggregate, distinct_values: usize) -> Option<Box<dyn Sliding>> {
    let argument = call.argument.as_ref().map_or(SqlType::Null, |e| e.ty);
    let plain = plain(call.function, argument, call.ty)?;
    // The other functions do not care how often a value comes.
    let counts_values = matches!(
        call.function,
        F::Sum | F::Avg | F::VarPop | F::VarSamp | F::StddevPop | F::StddevSamp
    );
    if call.distinct && counts_values && argument.is_numeric() {
        let distinct = distinct::Distinct::new(argument.arrow(), distinct_values, plain);
        return Some(Box::new(distinct));
    }
    Some(plain)
}

fn plain(function: F, argument: SqlType, ty: SqlType) -> Option<Box<dyn Sliding>> {
    Some(match function {
        F::CountStar | F::Count => Box::new(count::Count::default()),
        _ if argument == SqlType::Null => Box::new(blank::Blank::null(ty)),
        F::Sum | F::Avg => total(function, argument, ty),
        F::Min | F::Max | F::FirstValue { .. } | F::LastValue { .. } => return None,
        F::VarPop | F::VarSamp | F::StddevPop | F::StddevSamp => variance(function, argument, ty),
        F::Any | F::Every if argument == SqlType::Boolean => {
            Box::new(verdict::Verdict::new(function == F::Every))
        }
        F::Any | F::Every => Box::new(refused(function, argument, ty)),
    })
}

fn total(function: F, argument: SqlType, ty: SqlType) -> Box<dyn Sliding> {
    let mean = function == F::Avg;
    let scale = |ty: SqlType| ty.as_decimal().map(|(_, scale)| scale);
    let scaled = scale(argument).is_some_and(|scale| scale > 0);
    let whole = argument.is_interval() || scale(argument).is_some();
    if whole && scale(argument) == scale(ty) && argument.family() == ty.family() {
        Box::new(sum::WholeSum::new(mean, ty))
    } else if ty.is_approximate() && argument.is_numeric() && !scaled {
        Box::new(sum::ApproximateSum::new(mean, ty))
    } else {
        Box::new(refused(function, argument, ty))
    }
}

fn extreme(function: F, replaces: Ordering, argument: SqlType, ty: SqlType) -> Box<dyn Accumulator> {
    let arrow = argument.arrow();
    physical::with_physical!(
        &arrow,
        P => Box::new(extreme::Extreme::<P>::new(arrow, replaces)),
        Box::new(refused(function, argument, ty))
    )
}

fn edge(function: F, last: bool, ignore_nulls: bool, argument: SqlType, ty: SqlType) -> Box<dyn Accumulator> {
    let arrow = argument.arrow();
    physical::with_physical!(
        &arrow,
        P => Box::new(edge::Edge::<P>::new(arrow, last, ignore_nulls)),
        Box::new(refused(function, argument, ty))
    )
}

fn variance(function: F, argument: SqlType, ty: SqlType) -> Box<dyn Sliding> {
    if argument.is_numeric() && ty.is_numeric() {
        Box::new(variance::Variance::new(function, argument, ty))
    } else {
        Box::new(refused(function, argument, ty))
    }
}

fn refused(function: F, argument: SqlType, ty: SqlType) -> blank::Blank {
    let message = format!(
        "Cannot apply '{}' to arguments of type '{argument}'",
        name(function)
    );
    blank::Blank::refused(ty, message)
}
