//! The schema that the data itself shows (`decisions.md` 5): names as they are, types wide enough for the sample.
//!
//! Records are cut out of their objects by what cuts them for a run, and a type is proposed only if the loader accepts
//! every value that was seen, so a schema loads every record that it was made from. What came later may not fit; it is
//! then an error row like any other. A `ROWTIME` field is the arrival clock and no column. `Service` follows the old
//! service's own inference instead (`application.md` §12).

use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use encoding_rs::Encoding;
use rowtime_engine::pipeline::Split;
use rowtime_engine::plan::Stream;
use rowtime_engine::types::{LENGTH_MAX, SqlType};

use self::delimited::{RowLook, Rows};
use self::documents::{DocumentLook, Documents};
use self::tree::Field;
use crate::format::RecordDecoder;
use crate::format::batch::Columns;
use crate::format::csv::delimiters::Delimiters;
use crate::local::split::Lines;
use crate::schema::{InputSchema, SchemaColumn};
use crate::source::bytes::Origin;
use crate::source::split::RecordSplit;
use crate::source::{InvocationError, files, parquet, standard_input};
use crate::uri::{self, FormatName, ObjectFormat, Place, SourceParameters};

mod columnar;
mod columns;
pub mod ddl;
mod delimited;
mod documents;
mod header;
pub mod naming;
mod notes;
mod tree;
mod values;

pub use self::notes::{counted, grouped};

/// Whose rules say what a column is called and typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inference {
    /// Ours.
    Wide,
    /// The old service's.
    Service,
}

/// How much is looked at, and by which rules.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The rules.
    pub inference: Inference,
    /// Records.
    pub records_max: u64,
    /// Bytes of one object, decompressed.
    pub bytes_max: u64,
    /// Standard input is read again afterwards.
    pub keeps_input: bool,
}

/// Of a source: the beginning of what may be endless.
pub const OF_SOURCE: Request = Request {
    inference: Inference::Wide,
    records_max: 1_000,
    bytes_max: 4 << 20,
    keeps_input: true,
};

/// Of a reference table: nearly always all of it, since it is read whole anyway.
pub const OF_TABLE: Request = Request {
    records_max: 100_000,
    bytes_max: 64 << 20,
    ..OF_SOURCE
};

/// Everything there is: `rowtime discover`.
pub const OF_ALL: Request = Request {
    inference: Inference::Wide,
    records_max: u64::MAX,
    bytes_max: u64::MAX,
    keeps_input: false,
};

/// Rows that are looked at at once.
const BATCH_ROWS: usize = 4_096;

/// What a look at data found.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// How its records load: every record that was looked at does.
    pub schema: InputSchema,
    /// What the objects are.
    pub format: ObjectFormat,
    /// The fields of the header line, where CSV has one.
    pub header: Option<Vec<String>>,
    /// Lines end in `\r\n`.
    pub carriage_returns: bool,
    /// What a person should know of it, a sentence each.
    pub notes: Vec<String>,
    /// Records that were looked at.
    pub records: u64,
    /// Records that no schema could load.
    pub unreadable: u64,
    /// Whether there was more than was looked at.
    pub is_sample: bool,
    /// What is wrong with the first record that no schema could load, and where.
    pub first_fault: Option<String>,
    /// The record's own arrival clock cannot be read from every record, so it should not be used.
    pub clock_is_bad: bool,
}

impl Discovered {
    /// The stream it describes.
    pub fn stream(&self, name: &str) -> Stream {
        self.schema.stream(name)
    }

    /// The same for records that nobody has looked at: of a sample nobody knows the longest text, and what is longer
    /// than its column is cut without a word.
    pub fn of_any_length(mut self) -> Self {
        for column in self.schema.columns.iter_mut().filter(|_| self.is_sample) {
            column.ty = match column.ty {
                SqlType::Varchar(_) => SqlType::Varchar(LENGTH_MAX),
                SqlType::Varbinary(_) => SqlType::Varbinary(LENGTH_MAX),
                other => other,
            };
        }
        self
    }

    /// Why nothing with columns came of it.
    pub fn nothing_of(&self, what: &str, advice: &str) -> InvocationError {
        InvocationError(match &self.first_fault {
            Some(fault) => format!(
                "no record could be read from which to learn the columns of {what}; the first: {fault}; {advice}"
            ),
            None => format!("no record was found from which to learn the columns of {what}; {advice}"),
        })
    }

    /// `a INTEGER, b VARCHAR(16)`.
    pub fn columns_text(&self) -> String {
        let column = |c: &SchemaColumn| format!("{} {}", c.name, c.ty);
        self.schema
            .columns
            .iter()
            .map(column)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Whether every column is the member of its name, so that records need no paths.
    pub fn is_by_name(&self) -> bool {
        let plain = |c: &SchemaColumn| match c.mapping.as_deref() {
            Some([crate::format::json::path::Segment::Member(name)]) => *name == c.name,
            _ => false,
        };
        self.schema.row_path.is_empty() && self.schema.columns.iter().all(plain)
    }

    /// Whether the header line names every column as it is called.
    pub fn header_names_columns(&self) -> bool {
        let named = |names: &Vec<String>| self.schema.columns.iter().all(|c| names.contains(&c.name));
        self.header.as_ref().is_none_or(named)
    }
}

/// How far a look has come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Looked {
    /// Records.
    pub records: u64,
    /// Bytes as they are stored.
    pub bytes: u64,
}

/// What the records of a source or table show; no columns if there is no record. `watch` is told how far it is.
pub fn look(
    place: &Place,
    parameters: &SourceParameters,
    request: Request,
    watch: &mut dyn FnMut(Looked),
) -> Result<Discovered, InvocationError> {
    let objects = match place {
        Place::Standard | Place::Local(_) => Vec::new(),
        Place::Path(path) => files::find(path)?,
    };
    let paths = || objects.iter().map(|f| f.path.as_path());
    let format = match format(place, parameters, paths())? {
        ObjectFormat::Records(format) => format,
        ObjectFormat::Parquet if objects.is_empty() => return Err(parquet::refuse_standard_input()),
        ObjectFormat::Parquet => return columnar::look(paths(), request, watch),
    };
    let mut look = Look::new(format, parameters, request);
    match place {
        Place::Standard => look.standard_input(watch)?,
        Place::Local(address) => {
            let lines = Box::new(Lines::open(address)?);
            look.object(address.place(), Origin::Reader(lines), false, watch);
        }
        Place::Path(_) => {}
    }
    for (i, file) in objects.iter().enumerate() {
        let name = file.path.display().to_string();
        let origin = Origin::File(file.path.clone());
        if request.keeps_input && origin.is_live() {
            return Err(InvocationError(format!(
                "{name} is a pipe, which cannot be looked at before it is read; create the stream in the script, or \
                 give ?schema=FILE"
            )));
        }
        look.object(&name, origin, false, watch);
        if look.missing() == 0 {
            look.is_sample |= i + 1 < objects.len();
            break;
        }
    }
    look.refuse_binary(place)?;
    look.refuse_delimited(place)?;
    Ok(look.finish())
}

/// The one format of all objects.
fn format<'p>(
    place: &Place,
    parameters: &SourceParameters,
    mut paths: impl Iterator<Item = &'p Path>,
) -> Result<ObjectFormat, InvocationError> {
    if let Some(format) = parameters.format {
        return Ok(format);
    }
    let Some(first) = paths.next() else {
        return Ok(ObjectFormat::Records(FormatName::Json));
    };
    let format = uri::format_of(first);
    match paths.find(|path| uri::format_of(path) != format) {
        None => Ok(format),
        Some(other) => {
            let place = match place {
                Place::Path(path) => path,
                Place::Standard => "-",
                Place::Local(address) => address.name(),
            };
            Err(InvocationError(format!(
                "{place} holds files of different formats ({} and {}); name those of one, as with a glob such as \
                 *.csv, or say ?format=",
                first.display(),
                other.display()
            )))
        }
    }
}

/// A look in progress.
struct Look {
    format: FormatName,
    encoding: Option<&'static Encoding>,
    request: Request,
    documents: Arc<Mutex<Documents>>,
    rows: Arc<Mutex<Rows>>,
    looked: Looked,
    unreadable: u64,
    /// Those of them that are no text.
    binary: u64,
    /// The first record looks like delimited text, though it was to be JSON.
    begins_delimited: bool,
    first_fault: Option<String>,
    is_sample: bool,
}

impl Look {
    fn new(format: FormatName, parameters: &SourceParameters, request: Request) -> Self {
        Self {
            format,
            encoding: parameters.encoding,
            request,
            documents: Arc::default(),
            rows: Arc::new(Mutex::new(Rows::new(parameters, request.records_max))),
            looked: Looked::default(),
            unreadable: 0,
            binary: 0,
            begins_delimited: false,
            first_fault: None,
            is_sample: false,
        }
    }

    /// Records that are still to be looked at. A line that may be a header is one more.
    fn missing(&self) -> u64 {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let header = self.format == FormatName::Csv && (!rows.decided || rows.header.is_some());
        let wanted = self.request.records_max.saturating_add(u64::from(header));
        wanted.saturating_sub(self.looked.records)
    }

    fn standard_input(&mut self, watch: &mut dyn FnMut(Looked)) -> Result<(), InvocationError> {
        if !self.request.keeps_input {
            self.object("-", Origin::StandardInput, false, watch);
            return Ok(());
        }
        let limit = usize::try_from(self.request.bytes_max).unwrap_or(usize::MAX);
        let lines = usize::try_from(self.request.records_max).unwrap_or(usize::MAX);
        let (bytes, ended) = standard_input::look_ahead(limit, lines)
            .map_err(|e| InvocationError(format!("cannot read standard input: {e}")))?;
        let bytes = Cursor::new(bytes);
        let origin: Box<dyn Read + Send> = if ended {
            Box::new(bytes)
        } else {
            Box::new(bytes.chain(NotTheEnd))
        };
        self.object("-", Origin::Reader(origin), !ended, watch);
        self.is_sample |= !ended;
        Ok(())
    }

    /// Looks at an object; `is_cut` if it goes on behind what is there, so that its last record is not judged.
    fn object(&mut self, name: &str, origin: Origin, is_cut: bool, watch: &mut dyn FnMut(Looked)) {
        let decoder: Box<dyn RecordDecoder> = match self.format {
            FormatName::Csv => Box::new(RowLook::new(&self.rows)),
            FormatName::Json => Box::new(DocumentLook::new(&self.documents)),
        };
        let columns = Arc::new(Columns {
            fields: Vec::new(),
            declared: 0,
            wanted: Vec::new(),
            strict: false,
        });
        let mut split = RecordSplit::new(name, origin, columns, decoder, is_cut);
        split.set_encoding(self.encoding);
        loop {
            let missing = usize::try_from(self.missing()).unwrap_or(usize::MAX);
            if missing == 0 {
                break;
            }
            let rows = missing.min(BATCH_ROWS);
            let Ok(Some(batch)) = split.next(rows) else {
                return;
            };
            let is_first = self.looked.records == 0;
            self.looked.records += batch.rows as u64;
            self.looked.bytes += batch.bytes;
            self.unreadable += batch.errors.len() as u64;
            self.binary += batch.errors.iter().filter(|e| notes::is_binary(&e.raw)).count() as u64;
            if let (Some(first), None) = (batch.errors.first(), &self.first_fault) {
                self.first_fault = Some(notes::fault(first, self.format));
                let is_json = self.format == FormatName::Json;
                self.begins_delimited =
                    is_json && is_first && first.after_rows == 0 && notes::looks_delimited(&first.raw);
            }
            watch(self.looked);
            if split.decoded_bytes() >= self.request.bytes_max {
                self.is_sample = true;
                return;
            }
        }
        self.documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.is_sample |= matches!(split.next(1), Ok(Some(_)));
    }

    /// Some bits of nearly any binary file read as a number or a line.
    fn refuse_binary(&self, place: &Place) -> Result<(), InvocationError> {
        let readable = self.looked.records;
        if readable == 0 || self.binary <= readable {
            return Ok(());
        }
        let place = name_of(place);
        let (binary, all) = (
            grouped(self.binary),
            counted(self.unreadable + readable, "record"),
        );
        let first = self.first_fault.as_deref().unwrap_or_default();
        Err(InvocationError(format!(
            "{place} is binary data: {binary} of {all} are no text; the first that could not be read: {first}"
        )))
    }

    /// The numbers of delimited text are JSON, which its first line is not.
    fn refuse_delimited(&self, place: &Place) -> Result<(), InvocationError> {
        let documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let holds_objects = |field: &Field| field.objects + field.arrays > 0;
        match &self.first_fault {
            Some(fault)
                if self.begins_delimited && self.looked.records > 0 && !holds_objects(&documents.root) =>
            {
                Err(InvocationError(format!(
                    "{} holds no JSON objects; the first record: {fault}",
                    name_of(place)
                )))
            }
            _ => Ok(()),
        }
    }

    fn finish(self) -> Discovered {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.decide();
        let documents = &mut *documents;
        let (shape, delimiters) = match self.format {
            FormatName::Csv => (
                columns::of_rows(&rows, self.request.inference),
                rows.delimiters.clone().unwrap_or_default(),
            ),
            FormatName::Json => (
                columns::of_documents(&documents.root, self.request.inference),
                Delimiters::default(),
            ),
        };
        let records = match self.format {
            FormatName::Csv => rows.count,
            FormatName::Json if shape.row_path.is_empty() => documents.count,
            FormatName::Json => documents.elements,
        };
        let clock_is_bad = self.request.inference == Inference::Wide
            && shape
                .clock
                .is_some_and(|(clock, records)| notes::is_bad_clock(clock, records));
        let mut found = Discovered {
            schema: InputSchema {
                format: self.format,
                row_path: shape.row_path.clone(),
                encoding: self.encoding,
                delimiters,
                columns: shape.leaves.iter().map(|leaf| leaf.column.clone()).collect(),
                warnings: Vec::new(),
            },
            format: ObjectFormat::Records(self.format),
            header: rows.header.clone(),
            carriage_returns: rows.carriage_returns,
            notes: Vec::new(),
            records,
            unreadable: self.unreadable,
            is_sample: self.is_sample,
            first_fault: self.first_fault.clone(),
            clock_is_bad,
        };
        found.notes = notes::of(&found, &shape, rows.fields_max, self.request.inference);
        found
    }
}

fn name_of(place: &Place) -> &str {
    match place {
        Place::Path(path) => path,
        Place::Standard => "standard input",
        Place::Local(address) => address.place(),
    }
}

/// What stands behind bytes that are not all.
struct NotTheEnd;

impl Read for NotTheEnd {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("it goes on"))
    }
}

#[cfg(test)]
mod tests;
