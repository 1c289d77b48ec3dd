//! What helps while typing, in the form in which rustyline asks for it.

use std::sync::{Arc, Mutex};

use rustyline::Helper;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};

use super::Names;
use crate::shell::entry;

/// The helper of rustyline.
pub struct Assistant {
    names: Arc<Mutex<Names>>,
    colour: bool,
}

impl Assistant {
    /// One that knows these names.
    pub fn new(names: Arc<Mutex<Names>>, colour: bool) -> Self {
        Self { names, colour }
    }
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = String;
}

impl Hinter for Assistant {
    type Hint = String;
}

impl Highlighter for Assistant {}

impl Validator for Assistant {
    /// Enter ends an entry that is whole, and begins another line of one that is not; on an empty line it abandons.
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let typed = context.input();
        let is_last_line_empty = typed
            .rsplit('\n')
            .next()
            .is_none_or(|line| line.trim().is_empty());
        if entry::is_whole(typed) || is_last_line_empty {
            Ok(ValidationResult::Valid(None))
        } else {
            Ok(ValidationResult::Incomplete)
        }
    }
}
