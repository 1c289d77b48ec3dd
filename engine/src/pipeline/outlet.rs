//! Rows on their way out: each stream's rows to its sinks, with ordinals.
//!
//! Sinks that share one output get their rows by (ROWTIME, stream, row): rows at the bound wait until it has
//! passed, so that what the reader sees does not depend on how the input was cut.

use std::collections::{BTreeMap, VecDeque};

use super::run::SinkBinding;
use super::{OutsideError, SinkRows, error_stream_columns, error_stream_fields};
use crate::dataflow::errors::ErrorRow;
use crate::dataflow::{Dataflow, StreamRows};
use crate::plan::{Application, Field, Stream, StreamId};

/// Where `error_stream` stands among the streams that share an output: behind all others.
const ERROR_STREAM: StreamId = StreamId::MAX;

/// All sinks of a run.
pub struct Outlet {
    sinks: Vec<Bound>,
    /// Rows written.
    pub rows_out: u64,
    /// Error rows seen.
    pub error_rows: u64,
}

struct Bound {
    binding: SinkBinding,
    name: String,
    fields: Vec<Field>,
    ordinal: u64,
    /// Rows of a shared output that wait.
    held: VecDeque<StreamRows>,
    dirty: bool,
}

impl Outlet {
    /// Sinks with the streams they belong to.
    pub fn new(app: &Application, sinks: Vec<SinkBinding>) -> Self {
        let sinks = sinks
            .into_iter()
            .map(|binding| {
                let (name, fields) = match binding.stream {
                    Some(id) => {
                        let stream = &app.streams[id];
                        (stream.name.clone(), stream.fields[..stream.declared].to_vec())
                    }
                    None => ("error_stream".to_owned(), error_stream_fields()),
                };
                Bound {
                    binding,
                    name,
                    fields,
                    ordinal: 0,
                    held: VecDeque::new(),
                    dirty: false,
                }
            })
            .collect();
        Self {
            sinks,
            rows_out: 0,
            error_rows: 0,
        }
    }

    /// Takes rows of a stream.
    pub fn take(&mut self, rows: &StreamRows, stream: &Stream) -> Result<(), OutsideError> {
        for sink in &mut self.sinks {
            if sink.binding.stream != Some(rows.stream) {
                continue;
            }
            if sink.binding.shared {
                sink.held.push_back(StreamRows {
                    stream: rows.stream,
                    rowtimes: rows.rowtimes.clone(),
                    columns: rows.columns[..stream.declared].to_vec(),
                });
            } else {
                self.rows_out += rows.rowtimes.len() as u64;
                sink.write(&rows.rowtimes, &rows.columns[..stream.declared])?;
            }
        }
        Ok(())
    }

    /// Takes rows of `error_stream`.
    pub fn take_errors(&mut self, errors: &[ErrorRow]) -> Result<(), OutsideError> {
        self.error_rows += errors.len() as u64;
        if !self.sinks.iter().any(|s| s.binding.stream.is_none()) {
            return Ok(());
        }
        let (rowtimes, columns) = error_stream_columns(errors);
        for sink in self.sinks.iter_mut().filter(|s| s.binding.stream.is_none()) {
            if sink.binding.shared {
                sink.held.push_back(StreamRows {
                    stream: ERROR_STREAM,
                    rowtimes: rowtimes.clone().into(),
                    columns: columns.clone(),
                });
            } else {
                sink.write(&rowtimes, &columns)?;
            }
        }
        Ok(())
    }

    /// Lets everything leave that the bounds allow.
    pub fn release(&mut self, dataflow: &Dataflow) -> Result<(), OutsideError> {
        let bound = self
            .sinks
            .iter()
            .filter(|s| s.binding.shared)
            .map(|s| match s.binding.stream {
                Some(id) => dataflow.stream_bound_ms(id),
                None => dataflow.error_bound_ms(),
            })
            .min();
        if let Some(bound) = bound {
            self.release_shared(bound)?;
        }
        for sink in self.sinks.iter_mut().filter(|s| s.dirty) {
            sink.binding.sink.flush()?;
            sink.dirty = false;
        }
        Ok(())
    }

    /// Writes the held rows below the bound, the least (ROWTIME, stream) first.
    fn release_shared(&mut self, bound_ms: i64) -> Result<(), OutsideError> {
        loop {
            let mut heads: Vec<(i64, StreamId, usize)> = self
                .sinks
                .iter()
                .enumerate()
                .filter_map(|(i, s)| {
                    let first = s.held.front()?;
                    Some((*first.rowtimes.first()?, first.stream, i))
                })
                .collect();
            heads.sort_unstable();
            let Some(&(rowtime, stream, i)) = heads.first() else {
                return Ok(());
            };
            if rowtime >= bound_ms && bound_ms != i64::MAX {
                return Ok(());
            }
            let next = heads.get(1).copied();
            let sink = &mut self.sinks[i];
            let Some(rows) = sink.held.pop_front() else {
                return Ok(());
            };
            let below = rows.rowtimes.partition_point(|&t| {
                (t < bound_ms || bound_ms == i64::MAX)
                    && next.is_none_or(|(other, other_stream, _)| (t, stream) <= (other, other_stream))
            });
            let columns: Vec<_> = rows.columns.iter().map(|c| c.slice(0, below)).collect();
            sink.write(&rows.rowtimes[..below], &columns)?;
            if stream != ERROR_STREAM {
                self.rows_out += below as u64;
            }
            let rest = rows.rowtimes.len() - below;
            if rest > 0 {
                sink.held.push_front(StreamRows {
                    stream: rows.stream,
                    rowtimes: rows.rowtimes.slice(below, rest),
                    columns: rows.columns.iter().map(|c| c.slice(below, rest)).collect(),
                });
            }
        }
    }

    /// Ends every sink properly after a failure; what else fails is not worth a word.
    pub fn abandon(self) {
        for mut sink in self.sinks {
            let _ = sink.binding.sink.close();
        }
    }

    /// Writes what is still held, for an input that goes no further.
    pub fn release_all(&mut self) -> Result<(), OutsideError> {
        self.release_shared(i64::MAX)
    }

    /// Closes every sink and says how many rows each stream wrote.
    pub fn close(self) -> Result<BTreeMap<String, u64>, OutsideError> {
        let mut written = BTreeMap::new();
        for mut sink in self.sinks {
            sink.binding.sink.close()?;
            written.insert(sink.name, sink.ordinal);
        }
        Ok(written)
    }
}

impl Bound {
    fn write(&mut self, rowtimes: &[i64], columns: &[arrow::array::ArrayRef]) -> Result<(), OutsideError> {
        self.binding.sink.write(SinkRows {
            fields: &self.fields,
            rowtimes,
            columns,
            first_ordinal: self.ordinal,
        })?;
        self.ordinal += rowtimes.len() as u64;
        self.dirty = true;
        Ok(())
    }
}
