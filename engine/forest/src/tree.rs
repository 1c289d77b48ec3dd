//! One tree: how it takes a point in and lets it go.
//!
//! A point goes in where a random cut of a box, extended by the point, separates the point from the box; the cuts
//! above stay, because a cut that does not separate them is distributed as the one that is there. Letting a point go
//! puts its sibling in the parent's place and shrinks the boxes above, so that the tree is always one that a random
//! cut tree of its points could be.

use super::bounds;
use super::generator::Generator;
use super::trees::{Head, Node, Shape};

/// One tree, to be changed.
pub(super) struct TreeMut<'a> {
    pub(super) shape: Shape,
    pub(super) nodes: &'a mut [Node],
    pub(super) boxes: &'a mut [f64],
    pub(super) points: &'a mut [f64],
    pub(super) copies: &'a mut [u16],
    pub(super) head: &'a mut Head,
}

/// What points to a node.
#[derive(Clone, Copy)]
enum Link {
    Root,
    Child { of: u16, side: usize },
}

impl TreeMut<'_> {
    /// Takes a point in and tells the leaf that holds it.
    pub(super) fn insert(&mut self, point: &[f64], generator: &mut Generator) -> u16 {
        if self.head.is_empty(self.shape) {
            let leaf = self.new_leaf(point);
            self.link(Link::Root, leaf);
            return leaf;
        }
        let mut link = Link::Root;
        let mut at = self.head.root;
        loop {
            let is_leaf = self.is_leaf(at);
            let (low, high) = self.corners(at);
            let growth = bounds::distance(low, high, point);
            if growth > 0.0 {
                let sides = if is_leaf { 0.0 } else { self.bounds(at)[0] };
                let drawn = generator.unit() * (sides + growth);
                if is_leaf || drawn < growth {
                    return self.split(link, at, point, drawn);
                }
                let range = self.bounds_range(at);
                bounds::extend(&mut self.boxes[range], point, point);
            } else if is_leaf {
                let slot = self.slot(at);
                self.copies[slot] += 1;
                return at;
            }
            let node = self.nodes[usize::from(at)];
            let side = usize::from(point[usize::from(node.dim)] > node.cut);
            link = Link::Child { of: at, side };
            at = node.children[side];
        }
    }

    /// Lets one copy of a leaf's point go.
    pub(super) fn remove(&mut self, leaf: u16, path: &mut Vec<u16>) {
        let slot = self.slot(leaf);
        self.copies[slot] -= 1;
        if self.copies[slot] > 0 {
            return;
        }
        self.path_to(leaf, path);
        self.head.leaves.push(slot as u16);
        let Some(parent) = path.pop() else {
            return;
        };
        let [left, right] = self.nodes[usize::from(parent)].children;
        let sibling = if left == leaf { right } else { left };
        let link = match path.last() {
            None => Link::Root,
            Some(&of) => Link::Child {
                of,
                side: usize::from(self.nodes[usize::from(of)].children[1] == parent),
            },
        };
        self.link(link, sibling);
        self.head.inner.push(parent);
        self.shrink(slot, path);
    }

    /// The inner nodes above a leaf, from the root.
    fn path_to(&self, leaf: u16, path: &mut Vec<u16>) {
        path.clear();
        let point = self.point(self.slot(leaf));
        let mut at = self.head.root;
        while !self.is_leaf(at) {
            path.push(at);
            let node = &self.nodes[usize::from(at)];
            at = node.children[usize::from(point[usize::from(node.dim)] > node.cut)];
        }
    }

    /// Makes the boxes of a path those of their children again, after the point of a leaf is gone.
    fn shrink(&mut self, gone: usize, path: &[u16]) {
        let dims = self.shape.dims;
        for &at in path.iter().rev() {
            let range = self.bounds_range(at);
            let gone = &self.points[gone * dims..][..dims];
            if !bounds::touches(&self.boxes[range.clone()], gone) {
                return;
            }
            self.rebuild(at);
        }
    }

    /// Makes a box that of its children.
    pub(super) fn rebuild(&mut self, at: u16) {
        let width = bounds::width(self.shape.dims);
        let own = usize::from(at) * width;
        for (i, child) in self.nodes[usize::from(at)].children.into_iter().enumerate() {
            if self.is_leaf(child) {
                let dims = self.shape.dims;
                let point = &self.points[self.slot(child) * dims..][..dims];
                let target = &mut self.boxes[own..own + width];
                if i == 0 {
                    bounds::set(target, point, point);
                } else {
                    bounds::extend(target, point, point);
                }
                continue;
            }
            let from = usize::from(child) * width;
            if i == 0 {
                self.boxes.copy_within(from..from + width, own);
                continue;
            }
            let (target, source) = disjoint(self.boxes, own, from, width);
            let (low, high) = bounds::sides(source, self.shape.dims);
            bounds::extend(target, low, high);
        }
    }

    /// Makes an empty tree one whose nodes are given from the root down, left before right, and tells the ids of its
    /// leaves; nothing if they are no tree.
    pub(super) fn restore(
        &mut self,
        dims: &[u16],
        cuts: &[f64],
        points: &[f64],
        leaf: u16,
    ) -> Option<Vec<u16>> {
        let mut points = points.chunks_exact(self.shape.dims);
        let mut ahead = if dims.is_empty() {
            Vec::new()
        } else {
            vec![Link::Root]
        };
        let (mut inner, mut leaves) = (Vec::new(), Vec::new());
        for (&dim, &cut) in dims.iter().zip(cuts) {
            let link = ahead.pop()?;
            if dim == leaf {
                let id = self.new_leaf(points.next()?);
                self.link(link, id);
                leaves.push(id);
                continue;
            }
            if usize::from(dim) >= self.shape.dims {
                return None;
            }
            let id = self.head.inner.pop()?;
            self.nodes[usize::from(id)] = Node {
                cut,
                children: [id; 2],
                dim,
            };
            self.link(link, id);
            inner.push(id);
            ahead.extend([1, 0].map(|side| Link::Child { of: id, side }));
        }
        if !ahead.is_empty() {
            return None;
        }
        for &id in inner.iter().rev() {
            self.rebuild(id);
        }
        Some(leaves)
    }

    /// Sets how many copies each leaf holds: as often as it is named.
    pub(super) fn count_copies(&mut self, named: &[u16]) {
        self.copies.fill(0);
        for &leaf in named {
            let slot = self.slot(leaf);
            self.copies[slot] += 1;
        }
    }

    /// Whether each leaf holds a point and is found by it.
    pub(super) fn is_searchable(&self, leaves: &[u16]) -> bool {
        leaves.iter().all(|&leaf| {
            let slot = self.slot(leaf);
            self.copies[slot] > 0 && self.leaf_of(self.point(slot)) == leaf
        })
    }

    /// The leaf that a point's walk comes to.
    fn leaf_of(&self, point: &[f64]) -> u16 {
        let mut at = self.head.root;
        while !self.is_leaf(at) {
            let node = &self.nodes[usize::from(at)];
            at = node.children[usize::from(point[usize::from(node.dim)] > node.cut)];
        }
        at
    }

    /// Puts a new node in the place of `at`, with a leaf of `point` on one side and `at` on the other.
    fn split(&mut self, link: Link, at: u16, point: &[f64], drawn: f64) -> u16 {
        let (low, high) = self.corners(at);
        let (dim, cut) = separating_cut(low, high, point, drawn);
        let leaf = self.new_leaf(point);
        let Some(inner) = self.head.inner.pop() else {
            return leaf;
        };
        let children = if point[dim] <= cut { [leaf, at] } else { [at, leaf] };
        self.nodes[usize::from(inner)] = Node {
            cut,
            children,
            dim: dim as u16,
        };
        self.rebuild(inner);
        self.link(link, inner);
        leaf
    }

    fn new_leaf(&mut self, point: &[f64]) -> u16 {
        let slot = usize::from(self.head.leaves.pop().unwrap_or_default());
        let leaf = (self.shape.inner() + slot) as u16;
        self.points[slot * point.len()..][..point.len()].copy_from_slice(point);
        self.copies[slot] = 1;
        self.nodes[usize::from(leaf)] = Node {
            children: [leaf; 2],
            ..Node::default()
        };
        leaf
    }

    fn link(&mut self, link: Link, to: u16) {
        match link {
            Link::Root => self.head.root = to,
            Link::Child { of, side } => self.nodes[usize::from(of)].children[side] = to,
        }
    }

    fn is_leaf(&self, node: u16) -> bool {
        usize::from(node) >= self.shape.inner()
    }

    fn slot(&self, leaf: u16) -> usize {
        usize::from(leaf) - self.shape.inner()
    }

    fn point(&self, slot: usize) -> &[f64] {
        &self.points[slot * self.shape.dims..][..self.shape.dims]
    }

    fn bounds_range(&self, node: u16) -> std::ops::Range<usize> {
        let width = bounds::width(self.shape.dims);
        let at = usize::from(node) * width;
        at..at + width
    }

    fn bounds(&self, node: u16) -> &[f64] {
        &self.boxes[self.bounds_range(node)]
    }

    /// Low and high values of a node's points.
    fn corners(&self, node: u16) -> (&[f64], &[f64]) {
        if self.is_leaf(node) {
            let point = self.point(self.slot(node));
            (point, point)
        } else {
            bounds::sides(self.bounds(node), self.shape.dims)
        }
    }
}

/// The cut that lies `drawn` along the parts by which `point` extends the box: it has the box on one side and the
/// point on the other, whatever the rounding.
fn separating_cut(low: &[f64], high: &[f64], point: &[f64], drawn: f64) -> (usize, f64) {
    let mut left = drawn;
    let mut found = (0, point[0]);
    for (dim, &value) in point.iter().enumerate() {
        let (from, to) = if value < low[dim] {
            (value, low[dim])
        } else if value > high[dim] {
            (high[dim], value)
        } else {
            continue;
        };
        let cut = from + left;
        found = (dim, if cut < to { cut } else { from });
        if left < to - from {
            break;
        }
        left -= to - from;
    }
    found
}

/// Two boxes, the first to be changed.
fn disjoint(boxes: &mut [f64], target: usize, source: usize, width: usize) -> (&mut [f64], &[f64]) {
    if target < source {
        let (front, back) = boxes.split_at_mut(source);
        (&mut front[target..target + width], &back[..width])
    } else {
        let (front, back) = boxes.split_at_mut(target);
        (&mut back[..width], &front[source..source + width])
    }
}
