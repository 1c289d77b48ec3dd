//! Scores and explanations of an application are the same however its rows are cut into steps, and when the state is
//! saved and loaded after every one of them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array};
use rowtime_tests::drive::{Cut, Event, application, run};
use rowtime_tests::seeds;

/// Small forests, so that trees change often; the second reads what WHERE lets through.
const APPLICATION: &str = "
    CREATE STREAM \"IN\" (X DOUBLE, N INTEGER);
    CREATE STREAM SCORES (X DOUBLE, N INTEGER, SCORE DOUBLE, WHY VARCHAR(500));
    CREATE STREAM HIGH (X DOUBLE, SCORE DOUBLE);
    CREATE PUMP P1 AS INSERT INTO SCORES SELECT STREAM * FROM TABLE(RANDOM_CUT_FOREST_WITH_EXPLANATION(
        CURSOR(SELECT STREAM X, N FROM \"IN\"), 9, 12, 40, 3, TRUE));
    CREATE PUMP P2 AS INSERT INTO HIGH SELECT STREAM X, ANOMALY_SCORE FROM TABLE(RANDOM_CUT_FOREST(
        CURSOR(SELECT STREAM X, N FROM \"IN\" WHERE N > 1), 9, 10, 1000)) WHERE ANOMALY_SCORE > 0.8;";

const SOURCE_COLUMNS: usize = 6;

/// Rows of one stream with all fields of it: numbers that come again, NULLs, outliers, and equal times.
fn rows(seed: u64, app_columns: &[arrow::datatypes::DataType]) -> Event {
    let mut random = fastrand::Rng::with_seed(seed);
    let count = random.usize(30..300);
    let mut time = 0;
    let rowtimes: Vec<i64> = (0..count)
        .map(|_| {
            time += random.i64(0..3) * 500;
            time
        })
        .collect();
    let x: Vec<Option<f64>> = (0..count)
        .map(|_| match random.u8(0..20) {
            0 => None,
            1 => Some(1e6 * random.f64()),
            2..8 => Some(f64::from(random.u8(0..3))),
            _ => Some(random.f64()),
        })
        .collect();
    let n: Vec<Option<i32>> = (0..count)
        .map(|_| (random.u8(0..20) > 0).then(|| random.i32(0..5)))
        .collect();
    let mut columns: Vec<ArrayRef> = vec![Arc::new(Float64Array::from(x)), Arc::new(Int32Array::from(n))];
    columns.extend(
        app_columns[2..]
            .iter()
            .map(|kind| arrow::array::new_null_array(kind, count)),
    );
    Event::Rows { rowtimes, columns }
}

#[test]
fn neither_cuts_nor_restores_show() {
    let app = application(APPLICATION);
    let source = app.streams.iter().find(|stream| stream.name == "IN").unwrap();
    let kinds: Vec<_> = source.fields.iter().map(|field| field.ty.arrow()).collect();
    assert_eq!(kinds.len(), SOURCE_COLUMNS);
    let mut high = 0;
    for seed in 0..seeds::count(6) {
        let events = [rows(seed, &kinds)];
        let cut = |batch_rows, restore| {
            let mut outcome = run(&app, "IN", &events, Cut { batch_rows, restore });
            // How the rows of two streams stand between each other is a matter of steps; their own order is not.
            outcome.rows.sort_by_key(|row| row.starts_with("HIGH"));
            outcome
        };
        let whole = cut(1000, false);
        assert!(whole.errors.is_empty());
        high += whole.rows.iter().filter(|row| row.starts_with("HIGH")).count();
        for (batch_rows, restore) in [(1, false), (7, false), (1, true), (7, true), (1000, true)] {
            let other = cut(batch_rows, restore);
            assert!(
                whole == other,
                "seed {seed}, {batch_rows} rows, restored: {restore}"
            );
        }
    }
    assert!(high > 10, "{high}");
}
