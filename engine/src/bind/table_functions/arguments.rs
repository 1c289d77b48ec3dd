//! The arguments of a table function behind its cursor: constants, checked before anything runs.
//!
//! They are literals, not expressions: the columns of the result and the size of the state follow from them.

use std::ops::RangeInclusive;

use crate::bind::binder::Binder;
use crate::bind::faults::{Bound, Reported};
use crate::bind::relation::{Column, Relation};
use crate::bind::suggestion::{did_you_mean, written};
use crate::diagnostic::{Diagnostic, Span};
use crate::sql::ast::{Expr, ExprKind, FunctionCall, Literal};
use crate::types::SqlType;

/// Reads the arguments of one call.
pub(super) struct Arguments<'c> {
    binder: &'c Binder<'c>,
    call: &'c FunctionCall,
    cursor: &'c Relation,
    name: String,
}

impl<'c> Arguments<'c> {
    /// The arguments of a call over its cursor.
    pub(super) fn new(binder: &'c Binder<'c>, call: &'c FunctionCall, cursor: &'c Relation) -> Self {
        Self {
            binder,
            call,
            cursor,
            name: call.name.name.to_uppercase(),
        }
    }

    /// Whether argument number `at` was given; the cursor is number 0.
    pub(super) fn has(&self, at: usize) -> bool {
        self.call.args.len() > at
    }

    /// The position in the cursor of the column that argument number `at` names, and the column.
    pub(super) fn column(&self, at: usize) -> Bound<(usize, &'c Column)> {
        let arg = self.argument(at)?;
        let Some(name) = text_of(arg) else {
            let hint = "write the column's name in single quotes";
            return Err(self.report(self.not_a_literal(arg).with_hint(hint)));
        };
        // Such a name is a text and matches exactly (`sql.md` §9.6).
        let columns = || self.cursor.columns.iter().filter(|c| !c.system);
        if let Some(found) = columns().enumerate().find(|(_, c)| c.name == name) {
            return Ok(found);
        }
        if !self.cursor.complete {
            return Err(Reported);
        }
        let known = || columns().map(|c| c.name.as_str());
        let mut d = Diagnostic::invalid(arg.span, format!("Column '{name}' not found in the cursor"));
        d.hint = known()
            .find(|known| known.eq_ignore_ascii_case(name))
            .map(|known| format!("the name is compared letter by letter: write '{known}'"))
            .or_else(|| did_you_mean(name, known()));
        Err(self.report(d))
    }

    /// A text.
    pub(super) fn text(&self, at: usize, what: &str) -> Bound<&'c str> {
        let arg = self.argument(at)?;
        text_of(arg).ok_or_else(|| self.refuse_kind(arg, what, "a text in single quotes"))
    }

    /// An integer of a range.
    pub(super) fn integer(&self, at: usize, what: &str, range: RangeInclusive<i64>) -> Bound<i64> {
        let arg = self.argument(at)?;
        let Some(text) = number_of(arg) else {
            return Err(self.refuse_kind(arg, what, "an integer"));
        };
        if text.contains(['.', 'e', 'E']) {
            return Err(self.refuse_kind(arg, what, "an integer"));
        }
        match text.parse() {
            Ok(value) if range.contains(&value) => Ok(value),
            // What does not fit an i64 is out of every range.
            _ => {
                let (least, most) = (range.start(), range.end());
                Err(self.refuse_value(arg, what, &text, &format!("between {least} and {most}")))
            }
        }
    }

    /// A number above zero.
    pub(super) fn positive(&self, at: usize, what: &str) -> Bound<f64> {
        let arg = self.argument(at)?;
        let Some(text) = number_of(arg) else {
            return Err(self.refuse_kind(arg, what, "a number"));
        };
        match text.parse::<f64>() {
            Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
            _ => Err(self.refuse_value(arg, what, &text, "greater than 0")),
        }
    }

    /// TRUE or FALSE.
    pub(super) fn boolean(&self, at: usize, what: &str) -> Bound<bool> {
        let arg = self.argument(at)?;
        match arg.kind {
            ExprKind::Literal(Literal::Boolean(Some(value))) => Ok(value),
            _ => Err(self.refuse_kind(arg, what, "TRUE or FALSE")),
        }
    }

    /// The cursor's columns of numbers, which are all that the function looks at: at most `most`, and no DECIMAL.
    pub(super) fn numeric_columns(&self, most: usize) -> Bound<Vec<usize>> {
        let all = || (self.cursor.columns.iter().enumerate()).filter(|(_, c)| !c.system);
        let mut refused = None;
        for (_, column) in all() {
            if let Some(ty @ SqlType::Decimal { .. }) = column.ty {
                refused = Some(self.refuse_decimal(column, ty));
            }
        }
        if refused.is_some() || !self.cursor.complete || all().any(|(_, c)| c.ty.is_none()) {
            return Err(Reported);
        }
        let numeric = |c: &Column| c.ty.is_some_and(|ty| ty.is_integer() || ty.is_approximate());
        let columns: Vec<usize> = all().filter(|(_, c)| numeric(c)).map(|(i, _)| i).collect();
        let name = &self.name;
        if columns.is_empty() {
            let message = format!("{name} needs at least one numeric column in the cursor");
            let hint = "its types are TINYINT, SMALLINT, INTEGER, BIGINT, REAL and DOUBLE";
            return Err(self.report(Diagnostic::invalid(self.cursor_span(), message).with_hint(hint)));
        }
        if columns.len() > most {
            let n = columns.len();
            let message = format!("{name} takes at most {most} numeric columns, and the cursor has {n}");
            let hint = "name the columns that matter in the cursor's SELECT";
            return Err(self.report(Diagnostic::invalid(self.cursor_span(), message).with_hint(hint)));
        }
        Ok(columns)
    }

    /// A fault in argument number `at`.
    pub(super) fn refuse(&self, at: usize, message: String, hint: &str) -> Reported {
        self.report(Diagnostic::invalid(self.span(at), message).with_hint(hint))
    }

    /// Something accepted in argument number `at` that the documentation does not allow.
    pub(super) fn note_lenient(&self, at: usize, message: String) {
        self.report(Diagnostic::lenient(self.span(at), message));
    }

    fn span(&self, at: usize) -> Span {
        self.call.args.get(at).map_or(self.call.span, |arg| arg.span)
    }

    /// One that is missing has been reported with their number.
    fn argument(&self, at: usize) -> Bound<&'c Expr> {
        self.call.args.get(at).ok_or(Reported)
    }

    fn cursor_span(&self) -> Span {
        self.span(0)
    }

    fn refuse_decimal(&self, column: &Column, ty: SqlType) -> Reported {
        let span = match column.span {
            span if span == Span::default() => self.cursor_span(),
            span => span,
        };
        let (function, name) = (&self.name, written(&column.name));
        let message = format!("{function} does not take column '{}' of type {ty}", column.name);
        let hint = format!("write CAST({name} AS DOUBLE) AS {name} in the cursor");
        self.report(Diagnostic::invalid(span, message).with_hint(hint))
    }

    fn refuse_kind(&self, arg: &Expr, what: &str, kind: &str) -> Reported {
        let d = match arg.kind {
            ExprKind::Literal(_) | ExprKind::Sign { .. } => {
                let function = &self.name;
                Diagnostic::invalid(arg.span, format!("{what} of {function} must be {kind}"))
            }
            _ => self
                .not_a_literal(arg)
                .with_hint(format!("{what} must be {kind}")),
        };
        self.report(d)
    }

    fn refuse_value(&self, arg: &Expr, what: &str, value: &str, allowed: &str) -> Reported {
        let function = &self.name;
        let message = format!("{what} of {function} must be {allowed}, and not {value}");
        self.report(Diagnostic::invalid(arg.span, message))
    }

    fn not_a_literal(&self, arg: &Expr) -> Diagnostic {
        let message = format!("Argument to function '{}' must be a literal", self.name);
        Diagnostic::invalid(arg.span, message)
    }

    fn report(&self, d: Diagnostic) -> Reported {
        self.binder.faults.report(d)
    }
}

/// A text literal.
pub(super) fn text_of(arg: &Expr) -> Option<&str> {
    match &arg.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}

/// A number as written, with its sign.
fn number_of(arg: &Expr) -> Option<String> {
    match &arg.kind {
        ExprKind::Literal(Literal::Number(text)) => Some(text.clone()),
        ExprKind::Sign { minus, expr } => match &expr.kind {
            ExprKind::Literal(Literal::Number(text)) if *minus => Some(format!("-{text}")),
            ExprKind::Literal(Literal::Number(text)) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}
