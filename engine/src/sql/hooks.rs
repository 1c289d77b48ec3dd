//! The `Dialect` by which sqlparser's expression parser calls back into ours.
//!
//! sqlparser climbs the precedences and reads the operators between operands; every operand, predicate and
//! clause of the dialect is ours. A node of ours travels through sqlparser's tree as a numbered placeholder
//! and is fetched again by the conversion, so nothing of the foreign tree has to fit our forms.

use sqlparser::ast as foreign;
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Span as ForeignSpan;

use super::ast::Expr;
use super::kda::{HEIGHT_MAX, Kda, Parsed, too_deep};
use super::token::{FOREIGN_OPERATOR, TokenKind};

/// Binding strength of operators, `sql.md` §5.1 from the weakest.
pub(super) mod strength {
    pub(in crate::sql) const OR: u8 = 5;
    pub(in crate::sql) const AND: u8 = 10;
    /// IS [NOT] TRUE, FALSE or UNKNOWN: `NOT UNKNOWN IS TRUE` is documented FALSE.
    pub(in crate::sql) const TRUTH: u8 = 12;
    pub(in crate::sql) const NOT: u8 = 15;
    pub(in crate::sql) const COMPARISON: u8 = 20;
    pub(in crate::sql) const SUM: u8 = 30;
    pub(in crate::sql) const PRODUCT: u8 = 40;
    pub(in crate::sql) const SIGN: u8 = 50;
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

    fn strength_of_next(&self, p: &Parser) -> u8 {
        match &self.peek(p).kind {
            TokenKind::Word(word) => match word.as_str() {
                "OR" => strength::OR,
                "AND" => strength::AND,
                "IS" if self.begins_truth_test(p) => strength::TRUTH,
                _ if self.begins_predicate(p) => strength::COMPARISON,
                _ => 0,
            },
            TokenKind::Symbol("=" | "<>" | "<" | "<=" | ">" | ">=") => strength::COMPARISON,
            TokenKind::Symbol("+" | "-") => strength::SUM,
            TokenKind::Symbol("*" | "/" | "||" | FOREIGN_OPERATOR) => strength::PRODUCT,
            _ => 0,
        }
    }
}
