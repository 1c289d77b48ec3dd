//! Prints how long a tumbling MIN, MAX, AVG and COUNT takes per row, by minute and one of 100 tickers.
//!
//! `cargo run --release -p rowtime-engine --example tumble_rate`. Rows are made before the watch starts and
//! pushed in batches of 8,192; ROWTIME moves 1 ms in ten rows, so that a minute holds 600,000 rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringViewArray};
use rowtime_engine::diagnostic::Span;
use rowtime_engine::expr::{Expr, Function};
use rowtime_engine::operator::Operator;
use rowtime_engine::operator::tumble::Tumble;
use rowtime_engine::plan::{Aggregate, AggregateFunction, WindowClock};
use rowtime_engine::rows::RowBatch;
use rowtime_engine::types::{SqlType, TimeUnit};

use self::random::Random;
use self::rate::{BATCH_ROWS, batch, context, nanos_a_row, timed};

#[path = "rate/random.rs"]
mod random;
mod rate;

const BATCHES: usize = 1_000;
const TICKERS: usize = 100;

fn main() {
    let mut operator = window();
    let batches = batches();
    let mut errors = rate::errors();
    let mut out = Vec::new();
    let took = timed(|| {
        let mut cx = context(&mut errors);
        for batch in batches {
            operator.push(batch, &mut cx, &mut out);
        }
        operator.advance(i64::MAX, &mut cx, &mut out);
    });
    let rows = BATCH_ROWS * BATCHES;
    let groups: usize = out.iter().map(RowBatch::len).sum();
    let nanos = nanos_a_row(took, rows);
    println!("{rows} rows, {groups} groups: {nanos:.1} ns a row");
}

/// `GROUP BY FLOOR(s.ROWTIME TO MINUTE), ticker` over (ticker, price).
fn window() -> Tumble {
    let span = Span::default();
    let rowtime = vec![Expr::rowtime(span)];
    let minute = Expr::call(
        Function::FloorTo(TimeUnit::Minute),
        rowtime,
        SqlType::Timestamp,
        span,
    );
    let ticker = Expr::column(0, SqlType::Varchar(4), span);
    let over_price = |function| {
        aggregate(
            function,
            Some(Expr::column(1, SqlType::Double, span)),
            SqlType::Double,
        )
    };
    let aggregates = [
        over_price(AggregateFunction::Min),
        over_price(AggregateFunction::Max),
        over_price(AggregateFunction::Avg),
        aggregate(AggregateFunction::CountStar, None, SqlType::BigInt),
    ];
    let clock = WindowClock {
        key: minute.clone(),
        behind: false,
    };
    Tumble::new(&[minute, ticker], 0, Some(&clock), &aggregates, 1)
}

fn aggregate(function: AggregateFunction, argument: Option<Expr>, ty: SqlType) -> Aggregate {
    Aggregate {
        function,
        argument,
        distinct: false,
        ty,
        span: Span::default(),
    }
}

fn batches() -> Vec<RowBatch> {
    let tickers: Vec<String> = (0..TICKERS).map(|i| format!("T{i:03}")).collect();
    let mut random = Random::new();
    let made = |number: usize| {
        let names: StringViewArray = (0..BATCH_ROWS)
            .map(|_| tickers.get(random.below(TICKERS)).map(String::as_str))
            .collect();
        let prices =
            Float64Array::from_iter_values((0..BATCH_ROWS).map(|_| random.below(10_000) as f64 / 100.0));
        let columns: Vec<ArrayRef> = vec![Arc::new(names), Arc::new(prices)];
        batch(number, columns, 0)
    };
    (0..BATCHES).map(made).collect()
}
