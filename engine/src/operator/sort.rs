//! ORDER BY on a stream (`windows-and-time.md` §7): the rows of one value of the leading expression, sorted by the rest.
//!
//! Rows are held while the leading expression does not change. Where it is a function of ROWTIME, a row or a bound at
//! or past the least ROWTIME at which it differs lets them go, else only a row with another value or the end of the
//! input. Over data that ends there may be no leading expression: then the end lets all of them go. They leave as one batch, ties in the order in which they came, all with one ROWTIME: see [`Held::stamp`].

use arrow::array::{ArrayRef, BooleanArray};
use arrow::error::ArrowError;

use self::held::Held;
use super::filter::push_kept;
use super::key_values::{pinned, runs, same_value};
use super::window_end::WindowEnd;
use super::{Context, Operator};
use crate::expr::eval::{Evaluator, Input};
use crate::expr::{Expr, ExprKind};
use crate::plan::{SortKey, WHOLE_MAX, WindowClock};
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};
use crate::types::SqlType;

mod held;

#[cfg(test)]
mod tests;

/// Most rows of one value of the leading expression that a sort holds. A row beyond becomes a row error.
pub const ROWS_MAX: usize = 50_000_000;

/// Sorts the rows of every value of the leading expression.
pub struct Sort {
    closing: Closing,
    /// The keys that are no columns of the input.
    computed: Vec<Evaluator>,
    held: Held,
    /// The end of the batch that is held, or its value.
    open: Option<Open>,
    limit: usize,
    relation: usize,
    /// Rows that have left.
    emitted: u64,
}

/// What lets a batch go.
enum Closing {
    /// The leading expression as a function of ROWTIME, and how far the clock of a row is behind its ROWTIME, ms: see
    /// [`WindowClock`].
    Clock { end: WindowEnd, behind_ms: i64 },
    /// The leading expression.
    Change(Evaluator),
    /// Nothing but the end of the input.
    End,
}

impl Closing {
    /// What holds fewer rows.
    fn way_out(&self) -> &'static str {
        match self {
            Self::Clock { .. } | Self::Change(_) => {
                "begin with a shorter time, for example FLOOR(… TO SECOND)"
            }
            Self::End => "filter with WHERE, or order by ROWTIME first",
        }
    }
}

/// The batch that is held.
#[derive(Debug, Clone)]
enum Open {
    /// Least ROWTIME behind it, ms, of the clock's time.
    Until(i64),
    /// Its value of the leading expression, one row.
    Value(ArrayRef),
}

/// Rows on their way in: their columns, then the keys that are none of those.
struct Incoming {
    rows: RowBatch,
    computed: Vec<ArrayRef>,
}

impl Sort {
    /// A sort of an input with columns of these types. `clock` is `leading` as a function of ROWTIME, if it is one.
    /// `relation` is the number of its output among the pump's relations.
    pub fn new(
        columns: &[SqlType],
        leading: Option<&Expr>,
        clock: Option<&WindowClock>,
        keys: &[SortKey],
        relation: usize,
    ) -> Self {
        let limit = if leading.is_some() { ROWS_MAX } else { WHOLE_MAX };
        Self::with_limit(columns, leading, clock, keys, relation, limit)
    }

    fn with_limit(
        columns: &[SqlType],
        leading: Option<&Expr>,
        clock: Option<&WindowClock>,
        keys: &[SortKey],
        relation: usize,
        limit: usize,
    ) -> Self {
        let (mut computed, mut orders) = (Vec::new(), Vec::new());
        let mut types: Vec<SqlType> = columns.to_vec();
        for key in keys {
            match key.expr.kind {
                ExprKind::Column(i) => orders.push((i, key.descending)),
                _ => {
                    orders.push((types.len(), key.descending));
                    types.push(key.expr.ty);
                    computed.push(Evaluator::new(&key.expr));
                }
            }
        }
        let closing = match (clock, leading) {
            (Some(clock), Some(_)) => Closing::Clock {
                end: WindowEnd::new(&clock.key),
                behind_ms: i64::from(clock.behind),
            },
            (None, Some(leading)) => Closing::Change(Evaluator::new(leading)),
            (_, None) => Closing::End,
        };
        Self {
            closing,
            computed,
            held: Held::new(&types, columns.len(), orders),
            open: None,
            limit,
            relation,
            emitted: 0,
        }
    }

    /// Evaluates the computed keys, and the leading expression where its change lets rows go; rows for which one fails
    /// are reported and left out.
    fn evaluate(&self, batch: RowBatch, cx: &mut Context<'_>) -> Option<(Incoming, Option<ArrayRef>)> {
        let mut errors = RowErrors::new();
        let input = Input {
            columns: &batch.columns,
            rowtimes: &batch.rowtimes,
            clock: cx.clock,
        };
        let mut computed: Vec<ArrayRef> = (self.computed.iter())
            .map(|key| key.eval(input, None, &mut errors))
            .collect();
        if let Closing::Change(leading) = &self.closing {
            computed.push(leading.eval(input, None, &mut errors));
        }
        let mut rows = batch;
        if !errors.is_empty() {
            let keep: BooleanArray = (0..rows.len()).map(|row| Some(!errors.failed(row))).collect();
            for (row, error) in errors.into_sorted() {
                cx.errors.report(error, &rows.origin, row as usize);
            }
            let width = rows.columns.len();
            rows.columns.append(&mut computed);
            let mut kept = Vec::new();
            push_kept(rows, &keep, keep.true_count(), cx, &mut kept);
            rows = kept.pop()?;
            computed = rows.columns.split_off(width);
        }
        let leading = match &self.closing {
            Closing::Change(_) => computed.pop(),
            Closing::Clock { .. } | Closing::End => None,
        };
        Some((Incoming { rows, computed }, leading))
    }

    /// Takes rows where ROWTIME tells the batch.
    fn push_by_clock(&mut self, incoming: &Incoming, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let rowtimes = &incoming.rows.rowtimes;
        let mut at = 0;
        while let Some(rest) = rowtimes.get(at..).filter(|rest| !rest.is_empty()) {
            let Closing::Clock { end, behind_ms } = &mut self.closing else {
                return;
            };
            let until = match self.open {
                Some(Open::Until(until)) => until,
                _ => end.after(rest[0].saturating_sub(*behind_ms), cx.clock),
            };
            let behind_ms = *behind_ms;
            let len = rest.partition_point(|&rowtime| rowtime.saturating_sub(behind_ms) < until);
            if len == 0 {
                self.close(cx, out);
                continue;
            }
            self.open = Some(Open::Until(until));
            self.take(incoming, at, len, cx);
            at += len;
        }
    }

    /// Takes rows where only the leading expression itself tells the batch.
    fn push_by_change(
        &mut self,
        incoming: &Incoming,
        leading: &ArrayRef,
        cx: &mut Context<'_>,
        out: &mut Vec<RowBatch>,
    ) -> Result<(), ArrowError> {
        for run in runs(leading)? {
            if let Some(Open::Value(value)) = &self.open
                && !same_value(value, &leading.slice(run.start, 1))?
            {
                self.close(cx, out);
            }
            if self.open.is_none() {
                self.open = Some(Open::Value(pinned(leading, run.start)));
            }
            self.take(incoming, run.start, run.len(), cx);
        }
        Ok(())
    }

    /// Holds rows, up to the limit.
    fn take(&mut self, incoming: &Incoming, from: usize, len: usize, cx: &mut Context<'_>) {
        let rows = &incoming.rows;
        let room = self.limit.saturating_sub(self.held.len()).min(len);
        let taken = if room == 0 {
            Ok(())
        } else {
            let columns: Vec<ArrayRef> = (rows.columns.iter().chain(&incoming.computed))
                .map(|column| column.slice(from, room))
                .collect();
            let last_ms = rows.rowtimes.get(from + room - 1).copied();
            self.held
                .take(&columns, room, last_ms.unwrap_or(i64::MIN), rows.closing)
        };
        let first_refused = match &taken {
            Ok(()) => from + room,
            Err(_) => from,
        };
        if cx.errors.is_input(&rows.origin) {
            cx.errors.counts.rows_passed += (first_refused - from) as u64;
        }
        for row in first_refused..from + len {
            let message = match &taken {
                Err(error) => format!("the row cannot be held: {error}"),
                Ok(()) => format!(
                    "ORDER BY holds {} rows already, which is the limit; {}",
                    self.limit,
                    self.closing.way_out()
                ),
            };
            cx.errors.report(RowError::runtime(message), &rows.origin, row);
        }
    }

    /// Lets the rows go.
    fn close(&mut self, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        self.open = None;
        if self.held.len() == 0 {
            return;
        }
        let stamp = self.held.stamp();
        match self.held.sorted() {
            Ok(columns) => {
                let rowtimes = vec![stamp; self.held.len()];
                let closing = self.held.is_closing();
                out.push(
                    RowBatch::new(rowtimes.into(), columns, self.relation, closing).behind(self.emitted),
                );
            }
            // Joining arrays of one type fails only beyond 2^31 rows or bytes a column.
            Err(error) => {
                let batch = RowBatch::new(vec![stamp].into(), Vec::new(), self.relation, true);
                let error = RowError::runtime(format!("the rows cannot be sorted: {error}"));
                cx.errors.report(error, &batch.origin, 0);
            }
        }
        self.emitted += self.held.len() as u64;
        self.held.clear();
    }
}

impl Operator for Sort {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let Some((incoming, leading)) = self.evaluate(batch, cx) else {
            return;
        };
        let Some(leading) = leading else {
            match self.closing {
                Closing::End => self.take(&incoming, 0, incoming.rows.len(), cx),
                _ => self.push_by_clock(&incoming, cx, out),
            }
            return;
        };
        if let Err(error) = self.push_by_change(&incoming, &leading, cx, out) {
            // Values of one type compare. Whatever it is, no row goes in silence.
            for row in 0..incoming.rows.len() {
                let error = RowError::runtime(format!("the row cannot be held: {error}; please report this"));
                cx.errors.report(error, &incoming.rows.origin, row);
            }
        }
    }

    fn advance(&mut self, bound_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let is_over = match self.open {
            Some(Open::Until(until)) => bound_ms >= until,
            _ => false,
        };
        if is_over || bound_ms == i64::MAX {
            self.close(cx, out);
        }
    }

    fn save(&self) -> OperatorState {
        let (until_ms, value) = match &self.open {
            None => (None, None),
            Some(Open::Until(until)) => (Some(*until), None),
            Some(Open::Value(value)) => (None, Some(value)),
        };
        self.held.save(self.emitted, until_ms, value)
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        let loaded = self.held.load(&state)?;
        self.emitted = loaded.emitted;
        self.open = match (loaded.until_ms, loaded.value) {
            (Some(until), _) => Some(Open::Until(until)),
            (None, Some(value)) => Some(Open::Value(value)),
            (None, None) => None,
        };
        let by_clock = matches!(self.closing, Closing::Clock { .. });
        match &self.open {
            Some(open) if matches!(open, Open::Until(_)) != by_clock => Err(StateError::Mismatch(
                "a sort that lets rows go in another way".into(),
            )),
            _ => Ok(()),
        }
    }

    /// The rows that are held may yet leave with the ROWTIME of the last of them.
    fn forward(&self, bound_ms: i64) -> i64 {
        match self.held.len() {
            0 => bound_ms,
            _ => bound_ms.min(self.held.stamp()),
        }
    }

    fn open_groups(&self) -> usize {
        self.held.len()
    }
}
