//! The whole state of a dataflow as bytes: a JSON manifest, then Arrow IPC batches in the manifest's order.
//!
//! The manifest says which version wrote it and which pumps it belongs to; reading refuses anything else. Held
//! rows are written without their origin: between steps no row is inside a pump.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{Field as ArrowField, Int64Type, Schema};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};

use super::Dataflow;
use super::errors::PumpCounts;
use super::held_errors::Held;
use super::stream::Writer;
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

const MAGIC: &[u8; 8] = b"ROWTIME\x01";
const VERSION: u32 = 5;

#[derive(Serialize, Deserialize)]
struct Manifest {
    version: u32,
    bound_ms: i64,
    /// One entry a reference table: its name, and whether it was loaded.
    tables: Vec<(String, bool)>,
    pumps: Vec<PumpManifest>,
    streams: Vec<StreamManifest>,
    held_errors: Vec<Held>,
    next_error: u64,
}

#[derive(Serialize, Deserialize)]
struct PumpManifest {
    name: String,
    counts: PumpCounts,
    operators: Vec<OperatorManifest>,
}

#[derive(Serialize, Deserialize)]
struct OperatorManifest {
    facts: serde_json::Value,
    batches: usize,
}

#[derive(Serialize, Deserialize)]
struct StreamManifest {
    bound_ms: i64,
    writers: Vec<WriterManifest>,
    /// Writers of an application before this one.
    gone: Vec<WriterManifest>,
}

#[derive(Serialize, Deserialize)]
struct WriterManifest {
    bound_ms: i64,
    floor_ms: i64,
    /// One entry a held batch: made by a closing.
    pending: Vec<bool>,
}

/// Writes the state.
pub fn write(dataflow: &Dataflow) -> Result<Vec<u8>, StateError> {
    let mut batches = Vec::new();
    let mut tables = Vec::new();
    for table in &dataflow.tables {
        let contents = table.save()?;
        tables.push((table.name.clone(), contents.is_some()));
        batches.extend(contents);
    }
    let mut pumps = Vec::new();
    for pump in &dataflow.pumps {
        let mut operators = Vec::new();
        for state in pump.save() {
            operators.push(OperatorManifest {
                facts: state.facts,
                batches: state.batches.len(),
            });
            batches.extend(state.batches);
        }
        pumps.push(PumpManifest {
            name: pump.errors.name.to_string(),
            counts: pump.errors.counts,
            operators,
        });
    }
    let mut streams = Vec::new();
    for stream in &dataflow.streams {
        streams.push(StreamManifest {
            bound_ms: stream.bound_ms(),
            writers: write_writers(&stream.writers, &mut batches)?,
            gone: write_writers(&stream.gone, &mut batches)?,
        });
    }
    let manifest = serde_json::to_vec(&Manifest {
        version: VERSION,
        bound_ms: dataflow.bound_ms,
        tables,
        pumps,
        streams,
        held_errors: dataflow.held_errors.held.clone(),
        next_error: dataflow.held_errors.next,
    })?;
    let mut bytes = MAGIC.to_vec();
    append(&mut bytes, &manifest);
    for batch in &batches {
        append(&mut bytes, &batch_bytes(batch)?);
    }
    Ok(bytes)
}

fn write_writers(
    writers: &[Writer],
    batches: &mut Vec<RecordBatch>,
) -> Result<Vec<WriterManifest>, StateError> {
    let mut manifests = Vec::with_capacity(writers.len());
    for writer in writers {
        for batch in &writer.pending {
            batches.push(held_batch(batch)?);
        }
        manifests.push(WriterManifest {
            bound_ms: writer.bound_ms,
            floor_ms: writer.floor_ms,
            pending: writer.pending.iter().map(|b| b.closing).collect(),
        });
    }
    Ok(manifests)
}

/// The bytes that the states of operators take.
pub fn size(states: &[OperatorState]) -> Result<usize, StateError> {
    let mut size = 0;
    for state in states {
        size += serde_json::to_vec(&state.facts)?.len();
        for batch in &state.batches {
            size += batch_bytes(batch)?.len();
        }
    }
    Ok(size)
}

fn batch_bytes(batch: &RecordBatch) -> Result<Vec<u8>, StateError> {
    let mut writer = StreamWriter::try_new(Vec::new(), batch.schema_ref())?;
    writer.write(batch)?;
    Ok(writer.into_inner()?)
}

fn append(bytes: &mut Vec<u8>, block: &[u8]) {
    bytes.extend_from_slice(&(block.len() as u64).to_le_bytes());
    bytes.extend_from_slice(block);
}

/// A held batch with its ROWTIMEs as a first column.
fn held_batch(rows: &RowBatch) -> Result<RecordBatch, StateError> {
    let mut columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::new(rows.rowtimes.clone(), None))];
    columns.extend(rows.columns.iter().cloned());
    let fields: Vec<ArrowField> = columns
        .iter()
        .enumerate()
        .map(|(i, c)| ArrowField::new(format!("c{i}"), c.data_type().clone(), true))
        .collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// Reads a state into a dataflow of the same application.
pub fn read(dataflow: &mut Dataflow, bytes: &[u8]) -> Result<(), StateError> {
    let mut blocks = Blocks(
        bytes
            .strip_prefix(MAGIC)
            .ok_or_else(|| StateError::Damaged("it does not start as a rowtime state".to_owned()))?,
    );
    let manifest: Manifest = serde_json::from_slice(blocks.next()?)?;
    if manifest.version != VERSION {
        return Err(StateError::Damaged(format!(
            "it has version {}",
            manifest.version
        )));
    }
    same(dataflow.pumps.len(), manifest.pumps.len(), "pumps")?;
    same(dataflow.streams.len(), manifest.streams.len(), "streams")?;
    same(dataflow.tables.len(), manifest.tables.len(), "reference tables")?;
    for (id, (name, loaded)) in manifest.tables.into_iter().enumerate() {
        dataflow.restore_table(id, &name, loaded.then(|| blocks.batch()).transpose()?)?;
    }
    for (pump, saved) in dataflow.pumps.iter_mut().zip(manifest.pumps) {
        if *pump.errors.name != *saved.name {
            return Err(StateError::Mismatch(format!(
                "pump {} is now {}",
                saved.name, pump.errors.name
            )));
        }
        pump.errors.counts = saved.counts;
        let states = saved.operators.into_iter().map(|saved| {
            let batches = (0..saved.batches).map(|_| blocks.batch());
            Ok(OperatorState {
                facts: saved.facts,
                batches: batches.collect::<Result<_, StateError>>()?,
            })
        });
        pump.load(states.collect::<Result<Vec<_>, StateError>>()?)?;
    }
    for (stream, saved) in dataflow.streams.iter_mut().zip(manifest.streams) {
        same(stream.writers.len(), saved.writers.len(), "writers")?;
        stream.restore_bound(saved.bound_ms);
        stream.writers = blocks.writers(saved.writers)?;
        stream.gone = blocks.writers(saved.gone)?;
    }
    dataflow.bound_ms = manifest.bound_ms;
    dataflow
        .held_errors
        .restore(manifest.held_errors, manifest.next_error);
    Ok(())
}

fn same(here: usize, saved: usize, what: &str) -> Result<(), StateError> {
    if here == saved {
        return Ok(());
    }
    Err(StateError::Mismatch(format!(
        "it has {saved} {what}, the application {here}"
    )))
}

/// The length-prefixed blocks of a state.
struct Blocks<'a>(&'a [u8]);

impl<'a> Blocks<'a> {
    fn next(&mut self) -> Result<&'a [u8], StateError> {
        let torn = || StateError::Damaged("it is cut short".to_owned());
        let (length, rest) = self.0.split_first_chunk::<8>().ok_or_else(torn)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| torn())?;
        let (block, rest) = rest.split_at_checked(length).ok_or_else(torn)?;
        self.0 = rest;
        Ok(block)
    }

    fn batch(&mut self) -> Result<RecordBatch, StateError> {
        let mut reader = StreamReader::try_new(Cursor::new(self.next()?), None)?;
        let batch = reader
            .next()
            .ok_or_else(|| StateError::Damaged("a batch is missing".to_owned()))??;
        Ok(batch)
    }

    fn writers(&mut self, saved: Vec<WriterManifest>) -> Result<Vec<Writer>, StateError> {
        let mut writers = Vec::with_capacity(saved.len());
        for saved in saved {
            let pending = saved.pending.into_iter().map(|closing| self.held(closing));
            writers.push(Writer {
                bound_ms: saved.bound_ms,
                floor_ms: saved.floor_ms,
                pending: pending.collect::<Result<_, _>>()?,
            });
        }
        Ok(writers)
    }

    fn held(&mut self, closing: bool) -> Result<RowBatch, StateError> {
        let batch = self.batch()?;
        let (rowtimes, columns) = batch
            .columns()
            .split_first()
            .ok_or_else(|| StateError::Damaged("a batch has no ROWTIME".to_owned()))?;
        let rowtimes = rowtimes
            .as_primitive_opt::<Int64Type>()
            .ok_or_else(|| StateError::Damaged("a ROWTIME column is of another type".to_owned()))?;
        Ok(RowBatch::new(
            rowtimes.values().clone(),
            columns.to_vec(),
            0,
            closing,
        ))
    }
}
