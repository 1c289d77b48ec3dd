//! `rowtime run APP` and `rowtime replay APP --from URI`.
//!
//! Everything that can be wrong is found before a destination is opened, so that a wrong invocation leaves
//! no trace.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rowtime_connectors::source::table::{self, TableOptions};
use rowtime_connectors::source::{self, SourceOptions};
use rowtime_connectors::{sink, wall_clock};
use rowtime_engine::pipeline::run::{self as engine, RunClock, SourceBinding};
use rowtime_engine::pipeline::tables::TableBinding;
use rowtime_engine::plan::{Application, Plan, StreamId, TableId};

use crate::command::summary;
use crate::destinations;
use crate::failure::Failure;
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
    let stop = signals::stop_flag()?;
    let mut read = vec![(app.to_owned(), "the application itself".to_owned())];
    let sources = open_sources(&script, options, start_ms, &stop, &mut read)?;
    let fed: Vec<StreamId> = sources.iter().map(|s| s.stream).collect();
    note_unfed(&script.compiled.application, &fed);
    let tables = open_tables(&script, options, &mut read)?;
    let bytes_total = sources.iter().map(|s| s.bytes_total).sum();
    let prints = script.sinks.is_empty()
        || script
            .sinks
            .iter()
            .any(|(_, uri)| script::is_standard_stream(uri));
    let to_terminal = prints && std::io::stdout().is_terminal();
    let kept = script.sinks.iter().any(|(stream, _)| stream.is_none());
    let sinks = destinations::open(&script, &read)?;
    let mut watcher = Watcher::new(options.progress, to_terminal, bytes_total);
    let outcome = engine::run(
        &script.compiled.application,
        sources,
        tables,
        sinks,
        &engine::RunOptions {
            batch_rows: options.batch_rows,
            now_ms,
            clock: match (options.now, from) {
                (Some(_), _) => RunClock::Fixed,
                (None, Some(_)) => RunClock::Rows,
                (None, None) => RunClock::Steps(wall_clock::now_ms),
            },
            flush_at_end: options.at_end == AtEnd::Flush,
            max_open: options.max_open,
            stop,
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
    options: &RunOptions,
    start_ms: Option<i64>,
    stop: &Arc<AtomicBool>,
    read: &mut Vec<(PathBuf, String)>,
) -> Result<Vec<SourceBinding>, Failure> {
    let app = &script.compiled.application;
    let threads = options
        .threads
        .or_else(|| std::thread::available_parallelism().ok().map(usize::from))
        .unwrap_or(1);
    let mut bindings = Vec::new();
    for (id, uri) in &script.sources {
        let Some(stream) = app.streams.get(*id) else {
            continue;
        };
        let opened = source::open(
            uri,
            stream,
            &SourceOptions {
                threads,
                start_ms,
                end_ms: options.end,
                stop_on_error: options.on_error == OnError::Stop,
                max_open: options.max_open,
                strict: options.bindings.strict,
                wanted: wanted(script, *id),
                stop: Arc::clone(stop),
                guessed: script.guessed.get(&stream.name).cloned(),
            },
        )?;
        for warning in &opened.warnings {
            report::note(&format!("{uri}: {warning}"));
        }
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
    options: &RunOptions,
    read: &mut Vec<(PathBuf, String)>,
) -> Result<Vec<TableBinding>, Failure> {
    let app = &script.compiled.application;
    let mut bindings = Vec::new();
    for (id, uri) in &script.tables {
        let Some(described) = app.tables.get(*id) else {
            continue;
        };
        let mut wanted = vec![false; described.fields.len()];
        for pump in &app.pumps {
            mark_looked_up(&pump.plan, *id, &mut wanted);
        }
        let opened = table::open(
            uri,
            described,
            &TableOptions {
                stop_on_error: options.on_error == OnError::Stop,
                strict: options.bindings.strict,
                wanted,
                guessed: script.guessed.get(&described.name).cloned(),
            },
        )?;
        for warning in &opened.warnings {
            report::note(&format!("{uri}: {warning}"));
        }
        let role = format!("read as reference table {}", described.name);
        read.extend(opened.files.into_iter().map(|path| (path, role.clone())));
        bindings.push(TableBinding {
            table: *id,
            source: opened.source,
        });
    }
    Ok(bindings)
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

/// The columns that some pump reads, or, where the stream itself leaves, all declared ones.
fn wanted(script: &Script, id: StreamId) -> Vec<bool> {
    let app = &script.compiled.application;
    let Some(stream) = app.streams.get(id) else {
        return Vec::new();
    };
    let leaves = if script.sinks.is_empty() {
        !script::is_read(app, id)
    } else {
        script.sinks.iter().any(|(sink, _)| *sink == Some(id))
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
