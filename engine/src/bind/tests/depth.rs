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

#[test]
fn what_doubles_at_every_level_is_stopped() {
    let symmetric = |inner: Box<Expr>| ExprKind::Between {
        expr: Box::new(one()),
        low: Box::new(one()),
        high: Box::new(expr(ExprKind::Case {
            operand: None,
            whens: vec![(*inner, one())],
            otherwise: None,
        })),
        negated: false,
        symmetric: true,
    };
    let truth = expr(ExprKind::Literal(Literal::Boolean(Some(true))));
    let tree = (0..60).fold(truth, |inner, _| expr(symmetric(Box::new(inner))));
    assert!(!bind_item(tree).is_empty());
    let mut functions = "CREATE FUNCTION f0 (x INTEGER) RETURNS INTEGER RETURN x + x;".to_owned();
    for i in 1..40 {
        let before = i - 1;
        functions.push_str(&format!(
            "CREATE FUNCTION f{i} (x INTEGER) RETURNS INTEGER RETURN f{before}(x) + f{before}(x);"
        ));
    }
    assert!(!super::errors(&functions).is_empty());
    let mut functions = "CREATE FUNCTION f500 (x INTEGER) RETURNS INTEGER RETURN x;".to_owned();
    for i in 0..500 {
        let next = i + 1;
        functions.insert_str(
            0,
            &format!("CREATE FUNCTION g{i} (x INTEGER) RETURNS INTEGER RETURN g{next}(x);"),
        );
    }
    assert!(!super::errors(&functions).is_empty());
    let mut views = format!("{SOURCE}CREATE VIEW v0 AS SELECT STREAM UNIX_TIMESTAMP(ROWTIME) AS r FROM s;");
    for i in 1..40 {
        let before = i - 1;
        views.push_str(&format!(
            "CREATE VIEW v{i} AS SELECT STREAM r + r AS r FROM v{before};"
        ));
    }
    views.push_str("CREATE STREAM o AS SELECT STREAM COUNT(*) AS n FROM v39 GROUP BY r;");
    super::good(&views);
}

#[test]
fn views_are_not_stacked_without_end() {
    let mut views = format!("{SOURCE}CREATE VIEW v0 AS SELECT STREAM qty FROM s;");
    for i in 1..400 {
        let before = i - 1;
        views.push_str(&format!("CREATE VIEW v{i} AS SELECT STREAM qty FROM v{before};"));
    }
    assert_eq!(super::errors(&views), ["Views are nested too deeply"]);
}
