//! Where windows end, and what ROWTIME their rows leave with.

use arrow::array::{AsArray, TimestampMillisecondArray};

use super::*;
use crate::dataflow::errors::Relation;

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
    let day = SqlType::Interval(IntervalQualifier::single(TimeUnit::Day));
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
    // FLOOR((s.ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND)
    let second = SqlType::Interval(IntervalQualifier::single(TimeUnit::Second));
    let since = call(
        Function::DatetimeDifference(IntervalQualifier::single(TimeUnit::Second)),
        vec![rowtime(), integer(0, SqlType::Timestamp)],
        second,
    );
    let tenth = call(
        Function::Divide,
        vec![since, integer(10, SqlType::Integer)],
        second,
    );
    let idiom = call(Function::FloorTo(TimeUnit::Second), vec![tenth], second);
    let cases: [(Expr, &[&str], &[&str]); 11] = [
        (
            idiom,
            &[
                "2024-01-01 00:00:09.999",
                "2024-01-01 00:00:10",
                "2024-01-01 00:00:30",
            ],
            &[
                "2024-01-01 00:00:10.000 1",
                "2024-01-01 00:00:20.000 1",
                "2024-01-01 00:00:40.000 1",
            ],
        ),
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
fn a_declared_window_holds_its_bound_back() {
    let int = SqlType::Integer;
    let key = call(Function::Monotonic, vec![column(0, int)], int);
    let mut operator = Tumble::new(std::slice::from_ref(&key), 0, None, &[count()], 1);
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut errors = PumpErrors::new("P".into(), vec![Relation::input(vec![]), Relation::made(vec![])]);
    let mut out = Vec::new();
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
    };
    let one = vec![Arc::new(Int32Array::from(vec![1])) as ArrayRef];
    operator.push(RowBatch::new(vec![5].into(), one, 0, false), &mut cx, &mut out);
    // Rows that another operator dropped end a batch at 7: their ROWTIME counts, the bound by itself does not.
    cx.before_ms = 7;
    operator.advance(8, &mut cx, &mut out);
    assert_eq!(operator.forward(8), 7);
    operator.advance(i64::MAX, &mut cx, &mut out);
    assert_eq!(out.iter().map(|b| b.rowtimes[0]).collect::<Vec<_>>(), [7]);
    assert_eq!(operator.forward(i64::MAX), i64::MAX);
}

/// `STEP(ds.w BY INTERVAL '5' MINUTE)` over `w = STEP(s.ROWTIME BY INTERVAL '1' MINUTE)`: what the minute up to
/// 10:05 sends carries ROWTIME 10:05 and still belongs to the five minutes that end there.
#[test]
fn a_window_over_the_key_of_a_window_keeps_its_last_minute() {
    let steps = |minutes: i64, of: Expr| {
        call(
            Function::StepMillis(minutes * 60_000),
            vec![of],
            SqlType::Timestamp,
        )
    };
    let key = steps(5, column(0, SqlType::Timestamp));
    let clock = WindowClock {
        key: steps(5, steps(1, rowtime())),
        behind: true,
    };
    let minutes = [
        "10:01:00", "10:04:00", "10:05:00", "10:06:00", "10:10:00", "10:11:00",
    ];
    for cut in [1, 2, 6] {
        let mut operator = Tumble::new(std::slice::from_ref(&key), 0, Some(&clock), &[count()], 2);
        let (mut errors, mut out) = (PumpErrors::new("P".into(), vec![]), Vec::new());
        for part in minutes.chunks(cut) {
            let mut cx = Context {
                clock: &Clock {
                    run_start_ms: 0,
                    row_ms: None,
                },
                errors: &mut errors,
                before_ms: i64::MIN,
            };
            let rowtimes: Vec<i64> = part.iter().map(|t| at(&format!("2024-01-01 {t}"))).collect();
            let starts = TimestampMillisecondArray::from_iter_values(rowtimes.iter().map(|t| t - 60_000));
            let bound = rowtimes.last().copied().unwrap();
            let batch = RowBatch::new(rowtimes.into(), vec![Arc::new(starts)], 1, true);
            operator.push(batch, &mut cx, &mut out);
            operator.advance(bound, &mut cx, &mut out);
        }
        let seen = out.iter().map(|batch| {
            let counts = batch.columns[1].as_primitive::<arrow::datatypes::Int64Type>();
            (timestamp_text(batch.rowtimes[0]), counts.value(0))
        });
        let expected = [("2024-01-01 10:05:00.000", 3), ("2024-01-01 10:10:00.000", 2)];
        assert_eq!(
            seen.collect::<Vec<_>>(),
            expected.map(|(t, n)| (t.to_owned(), n)),
            "cut {cut}"
        );
    }
}
