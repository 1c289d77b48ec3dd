//! Prints how long the table functions take per row.
//!
//! `cargo run --release -p rowtime-engine --example table_function_rate`. Rows are made before the watch starts and
//! pushed in batches of 8,192; ROWTIME moves 1 ms in ten rows, so that a minute holds 600,000 rows.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Float64Array, StringViewArray};
use arrow::datatypes::DataType;
use rowtime_engine::clock::Clock;
use rowtime_engine::dataflow::errors::PumpErrors;
use rowtime_engine::operator::group_rank::GroupRank;
use rowtime_engine::operator::hotspots::Hotspots;
use rowtime_engine::operator::item_window::{DistinctItems, ItemWindow, TopItems};
use rowtime_engine::operator::{Context, Operator};
use rowtime_engine::plan::table_function::RankOrder;
use rowtime_engine::rows::RowBatch;
use rowtime_engine::types::SqlType;

const BATCH_ROWS: usize = 8_192;
const MINUTE: i64 = 60_000;

fn main() {
    for different in [100, 100_000, 10_000_000] {
        let rows = || batches(400, different);
        let items = TopItems::new(10, SqlType::Varchar(16));
        let window = ItemWindow::new(0, MINUTE, items, 1);
        measure(&format!("TOP_K_ITEMS_TUMBLING of {different}"), window, rows());
        let items = DistinctItems::new(DataType::Utf8View);
        let window = ItemWindow::new(0, MINUTE, items, 1);
        measure(
            &format!("COUNT_DISTINCT_ITEMS_TUMBLING of {different}"),
            window,
            rows(),
        );
    }
    for (window, radius, points) in [
        (100, 0.5, 5),
        (1_000, 0.2, 17),
        (1_000, 3.0, 17),
        (1_000, 100.0, 2),
    ] {
        let hotspots = Hotspots::new(&[1, 2], window, radius, points);
        let name = format!("HOTSPOTS of {window}, radius {radius}, {points} points");
        measure(&name, hotspots, batches(10, 100));
    }
    let types = vec![DataType::Utf8View, DataType::Float64, DataType::Float64];
    let ranks = GroupRank::new(1, true, RankOrder::Ascending, None, types, 1);
    measure("GROUP_RANK of ten", ranks, batches(400, 100));
}

fn measure(name: &str, mut operator: impl Operator, batches: Vec<RowBatch>) {
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut errors = PumpErrors::new("RATE".into(), Vec::new());
    let mut out = Vec::new();
    let rows: usize = batches.iter().map(RowBatch::len).sum();
    let mut given = 0;
    let took = timed(|| {
        let mut cx = Context {
            clock: &clock,
            errors: &mut errors,
            before_ms: i64::MIN,
        };
        for batch in batches {
            operator.push(batch, &mut cx, &mut out);
            given += out.drain(..).map(|rows| rows.len()).sum::<usize>();
        }
        operator.advance(i64::MAX, &mut cx, &mut out);
    });
    given += out.iter().map(RowBatch::len).sum::<usize>();
    let nanos = took.as_nanos() as f64 / rows as f64;
    println!("{name}: {nanos:.1} ns a row ({rows} in, {given} out)");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the engine reads no clock; its stopwatch may"
)]
fn timed(work: impl FnOnce()) -> Duration {
    let start = std::time::Instant::now();
    work();
    start.elapsed()
}

/// Batches of (item, x, y): items by a power law of so many different ones, points between 0 and 10, half of them in
/// one corner.
fn batches(count: usize, different: usize) -> Vec<RowBatch> {
    let mut state = 1u64;
    let mut random = move || {
        // The multiplier of Knuth's MMIX generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    let batch = |number: usize| {
        let rows = number * BATCH_ROWS..(number + 1) * BATCH_ROWS;
        let rowtimes: Vec<i64> = rows.map(|row| (row / 10) as i64).collect();
        let item = |rank: f64| Some(format!("item {}", rank as usize));
        let items: StringViewArray = (0..BATCH_ROWS)
            .map(|_| item((different as f64).powf(random())))
            .collect();
        let mut points = || {
            Float64Array::from_iter_values(
                (0..BATCH_ROWS).map(|row| random() * if row % 2 == 0 { 10.0 } else { 1.0 }),
            )
        };
        let columns: Vec<ArrayRef> = vec![Arc::new(items), Arc::new(points()), Arc::new(points())];
        RowBatch::new(rowtimes.into(), columns, 0, false)
    };
    (0..count).map(batch).collect()
}
