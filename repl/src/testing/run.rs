//! Runs one test: input steps into the dataflow, expectations against what has come out since.
//!
//! The clock moves only by the test's own lines. At the end the input ends, and whatever then is left over
//! is something that nobody expected.

use std::collections::{BTreeSet, HashMap};

use rowtime_engine::clock::Clock;
use rowtime_engine::dataflow::errors::{ErrorRow, PumpCounts};
use rowtime_engine::dataflow::{Dataflow, Step, StreamRows};
use rowtime_engine::datetime::{self, DAY_MS};
use rowtime_engine::pipeline::TableLoad;
use rowtime_engine::plan::{Application, StreamId, TableId};

use super::case::{Action, CountExpectation, Expectation, Name, Target, TestCase};
pub use super::diff::Mark;
use super::expected::{self, Came};
use super::findings;
use super::input::{self, InputClock};
use super::prepare::{Block, Prepared, find_stream};
use crate::script;

/// How tests are driven.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Most rows in one step.
    pub batch_rows: usize,
    /// Save the state to bytes and load it into a new dataflow after every step.
    pub restore: bool,
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Line of the test file.
    pub line: usize,
    /// One sentence.
    pub headline: String,
    /// The difference.
    pub lines: Vec<(Mark, String)>,
    /// `--bless` makes it right.
    pub blessable: bool,
}

impl Failure {
    /// A failure without a table.
    pub fn new(line: usize, headline: impl Into<String>) -> Self {
        Self {
            line,
            headline: headline.into(),
            lines: Vec::new(),
            blessable: false,
        }
    }
}

/// Lines of the test file that `--bless` replaces: from `start` up to, not including, `end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// First line, from 1.
    pub start: usize,
    /// One past the last line.
    pub end: usize,
    /// What stands there instead.
    pub lines: Vec<String>,
}

/// What came of a test.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Empty when it passed.
    pub failures: Vec<Failure>,
    /// What `--bless` would write.
    pub edits: Vec<Edit>,
}

/// Runs a test.
pub fn run(prepared: &Prepared<'_>, options: RunOptions) -> Outcome {
    let mut outcome = Outcome::default();
    findings::check(prepared, &mut outcome);
    if !prepared.compiled.has_errors() {
        Driver::new(prepared, options).drive(prepared, &mut outcome);
    }
    outcome
}

struct Driver<'a> {
    case: &'a TestCase,
    app: &'a Application,
    options: RunOptions,
    flow: Dataflow,
    clock: Clock,
    input: InputClock,
    /// What the tables are still to hold.
    tables: std::slice::Iter<'a, Option<(TableId, TableLoad)>>,
    /// Rows since the last expectation, by stream.
    rows: Vec<Vec<StreamRows>>,
    errors: Vec<ErrorRow>,
    errors_total: u64,
    documents: u64,
    decoded: u64,
    ended: bool,
}

impl<'a> Driver<'a> {
    fn new(prepared: &'a Prepared<'a>, options: RunOptions) -> Self {
        let (case, app) = (prepared.case, &prepared.compiled.application);
        let start_ms = first_instant(prepared);
        Self {
            case,
            app,
            options,
            flow: Dataflow::new(app),
            clock: Clock {
                run_start_ms: case.now_ms.unwrap_or(start_ms),
                row_ms: case.now_ms,
            },
            input: InputClock {
                last_ms: start_ms,
                streams: HashMap::new(),
                rows_raised: 0,
            },
            tables: prepared.tables.iter(),
            rows: vec![Vec::new(); app.streams.len()],
            errors: Vec::new(),
            errors_total: 0,
            documents: 0,
            decoded: 0,
            ended: false,
        }
    }

    fn drive(&mut self, prepared: &Prepared<'_>, outcome: &mut Outcome) {
        let mut together: Vec<&Block> = Vec::new();
        for (i, action) in self.case.actions.iter().enumerate() {
            if let Some(block) = prepared.blocks.get(i).and_then(Option::as_ref) {
                together.push(block);
                let goes_on = self.case.actions.get(i + 1).is_some_and(Action::is_input);
                if goes_on {
                    continue;
                }
            }
            let done = self.act(action, &std::mem::take(&mut together), outcome);
            if let Err(failure) = done {
                outcome.failures.push(failure);
                // The engine is in no state to go on with.
                return;
            }
        }
        if let Err(failure) = self.finish(outcome) {
            outcome.failures.push(failure);
        }
    }

    fn act(&mut self, action: &Action, blocks: &[&Block], outcome: &mut Outcome) -> Result<(), Failure> {
        match action {
            Action::Rows(_) | Action::Records(_) => self.feed(blocks),
            Action::Table(_) => self.load_table(),
            Action::Advance(line, ms) => self.advance(*line, *ms),
            Action::End(_) => self.end(),
            Action::Expect(expect) => {
                self.expect(expect, outcome);
                Ok(())
            }
            Action::Count(count) => {
                self.count(count, outcome);
                Ok(())
            }
        }
    }

    fn feed(&mut self, blocks: &[&Block]) -> Result<(), Failure> {
        self.documents += blocks.iter().map(|b| b.documents).sum::<u64>();
        self.decoded += blocks.iter().map(|b| b.decoded).sum::<u64>();
        let steps = input::steps(blocks, &mut self.input, self.clock, self.options.batch_rows);
        steps.into_iter().try_for_each(|step| self.step(step))
    }

    /// A step that changes what a table holds and brings nothing else.
    fn load_table(&mut self) -> Result<(), Failure> {
        let Some(Some((table, load))) = self.tables.next() else {
            return Ok(());
        };
        let at_ms = self.input.last_ms;
        let errors = load.errors.iter().map(|e| {
            let place = Some(e.position.as_str());
            ErrorRow::new(at_ms, e.name, &e.message, place, e.raw.clone(), None)
        });
        self.step(Step {
            tables: vec![(*table, load.contents.clone())],
            inputs: Vec::new(),
            errors: errors.collect(),
            advance_ms: None,
            clock: self.clock,
        })
    }

    fn advance(&mut self, line: usize, ms: i64) -> Result<(), Failure> {
        if ms < self.input.last_ms {
            let last = datetime::timestamp_text(self.input.last_ms);
            return Err(Failure::new(
                line,
                format!("the clock cannot go back: it is {last} already"),
            ));
        }
        self.input.last_ms = ms;
        self.step(self.bound(ms))
    }

    fn end(&mut self) -> Result<(), Failure> {
        self.ended = true;
        self.step(self.bound(i64::MAX))
    }

    fn bound(&self, ms: i64) -> Step {
        Step {
            tables: Vec::new(),
            inputs: Vec::new(),
            errors: Vec::new(),
            advance_ms: Some(ms),
            clock: self.clock,
        }
    }

    fn step(&mut self, step: Step) -> Result<(), Failure> {
        let output = self.flow.step(step);
        for rows in output.rows {
            if let Some(waiting) = self.rows.get_mut(rows.stream) {
                waiting.push(rows);
            }
        }
        self.errors_total += output.errors.len() as u64;
        self.errors.extend(output.errors);
        if self.options.restore {
            let restored = self.flow.save().and_then(|bytes| {
                let mut fresh = Dataflow::new(self.app);
                fresh.load(&bytes)?;
                Ok(fresh)
            });
            self.flow = restored.map_err(|e| Failure::new(self.case.line, e.to_string()))?;
        }
        Ok(())
    }

    fn expect(&mut self, expect: &Expectation, outcome: &mut Outcome) {
        match &expect.target {
            Target::Errors => {
                let errors = std::mem::take(&mut self.errors);
                expected::check(expect, &Came::Errors(&errors), outcome);
            }
            Target::Stream(name) => {
                let Some(id) = find_stream(self.app, name) else {
                    return;
                };
                let (Some(stream), Some(rows)) = (self.app.streams.get(id), self.rows.get_mut(id)) else {
                    return;
                };
                let rows = std::mem::take(rows);
                expected::check(expect, &Came::Rows(stream, &rows), outcome);
            }
        }
    }

    fn count(&self, count: &CountExpectation, outcome: &mut Outcome) {
        let value = match self.counter(count) {
            Ok(value) => value,
            Err(message) => {
                outcome.failures.push(Failure::new(count.line, message));
                return;
            }
        };
        let of = count
            .pump
            .as_ref()
            .map(|p| format!(" of {}", expected::target_name(&Target::Stream(p.clone()))));
        let text = |n: u64| format!("count {}{} = {n}", count.counter, of.as_deref().unwrap_or(""));
        if value != count.value {
            outcome.failures.push(Failure {
                line: count.line,
                headline: "the counter has another value".to_owned(),
                lines: vec![(Mark::Minus, text(count.value)), (Mark::Plus, text(value))],
                blessable: true,
            });
            outcome.edits.push(Edit {
                start: count.line,
                end: count.line + 1,
                lines: vec![text(value)],
            });
        }
    }

    fn counter(&self, count: &CountExpectation) -> Result<u64, String> {
        let of_run = match (count.counter.as_str(), &count.pump) {
            ("rows_raised", None) => Some(self.input.rows_raised),
            ("documents", None) => Some(self.documents),
            ("decoded", None) => Some(self.decoded),
            ("error_documents", None) => Some(self.documents.saturating_sub(self.decoded)),
            ("error_rows", None) => Some(self.errors_total),
            ("open_groups", None) => Some(self.flow.open_groups() as u64),
            _ => None,
        };
        if let Some(value) = of_run {
            return Ok(value);
        }
        let field = pump_counter(&count.counter).ok_or_else(|| {
            format!(
                "there is no counter {}: there are rows_raised, documents, decoded, error_documents, error_rows, \
                 open_groups, and of pumps rows_in, rows_passed, rows_filtered, rows_failed, rows_late, rows_out, \
                 groups_filtered, groups_failed",
                count.counter
            )
        })?;
        let pumps = self.flow.counts();
        match &count.pump {
            None => Ok(pumps.iter().map(|(_, c)| field(c)).sum()),
            Some(name) => pumps
                .iter()
                .find(|(pump, _)| *pump == name.text || (!name.exact && *pump == name.text.to_uppercase()))
                .map(|(_, c)| field(c))
                .ok_or_else(|| format!("there is no pump {}", name.text)),
        }
    }

    /// The implied end, and whatever is left over then.
    fn finish(&mut self, outcome: &mut Outcome) -> Result<(), Failure> {
        let mut lines = self.left_over(outcome);
        if !self.ended && !self.case.hold {
            self.end()?;
            let after = self.left_over(outcome);
            if !after.is_empty() {
                lines.extend([String::new(), "end".to_owned()]);
                lines.extend(after);
            }
        }
        if !lines.is_empty() {
            let at = self.case.end_line + 1;
            outcome.edits.push(Edit {
                start: at,
                end: at,
                lines,
            });
        }
        Ok(())
    }

    /// Failures for what nobody expected; returns the lines that would expect it.
    fn left_over(&mut self, outcome: &mut Outcome) -> Vec<String> {
        let (line, date) = (self.case.line, self.case.date);
        let mut lines = Vec::new();
        let mut note = |left: Option<(Failure, Vec<String>)>| {
            if let Some((failure, expectation)) = left {
                outcome.failures.push(failure);
                lines.extend(expectation);
            }
        };
        for id in self.watched() {
            let (Some(stream), Some(rows)) = (self.app.streams.get(id), self.rows.get_mut(id)) else {
                continue;
            };
            let rows = std::mem::take(rows);
            let target = Target::Stream(plainest_name(self.app, id));
            note(expected::unexpected(
                line,
                &target,
                &Came::Rows(stream, &rows),
                date,
            ));
        }
        if !self.case.ignored.iter().any(|(_, t)| *t == Target::Errors) {
            let errors = std::mem::take(&mut self.errors);
            note(expected::unexpected(
                line,
                &Target::Errors,
                &Came::Errors(&errors),
                date,
            ));
        }
        lines
    }

    /// Streams whose every row must be expected: those that no pump reads, and those that the test looks at.
    fn watched(&self) -> BTreeSet<StreamId> {
        let of = |target: &Target| match target {
            Target::Stream(name) => find_stream(self.app, name),
            Target::Errors => None,
        };
        let looked_at = self.case.actions.iter().filter_map(|action| match action {
            Action::Expect(expect) => of(&expect.target),
            _ => None,
        });
        let mut watched: BTreeSet<StreamId> =
            script::outputs(self.app).into_iter().chain(looked_at).collect();
        for (_, target) in &self.case.ignored {
            if let Some(id) = of(target) {
                watched.remove(&id);
            }
        }
        watched
    }
}

/// The time at which a test begins: that of its first row or advance.
fn first_instant(prepared: &Prepared<'_>) -> i64 {
    let of_block = |block: &Block| block.arrivals_ms.iter().flatten().copied().min();
    let mut first = None;
    for (i, action) in prepared.case.actions.iter().enumerate() {
        match (action, prepared.blocks.get(i).and_then(Option::as_ref)) {
            (Action::Advance(_, ms), _) => first = first.or(Some(*ms)),
            (_, Some(block)) => first = [first, of_block(block)].into_iter().flatten().min(),
            _ => {}
        }
        let adjacent = action.is_input() && prepared.case.actions.get(i + 1).is_some_and(Action::is_input);
        if first.is_some() && !adjacent {
            break;
        }
    }
    first.unwrap_or(prepared.case.date * DAY_MS)
}

/// The name of a stream, in quotes only where a bare word would not mean it.
fn plainest_name(app: &Application, id: StreamId) -> Name {
    let text = app.streams.get(id).map(|s| s.name.clone()).unwrap_or_default();
    let bare = Name {
        text: text.clone(),
        exact: false,
    };
    let word = !text.contains(|c: char| c.is_whitespace() || c == '"')
        && !matches!(text.as_str(), "errors" | "error_stream");
    if word && find_stream(app, &bare) == Some(id) {
        bare
    } else {
        Name { text, exact: true }
    }
}

fn pump_counter(name: &str) -> Option<fn(&PumpCounts) -> u64> {
    Some(match name {
        "rows_in" => |c| c.rows_in,
        "rows_passed" => |c| c.rows_passed,
        "rows_filtered" => |c| c.rows_filtered,
        "rows_failed" => |c| c.rows_failed,
        "rows_late" => |c| c.rows_late,
        "rows_out" => |c| c.rows_out,
        "groups_filtered" => |c| c.groups_filtered,
        "groups_failed" => |c| c.groups_failed,
        _ => return None,
    })
}
