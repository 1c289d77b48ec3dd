//! The rows of a query on their way to the screen: a bounded channel from the thread that makes them, and the loop that
//! prints them until they end or Ctrl-C comes.
//!
//! Who makes rows waits while the channel is full: a terminal that cannot follow holds the query back, and through it
//! its sources.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};

use arrow::buffer::ScalarBuffer;
use rowtime_connectors::wall_clock;
use rowtime_engine::pipeline::{OutsideError, Sink, SinkRows};
use rowtime_engine::plan::Field;

use super::notices::{Notices, Said};
use super::rows::RowsToShow;
use super::rows::status_line::{Status, StatusLine, duration};
use super::shape::{Shape, ShapedPrinter};
use super::signals::{LOOK_EVERY, Signals};
use crate::progress::grouped;
use crate::report;

/// Batches on their way.
pub const BATCHES_MAX: usize = 4;

/// Rows that are printed before Ctrl-C is looked for.
const PRINTED_ROWS: usize = 200;

/// The end of the channel that takes rows.
pub struct ResultSink {
    /// None when nobody wants more.
    to: Option<SyncSender<RowsToShow>>,
}

impl ResultSink {
    /// The beginning of a channel.
    pub fn new(to: SyncSender<RowsToShow>) -> Self {
        Self { to: Some(to) }
    }
}

impl Sink for ResultSink {
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError> {
        let shown = RowsToShow {
            rowtimes: ScalarBuffer::from(rows.rowtimes.to_vec()),
            columns: rows.columns.to_vec(),
        };
        self.to = self.to.take().filter(|to| to.send(shown).is_ok());
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutsideError> {
        Ok(())
    }

    fn close(&mut self) -> Result<(), OutsideError> {
        self.to = None;
        Ok(())
    }
}

/// How a result ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// There are no more rows.
    Complete,
    /// Ctrl-C.
    Interrupted,
    /// Standard output cannot be written.
    Closed,
}

/// A result that is being printed.
pub struct Shown {
    printer: ShapedPrinter,
    shape: Arc<Shape>,
    status: StatusLine,
    count: u64,
    started_ms: u64,
    /// Why standard output cannot be written.
    pub lost: Option<io::Error>,
    /// Where the data stands, where that is known.
    pub bound_ms: Option<i64>,
    /// How far that is behind the clock.
    pub lag_ms: Option<i64>,
}

impl Shown {
    /// Nothing printed yet.
    pub fn new(fields: &[Field], shape: &Arc<Shape>, status_line: bool) -> Self {
        Self {
            printer: ShapedPrinter::new(fields, shape),
            shape: Arc::clone(shape),
            status: StatusLine::new(status_line),
            count: 0,
            started_ms: wall_clock::monotonic_ms(),
            lost: None,
            bound_ms: None,
            lag_ms: None,
        }
    }

    /// Prints rows until they end; `is_over` is asked now and then and ends it too, once no rows are on their way.
    pub fn follow(
        &mut self,
        rows: &Receiver<RowsToShow>,
        signals: &Signals,
        notices: &Notices,
        mut is_over: impl FnMut(&mut Self) -> bool,
    ) -> Ended {
        signals.begin();
        notices.hold();
        let mut out = io::BufWriter::new(io::stdout());
        let ended = loop {
            let came = rows.recv_timeout(LOOK_EVERY);
            let is_over = is_over(self);
            let printed = match came {
                Ok(batch) => self.print(&batch, signals, &mut out),
                Err(RecvTimeoutError::Timeout) if !is_over => Ok(()),
                Err(_) => break Ended::Complete,
            };
            if let Err(error) = printed.and_then(|()| self.between(notices, &mut out)) {
                self.lost = Some(error);
                break Ended::Closed;
            }
            if signals.is_interrupted() {
                break Ended::Interrupted;
            }
        };
        let last = self
            .status
            .clear(&mut out)
            .and_then(|()| self.printer.now(&self.shape).end(&mut out))
            .and_then(|()| out.flush());
        notices.release();
        match last {
            Ok(()) => ended,
            Err(error) => {
                self.lost.get_or_insert(error);
                Ended::Closed
            }
        }
    }

    /// Prints a batch in pieces, until Ctrl-C comes.
    fn print(&mut self, batch: &RowsToShow, signals: &Signals, out: &mut dyn Write) -> io::Result<()> {
        self.status.clear(out)?;
        let all = batch.rowtimes.len();
        for start in (0..all).step_by(PRINTED_ROWS) {
            let rows = PRINTED_ROWS.min(all - start);
            let piece = RowsToShow {
                rowtimes: batch.rowtimes.slice(start, rows),
                columns: batch.columns.iter().map(|c| c.slice(start, rows)).collect(),
            };
            self.count += rows as u64;
            self.printer.now(&self.shape).rows(&piece, out)?;
            if signals.is_interrupted() {
                break;
            }
        }
        Ok(())
    }

    /// What was said meanwhile, then the line at the bottom.
    fn between(&mut self, notices: &Notices, out: &mut dyn Write) -> io::Result<()> {
        for said in notices.take() {
            self.status.clear(out)?;
            match said {
                Said::Rows(rows) => out.write_all(rows.as_bytes())?,
                Said::Words(words) => {
                    out.flush()?;
                    report::note(&words);
                }
            }
        }
        let seconds = self.elapsed_ms() as f64 / 1_000.0;
        let status = Status {
            rows: self.count,
            rate: if seconds > 0.0 {
                self.count as f64 / seconds
            } else {
                0.0
            },
            lag_ms: self.lag_ms,
            bound_ms: self.bound_ms,
        };
        self.status.show(status, out)?;
        out.flush()
    }

    fn elapsed_ms(&self) -> u64 {
        wall_clock::monotonic_ms().saturating_sub(self.started_ms)
    }

    /// `(3 rows)`, on standard error.
    pub fn say_count(&self, ended: Ended, timing: bool) {
        let rows = if self.count == 1 { "row" } else { "rows" };
        let mut said = format!("({} {rows}", grouped(self.count));
        if timing {
            said.push_str(", ");
            said.push_str(&duration(i64::try_from(self.elapsed_ms()).unwrap_or(i64::MAX)));
        }
        if ended == Ended::Interrupted {
            said.push_str(", interrupted");
        }
        eprintln!("{said})");
    }
}
