//! The trees of a forest in flat arrays.
//!
//! Tree *t* has a fixed piece of every array: `sub_sample − 1` inner nodes with their boxes, then `sub_sample` leaves
//! with their points and the number of their copies. The ids of a tree count its inner nodes first. A leaf is a node
//! whose two children are itself, so that many walks can go down side by side for as many steps as the longest takes.

use super::bounds;
use super::tree::TreeMut;

/// A node: where a walk goes on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Node {
    /// Points at or below it are on the left.
    pub(super) cut: f64,
    /// Left and right; of a leaf, the leaf itself.
    pub(super) children: [u16; 2],
    /// The dimension that is cut.
    pub(super) dim: u16,
}

/// Which pieces of the arrays belong to a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Most points of a tree.
    pub(super) sub_sample: usize,
    /// Dimensions of a point.
    pub(super) dims: usize,
}

impl Shape {
    /// Inner nodes of a tree, and so the id of its first leaf.
    #[inline(always)]
    pub(super) fn inner(self) -> usize {
        self.sub_sample - 1
    }

    /// Nodes of a tree.
    #[inline(always)]
    pub(super) fn nodes(self) -> usize {
        2 * self.sub_sample - 1
    }
}

/// The root of a tree, and its free nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    /// Any node of an empty tree.
    pub(super) root: u16,
    /// Free inner nodes.
    pub(super) inner: Vec<u16>,
    /// Free leaves, counted from the first.
    pub(super) leaves: Vec<u16>,
}

/// All trees.
#[derive(Debug, Clone)]
pub(super) struct Trees {
    pub(super) shape: Shape,
    pub(super) nodes: Vec<Node>,
    pub(super) boxes: Vec<f64>,
    pub(super) points: Vec<f64>,
    pub(super) copies: Vec<u16>,
    pub(super) heads: Vec<Head>,
}

impl Trees {
    /// Empty trees.
    pub(super) fn new(trees: usize, shape: Shape) -> Self {
        Self {
            shape,
            nodes: vec![Node::default(); trees * shape.nodes()],
            boxes: vec![0.0; trees * shape.inner() * bounds::width(shape.dims)],
            points: vec![0.0; trees * shape.sub_sample * shape.dims],
            copies: vec![0; trees * shape.sub_sample],
            heads: vec![Head::new(shape); trees],
        }
    }

    /// The box of an inner node.
    #[inline(always)]
    pub(super) fn bounds(&self, tree: usize, node: usize, dims: usize) -> &[f64] {
        let width = bounds::width(dims);
        let at = (tree * self.shape.inner() + node) * width;
        &self.boxes[at..at + width]
    }

    /// The point of a leaf.
    #[inline(always)]
    pub(super) fn point(&self, tree: usize, leaf: usize, dims: usize) -> &[f64] {
        let at = (tree * self.shape.sub_sample + leaf - self.shape.inner()) * dims;
        &self.points[at..at + dims]
    }

    /// How many copies of its point a leaf holds.
    #[inline(always)]
    pub(super) fn copies(&self, tree: usize, leaf: usize) -> usize {
        usize::from(self.copies[tree * self.shape.sub_sample + leaf - self.shape.inner()])
    }

    /// A node.
    #[inline(always)]
    pub(super) fn node(&self, tree: usize, node: usize) -> &Node {
        &self.nodes[tree * self.shape.nodes() + node]
    }

    /// One tree, to be changed.
    pub(super) fn tree_mut(&mut self, tree: usize) -> TreeMut<'_> {
        let Shape { sub_sample, dims } = self.shape;
        let boxes = self.shape.inner() * bounds::width(dims);
        let nodes = self.shape.nodes();
        TreeMut {
            shape: self.shape,
            nodes: &mut self.nodes[tree * nodes..][..nodes],
            boxes: &mut self.boxes[tree * boxes..][..boxes],
            points: &mut self.points[tree * sub_sample * dims..][..sub_sample * dims],
            copies: &mut self.copies[tree * sub_sample..][..sub_sample],
            head: &mut self.heads[tree],
        }
    }
}

impl Head {
    fn new(shape: Shape) -> Self {
        let down_from = |n: usize| (0..n as u16).rev().collect();
        Self {
            root: 0,
            inner: down_from(shape.inner()),
            leaves: down_from(shape.sub_sample),
        }
    }

    /// Whether the tree holds no point.
    pub(super) fn is_empty(&self, shape: Shape) -> bool {
        self.leaves.len() == shape.sub_sample
    }
}
