//! Prints how long a join of two streams takes per row: orders and shipments that find each other by a key within
//! a minute.
//!
//! `cargo run --release -p rowtime-engine --example join_rate`. Rows are made before the watch starts and pushed in
//! batches of 8,192 on either side; ROWTIME moves 1 ms in ten rows, so that 600,000 rows wait on each side. Nearly
//! every row meets one other; for the outer join every fourth meets nobody.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringViewArray};
use rowtime_engine::diagnostic::Span;
use rowtime_engine::expr::Expr;
use rowtime_engine::operator::Junction;
use rowtime_engine::operator::join::Join;
use rowtime_engine::plan::join::{Join as JoinPlan, JoinKind, JoinWindow};
use rowtime_engine::plan::{Field, Plan};
use rowtime_engine::rows::RowBatch;
use rowtime_engine::types::SqlType;

use self::rate::{BATCH_ROWS, batch, context, nanos_a_row, timed};

mod rate;

const BATCHES: usize = 300;
const MINUTE: i64 = 60_000;

fn main() {
    let by_text = |i: usize| format!("order number {i:09}");
    let (left, right) = (batches(0, None, by_text), batches(1, None, by_text));
    measure(
        "inner, both wait, text key",
        JoinKind::Inner,
        SqlType::Varchar(32),
        [MINUTE; 2],
        left,
        right,
    );
    let (left, right) = (batches(0, None, |i| i as i64), batches(1, None, |i| i as i64));
    measure(
        "inner, both wait, integer key",
        JoinKind::Inner,
        SqlType::BigInt,
        [MINUTE; 2],
        left,
        right,
    );
    let (left, right) = (batches(0, None, |i| i as i64), batches(1, None, |i| i as i64));
    measure(
        "inner, one waits, integer key",
        JoinKind::Inner,
        SqlType::BigInt,
        [MINUTE, 0],
        left,
        right,
    );
    let (left, right) = (batches(0, None, |i| i as i64), batches(1, Some(4), |i| i as i64));
    measure(
        "left, one in four alone",
        JoinKind::Left,
        SqlType::BigInt,
        [MINUTE; 2],
        left,
        right,
    );
}

fn measure(
    what: &str,
    kind: JoinKind,
    key: SqlType,
    [left_ms, right_ms]: [i64; 2],
    lefts: Vec<RowBatch>,
    rights: Vec<RowBatch>,
) {
    let mut join = join(kind, key, left_ms, right_ms);
    let mut errors = rate::errors();
    let (mut joined, mut out) = (0, Vec::new());
    let rows = 2 * BATCH_ROWS * BATCHES;
    let took = timed(|| {
        let mut cx = context(&mut errors);
        for (left, right) in lefts.into_iter().zip(rights) {
            let bound = left.rowtimes.last().copied().unwrap_or(i64::MIN);
            join.push(0, left, &mut cx);
            join.push(1, right, &mut cx);
            join.advance(&[bound, bound], &mut cx, &mut out);
            joined += out.drain(..).map(|batch| batch.len()).sum::<usize>();
        }
        join.advance(&[i64::MAX, i64::MAX], &mut cx, &mut out);
        joined += out.drain(..).map(|batch| batch.len()).sum::<usize>();
    });
    let nanos = nanos_a_row(took, rows);
    println!("{what}: {rows} rows, {joined} joined: {nanos:.0} ns a row");
}

fn join(kind: JoinKind, key: SqlType, left_ms: i64, right_ms: i64) -> Join {
    let fields: Vec<Field> = [("ID", key), ("PRICE", SqlType::Double)]
        .into_iter()
        .map(|(name, ty)| Field {
            name: name.to_owned(),
            ty,
            not_null: false,
        })
        .collect();
    let scan = |stream| Plan::Scan {
        stream,
        columns: vec![0, 1],
        fields: fields.clone(),
    };
    let id = || Expr::column(0, key, Span::default());
    let plan = JoinPlan {
        left: scan(0),
        right: scan(1),
        kind,
        left_window: JoinWindow::Range(left_ms),
        right_window: JoinWindow::Range(right_ms),
        equalities: vec![(id(), id())],
        condition: None,
        fields: [fields.clone(), fields.clone()].concat(),
    };
    Join::new(&plan, 2)
}

/// Values as a column.
trait Column: Sized {
    fn column(values: Vec<Self>) -> ArrayRef;
}

impl Column for i64 {
    fn column(values: Vec<Self>) -> ArrayRef {
        Arc::new(Int64Array::from(values))
    }
}

impl Column for String {
    fn column(values: Vec<Self>) -> ArrayRef {
        Arc::new(StringViewArray::from_iter_values(values))
    }
}

/// Rows with keys that go by: those of the right side come 20 s later, in another order within a hundred. `without`:
/// every so manyth is missing.
fn batches<K: Column>(side: usize, without: Option<usize>, key: impl Fn(usize) -> K) -> Vec<RowBatch> {
    let later = side * 200_000;
    let id = |row: usize| {
        let row = row.wrapping_sub(later);
        if side == 0 {
            return row;
        }
        match without {
            Some(n) if row.is_multiple_of(n) => usize::MAX / 2 - row,
            _ => row / 100 * 100 + (row * 37) % 100,
        }
    };
    let made = |number: usize| {
        let rows = number * BATCH_ROWS..(number + 1) * BATCH_ROWS;
        let keys = K::column(rows.clone().map(|row| key(id(row))).collect());
        let prices = Float64Array::from_iter_values(rows.map(|row| (row % 10_000) as f64 / 100.0));
        let columns: Vec<ArrayRef> = vec![keys, Arc::new(prices)];
        batch(number, columns, side)
    };
    (0..BATCHES).map(made).collect()
}
