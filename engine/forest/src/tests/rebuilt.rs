//! Trees that points have come to and gone from, against trees made anew of what they hold: scores of both are drawn
//! from one distribution.

use super::{Model, models, parameters};
use crate::{Forest, ForestParameters};

/// A random cut tree of points with their copies.
fn rebuilt(points: &[(Vec<f64>, usize)], random: &mut fastrand::Rng) -> Model {
    let [(first, copies), rest @ ..] = points else {
        panic!("a tree holds a point");
    };
    if rest.is_empty() {
        return Model::Leaf {
            point: first.clone(),
            copies: *copies,
        };
    }
    let side = |dim: usize| {
        let values = || points.iter().map(|(point, _)| point[dim]);
        (
            values().fold(f64::INFINITY, f64::min),
            values().fold(f64::NEG_INFINITY, f64::max),
        )
    };
    let sides: Vec<(f64, f64)> = (0..first.len()).map(side).collect();
    let mut left = random.f64() * sides.iter().map(|(low, high)| high - low).sum::<f64>();
    let mut dim = 0;
    while left >= sides[dim].1 - sides[dim].0 {
        left -= sides[dim].1 - sides[dim].0;
        dim += 1;
    }
    let cut = sides[dim].0 + left;
    let (low, high): (Vec<_>, Vec<_>) = points.iter().cloned().partition(|(point, _)| point[dim] <= cut);
    Model::Cut {
        dim,
        cut,
        sides: [low, high].map(|points| Box::new(rebuilt(&points, random))),
    }
}

fn held(model: &Model, points: &mut Vec<(Vec<f64>, usize)>) {
    match model {
        Model::Leaf { point, copies } => points.push((point.clone(), *copies)),
        Model::Cut { sides, .. } => sides.iter().for_each(|side| held(side, points)),
    }
}

/// Sums of the scores of `rows` in the trees of a forest, and in as many trees made anew.
fn compare(values: &[f64], rows: &[f64], seed: u64) -> (f64, f64) {
    let parameters = ForestParameters {
        trees: 400,
        sub_sample: 64,
        time_decay: 500,
        seed,
        ..parameters(3, 1)
    };
    let mut forest = Forest::new(parameters);
    forest.score(values, &mut Vec::new());
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut own, mut anew) = (0.0, 0.0);
    for (model, mass) in models(&forest.save(), 3) {
        let mut points = Vec::new();
        held(&model, &mut points);
        let other = rebuilt(&points, &mut random);
        for x in rows.chunks(3) {
            own += model.score(x, 0, mass);
            anew += other.score(x, 0, mass);
        }
    }
    (own, anew)
}

#[test]
fn trees_with_a_past_score_as_trees_made_anew() {
    let mut random = fastrand::Rng::with_seed(3);
    // Few values a column, so that points come again; and many, in a column that is wider than the others.
    for (steps, width) in [(4.0, [1.0, 1.0, 1.0]), (1e6, [1.0, 1.0, 10.0])] {
        let values: Vec<f64> = (0..306)
            .flat_map(|_| {
                let shared = random.f64();
                width.map(|width| (width * steps * (shared + random.f64()) / 2.0).round())
            })
            .collect();
        let (past, rows) = values.split_at(900);
        let sums: Vec<(f64, f64)> = (0..16).map(|seed| compare(past, rows, seed)).collect();
        let sum = |of: fn(&(f64, f64)) -> f64| sums.iter().map(of).sum::<f64>();
        let ratio = sum(|sums| sums.0) / sum(|sums| sums.1);
        // One forest against one is off by 0.01 now and then.
        assert!((ratio - 1.0).abs() < 0.01, "{steps}: {ratio}");
    }
}
