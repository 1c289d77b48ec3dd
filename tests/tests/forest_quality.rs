//! The random cut forest against the reference implementation: it finds as many anomalies, its scores rank rows alike
//! and lie on the same scale, and it names the columns that were changed.
//!
//! Randomised, so compared by means over five seeds; the bars leave about as much room as the reference needs against
//! itself with other seeds. Everything is printed with `--nocapture`.

use krcf::{RandomCutForest, RandomCutForestOptions};
use rowtime_forest::{Forest, ForestParameters};
use rowtime_tests::forest_data::{Stream, Table};
use rowtime_tests::statistics::{auc, differences, mean, spearman};

const SEEDS: u64 = 5;

/// Rows that are not looked at: the forest has just begun.
const SKIPPED: usize = 1_000;

/// Trees, rows a tree and shingle.
struct Configuration {
    name: &'static str,
    trees: usize,
    sub_sample: usize,
    shingle: usize,
    /// Bars.
    auc: f64,
    correlation: f64,
    difference: f64,
    absolute_difference: f64,
}

const DEFAULT: Configuration = Configuration {
    name: "default",
    trees: 100,
    sub_sample: 256,
    shingle: 1,
    auc: 0.02,
    correlation: 0.95,
    difference: 0.012,
    absolute_difference: 0.02,
};

const SH8: Configuration = Configuration {
    name: "sh8",
    shingle: 8,
    ..DEFAULT
};

const SH24: Configuration = Configuration {
    name: "sh24",
    shingle: 24,
    ..DEFAULT
};

const SMALL: Configuration = Configuration {
    name: "small",
    trees: 10,
    sub_sample: 64,
    shingle: 1,
    auc: 0.06,
    correlation: 0.70,
    difference: 0.02,
    absolute_difference: 0.06,
};

impl Configuration {
    fn forest(&self, columns: usize, seed: u64) -> Forest {
        Forest::new(ForestParameters {
            trees: self.trees,
            sub_sample: self.sub_sample,
            time_decay: 100_000,
            shingle: self.shingle,
            columns,
            seed,
        })
    }
}

/// Scores a stream by five forests and compares with the reference, whose mean AUC is given.
fn compare_scores(set: &str, configuration: &Configuration, reference_auc: f64) {
    let stream = Stream::read(set);
    let mut sum = vec![0.0; stream.rows()];
    let mut aucs = Vec::new();
    for seed in 1..=SEEDS {
        let mut scores = Vec::new();
        configuration
            .forest(stream.columns, seed)
            .score(&stream.values, &mut scores);
        expect_learning(&scores, configuration);
        aucs.push(auc(&scores[SKIPPED..], &stream.labels[SKIPPED..]));
        sum.iter_mut()
            .zip(&scores)
            .for_each(|(sum, score)| *sum += score / SEEDS as f64);
    }
    let reference = Table::read(&format!("reference-{set}")).numbers(&format!("{}_mean", configuration.name));
    let (own, reference) = (&sum[SKIPPED..], &reference[SKIPPED..]);
    let auc = mean(&aucs);
    let correlation = spearman(own, reference);
    let (difference, absolute) = differences(own, reference);
    let name = configuration.name;
    println!(
        "{set} {name}: AUC {auc:.3} (reference {reference_auc:.3}), rank correlation {correlation:.3}, \
         difference {difference:+.4}, absolute {absolute:.4}"
    );
    assert!((auc - reference_auc).abs() <= configuration.auc);
    assert!(correlation >= configuration.correlation);
    assert!(difference.abs() <= configuration.difference);
    assert!(absolute <= configuration.absolute_difference);
}

/// Exactly 0 for as many rows as a tree holds, and never again.
fn expect_learning(scores: &[f64], configuration: &Configuration) {
    let (learning, scored) = scores.split_at(configuration.sub_sample);
    assert!(learning.iter().all(|&score| score == 0.0));
    assert!(scored.iter().all(|&score| score > 0.0));
}

macro_rules! scores {
    ($($test:ident: $set:literal, $configuration:expr, $auc:literal;)*) => {
        $(#[test]
        fn $test() {
            compare_scores($set, &$configuration, $auc);
        })*
    };
}

scores! {
    one_season: "seasonal1", Configuration { auc: 0.04, ..DEFAULT }, 0.753;
    one_season_in_shingles_of_8: "seasonal1", SH8, 0.939;
    one_season_in_shingles_of_24: "seasonal1", SH24, 0.962;
    one_season_in_few_trees: "seasonal1", SMALL, 0.741;
    three_columns: "seasonal3", DEFAULT, 0.995;
    three_columns_in_shingles_of_8: "seasonal3", SH8, 0.946;
    three_columns_in_shingles_of_24: "seasonal3", SH24, 0.794;
    three_columns_in_few_trees: "seasonal3", SMALL, 0.982;
    taxis: "taxi", DEFAULT, 0.840;
    taxis_in_shingles_of_8: "taxi", SH8, 0.931;
    taxis_in_shingles_of_24: "taxi", SH24, 0.928;
    taxis_in_few_trees: "taxi", SMALL, 0.830;
}

/// High and low part of every column by row, means over five forests.
fn attributions(stream: &Stream, configuration: &Configuration) -> Vec<f64> {
    let mut sum = vec![0.0; 2 * stream.values.len()];
    for seed in 1..=SEEDS {
        let (mut scores, mut parts) = (Vec::new(), Vec::new());
        configuration
            .forest(stream.columns, seed)
            .explain(&stream.values, &mut scores, &mut parts);
        for (score, parts) in scores.iter().zip(parts.chunks(2 * stream.columns)) {
            assert!(
                (score - parts.iter().sum::<f64>()).abs() < 1e-9,
                "{score} {parts:?}"
            );
        }
        sum.iter_mut()
            .zip(&parts)
            .for_each(|(sum, part)| *sum += part / SEEDS as f64);
    }
    sum
}

/// In how many of the rows of these kinds something holds, as a share.
#[expect(clippy::panic, reason = "the data says which column was changed")]
fn share_of_rows(stream: &Stream, kinds: &[&str], holds: impl Fn(usize, usize, bool) -> bool) -> f64 {
    let rows: Vec<usize> = (SKIPPED..stream.rows())
        .filter(|&row| kinds.contains(&stream.kinds[row].as_str()))
        .collect();
    assert!(rows.len() > 10, "{}", rows.len());
    let good = rows.iter().filter(|&&row| {
        let [(column, raised)] = stream.changed[row][..] else {
            panic!("one column was changed in row {row}");
        };
        holds(row, column, raised)
    });
    good.count() as f64 / rows.len() as f64
}

fn compare_attributions(configuration: &Configuration, with_reference: bool) {
    let stream = Stream::read("seasonal3");
    let parts = attributions(&stream, configuration);
    let part = |row: usize, column: usize| {
        let at = 2 * (row * stream.columns + column);
        (parts[at], parts[at + 1])
    };
    let whole = |row: usize, column: usize| part(row, column).0 + part(row, column).1;
    let name = configuration.name;
    for column in (0..stream.columns).filter(|_| with_reference) {
        let reference = Table::read("reference-seasonal3-attribution");
        let side = |side| reference.numbers(&format!("{name}_x{}_{side}", column + 1));
        let expected: Vec<f64> = side("high")
            .iter()
            .zip(side("low"))
            .map(|(high, low)| high + low)
            .collect();
        let own: Vec<f64> = (SKIPPED..stream.rows()).map(|row| whole(row, column)).collect();
        let correlation = spearman(&own, &expected[SKIPPED..]);
        println!("{name}, column {column}: rank correlation of the attribution {correlation:.3}");
        assert!(correlation >= 0.93);
    }
    for kind in ["one", "shift_one", "break"] {
        let named = share_of_rows(&stream, &[kind], |row, changed, _| {
            (0..stream.columns).all(|column| column == changed || whole(row, column) < whole(row, changed))
        });
        println!("{name}, {kind}: the changed column has the greatest part in {named:.2}");
        assert!(named >= 0.95);
    }
    let right = share_of_rows(&stream, &["one"], |row, changed, raised| {
        let (high, low) = part(row, changed);
        (high > low) == raised
    });
    println!("{name}: direction right in {right:.2}");
    assert!(right >= 0.95);
}

#[test]
fn the_changed_column_is_named() {
    compare_attributions(&DEFAULT, true);
}

#[test]
fn the_changed_column_is_named_in_shingles_of_8() {
    compare_attributions(&SH8, true);
}

#[test]
fn the_changed_column_is_named_by_few_trees() {
    compare_attributions(&SMALL, false);
}

/// High and low part of every column by another implementation, means over five seeds.
#[expect(clippy::unwrap_used, reason = "it takes every number of the data")]
fn attributions_of_krcf(stream: &Stream) -> Vec<f64> {
    let width = stream.columns;
    let mut sum = vec![0.0; 2 * stream.values.len()];
    for seed in 1..=SEEDS {
        let mut forest = RandomCutForest::new(RandomCutForestOptions {
            dimensions: width,
            shingle_size: 1,
            num_trees: Some(DEFAULT.trees),
            sample_size: Some(DEFAULT.sub_sample),
            random_seed: Some(seed),
            parallel_execution_enabled: Some(false),
            lambda: Some(1e-5),
            initial_accept_fraction: Some(1.0),
            ..RandomCutForestOptions::default()
        })
        .unwrap();
        for (row, record) in stream.values.chunks(width).enumerate() {
            let record: Vec<f32> = record.iter().map(|&value| value as f32).collect();
            if row >= SKIPPED {
                let parts = forest.attribution(&record).unwrap();
                let sum = &mut sum[2 * row * width..];
                for (sum, (high, low)) in sum.chunks_mut(2).zip(parts.high.iter().zip(&parts.low)) {
                    sum[0] += high / SEEDS as f64;
                    sum[1] += low / SEEDS as f64;
                }
            }
            forest.update(&record).unwrap();
        }
    }
    sum
}

/// Whole numbers come again, so that most walks end at a leaf that holds the very row. (krcf's scores of such rows lie
/// up to 0.02 above the definition's.)
#[test]
fn attributions_of_rows_that_come_again_rank_as_those_of_krcf() {
    let mut stream = Stream::read("seasonal3");
    stream.values.truncate(8_000 * stream.columns);
    stream
        .values
        .iter_mut()
        .for_each(|value| *value = (*value / 4.0).round());
    let (own, other) = (attributions(&stream, &DEFAULT), attributions_of_krcf(&stream));
    let width = 2 * stream.columns;
    let scores = |parts: &[f64]| -> Vec<f64> {
        (parts.chunks(width).skip(SKIPPED))
            .map(|parts| parts.iter().sum())
            .collect()
    };
    let correlation = spearman(&scores(&own), &scores(&other));
    let (difference, absolute) = differences(&scores(&own), &scores(&other));
    println!("krcf: rank correlation {correlation:.3}, difference {difference:+.4}, absolute {absolute:.4}");
    assert!(correlation >= 0.97);
    assert!(absolute <= 0.03);
    for i in 0..width {
        let part =
            |parts: &[f64]| -> Vec<f64> { parts.chunks(width).skip(SKIPPED).map(|row| row[i]).collect() };
        let correlation = spearman(&part(&own), &part(&other));
        println!("krcf, part {i}: rank correlation {correlation:.3}");
        assert!(correlation >= 0.95);
    }
}
