//! TABLE(f(CURSOR(query), …)): bound for its columns and the faults in it; most are refused, since they do not run yet.
//!
//! What comes back offers the columns that the function will give (`functions.md` §2.1, §10, §11), so that the
//! query around it is checked as it will be when the function runs.

use super::binder::Binder;
use super::monotonicity::Order;
use super::relation::{Column, Relation};
use super::select;
use super::suggestion::did_you_mean;
use crate::diagnostic::{Diagnostic, Span};
use crate::sql::ast::{Expr, ExprKind, FunctionCall, Literal};
use crate::types::SqlType;

mod random_cut_forest;

/// Table functions of FROM TABLE(…).
pub(super) const NAMES: [&str; 6] = [
    "COUNT_DISTINCT_ITEMS_TUMBLING",
    "GROUP_RANK",
    "HOTSPOTS",
    "RANDOM_CUT_FOREST",
    "RANDOM_CUT_FOREST_WITH_EXPLANATION",
    "TOP_K_ITEMS_TUMBLING",
];

/// What the function gives, without a way to compute it.
pub(super) fn bind(binder: &Binder, call: &FunctionCall) -> Relation {
    let name = call.name.name.to_uppercase();
    let mut cursor = None;
    for (i, arg) in call.args.iter().enumerate() {
        if let ExprKind::Cursor(query) = &arg.kind {
            let relation = select::query(binder, query);
            if i == 0 {
                cursor = Some(relation);
            }
        }
    }
    if !NAMES.contains(&name.as_str()) {
        unknown(binder, call, &name);
        return Relation::unknown();
    }
    let Some(cursor) = cursor else {
        let message = format!("{name} needs the rows to work on as its first argument");
        let hint = format!("write TABLE({name}(CURSOR(SELECT STREAM * FROM s), …))");
        binder
            .faults
            .report(Diagnostic::invalid(call.span, message).with_hint(hint));
        return Relation::unknown();
    };
    check_arguments(binder, call, &name, &cursor);
    if name.starts_with("RANDOM_CUT_FOREST") {
        return random_cut_forest::bind(binder, call, &name, cursor);
    }
    binder.faults.report(Diagnostic::not_implemented(
        call.span,
        format!("{name} cannot run yet"),
    ));
    output(&name, call, cursor)
}

fn unknown(binder: &Binder, call: &FunctionCall, name: &str) {
    let message = format!("No match found for function signature {name}(…)");
    let mut d = Diagnostic::invalid(call.span, message);
    d.hint = match name {
        "TUMBLE" | "HOP" | "SESSION" | "STEP" => {
            Some("windows stand in GROUP BY: STEP(s.ROWTIME BY INTERVAL '1' MINUTE)".to_owned())
        }
        _ => did_you_mean(name, NAMES),
    };
    binder.faults.report(d);
}

/// The least and the greatest number of arguments, the cursor included.
fn arity(name: &str) -> (usize, usize) {
    match name {
        "COUNT_DISTINCT_ITEMS_TUMBLING" => (3, 3),
        "GROUP_RANK" => (7, 7),
        "HOTSPOTS" | "TOP_K_ITEMS_TUMBLING" => (4, 4),
        "RANDOM_CUT_FOREST" => (1, 5),
        _ => (1, 6),
    }
}

fn check_arguments(binder: &Binder, call: &FunctionCall, name: &str, cursor: &Relation) {
    let (least, most) = arity(name);
    let given = call.args.len();
    if given < least || given > most {
        let expected = if least == most {
            least.to_string()
        } else {
            format!("{least} to {most}")
        };
        let message =
            format!("Invalid number of arguments to function '{name}'. Was expecting {expected} arguments");
        binder.faults.report(Diagnostic::invalid(call.span, message));
    }
    if !names_column(name) {
        return;
    }
    let Some(arg) = call.args.get(1) else {
        return;
    };
    match text_of(arg) {
        Some(column) => expect_column(binder, cursor, column, arg.span),
        None => {
            let message = format!("Argument to function '{name}' must be a literal");
            let hint = "write the column's name in single quotes";
            binder
                .faults
                .report(Diagnostic::invalid(arg.span, message).with_hint(hint));
        }
    }
}

/// Whether the second argument names a column of the cursor.
fn names_column(name: &str) -> bool {
    matches!(
        name,
        "COUNT_DISTINCT_ITEMS_TUMBLING" | "GROUP_RANK" | "TOP_K_ITEMS_TUMBLING"
    )
}

fn text_of(arg: &Expr) -> Option<&str> {
    match &arg.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}

/// Such a name is a text and matches exactly (`sql.md` §9.6).
fn expect_column(binder: &Binder, cursor: &Relation, column: &str, span: Span) {
    let known = || {
        cursor
            .columns
            .iter()
            .filter(|c| !c.system)
            .map(|c| c.name.as_str())
    };
    if !cursor.complete || known().any(|name| name == column) {
        return;
    }
    let message = format!("Column '{column}' not found in the cursor");
    let same = known().find(|name| name.eq_ignore_ascii_case(column));
    let mut d = Diagnostic::invalid(span, message);
    d.hint = same
        .map(|name| format!("the name is compared letter by letter: write '{name}'"))
        .or_else(|| did_you_mean(column, known()));
    binder.faults.report(d);
}

/// The cursor's columns and the function's own, or its own only.
fn output(name: &str, call: &FunctionCall, cursor: Relation) -> Relation {
    let text = |length| SqlType::Varchar(length);
    let (passes, own): (bool, Vec<(&str, SqlType)>) = match name {
        "HOTSPOTS" => (true, vec![("HOTSPOTS_RESULT", text(10_000))]),
        "GROUP_RANK" => match call.args.get(2).and_then(text_of) {
            Some(rank) => (true, vec![(rank, SqlType::Integer)]),
            None => return Relation::unknown(),
        },
        "TOP_K_ITEMS_TUMBLING" => (
            false,
            vec![("ITEM", text(1_024)), ("ITEM_COUNT", SqlType::BigInt)],
        ),
        _ => (false, vec![("NUMBER_OF_DISTINCT_ITEMS", SqlType::BigInt)]),
    };
    let complete = cursor.complete || !passes;
    let mut columns: Vec<Column> = cursor
        .columns
        .into_iter()
        .filter(|c| passes && !c.system)
        .map(|c| Column {
            order: Order::unordered(),
            ..c
        })
        .collect();
    columns.extend(own.into_iter().map(|(name, ty)| Column {
        name: name.to_owned(),
        ty: Some(ty),
        order: Order::unordered(),
        span: call.span,
        system: false,
    }));
    Relation {
        columns,
        plan: None,
        complete,
    }
}
