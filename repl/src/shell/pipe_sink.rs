//! A named pipe as a destination at the prompt: it is opened and written by a thread of its own, so that a reader that
//! is not there, or that stops reading, keeps nobody from answering.
//!
//! What is written waits in a queue. While the queue of a sink is full the session takes no turns ([`Pressure`]): its
//! sources are held back, and commands are carried out. A turn that has begun is finished, so that a queue may hold what
//! one turn brings more than [`BATCHES_MAX`].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arrow::array::ArrayRef;
use rowtime_connectors::sink;
use rowtime_engine::pipeline::{OutsideError, Sink, SinkRows};
use rowtime_engine::plan::Field;

use crate::failure::Failure;

/// Batches that wait; then the session does.
const BATCHES_MAX: usize = 4;
/// How long a pipe may take to open before it is said that nobody reads it.
const OPENS_WITHIN: Duration = Duration::from_millis(100);
/// How long the end of a sink waits for its reader.
const ENDS_WITHIN: Duration = Duration::from_secs(2);

/// Which sinks press back.
#[derive(Debug, Clone, Default)]
pub struct Pressure(Arc<Mutex<Vec<Weak<AtomicUsize>>>>);

impl Pressure {
    /// The count of batches of a new sink; it presses back until the count is dropped.
    fn gauge(&self) -> Arc<AtomicUsize> {
        let gauge = Arc::new(AtomicUsize::new(0));
        let mut gauges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gauges.retain(|gauge| gauge.strong_count() > 0);
        gauges.push(Arc::downgrade(&gauge));
        gauge
    }

    /// Whether some sink takes no more now.
    pub fn is_high(&self) -> bool {
        let gauges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = gauges.iter().filter_map(Weak::upgrade);
        waiting.any(|gauge| gauge.load(Ordering::SeqCst) >= BATCHES_MAX)
    }
}

/// Rows on their way to the thread.
struct Batch {
    fields: Vec<Field>,
    rowtimes: Vec<i64>,
    columns: Vec<ArrayRef>,
    first_ordinal: u64,
}

/// See the module's text.
pub struct PipeSink {
    uri: String,
    to: Option<Sender<Batch>>,
    waiting: Arc<AtomicUsize>,
    /// What became of it, once the thread ends.
    ended: Receiver<Result<(), OutsideError>>,
    failed: Option<OutsideError>,
}

impl PipeSink {
    /// Begins to open a pipe; `wake` is called when something has been taken. Also says whether somebody reads it.
    pub fn open(
        uri: &str,
        pressure: &Pressure,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<(Self, bool), Failure> {
        let destination = sink::prepare(uri)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the session must not wait here; it takes no turns while there is too much"
        )]
        let (to, batches) = channel::<Batch>();
        let (opens, opened) = sync_channel(1);
        let (ends, ended) = sync_channel(1);
        let waiting = pressure.gauge();
        let gauge = Arc::downgrade(&waiting);
        let place = uri.to_owned();
        let write = move || {
            let sink = match destination.open() {
                Ok(sink) => {
                    // Whoever asked may wait no longer.
                    let _ = opens.send(Ok(()));
                    sink
                }
                Err(why) => {
                    let message = why.to_string();
                    let _ = opens.send(Err(why));
                    let _ = ends.send(Err(OutsideError { place, message }));
                    return release(&gauge, &wake);
                }
            };
            let done = write_all(sink, &batches, &gauge, &wake);
            let _ = ends.send(done);
            release(&gauge, &wake);
        };
        let thread = std::thread::Builder::new().name("pipe".to_owned());
        let started = thread.spawn(write);
        started.map_err(|e| Failure::Failed(format!("cannot start a thread for {uri}: {e}")))?;
        let is_read = match opened.recv_timeout(OPENS_WITHIN) {
            Ok(outcome) => outcome.map(|()| true)?,
            Err(_) => false,
        };
        let sink = Self {
            uri: uri.to_owned(),
            to: Some(to),
            waiting,
            ended,
            failed: None,
        };
        Ok((sink, is_read))
    }

    fn judge(&mut self) -> Result<(), OutsideError> {
        if let Ok(Err(why)) = self.ended.try_recv() {
            self.failed = Some(why);
        }
        self.failed.clone().map_or(Ok(()), Err)
    }
}

/// Writes what comes until no more does.
fn write_all(
    mut sink: Box<dyn Sink>,
    batches: &Receiver<Batch>,
    gauge: &Weak<AtomicUsize>,
    wake: &Arc<dyn Fn() + Send + Sync>,
) -> Result<(), OutsideError> {
    for batch in batches {
        if gauge.strong_count() == 0 {
            // It was let go of, and it has been said that the rest is dropped.
            return Ok(());
        }
        sink.write(SinkRows {
            fields: &batch.fields,
            rowtimes: &batch.rowtimes,
            columns: &batch.columns,
            first_ordinal: batch.first_ordinal,
        })?;
        sink.flush()?;
        if let Some(gauge) = gauge.upgrade()
            && gauge.fetch_sub(1, Ordering::SeqCst) == BATCHES_MAX
        {
            wake();
        }
    }
    sink.close()
}

/// Nothing waits for a thread that has ended.
fn release(gauge: &Weak<AtomicUsize>, wake: &Arc<dyn Fn() + Send + Sync>) {
    if let Some(gauge) = gauge.upgrade() {
        gauge.store(0, Ordering::SeqCst);
    }
    wake();
}

impl Sink for PipeSink {
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError> {
        self.judge()?;
        let batch = Batch {
            fields: rows.fields.to_vec(),
            rowtimes: rows.rowtimes.to_vec(),
            columns: rows.columns.to_vec(),
            first_ordinal: rows.first_ordinal,
        };
        self.waiting.fetch_add(1, Ordering::SeqCst);
        if self.to.as_ref().is_none_or(|to| to.send(batch).is_err()) {
            self.waiting.store(0, Ordering::SeqCst);
            return self.judge();
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutsideError> {
        self.judge()
    }

    fn close(&mut self) -> Result<(), OutsideError> {
        self.judge()?;
        if self.to.take().is_none() {
            return Ok(());
        }
        match self.ended.recv_timeout(ENDS_WITHIN) {
            Ok(done) => done,
            // Rows that nobody waits for are no loss.
            Err(_) if self.waiting.load(Ordering::SeqCst) == 0 => Ok(()),
            Err(RecvTimeoutError::Timeout) => Err(OutsideError {
                place: self.uri.clone(),
                message: "rows dropped that nobody has read".to_owned(),
            }),
            Err(RecvTimeoutError::Disconnected) => Err(OutsideError {
                place: self.uri.clone(),
                message: "the thread that writes it broke off; please report this".to_owned(),
            }),
        }
    }
}
