//! INSERT … VALUES that stands alone: rows typed by hand, ready for a stream.
//!
//! What a pump's rows would be held to is asked of these: columns by position or by name, assignment, lengths, NOT NULL.
//! Whoever types them is there to be told, so a value that fails is a fault at its place and none of the rows goes in,
//! where a pump's row would have gone to `error_stream`.

use std::cell::RefCell;

use arrow::array::{Array, ArrayRef, AsArray, new_empty_array, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::TimestampMillisecondType;

use super::assignment::{self, Place};
use super::binder::Binder;
use super::conversion::convert;
use super::expression::Clause;
use super::faults::{Bound, Reported};
use super::monotonicity::Order;
use super::relation::Column;
use super::scope::Scope;
use super::{BindOptions, select};
use crate::clock::Clock;
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::expr::Expr;
use crate::expr::eval::{Evaluator, Input};
use crate::plan::Field;
use crate::row_error::RowErrors;
use crate::sql::ast::{self, Insert, QueryBody, Statement};
use crate::types::SqlType;

/// Rows typed by hand.
#[derive(Debug, Clone)]
pub struct InsertedRows {
    /// The stored name of the stream that they go to.
    pub stream: String,
    /// ROWTIME of each, in ms, where the column list names it.
    pub rowtimes: Option<Vec<i64>>,
    /// The declared columns of the stream.
    pub columns: Vec<ArrayRef>,
    /// What was taken leniently, and warnings.
    pub findings: Vec<Diagnostic>,
}

/// Binds and computes an INSERT beside the statements of an application, which are known to be good. Every finding has
/// its place in the text of the INSERT.
///
/// # Errors
/// All faults of the statement and of its values.
pub fn insert(
    insertion: &Insert,
    standing: &[Statement],
    options: &BindOptions,
    clock: &Clock,
) -> Result<InsertedRows, Vec<Diagnostic>> {
    let binder = Binder::standing(standing, options);
    let rows = rows(&binder, insertion, clock);
    let mut findings = binder.faults.into_diagnostics(&[]);
    let refused = |d: &Diagnostic| match d.severity {
        Severity::Error => true,
        Severity::Lenient => options.strict,
        Severity::Warning => false,
    };
    match rows {
        Ok((stream, rowtimes, columns)) if !findings.iter().any(refused) => Ok(InsertedRows {
            stream,
            rowtimes,
            columns,
            findings,
        }),
        _ => {
            for finding in findings.iter_mut().filter(|d| refused(d)) {
                finding.severity = Severity::Error;
            }
            Err(findings)
        }
    }
}

type Rows = (String, Option<Vec<i64>>, Vec<ArrayRef>);

fn rows(binder: &Binder, insertion: &Insert, clock: &Clock) -> Bound<Rows> {
    let rows = match &insertion.query.body {
        QueryBody::Values(rows) if insertion.query.order_by.is_empty() => rows,
        _ => {
            let message = "A stand-alone INSERT takes VALUES only: a query fills a stream through a pump";
            let hint = "write CREATE OR REPLACE PUMP \"P\" AS INSERT INTO … SELECT STREAM …";
            let d = Diagnostic::invalid(insertion.span, message).with_hint(hint);
            return Err(binder.faults.report(d));
        }
    };
    let stream = binder.writable(&insertion.target);
    let fields = stream.and_then(|id| binder.declared_fields(id).ok_or(Reported));
    let (Ok(stream), Ok(fields)) = (stream, fields) else {
        // Still, the values are looked at.
        rows.iter().for_each(|row| drop(bind_row(binder, row)));
        return Err(Reported);
    };
    let name = binder.stream_name(stream).to_owned();
    let places = match &insertion.columns {
        Some(columns) => assignment::listed(binder, columns, &fields),
        None => Ok((0..fields.len()).map(Place::Column).collect()),
    };
    refuse_missing(binder, &fields, insertion, &places);
    let assigned: Vec<Bound<Vec<Expr>>> = rows
        .iter()
        .map(|row| assign(binder, row, places.as_deref(), &fields, &name))
        .collect();
    let assigned = assigned.into_iter().collect::<Bound<Vec<_>>>()?;
    let computed = compute(binder, &assigned, &places?, &fields, clock)?;
    Ok((name, computed.0, computed.1))
}

/// A NOT NULL column that the column list leaves out.
fn refuse_missing(binder: &Binder, fields: &[Field], insertion: &Insert, places: &Bound<Vec<Place>>) {
    let Ok(places) = places else { return };
    for (i, field) in fields.iter().enumerate() {
        if field.not_null && !places.contains(&Place::Column(i)) {
            let message = format!("Column '{}' is NOT NULL and gets no value", field.name);
            let d =
                Diagnostic::invalid(insertion.target.span, message).with_hint("name it in the column list");
            binder.faults.report(d);
        }
    }
}

fn bind_row(binder: &Binder, row: &[ast::Expr]) -> Vec<Bound<Expr>> {
    let (scope, aggregates) = (Scope::default(), RefCell::default());
    let x = select::expressions(binder, &scope, &aggregates, &[]).within(Clause::Values);
    row.iter().map(|e| x.bind(e)).collect()
}

/// The values of a row as those of the columns that they go to.
fn assign(
    binder: &Binder,
    row: &[ast::Expr],
    places: Result<&[Place], &Reported>,
    fields: &[Field],
    stream: &str,
) -> Bound<Vec<Expr>> {
    let values = bind_row(binder, row);
    let places = places.map_err(|reported| *reported)?;
    let span = row.iter().fold(Span::default(), |s, e| s.to(e.span));
    if values.len() != places.len() {
        let (n, m) = (places.len(), values.len());
        let message =
            format!("Number of INSERT target columns ({n}) does not equal number of source items ({m})");
        let names: Vec<&str> = places.iter().map(|place| target(*place, fields).0).collect();
        let hint = format!("values are wanted for {} of {stream}", names.join(", "));
        let d = Diagnostic::invalid(span, message).with_hint(hint);
        return Err(binder.faults.report(d));
    }
    let converted = values
        .into_iter()
        .zip(places)
        .enumerate()
        .map(|(i, (value, place))| {
            let value = value?;
            let (name, ty) = target(*place, fields);
            let column = Column {
                name: format!("EXPR${i}"),
                ty: Some(value.ty),
                order: Order::unordered(),
                span: value.span,
                system: false,
            };
            assignment::check(binder, name, ty, &column, span)?;
            Ok(convert(value, ty))
        });
    let converted: Vec<Bound<Expr>> = converted.collect();
    converted.into_iter().collect()
}

fn target(place: Place, fields: &[Field]) -> (&str, SqlType) {
    match place {
        Place::Column(i) => fields
            .get(i)
            .map_or(("?", SqlType::Null), |f| (f.name.as_str(), f.ty)),
        Place::Rowtime => ("ROWTIME", SqlType::Timestamp),
    }
}

/// ROWTIMEs and columns of the rows.
fn compute(
    binder: &Binder,
    rows: &[Vec<Expr>],
    places: &[Place],
    fields: &[Field],
    clock: &Clock,
) -> Bound<(Option<Vec<i64>>, Vec<ArrayRef>)> {
    let now = clock.row_ms.unwrap_or(clock.run_start_ms);
    let timed = places.iter().position(|place| *place == Place::Rowtime);
    let mut rowtimes = Vec::new();
    let mut pieces: Vec<Vec<ArrayRef>> = vec![Vec::new(); fields.len()];
    let mut good = true;
    for row in rows {
        let given = timed
            .and_then(|i| row.get(i))
            .map(|e| rowtime(binder, e, now, clock));
        let at = match given {
            Some(Ok(at)) => at,
            Some(Err(Reported)) => {
                good = false;
                now
            }
            None => now,
        };
        rowtimes.push(at);
        for (place, expr) in places.iter().zip(row) {
            let Place::Column(i) = *place else { continue };
            match value(binder, expr, fields.get(i), at, clock) {
                Ok(value) => pieces
                    .get_mut(i)
                    .into_iter()
                    .for_each(|all| all.push(value.clone())),
                Err(Reported) => good = false,
            }
        }
    }
    if !good {
        return Err(Reported);
    }
    let columns = pieces.iter().zip(fields).map(|(all, field)| {
        let ty = field.ty.arrow();
        let all: Vec<&dyn Array> = all.iter().map(AsRef::as_ref).collect();
        match all.as_slice() {
            [] if rows.is_empty() => Ok(new_empty_array(&ty)),
            [] => Ok(new_null_array(&ty, rows.len())),
            all => concat(all),
        }
    });
    let columns: Result<Vec<ArrayRef>, _> = columns.collect();
    let columns = columns.map_err(|error| {
        let d = Diagnostic::bug(
            Span::default(),
            format!("The rows cannot be put together: {error}"),
        );
        binder.faults.report(d)
    })?;
    Ok((timed.map(|_| rowtimes), columns))
}

fn rowtime(binder: &Binder, expr: &Expr, now: i64, clock: &Clock) -> Bound<i64> {
    let value = value(binder, expr, None, now, clock)?;
    let times = value.as_primitive_opt::<TimestampMillisecondType>();
    match times.filter(|t| t.len() == 1 && t.is_valid(0)) {
        Some(times) => Ok(times.value(0)),
        None => {
            let d = Diagnostic::invalid(expr.span, "ROWTIME cannot be NULL");
            Err(binder.faults.report(d))
        }
    }
}

/// One value; a NULL where the field takes none, or a value that fails, is a fault.
pub(super) fn value(
    binder: &Binder,
    expr: &Expr,
    field: Option<&Field>,
    at: i64,
    clock: &Clock,
) -> Bound<ArrayRef> {
    let mut errors = RowErrors::new();
    let rowtimes = [at];
    let input = Input {
        columns: &[],
        rowtimes: &rowtimes,
        clock,
    };
    let value = Evaluator::new(expr).eval(input, None, &mut errors);
    if let Some((_, error)) = errors.into_sorted().into_iter().next() {
        return Err(binder
            .faults
            .report(Diagnostic::invalid(expr.span, error.message)));
    }
    match field.filter(|f| f.not_null && value.null_count() > 0) {
        Some(field) => {
            let message = format!("Column '{}' does not accept NULL", field.name);
            Err(binder.faults.report(Diagnostic::invalid(expr.span, message)))
        }
        None => Ok(value),
    }
}
