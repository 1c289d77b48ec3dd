//! A random cut forest: how unlike the records before it a record is.
//!
//! Every record is scored first and then offered to the trees. Trees do not know of each other, so each of them
//! takes a batch of records on its own: while it refuses records it does not change, and they are walked down side by
//! side. The result is that of one record after the other through all trees, whatever the batch.
//!
//! Pure arithmetic: it knows no columns of Arrow, no clock and no source of randomness but its seed, and a copy of it
//! goes on as it does. NULL, NaN and infinities are kept out by whoever calls it.

pub use self::snapshot::ForestState;

use self::attribution::Attribution;
use self::generator::Generator;
use self::reservoir::Reservoir;
use self::trees::{Shape, Trees};
use self::walk::{Lanes, Points, Tables, Walks};

mod attribution;
mod bounds;
mod generator;
mod reservoir;
mod snapshot;
mod tree;
mod trees;
mod walk;

/// What a forest is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForestParameters {
    /// Number of trees.
    pub trees: usize,
    /// Most records a tree holds, and how many records pass before the first score.
    pub sub_sample: usize,
    /// Records after which the weight of a record has fallen to 1/e.
    pub time_decay: u32,
    /// Records in a row that make one point.
    pub shingle: usize,
    /// Numbers in a record.
    pub columns: usize,
    /// What all trees draw from.
    pub seed: u64,
}

/// Values beyond it count as it: sums of sides stay finite.
const VALUE_MAX: f64 = 1e304;

/// Values nearer to 0 count as 0: quotients of distances stay finite.
const VALUE_MIN: f64 = 1e-280;

/// A forest and the records it has seen.
#[derive(Debug, Clone)]
pub struct Forest {
    parameters: ForestParameters,
    trees: Trees,
    reservoirs: Vec<Reservoir>,
    /// Records seen.
    records: u64,
    /// The records that the next point starts with.
    recent: Vec<f64>,
    tables: Tables,
    // Memory of a call, kept between calls.
    walks: Walks,
    attribution: Attribution,
    path: Vec<u16>,
}

/// One call: records that go through all trees.
struct Call<'a> {
    points: Points<'a>,
    /// Points before them.
    before: u64,
    /// How many points they are.
    count: usize,
    /// The first point that gets a score.
    scored_from: usize,
    /// Walks that wait.
    lanes: Lanes,
    /// By point.
    scores: &'a mut [f64],
    /// By point and column, high and low; empty if nobody asked.
    parts: &'a mut [f64],
}

impl Forest {
    /// An empty forest.
    pub fn new(parameters: ForestParameters) -> Self {
        let shape = Shape {
            sub_sample: parameters.sub_sample,
            dims: parameters.columns * parameters.shingle,
        };
        let mut seeds = Generator(parameters.seed);
        Self {
            parameters,
            trees: Trees::new(parameters.trees, shape),
            reservoirs: (0..parameters.trees)
                .map(|_| Reservoir::new(Generator(seeds.bits())))
                .collect(),
            records: 0,
            recent: Vec::new(),
            tables: Tables::new(parameters.sub_sample),
            walks: Walks::new(parameters.sub_sample),
            attribution: Attribution::new(parameters.sub_sample, shape.dims),
            path: Vec::new(),
        }
    }

    /// Scores records, one after the other, each of them before it is added. `values` are whole records, of finite
    /// numbers.
    pub fn score(&mut self, values: &[f64], scores: &mut Vec<f64>) {
        self.process(values, scores, &mut []);
    }

    /// The same, and how much of a score each column is the cause of: for every record and column the part that comes
    /// from values above those known and the part from values below. The parts of a record add up to its score.
    pub fn explain(&mut self, values: &[f64], scores: &mut Vec<f64>, parts: &mut Vec<f64>) {
        parts.clear();
        parts.resize(2 * values.len(), 0.0);
        self.process(values, scores, parts);
    }

    fn process(&mut self, values: &[f64], scores: &mut Vec<f64>, parts: &mut [f64]) {
        let ForestParameters {
            columns,
            shingle,
            sub_sample,
            ..
        } = self.parameters;
        let rows = values.len() / columns;
        scores.clear();
        scores.resize(rows, 0.0);
        self.recent
            .extend(values.iter().map(|&value| within_limits(value)));
        let recent = std::mem::take(&mut self.recent);
        let count = (recent.len() / columns + 1).saturating_sub(shingle);
        let learning = (sub_sample.max(shingle) as u64).saturating_sub(self.records);
        let without_point = rows - count;
        let mut call = Call {
            points: Points {
                values: &recent,
                columns,
            },
            before: self.records.saturating_sub(shingle as u64 - 1),
            count,
            scored_from: (learning.min(rows as u64) as usize).saturating_sub(without_point),
            lanes: Lanes::default(),
            scores: &mut scores[without_point..],
            parts: parts.get_mut(2 * columns * without_point..).unwrap_or_default(),
        };
        for tree in 0..self.parameters.trees {
            self.pass_tree(tree, &mut call);
        }
        self.walk(&mut call);
        self.scale(&mut call);
        self.recent = recent;
        self.records += rows as u64;
        let behind = self.recent.len().saturating_sub((shingle - 1) * columns);
        self.recent.drain(..behind);
    }

    /// All points of a call through one tree.
    fn pass_tree(&mut self, tree: usize, call: &mut Call<'_>) {
        let mut from = 0;
        while from < call.count {
            let taken = self.reservoirs[tree].next - call.before;
            let is_taken = taken < call.count as u64;
            let to = if is_taken { taken as usize + 1 } else { call.count };
            for point in from.max(call.scored_from)..to {
                if call.lanes.add(tree, point) {
                    self.walk(call);
                }
            }
            if is_taken {
                self.walk(call);
                let point = &call.points.values[(to - 1) * call.points.columns..][..self.trees.shape.dims];
                self.take(tree, point, call.before + taken);
            }
            from = to;
        }
    }

    /// Puts a point into a tree.
    fn take(&mut self, tree: usize, point: &[f64], index: u64) {
        let ForestParameters {
            sub_sample,
            time_decay,
            ..
        } = self.parameters;
        let reservoir = &mut self.reservoirs[tree];
        let mut target = self.trees.tree_mut(tree);
        if let Some(leaf) = reservoir.leaving(sub_sample) {
            target.remove(leaf, &mut self.path);
        }
        let leaf = target.insert(point, &mut reservoir.generator);
        reservoir.take(index, leaf, sub_sample, 1.0 / f64::from(time_decay));
    }

    /// Does the walks that wait. Few dimensions get straight code.
    fn walk(&mut self, call: &mut Call<'_>) {
        if call.lanes.is_empty() {
            return;
        }
        self.walks.descend(&self.trees, &call.lanes, call.points);
        match self.trees.shape.dims {
            1 => self.add_scores(call, 1),
            2 => self.add_scores(call, 2),
            3 => self.add_scores(call, 3),
            dims => self.add_scores(call, dims),
        }
        call.lanes.clear();
    }

    #[inline(always)]
    fn add_scores(&mut self, call: &mut Call<'_>, dims: usize) {
        let sub_sample = self.parameters.sub_sample as u64;
        let width = 2 * call.points.columns;
        for walk in self.walks.each(&call.lanes, call.points, dims) {
            let mass = (call.before + walk.index as u64).min(sub_sample) as usize;
            call.scores[walk.index] += if call.parts.is_empty() {
                walk.score(&self.trees, &self.tables, mass, dims)
            } else {
                let parts = &mut call.parts[walk.index * width..][..width];
                self.attribution
                    .add(&walk, &self.trees, &self.tables, mass, dims, parts)
            };
        }
    }

    /// Makes the sums over the trees means, scaled by how many points a tree held.
    fn scale(&self, call: &mut Call<'_>) {
        let ForestParameters {
            sub_sample,
            trees,
            columns,
            ..
        } = self.parameters;
        let mut parts = call.parts.chunks_exact_mut(2 * columns);
        for (index, score) in call.scores.iter_mut().enumerate() {
            let mass = (call.before + index as u64).min(sub_sample as u64) as usize;
            let factor = self.tables.scale(mass) / trees as f64;
            *score *= factor;
            for part in parts.next().unwrap_or_default() {
                *part *= factor;
            }
        }
    }
}

/// A value as the forest keeps it; there is one zero.
fn within_limits(value: f64) -> f64 {
    if value.abs() < VALUE_MIN {
        0.0
    } else {
        value.clamp(-VALUE_MAX, VALUE_MAX)
    }
}

#[cfg(test)]
mod tests;
