//! What the open windows hold, and how many there may be.

use arrow::array::{AsArray, Int32Array};

use super::*;
use crate::diagnostic::Span;
use crate::plan::AggregateFunction;
use crate::types::SqlType;

fn windows(limit: usize) -> Windows {
    let count = Aggregate {
        function: AggregateFunction::CountStar,
        argument: None,
        distinct: false,
        ty: SqlType::BigInt,
        span: Span::default(),
    };
    Windows::new(vec![DataType::Int32], 10, &[count], limit)
}

/// Rows of these keys at one ROWTIME; the keys that were refused, and what closed: key, rows, end.
fn take(windows: &mut Windows, rowtime: i64, keys: &[i32]) -> (Vec<i32>, Vec<(i32, i64, i64)>) {
    take_at(
        windows,
        &keys.iter().map(|&key| (rowtime, key)).collect::<Vec<_>>(),
    )
}

/// Rows of ROWTIME and key.
fn take_at(windows: &mut Windows, rows: &[(i64, i32)]) -> (Vec<i32>, Vec<(i32, i64, i64)>) {
    let keys: Vec<i32> = rows.iter().map(|row| row.1).collect();
    let columns = GroupRows {
        keys: vec![Arc::new(Int32Array::from(keys.clone()))],
        arguments: vec![None],
        len: keys.len(),
    };
    let mut refused = Vec::new();
    let closed = windows.take(&columns, |row| rows[row].0, |row, _| refused.push(keys[row]));
    (refused, shown(closed))
}

fn shown(closed: Option<Closed>) -> Vec<(i32, i64, i64)> {
    let Some(closed) = closed else { return Vec::new() };
    let ends = closed.ends.clone();
    let columns = closed.columns(&mut RowErrors::new()).unwrap();
    let keys = columns[0].as_primitive::<arrow::datatypes::Int32Type>().values();
    let counts = columns[1].as_primitive::<Int64Type>().values();
    keys.iter()
        .zip(counts)
        .zip(ends)
        .map(|((k, c), end)| (*k, *c, end))
        .collect()
}

#[test]
fn a_row_that_would_open_one_window_too_many_is_refused_and_rows_of_open_ones_are_not() {
    let mut windows = windows(2);
    assert_eq!(
        take(&mut windows, 1, &[7, 8, 9, 7, 9, 8, 7]),
        (vec![9, 9], vec![])
    );
    // What closes makes room within the batch.
    assert_eq!(
        take_at(
            &mut windows,
            &[(10, 9), (10, 7), (11, 9), (12, 9), (12, 7), (12, 8)]
        ),
        (vec![9, 8], vec![(7, 4, 11), (8, 2, 11)])
    );
    assert_eq!(shown(windows.close_until(21)), [(9, 2, 21)]);
    assert_eq!(shown(windows.close_until(22)), [(7, 1, 22)]);
}

#[test]
fn a_key_may_have_several_windows_within_a_batch_and_each_keeps_its_rows() {
    let mut windows = windows(100);
    let rows = [
        (0, 1),
        (5, 2),
        (9, 1),
        (10, 1),
        (10, 2),
        (15, 2),
        (19, 1),
        (20, 2),
        (31, 1),
    ];
    assert_eq!(
        take_at(&mut windows, &rows),
        (vec![], vec![(1, 2, 10), (2, 2, 15), (1, 2, 20), (2, 2, 25)])
    );
    assert_eq!(shown(windows.close_until(i64::MAX)), [(1, 1, 41)]);
    assert_eq!(windows.len(), 0);
}

#[test]
fn keys_are_forgotten_with_their_windows_and_the_open_ones_keep_their_counts() {
    let mut windows = windows(100_000);
    let mut rows_out = 0;
    for rowtime in 0..20_000 {
        // Key -1 has a row in every step, in one window after the other.
        let key = i32::try_from(rowtime).unwrap();
        let (_, closed) = take(&mut windows, rowtime, &[key, -1]);
        for (key, rows, end) in closed {
            assert_eq!(rows, if key == -1 { 10 } else { 1 });
            assert!(end == rowtime && (key == -1 || i64::from(key) == rowtime - 10));
            rows_out += rows;
        }
        let most = windows.len() + windows.len() / 2 + IDLE_KEYS_MIN + 4;
        assert!(windows.slots.len() <= most, "{} keys", windows.slots.len());
        assert!(
            windows.slots_made as usize <= most,
            "{} slots",
            windows.slots_made
        );
    }
    assert_eq!(rows_out, 19_990 + 19_990);
}

#[test]
fn refused_keys_are_not_kept() {
    let mut windows = windows(1);
    take(&mut windows, 0, &[-1]);
    for key in 0..20_000 {
        assert_eq!(take(&mut windows, 1, &[key, -1]), (vec![key], vec![]));
        assert!(windows.slots.len() <= 2 + IDLE_KEYS_MIN + 2);
    }
    assert_eq!(shown(windows.close_until(10)), [(-1, 20_001, 10)]);
}

#[test]
fn slots_are_given_back_when_most_windows_have_closed() {
    let mut windows = windows(1_000_000);
    let keys: Vec<i32> = (0..50_000).collect();
    take(&mut windows, 0, &keys);
    assert_eq!(take(&mut windows, 9, &[-1, -1]).1, []);
    assert_eq!(shown(windows.close_until(10)).len(), 50_000);
    assert!(windows.open.capacity() <= 2 + IDLE_KEYS_MIN + 16);
    assert_eq!((windows.slots.len(), windows.slots_made), (1, 1));
    assert_eq!(take(&mut windows, 11, &[-1, 7]).1, []);
    assert_eq!(shown(windows.close_until(i64::MAX)), [(-1, 3, 19), (7, 1, 21)]);
}
