//! One windowed call over all partitions, and what it is given of a batch.
//!
//! Aggregates from which values can be taken out read what they take from the operator's kept values. The others
//! keep the candidates for their result themselves: see `extreme`, `position` and `decayed`.

use arrow::array::{ArrayRef, UInt32Array, new_null_array};
use arrow::compute::take;

use super::decayed::Decayed;
use super::extreme::Extreme;
use super::position::{Position, Which};
use crate::aggregate::kept::Kept;
use crate::aggregate::physical::with_physical;
use crate::aggregate::sliding::{Gone, Passage, Sliding};
use crate::plan::sliding::{Extent, SlidingCall, SlidingFunction};
use crate::plan::{Aggregate, AggregateFunction as F};
use crate::row_error::RowErrors;
use crate::state::StateError;
use crate::types::SqlType;

/// The rows of a batch as calls see them.
#[derive(Clone, Copy)]
pub struct Coming<'a> {
    /// How the window moves over them.
    pub passage: Passage<'a>,
    /// Their ROWTIMEs.
    pub rowtimes: &'a [i64],
    /// Their places.
    pub slots: &'a [u32],
    /// The values of every expression of the operator.
    pub values: &'a [ArrayRef],
    /// The arguments of aggregates that take values out again.
    pub arguments: &'a [Kept],
    /// The same of the rows that leave the window.
    pub leaving: &'a [Kept],
}

/// Lists of candidates by partition. A row that leaves is the oldest of its list, or no longer in it.
pub trait Candidates: Send {
    /// Makes room for so many groups.
    fn resize(&mut self, groups: usize);

    /// Moves over a batch. `value` is the argument, `default` that of LAG.
    fn slide(
        &mut self,
        coming: Coming<'_>,
        value: &ArrayRef,
        default: Option<&ArrayRef>,
        errors: &mut RowErrors,
    ) -> ArrayRef;

    /// Rows leave without any that comes.
    fn leave(&mut self, gone: &[Gone]);

    /// Makes a group new again.
    fn forget(&mut self, group: u32);

    /// The candidates of these groups, oldest first within each: the position of the group among `groups`, the
    /// slot, then columns of its own.
    fn save(&self, groups: &[u32]) -> Vec<ArrayRef>;

    /// Takes saved candidates behind those of groups that are empty.
    fn load(&mut self, groups: &[u32], slots: &[u32], columns: &[ArrayRef]) -> Result<(), StateError>;
}

/// A windowed call.
pub enum Call {
    /// Values go in and out.
    Sum {
        /// The totals.
        totals: Box<dyn Sliding>,
        /// Position of its argument among the kept ones.
        argument: usize,
    },
    /// Candidates are kept.
    List {
        /// Them.
        candidates: Box<dyn Candidates>,
        /// Position of its argument among the expressions.
        value: usize,
        /// Position of LAG's default among the expressions.
        default: Option<usize>,
    },
}

impl Call {
    /// A call that the binder does not make; it is NULL.
    pub fn missing(ty: SqlType) -> Self {
        Self::List {
            candidates: Box::new(Nothing(ty)),
            value: 0,
            default: None,
        }
    }

    /// Whether it takes values of this argument out again.
    pub fn takes_out(&self, of: usize) -> bool {
        matches!(self, Self::Sum { argument, .. } if *argument == of)
    }

    /// Makes room for so many groups.
    pub fn resize(&mut self, groups: usize) {
        match self {
            Self::Sum { totals, .. } => totals.resize(groups),
            Self::List { candidates, .. } => candidates.resize(groups),
        }
    }

    /// The result for every row of the passage.
    pub fn slide(&mut self, coming: Coming<'_>, errors: &mut RowErrors) -> Option<ArrayRef> {
        match self {
            Self::Sum { totals, argument } => {
                let arguments = coming.arguments.get(*argument)?;
                let leaving = coming.leaving.get(*argument)?;
                Some(totals.slide(coming.passage, arguments, leaving, errors))
            }
            Self::List {
                candidates,
                value,
                default,
            } => {
                let value = coming.values.get(*value)?;
                let default = default.and_then(|i| coming.values.get(i));
                Some(candidates.slide(coming, value, default, errors))
            }
        }
    }

    /// Rows leave without any that comes.
    pub fn leave(&mut self, coming: Coming<'_>) {
        let mut errors = RowErrors::new();
        match self {
            Self::Sum { .. } => {
                self.slide(coming, &mut errors);
            }
            Self::List { candidates, .. } => candidates.leave(coming.passage.gone),
        }
    }

    /// Makes a group new again.
    pub fn forget(&mut self, group: u32) {
        match self {
            Self::Sum { totals, .. } => totals.forget(group),
            Self::List { candidates, .. } => candidates.forget(group),
        }
    }

    /// Makes all of so many groups new again.
    pub fn clear(&mut self, groups: usize) {
        match self {
            Self::Sum { totals, .. } => totals.clear(),
            Self::List { candidates, .. } => {
                (0..).take(groups).for_each(|group| candidates.forget(group));
            }
        }
    }

    /// Its state over these groups.
    pub fn save(&self, groups: &[u32], size: usize) -> Result<Vec<ArrayRef>, StateError> {
        match self {
            Self::Sum { totals, .. } => {
                let groups = UInt32Array::from(groups.to_vec());
                let states = totals.save(size);
                let states = states.iter().map(|state| Ok(take(state, &groups, None)?));
                states.collect()
            }
            Self::List { candidates, .. } => Ok(candidates.save(groups)),
        }
    }
}

/// The candidates of a call; `None` for an aggregate from which values can be taken out.
pub fn candidates(call: &SlidingCall, extent: Extent) -> Option<Box<dyn Candidates>> {
    let bounded = extent != Extent::Unbounded;
    let position = |value: SqlType, which: Which| Some(positions(value, call.ty, which, bounded));
    match &call.function {
        SlidingFunction::Aggregate(Aggregate {
            function,
            argument: Some(argument),
            ..
        }) => match function {
            F::Min => Some(extremes(argument.ty, std::cmp::Ordering::Less, bounded)),
            F::Max => Some(extremes(argument.ty, std::cmp::Ordering::Greater, bounded)),
            F::FirstValue { ignore_nulls } => position(argument.ty, Which::first(1, *ignore_nulls)),
            F::LastValue { ignore_nulls } => position(argument.ty, Which::last(1, *ignore_nulls)),
            _ => None,
        },
        SlidingFunction::Aggregate(_) => None,
        SlidingFunction::NthValue {
            value,
            n,
            from_last,
            ignore_nulls,
        } => position(
            value.ty,
            if *from_last {
                Which::last(*n, *ignore_nulls)
            } else {
                Which::first(*n, *ignore_nulls)
            },
        ),
        SlidingFunction::Lag {
            value,
            rows,
            ignore_nulls,
            ..
        } => position(value.ty, Which::before(*rows, *ignore_nulls)),
        SlidingFunction::ExpAvg { half_life_ms, .. } => Some(Box::new(Decayed::new(*half_life_ms, bounded))),
    }
}

fn extremes(ty: SqlType, replaces: std::cmp::Ordering, bounded: bool) -> Box<dyn Candidates> {
    let arrow = ty.arrow();
    with_physical!(
        &arrow,
        P => Box::new(Extreme::<P>::new(arrow, replaces, bounded)),
        Box::new(Nothing(ty))
    )
}

fn positions(value: SqlType, ty: SqlType, which: Which, bounded: bool) -> Box<dyn Candidates> {
    let arrow = value.arrow();
    with_physical!(
        &arrow,
        P => Box::new(Position::<P>::new(arrow, which, bounded)),
        Box::new(Nothing(ty))
    )
}

/// A call over the bare NULL, which is NULL.
struct Nothing(SqlType);

impl Candidates for Nothing {
    fn resize(&mut self, _groups: usize) {}

    fn slide(
        &mut self,
        coming: Coming<'_>,
        _value: &ArrayRef,
        _default: Option<&ArrayRef>,
        _errors: &mut RowErrors,
    ) -> ArrayRef {
        new_null_array(&self.0.arrow(), coming.passage.groups.len())
    }

    fn leave(&mut self, _gone: &[Gone]) {}

    fn forget(&mut self, _group: u32) {}

    fn save(&self, _groups: &[u32]) -> Vec<ArrayRef> {
        vec![no_positions(), no_positions()]
    }

    fn load(&mut self, _: &[u32], _: &[u32], _: &[ArrayRef]) -> Result<(), StateError> {
        Ok(())
    }
}

fn no_positions() -> ArrayRef {
    std::sync::Arc::new(UInt32Array::from(Vec::<u32>::new()))
}
