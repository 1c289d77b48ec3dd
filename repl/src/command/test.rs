//! `rowtime test PATH…`: finds the files, reads all of them, runs the tests, tells what failed.
//!
//! A malformed file stops everything before the first test runs: half a result would be taken for a whole.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::options::TestCommand;
use crate::report;
use crate::stdout;
use crate::testing::case::{Fault, TestFile};
use crate::testing::junit::{self, JunitCase};
use crate::testing::run::{self, Mark, Outcome, RunOptions};
use crate::testing::{Prepared, bless, file, prepare};

/// The extension of test files.
const EXTENSION: &str = "test";

/// Runs the command.
pub fn execute(args: &TestCommand) -> Result<(), Failure> {
    let files = read_all(&find_all(&args.paths)?)?;
    let chosen = prepare_all(&files, args)?;
    let options = RunOptions {
        batch_rows: args.batch_rows.unwrap_or(usize::MAX),
        restore: args.restore.is_some(),
    };
    let mut tally = Tally::default();
    for (file, tests) in &chosen {
        let mut edits = Vec::new();
        for test in tests {
            let mut outcome = run_guarded(test, options);
            if args.bless {
                outcome.failures.retain(|f| !f.blessable);
                edits.append(&mut outcome.edits);
            }
            tally.add(file, test, &outcome, args.verbose)?;
        }
        if args.bless {
            tally.blessed += usize::from(write_blessed(file, &edits)?);
        }
    }
    if let Some(path) = &args.junit {
        std::fs::write(path, junit::xml(&tally.cases))
            .map_err(|e| Failure::Failed(format!("{}: {e}", path.display())))?;
    }
    if tally.blessed > 0 {
        report::note(&match tally.blessed {
            1 => "one file rewritten; read the difference".to_owned(),
            n => format!("{n} files rewritten; read the difference"),
        });
    }
    stdout::answer(&format!("{} passed, {} failed\n", tally.passed, tally.failed))?;
    if tally.failed > 0 {
        Err(Failure::FailedAsReported)
    } else {
        Ok(())
    }
}

/// The test files below the paths, without repeats, folders in name order.
fn find_all(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found: Vec<PathBuf> = Vec::new();
    for path in paths {
        let before = found.len();
        if path.is_dir() {
            search(path, &mut found).map_err(|e| Failure::Wrong(format!("{}: {e}", path.display())))?;
            if found.len() == before {
                return Err(Failure::Wrong(format!(
                    "{}: no .{EXTENSION} file below this folder",
                    path.display()
                )));
            }
        } else if path.exists() {
            found.push(path.clone());
        } else {
            return Err(Failure::Wrong(format!(
                "{}: no such file or folder",
                path.display()
            )));
        }
    }
    let mut unique: Vec<PathBuf> = Vec::new();
    for path in found {
        if !unique.contains(&path) {
            unique.push(path);
        }
    }
    Ok(unique)
}

fn search(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            search(&path, found)?;
        } else if path.extension().is_some_and(|e| e == EXTENSION) {
            found.push(path);
        }
    }
    Ok(())
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<TestFile>, Failure> {
    let (mut files, mut sound) = (Vec::new(), true);
    for path in paths {
        let text =
            std::fs::read_to_string(path).map_err(|e| Failure::Wrong(format!("{}: {e}", path.display())))?;
        match file::parse(path, text) {
            Ok(file) => files.push(file),
            Err(faults) => {
                sound = false;
                report_faults(path, &faults);
            }
        }
    }
    if sound {
        Ok(files)
    } else {
        Err(Failure::WrongAsReported)
    }
}

fn report_faults(path: &Path, faults: &[Fault]) {
    for fault in faults {
        report::complain(&format!("{}:{}: {}", path.display(), fault.line, fault.message));
    }
}

type Chosen<'a> = Vec<(&'a TestFile, Vec<Prepared<'a>>)>;

fn prepare_all<'a>(files: &'a [TestFile], args: &TestCommand) -> Result<Chosen<'a>, Failure> {
    let (mut chosen, mut sound) = (Vec::new(), true);
    for file in files {
        let path = file.path.to_string_lossy();
        let wanted = |name: &str| {
            args.filter
                .as_ref()
                .is_none_or(|s| path.contains(s.as_str()) || name.contains(s.as_str()))
        };
        let (mut tests, mut faults) = (Vec::new(), Vec::new());
        for case in file.tests.iter().filter(|t| wanted(&t.name)) {
            match prepare(case, args.threads) {
                Ok(test) => tests.push(test),
                Err(found) => faults.extend(found),
            }
        }
        // What all tests of a file share is wrong in each of them.
        faults.sort();
        faults.dedup();
        sound &= faults.is_empty();
        report_faults(&file.path, &faults);
        chosen.push((file, tests));
    }
    if !sound {
        return Err(Failure::WrongAsReported);
    }
    if let Some(filter) = &args.filter
        && chosen.iter().all(|(_, tests)| tests.is_empty())
    {
        return Err(Failure::Wrong(format!(
            "--filter {filter}: no file path or test name contains it"
        )));
    }
    Ok(chosen)
}

/// A fault in the engine fails this test and leaves the others their chance.
fn run_guarded(test: &Prepared<'_>, options: RunOptions) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| run::run(test, options))).unwrap_or_else(|_| Outcome {
        failures: vec![run::Failure::new(
            test.case.line,
            "rowtime itself failed; please report this",
        )],
        edits: Vec::new(),
    })
}

fn write_blessed(file: &TestFile, edits: &[run::Edit]) -> Result<bool, Failure> {
    let blessed = bless::apply(&file.text, edits);
    if blessed == file.text {
        return Ok(false);
    }
    std::fs::write(&file.path, blessed)
        .map_err(|e| Failure::Failed(format!("{}: {e}", file.path.display())))?;
    Ok(true)
}

/// What happened so far.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    blessed: usize,
    cases: Vec<JunitCase>,
}

impl Tally {
    fn add(
        &mut self,
        file: &TestFile,
        test: &Prepared<'_>,
        outcome: &Outcome,
        verbose: bool,
    ) -> Result<(), Failure> {
        let path = file.path.display().to_string();
        let name = &test.case.name;
        let passed = outcome.failures.is_empty();
        if passed {
            self.passed += 1;
            if verbose {
                stdout::answer(&format!("ok     {path}:{} {name}\n", test.case.line))?;
            }
        } else {
            self.failed += 1;
            stdout::answer(&failure_text(&path, test, outcome, report::colour_on_stdout()))?;
        }
        let failures = outcome.failures.iter().map(|f| {
            let text = f
                .lines
                .iter()
                .map(|(mark, line)| format!("{}{line}\n", sign(*mark)));
            (format!("{path}:{}: {}", f.line, f.headline), text.collect())
        });
        self.cases.push(JunitCase {
            file: path.clone(),
            name: name.clone(),
            failures: failures.collect(),
        });
        Ok(())
    }
}

fn sign(mark: Mark) -> &'static str {
    match mark {
        Mark::Both => "  ",
        Mark::Minus => "- ",
        Mark::Plus => "+ ",
    }
}

/// The failures of one test; `-` is expected and missing, `+` came and was not expected.
fn failure_text(path: &str, test: &Prepared<'_>, outcome: &Outcome, colour: bool) -> String {
    let paint = |code: &str, text: &str| {
        if colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    };
    let mut out = format!(
        "{} {path}:{} {}\n",
        paint("1;31", "FAILED"),
        test.case.line,
        test.case.name
    );
    for failure in &outcome.failures {
        let _ = writeln!(out, "  {path}:{}: {}", failure.line, failure.headline);
        for (mark, line) in &failure.lines {
            let line = format!("{}{line}", sign(*mark));
            let line = match mark {
                Mark::Both => line,
                Mark::Minus => paint("31", &line),
                Mark::Plus => paint("32", &line),
            };
            let _ = writeln!(out, "    {line}");
        }
    }
    out.push('\n');
    out
}
