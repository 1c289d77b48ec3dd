//! Which records a tree holds, and where it cuts: against the distributions they are drawn from.

use super::super::generator::Generator;
use super::super::reservoir::Reservoir;
use super::super::trees::{Shape, Trees};

const RUNS: u64 = 4_000;
const CAPACITY: usize = 10;
const RECORDS: u64 = 150;
const DECAY: f64 = 1.0 / 40.0;

#[test]
fn refusing_records_in_a_row_holds_what_a_draw_for_every_record_holds() {
    let mut jumped = [0u64; RECORDS as usize];
    let mut drawn = [0u64; RECORDS as usize];
    for seed in 0..RUNS {
        let mut reservoir = Reservoir::new(Generator(seed));
        let mut taken = 0;
        for index in 0..RECORDS {
            if reservoir.next == index {
                // The "leaf" is the record's own index: it says what is held.
                reservoir.take(index, index as u16, CAPACITY, DECAY);
                taken += 1;
                assert!(reservoir.is_heap());
            }
            assert!(reservoir.next > index);
        }
        assert!(taken >= CAPACITY);
        reservoir
            .leaves
            .iter()
            .for_each(|&index| jumped[usize::from(index)] += 1);
        held_by_definition(seed)
            .into_iter()
            .for_each(|index| drawn[index] += 1);
    }
    for (index, (jumped, drawn)) in jumped.iter().zip(&drawn).enumerate() {
        let spread = ((jumped + drawn) as f64).sqrt().max(1.0);
        let difference = jumped.abs_diff(*drawn) as f64;
        assert!(difference < 4.5 * spread, "record {index}: {jumped} and {drawn}");
    }
    let chi: f64 = (jumped.iter().zip(&drawn))
        .map(|(a, b)| (*a as f64 - *b as f64).powi(2) / (a + b).max(1) as f64)
        .sum();
    assert!(chi < 150.0 + 5.0 * 300f64.sqrt(), "{chi}");
}

/// The records of the least keys, ln(E) − index · decay, when every record has one.
fn held_by_definition(seed: u64) -> Vec<usize> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut keys: Vec<(f64, usize)> = (0..RECORDS as usize)
        .map(|index| ((-(1.0 - random.f64()).ln()).ln() - index as f64 * DECAY, index))
        .collect();
    keys.sort_by(|a, b| a.0.total_cmp(&b.0));
    keys.truncate(CAPACITY);
    keys.into_iter().map(|(_, index)| index).collect()
}

/// A tree that points have come to and gone from cuts first where a new tree of the rest would.
#[test]
fn the_first_cut_falls_on_a_side_in_proportion_to_its_length() {
    let shape = Shape {
        sub_sample: 10,
        dims: 2,
    };
    let points: [[f64; 2]; 6] = [
        [0.0, 0.0],
        [50.0, 50.0],
        [3.0, 0.2],
        [1.0, 1.0],
        [-9.0, 4.0],
        [2.0, 0.5],
    ];
    let (mut on_first, mut left_of_one) = (0.0, 0.0);
    let runs = 20_000;
    for seed in 0..runs {
        let mut trees = Trees::new(1, shape);
        let mut generator = Generator(seed);
        let mut tree = trees.tree_mut(0);
        let leaves = points.map(|point| tree.insert(&point, &mut generator));
        let mut path = Vec::new();
        tree.remove(leaves[1], &mut path);
        tree.remove(leaves[4], &mut path);
        let root = trees.node(0, usize::from(trees.heads[0].root));
        if root.dim == 0 {
            on_first += 1.0;
            left_of_one += f64::from(u8::from(root.cut < 1.0));
        }
    }
    // The rest is 3 wide and 1 high; a cut of its width is below 1 in one of three cases.
    let spread = 4.5 / (runs as f64).sqrt();
    assert!((on_first / runs as f64 - 0.75).abs() < spread, "{on_first}");
    assert!(
        (left_of_one / on_first - 1.0 / 3.0).abs() < 1.5 * spread,
        "{left_of_one}"
    );
}

#[test]
fn a_leaf_counts_the_copies_of_its_point() {
    let mut trees = Trees::new(
        1,
        Shape {
            sub_sample: 10,
            dims: 1,
        },
    );
    let mut generator = Generator(1);
    let mut tree = trees.tree_mut(0);
    let first = tree.insert(&[4.0], &mut generator);
    let other = tree.insert(&[5.0], &mut generator);
    assert_eq!(tree.insert(&[4.0], &mut generator), first);
    let mut path = Vec::new();
    tree.remove(first, &mut path);
    assert!(tree.is_searchable(&[first, other]));
    tree.remove(first, &mut path);
    assert_eq!(trees.heads[0].root, other);
    trees.tree_mut(0).remove(other, &mut path);
    assert_eq!(
        trees.tree_mut(0).insert(&[6.0], &mut generator),
        trees.heads[0].root
    );
}

/// Values come and go, copies among them, while others stay: what is left is cut as if it had come alone.
#[test]
fn cuts_between_values_that_come_and_go_stay_uniform() {
    let shape = Shape {
        sub_sample: 10,
        dims: 1,
    };
    let mut counts = [0.0f64; 2];
    let mut random = fastrand::Rng::with_seed(17);
    for seed in 0..60_000 {
        let mut trees = Trees::new(1, shape);
        let mut generator = Generator(seed);
        let mut tree = trees.tree_mut(0);
        let (mut held, mut path): (Vec<(u16, u8)>, Vec<u16>) = (Vec::new(), Vec::new());
        for _ in 0..12 {
            if held.len() == 4 {
                let (leaf, _) = held.swap_remove(random.usize(0..4));
                tree.remove(leaf, &mut path);
            }
            let value = random.u8(0..3);
            held.push((tree.insert(&[f64::from(value)], &mut generator), value));
        }
        if (0..3).all(|value| held.iter().any(|&(_, v)| v == value)) {
            let root = trees.node(0, usize::from(trees.heads[0].root));
            counts[usize::from(root.cut >= 1.0)] += 1.0;
        }
    }
    let share = counts[0] / (counts[0] + counts[1]);
    assert!((share - 0.5).abs() < 0.01, "{counts:?}");
}
