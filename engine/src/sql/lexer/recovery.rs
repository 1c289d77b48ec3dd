//! Where a statement seems to begin inside text that should not hold one.
//!
//! This is what bounds the damage of a missing quote: a literal with such a place in it was not closed where
//! its author meant to close it.

/// The words that open a statement.
const OPENERS: &[&str] = &["CREATE", "INSERT", "SELECT", "ALTER", "DROP"];

/// Whether `text` holds a line that begins a statement, or a `;` with a statement behind it.
pub(super) fn holds_statement(text: &str) -> bool {
    statement_within(text).is_some()
}

/// The offset in `text` just before the statement that begins within it: of its `;`, or of its line.
pub(super) fn statement_within(text: &str) -> Option<usize> {
    let after_semicolon = text
        .match_indices(';')
        .find(|(i, _)| text.get(i + 1..).is_some_and(opens_statement))
        .map(|(i, _)| i);
    let on_a_line = text
        .match_indices('\n')
        .find(|(i, _)| {
            text.get(i + 1..)
                .is_some_and(|line| opens_create(line.trim_start_matches([' ', '\t'])))
        })
        .map(|(i, _)| i);
    match (after_semicolon, on_a_line) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn opens_statement(text: &str) -> bool {
    let word: String = first_word(text.trim_start());
    OPENERS.contains(&word.as_str())
}

fn opens_create(line: &str) -> bool {
    first_word(line) == "CREATE"
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_ascii_alphabetic())
        .take(8)
        .collect::<String>()
        .to_ascii_uppercase()
}
