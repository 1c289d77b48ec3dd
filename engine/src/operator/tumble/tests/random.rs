//! Random streams against a naive row-by-row window: many equal ROWTIMEs, NULL keys, gaps, failing rows.

use std::collections::HashMap;
use std::fmt::Write;

use super::*;

const MINUTE: i64 = 60_000;

#[derive(Clone, Copy)]
struct Row {
    rowtime: i64,
    city: Option<u8>,
    /// 0 fails.
    value: Option<i32>,
}

fn stream(rng: &mut fastrand::Rng) -> Vec<Row> {
    let mut rowtime = rng.i64(0..MINUTE);
    let mut rows = Vec::new();
    for _ in 0..rng.usize(1..60) {
        rowtime += match rng.u8(0..8) {
            0..4 => 0,
            4 | 5 => rng.i64(0..20_000),
            6 => MINUTE - rowtime % MINUTE,
            _ => rng.i64(0..5) * MINUTE,
        };
        rows.push(Row {
            rowtime,
            city: rng.bool().then(|| rng.u8(0..4)),
            value: (rng.u8(0..5) > 0).then(|| rng.i32(0..6)),
        });
    }
    rows
}

#[derive(Default)]
struct Totals {
    sum: Option<i32>,
    count: i64,
    last: Option<i32>,
}

/// SUM(100 / value), COUNT(*) and LAST_VALUE(100 / value) by minute and city, one row at a time.
fn naive(rows: &[Row]) -> Vec<String> {
    let mut windows: Vec<(i64, Vec<Option<u8>>)> = Vec::new();
    let mut groups: HashMap<(i64, Option<u8>), Totals> = HashMap::new();
    for row in rows.iter().filter(|r| r.value != Some(0)) {
        let window = row.rowtime / MINUTE;
        if windows.last().is_none_or(|w| w.0 != window) {
            windows.push((window, Vec::new()));
        }
        let cities = &mut windows.last_mut().unwrap().1;
        if !cities.contains(&row.city) {
            cities.push(row.city);
        }
        let group = groups.entry((window, row.city)).or_default();
        let share = row.value.map(|v| 100 / v);
        group.sum = share.map(|s| s + group.sum.unwrap_or(0)).or(group.sum);
        group.count += 1;
        group.last = share;
    }
    let shown = |v: Option<i32>| v.map_or("null".to_owned(), |v| v.to_string());
    let mut out = Vec::new();
    for (window, cities) in windows {
        for city in cities {
            let Totals { sum, count, last } = groups[&(window, city)];
            let mut line = timestamp_text((window + 1) * MINUTE);
            let city = city.map_or("null".to_owned(), |c| format!("\"{}\"", city_name(c)));
            let start = timestamp_text(window * MINUTE);
            let (sum, last) = (shown(sum), shown(last));
            let _ = write!(
                line,
                r#" {{"C0":"{start}","C1":{city},"C2":{sum},"C3":{count},"C4":{last}}}"#
            );
            out.push(line);
        }
    }
    out
}

fn city_name(city: u8) -> String {
    format!("a city far away, number {city}")
}

#[test]
fn random_streams_as_a_naive_window() {
    let mut rng = fastrand::Rng::with_seed(34);
    let int = SqlType::Integer;
    let share = || {
        let args = vec![integer(100, int), column(1, int)];
        Some(call(Function::Divide, args, int))
    };
    let last = F::LastValue { ignore_nulls: false };
    let query = Query::by_clock(
        &[CITY, int],
        floor(TimeUnit::Minute),
        vec![column(0, CITY)],
        vec![
            aggregate(F::Sum, share(), int),
            count(),
            aggregate(last, share(), int),
        ],
    );
    for trial in 0..150 {
        let rows = stream(&mut rng);
        let cities: StringViewArray = rows.iter().map(|r| r.city.map(city_name)).collect();
        let values: Int32Array = rows.iter().map(|r| r.value).collect();
        let rowtimes = rows.iter().map(|r| r.rowtime).collect();
        let events = [
            Event::Rows(rowtimes, vec![Arc::new(cities), Arc::new(values)]),
            END,
        ];
        let seen = query.run_all(&events);
        assert_eq!(seen.rows, naive(&rows), "trial {trial}");
        let failing = rows.iter().filter(|r| r.value == Some(0)).count();
        assert_eq!(seen.errors[0].len(), failing, "trial {trial}");
        assert_eq!(seen.counts.rows_passed as usize, rows.len() - failing);
    }
}
