//! What a run says when it ends, the ROWTIME of errors that came first, and the clock of a replay, as a shell sees
//! them (`cli.md`, `decisions.md` 17 and 30).

use crate::machine::Folder;

const ROWS: &str = r#"{"ROWTIME": "2018-11-01 10:00:00", "K": "a", "V": 2}
{"ROWTIME": "2018-11-01 10:01:10", "K": "b", "V": 0}
{"ROWTIME": "2018-11-01 10:01:10", "K": "c", "V": 5}
"#;

/// Two outputs, of which one has two writers, and a row that fails at the last ROWTIME.
const SCRIPT: &str = r#"
CREATE STREAM S (K VARCHAR(4), V INTEGER);
CREATE STREAM COUNTS (K VARCHAR(4), N BIGINT);
CREATE STREAM TWO (K VARCHAR(4), V INTEGER);
CREATE PUMP MINUTES AS INSERT INTO COUNTS
  SELECT STREAM K, COUNT(*) FROM S GROUP BY K, STEP(S.ROWTIME BY INTERVAL '1' MINUTE);
CREATE PUMP TENTHS AS INSERT INTO TWO SELECT STREAM K, 10 / V FROM S;
CREATE PUMP PLAIN AS INSERT INTO TWO SELECT STREAM K, V FROM S;
"#;

fn folder(script: &str) -> Folder {
    let folder = Folder::with(script);
    folder.write("rows.json", ROWS);
    folder
}

#[test]
fn holding_at_the_end_closes_no_window_and_keeps_no_error_back() {
    let folder = folder(SCRIPT);
    for batch_rows in ["1", "100"] {
        let ended = folder.run(&[
            "run",
            "app.sql",
            "--source",
            "S=rows.json",
            "--at-end",
            "hold",
            "--batch-rows",
            batch_rows,
            "--sink",
            "COUNTS=-",
            "--sink",
            "TWO=-",
            "--sink",
            "error_stream=errors.json",
        ]);
        assert_eq!(
            ended.rows().lines().collect::<Vec<_>>(),
            [
                r#"{"K":"a","V":5}"#,
                r#"{"K":"a","V":2}"#,
                // The window of 10:00 closed by the rows of 10:01; that of 10:01 stays open.
                r#"{"K":"a","N":1}"#,
            ]
        );
        let errors = folder.read("errors.json");
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!(errors.contains("Division by zero"), "{errors}");
        ended.line_with("open windows or groups dropped, their rows with them: 2");
        // b and c of PLAIN and c of TENTHS wait for a bound behind 10:01:10.
        ended.line_with("rows dropped that waited for another writer of their stream: 3");
    }
}

#[test]
fn a_record_that_never_got_a_rowtime_is_told_although_the_input_is_held() {
    let folder = folder(
        "CREATE STREAM S (K VARCHAR(4)); CREATE STREAM O (K VARCHAR(4));\nCREATE PUMP P AS INSERT INTO O SELECT STREAM K FROM S;",
    );
    folder.write("rows.json", "{broken\n");
    let ended = folder.run(&[
        "run",
        "app.sql",
        "--source",
        "S=rows.json",
        "--at-end",
        "hold",
        "--sink",
        "error_stream=e.json",
    ]);
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let errors = folder.read("e.json");
    assert!(errors.contains("Parse error"), "{errors}");
}

#[test]
fn clock_functions_of_a_replay_live_in_the_time_of_the_rows() {
    let folder = folder(
        "CREATE STREAM S (K VARCHAR(4));
         CREATE STREAM O (K VARCHAR(4), A TIMESTAMP, B TIMESTAMP, C DATE, D TIME, E TIMESTAMP);
         CREATE PUMP P AS INSERT INTO O SELECT STREAM K, CURRENT_TIMESTAMP, LOCALTIMESTAMP, CURRENT_DATE, \
         CURRENT_TIME, CURRENT_ROW_TIMESTAMP FROM S;",
    );
    let row = |k: &str, start: &str, row: &str| {
        let (date, time) = start.split_once(' ').unwrap_or_default();
        format!(r#"{{"K":"{k}","A":"{start}","B":"{start}","C":"{date}","D":"{time}","E":"{row}"}}"#)
    };
    let first = "2018-11-01 10:00:00.000";
    for batch_rows in ["1", "100"] {
        let args = [
            "replay",
            "app.sql",
            "--from",
            "rows.json",
            "--batch-rows",
            batch_rows,
        ];
        assert_eq!(
            folder.run(&args).rows().lines().collect::<Vec<_>>(),
            [
                row("a", first, first),
                row("b", first, "2018-11-01 10:01:10.000"),
                row("c", first, "2018-11-01 10:01:10.000"),
            ]
        );
        let fixed = "2020-02-03 04:05:06.000";
        let args = [&args[..], &["--now", "2020-02-03 04:05:06"]].concat();
        assert_eq!(
            folder.run(&args).rows().lines().collect::<Vec<_>>(),
            ["a", "b", "c"].map(|k| row(k, fixed, fixed))
        );
    }
}

#[test]
fn an_error_before_the_first_row_has_the_rowtime_of_that_row() {
    let folder = folder(
        "CREATE STREAM S (K VARCHAR(4)); CREATE STREAM O (K VARCHAR(4));\nCREATE PUMP P AS INSERT INTO O SELECT STREAM K FROM S;",
    );
    let rows: Vec<&str> = ROWS.lines().collect();
    let records = ["{first", rows[0], "{second", rows[1], "{third"].join("\n");
    folder.write("rows.json", records);
    let mut seen = Vec::new();
    for batch_rows in ["1", "2", "100"] {
        let mut args = vec![
            "run",
            "app.sql",
            "--source",
            "S=rows.json",
            "--batch-rows",
            batch_rows,
        ];
        args.extend(["--sink", "error_stream=e.json"]);
        assert_eq!(folder.run(&args).status, Some(0));
        let errors = folder.read("e.json");
        let at = |time: &str, offset: usize| {
            let place = format!("rows.json:{offset}\"");
            errors.lines().position(|e| {
                e.contains(&format!("\"ERROR_TIME\":\"2018-11-01 {time}.000\"")) && e.contains(&place)
            })
        };
        let second = 8 + rows[0].len();
        let third = second + 9 + rows[1].len();
        assert_eq!(
            [at("10:00:00", 0), at("10:00:00", second), at("10:01:10", third)],
            [Some(0), Some(1), Some(2)],
            "{errors}"
        );
        seen.push(errors);
        std::fs::remove_file(folder.path("e.json")).unwrap();
    }
    assert!(seen.iter().all(|errors| *errors == seen[0]));
}
