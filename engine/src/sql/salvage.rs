//! What a statement that cannot be read would have declared.
//!
//! A slip in a CREATE must be one finding. So its name is saved from the tokens alone, and the binder takes it as
//! declared, with contents that nobody knows.

use super::ast::{Ident, ObjectKind, Statement, StatementKind, Unreadable};
use super::token::{Token, TokenKind};
use crate::diagnostic::suggestion::nearest;

/// The declaration in the head of a CREATE, if it has a name.
pub(super) fn declaration(tokens: &[Token]) -> Option<Statement> {
    let first = tokens.first().filter(|t| t.is_word("CREATE"))?;
    let or_replace = tokens
        .get(1)
        .is_some_and(|t| t.is_word("OR") || t.is_word("REPLACE"));
    let head = || tokens.iter().take(HEAD_MAX).enumerate().skip(1);
    let (at, object) = head()
        .find_map(|(i, t)| Some((i, object_of(t)?)))
        .or_else(|| head().find_map(|(i, t)| Some((i, misspelt_object(t)?))))?;
    let name = qualified_name(tokens.get(at + 1..)?)?;
    let target = tokens
        .iter()
        .position(|t| t.is_word("INTO"))
        .filter(|_| object == ObjectKind::Pump)
        .and_then(|into| target_name(tokens.get(into + 1..)?));
    let last = tokens.last().unwrap_or(first);
    Some(Statement {
        kind: StatementKind::Unreadable(Unreadable {
            object,
            or_replace,
            name,
            target,
        }),
        span: first.span.to(last.span),
    })
}

/// CREATE OR REPLACE, two words such as EXTERNAL, and what is created.
const HEAD_MAX: usize = 6;

fn object_of(token: &Token) -> Option<ObjectKind> {
    Some(match token.word()? {
        // A table of other products is meant as a stream.
        "STREAM" | "TABLE" => ObjectKind::Stream,
        "PUMP" => ObjectKind::Pump,
        "FUNCTION" => ObjectKind::Function,
        "VIEW" => ObjectKind::View,
        _ => return None,
    })
}

fn misspelt_object(token: &Token) -> Option<ObjectKind> {
    const OBJECTS: [(&str, ObjectKind); 3] = [
        ("STREAM", ObjectKind::Stream),
        ("PUMP", ObjectKind::Pump),
        ("FUNCTION", ObjectKind::Function),
    ];
    let near = nearest(token.word()?, OBJECTS.map(|(word, _)| word))?;
    OBJECTS
        .into_iter()
        .find(|(word, _)| *word == near)
        .map(|(_, object)| object)
}

/// The same, inside a comment.
pub(super) fn commented_out(statement: Statement, line: usize) -> Option<Statement> {
    let StatementKind::Unreadable(Unreadable { name, .. }) = statement.kind else {
        return None;
    };
    Some(Statement {
        kind: StatementKind::CommentedOut { name, line },
        span: statement.span,
    })
}

/// What stands behind INTO, if a column list or a query follows: a blank lost before SELECT makes another name.
fn target_name(tokens: &[Token]) -> Option<Ident> {
    let name = qualified_name(tokens)?;
    let next = tokens.iter().find(|t| t.span.start >= name.span.end)?;
    let follows = next.is_symbol("(") || next.is_word("SELECT") || next.is_word("VALUES");
    follows.then_some(name)
}

/// `[schema .] name`.
fn qualified_name(tokens: &[Token]) -> Option<Ident> {
    let mut name = name_of(tokens.first()?)?;
    let mut rest = tokens.get(1..)?;
    while let [point, next, behind @ ..] = rest
        && point.is_symbol(".")
    {
        name = name_of(next)?;
        rest = behind;
    }
    Some(name)
}

fn name_of(token: &Token) -> Option<Ident> {
    let (name, quoted) = match &token.kind {
        TokenKind::Word(word) => (word.clone(), false),
        TokenKind::Quoted(name) => (name.clone(), true),
        _ => return None,
    };
    Some(Ident {
        name,
        quoted,
        span: token.span,
    })
}
