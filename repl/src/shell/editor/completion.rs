//! What the Tab key offers, from where the cursor stands.
//!
//! A command line is completed by the table of commands; a statement by what stands before the cursor, with the
//! columns of the streams that the whole statement names.

mod command;
mod files;
mod sql;
#[cfg(test)]
mod tests;

use rowtime_engine::sql::lexeme;

use super::Names;
use crate::shell::entry::{self, Piece};

/// One thing that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What is listed.
    pub shown: String,
    /// What is put in place of the word that is being typed.
    pub written: String,
}

impl Offer {
    fn plain(written: impl Into<String>) -> Self {
        let written = written.into();
        Self {
            shown: written.clone(),
            written,
        }
    }
}

/// Where the word that is being typed begins, and what is offered for it.
pub fn offers(text: &str, cursor: usize, names: &Names) -> (usize, Vec<Offer>) {
    let before = text.get(..cursor).unwrap_or(text);
    if let Some(Piece::Command { offset, .. }) = entry::pieces(before).last()
        && let Some(line) = before.get(*offset..).filter(|line| !line.contains('\n'))
    {
        let (start, offers) = command::offers(line, names);
        return (offset + start, offers);
    }
    let mut from = 0;
    for piece in entry::pieces(text) {
        let (Piece::Statement { text: part, offset } | Piece::Command { text: part, offset }) = &piece;
        let end = offset + part.len();
        // Behind its `;` another statement begins.
        if end > cursor || (end == cursor && !part.ends_with(';')) {
            break;
        }
        let goes_on = matches!(piece, Piece::Statement { .. }) && !part.ends_with(';');
        from = if goes_on { *offset } else { end };
    }
    let end = statement_end(text, from, cursor);
    let statement = text.get(from..end).unwrap_or(before);
    let (start, offers) = sql::offers(statement, cursor.saturating_sub(from), names);
    (from + start, offers)
}

/// Where the statement that begins there ends, behind the cursor.
fn statement_end(text: &str, from: usize, cursor: usize) -> usize {
    let rest = entry::pieces(text.get(from..).unwrap_or(""));
    match rest.first() {
        Some(Piece::Statement { text: part, offset }) => (from + offset + part.len()).max(cursor),
        _ => cursor,
    }
}

/// In the letter case in which one types: lower if what is typed is.
fn in_case_of(typed: &str, word: &str) -> String {
    let is_lower = typed.chars().any(char::is_lowercase) && !typed.chars().any(char::is_uppercase);
    if is_lower {
        word.to_lowercase()
    } else {
        word.to_owned()
    }
}

/// Whether `word` begins with what is typed, in any letter case.
fn begins(word: &str, typed: &str) -> bool {
    let mut letters = word.chars().flat_map(char::to_lowercase);
    typed
        .chars()
        .flat_map(char::to_lowercase)
        .all(|c| letters.next() == Some(c))
}

/// A name that begins with what is typed, as it has to be written.
fn name_offer(name: &str, typed: &str, in_quotes: bool) -> Option<Offer> {
    if !begins(name, typed) {
        return None;
    }
    let bare = lexeme::written_name(name);
    Some(Offer::plain(if in_quotes {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else if bare == name {
        in_case_of(typed, name)
    } else {
        bare
    }))
}

/// Sorted, each once.
fn in_order(mut offers: Vec<Offer>) -> Vec<Offer> {
    offers.sort_by(|a, b| a.shown.cmp(&b.shown));
    offers.dedup();
    offers
}
