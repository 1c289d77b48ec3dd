//! Prints how many rows a second RANDOM_CUT_FOREST scores in the built program, beside a bare loop over krcf.
//!
//! `cargo build --release -p rowtime`, then `taskset -c 0 cargo run --release -p rowtime-tests --example forest_rate
//! [ROWS]` (Linux). Both get the same rows of a noisy season, and default parameters. The program reads them from a CSV
//! file and writes all columns and the score to a CSV file; the loop has them in memory and keeps nothing. Time is that
//! of the processor, so that other work on the machine shows less.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use krcf::{RandomCutForest, RandomCutForestOptions};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let count = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 100_000,
    };
    let folder = tempfile::tempdir()?;
    println!("rows a second of {count}, 100 trees of 256       krcf   rowtime  times");
    for columns in [1, 3] {
        let rows = season(count, columns);
        let input = write_rows(folder.path(), &rows)?;
        for explained in [false, true] {
            let in_loop = rate(count, || krcf_loop(&rows, explained))?;
            let in_run = rate(count, || run(folder.path(), &input, columns, explained))?;
            let what = if explained {
                "score and attribution"
            } else {
                "score"
            };
            let times = in_run / in_loop;
            println!("{columns} columns, {what:<22} {in_loop:>16.0} {in_run:>9.0} {times:>6.2}");
        }
    }
    Ok(())
}

/// Rows of a season of 288, noisy, each column behind the one before it.
fn season(count: usize, columns: usize) -> Vec<Vec<f64>> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut value = |row: usize, column: usize| {
        let phase = (row + 40 * column) as f64 / 288.0 * std::f64::consts::TAU;
        let noise = random.f64() + random.f64() + random.f64();
        ((100.0 + 10.0 * phase.sin() + noise) * 1e4).round() / 1e4
    };
    (0..count)
        .map(|row| (0..columns).map(|column| value(row, column)).collect())
        .collect()
}

/// Rows a second of processor time, of this process and its children.
fn rate(rows: usize, work: impl FnOnce() -> Result<(), Failure>) -> Result<f64, Failure> {
    let before = processor_seconds()?;
    work()?;
    Ok(rows as f64 / (processor_seconds()? - before))
}

/// User and system time so far, from the ticks of a hundredth that Linux counts.
fn processor_seconds() -> Result<f64, Failure> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name.split_whitespace().skip(11).take(4);
    let sum = ticks.map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(sum as f64 / 100.0)
}

fn write_rows(folder: &Path, rows: &[Vec<f64>]) -> Result<PathBuf, Failure> {
    let mut text = String::new();
    for row in rows {
        for (i, value) in row.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(text, "{comma}{value}")?;
        }
        text.push('\n');
    }
    let path = folder.join("rows.csv");
    fs::write(&path, text)?;
    Ok(path)
}

/// The program over a file, as a user starts it.
fn run(folder: &Path, input: &Path, columns: usize, explained: bool) -> Result<(), Failure> {
    let names: Vec<String> = (1..=columns).map(|i| format!("X{i} DOUBLE")).collect();
    let names = names.join(", ");
    let (function, arguments, column) = if explained {
        (
            "RANDOM_CUT_FOREST_WITH_EXPLANATION",
            ", 100, 256, 100000, 1, TRUE",
            ", E VARCHAR(20480)",
        )
    } else {
        ("RANDOM_CUT_FOREST", "", "")
    };
    let script = format!(
        "CREATE STREAM \"IN\" ({names});\nCREATE STREAM \"OUT\" ({names}, SCORE DOUBLE{column});\n\
         CREATE PUMP P AS INSERT INTO \"OUT\" SELECT STREAM * FROM TABLE({function}(CURSOR(SELECT STREAM * FROM \"IN\")\
         {arguments}));\n"
    );
    let (app, output) = (folder.join("app.sql"), folder.join("out.csv"));
    fs::write(&app, script)?;
    let status = Command::new(program()?)
        .arg("run")
        .arg(&app)
        .arg("--source")
        .arg(format!("IN={}", input.display()))
        .arg("--sink")
        .arg(format!("OUT={}", output.display()))
        .args(["--progress", "never"])
        .status()?;
    if !status.success() {
        return Err(format!("rowtime ended with {status}").into());
    }
    let (rows, scored) = (fs::read_to_string(input)?, fs::read_to_string(output)?);
    if rows.lines().count() != scored.lines().count() {
        return Err("rows are missing from the output".into());
    }
    Ok(())
}

/// The program of the same build.
fn program() -> Result<PathBuf, Failure> {
    let example = std::env::current_exe()?;
    let build = example.parent().and_then(Path::parent).ok_or("no build folder")?;
    Ok(build.join("rowtime"))
}

fn krcf_loop(rows: &[Vec<f64>], explained: bool) -> Result<(), Failure> {
    let mut forest = RandomCutForest::new(RandomCutForestOptions {
        dimensions: rows[0].len(),
        shingle_size: 1,
        num_trees: Some(100),
        sample_size: Some(256),
        random_seed: Some(1),
        parallel_execution_enabled: Some(false),
        lambda: Some(1e-5),
        initial_accept_fraction: Some(1.0),
        ..RandomCutForestOptions::default()
    })?;
    let mut record = vec![0.0; rows[0].len()];
    for row in rows {
        record
            .iter_mut()
            .zip(row)
            .for_each(|(to, from)| *to = *from as f32);
        if explained {
            std::hint::black_box(forest.attribution(&record)?);
        } else {
            std::hint::black_box(forest.score(&record)?);
        }
        forest.update(&record)?;
    }
    Ok(())
}
