//! Which rows an operation counts for, and where its errors go (R6).
//!
//! A row outside the selection, or with an error already, raises nothing. The error of a constant operation
//! is an error of every row that evaluates it, and never one at start-up.

use arrow::buffer::BooleanBuffer;

use super::vector::Vector;
use crate::row_error::{RowError, RowErrors};
use crate::types::SqlType;

/// The errors of one operation over a batch.
pub(super) struct Failures<'a> {
    errors: &'a mut RowErrors,
    selection: Option<&'a BooleanBuffer>,
    rows: usize,
    constant: bool,
}

impl<'a> Failures<'a> {
    /// For an operation over `rows` rows; `constant` if all its operands are constants.
    pub(super) fn new(
        errors: &'a mut RowErrors,
        selection: Option<&'a BooleanBuffer>,
        rows: usize,
        constant: bool,
    ) -> Self {
        Self {
            errors,
            selection,
            rows,
            constant,
        }
    }

    /// How many values the operation makes.
    pub(super) fn count(&self) -> usize {
        if self.constant { 1 } else { self.rows }
    }

    /// Whether it makes one value for all rows.
    pub(super) fn is_constant(&self) -> bool {
        self.constant
    }

    /// Whether value `row` is needed.
    pub(super) fn active(&self, row: usize) -> bool {
        self.constant || self.counts(row)
    }

    fn counts(&self, row: usize) -> bool {
        self.selection.is_none_or(|s| s.value(row)) && !self.errors.failed(row)
    }

    /// Notes an error of value `row`, if it counts.
    pub(super) fn fail(&mut self, row: usize, error: impl FnOnce() -> RowError) {
        if !self.constant {
            if self.counts(row) {
                self.errors.set(row, error);
            }
            return;
        }
        let error = error();
        for row in 0..self.rows {
            if self.counts(row) {
                self.errors.set(row, || error.clone());
            }
        }
    }

    /// Notes the same error of every value.
    pub(super) fn fail_all(&mut self, error: &RowError) {
        for row in 0..self.count() {
            self.fail(row, || error.clone());
        }
    }

    /// The binder gave an operation operands that it cannot take: rows fail, nothing panics.
    pub(super) fn mismatch(&mut self, out: SqlType) -> Vector {
        let error = RowError::runtime(format!(
            "an operation with a result of type {out} has operands of other types; please report this"
        ));
        self.fail_all(&error);
        Vector::null(out)
    }
}
