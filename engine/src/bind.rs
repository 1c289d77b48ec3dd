//! The binder (R5): names, types, conversions, monotonicity, and every refusal of `sql.md` §12.2.

use crate::diagnostic::Diagnostic;
use crate::plan::{Application, Stream};
use crate::sql::ast;

/// What the binder needs beside the script.
#[derive(Debug, Default)]
pub struct BindOptions {
    /// Streams that are fed from outside and that the script does not create (`--source`).
    pub external: Vec<Stream>,
    /// Refuse what `decisions.md` calls lenient.
    pub strict: bool,
}

/// Binds a parsed script. The application is complete when no diagnostic is an error.
pub fn bind(_script: &[ast::Statement], _options: &BindOptions) -> (Application, Vec<Diagnostic>) {
    (Application::default(), Vec::new())
}
