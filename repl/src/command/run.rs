//! `rowtime run APP` and `rowtime replay APP --from URI`.
//!
//! Everything that can be wrong is found before a destination is opened, so that a wrong invocation leaves
//! no trace.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rowtime_connectors::{sink, wall_clock};
use rowtime_engine::pipeline::run::{self as engine, RunClock, SourceBinding};
use rowtime_engine::pipeline::tables::TableBinding;
use rowtime_engine::plan::{Application, StreamId};

use crate::command::summary;
use crate::destinations;
use crate::failure::Failure;
use crate::inputs::{self, Reading};
use crate::options::{AtEnd, OnError, RunOptions, Start};
use crate::progress::Watcher;
use crate::script::{self, Deviations, Script};
use crate::{report, signals};

/// Runs the command; `from` is the URI of `replay`.
pub fn execute(app: &Path, options: &RunOptions, from: Option<&str>) -> Result<(), Failure> {
    refuse_unimplemented(options)?;
    let now_ms = options.now.unwrap_or_else(wall_clock::now_ms);
    let start_ms = start_ms(options, now_ms)?;
    if let (Some(start), Some(end)) = (start_ms, options.end)
        && end <= start
    {
        return Err(Failure::Wrong(
            "--end lies before --start: no row can be between them".to_owned(),
        ));
    }
    let script = script::load(app, &options.bindings, from, Deviations::Counted)?;
    let read = vec![(app.to_owned(), "the application itself".to_owned())];
    let reading = Reading {
        threads: inputs::threads(options.threads),
        start_ms,
        end_ms: options.end,
        stop_on_error: options.on_error == OnError::Stop,
        strict: options.bindings.strict,
        max_open: options.max_open,
        follow: from.is_none(),
        stop: signals::stop_flag()?,
    };
    run(&script, options, from.is_some(), &reading, read)
}

/// Runs a script until its sources end or `reading.stop` is set. `replayed` has the clock follow the rows; `read` are
/// files that must not be written, with what they are.
pub fn run(
    script: &Script,
    options: &RunOptions,
    replayed: bool,
    reading: &Reading,
    mut read: Vec<(PathBuf, String)>,
) -> Result<(), Failure> {
    let now_ms = options.now.unwrap_or_else(wall_clock::now_ms);
    let sources = open_sources(script, reading, &mut read)?;
    let fed: Vec<StreamId> = sources.iter().map(|s| s.stream).collect();
    note_unfed(&script.compiled.application, &fed);
    let tables = open_tables(script, reading, &mut read)?;
    let bytes_total = sources.iter().map(|s| s.bytes_total).sum();
    let prints = script.sinks.is_empty()
        || script
            .sinks
            .iter()
            .any(|(_, uri)| script::is_standard_stream(uri));
    let to_terminal = prints && std::io::stdout().is_terminal();
    let kept = script.sinks.iter().any(|(stream, _)| stream.is_none());
    let sinks = destinations::open(script, &read)?;
    let mut watcher = Watcher::new(options.progress, to_terminal, bytes_total);
    let outcome = engine::run(
        &script.compiled.application,
        sources,
        tables,
        sinks,
        &engine::RunOptions {
            batch_rows: options.batch_rows,
            now_ms,
            clock: match (options.now, replayed) {
                (Some(_), _) => RunClock::Fixed,
                (None, true) => RunClock::Rows,
                (None, false) => RunClock::Steps(wall_clock::now_ms),
            },
            flush_at_end: options.at_end == AtEnd::Flush,
            max_open: options.max_open,
            stop: Arc::clone(&reading.stop),
        },
        &mut watcher,
    );
    watcher.finish();
    match outcome {
        Ok(done) => {
            watcher.explain_errors(kept);
            summary::print(&done, watcher.shown() || options.verbose, options.verbose);
            Ok(())
        }
        // The reader of standard output has gone: it has what it wanted.
        Err(error) if sink::is_closed_stdout(&error) => Ok(()),
        Err(error) => {
            watcher.explain_errors(kept);
            Err(Failure::Failed(error.to_string()))
        }
    }
}

fn refuse_unimplemented(options: &RunOptions) -> Result<(), Failure> {
    let given = [
        (options.state.is_some(), "--state"),
        (options.fsync, "--fsync"),
        (!options.reset.is_empty(), "--reset"),
        (options.steps.is_some(), "--steps"),
        (options.metrics.is_some(), "--metrics"),
        (options.start == Some(Start::LastStopped), "--start last-stopped"),
    ];
    match given.iter().find(|(given, _)| *given) {
        Some((_, option)) => Err(Failure::not_implemented(option)),
        None => Ok(()),
    }
}

fn start_ms(options: &RunOptions, now_ms: i64) -> Result<Option<i64>, Failure> {
    match options.start {
        None | Some(Start::TrimHorizon) => Ok(None),
        Some(Start::Now) => Ok(Some(now_ms)),
        Some(Start::At(ms)) => Ok(Some(ms)),
        Some(Start::LastStopped) => Err(Failure::not_implemented("--start last-stopped")),
    }
}

fn open_sources(
    script: &Script,
    reading: &Reading,
    read: &mut Vec<(PathBuf, String)>,
) -> Result<Vec<SourceBinding>, Failure> {
    let app = &script.compiled.application;
    let mut bindings = Vec::new();
    for (id, uri) in &script.sources {
        let Some(stream) = app.streams.get(*id) else {
            continue;
        };
        let leaves = if script.sinks.is_empty() {
            !script::is_read(app, *id)
        } else {
            script.sinks.iter().any(|(sink, _)| *sink == Some(*id))
        };
        let guessed = script.guessed.get(&stream.name).cloned();
        let opened = inputs::source(uri, stream, inputs::wanted(app, *id, leaves), guessed, reading)?;
        let role = format!("read as the source of stream {}", stream.name);
        read.extend(opened.files.into_iter().map(|path| (path, role.clone())));
        bindings.push(SourceBinding {
            stream: *id,
            splits: opened.splits,
            bytes_total: opened.bytes_total,
        });
    }
    Ok(bindings)
}

fn open_tables(
    script: &Script,
    reading: &Reading,
    read: &mut Vec<(PathBuf, String)>,
) -> Result<Vec<TableBinding>, Failure> {
    let app = &script.compiled.application;
    let mut bindings = Vec::new();
    for (id, uri) in &script.tables {
        let Some(described) = app.tables.get(*id) else {
            continue;
        };
        let guessed = script.guessed.get(&described.name).cloned();
        let wanted = inputs::looked_up(app, *id);
        let opened = inputs::table(uri, described, wanted, guessed, reading)?;
        let role = format!("read as reference table {}", described.name);
        read.extend(opened.files.into_iter().map(|path| (path, role.clone())));
        bindings.push(TableBinding {
            table: *id,
            source: opened.source,
        });
    }
    Ok(bindings)
}

fn note_unfed(app: &Application, fed: &[StreamId]) {
    if fed.is_empty() {
        report::note("no source is bound, so the run ends at once; bind one with --source NAME=URI");
        return;
    }
    for id in script::inputs(app) {
        if !fed.contains(&id)
            && let Some(stream) = app.streams.get(id)
        {
            report::note(&format!("stream {} has no source and stays empty", stream.name));
        }
    }
}
