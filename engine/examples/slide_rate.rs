//! Prints how much processor time sliding windows take per row, over one of many keys.
//!
//! `cargo run --release -p rowtime-engine --example slide_rate`. Rows are made before the watch starts and pushed in
//! batches of 8,192. ROWTIME moves 1 ms in ten rows, so that a minute holds 600,000 rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, StringViewArray};
use rowtime_engine::diagnostic::Span;
use rowtime_engine::expr::Expr;
use rowtime_engine::operator::Operator;
use rowtime_engine::operator::slide::Slide;
use rowtime_engine::plan::sliding::{Extent, SlidingCall, SlidingFunction, SlidingWindow};
use rowtime_engine::plan::{Aggregate, AggregateFunction as F};
use rowtime_engine::rows::RowBatch;
use rowtime_engine::types::SqlType;

use self::random::Random;
use self::rate::{BATCH_ROWS, batch, context, nanos_a_row, timed};

#[path = "rate/random.rs"]
mod random;
mod rate;

const BATCHES: usize = 500;
const MINUTE: Extent = Extent::Range(60_000);

fn main() {
    let price = Some((1, SqlType::Double));
    let count = Some((2, SqlType::Integer));
    let sum = call(F::Sum, price);
    let mean = call(F::Avg, price);
    let lag = SlidingFunction::Lag {
        value: column(1, SqlType::Double),
        rows: 1,
        default: None,
        ignore_nulls: false,
    };
    let cases: Vec<(&str, usize, Vec<Extent>, Vec<SlidingFunction>)> = vec![
        (
            "SUM, AVG of DOUBLE",
            1_000,
            vec![MINUTE],
            vec![sum.clone(), mean.clone()],
        ),
        ("SUM of DOUBLE", 1_000, vec![MINUTE], vec![sum.clone()]),
        ("SUM of DOUBLE", 100_000, vec![MINUTE], vec![sum.clone()]),
        (
            "SUM, AVG of INTEGER",
            1_000,
            vec![MINUTE],
            vec![call(F::Sum, count), call(F::Avg, count)],
        ),
        ("COUNT(*)", 1_000, vec![MINUTE], vec![call(F::CountStar, None)]),
        (
            "MIN, MAX of DOUBLE",
            1_000,
            vec![MINUTE],
            vec![call(F::Min, price), call(F::Max, price)],
        ),
        ("LAG of DOUBLE", 1_000, vec![MINUTE], vec![lag]),
        (
            "STDDEV_SAMP of DOUBLE",
            1_000,
            vec![MINUTE],
            vec![call(F::StddevSamp, price)],
        ),
        (
            "AVG of DOUBLE, ROWS 10",
            1_000,
            vec![Extent::Rows(10)],
            vec![mean.clone()],
        ),
        (
            "AVG of DOUBLE, eight windows of 4 to 599 rows",
            1_000,
            [4, 9, 19, 39, 59, 119, 299, 599].map(Extent::Rows).to_vec(),
            vec![mean],
        ),
    ];
    for (name, keys, extents, functions) in cases {
        let nanos = rate(keys, &extents, &functions);
        println!("{name}, {keys} keys: {nanos:.1} ns a row");
    }
}

fn rate(keys: usize, extents: &[Extent], functions: &[SlidingFunction]) -> f64 {
    let ticker = column(0, SqlType::Varchar(8));
    let windows = extents.iter().map(|&extent| SlidingWindow {
        partition_by: vec![ticker.clone()],
        extent,
    });
    let windows: Vec<SlidingWindow> = windows.collect();
    let calls = (0..windows.len()).flat_map(|window| {
        functions.iter().map(move |function| SlidingCall {
            window,
            function: function.clone(),
            ty: match function {
                SlidingFunction::Aggregate(a) => a.ty,
                _ => SqlType::Double,
            },
            span: Span::default(),
        })
    });
    let mut operator = Slide::new(&windows, &calls.collect::<Vec<_>>());
    let batches = batches(keys);
    let mut errors = rate::errors();
    let mut rows = 0;
    let took = timed(|| {
        for batch in batches {
            let mut cx = context(&mut errors);
            let mut out = Vec::new();
            let bound = batch.rowtimes.last().copied().unwrap_or_default();
            operator.push(batch, &mut cx, &mut out);
            operator.advance(bound, &mut cx, &mut out);
            rows += out.iter().map(RowBatch::len).sum::<usize>();
        }
    });
    nanos_a_row(took, rows)
}

fn column(index: usize, ty: SqlType) -> Expr {
    Expr::column(index, ty, Span::default())
}

fn call(function: F, argument: Option<(usize, SqlType)>) -> SlidingFunction {
    SlidingFunction::Aggregate(Aggregate {
        function,
        argument: argument.map(|(index, ty)| column(index, ty)),
        distinct: false,
        ty: argument.map_or(SqlType::BigInt, |(_, ty)| ty),
        span: Span::default(),
    })
}

fn batches(keys: usize) -> Vec<RowBatch> {
    let tickers: Vec<String> = (0..keys).map(|i| format!("T{i:05}")).collect();
    let mut random = Random::new();
    let made = |number: usize| {
        let names: StringViewArray = (0..BATCH_ROWS)
            .map(|_| tickers.get(random.below(keys)).map(String::as_str))
            .collect();
        let prices =
            Float64Array::from_iter_values((0..BATCH_ROWS).map(|_| random.below(10_000) as f64 / 100.0));
        let amounts = Int32Array::from_iter_values((0..BATCH_ROWS).map(|_| random.below(1_000) as i32));
        let columns: Vec<ArrayRef> = vec![Arc::new(names), Arc::new(prices), Arc::new(amounts)];
        batch(number, columns, 0)
    };
    (0..BATCHES).map(made).collect()
}
