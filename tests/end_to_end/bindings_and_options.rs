//! What each option and each form of a URI does to one small application, seen from outside: status, rows and words.
//!
//! One application and one file serve all tests, so that what differs between two runs is the option alone.

use crate::machine::Folder;

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

fn folder() -> Folder {
    let folder = Folder::with(APP);
    folder.write("in.jsonl", RECORDS);
    folder
}

/// The rows of `run app.sql` with these arguments, which must end well.
fn run(folder: &Folder, args: &[&str]) -> String {
    folder
        .run(&[&["run", "app.sql"], args].concat())
        .rows()
        .to_owned()
}

#[test]
fn a_file_a_folder_a_glob_and_standard_input_are_read_alike() {
    let folder = folder();
    folder.write("data/2020/in.jsonl", RECORDS);
    folder.write("é1.jsonl", RECORDS);
    for uri in [
        "in.jsonl",
        "file:in.jsonl",
        "data",
        "data/*/*.jsonl",
        "é*.jsonl",
        "./é?.jsonl",
    ] {
        let source = format!("READINGS={uri}");
        assert_eq!(run(&folder, &["--source", &source]), ROWS, "{uri}");
    }
    let piped = folder.run_on(&["run", "app.sql", "--source", "READINGS=-"], RECORDS.as_bytes());
    assert_eq!(piped.out, ROWS, "{}", piped.err);
}

#[test]
fn files_with_a_clock_are_merged_by_it() {
    let folder = folder();
    let later = r#"{"ROWTIME": "2020-01-01 10:00:01.500", "ID": "z", "TEMP": 99}"#;
    folder.write("in2.jsonl", later);
    let source = ["--source", "READINGS=in*.jsonl"];
    let ids: Vec<String> = run(&folder, &source)
        .lines()
        .filter_map(|line| Some(line.split('"').nth(3)?.to_owned()))
        .collect();
    assert_eq!(ids, ["a", "z", "c", "d"]);

    let few = folder.run(&["run", "app.sql", source[0], source[1], "--max-open", "1"]);
    assert_eq!(few.status, Some(1), "{}", few.out);
    assert!(few.err.contains("--max-open is 1"), "{}", few.err);
}

#[test]
fn a_stream_is_found_exactly_in_capitals_or_ignoring_case() {
    let folder = folder();
    for name in ["READINGS", "readings", "Readings"] {
        assert_eq!(run(&folder, &["--source", &format!("{name}=in.jsonl")]), ROWS);
    }
}

#[test]
fn start_and_end_cut_a_source_half_open() {
    let folder = folder();
    let source = ["--source", "READINGS=in.jsonl"];
    let cut = ["--start", "2020-01-01 10:00:02", "--end", "2020-01-01 10:00:04"];
    let rows = run(&folder, &[&source[..], &cut[..]].concat());
    assert_eq!(rows, "{\"ID\":\"c\",\"TEMP\":40}\n");
    let from = run(&folder, &[&source[..], &cut[..2]].concat());
    assert_eq!(from.lines().count(), 2);
    let to = run(&folder, &[&source[..], &cut[2..]].concat());
    assert_eq!(to.lines().count(), 2);
}

#[test]
fn the_fixed_clock_is_the_rowtime_of_rows_without_one() {
    let folder = folder();
    folder.write("plain.jsonl", "{\"ID\": \"a\", \"TEMP\": 30}\n");
    for uri in ["plain.jsonl", "plain.jsonl?rowtime=now"] {
        let source = format!("READINGS={uri}");
        let rows = run(
            &folder,
            &[
                "--source",
                &source,
                "--now",
                "2020-05-05 01:02:03",
                "--sink",
                "HOT=-?rowtime=true",
            ],
        );
        assert_eq!(
            rows, "{\"ROWTIME\":\"2020-05-05 01:02:03.000\",\"ID\":\"a\",\"TEMP\":30}\n",
            "{uri}"
        );
    }
}

#[test]
fn a_replay_reads_every_source_from_one_place() {
    let folder = folder();
    let ended = folder.run(&["replay", "app.sql", "--from", "in.jsonl"]);
    assert_eq!((ended.status, ended.out.as_str()), (Some(0), ROWS));
}

#[test]
fn sinks_write_json_or_csv_to_files_and_standard_output() {
    let folder = folder();
    let source = ["--source", "READINGS=in.jsonl", "--sink"];
    assert_eq!(run(&folder, &[&source[..], &["HOT=-"]].concat()), ROWS);
    for (uri, written) in [
        ("out.jsonl", ROWS),
        ("out.csv", "a,30\nc,40\nd,50\n"),
        ("out.csv?header=true", "ID,TEMP\na,30\nc,40\nd,50\n"),
        ("out.txt?format=csv", "a,30\nc,40\nd,50\n"),
    ] {
        let sink = format!("HOT={uri}");
        assert_eq!(run(&folder, &[&source[..], &[&sink]].concat()), "", "{uri}");
        let path = uri.split('?').next().unwrap_or(uri);
        assert_eq!(folder.read(path), written, "{uri}");
    }
}

#[test]
fn without_a_sink_several_streams_are_told_apart() {
    let folder = folder();
    let more = "CREATE STREAM COLD (ID VARCHAR(10));
CREATE PUMP Q AS INSERT INTO COLD SELECT STREAM ID FROM READINGS WHERE TEMP <= 25;
";
    folder.write("app.sql", format!("{APP}{more}"));
    let rows = run(&folder, &["--source", "READINGS=in.jsonl"]);
    let lines: Vec<&str> = rows.lines().collect();
    assert_eq!(lines[0], r#"{"stream":"HOT","row":{"ID":"a","TEMP":30}}"#);
    assert_eq!(lines[1], r#"{"stream":"COLD","row":{"ID":"b"}}"#);
}

#[test]
fn neither_batches_nor_threads_show_in_the_rows() {
    let folder = folder();
    for cut in [
        ["--batch-rows", "1"],
        ["--batch-rows", "3"],
        ["--threads", "1"],
        ["--threads", "2"],
    ] {
        let rows = run(&folder, &[&["--source", "READINGS=in.jsonl"], &cut[..]].concat());
        assert_eq!(rows, ROWS, "{cut:?}");
    }
}

#[test]
fn a_broken_archive_is_an_error_row_or_stops_the_run() {
    let folder = folder();
    folder.write("bad.gz", b"\x1f\x8b\x08\x00garbage");
    let arguments = [
        "run",
        "app.sql",
        "--source",
        "READINGS=bad.gz",
        "--sink",
        "error_stream=-",
    ];
    let goes_on = folder.run(&arguments);
    assert_eq!(goes_on.status, Some(0), "{}", goes_on.err);
    assert!(goes_on.out.contains("bad.gz:0"), "{}", goes_on.out);
    let stops = folder.run(&[&arguments[..], &["--on-error", "stop"]].concat());
    assert_eq!(stops.status, Some(1), "{}", stops.err);
}

#[test]
fn check_lists_the_parts_and_explain_the_steps() {
    let folder = folder();
    let checked = folder.run(&["check", "app.sql", "--source", "READINGS=in.jsonl"]);
    assert_eq!((checked.status, checked.err.as_str()), (Some(0), ""));
    for line in ["P: READINGS -> HOT", "READINGS: in.jsonl", "HOT: standard output"] {
        assert!(checked.out.contains(line), "{line}: {}", checked.out);
    }
    let explained = folder.run(&["explain", "app.sql"]);
    assert_eq!(explained.status, Some(0), "{}", explained.err);
    assert!(explained.out.contains("Filter: (TEMP > 25)"), "{}", explained.out);

    folder.write(
        "bad.sql",
        format!("{APP}CREATE PUMP Q AS INSERT INTO COLD SELECT STREAM IDD FROM READINGS;\n"),
    );
    let faults = folder.run(&["check", "bad.sql"]);
    assert_eq!((faults.status, faults.out.as_str()), (Some(2), ""));
    for part in ["bad.sql:4:", "Table 'COLD' not found", "Column 'IDD' not found"] {
        assert!(faults.err.contains(part), "{part}: {}", faults.err);
    }
}

#[test]
fn strict_refuses_what_the_old_service_refused() {
    let folder = folder();
    let lenient = APP.replace("SELECT STREAM", "SELECT");
    folder.write("app.sql", lenient);
    let source = ["--source", "READINGS=in.jsonl"];
    assert_eq!(run(&folder, &source), ROWS);
    let strict = folder.run(&["run", "app.sql", source[0], source[1], "--strict"]);
    assert_eq!((strict.status, strict.out.as_str()), (Some(2), ""));
    assert!(strict.err.contains("SELECT without STREAM"), "{}", strict.err);
}

#[test]
fn progress_and_the_books_are_told_on_standard_error() {
    let folder = folder();
    let arguments = ["run", "app.sql", "--source", "READINGS=in.jsonl"];
    let quiet = folder.run(&arguments);
    assert_eq!(quiet.err, "");
    let books = folder.run(&[&arguments[..], &["-v"]].concat());
    assert_eq!(books.out, ROWS);
    let balance = "pump P: 4 rows in = 3 passed + 1 filtered + 0 failed + 0 late";
    assert!(books.err.contains(balance), "{}", books.err);
    let progress = folder.run(&[&arguments[..], &["--progress", "always"]].concat());
    assert!(
        progress.err.contains("done: 4 rows in, out: HOT 3"),
        "{}",
        progress.err
    );
}

#[test]
fn a_stream_that_no_script_declares_has_the_schema_of_a_file_or_of_the_data() {
    let folder = folder();
    folder.write(
        "app.sql",
        "CREATE STREAM HOT (ID VARCHAR(10), TEMP INTEGER);
CREATE PUMP P AS INSERT INTO HOT SELECT STREAM \"name\", \"TEMP\" FROM \"SRC_001\";
",
    );
    folder.write(
        "schema.json",
        r#"{"RecordFormat": {"RecordFormatType": "JSON"}, "RecordColumns": [
            {"Name": "name", "SqlType": "VARCHAR(4)", "Mapping": "$.ID"},
            {"Name": "TEMP", "SqlType": "INTEGER", "Mapping": "$.TEMP"}]}"#,
    );
    let mapped = run(&folder, &["--source", "SRC_001=in.jsonl?schema=schema.json"]);
    assert_eq!(mapped.lines().count(), 4);
    folder.write(
        "app.sql",
        "CREATE STREAM HOT (ID VARCHAR(10), TEMP BIGINT);
CREATE PUMP P AS INSERT INTO HOT SELECT STREAM \"ID\", \"TEMP\" FROM \"SRC_001\" WHERE TEMP > 25;
",
    );
    assert_eq!(run(&folder, &["--source", "SRC_001=in.jsonl"]), ROWS);
}
