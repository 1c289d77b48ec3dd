//! What each option and each form of a URI does to one small application, seen from outside: status, rows and words.
//!
//! One application and one file serve all tests, so that what differs between two runs is the option alone.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

const APP: &str = "CREATE STREAM READINGS (ID VARCHAR(10), TEMP INTEGER);
CREATE STREAM HOT (ID VARCHAR(10), TEMP INTEGER);
CREATE PUMP P AS INSERT INTO HOT SELECT STREAM ID, TEMP FROM READINGS WHERE TEMP > 25;
";

const RECORDS: &str = r#"{"ROWTIME": "2020-01-01 10:00:00", "ID": "a", "TEMP": 30}
{"ROWTIME": "2020-01-01 10:00:01", "ID": "b", "TEMP": 20}
{"ROWTIME": "2020-01-01 10:00:02", "ID": "c", "TEMP": 40}
{"ROWTIME": "2020-01-01 10:00:04", "ID": "d", "TEMP": 50}
"#;

const ROWS: &str = r#"{"ID":"a","TEMP":30}
{"ID":"c","TEMP":40}
{"ID":"d","TEMP":50}
"#;

struct Ended {
    status: Option<i32>,
    rows: String,
    said: String,
}

fn folder() -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("app.sql"), APP)?;
    std::fs::write(folder.path().join("in.jsonl"), RECORDS)?;
    Ok(folder)
}

/// Runs the binary in the folder, with a file as its standard input where one is named.
fn rowtime(folder: &Path, args: &[&str], input: Option<&str>) -> io::Result<Ended> {
    let input = match input {
        Some(name) => Stdio::from(std::fs::File::open(folder.join(name))?),
        None => Stdio::null(),
    };
    let output = Command::new(env!("CARGO_BIN_EXE_rowtime"))
        .args(args)
        .current_dir(folder)
        .stdin(input)
        .output()?;
    Ok(Ended {
        status: output.status.code(),
        rows: String::from_utf8_lossy(&output.stdout).into_owned(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The rows of `run app.sql` with these arguments, which must end well.
fn run(folder: &Path, args: &[&str]) -> io::Result<String> {
    let ended = rowtime(folder, &[&["run", "app.sql"], args].concat(), None)?;
    assert_eq!(ended.status, Some(0), "{args:?}: {}", ended.said);
    Ok(ended.rows)
}

#[test]
fn a_file_a_folder_a_glob_and_standard_input_are_read_alike() -> io::Result<()> {
    let folder = folder()?;
    let data = folder.path().join("data/2020");
    std::fs::create_dir_all(&data)?;
    for copy in [data.join("in.jsonl"), folder.path().join("é1.jsonl")] {
        std::fs::copy(folder.path().join("in.jsonl"), copy)?;
    }
    for uri in [
        "in.jsonl",
        "file:in.jsonl",
        "data",
        "data/*/*.jsonl",
        "é*.jsonl",
        "./é?.jsonl",
    ] {
        let source = format!("READINGS={uri}");
        assert_eq!(run(folder.path(), &["--source", &source])?, ROWS, "{uri}");
    }
    let piped = rowtime(
        folder.path(),
        &["run", "app.sql", "--source", "READINGS=-"],
        Some("in.jsonl"),
    )?;
    assert_eq!(piped.rows, ROWS, "{}", piped.said);
    Ok(())
}

#[test]
fn files_with_a_clock_are_merged_by_it() -> io::Result<()> {
    let folder = folder()?;
    let later = r#"{"ROWTIME": "2020-01-01 10:00:01.500", "ID": "z", "TEMP": 99}"#;
    std::fs::write(folder.path().join("in2.jsonl"), later)?;
    let source = ["--source", "READINGS=in*.jsonl"];
    let ids: Vec<String> = run(folder.path(), &source)?
        .lines()
        .filter_map(|line| Some(line.split('"').nth(3)?.to_owned()))
        .collect();
    assert_eq!(ids, ["a", "z", "c", "d"]);

    let few = rowtime(
        folder.path(),
        &["run", "app.sql", source[0], source[1], "--max-open", "1"],
        None,
    )?;
    assert_eq!(few.status, Some(1), "{}", few.rows);
    assert!(few.said.contains("--max-open is 1"), "{}", few.said);
    Ok(())
}

#[test]
fn a_stream_is_found_exactly_in_capitals_or_ignoring_case() -> io::Result<()> {
    let folder = folder()?;
    for name in ["READINGS", "readings", "Readings"] {
        assert_eq!(
            run(folder.path(), &["--source", &format!("{name}=in.jsonl")])?,
            ROWS
        );
    }
    Ok(())
}

#[test]
fn start_and_end_cut_a_source_half_open() -> io::Result<()> {
    let folder = folder()?;
    let source = ["--source", "READINGS=in.jsonl"];
    let cut = ["--start", "2020-01-01 10:00:02", "--end", "2020-01-01 10:00:04"];
    let rows = run(folder.path(), &[&source[..], &cut[..]].concat())?;
    assert_eq!(rows, "{\"ID\":\"c\",\"TEMP\":40}\n");
    let from = run(folder.path(), &[&source[..], &cut[..2]].concat())?;
    assert_eq!(from.lines().count(), 2);
    let to = run(folder.path(), &[&source[..], &cut[2..]].concat())?;
    assert_eq!(to.lines().count(), 2);
    Ok(())
}

#[test]
fn the_fixed_clock_is_the_rowtime_of_rows_without_one() -> io::Result<()> {
    let folder = folder()?;
    std::fs::write(
        folder.path().join("plain.jsonl"),
        "{\"ID\": \"a\", \"TEMP\": 30}\n",
    )?;
    for uri in ["plain.jsonl", "plain.jsonl?rowtime=now"] {
        let source = format!("READINGS={uri}");
        let rows = run(
            folder.path(),
            &[
                "--source",
                &source,
                "--now",
                "2020-05-05 01:02:03",
                "--sink",
                "HOT=-?rowtime=true",
            ],
        )?;
        assert_eq!(
            rows, "{\"ROWTIME\":\"2020-05-05 01:02:03.000\",\"ID\":\"a\",\"TEMP\":30}\n",
            "{uri}"
        );
    }
    Ok(())
}

#[test]
fn a_replay_reads_every_source_from_one_place() -> io::Result<()> {
    let folder = folder()?;
    let ended = rowtime(folder.path(), &["replay", "app.sql", "--from", "in.jsonl"], None)?;
    assert_eq!((ended.status, ended.rows.as_str()), (Some(0), ROWS));
    Ok(())
}

#[test]
fn sinks_write_json_or_csv_to_files_and_standard_output() -> io::Result<()> {
    let folder = folder()?;
    let source = ["--source", "READINGS=in.jsonl", "--sink"];
    assert_eq!(run(folder.path(), &[&source[..], &["HOT=-"]].concat())?, ROWS);
    for (uri, written) in [
        ("out.jsonl", ROWS),
        ("out.csv", "a,30\nc,40\nd,50\n"),
        ("out.csv?header=true", "ID,TEMP\na,30\nc,40\nd,50\n"),
        ("out.txt?format=csv", "a,30\nc,40\nd,50\n"),
    ] {
        let sink = format!("HOT={uri}");
        assert_eq!(
            run(folder.path(), &[&source[..], &[&sink]].concat())?,
            "",
            "{uri}"
        );
        let path = uri.split('?').next().unwrap_or(uri);
        assert_eq!(
            std::fs::read_to_string(folder.path().join(path))?,
            written,
            "{uri}"
        );
    }
    Ok(())
}

#[test]
fn without_a_sink_several_streams_are_told_apart() -> io::Result<()> {
    let folder = folder()?;
    let more = "CREATE STREAM COLD (ID VARCHAR(10));
CREATE PUMP Q AS INSERT INTO COLD SELECT STREAM ID FROM READINGS WHERE TEMP <= 25;
";
    std::fs::write(folder.path().join("app.sql"), format!("{APP}{more}"))?;
    let rows = run(folder.path(), &["--source", "READINGS=in.jsonl"])?;
    let lines: Vec<&str> = rows.lines().collect();
    assert_eq!(lines[0], r#"{"stream":"HOT","row":{"ID":"a","TEMP":30}}"#);
    assert_eq!(lines[1], r#"{"stream":"COLD","row":{"ID":"b"}}"#);
    Ok(())
}

#[test]
fn neither_batches_nor_threads_show_in_the_rows() -> io::Result<()> {
    let folder = folder()?;
    for cut in [
        ["--batch-rows", "1"],
        ["--batch-rows", "3"],
        ["--threads", "1"],
        ["--threads", "2"],
    ] {
        let rows = run(
            folder.path(),
            &[&["--source", "READINGS=in.jsonl"], &cut[..]].concat(),
        )?;
        assert_eq!(rows, ROWS, "{cut:?}");
    }
    Ok(())
}

#[test]
fn a_broken_archive_is_an_error_row_or_stops_the_run() -> io::Result<()> {
    let folder = folder()?;
    std::fs::write(folder.path().join("bad.gz"), b"\x1f\x8b\x08\x00garbage")?;
    let arguments = [
        "run",
        "app.sql",
        "--source",
        "READINGS=bad.gz",
        "--sink",
        "error_stream=-",
    ];
    let goes_on = rowtime(folder.path(), &arguments, None)?;
    assert_eq!(goes_on.status, Some(0), "{}", goes_on.said);
    assert!(goes_on.rows.contains("bad.gz:0"), "{}", goes_on.rows);
    let stops = rowtime(
        folder.path(),
        &[&arguments[..], &["--on-error", "stop"]].concat(),
        None,
    )?;
    assert_eq!(stops.status, Some(1), "{}", stops.said);
    Ok(())
}

#[test]
fn check_lists_the_parts_and_explain_the_steps() -> io::Result<()> {
    let folder = folder()?;
    let checked = rowtime(
        folder.path(),
        &["check", "app.sql", "--source", "READINGS=in.jsonl"],
        None,
    )?;
    assert_eq!((checked.status, checked.said.as_str()), (Some(0), ""));
    for line in ["P: READINGS -> HOT", "READINGS: in.jsonl", "HOT: standard output"] {
        assert!(checked.rows.contains(line), "{line}: {}", checked.rows);
    }
    let explained = rowtime(folder.path(), &["explain", "app.sql"], None)?;
    assert_eq!(explained.status, Some(0), "{}", explained.said);
    assert!(
        explained.rows.contains("Filter: (TEMP > 25)"),
        "{}",
        explained.rows
    );

    std::fs::write(
        folder.path().join("bad.sql"),
        format!("{APP}CREATE PUMP Q AS INSERT INTO COLD SELECT STREAM IDD FROM READINGS;\n"),
    )?;
    let faults = rowtime(folder.path(), &["check", "bad.sql"], None)?;
    assert_eq!((faults.status, faults.rows.as_str()), (Some(2), ""));
    for part in ["bad.sql:4:", "Table 'COLD' not found", "Column 'IDD' not found"] {
        assert!(faults.said.contains(part), "{part}: {}", faults.said);
    }
    Ok(())
}

#[test]
fn strict_refuses_what_the_old_service_refused() -> io::Result<()> {
    let folder = folder()?;
    let lenient = APP.replace("SELECT STREAM", "SELECT");
    std::fs::write(folder.path().join("app.sql"), lenient)?;
    let source = ["--source", "READINGS=in.jsonl"];
    assert_eq!(run(folder.path(), &source)?, ROWS);
    let strict = rowtime(
        folder.path(),
        &["run", "app.sql", source[0], source[1], "--strict"],
        None,
    )?;
    assert_eq!((strict.status, strict.rows.as_str()), (Some(2), ""));
    assert!(strict.said.contains("SELECT without STREAM"), "{}", strict.said);
    Ok(())
}

#[test]
fn progress_and_the_books_are_told_on_standard_error() -> io::Result<()> {
    let folder = folder()?;
    let arguments = ["run", "app.sql", "--source", "READINGS=in.jsonl"];
    let quiet = rowtime(folder.path(), &arguments, None)?;
    assert_eq!(quiet.said, "");
    let books = rowtime(folder.path(), &[&arguments[..], &["-v"]].concat(), None)?;
    assert_eq!(books.rows, ROWS);
    let balance = "pump P: 4 rows in = 3 passed + 1 filtered + 0 failed + 0 late";
    assert!(books.said.contains(balance), "{}", books.said);
    let progress = rowtime(
        folder.path(),
        &[&arguments[..], &["--progress", "always"]].concat(),
        None,
    )?;
    assert!(
        progress.said.contains("done: 4 rows in, out: HOT 3"),
        "{}",
        progress.said
    );
    Ok(())
}

#[test]
fn a_stream_that_no_script_declares_has_the_schema_of_a_file_or_of_the_data() -> io::Result<()> {
    let folder = folder()?;
    std::fs::write(
        folder.path().join("app.sql"),
        "CREATE STREAM HOT (ID VARCHAR(10), TEMP INTEGER);
CREATE PUMP P AS INSERT INTO HOT SELECT STREAM \"name\", \"TEMP\" FROM \"SRC_001\";
",
    )?;
    std::fs::write(
        folder.path().join("schema.json"),
        r#"{"RecordFormat": {"RecordFormatType": "JSON"}, "RecordColumns": [
            {"Name": "name", "SqlType": "VARCHAR(4)", "Mapping": "$.ID"},
            {"Name": "TEMP", "SqlType": "INTEGER", "Mapping": "$.TEMP"}]}"#,
    )?;
    let mapped = run(
        folder.path(),
        &["--source", "SRC_001=in.jsonl?schema=schema.json"],
    )?;
    assert_eq!(mapped.lines().count(), 4);
    std::fs::write(
        folder.path().join("app.sql"),
        "CREATE STREAM HOT (ID VARCHAR(10), TEMP BIGINT);
CREATE PUMP P AS INSERT INTO HOT SELECT STREAM \"ID\", \"TEMP\" FROM \"SRC_001\" WHERE TEMP > 25;
",
    )?;
    assert_eq!(run(folder.path(), &["--source", "SRC_001=in.jsonl"])?, ROWS);
    Ok(())
}
