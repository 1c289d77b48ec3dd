//! Programs, rows and cuts over which sliding windows are tried.
//!
//! Two rows in five share the ROWTIME of the row before, many stand exactly at the edge of a window, some of them when
//! the clock lets others leave; keys and values are NULL now and then, some arguments fail (their row enters no window),
//! some results fail (their row has), and some select items fail behind the windows.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int8Array, Int32Array, StringViewArray};
use fastrand::Rng;
use rowtime_tests::drive::Event;

/// The instant before the first row, ms.
pub const START: i64 = 1_541_030_400_000;

const KEYS: [Option<&str>; 5] = [
    None,
    Some("a"),
    Some("b"),
    Some("a longer key than twelve bytes"),
    Some(""),
];

/// A row of the source.
#[derive(Debug, Clone)]
pub struct Row {
    pub t: i64,
    pub k: Option<&'static str>,
    pub g: Option<i32>,
    pub n: Option<i32>,
    /// Eighths, so that sums are exact integers.
    pub v8: Option<i64>,
    /// Its own sums leave TINYINT.
    pub tiny: Option<i8>,
    pub b: Option<bool>,
    /// 0 makes an argument fail.
    pub d: i32,
    /// 0 makes a select item fail.
    pub h: i32,
}

/// How far back a window reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Frame {
    Range(i64),
    Rows(usize),
    Unbounded,
}

/// What a window is partitioned by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum By {
    Nothing,
    K,
    G,
    Both,
    Text,
}

/// What a windowed call computes.
#[derive(Debug, Clone, Copy)]
pub enum Function {
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

/// A windowed call.
#[derive(Debug, Clone)]
pub struct Call {
    pub function: Function,
    pub by: By,
    pub frame: Frame,
    pub over: String,
}

/// A program, its rows and the moves of the clock.
#[derive(Debug, Clone)]
pub struct Case {
    pub calls: Vec<Call>,
    pub clause: String,
    pub filter: bool,
    pub divides: bool,
    pub half_life: i64,
    pub rows: Vec<Row>,
    /// (after how many rows, clock).
    pub advances: Vec<(usize, i64)>,
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
    pub fn sql(self) -> String {
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
    pub fn sql(self) -> &'static str {
        match self {
            By::Nothing => "",
            By::K => "PARTITION BY s.k",
            By::G => "PARTITION BY s.g",
            By::Both => "PARTITION BY s.g, s.k",
            By::Text => "PARTITION BY s.k || '-'",
        }
    }

    pub fn key(self, row: &Row) -> (Option<&'static str>, Option<i32>) {
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

/// Lengths of windows at whose edge a row stands when the clock moves to the next row's instant, while rows before it
/// leave: what lets go of them must not take it along. Those between rows of one partition, if there are any.
fn edges(rows: &[Row], advances: &[(usize, i64)]) -> Vec<i64> {
    let (mut edges, mut of_one) = (Vec::new(), Vec::new());
    for &(after, to) in advances {
        let Some(now) = rows.get(after).filter(|now| now.t == to) else {
            continue;
        };
        for j in 1..after {
            let (edge, last) = (&rows[j], &rows[after - 1]);
            let leaves = 1..=now.t - last.t;
            if now.t - edge.t >= 100_000 || !leaves.contains(&(edge.t - rows[j - 1].t)) {
                continue;
            }
            edges.push(now.t - edge.t);
            of_one.extend((By::Both.key(edge) == By::Both.key(now)).then_some(now.t - edge.t));
        }
    }
    if of_one.is_empty() { edges } else { of_one }
}

fn frame(rng: &mut Rng, rows: &[Row], edges: &[i64]) -> (Frame, String) {
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
            if !edges.is_empty() && rng.u8(0..4) > 0 {
                ms = pick(rng, edges);
            } else if rng.bool() && !rows.is_empty() {
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
    // Rows of one partition meet at the edges of each other's windows more often.
    let of_one = rng.u8(0..3) == 0;
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
                k: if of_one { Some("a") } else { pick(rng, &KEYS) },
                g: if of_one {
                    Some(0)
                } else {
                    pick(rng, &[None, Some(0), Some(1)])
                },
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

/// The case of a seed.
pub fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let rows = rows(&mut rng);
    // Mostly where some time passes, though less than many windows are long.
    let step = |after: &usize| {
        let (now, last) = (rows.get(*after), rows.get(after.wrapping_sub(1)));
        let step = now.zip(last).map_or(0, |(now, last)| now.t - last.t);
        if step < 50_000 { step } else { 0 }
    };
    let mut advances = (0..rng.usize(0..6))
        .filter_map(|_| {
            let places = [(); 3].map(|()| rng.usize(0..=rows.len()));
            let after = places.into_iter().max_by_key(step).unwrap_or(0);
            let from = if after == 0 { START } else { rows[after - 1].t };
            let to = rows.get(after).map_or(from + 900_000, |r| r.t);
            (from <= to).then(|| (after, if rng.bool() { to } else { rng.i64(from..=to) }))
        })
        .collect::<Vec<_>>();
    advances.sort_unstable();
    let edges = edges(&rows, &advances);
    let mut clause: Vec<String> = Vec::new();
    let mut windows: Vec<(By, Frame, String)> = Vec::new();
    for i in 0..rng.usize(1..5) {
        let by = pick(&mut rng, &[By::Nothing, By::K, By::G, By::Both, By::Text]);
        let (frame, text) = frame(&mut rng, &rows, &edges);
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
    pub fn sql(&self) -> String {
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

    pub fn events(&self) -> Vec<Event> {
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
