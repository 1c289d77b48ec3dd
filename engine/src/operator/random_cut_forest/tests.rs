//! Rows that no SQL can make, and states that are no forest's.

use arrow::array::{Array, Float32Array, Int64Array, StringViewArray};

use super::*;
use crate::clock::Clock;
use crate::dataflow::errors::PumpErrors;
use crate::types::SqlType;

fn operator() -> RandomCutForest {
    let plan = table_function::RandomCutForest {
        columns: vec![1, 2],
        trees: 5,
        sub_sample: 10,
        time_decay: 100,
        shingle: 1,
        explanation: Some(true),
    };
    let field = |name: &str, ty| Field {
        name: name.to_owned(),
        ty,
        not_null: false,
    };
    let fields = [
        field("ID", SqlType::Varchar(4)),
        field("R", SqlType::Real),
        field("N", SqlType::BigInt),
    ];
    RandomCutForest::new(&plan, &fields)
}

fn push(operator: &mut RandomCutForest, numbers: Vec<Option<f32>>) -> RowBatch {
    let rows = numbers.len();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringViewArray::from(vec!["id"; rows])),
        Arc::new(Float32Array::from(numbers)),
        Arc::new(Int64Array::from(vec![3; rows])),
    ];
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut cx = Context {
        clock: &clock,
        errors: &mut PumpErrors::new("P".into(), Vec::new()),
        before_ms: i64::MIN,
    };
    let mut out = Vec::new();
    operator.push(
        RowBatch::new(vec![0; rows].into(), columns, 0, false),
        &mut cx,
        &mut out,
    );
    out.remove(0)
}

fn scores(batch: &RowBatch) -> Vec<Option<f64>> {
    batch.columns[3].as_primitive::<Float64Type>().iter().collect()
}

#[test]
fn what_is_no_number_is_not_scored_and_does_not_spoil_the_forest() {
    let mut clean = operator();
    let mut spoiled = operator();
    let numbers = |from: u32, to: u32| (from..to).map(|i| Some(i as f32)).collect::<Vec<_>>();
    push(&mut clean, numbers(0, 20));
    let mut mixed = numbers(0, 20);
    for (at, odd) in [
        (3, f32::NAN),
        (9, f32::INFINITY),
        (9, f32::NEG_INFINITY),
        (23, f32::NAN),
    ] {
        mixed.insert(at, Some(odd));
    }
    mixed.push(None);
    let batch = push(&mut spoiled, mixed);
    assert_eq!(scores(&batch).iter().filter(|score| score.is_none()).count(), 5);
    assert_eq!(batch.columns[4].null_count(), 5);
    assert_eq!(batch.columns.iter().map(|c| c.len()).collect::<Vec<_>>(), [25; 5]);
    let after = numbers(30, 40);
    let expected = scores(&push(&mut clean, after.clone()));
    assert!(
        expected
            .iter()
            .all(|score| score.is_some_and(|score| score > 0.0))
    );
    assert_eq!(scores(&push(&mut spoiled, after)), expected);
}

#[test]
fn an_empty_batch_and_one_without_a_number_pass() {
    let mut operator = operator();
    assert_eq!(push(&mut operator, Vec::new()).columns.len(), 5);
    assert_eq!(scores(&push(&mut operator, vec![None, None])), [None, None]);
}

#[test]
fn a_state_of_something_else_is_refused() {
    let mut state = operator().save();
    assert!(operator().load(state.clone()).is_ok());
    assert!(operator().load(OperatorState::default()).is_err());
    state.batches.swap(1, 2);
    assert!(operator().load(state).is_err());
}
