//! OVER: windowed calls of a select list, and the windows that they share.
//!
//! A call is collected and leaves a place in its expression: a column position from [`WINDOWED`] on. Once the select
//! list is bound, a node with all of them goes under it, and the places become its columns.

use super::expression::{AGGREGATES, Clause, Expressions, WINDOWED};
use super::faults::{Bound, Reported};
use super::grouping::is_same;
use super::suggestion::did_you_mean;
use super::{aggregates, analytic, frames};
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, ExprKind};
use crate::plan::sliding::{Extent, SlidingCall, SlidingFunction, SlidingWindow};
use crate::plan::{Field, Plan};
use crate::sql::ast::{Frame, FunctionCall, Ident, WindowRef, WindowSpec};

/// The windowed calls of a query so far; equal ones are one.
#[derive(Debug, Clone, Default)]
pub(super) struct Slide {
    windows: Vec<SlidingWindow>,
    calls: Vec<SlidingCall>,
}

/// `f(x) OVER w`.
pub(super) fn over(x: &Expressions, call: &FunctionCall, name: &str, window: &WindowRef) -> Bound<Expr> {
    match x.clause {
        Clause::Select => {}
        Clause::Aggregate => return x.invalid(call.span, "Aggregate expressions cannot be nested"),
        other => {
            return x.refuse(
                call.span,
                format!("Windowed aggregate expression is illegal in {}", other.name()),
                Some("compute it in a sub-select and test it outside".to_owned()),
            );
        }
    }
    let bound_window = window_of(x, window);
    let function = function_of(x, call, name);
    let ((bound_window, frame), (function, ty)) = (bound_window?, function?);
    if matches!(function, SlidingFunction::ExpAvg { .. }) && matches!(bound_window.extent, Extent::Rows(_)) {
        return x.refuse(
            frame.map_or(call.span, |frame| frame.span),
            "EXP_AVG works over a RANGE window only".to_owned(),
            Some("write RANGE INTERVAL '30' SECOND PRECEDING".to_owned()),
        );
    }
    if x.grouped {
        let message = "OVER beside GROUP BY cannot run yet";
        let hint = "group in a sub-select, or in a pump of its own, and slide over its rows outside";
        return Err(x.fault(Diagnostic::not_implemented(call.span, message).with_hint(hint)));
    }
    if bound_window.extent == Extent::Unbounded {
        warn_of_unbounded(x, window, frame);
    }
    let index = x.sliding.borrow_mut().add(bound_window, function, ty, call.span);
    Ok(Expr::column(WINDOWED + index, ty, call.span))
}

impl Slide {
    /// The position of a call among the calls.
    fn add(
        &mut self,
        window: SlidingWindow,
        function: SlidingFunction,
        ty: crate::types::SqlType,
        span: Span,
    ) -> usize {
        let known = self.windows.iter().position(|w| is_same_window(w, &window));
        let window = known.unwrap_or_else(|| {
            self.windows.push(window);
            self.windows.len() - 1
        });
        let same =
            |c: &SlidingCall| c.window == window && c.ty == ty && is_same_function(&c.function, &function);
        self.calls.iter().position(same).unwrap_or_else(|| {
            self.calls.push(SlidingCall {
                window,
                function,
                ty,
                span,
            });
            self.calls.len() - 1
        })
    }
}

fn is_same_window(a: &SlidingWindow, b: &SlidingWindow) -> bool {
    a.extent == b.extent && are_same(a.partition_by.iter().collect(), b.partition_by.iter().collect())
}

fn are_same(a: Vec<&Expr>, b: Vec<&Expr>) -> bool {
    a.len() == b.len() && a.into_iter().zip(b).all(|(p, q)| is_same(p, q))
}

fn is_same_function(a: &SlidingFunction, b: &SlidingFunction) -> bool {
    use SlidingFunction::{Aggregate, ExpAvg, Lag, NthValue};
    let settings = match (a, b) {
        (Aggregate(a), Aggregate(b)) => return aggregates::is_same(a, b),
        (
            Lag {
                rows: p,
                ignore_nulls: i,
                ..
            },
            Lag {
                rows: q,
                ignore_nulls: j,
                ..
            },
        ) => p == q && i == j,
        (
            NthValue {
                n: p,
                from_last: f,
                ignore_nulls: i,
                ..
            },
            NthValue {
                n: q,
                from_last: g,
                ignore_nulls: j,
                ..
            },
        ) => p == q && f == g && i == j,
        (ExpAvg { half_life_ms: p, .. }, ExpAvg { half_life_ms: q, .. }) => p == q,
        _ => false,
    };
    settings && are_same(a.exprs(), b.exprs())
}

/// The plan with the windowed calls of the query on top, if there are any.
pub(super) fn under(x: &Expressions, input: Plan) -> Plan {
    let Slide { windows, calls } = x.sliding.take();
    if calls.is_empty() {
        return input;
    }
    let own = calls.iter().enumerate().map(|(i, call)| Field {
        name: format!("WIN${i}"),
        ty: call.ty,
        not_null: false,
    });
    Plan::Slide {
        fields: input.fields().iter().cloned().chain(own).collect(),
        input: Box::new(input),
        windows,
        calls,
    }
}

/// An expression over what [`under`] gives.
pub(super) fn placed(x: &Expressions, mut expr: Expr) -> Expr {
    let width = x.scope.columns().count();
    expr.rewrite(&mut |e| {
        if let ExprKind::Column(i) = e.kind
            && (WINDOWED..AGGREGATES).contains(&i)
        {
            e.kind = ExprKind::Column(width + (i - WINDOWED));
        }
    });
    expr
}

fn function_of(
    x: &Expressions,
    call: &FunctionCall,
    name: &str,
) -> Bound<(SlidingFunction, crate::types::SqlType)> {
    if call.from_last && name != "NTH_VALUE" {
        return x.invalid(
            call.span,
            format!("FROM LAST belongs to NTH_VALUE, not to {name}"),
        );
    }
    if aggregates::NAMES.contains(&name) {
        let aggregate = aggregates::bind_call(x, call, name)?;
        let ty = aggregate.ty;
        return Ok((SlidingFunction::Aggregate(aggregate), ty));
    }
    analytic::bind(x, call, name)
}

/// A window with its parts from wherever they stand, and its frame as written.
fn window_of<'w>(
    x: &Expressions<'w, '_>,
    window: &'w WindowRef,
) -> Bound<(SlidingWindow, Option<&'w Frame>)> {
    check(x, window).and_then(|()| frames::check_of_aggregate(x, window))?;
    let specs = frames::specs(x, window);
    let again =
        |(i, spec): (usize, &&WindowSpec)| specs.iter().take(i).any(|known| std::ptr::eq(*known, *spec));
    if specs.iter().enumerate().any(again) {
        let span = specs.first().map_or(Span::default(), |spec| spec.span);
        return x.invalid(span, "A window cannot build on itself");
    }
    for (spec, base) in specs.iter().zip(specs.iter().skip(1)) {
        refuse_overlap(x, spec, base)?;
    }
    let partition = specs.iter().find(|spec| !spec.partition_by.is_empty());
    let partition_by = match partition {
        Some(spec) => x.within(Clause::GroupBy).bind_all(&spec.partition_by)?,
        None => Vec::new(),
    };
    let frame = specs.iter().find_map(|spec| spec.frame.as_ref());
    let extent = match frame {
        // Whoever writes no frame means all rows so far, as in standard SQL.
        None => Extent::Unbounded,
        Some(frame) => frames::reach(x, frame)?.extent().ok_or(Reported)?,
    };
    let window = SlidingWindow { partition_by, extent };
    Ok((window, frame))
}

/// A window that builds on another adds what that one leaves open.
fn refuse_overlap(x: &Expressions, spec: &WindowSpec, base: &WindowSpec) -> Bound<()> {
    let name = spec.base.as_ref().map_or("", |b| b.name.as_str());
    if let Some(first) = spec.partition_by.first() {
        let span = spec.partition_by.iter().fold(first.span, |s, e| s.to(e.span));
        return x.refuse(
            span,
            "PARTITION BY not allowed with existing window reference".to_owned(),
            Some(format!(
                "{name} has its partition already, or none: write a window of its own"
            )),
        );
    }
    if let (Some(_), Some(place)) = (&base.frame, &spec.base) {
        return x.refuse(
            place.span,
            "Referenced window cannot have framing declarations".to_owned(),
            Some(format!("write OVER {name}, or take ROWS or RANGE out of {name}")),
        );
    }
    Ok(())
}

fn warn_of_unbounded(x: &Expressions, window: &WindowRef, frame: Option<&Frame>) {
    let (span, message) = match (frame, window) {
        (Some(frame), _) => (frame.span, "UNBOUNDED PRECEDING keeps every partition for ever"),
        (None, WindowRef::Inline(spec)) => (spec.span, NO_FRAME),
        (None, WindowRef::Named(name)) => (name.span, NO_FRAME),
    };
    x.fault(
        Diagnostic::warning(span, message).with_hint(
            "its state grows with their number; RANGE INTERVAL … PRECEDING lets go of what is old",
        ),
    );
}

const NO_FRAME: &str =
    "A window without ROWS or RANGE reaches back to the first row and keeps every partition for ever";

/// Binds what a window names, for its faults.
pub(super) fn check(x: &Expressions, window: &WindowRef) -> Bound<()> {
    match window {
        WindowRef::Named(name) => check_name(x, name),
        WindowRef::Inline(spec) => check_spec(x, spec),
    }
}

/// Binds the parts of a window's definition, for their faults.
pub(super) fn check_spec(x: &Expressions, spec: &WindowSpec) -> Bound<()> {
    let keys = x.within(Clause::GroupBy);
    let mut result = Ok(());
    for e in spec
        .partition_by
        .iter()
        .chain(spec.order_by.iter().map(|o| &o.expr))
    {
        if keys.bind(e).is_err() {
            result = Err(Reported);
        }
    }
    if let Some(base) = &spec.base {
        check_name(x, base)?;
    }
    match &spec.frame {
        Some(frame) => result.and(frames::reach(x, frame).map(|_| ())),
        None => result,
    }
}

fn check_name(x: &Expressions, name: &Ident) -> Bound<()> {
    let known = || x.windows.iter().map(|(n, _)| n.name.as_str());
    if known().any(|n| n == name.name) {
        return Ok(());
    }
    let hint = did_you_mean(&name.name, known());
    x.refuse(name.span, format!("Window '{}' not found", name.name), hint)
}
