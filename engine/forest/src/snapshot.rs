//! A forest as flat arrays, and back.
//!
//! Trees are written from the root down, left before right, so that the arrays tell nothing of where a tree keeps its
//! nodes: a forest and what it was loaded from are saved alike. Boxes are not written; they follow from the points.
//! What does not fit together is refused, because a damaged tree would not stop a walk.

use super::reservoir::Reservoir;
use super::trees::Node;
use super::{Forest, ForestParameters, Generator, VALUE_MAX};

/// In place of the dimension of a cut: the node is a leaf.
const LEAF: u16 = u16::MAX;

/// What a forest holds. Trees follow one another in every array.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ForestState {
    /// Records seen.
    pub records: u64,
    /// Values of the records that the next point starts with.
    pub recent: Vec<f64>,
    /// By tree, the state of its generator.
    pub generators: Vec<u64>,
    /// By tree, the index of the next point it takes.
    pub next: Vec<u64>,
    /// By tree, how many nodes it has.
    pub nodes: Vec<u32>,
    /// By tree, how many points it holds, copies counted.
    pub held: Vec<u32>,
    /// By node, the dimension that is cut, 65535 for a leaf.
    pub dims: Vec<u16>,
    /// By node, the cut; 0 for a leaf.
    pub cuts: Vec<f64>,
    /// The values of the leaves' points.
    pub points: Vec<f64>,
    /// By point held, its key in the reservoir.
    pub keys: Vec<f64>,
    /// By point held, its leaf, counted in the tree.
    pub leaves: Vec<u16>,
}

impl Forest {
    /// Copies what it holds.
    pub fn save(&self) -> ForestState {
        let mut state = ForestState {
            records: self.records,
            recent: self.recent.clone(),
            ..ForestState::default()
        };
        let mut ordinals = vec![0; self.trees.shape.nodes()];
        for (tree, reservoir) in self.reservoirs.iter().enumerate() {
            let before = state.dims.len();
            if !reservoir.keys.is_empty() {
                self.save_tree(tree, &mut state, &mut ordinals);
            }
            state.nodes.push((state.dims.len() - before) as u32);
            state.held.push(reservoir.keys.len() as u32);
            state.generators.push(reservoir.generator.0);
            state.next.push(reservoir.next);
            state.keys.extend(&reservoir.keys);
            (state.leaves).extend(reservoir.leaves.iter().map(|&leaf| ordinals[usize::from(leaf)]));
        }
        state
    }

    fn save_tree(&self, tree: usize, state: &mut ForestState, ordinals: &mut [u16]) {
        let shape = self.trees.shape;
        let mut leaves = 0;
        let mut ahead = vec![self.trees.heads[tree].root];
        while let Some(at) = ahead.pop() {
            let at = usize::from(at);
            if at >= shape.inner() {
                ordinals[at] = leaves;
                leaves += 1;
                state.dims.push(LEAF);
                state.cuts.push(0.0);
                state.points.extend(self.trees.point(tree, at, shape.dims));
            } else {
                let &Node {
                    cut,
                    children: [left, right],
                    dim,
                } = self.trees.node(tree, at);
                state.dims.push(dim);
                state.cuts.push(cut);
                ahead.extend([right, left]);
            }
        }
    }

    /// A forest that goes on as the saved one would have, or what is wrong with the state.
    pub fn load(parameters: ForestParameters, state: &ForestState) -> Result<Self, String> {
        let mut forest = Self::new(parameters);
        forest.records = state.records;
        let kept = (parameters.shingle as u64 - 1).min(state.records) as usize;
        if state.recent.len() != kept * parameters.columns || !finite(&state.recent) {
            return Err("the last records of a forest are not as many as its shingle asks for".into());
        }
        forest.recent.clone_from(&state.recent);
        let by_tree = [
            state.generators.len(),
            state.next.len(),
            state.nodes.len(),
            state.held.len(),
        ];
        if by_tree != [parameters.trees; 4] {
            return Err(format!(
                "a forest of {} trees was saved with {by_tree:?}",
                parameters.trees
            ));
        }
        let mut rest = Rest::new(state);
        for tree in 0..parameters.trees {
            forest
                .load_tree(tree, state, &mut rest)
                .ok_or_else(|| format!("tree {tree} of a forest does not fit together"))?;
        }
        if rest.is_empty() {
            Ok(forest)
        } else {
            Err("a forest was saved with more nodes than its trees have".into())
        }
    }

    fn load_tree(&mut self, tree: usize, state: &ForestState, rest: &mut Rest<'_>) -> Option<()> {
        let ForestParameters {
            sub_sample, shingle, ..
        } = self.parameters;
        let seen = state.records.saturating_sub(shingle as u64 - 1);
        let held = state.held[tree] as usize;
        if held as u64 != seen.min(sub_sample as u64) || state.next[tree] < seen {
            return None;
        }
        let nodes = state.nodes[tree] as usize;
        let dims = take(&mut rest.dims, nodes)?;
        let cuts = take(&mut rest.cuts, nodes)?;
        let leaves = dims.iter().filter(|&&dim| dim == LEAF).count();
        let points = take(&mut rest.points, leaves * self.trees.shape.dims)?;
        let keys = take(&mut rest.keys, held)?;
        let ordinals = take(&mut rest.leaves, held)?;
        if !finite(cuts) || !finite(points) || !finite(keys) || leaves > sub_sample {
            return None;
        }
        let ids = self.trees.tree_mut(tree).restore(dims, cuts, points, LEAF)?;
        let leaves = (ordinals.iter())
            .map(|&ordinal| ids.get(usize::from(ordinal)).copied())
            .collect::<Option<Vec<u16>>>()?;
        self.trees.tree_mut(tree).count_copies(&leaves);
        let reservoir = Reservoir {
            keys: keys.to_vec(),
            leaves,
            generator: Generator(state.generators[tree]),
            next: state.next[tree],
        };
        let is_whole = reservoir.is_heap() && self.trees.tree_mut(tree).is_searchable(&ids);
        self.reservoirs[tree] = reservoir;
        is_whole.then_some(())
    }
}

/// What is not loaded yet.
struct Rest<'a> {
    dims: &'a [u16],
    cuts: &'a [f64],
    points: &'a [f64],
    keys: &'a [f64],
    leaves: &'a [u16],
}

impl<'a> Rest<'a> {
    fn new(state: &'a ForestState) -> Self {
        Self {
            dims: &state.dims,
            cuts: &state.cuts,
            points: &state.points,
            keys: &state.keys,
            leaves: &state.leaves,
        }
    }

    fn is_empty(&self) -> bool {
        self.dims.is_empty()
            && self.cuts.is_empty()
            && self.points.is_empty()
            && self.keys.is_empty()
            && self.leaves.is_empty()
    }
}

fn take<'a, T>(rest: &mut &'a [T], count: usize) -> Option<&'a [T]> {
    let (taken, behind) = rest.split_at_checked(count)?;
    *rest = behind;
    Some(taken)
}

fn finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.abs() <= VALUE_MAX)
}
