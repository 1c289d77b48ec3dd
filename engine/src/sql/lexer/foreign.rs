//! Operators and characters that other dialects have, and debris of shells and word processors.
//!
//! Each is refused once, with what to write here, and then read as what stands nearest, so that the rest of its
//! statement is checked in the same run.

use super::Lexer;
use crate::diagnostic::{Diagnostic, Place, Span};
use crate::sql::token::{FOREIGN_OPERATOR, TokenKind};

/// As what a refused operator is read.
#[derive(Clone, Copy)]
enum Reading {
    /// An operator of the dialect.
    Symbol(&'static str),
    /// A word of the dialect.
    Word(&'static str),
    /// As if it were not there.
    Nothing,
}

const UNTYPED: Reading = Reading::Symbol(FOREIGN_OPERATOR);
const NO_BITS: &str = "the dialect has no operators on bits";
const NO_ARRAYS: &str = "the dialect has no arrays; write a name with special characters in double quotes";
const NO_PATHS: &str = "name the field in the input mapping of the source";

/// The longer of two operators that begin alike comes first.
const FOREIGN: &[(&str, Reading, &str)] = &[
    ("::", Reading::Nothing, "write CAST(x AS type)"),
    ("->>", UNTYPED, NO_PATHS),
    ("->", UNTYPED, NO_PATHS),
    ("==", Reading::Symbol("="), "write a single ="),
    ("%", UNTYPED, "write MOD(a, b)"),
    ("^", UNTYPED, "write POWER(a, b)"),
    ("<<", UNTYPED, NO_BITS),
    (">>", UNTYPED, NO_BITS),
    ("&&", Reading::Word("AND"), "write AND"),
    ("&", UNTYPED, NO_BITS),
    ("~", UNTYPED, "write LIKE or SIMILAR TO"),
    ("#", UNTYPED, NO_BITS),
    ("[", UNTYPED, NO_ARRAYS),
    ("]", Reading::Nothing, NO_ARRAYS),
];

impl Lexer<'_> {
    /// Takes an operator of other dialects, if one is here.
    pub(super) fn foreign_operator(&mut self) -> bool {
        let rest = self.rest();
        let single_bar = rest.starts_with('|') && !rest.starts_with("||");
        let found = if single_bar {
            Some((
                "|",
                UNTYPED,
                "write || to join texts; the dialect has no operators on bits",
            ))
        } else {
            FOREIGN.iter().copied().find(|(op, _, _)| rest.starts_with(op))
        };
        let Some((operator, reading, hint)) = found else {
            return false;
        };
        let end = self.at + operator.len();
        let message = format!("The operator {operator} is not part of the dialect");
        self.report_once(Diagnostic::not_supported(Span::new(self.at, end), message).with_hint(hint));
        match reading {
            Reading::Symbol(symbol) => self.push(TokenKind::Symbol(symbol), end),
            Reading::Word(word) => self.push(TokenKind::Word(word.to_owned()), end),
            Reading::Nothing => self.at = end,
        }
        true
    }

    /// A character that begins nothing.
    pub(super) fn stray_character(&mut self, first: char) {
        let end = self.at + first.len_utf8();
        let span = Span::new(self.at, end);
        let place = Place::of(self.text, self.at);
        let shown: String = first.escape_debug().collect();
        let message = format!(
            "Lexical error at line {}, column {}. Encountered: \"{shown}\"",
            place.line, place.column
        );
        let hint = match first {
            '`' => "names with special characters stand in double quotes here",
            '\\' | '$' => "this looks like quoting of a shell or of a program's text; remove it",
            '@' | '?' | ':' => "the dialect has no parameters; write the value itself",
            '!' => "write NOT, or <> for \"is not equal\"",
            _ if is_dash(first) => "this is a typographic dash; write a plain -",
            _ => "remove this character",
        };
        self.report_once(Diagnostic::invalid(span, message).with_hint(hint));
        if is_dash(first) {
            self.push(TokenKind::Symbol("-"), end);
        } else if first == '`' {
            self.back_quoted_name();
        } else {
            self.at = end;
        }
    }

    fn back_quoted_name(&mut self) {
        let body = self.rest().get(1..).unwrap_or("");
        let line = body.lines().next().unwrap_or("");
        match line.split_once('`') {
            Some((name, _)) => {
                let end = self.at + name.len() + 2;
                self.push(TokenKind::Quoted(name.to_owned()), end);
            }
            None => self.at += 1,
        }
    }
}

fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}')
}
