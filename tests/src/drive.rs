//! An application driven directly: rows in, text lines out, under every way of cutting and restoring.

use arrow::array::ArrayRef;
use arrow::buffer::ScalarBuffer;
use rowtime_engine::application::compile;
use rowtime_engine::bind::BindOptions;
use rowtime_engine::clock::Clock;
use rowtime_engine::dataflow::errors::PumpCounts;
use rowtime_engine::dataflow::{Dataflow, Step, StepOutput, StreamRows, TableContents};
use rowtime_engine::datetime::timestamp_text;
use rowtime_engine::diagnostic::Severity;
use rowtime_engine::plan::{Application, ReferenceTable, TableId};
use rowtime_engine::row_text;

/// Something that happens to an application.
pub enum Event {
    /// Rows of the source stream, with all its fields; ROWTIMEs do not go back.
    Rows {
        /// ROWTIMEs.
        rowtimes: Vec<i64>,
        /// Columns.
        columns: Vec<ArrayRef>,
    },
    /// The clock moves.
    Advance(i64),
    /// What a reference table holds from here on.
    Table(TableId, TableContents),
}

/// How a run is cut.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// Most rows in a step.
    pub batch_rows: usize,
    /// Save to bytes and load into a new dataflow after every step.
    pub restore: bool,
}

/// What a run brought out: `STREAM ROWTIME {row}` lines, error lines, and the books.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Rows.
    pub rows: Vec<String>,
    /// Errors: `ROWTIME name pump`.
    pub errors: Vec<String>,
    /// Books.
    pub counts: Vec<(String, PumpCounts)>,
}

/// Compiles a script that must be right.
///
/// # Panics
/// With the findings, when it is not.
pub fn application(sql: &str) -> Application {
    application_with(sql, Vec::new())
}

/// Compiles a script that must be right and reads these tables, all of them.
///
/// # Panics
/// With the findings, when it is not.
#[expect(clippy::panic, reason = "a test's script must compile")]
pub fn application_with(sql: &str, tables: Vec<ReferenceTable>) -> Application {
    let options = BindOptions {
        tables,
        ..BindOptions::default()
    };
    let compiled = compile(sql, &options);
    let errors: Vec<_> = compiled
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect();
    if !errors.is_empty() {
        panic!("{sql}\n{errors:#?}");
    }
    compiled.application
}

/// Runs the events through the application; rows go to `source`.
///
/// # Panics
/// When the stream does not exist or a state does not load.
#[expect(clippy::expect_used, reason = "a test's stream exists and its states load")]
pub fn run(app: &Application, source: &str, events: &[Event], cut: Cut) -> Outcome {
    let stream = app
        .streams
        .iter()
        .position(|s| s.name == source)
        .expect("the source stream exists");
    let mut flow = Dataflow::new(app);
    let mut outcome = Outcome::default();
    let mut step = |flow: &mut Dataflow, tables, inputs: Vec<StreamRows>, advance_ms: Option<i64>| {
        let output = flow.step(Step {
            tables,
            inputs,
            errors: Vec::new(),
            advance_ms,
            clock: Clock {
                run_start_ms: 0,
                row_ms: None,
            },
        });
        note(app, &output, &mut outcome);
        if cut.restore {
            let bytes = flow.save().expect("a state can be saved");
            let mut fresh = Dataflow::new(app);
            fresh.load(&bytes).expect("a state can be loaded");
            *flow = fresh;
        }
    };
    for event in events {
        match event {
            Event::Advance(ms) => step(&mut flow, Vec::new(), Vec::new(), Some(*ms)),
            Event::Table(table, contents) => {
                let tables = vec![(*table, contents.clone())];
                step(&mut flow, tables, Vec::new(), None);
            }
            Event::Rows { rowtimes, columns } => {
                let all = ScalarBuffer::from(rowtimes.clone());
                let mut start = 0;
                while start < all.len() {
                    let len = cut.batch_rows.min(all.len() - start);
                    let rows = StreamRows {
                        stream,
                        rowtimes: all.slice(start, len),
                        columns: columns.iter().map(|c| c.slice(start, len)).collect(),
                    };
                    step(&mut flow, Vec::new(), vec![rows], None);
                    start += len;
                }
            }
        }
    }
    step(&mut flow, Vec::new(), Vec::new(), Some(i64::MAX));
    outcome.counts = flow.counts();
    outcome
}

fn note(app: &Application, output: &StepOutput, outcome: &mut Outcome) {
    for rows in &output.rows {
        let stream = &app.streams[rows.stream];
        for (row, &rowtime) in rows.rowtimes.iter().enumerate() {
            let mut line = format!("{} {} ", stream.name, timestamp_text(rowtime));
            row_text::write_json_row(&mut line, &stream.fields[..stream.declared], &rows.columns, row);
            outcome.rows.push(line);
        }
    }
    for error in &output.errors {
        outcome.errors.push(format!(
            "{} {} {}",
            timestamp_text(error.rowtime_ms),
            error.name,
            error.pump.as_deref().unwrap_or("null")
        ));
    }
}
