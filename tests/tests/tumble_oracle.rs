//! Tumbling windows against a naive reading of `windows-and-time.md` §3, row by row.
//!
//! The oracle shares no code with the engine: it keeps rows in vectors, finds a window by looking at every group,
//! adds in integers, and prints numbers itself. It would miss an error that both make in the meaning of the rule;
//! it catches edges, ties, late rows, lost and doubled rows, and any dependence on how the input is cut.

use std::fmt::Write as _;

use fastrand::Rng;
use rowtime_tests::cuts::{Expected, check};
use rowtime_tests::rows::{COLUMNS, Happening, Input, Row, eighths, json, text, time};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

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
    input: Input,
}

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
    let input = Input::of_numbers(&mut rng, 120, 50, 4_000);
    Case {
        window,
        by_k: rng.bool(),
        by_g: rng.bool(),
        by_at: rng.u8(0..4) == 0,
        filter: rng.bool(),
        having: rng.u8(0..3) == 0,
        restamp,
        input,
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
        let mut sql = format!("CREATE STREAM S {COLUMNS};\n");
        sql.push_str("CREATE STREAM O (k VARCHAR(40), g INTEGER, at TIMESTAMP, c BIGINT, cv BIGINT, sn INTEGER, q INTEGER, sv DOUBLE, av DOUBLE, lo DOUBLE, hi INTEGER, f INTEGER, l DOUBLE);\n");
        if self.restamp == Restamp::Before {
            let _ = writeln!(sql, "CREATE STREAM MIDDLE {COLUMNS};");
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

#[derive(PartialEq, Clone)]
struct Key(Option<&'static str>, Option<i32>, Option<i64>);

struct Open {
    window: i64,
    groups: Vec<(Key, Vec<Row>)>,
}

fn oracle(case: &Case) -> Expected {
    let (input, late) = match case.restamp {
        Restamp::Before => case.input.restamped(),
        _ => (case.input.clone(), 0),
    };
    let mut expected = Expected {
        late,
        ..Expected::default()
    };
    let (mut open, mut last_out, mut filtered) = (None, i64::MIN, 0);
    for happening in input.happenings() {
        clock_moves(case, &mut open, happening.time(), &mut last_out, &mut expected);
        let Happening::Row(row) = happening else { continue };
        if case.filter && row.n.is_none_or(|n| n == 3) {
            filtered += 1;
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
        if open.as_ref().is_some_and(|o: &Open| o.window != window) {
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
    close(case, &mut open, input.last(), &mut last_out, &mut expected);
    expected.filtered = Some(filtered);
    expected
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
    format!(
        "O {} {{\"K\":{},\"G\":{},\"AT\":{},\"C\":{},\"CV\":{},\"SN\":{},\"Q\":{},\"SV\":{},\"AV\":{},\"LO\":{},\"HI\":{},\"F\":{},\"L\":{}}}",
        time(rowtime),
        text(key.0),
        json(key.1),
        text(key.2.map(time).as_deref()),
        rows.len(),
        vs.len(),
        json((!ns.is_empty()).then(|| ns.iter().sum::<i32>())),
        rows.iter().map(|r| 60 / r.d).sum::<i32>(),
        json((!vs.is_empty()).then(|| eighths(sum8))),
        json((!vs.is_empty()).then(|| double(sum8 as f64 / (8 * vs.len()) as f64))),
        json(vs.iter().min().map(|v| eighths(*v))),
        json(ns.iter().max()),
        json(rows[0].n),
        json(rows[rows.len() - 1].v8.map(eighths)),
    )
}

fn double(x: f64) -> String {
    // Values here stay between a thousandth and ten million, where Java and Rust print alike.
    format!("{:?}", x + 0.0)
}

#[test]
fn tumbling_windows_are_what_the_naive_reading_says() {
    seeds::check_all(&SAVED_SEEDS, 100, |seed| {
        let case = case(seed);
        check(seed, &case.sql(), &case.input.events(), Some(&oracle(&case)))
    });
}
