//! Prints how long a join with a reference table takes per row of the stream, and how long the table takes to be found.
//!
//! `cargo run --release -p rowtime-engine --example lookup_rate`. Rows are made before the watch starts and pushed in
//! batches of 8,192; every row has one partner, and with LEFT JOIN every fourth has none.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringViewArray};
use rowtime_engine::dataflow::TableContents;
use rowtime_engine::diagnostic::Span;
use rowtime_engine::expr::Expr;
use rowtime_engine::operator::Operator;
use rowtime_engine::operator::lookup::Lookup;
use rowtime_engine::plan::join::Lookup as LookupPlan;
use rowtime_engine::plan::{Field, Plan};
use rowtime_engine::rows::RowBatch;
use rowtime_engine::types::SqlType;

use self::random::Random;
use self::rate::{BATCH_ROWS, batch, context, nanos_a_row, timed};

#[path = "rate/random.rs"]
mod random;
mod rate;

const BATCHES: usize = 500;

fn main() {
    let ticker = |i: usize| format!("T{i:03}");
    let company = |i: usize| format!("company number {i:09}");
    measure("100 short texts", false, 100, ticker);
    measure("100,000 long texts", false, 100_000, company);
    measure("100 integers", false, 100, |i| i as i64);
    measure("1,000,000 integers", false, 1_000_000, |i| i as i64);
    measure("left, 100,000 integers", true, 100_000, |i| i as i64);
}

/// A type of keys.
trait Key {
    const TYPE: SqlType;
    fn column(keys: Vec<Self>) -> ArrayRef
    where
        Self: Sized;
}

impl Key for String {
    const TYPE: SqlType = SqlType::Varchar(32);
    fn column(keys: Vec<Self>) -> ArrayRef {
        Arc::new(StringViewArray::from_iter_values(keys))
    }
}

impl Key for i64 {
    const TYPE: SqlType = SqlType::BigInt;
    fn column(keys: Vec<Self>) -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(keys))
    }
}

fn measure<K: Key>(what: &str, left: bool, table_rows: usize, key: impl Fn(usize) -> K) {
    let mut lookup = lookup(K::TYPE, left);
    let contents = TableContents {
        columns: vec![
            K::column((0..table_rows).map(&key).collect()),
            Arc::new(Float64Array::from_iter_values((0..table_rows).map(|i| i as f64))),
        ],
        rows: table_rows,
    };
    let range = if left { table_rows * 4 / 3 } else { table_rows };
    let batches = batches(range, key);
    let mut errors = rate::errors();
    let mut cx = context(&mut errors);
    lookup.take_table(0, &contents);
    let (mut joined, mut out) = (0, Vec::new());
    let mut push = |batch: RowBatch| {
        lookup.push(batch, &mut cx, &mut out);
        while lookup.go_on(&mut cx, &mut out) {}
        joined += out.drain(..).map(|batch: RowBatch| batch.len()).sum::<usize>();
    };
    let first = batches.first().map(|batch| batch.slice(0, 1));
    let index = timed(|| first.into_iter().for_each(&mut push));
    let took = timed(|| batches.into_iter().for_each(&mut push));
    let nanos = nanos_a_row(took, BATCH_ROWS * BATCHES);
    let index = nanos_a_row(index, table_rows);
    println!("{what}: {joined} joined, {nanos:.0} ns a row; {index:.0} ns a row of the table, once");
}

/// `FROM s [LEFT] JOIN r ON s.id = r.id` over (id, price) and (id, level).
fn lookup(key: SqlType, left: bool) -> Lookup {
    let field = |name: &str, ty| Field {
        name: name.to_owned(),
        ty,
        not_null: false,
    };
    let fields = vec![field("ID", key), field("PRICE", SqlType::Double)];
    let id = || Expr::column(0, key, Span::default());
    let plan = LookupPlan {
        fields: [
            fields.clone(),
            vec![field("ID", key), field("LEVEL", SqlType::Double)],
        ]
        .concat(),
        input: Plan::Scan {
            stream: 0,
            columns: vec![0, 1],
            fields,
        },
        table: 0,
        columns: vec![0, 1],
        keeps_unmatched: left,
        equalities: vec![(id(), id())],
        condition: None,
    };
    Lookup::new(&plan, 0)
}

fn batches<K: Key>(range: usize, key: impl Fn(usize) -> K) -> Vec<RowBatch> {
    let mut random = Random::new();
    let made = |number: usize| {
        let keys = (0..BATCH_ROWS).map(|_| key(random.below(range))).collect();
        let prices = Float64Array::from_iter_values((0..BATCH_ROWS).map(|i| i as f64));
        let columns: Vec<ArrayRef> = vec![K::column(keys), Arc::new(prices)];
        batch(number, columns, 0)
    };
    (0..BATCHES).map(made).collect()
}
