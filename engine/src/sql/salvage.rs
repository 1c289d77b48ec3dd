//! What a statement that cannot be read would have declared.
//!
//! A slip in a CREATE must be one finding. So its name is saved from the tokens alone, and the binder takes it as
//! declared, with contents that nobody knows.

use super::ast::{Ident, ObjectKind, Statement, StatementKind, Unreadable};
use super::token::{Token, TokenKind};

/// The declaration in the head of a CREATE, if it has a name.
pub(super) fn declaration(tokens: &[Token]) -> Option<Statement> {
    let first = tokens.first().filter(|t| t.is_word("CREATE"))?;
    let or_replace = tokens.get(1).is_some_and(|t| t.is_word("OR"));
    let at = tokens
        .iter()
        .take(HEAD_MAX)
        .position(|t| object_of(t).is_some())?;
    let object = tokens.get(at).and_then(object_of)?;
    let name = qualified_name(tokens.get(at + 1..)?)?;
    let target = tokens
        .iter()
        .position(|t| t.is_word("INTO"))
        .filter(|_| object == ObjectKind::Pump)
        .and_then(|into| qualified_name(tokens.get(into + 1..)?));
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
