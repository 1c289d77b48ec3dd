//! Sources: files, folders, globs, standard input and local streams.
//!
//! [`open`] turns a URI and a stream into splits that decode into the stream's columns; [`describe`] gives
//! the stream itself where the script does not create it. Whatever can be refused before a run starts is
//! refused here; an object that fails later is data (an error row), unless the run is to stop on it.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use rowtime_engine::pipeline::{LowerBound, OutsideError, Split};
use rowtime_engine::plan::Stream;

use self::bytes::Origin;
use self::live::LiveBytes;
use self::parquet::binding::check_paths;
use self::parquet::{Binding, ParquetSplit};
use self::prefetch::Prefetched;
use self::split::RecordSplit;
use crate::discover::{self, Discovered};
use crate::format::RecordDecoder;
use crate::format::arrival::ArrivalRange;
use crate::format::batch::Columns;
use crate::format::csv::{CsvDecoder, CsvLayout, Header};
use crate::format::json::JsonDecoder;
use crate::format::json::shape::Mapping;
use crate::local::address::Address;
use crate::local::split::{Following, LocalSplit};
use crate::schema::InputSchema;
use crate::uri::{self, ArrivalClock, FormatName, ObjectFormat, Place, SourceParameters};

pub mod background;
pub mod bytes;
pub mod carve;
pub mod encoding;
pub mod files;
pub mod live;
pub mod parquet;
pub mod prefetch;
pub mod split;
pub mod standard_input;
pub mod table;

/// What every source needs to know beside its URI.
#[derive(Debug, Clone)]
pub struct SourceOptions {
    /// `--threads`: workers that may decode.
    pub threads: usize,
    /// `--start`: rows that arrived before are left out.
    pub start_ms: Option<i64>,
    /// `--end`: rows that arrived then or later are left out.
    pub end_ms: Option<i64>,
    /// `--on-error stop`.
    pub stop_on_error: bool,
    /// `--max-open`.
    pub max_open: usize,
    /// `--strict`.
    pub strict: bool,
    /// The columns of the stream that some pump reads, by position; others may stay null arrays.
    pub wanted: Vec<bool>,
    /// Set when the run is to stop: who waits for bytes that may be long in coming waits no more.
    pub stop: Arc<AtomicBool>,
    /// What is still being written is followed: `run` and the shell, not `replay`.
    pub follow: bool,
    /// What [`describe_with_notes`] found, where the stream is described by its data.
    pub guessed: Option<Arc<Discovered>>,
}

/// A stream that a source describes.
#[derive(Debug, Clone)]
pub struct Described {
    /// The stream.
    pub stream: Stream,
    /// What it was guessed from, for [`SourceOptions::guessed`]; nothing if the URI names a schema.
    pub guessed: Option<Arc<Discovered>>,
    /// A sentence on what was guessed, for the user to know.
    pub note: Option<String>,
}

/// An opened source.
pub struct OpenedSource {
    /// Its splits, in name order.
    pub splits: Vec<Box<dyn Split>>,
    /// Bytes of all of them where known.
    pub bytes_total: Option<u64>,
    /// The files among them.
    pub files: Vec<PathBuf>,
    /// What was ignored, for the user to know.
    pub warnings: Vec<String>,
}

/// Why a source cannot be opened: a wrong invocation (exit status 2).
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct InvocationError(pub String);

/// Records of a file that are looked at for its first row.
const PROBED_RECORDS_MAX: usize = 100;

/// Name of standard input in positions and messages.
const STANDARD_INPUT: &str = "-";

/// The stream that a source with `?schema=` (or discovery) describes, for a script that does not create it.
pub fn describe(name: &str, uri: &str) -> Result<Stream, InvocationError> {
    describe_with_notes(name, uri).map(|described| described.stream)
}

/// The same, with what [`open`] needs to read what was guessed, and what to tell about it.
pub fn describe_with_notes(name: &str, uri: &str) -> Result<Described, InvocationError> {
    let (place, parameters) = uri::source(uri)?;
    if let Some(file) = &parameters.schema {
        return Ok(Described {
            stream: InputSchema::load(file)?.stream(name),
            guessed: None,
            note: None,
        });
    }
    let found = discover::look(&place, &parameters, discover::OF_SOURCE, &mut |_| ())?.of_any_length();
    if found.schema.columns.is_empty() {
        let what = format!("stream \"{name}\"");
        return Err(found.nothing_of(&what, "create the stream in the script, or give ?schema=FILE"));
    }
    Ok(Described {
        stream: found.schema.stream(name),
        note: Some(guessed_note(name, &place, &found)),
        guessed: Some(Arc::new(found)),
    })
}

fn guessed_note(name: &str, place: &Place, found: &Discovered) -> String {
    let place = match place {
        Place::Standard => "standard input",
        Place::Path(path) => path,
        Place::Local(address) => address.place(),
    };
    let (records, columns) = (discover::counted(found.records, "record"), found.columns_text());
    format!(
        "{name}: columns guessed from {records} of {place}: {columns}; give a schema with ?schema=FILE, made by \
         rowtime discover"
    )
}

/// Opens a source for a stream.
pub fn open(uri: &str, stream: &Stream, options: &SourceOptions) -> Result<OpenedSource, InvocationError> {
    let (place, parameters) = uri::source(uri)?;
    let recipe = Recipe::new(stream, &parameters, options)?;
    let path = match place {
        Place::Standard => {
            let ObjectFormat::Records(format) = recipe.format(&parameters, Path::new(""))? else {
                return Err(parquet::refuse_standard_input());
            };
            return Ok(OpenedSource {
                splits: vec![Box::new(recipe.split(
                    STANDARD_INPUT,
                    Origin::StandardInput,
                    format,
                )?)],
                bytes_total: None,
                files: Vec::new(),
                warnings: recipe.warnings(),
            });
        }
        Place::Local(address) => {
            let split = recipe.local(&address, options.follow)?;
            return Ok(OpenedSource {
                splits: vec![Box::new(split)],
                bytes_total: None,
                files: vec![address.lock()],
                warnings: recipe.warnings(),
            });
        }
        Place::Path(path) => path,
    };
    let found = files::find(&path)?;
    let bytes_total = found.iter().map(|f| f.bytes).sum();
    let free = Arc::new(AtomicUsize::new(if options.threads > 1 {
        options.threads
    } else {
        0
    }));
    let mut splits: Vec<Box<dyn Split>> = Vec::with_capacity(found.len());
    let many = found.len() > 1;
    let files = found.iter().map(|f| f.path.clone()).collect();
    for file in found {
        let format = recipe.format(&parameters, &file.path)?;
        let split = recipe.file(&file.path, format, many)?;
        splits.push(if options.threads > 1 {
            Box::new(Prefetched::new(split, &free))
        } else {
            split
        });
    }
    Ok(OpenedSource {
        splits,
        bytes_total,
        files,
        warnings: recipe.warnings(),
    })
}

/// Records in memory as a split, decoded as `open` would decode a file with this URI's parameters (tests).
pub fn from_bytes(
    name: &str,
    bytes: Vec<u8>,
    uri_parameters: &str,
    stream: &Stream,
    options: &SourceOptions,
) -> Result<Box<dyn Split>, InvocationError> {
    from_reader(
        name,
        Box::new(Cursor::new(bytes)),
        uri_parameters,
        None,
        stream,
        options,
    )
}

/// The same of bytes that come in any pieces, and with a schema that is in no file.
pub fn from_reader(
    name: &str,
    reader: Box<dyn Read + Send>,
    uri_parameters: &str,
    schema: Option<&InputSchema>,
    stream: &Stream,
    options: &SourceOptions,
) -> Result<Box<dyn Split>, InvocationError> {
    let parameters = uri::source_parameters(uri_parameters)?;
    let recipe = match schema {
        Some(schema) => Recipe::with_schema(Some(schema.clone()), stream, &parameters, options)?,
        None => Recipe::new(stream, &parameters, options)?,
    };
    let ObjectFormat::Records(format) = recipe.format(&parameters, Path::new(name))? else {
        return Err(InvocationError(
            "records in memory are JSON or CSV, not Parquet".to_owned(),
        ));
    };
    Ok(Box::new(recipe.split(name, Origin::Reader(reader), format)?))
}

/// Reports a failure of the outside.
pub fn outside(place: impl Into<String>, message: impl Into<String>) -> OutsideError {
    OutsideError {
        place: place.into(),
        message: message.into(),
    }
}

/// How the objects of one source are decoded.
struct Recipe {
    columns: Arc<Columns>,
    schema: Option<InputSchema>,
    /// Where the schema comes from, if the data describes itself.
    guessed: Option<Arc<Discovered>>,
    /// Per field of the stream its position among the schema's columns.
    positions: Option<Vec<Option<usize>>>,
    parameters: SourceParameters,
    range: ArrivalRange,
    stop_on_error: bool,
    stop: Arc<AtomicBool>,
}

impl Recipe {
    fn new(
        stream: &Stream,
        parameters: &SourceParameters,
        options: &SourceOptions,
    ) -> Result<Self, InvocationError> {
        let schema = parameters.schema.as_deref().map(InputSchema::load).transpose()?;
        Self::with_schema(schema, stream, parameters, options)
    }

    fn with_schema(
        schema: Option<InputSchema>,
        stream: &Stream,
        parameters: &SourceParameters,
        options: &SourceOptions,
    ) -> Result<Self, InvocationError> {
        let guessed = options.guessed.clone().filter(|_| schema.is_none());
        let schema = schema.or_else(|| guessed.as_ref().map(|found| found.schema.clone()));
        let positions = schema.as_ref().map(|s| positions(s, stream)).transpose()?;
        Ok(Self {
            columns: Arc::new(Columns {
                fields: stream.fields.clone(),
                declared: stream.declared,
                wanted: options.wanted.clone(),
                strict: options.strict,
            }),
            schema,
            guessed,
            positions,
            parameters: parameters.clone(),
            range: ArrivalRange {
                start_ms: options.start_ms,
                end_ms: options.end_ms,
            },
            stop_on_error: options.stop_on_error,
            stop: Arc::clone(&options.stop),
        })
    }

    fn warnings(&self) -> Vec<String> {
        self.schema
            .as_ref()
            .map(|s| s.warnings.clone())
            .unwrap_or_default()
    }

    fn format(&self, parameters: &SourceParameters, path: &Path) -> Result<ObjectFormat, InvocationError> {
        let format = parameters.format.unwrap_or_else(|| match &self.schema {
            Some(schema) if self.guessed.is_none() && uri::format_of(path) != ObjectFormat::Parquet => {
                ObjectFormat::Records(schema.format)
            }
            _ => uri::format_of(path),
        });
        match (&self.schema, format) {
            (Some(schema), ObjectFormat::Records(format)) if schema.format != format => Err(InvocationError(
                "format= contradicts the RecordFormatType of the schema; leave format= out".to_owned(),
            )),
            (Some(schema), ObjectFormat::Parquet) if schema.format != FormatName::Json => {
                Err(InvocationError(format!(
                    "{}: the columns of a Parquet file are found by paths, as in a schema of RecordFormatType JSON; \
                     this schema is of CSV",
                    path.display()
                )))
            }
            _ => Ok(format),
        }
    }

    /// A file as a split; one of many says where it stands in the merge.
    fn file(&self, path: &Path, format: ObjectFormat, many: bool) -> Result<Box<dyn Split>, InvocationError> {
        let name = path.display().to_string();
        match format {
            ObjectFormat::Records(format) => {
                let mut split = self.split(&name, Origin::File(path.to_owned()), format)?;
                if many {
                    split.set_lower_bound(self.lower_bound(&name, Origin::File(path.to_owned()), format)?);
                }
                Ok(Box::new(split))
            }
            ObjectFormat::Parquet => {
                let mut split = self.parquet(path, self.range)?;
                if many {
                    split.set_lower_bound(self.parquet(path, ArrivalRange::default())?.first_arrival());
                }
                Ok(Box::new(split))
            }
        }
    }

    fn parquet(&self, path: &Path, range: ArrivalRange) -> Result<ParquetSplit, InvocationError> {
        if !path.is_file() && path.exists() {
            return Err(parquet::refuse_pipe(path));
        }
        let mapping = self.mapping();
        if let Some(mapping) = &mapping {
            check_paths(mapping, &self.columns.fields)
                .map_err(|e| InvocationError(format!("{}: {e}", path.display())))?;
        }
        let binding = Binding {
            columns: Arc::clone(&self.columns),
            paths: mapping.map(|m| m.columns),
            clock: self.parameters.clock.clone(),
            range,
        };
        Ok(ParquetSplit::new(path, binding, self.stop_on_error))
    }

    fn split(&self, name: &str, origin: Origin, format: FormatName) -> Result<RecordSplit, InvocationError> {
        let origin = if origin.is_live() {
            Origin::Live(Box::new(LiveBytes::new(origin, &self.stop)))
        } else {
            origin
        };
        self.split_within(name, origin, format, self.range)
    }

    /// Where a file stands in the merge: at its first row. Looking for that costs one open, not the whole file.
    fn lower_bound(
        &self,
        name: &str,
        origin: Origin,
        format: FormatName,
    ) -> Result<LowerBound, InvocationError> {
        if self.parameters.clock == ArrivalClock::Now {
            return Ok(LowerBound::NoClock);
        }
        if origin.is_live() {
            return Ok(LowerBound::Unknown);
        }
        let mut probe = self.split_within(name, origin, format, ArrivalRange::default())?;
        for _ in 0..PROBED_RECORDS_MAX {
            match probe.next(1) {
                Ok(Some(batch)) if batch.rows > 0 => {
                    let first = batch.arrivals_ms.as_ref().and_then(|a| a.first());
                    return Ok(first.map_or(LowerBound::NoClock, |ms| LowerBound::At(*ms)));
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        Ok(LowerBound::Unknown)
    }

    fn split_within(
        &self,
        name: &str,
        origin: Origin,
        format: FormatName,
        range: ArrivalRange,
    ) -> Result<RecordSplit, InvocationError> {
        let decoder = self.decoder(format, &self.parameters.clock, range)?;
        let columns = Arc::clone(&self.columns);
        let mut split = RecordSplit::new(name, origin, columns, decoder, self.stop_on_error);
        let of_schema = self.schema.as_ref().and_then(|s| s.encoding);
        split.set_encoding(self.parameters.encoding.or(of_schema));
        Ok(split)
    }

    fn decoder(
        &self,
        format: FormatName,
        clock: &ArrivalClock,
        range: ArrivalRange,
    ) -> Result<Box<dyn RecordDecoder>, InvocationError> {
        Ok(match format {
            FormatName::Json => Box::new(JsonDecoder::new(
                &self.columns,
                self.mapping().as_ref(),
                clock,
                range,
            )?),
            FormatName::Csv => Box::new(CsvDecoder::new(
                Arc::clone(&self.columns),
                self.layout(),
                clock.clone(),
                range,
            )),
        })
    }

    /// A local stream, whose records have an arrival time of their own; a ROWTIME field is data (`decisions.md` 16).
    fn local(&self, address: &Address, live: bool) -> Result<LocalSplit, InvocationError> {
        if self
            .schema
            .as_ref()
            .is_some_and(|s| s.encoding.is_some_and(|e| e != encoding_rs::UTF_8))
        {
            return Err(InvocationError(format!(
                "{}: a record of a local stream is UTF-8, and the schema says another RecordEncoding",
                address.place()
            )));
        }
        let ObjectFormat::Records(format) = self.format(&self.parameters, Path::new(""))? else {
            return Err(InvocationError(format!(
                "{}: its records are JSON or CSV",
                address.place()
            )));
        };
        let (clock, arrivals) = match &self.parameters.clock {
            ArrivalClock::RowtimeField => (&ArrivalClock::Now, Some(self.range)),
            named => (named, None),
        };
        let decoder = self.decoder(format, clock, self.range)?;
        let following = Following {
            live,
            arrivals,
            stop_on_error: self.stop_on_error,
            stop: Arc::clone(&self.stop),
        };
        LocalSplit::open(address, Arc::clone(&self.columns), decoder, following)
    }

    fn mapping(&self) -> Option<Mapping> {
        // Keys that only differ in case are found where no path says otherwise (`decisions.md` 4).
        if self.guessed.as_ref().is_some_and(|found| found.is_by_name()) {
            return None;
        }
        let (schema, positions) = (self.schema.as_ref()?, self.positions.as_ref()?);
        let path = |position: &Option<usize>| schema.columns.get((*position)?)?.mapping.clone();
        Some(Mapping {
            row_path: schema.row_path.clone(),
            columns: positions.iter().map(path).collect(),
        })
    }

    /// Per field of the stream its place in the header that was found, for a file without one.
    fn places_in_header(&self) -> Option<Vec<Option<usize>>> {
        let found = self
            .guessed
            .as_ref()
            .filter(|found| found.header_names_columns())?;
        let names = found.header.as_ref()?;
        let fields = self.columns.fields.iter();
        Some(
            fields
                .map(|field| names.iter().position(|name| *name == field.name))
                .collect(),
        )
    }

    fn layout(&self) -> CsvLayout {
        let found = self.guessed.as_ref();
        let header = match (self.parameters.header, found) {
            (Some(true), _) => Header::Present,
            (Some(false), _) => Header::Absent,
            (None, Some(found)) => match &found.header {
                Some(names) => Header::Names(names.clone()),
                None => Header::Absent,
            },
            (None, None) if self.schema.is_some() => Header::Absent,
            (None, None) => Header::Detect,
        };
        CsvLayout {
            delimiters: match &self.schema {
                Some(schema) => schema.delimiters.clone(),
                None => self.parameters.delimiters.clone().unwrap_or_default(),
            },
            header,
            positions: self.places_in_header().or_else(|| self.positions.clone()),
        }
    }
}

/// Where the schema has each field of the stream; every declared one must be there.
fn positions(schema: &InputSchema, stream: &Stream) -> Result<Vec<Option<usize>>, InvocationError> {
    let mut out = Vec::with_capacity(stream.fields.len());
    for (i, field) in stream.fields.iter().enumerate() {
        let exact = schema.columns.iter().position(|c| c.name == field.name);
        let position = exact.or_else(|| {
            let lower = field.name.to_lowercase();
            let mut close = schema
                .columns
                .iter()
                .enumerate()
                .filter(|(_, c)| c.name.to_lowercase() == lower);
            let (first, second) = (close.next(), close.next());
            first.filter(|_| second.is_none()).map(|(i, _)| i)
        });
        if position.is_none() && i < stream.declared {
            return Err(InvocationError(format!(
                "column \"{}\" of stream \"{}\" is not in the schema; add it to RecordColumns or leave schema= out",
                field.name, stream.name
            )));
        }
        out.push(position);
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
