//! A query at the prompt or in a script: over data that ends it runs by itself, over live data it joins what runs.
//!
//! A run by itself (`private`) is the application up to what the query needs, over the same sources from their start;
//! the running dataflow does not notice. Over live sources the query is a temporary pump of the running dataflow
//! ([`super::tail`]).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};

use rowtime_connectors::wall_clock;
use rowtime_engine::application::compile;
use rowtime_engine::bind::{BindOptions, Queries, query_name};
use rowtime_engine::dataflow::errors::ErrorRow;
use rowtime_engine::diagnostic::Diagnostic;
use rowtime_engine::pipeline::run::{
    Observer, Progress, RunClock, RunOptions, SinkBinding, SourceBinding, Summary, run,
};
use rowtime_engine::pipeline::tables::TableBinding;
use rowtime_engine::pipeline::typed_rows::TypedRows;
use rowtime_engine::pipeline::{OutsideError, Split};
use rowtime_engine::plan::upstream::ObjectKind;
use rowtime_engine::plan::{Application, Field, StreamId};
use rowtime_engine::sql::ast::{Query, QueryBody, Statement, StatementKind};
use rowtime_engine::sql::parse;

use super::Shell;
use super::candidate::{Candidate, Found};
use super::error_rows::ErrorLog;
use super::live::Until;
use super::plain;
use super::reads::{Opened, as_source, is_file, no_such_file, read_as_stream, tables_alone};
use super::result::{BATCHES_MAX, Ended, ResultSink, Shown};
use super::running::{BATCH_ROWS, MAX_OPEN};
use super::typed::Typed;
use crate::failure::Failure;
use crate::inputs::{self, Reading};
use crate::script_names::{self, ScriptNames};
use crate::{report, stdout};

/// A query that can run.
pub struct Bound {
    /// The application that runs, with the query as a stream and a pump.
    pub whole: Application,
    /// Of it what the query needs.
    pub needed: Application,
    /// What the stream and the pump of the query are called.
    pub name: String,
    /// The columns that it shows.
    pub fields: Vec<Field>,
    /// Files that it names in place of streams.
    files: BTreeMap<String, Opened>,
}

impl Shell {
    /// Runs a query and prints its rows.
    pub fn query(&mut self, text: &str, offset: usize, typed: &Typed<'_>) -> Result<(), Failure> {
        self.asked = true;
        if self.constant_query(text, offset, typed)? {
            return Ok(());
        }
        let bound = self.bind_query(text, offset, typed)?;
        let live = self.live_sources(&bound);
        if live.is_empty() {
            if self.is_watched() && !self.at_prompt() {
                self.settle()?;
            }
            return self.run_by_itself(&bound);
        }
        if !says_stream(text) {
            return Err(Failure::Wrong(format!(
                "{} comes as it happens and has no end, so a SELECT over it would never be done; write SELECT STREAM",
                live.join(", ")
            )));
        }
        self.tail(&bound)
    }

    /// Binds a query to what stands and to what is bound, and shows what is wrong with it.
    pub fn bind_query(&mut self, text: &str, offset: usize, typed: &Typed<'_>) -> Result<Bound, Failure> {
        let rules = if says_stream(text) {
            Queries::Named
        } else {
            Queries::Bounded
        };
        let candidate = self.catalogue.standing().and_query(text, offset);
        let (trees, _) = parse(candidate.text());
        let names = script_names::of(&trees);
        let (mut options, mut notes) = self.bindings.bind_options(&names, self.strict, rules)?;
        let mut files = BTreeMap::new();
        for name in &names.missing {
            let known = options.external.iter().any(|s| s.name == *name)
                || options.tables.iter().any(|t| t.name == *name);
            if !known && is_file(name) {
                let (stream, note) = read_as_stream(name, name.clone(), &mut files)?;
                options.external.push(stream);
                notes.extend(note.filter(|_| self.told.insert(name.clone())));
            }
        }
        let candidate = if rules == Queries::Bounded {
            self.stand_tables_alone(text, candidate, &names, &mut options, &mut files)?
        } else {
            candidate
        };
        notes.iter().for_each(|note| report::note(note));
        let compiled = compile(candidate.text(), &options);
        let found: Vec<Diagnostic> = (compiled.diagnostics.iter())
            .filter_map(|d| match candidate.locate(d, typed) {
                Some(Found::Typed(d)) => Some(d),
                // What stands has been told of when it came.
                Some(Found::Standing(..)) | None => None,
            })
            .collect();
        let found: Vec<Diagnostic> = found
            .into_iter()
            .map(|d| no_such_file(d, &names.missing))
            .collect();
        self.show(&found, typed);
        if compiled.has_errors() {
            return Err(Failure::WrongAsReported);
        }
        let name = query_name(1);
        let whole = Self::running_application(&compiled.application, self.catalogue.stopped());
        let shown = whole
            .stream_id(&name)
            .and_then(|id| Some((id, whole.streams.get(id)?)));
        let Some((id, stream)) = shown else {
            return Err(Failure::Failed(
                "the query has no columns; please report this".to_owned(),
            ));
        };
        Ok(Bound {
            needed: whole.upstream_of(id),
            fields: stream.fields.iter().take(stream.declared).cloned().collect(),
            name,
            files,
            whole,
        })
    }

    /// Reference tables that stand alone in FROM of a query over data that ends are read as streams are. Where a pump
    /// joins with the same table, the query is bound without what stands.
    fn stand_tables_alone(
        &self,
        text: &str,
        candidate: Candidate,
        names: &ScriptNames,
        options: &mut BindOptions,
        files: &mut BTreeMap<String, Opened>,
    ) -> Result<Candidate, Failure> {
        let alone = tables_alone(text, &options.tables);
        let used = |name: &String| {
            let uses = self.application.uses.iter();
            uses.map(|u| &u.used)
                .any(|o| o.kind == ObjectKind::Table && o.name == *name)
        };
        let apart = alone.iter().any(used);
        for name in alone {
            let Some(table) = self.bindings.tables.iter().find(|t| t.name(names) == name) else {
                continue;
            };
            options.tables.retain(|t| t.name != name);
            let (stream, _) = read_as_stream(&name, as_source(&table.uri), files)?;
            options.external.push(stream);
        }
        Ok(if apart { candidate.only_query() } else { candidate })
    }

    /// The streams that a query needs and that come as they happen.
    fn live_sources(&self, bound: &Bound) -> Vec<String> {
        let names = self.names_with(bound);
        let live = self.bindings.sources.iter().filter(|s| s.live);
        let live = live.map(|s| s.stream(&names).0);
        live.filter(|name| bound.needed.stream_id(name).is_some())
            .collect()
    }

    fn names_with(&self, bound: &Bound) -> ScriptNames {
        let mut names = self.names.clone();
        let unwritten = bound.needed.streams.iter().map(|s| s.name.clone());
        let tables = bound.needed.tables.iter().map(|t| t.name.clone());
        names.missing.extend(
            unwritten
                .chain(tables)
                .filter(|s| !self.names.streams.contains(s)),
        );
        names
    }

    /// Runs what a query needs over its sources from their start.
    fn run_by_itself(&mut self, bound: &Bound) -> Result<(), Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let reading = Reading::all(MAX_OPEN, &stop);
        let sources = self.sources_of(bound, &reading)?;
        let tables = self.tables_of(bound, &reading)?;
        let (sent, rows) = sync_channel(BATCHES_MAX);
        let sink = SinkBinding {
            stream: bound.needed.stream_id(&bound.name),
            sink: Box::new(ResultSink::new(sent)),
            shared: false,
        };
        let options = RunOptions {
            batch_rows: BATCH_ROWS,
            now_ms: self.now_ms(),
            clock: match self.now {
                Some(_) => RunClock::Fixed,
                None => RunClock::Steps(wall_clock::now_ms),
            },
            flush_at_end: true,
            max_open: MAX_OPEN,
            stop: Arc::clone(&stop),
        };
        let app = bound.needed.clone();
        let log = Arc::clone(&self.log);
        log.lock().unwrap_or_else(PoisonError::into_inner).begin_query();
        let thread = std::thread::Builder::new()
            .name("query".to_owned())
            .spawn(move || {
                let mut books = Books { log, errors: 0 };
                let done = run(&app, sources, tables, vec![sink], &options, &mut books);
                (done, books.errors)
            });
        let thread =
            thread.map_err(|e| Failure::Failed(format!("cannot start a thread for the query: {e}")))?;
        let mut shown = Shown::new(&bound.fields, &self.shape, self.has_status_line());
        let ended = shown.follow(&rows, &self.signals, &self.notices, |_| false);
        stop.store(true, Ordering::Relaxed);
        drop(rows);
        let done: Result<(Result<Summary, OutsideError>, usize), _> = thread.join();
        let (done, errors) =
            done.map_err(|_| Failure::Failed("the query broke off; please report this".to_owned()))?;
        self.finish_result(shown, ended, errors)?;
        match done {
            Err(error) if ended != Ended::Closed => Err(Failure::Failed(error.to_string())),
            _ => Ok(()),
        }
    }

    /// Says how many rows there were, and counts error rows.
    pub fn finish_result(&mut self, shown: Shown, ended: Ended, errors: usize) -> Result<(), Failure> {
        if ended == Ended::Closed {
            self.closed = true;
            return shown.lost.and_then(|e| stdout::failure(&e)).map_or(Ok(()), Err);
        }
        self.notices.count_errors(errors);
        self.notices.tell_errors_now();
        shown.say_count(ended, self.timing);
        Ok(())
    }

    fn sources_of(&self, bound: &Bound, reading: &Reading) -> Result<Vec<SourceBinding>, Failure> {
        let app = &bound.needed;
        let names = self.names_with(bound);
        let mut sources = Vec::new();
        for (id, stream) in app.streams.iter().enumerate() {
            if app.pumps.iter().any(|p| p.target == id) {
                continue;
            }
            let mut splits: Vec<Box<dyn Split>> = Vec::new();
            let mut bytes_total = None;
            let bound_to = self.bindings.source_of(&stream.name, &names);
            let file = bound.files.get(&stream.name);
            if let Some((uri, guessed)) = match bound_to {
                Some(source) => Some((source.uri.as_str(), source.guessed(&names))),
                None => file.map(|file| (file.uri.as_str(), file.guessed.clone())),
            } {
                let opened = inputs::source(uri, stream, inputs::wanted(app, id, false), guessed, reading)?;
                splits.extend(opened.splits);
                bytes_total = opened.bytes_total;
            }
            splits.extend(self.typed_split(app, id));
            if splits.is_empty() {
                report::note(&format!("stream {} has no source and no rows", stream.name));
            }
            sources.push(SourceBinding {
                stream: id,
                splits,
                bytes_total,
            });
        }
        Ok(sources)
    }

    /// The rows typed for a stream, as if they came from a file.
    fn typed_split(&self, app: &Application, id: StreamId) -> Option<Box<dyn Split>> {
        let stream = app.streams.get(id)?;
        let (rowtimes, columns) = self.bindings.typed.get(&stream.name)?.all()?;
        let title = format!("rows typed for {}", stream.name);
        Some(Box::new(TypedRows::new(title, rowtimes, columns)))
    }

    fn tables_of(&self, bound: &Bound, reading: &Reading) -> Result<Vec<TableBinding>, Failure> {
        let (app, names) = (&bound.needed, self.names_with(bound));
        let mut tables = Vec::new();
        for (id, table) in app.tables.iter().enumerate() {
            let Some(bound) = self.bindings.tables.iter().find(|t| t.name(&names) == table.name) else {
                continue;
            };
            let opened = inputs::table(
                &bound.uri,
                table,
                inputs::looked_up(app, id),
                bound.guessed.clone(),
                reading,
            )?;
            tables.push(TableBinding {
                table: id,
                source: opened.source,
            });
        }
        Ok(tables)
    }

    /// In a script: lets the sources that end run to their end, so that what is asked next sees all of them.
    pub fn settle(&mut self) -> Result<(), Failure> {
        self.start()?;
        if self.at_prompt() {
            return Ok(());
        }
        self.wait_for_session(Until::Idle).map(drop)
    }

    /// Whether the line at the bottom can be drawn.
    pub fn has_status_line(&self) -> bool {
        self.at_prompt() && plain::is_editable()
    }
}

/// Whether a query says SELECT STREAM.
fn says_stream(text: &str) -> bool {
    fn says(query: &Query) -> bool {
        match &query.body {
            QueryBody::Select(select) => select.stream,
            QueryBody::Set { left, right, .. } => says(left) || says(right),
            QueryBody::Values(_) => false,
        }
    }
    let (trees, _) = parse(text);
    let mut queries = trees.iter().filter_map(|tree: &Statement| match &tree.kind {
        StatementKind::Query(query) => Some(query),
        _ => None,
    });
    queries.next().is_some_and(says)
}

/// Keeps what goes wrong in a query's own run.
struct Books {
    log: Arc<Mutex<ErrorLog>>,
    errors: usize,
}

impl Observer for Books {
    fn step(&mut self, _: &Progress) {}

    fn errors(&mut self, rows: &[ErrorRow]) {
        self.errors += rows.len();
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take_of_query(rows);
    }

    fn not_reloaded(&mut self, _: &OutsideError) {}
}
