//! The parser against the forms of `sql.md`, `functions.md`, `windows-and-time.md` and `usage.md`.

mod applications;
mod faults;
mod forms;
mod fuzz;
mod lexical;
mod places;
mod queries;

use super::ast::*;
use crate::diagnostic::{Diagnostic, Severity, Span};

/// What a missing last `;` is told by.
const UNCLOSED: &str = "The last statement does not end in a semicolon";

/// Parses a script; most of those here are fragments, whose missing last `;` is not what they are about.
fn parse(text: &str) -> (Vec<Statement>, Vec<Diagnostic>) {
    let (statements, mut findings) = super::parse(text);
    findings.retain(|d| d.message != UNCLOSED);
    (statements, findings)
}

/// The statements of a script without any finding.
fn clean(text: &str) -> Vec<Statement> {
    let (statements, findings) = parse(text);
    assert!(findings.is_empty(), "{text}\n{findings:#?}");
    statements
}

/// The statements of a script whose findings are lenient ones or warnings only.
fn lenient(text: &str) -> (Vec<Statement>, Vec<Diagnostic>) {
    let (statements, findings) = parse(text);
    assert!(
        findings.iter().all(|d| d.severity != Severity::Error),
        "{text}\n{findings:#?}"
    );
    (statements, findings)
}

/// The one expression of `VALUES …`.
fn expression(text: &str) -> Expr {
    let statements = clean(&format!("VALUES {text}"));
    match statements.into_iter().next().map(|s| s.kind) {
        Some(StatementKind::Query(Query {
            body: QueryBody::Values(mut rows),
            ..
        })) => rows.remove(0).remove(0),
        other => panic!("{text}: {other:?}"),
    }
}

/// The SELECT of a script of one query or pump.
fn select(text: &str) -> Select {
    let statement = lenient(text).0.remove(0);
    let query = match statement.kind {
        StatementKind::Query(query) => query,
        StatementKind::Insert(insert) => insert.query,
        StatementKind::CreatePump(pump) => pump.insert.query,
        other => panic!("{text}: {other:?}"),
    };
    match query.body {
        QueryBody::Select(select) => *select,
        other => panic!("{text}: {other:?}"),
    }
}

/// The expression with every operator in parentheses, to compare shapes.
fn shape(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(shape).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Name(path) => path.iter().map(|i| i.name.clone()).collect::<Vec<_>>().join("."),
        ExprKind::Literal(literal) => match literal {
            Literal::Null => "NULL".into(),
            Literal::Boolean(b) => format!("{b:?}"),
            Literal::Number(n) => n.clone(),
            Literal::String(s) => format!("'{s}'"),
            Literal::Binary(s) => format!("X'{s}'"),
            Literal::Date(s) => format!("D'{s}'"),
            Literal::Time(s) => format!("T'{s}'"),
            Literal::Timestamp(s) => format!("TS'{s}'"),
            Literal::Interval {
                negative,
                text,
                qualifier,
            } => format!("I{}'{text}' {qualifier}", if *negative { "-" } else { "" }),
        },
        ExprKind::Sign { minus, expr } => format!("({}{})", if *minus { "-" } else { "+" }, shape(expr)),
        ExprKind::Not(e) => format!("(NOT {})", shape(e)),
        ExprKind::Binary { op, left, right } => format!("({} {op:?} {})", shape(left), shape(right)),
        ExprKind::Between {
            expr,
            low,
            high,
            negated,
            symmetric,
        } => format!(
            "({}{} BETWEEN{} {} {})",
            shape(expr),
            if *negated { " NOT" } else { "" },
            if *symmetric { " SYMMETRIC" } else { "" },
            shape(low),
            shape(high)
        ),
        ExprKind::InList {
            expr,
            list: l,
            negated,
        } => {
            format!(
                "({}{} IN [{}])",
                shape(expr),
                if *negated { " NOT" } else { "" },
                list(l)
            )
        }
        ExprKind::Like {
            expr,
            pattern,
            escape,
            negated,
            similar,
        } => format!(
            "({}{} {} {}{})",
            shape(expr),
            if *negated { " NOT" } else { "" },
            if *similar { "SIMILAR" } else { "LIKE" },
            shape(pattern),
            escape
                .as_ref()
                .map(|e| format!(" ESCAPE {}", shape(e)))
                .unwrap_or_default()
        ),
        ExprKind::Is { expr, test, negated } => {
            format!(
                "({} IS{} {test:?})",
                shape(expr),
                if *negated { " NOT" } else { "" }
            )
        }
        ExprKind::IsDistinct { left, right, negated } => {
            format!(
                "({} DISTINCT{} {})",
                shape(left),
                if *negated { " NOT" } else { "" },
                shape(right)
            )
        }
        ExprKind::DatetimeDifference {
            left,
            right,
            qualifier,
        } => {
            format!("({} MINUS {} {qualifier})", shape(left), shape(right))
        }
        ExprKind::Floor { expr, unit, ceil } => {
            let name = if *ceil { "CEIL" } else { "FLOOR" };
            format!(
                "{name}({}{})",
                shape(expr),
                unit.map(|u| format!(" TO {u}")).unwrap_or_default()
            )
        }
        ExprKind::Step { expr, by } => format!("STEP({} BY {})", shape(expr), shape(by)),
        ExprKind::Row(items) => format!("ROW({})", list(items)),
        ExprKind::Function(call) => format!(
            "{}({}{})",
            call.name.name,
            if call.star { "*" } else { "" },
            list(&call.args)
        ),
        ExprKind::PeriodPredicate {
            op,
            modifier,
            left,
            right,
        } => format!(
            "[{} {}] {modifier:?} {op:?} [{}{}]",
            shape(&left.0),
            shape(&left.1),
            shape(&right.0),
            right
                .1
                .as_ref()
                .map(|e| format!(" {}", shape(e)))
                .unwrap_or_default()
        ),
        ExprKind::Case {
            operand,
            whens,
            otherwise,
        } => format!(
            "CASE {} {} ELSE {}",
            operand.as_ref().map(|e| shape(e)).unwrap_or_default(),
            whens
                .iter()
                .map(|(c, r)| format!("{}:{}", shape(c), shape(r)))
                .collect::<Vec<_>>()
                .join(" "),
            otherwise.as_ref().map(|e| shape(e)).unwrap_or_default()
        ),
        ExprKind::Cast { expr, ty, .. } => format!("CAST({} AS {ty})", shape(expr)),
        other => format!("{other:?}")
            .chars()
            .take_while(|c| c.is_alphanumeric())
            .collect(),
    }
}
