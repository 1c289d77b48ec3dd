//! The limit of a group, whose rows no test of SQL could bring.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array};
use arrow::datatypes::{DataType, Int32Type};

use super::*;
use crate::clock::Clock;
use crate::dataflow::errors::{PumpErrors, Relation};
use crate::plan::Field;
use crate::types::SqlType;

/// (ROWTIME, value) rows with at most three of a ROWTIME, in batches of so many: (value, rank), and the ROWTIMEs of
/// the rows that failed.
fn ranked(rows: &[(i64, i32)], batch_rows: usize) -> (Vec<(i32, i32)>, Vec<i64>) {
    let field = Field {
        name: "V".to_owned(),
        ty: SqlType::Integer,
        not_null: false,
    };
    let input = Relation::input(vec![field.clone()]);
    let fresh = || GroupRank {
        rows_max: 3,
        ..GroupRank::new(0, true, RankOrder::Ascending, None, vec![DataType::Int32], 1)
    };
    let mut errors = PumpErrors::new("P".into(), vec![input, Relation::made(vec![field])]);
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut operator = fresh();
    let mut out = Vec::new();
    for rows in rows.chunks(batch_rows) {
        let values: ArrayRef = Arc::new(rows.iter().map(|(_, v)| Some(*v)).collect::<Int32Array>());
        let batch = RowBatch::new(rows.iter().map(|(t, _)| *t).collect(), vec![values], 0, false);
        errors.counts.rows_in += batch.len() as u64;
        let mut cx = Context {
            clock: &clock,
            errors: &mut errors,
            before_ms: i64::MIN,
        };
        operator.push(batch, &mut cx, &mut out);
        let mut restored = fresh();
        restored.load(operator.save()).unwrap();
        operator = restored;
    }
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
    };
    operator.advance(i64::MAX, &mut cx, &mut out);
    let counts = errors.counts;
    assert_eq!(counts.rows_in, counts.rows_passed + counts.rows_failed);
    let pairs = out.iter().flat_map(|batch| {
        let column = |at: usize| batch.columns[at].as_primitive::<Int32Type>().values().to_vec();
        column(0).into_iter().zip(column(1))
    });
    let failed = errors.rows.iter().map(|(_, row)| row.rowtime_ms);
    (pairs.collect(), failed.collect())
}

#[test]
fn rows_behind_the_limit_of_their_group_fail_however_the_input_is_cut() {
    let rows = [
        (1, 5),
        (1, 7),
        (2, 1),
        (2, 2),
        (2, 3),
        (2, 9),
        (2, 8),
        (3, 4),
        (4, 1),
        (4, 1),
        (4, 1),
        (4, 2),
    ];
    let expected = vec![
        (7, 1),
        (5, 2),
        (3, 1),
        (2, 2),
        (1, 3),
        (4, 1),
        (1, 1),
        (1, 1),
        (1, 1),
    ];
    for batch_rows in [1, 2, 3, 5, 100] {
        assert_eq!(
            ranked(&rows, batch_rows),
            (expected.clone(), vec![2, 2, 4]),
            "{batch_rows}"
        );
    }
}
