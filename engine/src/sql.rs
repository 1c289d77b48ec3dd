//! The dialect's text: from a script to a syntax tree, with every fault and its place.
//!
//! Text → tokens → statements → our parser of statements, clauses and operands, which moves over the tokens
//! lowered for sqlparser and leaves operators and their precedence to its expression parser through the hooks
//! of a `Dialect` → our own tree ([`ast`]). This folder is the one room in which sqlparser is named.

pub mod ast;
mod call;
mod convert;
mod create;
mod from;
mod hint;
mod hooks;
mod interval;
mod kda;
mod keywords;
pub mod lexeme;
mod lexer;
mod names;
mod operand;
mod predicate;
mod query;
mod salvage;
mod script;
mod statement;
#[cfg(test)]
mod tests;
mod token;
mod type_name;
mod window;
mod words;

use std::rc::Rc;

#[cfg(test)]
pub(crate) use call::form_names;
pub(crate) use hint::foreign_window;
pub use keywords::KEYWORDS;
pub use names::IDENTIFIER_MAX;
use sqlparser::parser::Parser;
pub(crate) use words::foreign_clause;

use crate::diagnostic::{Diagnostic, Place, Severity, Span};

/// Guard of sqlparser's own recursion; [`kda::Kda`] stops long before by its own count.
const FOREIGN_RECURSION_MAX: usize = 1_000;

/// Stack of the parser: the frames of sqlparser's expression grammar are large in an unoptimised build, and the
/// greatest nesting that [`kda::Kda`] lets through must fit. Pages that are not touched cost nothing.
const STACK_BYTES: usize = 64 << 20;

/// Whether a name is a reserved word of the service, in any letter case.
pub fn is_reserved(name: &str) -> bool {
    words::is_reserved(&name.to_ascii_uppercase())
}

/// Parses a whole script. Statements that parse are returned even when others do not: the parser goes on
/// at the next `;`, or at the next CREATE. Of a CREATE that does not parse the name is returned.
pub fn parse(text: &str) -> (Vec<ast::Statement>, Vec<Diagnostic>) {
    let parsed = std::thread::scope(|scope| {
        let parser = std::thread::Builder::new().stack_size(STACK_BYTES);
        parser
            .spawn_scoped(scope, || parse_script(text))
            .map(|running| running.join())
    });
    match parsed {
        Ok(Ok(parsed)) => parsed,
        _ => (
            Vec::new(),
            vec![Diagnostic::bug(Span::default(), "The parser could not run")],
        ),
    }
}

fn parse_script(text: &str) -> (Vec<ast::Statement>, Vec<Diagnostic>) {
    let lexed = lexer::lex(text);
    let shared: Rc<str> = Rc::from(text);
    let mut statements = Vec::new();
    let mut findings = Vec::new();
    for piece in script::pieces(text, lexed.tokens) {
        let declared = salvage::declaration(&piece.tokens);
        if lexed.missing_quotes.iter().any(|at| piece.share.holds(*at)) {
            // Nobody knows what stands inside the quotes and what outside.
            statements.extend(declared);
            continue;
        }
        let (statement, mut found) = parse_statement(&shared, piece.tokens);
        let failed = statement.is_none();
        statements.extend(statement.or(declared));
        if let Some(slip) = first_error(&lexed.findings, piece.share) {
            // What seems wrong behind a character that could not be read follows from it.
            found.retain(|finding| !failed || finding.span.end <= slip.start);
        }
        findings.append(&mut found);
        findings.extend(piece.ending.filter(|_| !failed));
    }
    for comment in lexed.covering_comments {
        let lost = script::pieces(text, lexer::lex_inside(text, comment.span).tokens);
        let declared = lost
            .iter()
            .filter_map(|piece| salvage::declaration(&piece.tokens));
        if comment.closed {
            let line = Place::of(text, comment.span.start).line;
            statements.extend(declared.filter_map(|statement| salvage::commented_out(statement, line)));
        } else {
            statements.extend(declared);
        }
    }
    findings.extend(lexed.findings);
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
    (statements, findings)
}

fn first_error(findings: &[Diagnostic], share: Span) -> Option<Span> {
    let errors = findings.iter().filter(|f| f.severity == Severity::Error);
    let mut places = errors.map(|f| f.span);
    places.find(|span| share.holds(span.start))
}

fn parse_statement(text: &Rc<str>, tokens: Vec<token::Token>) -> (Option<ast::Statement>, Vec<Diagnostic>) {
    let lowered = token::for_sqlparser(&tokens);
    let dialect = kda::Kda::new(Rc::clone(text), tokens);
    let mut parser = Parser::new(&dialect)
        .with_recursion_limit(FOREIGN_RECURSION_MAX)
        .with_tokens_with_locations(lowered);
    let result = dialect.statement(&mut parser);
    if let Err(error) = &result {
        dialect.adopt(&parser, error);
    }
    drop(parser);
    (result.ok(), dialect.into_findings())
}
