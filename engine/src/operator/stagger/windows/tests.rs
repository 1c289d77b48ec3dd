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
    Windows::new(vec![DataType::Int32], &[count], limit)
}

/// Rows of these keys at one ROWTIME; the keys that were refused.
fn take(windows: &mut Windows, rowtime: i64, keys: &[i32]) -> Vec<i32> {
    let rows = GroupRows {
        keys: vec![Arc::new(Int32Array::from(keys.to_vec()))],
        arguments: vec![None],
        len: keys.len(),
    };
    let mut refused = Vec::new();
    windows.take(&rows, |_| rowtime, |row, _| refused.push(keys[row]));
    refused
}

fn close(windows: &mut Windows) -> Vec<(i32, i64)> {
    let columns = windows.close_oldest().columns(&mut RowErrors::new()).unwrap();
    let keys = columns[0]
        .as_primitive::<arrow::datatypes::Int32Type>()
        .values()
        .to_vec();
    let counts = columns[1].as_primitive::<Int64Type>().values().to_vec();
    keys.into_iter().zip(counts).collect()
}

#[test]
fn a_row_that_would_open_one_window_too_many_is_refused_and_rows_of_open_ones_are_not() {
    let mut windows = windows(2);
    assert_eq!(take(&mut windows, 1, &[7, 8, 9, 7, 9, 8, 7]), [9, 9]);
    assert_eq!(close(&mut windows), [(7, 3), (8, 2)]);
    assert_eq!(take(&mut windows, 2, &[9, 9, 7]), [0i32; 0]);
    assert_eq!(close(&mut windows), [(9, 2), (7, 1)]);
}

#[test]
fn keys_are_forgotten_with_their_windows_and_the_open_ones_keep_their_counts() {
    let mut windows = windows(100_000);
    take(&mut windows, 0, &[-1, -2]);
    for rowtime in 1..20_000 {
        // Key -1 has a row in every step, in a window that stays open.
        take(&mut windows, rowtime, &[i32::try_from(rowtime).unwrap(), -1]);
        if rowtime == 1 {
            // The first instant closes; -1 opens again at the next row.
            assert_eq!(close(&mut windows), [(-1, 2), (-2, 1)]);
        } else if rowtime > 3 {
            close(&mut windows);
        }
        let most = 2 * windows.len() + IDLE_KEYS_MIN + 2;
        assert!(windows.is_open.len() <= most, "{} keys", windows.is_open.len());
    }
}

#[test]
fn refused_keys_are_not_kept() {
    let mut windows = windows(1);
    take(&mut windows, 0, &[-1]);
    for key in 0..20_000 {
        assert_eq!(take(&mut windows, 1, &[key, -1]), [key]);
        assert!(windows.is_open.len() <= 2 + IDLE_KEYS_MIN + 2);
    }
    assert_eq!(close(&mut windows), [(-1, 20_001)]);
}
