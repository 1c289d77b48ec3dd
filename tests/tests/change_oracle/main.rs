//! A running application changes: nothing shows of it for the pumps that stay, what is new is as it would be had nothing
//! come before, and nothing that was written is lost.
//!
//! What a pump says is known by the tag of its rows, so that each is held against its own rows in other runs of the same
//! engine: of the application that never changed, and of the new one over the rest alone. That finds whatever is lost,
//! doubled, reordered or left over by a change, and every way of cutting in which one shows; the other oracles say
//! whether a pump is right at all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use rowtime_engine::clock::Clock;
use rowtime_engine::dataflow::errors::PumpCounts;
use rowtime_engine::dataflow::{Dataflow, Step, StepOutput, StreamRows};
use rowtime_engine::plan::Application;
use rowtime_engine::row_text;
use rowtime_tests::drive::application;
use rowtime_tests::rows::{Row, columns};
use rowtime_tests::seeds;

mod case;
use case::{Alteration, Case, Happening, Pump, case};

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 1] = [100];

#[derive(Debug, Clone, Copy)]
struct Cut {
    rows: usize,
    restore: bool,
}

/// The ways in which every case is cut and restored.
const CUTS: [Cut; 4] = [
    Cut {
        rows: 1,
        restore: false,
    },
    Cut {
        rows: 1,
        restore: true,
    },
    Cut {
        rows: 7,
        restore: true,
    },
    WHOLE,
];

const WHOLE: Cut = Cut {
    rows: 1_000,
    restore: false,
};

/// A row that left: its stream, ROWTIME, and the rest with the tag of its pump in front.
type Line = (String, i64, String);

#[derive(Debug, Default, PartialEq)]
struct Outcome {
    lines: Vec<Line>,
    /// ROWTIME, name and pump.
    errors: Vec<(i64, String)>,
    counts: BTreeMap<String, PumpCounts>,
    /// Books of pumps that are gone, and what every stream's bound was at the change.
    gone: BTreeMap<String, PumpCounts>,
    bounds: BTreeMap<String, i64>,
}

struct Drive {
    app: Application,
    flow: Dataflow,
    cut: Cut,
    outcome: Outcome,
}

impl Drive {
    fn new(app: Application, cut: Cut) -> Self {
        Self {
            flow: Dataflow::new(&app),
            app,
            cut,
            outcome: Outcome::default(),
        }
    }

    fn clock() -> Clock {
        Clock {
            run_start_ms: 0,
            row_ms: None,
        }
    }

    fn step(&mut self, inputs: Vec<StreamRows>, advance_ms: Option<i64>) {
        let output = self.flow.step(Step {
            tables: Vec::new(),
            inputs,
            errors: Vec::new(),
            advance_ms,
            clock: Self::clock(),
        });
        self.note(&output);
        self.restore();
    }

    fn restore(&mut self) {
        if self.cut.restore {
            let bytes = self.flow.save().unwrap();
            self.flow = Dataflow::new(&self.app);
            self.flow.load(&bytes).unwrap();
        }
    }

    fn note(&mut self, output: &StepOutput) {
        for rows in &output.rows {
            let stream = &self.app.streams[rows.stream];
            for (row, &rowtime) in rows.rowtimes.iter().enumerate() {
                let mut line = String::new();
                row_text::write_json_row(&mut line, stream.declared_fields(), &rows.columns, row);
                self.outcome.lines.push((stream.name.clone(), rowtime, line));
            }
        }
        for error in &output.errors {
            let text = format!("{} {}", error.pump.as_deref().unwrap_or("null"), error.name);
            self.outcome.errors.push((error.rowtime_ms, text));
        }
    }

    fn feed(&mut self, happenings: &[Happening]) {
        let mut waiting: Vec<(bool, &Row)> = Vec::new();
        for happening in happenings {
            match happening {
                Happening::Row(in_t, row) => {
                    waiting.push((*in_t, row));
                    if waiting.len() == self.cut.rows {
                        self.feed_rows(&mut waiting);
                    }
                }
                Happening::Clock(to) => {
                    self.feed_rows(&mut waiting);
                    self.step(Vec::new(), Some(*to));
                }
            }
        }
        self.feed_rows(&mut waiting);
    }

    fn feed_rows(&mut self, waiting: &mut Vec<(bool, &Row)>) {
        let rows = std::mem::take(waiting);
        let of = |in_t: bool| -> Vec<Row> {
            let rows = rows.iter().filter(|(t, _)| *t == in_t);
            rows.map(|(_, row)| (*row).clone()).collect()
        };
        let inputs = ["S", "T"].iter().zip([of(false), of(true)]).map(|(name, rows)| {
            let stream = self.app.streams.iter().position(|s| s.name == *name).unwrap();
            let mut columns = columns(&rows);
            let missing = self.app.streams[stream].fields.len() - columns.len();
            let none = arrow::array::new_null_array(&arrow::datatypes::DataType::Null, rows.len());
            columns.extend(std::iter::repeat_n(none, missing));
            StreamRows {
                stream,
                rowtimes: rows.iter().map(|r| r.t).collect(),
                columns,
            }
        });
        let inputs: Vec<StreamRows> = inputs.filter(|rows| !rows.rowtimes.is_empty()).collect();
        if !inputs.is_empty() {
            self.step(inputs, None);
        }
    }

    fn change(&mut self, app: Application) -> Vec<(String, usize)> {
        for (id, stream) in self.app.streams.iter().enumerate() {
            let bound = self.flow.stream_bound_ms(id);
            self.outcome.bounds.insert(stream.name.clone(), bound);
        }
        let before: BTreeMap<String, PumpCounts> = self.flow.counts().into_iter().collect();
        let changed = self.flow.change(&app);
        for (name, _) in &changed.gone {
            self.outcome.gone.insert(name.clone(), before[name]);
        }
        self.app = app;
        self.restore();
        changed.gone
    }

    fn end(mut self) -> Outcome {
        self.step(Vec::new(), Some(i64::MAX));
        self.outcome.counts = self.flow.counts().into_iter().collect();
        self.outcome
    }
}

impl Outcome {
    /// The rows of one pump, in one stream.
    fn of(&self, pump: &str) -> Vec<&Line> {
        let tag = format!("{{\"TAG\":\"{pump}\"");
        self.lines
            .iter()
            .filter(|(_, _, row)| row.starts_with(&tag))
            .collect()
    }

    fn errors_of(&self, pump: &str) -> Vec<&(i64, String)> {
        let of = format!("{pump} ");
        self.errors.iter().filter(|(_, e)| e.starts_with(&of)).collect()
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, wanted: &[T], got: &[T]) -> Result<(), String> {
    if wanted == got {
        return Ok(());
    }
    let at = wanted.iter().zip(got).take_while(|(w, g)| w == g).count();
    Err(format!(
        "{what}: {} wanted, {} got; at {at}: wanted {:?}, got {:?}",
        wanted.len(),
        got.len(),
        wanted.get(at),
        got.get(at)
    ))
}

/// What holds of every outcome: streams and errors are in order, books balance, and what was written has left.
fn sound(outcome: &Outcome) -> Result<(), String> {
    let mut last: BTreeMap<&str, i64> = BTreeMap::new();
    for (stream, rowtime, row) in &outcome.lines {
        if last
            .insert(stream, *rowtime)
            .is_some_and(|before| before > *rowtime)
        {
            return Err(format!("{stream} goes back at {rowtime} {row}"));
        }
    }
    if !outcome.errors.is_sorted_by_key(|e| e.0) {
        return Err("error_stream goes back".to_owned());
    }
    for (pump, c) in outcome.counts.iter().chain(&outcome.gone) {
        if c.rows_in != c.rows_passed + c.rows_filtered + c.rows_failed + c.rows_late {
            return Err(format!("the books of {pump} do not balance: {c:?}"));
        }
    }
    for pump in ["A", "B", "C", "D", "Q"] {
        let count = |all: &BTreeMap<String, PumpCounts>| all.get(pump).copied().unwrap_or_default();
        let (now, gone) = (count(&outcome.counts), count(&outcome.gone));
        let left = outcome.of(pump).len() as u64;
        if left != now.rows_out + gone.rows_out {
            return Err(format!(
                "{pump} wrote {} + {} rows and {left} left",
                gone.rows_out, now.rows_out
            ));
        }
        let failed = |c: PumpCounts| c.rows_failed + c.rows_late + c.groups_failed;
        let told = outcome.errors_of(pump).len() as u64;
        if told != failed(now) + failed(gone) {
            return Err(format!("{pump}: {told} errors were told; {now:?} {gone:?}"));
        }
    }
    Ok(())
}

/// What the application before the change says of all, and the one after it of the rest.
fn others(case: &Case, [before, after]: &[Application; 2]) -> [Outcome; 2] {
    [(before, 0), (after, case.at)].map(|(app, from)| {
        let mut drive = Drive::new(app.clone(), WHOLE);
        drive.feed(&case.happenings[from..]);
        drive.end()
    })
}

fn judge(case: &Case, changed: &Outcome, [unchanged, fresh]: &[Outcome; 2]) -> Result<(), String> {
    sound(changed)?;
    let staying = ["A", "B", "C", "D"];
    for pump in staying {
        same(pump, &unchanged.of(pump), &changed.of(pump))?;
        same(pump, &unchanged.errors_of(pump), &changed.errors_of(pump))?;
        if unchanged.counts[pump] != changed.counts[pump] {
            return Err(format!("the books of {pump} have changed"));
        }
    }
    if case.alteration == Alteration::Moved {
        same("Q", &unchanged.of("Q"), &changed.of("Q"))?;
        return same("Q", &unchanged.errors_of("Q"), &changed.errors_of("Q"));
    }
    let floor = changed.bounds[case.q[1].target];
    let expected: Vec<Line> = fresh
        .of("Q")
        .into_iter()
        .map(|(stream, rowtime, row)| (stream.clone(), (*rowtime).max(floor), row.clone()))
        .collect();
    // Only a pump that says which time it is can be ahead of its input, or behind.
    let restamps = case.others.iter().chain(&case.q).any(Pump::restamps);
    if !restamps && fresh.of("Q").iter().any(|line| line.1 < floor) {
        return Err("a row of Q is older than what has left".to_owned());
    }
    let written = changed.gone.get("Q").map_or(0, |c| c.rows_out) as usize;
    let mine: Vec<Line> = changed.of("Q").into_iter().cloned().collect();
    let old: Vec<Line> = unchanged.of("Q").into_iter().take(written).cloned().collect();
    // What the pump before had written may still leave behind the first rows of the one after.
    let mut wanted: Vec<Line> = old.iter().chain(&expected).cloned().collect();
    let mut got = mine.clone();
    if mine[..written.min(mine.len())] != old[..] {
        wanted.sort();
        got.sort();
    }
    same("Q", &wanted, &got)?;
    if fresh.counts.get("Q") != changed.counts.get("Q") {
        return Err("the books of Q are not those of a new pump".to_owned());
    }
    Ok(())
}

fn check_case(seed: u64) -> Result<(), String> {
    let case = case(seed);
    let scripts = case.scripts();
    let apps = scripts.each_ref().map(|script| application(script));
    let others = others(&case, &apps);
    let mut first: Option<Outcome> = None;
    for cut in CUTS {
        let explain = |e: String| {
            let [before, after] = &scripts;
            format!("seed {seed}, {cut:?}: {e}\nbefore {before}\nafter {after}")
        };
        let [before, after] = apps.clone();
        let mut drive = Drive::new(before, cut);
        drive.feed(&case.happenings[..case.at]);
        drive.change(after);
        drive.feed(&case.happenings[case.at..]);
        let mut outcome = drive.end();
        judge(&case, &outcome, &others).map_err(explain)?;
        // Between streams there is no order; within each there is.
        outcome.lines.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(first) = &first {
            same("cuts show", &first.lines, &outcome.lines).map_err(explain)?;
            same("cuts show", &first.errors, &outcome.errors).map_err(explain)?;
        }
        first.get_or_insert(outcome);
    }
    Ok(())
}

#[test]
fn a_change_does_not_show_for_pumps_that_stay() {
    seeds::check_all(&SAVED_SEEDS, 20, check_case);
}
