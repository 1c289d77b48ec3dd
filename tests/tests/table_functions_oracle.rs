//! TOP_K_ITEMS_TUMBLING, COUNT_DISTINCT_ITEMS_TUMBLING, HOTSPOTS and GROUP_RANK against a naive reading of
//! `functions.md` §2.1, §10 and §11.
//!
//! The oracle shares no code with the engine: it keeps rows in vectors, counts by looking at every one, and finds the
//! hotspots of every row anew from all pairs of points. Its points stand on a grid, so that distances are integers.
//! It would miss an error that both make in the meaning of the rule; it catches edges, ties, lost and doubled rows,
//! stale neighbours, and any dependence on how the input is cut.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, StringViewArray};
use fastrand::Rng;
use rowtime_tests::cuts::{Expected, check};
use rowtime_tests::drive::Event;
use rowtime_tests::rows::{self, START, json, text, time};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

const ITEMS: [&str; 5] = ["a", "b", "", "an item longer than twelve bytes", "c"];

#[derive(Debug, Clone, Copy)]
struct Row {
    t: i64,
    k: Option<&'static str>,
    n: Option<i32>,
    /// Quarters.
    x4: Option<i64>,
    y4: Option<i64>,
    d: i32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Function {
    TopK {
        by_text: bool,
        k: usize,
        seconds: i64,
    },
    CountDistinct {
        by_text: bool,
        seconds: i64,
    },
    Hotspots {
        both: bool,
        window: usize,
        radius4: i64,
        points: usize,
    },
    GroupRank {
        by_text: bool,
        descending: bool,
        output: &'static str,
        most: usize,
    },
}

#[derive(Debug, Clone)]
struct Case {
    function: Function,
    filter: bool,
    rows: Vec<Row>,
    /// (after how many rows, clock).
    advances: Vec<(usize, i64)>,
}

fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let by_text = rng.bool();
    let function = match rng.u8(0..4) {
        0 => Function::TopK {
            by_text,
            k: rng.usize(1..6),
            seconds: [1, 7, 10, 60, 3_600][rng.usize(0..5)],
        },
        1 => Function::CountDistinct {
            by_text,
            seconds: [1, 7, 10, 60, 3_600][rng.usize(0..5)],
        },
        2 => Function::Hotspots {
            both: rng.bool(),
            window: rng.usize(100..130),
            radius4: rng.i64(1..8),
            points: rng.usize(2..12),
        },
        _ => Function::GroupRank {
            by_text,
            descending: rng.bool(),
            output: ["asc", "desc", "none"][rng.usize(0..3)],
            most: rng.usize(0..4),
        },
    };
    let most = if matches!(function, Function::Hotspots { .. }) {
        320
    } else {
        120
    };
    // Points on a wide grid have neighbours at the radius only: then some stand between two hotspots.
    let (spread, step) = match function {
        Function::Hotspots { radius4, .. } if rng.bool() => (rng.i64(2..6), radius4),
        _ => (rng.i64(5..60), 1),
    };
    let mut t = START;
    let rows: Vec<Row> = (0..rng.usize(0..most))
        .map(|_| {
            // Half of the rows share the ROWTIME of the row before; some stand exactly on an edge, some after a gap.
            match rng.u8(0..20) {
                0..10 => {}
                10..12 => t = (t / 10_000 + 1) * 10_000,
                12 => t = (t / 7_000 + 1) * 7_000,
                13 => t += rng.i64(100_000..9_000_000),
                14 => t += 1,
                _ => t += rng.i64(1..4_000),
            }
            let mut coordinate = || (rng.u8(0..12) > 0).then(|| rng.i64(-spread..spread) * step);
            let (x4, y4) = (coordinate(), coordinate());
            Row {
                t,
                k: (rng.u8(0..6) > 0).then(|| ITEMS[rng.usize(0..ITEMS.len())]),
                n: (rng.u8(0..6) > 0).then(|| rng.i32(-3..4)),
                x4,
                y4,
                d: i32::from(rng.u8(0..12) > 0),
            }
        })
        .collect();
    let rowtimes: Vec<i64> = rows.iter().map(|r| r.t).collect();
    let advances = rows::advances(&mut rng, 4, &rowtimes);
    Case {
        function,
        filter: rng.bool(),
        rows,
        advances,
    }
}

impl Case {
    fn sql(&self) -> String {
        let filter = if self.filter { " WHERE S.n <> 3" } else { "" };
        // The quotient fails where d is zero, and is n everywhere else.
        let cursor = match self.function {
            Function::Hotspots { both: false, .. } => {
                format!("CURSOR(SELECT STREAM n / d AS q, k, x FROM S{filter})")
            }
            Function::Hotspots { both: true, .. } => {
                format!("CURSOR(SELECT STREAM k, y, CAST(n / d AS VARCHAR(9)) AS q, x FROM S{filter})")
            }
            _ => format!("CURSOR(SELECT STREAM n / d AS q, k FROM S{filter})"),
        };
        let column = |by_text: bool| if by_text { "K" } else { "Q" };
        let (fields, items, call) = match self.function {
            Function::TopK { by_text, k, seconds } => (
                "ITEM VARCHAR(1024), C BIGINT",
                "ITEM, ITEM_COUNT",
                format!(
                    "TOP_K_ITEMS_TUMBLING({cursor}, '{}', {k}, {seconds})",
                    column(by_text)
                ),
            ),
            Function::CountDistinct { by_text, seconds } => (
                "C BIGINT",
                "NUMBER_OF_DISTINCT_ITEMS",
                format!(
                    "COUNT_DISTINCT_ITEMS_TUMBLING({cursor}, '{}', {seconds})",
                    column(by_text)
                ),
            ),
            Function::Hotspots {
                window,
                radius4,
                points,
                ..
            } => (
                "K VARCHAR(40), H VARCHAR(10000)",
                "k, HOTSPOTS_RESULT",
                format!("HOTSPOTS({cursor}, {window}, {}, {points})", radius4 as f64 / 4.0),
            ),
            Function::GroupRank {
                by_text,
                descending,
                output,
                most,
            } => (
                "K VARCHAR(40), Q INTEGER, R INTEGER",
                "k, q, \"r\"",
                format!(
                    "GROUP_RANK({cursor}, '{}', 'r', '{}', '{output}', 5, {most})",
                    column(by_text),
                    if descending { "desc" } else { "asc" }
                ),
            ),
        };
        format!(
            "CREATE STREAM S (k VARCHAR(40), n INTEGER, x DOUBLE, y DOUBLE, d INTEGER);\nCREATE STREAM O ({fields});\n\
             CREATE PUMP P AS INSERT INTO O SELECT STREAM {items} FROM TABLE({call});\n"
        )
    }

    fn events(&self) -> Vec<Event> {
        rows::events(&self.rows, &self.advances, rows_event)
    }
}

fn rows_event(rows: &[Row]) -> Event {
    let quarter = |v: Option<i64>| v.map(|v| v as f64 / 4.0);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|r| r.k).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|r| r.n).collect::<Int32Array>()),
        Arc::new(rows.iter().map(|r| quarter(r.x4)).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|r| quarter(r.y4)).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|r| Some(r.d)).collect::<Int32Array>()),
    ];
    Event::Rows {
        rowtimes: rows.iter().map(|r| r.t).collect(),
        columns,
    }
}

fn oracle(case: &Case) -> Expected {
    let mut expected = Expected::default();
    let (mut rows, mut filtered) = (Vec::new(), 0);
    for row in &case.rows {
        if case.filter && row.n.is_none_or(|n| n == 3) {
            filtered += 1;
        } else if row.d == 0 && row.n.is_some() {
            expected.failed += 1;
        } else {
            rows.push(*row);
        }
    }
    expected.filtered = Some(filtered);
    expected.rows = match case.function {
        Function::TopK { by_text, k, seconds } => windows(&rows, seconds * 1_000, |end, rows| {
            let items = items(rows, by_text);
            let mut counts: Vec<(String, usize)> = Vec::new();
            for item in items.iter().flatten() {
                match counts.iter_mut().find(|(known, _)| known == item) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((item.clone(), 1)),
                }
            }
            // Stable: equal counts stay in order of first appearance.
            counts.sort_by_key(|(_, count)| usize::MAX - count);
            counts.truncate(k);
            let line = |(item, count)| format!("O {} {{\"ITEM\":\"{item}\",\"C\":{count}}}", time(end));
            counts.into_iter().map(line).collect()
        }),
        Function::CountDistinct { by_text, seconds } => windows(&rows, seconds * 1_000, |end, rows| {
            let mut items: Vec<String> = items(rows, by_text).into_iter().flatten().collect();
            items.sort();
            items.dedup();
            vec![format!("O {} {{\"C\":{}}}", time(end), items.len())]
        }),
        Function::Hotspots {
            both,
            window,
            radius4,
            points,
        } => hotspots(&rows, both, window, radius4, points),
        Function::GroupRank { .. } => ranks(&rows, case.function),
    };
    expected
}

fn items(rows: &[Row], by_text: bool) -> Vec<Option<String>> {
    let item = |row: &Row| match by_text {
        true => row.k.map(str::to_owned),
        false => row.n.map(|n| n.to_string()),
    };
    rows.iter().map(item).collect()
}

/// The rows of each window, under its end.
fn windows(rows: &[Row], length: i64, line: impl Fn(i64, &[Row]) -> Vec<String>) -> Vec<String> {
    let mut of_end: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for row in rows {
        of_end
            .entry((row.t / length + 1) * length)
            .or_default()
            .push(*row);
    }
    of_end.iter().flat_map(|(end, rows)| line(*end, rows)).collect()
}

fn ranks(rows: &[Row], function: Function) -> Vec<String> {
    let Function::GroupRank {
        by_text,
        descending,
        output,
        most,
    } = function
    else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for group in rows.chunk_by(|a, b| a.t == b.t) {
        // Greater is more; NULL is the least.
        let more = |a: &Row, b: &Row| match by_text {
            true => a.k > b.k,
            false => a.n > b.n,
        };
        let before = |a: &Row, b: &Row| if descending { more(a, b) } else { more(b, a) };
        let rank = |row: &Row| 1 + group.iter().filter(|other| before(other, row)).count();
        let mut ranked: Vec<(usize, Row)> = group.iter().map(|row| (rank(row), *row)).collect();
        match output {
            "asc" => ranked.sort_by_key(|(rank, _)| *rank),
            "desc" => ranked.sort_by_key(|(rank, _)| usize::MAX - rank),
            _ => {}
        }
        if most > 0 {
            ranked.truncate(most);
        }
        lines.extend(ranked.iter().map(|(rank, row)| {
            let (k, q) = (text(row.k), json(row.n));
            format!("O {} {{\"K\":{k},\"Q\":{q},\"R\":{rank}}}", time(row.t))
        }));
    }
    lines
}

/// A point on the grid: quarters, in the order of the cursor.
type Point = Vec<i64>;

fn hotspots(rows: &[Row], both: bool, window: usize, radius4: i64, least: usize) -> Vec<String> {
    let mut all: Vec<Point> = Vec::new();
    let mut lines = Vec::new();
    for row in rows {
        let point: Option<Point> = match both {
            true => row.y4.zip(row.x4).map(|(y, x)| vec![y, x]),
            false => row.n.zip(row.x4).map(|(n, x)| vec![i64::from(n) * 4, x]),
        };
        let near = point.map_or_else(Vec::new, |point| {
            all.push(point);
            near(&all[all.len().saturating_sub(window)..], radius4, least)
        });
        let k = text(row.k);
        let list = near.join(",").replace('"', "\\\"");
        lines.push(format!(
            "O {} {{\"K\":{k},\"H\":\"{{\\\"hotspots\\\":[{list}]}}\"}}",
            time(row.t)
        ));
    }
    lines
}

/// The hotspots near the last of these points, by the letter of DBSCAN.
fn near(points: &[Point], radius4: i64, least: usize) -> Vec<String> {
    let newest = points.len() - 1;
    let close = |a: usize, b: usize| {
        let apart = points[a].iter().zip(&points[b]).map(|(p, q)| (p - q) * (p - q));
        apart.sum::<i64>() <= radius4 * radius4
    };
    let neighbours = |a: usize| (0..points.len()).filter(move |&b| close(a, b));
    let core: Vec<bool> = (0..points.len())
        .map(|a| neighbours(a).count() >= least)
        .collect();
    // Core points take the least number of those that they reach, until nothing changes.
    let mut number: Vec<usize> = (0..points.len()).collect();
    loop {
        let mut changed = false;
        for a in (0..points.len()).filter(|&a| core[a]) {
            for b in neighbours(a).filter(|&b| core[b]) {
                if number[b] < number[a] {
                    number[a] = number[b];
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    let mut near: Vec<usize> = neighbours(newest)
        .filter(|&b| core[b])
        .map(|b| number[b])
        .collect();
    near.sort_unstable();
    near.dedup();
    let mut found: Vec<(f64, usize, String)> = Vec::new();
    for cluster in near {
        let in_it = |a: usize| neighbours(a).any(|b| core[b] && number[b] == cluster);
        let members: Vec<&Point> = (0..points.len())
            .filter(|&a| in_it(a))
            .map(|a| &points[a])
            .collect();
        let side = |pick: fn(i64, i64) -> i64, column: usize| {
            members.iter().map(|m| m[column]).reduce(pick).unwrap_or_default()
        };
        let columns = 0..points[newest].len();
        let least: Vec<i64> = columns.clone().map(|c| side(i64::min, c)).collect();
        let greatest: Vec<i64> = columns.clone().map(|c| side(i64::max, c)).collect();
        // In sixteenths or quarters: exact.
        let size: i64 = columns
            .clone()
            .map(|c| match greatest[c] - least[c] {
                0 => radius4,
                side => side,
            })
            .product();
        let density = members.len() as f64 / (size as f64 / f64::powi(4.0, columns.len() as i32));
        let list = |values: &[i64]| {
            let texts: Vec<String> = values.iter().map(|v| java(*v as f64 / 4.0)).collect();
            texts.join(",")
        };
        found.push((
            density,
            cluster,
            format!(
                "{{\"density\":{},\"minValues\":[{}],\"maxValues\":[{}]}}",
                java(density),
                list(&least),
                list(&greatest)
            ),
        ));
    }
    // The least number of a cluster is its oldest core point.
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    found.into_iter().map(|(_, _, text)| text).collect()
}

/// As Java prints it between a thousandth and ten million.
fn java(x: f64) -> String {
    assert!(x == 0.0 || (1e-3..1e7).contains(&x.abs()), "{x}");
    format!("{x:?}")
}

#[test]
fn table_functions_are_what_the_naive_reading_says() {
    seeds::check_all(&SAVED_SEEDS, 60, |seed| {
        let case = case(seed);
        check(seed, &case.sql(), &case.events(), Some(&oracle(&case)))
    });
}
