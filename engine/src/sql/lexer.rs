//! From text to tokens, with the recovery that a script with a slip in it needs.
//!
//! Comments are `--`, `//` and `/* */` (`sql.md` §1.2), never inside quotes. A literal that would swallow the
//! start of the next statement is taken as one with a missing quote: it ends at its line, one finding is made,
//! and lexing goes on behind it, so that the other statements are still read.

pub(super) mod comment;
mod foreign;
pub(super) mod quoted;
pub(super) mod recovery;

use super::token::{Token, TokenKind};
use crate::diagnostic::{Diagnostic, Severity, Span};

/// A comment that covers statements.
#[derive(Debug, Clone, Copy)]
pub(super) struct CoveringComment {
    /// Where it is.
    pub(super) span: Span,
    /// Whether it was closed, so that it may be meant.
    pub(super) closed: bool,
}

/// The tokens of a script and what is wrong with its characters.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    /// Tokens in order, without comments.
    pub(super) tokens: Vec<Token>,
    /// Findings in order.
    pub(super) findings: Vec<Diagnostic>,
    /// Where quotes are missing: what the statements around them say is unknown.
    pub(super) missing_quotes: Vec<usize>,
    /// Comments that cover statements.
    pub(super) covering_comments: Vec<CoveringComment>,
}

/// Splits `text` into tokens.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer::new(text);
    while lexer.at < text.len() {
        lexer.next();
    }
    lexer.report_commented_out();
    lexer.into_lexed()
}

/// The tokens inside a comment, as if it were none.
pub(super) fn lex_inside(text: &str, comment: Span) -> Lexed {
    let inside = text.get(..comment.end).unwrap_or(text);
    let mut lexer = Lexer::new(inside.strip_suffix("*/").unwrap_or(inside));
    lexer.at = comment.start + "/*".len();
    while lexer.at < lexer.text.len() {
        lexer.next();
    }
    lexer.into_lexed()
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
    findings: Vec<Diagnostic>,
    /// The first literal of this statement that spans lines: to blame when a quote is missing.
    first_long_literal: Option<LongLiteral>,
    /// A typographic quote was already reported in this statement.
    typographic_reported: bool,
    /// Where this statement begins.
    statement_from: usize,
    /// A quote is missing in this statement: what else seems wrong in it follows from that.
    quote_missing: bool,
    missing_quotes: Vec<usize>,
    covering_comments: Vec<CoveringComment>,
    /// The first comment that holds something like a statement.
    commented_statement: Option<Span>,
}

#[derive(Clone, Copy)]
struct LongLiteral {
    start: usize,
    tokens: usize,
    findings: usize,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            tokens: Vec::new(),
            findings: Vec::new(),
            first_long_literal: None,
            typographic_reported: false,
            statement_from: 0,
            quote_missing: false,
            missing_quotes: Vec::new(),
            covering_comments: Vec::new(),
            commented_statement: None,
        }
    }

    fn into_lexed(self) -> Lexed {
        Lexed {
            tokens: self.tokens,
            findings: self.findings,
            missing_quotes: self.missing_quotes,
            covering_comments: self.covering_comments,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn next(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            self.at = self.text.len();
            return;
        };
        if is_blank(first) {
            self.at += first.len_utf8();
        } else if let Some(length) = comment::line(rest) {
            self.at += length;
        } else if rest.starts_with("/*") {
            self.block_comment();
        } else if let Some(prefix) = literal_prefix(rest) {
            self.literal(prefix);
        } else if first == '"' {
            self.quoted_name();
        } else if quoted::is_typographic(first) {
            self.typographic();
        } else if begins_word(first) {
            self.word();
        } else if starts_number(rest) {
            self.number();
        } else {
            self.symbol(first);
        }
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        let span = Span::new(self.at, end);
        self.at = end;
        if let (TokenKind::Text(text), Some(last)) = (&kind, self.tokens.last_mut())
            && let TokenKind::Text(before) = &mut last.kind
            && self
                .text
                .get(last.span.end..span.start)
                .is_some_and(|gap| gap.contains(['\n', '\r']))
        {
            // Literals on adjacent lines are one literal (`sql.md` §1.4).
            before.push_str(text);
            last.span.end = span.end;
            return;
        }
        self.tokens.push(Token { kind, span });
    }

    fn word(&mut self) {
        let rest = self.rest();
        let length = word_length(rest);
        let word = rest.get(..length).unwrap_or("").to_uppercase();
        self.push(TokenKind::Word(word), self.at + length);
    }

    fn number(&mut self) {
        let end = number_length(self.rest());
        let digits = self.rest().get(..end).unwrap_or("").to_owned();
        self.push(TokenKind::Number(digits), self.at + end);
    }

    fn symbol(&mut self, first: char) {
        const SYMBOLS: &[(&str, &str)] = &[
            ("||", "||"),
            ("<>", "<>"),
            ("!=", "<>"),
            ("<=", "<="),
            (">=", ">="),
            ("<", "<"),
            (">", ">"),
            ("=", "="),
            ("+", "+"),
            ("-", "-"),
            ("*", "*"),
            ("/", "/"),
            ("(", "("),
            (")", ")"),
            ("{", "{"),
            ("}", "}"),
            (",", ","),
            (".", "."),
            (";", ";"),
        ];
        let rest = self.rest();
        if self.foreign_operator() {
            return;
        }
        match SYMBOLS.iter().find(|(written, _)| rest.starts_with(written)) {
            Some((written, symbol)) => {
                self.push(TokenKind::Symbol(symbol), self.at + written.len());
                if *symbol == ";" {
                    self.first_long_literal = None;
                    self.typographic_reported = false;
                    self.quote_missing = false;
                    self.statement_from = self.at;
                }
            }
            None => self.stray_character(first),
        }
    }

    /// Reports a missing quote in place of everything else about this statement.
    fn report_missing_quote(&mut self, finding: Diagnostic) {
        if self.quote_missing {
            return;
        }
        self.quote_missing = true;
        self.missing_quotes.push(finding.span.start);
        let from = self.statement_from;
        self.findings
            .retain(|before| before.severity != Severity::Error || before.span.start < from);
        self.findings.push(finding);
    }

    /// The same debris often stands many times in one statement: one slip, one finding.
    fn report_once(&mut self, finding: Diagnostic) {
        let seen = self.findings.iter().rev().any(|before| {
            before.severity == Severity::Error
                && before.hint == finding.hint
                && self
                    .text
                    .get(before.span.end..finding.span.start)
                    .is_some_and(|gap| !gap.contains(';'))
        });
        if !seen && !self.quote_missing {
            self.findings.push(finding);
        }
    }
}

/// How a literal in single quotes begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    Plain,
    Unicode,
    Hex,
}

impl Prefix {
    pub(super) fn length(self) -> usize {
        match self {
            Self::Plain => 0,
            Self::Unicode => 2,
            Self::Hex => 1,
        }
    }
}

pub(super) fn literal_prefix(rest: &str) -> Option<Prefix> {
    match rest.as_bytes() {
        [b'\'', ..] => Some(Prefix::Plain),
        [b'u' | b'U', b'&', b'\'', ..] => Some(Prefix::Unicode),
        [b'x' | b'X', b'\'', ..] => Some(Prefix::Hex),
        _ => None,
    }
}

/// A byte order mark and zero-width spaces come with text copied from editors and web pages.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}')
}

pub(super) fn begins_word(first: char) -> bool {
    first.is_alphabetic() || first == '_'
}

/// Bytes of the word that `rest` begins with.
pub(super) fn word_length(rest: &str) -> usize {
    rest.char_indices()
        // `$` occurs in the names that the service gives to unnamed columns: EXPR$0.
        .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '_' | '$')))
        .map_or(rest.len(), |(i, _)| i)
}

/// Bytes of the number that `rest` begins with.
pub(super) fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digits = |from: usize| from + bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

pub(super) fn starts_number(rest: &str) -> bool {
    matches!(rest.as_bytes(), [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..])
}
