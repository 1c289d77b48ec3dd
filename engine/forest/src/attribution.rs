//! How much of a walk's score each column is the cause of, above and below the values that the tree knows.
//!
//! A score is made of the probabilities that a cut separates the point from the boxes on its way. A cut falls on a
//! dimension in proportion to how far the point lies outside of the box there, and that is the dimension's share.
//! The shares of a walk add up to its score.
//!
//! A leaf that holds the very point leaves no distance to share. Its score is then shared as the point would be
//! without its copies: over the boxes of the other points, met on the way up.

use super::bounds;
use super::trees::Trees;
use super::walk::{Tables, Walk};

/// Memory for one walk.
#[derive(Debug, Clone)]
pub(super) struct Attribution {
    /// By depth, the probability that a cut separates the point, and the sum of sides it is made of.
    separations: Vec<(f64, f64)>,
    /// The box of the points that are no copies.
    others: Vec<f64>,
    /// High share of every dimension, then the low shares.
    shares: Vec<f64>,
}

impl Attribution {
    pub(super) fn new(sub_sample: usize, dims: usize) -> Self {
        Self {
            separations: vec![(0.0, 0.0); sub_sample],
            others: vec![0.0; bounds::width(dims)],
            shares: vec![0.0; 2 * dims],
        }
    }

    /// The walk's score, and adds its parts to `parts`: for every column the high one, then the low one.
    #[inline(always)]
    pub(super) fn add(
        &mut self,
        walk: &Walk<'_>,
        trees: &Trees,
        tables: &Tables,
        mass: usize,
        dims: usize,
        parts: &mut [f64],
    ) -> f64 {
        let held = walk.held(trees, dims);
        if held == walk.point {
            return self.add_copy(walk, trees, tables, mass, parts);
        }
        let mut outermost = walk.depth;
        let separations = &mut self.separations;
        let score = walk.climb(trees, tables, dims, |depth, separated, sides| {
            separations[depth] = (separated, sides);
            outermost = depth;
        });
        let shares = &mut self.shares[..2 * dims];
        shares.fill(0.0);
        let point = &walk.point[..dims];
        let mut reached = 1.0;
        for (depth, &(separated, sides)) in (outermost..).zip(&separations[outermost..walk.depth]) {
            let (low, high) = bounds::sides(trees.bounds(walk.tree, walk.node(depth), dims), dims);
            let weight = reached * tables.unseen(depth) / sides;
            add_distances(low, high, point, weight, shares);
            reached *= 1.0 - separated;
        }
        let weight = reached * tables.unseen(walk.depth) / bounds::distance(held, held, walk.point);
        add_distances(held, held, point, weight, shares);
        add_to_columns(shares, 1.0, dims, parts);
        score
    }

    /// The same where the leaf holds the very point.
    fn add_copy(
        &mut self,
        walk: &Walk<'_>,
        trees: &Trees,
        tables: &Tables,
        mass: usize,
        parts: &mut [f64],
    ) -> f64 {
        let score = walk.seen(trees, tables, mass);
        let equal = score / self.shares.len() as f64;
        self.shares.fill(equal);
        for depth in (0..walk.depth).rev() {
            self.meet_sibling(walk, trees, depth);
            let dims = walk.point.len();
            let growth = bounds::growth(&self.others, walk.point, dims);
            if growth == 0.0 {
                break;
            }
            let sides = self.others[0] + growth;
            for share in &mut self.shares {
                *share *= 1.0 - growth / sides;
            }
            let (low, high) = bounds::sides(&self.others, dims);
            let weight = tables.unseen(depth) / sides;
            add_distances(low, high, walk.point, weight, &mut self.shares);
        }
        let factor = score / self.shares.iter().sum::<f64>();
        add_to_columns(&self.shares, factor, walk.point.len(), parts);
        score
    }

    /// Takes the points on the other side of the node at `depth` in.
    fn meet_sibling(&mut self, walk: &Walk<'_>, trees: &Trees, depth: usize) {
        let dims = walk.point.len();
        let [left, right] = trees.node(walk.tree, walk.node(depth)).children.map(usize::from);
        let sibling = if left == walk.node(depth + 1) { right } else { left };
        let (low, high) = if sibling >= trees.shape.inner() {
            let point = trees.point(walk.tree, sibling, dims);
            (point, point)
        } else {
            bounds::sides(trees.bounds(walk.tree, sibling, dims), dims)
        };
        if depth + 1 == walk.depth {
            bounds::set(&mut self.others, low, high);
        } else {
            bounds::extend(&mut self.others, low, high);
        }
    }
}

/// Adds `weight` times how far the point lies above `high` and below `low`, by dimension.
#[inline(always)]
fn add_distances(low: &[f64], high: &[f64], point: &[f64], weight: f64, shares: &mut [f64]) {
    let dims = point.len();
    let (highs, lows) = shares.split_at_mut(dims);
    let (low, high, lows) = (&low[..dims], &high[..dims], &mut lows[..dims]);
    for i in 0..dims {
        highs[i] += weight * bounds::above(high[i], point[i]);
        lows[i] += weight * bounds::below(low[i], point[i]);
    }
}

/// Adds the shares of the dimensions, times `factor`, to the parts of their columns.
#[inline(always)]
fn add_to_columns(shares: &[f64], factor: f64, dims: usize, parts: &mut [f64]) {
    let (highs, lows) = shares[..2 * dims].split_at(dims);
    let columns = parts.len() / 2;
    for (highs, lows) in highs.chunks_exact(columns).zip(lows.chunks_exact(columns)) {
        for ((part, high), low) in parts.chunks_exact_mut(2).zip(highs).zip(lows) {
            part[0] += factor * high;
            part[1] += factor * low;
        }
    }
}
