//! Sliding windows against a naive reading of `windows-and-time.md` §4, row by row.
//!
//! The oracle shares no code with the engine: it keeps every row, walks over all of them for each result, adds in
//! integers, and prints numbers itself.

use std::fmt::Write as _;

use rowtime_tests::drive::{Cut, Outcome, application, run};
use rowtime_tests::seeds;

use self::case::{By, Call, Case, Frame, Function, Row, START, case};

mod case;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];
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
    let app = application(&sql);
    let expected = oracle(&case);
    let averages = averages(&case);
    let events = case.events();
    let mut first: Option<Outcome> = None;
    for batch_rows in [1, 7, 1_000] {
        for restore in [false, true] {
            let mut outcome = run(&app, "S", &events, Cut { batch_rows, restore });
            let about = format!("seed {seed}, batch {batch_rows}, restore {restore}:\n{sql}");
            let rows: Vec<&String> = outcome.rows.iter().filter(|r| r.starts_with("O ")).collect();
            if rows != expected.rows.iter().collect::<Vec<_>>() {
                let at = rows.iter().zip(&expected.rows).position(|(a, b)| *a != b);
                return Err(format!(
                    "{about}first difference at {at:?}: expected {:?}, got {:?}\n{:#?}",
                    at.and_then(|i| expected.rows.get(i)),
                    at.and_then(|i| rows.get(i)),
                    case.rows
                ));
            }
            let smooth: Vec<&String> = outcome.rows.iter().filter(|r| r.starts_with("E ")).collect();
            let close = smooth.iter().zip(&averages).all(|(line, x)| is_close(line, *x));
            if smooth.len() != averages.len() || !close {
                return Err(format!("{about}expected {averages:?}\ngot {smooth:#?}"));
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
                return Err(format!("{about}failed {failed:?}, filtered {filtered}"));
            }
            for (pump, c) in &outcome.counts {
                if c.rows_in != c.rows_passed + c.rows_filtered + c.rows_failed + c.rows_late {
                    return Err(format!("{about}the books of {pump} do not balance: {c:?}"));
                }
            }
            // Between streams there is no order; within each there is.
            outcome.rows.sort_by_key(|r| !r.starts_with("O "));
            if first.as_ref().is_some_and(|first| *first != outcome) {
                return Err(format!("{about}the cut shows in the output"));
            }
            first = Some(outcome);
        }
    }
    Ok(())
}

#[test]
fn sliding_windows_are_what_the_naive_reading_says() {
    let seeds = SAVED_SEEDS.into_iter().chain(0..seeds::count(30));
    let failures: Vec<String> = seeds.filter_map(|seed| check(seed).err()).collect();
    assert!(
        failures.is_empty(),
        "{} seeds failed; the first:\n{}",
        failures.len(),
        failures[0]
    );
}
