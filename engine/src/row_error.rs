//! A failing row is data (R6): what went wrong, kept beside the batch instead of ending it.

use std::borrow::Cow;
use std::fmt;

/// ERROR_NAME of the error stream (`decisions.md` 30, `application.md` §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum ErrorName {
    /// A failed cast, an overflow, a function outside its domain.
    Runtime,
    /// Division or MOD by zero.
    DivisionByZero,
    /// A record that does not load into its column.
    Coercion,
    /// A record that cannot be parsed.
    Parse,
    /// A NULL in a NOT NULL column.
    NotNull,
    /// A late row.
    OutOfOrder,
    /// A record over the limit.
    RowTooLarge,
}

impl fmt::Display for ErrorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Runtime => "Runtime error",
            Self::DivisionByZero => "Division by zero",
            Self::Coercion => "Coercion error",
            Self::Parse => "Parse error",
            Self::NotNull => "Not null violation",
            Self::OutOfOrder => "Out of order row",
            Self::RowTooLarge => "Row too large",
        })
    }
}

/// Why one row was dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Its kind.
    pub name: ErrorName,
    /// What happened, with the offending value.
    pub message: Cow<'static, str>,
}

impl RowError {
    /// A runtime error.
    pub fn runtime(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: ErrorName::Runtime,
            message: message.into(),
        }
    }

    /// Any kind of error.
    pub fn new(name: ErrorName, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name,
            message: message.into(),
        }
    }
}

/// The first error of each failing row of a batch, in order of evaluation.
#[derive(Debug, Default)]
pub struct RowErrors {
    /// One bit a row, grown on the first error.
    failed: Vec<u64>,
    /// (row, error), in the order found.
    found: Vec<(u32, RowError)>,
}

impl RowErrors {
    /// No errors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether no row failed.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many rows failed.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether this row failed.
    pub fn failed(&self, row: usize) -> bool {
        self.failed
            .get(row / 64)
            .is_some_and(|w| w & (1 << (row % 64)) != 0)
    }

    /// Notes an error unless the row has one already.
    pub fn set(&mut self, row: usize, error: impl FnOnce() -> RowError) {
        if self.failed(row) {
            return;
        }
        if self.failed.len() <= row / 64 {
            self.failed.resize(row / 64 + 1, 0);
        }
        self.failed[row / 64] |= 1 << (row % 64);
        self.found.push((u32::try_from(row).unwrap_or(u32::MAX), error()));
    }

    /// The errors in row order.
    pub fn into_sorted(mut self) -> Vec<(u32, RowError)> {
        self.found.sort_by_key(|(row, _)| *row);
        self.found
    }
}
