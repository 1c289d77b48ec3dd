//! What a run did, in one line, and the books of its pumps, on standard error.

use rowtime_engine::pipeline::run::Summary;

use crate::progress::grouped;
use crate::report;

/// Prints what must be said, the closing line if `shown`, and the books of every pump if `verbose`.
pub fn print(done: &Summary, shown: bool, verbose: bool) {
    if done.open_groups > 0 {
        report::note(&format!(
            "open windows or groups dropped, their rows with them: {}",
            grouped(done.open_groups as u64)
        ));
    }
    if done.held_rows > 0 {
        report::note(&format!(
            "rows dropped that waited for another writer of their stream: {}",
            grouped(done.held_rows as u64)
        ));
    }
    for fault in imbalances(done) {
        report::note(&fault);
    }
    if shown {
        report::note(&closing_line(done));
    }
    if verbose {
        for (name, c) in &done.pumps {
            report::note(&format!(
                "pump {name}: {} rows in = {} passed + {} filtered + {} failed + {} late; {} rows out, {} groups \
                 filtered, {} groups failed",
                c.rows_in,
                c.rows_passed,
                c.rows_filtered,
                c.rows_failed,
                c.rows_late,
                c.rows_out,
                c.groups_filtered,
                c.groups_failed
            ));
        }
    }
}

fn closing_line(done: &Summary) -> String {
    let p = &done.progress;
    let sum = |f: &dyn Fn(&rowtime_engine::dataflow::errors::PumpCounts) -> u64| -> u64 {
        done.pumps.iter().map(|(_, c)| f(c)).sum()
    };
    let streams: Vec<String> = done
        .streams
        .iter()
        .map(|(name, n)| format!("{name} {}", grouped(*n)))
        .collect();
    let out = if streams.is_empty() {
        "nothing".to_owned()
    } else {
        streams.join(", ")
    };
    format!(
        "{}: {} documents = {} decoded + {} errors; {} rows in ({} raised), out: {out}; {} error rows, {} late, {} \
         filtered, {} open windows dropped",
        if done.stopped { "stopped" } else { "done" },
        grouped(p.documents),
        grouped(p.decoded),
        grouped(p.error_documents),
        grouped(p.rows),
        grouped(p.rows_raised),
        grouped(p.error_rows),
        grouped(sum(&|c| c.rows_late)),
        grouped(sum(&|c| c.rows_filtered + c.groups_filtered)),
        grouped(done.open_groups as u64),
    )
}

/// Books that do not balance: a fault of rowtime's own, never hidden.
fn imbalances(done: &Summary) -> Vec<String> {
    let p = &done.progress;
    let mut faults = Vec::new();
    if p.documents != p.decoded + p.error_documents {
        faults.push(format!(
            "the books do not balance, please report this: {} documents in, {} decoded, {} errors",
            p.documents, p.decoded, p.error_documents
        ));
    }
    for (name, c) in &done.pumps {
        if c.rows_in != c.rows_passed + c.rows_filtered + c.rows_failed + c.rows_late {
            faults.push(format!(
                "the books of pump {name} do not balance, please report this: {} rows in, {} passed, {} filtered, {} \
                 failed, {} late",
                c.rows_in, c.rows_passed, c.rows_filtered, c.rows_failed, c.rows_late
            ));
        }
    }
    faults
}
