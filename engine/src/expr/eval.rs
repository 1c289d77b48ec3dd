//! Evaluation of bound expressions over a batch, with row errors (R6).
//!
//! An expression is compiled once and runs over whole Arrow arrays. A failing row is noted in [`RowErrors`]
//! and the rest of the batch goes on; only where an array-wide check says that something failed are rows
//! looked at singly. Nothing is evaluated for a row that does not need it.

use arrow::array::{ArrayRef, BooleanArray, new_null_array};
use arrow::buffer::BooleanBuffer;

use self::like::Like;
use self::node::{Node, Scope};
use self::simple_date_format::DatePattern;
use super::Expr;
use crate::clock::Clock;
use crate::row_error::RowErrors;

mod arithmetic;
mod call;
mod cast;
mod comparison;
mod datetime_functions;
mod failures;
mod java_regex;
mod like;
mod logic;
mod math;
mod node;
mod pattern_functions;
mod patterns;
mod rounding;
mod similar;
mod simple_date_format;
mod text;
mod vector;

/// The rows an expression is evaluated over.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The columns of the relation.
    pub columns: &'a [ArrayRef],
    /// ROWTIMEs; their number is the number of rows.
    pub rowtimes: &'a [i64],
    /// The step's clocks.
    pub clock: &'a Clock,
}

/// An expression prepared for evaluation: constants folded where that cannot fail, patterns compiled once.
#[derive(Debug)]
pub struct Evaluator {
    root: Node,
}

impl Evaluator {
    /// Prepares an expression.
    pub fn new(expr: &Expr) -> Self {
        Self {
            root: Node::new(expr),
        }
    }

    /// The value for every row, in the Arrow type of the expression's type. Rows outside `selection` (no
    /// NULLs in it; `None` means all) and rows that have an error already are not evaluated: their value is
    /// unspecified and they raise nothing.
    pub fn eval(
        &self,
        input: Input<'_>,
        selection: Option<&BooleanArray>,
        errors: &mut RowErrors,
    ) -> ArrayRef {
        let rows = input.rowtimes.len();
        if rows == 0 {
            return new_null_array(&self.root.ty.arrow(), 0);
        }
        let selection = selection.map(BooleanArray::values);
        let value = self.root.eval(Scope::new(input), selection, errors);
        value.into_rows(rows, self.root.ty)
    }

    /// The rows for which a BOOLEAN expression is TRUE; failed rows are not among them.
    pub fn select(&self, input: Input<'_>, errors: &mut RowErrors) -> BooleanArray {
        let values = self.eval(input, None, errors);
        let rows = input.rowtimes.len();
        let Some(values) = arrow::array::AsArray::as_boolean_opt(&values) else {
            return BooleanArray::new(BooleanBuffer::new_unset(rows), None);
        };
        let chosen = comparison::true_rows(values.values(), arrow::array::Array::nulls(values));
        if errors.is_empty() {
            return BooleanArray::new(chosen, None);
        }
        let chosen = BooleanBuffer::collect_bool(rows, |row| chosen.value(row) && !errors.failed(row));
        BooleanArray::new(chosen, None)
    }
}

/// e to the power of a finite `x`, the same on every machine.
pub(crate) fn exp(x: f64) -> f64 {
    math::exp::exp(x)
}

/// Checks a constant LIKE pattern and its escape.
///
/// # Errors
/// `Invalid escape character …`, `Invalid escape sequence …`.
pub fn check_like(pattern: &str, escape: Option<&str>) -> Result<(), String> {
    Like::new(pattern, escape).map(drop)
}

/// Checks a constant SIMILAR TO pattern and its escape.
///
/// # Errors
/// `Invalid regular expression: …` and the errors of [`check_like`].
pub fn check_similar(pattern: &str, escape: Option<&str>) -> Result<(), String> {
    similar::compile(pattern, escape).map(drop)
}

/// Checks the constant pattern of SUBSTRING(s SIMILAR pattern ESCAPE escape).
///
/// # Errors
/// Those of [`check_similar`], and a pattern without exactly two markers.
pub fn check_substring_similar(pattern: &str, escape: &str) -> Result<(), String> {
    similar::ThreeParts::new(pattern, Some(escape)).map(drop)
}

/// Checks a constant java.util.regex pattern.
///
/// # Errors
/// `Invalid regular expression: …`, also for what the engine cannot do (look-around, back-references).
pub fn check_regex(pattern: &str) -> Result<(), String> {
    java_regex::compile(pattern).map(drop)
}

/// What a java.util.regex pattern asks for that runs in Java and not here, if anything.
#[must_use]
pub fn regex_beyond(pattern: &str) -> Option<&'static str> {
    java_regex::beyond(pattern)
}

/// Checks a constant SimpleDateFormat pattern.
///
/// # Errors
/// `Illegal pattern character …`, `Unterminated quote …`.
pub fn check_datetime_pattern(pattern: &str) -> Result<(), String> {
    DatePattern::compile(pattern).map(drop)
}

#[cfg(test)]
mod tests;
