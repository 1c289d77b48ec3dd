//! Sums over a sliding window are those of its rows alone, whatever has been in it before.

use super::*;
use crate::aggregate::kept::{Form, Kept};
use crate::aggregate::sliding::{Gone, Passage, Sliding};

/// The results over the last `size` rows at every row, in one group of two.
fn over_last(totals: &mut dyn Sliding, values: &ArrayRef, size: usize) -> Vec<Result<Option<f64>, String>> {
    let rows = values.len();
    totals.resize(2);
    let kept = Kept::of(values, Form::of(values.data_type()));
    let gone: Vec<Gone> = (0..rows.saturating_sub(size))
        .map(|row| Gone {
            slot: row as u32,
            group: 1,
        })
        .collect();
    let until: Vec<u32> = (0..rows)
        .map(|row| (row + 1).saturating_sub(size) as u32)
        .collect();
    let passage = Passage {
        groups: &vec![1; rows],
        gone: &gone,
        until: &until,
    };
    let leaving = kept.gather(gone.iter().map(|gone| gone.slot));
    let mut errors = RowErrors::new();
    let results = totals.slide(passage, &kept, &leaving, &mut errors);
    let results = results.as_primitive::<Float64Type>();
    (0..rows)
        .map(|row| match errors.failed(row) {
            true => Err("out of range".to_owned()),
            false => Ok(results.is_valid(row).then(|| results.value(row))),
        })
        .collect()
}

#[test]
fn what_leaves_a_window_leaves_its_sum() {
    let mut rng = fastrand::Rng::with_seed(9);
    for trial in 0..600 {
        let values = random_values(&mut rng);
        let array: ArrayRef = Arc::new(Float64Array::from(values.clone()));
        let size = rng.usize(1..8);
        for function in [F::Sum, F::Avg, F::VarPop] {
            let call = same_type(function, SqlType::Double);
            let mut totals = crate::aggregate::sliding(&call, usize::MAX).unwrap();
            for (row, result) in over_last(totals.as_mut(), &array, size).into_iter().enumerate() {
                let window = &values[(row + 1).saturating_sub(size)..=row];
                let n = window.len() as u64;
                let exact = match function {
                    F::Sum => Exact::sum(window, 1),
                    F::Avg => Exact::sum(window, n),
                    _ => Exact::variance(window, n),
                };
                let right = match &result {
                    Err(_) => exact.overflows_double(),
                    Ok(Some(r)) => exact.rounds_to(*r),
                    Ok(None) => false,
                };
                assert!(right, "trial {trial}, {function:?} of {window:?}: {result:?}");
            }
        }
    }
}

#[test]
fn a_forgotten_group_is_new() {
    let call = same_type(F::Avg, SqlType::Double);
    let mut totals = crate::aggregate::sliding(&call, usize::MAX).unwrap();
    over_last(totals.as_mut(), &doubles(&[Some(1e300), Some(2.5)]), 9);
    totals.forget(1);
    assert_eq!(
        over_last(totals.as_mut(), &doubles(&[None, Some(3.0)]), 9),
        vec![Ok(None), Ok(Some(3.0))]
    );
}
