//! The limit of the groups; what a query says is tested where queries are.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array};

use super::*;
use crate::clock::Clock;
use crate::dataflow::errors::{PumpErrors, Relation};
use crate::diagnostic::Span;
use crate::plan::Field;
use crate::types::SqlType;

#[test]
fn a_row_that_would_open_one_group_too_many_is_an_error() {
    let field = Field {
        name: "A".to_owned(),
        ty: SqlType::Integer,
        not_null: false,
    };
    let relations = vec![Relation::input(vec![field.clone()]), Relation::made(vec![field])];
    let mut errors = PumpErrors::new("P".into(), relations);
    let clock = Clock {
        run_start_ms: 7,
        row_ms: None,
    };
    let key = Expr::column(0, SqlType::Integer, Span::default());
    let mut whole = Whole::with_limit(&[key], &[], 1, 2);
    let mut out = Vec::new();
    let column: ArrayRef = Arc::new(Int32Array::from(vec![5, 6, 7, 5]));
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
    };
    whole.push(
        RowBatch::new(vec![1, 2, 3, 4].into(), vec![column], 0, false),
        &mut cx,
        &mut out,
    );
    assert_eq!((out.len(), whole.open_groups(), whole.forward(9)), (0, 2, 4));
    whole.advance(i64::MAX, &mut cx, &mut out);
    whole.advance(i64::MAX, &mut cx, &mut out);
    let expected: ArrayRef = Arc::new(Int32Array::from(vec![5, 6]));
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].columns, [expected]);
    assert_eq!(out[0].rowtimes.to_vec(), [4, 4]);
    assert_eq!(errors.rows.len(), 1);
    assert_eq!(errors.rows[0].1.rowtime_ms, 3);
    assert_eq!(errors.counts.rows_passed, 3);
}
