//! The most frequent items of a window (TOP_K_ITEMS_TUMBLING): descending count, then first appearance.
//!
//! Counts are exact while a window has at most [`ITEMS_MAX`] different items. With one more, the rarest are
//! forgotten until at most [`ITEMS_KEPT`] are left, and `forgotten` says how often an item that is not here may
//! have come. An item that comes (again) later counts from there, and remembers that number as what it may lack
//! (the algorithm of Misra and Gries, with the bookkeeping of Space-Saving). So, with n items in the window,
//!
//! * an ITEM_COUNT is never more than the true count, and less by at most n / ITEMS_KEPT (0.00076 %);
//! * every item whose true count is more than n / ITEMS_KEPT is counted;
//! * the count of an item that was never forgotten is exact.
//!
//! What is forgotten depends on the items and their order alone: the table is cut at the very item that does not
//! fit, wherever a batch ends (R2).

use std::cmp::Reverse;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Int64Type};

use super::Summary;
use crate::clock::Clock;
use crate::df::group_keys::{GroupKeys, REFUSED};
use crate::diagnostic::Span;
use crate::expr::eval::{Evaluator, Input};
use crate::expr::{CastMode, Expr, ExprKind};
use crate::operator::row_copies::RowCopies;
use crate::row_error::RowErrors;
use crate::state::{OperatorState, StateError};
use crate::types::SqlType;

/// Most different items that are counted one by one.
pub const ITEMS_MAX: usize = 1 << 18;
/// Most that stay when the rarest are forgotten.
pub const ITEMS_KEPT: usize = 1 << 17;
/// The type of ITEM.
const ITEM: SqlType = SqlType::Varchar(1_024);

/// The items of a window and how often they came.
pub struct TopItems {
    k: usize,
    ty: DataType,
    /// ITEM of an item.
    text: Evaluator,
    keys: GroupKeys,
    items: RowCopies,
    /// In order of first appearance, as are the items.
    counts: Vec<i64>,
    /// How often the item may have come before it was counted.
    missed: Vec<i64>,
    /// How often an item that is not here may have come.
    forgotten: i64,
    items_max: usize,
    items_kept: usize,
    of_rows: Vec<u32>,
}

impl TopItems {
    /// No items yet; at most `k` of a column of this type are given.
    pub fn new(k: usize, ty: SqlType) -> Self {
        Self::with_limits(k, ty, ITEMS_MAX, ITEMS_KEPT)
    }

    pub(super) fn with_limits(k: usize, ty: SqlType, items_max: usize, items_kept: usize) -> Self {
        let item = Expr::column(0, ty, Span::default());
        let cast = ExprKind::Cast {
            expr: Box::new(item),
            mode: CastMode::Explicit,
        };
        Self {
            k,
            text: Evaluator::new(&Expr::new(cast, ITEM, Span::default())),
            keys: GroupKeys::new(&[ty.arrow()]),
            items: RowCopies::new(vec![ty.arrow()]),
            ty: ty.arrow(),
            counts: Vec::new(),
            missed: Vec::new(),
            forgotten: 0,
            items_max,
            items_kept,
            of_rows: Vec::new(),
        }
    }

    /// Finds the items in the table and puts the new ones into it, up to the first that does not fit. Returns how
    /// many have a place.
    fn place(&mut self, items: &ArrayRef) -> Result<usize, String> {
        let columns = std::slice::from_ref(items);
        let mut firsts = Vec::new();
        let (keys, of_rows) = (&mut self.keys, &mut self.of_rows);
        keys.intern(columns, items.len(), self.items_max, of_rows, &mut firsts)?;
        let placed = of_rows.iter().position(|&item| item == REFUSED);
        self.counts.resize(self.counts.len() + firsts.len(), 0);
        self.missed.resize(self.counts.len(), self.forgotten);
        self.items.append(columns, firsts).map_err(|e| e.to_string())?;
        Ok(placed.unwrap_or(items.len()))
    }

    /// Forgets the rarest items.
    fn forget(&mut self) -> Result<(), String> {
        let at_most = |item: usize| self.counts[item] + self.missed[item];
        let mut most: Vec<i64> = (0..self.counts.len()).map(at_most).collect();
        if most.len() > self.items_kept {
            let (_, limit, _) = most.select_nth_unstable_by_key(self.items_kept, |n| Reverse(*n));
            self.forgotten = *limit;
        }
        let kept: Vec<usize> = (0..self.counts.len())
            .filter(|&item| at_most(item) > self.forgotten)
            .collect();
        let (counts, missed): (Vec<i64>, Vec<i64>) = (kept.iter())
            .map(|&item| (self.counts[item], self.missed[item]))
            .unzip();
        let rows: UInt32Array = kept.iter().map(|&item| item as u32).collect();
        let items = self.items.columns().map_err(|e| e.to_string())?;
        let items = items.first().ok_or("items without a column")?;
        let items = take(items, &rows, None).map_err(|e| e.to_string())?;
        self.keys.clear();
        self.items.clear();
        self.counts.clear();
        self.missed.clear();
        self.place(&items)?;
        self.counts = counts;
        self.missed = missed;
        Ok(())
    }

    /// The positions of the k most frequent items.
    fn most_frequent(&self) -> Vec<usize> {
        let rank = |item: &usize| (Reverse(self.counts[*item]), *item);
        let mut items: Vec<usize> = (0..self.counts.len()).collect();
        if self.k < items.len() {
            items.select_nth_unstable_by_key(self.k, rank);
            items.truncate(self.k);
        }
        items.sort_unstable_by_key(rank);
        items
    }
}

impl Summary for TopItems {
    fn take(&mut self, items: &ArrayRef) -> Result<(), String> {
        let mut rest = items.clone();
        loop {
            let placed = self.place(&rest)?;
            for item in self.of_rows.iter().take(placed) {
                if let Some(count) = self.counts.get_mut(*item as usize) {
                    *count += 1;
                }
            }
            if placed == rest.len() {
                return Ok(());
            }
            self.forget()?;
            rest = rest.slice(placed, rest.len() - placed);
        }
    }

    fn read(&self, end_ms: i64, clock: &Clock, errors: &mut RowErrors) -> Result<Vec<ArrayRef>, String> {
        let best = self.most_frequent();
        let rows: UInt32Array = best.iter().map(|&item| item as u32).collect();
        let columns = self.items.columns().map_err(|e| e.to_string())?;
        let items: Result<Vec<ArrayRef>, _> = columns.iter().map(|c| take(c, &rows, None)).collect();
        let rowtimes = vec![end_ms; best.len()];
        let input = Input {
            columns: &items.map_err(|e| e.to_string())?,
            rowtimes: &rowtimes,
            clock,
        };
        let texts = self.text.eval(input, None, errors);
        let counts: Int64Array = best.iter().map(|&item| self.counts[item]).collect();
        Ok(vec![texts, Arc::new(counts)])
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.items.clear();
        self.counts.clear();
        self.missed.clear();
        self.forgotten = 0;
    }

    fn open_groups(&self) -> usize {
        self.counts.len()
    }

    fn save(&self) -> Result<OperatorState, StateError> {
        let mut columns = self.items.columns()?;
        columns.push(Arc::new(Int64Array::from(self.counts.clone())));
        columns.push(Arc::new(Int64Array::from(self.missed.clone())));
        Ok(OperatorState::of_columns(self.forgotten.into(), columns)?)
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        self.clear();
        let items = state.column(0, &self.ty)?;
        let numbers = |at| {
            let column = state.column(at, &DataType::Int64)?;
            Ok::<_, StateError>(column.as_primitive::<Int64Type>().values().to_vec())
        };
        let (counts, missed) = (numbers(1)?, numbers(2)?);
        self.place(&items).map_err(StateError::Damaged)?;
        if self.counts.len() != items.len() {
            return Err(StateError::Damaged("an item that is there twice".to_owned()));
        }
        self.counts = counts;
        self.missed = missed;
        self.forgotten = serde_json::from_value(state.facts.clone())?;
        Ok(())
    }
}
