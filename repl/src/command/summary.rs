//! What a run did, in one line, and the books of its pumps, on standard error.

use rowtime_engine::dataflow::errors::PumpCounts;
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
            report::note(&format!("pump {name}: {}", pump_books(c)));
        }
    }
}

/// Rows in and out, then only what is not zero.
fn closing_line(done: &Summary) -> String {
    let p = &done.progress;
    let sum = |f: &dyn Fn(&PumpCounts) -> u64| -> u64 { done.pumps.iter().map(|(_, c)| f(c)).sum() };
    let streams: Vec<String> = done
        .streams
        .iter()
        .map(|(name, n)| format!("{name} {}", grouped(*n)))
        .collect();
    let mut line = format!(
        "{}: {} in, out: {}",
        if done.stopped { "stopped" } else { "done" },
        counted(p.rows, "row", "rows"),
        if streams.is_empty() {
            "nothing".to_owned()
        } else {
            streams.join(", ")
        }
    );
    for table in &done.tables {
        let reloads = table.loads.saturating_sub(1);
        line.push_str(&format!(
            "; table {}: {}",
            table.name,
            counted(table.rows, "row", "rows")
        ));
        if reloads > 0 {
            line.push_str(&format!(", {}", counted(reloads, "reload", "reloads")));
        }
        let unread = table.documents.saturating_sub(table.decoded);
        if unread > 0 {
            let documents = grouped(table.documents);
            line.push_str(&format!(
                ", {} of {documents} documents unreadable",
                grouped(unread)
            ));
        }
    }
    let unread = p.error_documents;
    if unread > 0 {
        let documents = grouped(p.documents);
        line.push_str(&format!(
            "; {} of {documents} documents unreadable",
            grouped(unread)
        ));
    }
    for (n, [one, many]) in [
        (p.error_rows, ["error row", "error rows"]),
        (p.rows_raised, ["row raised", "rows raised"]),
        (sum(&|c| c.rows_late), ["row late", "rows late"]),
        (sum(&|c| c.rows_filtered + c.groups_filtered), ["filtered"; 2]),
        (
            done.open_groups as u64,
            ["open window dropped", "open windows dropped"],
        ),
    ] {
        if n > 0 {
            line.push_str(&format!("; {}", counted(n, one, many)));
        }
    }
    line
}

fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// Where the rows of a pump went, which must balance, and what it wrote.
pub fn pump_books(c: &PumpCounts) -> String {
    let mut books = format!(
        "{} rows in = {} passed + {} filtered + {} failed + {} late; {} rows out",
        grouped(c.rows_in),
        grouped(c.rows_passed),
        grouped(c.rows_filtered),
        grouped(c.rows_failed),
        grouped(c.rows_late),
        grouped(c.rows_out),
    );
    for (n, what) in [
        (c.groups_filtered, "groups filtered"),
        (c.groups_failed, "groups failed"),
    ] {
        if n > 0 {
            books.push_str(&format!(", {} {what}", grouped(n)));
        }
    }
    books
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
