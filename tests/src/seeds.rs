//! How many seeds a property test runs. A failing seed is added to the test's own list of saved seeds.

/// `ROWTIME_SEEDS=1000` runs the long form; without it a suite takes the number it can afford in CI.
pub fn count(default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test may be asked for more seeds")]
    std::env::var("ROWTIME_SEEDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(default)
}
