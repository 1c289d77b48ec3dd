//! Which windows there can be over a stream (`windows-and-time.md` §4.2): how far a frame reaches, and what its use
//! allows.

use super::expression::{Clause, Expressions, is_rowtime};
use super::faults::{Bound, Reported};
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{ExprKind, Value};
use crate::plan::sliding::Extent;
use crate::sql::ast::{self, Frame, FrameBound, OrderItem, WindowRef, WindowSpec};
use crate::types::SqlType;

/// A bound as a distance from the current row: rows or milliseconds, before it negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Distance {
    /// UNBOUNDED PRECEDING.
    UnboundedBefore,
    /// So many rows or milliseconds.
    By(i64),
}

/// A frame, evaluated: which rows around the current one it holds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// Distances are rows, else milliseconds.
    pub(super) rows: bool,
    /// The earlier end.
    pub(super) from: Distance,
    /// The later end.
    pub(super) to: Distance,
}

impl Reach {
    /// How far back it reaches, if it ends at the current row.
    pub(super) fn extent(self) -> Option<Extent> {
        match (self.from, self.to) {
            (Distance::UnboundedBefore, Distance::By(0)) => Some(Extent::Unbounded),
            (Distance::By(from), Distance::By(0)) if self.rows => Some(Extent::Rows(from.unsigned_abs())),
            (Distance::By(from), Distance::By(0)) => Some(Extent::Range(-from)),
            _ => None,
        }
    }
}

/// Evaluates a frame.
pub(super) fn reach(x: &Expressions, frame: &Frame) -> Bound<Reach> {
    let start = distance(x, frame, &frame.start);
    let end = match &frame.end {
        Some(end) => distance(x, frame, end),
        None => Ok(Distance::By(0)),
    };
    let (mut from, mut to) = (start?, end?);
    if frame.end.is_none() && from > to {
        // `n FOLLOWING` alone runs from the current row to there.
        (from, to) = (to, from);
    }
    if from > to || to == Distance::UnboundedBefore {
        return x.refuse(
            frame.span,
            "Window has negative size".to_owned(),
            Some("the earlier end comes first: BETWEEN … PRECEDING AND CURRENT ROW".to_owned()),
        );
    }
    let rows = frame.rows;
    Ok(Reach { rows, from, to })
}

fn distance(x: &Expressions, frame: &Frame, bound: &FrameBound) -> Bound<Distance> {
    let (size, before) = match bound {
        FrameBound::UnboundedPreceding => return Ok(Distance::UnboundedBefore),
        FrameBound::CurrentRow => return Ok(Distance::By(0)),
        FrameBound::UnboundedFollowing => {
            return x.refuse(
                frame.span,
                "UNBOUNDED FOLLOWING window not supported".to_owned(),
                Some("rows to come are not known: end the window at CURRENT ROW".to_owned()),
            );
        }
        FrameBound::Preceding(size) => (size, true),
        FrameBound::Following(size) => (size, false),
    };
    let n = size_of(x, frame, size)?;
    Ok(Distance::By(if before { -n } else { n }))
}

/// Rows, or milliseconds.
fn size_of(x: &Expressions, frame: &Frame, size: &ast::Expr) -> Bound<i64> {
    if !frame.rows {
        return length_of(x, size);
    }
    let bound = x.within(Clause::GroupBy).bind(size)?;
    if let ExprKind::Literal(Value::Int(n)) = bound.kind
        && n >= 0
        && bound.ty.is_integer()
    {
        return Ok(n);
    }
    x.refuse(
        size.span,
        "ROWS value must be a non-negative integral constant".to_owned(),
        bound
            .ty
            .is_interval()
            .then(|| "a window of time is written RANGE INTERVAL … PRECEDING".to_owned()),
    )
}

/// A length of time in milliseconds: of RANGE, and of a stagger window.
pub(super) fn length_of(x: &Expressions, size: &ast::Expr) -> Bound<i64> {
    let bound = x.within(Clause::GroupBy).bind(size)?;
    if let ExprKind::Literal(Value::Int(n)) = bound.kind
        && n >= 0
        && matches!(bound.ty, SqlType::Interval(q) if !q.is_year_month())
    {
        return Ok(n);
    }
    let hint = if bound.ty.is_integer() {
        "write RANGE INTERVAL '1' MINUTE, or ROWS for a number of rows"
    } else {
        "write RANGE INTERVAL '1' MINUTE"
    };
    x.refuse(
        size.span,
        "RANGE value must be a non-negative interval constant of days to seconds".to_owned(),
        Some(hint.to_owned()),
    )
}

/// The window of an aggregate: in the order of the stream, and up to the current row.
pub(super) fn check_of_aggregate(x: &Expressions, window: &WindowRef) -> Bound<()> {
    let mut result = Ok(());
    for spec in specs(x, window) {
        if let Some(first) = spec.order_by.first() {
            result = x.refuse(
                span_of(&spec.order_by, first),
                "ORDER BY is not allowed in the window of an aggregate".to_owned(),
                Some("a stream is in the order of ROWTIME: remove ORDER BY".to_owned()),
            );
        }
        let Some(frame) = &spec.frame else { continue };
        let ends_here = reach(x, frame).map(|reach| reach.extent().is_some());
        result = match ends_here {
            Ok(true) => result,
            Ok(false) => {
                let message = "A window that does not end at the current row is not supported";
                let d = Diagnostic::not_supported(frame.span, message)
                    .with_hint("write … PRECEDING, or BETWEEN … PRECEDING AND CURRENT ROW");
                Err(x.fault(d))
            }
            Err(Reported) => Err(Reported),
        };
    }
    result
}

/// The window of a joined stream: over all its rows.
pub(super) fn check_of_join(x: &Expressions, window: &WindowRef) -> Bound<()> {
    let mut result = Ok(());
    for spec in specs(x, window) {
        if let Some(first) = spec.partition_by.first() {
            let span = spec.partition_by.iter().fold(first.span, |s, e| s.to(e.span));
            result = x.refuse(
                span,
                "PARTITION BY is not allowed in the window of a join".to_owned(),
                Some("write the equality of the keys in ON".to_owned()),
            );
        }
        let odd = spec.order_by.iter().find(|item| !is_rowtime_ascending(item));
        if let Some(odd) = odd {
            result = x.refuse(
                odd.expr.span,
                "The window of a join is ordered by ROWTIME only".to_owned(),
                Some("remove ORDER BY".to_owned()),
            );
        }
    }
    result
}

/// The window's definition and those that it builds on.
pub(super) fn specs<'w>(x: &Expressions<'w, '_>, window: &'w WindowRef) -> Vec<&'w WindowSpec> {
    let named = |name: &ast::Ident| x.windows.iter().find(|(n, _)| n.name == name.name);
    let mut specs = match window {
        WindowRef::Inline(spec) => vec![spec.as_ref()],
        WindowRef::Named(name) => named(name).map(|(_, spec)| spec).into_iter().collect(),
    };
    while let Some(base) = specs.last().and_then(|spec| spec.base.as_ref()) {
        match named(base) {
            // A definition may build on each other one once.
            Some((_, spec)) if specs.len() <= x.windows.len() => specs.push(spec),
            _ => break,
        }
    }
    specs
}

fn is_rowtime_ascending(item: &OrderItem) -> bool {
    let name = match &item.expr.kind {
        ast::ExprKind::Name(parts) => parts.last(),
        _ => None,
    };
    !item.descending && name.is_some_and(is_rowtime)
}

fn span_of(items: &[OrderItem], first: &OrderItem) -> Span {
    items.iter().fold(first.expr.span, |s, item| s.to(item.expr.span))
}

/// Reports names that the WINDOW clause defines twice.
pub(super) fn check_names(x: &Expressions) -> Bound<()> {
    let mut result = Ok(());
    for (i, (name, _)) in x.windows.iter().enumerate() {
        if x.windows.iter().take(i).any(|(n, _)| n.name == name.name) {
            let message = format!("Window '{}' is defined twice", name.name);
            result = Err::<(), Reported>(x.fault(Diagnostic::invalid(name.span, message)));
        }
    }
    result
}
