//! Reference tables (`--reference`): files in every form, what cannot be read, and what changes while a run goes on.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout};
use std::sync::mpsc::{Receiver, sync_channel};

use crate::machine::{Folder, NOW, finish, hex, until};

const APP: &str = "CREATE STREAM S (K VARCHAR(4));
CREATE STREAM JOINED (K VARCHAR(4), NAME VARCHAR(20), N INTEGER);
CREATE PUMP P AS INSERT INTO JOINED SELECT STREAM s.K, r.NAME, r.N FROM S AS s LEFT JOIN R AS r ON s.K = r.K;
";

const ROWS: &str = "{\"K\":\"a\"}\n{\"K\":\"b\"}\n{\"K\":\"c\"}\n";

/// What [`ROWS`] give with the table of [`CSV`].
const JOINED: &str = "{\"K\":\"a\",\"NAME\":\"Ada, L.\",\"N\":1}
{\"K\":\"b\",\"NAME\":\"Ben\",\"N\":null}
{\"K\":\"b\",\"NAME\":\"Bob\",\"N\":-3}
{\"K\":\"c\",\"NAME\":null,\"N\":null}
";

const CSV: &str = "K,NAME,N\na,\"Ada, L.\",1\nb,Ben,\nb,Bob,-3\n";

const JSON: &str = "{\"K\":\"a\",\"NAME\":\"Ada, L.\",\"N\":1}\n{\"K\":\"b\",\"NAME\":\"Ben\"}{\"N\":-3,\"NAME\":\"Bob\",\"K\":\"b\"}";

fn folder() -> Folder {
    let folder = Folder::with(APP);
    folder.write("in.json", ROWS);
    folder
}

fn run(folder: &Folder, reference: &str) -> crate::machine::Outcome {
    folder.run(&[
        "run",
        "app.sql",
        "--source",
        "S=in.json",
        "--reference",
        reference,
    ])
}

fn gzip(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut gzip = flate2::read::GzEncoder::new(text.as_bytes(), flate2::Compression::fast());
    gzip.read_to_end(&mut out).unwrap();
    out
}

#[test]
fn a_table_is_read_from_csv_and_json_in_every_form() {
    let folder = folder();
    folder.write("r.csv", CSV);
    folder.write("bare.csv", "a,\"Ada, L.\",1\nb,Ben,\nb,Bob,-3\n");
    folder.write("named.txt", CSV.replace('\n', "\r\n"));
    folder.write("r.json", JSON);
    folder.write("r.csv.gz", gzip(CSV));
    folder.write("r.jsonl.zst", zstd::encode_all(JSON.as_bytes(), 1).unwrap());
    folder.write("parts/1.csv", "K,NAME,N\na,\"Ada, L.\",1\n");
    folder.write("parts/2.csv", "N,K,NAME\n,b,Ben\n-3,b,Bob\n");
    for reference in [
        "R=r.csv",
        "r=file:r.csv?header=true",
        "R=r.csv?reload=true",
        "R=named.txt?format=csv",
        "R=r.json",
        "R=r.csv.gz",
        "R=r.jsonl.zst",
        "R=parts",
        "R=parts/*.csv",
    ] {
        assert_eq!(run(&folder, reference).rows(), JOINED, "{reference}");
    }
    // Without a header the columns are numbered.
    folder.write(
        "app.sql",
        APP.replace("r.NAME, r.N ", "r.COL_1, r.COL_2 ")
            .replace("r.K", "r.COL_0"),
    );
    assert_eq!(run(&folder, "R=bare.csv").rows(), JOINED);
    assert_eq!(run(&folder, "R=bare.csv?header=false").rows(), JOINED);
}

#[test]
fn a_schema_names_types_and_delimiters_and_maps_paths() {
    let folder = folder();
    let schema = |format: &str, mappings: [&str; 3]| {
        let [k, name, n] = mappings;
        format!(
            r#"{{"ReferenceSchema": {{"RecordFormat": {format}, "RecordColumns": [
                {{"Name": "K", "SqlType": "VARCHAR(4)", "Mapping": "{k}"}},
                {{"Name": "NAME", "SqlType": "VARCHAR(20)", "Mapping": "{name}"}},
                {{"Name": "N", "SqlType": "INTEGER", "Mapping": "{n}"}}]}}}}"#
        )
    };
    let csv = r#"{"RecordFormatType": "CSV", "MappingParameters": {"CSVMappingParameters":
        {"RecordRowDelimiter": "\n", "RecordColumnDelimiter": "|"}}}"#;
    folder.write("csv.schema", schema(csv, ["", "", ""]));
    folder.write("r.csv", "a|Ada, L.|1\nb|Ben|\nb|Bob|-3\n");
    assert_eq!(run(&folder, "R=r.csv?schema=csv.schema").rows(), JOINED);
    // With a schema every line is data, unless the URI says that there is a header.
    folder.write("r.csv", "K|NAME|N\na|Ada, L.|1\nb|Ben|\nb|Bob|-3\n");
    let outcome = run(&folder, "R=r.csv?schema=csv.schema");
    assert!(
        outcome.line_with("error row").contains("1 error row"),
        "{}",
        outcome.err
    );
    assert_eq!(outcome.rows(), JOINED);
    let outcome = run(&folder, "R=r.csv?schema=csv.schema&header=true");
    assert_eq!((outcome.rows(), outcome.err.as_str()), (JOINED, ""));

    let json = r#"{"RecordFormatType": "JSON", "MappingParameters": {"JSONMappingParameters": {"RecordRowPath": "$[0:]"}}}"#;
    folder.write("json.schema", schema(json, ["$.id.key", "$.id.name", "$.count"]));
    folder.write(
        "r.json",
        r#"[{"id": {"key": "a", "name": "Ada, L."}, "count": 1}, {"id": {"key": "b", "name": "Ben"}},
            {"id": {"key": "b", "name": "Bob"}, "count": -3}]"#,
    );
    assert_eq!(run(&folder, "R=r.json?schema=json.schema").rows(), JOINED);
}

#[test]
fn what_is_wrong_with_a_table_is_said_before_anything_starts() {
    let folder = folder();
    folder.write("r.csv", CSV);
    folder.write("empty.csv", "");
    std::fs::create_dir(folder.path("nothing")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path("pipe"))
        .status();
    assert!(made.unwrap().success());
    for (reference, words) in [
        ("R=gone.csv", "gone.csv: no such file or folder"),
        ("R=nothing", "nothing: no file matches"),
        (
            "R=empty.csv",
            "no record was found from which to learn the columns of reference table \"R\"",
        ),
        ("R=r.csv?heder=true", "did you mean header=?"),
        ("R=r.csv?rowtime=K", "a reference table has no time"),
        ("R=r.csv?schema=gone", "cannot read the schema gone"),
        ("R=-", "standard input cannot be one"),
        ("R=pipe", "pipe is not a regular file"),
        ("R=s3://bucket/key", "s3: is not implemented yet"),
        (
            "Q=r.csv",
            "--reference Q: the application reads no such table; of what it does not create itself it reads R",
        ),
        ("S=r.csv", "--reference S: the script creates stream S"),
    ] {
        for command in ["run", "check"] {
            folder
                .run(&[command, "app.sql", "--reference", reference])
                .refused(words);
        }
    }
    let twice = &[
        "run",
        "app.sql",
        "--reference",
        "R=r.csv",
        "--reference",
        "r=r.csv",
    ];
    folder.run(twice).refused("table R is bound twice");
    let both = &["run", "app.sql", "--source", "R=r.csv", "--reference", "r=r.csv"];
    folder.run(both).refused("it is a stream or a table, not both");
    let outcome = folder.run(&["run", "app.sql", "--source", "S=in.json"]);
    outcome.refused("Table 'R' not found");
    outcome.refused("or a reference table with --reference");
    let over = &[
        "run",
        "app.sql",
        "--source",
        "S=in.json",
        "--reference",
        "R=r.csv",
        "--sink",
        "JOINED=r.csv",
    ];
    folder.run(over).refused("r.csv is read as reference table R");
    assert_eq!(folder.read("r.csv"), CSV);
}

#[test]
fn check_explain_and_replay_know_tables_too() {
    let folder = folder();
    folder.write("r.csv", CSV);
    let report = folder.run(&["check", "app.sql", "--reference", "r=r.csv?reload=true"]);
    let line = "  R (K VARCHAR(16), NAME VARCHAR(16), N INTEGER): r.csv?reload=true\n";
    assert!(report.rows().contains(line), "{}", report.out);
    let plan = folder.run(&["explain", "app.sql", "--reference", "R=r.csv"]);
    assert!(
        plan.rows().contains("Lookup: R [K, NAME, N], left"),
        "{}",
        plan.out
    );
    let replay = &["replay", "app.sql", "--from", "in.json", "--reference", "R=r.csv"];
    assert_eq!(folder.run(replay).rows(), JOINED);
}

#[test]
fn a_record_that_does_not_load_is_an_error_row_and_the_others_load() {
    let folder = folder();
    let records = "{\"K\":\"a\",\"NAME\":\"Ada, L.\",\"N\":1}\n{broken\n{\"K\":\"b\",\"NAME\":\"Ben\"}\n{\"K\":\"b\",\"NAME\":\"Bob\",\"N\":-3}\n";
    let schema = r#"{"RecordFormat": {"RecordFormatType": "JSON"}, "RecordColumns": [
        {"Name": "K", "SqlType": "VARCHAR(4)", "Mapping": "$.K"}, {"Name": "NAME", "SqlType": "VARCHAR(20)", "Mapping": "$.NAME"},
        {"Name": "N", "SqlType": "INTEGER", "Mapping": "$.N"}]}"#;
    folder.write("r.schema", schema);
    folder.write("r.json", format!("{records}{{\"K\":\"c\",\"N\":\"many\"}}\n"));
    folder.write(
        "in.json",
        ROWS.replace("{\"K\":\"a\"", "{\"ROWTIME\":\"2026-01-01 00:00:01\",\"K\":\"a\"")
            .replace("{\"K\":\"b\"", "{\"ROWTIME\":\"2026-01-01 00:00:02\",\"K\":\"b\"")
            .replace("{\"K\":\"c\"", "{\"ROWTIME\":\"2026-01-01 00:00:03\",\"K\":\"c\""),
    );
    let outcome = folder.run(&[
        "run",
        "app.sql",
        "--source",
        "S=in.json",
        "--reference",
        "R=r.json?schema=r.schema",
        "--sink",
        "JOINED=-",
        "--sink",
        "error_stream=errors.json",
        "-v",
    ]);
    assert_eq!(outcome.rows(), JOINED);
    assert!(
        outcome
            .closing()
            .contains("table R: 3 rows, 2 of 5 documents unreadable"),
        "{}",
        outcome.err
    );
    let errors = folder.read("errors.json");
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 2, "{errors}");
    // A table has no time: its errors stand at the first row of the run.
    for (line, name, offset, record) in [
        (
            lines[0],
            "Parse error",
            records.find("{broken").unwrap(),
            "{broken",
        ),
        (
            lines[1],
            "Coercion error",
            records.len(),
            "{\"K\":\"c\",\"N\":\"many\"}",
        ),
    ] {
        assert!(
            line.starts_with("{\"ERROR_TIME\":\"2026-01-01 00:00:01.000\""),
            "{line}"
        );
        assert!(line.contains(&format!("\"ERROR_NAME\":\"{name}\"")), "{line}");
        assert!(line.contains(&format!(" at r.json:{offset}\"")), "{line}");
        assert!(line.contains(&hex(record.as_bytes())), "{line}");
        assert!(line.ends_with("\"PUMP_NAME\":null}"), "{line}");
    }
}

#[test]
fn a_broken_archive_gives_the_rows_before_the_damage_or_stops() {
    let folder = folder();
    let many: String = (0..50_000u32)
        .map(|i| format!("x{i},name {},{i}\n", i.wrapping_mul(2_654_435_761)))
        .collect();
    let mut broken = gzip(&format!("{CSV}{many}"));
    broken.truncate(broken.len() / 2);
    folder.write("r.csv.gz", broken);
    let args = &[
        "run",
        "app.sql",
        "--source",
        "S=in.json",
        "--reference",
        "R=r.csv.gz",
        "--now",
        NOW,
    ];
    let outcome = folder.run(args);
    assert_eq!(outcome.rows(), JOINED);
    assert!(
        outcome.err.contains("cannot read on") && outcome.err.contains(" at r.csv.gz:"),
        "{}",
        outcome.err
    );
    folder
        .run(&[args as &[&str], &["--on-error", "stop"]].concat())
        .refused("cannot read on");
}

#[test]
fn a_table_of_more_than_a_gigabyte_is_refused_with_its_limit() {
    let folder = folder();
    let file = std::fs::File::create(folder.path("r.csv")).unwrap();
    file.set_len((1 << 30) + 1).unwrap();
    run(&folder, "R=r.csv").refused("more than 1073741824 bytes, which is the limit of a reference table");
}

/// A run that reads standard input and answers each row with one.
struct Talk {
    child: Child,
    answers: BufReader<ChildStdout>,
    notes: Receiver<String>,
}

impl Talk {
    fn start(folder: &Folder, reference: &str) -> Self {
        let mut child = folder.start(&["run", "app.sql", "--source", "S=-", "--reference", reference]);
        let answers = BufReader::new(child.stdout.take().unwrap());
        let err = BufReader::new(child.stderr.take().unwrap());
        let (sender, notes) = sync_channel(100);
        std::thread::spawn(move || {
            err.lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        Self {
            child,
            answers,
            notes,
        }
    }

    fn ask(&mut self) -> String {
        let mut answer = String::new();
        self.child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(b"{\"K\":\"a\"}\n")
            .unwrap();
        self.answers.read_line(&mut answer).unwrap();
        answer
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        assert_eq!(finish(self.child).status, Some(0));
    }
}

#[test]
fn a_file_that_changes_is_read_again_while_the_run_goes_on() {
    let folder = folder();
    folder.write("r.csv", "K,NAME,N\na,old,1\n");
    let mut talk = Talk::start(&folder, "R=r.csv?reload=true");
    let old = "{\"K\":\"a\",\"NAME\":\"old\",\"N\":1}\n";
    assert_eq!(talk.ask(), old);
    // Written beside and moved over, as whoever replaces a file that others read should do.
    folder.write("r.new", "K,NAME,N\na,new,2\n");
    std::fs::rename(folder.path("r.new"), folder.path("r.csv")).unwrap();
    let new = "{\"K\":\"a\",\"NAME\":\"new\",\"N\":2}\n";
    let mut answer = String::new();
    assert!(until(|| {
        answer = talk.ask();
        answer != old
    }));
    assert_eq!(answer, new);

    // Written in place.
    folder.write("r.csv", "K,NAME,N\na,newer,3\n");
    assert!(until(|| {
        answer = talk.ask();
        answer != new
    }));
    let newer = "{\"K\":\"a\",\"NAME\":\"newer\",\"N\":3}\n";
    assert_eq!(answer, newer);

    // What cannot be read leaves the table as it is, and is told once.
    std::fs::remove_file(folder.path("r.csv")).unwrap();
    let mut note = None;
    assert!(until(|| {
        assert_eq!(talk.ask(), newer);
        note = talk.notes.try_recv().ok();
        note.is_some()
    }));
    assert_eq!(
        note.as_deref(),
        Some("rowtime: reference table R: r.csv: no such file or folder; the table stays as it is")
    );
    folder.write("r.csv", "K,NAME,N\na,again,4\n");
    assert!(until(|| talk.ask() != newer));
    assert_eq!(talk.ask(), "{\"K\":\"a\",\"NAME\":\"again\",\"N\":4}\n");
    assert_eq!(talk.notes.try_recv().ok(), None);
    talk.end();
}

#[test]
fn without_reload_a_file_is_read_once() {
    let folder = folder();
    folder.write("r.csv", "K,NAME,N\na,old,1\n");
    let mut talk = Talk::start(&folder, "R=r.csv");
    let old = talk.ask();
    std::fs::remove_file(folder.path("r.csv")).unwrap();
    assert_eq!(talk.ask(), old);
    talk.end();
}
