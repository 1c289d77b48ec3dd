//! `rowtime discover`: the schema that it prints loads every record that it looked at, whatever shape they have.

use crate::machine::{Folder, Outcome, hex};

/// A source, and what is known of it.
struct Shape {
    what: &'static str,
    file: &'static str,
    records: &'static str,
    /// `NAME TYPE PATH` of every column.
    columns: &'static [&'static str],
    /// Rows that all of it gives.
    rows: usize,
    /// Parameters that the run needs beside `schema=`.
    more: &'static str,
}

const SHAPES: &[Shape] = &[
    Shape {
        what: "flat",
        file: "flat.jsonl",
        records: "{\"ticker\":\"AMZN\",\"price\":1.5,\"n\":3,\"up\":true}\n{\"ticker\":\"T\",\"price\":2,\"n\":null,\"up\":false}\n",
        columns: &[
            "ticker VARCHAR(16) $.ticker",
            "price DOUBLE $.price",
            "n INTEGER $.n",
            "up BOOLEAN $.up",
        ],
        rows: 2,
        more: "",
    },
    Shape {
        what: "nested",
        file: "nested.json",
        records: "{\"id\":1,\"door\":{\"id\":2,\"at\":{\"floor\":3}}}{\"id\":4,\"door\":null}",
        columns: &[
            "id INTEGER $.id",
            "door_id INTEGER $.door.id",
            "floor INTEGER $.door.at.floor",
        ],
        rows: 2,
        more: "",
    },
    Shape {
        what: "an array of objects",
        file: "orders.json",
        records: "{\"order\":7,\"tags\":[\"a\",\"b\"],\"items\":[{\"sku\":\"x\",\"q\":1},{\"sku\":\"y\"}]}\n{\"order\":8,\"items\":[]}\n",
        columns: &[
            "order INTEGER $.order",
            "tags VARCHAR(16) $.tags[0:]",
            "sku VARCHAR(16) $.items[0:].sku",
            "q INTEGER $.items[0:].q",
        ],
        rows: 3,
        more: "",
    },
    Shape {
        what: "mixed numbers and NULLs",
        file: "mixed.json",
        records: "{\"a\":1,\"b\":1,\"c\":null}\n{\"a\":2.5,\"b\":\"x\",\"c\":null}\n{\"a\":3000000000,\"b\":[1, 2]}\n",
        columns: &["a DOUBLE $.a", "b VARCHAR(16) $.b", "c VARCHAR(16) $.c"],
        rows: 3,
        more: "",
    },
    Shape {
        what: "epoch and ISO times",
        file: "times.json",
        records: "{\"ms\":1700000000123,\"iso\":\"2024-01-01T00:00:00.5Z\",\"day\":\"2024-01-01\"}\n{\"ms\":1700000000124,\"iso\":\"2024-01-02\",\"day\":\"2024-01-02\"}\n",
        columns: &["ms BIGINT $.ms", "iso TIMESTAMP $.iso", "day DATE $.day"],
        rows: 2,
        more: "",
    },
    Shape {
        what: "CSV with a header",
        file: "header.csv",
        records: "ticker,price,ROWTIME\r\nAMZN,1.5,2024-01-01 00:00:00\r\nT,2,2024-01-01 00:00:01\r\n",
        columns: &["ticker VARCHAR(16)", "price DOUBLE"],
        rows: 2,
        more: "&header=true",
    },
    Shape {
        what: "CSV without a header",
        file: "plain.csv",
        records: "AMZN,1.5\nT,2\nV,,\"a, b\"\n",
        columns: &["COL_0 VARCHAR(16)", "COL_1 DOUBLE", "COL_2 VARCHAR(16)"],
        rows: 3,
        more: "",
    },
    Shape {
        what: "several shapes on one stream",
        file: "shapes.json",
        records: "{\"type\":\"a\",\"x\":1}\n{\"type\":\"b\",\"y\":{\"z\":true}}\n{\"type\":\"a\",\"x\":2}\n",
        columns: &["type VARCHAR(16) $.type", "x INTEGER $.x", "z BOOLEAN $.y.z"],
        rows: 3,
        more: "",
    },
    Shape {
        what: "odd names",
        file: "names.json",
        records: "{\"a.b\":1,\"USER@DOMAIN\":2,\" \":3,\"it's [0]\":4,\"select\":5,\"naïve\":6,\"A\":7,\"a\":8,\"rowtime\":1700000000000}\n",
        columns: &[
            "a.b INTEGER $['a.b']",
            "USER@DOMAIN INTEGER $.USER@DOMAIN",
            "  INTEGER $[' ']",
            "it's [0] INTEGER $[\"it's [0]\"]",
            "select INTEGER $.select",
            "naïve INTEGER $.naïve",
            "A INTEGER $.A",
            "a INTEGER $.a",
        ],
        rows: 1,
        more: "",
    },
    Shape {
        what: "CSV between semicolons",
        file: "semicolons.csv",
        records: "name;price\na;1,5\nb;2,5\n",
        columns: &["name VARCHAR(16)", "price VARCHAR(16)"],
        rows: 2,
        more: "&header=true",
    },
    Shape {
        what: "CSV between tabs",
        file: "tabs.csv",
        records: "a\t1\t2024-01-01 10:00:00\nb\t2\t2024-01-01 10:00:01\n",
        columns: &["COL_0 VARCHAR(16)", "COL_1 INTEGER", "COL_2 TIMESTAMP"],
        rows: 2,
        more: "",
    },
    Shape {
        what: "documents behind each other on one line",
        file: "one-line.json",
        records: "{\"a\":1}{\"a\":2} {\"a\":3}",
        columns: &["a INTEGER $.a"],
        rows: 3,
        more: "",
    },
    Shape {
        what: "arrays of records",
        file: "array.json",
        records: "[{\"a\":1,\"b\":{\"c\":\"x\"}},\n {\"a\":2}]\n[]\n[{\"a\":3}]",
        columns: &["a INTEGER $.a", "c VARCHAR(16) $.b.c"],
        rows: 3,
        more: "",
    },
    Shape {
        what: "values that are no objects",
        file: "values.json",
        records: "1\n\"x\"\n{\"a\":1}\n[1, 2]\n",
        columns: &["a INTEGER $.a", "ITEM VARCHAR(16) $"],
        rows: 4,
        more: "",
    },
    Shape {
        what: "a clock that some records lack",
        file: "clock.json",
        records: "{\"ROWTIME\":\"2024-01-01 00:00:00\",\"a\":1}\n{\"a\":2}\n",
        columns: &["a INTEGER $.a"],
        rows: 2,
        more: "&rowtime=now",
    },
];

/// `NAME TYPE PATH` of every column of a printed schema.
pub fn columns(schema: &str) -> Vec<String> {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let columns = schema["RecordColumns"].as_array().unwrap().iter();
    let column = |c: &serde_json::Value| {
        let member = |name: &str| {
            c.get(name)
                .and_then(|v| v.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        format!("{} {} {}", member("Name"), member("SqlType"), member("Mapping"))
            .trim_end()
            .to_owned()
    };
    columns.map(column).collect()
}

/// A script that copies every column of a printed schema.
fn copy_all(schema: &str) -> String {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let columns = schema["RecordColumns"].as_array().unwrap();
    let name = |c: &serde_json::Value| format!("\"{}\"", c["Name"].as_str().unwrap().replace('"', "\"\""));
    let names: Vec<String> = columns.iter().map(name).collect();
    let typed: Vec<String> = columns
        .iter()
        .map(|c| format!("{} {}", name(c), c["SqlType"].as_str().unwrap()))
        .collect();
    format!(
        "CREATE STREAM COPIED ({});\nCREATE PUMP P AS INSERT INTO COPIED SELECT STREAM {} FROM \"IN\";\n",
        typed.join(", "),
        names.join(", ")
    )
}

/// Runs the copy and checks that every row is there and none is an error.
fn loads(folder: &Folder, source: &str, rows: usize, what: &str) -> String {
    let outcome = folder.run(&["run", "app.sql", "--source", &format!("IN={source}"), "-v"]);
    let err = &outcome.err;
    assert!(
        !err.contains("error row") && !err.contains("unreadable"),
        "{what}: {err}"
    );
    assert_eq!(
        outcome.rows().lines().count(),
        rows,
        "{what}: {}{err}",
        outcome.out
    );
    outcome.out
}

pub fn discover(folder: &Folder, args: &[&str]) -> Outcome {
    folder.run(&[&["discover"], args].concat())
}

/// Runs the command that a comment shows, without its redirection.
pub fn discover_as_told(folder: &Folder, command: &str) -> Outcome {
    let line = command
        .strip_prefix("discover ")
        .unwrap()
        .split_once(" >")
        .unwrap()
        .0;
    let args: Vec<&str> = line.split(' ').map(|arg| arg.trim_matches('\'')).collect();
    discover(folder, &args)
}

#[test]
fn the_schema_of_every_shape_loads_every_record_that_it_was_made_from() {
    let folder = Folder::new();
    for shape in SHAPES {
        let what = shape.what;
        folder.write(shape.file, shape.records);
        let found = discover(&folder, &[shape.file]);
        assert_eq!(columns(found.rows()), shape.columns, "{what}: {}", found.out);
        let told = format!("{}?schema=schema.json{}", shape.file, shape.more);
        assert!(found.err.contains(&told), "{what}: {}", found.err);
        folder.write("schema.json", &found.out);
        folder.write("app.sql", copy_all(&found.out));
        let with_schema = loads(&folder, &told, shape.rows, what);
        // What describes itself is read in the same way.
        let query = shape.more.strip_prefix('&').filter(|q| q.starts_with("rowtime="));
        let guessed = format!(
            "{}{}",
            shape.file,
            query.map_or(String::new(), |q| format!("?{q}"))
        );
        assert_eq!(loads(&folder, &guessed, shape.rows, what), with_schema, "{what}");
        // Standard input shows the same.
        let format = if shape.file.ends_with(".csv") {
            "-?format=csv"
        } else {
            "-"
        };
        let piped = folder.run_on(&["discover", format], shape.records.as_bytes());
        assert_eq!(piped.rows(), found.out, "{what}");
        // The service's inference loads them, too.
        let aws = discover(&folder, &[shape.file, "--aws"]);
        folder.write("schema.json", aws.rows());
        folder.write("app.sql", copy_all(&aws.out));
        let header = shape.more.replace("&rowtime=now", "");
        let rowtime = if shape.file == "clock.json" {
            "&rowtime=now"
        } else {
            ""
        };
        let source = format!("{}?schema=schema.json{header}{rowtime}", shape.file);
        loads(&folder, &source, shape.rows, what);
    }
}

#[test]
fn a_printed_stream_runs_as_the_comment_above_it_says() {
    let folder = Folder::new();
    for shape in SHAPES.iter().filter(|s| s.file != "names.json") {
        let what = shape.what;
        folder.write(shape.file, shape.records);
        let ddl = discover(&folder, &[shape.file, "--ddl"]);
        let stream = ddl
            .rows()
            .split_once("STREAM ")
            .unwrap()
            .1
            .split_once(" (")
            .unwrap()
            .0;
        let commands: Vec<&str> = ddl
            .out
            .lines()
            .filter_map(|l| l.strip_prefix("--   rowtime "))
            .collect();
        if let [schema, _] = commands.as_slice() {
            folder.write("schema.json", discover_as_told(&folder, schema).rows());
        }
        let source = commands
            .last()
            .unwrap()
            .split_once("--source ")
            .unwrap()
            .1
            .trim_matches('\'');
        folder.write("app.sql", &ddl.out);
        let run = folder.run(&["run", "app.sql", "--source", source]);
        assert_eq!(
            run.rows().lines().count(),
            shape.rows,
            "{what}, {stream}: {}{}",
            ddl.out,
            run.err
        );
        assert!(!run.err.contains("error row"), "{what}: {}", run.err);
    }
}

#[test]
fn names_are_quoted_where_sql_would_read_another_one() {
    let folder = Folder::new();
    folder.write(
        "My trades.json",
        "{\"PRICE\":1,\"at\":\"2024-01-01\",\"TIMESTAMP\":2,\"say \\\"hi\\\"\":3}",
    );
    assert_eq!(
        discover(&folder, &["My trades.json", "--ddl"]).rows(),
        "-- The columns found in 1 record of My trades.json. To run with them:\n\
         --   rowtime run app.sql --source 'SOURCE_SQL_STREAM_001=My trades.json'\n\
         CREATE OR REPLACE STREAM SOURCE_SQL_STREAM_001 (\n    PRICE INTEGER,\n    \"at\" DATE,\n    \"TIMESTAMP\" \
         INTEGER,\n    \"say \"\"hi\"\"\" INTEGER\n);\n"
    );
}

#[test]
fn the_inference_of_the_service_renames_and_types_as_its_guide_shows() {
    let folder = Folder::new();
    folder.write(
        "a.json",
        "{\"USER\":\"Coal\",\"USER@DOMAIN\":\"123456789\",\"@@\":1,\"year\":1999,\"iso\":\"2018-05-09T12:50:41\",\"o\":{\"d\":1.5}}",
    );
    assert_eq!(
        columns(discover(&folder, &["a.json", "--aws"]).rows()),
        [
            "COL_USER VARCHAR(4) $.USER",
            "COL_USERDOMAIN VARCHAR(16) $.USER@DOMAIN",
            "COL_2 INTEGER $.@@",
            "COL_year INTEGER $.year",
            "iso VARCHAR(32) $.iso",
            "d DOUBLE $.o.d",
        ]
    );
}

#[test]
fn archives_folders_and_samples_are_looked_at_as_asked() {
    let folder = Folder::new();
    let lines: String = (0..3_000).map(|i| format!("{{\"a\":{i}}}\n")).collect();
    folder.write("in/1.json", &lines);
    folder.write(
        "in/2.json.zst",
        zstd::encode_all(&b"{\"a\":\"x\",\"b\":1}\n"[..], 1).unwrap(),
    );
    let all = discover(&folder, &["in"]);
    assert_eq!(columns(all.rows()), ["a VARCHAR(16) $.a", "b INTEGER $.b"]);
    all.line_with("looked at 3,001 records: JSON");
    all.line_with("\"b\": in 1 of 3,001 records only");
    assert_eq!(discover(&folder, &["in/*"]).out, all.out);
    let sample = discover(&folder, &["in", "--sample", "1000"]);
    assert_eq!(columns(sample.rows()), ["a INTEGER $.a"]);
    sample.line_with("looked at 1,000 records, and there are more: JSON");
    folder.write("in/3.csv", "1,2\n");
    discover(&folder, &["in"]).refused("in holds files of different formats");
    assert_eq!(discover(&folder, &["in/*.csv"]).status, Some(0));
}

#[test]
fn what_cannot_be_discovered_is_refused_and_says_why() {
    let folder = Folder::new();
    folder.write("empty.json", "");
    folder.write("blank.json", "\n \n");
    folder.write("objects.json", "{}\n{}\n");
    folder.write("bad.json", "hello\n");
    folder.write("delimited.txt", "name;price\na;1\n");
    folder.write("binary.json", [0u8, 159, 146, 150].repeat(100));
    for (args, words) in [
        (&["nothing.json"][..], "nothing.json: no such file or folder"),
        (&["empty.json"], "empty.json: no record was found"),
        (&["blank.json"], "blank.json: no record was found"),
        (
            &["objects.json"],
            "objects.json: 2 records were found, and none has a field",
        ),
        (
            &["bad.json"],
            "bad.json: no record could be read; the first: bad.json:0: the record is not valid JSON",
        ),
        (&["delimited.txt"], "it looks like CSV: write ?format=csv"),
        (&["binary.json"], "it is binary data"),
        (
            &["bad.json?schema=x.json"],
            "schema= names a schema, which discover is to find",
        ),
        (&["-?format=parquet"], "standard input cannot be a Parquet file"),
        (&["empty.json", "--sample", "0"], "--sample"),
    ] {
        discover(&folder, args).refused(words);
    }
}

#[test]
fn a_run_says_which_columns_it_guessed_and_reads_nested_ones() {
    let folder = Folder::new();
    folder.write(
        "trades.jsonl",
        "{\"t\":{\"ticker\":\"AMZN\"},\"price\":1.5}\n{\"t\":{\"ticker\":\"T\"},\"price\":2}\n",
    );
    folder.write(
        "app.sql",
        "CREATE STREAM O (TICKER VARCHAR(4), PRICE DOUBLE);\nCREATE PUMP P AS INSERT INTO O SELECT STREAM \"ticker\", \"price\" FROM TRADES;\n",
    );
    let run = folder.run(&["run", "app.sql", "--source", "TRADES=trades.jsonl"]);
    assert_eq!(
        run.rows(),
        "{\"TICKER\":\"AMZN\",\"PRICE\":1.5}\n{\"TICKER\":\"T\",\"PRICE\":2.0}\n"
    );
    run.line_with(
        "rowtime: TRADES: columns guessed from 2 records of trades.jsonl: ticker VARCHAR(16), price DOUBLE; give a schema \
         with ?schema=FILE, made by rowtime discover",
    );
    let piped = folder.run_on(
        &["run", "app.sql", "--source", "TRADES=-"],
        folder.read("trades.jsonl").as_bytes(),
    );
    assert_eq!(piped.rows(), run.out);
    // Reference tables are described in the same way.
    folder.write("places.json", "[{\"ticker\":\"T\",\"at\":{\"city\":\"Dallas\"}}]");
    folder.write(
        "app.sql",
        "CREATE STREAM O (CITY VARCHAR(16));\nCREATE PUMP P AS INSERT INTO O SELECT STREAM p.\"city\" FROM TRADES AS t \
         JOIN PLACES AS p ON t.\"ticker\" = p.\"ticker\";\n",
    );
    let args = [
        "run",
        "app.sql",
        "--source",
        "TRADES=trades.jsonl",
        "--reference",
        "PLACES=places.json",
    ];
    assert_eq!(folder.run(&args).rows(), "{\"CITY\":\"Dallas\"}\n");
}

#[test]
fn a_record_behind_the_sample_that_does_not_fit_is_an_error_row() {
    let folder = Folder::new();
    let mut lines: String = (0..1_000).map(|i| format!("{{\"a\":{i}}}\n")).collect();
    lines += "{\"a\":\"x\"}\n{\"a\":7}\n";
    folder.write("in.json", &lines);
    folder.write(
        "app.sql",
        "CREATE STREAM O (A INTEGER);\nCREATE PUMP P AS INSERT INTO O SELECT STREAM \"a\" FROM \"IN\";\n",
    );
    let args = [
        "run",
        "app.sql",
        "--source",
        "IN=in.json",
        "--sink",
        "O=out.json",
        "--sink",
        "error_stream=err.json",
    ];
    let run = folder.run(&args);
    assert_eq!(run.rows(), "");
    assert_eq!(folder.read("out.json").lines().count(), 1_001);
    let error = folder.read("err.json");
    assert!(
        error.contains("Coercion error") && error.contains(&hex(b"{\"a\":\"x\"}")),
        "{error}"
    );
}
