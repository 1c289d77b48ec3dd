//! What every part of the parser shares: the cursor over one statement's tokens, and its findings.
//!
//! The position is sqlparser's (its `Parser` is handed around), the tokens are ours, one for one. A failure
//! carries no text of its own: the first one is kept here as a diagnostic with its place and hint.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sqlparser::parser::{Parser, ParserError};

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

/// The dialect and the state of parsing one statement.
#[derive(Debug)]
pub(super) struct Kda {
    pub(super) text: Rc<str>,
    tokens: Vec<Token>,
    end: Token,
    findings: RefCell<Vec<Diagnostic>>,
    failure: RefCell<Option<Diagnostic>>,
    pub(super) parked: RefCell<Vec<Option<(Expr, usize)>>>,
    nesting: Cell<usize>,
    pub(super) height: Cell<usize>,
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

    /// Notes something about a name once, however often the name is written.
    pub(super) fn report_once(&self, finding: Diagnostic) {
        let mut said = self.findings.borrow_mut();
        if said.iter().all(|before| before.message != finding.message) {
            said.push(finding);
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

    /// Takes a node of ours back from sqlparser.
    pub(super) fn fetch(&self, placeholder: &str) -> Option<(Expr, usize)> {
        let index: usize = placeholder.parse().ok()?;
        self.parked.borrow_mut().get_mut(index)?.take()
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

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::invalid(span, "The expression or query is nested too deeply")
        .with_hint("split it: move a part into a sub-select or a stream of its own")
}
