//! The one door through which the machine's clock enters.
//!
//! Everything else is given its time as a value, so that a run can be repeated.

use std::time::UNIX_EPOCH;

/// Milliseconds since 1970-01-01 00:00:00 UTC, now; 0 on a machine whose clock is set before that.
pub fn now_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    let now = std::time::SystemTime::now();
    now.duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|d| i64::try_from(d.as_millis()).ok())
        .unwrap_or(0)
}
