//! Which bracket belongs to which: shown at the cursor, and marked where one is alone.
//!
//! Brackets inside literals and comments are none. An opening bracket of a statement that is still being typed is
//! not alone yet.

use rowtime_engine::sql::lexeme::{self, LexemeKind};

use crate::shell::entry::{self, Piece};

/// Why a bracket is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It or its partner is at the cursor.
    Pair,
    /// It has no partner.
    Alone,
}

/// The brackets to mark, with their places.
pub fn marks(text: &str, cursor: Option<usize>) -> Vec<(usize, Mark)> {
    let mut found = Vec::new();
    for piece in entry::pieces(text) {
        if let Piece::Statement {
            text: statement,
            offset,
        } = piece
        {
            let marks = of_statement(&statement, cursor.and_then(|at| at.checked_sub(offset)));
            found.extend(marks.into_iter().map(|(place, mark)| (place + offset, mark)));
        }
    }
    found
}

fn of_statement(statement: &str, cursor: Option<usize>) -> Vec<(usize, Mark)> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    // Under the cursor, or just before it.
    let at_cursor = |place: usize| cursor.is_some_and(|at| at == place || at == place + 1);
    for symbol in lexeme::all(statement).filter(|l| l.kind == LexemeKind::Symbol) {
        let place = symbol.span.start;
        match statement.get(place..symbol.span.end) {
            Some("(") => open.push(place),
            Some(")") => match open.pop() {
                Some(partner) if at_cursor(place) || at_cursor(partner) => {
                    found.extend([(partner, Mark::Pair), (place, Mark::Pair)]);
                }
                Some(_) => {}
                None => found.push((place, Mark::Alone)),
            },
            _ => {}
        }
    }
    if statement.ends_with(';') {
        found.extend(open.into_iter().map(|place| (place, Mark::Alone)));
    }
    found
}
