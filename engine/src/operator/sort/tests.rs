//! How many rows a sort holds, and that it holds no more than those.

use std::sync::Arc;

use arrow::array::{AsArray, Int32Array};
use arrow::datatypes::Int32Type;

use super::*;
use crate::clock::Clock;
use crate::dataflow::errors::{PumpErrors, Relation};
use crate::diagnostic::Span;
use crate::expr::Function;
use crate::types::TimeUnit;

fn by_minute(limit: usize) -> Sort {
    let rowtime = Expr::rowtime(Span::default());
    let minute = Function::FloorTo(TimeUnit::Minute);
    let leading = Expr::call(minute, vec![rowtime], SqlType::Timestamp, Span::default());
    let clock = WindowClock {
        key: leading.clone(),
        behind: false,
    };
    let key = SortKey {
        expr: Expr::column(0, SqlType::Integer, Span::default()),
        descending: false,
    };
    Sort::with_limit(
        &[SqlType::Integer],
        Some(&leading),
        Some(&clock),
        &[key],
        1,
        limit,
    )
}

fn errors() -> PumpErrors {
    PumpErrors::new(
        "P".into(),
        vec![Relation::input(Vec::new()), Relation::made(Vec::new())],
    )
}

fn rows(rowtimes: &[i64], values: &[i32]) -> RowBatch {
    let values: ArrayRef = Arc::new(Int32Array::from(values.to_vec()));
    RowBatch::new(rowtimes.to_vec().into(), vec![values], 0, false)
}

fn values(out: &[RowBatch]) -> Vec<Vec<i32>> {
    let column = |batch: &RowBatch| batch.columns[0].as_primitive::<Int32Type>().values().to_vec();
    out.iter().map(column).collect()
}

#[test]
fn a_row_beyond_the_limit_is_an_error_and_the_next_batch_has_room_again() {
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    for cut in [1, 2, 7] {
        let mut errors = errors();
        let (mut sort, mut out) = (by_minute(3), Vec::new());
        let (times, numbers) = ([0, 1, 2, 3, 4, 60_000, 60_001], [9, 8, 7, 6, 5, 4, 3]);
        for (times, numbers) in times.chunks(cut).zip(numbers.chunks(cut)) {
            let mut cx = Context {
                clock: &clock,
                errors: &mut errors,
                before_ms: i64::MIN,
            };
            sort.push(rows(times, numbers), &mut cx, &mut out);
        }
        let mut cx = Context {
            clock: &clock,
            errors: &mut errors,
            before_ms: i64::MIN,
        };
        sort.advance(i64::MAX, &mut cx, &mut out);
        assert_eq!(values(&out), [vec![7, 8, 9], vec![3, 4]], "cut {cut}");
        assert_eq!(out[0].rowtimes.to_vec(), [2, 2, 2]);
        assert_eq!((errors.counts.rows_passed, errors.counts.rows_failed), (5, 2));
        assert!(
            errors.rows[0]
                .1
                .message
                .starts_with("ORDER BY holds 3 rows already")
        );
    }
}

#[test]
fn held_rows_keep_no_input_buffer_alive() {
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut errors = errors();
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
    };
    let (mut sort, mut out) = (by_minute(10), Vec::new());
    let large = rows(&[5; 100_000], &[5; 100_000]);
    sort.push(large.slice(0, 2), &mut cx, &mut out);
    let state = sort.save();
    assert!(state.batches[0].column(0).get_buffer_memory_size() < 1_000);
}
