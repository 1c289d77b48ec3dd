//! How a session stands, for whoever watches it.

use super::{Session, SourceState};
use crate::dataflow::errors::PumpCounts;
use crate::pipeline::run::Progress;
use crate::state::StateError;

/// How a session stands.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// Streams in order of declaration.
    pub streams: Vec<StreamStatus>,
    /// Pumps in order of declaration.
    pub pumps: Vec<PumpStatus>,
    /// The totals.
    pub progress: Progress,
    /// Rows that wait for their turn in streams of several writers.
    pub held_rows: usize,
}

/// How a stream stands.
#[derive(Debug, Clone)]
pub struct StreamStatus {
    /// Its name.
    pub name: String,
    /// Rows that it gained so far, as long as it had these columns.
    pub rows: u64,
    /// No later row is older; `None` before anything came.
    pub bound_ms: Option<i64>,
    /// Its source, if it has one.
    pub source: Option<SourceState>,
}

/// How a pump stands.
#[derive(Debug, Clone)]
pub struct PumpStatus {
    /// Its name.
    pub name: String,
    /// Its books.
    pub counts: PumpCounts,
    /// Windows, groups and waiting rows now.
    pub open_groups: usize,
}

impl Session {
    /// How it stands.
    pub fn status(&self) -> Status {
        let dataflow = &self.stepper.dataflow;
        let streams = self.app.streams.iter().enumerate().map(|(id, stream)| {
            let bound_ms = dataflow.stream_bound_ms(id);
            StreamStatus {
                name: stream.name.clone(),
                rows: self.stepper.rows.get(id).copied().unwrap_or_default(),
                bound_ms: (bound_ms > i64::MIN).then_some(bound_ms),
                source: self.sources.get(&id).map(|_| self.merge.source_state(id)),
            }
        });
        let pumps = dataflow.counts().into_iter().zip(dataflow.open_groups_by_pump());
        Status {
            streams: streams.collect(),
            pumps: pumps
                .map(|((name, counts), open_groups)| PumpStatus {
                    name,
                    counts,
                    open_groups,
                })
                .collect(),
            progress: self.stepper.progress(&self.merge.progress),
            held_rows: dataflow.held_rows(),
        }
    }

    /// Per pump the bytes of its state as it would be saved, which this costs.
    ///
    /// # Errors
    /// A state that cannot be saved.
    pub fn state_bytes(&self) -> Result<Vec<(String, usize)>, StateError> {
        self.stepper.dataflow.state_bytes()
    }
}
