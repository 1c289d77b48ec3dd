//! Names: where a reserved word may stand for one, and where it may not (`decisions.md` 2).
//!
//! In a column list, after AS, and as a column reference a reserved word is read as a name and said so
//! (lenient); anywhere else it is refused with the advice to quote it.

use sqlparser::parser::Parser;

use super::ast::Ident;
use super::kda::{Kda, Parsed};
use super::token::{Token, TokenKind};
use super::words;
use crate::diagnostic::Diagnostic;

/// Greatest length of an identifier in characters (`sql.md` §1.1).
pub const IDENTIFIER_MAX: usize = 128;

impl Kda {
    /// The token as a name, without judging reserved words.
    fn token_name(&self, token: &Token) -> Option<Ident> {
        let (name, quoted) = match &token.kind {
            TokenKind::Word(word) => (word.clone(), false),
            TokenKind::Quoted(name) => (name.clone(), true),
            _ => return None,
        };
        if name.chars().count() > IDENTIFIER_MAX {
            self.report_once(Diagnostic::invalid(
                token.span,
                format!(
                    "Length of identifier '{name}' must be less than or equal to {IDENTIFIER_MAX} characters"
                ),
            ));
        }
        Some(Ident {
            name,
            quoted,
            span: token.span,
        })
    }

    /// Whether the next token can be a name as it stands.
    pub(super) fn at_plain_name(&self, p: &Parser) -> bool {
        match &self.peek(p).kind {
            TokenKind::Quoted(_) => true,
            TokenKind::Word(word) => !words::is_reserved(word),
            _ => false,
        }
    }

    /// A name in a place where a reserved word needs quotes.
    pub(super) fn name(&self, p: &mut Parser, expecting: &str) -> Parsed<Ident> {
        if !self.at_plain_name(p) {
            return self.unexpected(p, expecting);
        }
        self.any_name(p, expecting)
    }

    /// A name where the grammar leaves no doubt: a reserved word is accepted and noted.
    pub(super) fn lenient_name(&self, p: &mut Parser, expecting: &str) -> Parsed<Ident> {
        let ident = self.any_name(p, expecting)?;
        self.note_reserved(&ident);
        Ok(ident)
    }

    /// The name of a window or an alias of a relation: as lenient, but a clause may follow, so a word of the
    /// query's frame is none.
    pub(super) fn label(&self, p: &mut Parser, expecting: &str) -> Parsed<Ident> {
        if self.peek(p).word().is_some_and(words::is_structural) {
            return self.unexpected(p, expecting);
        }
        self.lenient_name(p, expecting)
    }

    fn any_name(&self, p: &mut Parser, expecting: &str) -> Parsed<Ident> {
        match self.token_name(self.peek(p)) {
            Some(ident) => {
                self.advance(p);
                Ok(ident)
            }
            None => self.unexpected(p, expecting),
        }
    }

    /// Notes a reserved word that was read as a name; system columns are used like that by design.
    pub(super) fn note_reserved(&self, ident: &Ident) {
        if ident.quoted || !words::is_reserved(&ident.name) || words::is_system_name(&ident.name) {
            return;
        }
        self.report(
            Diagnostic::lenient(
                ident.span,
                format!("{} is a reserved word; it is read as a name here", ident.name),
            )
            .with_hint(format!("write \"{}\" in double quotes", ident.name)),
        );
    }

    /// `name` or `schema.name`: the last part.
    pub(super) fn object_name(&self, p: &mut Parser, expecting: &str) -> Parsed<Ident> {
        let mut name = self.name(p, expecting)?;
        while self.take_symbol(p, ".") {
            name = self.lenient_name(p, "a name")?;
        }
        Ok(name)
    }

    /// `name {. name}` as a reference; the first part may be a reserved word.
    pub(super) fn path(&self, p: &mut Parser) -> Parsed<Vec<Ident>> {
        let mut parts = vec![self.lenient_name(p, "a name")?];
        while self.take_symbol(p, ".") {
            parts.push(self.lenient_name(p, "a name")?);
        }
        Ok(parts)
    }

    /// `(name, …)`.
    pub(super) fn name_list(&self, p: &mut Parser) -> Parsed<Vec<Ident>> {
        self.expect_symbol(p, "(")?;
        let names = self.list(p, |kda, p| kda.lenient_name(p, "a column name"))?;
        if !self.take_symbol(p, ")") {
            return self.unexpected(p, "\",\" or \")\"");
        }
        Ok(names)
    }

    /// What follows AS, where it is an alias. A word of the query's frame is one only if the item ends there.
    pub(super) fn alias_after_as(&self, p: &mut Parser) -> Parsed<Ident> {
        if let Some(word) = self.peek(p).word()
            && words::is_structural(word)
        {
            let next = self.peek_at(p, 1);
            let ends =
                matches!(next.kind, TokenKind::End | TokenKind::Symbol("," | ")")) || next.is_word("FROM");
            if !ends {
                return self.unexpected(p, "an alias after AS");
            }
        }
        self.lenient_name(p, "an alias after AS")
    }
}
