//! What the sketches promise, over items as they come in life: few frequent ones and a long tail.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Int64Type};

use super::hash::each_hash;
use super::hyper_log_log::HyperLogLog;
use super::top_items::TopItems;
use super::{DistinctItems, Summary};
use crate::clock::Clock;
use crate::row_error::RowErrors;
use crate::types::SqlType;

const CLOCK: Clock = Clock {
    run_start_ms: 0,
    row_ms: None,
};

/// Items by a power law: item i comes about `1 / (i + 1)` as often as item 0, with a tail of `different` items.
fn zipf(rng: &mut fastrand::Rng, items: usize, different: usize) -> Vec<i64> {
    (0..items)
        .map(|_| ((different as f64).powf(rng.f64()) - 1.0) as i64)
        .collect()
}

fn numbers(items: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(items.to_vec()))
}

fn read(summary: &impl Summary) -> Vec<ArrayRef> {
    let mut errors = RowErrors::new();
    let columns = summary.read(0, &CLOCK, &mut errors).unwrap();
    assert!(errors.is_empty());
    columns
}

fn top(summary: &TopItems) -> Vec<(String, i64)> {
    let columns = read(summary);
    let counts = columns[1].as_primitive::<Int64Type>();
    let texts = columns[0].as_string_view();
    (0..counts.len())
        .map(|i| (texts.value(i).to_owned(), counts.value(i)))
        .collect()
}

/// Takes the items cut in pieces, and saves and loads between them.
fn in_pieces(rng: &mut fastrand::Rng, items: &[i64], limits: (usize, usize), k: usize) -> TopItems {
    let fresh = || TopItems::with_limits(k, SqlType::BigInt, limits.0, limits.1);
    let mut summary = fresh();
    let mut rest = items;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rng.usize(1..=rest.len().min(300)));
        summary.take(&numbers(piece)).unwrap();
        if rng.bool() {
            let mut restored = fresh();
            restored.load(summary.save().unwrap()).unwrap();
            summary = restored;
        }
        rest = after;
    }
    summary
}

#[test]
fn counts_of_a_full_table_are_within_the_stated_error_however_the_input_is_cut() {
    for seed in 0..60 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let different = [10, 100, 5_000][rng.usize(0..3)];
        let len = rng.usize(1..4_000);
        let items = zipf(&mut rng, len, different);
        let mut limits = (64, 32);
        if rng.bool() {
            limits = (9, 8);
        }
        let k = rng.usize(1..10);
        let mut whole = TopItems::with_limits(k, SqlType::BigInt, limits.0, limits.1);
        whole.take(&numbers(&items)).unwrap();
        let got = top(&whole);
        assert_eq!(got, top(&in_pieces(&mut rng, &items, limits, k)), "seed {seed}");

        let mut truth: HashMap<String, i64> = HashMap::new();
        items
            .iter()
            .for_each(|i| *truth.entry(i.to_string()).or_default() += 1);
        let error = (items.len() / limits.1) as i64;
        for (item, count) in &got {
            assert!(
                *count <= truth[item] && truth[item] - count <= error,
                "seed {seed}: {item} came {} times, counted {count}, error {error}",
                truth[item]
            );
        }
        // Whoever is clearly more frequent than what is given is given too.
        let least = got.last().map_or(0, |(_, count)| *count);
        for (item, count) in truth.iter().filter(|(_, count)| **count > least + error) {
            assert!(
                got.iter().any(|(given, _)| given == item),
                "seed {seed}: {item}, {count} times"
            );
        }
    }
}

#[test]
fn counts_are_exact_while_the_table_is_not_full() {
    for seed in 0..30 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let items = zipf(&mut rng, 2_000, 60);
        let summary = in_pieces(&mut rng, &items, (64, 32), 5);
        let mut truth: Vec<(i64, usize, i64)> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match truth.iter_mut().find(|(_, _, known)| known == item) {
                Some((count, _, _)) => *count -= 1,
                None => truth.push((-1, at, *item)),
            }
        }
        truth.sort_unstable();
        let expected: Vec<(String, i64)> = (truth.iter().take(5))
            .map(|(count, _, item)| (item.to_string(), -count))
            .collect();
        assert_eq!(top(&summary), expected, "seed {seed}");
    }
}

#[test]
fn an_item_that_was_never_forgotten_has_its_exact_count() {
    let mut summary = TopItems::with_limits(1, SqlType::BigInt, 8, 4);
    let mut items = vec![7; 50];
    items.extend(1_000..1_200);
    items.extend(vec![7; 50]);
    summary.take(&numbers(&items)).unwrap();
    assert_eq!(top(&summary), [("7".to_owned(), 100)]);
}

#[test]
fn distinct_items_are_counted_one_by_one_up_to_ten_thousand() {
    let count = |different: i64| {
        let mut summary = DistinctItems::new(DataType::Int64);
        let items: Vec<i64> = (0..different).chain(0..different).collect();
        items
            .chunks(777)
            .for_each(|piece| summary.take(&numbers(piece)).unwrap());
        read(&summary)[0].as_primitive::<Int64Type>().value(0)
    };
    assert_eq!(count(9_999), 9_999);
    assert_eq!(count(10_000), 10_000);
    let estimate = count(10_001);
    assert!((10_001..=10_330).contains(&estimate), "{estimate}");
}

#[test]
fn a_sketch_keeps_what_was_counted_before_it_and_survives_a_save() {
    let mut rng = fastrand::Rng::with_seed(1);
    let items: Vec<String> = (0..60_000)
        .map(|_| format!("item {}", rng.u32(0..40_000)))
        .collect();
    let texts = |piece: &[String]| Arc::new(StringViewArray::from_iter_values(piece)) as ArrayRef;
    let mut whole = DistinctItems::new(DataType::Utf8View);
    whole.take(&texts(&items)).unwrap();
    let mut pieces = DistinctItems::new(DataType::Utf8View);
    for piece in items.chunks(1_000) {
        pieces.take(&texts(piece)).unwrap();
        let mut restored = DistinctItems::new(DataType::Utf8View);
        restored.load(pieces.save().unwrap()).unwrap();
        pieces = restored;
    }
    let count = |summary: &DistinctItems| read(summary)[0].as_primitive::<Int64Type>().value(0);
    assert_eq!(count(&whole), count(&pieces));
    let truth = items.iter().collect::<std::collections::HashSet<_>>().len() as f64;
    // Four standard errors.
    assert!((count(&whole) as f64 / truth - 1.0).abs() < 0.033);
}

#[test]
fn estimates_have_the_stated_standard_error_and_no_bias() {
    for (different, samples) in [(1_000, 100), (12_000, 40), (100_000, 8)] {
        let errors: Vec<f64> = (0..samples)
            .map(|sample: i64| {
                let mut sketch = HyperLogLog::new();
                let start = sample * 1_000_000;
                let items = numbers(&(start..start + different).collect::<Vec<_>>());
                assert!(each_hash(&items, |hash| sketch.insert(hash)));
                sketch.estimate() / different as f64 - 1.0
            })
            .collect();
        let n = samples as f64;
        let mean = errors.iter().sum::<f64>() / n;
        let rms = (errors.iter().map(|e| e * e).sum::<f64>() / n).sqrt();
        // 0.81 % and what so few samples of it may differ by.
        assert!(
            rms < 0.0081 * (1.0 + 3.0 / (2.0 * n).sqrt()),
            "{different}: {rms}"
        );
        assert!(mean.abs() < 4.0 * 0.0081 / n.sqrt(), "{different}: {mean}");
    }
}

#[test]
fn an_empty_sketch_estimates_nothing_and_a_few_items_exactly() {
    let mut sketch = HyperLogLog::new();
    assert_eq!(sketch.estimate(), 0.0);
    assert!(each_hash(&numbers(&[1, 2, 3]), |hash| sketch.insert(hash)));
    assert_eq!(sketch.estimate().round(), 3.0);
}

#[test]
fn hashes_never_change_because_saved_sketches_rest_on_them() {
    let mut hashes = Vec::new();
    assert!(each_hash(&numbers(&[0, 1, -1]), |hash| hashes.push(hash)));
    let texts: ArrayRef = Arc::new(StringViewArray::from_iter_values([
        "",
        "a",
        "abcdefgh",
        "abcdefghi",
    ]));
    assert!(each_hash(&texts, |hash| hashes.push(hash)));
    // From another program.
    let expected: [u64; 7] = [
        0xE220_A839_7B1D_CDAF,
        0x910A_2DEC_8902_5CC1,
        0xE4D9_7177_1B65_2C20,
        0x81E4_B5DF_10DD_3349,
        0xB79C_9273_8CA6_170D,
        0x2699_2ACC_0291_E032,
        0xCF9D_E497_6E0B_4ACC,
    ];
    assert_eq!(hashes, expected);
}
