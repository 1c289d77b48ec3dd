//! Some twenty thousand random documents in CI; `ROWTIME_SEEDS` or the example `random_records` read more.

use rowtime_tests::{random_records, seeds};

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

#[test]
fn random_records_never_panic_and_their_books_balance() {
    seeds::check_all(&SAVED_SEEDS, 1_500, |seed| random_records::check(seed).map(drop));
}
