//! What a pump is, beside its name: two pumps of one identity make the same rows of the same input, so that one may go
//! on where the other stands. A changed application keeps the state of pumps by it.
//!
//! It is the bound plan as text, with streams and tables by name and with all that their rows have, and without places
//! in the script: moving a statement, or adding one before it, changes no pump.

use std::fmt::Write;

use super::sliding::{SlidingCall, SlidingFunction};
use super::{Aggregate, Application, Field, Plan, Pump, RowtimePromise, StreamId, WindowClock};
use crate::diagnostic::Span;
use crate::expr::Expr;

/// See the module's text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PumpIdentity(String);

impl PumpIdentity {
    /// The identity of a pump of an application.
    pub fn of(pump: &Pump, app: &Application) -> Self {
        let mut plan = pump.plan.clone();
        let mut text = String::new();
        describe_stream(app, pump.target, &mut text);
        anonymize(&mut plan, app, &mut text);
        let _ = write!(text, "{plan:?}");
        Self(text)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Notes which relations the leaves are, in their order, and takes their numbers and all places out of the plan.
fn anonymize(plan: &mut Plan, app: &Application, text: &mut String) {
    for input in plan.inputs_mut() {
        anonymize(input, app, text);
    }
    match plan {
        Plan::Scan { stream, .. } => {
            describe_stream(app, *stream, text);
            *stream = 0;
        }
        Plan::Lookup(lookup) => {
            if let Some(table) = app.tables.get(lookup.table) {
                describe("table", &table.name, &table.fields, text);
            }
            lookup.table = 0;
            let equalities = lookup.equalities.iter_mut().flat_map(|(l, r)| [l, r]);
            equalities.chain(&mut lookup.condition).for_each(forget_places);
        }
        Plan::Join(join) => {
            let equalities = join.equalities.iter_mut().flat_map(|(l, r)| [l, r]);
            equalities.chain(&mut join.condition).for_each(forget_places);
        }
        Plan::Filter { predicate, .. } => forget_places(predicate),
        Plan::Project { exprs, rowtime, .. } => {
            exprs.iter_mut().for_each(forget_places);
            if let Some(rowtime) = rowtime {
                forget_places(&mut rowtime.expr);
                if let RowtimePromise::Clock(clock) = &mut rowtime.promise {
                    forget_places(clock);
                }
            }
        }
        Plan::Tumble {
            keys,
            clock,
            aggregates,
            ..
        } => {
            keys.iter_mut().for_each(forget_places);
            forget_clock(clock);
            aggregates.iter_mut().for_each(forget_aggregate);
        }
        Plan::Stagger { keys, aggregates, .. } | Plan::Whole { keys, aggregates, .. } => {
            keys.iter_mut().for_each(forget_places);
            aggregates.iter_mut().for_each(forget_aggregate);
        }
        Plan::Slide { windows, calls, .. } => {
            let partitions = windows.iter_mut().flat_map(|w| &mut w.partition_by);
            partitions.for_each(forget_places);
            calls.iter_mut().for_each(forget_call);
        }
        Plan::Sort {
            leading, clock, keys, ..
        } => {
            leading.iter_mut().for_each(forget_places);
            forget_clock(clock);
            keys.iter_mut().for_each(|key| forget_places(&mut key.expr));
        }
        Plan::Union { .. } | Plan::TableFunction { .. } | Plan::Limit { .. } => {}
    }
}

/// Columns that a stream has beside the declared ones come and go with its writers; a scan names those that it reads.
fn describe_stream(app: &Application, id: StreamId, text: &mut String) {
    if let Some(stream) = app.streams.get(id) {
        describe("stream", &stream.name, stream.declared_fields(), text);
    }
}

fn describe(kind: &str, name: &str, fields: &[Field], text: &mut String) {
    let _ = writeln!(text, "{kind} {name:?} {fields:?}");
}

fn forget_places(expr: &mut Expr) {
    expr.rewrite(&mut |e| e.span = Span::default());
}

fn forget_clock(clock: &mut Option<WindowClock>) {
    if let Some(clock) = clock {
        forget_places(&mut clock.key);
    }
}

fn forget_aggregate(aggregate: &mut Aggregate) {
    aggregate.span = Span::default();
    aggregate.argument.iter_mut().for_each(forget_places);
}

fn forget_call(call: &mut SlidingCall) {
    call.span = Span::default();
    match &mut call.function {
        SlidingFunction::Aggregate(aggregate) => forget_aggregate(aggregate),
        other => other.exprs_mut().into_iter().for_each(forget_places),
    }
}
