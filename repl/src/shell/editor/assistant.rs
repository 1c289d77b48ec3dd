//! What helps while typing, in the form in which rustyline asks for it.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::SearchDirection;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::{Names, completion, highlight};
use crate::shell::entry;
use crate::shell::rows::{BOLD, DIM, RESET};

/// The helper of rustyline.
pub struct Assistant {
    names: Arc<Mutex<Names>>,
    colour: bool,
    /// The entry is being left: it is drawn a last time, without what belongs to the cursor.
    leaving: Cell<bool>,
}

impl Assistant {
    /// One that knows these names.
    pub fn new(names: Arc<Mutex<Names>>, colour: bool) -> Self {
        Self {
            names,
            colour,
            leaving: Cell::new(false),
        }
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, text: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, offers) = completion::offers(text, cursor, &self.names());
        let pair = |offer: completion::Offer| Pair {
            display: offer.shown,
            replacement: offer.written,
        };
        Ok((start, offers.into_iter().map(pair).collect()))
    }
}

/// The rest of an entry of the history that begins with what is typed.
#[derive(Debug, PartialEq, Eq)]
pub struct Rest {
    shown: String,
    rest: String,
}

impl Rest {
    fn of(rest: &str) -> Self {
        let mut shown = rest.lines().next().unwrap_or("").to_owned();
        if rest.contains('\n') {
            shown.push_str(" …");
        }
        let rest = rest.to_owned();
        Self { shown, rest }
    }
}

impl Hint for Rest {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        Some(&self.rest)
    }
}

impl Hinter for Assistant {
    type Hint = Rest;

    /// Shown dim, so only where there is colour: else it would look as if it were typed.
    fn hint(&self, text: &str, cursor: usize, context: &Context<'_>) -> Option<Rest> {
        let newest = context.history().len().checked_sub(1)?;
        if !self.colour || cursor < text.len() || text.trim().is_empty() {
            return None;
        }
        let from = context.history_index().min(newest);
        let found = context
            .history()
            .starts_with(text, from, SearchDirection::Reverse);
        let found = found.ok().flatten()?;
        found
            .entry
            .get(cursor..)
            .filter(|rest| !rest.is_empty())
            .map(Rest::of)
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, text: &'l str, cursor: usize) -> Cow<'l, str> {
        if !self.colour {
            return Cow::Borrowed(text);
        }
        let cursor = (!self.leaving.get()).then_some(cursor);
        Cow::Owned(highlight::highlighted(text, cursor, &self.names()))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, is_default: bool) -> Cow<'b, str> {
        if self.colour && is_default {
            Cow::Owned(format!("{BOLD}{prompt}{RESET}"))
        } else {
            Cow::Borrowed(prompt)
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("{DIM}{hint}{RESET}"))
    }

    fn highlight_char(&self, _text: &str, _cursor: usize, kind: CmdKind) -> bool {
        self.leaving.set(kind == CmdKind::ForcedRefresh);
        self.colour
    }
}

impl Validator for Assistant {
    /// Enter ends an entry that is whole, and begins another line of one that is not; on an empty line it abandons.
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let typed = context.input();
        let last = typed.rsplit('\n').next().unwrap_or("");
        if entry::is_whole(typed) || last.trim().is_empty() {
            Ok(ValidationResult::Valid(None))
        } else {
            Ok(ValidationResult::Incomplete)
        }
    }
}
