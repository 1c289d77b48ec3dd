//! Reads random records through random schemas until there were as many documents as asked for, on all cores.
//!
//! `cargo run --release -p rowtime-tests --example random_records -- DOCUMENTS [SEED]`: prints the seeds that fail, each
//! for `SAVED_SEEDS` of the test of this name, and ends with status 1 if any did. Seeds count up from SEED (default 0).

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use rowtime_tests::random_records;

/// Failures that are printed in full.
const SHOWN_MAX: u64 = 5;

#[expect(clippy::disallowed_methods, reason = "a command says how long it took")]
fn main() -> ExitCode {
    let numbers: Result<Vec<u64>, _> = std::env::args()
        .skip(1)
        .map(|a| a.replace('_', "").parse())
        .collect();
    let (wanted, first) = match numbers.as_deref() {
        Ok([wanted]) => (*wanted, 0),
        Ok([wanted, first]) => (*wanted, *first),
        _ => {
            eprintln!("usage: random_records DOCUMENTS [SEED]");
            return ExitCode::from(2);
        }
    };
    let started = Instant::now();
    let (next, documents, failures) = (AtomicU64::new(first), AtomicU64::new(0), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while documents.load(Ordering::Relaxed) < wanted {
                    match random_records::check(next.fetch_add(1, Ordering::Relaxed)) {
                        Ok(read) => drop(documents.fetch_add(read, Ordering::Relaxed)),
                        Err(message) => {
                            if failures.fetch_add(1, Ordering::Relaxed) < SHOWN_MAX {
                                eprintln!("{message}\n");
                            }
                        }
                    }
                }
            });
        }
    });
    let (documents, failures) = (documents.into_inner(), failures.into_inner());
    println!(
        "{documents} documents of {} objects in {:.0} s: {failures} failed",
        next.into_inner() - first,
        started.elapsed().as_secs_f64()
    );
    ExitCode::from(u8::from(failures > 0))
}
