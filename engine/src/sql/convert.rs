//! From sqlparser's tree of operators to ours.
//!
//! Only the forms that its expression grammar can still build here are known: operators between operands
//! and CASE. Everything else was read by us and comes as a placeholder.

use sqlparser::ast as foreign;

use super::ast::{BinaryOp, Expr, ExprKind, Literal};
use super::kda::{HEIGHT_MAX, Kda, Parsed};
use super::token::native_span;
use crate::diagnostic::{Diagnostic, Span};

/// Greatest number of operators in one chain such as `a OR b OR …`.
const CHAIN_MAX: usize = 2_000;
/// Operands of AND or OR from which a chain becomes a balanced tree.
const BALANCED_FROM: usize = 16;

impl Kda {
    /// The expression and the height of its tree.
    pub(super) fn convert(&self, expr: foreign::Expr) -> Parsed<(Expr, usize)> {
        match expr {
            foreign::Expr::Value(value) => self.converted_value(value),
            foreign::Expr::BinaryOp { .. } => self.converted_chain(expr),
            foreign::Expr::Case {
                case_token,
                end_token,
                operand,
                conditions,
                else_result,
            } => {
                let span = native_span(case_token.0.span).to(native_span(end_token.0.span));
                self.converted_case(span, operand, conditions, else_result)
            }
            other => self.foreign_form(&other),
        }
    }

    /// Whether the chain of operators on the left is as long as it may be.
    pub(super) fn chain_too_long(&self, mut expr: &foreign::Expr) -> bool {
        let mut length = 0;
        while let foreign::Expr::BinaryOp { left: next, .. } = expr {
            expr = next;
            length += 1;
        }
        length >= CHAIN_MAX
    }

    fn converted_value(&self, value: foreign::ValueWithSpan) -> Parsed<(Expr, usize)> {
        let span = native_span(value.span);
        match value.value {
            foreign::Value::Placeholder(number) => match self.fetch(&number) {
                Some(found) => Ok(found),
                None => self.fail(Diagnostic::bug(span, "An expression was read twice")),
            },
            _ => self.fail(Diagnostic::bug(span, "An operand was not read by the dialect")),
        }
    }

    /// A left-deep chain, without recursion along it.
    fn converted_chain(&self, expr: foreign::Expr) -> Parsed<(Expr, usize)> {
        let mut spine = Vec::new();
        let mut first = expr;
        while let foreign::Expr::BinaryOp { left, op, right } = first {
            spine.push((op, *right));
            first = *left;
        }
        let (mut tree, mut height) = self.convert(first)?;
        let mut rest = spine.into_iter().rev().peekable();
        while let Some((foreign_op, right)) = rest.next() {
            let Some(op) = operator(&foreign_op) else {
                return self.fail(Diagnostic::not_supported(
                    tree.span,
                    format!("The operator {foreign_op} is not part of the dialect"),
                ));
            };
            let mut operands = vec![(tree, height), self.convert(right)?];
            while let Some((_, right)) = rest.next_if(|(next, _)| associative(op) && *next == foreign_op) {
                operands.push(self.convert(right)?);
            }
            (tree, height) = joined(op, operands);
            if height > HEIGHT_MAX {
                return self.too_deep(tree.span);
            }
        }
        Ok((tree, height))
    }

    fn converted_case(
        &self,
        span: Span,
        operand: Option<Box<foreign::Expr>>,
        conditions: Vec<foreign::CaseWhen>,
        otherwise: Option<Box<foreign::Expr>>,
    ) -> Parsed<(Expr, usize)> {
        let mut highest = 0;
        let mut part = |expr: foreign::Expr| -> Parsed<Expr> {
            let (expr, height) = self.convert(expr)?;
            highest = highest.max(height);
            Ok(expr)
        };
        let operand = operand.map(|e| part(*e).map(Box::new)).transpose()?;
        let mut whens = Vec::with_capacity(conditions.len());
        for when in conditions {
            whens.push((part(when.condition)?, part(when.result)?));
        }
        let otherwise = otherwise.map(|e| part(*e).map(Box::new)).transpose()?;
        let kind = ExprKind::Case {
            operand,
            whens,
            otherwise,
        };
        Ok((Expr { kind, span }, highest + 1))
    }

    fn foreign_form<T>(&self, expr: &foreign::Expr) -> Parsed<T> {
        use sqlparser::ast::Spanned;
        let span = native_span(expr.span());
        self.fail(
            Diagnostic::not_supported(span, "This form of expression is not part of the dialect")
                .with_hint("fields are reached as alias.column.field, without parentheses"),
        )
    }
}

/// AND and OR may be grouped at will: evaluation goes from the left in any grouping.
fn associative(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::And | BinaryOp::Or)
}

/// One tree over operands in order: from the left as written, halved where a generated condition is so long
/// that whoever walks the tree would need too much stack.
fn joined(op: BinaryOp, mut operands: Vec<(Expr, usize)>) -> (Expr, usize) {
    if operands.len() > BALANCED_FROM {
        let right = operands.split_off(operands.len() / 2);
        return binary(op, joined(op, operands), joined(op, right));
    }
    let mut rest = operands.into_iter();
    let nothing = Expr {
        kind: ExprKind::Literal(Literal::Null),
        span: Span::default(),
    };
    let first = rest.next().unwrap_or((nothing, 0));
    rest.fold(first, |left, right| binary(op, left, right))
}

fn binary(op: BinaryOp, left: (Expr, usize), right: (Expr, usize)) -> (Expr, usize) {
    let span = left.0.span.to(right.0.span);
    let height = left.1.max(right.1) + 1;
    let kind = ExprKind::Binary {
        op,
        left: Box::new(left.0),
        right: Box::new(right.0),
    };
    (Expr { kind, span }, height)
}

fn operator(op: &foreign::BinaryOperator) -> Option<BinaryOp> {
    Some(match op {
        foreign::BinaryOperator::Plus => BinaryOp::Plus,
        foreign::BinaryOperator::Minus => BinaryOp::Minus,
        foreign::BinaryOperator::Multiply => BinaryOp::Times,
        foreign::BinaryOperator::Divide => BinaryOp::Divide,
        foreign::BinaryOperator::StringConcat => BinaryOp::Concat,
        foreign::BinaryOperator::Eq => BinaryOp::Eq,
        foreign::BinaryOperator::NotEq => BinaryOp::NotEq,
        foreign::BinaryOperator::Lt => BinaryOp::Lt,
        foreign::BinaryOperator::LtEq => BinaryOp::LtEq,
        foreign::BinaryOperator::Gt => BinaryOp::Gt,
        foreign::BinaryOperator::GtEq => BinaryOp::GtEq,
        foreign::BinaryOperator::And => BinaryOp::And,
        foreign::BinaryOperator::Or => BinaryOp::Or,
        foreign::BinaryOperator::Modulo => BinaryOp::Foreign,
        _ => return None,
    })
}
