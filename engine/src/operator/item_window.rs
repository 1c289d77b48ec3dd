//! TOP_K_ITEMS_TUMBLING and COUNT_DISTINCT_ITEMS_TUMBLING: the values of one column, window by window.
//!
//! Windows are whole seconds long and stand where ROWTIME divides evenly, as those of STEP. A row or a bound at or
//! past its end closes a window; what it gives has the end as ROWTIME. A window without rows does not exist. A
//! NULL is no item, but its row opens the window. What is kept of the items is a [`Summary`].

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::filter;
use arrow::datatypes::DataType;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::filter::push_kept;
use super::key_values::one_zero;
use super::{Context, Operator};
use crate::clock::Clock;
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

pub use self::distinct_items::DistinctItems;
pub use self::top_items::TopItems;

mod distinct_items;
mod hash;
mod hyper_log_log;
#[cfg(test)]
mod tests;
mod top_items;

/// What is kept of the items of the open window.
pub trait Summary: Send {
    /// Takes items in stream order; none is NULL.
    fn take(&mut self, items: &ArrayRef) -> Result<(), String>;

    /// The columns that the window gives, at its end.
    fn read(&self, end_ms: i64, clock: &Clock, errors: &mut RowErrors) -> Result<Vec<ArrayRef>, String>;

    /// Forgets the items.
    fn clear(&mut self);

    /// How many groups this counts as when a run stops.
    fn open_groups(&self) -> usize;

    /// Copies what is kept.
    fn save(&self) -> Result<OperatorState, StateError>;

    /// Takes a copy in place of its own.
    fn load(&mut self, state: OperatorState) -> Result<(), StateError>;
}

/// Windows over one column.
pub struct ItemWindow<S> {
    column: usize,
    length_ms: i64,
    summary: S,
    /// End of the open window, ms.
    end_ms: Option<i64>,
    relation: usize,
    /// Rows given so far.
    emitted: u64,
}

#[derive(Serialize, Deserialize)]
struct Facts {
    end_ms: Option<i64>,
    emitted: u64,
    summary: Json,
}

impl<S: Summary> ItemWindow<S> {
    /// Windows of `length_ms` over a column of the input. `relation` is the number of its output among the pump's
    /// relations.
    pub fn new(column: usize, length_ms: i64, summary: S, relation: usize) -> Self {
        Self {
            column,
            length_ms: length_ms.max(1),
            summary,
            end_ms: None,
            relation,
            emitted: 0,
        }
    }

    fn end_after(&self, rowtime_ms: i64) -> i64 {
        rowtime_ms
            .saturating_sub(rowtime_ms.rem_euclid(self.length_ms))
            .saturating_add(self.length_ms)
    }

    /// Adds the rows `from .. to` to the open window; those that are not taken become errors. Returns how many were.
    fn take(&mut self, batch: &RowBatch, from: usize, to: usize, cx: &mut Context<'_>) -> u64 {
        let items = (batch.columns.get(self.column))
            .ok_or_else(|| "the column of the items is missing; please report this".to_owned())
            .map(|column| column.slice(from, to - from))
            .and_then(|items| not_null(&items));
        let taken = items.and_then(|items| match items {
            Some(items) => self.summary.take(&one_zero(items)),
            None => Ok(()),
        });
        let Err(message) = taken else {
            return (to - from) as u64;
        };
        for row in from..to {
            cx.errors
                .report(RowError::runtime(message.clone()), &batch.origin, row);
        }
        0
    }

    fn close(&mut self, end_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        self.end_ms = None;
        let mut errors = RowErrors::new();
        let columns = match self.summary.read(end_ms, cx.clock, &mut errors) {
            Ok(columns) => columns,
            Err(message) => {
                let batch = RowBatch::new(vec![end_ms].into(), Vec::new(), self.relation, true);
                let error = RowError::runtime(format!("the window cannot be emitted: {message}"));
                cx.errors.report(error, &batch.origin, 0);
                Vec::new()
            }
        };
        self.summary.clear();
        let rows = columns.first().map_or(0, |column| column.len());
        if rows == 0 {
            return;
        }
        let rowtimes = vec![end_ms; rows].into();
        let batch = RowBatch::new(rowtimes, columns, self.relation, true).behind(self.emitted);
        self.emitted += rows as u64;
        if errors.is_empty() {
            out.push(batch);
            return;
        }
        let keep: BooleanArray = (0..rows).map(|row| Some(!errors.failed(row))).collect();
        for (row, error) in errors.into_sorted() {
            cx.errors.report(error, &batch.origin, row as usize);
        }
        push_kept(batch, &keep, keep.true_count(), cx, out);
    }
}

/// The items that are none; `None` when all are NULL.
fn not_null(items: &ArrayRef) -> Result<Option<ArrayRef>, String> {
    if *items.data_type() == DataType::Null || items.null_count() == items.len() {
        return Ok(None);
    }
    if items.null_count() == 0 {
        return Ok(Some(items.clone()));
    }
    let kept = arrow::compute::is_not_null(items).and_then(|keep| filter(items, &keep));
    kept.map(Some).map_err(|e| e.to_string())
}

impl<S: Summary> Operator for ItemWindow<S> {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let mut at = 0;
        let mut taken = 0;
        while let Some(rest) = batch.rowtimes.get(at..)
            && let Some(&first) = rest.first()
        {
            // The row that opens a window is in it, even at the end of time.
            let least = usize::from(self.end_ms.is_none());
            let end = self.end_ms.unwrap_or_else(|| self.end_after(first));
            let to = at + rest.partition_point(|&rowtime| rowtime < end).max(least);
            if to > at {
                self.end_ms = Some(end);
                taken += self.take(&batch, at, to, cx);
                at = to;
            }
            if to < batch.len() {
                self.close(end, cx, out);
            }
        }
        if cx.errors.is_input(&batch.origin) {
            cx.errors.counts.rows_passed += taken;
        }
    }

    fn advance(&mut self, bound_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        if let Some(end) = self.end_ms
            && bound_ms >= end
        {
            self.close(end, cx, out);
        }
    }

    fn save(&self) -> OperatorState {
        let state = self.summary.save().and_then(|summary| {
            let facts = serde_json::to_value(Facts {
                end_ms: self.end_ms,
                emitted: self.emitted,
                summary: summary.facts,
            })?;
            Ok(OperatorState {
                facts,
                batches: summary.batches,
            })
        });
        // Facts that do not read back: a state that could not be copied is refused on load.
        state.unwrap_or_else(|error| OperatorState {
            facts: Json::String(error.to_string()),
            batches: Vec::new(),
        })
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        let facts: Facts = serde_json::from_value(state.facts)?;
        self.end_ms = facts.end_ms;
        self.emitted = facts.emitted;
        self.summary.load(OperatorState {
            facts: facts.summary,
            batches: state.batches,
        })
    }

    fn open_groups(&self) -> usize {
        self.end_ms.map_or(0, |_| self.summary.open_groups())
    }
}
