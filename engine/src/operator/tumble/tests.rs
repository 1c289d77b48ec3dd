//! Tumbling windows row by row: worked examples of the dialect, each under every cut and with a restore after
//! every step, since neither may show.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int8Array, Int32Array, StringViewArray};

use super::*;
use crate::clock::Clock;
use crate::dataflow::errors::{PumpCounts, PumpErrors, Relation};
use crate::datetime::{parse_timestamp, timestamp_text};
use crate::diagnostic::Span;
use crate::expr::{Function, Value};
use crate::plan::{Aggregate, AggregateFunction as F, Field, WindowClock};
use crate::row_text::write_json_row;
use crate::types::{IntervalQualifier, SqlType, TimeUnit};

mod ends;
mod failures;
mod groups;
mod random;
mod weather;

/// A query over one stream: what the binder would hand over.
#[derive(Clone)]
pub(super) struct Query {
    pub(super) columns: Vec<SqlType>,
    pub(super) keys: Vec<Expr>,
    pub(super) window: usize,
    pub(super) clock: Option<Expr>,
    pub(super) aggregates: Vec<Aggregate>,
    pub(super) limit: usize,
}

/// What a stream brings, in order.
#[derive(Clone)]
pub(super) enum Event {
    Rows(Vec<i64>, Vec<ArrayRef>),
    Bound(i64),
}

/// Everything that can be seen of a run.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) rows: Vec<String>,
    /// Messages of rows, then of groups.
    pub(super) errors: [Vec<String>; 2],
    pub(super) counts: PumpCounts,
}

pub(super) fn call(function: Function, args: Vec<Expr>, ty: SqlType) -> Expr {
    Expr::call(function, args, ty, Span::default())
}

pub(super) fn rowtime() -> Expr {
    Expr::rowtime(Span::default())
}

pub(super) fn column(index: usize, ty: SqlType) -> Expr {
    Expr::column(index, ty, Span::default())
}

pub(super) fn integer(value: i64, ty: SqlType) -> Expr {
    Expr::literal(Value::Int(value), ty, Span::default())
}

pub(super) fn floor(unit: TimeUnit) -> Expr {
    call(Function::FloorTo(unit), vec![rowtime()], SqlType::Timestamp)
}

pub(super) fn aggregate(function: F, argument: Option<Expr>, ty: SqlType) -> Aggregate {
    Aggregate {
        function,
        argument,
        distinct: false,
        ty,
        span: Span::default(),
    }
}

pub(super) fn count() -> Aggregate {
    aggregate(F::CountStar, None, SqlType::BigInt)
}

pub(super) fn at(text: &str) -> i64 {
    parse_timestamp(text).unwrap()
}

fn fields(types: &[SqlType]) -> Vec<Field> {
    let field = |(i, &ty): (usize, &SqlType)| Field {
        name: format!("C{i}"),
        ty,
        not_null: false,
    };
    types.iter().enumerate().map(field).collect()
}

impl Query {
    /// A window over a clock, the key standing first.
    pub(super) fn by_clock(
        columns: &[SqlType],
        clock: Expr,
        keys: Vec<Expr>,
        aggregates: Vec<Aggregate>,
    ) -> Self {
        let mut all = vec![clock.clone()];
        all.extend(keys);
        Self {
            columns: columns.to_vec(),
            keys: all,
            window: 0,
            clock: Some(clock),
            aggregates,
            limit: GROUPS_MAX,
        }
    }

    fn operator(&self) -> Tumble {
        let clock = self.clock.clone().map(|key| WindowClock { key, behind: false });
        Tumble::with_limit(
            &self.keys,
            self.window,
            clock.as_ref(),
            &self.aggregates,
            1,
            self.limit,
        )
    }

    fn output(&self) -> Vec<SqlType> {
        let keys = self.keys.iter().map(|k| k.ty);
        keys.chain(self.aggregates.iter().map(|a| a.ty)).collect()
    }

    /// Runs the events in batches of at most `cut` rows, each followed by its own last ROWTIME as a bound.
    pub(super) fn run(&self, events: &[Event], cut: usize, restore: bool) -> Seen {
        let output = fields(&self.output());
        let mut errors = PumpErrors::new(
            "P".into(),
            vec![
                Relation::input(fields(&self.columns)),
                Relation::made(output.clone()),
            ],
        );
        let clock = Clock {
            run_start_ms: 0,
            row_ms: None,
        };
        let mut operator = self.operator();
        let mut rows = Vec::new();
        let (mut before_ms, mut promised) = (i64::MIN, i64::MIN);
        for step in cut_up(events, cut) {
            let mut cx = Context {
                clock: &clock,
                errors: &mut errors,
                before_ms,
            };
            let mut out = Vec::new();
            let bound = match step {
                Event::Bound(bound) => bound,
                Event::Rows(rowtimes, columns) => {
                    let last = *rowtimes.last().unwrap();
                    operator.push(
                        RowBatch::new(rowtimes.into(), columns, 0, false),
                        &mut cx,
                        &mut out,
                    );
                    last
                }
            };
            if bound != i64::MAX {
                before_ms = before_ms.max(bound);
            }
            cx.before_ms = before_ms;
            operator.advance(bound, &mut cx, &mut out);
            assert!(
                out.iter()
                    .all(|batch| batch.rowtimes.iter().all(|&r| r >= promised))
            );
            promised = operator.forward(bound);
            for batch in out {
                assert!(batch.closing && batch.origin.relation == 1);
                for row in 0..batch.len() {
                    let mut text = timestamp_text(batch.rowtimes[row]);
                    text.push(' ');
                    write_json_row(&mut text, &output, &batch.columns, row);
                    rows.push(text);
                }
            }
            if restore {
                let (since, groups) = (operator.open_since(), operator.open_groups());
                let state = operator.save();
                operator = self.operator();
                operator.load(through_bytes(state)).unwrap();
                assert_eq!((operator.open_since(), operator.open_groups()), (since, groups));
            }
        }
        let messages = |closing: bool| {
            let of = errors
                .rows
                .iter()
                .filter(|(place, _)| (place.relation > 0) == closing);
            of.map(|(_, e)| format!("{} {}", timestamp_text(e.rowtime_ms), e.message))
                .collect()
        };
        Seen {
            rows,
            errors: [messages(false), messages(true)],
            counts: errors.counts,
        }
    }

    /// Runs in many cuts, with and without restore, and expects no difference.
    pub(super) fn run_all(&self, events: &[Event]) -> Seen {
        let seen = self.run(events, usize::MAX, false);
        for cut in [1, 2, 7, usize::MAX] {
            for restore in [false, true] {
                assert_eq!(
                    self.run(events, cut, restore),
                    seen,
                    "cut {cut}, restore {restore}"
                );
            }
        }
        seen
    }
}

/// The state as a snapshot keeps it: JSON text and IPC bytes.
fn through_bytes(state: OperatorState) -> OperatorState {
    let facts = serde_json::from_str(&state.facts.to_string()).unwrap();
    let batches = state.batches.iter().map(|batch| {
        let mut bytes = Vec::new();
        let mut writer = arrow::ipc::writer::StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
        drop(writer);
        let mut reader = arrow::ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap();
        reader.next().unwrap().unwrap()
    });
    OperatorState {
        facts,
        batches: batches.collect(),
    }
}

fn cut_up(events: &[Event], cut: usize) -> Vec<Event> {
    let mut steps = Vec::new();
    for event in events {
        match event {
            Event::Bound(_) => steps.push(event.clone()),
            Event::Rows(rowtimes, columns) => {
                for start in (0..rowtimes.len()).step_by(cut.min(rowtimes.len())) {
                    let len = cut.min(rowtimes.len() - start);
                    let part = columns.iter().map(|c| c.slice(start, len)).collect();
                    steps.push(Event::Rows(rowtimes[start..start + len].to_vec(), part));
                }
            }
        }
    }
    steps
}

pub(super) const END: Event = Event::Bound(i64::MAX);

pub(super) const CITY: SqlType = SqlType::Varchar(20);

/// Rows of one INTEGER column.
pub(super) fn numbers(rows: &[(&str, Option<i32>)]) -> Event {
    let values: Int32Array = rows.iter().map(|r| r.1).collect();
    Event::Rows(rows.iter().map(|r| at(r.0)).collect(), vec![Arc::new(values)])
}
