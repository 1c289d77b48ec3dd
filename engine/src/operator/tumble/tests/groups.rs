//! Groups: which keys are equal, their order, their limit, and what of them is saved.

use super::*;
use crate::dataflow::errors::Relation;

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
fn many_groups_leave_in_order_of_first_appearance() {
    let int = SqlType::Integer;
    let query = Query::by_clock(
        &[int],
        floor(TimeUnit::Day),
        vec![column(0, int), column(0, int)],
        vec![count()],
    );
    // 7 and 300 have no common divisor, so that every key comes twice.
    let values: Int32Array = (0..600).map(|i| Some(i * 7 % 300)).collect();
    let seen = query.run(
        &[Event::Rows((0..600).collect(), vec![Arc::new(values)]), END],
        1,
        true,
    );
    let expected: Vec<String> = (0..300)
        .map(|i| i * 7 % 300)
        .map(|k| {
            format!(r#"1970-01-02 00:00:00.000 {{"C0":"1970-01-01 00:00:00.000","C1":{k},"C2":{k},"C3":2}}"#)
        })
        .collect();
    assert_eq!(seen.rows, expected);
}

#[test]
fn state_keeps_no_input_buffer() {
    let text = SqlType::Varchar(200);
    let functions = [F::Min, F::LastValue { ignore_nulls: true }];
    let query = Query::by_clock(
        &[text],
        call(Function::Upper, vec![column(0, text)], text),
        vec![column(0, text)],
        functions
            .map(|f| aggregate(f, Some(column(0, text)), text))
            .to_vec(),
    );
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut errors = PumpErrors::new(
        "P".into(),
        vec![
            Relation::input(fields(&[text])),
            Relation::made(fields(&query.output())),
        ],
    );
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
    };
    let mut operator = Tumble::new(&query.keys, 0, None, &query.aggregates, 1);
    let texts: StringViewArray = (0..10_000)
        .map(|i| Some(format!("a text of {i:0>100}")))
        .collect();
    let one = vec![Arc::new(texts.slice(5_000, 1)) as ArrayRef];
    operator.push(
        RowBatch::new(vec![0].into(), one, 0, false),
        &mut cx,
        &mut Vec::new(),
    );
    for batch in operator.save().batches {
        for column in batch.columns() {
            assert!(column.get_buffer_memory_size() < 100_000, "{column:?}");
        }
    }
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
    let mut errors = PumpErrors::new(
        "P".into(),
        vec![
            Relation::input(fields(&[int])),
            Relation::made(fields(&one.output())),
        ],
    );
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
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
