//! Joins of two streams within windows of time (`windows-and-time.md` §6).
//!
//! Rows of both inputs are tried in the order of ROWTIME, at one instant those of the left input first. A row meets
//! the rows of the other input that came before it and still wait there; each pair is made once, when its later row
//! is tried, and carries that row's ROWTIME. A row waits as long as its input's window says. One of an outer side
//! that has met nobody by then leaves alone: after the rows at that instant have been tried, before their pairs, those
//! of the left input first (`decisions.md` 26).
//!
//! An instant is tried when both bounds have passed it, so that neither cuts nor the faster input show (R2). All that
//! has become ready is tried at once: rows find their partners by the number of their key, then conditions run and
//! columns are gathered over whole batches of pairs.
//!
//! A window that reaches forward (`RANGE n FOLLOWING`) is one that reaches back where the rows of the other input are
//! tried n later than they come; what they make carries their own ROWTIME.
//!
//! A pair whose condition fails becomes an error row and is no pair: its rows may still leave as unmatched.

use std::array;

use self::condition::Condition;
use self::keys::Keys;
use self::made::{Made, emit};
use self::side::Side;
use super::filter::push_kept;
use super::{Context, Junction};
use crate::plan::join::{Join as Plan, JoinKind, JoinWindow};
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

mod condition;
mod keys;
mod made;
mod room;
mod side;
mod snapshot;
mod stored;
#[cfg(test)]
mod tests;

/// Pairs that are looked at together; more where their instant has to be complete first.
const PIECE: usize = 8_192;

/// Most rows that a join holds of each of its inputs (R9). A row beyond it is an error and meets nobody.
pub const ROWS_MAX: usize = 50_000_000;

/// A running join of two streams.
pub struct Join {
    sides: [Side; 2],
    keys: Keys,
    condition: Option<Condition>,
    /// Rows leave without a partner too.
    keeps_unmatched: bool,
    /// How far ROWTIME of what it makes is behind the turn of the row that makes it, ms.
    delay_ms: i64,
    /// Most rows held of each input.
    limit: usize,
    /// The join's number among the pump's relations.
    relation: usize,
    /// Rows made so far, failing pairs among them.
    made: u64,
    /// ROWTIME of the last row that was tried, or that left, ms.
    last_ms: i64,
}

/// Rows that meet, in the order in which they leave.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Numbers of the left and of the right rows.
    rows: [Vec<u64>; 2],
    rowtimes: Vec<i64>,
}

impl Pairs {
    fn len(&self) -> usize {
        self.rowtimes.len()
    }

    /// Keeps the pairs at these positions.
    fn keep(&mut self, positions: &[usize]) {
        let [lefts, rights] = &mut self.rows;
        for (to, &from) in positions.iter().enumerate() {
            lefts.swap(to, from);
            rights.swap(to, from);
            self.rowtimes.swap(to, from);
        }
        lefts.truncate(positions.len());
        rights.truncate(positions.len());
        self.rowtimes.truncate(positions.len());
    }

    fn clear(&mut self) {
        self.rows.iter_mut().for_each(Vec::clear);
        self.rowtimes.clear();
    }
}

impl Join {
    /// A join whose output is the pump's relation number `relation`.
    pub fn new(plan: &Plan, relation: usize) -> Self {
        Self::with_limit(plan, relation, ROWS_MAX)
    }

    fn with_limit(plan: &Plan, relation: usize, limit: usize) -> Self {
        let keeps = |side: JoinKind| plan.kind == JoinKind::Full || plan.kind == side;
        let following = |window: JoinWindow| match window {
            JoinWindow::Following(ms) => ms,
            _ => 0,
        };
        let delays = [following(plan.right_window), following(plan.left_window)];
        let delay_ms = delays[0].max(delays[1]);
        let inputs = [
            (&plan.left, plan.left_window, delays[0], keeps(JoinKind::Left)),
            (&plan.right, plan.right_window, delays[1], keeps(JoinKind::Right)),
        ];
        Self {
            sides: inputs
                .map(|(input, window, delay, keeps)| Side::new(input.fields(), window, delay, keeps)),
            keeps_unmatched: plan.kind != JoinKind::Inner,
            delay_ms,
            keys: Keys::new(&plan.equalities),
            condition: plan
                .condition
                .as_ref()
                .map(|condition| Condition::new(condition, plan.left.fields().len(), delay_ms)),
            limit,
            relation,
            made: 0,
            last_ms: i64::MIN,
        }
    }

    /// The rows of an input that have room; the others are reported.
    fn with_room(&self, port: usize, batch: RowBatch, cx: &mut Context<'_>) -> Option<RowBatch> {
        let side = self.sides.get(port)?;
        if side.has_room(batch.len(), self.limit) {
            return Some(batch);
        }
        let keep = side.find_room(&batch.rowtimes, self.limit);
        for row in (!keep.values()).set_indices() {
            let input = if port == 0 { "left" } else { "right" };
            let error = RowError::runtime(format!(
                "the join holds {} rows of its {input} input already, which is the limit; use a shorter window, for \
                 example OVER (RANGE INTERVAL '1' MINUTE PRECEDING)",
                self.limit
            ));
            cx.errors.report(error, &batch.origin, row);
        }
        let mut kept = Vec::new();
        push_kept(batch, &keep, keep.true_count(), cx, &mut kept);
        kept.pop()
    }

    /// Tries every row below the bound, in order.
    fn try_rows(&mut self, bound_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let mut pairs = Pairs::default();
        while let Some((side, now)) = self.next_row() {
            // Rows that leave alone go before the pairs of their instant, so those are complete first.
            if pairs.len() >= PIECE && (now > self.last_ms || !self.keeps_unmatched) {
                self.emit(&mut pairs, now, cx, out);
            }
            self.last_ms = self.last_ms.max(now);
            let [left, right] = &mut self.sides;
            let (own, other) = if side == 0 { (left, right) } else { (right, left) };
            let (number, group) = own.try_next();
            let [lefts, rights] = &mut pairs.rows;
            let (owns, others) = if side == 0 {
                (lefts, rights)
            } else {
                (rights, lefts)
            };
            other.partners(group, now, others);
            owns.resize(others.len(), number);
            pairs.rowtimes.resize(others.len(), now);
        }
        // What leaves alone at the end leaves behind every pair.
        let limit_ms = match bound_ms {
            i64::MAX => self.last_ms.saturating_add(1),
            bound_ms => bound_ms,
        };
        self.emit(&mut pairs, limit_ms, cx, out);
    }

    /// Whose turn it is: the earlier row's, at one instant the left one's.
    fn next_row(&self) -> Option<(usize, i64)> {
        let [left, right] = self.sides.each_ref().map(Side::next_rowtime);
        match (left, right) {
            (Some(l), Some(r)) if l <= r => Some((0, l)),
            (Some(l), None) => Some((0, l)),
            (_, Some(r)) => Some((1, r)),
            (None, None) => None,
        }
    }

    /// Sends out pairs, and the unmatched rows that leave before `limit_ms`, in order.
    fn emit(&mut self, pairs: &mut Pairs, limit_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let errors = self.test(pairs, cx);
        for (side, rows) in self.sides.iter_mut().zip(&pairs.rows) {
            let met = |(i, row): (usize, &u64)| (!errors.failed(i)).then_some(*row);
            side.note_matched(rows.iter().enumerate().filter_map(met));
        }
        let alone = array::from_fn(|i| self.sides[i].expire(limit_ms));
        let made = Made::in_order(pairs, alone, errors);
        pairs.clear();
        self.send(made, cx, out);
    }

    /// Keeps the pairs for which the condition is TRUE, and those for which it fails.
    fn test(&self, pairs: &mut Pairs, cx: &Context<'_>) -> RowErrors {
        match &self.condition {
            Some(condition) if pairs.len() > 0 => condition.test(&self.sides, pairs, cx.clock),
            _ => RowErrors::new(),
        }
    }

    fn send(&mut self, made: Made, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        if let Some(&last) = made.rowtimes.last() {
            self.last_ms = self.last_ms.max(last);
        }
        let made = made.earlier_by(self.delay_ms);
        let rows = made.rowtimes.len() as u64;
        emit(made, &self.sides, self.relation, self.made, cx, out);
        self.made += rows;
    }

    /// At the end of the input: rows that would have waited for ever, or for more rows, leave at the last instant.
    fn finish(&mut self, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let before = if cx.before_ms == i64::MAX {
            i64::MIN
        } else {
            cx.before_ms
        };
        let end_ms = self.last_ms.max(before);
        self.emit(&mut Pairs::default(), end_ms.saturating_add(1), cx, out);
        let alone = array::from_fn(|i| self.sides[i].give_up(end_ms));
        let made = Made::in_order(&mut Pairs::default(), alone, RowErrors::new());
        self.send(made, cx, out);
        self.emit(&mut Pairs::default(), i64::MAX, cx, out);
    }

    /// Numbers the keys anew when many of those known belong to rows that have gone.
    fn forget_keys(&mut self) {
        let live: usize = self.sides.iter().map(Side::live_rows).sum();
        if self.keys.outgrew(live) {
            self.link_all();
        }
    }

    /// The first instant whose turn has not come when the inputs have these bounds.
    fn turn_of(&self, bounds_ms: &[i64]) -> i64 {
        let turns = self.sides.iter().zip(bounds_ms);
        turns
            .map(|(side, bound)| side.turn_of(*bound))
            .min()
            .unwrap_or(i64::MIN)
    }

    /// Numbers the keys of all rows that wait.
    fn link_all(&mut self) {
        self.keys.clear();
        for (i, side) in self.sides.iter_mut().enumerate() {
            side.relink(|columns, rowtimes, groups| self.keys.number(i, columns, rowtimes, groups));
        }
        self.keys.note_live();
    }
}

impl Junction for Join {
    fn push(&mut self, port: usize, batch: RowBatch, cx: &mut Context<'_>) {
        let Some(batch) = self.with_room(port, batch, cx) else {
            return;
        };
        if cx.errors.is_input(&batch.origin) {
            cx.errors.counts.rows_passed += batch.len() as u64;
        }
        if let Some(side) = self.sides.get_mut(port) {
            side.push(batch.rowtimes, batch.columns);
        }
    }

    fn advance(&mut self, bounds_ms: &[i64], cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let bound_ms = self.turn_of(bounds_ms);
        for (i, side) in self.sides.iter_mut().enumerate() {
            side.make_ready(bound_ms, |columns, rowtimes, groups| {
                self.keys.number(i, columns, rowtimes, groups);
            });
        }
        self.try_rows(bound_ms, cx, out);
        if bound_ms == i64::MAX {
            self.finish(cx, out);
        }
        let mut failed = None;
        for side in &mut self.sides {
            failed = side.settle().err().or(failed);
        }
        if let Some(error) = failed {
            // Copying arrays of one type fails only beyond 2^31 rows or bytes a column.
            let batch = RowBatch::new(vec![self.last_ms].into(), Vec::new(), self.relation, false);
            let error = RowError::runtime(format!("the rows of a join cannot be kept: {error}"));
            cx.errors.report(error, &batch.origin, 0);
        }
        self.forget_keys();
    }

    fn forward(&self, bounds_ms: &[i64]) -> i64 {
        let mut bound_ms = self.turn_of(bounds_ms);
        if self.sides.iter().any(Side::waits_for_end) {
            // The end of the input may yet send them out at the last instant.
            bound_ms = bound_ms.min(self.last_ms);
        }
        match bound_ms {
            i64::MAX => bound_ms,
            bound_ms => bound_ms.saturating_sub(self.delay_ms),
        }
    }

    fn save(&self) -> OperatorState {
        self.snapshot()
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        self.restore(&state)
    }

    fn held_rows(&self) -> usize {
        self.sides.iter().map(Side::held_rows).sum()
    }
}
