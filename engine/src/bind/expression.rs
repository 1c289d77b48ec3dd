//! Expressions of the tree to bound expressions: the dispatcher, names and the forms without typing rules.
//!
//! Operands are all bound before any is given up, so that every fault in a tree is found in one pass.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::binder::Binder;
use super::faults::{Bound, Reported};
use super::scope::Scope;
use super::windows::Slide;
use super::{
    comparison, conditional, functions, literals, operators, period, rows, text_functions, time_functions,
};
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{CastMode, ClockFunction, Expr, ExprKind, Function, Value};
use crate::plan::Aggregate;
use crate::sql::ast::{self, Ident, IsTest, WindowSpec};
use crate::types::SqlType;

/// Deeper trees are refused rather than risking the machine's stack.
pub(super) const DEPTH_MAX: u32 = 600;
/// What a nested node counts; an operator of a chain, which takes no stack here, counts one.
const NODE_DEPTH: u32 = 4;

/// Column positions from here on, up to those of aggregates, stand for windowed calls until the columns below the
/// select list are known.
pub(super) const WINDOWED: usize = usize::MAX / 4;
/// Column positions from here on stand for aggregates until the window's columns are known.
pub(super) const AGGREGATES: usize = usize::MAX / 2;
/// Stands for the unqualified ROWTIME of a grouped query: that of the row about to be output.
pub(super) const OUTPUT_ROWTIME: usize = usize::MAX;

/// Where an expression stands, which decides what it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    /// The select list.
    Select,
    /// WHERE.
    Where,
    /// GROUP BY, PARTITION BY.
    GroupBy,
    /// HAVING.
    Having,
    /// ON.
    On,
    /// The argument of an aggregate.
    Aggregate,
    /// The body of a user function.
    Function,
    /// A row of VALUES, or of a query that reads nothing.
    Values,
}

impl Clause {
    /// As it is called in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Select => "the select list",
            Self::Where => "WHERE clause",
            Self::GroupBy => "GROUP BY clause",
            Self::Having => "HAVING clause",
            Self::On => "ON clause",
            Self::Aggregate => "an aggregate",
            Self::Function => "a function body",
            Self::Values => "a row of constants",
        }
    }
}

/// Binds expressions of one clause.
#[derive(Clone)]
pub(super) struct Expressions<'s, 'a> {
    /// The application around.
    pub(super) binder: &'s Binder<'a>,
    /// Names in reach.
    pub(super) scope: &'s Scope,
    /// Where the expressions stand.
    pub(super) clause: Clause,
    /// Whether rows are grouped, so that unqualified ROWTIME is the output's.
    pub(super) grouped: bool,
    /// Collects the aggregates found.
    pub(super) aggregates: &'s RefCell<Vec<Aggregate>>,
    /// Collects the windowed calls found.
    pub(super) sliding: Rc<RefCell<Slide>>,
    /// The WINDOW clause.
    pub(super) windows: &'s [(Ident, WindowSpec)],
    /// Nodes above.
    pub(super) depth: Cell<u32>,
}

impl Expressions<'_, '_> {
    /// The same in another clause.
    pub(super) fn within(&self, clause: Clause) -> Self {
        Self {
            clause,
            ..self.clone()
        }
    }

    /// Reports a fault.
    pub(super) fn fault(&self, diagnostic: Diagnostic) -> Reported {
        self.binder.faults.report(diagnostic)
    }

    /// Reports an error of the author's.
    pub(super) fn invalid<T>(&self, span: Span, message: impl Into<String>) -> Bound<T> {
        Err(self.fault(Diagnostic::invalid(span, message)))
    }

    /// Reports an error with a hint.
    pub(super) fn refuse<T>(&self, span: Span, message: String, hint: Option<String>) -> Bound<T> {
        let mut d = Diagnostic::invalid(span, message);
        d.hint = hint;
        Err(self.fault(d))
    }

    /// Refuses a form that rowtime parses and cannot run.
    pub(super) fn not_yet<T>(&self, span: Span, what: &str) -> Bound<T> {
        Err(self.fault(Diagnostic::not_implemented(
            span,
            format!("{what} cannot run yet"),
        )))
    }

    /// Binds one expression.
    pub(super) fn bind(&self, e: &ast::Expr) -> Bound<Expr> {
        let depth = self.depth.get();
        if depth >= DEPTH_MAX {
            return self.invalid(e.span, "Expression is nested too deeply");
        }
        self.depth.set(depth + NODE_DEPTH);
        let bound = self.dispatch(e);
        self.depth.set(depth);
        bound
    }

    /// Binds all, then gives up if one failed.
    pub(super) fn bind_all<'e>(&self, all: impl IntoIterator<Item = &'e ast::Expr>) -> Bound<Vec<Expr>> {
        let bound: Vec<Bound<Expr>> = all.into_iter().map(|e| self.bind(e)).collect();
        bound.into_iter().collect()
    }

    /// Binds two operands.
    pub(super) fn bind_two(&self, a: &ast::Expr, b: &ast::Expr) -> Bound<(Expr, Expr)> {
        let (a, b) = (self.bind(a), self.bind(b));
        Ok((a?, b?))
    }

    /// Binds a predicate: BOOLEAN, or NULL taken for UNKNOWN.
    pub(super) fn bind_condition(&self, e: &ast::Expr, place: &str) -> Bound<Expr> {
        let bound = self.bind(e)?;
        match bound.ty {
            SqlType::Boolean => Ok(bound),
            SqlType::Null => Ok(super::conversion::convert(bound, SqlType::Boolean)),
            other => self.refuse(
                e.span,
                format!("{place} must be a condition, but this is of type {other}"),
                Some("compare it with something, for example … = 1".to_owned()),
            ),
        }
    }

    fn dispatch(&self, e: &ast::Expr) -> Bound<Expr> {
        use ast::ExprKind as K;
        let span = e.span;
        match &e.kind {
            K::Name(parts) => self.name(parts, span),
            K::Literal(literal) => literals::bind(literal, false, span, &self.binder.faults),
            K::Sign { minus, expr } => operators::sign(self, *minus, expr, span),
            K::Not(inner) => operators::not(self, inner, span),
            K::Binary { op, left, right } => operators::binary(self, e, *op, left, right),
            K::Between {
                expr,
                low,
                high,
                negated,
                symmetric,
            } => comparison::between(self, [expr, low, high], *negated, *symmetric, span),
            K::InList { expr, list, negated } => match &expr.kind {
                K::Row(items) => rows::in_list(self, items, list, *negated, span),
                _ => conditional::in_list(self, expr, list, *negated, span),
            },
            K::InSubquery { .. } => self.not_yet(span, "IN (SELECT …)"),
            K::Exists(_) => self.not_yet(span, "EXISTS"),
            K::Subquery(_) => self.not_yet(span, "A sub-query as a value"),
            K::Like {
                expr,
                pattern,
                escape,
                negated,
                similar,
            } => {
                let escape = escape.as_deref();
                text_functions::like(self, [expr, pattern], escape, *negated, *similar, span)
            }
            K::Is { expr, test, negated } => self.is_test(expr, *test, *negated, span),
            K::IsDistinct { left, right, negated } => {
                comparison::is_distinct(self, left, right, *negated, span)
            }
            K::Case {
                operand,
                whens,
                otherwise,
            } => conditional::case(self, operand.as_deref(), whens, otherwise.as_deref(), span),
            K::Cast { expr, ty, ty_span } => self.cast(expr, *ty, *ty_span, span),
            K::Function(call) => functions::call(self, call),
            K::Floor { expr, unit, ceil } => time_functions::floor(self, expr, *unit, *ceil, span),
            K::Step { expr, by } => time_functions::step(self, expr, by, span),
            K::WindowTumbling { size, unit } => time_functions::window_tumbling(self, *size, *unit, span),
            K::Extract { unit, expr } => time_functions::extract(self, *unit, expr, span),
            K::Substring {
                expr,
                start,
                length,
                comma,
            } => text_functions::substring(self, [expr, start], length.as_deref(), *comma, span),
            K::SubstringSimilar {
                expr,
                pattern,
                escape,
            } => text_functions::substring_similar(self, [expr, pattern, escape], span),
            K::Position { needle, haystack } => text_functions::position(self, needle, haystack, span),
            K::Overlay {
                expr,
                placing,
                from,
                length,
            } => text_functions::overlay(self, [expr, placing, from], length.as_deref(), span),
            K::Trim {
                side,
                character,
                expr,
            } => text_functions::trim(self, *side, character.as_deref(), expr, span),
            K::DatetimeDifference {
                left,
                right,
                qualifier,
            } => time_functions::difference(self, left, right, *qualifier, span),
            K::PeriodPredicate {
                op,
                modifier,
                left,
                right,
            } => period::bind(self, *op, *modifier, left, right, span),
            K::Cursor(_) => self.refuse(
                span,
                "CURSOR(…) is not a value".to_owned(),
                Some("CURSOR stands as an argument of a function in FROM TABLE(…)".to_owned()),
            ),
            K::Row(items) => {
                self.bind_all(items)?;
                self.not_yet(span, "A row value")
            }
        }
    }

    fn name(&self, parts: &[Ident], span: Span) -> Bound<Expr> {
        match parts {
            [name] => self.unqualified(name),
            [table, column] => {
                let relation = self.scope.relation(table, &self.binder.faults)?;
                if is_rowtime(column) {
                    return self.scope.rowtime_of(relation, span, &self.binder.faults);
                }
                let found = self.scope.qualified(relation, column, &self.binder.faults)?;
                Ok(Expr { span, ..found })
            }
            [table, column, field] => {
                let relation = self.scope.relation(table, &self.binder.faults)?;
                self.scope.qualified(relation, column, &self.binder.faults)?;
                let message = format!(
                    "Column '{}' is not a record: it has no field '{}'",
                    column.name, field.name
                );
                self.invalid(span, message)
            }
            _ => self.invalid(span, "Name has too many parts"),
        }
    }

    fn unqualified(&self, name: &Ident) -> Bound<Expr> {
        if is_rowtime(name) && !self.scope.relations.is_empty() {
            let of_output = self.grouped && matches!(self.clause, Clause::Select | Clause::Having);
            return Ok(if of_output {
                Expr::column(OUTPUT_ROWTIME, SqlType::Timestamp, name.span)
            } else {
                Expr::rowtime(name.span)
            });
        }
        if !name.quoted
            && let Some((clock, ty)) = clock_function(&name.name)
            && !self.scope.has_exactly(&name.name)
        {
            return Ok(Expr::new(ExprKind::Clock(clock), ty, name.span));
        }
        let place = match self.clause {
            Clause::Where | Clause::GroupBy | Clause::Having => self.clause.name(),
            _ => "",
        };
        self.scope.unqualified(name, place, &self.binder.faults)
    }

    fn is_test(&self, expr: &ast::Expr, test: IsTest, negated: bool, span: Span) -> Bound<Expr> {
        let operand = if test == IsTest::Null {
            let operand = self.bind(expr)?;
            match operand.ty {
                SqlType::Null => super::conversion::convert(operand, SqlType::Boolean),
                _ => operand,
            }
        } else {
            let name = match test {
                IsTest::True => "IS TRUE",
                IsTest::False => "IS FALSE",
                _ => "IS UNKNOWN",
            };
            operators::boolean_operand(self, expr, name)?
        };
        let function = match (test, negated) {
            (IsTest::Null | IsTest::Unknown, false) => Function::IsNull,
            (IsTest::Null | IsTest::Unknown, true) => Function::IsNotNull,
            (IsTest::True, negated) => Function::IsTrue { negated },
            (IsTest::False, negated) => Function::IsFalse { negated },
        };
        Ok(Expr::call(function, vec![operand], SqlType::Boolean, span))
    }

    fn cast(&self, expr: &ast::Expr, ty: SqlType, ty_span: Span, span: Span) -> Bound<Expr> {
        let operand = self.bind(expr)?;
        if ty == SqlType::Null {
            return Err(Reported);
        }
        if matches!(operand.kind, ExprKind::Literal(Value::Null)) {
            return Ok(Expr::literal(Value::Null, ty, span));
        }
        if !super::conversion::is_castable(operand.ty, ty) {
            let hint = match (operand.ty, ty) {
                (from, SqlType::Interval(q)) if from.is_numeric() => {
                    Some(format!("multiply instead: n * INTERVAL '1' {}", q.to))
                }
                (SqlType::Timestamp, to) if to.is_numeric() => {
                    Some("UNIX_TIMESTAMP(t) gives milliseconds since 1970".to_owned())
                }
                (from, SqlType::Timestamp) if from.is_numeric() => {
                    Some("TO_TIMESTAMP(ms) takes milliseconds since 1970".to_owned())
                }
                _ => None,
            };
            let message = format!(
                "Cast function cannot convert value of type {} to type {ty}",
                operand.ty
            );
            return self.refuse(span.to(ty_span), message, hint);
        }
        if operand.ty == ty {
            return Ok(Expr { span, ..operand });
        }
        let kind = ExprKind::Cast {
            expr: Box::new(operand),
            mode: CastMode::Explicit,
        };
        Ok(Expr::new(kind, ty, span))
    }
}

/// Whether a written name is the pseudo column ROWTIME: bare in any case, or quoted in capitals.
pub(super) fn is_rowtime(ident: &Ident) -> bool {
    ident.name == "ROWTIME"
}

/// What the names of the clocks stand for, which are written without parentheses.
pub(super) const CLOCKS: [(&str, ClockFunction, SqlType); 6] = [
    ("CURRENT_DATE", ClockFunction::CurrentDate, SqlType::Date),
    (
        "CURRENT_ROW_TIMESTAMP",
        ClockFunction::CurrentRowTimestamp,
        SqlType::Timestamp,
    ),
    ("CURRENT_TIME", ClockFunction::CurrentTime, SqlType::Time),
    (
        "CURRENT_TIMESTAMP",
        ClockFunction::CurrentTimestamp,
        SqlType::Timestamp,
    ),
    ("LOCALTIME", ClockFunction::CurrentTime, SqlType::Time),
    (
        "LOCALTIMESTAMP",
        ClockFunction::CurrentTimestamp,
        SqlType::Timestamp,
    ),
];

fn clock_function(name: &str) -> Option<(ClockFunction, SqlType)> {
    let found = CLOCKS.iter().find(|(known, _, _)| *known == name);
    found.map(|&(_, clock, ty)| (clock, ty))
}
