//! What an application reads, opened: sources and reference tables, with the columns that somebody wants.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rowtime_connectors::discover::Discovered;
use rowtime_connectors::source::table::{self, OpenedTable, TableOptions};
use rowtime_connectors::source::{self, OpenedSource, SourceOptions};
use rowtime_engine::plan::{Application, Plan, ReferenceTable, Stream, StreamId, TableId};

use crate::failure::Failure;
use crate::report;

/// How sources are read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Workers that may decode.
    pub threads: usize,
    /// Rows that arrived before are left out.
    pub start_ms: Option<i64>,
    /// Rows that arrived then or later are left out.
    pub end_ms: Option<i64>,
    /// An unreadable object ends the run.
    pub stop_on_error: bool,
    /// What the dialect's rules call lenient is an error row.
    pub strict: bool,
    /// Most objects open at once.
    pub max_open: usize,
    /// What is still being written is followed.
    pub follow: bool,
    /// Set when the run is to stop.
    pub stop: Arc<AtomicBool>,
}

impl Reading {
    /// All of it, with error rows for what cannot be read.
    pub fn all(max_open: usize, stop: &Arc<AtomicBool>) -> Self {
        Self {
            threads: threads(None),
            start_ms: None,
            end_ms: None,
            stop_on_error: false,
            strict: false,
            max_open,
            follow: true,
            stop: Arc::clone(stop),
        }
    }
}

/// Workers: as many as asked for, else one a core.
pub fn threads(asked: Option<usize>) -> usize {
    asked
        .or_else(|| std::thread::available_parallelism().ok().map(usize::from))
        .unwrap_or(1)
}

/// Opens the source of a stream and says what of it is ignored.
pub fn source(
    uri: &str,
    stream: &Stream,
    wanted: Vec<bool>,
    guessed: Option<Arc<Discovered>>,
    reading: &Reading,
) -> Result<OpenedSource, Failure> {
    let opened = source::open(
        uri,
        stream,
        &SourceOptions {
            threads: reading.threads,
            start_ms: reading.start_ms,
            end_ms: reading.end_ms,
            stop_on_error: reading.stop_on_error,
            strict: reading.strict,
            max_open: reading.max_open,
            follow: reading.follow,
            wanted,
            stop: Arc::clone(&reading.stop),
            guessed,
        },
    )?;
    note_warnings(uri, &opened.warnings);
    Ok(opened)
}

/// Opens a reference table and says what of it is ignored.
pub fn table(
    uri: &str,
    described: &ReferenceTable,
    wanted: Vec<bool>,
    guessed: Option<Arc<Discovered>>,
    reading: &Reading,
) -> Result<OpenedTable, Failure> {
    let options = TableOptions {
        stop_on_error: reading.stop_on_error,
        strict: reading.strict,
        wanted,
        guessed,
    };
    let opened = table::open(uri, described, &options)?;
    note_warnings(uri, &opened.warnings);
    Ok(opened)
}

fn note_warnings(uri: &str, warnings: &[String]) {
    for warning in warnings {
        report::note(&format!("{uri}: {warning}"));
    }
}

/// The columns of a stream that some pump reads, or, where the stream itself leaves, all declared ones.
pub fn wanted(app: &Application, id: StreamId, leaves: bool) -> Vec<bool> {
    let Some(stream) = app.streams.get(id) else {
        return Vec::new();
    };
    let mut wanted: Vec<bool> = (0..stream.fields.len())
        .map(|i| leaves && i < stream.declared)
        .collect();
    for pump in &app.pumps {
        mark_scanned(&pump.plan, id, &mut wanted);
    }
    wanted
}

fn mark_scanned(plan: &Plan, id: StreamId, wanted: &mut [bool]) {
    if let Plan::Scan { stream, columns, .. } = plan
        && *stream == id
    {
        for column in columns {
            if let Some(flag) = wanted.get_mut(*column) {
                *flag = true;
            }
        }
    }
    for input in plan.inputs() {
        mark_scanned(input, id, wanted);
    }
}

/// The columns of a reference table that some pump looks up.
pub fn looked_up(app: &Application, id: TableId) -> Vec<bool> {
    let fields = app.tables.get(id).map_or(0, |table| table.fields.len());
    let mut wanted = vec![false; fields];
    for pump in &app.pumps {
        mark_looked_up(&pump.plan, id, &mut wanted);
    }
    wanted
}

fn mark_looked_up(plan: &Plan, id: TableId, wanted: &mut [bool]) {
    if let Plan::Lookup(lookup) = plan
        && lookup.table == id
    {
        for column in &lookup.columns {
            if let Some(flag) = wanted.get_mut(*column) {
                *flag = true;
            }
        }
    }
    for input in plan.inputs() {
        mark_looked_up(input, id, wanted);
    }
}
