//! `error_stream` in a file: its columns and their values (`decisions.md` 18 and 30, `application.md` §11).

use crate::machine::{Folder, hex};

const DIVIDES: &str = "CREATE STREAM S (A INTEGER, B VARCHAR(10), C INTEGER);
CREATE STREAM HALVES (H INTEGER);
CREATE PUMP DIVIDE AS INSERT INTO HALVES SELECT STREAM 10 / A FROM S WHERE B IS NULL OR B <> 'no';
";

const INPUT: &str = "{\"ROWTIME\":\"2026-01-27 10:00:00\",\"A\":1}
{\"ROWTIME\":\"2026-01-27 10:00:01\",\"A\":0,\"B\":\"x\",\"C\":7}
bad
{\"ROWTIME\":\"2026-01-27 10:00:02\",\"A\":\"x\"}
{\"ROWTIME\":\"2026-01-27 10:00:03\",\"A\":2,\"B\":\"no\"}
{\"A\":3}
";

#[test]
fn rows_of_records_and_of_pumps_have_their_columns_in_order() {
    let folder = Folder::with(DIVIDES);
    folder.write("in.json", INPUT);
    let row = |second: u32, name: &str, message: &str, data: &str, pump: &str| {
        let time = format!("\"2026-01-27 10:00:0{second}.000\"");
        format!(
            "{{\"ERROR_TIME\":{time},\"ERROR_LEVEL\":\"WARNING\",\"ERROR_NAME\":\"{name}\",\"MESSAGE\":\"{message}\",\
             \"DATA_ROWTIME\":{time},\"DATA_ROW\":\"{}\",\"PUMP_NAME\":{pump}}}",
            hex(data.as_bytes())
        )
    };
    let raw: Vec<&str> = INPUT.lines().collect();
    let offset = |line: usize| raw[..line].iter().map(|l| l.len() + 1).sum::<usize>();
    for (cut, threads) in [("1", "1"), ("7", "2"), ("16384", "2")] {
        let outcome = folder.run(&[
            "run",
            "app.sql",
            "--source",
            "S=in.json",
            "--sink",
            "HALVES=-",
            "--sink",
            "error_stream=err.json",
            "-v",
            "--batch-rows",
            cut,
            "--threads",
            threads,
        ]);
        assert_eq!(outcome.books(), (6, 3, 3));
        assert_eq!(outcome.rows(), "{\"H\":10}\n");
        let errors = folder.read("err.json");
        let found: Vec<&str> = errors.lines().collect();
        assert_eq!(found.len(), 4, "{errors}");
        let division = found.iter().find(|l| l.contains("DIVIDE")).unwrap();
        for part in [
            "{\"ERROR_TIME\":\"2026-01-27 10:00:01.000\",\"ERROR_LEVEL\":\"WARNING\",\"ERROR_NAME\":\"Division by zero\"",
            "\"DATA_ROWTIME\":\"2026-01-27 10:00:01.000\"",
            // The columns that the pump reads, in declared order, and no other.
            &format!(
                "\"DATA_ROW\":\"{}\",\"PUMP_NAME\":\"DIVIDE\"}}",
                hex(b"{\"A\":0,\"B\":\"x\"}")
            ),
        ] {
            assert!(division.contains(part), "{part} is not in {division}");
        }
        let not_json = format!(
            "the record is not valid JSON: a value is expected (its byte 1) at in.json:{}",
            offset(2)
        );
        assert!(
            found.contains(&row(1, "Parse error", &not_json, raw[2], "null").as_str()),
            "{errors}"
        );
        let coercion = format!(
            "For input string: \\\"x\\\" (column \\\"A\\\" of type INTEGER) at in.json:{}",
            offset(3)
        );
        assert_eq!(found[2], row(2, "Coercion error", &coercion, raw[3], "null"));
        // The object has a clock; a record without it cannot be placed.
        let clock = "the arrival clock \\\"ROWTIME\\\" is missing or NULL in this record";
        assert_eq!(
            found[3],
            row(
                3,
                "Coercion error",
                &format!("{clock} at in.json:{}", offset(5)),
                raw[5],
                "null"
            )
        );
        // The books of the pump: one row passed, one filtered, one failed.
        let pump = outcome.line_with("rowtime: pump DIVIDE");
        assert!(
            pump.contains("3 rows in = 1 passed + 1 filtered + 1 failed + 0 late"),
            "{pump}"
        );
    }
}

#[test]
fn on_standard_output_with_rows_its_place_does_not_depend_on_the_cut() {
    let folder = Folder::with(DIVIDES);
    folder.write("in.json", INPUT);
    let run = |cut: &str| {
        let outcome = folder.run(&[
            "run",
            "app.sql",
            "--source",
            "S=in.json",
            "--sink",
            "HALVES=-",
            "--sink",
            "error_stream=-?format=csv",
            "--batch-rows",
            cut,
        ]);
        outcome.rows().to_owned()
    };
    let whole = run("16384");
    assert_eq!(whole.lines().count(), 5, "{whole}");
    for cut in ["1", "2", "3"] {
        assert_eq!(run(cut), whole);
    }
}

#[test]
fn without_a_sink_for_them_errors_are_counted_and_explained_on_standard_error() {
    let folder = Folder::with(DIVIDES);
    folder.write("in.json", INPUT);
    let outcome = folder.run(&["run", "app.sql", "--source", "S=in.json"]);
    assert_eq!(outcome.rows(), "{\"H\":10}\n");
    assert!(
        outcome
            .err
            .starts_with("rowtime: 4 error rows; --sink error_stream=URI keeps them\n"),
        "{}",
        outcome.err
    );
    assert!(outcome.line_with("pump DIVIDE").contains("Division by zero"));
}

#[test]
fn long_rows_and_messages_are_cut_to_the_columns_and_keep_the_position() {
    let folder = Folder::with(
        "CREATE STREAM S (A VARCHAR(65535), B INTEGER);
CREATE STREAM O (X INTEGER);
CREATE PUMP P AS INSERT INTO O SELECT STREAM CHAR_LENGTH(A) / B FROM S;
",
    );
    let text = "é".repeat(60_000);
    let first = format!("{{\"A\":\"{text}\",\"B\":0}}\n");
    folder.write("in.json", format!("{first}{{\"A\":\"\",\"B\":\"{text}\"}}\n"));
    let args = [
        "run",
        "app.sql",
        "--source",
        "S=in.json",
        "--sink",
        "O=-",
        "--sink",
        "error_stream=err.json",
    ];
    assert_eq!(folder.run(&args).rows(), "");
    let errors = folder.read("err.json");
    let value = |line: &str, key: &str| {
        let rest = line.split(&format!("\"{key}\":\"")).nth(1).unwrap().to_owned();
        rest.replace("\\\"", "'").split('"').next().unwrap().to_owned()
    };
    assert_eq!(errors.lines().count(), 2);
    for line in errors.lines() {
        assert_eq!(value(line, "DATA_ROW").len(), 49_152);
    }
    let input = errors.lines().find(|l| l.contains("Coercion error")).unwrap();
    let message = value(input, "MESSAGE");
    assert!(
        message.chars().count() <= 4_096 && message.ends_with(&format!("in.json:{}", first.len())),
        "{message}"
    );
}
