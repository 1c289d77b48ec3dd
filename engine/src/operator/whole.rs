//! GROUP BY without a window, over data that ends: everything is one window, which the end of the input closes.
//!
//! Groups leave in order of first appearance with the ROWTIME of the last row that was read. Without keys there is one
//! group whatever comes, as SQL has it: over no rows its counts are 0, the rest is NULL, and its ROWTIME, for want of a
//! row, is the start of the run.

use serde::{Deserialize, Serialize};

use super::evaluated::{GroupExprs, settle};
use super::tumble::groups::Groups;
use super::{Context, Operator};
use crate::expr::Expr;
use crate::plan::{Aggregate, WHOLE_MAX};
use crate::row_error::RowError;
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

#[cfg(test)]
mod tests;

/// One window over everything. Its output columns are the keys, then the aggregates.
pub struct Whole {
    exprs: GroupExprs,
    groups: Groups,
    /// There are no keys.
    single: bool,
    facts: Facts,
    relation: usize,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Facts {
    /// Greatest ROWTIME of the pump's rows or explicit advances so far, ms.
    last_ms: Option<i64>,
    /// The groups have left.
    ended: bool,
    groups: usize,
}

impl Whole {
    /// A window over `keys`. `relation` is the number of its output among the pump's relations.
    pub fn new(keys: &[Expr], aggregates: &[Aggregate], relation: usize) -> Self {
        Self::with_limit(keys, aggregates, relation, WHOLE_MAX)
    }

    fn with_limit(keys: &[Expr], aggregates: &[Aggregate], relation: usize, groups: usize) -> Self {
        let types = keys.iter().map(|key| key.ty.arrow()).collect();
        Self {
            exprs: GroupExprs::new(keys, aggregates),
            groups: Groups::new(types, aggregates, groups),
            single: keys.is_empty(),
            facts: Facts::default(),
            relation,
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        if self.single
            && self.groups.len() == 0
            && let Err(message) = self.groups.open_only()
        {
            self.report(message, cx);
        }
        let end_ms = self.facts.last_ms.unwrap_or(cx.clock.run_start_ms);
        match self.groups.emit(end_ms, None, self.relation, 0, cx) {
            Ok(batch) if batch.is_empty() => {}
            Ok(batch) => out.push(batch),
            // Joining arrays of one type fails only beyond 2^31 rows or bytes a column.
            Err(error) => self.report(error.to_string(), cx),
        }
        self.groups.clear();
        self.facts.ended = true;
    }

    fn report(&self, message: String, cx: &mut Context<'_>) {
        let end_ms = self.facts.last_ms.unwrap_or(cx.clock.run_start_ms);
        let batch = RowBatch::new(vec![end_ms].into(), Vec::new(), self.relation, true);
        let error = RowError::runtime(format!("the groups cannot be emitted: {message}"));
        cx.errors.report(error, &batch.origin, 0);
    }
}

impl Operator for Whole {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) {
        self.facts.last_ms = self.facts.last_ms.max(batch.rowtimes.last().copied());
        let taken = self.exprs.evaluate(&batch, cx).map(|mut rows| {
            rows.taken = rows.good.len as u64;
            let mut refused = Vec::new();
            self.groups
                .take(&rows.good, |row, error| refused.push((row, error)));
            for (row, error) in refused {
                rows.refuse(row, error);
            }
            rows
        });
        settle(&batch, taken, cx);
    }

    fn advance(&mut self, bound_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        if cx.before_ms > i64::MIN && cx.before_ms < i64::MAX {
            self.facts.last_ms = self.facts.last_ms.max(Some(cx.before_ms));
        }
        if bound_ms == i64::MAX && !self.facts.ended {
            self.close(cx, out);
        }
    }

    fn save(&self) -> OperatorState {
        let facts = Facts {
            groups: self.groups.len(),
            ..self.facts.clone()
        };
        let facts = serde_json::to_value(facts).unwrap_or_default();
        match self.groups.save() {
            Ok(columns) if columns.is_empty() => OperatorState {
                facts,
                batches: Vec::new(),
            },
            // Facts that do not read back: a state that could not be copied is refused on load.
            Ok(columns) => OperatorState::of_columns(facts, columns).unwrap_or_default(),
            Err(_) => OperatorState::default(),
        }
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        let facts: Facts = serde_json::from_value(state.facts)?;
        let columns = state.batches.first().map_or(&[][..], |batch| batch.columns());
        self.groups.load(columns, facts.groups)?;
        self.facts = facts;
        Ok(())
    }

    /// The groups will leave with the last ROWTIME.
    fn forward(&self, bound_ms: i64) -> i64 {
        if self.facts.ended {
            return bound_ms;
        }
        self.facts.last_ms.map_or(i64::MIN, |last| bound_ms.min(last))
    }

    fn open_groups(&self) -> usize {
        self.groups.len()
    }
}
