//! Walks of points down the trees, and the score that each of them gives.
//!
//! A walk waits for memory and for branches, not for arithmetic. So eight walks go down in lockstep and choose the
//! child without a branch; a walk that has come to its leaf stays there. Only then the boxes are read, from the leaf
//! up to the first that holds the point: above it nothing changes the score. Which walks go together never shows:
//! every walk is computed by itself, and the scores of a row are added in the order of the trees.

use super::bounds;
use super::trees::Trees;

/// Walks that go down side by side.
pub(super) const LANES: usize = 8;

/// Walks to be done: which point down which tree.
#[derive(Debug, Clone, Default)]
pub(super) struct Lanes {
    trees: [u32; LANES],
    points: [u32; LANES],
    len: usize,
}

impl Lanes {
    /// Adds a walk, and tells whether there is room for no other.
    #[inline(always)]
    pub(super) fn add(&mut self, tree: usize, point: usize) -> bool {
        self.trees[self.len] = tree as u32;
        self.points[self.len] = point as u32;
        self.len += 1;
        self.len == LANES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }
}

/// Points one record after the other: point *i* starts at record *i* and takes `dims` numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Points<'a> {
    /// Values of the records.
    pub(super) values: &'a [f64],
    /// Numbers in a record.
    pub(super) columns: usize,
}

/// Logarithms and quotients of small numbers.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    /// 1 ÷ n.
    inverse: Vec<f64>,
    /// log2(1 + n).
    log2: Vec<f64>,
}

impl Tables {
    pub(super) fn new(sub_sample: usize) -> Self {
        Self {
            inverse: (0..=sub_sample + 1).map(|n| 1.0 / n as f64).collect(),
            log2: (0..=sub_sample).map(|n| (1.0 + n as f64).log2()).collect(),
        }
    }

    /// 1 ÷ (depth + 1).
    #[inline(always)]
    pub(super) fn unseen(&self, depth: usize) -> f64 {
        self.inverse[depth + 1]
    }

    /// Score of a leaf that holds `copies` of the point, in a tree of `mass` points.
    #[inline(always)]
    pub(super) fn seen(&self, depth: usize, copies: usize, mass: usize) -> f64 {
        let damped = 1.0 - copies as f64 / (2.0 * mass as f64);
        damped / (depth as f64 + self.log2[copies])
    }

    /// What the scores of a tree of `mass` points are multiplied by.
    pub(super) fn scale(&self, mass: usize) -> f64 {
        self.log2[mass]
    }
}

/// The nodes that walks have passed.
#[derive(Debug, Clone)]
pub(super) struct Walks {
    /// By depth, the node of every walk.
    path: Vec<[u16; LANES]>,
    /// Depth of every walk's leaf.
    depths: [u32; LANES],
}

/// One walk that has come to its leaf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) tree: usize,
    /// Which point.
    pub(super) index: usize,
    pub(super) point: &'a [f64],
    path: &'a [[u16; LANES]],
    lane: usize,
    pub(super) depth: usize,
}

impl Walk<'_> {
    /// The node at a depth.
    #[inline(always)]
    pub(super) fn node(&self, depth: usize) -> usize {
        usize::from(self.path[depth][self.lane])
    }

    /// The point of its leaf.
    #[inline(always)]
    pub(super) fn held<'a>(&self, trees: &'a Trees, dims: usize) -> &'a [f64] {
        trees.point(self.tree, self.node(self.depth), dims)
    }

    /// Its score in a tree of `mass` points, not yet scaled. `dims` is an argument so that it can be a constant.
    #[inline(always)]
    pub(super) fn score(&self, trees: &Trees, tables: &Tables, mass: usize, dims: usize) -> f64 {
        if self.held(trees, dims) == &self.point[..dims] {
            return self.seen(trees, tables, mass);
        }
        self.climb(trees, tables, dims, |_, _, _| {})
    }

    /// The score where the leaf holds the very point.
    #[inline(always)]
    pub(super) fn seen(&self, trees: &Trees, tables: &Tables, mass: usize) -> f64 {
        let copies = trees.copies(self.tree, self.node(self.depth));
        tables.seen(self.depth, copies, mass)
    }

    /// The score where the leaf holds another point. `note` is told of every box, from the leaf up, that does not
    /// hold the point: its depth, the probability that a cut separates them, and the sum of the sides of both.
    #[inline(always)]
    pub(super) fn climb(
        &self,
        trees: &Trees,
        tables: &Tables,
        dims: usize,
        mut note: impl FnMut(usize, f64, f64),
    ) -> f64 {
        let mut score = tables.unseen(self.depth);
        for depth in (0..self.depth).rev() {
            let bounds = trees.bounds(self.tree, self.node(depth), dims);
            let growth = bounds::growth(bounds, self.point, dims);
            if growth == 0.0 {
                break;
            }
            let sides = bounds[0] + growth;
            let separated = growth / sides;
            score += separated * (tables.unseen(depth) - score);
            note(depth, separated, sides);
        }
        score
    }
}

impl Walks {
    pub(super) fn new(sub_sample: usize) -> Self {
        Self {
            path: vec![[0; LANES]; sub_sample + 1],
            depths: [0; LANES],
        }
    }

    /// Goes down to the leaves.
    pub(super) fn descend(&mut self, trees: &Trees, lanes: &Lanes, points: Points<'_>) {
        let mut nodes = [0; LANES];
        let mut starts = [0; LANES];
        for lane in 0..LANES {
            // Lanes without a walk go with the first one, and nobody looks at them.
            let walk = if lane < lanes.len { lane } else { 0 };
            let tree = lanes.trees[walk] as usize;
            self.path[0][lane] = trees.heads[tree].root;
            nodes[lane] = tree * trees.shape.nodes();
            starts[lane] = lanes.points[walk] as usize * points.columns;
        }
        if trees.shape.dims == 1 {
            self.step_down::<true>(trees, points.values, &nodes, &starts);
        } else {
            self.step_down::<false>(trees, points.values, &nodes, &starts);
        }
    }

    #[inline(always)]
    fn step_down<const ONE: bool>(
        &mut self,
        trees: &Trees,
        values: &[f64],
        nodes: &[usize; LANES],
        starts: &[usize; LANES],
    ) {
        let inner = trees.shape.inner() as u32;
        let mut depths = [0; LANES];
        let mut only = [0.0; LANES];
        if ONE {
            for lane in 0..LANES {
                only[lane] = values[starts[lane]];
            }
        }
        let mut level = 0;
        while let Some([now, next]) = self.path.get_mut(level..level + 2) {
            let mut inside = 0;
            for lane in 0..LANES {
                let at = now[lane];
                let node = &trees.nodes[nodes[lane] + usize::from(at)];
                let value = if ONE {
                    only[lane]
                } else {
                    values[starts[lane] + usize::from(node.dim)]
                };
                next[lane] = node.children[usize::from(value > node.cut)];
                let is_inner = u32::from(u32::from(at) < inner);
                depths[lane] += is_inner;
                inside |= is_inner;
            }
            if inside == 0 {
                break;
            }
            level += 1;
        }
        self.depths = depths;
    }

    /// The walks.
    #[inline(always)]
    pub(super) fn each<'a>(
        &'a self,
        lanes: &'a Lanes,
        points: Points<'a>,
        dims: usize,
    ) -> impl Iterator<Item = Walk<'a>> {
        (0..lanes.len).map(move |lane| {
            let index = lanes.points[lane] as usize;
            Walk {
                tree: lanes.trees[lane] as usize,
                index,
                point: &points.values[index * points.columns..][..dims],
                path: &self.path,
                lane,
                depth: self.depths[lane] as usize,
            }
        })
    }
}
