//! From a script's text to a bound application, and its faults as a person reads them.

use crate::bind::{BindOptions, bind};
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::Application;

/// What became of a script.
#[derive(Debug)]
pub struct Compiled {
    /// The application; meaningful when there is no error.
    pub application: Application,
    /// Everything found, in text order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// Whether something forbids to start.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// Parses and binds a script. Under `options.strict` lenient findings are errors.
pub fn compile(text: &str, options: &BindOptions) -> Compiled {
    let (script, mut diagnostics) = crate::sql::parse(text);
    let (mut application, found) = bind(&script, options);
    // A reserved word that the binder then finds in another case is one deviation, and the binder's hint is the
    // one that helps.
    diagnostics.retain(|d| {
        let twice = |f: &Diagnostic| f.severity == Severity::Lenient && f.span == d.span;
        d.severity != Severity::Lenient || !found.iter().any(twice)
    });
    let unreadable: Vec<usize> = diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| d.span.start)
        .collect();
    // Where the parser had to guess what was meant, the binder's doubts are about the guess.
    diagnostics.extend(found.into_iter().filter(|d| !unreadable.contains(&d.span.start)));
    if options.strict {
        for d in &mut diagnostics {
            if d.severity == Severity::Lenient {
                d.severity = Severity::Error;
            }
        }
    }
    if diagnostics.iter().all(|d| d.severity != Severity::Error)
        && let Err(bug) = crate::df::optimize(&mut application)
    {
        diagnostics.push(bug);
    }
    diagnostics.sort_by_key(|d| d.span);
    Compiled {
        application,
        diagnostics,
    }
}
