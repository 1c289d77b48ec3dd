//! Predicates behind their left side: IS, BETWEEN, IN, LIKE, SIMILAR TO, and those of periods (`sql.md` §5.2, §10).
//!
//! All bind as comparisons do, except IS TRUE, FALSE and UNKNOWN, which bind weaker than NOT. sqlparser has
//! most of them, but reads the right side of IS DISTINCT FROM past an AND, takes only a literal behind ESCAPE,
//! and knows neither SYMMETRIC nor our sub-queries.

use sqlparser::parser::Parser;

use super::ast::{BinaryOp, Expr, ExprKind, IsTest, PeriodModifier, PeriodOp};
use super::hooks::strength;
use super::kda::{Kda, Parsed};
use super::token::{Token, TokenKind};
use crate::diagnostic::Diagnostic;

fn period_op(token: &Token) -> Option<PeriodOp> {
    Some(match token.word()? {
        "EQUALS" => PeriodOp::Equals,
        "CONTAINS" => PeriodOp::Contains,
        "OVERLAPS" => PeriodOp::Overlaps,
        "PRECEDES" => PeriodOp::Precedes,
        "SUCCEEDS" => PeriodOp::Succeeds,
        "LEADS" => PeriodOp::Leads,
        "LAGS" => PeriodOp::Lags,
        _ => return None,
    })
}

impl Kda {
    /// Whether a predicate of ours begins here.
    pub(super) fn begins_predicate(&self, p: &Parser) -> bool {
        let next = self.peek_at(p, 1);
        match self.peek(p).word() {
            Some("IS" | "BETWEEN" | "IN" | "LIKE") => true,
            // SUBSTRING(s SIMILAR p ESCAPE e) has the word without TO.
            Some("SIMILAR") => next.is_word("TO"),
            Some("NOT") => match next.word() {
                Some("BETWEEN" | "IN" | "LIKE") => true,
                Some("SIMILAR") => self.peek_at(p, 2).is_word("TO"),
                _ => false,
            },
            Some(_) => self.begins_period_predicate(p),
            None => false,
        }
    }

    /// Whether `IS [NOT] TRUE`, `FALSE` or `UNKNOWN` begins here.
    pub(super) fn begins_truth_test(&self, p: &Parser) -> bool {
        let ahead = if self.peek_at(p, 1).is_word("NOT") { 2 } else { 1 };
        self.peek(p).is_word("IS")
            && matches!(self.peek_at(p, ahead).word(), Some("TRUE" | "FALSE" | "UNKNOWN"))
    }

    /// The words of period predicates are not reserved: they are predicates between `)` and an operand only.
    fn begins_period_predicate(&self, p: &Parser) -> bool {
        if !self.previous(p).is_symbol(")") {
            return false;
        }
        let modifier = matches!(self.peek(p).word(), Some("STRICTLY" | "IMMEDIATELY"));
        let ahead = usize::from(modifier);
        let Some(op) = period_op(self.peek_at(p, ahead)) else {
            return false;
        };
        let operand = self.peek_at(p, ahead + 1);
        operand.is_symbol("(")
            || operand.is_word("PERIOD")
            || (op == PeriodOp::Contains
                && match &operand.kind {
                    TokenKind::Word(word) => !matches!(word.as_str(), "FROM" | "AS" | "AND" | "OR"),
                    TokenKind::Quoted(_) | TokenKind::Symbol("{") => true,
                    _ => false,
                })
    }

    /// Reads the predicate that begins here.
    pub(super) fn predicate(&self, p: &mut Parser, left: Expr) -> Parsed<Expr> {
        let start = left.span.start;
        let others = ["IS", "NOT", "BETWEEN", "IN", "LIKE", "SIMILAR"];
        if self.peek(p).word().is_none_or(|word| !others.contains(&word)) {
            return self.period_chain(p, left);
        }
        let kind = if self.take_word(p, "IS") {
            self.is_test(p, left)?
        } else {
            let negated = self.take_word(p, "NOT");
            if self.take_word(p, "IN") {
                self.in_predicate(p, left, negated)?
            } else if self.take_word(p, "LIKE") {
                self.like(p, left, negated, false)?
            } else if self.take_words(p, &["SIMILAR", "TO"]) {
                self.like(p, left, negated, true)?
            } else {
                self.advance(p);
                self.between(p, left, negated)?
            }
        };
        Ok(Expr {
            kind,
            span: self.since(p, start),
        })
    }

    fn is_test(&self, p: &mut Parser, left: Expr) -> Parsed<ExprKind> {
        let negated = self.take_word(p, "NOT");
        if self.take_words(p, &["DISTINCT", "FROM"]) {
            let right = Box::new(self.expr_above(p, strength::COMPARISON)?);
            let left = Box::new(left);
            return Ok(ExprKind::IsDistinct { left, right, negated });
        }
        let test = match self.peek(p).word() {
            Some("NULL") => IsTest::Null,
            Some("TRUE") => IsTest::True,
            Some("FALSE") => IsTest::False,
            Some("UNKNOWN") => IsTest::Unknown,
            _ => return self.unexpected(p, "one of NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM"),
        };
        self.advance(p);
        let expr = Box::new(left);
        Ok(ExprKind::Is { expr, test, negated })
    }

    fn between(&self, p: &mut Parser, left: Expr, negated: bool) -> Parsed<ExprKind> {
        let symmetric = self.take_word(p, "SYMMETRIC");
        if !symmetric {
            self.take_word(p, "ASYMMETRIC");
        }
        let low = Box::new(self.expr_above(p, strength::COMPARISON)?);
        self.expect_word(p, "AND")?;
        let high = Box::new(self.expr_above(p, strength::COMPARISON)?);
        Ok(ExprKind::Between {
            expr: Box::new(left),
            low,
            high,
            negated,
            symmetric,
        })
    }

    fn like(&self, p: &mut Parser, left: Expr, negated: bool, similar: bool) -> Parsed<ExprKind> {
        let pattern = Box::new(self.expr_above(p, strength::COMPARISON)?);
        let escape = if self.take_word(p, "ESCAPE") {
            Some(Box::new(self.expr_above(p, strength::COMPARISON)?))
        } else {
            None
        };
        Ok(ExprKind::Like {
            expr: Box::new(left),
            pattern,
            escape,
            negated,
            similar,
        })
    }

    fn in_predicate(&self, p: &mut Parser, left: Expr, negated: bool) -> Parsed<ExprKind> {
        let expr = Box::new(left);
        if self.at_symbol(p, "(") && self.query_at(p, 1) {
            let query = Box::new(self.parenthesised_query(p)?);
            return Ok(ExprKind::InSubquery { expr, query, negated });
        }
        self.expect_symbol(p, "(")?;
        let list = self.list(p, Self::expr)?;
        if !self.take_symbol(p, ")") {
            return self.unexpected(p, "\",\" or \")\"");
        }
        Ok(ExprKind::InList { expr, list, negated })
    }

    /// `PERIOD (s, e)`: the row behind the word.
    pub(super) fn period_row(&self, p: &mut Parser) -> Parsed<ExprKind> {
        self.expect_symbol(p, "(")?;
        let bounds = self.list(p, Self::expr)?;
        if bounds.len() != 2 || !self.at_symbol(p, ")") {
            return self.unexpected(p, "a period of two timestamps");
        }
        self.advance(p);
        Ok(ExprKind::Row(bounds))
    }

    /// `p1 PRECEDES p2 PRECEDES p3` is `p1 PRECEDES p2 AND p2 PRECEDES p3`.
    fn period_chain(&self, p: &mut Parser, first: Expr) -> Parsed<Expr> {
        let mut left = first;
        let mut result: Option<Expr> = None;
        while self.begins_period_predicate(p) {
            let modifier = self.period_modifier(p);
            let Some(op) = period_op(self.peek(p)) else {
                return self.unexpected(p, "a predicate of periods");
            };
            self.advance(p);
            let right = self.expr_above(p, strength::COMPARISON)?;
            let span = left.span.to(right.span);
            self.grow(span)?;
            let (start, end) = self.bounds(&left)?;
            let point = op == PeriodOp::Contains && !matches!(right.kind, ExprKind::Row(_));
            let right_bounds = if point {
                (Box::new(right.clone()), None)
            } else {
                let (s, e) = self.bounds(&right)?;
                (s, Some(e))
            };
            let kind = ExprKind::PeriodPredicate {
                op,
                modifier,
                left: (start, end),
                right: right_bounds,
            };
            result = Some(conjunction(result, Expr { kind, span }));
            left = right;
        }
        match result {
            Some(expr) => Ok(expr),
            None => self.unexpected(p, "a predicate of periods"),
        }
    }

    fn period_modifier(&self, p: &mut Parser) -> PeriodModifier {
        if self.take_word(p, "STRICTLY") {
            PeriodModifier::Strictly
        } else if self.take_word(p, "IMMEDIATELY") {
            PeriodModifier::Immediately
        } else {
            PeriodModifier::None
        }
    }

    fn bounds(&self, period: &Expr) -> Parsed<(Box<Expr>, Box<Expr>)> {
        if let ExprKind::Row(items) = &period.kind
            && let [start, end] = items.as_slice()
        {
            return Ok((Box::new(start.clone()), Box::new(end.clone())));
        }
        self.fail(
            Diagnostic::invalid(period.span, "A period is expected here: (start, end)")
                .with_hint("write PERIOD (start, end)"),
        )
    }
}

fn conjunction(left: Option<Expr>, right: Expr) -> Expr {
    let Some(left) = left else { return right };
    let span = left.span.to(right.span);
    let kind = ExprKind::Binary {
        op: BinaryOp::And,
        left: Box::new(left),
        right: Box::new(right),
    };
    Expr { kind, span }
}
