//! Every function of the dialect as its users see it: for help, for completion, and for "did you mean".
//!
//! What a function takes and gives is decided where it is bound. That nothing is missing here or left over is checked
//! against the binder's own lists, and each entry has an example that must bind.

use entries::FUNCTIONS;

mod entries;
#[cfg(test)]
mod tests;

/// Where a function can stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// In any expression, its arguments between commas.
    Scalar,
    /// In any expression, with words of its own between its arguments.
    Form,
    /// In any expression, without parentheses.
    Value,
    /// Over the rows of a group.
    Aggregate,
    /// Over the rows of a window: `f(x) OVER w`.
    Analytic,
    /// In FROM TABLE(…).
    Table,
}

impl FunctionKind {
    /// As it is called in a description.
    pub fn text(self) -> &'static str {
        match self {
            Self::Scalar | Self::Form => "scalar function",
            Self::Value => "value",
            Self::Aggregate => "aggregate",
            Self::Analytic => "analytic function (OVER)",
            Self::Table => "table function",
        }
    }
}

/// A function of the dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name, in capitals.
    pub name: &'static str,
    /// Where it can stand.
    pub kinds: &'static [FunctionKind],
    /// How it is called, each with its result.
    pub signatures: &'static [&'static str],
    /// What it does, in a line.
    pub help: &'static str,
    /// A call over `TRADES (TICKER VARCHAR(4), PRICE DOUBLE, VOLUME INTEGER, SOLD BOOLEAN)`.
    pub example: &'static str,
}

/// All of them, by name.
pub fn functions() -> &'static [BuiltIn] {
    FUNCTIONS
}

/// The function of this name, in any case.
pub fn function(name: &str) -> Option<&'static BuiltIn> {
    let name = name.to_uppercase();
    let at = FUNCTIONS.binary_search_by(|f| f.name.cmp(&name)).ok()?;
    FUNCTIONS.get(at)
}
