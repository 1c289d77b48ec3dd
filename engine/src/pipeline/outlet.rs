//! Rows on their way out: each stream's rows to its sinks, with ordinals.
//!
//! Sinks that share one output get their rows by (ROWTIME, stream, row): rows at the bound wait until it has
//! passed, so that what the reader sees does not depend on how the input was cut.
//!
//! A sink that fails ends a run. A session goes on without it.

use std::collections::{BTreeMap, VecDeque};

use arrow::array::ArrayRef;

use super::run::SinkBinding;
use super::{OutsideError, SinkRows, error_stream_columns, error_stream_fields};
use crate::dataflow::errors::ErrorRow;
use crate::dataflow::{Dataflow, StreamRows};
use crate::plan::{Application, Field, StreamId};

/// Where `error_stream` stands among the streams that share an output: behind all others.
const ERROR_STREAM: StreamId = StreamId::MAX;
/// Its name.
pub const ERROR_STREAM_NAME: &str = "error_stream";

/// A sink of a run or session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinkId(u64);

/// What to do when a sink fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// Nothing else is written.
    Stop,
    /// It gets nothing more; see [`Outlet::take_failed`].
    GoOn,
}

/// All sinks of a run.
pub struct Outlet {
    sinks: Vec<Bound>,
    on_failure: OnFailure,
    next_id: u64,
    /// Rows written.
    pub rows_out: u64,
    /// Error rows seen.
    pub error_rows: u64,
}

struct Bound {
    id: SinkId,
    binding: SinkBinding,
    name: String,
    fields: Vec<Field>,
    ordinal: u64,
    /// Rows of a shared output that wait.
    held: VecDeque<StreamRows>,
    dirty: bool,
    failed: Option<OutsideError>,
}

/// A sink that is no longer bound.
pub struct Removed {
    /// Which.
    pub id: SinkId,
    /// The name of its stream.
    pub stream: String,
    /// What ended it, or went wrong as it was closed.
    pub failure: Option<OutsideError>,
}

impl Outlet {
    /// No sinks yet.
    pub fn new(on_failure: OnFailure) -> Self {
        Self {
            sinks: Vec::new(),
            on_failure,
            next_id: 0,
            rows_out: 0,
            error_rows: 0,
        }
    }

    /// Adds a sink of an application's stream.
    pub fn bind(&mut self, app: &Application, binding: SinkBinding) -> SinkId {
        let (name, fields) = match binding.stream {
            Some(id) => {
                let stream = &app.streams[id];
                (stream.name.clone(), stream.declared_fields().to_vec())
            }
            None => (ERROR_STREAM_NAME.to_owned(), error_stream_fields()),
        };
        let id = SinkId(self.next_id);
        self.next_id += 1;
        self.sinks.push(Bound {
            id,
            binding,
            name,
            fields,
            ordinal: 0,
            held: VecDeque::new(),
            dirty: false,
            failed: None,
        });
        id
    }

    /// Closes a sink, which gets nothing more. `None` if it is not bound.
    pub fn unbind(&mut self, id: SinkId) -> Option<Removed> {
        let at = self.sinks.iter().position(|sink| sink.id == id)?;
        Some(self.sinks.remove(at).remove())
    }

    /// Learns the new numbers of streams; the sinks of those that are no more are closed.
    pub fn renumber(&mut self, numbers: &[Option<StreamId>]) -> Vec<Removed> {
        let mut removed = Vec::new();
        for mut sink in std::mem::take(&mut self.sinks) {
            let new = sink.binding.stream.map(|old| numbers.get(old).copied().flatten());
            if new == Some(None) {
                removed.push(sink.remove());
                continue;
            }
            sink.binding.stream = new.flatten();
            if let Some(number) = sink.binding.stream {
                sink.held.iter_mut().for_each(|rows| rows.stream = number);
            }
            self.sinks.push(sink);
        }
        removed
    }

    /// The streams that leave.
    pub fn streams(&self) -> impl Iterator<Item = StreamId> {
        self.sinks.iter().filter_map(|sink| sink.binding.stream)
    }

    /// Takes out the sinks that failed.
    pub fn take_failed(&mut self) -> Vec<Removed> {
        if self.sinks.iter().all(|sink| sink.failed.is_none()) {
            return Vec::new();
        }
        let (failed, sound) = std::mem::take(&mut self.sinks)
            .into_iter()
            .partition(|sink| sink.failed.is_some());
        self.sinks = sound;
        let failed: Vec<Bound> = failed;
        failed.into_iter().map(Bound::remove).collect()
    }

    /// Takes rows of a stream.
    pub fn take(&mut self, rows: &StreamRows) -> Result<(), OutsideError> {
        for sink in &mut self.sinks {
            if sink.binding.stream != Some(rows.stream) {
                continue;
            }
            let columns = &rows.columns[..sink.fields.len()];
            if sink.binding.shared {
                sink.held.push_back(StreamRows {
                    stream: rows.stream,
                    rowtimes: rows.rowtimes.clone(),
                    columns: columns.to_vec(),
                });
            } else {
                self.rows_out += rows.rowtimes.len() as u64;
                sink.write(&rows.rowtimes, columns, self.on_failure)?;
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
                sink.write(&rowtimes, &columns, self.on_failure)?;
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
            sink.flush(self.on_failure)?;
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
            sink.write(&rows.rowtimes[..below], &columns, self.on_failure)?;
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

    /// Closes every sink and says how many rows each stream wrote. What failed is told after all are closed.
    pub fn close(self) -> Result<BTreeMap<String, u64>, OutsideError> {
        let mut written = BTreeMap::new();
        let mut failure = None;
        for sink in self.sinks {
            let (name, ordinal) = (sink.name.clone(), sink.ordinal);
            failure = failure.or(sink.remove().failure);
            written.insert(name, ordinal);
        }
        failure.map_or(Ok(written), Err)
    }
}

impl Bound {
    fn write(
        &mut self,
        rowtimes: &[i64],
        columns: &[ArrayRef],
        on_failure: OnFailure,
    ) -> Result<(), OutsideError> {
        if self.failed.is_some() {
            return Ok(());
        }
        let written = self.binding.sink.write(SinkRows {
            fields: &self.fields,
            rowtimes,
            columns,
            first_ordinal: self.ordinal,
        });
        self.ordinal += rowtimes.len() as u64;
        self.dirty = true;
        self.judge(written, on_failure)
    }

    fn flush(&mut self, on_failure: OnFailure) -> Result<(), OutsideError> {
        self.dirty = false;
        if self.failed.is_some() {
            return Ok(());
        }
        let flushed = self.binding.sink.flush();
        self.judge(flushed, on_failure)
    }

    fn judge(
        &mut self,
        outcome: Result<(), OutsideError>,
        on_failure: OnFailure,
    ) -> Result<(), OutsideError> {
        match on_failure {
            OnFailure::Stop => outcome,
            OnFailure::GoOn => {
                self.failed = outcome.err();
                Ok(())
            }
        }
    }

    fn remove(mut self) -> Removed {
        let closed = self.binding.sink.close();
        Removed {
            id: self.id,
            stream: self.name,
            failure: self.failed.or(closed.err()),
        }
    }
}
