//! Random rows of one source stream, with all that windows can stumble over: several rows of one ROWTIME, rows exactly on
//! edges, gaps, NULLs, rows whose expressions fail, and times of events before and after the rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, StringViewArray, TimestampMillisecondArray};
use fastrand::Rng;

use crate::drive::Event;

/// The columns of [`Row`], for CREATE STREAM.
pub const COLUMNS: &str =
    "(k VARCHAR(40), g INTEGER, n INTEGER, v DOUBLE, d INTEGER, at TIMESTAMP, m INTEGER)";

/// 2018-11-01 00:00:00.
pub const START: i64 = 1_541_030_400_000;

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    /// ROWTIME, ms.
    pub t: i64,
    /// Few different texts.
    pub k: Option<&'static str>,
    /// Few different numbers.
    pub g: Option<i32>,
    /// A number.
    pub n: Option<i32>,
    /// Eighths of `v`, so that sums are exact integers.
    pub v8: Option<i64>,
    /// Zero, for divisions that fail, in one row of ten.
    pub d: i32,
    /// Near ROWTIME.
    pub at: i64,
    /// Never goes down.
    pub m: i32,
}

/// Rows and the moves of the clock between them.
#[derive(Debug, Clone)]
pub struct Input {
    /// The rows.
    pub rows: Vec<Row>,
    /// (after how many rows, clock).
    pub advances: Vec<(usize, i64)>,
}

impl Input {
    /// Up to so many rows, whose numbers are often the same.
    pub fn random(rng: &mut Rng, most: usize) -> Self {
        Self::of_numbers(rng, most, 4, 16)
    }

    /// Up to so many rows, with `n` below `n_most` and `v8` below `v8_most`, both ways.
    pub fn of_numbers(rng: &mut Rng, most: usize, n_most: i32, v8_most: i64) -> Self {
        let (mut t, mut m) = (START, 0);
        let rows = (0..rng.usize(0..most)).map(|_| row(rng, &mut t, &mut m, n_most, v8_most));
        let rows: Vec<Row> = rows.collect();
        let advances = advances(rng, 3, &rows.iter().map(|r| r.t).collect::<Vec<_>>());
        Self { rows, advances }
    }

    /// What happens to the source stream.
    pub fn events(&self) -> Vec<Event> {
        events(&self.rows, &self.advances, rows_event)
    }

    /// Rows and moves of the clock, one after the other.
    pub fn happenings(&self) -> Vec<Happening<'_>> {
        let mut all = Vec::new();
        let mut advances = self.advances.iter().peekable();
        for (i, row) in self.rows.iter().enumerate() {
            while let Some((_, to)) = advances.next_if(|(after, _)| *after <= i) {
                all.push(Happening::Clock(*to));
            }
            all.push(Happening::Row(row));
        }
        all.extend(advances.map(|(_, to)| Happening::Clock(*to)));
        all
    }

    /// What a pump makes of them that says `at AS ROWTIME`: a row is late below the ROWTIME of the row before it or an
    /// advance, and below the last value given out. Also the number of late rows.
    pub fn restamped(&self) -> (Self, usize) {
        let (mut before, mut last) = (i64::MIN, i64::MIN);
        let (mut rows, mut advances, mut late) = (Vec::new(), Vec::new(), 0);
        for happening in self.happenings() {
            match happening {
                Happening::Clock(to) => {
                    before = before.max(to);
                    advances.push((rows.len(), before.max(last)));
                }
                Happening::Row(row) => {
                    if row.at < before || row.at < last {
                        late += 1;
                    } else {
                        last = row.at;
                        rows.push(Row {
                            t: row.at,
                            ..row.clone()
                        });
                    }
                    before = before.max(row.t);
                }
            }
        }
        (Self { rows, advances }, late)
    }

    /// The latest time of a row or of the clock.
    pub fn last(&self) -> i64 {
        let times = self.rows.iter().map(|r| r.t);
        times
            .chain(self.advances.iter().map(|a| a.1))
            .max()
            .unwrap_or(START)
    }
}

/// A row comes, or the clock moves.
#[derive(Debug, Clone, Copy)]
pub enum Happening<'r> {
    /// A row.
    Row(&'r Row),
    /// An advance.
    Clock(i64),
}

impl Happening<'_> {
    /// The time that it is then.
    pub fn time(&self) -> i64 {
        match self {
            Self::Row(row) => row.t,
            Self::Clock(to) => *to,
        }
    }
}

/// Fewer than `most` moves of the clock between rows of these ROWTIMEs: (after how many rows, clock).
pub fn advances(rng: &mut Rng, most: usize, rowtimes: &[i64]) -> Vec<(usize, i64)> {
    let mut advances: Vec<(usize, i64)> = (0..rng.usize(0..most))
        .filter_map(|_| {
            let after = rng.usize(0..=rowtimes.len());
            let from = if after == 0 { START } else { rowtimes[after - 1] };
            let to = rowtimes.get(after).map_or(from + 120_000, |t| *t);
            (from <= to).then(|| (after, rng.i64(from..=to)))
        })
        .collect();
    advances.sort_unstable();
    advances
}

/// Rows with the moves of the clock between them.
pub fn events<R>(rows: &[R], advances: &[(usize, i64)], rows_event: impl Fn(&[R]) -> Event) -> Vec<Event> {
    let mut events = Vec::new();
    let mut from = 0;
    for &(after, to) in advances {
        events.push(rows_event(&rows[from..after]));
        events.push(Event::Advance(to));
        from = after;
    }
    events.push(rows_event(&rows[from..]));
    events
}

fn row(rng: &mut Rng, t: &mut i64, m: &mut i32, n_most: i32, v8_most: i64) -> Row {
    // Four rows in ten share the ROWTIME of the row before; some stand exactly on an edge, some after a gap.
    match rng.u8(0..20) {
        0..8 => {}
        8..11 => *t = (*t / 10_000 + 1) * 10_000,
        11 => *t = (*t / 60_000 + 1) * 60_000,
        12 => *t += rng.i64(100_000..900_000),
        13 => *t += 1,
        _ => *t += rng.i64(1..4_000),
    }
    if rng.u8(0..6) == 0 {
        *m += rng.i32(1..3);
    }
    Row {
        t: *t,
        k: [None, Some("a"), Some("b"), Some("a longer key than twelve bytes")][rng.usize(0..4)],
        g: [None, Some(0), Some(1)][rng.usize(0..3)],
        n: (rng.u8(0..8) > 0).then(|| rng.i32(-n_most..n_most)),
        v8: (rng.u8(0..8) > 0).then(|| rng.i64(-v8_most..v8_most)),
        d: i32::from(rng.u8(0..10) > 0) * rng.i32(1..4),
        at: *t + rng.i64(-6_000..6_000) * i64::from(rng.bool()),
        m: *m,
    }
}

fn rows_event(rows: &[Row]) -> Event {
    Event::Rows {
        rowtimes: rows.iter().map(|r| r.t).collect(),
        columns: columns(rows),
    }
}

/// The [`COLUMNS`] of rows.
pub fn columns(rows: &[Row]) -> Vec<ArrayRef> {
    let v = |row: &Row| row.v8.map(|v| v as f64 / 8.0);
    let at = rows.iter().map(|r| Some(r.at));
    vec![
        Arc::new(rows.iter().map(|r| r.k).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|r| r.g).collect::<Int32Array>()),
        Arc::new(rows.iter().map(|r| r.n).collect::<Int32Array>()),
        Arc::new(rows.iter().map(v).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|r| Some(r.d)).collect::<Int32Array>()),
        Arc::new(at.collect::<TimestampMillisecondArray>()),
        Arc::new(rows.iter().map(|r| Some(r.m)).collect::<Int32Array>()),
    ]
}

/// A JSON value, or null.
pub fn json<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "null".to_owned(), |v| v.to_string())
}

/// A JSON text, or null.
pub fn text(value: Option<&str>) -> String {
    json(value.map(|v| format!("\"{v}\"")))
}

/// A DOUBLE of so many eighths. Values here stay where Java and Rust print alike.
pub fn eighths(v8: i64) -> String {
    format!("{:?}", v8 as f64 / 8.0)
}

/// A TIMESTAMP between October 2018 and the end of November.
pub fn time(ms: i64) -> String {
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
