//! From the statements that stand and what is bound to the session: what is opened, closed and changed there.
//!
//! A change is prepared here, where it can still be refused (a file that is not there, a schema that does not fit), and
//! then done by the session thread in one go, between two turns.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rowtime_connectors::source::OpenedSource;
use rowtime_connectors::source::background::Background;
use rowtime_engine::bind::Queries;
use rowtime_engine::pipeline::session::{Change, SessionOptions};
use rowtime_engine::pipeline::{Sink, SinkId, Split, TableSource};
use rowtime_engine::plan::{Application, Stream};

use super::Shell;
use super::bindings::Source;
use super::live::{Running, Until};
use super::typed::is_error;
use crate::failure::Failure;
use crate::inputs::{self, Reading};
use crate::progress::grouped;
use crate::script;
use crate::script_names::ScriptNames;

/// Most rows in one step.
pub const BATCH_ROWS: usize = 16_384;
/// Objects open at once.
pub const MAX_OPEN: usize = 512;

/// What a change of the running dataflow took with it, in words.
fn lost(change: &Change) -> Vec<String> {
    let mut words = Vec::new();
    for (pump, windows) in change.gone.iter().filter(|(_, windows)| *windows > 0) {
        let many = if *windows == 1 {
            "window or group"
        } else {
            "windows or groups"
        };
        let windows = grouped(*windows as u64);
        words.push(format!("pump {pump}: {windows} open {many} dropped"));
    }
    if change.rows_dropped > 0 {
        let rows = grouped(change.rows_dropped as u64);
        words.push(format!("typed rows dropped with their stream: {rows}"));
    }
    words.extend(change.failures.iter().map(ToString::to_string));
    words
}

/// What the session thread is to open with a change.
#[derive(Default)]
struct Plan {
    close_sources: Vec<String>,
    sources: Vec<(String, OpenedSource)>,
    tables: Vec<Box<dyn TableSource>>,
    /// By the position of the binding.
    sinks: Vec<(usize, Option<String>, Box<dyn Sink>)>,
    /// What to say of it at the prompt.
    news: Vec<String>,
}

impl Shell {
    /// The application without the pumps that are stopped.
    pub fn running_application(app: &Application, stopped: &BTreeSet<String>) -> Application {
        let mut app = app.clone();
        app.pumps.retain(|p| !stopped.contains(&p.name));
        app
    }

    /// Starts the session if it has not been: until something looks at data, a script from a pipe only collects.
    pub fn start(&mut self) -> Result<(), Failure> {
        if self.running.is_some() {
            return Ok(());
        }
        let options = SessionOptions {
            batch_rows: BATCH_ROWS,
            max_open: MAX_OPEN,
            now_ms: self.now_ms(),
        };
        let held = !self.at_prompt();
        let running = Running::start(options, self.now, &self.log, &self.notices, held)?;
        self.running = Some(running);
        self.rebind(None)
    }

    /// Has the session take what stands and what is bound now; `close` is a stream whose source goes.
    pub fn rebind(&mut self, close: Option<String>) -> Result<(), Failure> {
        let standing = self.catalogue.standing();
        let (compiled, names) = self.compile(&standing, Queries::Refused)?;
        if compiled.has_errors() {
            // What stands reads something that would be no more.
            let broken = compiled.diagnostics.iter().find(|d| is_error(d));
            let user = broken.and_then(|d| Some((standing.holder(d)?, d)));
            return Err(Failure::Wrong(match user {
                Some((user, found)) => format!("{} would not work any more: {}", user.title(), found.message),
                None => "the statements that stand would not work any more".to_owned(),
            }));
        }
        let stopped = self.catalogue.stopped().clone();
        self.take(&compiled.application, &names, &stopped, close, Vec::new())?;
        self.application = compiled.application;
        self.names = names;
        self.refresh_names();
        Ok(())
    }

    /// Has the session run this application with what is bound; before it has started, only what can be refused is.
    /// `close` is a stream whose source goes, `news` is what to say of the change at the prompt.
    pub fn take(
        &mut self,
        app: &Application,
        names: &ScriptNames,
        stopped: &BTreeSet<String>,
        close: Option<String>,
        news: Vec<String>,
    ) -> Result<(), Failure> {
        self.refuse_fed_and_written(app, names)?;
        let Some(running) = &self.running else {
            return Ok(());
        };
        let live = running.live.clone();
        let mut plan = self.plan(app, names)?;
        plan.close_sources.extend(close);
        plan.news = news;
        let running_app = Self::running_application(app, stopped);
        let places: Vec<usize> = plan.sinks.iter().map(|(i, ..)| *i).collect();
        let (change, ids) = live.call(move |core| {
            for stream in &plan.close_sources {
                core.session.unbind_source(stream);
            }
            let change = core.session.change(running_app);
            // Before anything comes of it.
            plan.news.iter().for_each(|words| core.event(words));
            lost(&change).iter().for_each(|words| core.say(words));
            let now_ms = core.now_ms();
            for (stream, opened) in plan.sources {
                // Of the application that has just been taken.
                let _ = core
                    .session
                    .bind_source(&stream, opened.splits, opened.bytes_total, now_ms);
            }
            for table in plan.tables {
                core.session.bind_table(table);
            }
            let bind = |(_, stream, sink): (usize, Option<String>, _)| {
                core.session.bind_sink(stream.as_deref(), sink).ok()
            };
            let ids: Vec<Option<SinkId>> = plan.sinks.into_iter().map(bind).collect();
            (change, ids)
        })?;
        for (place, id) in places.into_iter().zip(ids) {
            if let Some(sink) = self.bindings.sinks.get_mut(place) {
                sink.open = id;
            }
        }
        self.note_open(app, names);
        for (stream, rows) in self.bindings.forget_typed(app) {
            let rows = grouped(rows as u64);
            self.notices.say(&format!(
                "typed rows of {stream} forgotten, since its columns are not theirs: {rows}"
            ));
        }
        self.forget_closed(&change);
        Ok(())
    }

    /// Sinks that the session closed because their stream is no more, or has other columns.
    fn forget_closed(&mut self, change: &Change) {
        for (id, stream) in &change.unbound_sinks {
            let closed = self.bindings.sinks.iter().filter(|s| s.open == Some(*id));
            for sink in closed {
                let words = format!(
                    "\\sink {stream} {}: closed, for its stream is no more or has other columns",
                    sink.uri
                );
                self.notices.say(&words);
            }
            self.bindings.sinks.retain(|s| s.open != Some(*id));
        }
    }

    /// A source can only feed a stream that no pump writes.
    fn refuse_fed_and_written(&self, app: &Application, names: &ScriptNames) -> Result<(), Failure> {
        for source in &self.bindings.sources {
            let name = source.stream(names).0;
            let stream = app.stream_id(&name);
            if let Some(writer) = app.pumps.iter().find(|p| Some(p.target) == stream) {
                return Err(Failure::Wrong(format!(
                    "stream {name} is read from {}, and pump {} writes it; a source can only feed a stream that no pump \
                     writes",
                    source.uri, writer.name
                )));
            }
        }
        Ok(())
    }

    fn plan(&self, app: &Application, names: &ScriptNames) -> Result<Plan, Failure> {
        let mut plan = Plan::default();
        for source in &self.bindings.sources {
            let name = source.stream(names).0;
            let stream = app.streams.iter().find(|s| s.name == name);
            let wanted = stream.map(|s| (s.name.clone(), s.fields.clone()));
            if source.open == wanted {
                continue;
            }
            plan.close_sources
                .extend(source.open.iter().map(|(name, _)| name.clone()));
            if let Some(stream) = stream {
                let opened = self.open_source(source, stream, names)?;
                plan.sources.push((name, opened));
            }
        }
        let reading = Reading::all(MAX_OPEN, &Arc::default());
        for table in &self.bindings.tables {
            let described = table.described(names);
            if table.open.as_ref() == Some(&described.name) {
                continue;
            }
            let wanted = vec![true; described.fields.len()];
            let opened = inputs::table(&table.uri, &described, wanted, table.guessed.clone(), &reading)?;
            plan.tables.push(opened.source);
        }
        let streams: Vec<&str> = app.streams.iter().map(|s| s.name.as_str()).collect();
        for (i, sink) in self
            .bindings
            .sinks
            .iter()
            .enumerate()
            .filter(|(_, s)| s.open.is_none())
        {
            if let Some(stream) = sink.stream(&streams) {
                let opened = self.open_sink(sink, &stream)?;
                let stream = (stream != script::ERROR_STREAM).then_some(stream);
                plan.sinks.push((i, stream, opened));
            }
        }
        Ok(plan)
    }

    /// Remembers what the session now reads.
    fn note_open(&mut self, app: &Application, names: &ScriptNames) {
        for source in &mut self.bindings.sources {
            let name = source.stream(names).0;
            let stream = app.streams.iter().find(|s| s.name == name);
            source.open = stream.map(|s| (name, s.fields.clone()));
        }
        for table in &mut self.bindings.tables {
            table.open = Some(table.name(names));
        }
    }

    /// Opens a source for a stream.
    pub fn open_source(
        &self,
        source: &Source,
        stream: &Stream,
        names: &ScriptNames,
    ) -> Result<OpenedSource, Failure> {
        // Of this source alone: it stops when the session lets go of it.
        let stop = Arc::new(AtomicBool::new(false));
        let mut reading = Reading::all(MAX_OPEN, &stop);
        if source.live {
            // It gets a thread of its own.
            reading.threads = 1;
        }
        let wanted = vec![true; stream.fields.len()];
        let mut opened = inputs::source(&source.uri, stream, wanted, source.guessed(names), &reading)?;
        let Some(running) = self.running.as_ref().filter(|_| source.live) else {
            return Ok(opened);
        };
        let wake = running.live.waker();
        let splits = opened.splits.drain(..);
        opened.splits = splits
            .map(|split| -> Box<dyn Split> { Box::new(Background::new(split, &stop, &wake)) })
            .collect();
        Ok(opened)
    }

    /// Lets go of a reference table.
    pub fn close_table(&mut self, name: &str) -> Result<(), Failure> {
        let name = name.to_owned();
        match &self.running {
            Some(running) => running.live.call(move |core| core.session.unbind_table(&name)),
            None => Ok(()),
        }
    }

    /// Lets the session run until its sources are so far, or until Ctrl-C; whether they are.
    pub fn wait_for_session(&mut self, until: Until) -> Result<bool, Failure> {
        let Some(running) = &self.running else {
            return Ok(true);
        };
        let there = running.live.wait_until(until)?;
        Ok(self.signals.wait(&there))
    }

    /// Whether anything that the running dataflow does can be seen.
    pub fn is_watched(&self) -> bool {
        !self.bindings.sinks.is_empty()
    }
}
