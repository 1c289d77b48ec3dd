//! GROUP_RANK: the rows of one ROWTIME, ranked by a column (`functions.md` §10).
//!
//! A group is complete when a later row or a bound has passed its ROWTIME; until then its rows wait, as copies.
//! Equal values share a rank and leave a gap behind them, in the order in which they came (`decisions.md` 27). NULL
//! ranks as below every value, where ORDER BY puts it. outputMax keeps the first rows of the order in which the
//! group leaves. Rows keep their ROWTIME.
//!
//! The groups that a batch completes are ranked together and leave in one batch, so that many small groups cost
//! little more than a copy.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, UInt32Array};
use arrow::buffer::ScalarBuffer;
use arrow::compute::{concat, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use self::ranking::Ranking;
use super::filter::push_kept;
use super::row_copies::RowCopies;
use super::{Context, Operator};
use crate::plan::table_function::RankOrder;
use crate::row_error::RowError;
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

mod ranking;
#[cfg(test)]
mod tests;

/// Most rows of one group (R9): those behind them become errors.
pub const ROWS_MAX: usize = 5_000_000;

/// Ranks the rows of one ROWTIME.
pub struct GroupRank {
    column: usize,
    ranking: Ranking,
    types: Vec<DataType>,
    /// The rows of the open group.
    waiting: RowCopies,
    open: Option<Open>,
    relation: usize,
    /// Rows that have left.
    emitted: u64,
    rows_max: usize,
}

/// The group whose rows wait.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Open {
    rowtime_ms: i64,
    rows: usize,
    /// They came as what a closing made.
    closing: bool,
}

#[derive(Serialize, Deserialize)]
struct Facts {
    open: Option<Open>,
    emitted: u64,
}

impl GroupRank {
    /// Ranks by `column` of an input with columns of these types. `group_max` rows of a group leave, in the order
    /// `output`. `relation` is the number of its output among the pump's relations.
    pub fn new(
        column: usize,
        descending: bool,
        output: RankOrder,
        group_max: Option<usize>,
        types: Vec<DataType>,
        relation: usize,
    ) -> Self {
        Self {
            column,
            ranking: Ranking {
                descending,
                output,
                rows_max: group_max.unwrap_or(usize::MAX),
            },
            waiting: RowCopies::new(types.clone()),
            types,
            open: None,
            relation,
            emitted: 0,
            rows_max: ROWS_MAX,
        }
    }

    /// Rows that find their group full become errors.
    fn refuse_surplus(&self, batch: RowBatch, cx: &mut Context<'_>) -> Option<RowBatch> {
        let waiting = self
            .open
            .map_or((i64::MIN, 0), |open| (open.rowtime_ms, open.rows));
        if batch.len() + waiting.1 <= self.rows_max {
            return Some(batch);
        }
        let (mut group, mut rows) = waiting;
        let keep: BooleanArray = (batch.rowtimes.iter())
            .map(|&rowtime| {
                if rowtime != group {
                    (group, rows) = (rowtime, 0);
                }
                rows += 1;
                Some(rows <= self.rows_max)
            })
            .collect();
        for (row, _) in keep.values().iter().enumerate().filter(|(_, kept)| !kept) {
            let message = format!(
                "GROUP_RANK has {} rows of this ROWTIME already, which is the limit",
                self.rows_max
            );
            cx.errors.report(RowError::runtime(message), &batch.origin, row);
        }
        let mut kept = Vec::new();
        push_kept(batch, &keep, keep.true_count(), cx, &mut kept);
        kept.pop()
    }

    /// Ranks what waits and the first `rows` rows of the batch, which complete it and may complete groups of their own.
    fn complete(&mut self, batch: Option<(&RowBatch, usize)>) -> Result<RowBatch, ArrowError> {
        let open = self.open.take();
        let waiting = open.map(|_| self.waiting.columns()).transpose();
        self.waiting.clear();
        let waiting = waiting?;
        let mut rowtimes: Vec<i64> = open.map_or_else(Vec::new, |open| vec![open.rowtime_ms; open.rows]);
        let mut closing = open.is_some_and(|open| open.closing);
        let mut columns = waiting.clone().unwrap_or_default();
        if let Some((batch, rows)) = batch {
            rowtimes.extend(batch.rowtimes.iter().take(rows));
            closing |= batch.closing;
            let here = batch.columns.iter().map(|column| column.slice(0, rows));
            columns = match waiting {
                None => here.collect(),
                Some(waiting) => (waiting.iter().zip(here))
                    .map(|(waiting, here)| concat(&[waiting.as_ref(), here.as_ref()]))
                    .collect::<Result<_, _>>()?,
            };
        }
        self.ranked(&rowtimes, &columns, closing)
    }

    fn ranked(&self, rowtimes: &[i64], columns: &[ArrayRef], closing: bool) -> Result<RowBatch, ArrowError> {
        let missing = || ArrowError::InvalidArgumentError("a rank without its column".to_owned());
        let key = columns.get(self.column).ok_or_else(missing)?;
        let ranks = self.ranking.rank(key, rowtimes)?;
        let rowtimes: ScalarBuffer<i64> = (ranks.iter())
            .map(|ranked| rowtimes.get(ranked.row as usize).copied().unwrap_or(i64::MIN))
            .collect();
        let rows: UInt32Array = ranks.iter().map(|ranked| ranked.row).collect();
        let mut columns: Vec<ArrayRef> = (columns.iter())
            .map(|column| take(column, &rows, None))
            .collect::<Result<_, _>>()?;
        let ranks: Int32Array = ranks.iter().map(|ranked| ranked.rank).collect();
        columns.push(Arc::new(ranks));
        Ok(RowBatch::new(rowtimes, columns, self.relation, closing).behind(self.emitted))
    }

    fn give(
        &mut self,
        ranked: Result<RowBatch, ArrowError>,
        at_ms: i64,
        cx: &mut Context<'_>,
        out: &mut Vec<RowBatch>,
    ) {
        match ranked {
            Ok(batch) => {
                self.emitted += batch.len() as u64;
                if !batch.is_empty() {
                    out.push(batch);
                }
            }
            // Joining and comparing columns of one type fails only beyond 2^31 rows or bytes a column.
            Err(error) => {
                let batch = RowBatch::new(vec![at_ms].into(), Vec::new(), self.relation, true);
                let error = RowError::runtime(format!("the group cannot be ranked: {error}"));
                cx.errors.report(error, &batch.origin, 0);
            }
        }
    }

    /// Copies the rows of the batch from number `from` on into the open group.
    fn wait(&mut self, batch: &RowBatch, from: usize, rowtime_ms: i64) -> Result<(), ArrowError> {
        let rows = from as u32..batch.len() as u32;
        self.waiting.append(&batch.columns, rows.collect())?;
        let open = self.open.get_or_insert(Open {
            rowtime_ms,
            rows: 0,
            closing: batch.closing,
        });
        open.rows += batch.len() - from;
        Ok(())
    }
}

impl Operator for GroupRank {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let Some(batch) = self.refuse_surplus(batch, cx) else {
            return;
        };
        let Some(&last) = batch.rowtimes.last() else {
            return;
        };
        let of_last = batch.rowtimes.partition_point(|&rowtime| rowtime < last);
        if of_last > 0 || self.open.is_some_and(|open| open.rowtime_ms < last) {
            let ranked = self.complete(Some((&batch, of_last)));
            self.give(ranked, last, cx, out);
        }
        let taken = match self.wait(&batch, of_last, last) {
            Ok(()) => batch.len(),
            Err(error) => {
                for row in of_last..batch.len() {
                    let error = RowError::runtime(format!("the row cannot be ranked: {error}"));
                    cx.errors.report(error, &batch.origin, row);
                }
                of_last
            }
        };
        if cx.errors.is_input(&batch.origin) {
            cx.errors.counts.rows_passed += taken as u64;
        }
    }

    fn advance(&mut self, bound_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        if let Some(open) = self.open
            && (bound_ms > open.rowtime_ms || bound_ms == i64::MAX)
        {
            let ranked = self.complete(None);
            self.give(ranked, open.rowtime_ms, cx, out);
        }
    }

    fn save(&self) -> OperatorState {
        let facts = Facts {
            open: self.open,
            emitted: self.emitted,
        };
        let state = serde_json::to_value(facts).map_err(StateError::from);
        let state = state.and_then(|facts| match self.open {
            Some(_) => Ok(OperatorState::of_columns(facts, self.waiting.columns()?)?),
            None => Ok(OperatorState {
                facts,
                batches: Vec::new(),
            }),
        });
        // Facts that do not read back: a state that could not be copied is refused on load.
        state.unwrap_or_else(|error| OperatorState {
            facts: serde_json::Value::String(error.to_string()),
            batches: Vec::new(),
        })
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        let facts: Facts = serde_json::from_value(state.facts.clone())?;
        self.waiting.clear();
        self.emitted = facts.emitted;
        self.open = facts.open;
        let Some(open) = facts.open else {
            return Ok(());
        };
        let columns = (self.types.iter().enumerate()).map(|(at, ty)| state.column(at, ty));
        let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
        if columns.iter().any(|column| column.len() != open.rows) {
            return Err(StateError::Damaged("a group of another length".to_owned()));
        }
        let rows = 0..u32::try_from(open.rows).unwrap_or(u32::MAX);
        Ok(self.waiting.append(&columns, rows.collect())?)
    }

    fn open_groups(&self) -> usize {
        usize::from(self.open.is_some())
    }
}
