//! Joins of a plan (`windows-and-time.md` §6): of two streams within windows of time, and of a stream with a
//! reference table.

use super::{Field, Plan, TableId};
use crate::expr::Expr;

/// Which rows without a partner leave too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// None; CROSS JOIN and the comma are inner joins without a condition.
    Inner,
    /// Those of the left input.
    Left,
    /// Those of the right input.
    Right,
    /// Those of both.
    Full,
}

/// How long a row of one input waits for partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinWindow {
    /// So many ms, that age included; 0 for an input without a window.
    Range(i64),
    /// The latest so many rows before the newest one (ROWS n PRECEDING).
    Rows(u64),
    /// For ever (UNBOUNDED PRECEDING).
    Unbounded,
    /// RANGE n FOLLOWING: rows of this input come up to so many ms after their partner, whose time the pair carries.
    Following(i64),
}

/// A join of two streams. Its columns are those of the left input, then those of the right; a row carries the
/// later ROWTIME of its two rows. An input's own ROWTIME, where it is named, is a column of that input.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Left input.
    pub left: Plan,
    /// Right input.
    pub right: Plan,
    /// Its kind.
    pub kind: JoinKind,
    /// Window of the left input.
    pub left_window: JoinWindow,
    /// Window of the right input.
    pub right_window: JoinWindow,
    /// Pairs of expressions of one physical type, over the left and over the right input, that must be equal (NULL is
    /// equal to nothing, the two zeros of floats are). They have a value for every row and read no clock.
    pub equalities: Vec<(Expr, Expr)>,
    /// The rest of the condition over both inputs' columns, left to right.
    pub condition: Option<Expr>,
    /// Left columns, then right ones.
    pub fields: Vec<Field>,
}

/// A join of a stream with a reference table. Its columns are those of the stream, then those of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// The stream.
    pub input: Plan,
    /// The table.
    pub table: TableId,
    /// The table's columns that are read, by position in its fields, ascending.
    pub columns: Vec<usize>,
    /// Whether rows without a partner leave too (LEFT JOIN).
    pub keeps_unmatched: bool,
    /// Pairs of expressions of one type, over the stream and over the table's read columns, that must be equal. None of
    /// them can fail.
    pub equalities: Vec<(Expr, Expr)>,
    /// The rest of the condition, over the stream's columns and then the table's read ones.
    pub condition: Option<Expr>,
    /// The stream's columns, then the table's read ones.
    pub fields: Vec<Field>,
}
