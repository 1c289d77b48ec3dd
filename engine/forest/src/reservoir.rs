//! The records that one tree holds: a weighted reservoir, and when it takes the next record.
//!
//! Every record has the key ln(E) − index ÷ time decay, E exponentially distributed; a tree holds the records of the
//! least keys, so that the weight of a record grows as exp(index ÷ time decay). A full tree takes record *i* with
//! the probability 1 − exp(−aᵢ), aᵢ = exp(greatest key + i ÷ time decay). The aᵢ are a geometric series, so that one
//! exponential draw tells how many records are refused before the next one is taken: a refused record costs nothing,
//! not even a draw. Given that a record is taken, its E is distributed below aᵢ; both together are the reservoir
//! that draws for every record.

use super::generator::Generator;

/// One tree's reservoir.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reservoir {
    /// Keys, a heap with the greatest first.
    pub(super) keys: Vec<f64>,
    /// The leaf that holds each of them.
    pub(super) leaves: Vec<u16>,
    /// What the tree draws from, for its records as for its cuts.
    pub(super) generator: Generator,
    /// Index of the next record that it takes.
    pub(super) next: u64,
}

impl Reservoir {
    /// An empty reservoir, which takes the first record.
    pub(super) fn new(generator: Generator) -> Self {
        Self {
            keys: Vec::new(),
            leaves: Vec::new(),
            generator,
            next: 0,
        }
    }

    /// The leaf of the record that makes way for the next one, if there are `capacity`.
    pub(super) fn leaving(&self, capacity: usize) -> Option<u16> {
        if self.keys.len() < capacity {
            return None;
        }
        self.leaves.first().copied()
    }

    /// Takes record `index`, held by `leaf`, in place of the leaving one if there are `capacity`, and draws which
    /// record is taken next.
    pub(super) fn take(&mut self, index: u64, leaf: u16, capacity: usize, decay: f64) {
        let shift = index as f64 * decay;
        if self.keys.len() < capacity {
            let key = (-self.generator.unit().ln()).ln() - shift;
            self.keys.push(key);
            self.leaves.push(leaf);
            self.rise();
        } else if let Some(greatest) = self.keys.first_mut() {
            let bound = (*greatest + shift).exp();
            let below = -(self.generator.unit() * (-bound).exp_m1()).ln_1p();
            *greatest = below.ln() - shift;
            self.leaves[0] = leaf;
            self.sink();
        }
        self.next = index.saturating_add(1);
        if self.keys.len() >= capacity {
            self.next = self.next.saturating_add(self.refused(index, decay));
        }
    }

    /// Whether no key is greater than the one above it.
    pub(super) fn is_heap(&self) -> bool {
        (1..self.keys.len()).all(|at| self.keys[(at - 1) / 2] >= self.keys[at])
    }

    /// Draws how many records behind `index` are refused.
    fn refused(&mut self, index: u64, decay: f64) -> u64 {
        let Some(greatest) = self.keys.first() else {
            return 0;
        };
        let rate = (greatest + (index as f64 + 1.0) * decay).exp();
        let drawn = -self.generator.unit().ln();
        // The sum of the first n rates is rate · (exp(n · decay) − 1) ÷ (exp(decay) − 1).
        let reached = (drawn * decay.exp_m1() / rate).ln_1p() / decay;
        (reached.ceil() - 1.0).max(0.0) as u64
    }

    /// Moves the last record up to where its key belongs.
    fn rise(&mut self) {
        let mut at = self.keys.len() - 1;
        while at > 0 {
            let above = (at - 1) / 2;
            if self.keys[above] >= self.keys[at] {
                return;
            }
            self.keys.swap(above, at);
            self.leaves.swap(above, at);
            at = above;
        }
    }

    /// Moves the first record down to where its key belongs.
    fn sink(&mut self) {
        let mut at = 0;
        loop {
            let left = 2 * at + 1;
            if left >= self.keys.len() {
                return;
            }
            let right = left + 1;
            let greater = if right < self.keys.len() && self.keys[right] > self.keys[left] {
                right
            } else {
                left
            };
            if self.keys[at] >= self.keys[greater] {
                return;
            }
            self.keys.swap(at, greater);
            self.leaves.swap(at, greater);
            at = greater;
        }
    }
}
