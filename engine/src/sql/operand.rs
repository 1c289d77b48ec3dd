//! Operands: literals, names, calls, parentheses, and the signs and NOT before them.

use sqlparser::parser::Parser;

use super::ast::{BinaryOp, Expr, ExprKind, Literal};
use super::hooks::strength;
use super::interval::unit_of;
use super::kda::{Kda, Parsed};
use super::token::{Token, TokenKind};
use super::words;
use crate::diagnostic::Diagnostic;

impl Kda {
    /// Reads one operand. CASE is sqlparser's.
    pub(super) fn operand(&self, p: &mut Parser) -> Parsed<Expr> {
        let start = self.start(p);
        let kind = match self.peek(p).kind.clone() {
            TokenKind::Number(digits) => {
                self.advance(p);
                ExprKind::Literal(Literal::Number(digits))
            }
            TokenKind::Text(text) => {
                self.advance(p);
                ExprKind::Literal(Literal::String(text))
            }
            TokenKind::UnicodeText(raw) => self.unicode_text(p, &raw)?,
            TokenKind::Hex(digits) => {
                self.advance(p);
                ExprKind::Literal(Literal::Binary(digits))
            }
            TokenKind::Symbol("(") => self.parenthesised(p)?,
            TokenKind::Symbol("{") => self.escape_literal(p)?,
            TokenKind::Symbol(sign @ ("+" | "-")) => self.signed(p, sign == "-")?,
            TokenKind::Word(word) => self.word_operand(p, &word)?,
            TokenKind::Quoted(_) => self.name_or_call(p)?,
            TokenKind::Symbol(_) | TokenKind::End => return self.unexpected(p, "an expression"),
        };
        let span = self.since(p, start);
        Ok(Expr { kind, span })
    }

    fn signed(&self, p: &mut Parser, minus: bool) -> Parsed<ExprKind> {
        self.advance(p);
        let expr = Box::new(self.expr_above(p, strength::SIGN)?);
        Ok(ExprKind::Sign { minus, expr })
    }

    fn word_operand(&self, p: &mut Parser, word: &str) -> Parsed<ExprKind> {
        let next = self.peek_at(p, 1);
        if let Some(kind) = self.keyword_literal(p, word)? {
            return Ok(kind);
        }
        match word {
            "NOT" => {
                self.advance(p);
                return Ok(ExprKind::Not(Box::new(self.expr_above(p, strength::NOT)?)));
            }
            "INTERVAL" if !next.is_symbol(".") && self.interval_follows(p) => {
                return self.interval_literal(p);
            }
            "EXISTS" if next.is_symbol("(") => {
                self.advance(p);
                return Ok(ExprKind::Exists(Box::new(self.parenthesised_query(p)?)));
            }
            "PERIOD" if next.is_symbol("(") => {
                self.advance(p);
                return self.period_row(p);
            }
            "ANY" | "SOME" | "ALL" if next.is_symbol("(") && self.query_at(p, 2) => {
                let hint = "write IN (…), or compare with a sub-query of one row";
                return self.refuse(self.peek(p).span, &format!("{word} over a sub-query"), hint);
            }
            _ => {}
        }
        if next.is_symbol("(")
            && let Some(kind) = self.special_form(p, word)?
        {
            return Ok(kind);
        }
        // LEFT(s, n) is no function here, but its name is better answered by the list of functions.
        let called = matches!(word, "LEFT" | "RIGHT") && next.is_symbol("(");
        if words::is_structural(word) && !next.is_symbol(".") && !called {
            return self.unexpected(p, "an expression");
        }
        self.name_or_call(p)
    }

    /// TRUE, NULL, DATE '…' and the like.
    fn keyword_literal(&self, p: &mut Parser, word: &str) -> Parsed<Option<ExprKind>> {
        let next = self.peek_at(p, 1).kind.clone();
        let literal = match (word, next) {
            (_, TokenKind::Symbol("." | "(")) => return Ok(None),
            ("NULL", _) => Literal::Null,
            ("TRUE", _) => Literal::Boolean(Some(true)),
            ("FALSE", _) => Literal::Boolean(Some(false)),
            ("UNKNOWN", _) => Literal::Boolean(None),
            ("DATE" | "TIME" | "TIMESTAMP", TokenKind::Text(text)) => {
                self.advance(p);
                typed_literal(word, text)
            }
            _ => return Ok(None),
        };
        self.advance(p);
        Ok(Some(ExprKind::Literal(literal)))
    }

    /// `{d '…'}`, `{t '…'}`, `{ts '…'}`.
    fn escape_literal(&self, p: &mut Parser) -> Parsed<ExprKind> {
        self.advance(p);
        let word = match self.peek(p).word() {
            Some("D") => "DATE",
            Some("T") => "TIME",
            Some("TS") => "TIMESTAMP",
            _ => return self.unexpected(p, "d, t or ts"),
        };
        self.advance(p);
        let TokenKind::Text(text) = self.peek(p).kind.clone() else {
            return self.unexpected(p, "a literal in single quotes");
        };
        self.advance(p);
        self.expect_symbol(p, "}")?;
        Ok(ExprKind::Literal(typed_literal(word, text)))
    }

    fn unicode_text(&self, p: &mut Parser, raw: &str) -> Parsed<ExprKind> {
        let span = self.peek(p).span;
        self.advance(p);
        let mut escape = '\\';
        if self.take_word(p, "UESCAPE") {
            let TokenKind::Text(text) = self.peek(p).kind.clone() else {
                return self.unexpected(p, "one character in single quotes");
            };
            let mut characters = text.chars();
            match (characters.next(), characters.next()) {
                (Some(c), None) if !c.is_ascii_hexdigit() && !matches!(c, '+' | '"' | '\'' | ' ') => {
                    escape = c
                }
                _ => {
                    let message = "UESCAPE must be a single character that is no hexadecimal digit, blank, plus or quote";
                    self.report(Diagnostic::invalid(self.peek(p).span, message));
                }
            }
            self.advance(p);
        }
        let text = unescaped(raw, escape);
        if text.is_none() {
            let message = format!(
                "Unicode escape sequence in this literal is not {escape} with four hexadecimal digits"
            );
            self.report(Diagnostic::invalid(span, message));
        }
        Ok(ExprKind::Literal(Literal::String(text.unwrap_or_default())))
    }

    fn interval_follows(&self, p: &Parser) -> bool {
        matches!(
            self.peek_at(p, 1).kind,
            TokenKind::Text(_) | TokenKind::Number(_) | TokenKind::Symbol("+" | "-")
        )
    }

    /// `INTERVAL [+|-] '…' qualifier`.
    fn interval_literal(&self, p: &mut Parser) -> Parsed<ExprKind> {
        self.advance(p);
        let negative = self.take_symbol(p, "-");
        if !negative {
            self.take_symbol(p, "+");
        }
        let text = match self.peek(p).kind.clone() {
            TokenKind::Text(text) => text,
            TokenKind::Number(digits) => {
                self.report(
                    Diagnostic::invalid(
                        self.peek(p).span,
                        format!("The value of an interval stands in single quotes: '{digits}'"),
                    )
                    .with_hint(format!("write INTERVAL '{digits}' followed by the unit")),
                );
                digits
            }
            _ => return self.unexpected(p, "the interval's value in single quotes"),
        };
        self.advance(p);
        let qualifier = self.qualifier(p)?;
        Ok(ExprKind::Literal(Literal::Interval {
            negative,
            text,
            qualifier,
        }))
    }

    /// `(expr)`, `(a, b)`, `(query)` and `(a - b) qualifier`.
    fn parenthesised(&self, p: &mut Parser) -> Parsed<ExprKind> {
        if self.query_at(p, 1) {
            return Ok(ExprKind::Subquery(Box::new(self.parenthesised_query(p)?)));
        }
        self.advance(p);
        let mut items = self.list(p, Self::expr)?;
        if !self.take_symbol(p, ")") {
            return self.unexpected(p, "\",\" or \")\"");
        }
        let Some(first) = items.pop() else {
            return self.unexpected(p, "an expression");
        };
        if !items.is_empty() {
            items.push(first);
            return Ok(ExprKind::Row(items));
        }
        match first.kind {
            ExprKind::Binary {
                op: BinaryOp::Minus,
                left,
                right,
            } if unit_of(self.peek(p)).is_some() => Ok(ExprKind::DatetimeDifference {
                left,
                right,
                qualifier: self.qualifier(p)?,
            }),
            kind => Ok(kind),
        }
    }

    fn name_or_call(&self, p: &mut Parser) -> Parsed<ExprKind> {
        if self.peek_at(p, 1).is_symbol("(") {
            return self.call(p).map(ExprKind::Function);
        }
        let path = self.path(p)?;
        if self.at_symbol(p, "(") {
            return self.unexpected(p, "an operator, \",\" or a clause");
        }
        Ok(ExprKind::Name(path))
    }

    /// Whether a query begins `ahead` tokens from here, perhaps in further parentheses.
    pub(super) fn query_at(&self, p: &Parser, mut ahead: usize) -> bool {
        while self.peek_at(p, ahead).is_symbol("(") {
            ahead += 1;
        }
        let token: &Token = self.peek_at(p, ahead);
        token.is_word("SELECT") || token.is_word("WITH") || (token.is_word("VALUES"))
    }
}

fn typed_literal(word: &str, text: String) -> Literal {
    match word {
        "DATE" => Literal::Date(text),
        "TIME" => Literal::Time(text),
        _ => Literal::Timestamp(text),
    }
}

/// Resolves `\0009`; the escape doubled is itself (`sql.md` §1.4).
fn unescaped(raw: &str, escape: char) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = raw.chars().peekable();
    while let Some(c) = rest.next() {
        if c == escape && rest.peek() != Some(&escape) {
            let mut unit = 0u16;
            for _ in 0..4 {
                unit = unit << 4 | u16::try_from(rest.next()?.to_digit(16)?).ok()?;
            }
            units.push(unit);
            continue;
        }
        if c == escape {
            rest.next();
        }
        text.push_str(&String::from_utf16(&units).ok()?);
        units.clear();
        text.push(c);
    }
    text.push_str(&String::from_utf16(&units).ok()?);
    Some(text)
}
