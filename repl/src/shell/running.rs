//! From the statements that stand and what is bound to the session: what is opened, closed and changed there.
//!
//! A change is prepared here, where it can still be refused (a file that is not there, a schema that does not fit), and
//! then done by the session thread in one go, between two turns.

use std::collections::{BTreeMap, BTreeSet};

use rowtime_connectors::{sink, source};
use rowtime_engine::pipeline::session::SessionOptions;
use rowtime_engine::pipeline::{Sink, Split, TableSource};
use rowtime_engine::plan::{Application, Field, Stream};

use super::Shell;
use super::bindings::{Bindings, Destination};
use super::live::{Running, Until};
use super::printed::PrintedRows;
use crate::failure::Failure;
use crate::inputs::{self, Reading};
use crate::progress::grouped;
use crate::report;
use crate::script;
use crate::script_names::ScriptNames;

/// Most rows in one step.
pub const BATCH_ROWS: usize = 16_384;
/// Objects open at once.
pub const MAX_OPEN: usize = 512;

/// What a change of the running dataflow took with it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Pumps that are gone or start anew, with the windows that were open.
    dropped: Vec<(String, usize)>,
    /// Streams that are no more, with what was bound to them.
    unbound: Vec<String>,
}

impl Outcome {
    /// Says what was lost.
    pub fn tell(&self) {
        for (pump, windows) in self.dropped.iter().filter(|(_, windows)| *windows > 0) {
            let many = if *windows == 1 { "window or group" } else { "windows or groups" };
            let windows = grouped(*windows as u64);
            report::note(&format!("pump {pump}: {windows} open {many} dropped"));
        }
        for what in &self.unbound {
            report::note(what);
        }
    }
}

/// What the session thread is to open and close with a change.
#[derive(Default)]
struct Plan {
    close_sources: Vec<String>,
    open_sources: Vec<(String, Vec<Box<dyn Split>>, Option<u64>)>,
    open_tables: Vec<Box<dyn TableSource>>,
    open_sinks: Vec<(usize, Option<String>, Box<dyn Sink>)>,
    close_sinks: Vec<usize>,
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
        let now_ms = self.now_ms();
        let options = SessionOptions {
            batch_rows: BATCH_ROWS,
            max_open: MAX_OPEN,
            now_ms,
        };
        let running = Running::start(
            options,
            self.clock(),
            &self.log,
            &self.notices,
            !self.at_prompt(),
        )?;
        self.running = Some(running);
        let (application, names) = (self.application.clone(), self.names.clone());
        let stopped = self.catalogue.stopped().clone();
        let outcome = self.take_application(&application, &names, &stopped);
        if outcome.is_err() {
            self.running = None;
        }
        outcome.map(drop)
    }

    /// Has the session run this application with what is bound. Before it has started, only what can be refused is.
    pub fn take_application(
        &mut self,
        app: &Application,
        names: &ScriptNames,
        stopped: &BTreeSet<String>,
    ) -> Result<Outcome, Failure> {
        self.refuse_fed_and_written(app, names)?;
        let Some(running) = &self.running else {
            return Ok(Outcome::default());
        };
        let live = running.live.clone();
        let plan = self.plan(app, names)?;
        let running_app = Self::running_application(app, stopped);
        let close_ids: Vec<_> = plan.close_sinks.iter().filter_map(|i| self.bindings.sinks.get(*i)?.open.clone()).collect();
        let (close_sources, open_sources) = (plan.close_sources, plan.open_sources);
        let opened: Vec<(usize, Option<String>)> = plan.open_sinks.iter().map(|(i, s, _)| (*i, s.clone())).collect();
        let open_sinks: Vec<_> = plan.open_sinks.into_iter().map(|(_, s, sink)| (s, sink)).collect();
        let tables = plan.open_tables;
        let done = live.call(move |core| {
            let mut closing = Vec::new();
            for (_, id) in close_ids {
                closing.extend(core.session.unbind_sink(id).err());
            }
            for stream in &close_sources {
                core.session.unbind_source(stream);
            }
            let change = core.session.change(running_app)?;
            let now_ms = core.now_ms();
            for (stream, splits, bytes) in open_sources {
                core.session.bind_source(&stream, splits, bytes, now_ms);
            }
            for table in tables {
                core.session.bind_table(table);
            }
            let ids: Vec<_> = open_sinks
                .into_iter()
                .map(|(stream, sink)| core.session.bind_sink(stream.as_deref(), sink))
                .collect();
            Ok::<_, rowtime_engine::state::StateError>((change, ids, closing))
        })?;
        let (change, ids, closing) = done.map_err(|e| Failure::Failed(e.to_string()))?;
        for error in closing {
            report::note(&error.to_string());
        }
        self.note_open(app, names);
        for ((i, stream), id) in opened.into_iter().zip(ids) {
            if let Some(sink) = self.bindings.sinks.get_mut(i) {
                sink.open = Some((stream.unwrap_or_else(|| script::ERROR_STREAM.to_owned()), id));
            }
        }
        let mut unbound = Vec::new();
        for i in plan.close_sinks.into_iter().rev() {
            let sink = self.bindings.sinks.remove(i);
            unbound.push(format!("\\sink {} {}: closed with its stream", sink.given.text, sink.uri));
        }
        Ok(Outcome {
            dropped: change.gone,
            unbound,
        })
    }

    /// A source can only feed a stream that no pump writes.
    fn refuse_fed_and_written(&self, app: &Application, names: &ScriptNames) -> Result<(), Failure> {
        for source in &self.bindings.sources {
            let name = source.stream(names).0;
            let stream = app.streams.iter().position(|s| s.name == name);
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
            plan.close_sources.extend(source.open.iter().map(|(name, _)| name.clone()));
            if let Some(stream) = stream {
                let (splits, bytes) = self.open_source(&source.uri, source.live, stream)?;
                plan.open_sources.push((name, splits, bytes));
            }
        }
        for table in self.bindings.tables.iter().filter(|t| !t.open) {
            let described = &table.described;
            let wanted = vec![true; described.fields.len()];
            let opened = inputs::table(&table.uri, described, wanted, false)?;
            plan.open_tables.push(opened.source);
        }
        let streams: Vec<&str> = app.streams.iter().map(|s| s.name.as_str()).collect();
        for (i, sink) in self.bindings.sinks.iter().enumerate() {
            match (&sink.open, sink.stream(&streams)) {
                (None, Some(stream)) => {
                    let opened = self.open_sink(sink, &stream)?;
                    let stream = (stream != script::ERROR_STREAM).then_some(stream);
                    plan.open_sinks.push((i, stream, opened));
                }
                (Some(_), None) => plan.close_sinks.push(i),
                _ => {}
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
            table.open = true;
        }
    }

    fn open_source(
        &self,
        uri: &str,
        live: bool,
        stream: &Stream,
    ) -> Result<(Vec<Box<dyn Split>>, Option<u64>), Failure> {
        let mut reading = Reading::all(MAX_OPEN, &self.stop_reading);
        if live {
            // It has a thread of its own already.
            reading.threads = 1;
        }
        let opened = inputs::source(uri, stream, vec![true; stream.fields.len()], &reading)?;
        let Some(running) = self.running.as_ref().filter(|_| live) else {
            return Ok((opened.splits, opened.bytes_total));
        };
        let wake = running.live.waker();
        let splits = (opened.splits.into_iter())
            .map(|split| source::background::in_background(split, BATCH_ROWS, wake.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        Ok((splits, opened.bytes_total))
    }

    fn open_sink(&self, sink: &Destination, stream: &str) -> Result<Box<dyn Sink>, Failure> {
        if sink.uri == "-" {
            let several = self.bindings.sinks.iter().filter(|s| s.uri == "-").count() > 1;
            let title = several.then(|| stream.to_owned());
            return Ok(Box::new(PrintedRows::new(
                &self.notices,
                self.format(),
                self.look(),
                title,
            )));
        }
        Ok(sink::prepare(&sink.uri)?.open()?)
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

impl Bindings {
    /// Whether a stream of these fields still has the rows that were typed for it; others are forgotten.
    pub fn forget_typed(&mut self, app: &Application) {
        let fields = |name: &str| -> Option<&[Field]> {
            let stream = app.streams.iter().find(|s| s.name == name)?;
            stream.fields.get(..stream.declared)
        };
        self.typed.retain(|name, rows| fields(name) == Some(rows.fields.as_slice()));
    }

    /// The typed rows as a map, for a private run.
    pub fn typed_rows(&self) -> &BTreeMap<String, super::typed_rows::TypedRows> {
        &self.typed
    }
}
