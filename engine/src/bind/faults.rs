//! Where the binder's findings collect.
//!
//! One slip is one diagnostic: whoever reports returns [`Reported`], and whoever receives it stays silent.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::diagnostic::{Class, Diagnostic};
use crate::sql::ast::Statement;

/// Proof that a fault has been reported; carries nothing, so that nobody can report it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported;

/// A bound thing, or a fault that has been reported.
pub(super) type Bound<T> = Result<T, Reported>;

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: RefCell<Vec<Diagnostic>>,
}

impl Faults {
    /// Takes a finding; the same words at the same place are kept once.
    pub(super) fn report(&self, diagnostic: Diagnostic) -> Reported {
        let mut found = self.found.borrow_mut();
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
        Reported
    }

    /// Everything reported, in text order; what cannot run yet is said once a statement.
    pub(super) fn into_diagnostics(self, script: &[Statement]) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|d| d.span);
        let statement_of = |d: &Diagnostic| script.iter().position(|s| s.span.end > d.span.start);
        let mut said: HashSet<(Option<usize>, String)> = HashSet::new();
        found.retain(|d| {
            d.class != Class::NotImplemented || said.insert((statement_of(d), d.message.clone()))
        });
        found
    }
}
