//! Queries that read nothing: `VALUES …`, and a SELECT without FROM. Their rows are known as soon as they are written, so
//! no dataflow has to run for them.
//!
//! No application has them, since rows of a stream have a time; whoever asks a single question may.

use std::cell::RefCell;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;

use super::binder::Binder;
use super::conversion::{common_type, convert};
use super::expression::{Clause, Expressions};
use super::faults::{Bound, Reported};
use super::insert::value;
use super::scope::Scope;
use super::{BindOptions, select};
use crate::clock::Clock;
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::expr::Expr;
use crate::plan::Field;
use crate::sql::ast::{self, Grouping, Query, QueryBody, Select, SelectItem, Statement};
use crate::types::SqlType;

/// The rows of a query that reads nothing.
#[derive(Debug, Clone)]
pub struct ConstantRows {
    /// Its columns.
    pub fields: Vec<Field>,
    /// Their values.
    pub columns: Vec<ArrayRef>,
}

/// Binds and computes a query that reads nothing, beside the statements of an application, which are known to be good;
/// `None` for any other query.
///
/// # Errors
/// All faults of the query and of its values, with places in its text.
pub fn constant_rows(
    query: &Query,
    standing: &[Statement],
    options: &BindOptions,
    clock: &Clock,
) -> Option<Result<ConstantRows, Vec<Diagnostic>>> {
    if !query.order_by.is_empty() || query.limit.is_some() {
        return None;
    }
    let binder = Binder::standing(standing, options);
    let rows = match &query.body {
        QueryBody::Values(rows) => of_values(&binder, rows, clock),
        QueryBody::Select(select) if is_constant(select) => of_select(&binder, select, clock),
        _ => return None,
    };
    let found = binder.faults.into_diagnostics(&[]);
    Some(match rows {
        Ok(rows) if found.iter().all(|d| d.severity != Severity::Error) => Ok(rows),
        _ => Err(found),
    })
}

/// Whether it is nothing but a list of values.
fn is_constant(select: &Select) -> bool {
    let listed = (select.items.iter()).all(|item| matches!(item, SelectItem::Expr { .. }));
    let plain = select.distinct.is_none() && select.filter.is_none() && select.having.is_none();
    listed && plain && select.from.is_empty() && select.grouping == Grouping::None
}

fn with_expressions<T>(binder: &Binder, then: impl FnOnce(&Expressions) -> T) -> T {
    let (scope, aggregates) = (Scope::default(), RefCell::default());
    then(&select::expressions(binder, &scope, &aggregates, &[]).within(Clause::Values))
}

fn of_select(binder: &Binder, select: &Select, clock: &Clock) -> Bound<ConstantRows> {
    let items = select.items.iter().filter_map(|item| match item {
        SelectItem::Expr { expr, alias } => Some((expr, alias)),
        _ => None,
    });
    let (exprs, aliases): (Vec<&ast::Expr>, Vec<_>) = items.unzip();
    let bound = with_expressions(binder, |x| x.bind_all(exprs))?;
    let names = aliases.into_iter().enumerate().map(|(i, alias)| match alias {
        Some(alias) => alias.name.clone(),
        None => unnamed(i),
    });
    compute(binder, names.collect(), vec![bound], clock)
}

fn of_values(binder: &Binder, rows: &[Vec<ast::Expr>], clock: &Clock) -> Bound<ConstantRows> {
    let bound = with_expressions(binder, |x| {
        select::refuse_uneven_rows(x, rows)?;
        let bound: Vec<Bound<Vec<Expr>>> = rows.iter().map(|row| x.bind_all(row)).collect();
        bound.into_iter().collect::<Bound<Vec<_>>>()
    })?;
    let width = bound.first().map_or(0, Vec::len);
    compute(binder, (0..width).map(unnamed).collect(), bound, clock)
}

fn unnamed(ordinal: usize) -> String {
    format!("EXPR${ordinal}")
}

/// The values, column by column in the type that its rows share.
fn compute(binder: &Binder, names: Vec<String>, rows: Vec<Vec<Expr>>, clock: &Clock) -> Bound<ConstantRows> {
    let now = clock.row_ms.unwrap_or(clock.run_start_ms);
    let mut shown = ConstantRows {
        fields: Vec::new(),
        columns: Vec::new(),
    };
    let mut good = true;
    for (i, name) in names.into_iter().enumerate() {
        let cells: Vec<&Expr> = rows.iter().filter_map(|row| row.get(i)).collect();
        let Ok(ty) = type_of(binder, &cells) else {
            good = false;
            continue;
        };
        let cells = cells.into_iter().map(|cell| convert(cell.clone(), ty));
        let values: Vec<Bound<ArrayRef>> = cells.map(|e| value(binder, &e, None, now, clock)).collect();
        let Ok(values) = values.into_iter().collect::<Bound<Vec<ArrayRef>>>() else {
            good = false;
            continue;
        };
        let values: Vec<&dyn Array> = values.iter().map(AsRef::as_ref).collect();
        shown.columns.push(concat(&values).map_err(|error| {
            let message = format!("The rows cannot be put together: {error}");
            binder.faults.report(Diagnostic::bug(Span::default(), message))
        })?);
        shown.fields.push(Field {
            name,
            ty,
            not_null: false,
        });
    }
    if good { Ok(shown) } else { Err(Reported) }
}

/// The type of a column; NULL alone has no type of its own.
fn type_of(binder: &Binder, cells: &[&Expr]) -> Bound<SqlType> {
    let types: Vec<SqlType> = cells.iter().map(|cell| cell.ty).collect();
    match common_type(&types) {
        Some(SqlType::Null) => Ok(SqlType::Varchar(1)),
        Some(ty) => Ok(ty),
        None => {
            let mixed = (1..=types.len()).find(|n| common_type(&types[..*n]).is_none());
            let odd = mixed
                .and_then(|n| cells.get(n - 1))
                .map_or(Span::default(), |e| e.span);
            let d = Diagnostic::invalid(odd, "Values passed to VALUES operator must have compatible types");
            Err(binder
                .faults
                .report(d.with_hint("CAST it to the type of the rows before")))
        }
    }
}
