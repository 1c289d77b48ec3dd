//! Saved states that are damaged or belong to another forest.

use super::super::{Forest, ForestParameters, ForestState};
use super::{parameters, records};

fn saved(parameters: ForestParameters) -> ForestState {
    let mut forest = Forest::new(parameters);
    forest.score(&records(parameters.columns, 200, 6), &mut Vec::new());
    forest.save()
}

#[test]
fn a_state_of_another_forest_is_refused() {
    let own = parameters(2, 2);
    let state = saved(own);
    assert!(Forest::load(own, &state).is_ok());
    for other in [
        ForestParameters { trees: 13, ..own },
        ForestParameters {
            sub_sample: 19,
            ..own
        },
        ForestParameters { shingle: 3, ..own },
        ForestParameters { columns: 3, ..own },
    ] {
        assert!(Forest::load(other, &state).is_err(), "{other:?}");
    }
}

/// A changed state is refused, or is one that a forest can go on from.
#[test]
fn a_damaged_state_never_stops_the_stream() {
    let own = parameters(2, 2);
    let state = saved(own);
    let rows = records(2, 60, 1);
    let mut random = fastrand::Rng::with_seed(11);
    let mut refused = 0;
    for _ in 0..400 {
        let mut damaged = state.clone();
        match random.u8(0..11) {
            0 => damaged.records = random.u64(0..300),
            1 => damaged.recent.truncate(random.usize(0..2)),
            2 => *pick(&mut damaged.next, &mut random) = 3,
            3 => *pick(&mut damaged.nodes, &mut random) += 1,
            4 => *pick(&mut damaged.held, &mut random) -= 1,
            5 => *pick(&mut damaged.dims, &mut random) ^= 1,
            6 => *pick(&mut damaged.dims, &mut random) = u16::MAX,
            7 => *pick(&mut damaged.cuts, &mut random) = f64::NAN,
            8 => *pick(&mut damaged.points, &mut random) += 1.0,
            9 => *pick(&mut damaged.keys, &mut random) += 3.0,
            _ => *pick(&mut damaged.leaves, &mut random) += 7,
        }
        match Forest::load(own, &damaged) {
            Err(_) => refused += 1,
            Ok(mut forest) => forest.score(&rows, &mut Vec::new()),
        }
    }
    assert!(refused > 200, "{refused}");
}

fn pick<'a, T>(values: &'a mut [T], random: &mut fastrand::Rng) -> &'a mut T {
    let at = random.usize(0..values.len());
    &mut values[at]
}
