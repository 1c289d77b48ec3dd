//! `\watch`: what streams and pumps are doing, looked at again and again until Ctrl-C; in a script once.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{self, IsTerminal, Write as _};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use rowtime_connectors::wall_clock;
use rowtime_engine::dataflow::errors::PumpCounts;
use rowtime_engine::datetime;
use rowtime_engine::pipeline::session::Status;

use super::Shell;
use super::live::Core;
use super::notices::Said;
use super::rows::status_line::duration;
use super::signals::LOOK_EVERY;
use crate::failure::Failure;
use crate::progress::grouped;

/// Seconds between two looks.
const SECONDS: f64 = 1.0;
/// Longest pause between two looks.
const SECONDS_MAX: f64 = 86_400.0;

/// The books of the running dataflow.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// Rows of each stream, and its bound.
    pub streams: BTreeMap<String, (u64, Option<i64>)>,
    /// Counts of each pump, and its open windows.
    pub pumps: BTreeMap<String, (PumpCounts, usize)>,
    /// Bytes of state of each pump, where asked for.
    state: BTreeMap<String, usize>,
    at_ms: u64,
    /// Rows that came below the clock and were raised to it.
    raised: u64,
}

impl Books {
    /// The books of a session.
    pub fn of(status: Status) -> Self {
        let streams = status.streams.into_iter().map(|s| (s.name, (s.rows, s.bound_ms)));
        let pumps = status
            .pumps
            .into_iter()
            .map(|p| (p.name, (p.counts, p.open_groups)));
        Self {
            streams: streams.collect(),
            pumps: pumps.collect(),
            raised: status.progress.rows_raised,
            ..Self::default()
        }
    }
}

impl Books {
    /// The books, with the size of the state of each pump.
    fn with_state(core: &Core) -> Self {
        // A state that cannot be told is not shown.
        let state = core.session.state_bytes().unwrap_or_default();
        Self {
            state: state.into_iter().collect(),
            at_ms: wall_clock::monotonic_ms(),
            ..core.books()
        }
    }
}

/// What is drawn over and over again, and what is said above it.
#[derive(Default)]
struct Board {
    text: String,
    /// Lines of it that stand there.
    drawn: usize,
}

impl Board {
    /// Draws it over what was drawn before, below `above`.
    fn draw(&mut self, above: &str) -> io::Result<()> {
        let up = match self.drawn {
            0 => String::new(),
            lines => format!("\x1b[{lines}A\r"),
        };
        // A line that is shorter now is cleared behind its end.
        let text = format!("{above}{}", self.text).replace('\n', "\x1b[K\n");
        let mut out = io::stdout();
        write!(out, "{up}\x1b[?7l{text}\x1b[J\x1b[?7h")?;
        self.drawn = self.text.lines().count();
        out.flush()
    }

    /// Shows what was said above it.
    fn say(&mut self, said: &[Said]) -> io::Result<()> {
        if said.is_empty() {
            return Ok(());
        }
        let text = said.iter().map(|said| match said {
            Said::Rows(rows) => rows.clone(),
            Said::Words(words) => format!("rowtime: {words}\n"),
        });
        self.draw(&text.collect::<String>())
    }
}

impl Shell {
    /// The books as they are now; empty while nothing runs.
    pub fn books(&self) -> Result<Books, Failure> {
        match &self.running {
            Some(running) => running.live.call(|core| core.books()),
            None => Ok(Books::default()),
        }
    }

    /// `\watch [SECONDS]`.
    pub fn watch(&mut self, seconds: Option<&str>) -> Result<(), Failure> {
        self.touched = true;
        let seconds = match seconds {
            None => SECONDS,
            Some(text) => text
                .parse()
                .ok()
                .filter(|s| (0.1..=SECONDS_MAX).contains(s))
                .ok_or_else(|| {
                    Failure::Wrong(format!("\\watch {text}: write a number of seconds, from 0.1"))
                })?,
        };
        self.settle()?;
        if !self.has_status_line() {
            let books = self.books_meanwhile(&mut Board::default())?.unwrap_or_default();
            return self.answer(&self.screen(&books, None));
        }
        self.signals.begin();
        self.notices.hold();
        let watched = self.watch_until_interrupted(Duration::from_secs_f64(seconds));
        self.notices.release();
        watched
    }

    fn watch_until_interrupted(&self, pause: Duration) -> Result<(), Failure> {
        let mut before: Option<Books> = None;
        let mut board = Board::default();
        while !self.signals.is_interrupted() {
            let Some(books) = self.books_meanwhile(&mut board)? else {
                break;
            };
            board.text = self.screen(&books, before.as_ref());
            before = Some(books);
            if board.draw("").is_err() {
                break;
            }
            let closed = self
                .signals
                .pause(pause, || board.say(&self.notices.take()).is_err());
            if closed {
                break;
            }
        }
        Ok(())
    }

    /// The books; what is said until they come is shown, since whoever says it waits for that and may be the very
    /// thread that is asked.
    fn books_meanwhile(&self, board: &mut Board) -> Result<Option<Books>, Failure> {
        let Some(running) = &self.running else {
            return Ok(Some(Books::default()));
        };
        let asked = running.live.ask(|core| Books::with_state(core))?;
        loop {
            match asked.recv_timeout(LOOK_EVERY) {
                Ok(books) => return Ok(Some(books)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    if board.say(&self.notices.take()).is_err() || self.signals.is_interrupted() {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn screen(&self, books: &Books, before: Option<&Books>) -> String {
        let now_ms = self.now_ms();
        let mut streams = vec![
            ["stream", "rows", "rows/s", "bound", "lag"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for (name, (rows, bound)) in &books.streams {
            let rate = before.and_then(|b| rate(books, b, name, *rows));
            streams.push(vec![
                name.clone(),
                grouped(*rows),
                rate.map(grouped).unwrap_or_default(),
                bound.map(datetime::timestamp_text).unwrap_or_default(),
                bound
                    .map(|b| duration(now_ms.saturating_sub(b)))
                    .unwrap_or_default(),
            ]);
        }
        let titles = ["pump", "in", "out", "filtered", "errors", "late", "open", "state"];
        let mut pumps = vec![titles.map(str::to_owned).to_vec()];
        for (name, (counts, open)) in &books.pumps {
            pumps.push(vec![
                name.clone(),
                grouped(counts.rows_in),
                grouped(counts.rows_out),
                grouped(counts.rows_filtered + counts.groups_filtered),
                grouped(counts.rows_failed + counts.groups_failed),
                grouped(counts.rows_late),
                grouped(*open as u64),
                books.state.get(name).map(|b| bytes(*b)).unwrap_or_default(),
            ]);
        }
        let mut out = String::new();
        let width = width();
        write_table(&mut out, &streams, width);
        out.push('\n');
        write_table(&mut out, &pumps, width);
        if books.raised > 0 {
            let rows = if books.raised == 1 { "row" } else { "rows" };
            let _ = writeln!(
                out,
                "\n{} {rows} came late and stand at the clock",
                grouped(books.raised)
            );
        }
        out
    }
}

/// Rows a second since the last look.
fn rate(now: &Books, before: &Books, stream: &str, rows: u64) -> Option<u64> {
    let (had, _) = before.streams.get(stream)?;
    let passed_ms = now.at_ms.saturating_sub(before.at_ms).max(1);
    Some(rows.saturating_sub(*had).saturating_mul(1_000) / passed_ms)
}

fn bytes(n: usize) -> String {
    indicatif::HumanBytes(n as u64).to_string()
}

/// Columns of the terminal, if it is one.
fn width() -> Option<usize> {
    let on_terminal = io::stdout().is_terminal();
    let size = on_terminal.then(terminal_size::terminal_size).flatten();
    size.map(|(width, _)| usize::from(width.0))
}

/// Aligned columns: the first to the left, numbers to the right. What does not fit is left out from the right.
fn write_table(out: &mut String, rows: &[Vec<String>], width_max: Option<usize>) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| {
        let cells = rows.iter().filter_map(|row| row.get(i));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..columns).map(width).collect();
    let fits = |widths: &[usize]| {
        let all = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        width_max.is_none_or(|most| all <= most)
    };
    while widths.len() > 1 && !fits(&widths) {
        widths.pop();
    }
    for row in rows {
        let mut text = String::new();
        for (i, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = match i {
                0 => write!(text, "{cell:<width$}"),
                _ => write!(text, "  {cell:>width$}"),
            };
        }
        let _ = writeln!(out, "{}", text.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_stands_in_them() {
        let mut out = String::new();
        let rows = [vec!["stream", "rows"], vec!["S", "1,234"]];
        let rows = rows.map(|row| row.into_iter().map(str::to_owned).collect());
        write_table(&mut out, &rows, Some(13));
        assert_eq!(out, "stream   rows\nS       1,234\n");
        out.clear();
        write_table(&mut out, &rows, Some(12));
        assert_eq!(out, "stream\nS\n");
    }
}
