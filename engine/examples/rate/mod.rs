//! What the examples that measure an operator share: batches in one rhythm, what an operator is called with, and a
//! stopwatch.

use std::time::{Duration, Instant};

use arrow::array::ArrayRef;
use rowtime_engine::clock::Clock;
use rowtime_engine::dataflow::errors::PumpErrors;
use rowtime_engine::operator::Context;
use rowtime_engine::rows::RowBatch;

/// Rows of a batch.
pub const BATCH_ROWS: usize = 8_192;

static CLOCK: Clock = Clock {
    run_start_ms: 0,
    row_ms: None,
};

/// Batch number so many; ROWTIME moves 1 ms in ten rows, so that a minute holds 600,000 rows.
pub fn batch(number: usize, columns: Vec<ArrayRef>, relation: usize) -> RowBatch {
    let rows = number * BATCH_ROWS..(number + 1) * BATCH_ROWS;
    let rowtimes: Vec<i64> = rows.map(|row| (row / 10) as i64).collect();
    RowBatch::new(rowtimes.into(), columns, relation, false)
}

/// The errors of a pump, of which there are none.
pub fn errors() -> PumpErrors {
    PumpErrors::new("RATE".into(), Vec::new())
}

/// What an operator is called with.
pub fn context(errors: &mut PumpErrors) -> Context<'_> {
    Context {
        clock: &CLOCK,
        errors,
        before_ms: i64::MIN,
    }
}

/// Nanoseconds a row.
pub fn nanos_a_row(took: Duration, rows: usize) -> f64 {
    took.as_nanos() as f64 / rows.max(1) as f64
}

/// How long the processor was busy with it, where the system says so: other work on the machine does not show.
pub fn timed(work: impl FnOnce()) -> Duration {
    let (busy, start) = (busy_nanos(), now());
    work();
    match (busy, busy_nanos()) {
        (Some(before), Some(after)) => Duration::from_nanos(after - before),
        _ => start.elapsed(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the engine reads no clock; its stopwatch may"
)]
fn now() -> Instant {
    Instant::now()
}

fn busy_nanos() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
