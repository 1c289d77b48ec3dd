//! Everything in quotes: character, Unicode and binary literals, quoted names, and quotes that are none.
//!
//! A quoted name cannot hold a line break (`sql.md` §1.1), so a missing double quote ends at its line. A
//! literal can; it is given up only when it swallows a statement or the rest of the script.

use super::recovery::statement_within;
use super::{Lexer, LongLiteral, Prefix};
use crate::diagnostic::{Diagnostic, Place, Span};
use crate::sql::token::TokenKind;

/// Quotes as word processors and web pages set them.
pub(in crate::sql) fn is_typographic(c: char) -> bool {
    is_typographic_single(c) || matches!(c, '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2033}')
}

fn is_typographic_single(c: char) -> bool {
    matches!(c, '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' | '\u{00b4}')
}

impl Lexer<'_> {
    pub(super) fn literal(&mut self, prefix: Prefix) {
        let open = prefix.length() + 1;
        let body = self.rest().get(open..).unwrap_or("");
        match closing(body, b'\'') {
            Some(length) if statement_within(body.get(..length).unwrap_or("")).is_none() => {
                let written = body.get(..length).unwrap_or("");
                if written.contains('\n') && self.first_long_literal.is_none() {
                    self.first_long_literal = Some(LongLiteral {
                        start: self.at,
                        tokens: self.tokens.len(),
                        findings: self.findings.len(),
                    });
                }
                let value = written.replace("''", "'");
                let kind = match prefix {
                    Prefix::Plain => TokenKind::Text(value),
                    Prefix::Unicode => TokenKind::UnicodeText(value),
                    Prefix::Hex => TokenKind::Hex(value),
                };
                self.push(kind, self.at + open + length + 1);
            }
            _ => self.missing_quote(),
        }
    }

    fn missing_quote(&mut self) {
        if let Some(long) = self.first_long_literal.take() {
            self.at = long.start;
            self.tokens.truncate(long.tokens);
            self.findings.truncate(long.findings);
        }
        let start = self.at;
        let end = start + line_rest(self.rest());
        let line = self.text.get(start..end).unwrap_or("");
        if let Some((i, quote)) = line.char_indices().find(|(_, c)| is_typographic_single(*c)) {
            self.report_typographic(start + i, quote);
            let text = line.get(1..i).unwrap_or("").to_owned();
            self.push(TokenKind::Text(text), start + i + quote.len_utf8());
            return;
        }
        let finding = Diagnostic::invalid(
            Span::new(start, end),
            "Lexical error: the character literal that begins here is not closed",
        )
        .with_hint(if line.contains("'\\''") {
            "'\\'' looks like quoting of a shell; write one quote"
        } else {
            "a single quote (') is missing"
        });
        self.report_missing_quote(finding);
        let text = line.get(1..).unwrap_or("").to_owned();
        self.push(TokenKind::Text(text), end);
    }

    pub(super) fn quoted_name(&mut self) {
        let body = self.rest().get(1..).unwrap_or("");
        let line = body.lines().next().unwrap_or("");
        match closing(line, b'"') {
            Some(length) => {
                let mut name = line.get(..length).unwrap_or("").replace("\"\"", "\"");
                let end = self.at + length + 2;
                // Both quotes of `\"name\"` were escaped for a shell, which has been said of the first.
                let escaped = self.text.get(..self.at).is_some_and(|t| t.ends_with('\\'));
                if escaped && name.ends_with('\\') {
                    name.pop();
                }
                if name.is_empty() || name.chars().any(|c| c < ' ') {
                    let message = "A quoted name must not be empty, nor hold control characters";
                    self.findings.push(
                        Diagnostic::invalid(Span::new(self.at, end), message)
                            .with_hint("an empty text is written '' with single quotes"),
                    );
                }
                self.push(TokenKind::Quoted(name), end);
            }
            None => self.missing_double_quote(),
        }
    }

    fn missing_double_quote(&mut self) {
        let end = self.at + line_rest(self.rest());
        let line = self.text.get(self.at..end).unwrap_or("");
        if let Some((i, quote)) = line.char_indices().find(|(_, c)| is_typographic(*c)) {
            self.report_typographic(self.at + i, quote);
            let name = line.get(1..i).unwrap_or("").to_owned();
            let end = self.at + i + quote.len_utf8();
            self.push(TokenKind::Quoted(name), end);
            return;
        }
        let finding = Diagnostic::invalid(
            Span::new(self.at, end),
            "Lexical error: the quoted name that begins here is not closed",
        )
        .with_hint("a double quote (\") is missing");
        self.report_missing_quote(finding);
        let name = line.get(1..).unwrap_or("").to_owned();
        self.push(TokenKind::Quoted(name), end);
    }

    pub(super) fn typographic(&mut self) {
        let rest = self.rest();
        let Some(open) = rest.chars().next() else { return };
        self.report_typographic(self.at, open);
        let single = is_typographic_single(open);
        let body = rest.get(open.len_utf8()..).unwrap_or("");
        let Some((length, quote)) = typographic_closing(open, body) else {
            self.at += open.len_utf8();
            return;
        };
        let inside = body.get(..length).unwrap_or("").to_owned();
        let end = self.at + open.len_utf8() + length + quote.len_utf8();
        let kind = if single {
            TokenKind::Text(inside)
        } else {
            TokenKind::Quoted(inside)
        };
        self.push(kind, end);
    }

    fn report_typographic(&mut self, at: usize, quote: char) {
        if self.typographic_reported {
            return;
        }
        self.typographic_reported = true;
        let line = Place::of(self.text, at).line;
        let straight = if is_typographic_single(quote) { "'" } else { "\"" };
        self.findings.push(
            Diagnostic::invalid(
                Span::new(at, at + quote.len_utf8()),
                format!("typographic quote at line {line}; did you mean a straight quote?"),
            )
            .with_hint(format!("write {straight} in place of {quote}")),
        );
    }
}

/// Where a typographic quote closes in the `body` behind it, on its line, and with what.
pub(in crate::sql) fn typographic_closing(open: char, body: &str) -> Option<(usize, char)> {
    let line = body.lines().next().unwrap_or("");
    let straight = if is_typographic_single(open) { '\'' } else { '"' };
    line.char_indices()
        .find(|(_, c)| is_typographic(*c) || *c == straight)
}

/// Bytes of `rest`, which begins with a quote that is not closed, up to the end of the line, or to a `;` that ends
/// the statement on this line.
pub(in crate::sql) fn line_rest(rest: &str) -> usize {
    let line = rest.lines().next().unwrap_or("");
    let cut = statement_within(rest).filter(|i| *i < line.len());
    let line = line.get(..cut.unwrap_or(line.len())).unwrap_or(line).trim_end();
    line.strip_suffix(';').unwrap_or(line).len().max(1)
}

/// The length of what stands before the closing quote; a doubled quote does not close.
pub(in crate::sql) fn closing(body: &str, quote: u8) -> Option<usize> {
    let bytes = body.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(quote, rest)) {
        let end = at + found;
        if bytes.get(end + 1) != Some(&quote) {
            return Some(end);
        }
        at = end + 2;
    }
    None
}
