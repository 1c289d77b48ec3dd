//! Reference tables in a whole run: they enter with the first step, a change with a later one, what cannot be read again
//! leaves them as they are, and rows that multiply do not come all at once.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{SyncSender, sync_channel};

use arrow::array::{ArrayRef, Int32Array, NullArray, StringViewArray};
use rowtime_engine::dataflow::TableContents;
use rowtime_engine::dataflow::errors::ErrorRow;
use rowtime_engine::pipeline::run::{
    Observer, Progress, RunClock, RunOptions, SinkBinding, SourceBinding, Summary, run,
};
use rowtime_engine::pipeline::step_size::ROWS_OUT_MAX;
use rowtime_engine::pipeline::tables::{TableBinding, TableSummary};
use rowtime_engine::pipeline::{
    OutsideError, RecordError, Sink, SinkRows, Split, SplitBatch, TableLoad, TableSource,
};
use rowtime_engine::plan::{Application, Field, ReferenceTable};
use rowtime_engine::row_error::ErrorName;
use rowtime_engine::row_text::write_json_row;
use rowtime_engine::types::SqlType;
use rowtime_tests::drive::application_with;

/// Rows of S, a second apart: A is 1, 2, …
struct Rows {
    given: usize,
    count: usize,
}

impl Split for Rows {
    fn name(&self) -> &str {
        "rows"
    }

    fn next(&mut self, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        let rows = rows_max.min(self.count - self.given);
        let numbers = self.given + 1..=self.given + rows;
        self.given += rows;
        let values = numbers.clone().map(|n| n as i32);
        let mut columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from_iter_values(values))];
        columns.extend((0..4).map(|_| Arc::new(NullArray::new(rows)) as ArrayRef));
        Ok((rows > 0).then(|| SplitBatch {
            columns,
            rows,
            arrivals_ms: Some(numbers.map(|n| n as i64 * 1_000).collect::<Vec<_>>().into()),
            documents: rows as u64,
            decoded: rows as u64,
            ..SplitBatch::default()
        }))
    }
}

/// What a table says each time it is asked.
struct Script(VecDeque<Option<Result<TableLoad, OutsideError>>>);

impl TableSource for Script {
    fn name(&self) -> &str {
        "R"
    }

    fn take_new(&mut self) -> Option<Result<TableLoad, OutsideError>> {
        self.0.pop_front().flatten()
    }
}

fn table(names: &[&str]) -> TableLoad {
    TableLoad {
        contents: TableContents {
            columns: vec![Arc::new(StringViewArray::from_iter_values(names))],
            rows: names.len(),
        },
        documents: names.len() as u64,
        decoded: names.len() as u64,
        errors: Vec::new(),
    }
}

/// Rows as text; without a reader they are only counted.
struct Lines(Option<SyncSender<String>>);

impl Sink for Lines {
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError> {
        for row in 0..rows.rowtimes.len() {
            if let Some(sender) = &self.0 {
                let mut line = String::new();
                write_json_row(&mut line, rows.fields, rows.columns, row);
                let _ = sender.send(line);
            }
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

#[derive(Default)]
struct Seen {
    rows_out: u64,
    most_rows_out: u64,
    errors: Vec<ErrorRow>,
    notes: Vec<String>,
}

impl Observer for Seen {
    fn step(&mut self, progress: &Progress) {
        self.most_rows_out = self.most_rows_out.max(progress.rows_out - self.rows_out);
        self.rows_out = progress.rows_out;
    }

    fn errors(&mut self, rows: &[ErrorRow]) {
        self.errors.extend_from_slice(rows);
    }

    fn not_reloaded(&mut self, why: &OutsideError) {
        self.notes.push(why.to_string());
    }
}

fn app() -> Application {
    let name = Field {
        name: "NAME".to_owned(),
        ty: SqlType::Varchar(10),
        not_null: false,
    };
    let table = ReferenceTable {
        name: "R".to_owned(),
        fields: vec![name],
    };
    application_with(
        "CREATE STREAM S (A INTEGER);
         CREATE STREAM O (A INTEGER, NAME VARCHAR(10));
         CREATE PUMP P AS INSERT INTO O SELECT STREAM s.A, r.NAME FROM S AS s, R AS r;",
        vec![table],
    )
}

fn drive(
    rows: usize,
    batch_rows: usize,
    script: Vec<Option<Result<TableLoad, OutsideError>>>,
    sender: Option<SyncSender<String>>,
    seen: &mut Seen,
) -> Result<Summary, OutsideError> {
    let sources = vec![SourceBinding {
        stream: 0,
        splits: vec![Box::new(Rows {
            given: 0,
            count: rows,
        })],
        bytes_total: None,
    }];
    let tables = vec![TableBinding {
        table: 0,
        source: Box::new(Script(script.into())),
    }];
    let sinks = vec![SinkBinding {
        stream: Some(1),
        sink: Box::new(Lines(sender)),
        shared: false,
    }];
    let options = RunOptions {
        batch_rows,
        now_ms: 0,
        clock: RunClock::Rows,
        flush_at_end: true,
        max_open: 1,
        stop: Arc::new(AtomicBool::new(false)),
    };
    run(&app(), sources, tables, sinks, &options, seen)
}

fn gone() -> OutsideError {
    OutsideError {
        place: "R".to_owned(),
        message: "gone".to_owned(),
    }
}

#[test]
fn a_change_comes_with_the_step_that_finds_it_and_a_failure_changes_nothing() {
    let (sender, lines) = sync_channel(16);
    let mut first = table(&["old"]);
    first.documents += 1;
    first.errors.push(RecordError {
        after_rows: 1,
        name: ErrorName::Parse,
        message: "bad".to_owned(),
        position: "r.csv:4".to_owned(),
        raw: b"x".to_vec(),
        arrival_ms: None,
    });
    let script = vec![
        Some(Ok(first)),
        None,
        Some(Err(gone())),
        Some(Ok(table(&["new", "newer"]))),
    ];
    let mut seen = Seen::default();
    let summary = drive(4, 1, script, Some(sender), &mut seen).unwrap();
    let lines: Vec<String> = lines.iter().collect();
    let expected = [(1, "old"), (2, "old"), (3, "old"), (4, "new"), (4, "newer")];
    assert_eq!(
        lines,
        expected.map(|(a, name)| format!("{{\"A\":{a},\"NAME\":\"{name}\"}}"))
    );
    assert_eq!(seen.notes, ["R: gone"]);
    // The table came before any row, so its error stands at the first one.
    let errors: Vec<(i64, &str)> = seen
        .errors
        .iter()
        .map(|e| (e.rowtime_ms, e.message.as_str()))
        .collect();
    assert_eq!(errors, [(1_000, "bad at r.csv:4")]);
    let table = TableSummary {
        name: "R".to_owned(),
        rows: 2,
        loads: 2,
        documents: 4,
        decoded: 3,
    };
    assert_eq!(summary.tables, [table]);
}

#[test]
fn a_table_that_cannot_be_read_at_all_ends_the_run() {
    let failed = drive(1, 1, vec![Some(Err(gone()))], None, &mut Seen::default());
    assert_eq!(failed.unwrap_err().to_string(), "R: gone");
}

#[test]
fn rows_that_a_join_multiplies_come_in_steps_of_a_bounded_yield() {
    let names = vec!["name"; 2_000];
    let mut seen = Seen::default();
    let summary = drive(1_500, 16_384, vec![Some(Ok(table(&names)))], None, &mut seen).unwrap();
    assert_eq!(summary.progress.rows_out, 3_000_000);
    let most = seen.most_rows_out as usize;
    // The first step had to find out.
    assert!((1..=2 * ROWS_OUT_MAX).contains(&most), "{most}");
}
