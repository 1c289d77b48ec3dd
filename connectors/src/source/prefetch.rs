//! Decoding ahead on a worker thread, behind the same [`Split`] face.
//!
//! A split is a sequence of rows and errors; where it is cut into batches is nobody's business, so a worker
//! may run ahead through a bounded channel without any output depending on it. Workers are counted, because
//! a merge may hold hundreds of splits open: a split that finds none free decodes where it stands.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use rowtime_engine::pipeline::{LowerBound, OutsideError, Split, SplitBatch};

use super::carve::carve;
use super::outside;

/// Rows of a batch that is decoded ahead.
const AHEAD_ROWS: usize = 8_192;
/// Batches that wait for the reader.
const AHEAD_BATCHES: usize = 2;

/// `None` is the end; a channel that closes without it has lost its worker.
type Message = Result<Option<SplitBatch>, OutsideError>;

/// A split that may be decoded ahead.
pub struct Prefetched {
    name: String,
    free: Arc<AtomicUsize>,
    state: State,
    left_over: Option<SplitBatch>,
    lower_bound: LowerBound,
    live: bool,
}

enum State {
    Waiting(Box<dyn Split>),
    Ahead(Receiver<Message>),
    Inline(Box<dyn Split>),
    Ended,
}

impl Prefetched {
    /// Wraps a split; `free` is how many workers may still be started.
    pub fn new(split: Box<dyn Split>, free: &Arc<AtomicUsize>) -> Self {
        Self {
            name: split.name().to_owned(),
            lower_bound: split.lower_bound(),
            live: split.is_live(),
            free: Arc::clone(free),
            state: State::Waiting(split),
            left_over: None,
        }
    }

    fn start(&self, split: Box<dyn Split>) -> State {
        let take_one = |n: usize| n.checked_sub(1);
        if self
            .free
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take_one)
            .is_err()
        {
            return State::Inline(split);
        }
        let (sender, receiver) = sync_channel::<Message>(AHEAD_BATCHES);
        let free = Arc::clone(&self.free);
        // Handed over in a shared place, so that it is not lost if no thread can be had.
        let shared = Arc::new(Mutex::new(Some(split)));
        let handed = Arc::clone(&shared);
        let worker = std::thread::Builder::new()
            .name("decode".to_owned())
            .spawn(move || {
                let split = handed.lock().unwrap_or_else(PoisonError::into_inner).take();
                split
                    .into_iter()
                    .for_each(|mut split| run_ahead(&mut *split, &sender));
                free.fetch_add(1, Ordering::Relaxed);
            });
        if worker.is_err() {
            let back = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
            return back.map_or(State::Ended, State::Inline);
        }
        State::Ahead(receiver)
    }
}

/// Sends batches until the split ends or nobody waits for them any more.
fn run_ahead(split: &mut dyn Split, sender: &SyncSender<Message>) {
    loop {
        let message = split.next(AHEAD_ROWS);
        let ended = !matches!(message, Ok(Some(_)));
        if sender.send(message).is_err() || ended {
            return;
        }
    }
}

impl Split for Prefetched {
    fn name(&self) -> &str {
        &self.name
    }

    fn lower_bound(&self) -> LowerBound {
        self.lower_bound
    }

    fn is_live(&self) -> bool {
        self.live
    }

    fn next(&mut self, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        if let Some(batch) = self.left_over.take() {
            let (head, rest) = carve(batch, rows_max.max(1));
            self.left_over = rest;
            return Ok(Some(head));
        }
        if let State::Waiting(_) = &self.state
            && let State::Waiting(split) = std::mem::replace(&mut self.state, State::Ended)
        {
            self.state = self.start(split);
        }
        match &mut self.state {
            State::Inline(split) => split.next(rows_max),
            State::Ended | State::Waiting(_) => Ok(None),
            State::Ahead(receiver) => match receiver.recv() {
                Ok(Ok(Some(batch))) => {
                    let (head, rest) = carve(batch, rows_max.max(1));
                    self.left_over = rest;
                    Ok(Some(head))
                }
                Ok(end) => {
                    self.state = State::Ended;
                    end
                }
                Err(_) => Err(outside(
                    self.name.as_str(),
                    "the thread that decodes it ended early",
                )),
            },
        }
    }
}
