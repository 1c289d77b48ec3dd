//! Trees of any shape and size end in a plan or a finding, never in a panic.
//!
//! The trees are built by hand, deeper than any parser would let through.

use super::SOURCE;
use crate::bind::{BindOptions, bind};
use crate::diagnostic::{Diagnostic, Span};
use crate::sql::ast::{
    BinaryOp, Expr, ExprKind, Ident, Literal, QueryBody, SelectItem, Statement, StatementKind,
};

fn expr(kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: Span::default(),
    }
}

fn one() -> Expr {
    expr(ExprKind::Literal(Literal::Number("1".to_owned())))
}

/// Binds `SELECT STREAM <item> AS x FROM s`.
fn bind_item(item: Expr) -> Vec<Diagnostic> {
    let text = format!("{SOURCE}CREATE STREAM o AS SELECT STREAM qty AS x FROM s;");
    let (mut script, _): (Vec<Statement>, _) = crate::sql::parse(&text);
    let Some(StatementKind::CreateStream(create)) = script.last_mut().map(|s| &mut s.kind) else {
        panic!("no stream");
    };
    let Some(QueryBody::Select(select)) = create.query.as_mut().map(|q| &mut q.body) else {
        panic!("no select");
    };
    select.items = vec![SelectItem::Expr {
        expr: item,
        alias: Some(Ident {
            name: "X".to_owned(),
            quoted: false,
            span: Span::default(),
        }),
    }];
    bind(&script, &BindOptions::default()).1
}

fn nested(depth: usize, wrap: impl Fn(Box<Expr>) -> ExprKind) -> Expr {
    (0..depth).fold(one(), |inner, _| expr(wrap(Box::new(inner))))
}

fn chain(length: usize, op: BinaryOp, operand: &Expr) -> Expr {
    (0..length).fold(operand.clone(), |left, _| {
        expr(ExprKind::Binary {
            op,
            left: Box::new(left),
            right: Box::new(operand.clone()),
        })
    })
}

#[test]
fn deep_nesting_is_refused() {
    let sign = |inner| ExprKind::Sign {
        minus: true,
        expr: inner,
    };
    assert!(bind_item(nested(100, sign)).is_empty());
    let found = bind_item(nested(2_000, sign));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].message, "Expression is nested too deeply");
    let between = |inner: Box<Expr>| ExprKind::Between {
        low: inner.clone(),
        high: Box::new(one()),
        expr: inner,
        negated: false,
        symmetric: true,
    };
    assert!(!bind_item(nested(8, between)).is_empty());
}

#[test]
fn long_chains_are_not_deep() {
    let truth = expr(ExprKind::Literal(Literal::Boolean(Some(true))));
    assert!(bind_item(chain(1_500, BinaryOp::Or, &truth)).is_empty());
    assert!(bind_item(chain(400, BinaryOp::Plus, &one())).is_empty());
    assert!(!bind_item(chain(1_500, BinaryOp::Plus, &one())).is_empty());
}

#[test]
fn deeply_nested_queries_are_refused() {
    let mut query = "SELECT STREAM qty FROM s".to_owned();
    for _ in 0..45 {
        query = format!("SELECT STREAM qty FROM ({query})");
    }
    let found = super::errors(&format!("{SOURCE}CREATE STREAM o AS {query};"));
    assert_eq!(found.len(), 1, "{found:?}");
}
