//! Ctrl-C and SIGTERM: once stops cleanly, twice stops now.
//!
//! Wrappers (`timeout`, task runners) pass a signal on to a process that its group has already given it to;
//! two that arrive together are therefore one.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rowtime_connectors::wall_clock;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;

use crate::failure::Failure;

/// Signals closer together than this are one.
const TOGETHER_MS: u64 = 50;

/// A flag that the first signal sets. A second signal ends the process with status 1.
pub fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let (received, sent) = UnixStream::pair().map_err(cannot_listen)?;
    for signal in [SIGINT, SIGTERM] {
        let sent = sent.try_clone().map_err(cannot_listen)?;
        pipe::register(signal, sent).map_err(cannot_listen)?;
    }
    let flag = Arc::clone(&stop);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || watch(received, &flag))
        .map_err(cannot_listen)?;
    Ok(stop)
}

/// One byte arrives for every signal.
fn watch(mut received: UnixStream, stop: &AtomicBool) {
    let mut first_ms = None;
    let mut byte = [0];
    while received.read_exact(&mut byte).is_ok() {
        stop.store(true, Ordering::Relaxed);
        let now_ms = wall_clock::monotonic_ms();
        if now_ms - *first_ms.get_or_insert(now_ms) > TOGETHER_MS {
            std::process::exit(1);
        }
    }
}

/// Why no signal can be heard.
pub fn cannot_listen(error: std::io::Error) -> Failure {
    Failure::Failed(format!("cannot listen for signals: {error}"))
}
