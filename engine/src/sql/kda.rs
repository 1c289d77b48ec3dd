//! The cursor that every part of the parser moves, and the `Dialect` by which sqlparser calls back into it.
//!
//! sqlparser climbs the precedences of expressions and reads the operators between operands; every operand,
//! predicate and clause of the dialect is ours. A node of ours travels through sqlparser's tree as a numbered
//! placeholder and is fetched again by the conversion, so nothing of the foreign tree has to fit our forms.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sqlparser::ast as foreign;
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Span as ForeignSpan;

use super::ast::{Expr, Ident};
use super::token::{Token, TokenKind};
use super::words;
use crate::diagnostic::{Diagnostic, Place, Severity, Span};

/// What a part of the parser gives: the diagnostic of a failure is kept in [`Kda`].
pub(super) type Parsed<T> = Result<T, ParserError>;

/// Greatest nesting of parentheses, calls and sub-selects. A parser that recurses must stop before its stack does.
const NESTING_MAX: usize = 40;
/// Greatest height of an expression's tree; everything behind the parser walks it recursively.
pub(super) const HEIGHT_MAX: usize = 250;

/// Binding strength of operators, `sql.md` §5.1 from the weakest.
pub(super) mod strength {
    pub(in crate::sql) const OR: u8 = 5;
    pub(in crate::sql) const AND: u8 = 10;
    pub(in crate::sql) const NOT: u8 = 15;
    pub(in crate::sql) const COMPARISON: u8 = 20;
    pub(in crate::sql) const SUM: u8 = 30;
    pub(in crate::sql) const PRODUCT: u8 = 40;
    pub(in crate::sql) const SIGN: u8 = 50;
}

/// The dialect and the state of parsing one statement.
#[derive(Debug)]
pub(super) struct Kda {
    pub(super) text: Rc<str>,
    tokens: Vec<Token>,
    end: Token,
    findings: RefCell<Vec<Diagnostic>>,
    failure: RefCell<Option<Diagnostic>>,
    parked: RefCell<Vec<Option<(Expr, usize)>>>,
    nesting: Cell<usize>,
    height: Cell<usize>,
}

impl Kda {
    /// A dialect over the tokens of one statement.
    pub(super) fn new(text: Rc<str>, tokens: Vec<Token>) -> Self {
        let at = tokens.last().map_or(0, |token| token.span.end);
        Self {
            text,
            tokens,
            end: Token {
                kind: TokenKind::End,
                span: Span::new(at, at),
            },
            findings: RefCell::default(),
            failure: RefCell::default(),
            parked: RefCell::default(),
            nesting: Cell::new(0),
            height: Cell::new(0),
        }
    }

    /// Everything found, the failure last. What is lenient is not said of a statement that failed: it often
    /// follows from the slip (`COUNT*)` reads COUNT as a name), and comes again when that is mended.
    pub(super) fn into_findings(self) -> Vec<Diagnostic> {
        let mut findings = self.findings.into_inner();
        if let Some(failure) = self.failure.into_inner() {
            findings.retain(|finding| finding.severity == Severity::Error);
            findings.push(failure);
        }
        findings
    }

    // --- looking and moving -------------------------------------------------------------------------------

    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    pub(super) fn peek(&self, p: &Parser) -> &Token {
        self.peek_at(p, 0)
    }

    pub(super) fn peek_at(&self, p: &Parser, ahead: usize) -> &Token {
        self.tokens.get(p.index() + ahead).unwrap_or(&self.end)
    }

    /// The token last taken.
    pub(super) fn previous(&self, p: &Parser) -> &Token {
        p.index()
            .checked_sub(1)
            .and_then(|i| self.tokens.get(i))
            .unwrap_or(&self.end)
    }

    /// Where the next token begins.
    pub(super) fn start(&self, p: &Parser) -> usize {
        self.peek(p).span.start
    }

    /// From `start` to the end of the token last taken.
    pub(super) fn since(&self, p: &Parser, start: usize) -> Span {
        Span::new(start, self.previous(p).span.end.max(start))
    }

    pub(super) fn at_word(&self, p: &Parser, word: &str) -> bool {
        self.peek(p).is_word(word)
    }

    pub(super) fn at_symbol(&self, p: &Parser, symbol: &str) -> bool {
        self.peek(p).is_symbol(symbol)
    }

    pub(super) fn at_end(&self, p: &Parser) -> bool {
        self.peek(p).kind == TokenKind::End
    }

    pub(super) fn advance(&self, p: &mut Parser) {
        if !self.at_end(p) {
            p.advance_token();
        }
    }

    /// Takes the words if they all come next.
    pub(super) fn take_words(&self, p: &mut Parser, words: &[&str]) -> bool {
        let all = words
            .iter()
            .enumerate()
            .all(|(i, w)| self.peek_at(p, i).is_word(w));
        if all {
            words.iter().for_each(|_| p.advance_token());
        }
        all
    }

    pub(super) fn take_word(&self, p: &mut Parser, word: &str) -> bool {
        self.take_words(p, &[word])
    }

    pub(super) fn take_symbol(&self, p: &mut Parser, symbol: &str) -> bool {
        let found = self.at_symbol(p, symbol);
        if found {
            p.advance_token();
        }
        found
    }

    pub(super) fn expect_word(&self, p: &mut Parser, word: &str) -> Parsed<()> {
        if self.take_word(p, word) {
            return Ok(());
        }
        self.unexpected(p, &format!("\"{word}\""))
    }

    pub(super) fn expect_symbol(&self, p: &mut Parser, symbol: &str) -> Parsed<()> {
        if self.take_symbol(p, symbol) {
            return Ok(());
        }
        self.unexpected(p, &format!("\"{symbol}\""))
    }

    /// `item {, item}`.
    pub(super) fn list<T>(
        &self,
        p: &mut Parser,
        mut item: impl FnMut(&Self, &mut Parser) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = vec![item(self, p)?];
        while self.take_symbol(p, ",") {
            items.push(item(self, p)?);
        }
        Ok(items)
    }

    /// Runs `inner` one level deeper, unless the text nests too deeply.
    pub(super) fn nested<T>(
        &self,
        p: &mut Parser,
        inner: impl FnOnce(&Self, &mut Parser) -> Parsed<T>,
    ) -> Parsed<T> {
        if self.nesting.get() >= NESTING_MAX {
            let span = self.peek(p).span;
            return self.fail(too_deep(span));
        }
        self.nesting.set(self.nesting.get() + 1);
        let result = inner(self, p);
        self.nesting.set(self.nesting.get() - 1);
        result
    }

    // --- findings -----------------------------------------------------------------------------------------

    /// Notes something that does not stop the parser.
    pub(super) fn report(&self, finding: Diagnostic) {
        let mut findings = self.findings.borrow_mut();
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }

    /// Gives up this statement. The first failure wins.
    pub(super) fn fail<T>(&self, finding: Diagnostic) -> Parsed<T> {
        self.failure.borrow_mut().get_or_insert(finding);
        Err(ParserError::ParserError(String::new()))
    }

    /// Whether a failure was noted.
    pub(super) fn failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    /// Refuses a construct of other dialects.
    pub(super) fn refuse<T>(&self, span: Span, what: &str, hint: &str) -> Parsed<T> {
        self.fail(
            Diagnostic::not_supported(span, format!("{what} is not part of the dialect")).with_hint(hint),
        )
    }

    /// `Encountered "x" at line L, column C. Was expecting …` at the next token.
    pub(super) fn unexpected<T>(&self, p: &Parser, expecting: &str) -> Parsed<T> {
        self.unexpected_at(p.index(), expecting)
    }

    pub(super) fn unexpected_at<T>(&self, index: usize, expecting: &str) -> Parsed<T> {
        let token = self.tokens.get(index).unwrap_or(&self.end);
        let next = self.tokens.get(index + 1).and_then(Token::word);
        if let Some((what, hint)) = token.word().and_then(|word| words::foreign_clause(word, next)) {
            return self.refuse(token.span, what, hint);
        }
        let place = Place::of(&self.text, token.span.start);
        let message = format!(
            "Encountered \"{}\" at line {}, column {}. Was expecting {expecting}",
            self.written(token),
            place.line,
            place.column
        );
        // The end of the text has no character of its own: show the last one.
        let span = match token.kind {
            TokenKind::End => self.tokens.last().map_or(token.span, |last| last.span),
            _ => token.span,
        };
        let finding = Diagnostic::invalid(span, message);
        self.fail(match super::hint::hint(self, index, expecting) {
            Some(hint) => finding.with_hint(hint),
            None => finding,
        })
    }

    /// The token as written.
    pub(super) fn written(&self, token: &Token) -> String {
        match token.kind {
            TokenKind::End => "<EOF>".to_owned(),
            _ => {
                let written = self.text.get(token.span.start..token.span.end).unwrap_or("");
                written.chars().take(60).collect()
            }
        }
    }

    /// Turns an error of sqlparser's own into a finding, unless we made one already.
    pub(super) fn adopt(&self, p: &Parser, error: &ParserError) {
        if self.failed() {
            return;
        }
        if matches!(error, ParserError::RecursionLimitExceeded) {
            let _: Parsed<()> = self.fail(too_deep(self.peek(p).span));
            return;
        }
        let message = error.to_string();
        let expecting = message
            .split_once("Expected: ")
            .and_then(|(_, rest)| rest.split_once(", found"))
            .map_or("something else", |(expected, _)| expected);
        let offset = message
            .rsplit_once("Column: ")
            .and_then(|(_, column)| column.parse::<usize>().ok())
            .map(|column| column.saturating_sub(1));
        let index = offset
            .and_then(|offset| self.tokens.iter().position(|t| t.span.start == offset))
            .unwrap_or_else(|| p.index().min(self.tokens.len()));
        let _: Parsed<()> = self.unexpected_at(index, &format!("\"{expecting}\""));
    }

    // --- expressions --------------------------------------------------------------------------------------

    /// An expression.
    pub(super) fn expr(&self, p: &mut Parser) -> Parsed<Expr> {
        self.expr_above(p, 0)
    }

    /// An expression of operators that bind more tightly than `strength`.
    pub(super) fn expr_above(&self, p: &mut Parser, strength: u8) -> Parsed<Expr> {
        let result = p.parse_subexpr(strength);
        if let Err(error) = &result {
            self.adopt(p, error);
        }
        let (expr, height) = self.convert(result?)?;
        if height > HEIGHT_MAX {
            return self.too_deep(expr.span);
        }
        self.height.set(self.height.get().max(height));
        Ok(expr)
    }

    /// Hands a node of ours to sqlparser.
    fn park(&self, expr: Expr, height: usize) -> Parsed<foreign::Expr> {
        if height > HEIGHT_MAX {
            return self.fail(too_deep(expr.span));
        }
        let mut parked = self.parked.borrow_mut();
        parked.push(Some((expr, height)));
        Ok(foreign::Expr::Value(foreign::ValueWithSpan {
            value: foreign::Value::Placeholder((parked.len() - 1).to_string()),
            span: ForeignSpan::empty(),
        }))
    }

    /// Takes a node of ours back from sqlparser.
    pub(super) fn fetch(&self, placeholder: &str) -> Option<(Expr, usize)> {
        let index: usize = placeholder.parse().ok()?;
        self.parked.borrow_mut().get_mut(index)?.take()
    }

    /// Parks what `inner` gives, one higher than the highest expression read on the way.
    fn park_over(
        &self,
        p: &mut Parser,
        left: usize,
        inner: impl FnOnce(&Self, &mut Parser) -> Parsed<Expr>,
    ) -> Parsed<foreign::Expr> {
        let outer = self.height.replace(left);
        let result = self.nested(p, inner);
        let height = self.height.replace(outer) + 1;
        self.park(result?, height)
    }

    /// Counts one more level of a tree that is built in a loop.
    pub(super) fn grow(&self, span: Span) -> Parsed<()> {
        self.height.set(self.height.get() + 1);
        if self.height.get() > HEIGHT_MAX {
            return self.too_deep(span);
        }
        Ok(())
    }

    pub(super) fn too_deep<T>(&self, span: Span) -> Parsed<T> {
        self.fail(too_deep(span))
    }

    /// Whether `ident` was written as this word without quotes.
    pub(super) fn is_plain(ident: &Ident, word: &str) -> bool {
        !ident.quoted && ident.name == word
    }
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::invalid(span, "The expression or query is nested too deeply")
        .with_hint("split it: move a part into a sub-select or a stream of its own")
}

impl Dialect for Kda {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_'
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<foreign::Expr, ParserError>> {
        if self.at_word(parser, "CASE") {
            parser.advance_token();
            return Some(self.nested(parser, |_, p| p.parse_case_expr()));
        }
        Some(self.park_over(parser, 0, Self::operand))
    }

    fn parse_infix(
        &self,
        parser: &mut Parser,
        expr: &foreign::Expr,
        _precedence: u8,
    ) -> Option<Result<foreign::Expr, ParserError>> {
        if !self.begins_predicate(parser) {
            return self
                .chain_too_long(expr)
                .then(|| self.too_deep(self.peek(parser).span));
        }
        let (left, height) = match self.convert(expr.clone()) {
            Ok(left) => left,
            Err(error) => return Some(Err(error)),
        };
        Some(self.park_over(parser, height, |kda, p| kda.predicate(p, left)))
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        Some(Ok(self.strength_of_next(parser)))
    }

    fn prec_value(&self, prec: Precedence) -> u8 {
        match prec {
            Precedence::Or => strength::OR,
            Precedence::And => strength::AND,
            Precedence::UnaryNot => strength::NOT,
            Precedence::PlusMinus => strength::SUM,
            Precedence::MulDivModOp => strength::PRODUCT,
            _ => strength::COMPARISON,
        }
    }
}

impl Kda {
    fn strength_of_next(&self, p: &Parser) -> u8 {
        match &self.peek(p).kind {
            TokenKind::Word(word) => match word.as_str() {
                "OR" => strength::OR,
                "AND" => strength::AND,
                "LIKE" => strength::COMPARISON,
                // SUBSTRING(s SIMILAR p ESCAPE e) has the word without TO.
                "SIMILAR" if self.peek_at(p, 1).is_word("TO") => strength::COMPARISON,
                "NOT" if matches!(self.peek_at(p, 1).word(), Some("LIKE" | "SIMILAR")) => {
                    strength::COMPARISON
                }
                _ if self.begins_predicate(p) => strength::COMPARISON,
                _ => 0,
            },
            TokenKind::Symbol("=" | "<>" | "<" | "<=" | ">" | ">=") => strength::COMPARISON,
            TokenKind::Symbol("+" | "-") => strength::SUM,
            TokenKind::Symbol("*" | "/" | "||") => strength::PRODUCT,
            _ => 0,
        }
    }
}
