//! Ctrl-C and SIGTERM in the shell: Ctrl-C ends what runs and never the shell; SIGTERM ends the shell as `\q` does.
//!
//! At the prompt Ctrl-C is a key and not a signal. A script from a pipe has no prompt to come back to: there Ctrl-C
//! ends the shell too, and twice at once, as of `rowtime run`.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use rowtime_connectors::wall_clock;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;

use crate::failure::Failure;
use crate::signals;

/// How long a wait goes on before it looks for a signal.
pub const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What has been signalled.
#[derive(Debug, Clone)]
pub struct Signals {
    interrupted: Arc<AtomicBool>,
    leave: Arc<AtomicBool>,
    /// The editor waits for a key.
    reading: Arc<AtomicBool>,
    /// Brings a byte with SIGTERM.
    terminated: Option<Arc<UnixStream>>,
}

impl Signals {
    /// For a prompt.
    pub fn at_prompt() -> Result<Self, Failure> {
        let listen = |signal| {
            let flag = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(signal, Arc::clone(&flag)).map_err(signals::cannot_listen)?;
            Ok::<_, Failure>(flag)
        };
        let (received, sent) = UnixStream::pair().map_err(signals::cannot_listen)?;
        let heard = Self {
            interrupted: listen(SIGINT)?,
            leave: listen(SIGTERM)?,
            reading: Arc::default(),
            terminated: Some(Arc::new(received)),
        };
        pipe::register(SIGTERM, sent).map_err(signals::cannot_listen)?;
        Ok(heard)
    }

    /// For a script: every signal ends it.
    pub fn in_script() -> Result<Self, Failure> {
        let stop = signals::stop_flag()?;
        Ok(Self {
            interrupted: Arc::clone(&stop),
            leave: stop,
            reading: Arc::default(),
            terminated: None,
        })
    }

    /// Says whether the editor waits for a key.
    pub fn set_reading(&self, reading: bool) {
        self.reading.store(reading, Ordering::SeqCst);
    }

    /// Waits for SIGTERM, and then until the editor waits for a key, so that nobody else ends the shell; false if it
    /// cannot be waited for.
    pub fn wait_for_termination(&self) -> bool {
        let Some(terminated) = &self.terminated else {
            return false;
        };
        let mut byte = [0];
        if terminated.as_ref().read_exact(&mut byte).is_err() {
            return false;
        }
        let (_open, never) = sync_channel::<()>(1);
        while !self.reading.load(Ordering::SeqCst) {
            let _ = never.recv_timeout(LOOK_EVERY);
        }
        true
    }

    /// Forgets a Ctrl-C that came before something began.
    pub fn begin(&self) {
        if !self.is_leaving() {
            self.interrupted.store(false, Ordering::Relaxed);
        }
    }

    /// Whether what runs is to end.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed) || self.is_leaving()
    }

    /// Whether the shell is to end.
    pub fn is_leaving(&self) -> bool {
        self.leave.load(Ordering::Relaxed)
    }

    /// The flag that says so.
    pub fn leave_flag(&self) -> &Arc<AtomicBool> {
        &self.leave
    }

    /// Waits a while, or until a signal comes or `is_over` says so; whether it did.
    pub fn pause(&self, time: Duration, mut is_over: impl FnMut() -> bool) -> bool {
        let until_ms = wall_clock::monotonic_ms() + u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let (_open, never) = sync_channel::<()>(1);
        while wall_clock::monotonic_ms() < until_ms && !self.is_interrupted() {
            if is_over() {
                return true;
            }
            let _ = never.recv_timeout(LOOK_EVERY);
        }
        false
    }

    /// Waits for an answer until a signal comes; whether it came.
    pub fn wait(&self, answer: &Receiver<()>) -> bool {
        loop {
            match answer.recv_timeout(LOOK_EVERY) {
                Ok(()) => return true,
                Err(RecvTimeoutError::Timeout) if !self.is_interrupted() => {}
                Err(_) => return false,
            }
        }
    }
}
