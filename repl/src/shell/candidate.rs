//! A script made of the statements that stand and of new ones, and the way back from a place in it.
//!
//! The binder sees one text; a person has typed a piece of it. Each finding therefore goes back to where it was
//! typed, or to the statement that stands and would no longer be right.

use rowtime_engine::diagnostic::Diagnostic;

use super::catalogue::{Definition, Statement};
use super::typed::Typed;

/// A statement of a candidate.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The statement.
    pub statement: Statement,
    /// Where it begins in what was typed; none for one that stands already.
    typed_at: Option<usize>,
    /// Where it begins in the candidate's text.
    starts: usize,
}

impl Placed {
    /// One that stands already.
    pub fn standing(statement: Statement) -> Self {
        Self {
            statement,
            typed_at: None,
            starts: 0,
        }
    }

    /// One that was typed now.
    pub fn typed(definition: Definition) -> Self {
        Self {
            statement: definition.statement,
            typed_at: Some(definition.offset),
            starts: 0,
        }
    }

    /// Whether it was typed now.
    pub fn is_typed(&self) -> bool {
        self.typed_at.is_some()
    }
}

/// Where a finding lies.
#[derive(Debug)]
pub enum Found<'c> {
    /// In what was typed, at this place of it.
    Typed(Diagnostic),
    /// In a statement that stands, at this place of its text.
    Standing(&'c Statement, Diagnostic),
}

/// Statements that may come to stand.
#[derive(Debug, Clone)]
pub struct Candidate {
    placed: Vec<Placed>,
    text: String,
}

impl Candidate {
    /// A script of these statements.
    pub fn new(mut placed: Vec<Placed>) -> Self {
        let mut text = String::new();
        for one in &mut placed {
            one.starts = text.len();
            text.push_str(&one.statement.text);
            if !one.statement.text.ends_with(';') {
                // In a line of its own: the statement may end in a comment.
                text.push_str("\n;");
            }
            text.push('\n');
        }
        Self { placed, text }
    }

    /// The script.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The script with a query behind it, which was typed at `offset`.
    pub fn and_query(mut self, text: &str, offset: usize) -> Self {
        let starts = self.text.len();
        self.text.push_str(text);
        self.placed.push(Placed {
            statement: Statement {
                kind: None,
                name: "query".to_owned(),
                or_replace: false,
                text: text.to_owned(),
            },
            typed_at: Some(offset),
            starts,
        });
        self
    }

    /// The query alone.
    pub fn only_query(mut self) -> Self {
        let query = self.placed.pop();
        Self::new(query.into_iter().collect())
    }

    /// Its statements.
    pub fn into_placed(self) -> Vec<Placed> {
        self.placed
    }

    /// The statements that were typed now and declare something.
    pub fn news(&self) -> impl Iterator<Item = &Statement> {
        let new = self
            .placed
            .iter()
            .filter(|p| p.is_typed() && p.statement.kind.is_some());
        new.map(|p| &p.statement)
    }

    /// Where a finding of the script lies.
    pub fn locate(&self, diagnostic: &Diagnostic, typed: &Typed<'_>) -> Option<Found<'_>> {
        let placed = self.placed_at(diagnostic)?;
        let from = (self.text.as_str(), placed.starts);
        Some(match placed.typed_at {
            Some(to) => Found::Typed(typed.moved(diagnostic, from, to)),
            None => {
                let own = Typed {
                    text: &placed.statement.text,
                    lines_before: 0,
                    ..*typed
                };
                Found::Standing(&placed.statement, own.moved(diagnostic, from, 0))
            }
        })
    }

    /// Where the typed statement begins, as typed, that holds a finding.
    pub fn typed_offset(&self, diagnostic: &Diagnostic) -> Option<usize> {
        self.placed_at(diagnostic)?.typed_at
    }

    /// The statement that holds a finding.
    pub fn holder(&self, diagnostic: &Diagnostic) -> Option<&Statement> {
        self.placed_at(diagnostic).map(|p| &p.statement)
    }

    fn placed_at(&self, diagnostic: &Diagnostic) -> Option<&Placed> {
        let at = diagnostic.span.start;
        self.placed.iter().rev().find(|p| p.starts <= at)
    }
}
