//! TABLE(f(CURSOR(query), …)): the cursor's plan under the function, with its arguments as constants.
//!
//! Each family of functions reads its own arguments. Whatever becomes of them, the columns that the function
//! gives (`functions.md` §2.1, §10, §11) are offered to the query around it, so that it is checked too.

use super::binder::Binder;
use super::faults::{Bound, Reported};
use super::monotonicity::{Basis, Direction, Order};
use super::relation::{Column, Relation};
use super::select;
use super::suggestion::did_you_mean;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::table_function::{RankOrder, TableFunction};
use crate::plan::{Field, Plan};
use crate::sql::ast::{Expr, ExprKind, FunctionCall};
use crate::types::SqlType;

mod arguments;
mod group_rank;
mod hotspots;
mod items;
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

/// The function over its cursor.
pub(super) fn bind(binder: &Binder, call: &FunctionCall) -> Relation {
    let name = call.name.name.to_uppercase();
    let cursors: Vec<Relation> = (call.args.iter())
        .filter_map(|arg| match &arg.kind {
            ExprKind::Cursor(query) => Some(select::query(binder, query)),
            _ => None,
        })
        .collect();
    if !NAMES.contains(&name.as_str()) {
        unknown(binder, call, &name);
        return Relation::unknown();
    }
    let first = call.args.first().map(|arg| &arg.kind);
    let (Some(ExprKind::Cursor(_)), Some(cursor)) = (first, cursors.into_iter().next()) else {
        return without_rows(binder, call, &name);
    };
    if call.star || call.distinct || call.over.is_some() {
        let message = format!("{name} is not an aggregate: it takes neither *, DISTINCT nor OVER");
        binder.faults.report(Diagnostic::invalid(call.span, message));
    }
    expect_count(binder, call, &name);
    let function = match name.as_str() {
        "TOP_K_ITEMS_TUMBLING" => items::top_k(binder, call, &cursor),
        "COUNT_DISTINCT_ITEMS_TUMBLING" => items::count_distinct(binder, call, &cursor),
        "HOTSPOTS" => hotspots::bind(binder, call, &cursor),
        "GROUP_RANK" => group_rank::bind(binder, call, &cursor),
        _ => random_cut_forest::bind(binder, call, &cursor),
    };
    over(binder, call, &name, cursor, function)
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

fn without_rows(binder: &Binder, call: &FunctionCall, name: &str) -> Relation {
    let message = format!("{name} needs the rows to work on as its first argument");
    let hint = format!("write TABLE({name}(CURSOR(SELECT STREAM * FROM s), …))");
    binder
        .faults
        .report(Diagnostic::invalid(call.span, message).with_hint(hint));
    Relation::unknown()
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

fn expect_count(binder: &Binder, call: &FunctionCall, name: &str) {
    let (least, most) = arity(name);
    let given = call.args.len();
    if (least..=most).contains(&given) {
        return;
    }
    let expected = if least == most {
        least.to_string()
    } else {
        format!("{least} to {most}")
    };
    let message =
        format!("Invalid number of arguments to function '{name}'. Was expecting {expected} arguments");
    binder.faults.report(Diagnostic::invalid(call.span, message));
}

/// The columns that the function itself gives; `None` where their names are in an argument that is none.
fn own_columns<'c>(name: &str, args: &'c [Expr]) -> Option<Vec<(&'c str, SqlType)>> {
    Some(match name {
        "RANDOM_CUT_FOREST" => vec![("ANOMALY_SCORE", SqlType::Double)],
        "RANDOM_CUT_FOREST_WITH_EXPLANATION" => vec![
            ("ANOMALY_SCORE", SqlType::Double),
            ("ANOMALY_EXPLANATION", SqlType::Varchar(20_480)),
        ],
        "HOTSPOTS" => vec![("HOTSPOTS_RESULT", SqlType::Varchar(10_000))],
        "GROUP_RANK" => vec![(args.get(2).and_then(arguments::text_of)?, SqlType::Integer)],
        "TOP_K_ITEMS_TUMBLING" => vec![("ITEM", SqlType::Varchar(1_024)), ("ITEM_COUNT", SqlType::BigInt)],
        _ => vec![("NUMBER_OF_DISTINCT_ITEMS", SqlType::BigInt)],
    })
}

/// The cursor's columns and the function's own, or its own only.
fn over(
    binder: &Binder,
    call: &FunctionCall,
    name: &str,
    cursor: Relation,
    function: Bound<TableFunction>,
) -> Relation {
    let passes = !matches!(name, "TOP_K_ITEMS_TUMBLING" | "COUNT_DISTINCT_ITEMS_TUMBLING");
    let Some(own) = own_columns(name, &call.args) else {
        return Relation::unknown();
    };
    let mut function = function;
    for (own, _) in own.iter().filter(|_| passes) {
        if let Some(twin) = cursor.columns.iter().find(|c| c.name == *own) {
            function = Err(collides(binder, call, name, twin));
        }
    }
    let passed = |order: &Order| match (name, &function) {
        ("GROUP_RANK", Ok(TableFunction::GroupRank { output, .. })) => behind_ranks(order, *output),
        ("GROUP_RANK", _) => behind_ranks(order, RankOrder::Ascending),
        _ => order.clone(),
    };
    let mut columns: Vec<Column> = (cursor.columns.iter().filter(|_| passes))
        .map(|c| Column {
            order: passed(&c.order),
            ..c.clone()
        })
        .collect();
    columns.extend(own.iter().map(|(name, ty)| Column {
        name: (*name).to_owned(),
        ty: Some(*ty),
        order: Order::unordered(),
        span: call.span,
        system: false,
    }));
    let plan = cursor.plan.zip(function.ok()).map(|(input, function)| {
        let mut fields = if passes {
            input.fields().to_vec()
        } else {
            Vec::new()
        };
        fields.extend(own.iter().map(|(name, ty)| Field {
            name: (*name).to_owned(),
            ty: *ty,
            not_null: false,
        }));
        Plan::TableFunction {
            input: Box::new(input),
            function,
            fields,
        }
    });
    Relation {
        columns,
        plan,
        complete: cursor.complete || !passes,
    }
}

/// Rows of one ROWTIME change places and wait for each other: only what is one value for all of them stays in
/// order, or what the author promised if they leave as they came.
fn behind_ranks(order: &Order, output: RankOrder) -> Order {
    let one_value = order.clock.is_some() || order.direction == Direction::Constant;
    let promised = order.basis == Basis::Declared && output == RankOrder::Received;
    if one_value || promised {
        order.clone()
    } else {
        Order::unordered()
    }
}

fn collides(binder: &Binder, call: &FunctionCall, name: &str, twin: &Column) -> Reported {
    let at_cursor = call.args.first().map_or(call.span, |cursor| cursor.span);
    let span = if twin.span == Span::default() {
        at_cursor
    } else {
        twin.span
    };
    let message = format!(
        "Column '{}' stands in the cursor already, and {name} adds one of this name",
        twin.name
    );
    let hint = "give the column of the cursor another name with AS";
    binder
        .faults
        .report(Diagnostic::invalid(span, message).with_hint(hint))
}
