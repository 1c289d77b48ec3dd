//! Failing rows and failing groups.

use super::*;

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
