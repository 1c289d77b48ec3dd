//! What clock functions see in a whole run (`decisions.md` 17): the time of the step in `run`, that of the rows in
//! `replay`, one instant under `--now`. The clock is a counter, so that nothing here waits for time to pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use arrow::array::{ArrayRef, Int32Array};
use rowtime_engine::dataflow::errors::ErrorRow;
use rowtime_engine::pipeline::run::{
    Observer, Progress, RunClock, RunOptions, SinkBinding, SourceBinding, run,
};
use rowtime_engine::pipeline::{OutsideError, Sink, SinkRows, Split, SplitBatch};
use rowtime_engine::row_text::write_json_row;
use rowtime_tests::drive::application;

const START_MS: i64 = 1_000_000;

/// Three rows at 10, 20 and 30 seconds, one a step.
struct Rows(i64);

impl Split for Rows {
    fn name(&self) -> &str {
        "rows"
    }

    fn next(&mut self, _rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        if self.0 == 30_000 {
            return Ok(None);
        }
        self.0 += 10_000;
        let unread = |n: usize| arrow::array::new_null_array(&arrow::datatypes::DataType::Null, n);
        let mut columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![1]))];
        columns.extend((0..4).map(|_| unread(1)));
        Ok(Some(SplitBatch {
            columns,
            rows: 1,
            arrivals_ms: Some(vec![self.0].into()),
            documents: 1,
            decoded: 1,
            ..SplitBatch::default()
        }))
    }
}

struct Lines(SyncSender<String>);

impl Sink for Lines {
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError> {
        for row in 0..rows.rowtimes.len() {
            let mut line = String::new();
            write_json_row(&mut line, rows.fields, rows.columns, row);
            let _ = self.0.send(line);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutsideError> {
        Ok(())
    }

    fn close(&mut self) -> Result<(), OutsideError> {
        Ok(())
    }
}

struct Silent;

impl Observer for Silent {
    fn step(&mut self, _progress: &Progress) {}
    fn errors(&mut self, _rows: &[ErrorRow]) {}
    fn not_reloaded(&mut self, _why: &OutsideError) {}
}

/// A second for every call.
fn counter() -> i64 {
    static CALLS: AtomicI64 = AtomicI64::new(0);
    START_MS + 1000 * (1 + CALLS.fetch_add(1, Ordering::Relaxed))
}

fn lines(clock: RunClock) -> Result<Vec<String>, OutsideError> {
    let app = application(
        "CREATE STREAM S (A INTEGER);
         CREATE STREAM O (START_MS BIGINT, ROW_MS BIGINT);
         CREATE PUMP P AS INSERT INTO O
           SELECT STREAM UNIX_TIMESTAMP(CURRENT_TIMESTAMP), UNIX_TIMESTAMP(CURRENT_ROW_TIMESTAMP) FROM S;",
    );
    let (sender, lines) = sync_channel(16);
    let sources = vec![SourceBinding {
        stream: 0,
        splits: vec![Box::new(Rows(0))],
        bytes_total: None,
    }];
    let sinks = vec![SinkBinding {
        stream: Some(1),
        sink: Box::new(Lines(sender)),
        shared: false,
    }];
    let options = RunOptions {
        batch_rows: 1,
        now_ms: START_MS,
        clock,
        flush_at_end: true,
        max_open: 1,
        stop: Arc::new(AtomicBool::new(false)),
    };
    let summary = run(&app, sources, Vec::new(), sinks, &options, &mut Silent)?;
    assert_eq!(summary.progress.rows, 3);
    Ok(lines.iter().collect())
}

fn row(start_ms: i64, row_ms: i64) -> String {
    format!(r#"{{"START_MS":{start_ms},"ROW_MS":{row_ms}}}"#)
}

#[test]
fn a_run_sees_the_time_of_each_step() -> Result<(), OutsideError> {
    let at = |second: i64| row(START_MS, START_MS + 1000 * second);
    assert_eq!(lines(RunClock::Steps(counter))?, [at(1), at(2), at(3)]);
    Ok(())
}

#[test]
fn a_replay_sees_the_time_of_the_rows() -> Result<(), OutsideError> {
    assert_eq!(
        lines(RunClock::Rows)?,
        [row(10_000, 10_000), row(10_000, 20_000), row(10_000, 30_000)]
    );
    Ok(())
}

#[test]
fn a_fixed_clock_stands_still() -> Result<(), OutsideError> {
    assert_eq!(lines(RunClock::Fixed)?, vec![row(START_MS, START_MS); 3]);
    Ok(())
}
