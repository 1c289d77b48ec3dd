//! From the tokens of a script to its statements, each alone, so that a slip in one spoils only that one.
//!
//! A statement ends at `;`, inside parentheses too: no statement of the dialect holds one. It also ends where
//! CREATE begins another, because CREATE is reserved and a forgotten `;` is common.

use super::token::{Token, TokenKind};
use crate::diagnostic::{Diagnostic, Place, Span};

/// One statement's tokens, without its `;`.
#[derive(Debug)]
pub(super) struct Piece {
    /// Its tokens; never empty.
    pub(super) tokens: Vec<Token>,
    /// Its share of the script's bytes, from the end of the piece before, its `;` included.
    pub(super) share: Span,
    /// What is wrong between this piece and the one behind it.
    pub(super) ending: Option<Diagnostic>,
}

/// Cuts a script into statements.
pub(super) fn pieces(text: &str, tokens: Vec<Token>) -> Vec<Piece> {
    let mut cutter = Cutter::default();
    let mut rest = tokens.into_iter().peekable();
    let mut stray: Option<Diagnostic> = None;
    while let Some(token) = rest.next() {
        if token.is_symbol(";") {
            if lacks_query(&cutter.current) && rest.peek().is_some_and(begins_query) {
                stray = Some(stray_semicolon(token.span));
                continue;
            }
            if let Some(mended) = rest.peek().and_then(|next| cutter.misplaced(&token, next)) {
                stray.get_or_insert(misplaced_semicolon(token.span));
                cutter.current.extend(mended);
                continue;
            }
            cutter.cut(token.span.end, stray.take());
        } else {
            let begins = token.is_word("CREATE") && rest.peek().is_some_and(is_creatable);
            if begins && !cutter.current.is_empty() {
                let ending = stray.take().or_else(|| Some(missing_semicolon(text, token.span)));
                cutter.cut(token.span.start, ending);
            }
            cutter.current.push(token);
        }
    }
    let unclosed = cutter
        .current
        .last()
        .map(|last| unclosed_statement(text, last.span));
    cutter.cut(text.len(), stray.or(unclosed));
    cutter.pieces
}

#[derive(Default)]
struct Cutter {
    pieces: Vec<Piece>,
    current: Vec<Token>,
    from: usize,
}

impl Cutter {
    /// Whether the `;` splits a statement, going by what follows, and what to read in its place.
    fn misplaced(&self, semicolon: &Token, next: &Token) -> Option<Option<Token>> {
        if self.current.is_empty() {
            return None;
        }
        if next.word().is_some_and(|word| CONTINUES.contains(&word)) {
            return Some(None);
        }
        let select = self.current.iter().rposition(|t| t.is_word("SELECT"))?;
        let list = self.current.get(select..)?;
        let unfinished = list.len() > 1 && !list.iter().any(|t| t.is_word("FROM"));
        let begins = next.word().is_some_and(|word| BEGINS.contains(&word));
        let comma = Token {
            kind: TokenKind::Symbol(","),
            span: semicolon.span,
        };
        (unfinished && !begins && !next.is_symbol(";")).then_some(Some(comma))
    }

    fn cut(&mut self, end: usize, ending: Option<Diagnostic>) {
        let share = Span::new(self.from, end);
        self.from = end;
        if !self.current.is_empty() {
            let tokens = std::mem::take(&mut self.current);
            self.pieces.push(Piece {
                tokens,
                share,
                ending,
            });
        }
    }
}

/// Clauses and connectives that begin no statement.
const CONTINUES: &[&str] = &[
    "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "WINDOWED", "ORDER", "AND", "OR", "ON", "JOIN", "LEFT",
    "INNER", "UNION",
];
/// Words that begin a statement.
const BEGINS: &[&str] = &["CREATE", "INSERT", "SELECT", "VALUES", "ALTER", "DROP", "SET"];

fn is_creatable(token: &Token) -> bool {
    matches!(
        token.word(),
        Some("OR" | "STREAM" | "PUMP" | "FUNCTION" | "VIEW" | "APPLICATION" | "SCHEMA")
    )
}

/// `… INSERT [EXPEDITED] INTO target [(columns)]` with nothing behind it.
fn lacks_query(tokens: &[Token]) -> bool {
    let Some(into) = tokens.iter().rposition(|t| t.is_word("INTO")) else {
        return false;
    };
    let behind = tokens.get(into + 1..).unwrap_or(&[]);
    let inserts = tokens
        .get(..into)
        .is_some_and(|t| t.iter().rev().take(2).any(|t| t.is_word("INSERT")));
    inserts && !behind.is_empty() && !behind.iter().any(begins_query)
}

fn begins_query(token: &Token) -> bool {
    token.is_word("SELECT") || token.is_word("VALUES")
}

fn stray_semicolon(span: Span) -> Diagnostic {
    Diagnostic::invalid(
        span,
        "A semicolon stands between the target of INSERT and its SELECT",
    )
    .with_hint("remove this semicolon")
}

fn misplaced_semicolon(span: Span) -> Diagnostic {
    Diagnostic::invalid(span, "A semicolon stands inside a statement").with_hint("remove this semicolon")
}

/// The last statement of a script without its `;` (`decisions.md` 3).
fn unclosed_statement(text: &str, last: Span) -> Diagnostic {
    let written = text.get(last.start..last.end).unwrap_or("");
    let length = written.chars().next_back().map_or(0, char::len_utf8);
    let end = Span::new(last.end - length, last.end);
    Diagnostic::lenient(end, "The last statement does not end in a semicolon").with_hint("add \";\" here")
}

fn missing_semicolon(text: &str, create: Span) -> Diagnostic {
    let place = Place::of(text, create.start);
    let message = format!(
        "Encountered \"CREATE\" at line {}, column {}. Was expecting \";\"",
        place.line, place.column
    );
    Diagnostic::invalid(create, message).with_hint("a semicolon is missing before this statement")
}
