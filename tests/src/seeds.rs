//! How many seeds a property test runs. A failing seed is added to the test's own list of saved seeds.

/// `ROWTIME_SEEDS=1000` runs the long form; without it a suite takes the number it can afford in CI.
pub fn count(default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test may be asked for more seeds")]
    std::env::var("ROWTIME_SEEDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(default)
}

/// Checks the saved seeds, then as many as are asked for.
///
/// # Panics
/// With the number of those that failed, and what the first of them says.
pub fn check_all(saved: &[u64], default: u64, check: impl Fn(u64) -> Result<(), String>) {
    let seeds = saved.iter().copied().chain(0..count(default));
    let failures: Vec<String> = seeds.filter_map(|seed| check(seed).err()).collect();
    assert!(
        failures.is_empty(),
        "{} seeds failed; the first:\n{}",
        failures.len(),
        failures.first().map_or("", String::as_str)
    );
}
