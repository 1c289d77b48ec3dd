//! What waits in a union, and for how long.

use arrow::array::{Int32Array, StringViewArray};
use arrow::datatypes::Int32Type;

use super::*;
use crate::clock::Clock;
use crate::dataflow::errors::{PumpErrors, Relation};

fn rows(rowtimes: &[i64], values: &[i32], closing: bool) -> RowBatch {
    let values: ArrayRef = Arc::new(Int32Array::from(values.to_vec()));
    RowBatch::new(rowtimes.to_vec().into(), vec![values], 0, closing)
}

/// What leaves a union of three branches after these rows, at these bounds.
fn leaves(pushed: Vec<(usize, RowBatch)>, bounds: [i64; 3]) -> Vec<i32> {
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut errors = PumpErrors::new("P".into(), vec![Relation::input(Vec::new())]);
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
    };
    let (mut union, mut out) = (Union::new(3, 1), Vec::new());
    for (port, batch) in pushed {
        union.push(port, batch, &mut cx);
    }
    union.advance(&bounds, &mut cx, &mut out);
    let column = |batch: &RowBatch| batch.columns[0].as_primitive::<Int32Type>().values().to_vec();
    out.iter().flat_map(column).collect()
}

#[test]
fn a_row_waits_for_what_may_still_go_before_it() {
    let new = |port| (port, rows(&[10], &[1], false));
    let closing = |port| (port, rows(&[10], &[1], true));
    // Another branch that has come to 10 may yet close a window there.
    assert_eq!(leaves(vec![new(0)], [10, 10, 11]), [0i32; 0]);
    assert_eq!(leaves(vec![new(0)], [10, 11, 11]), [1]);
    assert_eq!(leaves(vec![new(2)], [11, 10, 10]), [0i32; 0]);
    // The end of a window waits for branches before its own only.
    assert_eq!(leaves(vec![closing(1)], [10, 10, 11]), [0i32; 0]);
    assert_eq!(leaves(vec![closing(1)], [11, 10, 10]), [1]);
    assert_eq!(leaves(vec![closing(1)], [11, 10, 9]), [0i32; 0]);
    // What a branch has not said yet comes behind what it has.
    assert_eq!(leaves(vec![new(0), new(1), new(2)], [10, 10, 10]), [1]);
    assert_eq!(leaves(vec![new(0), new(1), new(2)], [i64::MAX; 3]), [1, 1, 1]);
}

#[test]
fn rows_leave_by_rowtime_then_closings_then_branches() {
    let pushed = vec![
        (0, rows(&[1, 3, 3], &[1, 4, 5], false)),
        (1, rows(&[2], &[2], false)),
        (1, rows(&[3], &[3], true)),
        (2, rows(&[3, 4], &[6, 7], false)),
    ];
    assert_eq!(leaves(pushed, [i64::MAX; 3]), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn what_waits_has_bytes_of_its_own_and_survives_a_restore() {
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut errors = PumpErrors::new("P".into(), vec![Relation::input(Vec::new())]);
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
    };
    let text = "a text that is far too long to stand in its view";
    let texts: ArrayRef = Arc::new(StringViewArray::from(vec![text; 10_000]));
    let large = RowBatch::new(vec![5; 10_000].into(), vec![texts], 0, false);
    let (mut union, mut out) = (Union::new(2, 1), Vec::new());
    union.push(0, large.slice(0, 2), &mut cx);
    union.advance(&[5, 5], &mut cx, &mut out);
    assert_eq!((out.len(), union.held_rows()), (0, 2));
    let state = union.save();
    assert!(state.batches[0].column(1).get_buffer_memory_size() < 1_000);
    let mut restored = Union::new(2, 1);
    restored.load(state).unwrap();
    restored.advance(&[6, 6], &mut cx, &mut out);
    assert_eq!(out[0].columns[0].as_string_view().value(1), text);
    assert_eq!(restored.held_rows(), 0);
}
