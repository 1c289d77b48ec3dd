//! Numbers for the keys of both inputs of a join: rows whose keys are equal have the same number.
//!
//! The binder takes as keys only what has a value for every row and reads no clock, so they can be found again from
//! the stored columns at any time. That is how numbers of rows that have gone are forgotten.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;

use crate::clock::Clock;
use crate::df::group_keys::{GroupKeys, REFUSED};
use crate::expr::Expr;
use crate::expr::eval::{Evaluator, Input};
use crate::operator::key_values::one_zero;
use crate::row_error::RowErrors;

/// The number of a key with a NULL, which is equal to none.
pub const NO_GROUP: u32 = REFUSED;

/// So many keys of rows that have gone are never too many.
const SPARE: usize = 1_024;

/// The keys of both inputs.
pub struct Keys {
    exprs: [Vec<Evaluator>; 2],
    known: GroupKeys,
    /// How many the rows had when they were last numbered anew.
    live: usize,
    firsts: Vec<u32>,
}

impl Keys {
    /// No keys yet of pairs of expressions over the left and over the right input.
    pub fn new(equalities: &[(Expr, Expr)]) -> Self {
        let types: Vec<DataType> = equalities.iter().map(|(left, _)| left.ty.arrow()).collect();
        let left = equalities.iter().map(|(left, _)| Evaluator::new(left));
        let right = equalities.iter().map(|(_, right)| Evaluator::new(right));
        Self {
            exprs: [left.collect(), right.collect()],
            known: GroupKeys::new(&types),
            live: 0,
            firsts: Vec::new(),
        }
    }

    /// Puts the key's number of each row of input `side` into `groups`.
    pub fn number(&mut self, side: usize, columns: &[ArrayRef], rowtimes: &[i64], groups: &mut Vec<u32>) {
        const NO_CLOCK: Clock = Clock {
            run_start_ms: 0,
            row_ms: None,
        };
        let input = Input {
            columns,
            rowtimes,
            clock: &NO_CLOCK,
        };
        let exprs = self.exprs.get(side).map(Vec::as_slice).unwrap_or_default();
        let mut errors = RowErrors::new();
        let keys: Vec<ArrayRef> = exprs
            .iter()
            .map(|key| one_zero(key.eval(input, None, &mut errors)))
            .collect();
        let limit = NO_GROUP as usize;
        let numbered = self
            .known
            .intern(&keys, rowtimes.len(), limit, groups, &mut self.firsts);
        if numbered.is_err() {
            groups.clear();
            groups.resize(rowtimes.len(), NO_GROUP);
        }
        for nulls in keys.iter().filter_map(|key| key.logical_nulls()) {
            for (group, valid) in groups.iter_mut().zip(&nulls) {
                if !valid {
                    *group = NO_GROUP;
                }
            }
        }
    }

    /// Whether so many keys came since these rows were last numbered anew that doing it again pays: the memory of
    /// keys that have gone stays a fraction of the rest, and the work a fraction of that of the rows.
    pub fn outgrew(&self, rows: usize) -> bool {
        self.known.held() > self.live + self.live / 2 + rows / 8 + SPARE
    }

    /// Forgets every key.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// Notes that the keys known now are those of the rows.
    pub fn note_live(&mut self) {
        self.live = self.known.held();
    }
}
