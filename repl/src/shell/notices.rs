//! What is said beside the answers: rows of `\sink NAME -`, and words about what happened meanwhile.
//!
//! On a terminal both appear above the line that is being typed; from a pipe rows go to standard output and words
//! to standard error. While a query prints, everything waits here until the query's own rows have been written.
//! Error rows are counted and told at most once a second.
//!
//! Only while a line is edited does the editor print; what it is given as Enter is pressed it keeps until the next
//! line, and it takes no more until then. So a thread that nobody waits for gives it what is said, and between two
//! lines everything is printed by whoever says it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rowtime_connectors::wall_clock;
use rowtime_engine::pipeline::SinkId;

use super::editor::Printer;
use crate::failure::Failure;
use crate::progress::grouped;
use crate::{report, stdout};

/// Milliseconds between two words about error rows.
const ERRORS_EVERY_MS: u64 = 1_000;
/// Texts that wait for a query or for the editor; then whoever speaks waits too.
const WAITING_MAX: usize = 256;

/// One thing to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Rows, as text that ends its last line.
    Rows(String),
    /// Words.
    Words(String),
}

/// Says things from any thread.
pub struct Notices {
    inner: Mutex<Inner>,
    room: Condvar,
}

#[derive(Default)]
struct Inner {
    /// There is a prompt; not in a pipe.
    has_prompt: bool,
    /// A line is edited: what is said appears above it.
    editing: bool,
    above: VecDeque<Said>,
    /// A query prints.
    held: bool,
    waiting: Vec<Said>,
    errors: ErrorsSaid,
    /// Standard output is gone.
    closed: bool,
    /// A source or a sink failed.
    failed: bool,
    lost_sinks: Vec<SinkId>,
    lost_sources: Vec<String>,
}

/// Error rows that are still to be told.
#[derive(Debug, Default)]
struct ErrorsSaid {
    unsaid: u64,
    said_ms: Option<u64>,
}

impl ErrorsSaid {
    /// When the next word about them is due, in milliseconds from `now_ms`.
    fn due_in(&self, now_ms: u64) -> Option<u64> {
        (self.unsaid > 0).then(|| {
            let next = self.said_ms.map_or(now_ms, |said| said + ERRORS_EVERY_MS);
            next.saturating_sub(now_ms)
        })
    }

    fn take(&mut self, now_ms: u64) -> String {
        self.said_ms = Some(now_ms);
        let rows = std::mem::take(&mut self.unsaid);
        let many = if rows == 1 { "error row" } else { "error rows" };
        format!("{} {many}, \\errors shows them", grouped(rows))
    }
}

impl Notices {
    /// Words go to standard error, rows to standard output.
    pub fn new() -> Self {
        Self {
            inner: Mutex::default(),
            room: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on what is said while a line is edited appears above it.
    pub fn above_prompt(self: &Arc<Self>, mut printer: Box<dyn Printer>) -> Result<(), Failure> {
        self.lock().has_prompt = true;
        let notices = Arc::clone(self);
        let thread = std::thread::Builder::new().name("above the prompt".to_owned());
        let print = move || {
            loop {
                printer.print(text_of(notices.next_above()));
            }
        };
        let started = thread.spawn(print);
        started.map_err(|error| Failure::Failed(format!("cannot start a thread: {error}")))?;
        Ok(())
    }

    /// There is a prompt, and what is said is printed as it comes.
    pub fn beside_prompt(&self) {
        self.lock().has_prompt = true;
    }

    /// The next thing to show above a line; waits until there is one.
    fn next_above(&self) -> Said {
        let mut inner = self.lock();
        loop {
            if let Some(said) = inner.above.pop_front() {
                self.room.notify_all();
                return said;
            }
            inner = self.room.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A line begins to be edited, or ends.
    pub fn set_editing(&self, editing: bool) {
        let mut inner = self.lock();
        inner.editing = editing;
        if !editing {
            for said in std::mem::take(&mut inner.above) {
                inner.out(said);
            }
        }
        drop(inner);
        self.room.notify_all();
    }

    /// Says words.
    pub fn say(&self, words: &str) {
        self.put(Said::Words(words.to_owned()));
    }

    /// Says words that only matter at the prompt.
    pub fn event(&self, words: &str) {
        if self.lock().has_prompt {
            self.say(words);
        }
    }

    /// Says that something failed, and remembers that.
    pub fn fail(&self, words: &str) {
        self.lock().failed = true;
        self.say(words);
    }

    /// Remembers a sink that failed, which the session has closed.
    pub fn lose_sink(&self, sink: SinkId) {
        self.lock().lost_sinks.push(sink);
    }

    /// Remembers a stream whose source failed.
    pub fn lose_source(&self, stream: &str) {
        self.lock().lost_sources.push(stream.to_owned());
    }

    /// The sinks that failed since this was asked last, and the streams whose sources did.
    pub fn take_lost(&self) -> (Vec<SinkId>, Vec<String>) {
        let mut inner = self.lock();
        let sources = std::mem::take(&mut inner.lost_sources);
        (std::mem::take(&mut inner.lost_sinks), sources)
    }

    /// Whether something failed.
    pub fn has_failed(&self) -> bool {
        self.lock().failed
    }

    /// Shows rows.
    pub fn rows(&self, rows: String) {
        self.put(Said::Rows(rows));
    }

    /// Whether nobody reads standard output any more.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn put(&self, said: Said) {
        let mut inner = self.lock();
        while inner.is_full() {
            inner = self.room.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        if inner.held {
            inner.waiting.push(said);
        } else if inner.editing {
            inner.above.push_back(said);
            drop(inner);
            self.room.notify_all();
        } else {
            inner.out(said);
        }
    }

    /// Counts error rows; they are told soon.
    pub fn count_errors(&self, rows: usize) {
        self.lock().errors.unsaid += rows as u64;
        self.tell_errors();
    }

    /// Tells of error rows if that is due; how long until it may be.
    pub fn tell_errors(&self) -> Option<Duration> {
        let now_ms = wall_clock::monotonic_ms();
        let due = self.lock().errors.due_in(now_ms)?;
        if due > 0 {
            return Some(Duration::from_millis(due));
        }
        self.tell_errors_now();
        None
    }

    /// Tells of error rows that nobody has been told of.
    pub fn tell_errors_now(&self) {
        let words = {
            let mut inner = self.lock();
            let unsaid = inner.errors.unsaid > 0;
            unsaid.then(|| inner.errors.take(wall_clock::monotonic_ms()))
        };
        if let Some(words) = words {
            self.say(&words);
        }
    }

    /// A query begins to print: what is said waits for [`Notices::take`].
    pub fn hold(&self) {
        self.lock().held = true;
    }

    /// What has been said since.
    pub fn take(&self) -> Vec<Said> {
        let said = std::mem::take(&mut self.lock().waiting);
        self.room.notify_all();
        said
    }

    /// The query is done: what waits is said.
    pub fn release(&self) {
        let mut inner = self.lock();
        inner.held = false;
        for said in std::mem::take(&mut inner.waiting) {
            inner.out(said);
        }
        drop(inner);
        self.room.notify_all();
    }
}

impl Inner {
    /// Standard output cannot be written: that is said once, unless its reader has gone.
    fn lose_output(&mut self, error: &std::io::Error) {
        if let Some(failure) = stdout::failure(error).filter(|_| !self.closed) {
            self.failed = true;
            report::complain(&failure.to_string());
        }
        self.closed = true;
    }

    /// Whether whoever speaks must wait.
    fn is_full(&self) -> bool {
        let held = self.held && self.waiting.len() >= WAITING_MAX;
        held || self.editing && self.above.len() >= WAITING_MAX
    }

    fn out(&mut self, said: Said) {
        match said {
            Said::Rows(rows) => {
                if let Err(error) = stdout::print(&rows) {
                    self.lose_output(&error);
                }
            }
            Said::Words(words) => report::note(&words),
        }
    }
}

/// As it appears above a line.
fn text_of(said: Said) -> String {
    match said {
        Said::Rows(rows) => rows,
        Said::Words(words) => format!("rowtime: {words}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_rows_are_told_at_once_and_then_once_a_second() {
        let mut errors = ErrorsSaid::default();
        assert_eq!(errors.due_in(5_000), None);
        errors.unsaid = 1;
        assert_eq!(errors.due_in(5_000), Some(0));
        assert_eq!(errors.take(5_000), "1 error row, \\errors shows them");
        errors.unsaid = 16;
        assert_eq!(errors.due_in(5_400), Some(600));
        assert_eq!(errors.due_in(7_000), Some(0));
        assert_eq!(errors.take(7_000), "16 error rows, \\errors shows them");
        assert_eq!(errors.due_in(9_000), None);
    }

    #[test]
    fn what_is_said_while_a_query_prints_waits_for_it() {
        let notices = Notices::new();
        notices.hold();
        notices.say("a");
        notices.rows("b\n".to_owned());
        let waiting = notices.take();
        assert_eq!(
            waiting,
            [Said::Words("a".to_owned()), Said::Rows("b\n".to_owned())]
        );
        assert_eq!(notices.take(), []);
    }

    /// An editor that has taken something and takes no more until its next line.
    struct Busy(std::sync::mpsc::Receiver<()>);

    impl Printer for Busy {
        fn print(&mut self, _: String) {
            let _ = self.0.recv();
        }
    }

    #[test]
    fn an_editor_that_takes_no_more_keeps_nobody_waiting() {
        let notices = Arc::new(Notices::new());
        let (next_line, waits) = std::sync::mpsc::sync_channel(0);
        notices.above_prompt(Box::new(Busy(waits))).unwrap();
        notices.set_editing(true);
        notices.say("taken as Enter is pressed");
        notices.say("waits for the editor");
        notices.set_editing(false);
        notices.say("is printed at once");
        notices.hold();
        notices.say("waits for a query");
        assert_eq!(notices.take(), [Said::Words("waits for a query".to_owned())]);
        drop(next_line);
    }
}
