//! Where a statement seems to begin inside text that should not hold one.
//!
//! This is what bounds the damage of a missing quote: a literal with such a place in it was not closed where
//! its author meant to close it.

/// Whether `text`, a comment, covers a statement.
pub(super) fn holds_statement(text: &str) -> bool {
    let opens = |line: &str| {
        let word = first_word(line);
        ["CREATE", "INSERT", "SELECT"].contains(&word.as_str())
    };
    let inside = text.strip_prefix("/*").unwrap_or(text);
    creates(inside.trim_start())
        || text.lines().any(|line| opens(line.trim_start()))
        || statement_within(text).is_some()
}

/// The offset in `text`, a literal, just before the statement that begins within it: of its `;`, or of its line.
/// Only CREATE and what it creates are taken as one: texts about SQL are searched for, too.
pub(in crate::sql) fn statement_within(text: &str) -> Option<usize> {
    text.match_indices([';', '\n', '\r'])
        .find(|(i, _)| {
            text.get(i + 1..)
                .is_some_and(|behind| creates(behind.trim_start()))
        })
        .map(|(i, _)| i)
}

fn creates(text: &str) -> bool {
    first_word(text) == "CREATE"
        && text.get("CREATE".len()..).is_some_and(|behind| {
            let object = first_word(behind.trim_start());
            behind.starts_with(char::is_whitespace)
                && ["OR", "STREAM", "PUMP", "FUNCTION", "VIEW", "APPLICATION"].contains(&object.as_str())
        })
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_ascii_alphabetic())
        .take(12)
        .collect::<String>()
        .to_ascii_uppercase()
}
