//! What a stream would still gain if the input ended now, while the session goes on.
//!
//! Whoever follows a stream until its sources have ended gets what a run of the same application gives at its end: rows
//! that wait for another writer, and what all windows on the way hold. But more may come into a session (rows are typed,
//! sources are bound), so the end comes to a copy of the dataflow, and the windows of the one that runs stay open.

use super::{Refused, Session};
use crate::dataflow::{Dataflow, Step};
use crate::pipeline::run::Observer;
use crate::state::StateError;

/// Why a stream cannot be followed to its end.
#[derive(Debug, thiserror::Error)]
pub enum NoEnding {
    /// There is no such stream.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The dataflow could not be copied.
    #[error(transparent)]
    Copy(#[from] StateError),
}

impl Session {
    /// Hands to the sinks of a stream what it would gain at the end of the input, and tells the errors that the pumps
    /// that write it would make of it. Nothing of the session changes by that.
    ///
    /// # Errors
    /// There is no such stream, or the dataflow could not be copied.
    pub fn end_for(
        &mut self,
        stream: &str,
        now_ms: i64,
        observer: &mut dyn Observer,
    ) -> Result<(), NoEnding> {
        let id = self.stream(stream)?;
        let mut copy = Dataflow::new(&self.app);
        copy.load(&self.stepper.dataflow.save()?)?;
        // Those that wait are told in their turn.
        copy.release_errors();
        let mut output = copy.step(Step {
            tables: Vec::new(),
            inputs: Vec::new(),
            errors: Vec::new(),
            advance_ms: Some(i64::MAX),
            clock: self.clock(now_ms),
        });
        output.rows.retain(|rows| rows.stream == id);
        let writers = || self.app.pumps.iter().filter(|p| p.target == id);
        output.errors.retain(|error| {
            let pump = error.pump.as_deref();
            writers().any(|writer| pump == Some(&writer.name))
        });
        let outcome = self.stepper.let_go(&output, &self.merge.progress, observer);
        self.go_on_without(outcome, observer);
        Ok(())
    }
}
