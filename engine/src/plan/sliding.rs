//! Sliding windows of a plan: `f(x) OVER w` (`windows-and-time.md` §4).
//!
//! A window says which rows a call sees, a call what it makes of them; calls of one SELECT share equal windows.

use super::Aggregate;
use crate::diagnostic::Span;
use crate::expr::Expr;
use crate::types::SqlType;

/// Which rows before a row a call sees, the row itself included: of the same partition, and within the extent.
#[derive(Debug, Clone, PartialEq)]
pub struct SlidingWindow {
    /// PARTITION BY over the input; NULLs are equal.
    pub partition_by: Vec<Expr>,
    /// How far back.
    pub extent: Extent,
}

/// How far back a window reaches from its current row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// RANGE INTERVAL: rows at most so many ms older, that age included.
    Range(i64),
    /// ROWS: so many rows before the current one.
    Rows(u64),
    /// UNBOUNDED PRECEDING.
    Unbounded,
}

/// One windowed call. Its result is a column behind those of the input.
#[derive(Debug, Clone, PartialEq)]
pub struct SlidingCall {
    /// Position of its window.
    pub window: usize,
    /// What it computes.
    pub function: SlidingFunction,
    /// Type of the result.
    pub ty: SqlType,
    /// Where.
    pub span: Span,
}

/// What a windowed call computes (`functions.md` §2 and §3).
#[derive(Debug, Clone, PartialEq)]
pub enum SlidingFunction {
    /// Any aggregate over the rows of the window.
    Aggregate(Aggregate),
    /// LAG: the value so many rows before the current one, inside the window.
    Lag {
        /// What is looked up.
        value: Expr,
        /// How many rows before; 0 is the current row.
        rows: u64,
        /// The value where the window does not reach so far; of the type of `value`.
        default: Option<Expr>,
        /// Rows whose value is NULL are not counted.
        ignore_nulls: bool,
    },
    /// NTH_VALUE: the value of the n-th row of the window, counted from 1.
    NthValue {
        /// What is looked up.
        value: Expr,
        /// Which row.
        n: u64,
        /// Counted from the current row backwards.
        from_last: bool,
        /// Rows whose value is NULL are not counted.
        ignore_nulls: bool,
    },
    /// EXP_AVG: the average with weights that halve with age. DOUBLE.
    ExpAvg {
        /// DOUBLE.
        value: Expr,
        /// Age at which the weight is one half, ms.
        half_life_ms: i64,
    },
}

impl SlidingFunction {
    /// The expressions over the input that it reads.
    pub fn exprs(&self) -> Vec<&Expr> {
        match self {
            SlidingFunction::Aggregate(aggregate) => aggregate.argument.iter().collect(),
            SlidingFunction::Lag { value, default, .. } => std::iter::once(value).chain(default).collect(),
            SlidingFunction::NthValue { value, .. } | SlidingFunction::ExpAvg { value, .. } => vec![value],
        }
    }

    /// The same, to change them.
    pub fn exprs_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            SlidingFunction::Aggregate(aggregate) => aggregate.argument.iter_mut().collect(),
            SlidingFunction::Lag { value, default, .. } => std::iter::once(value).chain(default).collect(),
            SlidingFunction::NthValue { value, .. } | SlidingFunction::ExpAvg { value, .. } => vec![value],
        }
    }
}
