//! Runs a window or a join over an endless-looking stream and prints the memory at the end of every window:
//! `cargo run --release -p rowtime-tests --example soak -- slide|stagger|join|left-join|sort|distinct [ROWS [KEYS
//! [REPLACED]]]`.
//!
//! At every moment KEYS of them are in use, and each minute REPLACED of them (default: none) make room for new ones, so
//! that state that is kept for a key that nobody sends any more shows. Rows are made in batches of 8,192, a fiftieth of
//! them a minute. Ends with status 1 if the last windows hold over 5 % more than the third.

use std::process::ExitCode;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringViewArray, new_null_array};
use rowtime_engine::clock::Clock;
use rowtime_engine::dataflow::{Dataflow, Step, StreamRows};
use rowtime_engine::plan::Application;
use rowtime_tests::drive::application;

const BATCH_ROWS: usize = 8_192;
const MINUTES: usize = 50;
const MINUTE_MS: i64 = 60_000;
/// 2026-01-27 10:00:00 UTC.
const START_MS: i64 = 1_769_508_000_000;
/// Windows whose memory is the yardstick, and those that are held against it.
const THIRD: usize = 3;
const LAST: usize = 5;
const GROWTH_MAX: f64 = 1.05;

const STREAMS: &str = "CREATE STREAM l (k VARCHAR(16), n BIGINT, v DOUBLE);
CREATE STREAM r (k VARCHAR(16), n BIGINT, v DOUBLE);";

fn query(name: &str) -> Option<&'static str> {
    Some(match name {
        "slide" => {
            "SELECT STREAM k, COUNT(*) OVER w, AVG(v) OVER w + MIN(v) OVER w FROM l \
             WINDOW w AS (PARTITION BY k RANGE INTERVAL '1' MINUTE PRECEDING)"
        }
        "stagger" => {
            "SELECT STREAM k, COUNT(*), SUM(v) FROM l \
             WINDOWED BY STAGGER (PARTITION BY k RANGE INTERVAL '1' MINUTE)"
        }
        "join" => {
            "SELECT STREAM a.k, b.n, a.v FROM l OVER (RANGE INTERVAL '10' SECOND PRECEDING) AS a \
             JOIN r OVER (RANGE INTERVAL '10' SECOND PRECEDING) AS b ON a.k = b.k"
        }
        "left-join" => {
            "SELECT STREAM a.k, b.n, a.v FROM l OVER (RANGE INTERVAL '10' SECOND PRECEDING) AS a \
             LEFT JOIN r OVER (RANGE INTERVAL '10' SECOND PRECEDING) AS b ON a.k = b.k"
        }
        "sort" => "SELECT STREAM k, n, v FROM l ORDER BY FLOOR(l.ROWTIME TO MINUTE), v DESC",
        "distinct" => "SELECT STREAM DISTINCT k, FLOOR(l.ROWTIME TO MINUTE) FROM l",
        _ => return None,
    })
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, default: u64| args.get(i).map_or(Some(default), |n| n.parse().ok());
    let query = args.first().and_then(|name| query(name));
    let (Some(query), Some(rows), Some(live), Some(replaced)) =
        (query, number(1, 50_000_000), number(2, 100_000), number(3, 0))
    else {
        eprintln!("usage: soak slide|stagger|join|left-join|sort|distinct [ROWS [KEYS [REPLACED]]]");
        return ExitCode::from(2);
    };
    let script = format!("{STREAMS} CREATE STREAM o AS {query};");
    let memory = soak(&application(&script), rows as usize, &Keys { live, replaced });
    verdict(&memory)
}

/// The keys of the rows.
struct Keys {
    /// In use at every moment.
    live: u64,
    /// Make room for new ones each minute.
    replaced: u64,
}

/// Resident bytes at the end of every minute.
fn soak(app: &Application, rows: usize, keys: &Keys) -> Vec<u64> {
    let mut flow = Dataflow::new(app);
    let sources: Vec<usize> = (0..app.streams.len())
        .filter(|id| app.pumps.iter().any(|p| p.plan.sources().contains(id)))
        .collect();
    let mut random = fastrand::Rng::with_seed(1);
    let a_minute = (rows / MINUTES).max(1);
    let (mut at, mut left, mut memory) = (0, 0, Vec::new());
    while at < rows {
        let len = BATCH_ROWS.min(rows - at);
        let input = batch(app, &sources, at, len, a_minute, keys, &mut random);
        let output = flow.step(Step {
            tables: Vec::new(),
            inputs: input,
            errors: Vec::new(),
            advance_ms: None,
            clock: Clock {
                run_start_ms: 0,
                row_ms: None,
            },
        });
        left += output.rows.iter().map(|r| r.rowtimes.len()).sum::<usize>();
        at += len;
        if at / a_minute > memory.len() {
            memory.push(resident_bytes());
            println!(
                "minute {:>2}: {:>9} rows in, {left:>9} out, {:>6.1} MiB",
                memory.len(),
                at,
                memory.last().copied().unwrap_or_default() as f64 / 1_048_576.0
            );
        }
    }
    memory
}

/// The next rows of every source, which take turns batch by batch in one time.
fn batch(
    app: &Application,
    sources: &[usize],
    at: usize,
    len: usize,
    a_minute: usize,
    keys: &Keys,
    random: &mut fastrand::Rng,
) -> Vec<StreamRows> {
    let each = len / sources.len();
    let mut inputs = Vec::new();
    for &stream in sources {
        let time = |row: usize| START_MS + ((at + row) as i64 * MINUTE_MS) / a_minute as i64;
        // Every source covers the time of the whole batch; its rows only stand further apart.
        let rowtimes: Vec<i64> = (0..each).map(|row| time(row * sources.len())).collect();
        let first = at as u64 * keys.replaced / a_minute as u64;
        let names: StringViewArray = (0..each)
            .map(|_| Some(format!("key-{:010}", first + random.u64(0..keys.live))))
            .collect();
        let numbers = Int64Array::from_iter_values((0..each).map(|row| (at + row) as i64));
        let values = Float64Array::from_iter_values((0..each).map(|_| random.f64() * 100.0));
        let mut columns: Vec<ArrayRef> = vec![Arc::new(names), Arc::new(numbers), Arc::new(values)];
        for field in app.streams[stream].fields.iter().skip(columns.len()) {
            columns.push(new_null_array(&field.ty.arrow(), each));
        }
        inputs.push(StreamRows {
            stream,
            rowtimes: rowtimes.into(),
            columns,
        });
    }
    inputs
}

/// What the operating system counts as this process's memory.
fn resident_bytes() -> u64 {
    const PAGE: u64 = 4_096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|n| n.parse::<u64>().ok());
    pages.unwrap_or_default() * PAGE
}

fn verdict(memory: &[u64]) -> ExitCode {
    let Some(third) = memory.get(THIRD - 1) else {
        eprintln!("too few rows for {THIRD} windows");
        return ExitCode::from(2);
    };
    let last = memory.iter().rev().take(LAST).max().copied().unwrap_or_default();
    let growth = last as f64 / *third as f64;
    println!(
        "the last {LAST} windows hold {:.1} % of the third",
        growth * 100.0
    );
    ExitCode::from(u8::from(growth > GROWTH_MAX))
}
