//! Tumbling windows against a naive reading of `windows-and-time.md` §3, row by row.
//!
//! The oracle shares no code with the engine: it keeps rows in vectors, finds a window by looking at every group,
//! adds in integers, and prints numbers itself. It would miss an error that both make in the meaning of the rule;
//! it catches edges, ties, late rows, lost and doubled rows, and any dependence on how the input is cut.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, StringViewArray, TimestampMillisecondArray};
use fastrand::Rng;
use rowtime_tests::drive::{Cut, Event, Outcome, application, run};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

#[derive(Debug, Clone)]
struct Row {
    t: i64,
    k: Option<&'static str>,
    g: Option<i32>,
    n: Option<i32>,
    /// Eighths, so that sums are exact integers.
    v8: Option<i64>,
    d: i32,
    at: i64,
    m: i32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Window {
    Step(i64),
    FloorMinute,
    Epoch(i64),
    Tumbling(i64),
    CeilMinute,
    /// MONOTONIC(m): closed by rows only.
    Monotonic,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Restamp {
    /// ROWTIME as it is.
    None,
    /// A first pump says `at AS ROWTIME`, which promises nothing.
    Before,
    /// The window says `MIN(s.ROWTIME) AS ROWTIME`.
    After,
}

#[derive(Debug, Clone)]
struct Case {
    window: Window,
    by_k: bool,
    by_g: bool,
    by_at: bool,
    filter: bool,
    having: bool,
    restamp: Restamp,
    rows: Vec<Row>,
    /// (after how many rows, clock).
    advances: Vec<(usize, i64)>,
}

const START: i64 = 1_541_030_400_000;

fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let window = match rng.u8(0..6) {
        0 => Window::Step([1_000, 10_000, 60_000, 3_600_000][rng.usize(0..4)]),
        1 => Window::FloorMinute,
        2 => Window::Epoch([1, 10, 30][rng.usize(0..3)] * 1_000),
        3 => Window::Tumbling([2_000, 60_000][rng.usize(0..2)]),
        4 => Window::CeilMinute,
        _ => Window::Monotonic,
    };
    let restamp = match rng.u8(0..6) {
        0 | 1 => Restamp::Before,
        2 if window != Window::Monotonic => Restamp::After,
        _ => Restamp::None,
    };
    let (mut t, mut m) = (START, 0);
    let rows = (0..rng.usize(0..120))
        .map(|_| {
            // Four rows in ten share the ROWTIME of the row before; some stand exactly on an edge, some after a gap.
            match rng.u8(0..20) {
                0..8 => {}
                8..11 => t = (t / 10_000 + 1) * 10_000,
                11 => t = (t / 60_000 + 1) * 60_000,
                12 => t += rng.i64(100_000..900_000),
                13 => t += 1,
                _ => t += rng.i64(1..4_000),
            }
            if rng.u8(0..6) == 0 {
                m += rng.i32(1..3);
            }
            Row {
                t,
                k: [None, Some("a"), Some("b"), Some("a longer key than twelve bytes")][rng.usize(0..4)],
                g: [None, Some(0), Some(1)][rng.usize(0..3)],
                n: (rng.u8(0..8) > 0).then(|| rng.i32(-50..50)),
                v8: (rng.u8(0..8) > 0).then(|| rng.i64(-4_000..4_000)),
                d: i32::from(rng.u8(0..10) > 0) * rng.i32(1..4),
                at: t + rng.i64(-6_000..6_000) * i64::from(rng.bool()),
                m,
            }
        })
        .collect::<Vec<_>>();
    let advances = (0..rng.usize(0..3))
        .filter_map(|_| {
            let after = rng.usize(0..=rows.len());
            let from = if after == 0 { START } else { rows[after - 1].t };
            let to = rows.get(after).map_or(from + 120_000, |r| r.t);
            (from <= to).then(|| (after, rng.i64(from..=to)))
        })
        .collect::<Vec<_>>();
    let mut advances = advances;
    advances.sort_unstable();
    Case {
        window,
        by_k: rng.bool(),
        by_g: rng.bool(),
        by_at: rng.u8(0..4) == 0,
        filter: rng.bool(),
        having: rng.u8(0..3) == 0,
        restamp,
        rows,
        advances,
    }
}

impl Case {
    fn sql(&self) -> String {
        let window = match self.window {
            Window::Step(ms) => format!("STEP(s.ROWTIME BY INTERVAL '{}' {})", amount(ms), unit(ms)),
            Window::FloorMinute => "FLOOR(s.ROWTIME TO MINUTE)".to_owned(),
            Window::Epoch(ms) => format!(
                "FLOOR((s.ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / {} TO SECOND)",
                ms / 1_000
            ),
            Window::Tumbling(ms) => format!("WINDOW_TUMBLING({} {})", amount(ms), unit(ms)),
            Window::CeilMinute => "CEIL(s.ROWTIME TO MINUTE)".to_owned(),
            Window::Monotonic => "MONOTONIC(s.m)".to_owned(),
        };
        let mut keys = Vec::new();
        let mut selected = String::new();
        for (wanted, key) in [
            (self.by_k, "s.k"),
            (self.by_g, "s.g"),
            (self.by_at, "FLOOR(s.at TO MINUTE)"),
        ] {
            keys.extend(wanted.then_some(key));
            let item = if wanted {
                key.to_owned()
            } else {
                null_of(key).to_owned()
            };
            let _ = write!(selected, "{item}, ");
        }
        let at = keys.len() / 2;
        keys.insert(at, &window);
        let source = if self.restamp == Restamp::Before {
            "MIDDLE"
        } else {
            "S"
        };
        let mut sql = "CREATE STREAM S (k VARCHAR(40), g INTEGER, n INTEGER, v DOUBLE, d INTEGER, at TIMESTAMP, m INTEGER);\n"
            .to_owned();
        sql.push_str("CREATE STREAM O (k VARCHAR(40), g INTEGER, at TIMESTAMP, c BIGINT, cv BIGINT, sn INTEGER, q INTEGER, sv DOUBLE, av DOUBLE, lo DOUBLE, hi INTEGER, f INTEGER, l DOUBLE);\n");
        if self.restamp == Restamp::Before {
            sql.push_str("CREATE STREAM MIDDLE (k VARCHAR(40), g INTEGER, n INTEGER, v DOUBLE, d INTEGER, at TIMESTAMP, m INTEGER);\n");
            sql.push_str("CREATE PUMP R AS INSERT INTO MIDDLE SELECT STREAM k, g, n, v, d, at, m, at AS ROWTIME FROM S;\n");
        }
        let _ = writeln!(
            sql,
            "CREATE PUMP P AS INSERT INTO O SELECT STREAM {selected}COUNT(*), COUNT(s.v), SUM(s.n), SUM(60 / s.d), SUM(s.v), AVG(s.v), \
             MIN(s.v), MAX(s.n), FIRST_VALUE(s.n), LAST_VALUE(s.v){} FROM {source} AS s {} GROUP BY {} {};",
            if self.restamp == Restamp::After {
                ", MIN(s.ROWTIME) AS ROWTIME"
            } else {
                ""
            },
            if self.filter { "WHERE s.n <> 3" } else { "" },
            keys.join(", "),
            if self.having { "HAVING COUNT(*) > 1" } else { "" },
        );
        sql
    }

    fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        let mut from = 0;
        for &(after, to) in &self.advances {
            events.push(rows_event(&self.rows[from..after]));
            events.push(Event::Advance(to));
            from = after;
        }
        events.push(rows_event(&self.rows[from..]));
        events
    }
}

fn null_of(key: &str) -> &'static str {
    match key {
        "s.k" => "CAST(NULL AS VARCHAR(40))",
        "s.g" => "CAST(NULL AS INTEGER)",
        _ => "CAST(NULL AS TIMESTAMP)",
    }
}

fn amount(ms: i64) -> i64 {
    if ms % 3_600_000 == 0 {
        ms / 3_600_000
    } else {
        ms / 1_000
    }
}

fn unit(ms: i64) -> &'static str {
    if ms % 3_600_000 == 0 { "HOUR" } else { "SECOND" }
}

fn rows_event(rows: &[Row]) -> Event {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|r| r.k).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|r| r.g).collect::<Int32Array>()),
        Arc::new(rows.iter().map(|r| r.n).collect::<Int32Array>()),
        Arc::new(
            rows.iter()
                .map(|r| r.v8.map(|v| v as f64 / 8.0))
                .collect::<Float64Array>(),
        ),
        Arc::new(rows.iter().map(|r| Some(r.d)).collect::<Int32Array>()),
        Arc::new(
            rows.iter()
                .map(|r| Some(r.at))
                .collect::<TimestampMillisecondArray>(),
        ),
        Arc::new(rows.iter().map(|r| Some(r.m)).collect::<Int32Array>()),
    ];
    Event::Rows {
        rowtimes: rows.iter().map(|r| r.t).collect(),
        columns,
    }
}

/// What the oracle expects.
#[derive(Default)]
struct Expected {
    rows: Vec<String>,
    failed: usize,
    late: usize,
    filtered: usize,
}

#[derive(PartialEq, Clone)]
struct Key(Option<&'static str>, Option<i32>, Option<i64>);

struct Open {
    window: i64,
    groups: Vec<(Key, Vec<Row>)>,
}

fn oracle(case: &Case) -> Expected {
    let mut expected = Expected::default();
    let (rows, advances, last) = restamped(case, &mut expected);
    let mut open: Option<Open> = None;
    let mut last_out = i64::MIN;
    let mut advances = advances.into_iter().peekable();
    for (i, row) in rows.iter().enumerate() {
        while let Some((_, to)) = advances.next_if(|(after, _)| *after <= i) {
            clock_moves(case, &mut open, to, &mut last_out, &mut expected);
        }
        clock_moves(case, &mut open, row.t, &mut last_out, &mut expected);
        if case.filter && row.n.is_none_or(|n| n == 3) {
            expected.filtered += 1;
            continue;
        }
        if row.d == 0 {
            expected.failed += 1;
            continue;
        }
        let window = match case.window {
            Window::Monotonic => i64::from(row.m),
            _ => end_of(case.window, row.t),
        };
        if open.as_ref().is_some_and(|o| o.window != window) {
            close(case, &mut open, row.t, &mut last_out, &mut expected);
        }
        let key = Key(
            row.k.filter(|_| case.by_k),
            row.g.filter(|_| case.by_g),
            case.by_at.then(|| row.at.div_euclid(60_000) * 60_000),
        );
        let open = open.get_or_insert(Open {
            window,
            groups: Vec::new(),
        });
        match open.groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, rows)) => rows.push(row.clone()),
            None => open.groups.push((key, vec![row.clone()])),
        }
    }
    for (_, to) in advances {
        clock_moves(case, &mut open, to, &mut last_out, &mut expected);
    }
    close(case, &mut open, last, &mut last_out, &mut expected);
    expected
}

/// `at AS ROWTIME`: late below the input's ROWTIME just before the row (its row before, or an advance), and below
/// the last value given out. Also says how far the stream's
/// rows and advances have brought its clock when the input ends.
fn restamped(case: &Case, expected: &mut Expected) -> (Vec<Row>, Vec<(usize, i64)>, i64) {
    let rows_and_advances = case
        .rows
        .iter()
        .map(|r| r.t)
        .chain(case.advances.iter().map(|a| a.1));
    let end = rows_and_advances.max().unwrap_or(START);
    if case.restamp != Restamp::Before {
        return (case.rows.clone(), case.advances.clone(), end);
    }
    let (mut before, mut last) = (i64::MIN, i64::MIN);
    let mut rows = Vec::new();
    let mut advances = Vec::new();
    let mut pending = case.advances.iter().peekable();
    for (i, row) in case.rows.iter().enumerate() {
        while let Some((_, to)) = pending.next_if(|(after, _)| *after <= i) {
            before = before.max(*to);
            advances.push((rows.len(), before.max(last)));
        }
        if row.at < before || row.at < last {
            expected.late += 1;
        } else {
            last = row.at;
            rows.push(Row {
                t: row.at,
                ..row.clone()
            });
        }
        before = before.max(row.t);
    }
    for (_, to) in pending {
        before = before.max(*to);
        advances.push((rows.len(), before.max(last)));
    }
    let end = rows.iter().map(|r| r.t).chain(advances.iter().map(|a| a.1)).max();
    (rows, advances, end.unwrap_or(START))
}

fn clock_moves(case: &Case, open: &mut Option<Open>, to: i64, last_out: &mut i64, expected: &mut Expected) {
    if case.window != Window::Monotonic && open.as_ref().is_some_and(|o| o.window <= to) {
        close(case, open, to, last_out, expected);
    }
}

/// The first millisecond that is no longer in the window of `t`.
fn end_of(window: Window, t: i64) -> i64 {
    match window {
        Window::Step(w) | Window::Epoch(w) | Window::Tumbling(w) => t - t.rem_euclid(w) + w,
        Window::FloorMinute => t - t.rem_euclid(60_000) + 60_000,
        Window::CeilMinute if t.rem_euclid(60_000) == 0 => t + 1,
        Window::CeilMinute => t - t.rem_euclid(60_000) + 60_001,
        Window::Monotonic => 0,
    }
}

fn close(case: &Case, open: &mut Option<Open>, now: i64, last_out: &mut i64, expected: &mut Expected) {
    let Some(open) = open.take() else {
        return;
    };
    for (key, rows) in open.groups {
        if case.having && rows.len() < 2 {
            continue;
        }
        let rowtime = match (case.restamp, case.window) {
            (Restamp::After, _) => rows.iter().map(|r| r.t).fold(i64::MAX, i64::min),
            (_, Window::Monotonic) => now,
            _ => open.window,
        };
        if rowtime < *last_out {
            expected.late += 1;
            continue;
        }
        *last_out = rowtime;
        expected.rows.push(line(rowtime, &key, &rows));
    }
}

fn line(rowtime: i64, key: &Key, rows: &[Row]) -> String {
    let ns: Vec<i32> = rows.iter().filter_map(|r| r.n).collect();
    let vs: Vec<i64> = rows.iter().filter_map(|r| r.v8).collect();
    let sum8: i64 = vs.iter().sum();
    let json = |x: Option<String>| x.unwrap_or_else(|| "null".to_owned());
    let eighth = |v: i64| double(v as f64 / 8.0);
    format!(
        "O {} {{\"K\":{},\"G\":{},\"AT\":{},\"C\":{},\"CV\":{},\"SN\":{},\"Q\":{},\"SV\":{},\"AV\":{},\"LO\":{},\"HI\":{},\"F\":{},\"L\":{}}}",
        time(rowtime),
        json(key.0.map(|k| format!("\"{k}\""))),
        json(key.1.map(|g| g.to_string())),
        json(key.2.map(|t| format!("\"{}\"", time(t)))),
        rows.len(),
        vs.len(),
        json((!ns.is_empty()).then(|| ns.iter().sum::<i32>().to_string())),
        rows.iter().map(|r| 60 / r.d).sum::<i32>(),
        json((!vs.is_empty()).then(|| eighth(sum8))),
        json((!vs.is_empty()).then(|| double(sum8 as f64 / (8 * vs.len()) as f64))),
        json(vs.iter().min().map(|v| eighth(*v))),
        json(ns.iter().max().map(i32::to_string)),
        json(rows[0].n.map(|n| n.to_string())),
        json(rows[rows.len() - 1].v8.map(eighth)),
    )
}

fn double(x: f64) -> String {
    // Values here stay between a thousandth and ten million, where Java and Rust print alike.
    format!("{:?}", x + 0.0)
}

fn time(ms: i64) -> String {
    // November 2018 only.
    let since = ms - START;
    let day = since.div_euclid(86_400_000) + 1;
    let rest = since.rem_euclid(86_400_000);
    let date = if day < 1 {
        format!("2018-10-{:02}", 31 + day)
    } else {
        format!("2018-11-{day:02}")
    };
    format!(
        "{date} {:02}:{:02}:{:02}.{:03}",
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1_000 % 60,
        rest % 1_000
    )
}

fn check(seed: u64) -> Result<(), String> {
    let case = case(seed);
    let sql = case.sql();
    let app = application(&sql);
    let expected = oracle(&case);
    let events = case.events();
    let mut first: Option<Outcome> = None;
    for batch_rows in [1, 7, 1_000] {
        for restore in [false, true] {
            let mut outcome = run(&app, "S", &events, Cut { batch_rows, restore });
            let rows: Vec<&String> = outcome.rows.iter().filter(|r| r.starts_with("O ")).collect();
            if rows != expected.rows.iter().collect::<Vec<_>>() {
                return Err(format!(
                    "seed {seed}, batch {batch_rows}, restore {restore}:\n{sql}\nexpected {:#?}\ngot {rows:#?}\n{case:#?}",
                    expected.rows
                ));
            }
            let failed = outcome
                .errors
                .iter()
                .filter(|e| e.contains("Division by zero"))
                .count();
            let late = outcome
                .errors
                .iter()
                .filter(|e| e.contains("Out of order row"))
                .count();
            let filtered: u64 = outcome.counts.iter().map(|(_, c)| c.rows_filtered).sum();
            if (failed, late, filtered) != (expected.failed, expected.late, expected.filtered as u64) {
                return Err(format!(
                    "seed {seed}, batch {batch_rows}: failed {failed} late {late} filtered {filtered}, expected {} {} {}\n{sql}",
                    expected.failed, expected.late, expected.filtered
                ));
            }
            for (pump, c) in &outcome.counts {
                if c.rows_in != c.rows_passed + c.rows_filtered + c.rows_failed + c.rows_late {
                    return Err(format!(
                        "seed {seed}: the books of {pump} do not balance: {c:?}\n{sql}"
                    ));
                }
            }
            // Between streams there is no order; within each there is.
            outcome.rows.sort_by_key(|r| !r.starts_with("O "));
            if let Some(first) = &first
                && *first != outcome
            {
                return Err(format!(
                    "seed {seed}: batch {batch_rows}, restore {restore} shows in the output\n{sql}"
                ));
            }
            first = Some(outcome);
        }
    }
    Ok(())
}

#[test]
fn tumbling_windows_are_what_the_naive_reading_says() {
    let seeds = SAVED_SEEDS.into_iter().chain(0..seeds::count(100));
    let failures: Vec<String> = seeds.filter_map(|seed| check(seed).err()).collect();
    assert!(
        failures.is_empty(),
        "{} seeds failed; the first:\n{}",
        failures.len(),
        failures[0]
    );
}
