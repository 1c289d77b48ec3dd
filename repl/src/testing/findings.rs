//! What compiling found against what the test says it finds: `refuse`, `warn`, `lenient`.
//!
//! Errors must always be listed, all of them. Warnings and lenient findings must be listed as soon as the
//! test lists any finding: then the list is complete.

use rowtime_engine::diagnostic::{Diagnostic, Place, Severity};

use super::case::{Finding, FindingKind, FindingPlace};
use super::diff::Mark;
use super::prepare::Prepared;
use super::run::{Edit, Failure, Outcome};
use super::table::Cell;

/// A finding that compiling made.
struct Found {
    kind: FindingKind,
    place: FindingPlace,
    message: String,
    hint: String,
}

impl Found {
    fn matches(&self, finding: &Finding) -> bool {
        finding.kind == self.kind
            && finding.what.as_ref().is_some_and(|(place, text)| {
                *place == self.place && (self.message.contains(text) || self.hint.contains(text))
            })
    }

    fn print(&self) -> String {
        print(self.kind, self.place, &self.message)
    }
}

fn print(kind: FindingKind, place: FindingPlace, text: &str) -> String {
    let shared = if place.shared { "shared " } else { "" };
    // Always quoted, unlike a cell.
    let quoted = Cell::value(format!("\"{text}")).print().replacen("\\\"", "", 1);
    format!("{} {shared}{}:{} {quoted}", kind.word(), place.line, place.column)
}

/// Adds what differs to `outcome`.
pub fn check(prepared: &Prepared<'_>, outcome: &mut Outcome) {
    let expected = &prepared.case.findings;
    let found: Vec<Found> = prepared
        .compiled
        .diagnostics
        .iter()
        .filter(|d| !expected.is_empty() || d.severity == Severity::Error)
        .map(|d| locate(prepared, d))
        .collect();
    let mut partner: Vec<Option<usize>> = Vec::new();
    for f in &found {
        let free = |i: &usize| !partner.contains(&Some(*i));
        let candidates = expected
            .iter()
            .enumerate()
            .filter(|(_, e)| f.matches(e))
            .map(|(i, _)| i);
        let chosen = candidates.into_iter().find(free);
        partner.push(chosen);
    }
    let missing: Vec<usize> = (0..expected.len())
        .filter(|i| !partner.contains(&Some(*i)))
        .collect();
    if missing.is_empty() && partner.iter().all(Option::is_some) {
        return;
    }
    report(prepared, &found, &partner, &missing, outcome);
    if let Some(first) = expected.first() {
        let lines = found.iter().zip(&partner).map(|(f, p)| {
            let kept = p.and_then(|i| expected.get(i)).and_then(|e| e.what.as_ref());
            kept.map_or_else(|| f.print(), |(place, text)| print(f.kind, *place, text))
        });
        outcome.edits.push(Edit {
            start: first.line,
            end: first.line + 1,
            lines: lines.collect(),
        });
        outcome.edits.extend(expected.iter().skip(1).map(|e| Edit {
            start: e.line,
            end: e.line + 1,
            lines: Vec::new(),
        }));
    }
}

fn report(
    prepared: &Prepared<'_>,
    found: &[Found],
    partner: &[Option<usize>],
    missing: &[usize],
    outcome: &mut Outcome,
) {
    let expected = &prepared.case.findings;
    let mut lines = Vec::new();
    for finding in missing.iter().filter_map(|i| expected.get(*i)) {
        let text = match &finding.what {
            Some((place, text)) => print(finding.kind, *place, text),
            None => format!("{} (say where and what, or let --bless)", finding.kind.word()),
        };
        lines.push((Mark::Minus, text));
    }
    let pairs = found.iter().zip(partner);
    let unexpected: Vec<&Found> = pairs.filter(|(_, p)| p.is_none()).map(|(f, _)| f).collect();
    for f in &unexpected {
        lines.push((Mark::Plus, f.print()));
        lines.extend(shown(prepared, f).into_iter().map(|line| (Mark::Both, line)));
    }
    let line = missing
        .first()
        .and_then(|i| expected.get(*i))
        .map(|e| e.line)
        .or_else(|| unexpected.first().and_then(|f| file_line(prepared, f)))
        .unwrap_or(prepared.case.line);
    let headline = if expected.is_empty() {
        "the script is refused"
    } else {
        "compiling finds something else than expected"
    };
    outcome.failures.push(Failure {
        line,
        headline: headline.to_owned(),
        lines,
        // A test that is not meant to be refused is not made one.
        blessable: !expected.is_empty(),
    });
}

/// The line of the test file in which a finding lies, if its SQL stands there.
fn file_line(prepared: &Prepared<'_>, found: &Found) -> Option<usize> {
    let case = prepared.case;
    let sql = if found.place.shared {
        &case.shared
    } else {
        &case.own
    };
    let sql = sql.as_ref().filter(|s| s.file.is_none())?;
    Some(sql.first_line + found.place.line.saturating_sub(1))
}

/// The line of SQL that a finding is about, with a caret and the hint.
fn shown(prepared: &Prepared<'_>, found: &Found) -> Vec<String> {
    let case = prepared.case;
    let sql = if found.place.shared {
        &case.shared
    } else {
        &case.own
    };
    let text = sql
        .as_ref()
        .and_then(|s| s.text.lines().nth(found.place.line.saturating_sub(1)));
    let mut lines = Vec::new();
    if let Some(file) = sql.as_ref().and_then(|s| s.file.as_ref()) {
        lines.push(format!(
            "  {}:{}:{}",
            file.display(),
            found.place.line,
            found.place.column
        ));
    }
    if let Some(text) = text {
        lines.push(format!("  {text}"));
        lines.push(format!("  {:>width$}", "^", width = found.place.column));
    }
    if !found.hint.is_empty() {
        lines.push(format!("  {}", found.hint));
    }
    lines
}

/// The place of a diagnostic in the SQL block that it lies in.
fn locate(prepared: &Prepared<'_>, d: &Diagnostic) -> Found {
    let offset = prepared.own_offset;
    let shared = prepared.case.shared.is_some() && (d.span.start < offset || prepared.case.own.is_none());
    let place = if shared {
        Place::of(&prepared.script, d.span.start)
    } else {
        let own = prepared.script.get(offset..).unwrap_or_default();
        Place::of(own, d.span.start.saturating_sub(offset))
    };
    Found {
        kind: match d.severity {
            Severity::Error => FindingKind::Refuse,
            Severity::Warning => FindingKind::Warn,
            Severity::Lenient => FindingKind::Lenient,
        },
        place: FindingPlace {
            shared,
            line: place.line,
            column: place.column,
        },
        message: d.message.clone(),
        hint: d.hint.clone().unwrap_or_default(),
    }
}
