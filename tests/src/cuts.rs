//! One case of a property test under every way of cutting and restoring, since neither may show.

use rowtime_engine::plan::Application;

use crate::drive::{Cut, Event, Outcome, application, run};

/// What an oracle expects of a case.
#[derive(Debug, Default)]
pub struct Expected {
    /// `O ROWTIME {row}` lines of the stream O, in order.
    pub rows: Vec<String>,
    /// Rows and groups that divide by zero.
    pub failed: usize,
    /// Late ones.
    pub late: usize,
    /// Rows that a WHERE drops, where the oracle counts them.
    pub filtered: Option<u64>,
}

/// Runs a script over a source stream S and holds what comes to the stream O against the oracle; or, without one, only
/// the runs against each other.
///
/// # Errors
/// Says in which run what is wrong.
pub fn check(seed: u64, sql: &str, events: &[Event], expected: Option<&Expected>) -> Result<(), String> {
    every_cut(&application(sql), events, |outcome| {
        expected.map_or(Ok(()), |expected| compare(outcome, expected))
    })
    .map_err(|error| format!("seed {seed}, {error}\n{sql}"))
}

/// Runs events of the stream S under every way of cutting and restoring. Each outcome is judged, its books must balance,
/// and it must be that of the other runs.
///
/// # Errors
/// Says in which run what is wrong.
pub fn every_cut(
    app: &Application,
    events: &[Event],
    judge: impl Fn(&Outcome) -> Result<(), String>,
) -> Result<(), String> {
    let mut first: Option<Outcome> = None;
    for batch_rows in [1, 7, 1_000] {
        for restore in [false, true] {
            let mut outcome = run(app, "S", events, Cut { batch_rows, restore });
            let cut = format!("batch {batch_rows}, restore {restore}");
            judge(&outcome).map_err(|e| format!("{cut}: {e}"))?;
            for (pump, c) in &outcome.counts {
                if c.rows_in != c.rows_passed + c.rows_filtered + c.rows_failed + c.rows_late {
                    return Err(format!("{cut}: the books of {pump} do not balance: {c:?}"));
                }
            }
            // Between streams there is no order; within each there is.
            outcome.rows.sort_by_key(|row| stream_of(row).to_owned());
            if let Some(first) = &first
                && *first != outcome
            {
                let differs = differences(first, &outcome);
                return Err(format!("{cut} shows in the output:\n{differs}"));
            }
            first = Some(outcome);
        }
    }
    Ok(())
}

fn stream_of(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

fn compare(outcome: &Outcome, expected: &Expected) -> Result<(), String> {
    same_rows(outcome, "O", &expected.rows)?;
    let count = |name: &str| outcome.errors.iter().filter(|e| e.contains(name)).count();
    let (failed, late) = (count("Division by zero"), count("Out of order row"));
    if (failed, late) != (expected.failed, expected.late) || failed + late != outcome.errors.len() {
        return Err(format!(
            "{failed} failed, {late} late; expected {} and {}: {:#?}",
            expected.failed, expected.late, outcome.errors
        ));
    }
    let filtered: u64 = outcome.counts.iter().map(|(_, c)| c.rows_filtered).sum();
    match expected.filtered {
        Some(expected) if filtered != expected => Err(format!("{filtered} filtered, expected {expected}")),
        _ => Ok(()),
    }
}

/// Holds the rows of one stream against what is expected there.
///
/// # Errors
/// Shows the first that differ.
pub fn same_rows(outcome: &Outcome, stream: &str, expected: &[String]) -> Result<(), String> {
    let rows: Vec<&String> = outcome.rows.iter().filter(|r| stream_of(r) == stream).collect();
    if rows.iter().copied().eq(expected) {
        return Ok(());
    }
    let at = (rows.iter().zip(expected))
        .take_while(|(got, wanted)| **got == *wanted)
        .count();
    Err(format!(
        "{} rows of {stream}, expected {}; at {at}: expected {:?}, got {:?}\nexpected {expected:#?}\ngot {rows:#?}",
        rows.len(),
        expected.len(),
        expected.get(at),
        rows.get(at)
    ))
}

fn differences(a: &Outcome, b: &Outcome) -> String {
    if a.rows != b.rows {
        return format!("{:#?}\n{:#?}", a.rows, b.rows);
    }
    if a.errors != b.errors {
        return format!("{:#?}\n{:#?}", a.errors, b.errors);
    }
    format!("{:#?}\n{:#?}", a.counts, b.counts)
}
