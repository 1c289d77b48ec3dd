//! Ctrl-C: once stops cleanly, also while nothing comes in; twice stops at once.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command};

use crate::machine::{COPY, Folder, finish, until, wait};

const COUNTS: &str = "CREATE STREAM S (A INTEGER);
CREATE STREAM COUNTS (N INTEGER);
CREATE STREAM SEEN (A INTEGER);
CREATE PUMP P AS INSERT INTO COUNTS SELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '1' HOUR);
CREATE PUMP Q AS INSERT INTO SEEN SELECT STREAM A FROM S;
";

/// Sends a signal, such as `-INT`.
pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn the_first_signal_stops_a_run_that_waits_and_drops_its_windows_with_a_count() {
    for name in ["-INT", "-TERM"] {
        let folder = Folder::with(COUNTS);
        let mut child = folder.start(&[
            "run",
            "app.sql",
            "--source",
            "S=-",
            "--sink",
            "SEEN=-",
            "--sink",
            "COUNTS=counts.json",
            "--sink",
            "error_stream=err.json",
        ]);
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"bad\n{\"A\":1}\n{\"A\":").unwrap();
        stdin.flush().unwrap();
        // A row leaves as soon as it is there, although no other follows.
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut row = String::new();
        stdout.read_line(&mut row).unwrap();
        assert_eq!(row, "{\"A\":1}\n");
        signal(&child, name);
        let outcome = finish(child);
        assert_eq!(outcome.status, Some(0), "{}", outcome.err);
        assert!(
            outcome
                .err
                .contains("open windows or groups dropped, their rows with them: 1"),
            "{}",
            outcome.err
        );
        assert_eq!(folder.read("counts.json"), "");
        // What was begun is not judged; what was bad is kept.
        assert_eq!(folder.read("err.json").lines().count(), 1);
        drop(stdin);
    }
}

#[test]
fn the_second_signal_stops_at_once() {
    let folder = Folder::with(COPY);
    let rows: String = (0..50_000)
        .map(|i| format!("{{\"A\":{i},\"B\":\"0123456789\"}}\n"))
        .collect();
    folder.write("in.json", rows);
    // Nobody reads its output, so that it cannot stop cleanly.
    let mut child = folder.start(&["run", "app.sql", "--source", "S=in.json"]);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    let ended = until(|| {
        signal(&child, "-INT");
        child.try_wait().unwrap().is_some()
    });
    assert!(ended);
    assert_eq!(wait(&mut child), Some(1));
}
