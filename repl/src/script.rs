//! A script from the command line to a bound application: read, streams from outside described, compiled.
//!
//! All faults are said together, before anything is opened.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rowtime_connectors::discover::{Discovered, OF_SOURCE};
use rowtime_connectors::source::{self, InvocationError, table};
use rowtime_engine::application::{Compiled, compile};
use rowtime_engine::bind::BindOptions;
use rowtime_engine::diagnostic::Severity;
use rowtime_engine::plan::{Application, Pump, ReferenceTable, Stream, StreamId, TableId};

use crate::bindings::{Resolved, resolve, resolve_or_explain, resolve_table};
use crate::failure::Failure;
use crate::options::{Binding, BindingOptions};
use crate::progress;
use crate::report;
use crate::script_names::{self, ScriptNames};
use crate::waiting;

/// A compiled script and what the command line binds to it.
#[derive(Debug)]
pub struct Script {
    /// Its file, as on the command line.
    pub file: String,
    /// Its text.
    pub text: String,
    /// The application and the findings that do not stop it.
    pub compiled: Compiled,
    /// URI of each stream that is fed from outside.
    pub sources: BTreeMap<StreamId, String>,
    /// URI of each reference table.
    pub tables: BTreeMap<TableId, String>,
    /// What was found in the data of streams and tables that the data describes, by name.
    pub guessed: BTreeMap<String, Arc<Discovered>>,
    /// Destinations: `None` is `error_stream`.
    pub sinks: Vec<(Option<StreamId>, String)>,
}

impl Script {
    /// The name of a stream; none is `error_stream`.
    pub fn stream_name(&self, stream: Option<StreamId>) -> &str {
        let named = stream.and_then(|id| self.compiled.application.streams.get(id));
        named.map_or(ERROR_STREAM, |s| s.name.as_str())
    }
}

/// The name of the stream of errors.
pub const ERROR_STREAM: &str = "error_stream";

/// What is said of accepted deviations, the lenient findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deviations {
    /// How many there are: who runs an application day by day has read them.
    Counted,
    /// Nothing: the caller reports them.
    Silent,
}

/// Reads and compiles `app`, prints what is wrong with it on standard error, and resolves the bindings. `from`
/// is the URI of `replay`.
pub fn load(
    app: &Path,
    options: &BindingOptions,
    from: Option<&str>,
    deviations: Deviations,
) -> Result<Script, Failure> {
    if !options.set.is_empty() {
        return Err(Failure::not_implemented("--set"));
    }
    let text = read(app)?;
    let file = app.display().to_string();
    let (statements, syntax) = rowtime_engine::sql::parse(&text);
    let names = script_names::of(&statements);
    let bound = name_sources(&options.source, &names)
        .and_then(|sources| Ok((name_tables(&options.reference, &names, &sources)?, sources)));
    let external = match &bound {
        Ok((tables, sources)) => describe_missing(&names, tables, sources, from),
        Err(_) => Described::default(),
    };
    let bind = BindOptions {
        external: external.streams,
        tables: external.tables,
        undescribed: external.undescribed,
        strict: options.strict,
        ..BindOptions::default()
    };
    let mut compiled = compile(&text, &bind);
    if compiled.application.name.is_none() {
        compiled.application.name = app.file_stem().map(|s| s.to_string_lossy().into_owned());
    }
    report_findings(&text, &file, &compiled, deviations);
    if compiled.has_errors() {
        // While statements are missing, so are names; only then is an unknown name not worth a word.
        let parsed = syntax.iter().all(|d| d.severity != Severity::Error);
        let unbound = bound.err().filter(|_| parsed);
        return Err(unbound.or(external.failure).unwrap_or(Failure::WrongAsReported));
    }
    if let Some(failure) = external.failure {
        return Err(failure);
    }
    if deviations == Deviations::Counted {
        external.notes.iter().for_each(|note| report::note(note));
    }
    let (tables, sources) = bound?;
    let tables = place_tables(&compiled.application, &tables);
    let sources = place_sources(&compiled.application, &sources, from)?;
    let sinks = place_sinks(&compiled.application, &options.sink)?;
    Ok(Script {
        file,
        text,
        compiled,
        sources,
        tables,
        guessed: external.guessed,
        sinks,
    })
}

/// Errors and warnings, each at its place. Among errors a deviation would only be in the way.
fn report_findings(text: &str, file: &str, compiled: &Compiled, deviations: Deviations) {
    let (lenient, others): (Vec<_>, Vec<_>) = compiled
        .diagnostics
        .iter()
        .cloned()
        .partition(|d| d.severity == Severity::Lenient);
    report::diagnostics(text, file, &others);
    if deviations == Deviations::Counted && !compiled.has_errors() {
        note_lenient(lenient.len());
    }
}

/// Says how many deviations were accepted.
pub fn note_lenient(count: usize) {
    if count > 0 {
        let findings = if count == 1 { "finding" } else { "findings" };
        report::note(&format!("{count} lenient {findings}, see rowtime check"));
    }
}

/// The text of a script.
pub fn read(app: &Path) -> Result<String, Failure> {
    let extension = app.extension().map(|e| e.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("sql") => {}
        Some(e @ ("json" | "yaml" | "yml" | "tf")) => {
            return Err(Failure::not_implemented(&format!(
                "{}: an AWS application (.{e})",
                app.display()
            )));
        }
        _ => {
            return Err(Failure::Wrong(format!(
                "{}: an application is a SQL script (.sql) or an AWS application (.json, .yaml, .yml, .tf)",
                app.display()
            )));
        }
    }
    let bytes = std::fs::read(app).map_err(|e| Failure::Wrong(format!("{}: {e}", app.display())))?;
    String::from_utf8(bytes)
        .map_err(|e| Failure::Wrong(format!("{}: not UTF-8 text: {}", app.display(), e.utf8_error())))
}

/// The stream that every `--source` means, among those that the script creates or reads.
pub fn name_sources(given: &[Binding], names: &ScriptNames) -> Result<BTreeMap<String, String>, Failure> {
    let candidates: Vec<&str> = names.streams.union(&names.missing).map(String::as_str).collect();
    let mut bound = BTreeMap::new();
    for Binding { name, uri } in given {
        let stream = resolve_or_explain("--source", name, &candidates)?;
        if let Some(first) = bound.insert(stream.to_owned(), uri.clone()) {
            return Err(Failure::Wrong(format!(
                "--source {name}: stream {stream} is bound twice, to {first} and to {uri}; one source feeds a stream \
                 (a folder or a glob may hold many files)"
            )));
        }
    }
    Ok(bound)
}

/// The table that every `--reference` means, among what the script reads and does not create.
pub fn name_tables(
    given: &[Binding],
    names: &ScriptNames,
    sources: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Failure> {
    let candidates: Vec<&str> = names.missing.iter().map(String::as_str).collect();
    let created: Vec<&str> = names.streams.iter().map(String::as_str).collect();
    let mut bound = BTreeMap::new();
    for Binding { name, uri } in given {
        if let Resolved::One(stream) = resolve(name, &created) {
            return Err(Failure::Wrong(format!(
                "--reference {name}: the script creates stream {stream}; a reference table is not created by the script"
            )));
        }
        let table = resolve_table(name, &candidates)?;
        if let Some(source) = sources.get(table) {
            return Err(Failure::Wrong(format!(
                "--reference {name}: {table} is bound by --source to {source}; it is a stream or a table, not both"
            )));
        }
        if let Some(first) = bound.insert(table.to_owned(), uri.clone()) {
            return Err(Failure::Wrong(format!(
                "--reference {name}: table {table} is bound twice, to {first} and to {uri}"
            )));
        }
    }
    Ok(bound)
}

/// What the script reads and does not create, as its files describe it.
fn describe_missing(
    names: &ScriptNames,
    tables: &BTreeMap<String, String>,
    sources: &BTreeMap<String, String>,
    from: Option<&str>,
) -> Described {
    let mut described = Described::default();
    for name in &names.missing {
        let table = tables.get(name);
        // Without a URI the binder says that it does not exist, with its place.
        let Some(uri) = table.or(sources.get(name)).map(String::as_str).or(from) else {
            continue;
        };
        if let Err(error) = described.add(name, uri, table.is_some()) {
            described.undescribed.push(name.clone());
            described.failure.get_or_insert(error.into());
        }
    }
    described
}

/// What comes from outside, as far as its files tell what is in it.
#[derive(Default)]
struct Described {
    streams: Vec<Stream>,
    tables: Vec<ReferenceTable>,
    undescribed: Vec<String>,
    /// Why the first of the undescribed is one.
    failure: Option<Failure>,
    /// What was found in the data of those that their data describes.
    guessed: BTreeMap<String, Arc<Discovered>>,
    /// What to tell about that.
    notes: Vec<String>,
}

impl Described {
    fn add(&mut self, name: &str, uri: &str, is_table: bool) -> Result<(), InvocationError> {
        let guessed = if is_table {
            let found = table::describe(name, uri)?;
            self.tables.push(found.table);
            found.guessed
        } else {
            let found = look(name, uri)?;
            self.streams.push(found.stream);
            self.notes.extend(found.note);
            found.guessed
        };
        self.guessed.extend(guessed.map(|found| (name.to_owned(), found)));
        Ok(())
    }
}

/// What a source is by its data, which on standard input may be long in coming.
fn look(name: &str, uri: &str) -> Result<source::Described, InvocationError> {
    let describe = || source::describe_with_notes(name, uri);
    if !is_standard_stream(uri) {
        return describe();
    }
    let records = progress::grouped(OF_SOURCE.records_max);
    let message = format!(
        "{name}: waiting for {records} records of standard input, or its end, to learn the columns; create the stream in \
         the script, or give ?schema=FILE, to begin at once"
    );
    waiting::while_told(&message, describe)
}

/// Where the rows of each reference table are.
fn place_tables(app: &Application, bound: &BTreeMap<String, String>) -> BTreeMap<TableId, String> {
    let uri = |(id, table): (usize, &ReferenceTable)| Some((id, bound.get(&table.name)?.clone()));
    app.tables.iter().enumerate().filter_map(uri).collect()
}

/// Which streams are fed from where.
fn place_sources(
    app: &Application,
    bound: &BTreeMap<String, String>,
    from: Option<&str>,
) -> Result<BTreeMap<StreamId, String>, Failure> {
    let mut sources = BTreeMap::new();
    for (id, stream) in app.streams.iter().enumerate() {
        let writer = app.pumps.iter().find(|p| p.target == id);
        match (bound.get(&stream.name), writer) {
            (Some(_), Some(Pump { name, .. })) => {
                return Err(Failure::Wrong(format!(
                    "--source {}: pump {name} writes this stream; a source can only feed a stream that no pump writes",
                    stream.name
                )));
            }
            (Some(uri), None) => {
                sources.insert(id, uri.clone());
            }
            (None, None) if is_read(app, id) => {
                sources.extend(from.map(|uri| (id, uri.to_owned())));
            }
            (None, _) => {}
        }
    }
    if sources.values().filter(|uri| is_standard_stream(uri)).count() > 1 {
        return Err(Failure::Wrong(
            "several streams are to be read from standard input (-); it can feed one".to_owned(),
        ));
    }
    Ok(sources)
}

/// Whether a URI means standard input or output.
pub fn is_standard_stream(uri: &str) -> bool {
    uri == "-" || uri.starts_with("-?")
}

/// Which streams leave, and to where.
pub fn place_sinks(app: &Application, given: &[Binding]) -> Result<Vec<(Option<StreamId>, String)>, Failure> {
    let mut candidates: Vec<&str> = app.streams.iter().map(|s| s.name.as_str()).collect();
    candidates.push(ERROR_STREAM);
    let mut sinks: Vec<(Option<StreamId>, String)> = Vec::new();
    for Binding { name, uri } in given {
        let stream = resolve_or_explain("--sink", name, &candidates)?;
        let sink = (app.streams.iter().position(|s| s.name == stream), uri.clone());
        if sinks.contains(&sink) {
            return Err(Failure::Wrong(format!(
                "--sink {name}: stream {stream} is bound to {uri} twice"
            )));
        }
        sinks.push(sink);
    }
    Ok(sinks)
}

/// Whether some pump reads a stream.
pub fn is_read(app: &Application, stream: StreamId) -> bool {
    app.pumps.iter().any(|p| p.plan.sources().contains(&stream))
}

/// Streams that some pump reads and none writes.
pub fn inputs(app: &Application) -> Vec<StreamId> {
    (0..app.streams.len())
        .filter(|id| is_read(app, *id) && app.pumps.iter().all(|p| p.target != *id))
        .collect()
}

/// Streams that no pump reads: what an application is for.
pub fn outputs(app: &Application) -> Vec<StreamId> {
    (0..app.streams.len()).filter(|id| !is_read(app, *id)).collect()
}
