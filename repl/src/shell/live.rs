//! The session thread: it owns the running dataflow, does what it is asked, and turns while there is something to do.
//!
//! Requests are closures over the session, so that there is one queue and one order: what was asked first is done
//! first. Between requests the thread turns; when no source has anything now it waits for the next request or for a
//! live source to say that something came. Held ([`Core::held`], a script from a pipe) it only turns while somebody
//! waits for it, so that the order of statements decides what they see.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rowtime_connectors::wall_clock;
use rowtime_engine::dataflow::errors::ErrorRow;
use rowtime_engine::pipeline::run::{Observer, Progress, Summary};
use rowtime_engine::pipeline::session::{Session, SessionOptions, Turn};
use rowtime_engine::pipeline::{OutsideError, SinkId};

use super::error_rows::ErrorLog;
use super::notices::Notices;
use super::watch::Books;
use crate::failure::Failure;

/// Requests that wait for the session thread; then whoever asks waits too.
const REQUESTS_MAX: usize = 64;

/// How long a live source that has nothing holds back the others (`decisions.md` 14).
const GRACE_MS: u64 = 1_000;

type Work = Box<dyn FnOnce(&mut Core) + Send>;

enum Request {
    Do(Work),
    /// A live source has something.
    Wake,
    /// The end, with or without closing windows.
    Finish {
        flush: bool,
        answer: SyncSender<Result<Summary, OutsideError>>,
    },
}

/// What the session thread owns.
pub struct Core {
    /// The running dataflow.
    pub session: Session,
    /// It turns only while somebody waits for it.
    pub held: bool,
    now: Option<i64>,
    log: Arc<Mutex<ErrorLog>>,
    notices: Arc<Notices>,
    /// Nothing to do until something comes.
    idle: bool,
    /// Since when rows wait for a live source that has none.
    held_since_ms: Option<u64>,
    waiting: Vec<Waiting>,
}

/// Somebody who waits for the sources.
struct Waiting {
    until: Until,
    answer: SyncSender<()>,
}

/// What to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// No source has anything now: the bounded ones have ended.
    Idle,
    /// No source has anything left.
    Ended,
}

impl Core {
    /// The clock: that of the machine, unless it is fixed.
    pub fn now_ms(&self) -> i64 {
        self.now.unwrap_or_else(wall_clock::now_ms)
    }

    /// The end of the input for one pump: what its windows hold leaves. Rows that wait for another writer of their
    /// stream leave before, as no source has anything left: the clock moves past them.
    pub fn finish_pump(&mut self, pump: &str) {
        let status = self.session.status();
        if let Some(bound_ms) = status.progress.bound_ms.filter(|_| status.held_rows > 0) {
            self.session.advance(bound_ms.saturating_add(1));
            self.turn();
        }
        let now_ms = self.now_ms();
        let mut observer = Watch {
            log: &self.log,
            notices: &self.notices,
        };
        // A pump that is no more has nothing to give.
        let _ = self.session.finish_pump(pump, now_ms, &mut observer);
    }

    /// Says, before anything comes of it, what was done; at the prompt only.
    pub fn event(&self, words: &str) {
        self.notices.event(words);
    }

    /// Says words.
    pub fn say(&self, words: &str) {
        self.notices.say(words);
    }

    /// Where the clock of the data stands, if anything has come.
    pub fn clock_ms(&self) -> Option<i64> {
        self.session.status().progress.bound_ms
    }

    /// What streams and pumps have done.
    pub fn books(&self) -> Books {
        Books::of(self.session.status())
    }

    fn may_turn(&self) -> bool {
        !self.idle && (!self.held || !self.waiting.is_empty())
    }

    fn turn(&mut self) {
        let now_ms = self.now_ms();
        let mut observer = Watch {
            log: &self.log,
            notices: &self.notices,
        };
        let turn = self.session.turn(now_ms, &mut observer);
        if turn != Turn::Worked && self.session.is_held() {
            self.idle = true;
            self.held_since_ms.get_or_insert_with(wall_clock::monotonic_ms);
            return;
        }
        self.held_since_ms = None;
        let reached = match turn {
            Turn::Worked => return,
            Turn::Idle => Until::Idle,
            Turn::Ended => Until::Ended,
        };
        self.idle = true;
        self.waiting.retain(|w| {
            let there = reached == Until::Ended || w.until == Until::Idle;
            if there {
                // Who no longer waits need not know.
                let _ = w.answer.send(());
            }
            !there
        });
    }
}

impl Core {
    /// How long rows still wait for a live source; after that they go on without it.
    fn held_for(&mut self) -> Option<Duration> {
        let since_ms = self.held_since_ms?;
        let passed_ms = wall_clock::monotonic_ms().saturating_sub(since_ms);
        if passed_ms < GRACE_MS {
            return Some(Duration::from_millis(GRACE_MS - passed_ms));
        }
        self.held_since_ms = None;
        self.session.excuse_idle();
        self.idle = false;
        None
    }
}

/// Tells what turns bring beside rows.
struct Watch<'a> {
    log: &'a Mutex<ErrorLog>,
    notices: &'a Notices,
}

impl Observer for Watch<'_> {
    fn step(&mut self, _: &Progress) {}

    fn errors(&mut self, rows: &[ErrorRow]) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).take(rows);
        self.notices.count_errors(rows.len());
    }

    fn not_reloaded(&mut self, why: &OutsideError) {
        self.notices.say(&format!("{why}; the table stays as it is"));
    }

    fn source_ended(&mut self, stream: &str) {
        self.notices.event(&format!("the source of {stream} has ended"));
    }

    fn source_failed(&mut self, stream: &str, why: &OutsideError) {
        self.notices.lose_source(stream);
        self.notices
            .fail(&format!("{why}; stream {stream} is fed no more"));
    }

    fn table_failed(&mut self, table: &str, why: &OutsideError) {
        self.notices
            .fail(&format!("{why}; table {table} is read no more"));
    }

    fn sink_failed(&mut self, sink: SinkId, stream: &str, why: &OutsideError) {
        self.notices.lose_sink(sink);
        self.notices
            .fail(&format!("{why}; stream {stream} is written there no more"));
    }
}

/// The way to the session thread.
#[derive(Clone)]
pub struct Live {
    requests: SyncSender<Request>,
}

/// The session thread, to be waited for.
pub struct Running {
    /// The way to it.
    pub live: Live,
    thread: JoinHandle<()>,
}

impl Running {
    /// Starts the thread.
    pub fn start(
        options: SessionOptions,
        now: Option<i64>,
        log: &Arc<Mutex<ErrorLog>>,
        notices: &Arc<Notices>,
        held: bool,
    ) -> Result<Self, Failure> {
        let (requests, received) = sync_channel(REQUESTS_MAX);
        let mut session = Session::new(options);
        session.set_patient();
        let core = Core {
            session,
            held,
            now,
            log: Arc::clone(log),
            notices: Arc::clone(notices),
            idle: false,
            held_since_ms: None,
            waiting: Vec::new(),
        };
        let thread = std::thread::Builder::new()
            .name("session".to_owned())
            .spawn(move || serve(core, &received))
            .map_err(|e| Failure::Failed(format!("cannot start the session thread: {e}")))?;
        Ok(Self {
            live: Live { requests },
            thread,
        })
    }

    /// Ends the session: sinks are flushed and closed; `flush` closes the windows before.
    pub fn finish(self, flush: bool) -> Result<Summary, Failure> {
        let done = self.live.finish(flush);
        // A thread that has gone has said so by not answering.
        let _ = self.thread.join();
        done
    }
}

impl Live {
    /// Asks for something; the answer comes when the session thread has done it.
    pub fn ask<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Core) -> R + Send + 'static,
    ) -> Result<Receiver<R>, Failure> {
        let (answer, answered) = sync_channel(1);
        let work = move |core: &mut Core| {
            // Who no longer waits need not know.
            let _ = answer.send(work(core));
        };
        self.requests
            .send(Request::Do(Box::new(work)))
            .map_err(|_| gone())?;
        Ok(answered)
    }

    /// Asks and waits.
    pub fn call<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Core) -> R + Send + 'static,
    ) -> Result<R, Failure> {
        self.ask(work)?.recv().map_err(|_| gone())
    }

    /// Lets the session turn until its sources are so far; the answer comes then.
    pub fn wait_until(&self, until: Until) -> Result<Receiver<()>, Failure> {
        let (answer, answered) = sync_channel(1);
        drop(self.ask(move |core| core.waiting.push(Waiting { until, answer }))?);
        Ok(answered)
    }

    /// What a live source calls when it has something.
    pub fn waker(&self) -> Arc<dyn Fn() + Send + Sync> {
        let requests = self.requests.clone();
        Arc::new(move || {
            // A full queue wakes as well.
            let _ = requests.try_send(Request::Wake);
        })
    }

    /// Ends the session, as [`Running::finish`].
    pub fn finish(&self, flush: bool) -> Result<Summary, Failure> {
        let (answer, answered) = sync_channel(1);
        self.requests
            .send(Request::Finish { flush, answer })
            .map_err(|_| gone())?;
        let done = answered.recv().map_err(|_| gone())?;
        done.map_err(|e| Failure::Failed(e.to_string()))
    }
}

fn gone() -> Failure {
    Failure::Failed("the session thread has gone; please report this".to_owned())
}

/// The thread.
fn serve(mut core: Core, requests: &Receiver<Request>) {
    loop {
        let untold = core.notices.tell_errors();
        let held = core.held_for();
        let soon = untold.into_iter().chain(held).min();
        let request = if core.may_turn() {
            match requests.try_recv() {
                Ok(request) => Some(request),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return,
            }
        } else if let Some(soon) = soon {
            match requests.recv_timeout(soon) {
                Ok(request) => Some(request),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        } else {
            match requests.recv() {
                Ok(request) => Some(request),
                Err(_) => return,
            }
        };
        match request {
            None => core.turn(),
            Some(Request::Wake) => core.idle = false,
            Some(Request::Do(work)) => {
                work(&mut core);
                core.idle = false;
            }
            Some(Request::Finish { flush, answer }) => {
                let now_ms = core.now_ms();
                let Core {
                    session,
                    log,
                    notices,
                    ..
                } = core;
                let mut observer = Watch {
                    log: &log,
                    notices: &notices,
                };
                let done = session.finish(flush, now_ms, &mut observer);
                notices.tell_errors_now();
                let _ = answer.send(done);
                return;
            }
        }
    }
}
