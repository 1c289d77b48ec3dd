//! Operators: what stands between a pump's stream and its target.
//!
//! An operator takes batches in stream order and bounds ("no later row is older than this") and appends what
//! they let it say. It is synchronous, owns its state and can be copied between any two calls (R7). What it
//! says depends on the rows and explicit bounds alone, never on how they were cut into batches (R2).

use crate::clock::Clock;
use crate::dataflow::TableContents;
use crate::dataflow::errors::PumpErrors;
use crate::plan::TableId;
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

pub mod equal_keys;
mod evaluated;
pub mod filter;
pub mod group_rank;
pub mod hotspots;
pub mod item_window;
pub mod join;
mod key_values;
pub mod limit;
pub mod lookup;
pub mod project;
pub mod random_cut_forest;
mod row_copies;
pub mod rowtime;
pub mod slide;
pub mod sort;
pub mod stagger;
pub mod tumble;
pub mod union;
pub mod whole;
mod window_end;

/// What an operator may use during a call.
pub struct Context<'a> {
    /// The step's clocks.
    pub clock: &'a Clock,
    /// Where failing and late rows go.
    pub errors: &'a mut PumpErrors,
    /// In a push, ROWTIME just before the batch of what is read (a stream, or the rows of a junction): of its last row,
    /// or an explicit advance. Never a bound that only a batch's end brought, so that cuts cannot show (`decisions.md`
    /// 25). In an advance, what that is in the time of the operator's input.
    pub before_ms: i64,
}

/// A running node of a pump's plan.
pub trait Operator: Send {
    /// Takes rows in stream order.
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>);

    /// Goes on with what the last push lets it say, where that is too much for one call; whether there was anything
    /// left. It is asked until there is not, before anything else, and what it says goes on in between.
    fn go_on(&mut self, _cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) -> bool {
        false
    }

    /// Takes a bound: every row pushed so far is at or below it, no later row will be below it. The last
    /// bound of a bounded input is `i64::MAX`.
    fn advance(&mut self, bound_ms: i64, cx: &mut Context<'_>, out: &mut Vec<RowBatch>);

    /// Takes what a reference table holds from now on. The dataflow keeps and saves it, and tells it again after a
    /// restore, before [`Operator::load`].
    fn take_table(&mut self, _table: TableId, _contents: &TableContents) {}

    /// Learns the new number of every reference table, by its old one, when the application around it changes.
    fn renumber_tables(&mut self, _numbers: &[Option<TableId>]) {}

    /// Copies its state.
    fn save(&self) -> OperatorState;

    /// Takes a saved state in place of its own.
    fn load(&mut self, state: OperatorState) -> Result<(), StateError>;

    /// The bound that holds for its output when its input has `bound_ms`.
    fn forward(&self, bound_ms: i64) -> i64 {
        bound_ms
    }

    /// First ROWTIME taken into the open window, of several the oldest, for [`crate::plan::RowtimePromise::OpenWindow`].
    fn open_since(&self) -> Option<i64> {
        None
    }

    /// Told, before [`Operator::forward`] is asked, what the operator below answers to [`Operator::open_since`].
    fn note_open_below(&mut self, _open_since: Option<i64>) {}

    /// Windows and groups open now, for the count when a run stops.
    fn open_groups(&self) -> usize {
        0
    }
}

/// A running node where several inputs meet: a join or a union. Rows of one input come in that input's order, and
/// bounds say how far each has come; which input was heard first must not show (R2).
pub trait Junction: Send {
    /// Takes rows of input number `port`.
    fn push(&mut self, port: usize, batch: RowBatch, cx: &mut Context<'_>);

    /// Takes the bounds of all inputs, which hold for everything pushed so far, and says what they let it say, in
    /// the order of the output. Every bound is `i64::MAX` at the end of a bounded input.
    fn advance(&mut self, bounds_ms: &[i64], cx: &mut Context<'_>, out: &mut Vec<RowBatch>);

    /// The bound that holds for its output when its inputs have these.
    fn forward(&self, bounds_ms: &[i64]) -> i64;

    /// Copies its state.
    fn save(&self) -> OperatorState;

    /// Takes a saved state in place of its own.
    fn load(&mut self, state: OperatorState) -> Result<(), StateError>;

    /// Rows that wait in it, for the count when a run stops.
    fn held_rows(&self) -> usize;
}
