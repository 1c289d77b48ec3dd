//! `expr AS ROWTIME`: a new ROWTIME for a row, and what makes it late (`decisions.md` 6 and 25).
//!
//! The new ROWTIMEs of a writer never go back: a row below the writer's last value is late. What else it is
//! held against, and the bound that the writer can promise, depend on what the expression promises. A row whose
//! ROWTIME promises nothing is held against the row before it, a group of a closed window against the end of the
//! window before its own.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::TimestampMillisecondType;
use serde_json::json;

use super::Context;
use crate::clock::Clock;
use crate::datetime::timestamp_text;
use crate::expr::eval::{Evaluator, Input};
use crate::plan::{RowtimeExpr, RowtimePromise};
use crate::row_error::{ErrorName, RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::StateError;

/// The running state of one `AS ROWTIME`.
pub struct Restamp {
    value: Evaluator,
    promise: Promise,
    below: Below,
    /// Last ROWTIME given out.
    last_ms: i64,
    /// ROWTIME of its input, without the bounds that only batch ends bring.
    before_ms: i64,
    /// End of the last window that was seen; of [`Below::Windows`], `before_ms` is the end before it.
    window_ms: i64,
    /// First ROWTIME of the window that is open below.
    open_since: Option<i64>,
    clock: Clock,
}

/// What gave its input the ROWTIME that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Below {
    /// The pump's stream.
    Stream,
    /// Another `AS ROWTIME`.
    Restamp,
    /// A window.
    Window,
    /// Windows of any ends in one batch; all that end at an instant are in it.
    Windows,
}

enum Promise {
    Clock(Evaluator),
    Declared,
    OpenWindow,
    Nothing,
}

impl Restamp {
    /// Prepares the expression.
    pub fn new(rowtime: &RowtimeExpr, below: Below) -> Self {
        Self {
            below,
            value: Evaluator::new(&rowtime.expr),
            promise: match &rowtime.promise {
                RowtimePromise::Clock(expr) => Promise::Clock(Evaluator::new(expr)),
                RowtimePromise::Declared => Promise::Declared,
                RowtimePromise::OpenWindow => Promise::OpenWindow,
                RowtimePromise::None => Promise::Nothing,
            },
            last_ms: i64::MIN,
            before_ms: i64::MIN,
            window_ms: i64::MIN,
            open_since: None,
            clock: Clock {
                run_start_ms: 0,
                row_ms: None,
            },
        }
    }

    /// The new ROWTIMEs; late rows and rows without one become errors.
    pub fn apply(&mut self, batch: &RowBatch, cx: &Context<'_>, errors: &mut RowErrors) -> ScalarBuffer<i64> {
        self.clock = *cx.clock;
        let input = Input {
            columns: &batch.columns,
            rowtimes: &batch.rowtimes,
            clock: cx.clock,
        };
        let values = self.value.eval(input, None, errors);
        let values = values.as_primitive::<TimestampMillisecondType>();
        for row in 0..batch.len() {
            let held = self.held_against(batch, row, cx);
            if errors.failed(row) {
                continue;
            }
            if values.is_null(row) {
                errors.set(row, || {
                    RowError::new(ErrorName::NotNull, "ROWTIME does not accept NULL")
                });
                continue;
            }
            let value = values.value(row);
            let least = held.max(self.last_ms);
            if value < least {
                errors.set(row, || late(value, least));
            } else {
                self.last_ms = value;
            }
        }
        match (self.below, batch.rowtimes.last()) {
            (Below::Restamp, Some(&last)) => self.before_ms = last,
            // A window closes in one batch; the next one may end at the same instant (MONOTONIC).
            (Below::Window, Some(&end)) => self.window_ms = end,
            _ => {}
        }
        values.values().clone()
    }

    /// The least ROWTIME that this row may have, beside the writer's own last value.
    fn held_against(&mut self, batch: &RowBatch, row: usize, cx: &Context<'_>) -> i64 {
        if !matches!(self.promise, Promise::Nothing) {
            return i64::MIN;
        }
        match self.below {
            // Rows that were dropped on the way here count: they moved the stream's clock.
            Below::Stream => match batch.origin.position(row).checked_sub(1) {
                Some(previous) => cx.before_ms.max(batch.origin.rowtimes[previous]),
                None => cx.before_ms,
            },
            Below::Restamp => match row.checked_sub(1) {
                Some(previous) => batch.rowtimes[previous],
                None => self.before_ms,
            },
            Below::Window => self.window_ms,
            Below::Windows => {
                let end = batch.rowtimes[row];
                if end != self.window_ms {
                    (self.before_ms, self.window_ms) = (self.window_ms, end);
                }
                self.before_ms
            }
        }
    }

    /// The bound of the writer when its input has `bound_ms`.
    pub fn forward(&self, bound_ms: i64) -> i64 {
        if bound_ms == i64::MAX {
            return i64::MAX;
        }
        let promised = match &self.promise {
            Promise::Clock(function) => self.at(function, bound_ms),
            Promise::Declared => i64::MIN,
            Promise::OpenWindow => self.open_since.unwrap_or(bound_ms).min(bound_ms),
            // Before the first window there is nothing that its groups are held against.
            Promise::Nothing if matches!(self.below, Below::Window | Below::Windows) => self.window_ms,
            Promise::Nothing => self.before_ms,
        };
        promised.max(self.last_ms)
    }

    /// The value of a function of ROWTIME at `bound_ms`; no promise where it fails.
    fn at(&self, function: &Evaluator, bound_ms: i64) -> i64 {
        let mut errors = RowErrors::new();
        let columns: [ArrayRef; 0] = [];
        let input = Input {
            columns: &columns,
            rowtimes: &[bound_ms],
            clock: &self.clock,
        };
        let value = function.eval(input, None, &mut errors);
        if errors.is_empty() && value.is_valid(0) {
            value.as_primitive::<TimestampMillisecondType>().value(0)
        } else {
            i64::MIN
        }
    }

    /// Remembers the step's clock for functions of the bound.
    pub fn note_clock(&mut self, clock: &Clock) {
        self.clock = *clock;
    }

    /// Remembers the window that is open below.
    pub fn note_open_below(&mut self, open_since: Option<i64>) {
        self.open_since = open_since;
    }

    /// Remembers ROWTIME of the pump's stream: see [`Context::before_ms`].
    pub fn note_before(&mut self, before_ms: i64) {
        if self.below == Below::Stream {
            self.before_ms = before_ms;
        }
    }

    /// Copies the state.
    pub fn save(&self) -> serde_json::Value {
        json!([self.last_ms, self.before_ms, self.window_ms, self.open_since])
    }

    /// Puts it back.
    pub fn load(&mut self, facts: &serde_json::Value) -> Result<(), StateError> {
        let (last, before, window, open) =
            serde_json::from_value::<(i64, i64, i64, Option<i64>)>(facts.clone())?;
        self.last_ms = last;
        self.before_ms = before;
        self.window_ms = window;
        self.open_since = open;
        Ok(())
    }
}

fn late(value: i64, least: i64) -> RowError {
    RowError::new(
        ErrorName::OutOfOrder,
        format!(
            "ROWTIME {} is before {}, which the stream has reached",
            timestamp_text(value),
            timestamp_text(least)
        ),
    )
}
