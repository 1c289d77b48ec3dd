//! The forest against its definition, computed from a saved state without boxes, walks or lanes.

use super::*;

mod damaged;
mod rebuilt;
mod sampling;

/// A tree as its definition has it.
enum Model {
    Leaf {
        point: Vec<f64>,
        copies: usize,
    },
    Cut {
        dim: usize,
        cut: f64,
        sides: [Box<Model>; 2],
    },
}

impl Model {
    fn points(&self) -> Vec<&[f64]> {
        match self {
            Model::Leaf { point, .. } => vec![point],
            Model::Cut { sides, .. } => sides.iter().flat_map(|side| side.points()).collect(),
        }
    }

    /// The part of the score that a walk brings up from here; every column's high and low part beside it.
    fn score(&self, x: &[f64], depth: usize, mass: usize) -> f64 {
        let unseen = 1.0 / (depth as f64 + 1.0);
        match self {
            Model::Leaf { point, copies } if point == x => {
                let m = *copies as f64;
                (1.0 - m / (2.0 * mass as f64)) / (depth as f64 + (1.0 + m).log2())
            }
            Model::Leaf { .. } => unseen,
            Model::Cut { dim, cut, sides } => {
                let below = sides[usize::from(x[*dim] > *cut)].score(x, depth + 1, mass);
                let p: f64 = separations(&self.points(), x).iter().sum();
                p * unseen + (1.0 - p) * below
            }
        }
    }

    /// The parts of the score of a point that no leaf holds: high and low by dimension.
    fn parts(&self, x: &[f64], depth: usize) -> Vec<f64> {
        let unseen = 1.0 / (depth as f64 + 1.0);
        let shares = separations(&self.points(), x);
        let p: f64 = shares.iter().sum();
        match self {
            Model::Leaf { .. } => shares.iter().map(|share| share * unseen).collect(),
            Model::Cut { dim, cut, sides } => {
                let below = sides[usize::from(x[*dim] > *cut)].parts(x, depth + 1);
                (below.iter().zip(shares))
                    .map(|(below, share)| share * unseen + (1.0 - p) * below)
                    .collect()
            }
        }
    }
}

/// The probabilities that a cut of the box of `points` and `x` separates them, high and low by dimension.
fn separations(points: &[&[f64]], x: &[f64]) -> Vec<f64> {
    let mut grown = Vec::new();
    let mut total = 0.0;
    for (dim, &x) in x.iter().enumerate() {
        let low = points.iter().map(|p| p[dim]).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(|p| p[dim]).fold(f64::NEG_INFINITY, f64::max);
        grown.extend([(x - high).max(0.0), (low - x).max(0.0)]);
        total += high.max(x) - low.min(x);
    }
    grown
        .iter()
        .map(|g| if *g == 0.0 { 0.0 } else { g / total })
        .collect()
}

fn models(state: &ForestState, dims: usize) -> Vec<(Model, usize)> {
    let (mut node, mut leaf, mut held) = (0, 0, 0);
    let mut trees = Vec::new();
    for &mass in &state.held {
        let leaves = &state.leaves[held..held + mass as usize];
        let first = leaf;
        trees.push((
            model(state, dims, &mut node, &mut leaf, first, leaves),
            mass as usize,
        ));
        held += mass as usize;
    }
    trees
}

fn model(
    state: &ForestState,
    dims: usize,
    node: &mut usize,
    leaf: &mut usize,
    first: usize,
    held: &[u16],
) -> Model {
    let (dim, cut) = (state.dims[*node], state.cuts[*node]);
    *node += 1;
    if dim == u16::MAX {
        let point = state.points[*leaf * dims..][..dims].to_vec();
        let copies = held.iter().filter(|&&l| usize::from(l) == *leaf - first).count();
        *leaf += 1;
        return Model::Leaf { point, copies };
    }
    let sides = [(); 2].map(|()| Box::new(model(state, dims, node, leaf, first, held)));
    Model::Cut {
        dim: usize::from(dim),
        cut,
        sides,
    }
}

fn parameters(columns: usize, shingle: usize) -> ForestParameters {
    ForestParameters {
        trees: 12,
        sub_sample: 20,
        time_decay: 100,
        shingle,
        columns,
        seed: 9,
    }
}

/// Records of a wandering level, some of them whole numbers that come again.
fn records(columns: usize, rows: usize, seed: u64) -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut level = 0.0;
    (0..rows * columns)
        .map(|_| {
            level += random.f64() - 0.5;
            match random.u8(0..4) {
                0 => f64::from(random.u8(0..3)),
                1 => level * 100.0,
                _ => level.round(),
            }
        })
        .collect()
}

#[test]
fn scores_are_those_of_the_definition() {
    for (columns, shingle) in [(1, 1), (2, 1), (3, 1), (1, 4), (5, 1), (3, 3)] {
        let parameters = parameters(columns, shingle);
        let dims = columns * shingle;
        let mut forest = Forest::new(parameters);
        let values = records(columns, 300, 5);
        let (mut scores, mut parts) = (Vec::new(), Vec::new());
        let (mut copies, mut others) = (0, 0);
        for (row, record) in values.chunks(columns).enumerate() {
            let before = forest.save();
            forest.explain(record, &mut scores, &mut parts);
            if row < parameters.sub_sample.max(shingle) {
                assert_eq!((scores[0], parts.iter().sum::<f64>()), (0.0, 0.0), "row {row}");
                continue;
            }
            let x = &values[(row + 1 - shingle) * columns..(row + 1) * columns];
            let models = models(&before, dims);
            let mean = |of: &dyn Fn(&Model, usize) -> f64| {
                let sum: f64 = models
                    .iter()
                    .map(|(model, mass)| of(model, *mass) * (1.0 + *mass as f64).log2())
                    .sum();
                sum / models.len() as f64
            };
            let expected = mean(&|model, mass| model.score(x, 0, mass));
            assert!(
                (scores[0] - expected).abs() < 1e-12,
                "row {row}: {} {expected}",
                scores[0]
            );
            assert!(
                (scores[0] - parts.iter().sum::<f64>()).abs() < 1e-9,
                "row {row}: {parts:?}"
            );
            if models.iter().any(|(model, _)| model.points().contains(&x)) {
                copies += 1;
                continue;
            }
            others += 1;
            for (i, part) in parts.iter().enumerate() {
                let expected = mean(&|model, _| {
                    let parts = model.parts(x, 0);
                    (0..shingle).map(|record| parts[record * 2 * columns + i]).sum()
                });
                assert!(
                    (part - expected).abs() < 1e-12,
                    "row {row}, part {i}: {part} {expected}"
                );
            }
        }
        assert!(
            others > 50 && (copies > 20 || dims > 3),
            "{columns} {shingle}: {others} {copies}"
        );
    }
}

#[test]
fn neither_batches_nor_a_restore_show() {
    for (columns, shingle) in [(1, 1), (3, 1), (2, 5), (1, 30)] {
        let parameters = parameters(columns, shingle);
        let values = records(columns, 500, 3);
        let whole = run(parameters, &values, 500, false);
        for (batch, restore) in [(1, false), (7, false), (1, true), (7, true), (100, true)] {
            assert!(
                whole == run(parameters, &values, batch, restore),
                "{columns} {shingle} {batch} {restore}"
            );
        }
    }
}

/// Scores, parts and the last state.
fn run(
    parameters: ForestParameters,
    values: &[f64],
    batch: usize,
    restore: bool,
) -> (Vec<f64>, Vec<f64>, ForestState) {
    let mut forest = Forest::new(parameters);
    let (mut all_scores, mut all_parts) = (Vec::new(), Vec::new());
    let (mut scores, mut parts) = (Vec::new(), Vec::new());
    for rows in values.chunks(batch * parameters.columns) {
        forest.explain(rows, &mut scores, &mut parts);
        all_scores.extend(&scores);
        all_parts.extend(&parts);
        if restore {
            let state = forest.save();
            forest = Forest::load(parameters, &state).unwrap();
            assert_eq!(forest.save(), state);
        }
    }
    (all_scores, all_parts, forest.save())
}

#[test]
fn a_score_is_the_same_without_its_parts() {
    let parameters = parameters(3, 2);
    let values = records(3, 400, 8);
    let mut scores = Vec::new();
    Forest::new(parameters).score(&values, &mut scores);
    assert_eq!(scores, run(parameters, &values, 400, false).0);
}

#[test]
fn a_seed_decides_and_another_gives_other_scores() {
    let values = records(2, 200, 4);
    let of = |seed| {
        run(
            ForestParameters {
                seed,
                ..parameters(2, 1)
            },
            &values,
            200,
            false,
        )
        .0
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn a_constant_stream_scores_one_half_and_another_value_the_most_there_is() {
    let parameters = ForestParameters {
        trees: 100,
        sub_sample: 256,
        time_decay: 100_000,
        shingle: 1,
        columns: 2,
        seed: 1,
    };
    let mut forest = Forest::new(parameters);
    let (mut scores, mut parts) = (Vec::new(), Vec::new());
    let mut values = [7.0, -3.0].repeat(1000);
    values.extend([7.0, -4.0]);
    forest.explain(&values, &mut scores, &mut parts);
    assert!(scores[..256].iter().all(|&score| score == 0.0));
    assert!(scores[256..1000].iter().all(|score| (score - 0.5).abs() < 1e-12));
    assert!((scores[1000] - 257f64.log2()).abs() < 1e-12);
    assert_eq!(parts[4000..4003], [0.0; 3]);
    assert!((parts[4003] - 257f64.log2()).abs() < 1e-9);
}

#[test]
fn scores_of_the_largest_and_smallest_numbers_are_finite() {
    let mut random = fastrand::Rng::with_seed(2);
    let extremes = [
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        0.0,
        -0.0,
        1e300,
        -1e-300,
        1.0,
    ];
    let values: Vec<f64> = (0..3000)
        .map(|_| extremes[random.usize(0..extremes.len())])
        .collect();
    let (scores, parts, state) = run(parameters(3, 2), &values, 50, true);
    assert!(
        scores
            .iter()
            .chain(&parts)
            .all(|value| value.is_finite() && *value >= 0.0)
    );
    assert!(scores.iter().all(|&score| score <= 21f64.log2() + 1e-9));
    assert!(
        state
            .points
            .iter()
            .all(|value| !(*value == 0.0 && value.is_sign_negative()))
    );
}

#[test]
fn neighbours_among_large_whole_numbers_are_told_apart() {
    let parameters = ForestParameters {
        trees: 100,
        sub_sample: 256,
        ..parameters(1, 1)
    };
    let first = 1_700_000_000_000_000.0;
    let mut values: Vec<f64> = (0..1000).map(|row| first + f64::from(row % 2)).collect();
    values.push(first + 2.0);
    let scores = run(parameters, &values, 1001, false).0;
    assert!(scores[1000] > 2.0 && scores[300..1000].iter().all(|&score| score < 1.0));
}
