//! A test before it runs: its script compiled, its input typed by the script's streams.
//!
//! What is wrong with the file itself (an unknown stream, a cell that is no value of its column) is found
//! here for all tests, before any of them runs.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use rowtime_connectors::schema::InputSchema;
use rowtime_connectors::source::{SourceOptions, from_reader};
use rowtime_engine::application::{Compiled, compile};
use rowtime_engine::bind::BindOptions;
use rowtime_engine::expr::Value;
use rowtime_engine::pipeline::{RecordError, TableLoad};
use rowtime_engine::plan::{Application, Field, SYSTEM_COLUMNS, Stream, StreamId, TableId};
use rowtime_engine::sql;

use super::case::{
    Action, Fault, Name, RecordsBlock, RecordsBody, RowsBlock, SchemaBlock, TableBlock, Target, TestCase,
};
use super::cell;
use super::reference;
use super::table::Cell;
use crate::bindings::{Resolved, resolve};
use crate::script_names;

/// Rows of one input block, in its order.
#[derive(Debug, Clone)]
pub struct Block {
    /// The stream they enter.
    pub stream: StreamId,
    /// Arrival clock of every row; `None`: whatever time it is then.
    pub arrivals_ms: Vec<Option<i64>>,
    /// All columns of the stream.
    pub columns: Vec<ArrayRef>,
    /// Records that did not become rows; `after_rows` counts within the block.
    pub errors: Vec<RecordError>,
    /// Documents read.
    pub documents: u64,
    /// Documents that became rows.
    pub decoded: u64,
}

/// A test that can run.
pub struct Prepared<'a> {
    /// The test.
    pub case: &'a TestCase,
    /// The text that was compiled: shared SQL, then its own.
    pub script: String,
    /// Where its own SQL begins.
    pub own_offset: usize,
    /// What compiling made of it.
    pub compiled: Compiled,
    /// The input blocks, by position of their action.
    pub blocks: Vec<Option<Block>>,
    /// What reference tables hold, in the order of their actions; a table that no pump reads holds nothing.
    pub tables: Vec<Option<(TableId, TableLoad)>>,
}

/// Compiles a test and types its input.
pub fn prepare(case: &TestCase, threads: usize) -> Result<Prepared<'_>, Vec<Fault>> {
    let mut script = case.shared.as_ref().map(|s| s.text.clone()).unwrap_or_default();
    let own_offset = script.len();
    script.push_str(case.own.as_ref().map_or("", |s| s.text.as_str()));
    let compiled = compile(
        &script,
        &BindOptions {
            strict: case.strict,
            tables: reference::declared(&script, &case.actions)?,
            external: described(&script, &case.schemas),
            ..BindOptions::default()
        },
    );
    let mut prepared = Prepared {
        case,
        script,
        own_offset,
        compiled,
        blocks: Vec::new(),
        tables: Vec::new(),
    };
    if prepared.compiled.has_errors() {
        // Without streams nothing can be typed; the test will show the errors.
        return Ok(prepared);
    }
    let app = &prepared.compiled.application;
    let mut faults = Vec::new();
    for action in &case.actions {
        let block = match action {
            Action::Rows(rows) => rows_block(app, rows).map(Some),
            Action::Records(records) => records_block(app, case, records, threads).map(Some),
            Action::Table(table) => {
                match table_load(app, table, case.strict) {
                    Ok(load) => prepared.tables.push(load),
                    Err(fault) => faults.push(fault),
                }
                Ok(None)
            }
            Action::Expect(expect) => known_target(app, expect.line, &expect.target).map(|()| None),
            _ => Ok(None),
        };
        match block {
            Ok(block) => prepared.blocks.push(block),
            Err(fault) => faults.push(fault),
        }
    }
    for block in &case.schemas {
        if find_stream(app, &block.stream).is_none() {
            faults.push(unknown_stream(app, block.line, &block.stream));
        }
    }
    for (line, target) in &case.ignored {
        faults.extend(known_target(app, *line, target).err());
    }
    if faults.is_empty() {
        Ok(prepared)
    } else {
        Err(faults)
    }
}

fn table_load(
    app: &Application,
    block: &TableBlock,
    strict: bool,
) -> Result<Option<(TableId, TableLoad)>, Fault> {
    match app.tables.iter().position(|t| reference::is(t, &block.name)) {
        Some(id) => Ok(Some((id, reference::load(&app.tables[id], block, strict)?))),
        None => Ok(None),
    }
}

/// The stream a name means.
pub fn find_stream(app: &Application, name: &Name) -> Option<StreamId> {
    find_name(name, app.streams.iter().map(|s| s.name.as_str()))
}

/// The position of the field a header cell means.
pub fn find_field(fields: &[Field], header: &Cell) -> Option<usize> {
    let name = Name {
        text: header.text.clone(),
        exact: header.quoted,
    };
    find_name(&name, fields.iter().map(|f| f.name.as_str()))
}

fn find_name<'a>(name: &Name, candidates: impl Iterator<Item = &'a str>) -> Option<usize> {
    let candidates: Vec<&str> = candidates.collect();
    if name.exact {
        return candidates.iter().position(|c| *c == name.text);
    }
    match resolve(&name.text, &candidates) {
        Resolved::One(found) => candidates.iter().position(|c| *c == found),
        _ => None,
    }
}

/// Whether a header cell means ROWTIME and not a column of that name.
pub fn is_rowtime(fields: &[Field], header: &Cell) -> bool {
    header.text == "ROWTIME" && !fields.iter().any(|f| f.name == "ROWTIME")
}

fn known_target(app: &Application, line: usize, target: &Target) -> Result<(), Fault> {
    let Target::Stream(name) = target else {
        return Ok(());
    };
    let id = find_stream(app, name).ok_or_else(|| unknown_stream(app, line, name))?;
    if app.pumps.iter().any(|p| p.target == id) {
        return Ok(());
    }
    Err(Fault::new(
        line,
        format!("no pump writes stream {}: nothing can come out there", name.text),
    ))
}

fn unknown_stream(app: &Application, line: usize, name: &Name) -> Fault {
    let all: Vec<&str> = app.streams.iter().map(|s| s.name.as_str()).collect();
    Fault::new(
        line,
        format!(
            "there is no stream {}; the script has {}",
            name.text,
            all.join(", ")
        ),
    )
}

fn input_stream<'a>(app: &'a Application, line: usize, name: &Name) -> Result<(StreamId, &'a Stream), Fault> {
    let id = find_stream(app, name).ok_or_else(|| unknown_stream(app, line, name))?;
    if let Some(pump) = app.pumps.iter().find(|p| p.target == id) {
        return Err(Fault::new(
            line,
            format!(
                "pump {} writes stream {}; a test feeds the others",
                pump.name, name.text
            ),
        ));
    }
    app.streams
        .get(id)
        .map(|s| (id, s))
        .ok_or_else(|| unknown_stream(app, line, name))
}

fn rows_block(app: &Application, block: &RowsBlock) -> Result<Block, Fault> {
    let (id, stream) = input_stream(app, block.line, &block.stream)?;
    let header_line = block.line + 1;
    let mut rowtime = None;
    let mut cells_of: Vec<Option<usize>> = vec![None; stream.fields.len()];
    for (position, header) in block.table.header.iter().enumerate() {
        if is_rowtime(&stream.fields, header) {
            rowtime = Some(position);
            continue;
        }
        let field = find_field(&stream.fields, header).ok_or_else(|| {
            let all: Vec<&str> = stream.fields.iter().map(|f| f.name.as_str()).collect();
            let name = &header.text;
            Fault::new(
                header_line,
                format!("{} has no column {name}; it has {}", stream.name, all.join(", ")),
            )
        })?;
        if let Some(slot) = cells_of.get_mut(field)
            && slot.replace(position).is_some()
        {
            return Err(Fault::new(
                header_line,
                format!("column {} stands here twice", header.text),
            ));
        }
    }
    let Some(rowtime) = rowtime else {
        return Err(Fault::new(
            header_line,
            "the column ROWTIME is missing: when do these rows come?",
        ));
    };
    let arrivals_ms = arrivals(block, rowtime)?;
    let mut columns = Vec::with_capacity(stream.fields.len());
    for (field, position) in stream.fields.iter().zip(&cells_of) {
        columns.push(match position {
            Some(position) => typed_column(block, field, *position)?,
            None => default_column(block, field, &arrivals_ms)?,
        });
    }
    let documents = arrivals_ms.len() as u64;
    let arrivals_ms = arrivals_ms.into_iter().map(Some).collect();
    Ok(Block {
        stream: id,
        arrivals_ms,
        columns,
        errors: Vec::new(),
        documents,
        decoded: documents,
    })
}

fn arrivals(block: &RowsBlock, rowtime: usize) -> Result<Vec<i64>, Fault> {
    let instant = |(line, cells): &(usize, Vec<Cell>)| {
        let cell = cells.get(rowtime).cloned().unwrap_or(Cell::null());
        cell::parse_instant(&cell.text, block.date).ok_or_else(|| {
            Fault::new(
                *line,
                format!("{} is no ROWTIME: write 10:00:00 or a timestamp", cell.print()),
            )
        })
    };
    block.table.rows.iter().map(instant).collect()
}

fn typed_column(block: &RowsBlock, field: &Field, position: usize) -> Result<ArrayRef, Fault> {
    let mut values = Vec::with_capacity(block.table.rows.len());
    for (line, cells) in &block.table.rows {
        let cell = cells.get(position).cloned().unwrap_or(Cell::null());
        let value = cell::parse(&cell, field.ty, block.date)
            .map_err(|m| Fault::new(*line, format!("column {}: {m}", field.name)))?;
        if field.not_null && value == Value::Null {
            return Err(not_null(*line, field));
        }
        values.push(value);
    }
    Ok(cell::array(field.ty, &values))
}

fn default_column(block: &RowsBlock, field: &Field, arrivals_ms: &[i64]) -> Result<ArrayRef, Fault> {
    if SYSTEM_COLUMNS
        .first()
        .is_some_and(|(name, ty)| *name == field.name && *ty == field.ty)
    {
        let values: Vec<Value> = arrivals_ms.iter().map(|ms| Value::Int(*ms)).collect();
        return Ok(cell::array(field.ty, &values));
    }
    if field.not_null && !arrivals_ms.is_empty() {
        return Err(not_null(block.line + 1, field));
    }
    Ok(new_null_array(&field.ty.arrow(), arrivals_ms.len()))
}

fn not_null(line: usize, field: &Field) -> Fault {
    let name = &field.name;
    Fault::new(
        line,
        format!("column {name} is NOT NULL; what a record without it does is tested with `records`"),
    )
}

/// The streams that the script reads and does not create, as their schemas describe them. A later schema of a stream
/// is the one that holds.
fn described(script: &str, schemas: &[SchemaBlock]) -> Vec<Stream> {
    let missing = script_names::of(&sql::parse(script).0).missing;
    let schema = |name: &String| {
        let block = schemas.iter().rfind(|b| is_of(b, name))?;
        Some(block.schema.stream(name))
    };
    missing.iter().filter_map(schema).collect()
}

fn is_of(block: &SchemaBlock, stream: &str) -> bool {
    let name = &block.stream;
    name.text == stream || (!name.exact && name.text.eq_ignore_ascii_case(stream))
}

/// One file of records, or one for each timed record.
fn records_block(
    app: &Application,
    case: &TestCase,
    block: &RecordsBlock,
    threads: usize,
) -> Result<Block, Fault> {
    let (id, stream) = input_stream(app, block.line, &block.stream)?;
    let schema = case
        .schemas
        .iter()
        .rfind(|b| is_of(b, &stream.name))
        .map(|b| &b.schema);
    let ends_lines = schema.is_none_or(|s| s.delimiters.row() == b"\n");
    let strict = case.strict;
    let files: Vec<(Vec<u8>, Option<i64>)> = match &block.body {
        // The last line end is none of the text where lines are not records.
        RecordsBody::File { text, at_ms } if !ends_lines => {
            vec![(text.trim_end_matches('\n').as_bytes().to_vec(), *at_ms)]
        }
        RecordsBody::File { text, at_ms } => vec![(text.clone().into_bytes(), *at_ms)],
        RecordsBody::Timed(lines) => lines
            .iter()
            .map(|(ms, record)| {
                let end = if ends_lines { "\n" } else { "" };
                (format!("{record}{end}").into_bytes(), Some(*ms))
            })
            .collect(),
    };
    let options = SourceOptions {
        threads,
        start_ms: None,
        end_ms: None,
        stop_on_error: false,
        max_open: 1,
        strict,
        wanted: vec![true; stream.fields.len()],
        stop: Arc::default(),
        guessed: None,
        follow: false,
    };
    let mut parts = Parts::default();
    for (bytes, at_ms) in files {
        let parameters = uri_parameters(block, schema);
        let reader = Box::new(Cursor::new(bytes));
        let mut split = from_reader(&stream.name, reader, &parameters, schema, stream, &options)
            .map_err(|e| Fault::new(block.line, e.0))?;
        while let Some(batch) = split
            .next(usize::from(u16::MAX))
            .map_err(|e| Fault::new(block.line, e.to_string()))?
        {
            parts.push(batch, at_ms);
        }
    }
    let columns = parts
        .columns(stream)
        .map_err(|e| Fault::new(block.line, e.to_string()))?;
    Ok(Block {
        stream: id,
        arrivals_ms: parts.arrivals_ms,
        columns,
        errors: parts.errors,
        documents: parts.documents,
        decoded: parts.decoded,
    })
}

/// The parameters of the block, with the format that records have when nothing is said.
fn uri_parameters(block: &RecordsBlock, schema: Option<&InputSchema>) -> String {
    let says_format = |p: &String| p.starts_with("format=") || p.starts_with("schema=");
    let mut parameters = block.parameters.clone();
    if schema.is_none() && !parameters.iter().any(says_format) {
        parameters.push("format=json".to_owned());
    }
    parameters.join("&")
}

/// Decoded batches on their way into one block.
#[derive(Default)]
struct Parts {
    arrivals_ms: Vec<Option<i64>>,
    batches: Vec<Vec<ArrayRef>>,
    errors: Vec<RecordError>,
    documents: u64,
    decoded: u64,
}

impl Parts {
    fn push(&mut self, batch: rowtime_engine::pipeline::SplitBatch, at_ms: Option<i64>) {
        let before = self.arrivals_ms.len();
        self.errors.extend(batch.errors.into_iter().map(|mut e| {
            e.after_rows += before;
            e.arrival_ms = at_ms.or(e.arrival_ms);
            e
        }));
        let clock = |row: usize| batch.arrivals_ms.as_ref().and_then(|a| a.get(row).copied());
        self.arrivals_ms
            .extend((0..batch.rows).map(|row| at_ms.or_else(|| clock(row))));
        if batch.rows > 0 {
            self.batches.push(batch.columns);
        }
        self.documents += batch.documents;
        self.decoded += batch.decoded;
    }

    fn columns(&self, stream: &Stream) -> Result<Vec<ArrayRef>, arrow::error::ArrowError> {
        let column = |(i, field): (usize, &Field)| {
            let parts: Vec<&dyn arrow::array::Array> = self
                .batches
                .iter()
                .filter_map(|b| b.get(i))
                .map(Arc::as_ref)
                .collect();
            if parts.is_empty() {
                return Ok(new_null_array(&field.ty.arrow(), 0));
            }
            arrow::compute::concat(&parts)
        };
        stream.fields.iter().enumerate().map(column).collect()
    }
}
