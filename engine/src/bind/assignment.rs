//! INSERT: what a query yields, laid into the columns of the stream it writes (`sql.md` §2.1, §7.2).
//!
//! Columns match by position. The result ends in one select whose columns are the target's, each converted
//! explicitly unless it has the very type already; columns not named get NULL.

use super::binder::Binder;
use super::conversion::{convert, is_assignable};
use super::expression::is_rowtime;
use super::faults::{Bound, Reported};
use super::monotonicity::Order;
use super::names::{Match, find};
use super::relation::{Column, Relation};
use super::select::promise_of;
use super::suggestion::{did_you_mean, written};
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, Value};
use crate::plan::{Field, Plan, RowtimeExpr};
use crate::sql::ast::{ExprKind, Ident, Query, QueryBody, SelectItem};
use crate::types::SqlType;

/// Where an item of the query goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A column of the stream.
    Column(usize),
    /// Its time.
    Rowtime,
}

/// Where the rows of a query go.
pub(super) struct Insertion<'i> {
    /// The stream.
    pub(super) stream: &'i str,
    /// Its declared columns.
    pub(super) fields: &'i [Field],
    /// The column list.
    pub(super) columns: Option<&'i [Ident]>,
    /// Names in the select list that may lack a comma between them.
    pub(super) unseparated: Vec<(String, String)>,
    /// Where findings about the whole are shown.
    pub(super) span: Span,
}

/// `a b` in a select list: an alias without AS, or a forgotten comma.
pub(super) fn unseparated(query: &Query) -> Vec<(String, String)> {
    /// Less cannot hold AS and its blanks.
    const AS_AND_BLANKS: usize = " AS ".len();
    let QueryBody::Select(select) = &query.body else {
        return Vec::new();
    };
    let pairs = select.items.iter().filter_map(|item| match item {
        SelectItem::Expr {
            expr,
            alias: Some(alias),
        } => match &expr.kind {
            ExprKind::Name(parts) => parts.last().map(|last| (expr.span, last, alias)),
            _ => None,
        },
        _ => None,
    });
    pairs
        .filter(|(expr, _, alias)| alias.span.start.saturating_sub(expr.end) < AS_AND_BLANKS)
        .map(|(_, last, alias)| (written(&last.name), written(&alias.name)))
        .collect()
}

/// The plan that writes `relation` into a stream.
pub(super) fn plan(binder: &Binder, relation: Relation, insertion: &Insertion) -> Bound<Plan> {
    let &Insertion {
        fields,
        columns,
        span,
        ..
    } = insertion;
    let places = match columns {
        Some(columns) => listed(binder, columns, fields),
        None => Ok((0..fields.len()).map(Place::Column).collect()),
    };
    let places = places?;
    let complete = relation.complete;
    if complete && places.len() != relation.columns.len() {
        return Err(count_mismatch(binder, insertion, &relation.columns, places.len()));
    }
    let mut sources: Vec<Option<&Column>> = vec![None; fields.len()];
    let mut good = complete;
    for (place, column) in places.iter().zip(&relation.columns) {
        let target = match place {
            Place::Column(i) => fields.get(*i).map(|f| (f.name.as_str(), f.ty)),
            Place::Rowtime => Some(("ROWTIME", SqlType::Timestamp)),
        };
        if let Place::Column(i) = place
            && let Some(slot) = sources.get_mut(*i)
        {
            *slot = Some(column);
        }
        good &= target.is_some_and(|(field, ty)| check(binder, field, ty, column, span).is_ok());
    }
    warn_of_nulls(binder, fields, &sources, columns, span);
    let plan = relation.plan.filter(|_| good).ok_or(Reported)?;
    let orders: Vec<Order> = relation.columns.into_iter().map(|c| c.order).collect();
    Ok(into_target(plan, &places, &orders, fields, span))
}

/// Where the columns of a list go.
pub(super) fn listed(binder: &Binder, columns: &[Ident], fields: &[Field]) -> Bound<Vec<Place>> {
    let names = || fields.iter().map(|f| f.name.as_str());
    let mut places = Vec::new();
    let mut good = true;
    for column in columns {
        let place = match find(names(), column) {
            Match::Exact(i) => Place::Column(i),
            Match::OtherCase(i) => {
                let stored = fields.get(i).map_or("", |f| f.name.as_str());
                binder.faults.report(Diagnostic::lenient(
                    column.span,
                    format!("'{}' was taken as {}", column.name, written(stored)),
                ));
                Place::Column(i)
            }
            Match::Nothing if is_rowtime(column) => Place::Rowtime,
            Match::Nothing | Match::Ambiguous(_) => {
                let mut d =
                    Diagnostic::invalid(column.span, format!("Unknown target column '{}'", column.name));
                d.hint = did_you_mean(&column.name, names());
                binder.faults.report(d);
                good = false;
                continue;
            }
        };
        if places.contains(&place) {
            let message = format!("Target column '{}' is assigned more than once", column.name);
            binder.faults.report(Diagnostic::invalid(column.span, message));
            good = false;
        }
        places.push(place);
    }
    if good { Ok(places) } else { Err(Reported) }
}

fn count_mismatch(binder: &Binder, insertion: &Insertion, items: &[Column], n: usize) -> Reported {
    let m = items.len();
    let message =
        format!("Number of INSERT target columns ({n}) does not equal number of source items ({m})");
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let has = format!("INSERT has {}", plural(m, "expression"));
    let hint = match (insertion.columns, insertion.unseparated.as_slice()) {
        (_, [(left, right), rest @ ..]) if m + rest.len() + 1 == n => {
            format!("{has} for {n} columns: is a comma missing between {left} and {right}?")
        }
        (Some(_), _) => format!("{has}, its column list names {n}"),
        (None, _) => {
            let names = |all: Vec<&str>| all.into_iter().map(written).collect::<Vec<_>>().join(", ");
            format!(
                "{has}, stream {} has {}: selected are {}; the stream has {}",
                written(insertion.stream),
                plural(n, "column"),
                names(items.iter().map(|c| c.name.as_str()).collect()),
                names(insertion.fields.iter().map(|f| f.name.as_str()).collect())
            )
        }
    };
    let d = Diagnostic::invalid(insertion.span, message).with_hint(hint);
    binder.faults.report(d)
}

/// Whether a column of the query goes into a field of the stream.
pub(super) fn check(binder: &Binder, field: &str, ty: SqlType, column: &Column, insert: Span) -> Bound<()> {
    let from = column.ty.ok_or(Reported)?;
    if is_assignable(from, ty) {
        return Ok(());
    }
    let span = if column.span == Span::default() {
        insert
    } else {
        column.span
    };
    let message = format!(
        "Cannot assign to target field '{field}' of type {ty} from source field '{}' of type {from}",
        column.name
    );
    let hint = match (from, ty) {
        (SqlType::Timestamp, to) if to.is_numeric() => {
            "UNIX_TIMESTAMP(t) gives milliseconds since 1970".to_owned()
        }
        (from, SqlType::Timestamp) if from.is_numeric() => {
            "TO_TIMESTAMP(ms) takes milliseconds since 1970".to_owned()
        }
        _ if super::conversion::is_castable(from, ty) => format!("write CAST(… AS {ty})"),
        _ => format!("there is no conversion from {from} to {ty}"),
    };
    Err(binder
        .faults
        .report(Diagnostic::invalid(span, message).with_hint(hint)))
}

fn warn_of_nulls(
    binder: &Binder,
    fields: &[Field],
    sources: &[Option<&Column>],
    columns: Option<&[Ident]>,
    span: Span,
) {
    for (field, source) in fields.iter().zip(sources) {
        if columns.is_some() && source.is_none() && field.not_null {
            let message = format!(
                "Column '{}' is NOT NULL and gets no value: every row will be an error",
                field.name
            );
            binder.faults.report(Diagnostic::warning(span, message));
        }
    }
}

/// The query's last select, rewritten (or one more, if it ends in something else) to yield the target's columns.
fn into_target(plan: Plan, places: &[Place], orders: &[Order], fields: &[Field], span: Span) -> Plan {
    let (input, exprs, mut rowtime) = match plan {
        Plan::Project {
            input,
            exprs,
            rowtime,
            ..
        } => (input, exprs, rowtime),
        // ORDER BY and UNION ALL stand above the select lists.
        other => {
            let columns = other.fields().iter().enumerate();
            let exprs = columns.map(|(i, f)| Expr::column(i, f.ty, span)).collect();
            (Box::new(other), exprs, None)
        }
    };
    let mut values: Vec<Expr> = fields
        .iter()
        .map(|f| Expr::literal(Value::Null, f.ty, span))
        .collect();
    for ((place, expr), order) in places.iter().zip(exprs).zip(orders) {
        match place {
            Place::Column(i) => {
                if let (Some(slot), Some(field)) = (values.get_mut(*i), fields.get(*i)) {
                    *slot = convert(expr, field.ty);
                }
            }
            Place::Rowtime => {
                rowtime = Some(RowtimeExpr {
                    promise: promise_of(order),
                    expr: convert(expr, SqlType::Timestamp),
                });
            }
        }
    }
    Plan::Project {
        input,
        exprs: values,
        fields: fields.to_vec(),
        rowtime,
    }
}
