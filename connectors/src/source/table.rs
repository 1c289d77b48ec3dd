//! Reference tables: files read whole at the start, by the readers that sources have (`decisions.md` 21).
//!
//! With `?reload=true` a thread of its own looks at the files, and when they have changed and stand still reads them
//! again: the run never waits for it. A file that cannot be read whole leaves the table as it is.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use arrow::array::{Array, ArrayRef, NullArray, new_empty_array};
use arrow::compute::concat;
use rowtime_engine::dataflow::TableContents;
use rowtime_engine::pipeline::{OutsideError, Split, SplitBatch, TableLoad, TableSource};
use rowtime_engine::plan::{Field, ReferenceTable, Stream};

use super::bytes::Origin;
use super::parquet::ParquetSplit;
use super::split::RecordSplit;
use super::{InvocationError, Recipe, SourceOptions, files, outside};
use crate::discover::{self, Discovered};
use crate::format::arrival::ArrivalRange;
use crate::schema::{InputSchema, SchemaColumn};
use crate::uri::{self, ObjectFormat, Place, TableParameters};

/// Most bytes of a reference table, decompressed: 1 GB, as the service had it (`application.md` §17).
pub const TABLE_BYTES_MAX: u64 = 1 << 30;
/// Rows that are decoded at once.
const BATCH_ROWS: usize = 8_192;
/// How often files are looked at for `reload=true`.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// An opened reference table.
pub struct OpenedTable {
    /// What it holds, now and later.
    pub source: Box<dyn TableSource>,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// What was ignored, for the user to know.
    pub warnings: Vec<String>,
}

/// What is said of a table, and not of its contents.
#[derive(Debug, Clone, Default)]
pub struct TableOptions {
    /// `--on-error stop`.
    pub stop_on_error: bool,
    /// `--strict`.
    pub strict: bool,
    /// The columns that some pump reads, by position.
    pub wanted: Vec<bool>,
    /// What [`describe`] found, where the URI names no schema.
    pub guessed: Option<Arc<Discovered>>,
}

/// A table that its file describes.
#[derive(Debug, Clone)]
pub struct DescribedTable {
    /// The table.
    pub table: ReferenceTable,
    /// What it was guessed from, for [`TableOptions::guessed`]; nothing if the URI names a schema.
    pub guessed: Option<Arc<Discovered>>,
}

/// The table that its file describes: by `?schema=`, else by what is in it.
pub fn describe(name: &str, uri: &str) -> Result<DescribedTable, InvocationError> {
    let (path, parameters) = parse(name, uri)?;
    let records = &parameters.records;
    let (columns, guessed) = match &records.schema {
        Some(file) => (InputSchema::load(file)?.columns, None),
        None => {
            let found = discover::look(&Place::Path(path), records, discover::OF_TABLE, &mut |_| ())?;
            let found = found.of_any_length();
            if found.schema.columns.is_empty() {
                let what = format!("reference table \"{name}\"");
                return Err(found.nothing_of(&what, "give ?schema=FILE"));
            }
            (found.schema.columns.clone(), Some(Arc::new(found)))
        }
    };
    let field = |column: SchemaColumn| Field {
        name: column.name,
        ty: column.ty,
        not_null: false,
    };
    let table = ReferenceTable {
        name: name.to_owned(),
        fields: columns.into_iter().map(field).collect(),
    };
    Ok(DescribedTable { table, guessed })
}

/// Reads a reference table.
pub fn open(
    uri: &str,
    table: &ReferenceTable,
    options: &TableOptions,
) -> Result<OpenedTable, InvocationError> {
    let (path, parameters) = parse(&table.name, uri)?;
    let mut reader = Reader::new(table, path, &parameters, options)?;
    // What it is before it is read: a change in between is one.
    let known = reader.state();
    let files = files::find(&reader.path)?.into_iter().map(|f| f.path).collect();
    let first = reader.load().map_err(|e| InvocationError(e.to_string()))?;
    let warnings = reader.recipe.warnings();
    let name = table.name.clone();
    let changes = if parameters.reload {
        // A file that is cut short may be one that is still being written.
        reader.recipe.stop_on_error = true;
        Some(watch(reader, known).map_err(|e| InvocationError(format!("reference table {name}: {e}")))?)
    } else {
        None
    };
    Ok(OpenedTable {
        source: Box::new(FileTable {
            name,
            first: Some(first),
            changes,
        }),
        files,
        warnings,
    })
}

fn parse(name: &str, uri: &str) -> Result<(String, TableParameters), InvocationError> {
    let (place, parameters) = uri::table(uri)?;
    let path = match place {
        Place::Path(path) => path,
        Place::Standard => {
            return Err(InvocationError(format!(
                "reference table {name}: standard input cannot be one, because it may be read more than once; write \
                 it to a file"
            )));
        }
        Place::Local(address) => {
            return Err(InvocationError(format!(
                "reference table {name}: {} cannot be one, because a stream has no end; write it to a file",
                address.place()
            )));
        }
    };
    let found = files::find(&path)?;
    if found.iter().filter_map(|f| f.bytes).sum::<u64>() > TABLE_BYTES_MAX {
        return Err(InvocationError(format!(
            "reference table {name}: {}",
            too_large(&path)
        )));
    }
    for file in found {
        if std::fs::metadata(&file.path).is_ok_and(|m| !m.is_file()) {
            let place = file.path.display();
            return Err(InvocationError(format!(
                "reference table {name}: {place} is not a regular file; a table may be read more than once"
            )));
        }
    }
    Ok((path, parameters))
}

/// A table of files.
struct FileTable {
    name: String,
    first: Option<TableLoad>,
    changes: Option<Changes>,
}

/// What a watcher found.
struct Changes {
    found: Receiver<Result<TableLoad, OutsideError>>,
    /// The watcher ends when this is gone.
    _wanted: SyncSender<()>,
}

impl TableSource for FileTable {
    fn name(&self) -> &str {
        &self.name
    }

    fn take_new(&mut self) -> Option<Result<TableLoad, OutsideError>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        self.changes.as_ref()?.found.try_recv().ok()
    }
}

/// Which files there are, and what tells that one has changed: (path, device and number, bytes, ns of the last change).
type State = Vec<(PathBuf, Option<[i128; 5]>)>;

/// Starts looking for changes.
fn watch(reader: Reader, known: State) -> std::io::Result<Changes> {
    let (wanted, ended) = sync_channel::<()>(1);
    let (sender, found) = sync_channel(1);
    std::thread::Builder::new()
        .name("reload".to_owned())
        .spawn(move || look_for_changes(&reader, known, &ended, &sender))?;
    Ok(Changes {
        found,
        _wanted: wanted,
    })
}

fn look_for_changes(
    reader: &Reader,
    mut known: State,
    ended: &Receiver<()>,
    found: &SyncSender<Result<TableLoad, OutsideError>>,
) {
    let mut before = known.clone();
    while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
        let state = reader.state();
        let stands_still = state == before;
        before = state;
        if !stands_still || before == known {
            continue;
        }
        let load = reader.load();
        if reader.state() != before {
            continue;
        }
        known.clone_from(&before);
        if found.send(load).is_err() {
            return;
        }
    }
}

/// Reads the files of a table.
struct Reader {
    name: String,
    path: String,
    parameters: TableParameters,
    recipe: Recipe,
    fields: Vec<Field>,
    wanted: Vec<bool>,
    bytes_max: u64,
}

impl Reader {
    fn new(
        table: &ReferenceTable,
        path: String,
        parameters: &TableParameters,
        options: &TableOptions,
    ) -> Result<Self, InvocationError> {
        // To the readers it is a stream without system columns.
        let stream = Stream {
            name: table.name.clone(),
            declared: table.fields.len(),
            fields: table.fields.clone(),
            is_external: true,
            span: rowtime_engine::diagnostic::Span::default(),
        };
        let recipe = Recipe::new(
            &stream,
            &parameters.records,
            &SourceOptions {
                threads: 1,
                start_ms: None,
                end_ms: None,
                stop_on_error: options.stop_on_error,
                max_open: 1,
                strict: options.strict,
                wanted: options.wanted.clone(),
                stop: Arc::default(),
                guessed: options.guessed.clone(),
                follow: false,
            },
        )?;
        Ok(Self {
            name: table.name.clone(),
            path,
            parameters: parameters.clone(),
            recipe,
            fields: stream.fields,
            wanted: options.wanted.clone(),
            bytes_max: TABLE_BYTES_MAX,
        })
    }

    fn state(&self) -> State {
        let found = files::find(&self.path).unwrap_or_default();
        let of = |path: &PathBuf| {
            let m = std::fs::metadata(path).ok()?;
            let changed = |seconds: i64, ns: i64| i128::from(seconds) * 1_000_000_000 + i128::from(ns);
            Some([
                m.dev().into(),
                m.ino().into(),
                m.len().into(),
                changed(m.mtime(), m.mtime_nsec()),
                changed(m.ctime(), m.ctime_nsec()),
            ])
        };
        found.into_iter().map(|f| (f.path.clone(), of(&f.path))).collect()
    }

    /// Everything that is in its files now, in name order.
    fn load(&self) -> Result<TableLoad, OutsideError> {
        let fault = |e: InvocationError| outside(self.place(), e.0);
        let mut parts = Parts::default();
        let mut bytes = 0;
        for file in files::find(&self.path).map_err(fault)? {
            let format = self
                .recipe
                .format(&self.parameters.records, &file.path)
                .map_err(fault)?;
            let mut object = self.object(&file.path, format).map_err(fault)?;
            while let Some(batch) = object.next()? {
                parts.add(batch);
                if bytes + object.decoded_bytes() > self.bytes_max {
                    return Err(outside(self.place(), too_large(&self.path)));
                }
            }
            bytes += object.decoded_bytes();
        }
        parts.finish(&self.fields, &self.wanted).map_err(|e| {
            outside(
                self.place(),
                format!("{e}; this is a fault of rowtime, please report it"),
            )
        })
    }

    fn object(&self, path: &Path, format: ObjectFormat) -> Result<Object, InvocationError> {
        Ok(match format {
            ObjectFormat::Parquet => Object::Parquet(self.recipe.parquet(path, ArrivalRange::default())?),
            ObjectFormat::Records(format) => {
                let place = path.display().to_string();
                Object::Records(self.recipe.split(&place, Origin::File(path.to_owned()), format)?)
            }
        })
    }

    fn place(&self) -> String {
        format!("reference table {}", self.name)
    }
}

/// A file of a table, and how much of it was decoded.
enum Object {
    Records(RecordSplit),
    Parquet(ParquetSplit),
}

impl Object {
    fn next(&mut self) -> Result<Option<SplitBatch>, OutsideError> {
        match self {
            Self::Records(split) => split.next(BATCH_ROWS),
            Self::Parquet(split) => split.next(BATCH_ROWS),
        }
    }

    fn decoded_bytes(&self) -> u64 {
        match self {
            Self::Records(split) => split.decoded_bytes(),
            Self::Parquet(split) => split.decoded_bytes(),
        }
    }
}

fn too_large(path: &str) -> String {
    format!(
        "{path} holds more than {TABLE_BYTES_MAX} bytes, which is the limit of a reference table; leave out rows or \
         columns that the application does not need"
    )
}

/// Decoded batches on their way into one table.
#[derive(Default)]
struct Parts {
    batches: Vec<Vec<ArrayRef>>,
    load: TableLoad,
}

impl Parts {
    fn add(&mut self, batch: SplitBatch) {
        let before = self.load.contents.rows;
        self.load.errors.extend(batch.errors.into_iter().map(|mut e| {
            e.after_rows += before;
            e
        }));
        self.load.documents += batch.documents;
        self.load.decoded += batch.decoded;
        self.load.contents.rows += batch.rows;
        if batch.rows > 0 {
            self.batches.push(batch.columns);
        }
    }

    fn finish(mut self, fields: &[Field], wanted: &[bool]) -> Result<TableLoad, arrow::error::ArrowError> {
        let rows = self.load.contents.rows;
        let column = |(i, field): (usize, &Field)| -> Result<ArrayRef, arrow::error::ArrowError> {
            if wanted.get(i) == Some(&false) {
                return Ok(Arc::new(NullArray::new(rows)));
            }
            let parts: Vec<&dyn Array> = self
                .batches
                .iter()
                .filter_map(|b| b.get(i))
                .map(AsRef::as_ref)
                .collect();
            if parts.is_empty() {
                return Ok(new_empty_array(&field.ty.arrow()));
            }
            concat(&parts)
        };
        let columns = fields.iter().enumerate().map(column).collect::<Result<_, _>>()?;
        self.load.contents = TableContents { columns, rows };
        Ok(self.load)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(folder: &std::path::Path, bytes_max: u64) -> Reader {
        let path = folder.join("r.csv.zst").display().to_string();
        let DescribedTable { table, guessed } = describe("R", &path).unwrap();
        let (path, parameters) = parse("R", &path).unwrap();
        let options = TableOptions {
            stop_on_error: true,
            strict: false,
            wanted: vec![true, false],
            guessed,
        };
        let reader = Reader::new(&table, path, &parameters, &options).unwrap();
        Reader { bytes_max, ..reader }
    }

    #[test]
    fn the_limit_counts_decompressed_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let text: String = (0..100_000).map(|i| format!("{i},x\n")).collect();
        let stored = zstd::encode_all(text.as_bytes(), 1).unwrap();
        assert!(stored.len() < text.len() / 2);
        std::fs::write(folder.path().join("r.csv.zst"), stored).unwrap();
        let bytes = text.len() as u64;
        let load = reader(folder.path(), bytes).load().unwrap();
        assert_eq!(
            (load.contents.rows, load.documents, load.decoded),
            (100_000, 100_000, 100_000)
        );
        // A column that nobody reads costs nothing.
        assert_eq!(load.contents.columns[1].get_buffer_memory_size(), 0);
        let refused = reader(folder.path(), bytes - 1).load().unwrap_err().to_string();
        assert!(
            refused.contains("which is the limit of a reference table"),
            "{refused}"
        );
    }
}
