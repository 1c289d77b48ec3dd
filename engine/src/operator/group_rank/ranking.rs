//! The ranks of rows that stand in groups of equal ROWTIME, in the order in which they leave.

use std::cmp::{Ordering, Reverse};

use arrow::array::{ArrayRef, make_comparator};
use arrow::compute::SortOptions;
use arrow::error::ArrowError;

use crate::operator::key_values::one_zero;
use crate::plan::table_function::RankOrder;

/// How groups are ranked.
#[derive(Debug, Clone, Copy)]
pub struct Ranking {
    /// The greatest value has rank 1.
    pub descending: bool,
    /// The order in which a group leaves.
    pub output: RankOrder,
    /// Most rows of a group that leave.
    pub rows_max: usize,
}

/// A row with its rank.
#[derive(Debug, Clone, Copy)]
pub struct Ranked {
    /// Its position.
    pub row: u32,
    /// From 1.
    pub rank: i32,
}

impl Ranking {
    /// Ranks rows with these keys and ROWTIMEs, which do not go back.
    pub fn rank(&self, key: &ArrayRef, rowtimes: &[i64]) -> Result<Vec<Ranked>, ArrowError> {
        let options = SortOptions {
            descending: self.descending,
            nulls_first: !self.descending,
        };
        let key = one_zero(ArrayRef::clone(key));
        let order = make_comparator(&key, &key, options)?;
        let mut ranked = Vec::with_capacity(rowtimes.len());
        let mut group: Vec<Ranked> = Vec::new();
        let mut row = 0;
        for rows in rowtimes.chunk_by(|a, b| a == b) {
            group.clear();
            group.extend((row..).take(rows.len()).map(|row| Ranked { row, rank: 1 }));
            row += rows.len() as u32;
            self.rank_group(&mut group, |a, b| order(a as usize, b as usize));
            ranked.extend(group.iter().take(self.rows_max));
        }
        Ok(ranked)
    }

    /// Ranks the rows of one group and puts them into the order in which they leave.
    fn rank_group(&self, group: &mut [Ranked], order: impl Fn(u32, u32) -> Ordering) {
        if group.len() < 2 {
            return;
        }
        group.sort_by(|a, b| order(a.row, b.row));
        let mut before: Option<Ranked> = None;
        for (place, ranked) in (1..).zip(group.iter_mut()) {
            ranked.rank = match before {
                Some(before) if order(before.row, ranked.row).is_eq() => before.rank,
                _ => place,
            };
            before = Some(*ranked);
        }
        match self.output {
            RankOrder::Ascending => {}
            RankOrder::Descending => group.sort_by_key(|ranked| Reverse(ranked.rank)),
            RankOrder::Received => group.sort_unstable_by_key(|ranked| ranked.row),
        }
    }
}
