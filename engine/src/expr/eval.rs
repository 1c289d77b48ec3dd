//! Evaluation of bound expressions over a batch, with row errors (R6).

use arrow::array::{ArrayRef, BooleanArray};

use super::Expr;
use crate::clock::Clock;
use crate::row_error::RowErrors;

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
pub struct Evaluator {}

impl Evaluator {
    /// Prepares an expression.
    pub fn new(_expr: &Expr) -> Self {
        Self {}
    }

    /// The value for every row. Rows outside `selection` (no NULLs in it; `None` means all) and rows that
    /// have an error already are not evaluated: their value is unspecified and they raise nothing.
    pub fn eval(
        &self,
        input: Input<'_>,
        _selection: Option<&BooleanArray>,
        _errors: &mut RowErrors,
    ) -> ArrayRef {
        arrow::array::new_null_array(&arrow::datatypes::DataType::Null, input.rowtimes.len())
    }

    /// The rows for which a BOOLEAN expression is TRUE; failed rows are not among them.
    pub fn select(&self, input: Input<'_>, _errors: &mut RowErrors) -> BooleanArray {
        BooleanArray::from(vec![false; input.rowtimes.len()])
    }
}
