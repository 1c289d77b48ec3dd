//! The one door to the machine's clock.
//!
//! The engine knows no clock (R1): time reaches it as rows, bounds and the clock of a step. Everything that
//! needs the time of day or a duration asks here, so that a search for callers shows every use.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 00:00:00 UTC by the machine's clock; it may jump when the clock is set.
#[expect(
    clippy::disallowed_methods,
    reason = "this module is the door the lint points to"
)]
pub fn now_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}

/// Milliseconds since the first call; never goes back.
#[expect(
    clippy::disallowed_methods,
    reason = "this module is the door the lint points to"
)]
pub fn monotonic_ms() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let start = *START.get_or_init(Instant::now);
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_forward() {
        assert!(now_ms() > 1_700_000_000_000);
        let first = monotonic_ms();
        assert!(monotonic_ms() >= first);
    }
}
