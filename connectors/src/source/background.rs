//! A live split read by a thread of its own, for who must not wait: the shell reads a named pipe while a person types.
//!
//! The thread decodes as bytes come and hands batches over a short queue; a full queue stops it, and so, in the end, who
//! writes into the pipe. Where it is cut into batches is nobody's business. When the split is dropped, its stop flag is
//! set, which calls the thread back from waiting for bytes (`live.rs`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

use rowtime_engine::pipeline::{LowerBound, OutsideError, Poll, Split, SplitBatch};

use super::carve::carve;
use super::outside;

/// Rows that are asked of the split at once.
const ASKED_ROWS: usize = 8_192;
/// Batches that wait to be taken.
const QUEUED_BATCHES: usize = 4;

/// Called, on the reading thread, when there is something to take, or the end.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// `None` is the end; a channel that closes without it has lost its reader.
type Message = Result<Option<SplitBatch>, OutsideError>;

/// See the module's text.
pub struct Background {
    name: String,
    lower_bound: LowerBound,
    state: State,
    left_over: Option<SplitBatch>,
    stop: Arc<AtomicBool>,
    wake: Wake,
}

enum State {
    Waiting(Box<dyn Split>),
    Running(Receiver<Message>),
    Ended,
}

impl Background {
    /// Wraps a split whose waiting `stop` ends: the flag of the [`super::SourceOptions`] that it was opened with, which
    /// must be that of no other source. Reading begins when it is first asked.
    pub fn new(split: Box<dyn Split>, stop: &Arc<AtomicBool>, wake: &Wake) -> Self {
        Self {
            name: split.name().to_owned(),
            lower_bound: split.lower_bound(),
            state: State::Waiting(split),
            left_over: None,
            stop: Arc::clone(stop),
            wake: Arc::clone(wake),
        }
    }

    fn start(&mut self) -> Result<(), OutsideError> {
        if !matches!(self.state, State::Waiting(_)) {
            return Ok(());
        }
        let State::Waiting(mut split) = std::mem::replace(&mut self.state, State::Ended) else {
            return Ok(());
        };
        let (sender, receiver) = sync_channel::<Message>(QUEUED_BATCHES);
        let wake = Arc::clone(&self.wake);
        std::thread::Builder::new()
            .name("source".to_owned())
            .spawn(move || hand_over(&mut *split, sender, &wake))
            .map_err(|e| {
                outside(
                    self.name.as_str(),
                    format!("no thread can be had to read it: {e}"),
                )
            })?;
        self.state = State::Running(receiver);
        Ok(())
    }

    /// What the thread says, cut to what is asked for.
    fn take(&mut self, message: Message, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        let Some(batch) = message.inspect_err(|_| self.state = State::Ended)? else {
            self.state = State::Ended;
            return Ok(None);
        };
        let (head, rest) = carve(batch, rows_max.max(1));
        self.left_over = rest;
        Ok(Some(head))
    }

    fn lost(&mut self) -> OutsideError {
        self.state = State::Ended;
        outside(self.name.as_str(), "the thread that reads it ended early")
    }
}

/// Hands over batches until the split ends or nobody takes them any more. The sender goes before the last call of
/// `wake`, so that whoever is woken by it finds the end.
fn hand_over(split: &mut dyn Split, sender: SyncSender<Message>, wake: &Wake) {
    loop {
        let message = split.next(ASKED_ROWS);
        let ended = !matches!(message, Ok(Some(_)));
        let taken = sender.send(message).is_ok();
        if ended || !taken {
            drop(sender);
            wake();
            return;
        }
        wake();
    }
}

impl Split for Background {
    fn name(&self) -> &str {
        &self.name
    }

    fn lower_bound(&self) -> LowerBound {
        self.lower_bound
    }

    fn is_live(&self) -> bool {
        true
    }

    fn next(&mut self, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        if let Some(batch) = self.left_over.take() {
            return self.take(Ok(Some(batch)), rows_max);
        }
        self.start()?;
        let State::Running(receiver) = &self.state else {
            return Ok(None);
        };
        match receiver.recv() {
            Ok(message) => self.take(message, rows_max),
            Err(_) => Err(self.lost()),
        }
    }

    fn poll(&mut self, rows_max: usize) -> Result<Poll, OutsideError> {
        if let Some(batch) = self.left_over.take() {
            let head = self.take(Ok(Some(batch)), rows_max)?;
            return Ok(head.map_or(Poll::Ended, Poll::Rows));
        }
        self.start()?;
        let State::Running(receiver) = &self.state else {
            return Ok(Poll::Ended);
        };
        match receiver.try_recv() {
            Ok(message) => Ok(self.take(message, rows_max)?.map_or(Poll::Ended, Poll::Rows)),
            Err(TryRecvError::Empty) => Ok(Poll::Nothing),
            Err(TryRecvError::Disconnected) => Err(self.lost()),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
