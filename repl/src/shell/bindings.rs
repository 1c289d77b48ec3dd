//! What is bound from outside: sources, reference tables, destinations, and rows typed by hand.
//!
//! A binding is kept under the name as it was given, because what it means may change with the statements: a source
//! may be bound before or after its stream is created. Nothing here is open; [`super::running`] opens what the running
//! dataflow reads and writes.

use std::collections::BTreeMap;
use std::os::unix::fs::FileTypeExt;
use std::sync::Arc;

use rowtime_connectors::discover::Discovered;
use rowtime_connectors::local::LocalStream;
use rowtime_connectors::source::{self, Described, table};
use rowtime_connectors::{sink, uri};
use rowtime_engine::bind::{BindOptions, Queries};
use rowtime_engine::pipeline::SinkId;
use rowtime_engine::plan::{Application, Field, ReferenceTable, Stream};

use super::typed_rows::TypedRows;
use crate::bindings::{Resolved, resolve};
use crate::failure::Failure;
use crate::script;
use crate::script_names::ScriptNames;

/// A name as it was given to a command or an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its text.
    pub text: String,
    /// It stood in double quotes, and means exactly this.
    pub quoted: bool,
}

impl Given {
    /// Which of these names it means, if it means one.
    pub fn meaning_among(&self, names: impl Iterator<Item = String>) -> Option<String> {
        let names: Vec<String> = names.collect();
        let candidates: Vec<&str> = names.iter().map(String::as_str).collect();
        if self.quoted {
            return names.iter().find(|n| **n == self.text).cloned();
        }
        match resolve(&self.text, &candidates) {
            Resolved::One(found) => Some(found.to_owned()),
            Resolved::Ambiguous(_) | Resolved::Unknown => None,
        }
    }

    /// Which of `candidates` it means; when none, what a new thing of this name is called.
    fn meaning(&self, candidates: &[&str]) -> String {
        if self.quoted {
            return self.text.clone();
        }
        match resolve(&self.text, candidates) {
            Resolved::One(found) => found.to_owned(),
            Resolved::Ambiguous(_) | Resolved::Unknown => self.text.to_uppercase(),
        }
    }
}

/// A stream that is fed from outside.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name as given.
    pub given: Given,
    /// From where.
    pub uri: String,
    /// Its rows may be long in coming.
    pub live: bool,
    /// The columns as its records or its schema tell them, where the stream has not been created.
    described: Option<Described>,
    /// It failed, and is read no more.
    pub failed: bool,
    /// The stream that the session reads it for, with the fields it had then.
    pub open: Option<(String, Vec<Field>)>,
}

/// A reference table.
#[derive(Debug, Clone)]
pub struct Table {
    /// The name as given.
    pub given: Given,
    /// From where.
    pub uri: String,
    /// Its columns.
    described: ReferenceTable,
    /// What they were guessed from.
    pub guessed: Option<Arc<Discovered>>,
    /// The table that the session has of it.
    pub open: Option<String>,
}

/// A destination.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The name as given.
    pub given: Given,
    /// To where.
    pub uri: String,
    /// As what the session has it.
    pub open: Option<SinkId>,
}

/// Everything that is bound.
#[derive(Debug, Default)]
pub struct Bindings {
    /// Sources.
    pub sources: Vec<Source>,
    /// Reference tables.
    pub tables: Vec<Table>,
    /// Destinations.
    pub sinks: Vec<Destination>,
    /// Rows typed by hand, by stream.
    pub typed: BTreeMap<String, TypedRows>,
}

/// Whether what is at a URI comes as it happens: anything but files and folders.
pub fn is_live(uri: &str) -> Result<bool, Failure> {
    let (place, _) = uri::source(uri)?;
    Ok(match place {
        uri::Place::Standard | uri::Place::Local(_) => true,
        uri::Place::Path(path) => std::fs::metadata(path).is_ok_and(|found| {
            let kind = found.file_type();
            kind.is_fifo() || kind.is_char_device() || kind.is_socket()
        }),
    })
}

impl Source {
    /// From the command line: what is there is looked at when it is known what it means.
    pub fn of_option(given: Given, uri: &str) -> Result<Self, Failure> {
        if script::is_standard_stream(uri) {
            return Err(Failure::Wrong(format!(
                "{}: the shell itself reads standard input; name a file, a folder or a named pipe",
                given.text
            )));
        }
        let live = is_live(uri)?;
        // What is not there is told at once, whoever will read it.
        match uri::source(uri)?.0 {
            uri::Place::Path(path) if !live => drop(source::files::find(&path)?),
            uri::Place::Local(address) => drop(LocalStream::at(&address)?),
            uri::Place::Path(_) | uri::Place::Standard => {}
        }
        Ok(Self {
            given,
            uri: uri.to_owned(),
            live,
            described: None,
            failed: false,
            open: None,
        })
    }

    /// Looks at what is there; its columns are learned if the stream is not created by a statement.
    pub fn new(given: Given, uri: &str, names: &ScriptNames) -> Result<(Self, Vec<String>), Failure> {
        let mut source = Self::of_option(given, uri)?;
        let (name, created) = source.stream(names);
        let notes = if created {
            Vec::new()
        } else {
            source.describe(&name)?
        };
        Ok((source, notes))
    }

    /// Its URI, and whether it failed.
    pub fn shown(&self) -> String {
        let failed = if self.failed { " (failed)" } else { "" };
        format!("{}{failed}", self.uri)
    }

    /// The stream that it feeds, and whether a statement creates that.
    pub fn stream(&self, names: &ScriptNames) -> (String, bool) {
        let created: Vec<&str> = names.streams.iter().map(String::as_str).collect();
        let read = names.missing.iter().map(String::as_str);
        let candidates: Vec<&str> = created.iter().copied().chain(read).collect();
        let name = self.given.meaning(&candidates);
        let is_created = created.contains(&name.as_str());
        (name, is_created)
    }

    /// Whether its columns cannot be learned from it.
    fn is_silent(&self) -> Result<bool, Failure> {
        let (place, parameters) = uri::source(&self.uri)?;
        let is_kept = matches!(place, uri::Place::Local(_));
        Ok(self.live && !is_kept && parameters.schema.is_none())
    }

    /// What its columns were guessed from, while no statement creates its stream.
    pub fn guessed(&self, names: &ScriptNames) -> Option<Arc<Discovered>> {
        let (_, is_created) = self.stream(names);
        let described = self.described.as_ref().filter(|_| !is_created)?;
        described.guessed.clone()
    }

    /// Learns the columns, and says what was guessed.
    fn describe(&mut self, name: &str) -> Result<Vec<String>, Failure> {
        if self.described.is_some() {
            return Ok(Vec::new());
        }
        if self.is_silent()? {
            return Err(Failure::Wrong(format!(
                "{}: what comes from it cannot be looked at beforehand; create the stream first (CREATE STREAM \
                 {name} (…);), or give ?schema=FILE",
                self.uri
            )));
        }
        let described = source::describe_with_notes(name, &self.uri)?;
        let note = described.note.clone();
        self.described = Some(described);
        Ok(note.into_iter().collect())
    }
}

impl Table {
    /// Looks at what is there.
    pub fn new(given: Given, uri: &str) -> Result<Self, Failure> {
        let found = table::describe(&given.text, uri)?;
        Ok(Self {
            given,
            uri: uri.to_owned(),
            described: found.table,
            guessed: found.guessed,
            open: None,
        })
    }

    /// What it is called.
    pub fn name(&self, names: &ScriptNames) -> String {
        let read: Vec<&str> = names.missing.iter().map(String::as_str).collect();
        self.given.meaning(&read)
    }

    /// The table under its name.
    pub fn described(&self, names: &ScriptNames) -> ReferenceTable {
        ReferenceTable {
            name: self.name(names),
            ..self.described.clone()
        }
    }
}

impl Destination {
    /// Finds what is wrong with it without touching it.
    pub fn new(given: Given, uri: &str) -> Result<Self, Failure> {
        sink::prepare(uri)?;
        Ok(Self {
            given,
            uri: uri.to_owned(),
            open: None,
        })
    }

    /// The stream that it takes, `error_stream` among them; none while there is no such stream.
    pub fn stream(&self, streams: &[&str]) -> Option<String> {
        let names = streams.iter().copied().chain([script::ERROR_STREAM]);
        self.given.meaning_among(names.map(str::to_owned))
    }
}

impl Bindings {
    /// What the binder must know of the outside for a script of these names; and what was learned meanwhile.
    pub fn bind_options(
        &mut self,
        names: &ScriptNames,
        strict: bool,
        queries: Queries,
    ) -> Result<(BindOptions, Vec<String>), Failure> {
        let mut notes = Vec::new();
        let mut external = Vec::new();
        for source in &mut self.sources {
            let (name, created) = source.stream(names);
            if created || source.is_silent()? {
                continue;
            }
            notes.extend(source.describe(&name)?);
            let described = source.described.as_ref().map(|d| d.stream.clone());
            external.extend(described.map(|stream| Stream { name, ..stream }));
        }
        let tables = self.tables.iter().map(|t| t.described(names)).collect();
        let options = BindOptions {
            external,
            tables,
            undescribed: Vec::new(),
            strict,
            queries,
        };
        Ok((options, notes))
    }

    /// The source of a stream.
    pub fn source_of(&self, stream: &str, names: &ScriptNames) -> Option<&Source> {
        self.sources.iter().find(|s| s.stream(names).0 == stream)
    }

    /// Forgets the rows that were typed for streams that are no more, or that have other columns now; says of which.
    pub fn forget_typed(&mut self, app: &Application) -> Vec<(String, usize)> {
        let fields = |name: &str| -> Option<&[Field]> {
            let stream = app.streams.iter().find(|s| s.name == name)?;
            Some(stream.declared_fields())
        };
        let gone = |name: &str, rows: &TypedRows| fields(name) != Some(rows.fields.as_slice());
        let forgotten = self.typed.iter().filter(|(name, rows)| gone(name, rows));
        let forgotten = forgotten.map(|(name, rows)| (name.clone(), rows.len())).collect();
        self.typed.retain(|name, rows| !gone(name, rows));
        forgotten
    }
}
