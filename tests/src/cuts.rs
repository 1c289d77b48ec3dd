//! One case of a property test under every way of cutting and restoring, since neither may show.

use crate::drive::{Cut, Event, Outcome, application, run};

/// What an oracle expects of a case.
#[derive(Debug, Default)]
pub struct Expected {
    /// `O ROWTIME {row}` lines of the stream O, in order.
    pub rows: Vec<String>,
    /// Rows and groups that fail.
    pub failed: usize,
    /// Late ones.
    pub late: usize,
}

/// Runs a script over a source stream S and holds what comes to the stream O against the oracle; or, without one, only
/// the runs against each other.
///
/// # Errors
/// Says in which run what is wrong.
pub fn check(seed: u64, sql: &str, events: &[Event], expected: Option<&Expected>) -> Result<(), String> {
    let app = application(sql);
    let mut first: Option<Outcome> = None;
    for batch_rows in [1, 7, 1_000] {
        for restore in [false, true] {
            let mut outcome = run(&app, "S", events, Cut { batch_rows, restore });
            let cut = format!("seed {seed}, batch {batch_rows}, restore {restore}");
            if let Some(expected) = expected {
                compare(&outcome, expected).map_err(|e| format!("{cut}: {e}\n{sql}"))?;
            }
            for (pump, c) in &outcome.counts {
                if c.rows_in != c.rows_passed + c.rows_filtered + c.rows_failed + c.rows_late {
                    return Err(format!("{cut}: the books of {pump} do not balance: {c:?}\n{sql}"));
                }
            }
            // Between streams there is no order; within each there is.
            outcome.rows.sort_by_key(|row| stream_of(row).to_owned());
            if let Some(first) = &first
                && *first != outcome
            {
                let differs = differences(first, &outcome);
                return Err(format!("{cut} shows in the output:\n{differs}\n{sql}"));
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
    let rows: Vec<&String> = outcome.rows.iter().filter(|r| stream_of(r) == "O").collect();
    if rows != expected.rows.iter().collect::<Vec<_>>() {
        return Err(format!("expected {:#?}\ngot {rows:#?}", expected.rows));
    }
    let late = outcome
        .errors
        .iter()
        .filter(|e| e.contains("Out of order row"))
        .count();
    let failed = outcome.errors.len() - late;
    if (failed, late) != (expected.failed, expected.late) {
        return Err(format!(
            "{failed} failed, {late} late; expected {} and {}: {:#?}",
            expected.failed, expected.late, outcome.errors
        ));
    }
    Ok(())
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
