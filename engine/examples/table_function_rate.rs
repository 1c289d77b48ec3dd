//! Prints how long the table functions take per row.
//!
//! `cargo run --release -p rowtime-engine --example table_function_rate`. Rows are made before the watch starts and
//! pushed in batches of 8,192; ROWTIME moves 1 ms in ten rows, so that a minute holds 600,000 rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringViewArray};
use arrow::datatypes::DataType;
use rowtime_engine::operator::Operator;
use rowtime_engine::operator::group_rank::GroupRank;
use rowtime_engine::operator::hotspots::Hotspots;
use rowtime_engine::operator::item_window::{DistinctItems, ItemWindow, TopItems};
use rowtime_engine::plan::table_function::RankOrder;
use rowtime_engine::rows::RowBatch;
use rowtime_engine::types::SqlType;

use self::random::Random;
use self::rate::{BATCH_ROWS, batch, context, nanos_a_row, timed};

#[path = "rate/random.rs"]
mod random;
mod rate;

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
    let mut errors = rate::errors();
    let mut out = Vec::new();
    let rows: usize = batches.iter().map(RowBatch::len).sum();
    let mut given = 0;
    let took = timed(|| {
        let mut cx = context(&mut errors);
        for batch in batches {
            operator.push(batch, &mut cx, &mut out);
            given += out.drain(..).map(|rows| rows.len()).sum::<usize>();
        }
        operator.advance(i64::MAX, &mut cx, &mut out);
    });
    given += out.iter().map(RowBatch::len).sum::<usize>();
    let nanos = nanos_a_row(took, rows);
    println!("{name}: {nanos:.1} ns a row ({rows} in, {given} out)");
}

/// Batches of (item, x, y): items by a power law of so many different ones, points between 0 and 10, half of them in
/// one corner.
fn batches(count: usize, different: usize) -> Vec<RowBatch> {
    let mut random = Random::new();
    let mut random = || random.below(1 << 31) as f64 / (1u64 << 31) as f64;
    let made = |number: usize| {
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
        batch(number, columns, 0)
    };
    (0..count).map(made).collect()
}
