//! INSERT INTO … VALUES by hand, and `\advance`: rows and time that no source brings.

use rowtime_engine::bind::{BindOptions, InsertedRows, Queries, insert};
use rowtime_engine::clock::Clock;
use rowtime_engine::datetime;
use rowtime_engine::diagnostic::Diagnostic;
use rowtime_engine::sql::ast::{Statement, StatementKind};
use rowtime_engine::sql::parse;

use super::Shell;
use super::live::Core;
use super::typed::Typed;
use super::typed_rows::{ROWS_MAX, TypedRows};
use crate::failure::Failure;
use crate::progress::grouped;
use crate::report;
use crate::script_names;

impl Shell {
    /// Types rows into a stream.
    pub fn insert(&mut self, text: &str, offset: usize, typed: &Typed<'_>) -> Result<(), Failure> {
        self.touched = true;
        let rows = self.bind_insert(text, offset, typed)?;
        self.settle()?;
        let now_ms = self.now_ms();
        let stream = rows.stream.clone();
        let (rowtimes, columns) = (rows.rowtimes, rows.columns.clone());
        let given = match &self.running {
            Some(running) => running.live.call(move |core| {
                let wanted = rowtimes.clone();
                let given = core.session.insert(&stream, rowtimes, columns, now_ms);
                if let Ok(given) = &given {
                    let many = if given.len() == 1 { "row" } else { "rows" };
                    core.event(&format!("{} {many} into {stream}", grouped(given.len() as u64)));
                    tell_raised(core, wanted.as_deref().unwrap_or(&[]), given);
                }
                given.map_err(|e| e.to_string())
            })?,
            None => return Ok(()),
        };
        let given = given.map_err(Failure::Wrong)?;
        self.remember(&rows.stream, given, rows.columns);
        self.settle()
    }

    fn bind_insert(&mut self, text: &str, offset: usize, typed: &Typed<'_>) -> Result<InsertedRows, Failure> {
        let (trees, syntax) = parse(text);
        let moved = |found: &[Diagnostic]| -> Vec<Diagnostic> {
            found.iter().map(|d| typed.moved(d, (text, 0), offset)).collect()
        };
        self.show(&moved(&syntax), typed);
        if syntax.iter().any(super::typed::is_error) {
            return Err(Failure::WrongAsReported);
        }
        let Some(insertion) = trees.iter().find_map(|tree| match &tree.kind {
            StatementKind::Insert(insertion) => Some(insertion),
            _ => None,
        }) else {
            return Err(Failure::WrongAsReported);
        };
        let (trees, options, clock) = self.standing()?;
        let rows = match insert(insertion, &trees, &options, &clock) {
            Ok(rows) => rows,
            Err(faults) => {
                self.show(&moved(&faults), typed);
                return Err(Failure::WrongAsReported);
            }
        };
        self.show(&moved(&rows.findings), typed);
        let id = self.application.stream_id(&rows.stream);
        if let Some(writer) = self.application.pumps.iter().find(|p| Some(p.target) == id) {
            return Err(Failure::Wrong(format!(
                "pump {} writes stream {}; rows can be typed into a stream that no pump writes",
                writer.name, rows.stream
            )));
        }
        Ok(rows)
    }

    /// What stands, for rows that are bound beside it, and the clock that they see.
    pub fn standing(&mut self) -> Result<(Vec<Statement>, BindOptions, Clock), Failure> {
        let (trees, _) = parse(self.catalogue.standing().text());
        let names = script_names::of(&trees);
        let (options, _) = self
            .bindings
            .bind_options(&names, self.strict, Queries::Refused)?;
        let now_ms = self.now_ms();
        let clock = Clock {
            run_start_ms: now_ms,
            row_ms: Some(now_ms),
        };
        Ok((trees, options, clock))
    }

    /// Keeps typed rows for queries over data that ends.
    fn remember(&mut self, stream: &str, rowtimes: Vec<i64>, columns: Vec<arrow::array::ArrayRef>) {
        let Some(found) = self.application.streams.iter().find(|s| s.name == stream) else {
            return;
        };
        let fields = found.fields.get(..found.declared).unwrap_or(&[]).to_vec();
        let kept = self.bindings.typed.entry(stream.to_owned());
        let kept = kept.or_insert_with(|| TypedRows::new(fields));
        if kept.push(rowtimes, columns) {
            let most = grouped(ROWS_MAX as u64);
            report::note(&format!(
                "queries see the last {most} rows that were typed into {stream}"
            ));
        }
    }

    /// `\advance`.
    pub fn advance(&mut self, text: &str) -> Result<(), Failure> {
        self.touched = true;
        let to = parse_time(text)?;
        self.settle()?;
        let Some(running) = &self.running else {
            return Ok(());
        };
        let moved = running.live.call(move |core| {
            let from = core.clock_ms();
            let to_ms = match to {
                Time::At(ms) => ms,
                Time::After(ms) => from.unwrap_or_else(|| core.now_ms()).saturating_add(ms),
            };
            if from.is_some_and(|from| to_ms < from) {
                return Err(from.unwrap_or(to_ms));
            }
            core.session.advance(to_ms);
            core.event(&format!("the clock is at {}", datetime::timestamp_text(to_ms)));
            Ok(())
        })?;
        match moved {
            Ok(()) => self.settle(),
            Err(from_ms) => Err(Failure::Wrong(format!(
                "\\advance: the clock is at {} and never goes back",
                datetime::timestamp_text(from_ms)
            ))),
        }
    }
}

/// Rows that were typed with a ROWTIME below the clock, which never goes back.
fn tell_raised(core: &Core, wanted: &[i64], given: &[i64]) {
    let mut raised = wanted.iter().zip(given).filter(|(wanted, given)| wanted < given);
    if let Some((_, first)) = raised.next() {
        let count = 1 + raised.count() as u64;
        let rows = if count == 1 { "row is" } else { "rows are" };
        let at = datetime::timestamp_text(*first);
        core.say(&format!(
            "{} {rows} older than the clock, which never goes back: ROWTIME {at} instead",
            grouped(count)
        ));
    }
}

/// What `\advance` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Time {
    At(i64),
    After(i64),
}

fn parse_time(text: &str) -> Result<Time, Failure> {
    let bare = text.trim().trim_end_matches(';').trim();
    let time = match bare.strip_prefix('+') {
        Some(distance) => parse_distance(distance.trim().trim_matches('\'')).map(Time::After),
        None => datetime::parse_iso_timestamp(bare.trim_matches('\'')).map(Time::At),
    };
    time.ok_or_else(|| {
        Failure::Wrong(
            "\\advance takes a timestamp such as 2026-01-27 10:15:30 (UTC), or a distance such as +10 s, +5 min, +1 h"
                .to_owned(),
        )
    })
}

/// `10 s`, `1.5 min`, `1 h 30 min`.
fn parse_distance(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut all: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        let behind = rest.get(digits..)?.trim_start();
        let letters = behind.find(|c: char| !c.is_alphabetic()).unwrap_or(behind.len());
        let unit = unit_ms(behind.get(..letters)?)?;
        let part = (number * unit as f64).round();
        if !part.is_finite() || part > 1e15 {
            return None;
        }
        all = all.checked_add(part as i64)?;
        rest = behind.get(letters..)?.trim_start();
    }
    Some(all)
}

fn unit_ms(unit: &str) -> Option<i64> {
    Some(match unit.to_lowercase().as_str() {
        "ms" | "millisecond" | "milliseconds" => 1,
        "s" | "sec" | "second" | "seconds" => 1_000,
        "m" | "min" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_points_or_distances() {
        for (text, time) in [
            ("+10 s", Some(Time::After(10_000))),
            ("+'10 s'", Some(Time::After(10_000))),
            ("+1.5min", Some(Time::After(90_000))),
            ("+1 h 30 min", Some(Time::After(5_400_000))),
            ("+2 DAYS;", Some(Time::After(172_800_000))),
            ("1970-01-01 00:00:10", Some(Time::At(10_000))),
            ("'1970-01-01T00:00:10Z'", Some(Time::At(10_000))),
            ("+", None),
            ("+10", None),
            ("+10 parsecs", None),
            ("soon", None),
        ] {
            assert_eq!(parse_time(text).ok(), time, "{text}");
        }
    }
}
