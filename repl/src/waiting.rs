//! What is said when something that is nearly always there at once is long in coming.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::report;

/// Nobody wonders about less.
const PATIENCE: Duration = Duration::from_secs(1);

/// Does the work; says `message` if that takes longer than a moment.
pub fn while_told<T>(message: &str, work: impl FnOnce() -> T) -> T {
    let (done, ended) = mpsc::sync_channel::<()>(1);
    thread::scope(|scope| {
        scope.spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                report::note(message);
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}
