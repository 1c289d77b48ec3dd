//! Local streams as processes use them: appended to and read at once, killed, replayed, followed, written as a sink.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};

use crate::machine::{COPY, Folder, finish, until, wait};

/// Copies numbered records of several writers.
const NUMBERED: &str = "CREATE STREAM S (W INTEGER, N INTEGER);
CREATE STREAM O (W INTEGER, N INTEGER);
CREATE PUMP P AS INSERT INTO O SELECT STREAM W, N FROM S;
";

fn lines(writer: usize, numbers: std::ops::Range<usize>) -> String {
    numbers
        .map(|n| format!("{{\"W\":{writer},\"N\":{n}}}\n"))
        .collect()
}

/// The numbers of a writer in the order in which they were read.
fn numbers_of(writer: usize, rows: &str) -> Vec<usize> {
    let prefix = format!("{{\"W\":{writer},\"N\":");
    let numbers = rows
        .lines()
        .filter_map(|row| row.strip_prefix(&prefix)?.strip_suffix('}'));
    numbers.map(|n| n.parse().unwrap()).collect()
}

/// Reads rows of a child until there are so many, and gives them back; the child may go on.
fn take_rows(child: &mut Child, count: usize) -> String {
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut rows = String::new();
    for _ in 0..count {
        assert!(
            reader.read_line(&mut rows).unwrap() > 0,
            "the rows end early: {rows}"
        );
    }
    rows
}

/// Ends it with SIGTERM.
fn stop(child: &Child) {
    let pid = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-TERM", &pid]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn what_is_appended_is_replayed_in_order() {
    let folder = Folder::with(COPY);
    let outcome = folder.run_on(
        &["append", "local:orders"],
        b"{\"A\":1}\n\n{\"A\":2,\"B\":\"x\"}\r\nnonsense\n{\"A\":3}",
    );
    assert_eq!((outcome.status, outcome.out.as_str()), (Some(0), ""));
    assert_eq!(
        outcome.err,
        "rowtime: local:orders: appended 4 records, ordinals 0 to 3\n"
    );
    let outcome = folder.run_on(&["append", "local:orders", "--fsync"], b"{\"A\":4}\n");
    assert_eq!(
        outcome.err,
        "rowtime: local:orders: appended 1 record, ordinals 4 to 4\n"
    );
    for rows in ["1", "2", "100"] {
        let outcome = folder.run(&[
            "replay",
            "app.sql",
            "--from",
            "local:orders",
            "--batch-rows",
            rows,
        ]);
        let copied =
            "{\"A\":1,\"B\":null}\n{\"A\":2,\"B\":\"x\"}\n{\"A\":3,\"B\":null}\n{\"A\":4,\"B\":null}\n";
        assert_eq!(outcome.rows(), copied);
        assert!(
            outcome.err.contains("(local:orders/2)") || outcome.err.contains("local:orders/2"),
            "{}",
            outcome.err
        );
    }
    assert!(folder.path(".rowtime/streams/orders/lock").is_file());
}

#[test]
fn a_stream_describes_its_columns_and_csv_has_no_header() {
    let folder = Folder::with(
        "CREATE STREAM O (ID INTEGER, NAME VARCHAR(9));
CREATE PUMP P AS INSERT INTO O SELECT STREAM ID, NAME FROM S;",
    );
    folder.run_on(
        &["append", "local:a?dir=here"],
        b"{\"ID\":1,\"NAME\":\"x\",\"ROWTIME\":\"2001-01-01 00:00:00\"}\n",
    );
    let outcome = folder.run(&["replay", "app.sql", "--from", "local:a?dir=here"]);
    assert_eq!(outcome.rows(), "{\"ID\":1,\"NAME\":\"x\"}\n");
    let outcome = folder.run(&["discover", "local:a?dir=here", "--ddl"]);
    assert!(
        outcome.rows().contains("CREATE OR REPLACE STREAM A ("),
        "{}",
        outcome.out
    );
    folder.write("app.sql", COPY);
    folder.run_on(&["append", "local:c"], b"1,x\nA,B\n2,y\n");
    let outcome = folder.run(&["replay", "app.sql", "--from", "local:c?format=csv"]);
    assert_eq!(outcome.rows(), "{\"A\":1,\"B\":\"x\"}\n{\"A\":2,\"B\":\"y\"}\n");
    assert!(outcome.err.contains("local:c/1"), "{}", outcome.err);
}

#[test]
fn a_run_follows_what_another_process_appends() {
    let folder = Folder::with(COPY);
    folder.run_on(&["append", "local:s"], b"{\"A\":1}\n");
    let mut run = folder.start(&["run", "app.sql", "--source", "S=local:s"]);
    let mut rows = BufReader::new(run.stdout.take().unwrap());
    let mut writer = folder.start(&["append", "local:s"]);
    let mut input = writer.stdin.take().unwrap();
    for a in 1..=20 {
        let mut row = String::new();
        rows.read_line(&mut row).unwrap();
        assert_eq!(row, format!("{{\"A\":{a},\"B\":null}}\n"));
        // One at a time: each has to leave before the next is written.
        if a < 20 {
            writeln!(input, "{{\"A\":{}}}", a + 1).unwrap();
        }
    }
    // Stopped in the middle of a line, which is no record.
    input.write_all(b"{\"A\":").unwrap();
    stop(&writer);
    let outcome = finish(writer);
    assert_eq!(outcome.status, Some(0));
    assert!(
        outcome.err.contains("appended 19 records, ordinals 1 to 19"),
        "{}",
        outcome.err
    );
    stop(&run);
    assert_eq!(wait(&mut run), Some(0));
}

#[test]
fn start_and_end_are_arrival_times() {
    let folder = Folder::with(NUMBERED);
    folder.run_on(&["append", "local:s"], lines(1, 0..2).as_bytes());
    let timed = "CREATE STREAM S (W INTEGER, N INTEGER);
CREATE STREAM O (T TIMESTAMP, N INTEGER);
CREATE PUMP P AS INSERT INTO O SELECT STREAM ROWTIME, N FROM S;";
    folder.write("timed.sql", timed);
    let first = folder.run(&["replay", "timed.sql", "--from", "local:s"]);
    let first = first.rows()[6..29].to_owned();
    // The clock has to go on for another arrival time.
    assert!(until(|| {
        folder.run_on(&["append", "local:s"], lines(1, 2..3).as_bytes());
        let all = folder.run(&["replay", "timed.sql", "--from", "local:s"]);
        !all.rows().lines().last().unwrap().contains(&first)
    }));
    let all = folder.run(&["replay", "timed.sql", "--from", "local:s"]);
    let late = all.rows().lines().find(|row| !row.contains(&first)).unwrap()[6..29].to_owned();
    let count = |args: &[&str]| {
        let outcome = folder.run(&[&["replay", "timed.sql", "--from", "local:s"], args].concat());
        outcome.rows().lines().count()
    };
    let total = all.rows().lines().count();
    assert_eq!(count(&["--start", &first]), total);
    assert_eq!(count(&["--end", &first]), 0);
    assert_eq!(count(&["--start", &late]) + count(&["--end", &late]), total);
    assert!(count(&["--end", &late]) >= 2);
    assert_eq!(count(&["--start", "now"]), 0);
    // A run with an end in the past ends by itself.
    let outcome = folder.run(&["run", "timed.sql", "--source", "S=local:s", "--end", &late]);
    assert_eq!(outcome.rows().lines().count(), count(&["--end", &late]));
}

#[test]
fn rows_leave_as_records_that_another_run_reads() {
    let folder = Folder::with(COPY);
    folder.write("in.json", "{\"A\":1,\"B\":\"a,b\"}\n{\"A\":2}\n");
    let out = folder.run(&[
        "run",
        "app.sql",
        "--source",
        "S=in.json",
        "--sink",
        "COPIED=local:o",
    ]);
    assert_eq!((out.rows(), out.err.as_str()), ("", ""));
    let back = folder.run(&["replay", "app.sql", "--from", "local:o"]);
    assert_eq!(back.rows(), "{\"A\":1,\"B\":\"a,b\"}\n{\"A\":2,\"B\":null}\n");
    let csv = [
        "run",
        "app.sql",
        "--source",
        "S=in.json",
        "--sink",
        "COPIED=local:c?format=csv&retention=7d",
    ];
    folder.run(&csv).rows();
    let back = folder.run(&["replay", "app.sql", "--from", "local:c?format=csv"]);
    assert_eq!(back.rows(), "{\"A\":1,\"B\":\"a,b\"}\n{\"A\":2,\"B\":null}\n");
    let round = [
        "run",
        "app.sql",
        "--source",
        "S=local:o",
        "--sink",
        "COPIED=local:o",
    ];
    let outcome = folder.run(&round);
    assert_eq!(outcome.status, Some(2));
    assert!(
        outcome.err.contains("read as the source of stream S"),
        "{}",
        outcome.err
    );
}

#[test]
fn two_processes_append_while_two_read() {
    const RECORDS: usize = 20_000;
    let folder = Folder::with(NUMBERED);
    folder.run_on(&["append", "local:s"], b"");
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let mut run = folder.start(&["run", "app.sql", "--source", "S=local:s"]);
            std::thread::spawn(move || {
                let rows = take_rows(&mut run, 2 * RECORDS);
                stop(&run);
                // Its output is closed: that, or the signal, ends it well.
                assert_eq!(wait(&mut run), Some(0));
                rows
            })
        })
        .collect();
    let writers = [1, 2].map(|writer| {
        let child = folder.start(&["append", "local:s"]);
        std::thread::spawn(move || {
            let mut child = child;
            let mut input = child.stdin.take().unwrap();
            for start in (0..RECORDS).step_by(500) {
                input
                    .write_all(lines(writer, start..start + 500).as_bytes())
                    .unwrap();
            }
            drop(input);
            finish(child).status
        })
    });
    for writer in writers {
        assert_eq!(writer.join().unwrap(), Some(0));
    }
    let all: Vec<usize> = (0..RECORDS).collect();
    let read: Vec<String> = readers.into_iter().map(|r| r.join().unwrap()).collect();
    assert_eq!(read[0], read[1]);
    for writer in [1, 2] {
        assert!(numbers_of(writer, &read[0]) == all);
    }
    // Had an arrival gone back, the replay would have raised it and said so.
    let replay = folder.run(&["replay", "app.sql", "--from", "local:s", "-v"]);
    assert_eq!(replay.rows(), read[0]);
    assert!(!replay.err.contains("raised"), "{}", replay.err);
}

#[test]
fn a_writer_that_is_killed_loses_nothing_that_was_read_and_the_next_one_goes_on() {
    let folder = Folder::with(NUMBERED);
    folder.run_on(&["append", "local:s"], b"");
    let mut known = String::new();
    for round in 0..20 {
        let mut child = folder
            .command(&["append", "local:s"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let feeder = std::thread::spawn(move || {
            let mut n = 0;
            // Until the pipe breaks.
            while input.write_all(lines(round, n..n + 200).as_bytes()).is_ok() {
                n += 200;
            }
        });
        let segment = folder.path(".rowtime/streams/s/00000000000000000000.segment");
        let before = std::fs::metadata(&segment).unwrap().len();
        assert!(until(
            || std::fs::metadata(&segment).unwrap().len() > before + 10_000 * round as u64 / 4
        ));
        child.kill().unwrap();
        child.wait().unwrap();
        feeder.join().unwrap();
        let rows = folder.run(&["replay", "app.sql", "--from", "local:s"]);
        assert_eq!(rows.err, "", "round {round}");
        assert!(rows.rows().starts_with(&known), "round {round}");
        known = rows.out;
    }
    let all: Vec<Vec<usize>> = (0..20).map(|round| numbers_of(round, &known)).collect();
    assert!(all.iter().all(|n| n.iter().copied().eq(0..n.len())));
    // A kill inside the first append leaves nothing of it.
    assert!(all.iter().filter(|n| !n.is_empty()).count() > 10);
}
