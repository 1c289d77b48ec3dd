//! Sliding windows against a naive reading of `windows-and-time.md` §4, row by row.
//!
//! The oracle shares no code with the engine: it keeps every row, walks over all of them for each result, adds in
//! integers, and prints numbers itself. Programs, rows and cuts are random: two rows in five share the ROWTIME of the
//! row before, many stand exactly at the edge of a window, keys and values are NULL now and then, some arguments fail
//! (their row enters no window), some results fail (their row has), and some select items fail behind the windows.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int8Array, Int32Array, StringViewArray};
use fastrand::Rng;
use rowtime_tests::cuts::{every_cut, same_rows};
use rowtime_tests::drive::{Event, Outcome, application};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

const START: i64 = 1_541_030_400_000;

#[derive(Debug, Clone)]
struct Row {
    t: i64,
    k: Option<&'static str>,
    g: Option<i32>,
    n: Option<i32>,
    /// Eighths, so that sums are exact integers.
    v8: Option<i64>,
    /// Its own sums leave TINYINT.
    tiny: Option<i8>,
    b: Option<bool>,
    /// 0 makes an argument fail.
    d: i32,
    /// 0 makes a select item fail.
    h: i32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Frame {
    Range(i64),
    Rows(usize),
    Unbounded,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    Nothing,
    K,
    G,
    Both,
    Text,
}

#[derive(Debug, Clone, Copy)]
enum Function {
    CountStar,
    CountV,
    SumN,
    SumV,
    SumTiny,
    SumQuotient,
    SumDistinctN,
    AvgN,
    AvgV,
    AvgDistinctV,
    VarPop,
    VarSamp,
    MinV,
    MaxN,
    MinK,
    Any,
    Every,
    First { ignore: bool },
    Last { ignore: bool },
    Nth { n: usize, last: bool, ignore: bool },
    Lag { n: usize, default: bool, ignore: bool },
    LagK,
}

#[derive(Debug, Clone)]
struct Call {
    function: Function,
    by: By,
    frame: Frame,
    over: String,
}

#[derive(Debug, Clone)]
struct Case {
    calls: Vec<Call>,
    clause: String,
    filter: bool,
    divides: bool,
    half_life: i64,
    rows: Vec<Row>,
    /// (after how many rows, clock).
    advances: Vec<(usize, i64)>,
}

fn pick<T: Copy>(rng: &mut Rng, all: &[T]) -> T {
    all[rng.usize(0..all.len())]
}

fn function(rng: &mut Rng) -> Function {
    use Function as F;
    let ignore = rng.bool();
    let n = rng.usize(1..4);
    match rng.u8(0..24) {
        0 => F::CountStar,
        1 => F::CountV,
        2 => F::SumN,
        3 => F::SumV,
        4 => F::SumTiny,
        5 => F::SumQuotient,
        6 => F::SumDistinctN,
        7 => F::AvgN,
        8 => F::AvgV,
        9 => F::AvgDistinctV,
        10 => F::VarPop,
        11 => F::VarSamp,
        12 => F::MinV,
        13 => F::MaxN,
        14 => F::MinK,
        15 => F::Any,
        16 => F::Every,
        17 => F::First { ignore },
        18 => F::Last { ignore },
        19 | 20 => F::Nth {
            n,
            last: rng.bool(),
            ignore,
        },
        21 | 22 => F::Lag {
            n: rng.usize(0..4),
            default: rng.bool(),
            ignore,
        },
        _ => F::LagK,
    }
}

impl Function {
    fn sql(self) -> String {
        use Function as F;
        let nulls = |ignore: bool| if ignore { " IGNORE NULLS" } else { "" };
        match self {
            F::CountStar => "COUNT(*)".to_owned(),
            F::CountV => "COUNT(s.v)".to_owned(),
            F::SumN => "SUM(s.n)".to_owned(),
            F::SumV => "SUM(s.v)".to_owned(),
            F::SumTiny => "SUM(s.tiny)".to_owned(),
            F::SumQuotient => "SUM(60 / s.d)".to_owned(),
            F::SumDistinctN => "SUM(DISTINCT s.n)".to_owned(),
            F::AvgN => "AVG(s.n)".to_owned(),
            F::AvgV => "AVG(s.v)".to_owned(),
            F::AvgDistinctV => "AVG(DISTINCT s.v)".to_owned(),
            F::VarPop => "VAR_POP(s.n)".to_owned(),
            F::VarSamp => "VAR_SAMP(s.n)".to_owned(),
            F::MinV => "MIN(s.v)".to_owned(),
            F::MaxN => "MAX(s.n)".to_owned(),
            F::MinK => "MIN(s.k)".to_owned(),
            F::Any => "ANY(s.b)".to_owned(),
            F::Every => "EVERY(s.b)".to_owned(),
            F::First { ignore } => format!("FIRST_VALUE(s.n){}", nulls(ignore)),
            F::Last { ignore } => format!("LAST_VALUE(s.n){}", nulls(ignore)),
            F::Nth { n, last, ignore } => {
                let from = if last { " FROM LAST" } else { "" };
                format!("NTH_VALUE(s.n, {n}){from}{}", nulls(ignore))
            }
            F::Lag { n, default, ignore } => {
                let default = if default { ", -s.d" } else { "" };
                format!("LAG(s.n, {n}{default}){}", nulls(ignore))
            }
            F::LagK => "LAG(s.k)".to_owned(),
        }
    }

    fn ty(self) -> &'static str {
        use Function as F;
        match self {
            F::CountStar | F::CountV => "BIGINT",
            F::SumV | F::AvgV | F::AvgDistinctV | F::VarPop | F::VarSamp | F::MinV => "DOUBLE",
            F::SumTiny => "TINYINT",
            F::MinK | F::LagK => "VARCHAR(40)",
            F::Any | F::Every => "BOOLEAN",
            _ => "INTEGER",
        }
    }
}

impl By {
    fn sql(self) -> &'static str {
        match self {
            By::Nothing => "",
            By::K => "PARTITION BY s.k",
            By::G => "PARTITION BY s.g",
            By::Both => "PARTITION BY s.g, s.k",
            By::Text => "PARTITION BY s.k || '-'",
        }
    }

    fn key(self, row: &Row) -> (Option<&'static str>, Option<i32>) {
        match self {
            By::Nothing => (None, None),
            By::K | By::Text => (row.k, None),
            By::G => (None, row.g),
            By::Both => (row.k, row.g),
        }
    }
}

fn interval(ms: i64) -> String {
    if ms > 0 && ms % 60_000 == 0 {
        return format!("INTERVAL '{}' MINUTE", ms / 60_000);
    }
    format!("INTERVAL '{}.{:03}' SECOND(2,3)", ms / 1_000, ms % 1_000)
}

fn frame(rng: &mut Rng, rows: &[Row]) -> (Frame, String) {
    let between = rng.bool();
    let text = |kind: &str, size: String| {
        if between {
            format!("{kind} BETWEEN {size} PRECEDING AND CURRENT ROW")
        } else {
            format!("{kind} {size} PRECEDING")
        }
    };
    match rng.u8(0..10) {
        0 => (
            Frame::Unbounded,
            ["", "RANGE UNBOUNDED PRECEDING", "ROWS UNBOUNDED PRECEDING"][rng.usize(0..3)].to_owned(),
        ),
        1 => (Frame::Range(0), "RANGE CURRENT ROW".to_owned()),
        2 => (Frame::Rows(0), "ROWS CURRENT ROW".to_owned()),
        3..6 => {
            let n = pick(rng, &[0, 1, 2, 3, 5, 9, 40]);
            (Frame::Rows(n), text("ROWS", n.to_string()))
        }
        _ => {
            let mut ms = pick(rng, &[0, 1, 999, 1_000, 10_000, 59_999, 60_000, 600_000]);
            if rng.bool() && !rows.is_empty() {
                // As long as the time between two rows, so that one stands exactly at the edge of the other's window.
                let (a, b) = (rng.usize(0..rows.len()), rng.usize(0..rows.len()));
                let between = (rows[a].t - rows[b].t).abs();
                ms = if between < 100_000 { between } else { ms };
            }
            (Frame::Range(ms), text("RANGE", interval(ms)))
        }
    }
}

fn rows(rng: &mut Rng) -> Vec<Row> {
    let mut t = START;
    let overflows = rng.u8(0..4) == 0;
    (0..rng.usize(0..130))
        .map(|_| {
            t += match rng.u8(0..20) {
                0..8 => 0,
                8..10 => pick(rng, &[1, 2, 999, 1_000, 1_001]),
                10..13 => pick(rng, &[10_000, 60_000, 60_001, 9_999]),
                13 => rng.i64(100_000..900_000),
                _ => rng.i64(1..4_000),
            };
            Row {
                t,
                k: pick(
                    rng,
                    &[
                        None,
                        Some("a"),
                        Some("b"),
                        Some("a longer key than twelve bytes"),
                        Some(""),
                    ],
                ),
                g: pick(rng, &[None, Some(0), Some(1)]),
                n: (rng.u8(0..6) > 0).then(|| rng.i32(-20..20)),
                v8: (rng.u8(0..6) > 0).then(|| rng.i64(-4_000..4_000)),
                tiny: (rng.u8(0..6) > 0).then(|| if overflows { rng.i8(-90..90) } else { rng.i8(-1..2) }),
                b: pick(rng, &[None, Some(true), Some(false)]),
                d: i32::from(rng.u8(0..10) > 0) * rng.i32(1..4),
                h: i32::from(rng.u8(0..10) > 0) * rng.i32(1..4),
            }
        })
        .collect()
}

fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let rows = rows(&mut rng);
    let mut clause: Vec<String> = Vec::new();
    let mut windows: Vec<(By, Frame, String)> = Vec::new();
    for i in 0..rng.usize(1..5) {
        let by = pick(&mut rng, &[By::Nothing, By::K, By::G, By::Both, By::Text]);
        let (frame, text) = frame(&mut rng, &rows);
        let over = match rng.u8(0..3) {
            0 => format!("({} {text})", by.sql()),
            1 => {
                clause.push(format!("W{i} AS ({} {text})", by.sql()));
                format!("W{i}")
            }
            _ => {
                clause.push(format!("W{i} AS ({})", by.sql()));
                format!("(W{i} {text})")
            }
        };
        windows.push((by, frame, over));
    }
    let calls = (0..rng.usize(1..8)).map(|_| {
        let (by, frame, over) = windows[rng.usize(0..windows.len())].clone();
        Call {
            function: function(&mut rng),
            by,
            frame,
            over,
        }
    });
    let calls = calls.collect();
    let mut advances = (0..rng.usize(0..4))
        .filter_map(|_| {
            let after = rng.usize(0..=rows.len());
            let from = if after == 0 { START } else { rows[after - 1].t };
            let to = rows.get(after).map_or(from + 900_000, |r| r.t);
            (from <= to).then(|| (after, rng.i64(from..=to)))
        })
        .collect::<Vec<_>>();
    advances.sort_unstable();
    Case {
        calls,
        clause: if clause.is_empty() {
            String::new()
        } else {
            format!(" WINDOW {}", clause.join(", "))
        },
        filter: rng.bool(),
        divides: rng.bool(),
        half_life: pick(&mut rng, &[1_000, 10_000, 300_000]),
        rows,
        advances,
    }
}

impl Case {
    fn sql(&self) -> String {
        let mut sql = "CREATE STREAM S (k VARCHAR(40), g INTEGER, n INTEGER, v DOUBLE, tiny TINYINT, b BOOLEAN, d INTEGER, h INTEGER);\n".to_owned();
        let (mut columns, mut items) = (String::new(), String::new());
        for (i, call) in self.calls.iter().enumerate() {
            let _ = write!(columns, ", C{i} {}", call.function.ty());
            let _ = write!(items, ", {} OVER {}", call.function.sql(), call.over);
        }
        let plain = if self.divides { "100 / s.h" } else { "s.h" };
        let filter = if self.filter {
            " WHERE s.n IS NULL OR s.n <> 3"
        } else {
            ""
        };
        let _ = writeln!(
            sql,
            "CREATE STREAM O (H INTEGER{columns});\nCREATE STREAM E (A DOUBLE);"
        );
        let _ = writeln!(
            sql,
            "CREATE PUMP P AS INSERT INTO O SELECT STREAM {plain}{items} FROM S AS s{filter}{};",
            self.clause
        );
        let _ = writeln!(
            sql,
            "CREATE PUMP Q AS INSERT INTO E SELECT STREAM EXP_AVG(s.v, {}) OVER (PARTITION BY s.g RANGE INTERVAL '1' MINUTE PRECEDING) FROM S AS s;",
            interval(self.half_life)
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

fn rows_event(rows: &[Row]) -> Event {
    let ints =
        |of: fn(&Row) -> Option<i32>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Int32Array>()) };
    let doubles = rows.iter().map(|r| r.v8.map(|v| v as f64 / 8.0));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|r| r.k).collect::<StringViewArray>()),
        ints(|r| r.g),
        ints(|r| r.n),
        Arc::new(doubles.collect::<Float64Array>()),
        Arc::new(rows.iter().map(|r| r.tiny).collect::<Int8Array>()),
        Arc::new(rows.iter().map(|r| r.b).collect::<BooleanArray>()),
        ints(|r| Some(r.d)),
        ints(|r| Some(r.h)),
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
    divided_by_zero: usize,
    out_of_range: usize,
    filtered: u64,
}

fn oracle(case: &Case) -> Expected {
    let mut expected = Expected::default();
    let argument_fails = |row: &Row| {
        row.d == 0
            && case
                .calls
                .iter()
                .any(|c| matches!(c.function, Function::SumQuotient))
    };
    let mut seen: Vec<&Row> = Vec::new();
    for row in &case.rows {
        if case.filter && row.n == Some(3) {
            expected.filtered += 1;
            continue;
        }
        if argument_fails(row) {
            expected.divided_by_zero += 1;
            continue;
        }
        seen.push(row);
        let results: Option<Vec<String>> = case.calls.iter().map(|call| result(call, &seen)).collect();
        let Some(results) = results else {
            expected.out_of_range += 1;
            continue;
        };
        if case.divides && row.h == 0 {
            expected.divided_by_zero += 1;
            continue;
        }
        let h = if case.divides { 100 / row.h } else { row.h };
        let mut line = format!("O {} {{\"H\":{h}", time(row.t));
        for (i, value) in results.iter().enumerate() {
            let _ = write!(line, ",\"C{i}\":{value}");
        }
        line.push('}');
        expected.rows.push(line);
    }
    expected
}

/// The rows that the last row sees, oldest first.
fn window<'r>(by: By, frame: Frame, seen: &[&'r Row]) -> Vec<&'r Row> {
    let Some(now) = seen.last() else { return Vec::new() };
    let key = by.key(now);
    let mut rows: Vec<&Row> = seen.iter().copied().filter(|row| by.key(row) == key).collect();
    match frame {
        Frame::Unbounded => {}
        Frame::Range(ms) => rows.retain(|row| now.t - row.t <= ms),
        Frame::Rows(n) => {
            let surplus = rows.len().saturating_sub(n + 1);
            rows.drain(..surplus);
        }
    }
    rows
}

/// The value as JSON; `None` if it is out of range.
fn result(call: &Call, seen: &[&Row]) -> Option<String> {
    use Function as F;
    let rows = window(call.by, call.frame, seen);
    let ns: Vec<i32> = rows.iter().filter_map(|r| r.n).collect();
    let vs: Vec<i64> = rows.iter().filter_map(|r| r.v8).collect();
    let bs: Vec<bool> = rows.iter().filter_map(|r| r.b).collect();
    let all: Vec<Option<i32>> = rows.iter().map(|r| r.n).collect();
    let eighths = |vs: &[i64]| (!vs.is_empty()).then(|| double(vs.iter().sum::<i64>() as f64 / 8.0));
    let mean8 = |vs: &[i64]| {
        let sum: i64 = vs.iter().sum();
        (!vs.is_empty()).then(|| double(sum as f64 / (8 * vs.len()) as f64))
    };
    let int = |n: Option<i32>| n.map(|n| n.to_string());
    let text = |k: Option<&str>| k.map(|k| format!("\"{k}\""));
    let counted = |ignore: bool| -> Vec<Option<i32>> {
        if ignore {
            ns.iter().copied().map(Some).collect()
        } else {
            all.clone()
        }
    };
    let value = match call.function {
        F::CountStar => Some(rows.len().to_string()),
        F::CountV => Some(vs.len().to_string()),
        F::SumN => (!ns.is_empty()).then(|| ns.iter().sum::<i32>().to_string()),
        F::SumV => eighths(&vs),
        F::SumTiny => {
            let tiny: Vec<i64> = rows.iter().filter_map(|r| r.tiny).map(i64::from).collect();
            let sum: i64 = tiny.iter().sum();
            i8::try_from(sum).ok()?;
            (!tiny.is_empty()).then(|| sum.to_string())
        }
        F::SumQuotient => Some(rows.iter().map(|r| 60 / r.d).sum::<i32>().to_string()),
        F::SumDistinctN => (!ns.is_empty()).then(|| once(&ns).iter().sum::<i32>().to_string()),
        F::AvgN => (!ns.is_empty()).then(|| (ns.iter().sum::<i32>() / ns.len() as i32).to_string()),
        F::AvgV => mean8(&vs),
        F::AvgDistinctV => mean8(&once(&vs)),
        F::VarPop => spread(&ns, ns.len()),
        F::VarSamp => spread(&ns, ns.len().saturating_sub(1)),
        F::MinV => vs.iter().min().map(|v| double(*v as f64 / 8.0)),
        F::MaxN => int(ns.iter().max().copied()),
        F::MinK => text(rows.iter().filter_map(|r| r.k).min()),
        F::Any => (!bs.is_empty()).then(|| bs.contains(&true).to_string()),
        F::Every => (!bs.is_empty()).then(|| (!bs.contains(&false)).to_string()),
        F::First { ignore } => int(counted(ignore).first().copied().flatten()),
        F::Last { ignore } => int(counted(ignore).last().copied().flatten()),
        F::Nth { n, last, ignore } => {
            let mut values = counted(ignore);
            if last {
                values.reverse();
            }
            int(values.get(n - 1).copied().flatten())
        }
        F::Lag { n, default, ignore } => {
            let now = rows.last()?;
            let before = &all[..all.len() - 1];
            let found = if n == 0 {
                Some(now.n)
            } else {
                let counted = before.iter().rev().filter(|v| !ignore || v.is_some());
                counted.copied().nth(n - 1)
            };
            int(found.unwrap_or(if default { Some(-now.d) } else { None }))
        }
        F::LagK => text(rows.iter().rev().nth(1).and_then(|r| r.k)),
    };
    Some(value.unwrap_or_else(|| "null".to_owned()))
}

fn once<T: PartialEq + Copy>(values: &[T]) -> Vec<T> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(value) {
            seen.push(*value);
        }
    }
    seen
}

/// (Σx² − (Σx)²/n) / below, as one division of whole numbers that a DOUBLE holds.
fn spread(ns: &[i32], below: usize) -> Option<String> {
    let n = ns.len() as i64;
    let sum: i64 = ns.iter().map(|n| i64::from(*n)).sum();
    let squares: i64 = ns.iter().map(|n| i64::from(*n) * i64::from(*n)).sum();
    let top = n * squares - sum * sum;
    (below > 0).then(|| double(top as f64 / (n * below as i64) as f64))
}

fn double(x: f64) -> String {
    // Values here stay between a thousandth and ten million, where Java and Rust print alike.
    format!("{:?}", x + 0.0)
}

fn time(ms: i64) -> String {
    // Some days of November 2018.
    let since = ms - START;
    let (day, rest) = (since / 86_400_000 + 1, since % 86_400_000);
    format!(
        "2018-11-{day:02} {:02}:{:02}:{:02}.{:03}",
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1_000 % 60,
        rest % 1_000
    )
}

/// The exponential averages, from weights of each row's own age. They are not a fold, so the last bits may differ.
fn averages(case: &Case) -> Vec<Option<f64>> {
    let mut seen: Vec<&Row> = Vec::new();
    let mut results = Vec::new();
    for row in &case.rows {
        seen.push(row);
        let rows = window(By::G, Frame::Range(60_000), &seen);
        let (mut sum, mut weights) = (0.0, 0.0);
        for (value, age) in rows
            .iter()
            .filter_map(|r| r.v8.map(|v| (v as f64 / 8.0, row.t - r.t)))
        {
            let weight = (-(age as f64) / case.half_life as f64).exp2();
            sum += weight * value;
            weights += weight;
        }
        results.push((weights > 0.0).then(|| sum / weights));
    }
    results
}

fn is_close(line: &str, expected: Option<f64>) -> bool {
    let Some((_, rest)) = line.split_once("\"A\":") else {
        return false;
    };
    let text = rest.trim_end_matches('}');
    match (expected, text.parse::<f64>()) {
        (None, _) => text == "null",
        (Some(x), Ok(y)) => (x - y).abs() <= 1e-9 * x.abs().max(1.0),
        (Some(_), Err(_)) => false,
    }
}

fn check(seed: u64) -> Result<(), String> {
    let case = case(seed);
    let sql = case.sql();
    let (expected, averages) = (oracle(&case), averages(&case));
    every_cut(&application(&sql), &case.events(), |outcome| {
        compare(outcome, &expected, &averages)
    })
    .map_err(|error| format!("seed {seed}, {error}\n{sql}\n{:#?}", case.rows))
}

fn compare(outcome: &Outcome, expected: &Expected, averages: &[Option<f64>]) -> Result<(), String> {
    same_rows(outcome, "O", &expected.rows)?;
    let smooth: Vec<&String> = outcome.rows.iter().filter(|r| r.starts_with("E ")).collect();
    let close = smooth.iter().zip(averages).all(|(line, x)| is_close(line, *x));
    if smooth.len() != averages.len() || !close {
        return Err(format!("expected {averages:?}\ngot {smooth:#?}"));
    }
    let count = |name: &str| outcome.errors.iter().filter(|e| e.contains(name)).count();
    let failed = (count("Division by zero"), count("Runtime error"));
    let filtered: u64 = outcome.counts.iter().map(|(_, c)| c.rows_filtered).sum();
    if (failed, filtered)
        != (
            (expected.divided_by_zero, expected.out_of_range),
            expected.filtered,
        )
    {
        return Err(format!("failed {failed:?}, filtered {filtered}"));
    }
    Ok(())
}

#[test]
fn sliding_windows_are_what_the_naive_reading_says() {
    seeds::check_all(&SAVED_SEEDS, 30, check);
}
