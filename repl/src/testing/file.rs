//! Reads a test file. Every directive starts at the beginning of a line; what belongs to it is indented
//! below it (tables) or fenced with ``` (SQL and raw records, which stay exactly as they are).
//!
//! All faults of a file are found in one go.

use std::path::{Path, PathBuf};

use rowtime_connectors::schema::InputSchema;
use rowtime_engine::datetime;

use super::case::{
    Action, CountExpectation, Expectation, Fault, Finding, FindingKind, FindingPlace, Name, RecordsBlock,
    RecordsBody, RowsBlock, SchemaBlock, Sql, TableBlock, Target, TestCase, TestFile,
};
use super::cell::parse_instant;
use super::reference;
use super::table::{self, Table};
use super::words::Words;

/// The day of short times unless `date` says otherwise: 2020-01-01.
const DATE_DEFAULT: i64 = 18_262;

/// What ends a fence.
const FENCE: &str = "```";

/// Parses a file; `path` also tells where `sql FILE` looks.
pub fn parse(path: &Path, text: String) -> Result<TestFile, Vec<Fault>> {
    let stem = path
        .file_stem()
        .map(|s| s.to_string_lossy().into_owned())
        .unwrap_or_default();
    let preamble = TestCase {
        name: stem,
        line: 1,
        date: DATE_DEFAULT,
        ..TestCase::default()
    };
    let (tests, mut faults) = {
        let mut parser = Parser {
            // Editors put a byte order mark in front; it belongs to no line.
            lines: text.trim_start_matches('\u{feff}').lines().collect(),
            at: 0,
            folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
            current: preamble.clone(),
            preamble,
            in_test: false,
            tests: Vec::new(),
            faults: Vec::new(),
        };
        parser.run();
        (parser.tests, parser.faults)
    };
    if tests.is_empty() && faults.is_empty() {
        faults.push(Fault::new(1, "this file has no SQL and so no test"));
    }
    if !faults.is_empty() {
        faults.sort();
        return Err(faults);
    }
    Ok(TestFile {
        path: path.to_path_buf(),
        text,
        tests,
    })
}

struct Parser<'a> {
    lines: Vec<&'a str>,
    /// The next line, from 0.
    at: usize,
    folder: PathBuf,
    /// What every test starts with.
    preamble: TestCase,
    /// The test being read; before the first `test`, what will be the preamble.
    current: TestCase,
    in_test: bool,
    tests: Vec<TestCase>,
    faults: Vec<Fault>,
}

impl<'a> Parser<'a> {
    fn run(&mut self) {
        while let Some(line) = self.lines.get(self.at).copied() {
            self.at += 1;
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let number = self.at;
            if line.starts_with([' ', '\t']) {
                self.fault(
                    number,
                    "an indented line belongs to a table, and none stands directly above",
                );
                self.indented_body();
                continue;
            }
            if let Err(message) = self.directive(number, line.trim_end()) {
                self.fault(number, message);
                self.indented_body();
            }
            self.current.end_line = self.at;
        }
        self.push_test();
    }

    fn fault(&mut self, line: usize, message: impl Into<String>) {
        self.faults.push(Fault::new(line, message));
    }

    fn directive(&mut self, number: usize, line: &'a str) -> Result<(), String> {
        let mut words = Words::new(line);
        match words.plain()? {
            "test" => self.start_test(number, words.rest()),
            "date" => {
                let text = words.rest();
                self.current.date =
                    datetime::parse_date(text).ok_or("write a date as in: date 2018-11-01")?;
                Ok(())
            }
            "now" => {
                self.current.now_ms = Some(self.time(words.rest())?);
                Ok(())
            }
            "strict" => {
                self.current.strict = true;
                words.end()
            }
            "hold" => {
                self.current.hold = true;
                words.end()
            }
            "sql" => self.sql_file(words.rest()),
            "```sql" | "```" => {
                words.end()?;
                self.sql_fence(number)
            }
            "rows" => self.rows(number, words),
            "records" => self.records(number, words),
            "schema" => self.schema(number, words),
            "table" => self.reference_table(number, words),
            "advance" => {
                let ms = self.time(words.rest())?;
                self.act(Action::Advance(number, ms))
            }
            "end" => {
                words.end()?;
                self.act(Action::End(number))
            }
            "expect" => self.expect(number, words),
            "count" => self.count(number, words),
            "refuse" => self.finding(number, FindingKind::Refuse, words),
            "warn" => self.finding(number, FindingKind::Warn, words),
            "lenient" => self.finding(number, FindingKind::Lenient, words),
            "ignore" => {
                let target = target(&mut words)?;
                self.current.ignored.push((number, target));
                words.end()
            }
            other => Err(format!(
                "unknown directive {other:?}: there are test, date, now, strict, sql, schema, rows, records, table, advance, end, \
                 hold, expect, count, ignore, refuse, warn and lenient; SQL stands between ```sql and ```"
            )),
        }
    }

    fn time(&self, text: &str) -> Result<i64, String> {
        parse_instant(text, self.current.date)
            .ok_or_else(|| "write a time as in 10:05:00, 10:05:00.250 or 2018-11-01 10:05:00".to_owned())
    }

    fn start_test(&mut self, number: usize, name: &str) -> Result<(), String> {
        let quoted = name.strip_prefix('"').and_then(|inside| inside.strip_suffix('"'));
        let name = quoted.unwrap_or(name);
        if name.is_empty() {
            return Err("a test needs a name: test a window closes at its end".to_owned());
        }
        if self.in_test {
            self.push_test();
        } else {
            let mut preamble = std::mem::take(&mut self.current);
            self.check_preamble(&preamble);
            preamble.shared = preamble.own.take();
            self.preamble = preamble;
            self.in_test = true;
        }
        if self.tests.iter().any(|t| t.name == name) {
            return Err(format!("there is already a test {name:?} in this file"));
        }
        self.current = TestCase {
            name: name.to_owned(),
            line: number,
            ..self.preamble.clone()
        };
        Ok(())
    }

    /// Ends the test being read; without any `test` the whole file is one.
    fn push_test(&mut self) {
        let current = std::mem::take(&mut self.current);
        if current.own.is_some() || current.shared.is_some() {
            self.tests.push(current);
        } else if self.in_test {
            self.fault(current.line, "this test has no SQL");
        }
    }

    fn check_preamble(&mut self, preamble: &TestCase) {
        let line = preamble.actions.iter().find_map(|action| match action {
            Action::Expect(e) => Some(e.line),
            Action::Count(c) => Some(c.line),
            Action::End(line) => Some(*line),
            _ => None,
        });
        if let Some(line) = line.or_else(|| preamble.findings.first().map(|f| f.line)) {
            self.fault(
                line,
                "what stands before the first test is done at the start of every test; expectations belong into a test",
            );
        }
    }

    fn act(&mut self, action: Action) -> Result<(), String> {
        let ended = self.current.actions.iter().any(|a| matches!(a, Action::End(_)));
        if ended && !matches!(action, Action::Expect(_) | Action::Count(_)) {
            return Err("the input has ended above".to_owned());
        }
        self.current.actions.push(action);
        Ok(())
    }

    fn sql_file(&mut self, file: &str) -> Result<(), String> {
        if file.is_empty() {
            return Err("write the SQL between ```sql and ```, or name a file: sql ../alarms.sql".to_owned());
        }
        let path = self.folder.join(file.trim_matches('"'));
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        self.set_sql(Sql {
            text,
            file: Some(path),
            first_line: 1,
        })
    }

    fn sql_fence(&mut self, number: usize) -> Result<(), String> {
        let lines = self.fence_body(number)?;
        let mut text = lines.join("\n");
        text.push('\n');
        self.set_sql(Sql {
            text,
            file: None,
            first_line: number + 1,
        })
    }

    fn set_sql(&mut self, sql: Sql) -> Result<(), String> {
        if self.current.own.is_some() {
            return Err("this test has its SQL already".to_owned());
        }
        self.current.own = Some(sql);
        Ok(())
    }

    /// The lines up to the closing fence.
    fn fence_body(&mut self, number: usize) -> Result<Vec<&'a str>, String> {
        let rest = self.lines.get(self.at..).unwrap_or_default();
        match rest.iter().position(|l| l.trim_end() == FENCE) {
            Some(length) => {
                self.at += length + 1;
                Ok(rest.iter().take(length).copied().collect())
            }
            None => {
                self.at = self.lines.len();
                Err(format!(
                    "the ``` that ends the text from line {number} on is missing"
                ))
            }
        }
    }

    /// The indented lines that follow, up to a blank or unindented one, and the number of the first.
    fn indented_body(&mut self) -> (Vec<&'a str>, usize) {
        let first = self.at + 1;
        let rest = self.lines.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|l| l.starts_with([' ', '\t']) && !l.trim().is_empty())
            .count();
        self.at += length;
        (rest.iter().take(length).map(|l| l.trim_end()).collect(), first)
    }

    /// The table that follows, if one does.
    fn table(&mut self) -> Option<Table> {
        let (lines, first) = self.indented_body();
        if lines.is_empty() {
            return None;
        }
        match table::parse(&lines, first) {
            Ok(table) => Some(table),
            Err((line, message)) => {
                self.fault(line, message);
                Some(Table::default())
            }
        }
    }

    fn rows(&mut self, line: usize, mut words: Words<'a>) -> Result<(), String> {
        let stream = words.name()?;
        words.end()?;
        let date = self.current.date;
        let table = self
            .table()
            .ok_or("the rows are missing: an indented table, its header first")?;
        self.act(Action::Rows(RowsBlock {
            line,
            stream,
            date,
            table,
        }))
    }

    fn reference_table(&mut self, line: usize, mut words: Words<'a>) -> Result<(), String> {
        let name = words.name()?;
        let body = match words.rest() {
            "" => {
                let (lines, first) = self.indented_body();
                match reference::rows(&lines, first) {
                    Ok(body) => body,
                    Err((line, message)) => {
                        self.fault(line, message);
                        return Ok(());
                    }
                }
            }
            uri => reference::file(&self.folder, uri),
        };
        let date = self.current.date;
        self.act(Action::Table(TableBlock {
            line,
            name,
            date,
            body,
        }))
    }

    fn records(&mut self, line: usize, mut words: Words<'a>) -> Result<(), String> {
        let stream = words.name()?;
        let mut parameters = Vec::new();
        let mut at_ms = None;
        while let Some(word) = words.next() {
            match word {
                "json" | "csv" => parameters.push(format!("format={word}")),
                "at" => {
                    at_ms = Some(self.time(words.rest())?);
                    break;
                }
                parameter if parameter.contains('=') => parameters.push(parameter.to_owned()),
                _ => return Err("write: records STREAM [json|csv] [name=value …] [at TIME]".to_owned()),
            }
        }
        let lines = self.fenced(line, "the records are missing: they stand")?;
        let body = self.records_body(&lines, at_ms)?;
        self.act(Action::Records(RecordsBlock {
            line,
            stream,
            parameters,
            body,
        }))
    }

    /// The lines of a fence that must follow.
    fn fenced(&mut self, line: usize, missing: &str) -> Result<Vec<&'a str>, String> {
        if !self.lines.get(self.at).is_some_and(|l| l.starts_with(FENCE)) {
            return Err(format!("{missing} on the following lines between ``` and ```"));
        }
        self.at += 1;
        self.fence_body(line)
    }

    fn schema(&mut self, line: usize, mut words: Words<'a>) -> Result<(), String> {
        let stream = words.name()?;
        words.end()?;
        let lines = self.fenced(line, "the InputSchema is missing: it stands as JSON")?;
        let schema = InputSchema::parse(&lines.join("\n")).map_err(|e| e.to_string())?;
        self.current.schemas.push(SchemaBlock { line, stream, schema });
        Ok(())
    }

    fn records_body(&self, lines: &[&str], at_ms: Option<i64>) -> Result<RecordsBody, String> {
        let timed = |line: &str| -> Option<(i64, String)> {
            let (time, record) = line.split_once('|')?;
            let ms = parse_instant(time.trim(), self.current.date)?;
            Some((ms, record.strip_prefix(' ').unwrap_or(record).to_owned()))
        };
        let Some(first) = lines.first() else {
            return Err("there is no record".to_owned());
        };
        if timed(first).is_none() {
            let mut text = lines.join("\n");
            text.push('\n');
            return Ok(RecordsBody::File { text, at_ms });
        }
        if at_ms.is_some() {
            return Err("give one time for all records (at) or one for each, not both".to_owned());
        }
        lines
            .iter()
            .map(|l| {
                timed(l).ok_or_else(|| format!("no TIME | before this record, as on the first line: {l}"))
            })
            .collect::<Result<_, _>>()
            .map(RecordsBody::Timed)
    }

    fn expect(&mut self, line: usize, mut words: Words<'a>) -> Result<(), String> {
        let target = target(&mut words)?;
        let (mut partly, mut nothing) = (false, false);
        while let Some(word) = words.next() {
            match word {
                "partly" => partly = true,
                "nothing" => nothing = true,
                _ => {
                    return Err(
                        "write: expect STREAM [partly], expect STREAM nothing or expect errors".to_owned(),
                    );
                }
            }
        }
        let table = self.table();
        if nothing && table.is_some() {
            return Err("nothing is expected, and yet rows follow".to_owned());
        }
        let date = self.current.date;
        let end_line = self.at;
        self.act(Action::Expect(Expectation {
            line,
            end_line,
            target,
            date,
            partly,
            nothing,
            table,
        }))
    }

    fn count(&mut self, line: usize, mut words: Words<'a>) -> Result<(), String> {
        const FORM: &str = "write: count rows_late = 2, or for one pump: count rows_late of \"P\" = 2";
        let counter = words.next().ok_or(FORM)?.to_owned();
        let mut pump = None;
        let mut next = words.next();
        if next == Some("of") {
            pump = Some(words.name()?);
            next = words.next();
        }
        let value = match (next, words.next().map(str::parse)) {
            (Some("="), Some(Ok(value))) => value,
            _ => return Err(FORM.to_owned()),
        };
        words.end()?;
        self.act(Action::Count(CountExpectation {
            line,
            pump,
            counter,
            value,
        }))
    }

    fn finding(&mut self, line: usize, kind: FindingKind, mut words: Words<'a>) -> Result<(), String> {
        let form = || format!("write: {} 3:14 \"part of the message\"", kind.word());
        let mut next = words.next();
        if next.is_none() {
            self.current.findings.push(Finding {
                line,
                kind,
                what: None,
            });
            return Ok(());
        }
        let shared = next == Some("shared");
        if shared {
            next = words.next();
        }
        let (l, c) = next.and_then(|w| w.split_once(':')).ok_or_else(form)?;
        let (Ok(l), Ok(c)) = (l.parse(), c.parse()) else {
            return Err(form());
        };
        let quoted = words.rest().strip_prefix('"').ok_or_else(form)?;
        let (text, after) = table::parse_quoted(quoted)?;
        if !after.trim().is_empty() {
            return Err(form());
        }
        let place = FindingPlace {
            shared,
            line: l,
            column: c,
        };
        self.current.findings.push(Finding {
            line,
            kind,
            what: Some((place, text)),
        });
        Ok(())
    }
}

/// `errors` or a stream.
fn target(words: &mut Words<'_>) -> Result<Target, String> {
    let name: Name = words.name()?;
    Ok(
        if !name.exact && matches!(name.text.as_str(), "errors" | "error_stream") {
            Target::Errors
        } else {
            Target::Stream(name)
        },
    )
}

#[cfg(test)]
mod tests;
