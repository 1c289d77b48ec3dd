//! The line below a live query: how much has come, how fast, and how far behind.
//!
//! It is redrawn at most five times a second and rubbed out before anything else is printed, so that nothing of it
//! stays in what one reads afterwards.

use std::io::{self, Write};

use rowtime_connectors::wall_clock;
use rowtime_engine::datetime;

use crate::progress::grouped;

/// Time between two drawings.
const REDRAW_MS: u64 = 200;

/// Columns where nobody tells them.
const WIDTH: usize = 79;

/// What it says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Status {
    /// Rows printed.
    pub rows: u64,
    /// Rows a second.
    pub rate: f64,
    /// How far the bound is behind the clock.
    pub lag_ms: Option<i64>,
    /// No older row can come.
    pub bound_ms: Option<i64>,
}

/// The line at the bottom.
pub struct StatusLine {
    enabled: bool,
    drawn: bool,
    /// When its text was made.
    at_ms: Option<u64>,
    text: String,
}

impl StatusLine {
    /// A line; without a terminal it is never drawn.
    pub fn new(enabled: bool) -> Self {
        Self {
            enabled,
            drawn: false,
            at_ms: None,
            text: String::new(),
        }
    }

    /// Draws it where it does not stand, and draws it anew where what it says is old.
    pub fn show(&mut self, status: Status, out: &mut dyn Write) -> io::Result<()> {
        self.show_at(wall_clock::monotonic_ms(), status, out)
    }

    fn show_at(&mut self, now_ms: u64, status: Status, out: &mut dyn Write) -> io::Result<()> {
        let is_due = self.at_ms.is_none_or(|at| now_ms.saturating_sub(at) >= REDRAW_MS);
        if !self.enabled || (self.drawn && !is_due) {
            return Ok(());
        }
        if is_due {
            self.at_ms = Some(now_ms);
            self.text = line(status, width());
        }
        self.drawn = true;
        // Without line wrap, so that a narrow terminal cuts it and one line is all there is to rub out.
        write!(out, "\r\x1b[K\x1b[?7l{}\x1b[?7h", self.text)?;
        out.flush()
    }

    /// Rubs it out, if it stands there. The next [`StatusLine::show`] draws it again.
    pub fn clear(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.drawn {
            self.drawn = false;
            out.write_all(b"\r\x1b[K")?;
            out.flush()?;
        }
        Ok(())
    }
}

/// What fits a line of `width` columns, the most important first.
fn line(status: Status, width: usize) -> String {
    let rows = if status.rows == 1 { "row" } else { "rows" };
    let mut parts = vec![format!("{} {rows}", grouped(status.rows))];
    parts.push(if status.rate < 10.0 {
        format!("{:.1} rows/s", status.rate)
    } else {
        format!("{} rows/s", grouped(status.rate.round() as u64))
    });
    parts.extend(status.lag_ms.map(|lag_ms| format!("lag {}", duration(lag_ms))));
    parts.extend(status.bound_ms.map(|bound_ms| {
        let mut bound = String::from("bound ");
        datetime::write_timestamp(&mut bound, bound_ms, true);
        bound
    }));
    let mut out = String::new();
    for part in parts {
        let between = if out.is_empty() { "" } else { ", " };
        if out.len() + between.len() + part.len() > width {
            break;
        }
        out.push_str(between);
        out.push_str(&part);
    }
    out
}

/// Columns of the terminal, without the last: what is written there may take the cursor to the next line.
fn width() -> usize {
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0).saturating_sub(1))
}

/// `850 ms`, `1.2 s`, `3 min 5 s`, `2 h 10 min`, `4 d 1 h`.
pub fn duration(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    let s = ms / 1_000;
    match s {
        0 => format!("{sign}{ms} ms"),
        1..60 => format!("{sign}{s}.{} s", ms % 1_000 / 100),
        60..3_600 => format!("{sign}{} min {} s", s / 60, s % 60),
        3_600..86_400 => format!("{sign}{} h {} min", s / 3_600, s / 60 % 60),
        _ => format!("{sign}{} d {} h", s / 86_400, s / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_much_how_fast_and_how_far_behind() {
        for (status, said) in [
            (
                Status {
                    rows: 1,
                    rate: 0.25,
                    ..Status::default()
                },
                "1 row, 0.2 rows/s",
            ),
            (
                Status {
                    rows: 1_234_567,
                    rate: 98_765.4,
                    lag_ms: Some(1_250),
                    bound_ms: Some(1_769_508_930_123),
                },
                "1,234,567 rows, 98,765 rows/s, lag 1.2 s, bound 2026-01-27 10:15:30.123",
            ),
        ] {
            assert_eq!(line(status, 79), said);
        }
        let status = Status {
            rows: 7,
            rate: 12.0,
            lag_ms: Some(5),
            bound_ms: Some(0),
        };
        assert_eq!(line(status, 39), "7 rows, 12 rows/s, lag 5 ms");
        assert_eq!(line(status, 20), "7 rows, 12 rows/s");
        for (ms, said) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (-1_000, "-1.0 s"),
            (185_000, "3 min 5 s"),
            (7_800_000, "2 h 10 min"),
            (349_200_000, "4 d 1 h"),
        ] {
            assert_eq!(duration(ms), said);
        }
    }

    #[test]
    fn it_is_drawn_at_most_five_times_a_second_and_rubbed_out_once() {
        let mut status_line = StatusLine::new(true);
        let mut drawings = 0;
        for now_ms in 0..1_000 {
            let mut out = Vec::new();
            status_line.show_at(now_ms, Status::default(), &mut out).unwrap();
            drawings += usize::from(!out.is_empty());
        }
        assert_eq!(drawings, 5);
        let mut out = Vec::new();
        status_line.clear(&mut out).unwrap();
        status_line.clear(&mut out).unwrap();
        assert_eq!(out, b"\r\x1b[K");
        // What was rubbed out stands there again at once.
        let mut out = Vec::new();
        status_line
            .show_at(1_000 - 1, Status::default(), &mut out)
            .unwrap();
        assert!(!out.is_empty());
        let mut none = StatusLine::new(false);
        let mut out = Vec::new();
        none.show(Status::default(), &mut out).unwrap();
        none.clear(&mut out).unwrap();
        assert_eq!(out, b"");
    }
}
