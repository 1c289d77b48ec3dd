//! One line of `explain` for every node of a plan: its name, then what it does in the words of the query.

use std::fmt;

use super::logical::Names;
use crate::expr::Expr;
use crate::expr::text::with_names;
use crate::plan::join::{Join, JoinKind, JoinWindow, Lookup};
use crate::plan::shown::{aggregate_text, call_text, shown_fields};
use crate::plan::table_function::TableFunction;
use crate::plan::{Aggregate, Field, Plan, RowtimeExpr, SortKey};

/// What kind of node it is.
pub fn name(plan: &Plan) -> &'static str {
    match plan {
        Plan::Scan { .. } => "Scan",
        Plan::Filter { .. } => "Filter",
        Plan::Project { .. } => "Project",
        Plan::Tumble { .. } => "Tumble",
        Plan::Slide { .. } => "Slide",
        Plan::Stagger { .. } => "Stagger",
        Plan::Whole { .. } => "Whole",
        Plan::Limit { .. } => "Limit",
        Plan::Sort { .. } => "Sort",
        Plan::Union { .. } => "Union",
        Plan::Join(_) => "Join",
        Plan::Lookup(_) => "Lookup",
        Plan::TableFunction { .. } => "TableFunction",
    }
}

/// The line of a node.
pub fn write(f: &mut fmt::Formatter, plan: &Plan, names: &Names) -> fmt::Result {
    write!(f, "{}: ", name(plan))?;
    match plan {
        Plan::Scan { stream, fields, .. } => {
            let name = names.streams.get(*stream).map_or("?", String::as_str);
            write!(f, "{name} [{}]", column_names(fields))
        }
        Plan::Filter { input, predicate } => {
            write!(f, "{}", with_names(predicate, &shown_fields(input)))
        }
        Plan::Project {
            input,
            exprs,
            fields,
            rowtime,
        } => write_select_list(f, exprs, fields, rowtime.as_ref(), &shown_fields(input)),
        Plan::Tumble {
            input,
            keys,
            window,
            clock,
            aggregates,
            ..
        } => {
            let below = shown_fields(input);
            let others = keys.iter().enumerate().filter(|(i, _)| i != window);
            let by = list(others.map(|(_, key)| key), &below);
            let key = keys.get(*window).map(|key| with_names(key, &below).to_string());
            write!(f, "window={}", key.unwrap_or_default())?;
            write_closing(f, clock.is_some())?;
            write!(
                f,
                ", by=[{by}], aggregates=[{}]",
                aggregate_list(aggregates, &below)
            )
        }
        Plan::Stagger {
            input,
            keys,
            length_ms,
            aggregates,
            ..
        } => {
            let below = shown_fields(input);
            let (by, results) = (list(keys, &below), aggregate_list(aggregates, &below));
            write!(f, "{length_ms} ms, by=[{by}], aggregates=[{results}]")
        }
        Plan::Slide {
            input,
            windows,
            calls,
            ..
        } => {
            let below = shown_fields(input);
            let calls: Vec<String> = calls.iter().map(|c| call_text(c, windows, &below)).collect();
            f.write_str(&calls.join(", "))
        }
        Plan::Sort {
            input,
            leading,
            clock,
            keys,
        } => write_sort(f, leading.as_ref(), clock.is_some(), keys, &shown_fields(input)),
        Plan::Whole {
            input,
            keys,
            aggregates,
            ..
        } => {
            let below = shown_fields(input);
            let (by, results) = (list(keys, &below), aggregate_list(aggregates, &below));
            write!(f, "by=[{by}], aggregates=[{results}]")
        }
        Plan::Limit { rows, .. } => write!(f, "{rows} rows"),
        Plan::Union { inputs, .. } => write!(f, "{} branches", inputs.len()),
        Plan::Join(join) => write_join(f, join, &shown_fields(plan)),
        Plan::Lookup(lookup) => write_lookup(f, lookup, names),
        Plan::TableFunction { input, function, .. } => write_function(f, function, &shown_fields(input)),
    }
}

fn column_names(fields: &[Field]) -> String {
    let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
    names.join(", ")
}

fn list<'e>(exprs: impl IntoIterator<Item = &'e Expr>, below: &[Field]) -> String {
    let texts = exprs.into_iter().map(|e| with_names(e, below).to_string());
    texts.collect::<Vec<_>>().join(", ")
}

fn aggregate_list(aggregates: &[Aggregate], below: &[Field]) -> String {
    let texts = aggregates.iter().map(|a| aggregate_text(a, below).to_string());
    texts.collect::<Vec<_>>().join(", ")
}

fn write_closing(f: &mut fmt::Formatter, by_clock: bool) -> fmt::Result {
    f.write_str(if by_clock { "" } else { " (closed by rows only)" })
}

fn write_select_list(
    f: &mut fmt::Formatter,
    exprs: &[Expr],
    fields: &[Field],
    rowtime: Option<&RowtimeExpr>,
    below: &[Field],
) -> fmt::Result {
    for (i, (expr, field)) in exprs.iter().zip(fields).enumerate() {
        let comma = if i > 0 { ", " } else { "" };
        write!(f, "{comma}{} AS {}", with_names(expr, below), field.name)?;
    }
    match rowtime {
        Some(rowtime) => write!(f, ", {} AS ROWTIME", with_names(&rowtime.expr, below)),
        None => Ok(()),
    }
}

fn write_sort(
    f: &mut fmt::Formatter,
    leading: Option<&Expr>,
    by_clock: bool,
    keys: &[SortKey],
    below: &[Field],
) -> fmt::Result {
    match leading {
        Some(leading) => {
            write!(f, "batch={}", with_names(leading, below))?;
            write_closing(f, by_clock)?;
        }
        None => f.write_str("everything")?,
    }
    let keys: Vec<String> = keys
        .iter()
        .map(|key| {
            let direction = if key.descending { " DESC" } else { "" };
            format!("{}{direction}", with_names(&key.expr, below))
        })
        .collect();
    write!(f, ", by=[{}]", keys.join(", "))
}

fn write_join(f: &mut fmt::Formatter, join: &Join, both: &[Field]) -> fmt::Result {
    let (left, right) = both.split_at(join.left.fields().len().min(both.len()));
    let kind = match join.kind {
        JoinKind::Inner => "inner",
        JoinKind::Left => "left",
        JoinKind::Right => "right",
        JoinKind::Full => "full",
    };
    let (l, r) = (window_text(join.left_window), window_text(join.right_window));
    write!(f, "{kind}, left {l}, right {r}")?;
    write_condition(f, &join.equalities, left, right)?;
    write_rest(f, join.condition.as_ref(), both)
}

fn window_text(window: JoinWindow) -> String {
    match window {
        JoinWindow::Range(0) => "current row".to_owned(),
        JoinWindow::Range(ms) => format!("{ms} ms"),
        JoinWindow::Rows(n) => format!("{n} rows"),
        JoinWindow::Unbounded => "unbounded".to_owned(),
        JoinWindow::Following(ms) => format!("{ms} ms following"),
    }
}

fn write_lookup(f: &mut fmt::Formatter, lookup: &Lookup, names: &Names) -> fmt::Result {
    let stream = shown_fields(&lookup.input);
    let table = lookup.fields.get(stream.len()..).unwrap_or_default();
    let name = names.tables.get(lookup.table).map_or("?", String::as_str);
    let kind = if lookup.keeps_unmatched { "left" } else { "inner" };
    write!(f, "{name} [{}], {kind}", column_names(table))?;
    write_condition(f, &lookup.equalities, &stream, table)?;
    write_rest(f, lookup.condition.as_ref(), &[stream.as_slice(), table].concat())
}

fn write_condition(
    f: &mut fmt::Formatter,
    equalities: &[(Expr, Expr)],
    left: &[Field],
    right: &[Field],
) -> fmt::Result {
    if equalities.is_empty() {
        return Ok(());
    }
    let pairs: Vec<String> = equalities
        .iter()
        .map(|(l, r)| format!("{} = {}", with_names(l, left), with_names(r, right)))
        .collect();
    write!(f, ", on [{}]", pairs.join(", "))
}

fn write_rest(f: &mut fmt::Formatter, condition: Option<&Expr>, both: &[Field]) -> fmt::Result {
    match condition {
        Some(condition) => write!(f, ", where {}", with_names(condition, both)),
        None => Ok(()),
    }
}

fn write_function(f: &mut fmt::Formatter, function: &TableFunction, below: &[Field]) -> fmt::Result {
    let column = |i: &usize| below.get(*i).map_or("?", |f| f.name.as_str());
    let columns = |all: &[usize]| all.iter().map(column).collect::<Vec<_>>().join(", ");
    f.write_str(function.name())?;
    match function {
        TableFunction::RandomCutForest(forest) => write!(
            f,
            ", columns=[{}], trees={}, sub_sample={}, time_decay={}, shingle={}",
            columns(&forest.columns),
            forest.trees,
            forest.sub_sample,
            forest.time_decay,
            forest.shingle
        ),
        TableFunction::Hotspots {
            columns: all,
            window_rows,
            scan_radius,
            min_points,
        } => write!(
            f,
            ", columns=[{}], window={window_rows} rows, radius={scan_radius}, min_points={min_points}",
            columns(all)
        ),
        TableFunction::TopK {
            column: c,
            k,
            length_ms,
        } => write!(f, ", column={}, k={k}, window={length_ms} ms", column(c)),
        TableFunction::CountDistinct { column: c, length_ms } => {
            write!(f, ", column={}, window={length_ms} ms", column(c))
        }
        TableFunction::GroupRank {
            column: c,
            descending,
            ..
        } => {
            let direction = if *descending { " DESC" } else { "" };
            write!(f, ", column={}{direction}", column(c))
        }
    }
}
