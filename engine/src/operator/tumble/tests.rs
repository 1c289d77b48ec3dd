//! Tumbling windows row by row: worked examples of the dialect, each under every cut and with a restore after
//! every step, since neither may show.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int8Array, Int32Array, StringViewArray};

use super::*;
use crate::clock::Clock;
use crate::dataflow::errors::{PumpCounts, PumpErrors};
use crate::datetime::{parse_timestamp, timestamp_text};
use crate::diagnostic::Span;
use crate::expr::{Function, Value};
use crate::plan::{Aggregate, AggregateFunction as F, Field};
use crate::row_text::write_json_row;
use crate::types::{SqlType, TimeUnit};

mod random;

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
        let clock = self.clock.as_ref();
        Tumble::with_limit(&self.keys, self.window, clock, &self.aggregates, 1, self.limit)
    }

    fn output(&self) -> Vec<SqlType> {
        let keys = self.keys.iter().map(|k| k.ty);
        keys.chain(self.aggregates.iter().map(|a| a.ty)).collect()
    }

    /// Runs the events in batches of at most `cut` rows, each followed by its own last ROWTIME as a bound.
    pub(super) fn run(&self, events: &[Event], cut: usize, restore: bool) -> Seen {
        let output = fields(&self.output());
        let mut errors = PumpErrors::new("P".into(), vec![fields(&self.columns), output.clone()]);
        let clock = Clock {
            run_start_ms: 0,
            row_ms: None,
        };
        let mut operator = self.operator();
        let mut rows = Vec::new();
        for step in cut_up(events, cut) {
            let mut cx = Context {
                clock: &clock,
                errors: &mut errors,
            };
            let mut out = Vec::new();
            match step {
                Event::Bound(bound) => operator.advance(bound, &mut cx, &mut out),
                Event::Rows(rowtimes, columns) => {
                    let last = *rowtimes.last().unwrap();
                    operator.push(
                        RowBatch::new(rowtimes.into(), columns, 0, false),
                        &mut cx,
                        &mut out,
                    );
                    operator.advance(last, &mut cx, &mut out);
                }
            }
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
            let of = errors.rows.iter().filter(|(c, _)| *c == closing);
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

const END: Event = Event::Bound(i64::MAX);
const CITY: SqlType = SqlType::Varchar(20);

/// The rows of `windows-and-time.md` §3.4.
fn weather() -> Event {
    let rows = [
        ("2018-11-01 01:00:00", "Denver", 29),
        ("2018-11-01 01:00:00", "Anchorage", 2),
        ("2018-11-01 06:00:00", "Miami", 65),
        ("2018-11-01 07:00:00", "Denver", 32),
        ("2018-11-01 09:00:00", "Anchorage", 9),
        ("2018-11-01 13:00:00", "Denver", 50),
        ("2018-11-01 17:00:00", "Anchorage", 10),
        ("2018-11-01 18:00:00", "Miami", 71),
        ("2018-11-01 19:00:00", "Denver", 43),
        ("2018-11-02 01:00:00", "Anchorage", 4),
        ("2018-11-02 01:00:00", "Denver", 39),
        ("2018-11-02 07:00:00", "Denver", 46),
        ("2018-11-02 09:00:00", "Anchorage", 3),
        ("2018-11-02 13:00:00", "Denver", 56),
        ("2018-11-02 17:00:00", "Anchorage", 2),
        ("2018-11-02 19:00:00", "Denver", 50),
        ("2018-11-03 01:00:00", "Denver", 36),
        ("2018-11-03 01:00:00", "Anchorage", 1),
    ];
    let cities: StringViewArray = rows.iter().map(|r| Some(r.1)).collect();
    let temperatures = Int32Array::from_iter_values(rows.iter().map(|r| r.2));
    Event::Rows(
        rows.iter().map(|r| at(r.0)).collect(),
        vec![Arc::new(cities), Arc::new(temperatures)],
    )
}

fn temperature(function: F) -> Aggregate {
    aggregate(function, Some(column(1, SqlType::Integer)), SqlType::Integer)
}

/// Rows of one INTEGER column.
fn numbers(rows: &[(&str, Option<i32>)]) -> Event {
    let values: Int32Array = rows.iter().map(|r| r.1).collect();
    Event::Rows(rows.iter().map(|r| at(r.0)).collect(), vec![Arc::new(values)])
}

#[test]
fn weather_by_day() {
    let query = Query::by_clock(
        &[CITY, SqlType::Integer],
        floor(TimeUnit::Day),
        vec![],
        vec![temperature(F::Min), temperature(F::Max)],
    );
    let first = [
        r#"2018-11-02 00:00:00.000 {"C0":"2018-11-01 00:00:00.000","C1":2,"C2":71}"#,
        r#"2018-11-03 00:00:00.000 {"C0":"2018-11-02 00:00:00.000","C1":2,"C2":56}"#,
    ];
    let third = r#"2018-11-04 00:00:00.000 {"C0":"2018-11-03 00:00:00.000","C1":1,"C2":36}"#;
    assert_eq!(query.run_all(&[weather()]).rows, first);
    let early = Event::Bound(at("2018-11-03 23:59:59.999"));
    assert_eq!(query.run_all(&[weather(), early]).rows, first);
    let all = [first.as_slice(), &[third]].concat();
    for bound in [at("2018-11-04 00:00:00"), at("2018-12-01 00:00:00"), i64::MAX] {
        let seen = query.run_all(&[weather(), Event::Bound(bound)]);
        assert_eq!(seen.rows, all);
        assert_eq!(seen.counts.rows_passed, 18);
    }
}

#[test]
fn weather_by_day_and_city() {
    let functions = [F::Min, F::Max, F::Avg, F::Sum];
    let mut query = Query::by_clock(
        &[CITY, SqlType::Integer],
        floor(TimeUnit::Day),
        vec![column(0, CITY)],
        functions.map(temperature).to_vec(),
    );
    query.aggregates.push(count());
    let expected = [
        r#"2018-11-02 00:00:00.000 {"C0":"2018-11-01 00:00:00.000","C1":"Denver","C2":29,"C3":50,"C4":38,"C5":154,"C6":4}"#,
        r#"2018-11-02 00:00:00.000 {"C0":"2018-11-01 00:00:00.000","C1":"Anchorage","C2":2,"C3":10,"C4":7,"C5":21,"C6":3}"#,
        r#"2018-11-02 00:00:00.000 {"C0":"2018-11-01 00:00:00.000","C1":"Miami","C2":65,"C3":71,"C4":68,"C5":136,"C6":2}"#,
        r#"2018-11-03 00:00:00.000 {"C0":"2018-11-02 00:00:00.000","C1":"Anchorage","C2":2,"C3":4,"C4":3,"C5":9,"C6":3}"#,
        r#"2018-11-03 00:00:00.000 {"C0":"2018-11-02 00:00:00.000","C1":"Denver","C2":39,"C3":56,"C4":47,"C5":191,"C6":4}"#,
        r#"2018-11-04 00:00:00.000 {"C0":"2018-11-03 00:00:00.000","C1":"Denver","C2":36,"C3":36,"C4":36,"C5":36,"C6":1}"#,
        r#"2018-11-04 00:00:00.000 {"C0":"2018-11-03 00:00:00.000","C1":"Anchorage","C2":1,"C3":1,"C4":1,"C5":1,"C6":1}"#,
    ];
    assert_eq!(query.run_all(&[weather(), END]).rows, expected);
}

/// (ROWTIME, count) of every window of a clock over these ROWTIMEs.
fn windows_of(clock: Expr, rowtimes: &[&str]) -> Vec<String> {
    let query = Query::by_clock(&[], clock, vec![], vec![count()]);
    let rowtimes = rowtimes.iter().map(|t| at(t)).collect();
    let seen = query.run_all(&[Event::Rows(rowtimes, vec![]), END]);
    let short = |row: &String| {
        format!(
            "{} {}",
            &row[..23],
            row.rsplit(':').next().unwrap().trim_end_matches('}')
        )
    };
    seen.rows.iter().map(short).collect()
}

#[test]
fn the_end_of_a_window_is_where_its_key_changes() {
    let minute = TimeUnit::Minute;
    let ceil = call(Function::CeilTo(minute), vec![rowtime()], SqlType::Timestamp);
    let step = call(Function::StepMillis(90_000), vec![rowtime()], SqlType::Timestamp);
    let epoch = call(Function::UnixTimestamp, vec![rowtime()], SqlType::BigInt);
    let tens = call(
        Function::Divide,
        vec![epoch, integer(10_000, SqlType::BigInt)],
        SqlType::BigInt,
    );
    let day = SqlType::Interval(crate::types::IntervalQualifier::single(TimeUnit::Day));
    let shifted = call(
        Function::DatetimeSubtract,
        vec![floor(minute), integer(86_400_000, day)],
        SqlType::Timestamp,
    );
    let falling = call(
        Function::Negate,
        vec![call(
            Function::UnixTimestamp,
            vec![floor(minute)],
            SqlType::BigInt,
        )],
        SqlType::BigInt,
    );
    let rows = [
        "2024-02-28 22:49:10",
        "2024-02-28 22:49:15",
        "2024-02-28 22:50:00",
        "2024-02-28 23:07:59.999",
    ];
    let cases: [(Expr, &[&str], &[&str]); 10] = [
        (
            floor(minute),
            &rows,
            &[
                "2024-02-28 22:50:00.000 2",
                "2024-02-28 22:51:00.000 1",
                "2024-02-28 23:08:00.000 1",
            ],
        ),
        (
            shifted,
            &rows,
            &[
                "2024-02-28 22:50:00.000 2",
                "2024-02-28 22:51:00.000 1",
                "2024-02-28 23:08:00.000 1",
            ],
        ),
        (
            falling,
            &rows,
            &[
                "2024-02-28 22:50:00.000 2",
                "2024-02-28 22:51:00.000 1",
                "2024-02-28 23:08:00.000 1",
            ],
        ),
        // A row exactly on the minute belongs to the minute that ends there.
        (
            ceil,
            &rows,
            &["2024-02-28 22:50:00.001 3", "2024-02-28 23:08:00.001 1"],
        ),
        (
            step,
            &[
                "1970-01-01 00:01:29.999",
                "1970-01-01 00:01:30",
                "1970-01-01 00:02:59",
            ],
            &["1970-01-01 00:01:30.000 1", "1970-01-01 00:03:00.000 2"],
        ),
        (
            tens,
            &[
                "1970-01-01 00:00:09",
                "1970-01-01 00:00:10",
                "1970-01-01 00:00:30",
            ],
            &[
                "1970-01-01 00:00:10.000 1",
                "1970-01-01 00:00:20.000 1",
                "1970-01-01 00:00:40.000 1",
            ],
        ),
        (
            floor(TimeUnit::Month),
            &[
                "2024-01-31 10:00:00",
                "2024-02-01 00:00:00",
                "2024-02-29 10:00:00",
                "2024-04-01 00:00:00",
            ],
            &[
                "2024-02-01 00:00:00.000 1",
                "2024-03-01 00:00:00.000 2",
                "2024-05-01 00:00:00.000 1",
            ],
        ),
        (
            floor(TimeUnit::Year),
            &[
                "1969-12-31 23:59:59",
                "2023-06-01 00:00:00",
                "9998-01-01 00:00:00",
            ],
            &[
                "1970-01-01 00:00:00.000 1",
                "2024-01-01 00:00:00.000 1",
                "9999-01-01 00:00:00.000 1",
            ],
        ),
        (
            rowtime(),
            &[
                "2024-01-01 00:00:00",
                "2024-01-01 00:00:00",
                "2024-01-01 00:00:00.001",
                "2024-01-01 00:00:07",
            ],
            &[
                "2024-01-01 00:00:00.001 2",
                "2024-01-01 00:00:00.002 1",
                "2024-01-01 00:00:07.001 1",
            ],
        ),
        // Nothing above the last representable instant can differ.
        (
            floor(TimeUnit::Year),
            &["9999-05-01 00:00:00"],
            &["9999-12-31 23:59:59.999 1"],
        ),
    ];
    for (clock, rowtimes, expected) in cases {
        assert_eq!(windows_of(clock.clone(), rowtimes), expected, "{clock:?}");
    }
}

#[test]
fn without_a_clock_the_completing_row_stamps() {
    let day = call(
        Function::Monotonic,
        vec![column(0, SqlType::Integer)],
        SqlType::Integer,
    );
    let mut query = Query::by_clock(&[SqlType::Integer], day, vec![], vec![count()]);
    query.clock = None;
    let rows = numbers(&[
        ("2024-01-01 00:00:00", None),
        ("2024-01-01 00:00:01", None),
        ("2024-01-01 00:00:02", Some(1)),
        ("2024-01-01 00:00:02", Some(2)),
        ("2024-01-01 05:00:00", Some(2)),
        ("2024-01-01 05:00:01", Some(2)),
    ]);
    let first = [
        r#"2024-01-01 00:00:02.000 {"C0":null,"C1":2}"#,
        r#"2024-01-01 00:00:02.000 {"C0":1,"C1":1}"#,
    ];
    let bound = Event::Bound(at("2024-01-02 00:00:00"));
    assert_eq!(query.run_all(&[rows.clone(), bound.clone()]).rows, first);
    let last = r#"2024-01-01 05:00:01.000 {"C0":2,"C1":3}"#;
    let all = query.run_all(&[rows.clone(), END]).rows;
    assert_eq!(all, [first.as_slice(), &[last]].concat());
    // A bound that was given is never undercut.
    let late = query.run_all(&[rows, bound, END]).rows;
    assert_eq!(late[2], r#"2024-01-02 00:00:00.000 {"C0":2,"C1":3}"#);
}

#[test]
fn keys_are_equal_when_values_are() {
    let (double, text) = (SqlType::Double, SqlType::Varchar(30));
    let nothing = Expr::literal(Value::Null, SqlType::Null, Span::default());
    let query = Query {
        columns: vec![double, text],
        keys: vec![
            column(0, double),
            floor(TimeUnit::Minute),
            column(1, text),
            nothing,
        ],
        window: 1,
        clock: Some(floor(TimeUnit::Minute)),
        aggregates: vec![count()],
        limit: GROUPS_MAX,
    };
    let long = "text longer than twelve bytes";
    let doubles = Float64Array::from(vec![
        Some(0.0),
        None,
        Some(-0.0),
        None,
        Some(1.0),
        None,
        Some(0.0),
    ]);
    let texts: StringViewArray = [
        Some(long),
        None,
        Some(long),
        Some(""),
        Some("x"),
        None,
        Some(long),
    ]
    .into_iter()
    .collect();
    let rowtimes = (0..7).map(|i| i * 10_000).collect();
    let seen = query.run_all(&[
        Event::Rows(rowtimes, vec![Arc::new(doubles), Arc::new(texts)]),
        END,
    ]);
    let minute = r#""C1":"1970-01-01 00:00:00.000""#;
    assert_eq!(
        seen.rows,
        [
            format!(r#"1970-01-01 00:01:00.000 {{"C0":0.0,{minute},"C2":"{long}","C3":null,"C4":2}}"#),
            format!(r#"1970-01-01 00:01:00.000 {{"C0":null,{minute},"C2":null,"C3":null,"C4":2}}"#),
            format!(r#"1970-01-01 00:01:00.000 {{"C0":null,{minute},"C2":"","C3":null,"C4":1}}"#),
            format!(r#"1970-01-01 00:01:00.000 {{"C0":1.0,{minute},"C2":"x","C3":null,"C4":1}}"#),
            format!(
                r#"1970-01-01 00:02:00.000 {{"C0":0.0,"C1":"1970-01-01 00:01:00.000","C2":"{long}","C3":null,"C4":1}}"#
            ),
        ]
    );
}

/// `100 / x`, which fails for 0.
fn share() -> Expr {
    let int = SqlType::Integer;
    call(Function::Divide, vec![integer(100, int), column(0, int)], int)
}

#[test]
fn failing_rows_are_left_out_but_move_time() {
    let rows = numbers(&[
        ("2024-01-01 00:00:00", Some(0)),
        ("2024-01-01 00:00:10", Some(10)),
        ("2024-01-01 00:00:20", Some(0)),
        ("2024-01-01 00:00:30", Some(20)),
        ("2024-01-01 00:01:30", Some(0)),
        ("2024-01-01 00:02:30", None),
        ("2024-01-01 00:02:40", Some(0)),
    ]);
    let sum = aggregate(F::Sum, Some(share()), SqlType::Integer);
    let query = Query::by_clock(
        &[SqlType::Integer],
        floor(TimeUnit::Minute),
        vec![],
        vec![sum, count()],
    );
    let seen = query.run_all(&[rows.clone(), END]);
    assert_eq!(
        seen.rows,
        [
            r#"2024-01-01 00:01:00.000 {"C0":"2024-01-01 00:00:00.000","C1":15,"C2":2}"#,
            r#"2024-01-01 00:03:00.000 {"C0":"2024-01-01 00:02:00.000","C1":null,"C2":1}"#,
        ]
    );
    assert_eq!(seen.errors[0].len(), 4);
    assert_eq!((seen.counts.rows_passed, seen.counts.rows_failed), (3, 4));
    // As a key without a clock, a failing row closes nothing.
    let mut query = Query::by_clock(&[SqlType::Integer], share(), vec![], vec![count()]);
    query.clock = None;
    let same = numbers(&[
        ("2024-01-01 00:00:00", Some(10)),
        ("2024-01-01 00:00:10", Some(0)),
        ("2024-01-01 00:00:20", Some(10)),
    ]);
    let seen = query.run_all(&[same, END]);
    assert_eq!(seen.rows, [r#"2024-01-01 00:00:20.000 {"C0":10,"C1":2}"#]);
}

#[test]
fn a_failing_group_leaves_the_others() {
    let tiny = SqlType::TinyInt;
    let query = Query::by_clock(
        &[tiny, tiny],
        floor(TimeUnit::Minute),
        vec![column(0, tiny)],
        vec![aggregate(F::Sum, Some(column(1, tiny)), tiny)],
    );
    let keys = Int8Array::from(vec![1, 2, 1, 2, 3]);
    let values = Int8Array::from(vec![100, 100, 100, 20, 3]);
    let rows = Event::Rows(vec![0, 1, 2, 3, 4], vec![Arc::new(keys), Arc::new(values)]);
    let seen = query.run_all(&[rows, END]);
    assert_eq!(
        seen.rows,
        [
            r#"1970-01-01 00:01:00.000 {"C0":"1970-01-01 00:00:00.000","C1":2,"C2":120}"#,
            r#"1970-01-01 00:01:00.000 {"C0":"1970-01-01 00:00:00.000","C1":3,"C2":3}"#,
        ]
    );
    let message =
        "1970-01-01 00:01:00.000 SUM is out of range for TINYINT; CAST its argument to a wider type";
    assert_eq!(seen.errors, [vec![], vec![message.to_owned()]]);
    assert_eq!(seen.counts.groups_failed, 1);
}

#[test]
fn groups_have_a_limit() {
    let int = SqlType::Integer;
    let mut query = Query::by_clock(
        &[int],
        floor(TimeUnit::Minute),
        vec![column(0, int)],
        vec![count()],
    );
    query.limit = 2;
    let rows = numbers(&[
        ("2024-01-01 00:00:00", Some(1)),
        ("2024-01-01 00:00:01", Some(2)),
        ("2024-01-01 00:00:02", Some(3)),
        ("2024-01-01 00:00:03", Some(2)),
        ("2024-01-01 00:00:04", Some(4)),
        ("2024-01-01 00:00:05", Some(1)),
        ("2024-01-01 00:01:00", Some(3)),
    ]);
    let seen = query.run_all(&[rows, END]);
    assert_eq!(
        seen.rows,
        [
            r#"2024-01-01 00:01:00.000 {"C0":"2024-01-01 00:00:00.000","C1":1,"C2":2}"#,
            r#"2024-01-01 00:01:00.000 {"C0":"2024-01-01 00:00:00.000","C1":2,"C2":2}"#,
            r#"2024-01-01 00:02:00.000 {"C0":"2024-01-01 00:01:00.000","C1":3,"C2":1}"#,
        ]
    );
    assert!(
        seen.errors[0][0].contains("the window has 2 groups already"),
        "{seen:?}"
    );
    assert_eq!((seen.counts.rows_passed, seen.counts.rows_failed), (5, 2));
}

#[test]
fn distinct_needs_no_aggregates() {
    let query = Query::by_clock(&[], floor(TimeUnit::Minute), vec![], vec![]);
    let seen = query.run_all(&[Event::Rows(vec![0, 1, 60_000], vec![]), END]);
    assert_eq!(
        seen.rows,
        [
            r#"1970-01-01 00:01:00.000 {"C0":"1970-01-01 00:00:00.000"}"#,
            r#"1970-01-01 00:02:00.000 {"C0":"1970-01-01 00:01:00.000"}"#,
        ]
    );
}

#[test]
fn a_foreign_state_is_refused() {
    let int = SqlType::Integer;
    let one = Query::by_clock(
        &[int],
        floor(TimeUnit::Minute),
        vec![column(0, int)],
        vec![count()],
    );
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut errors = PumpErrors::new("P".into(), vec![fields(&[int]), fields(&one.output())]);
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
    };
    let mut operator = one.operator();
    let rows = vec![Arc::new(Int32Array::from(vec![1])) as ArrayRef];
    operator.push(
        RowBatch::new(vec![0].into(), rows, 0, false),
        &mut cx,
        &mut Vec::new(),
    );
    let state = operator.save();
    let times = Query::by_clock(&[], floor(TimeUnit::Minute), vec![rowtime()], vec![count()]);
    assert!(times.operator().load(state.clone()).is_err());
    let more = Query::by_clock(
        &[int],
        floor(TimeUnit::Minute),
        vec![column(0, int)],
        vec![count(), count()],
    );
    assert!(more.operator().load(state.clone()).is_err());
    let fewer = Query::by_clock(&[int], floor(TimeUnit::Minute), vec![column(0, int)], vec![]);
    assert!(fewer.operator().load(state.clone()).is_err());
    let mut declared = one.clone();
    declared.clock = None;
    assert!(declared.operator().load(state.clone()).is_err());
    assert!(one.operator().load(state).is_ok());
}
