//! Parquet files as sources and reference tables of the built program.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray, NullArray,
    StringArray, StructArray, TimestampMicrosecondArray, TimestampMillisecondArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::machine::{Folder, NOW, hex};

fn write(folder: &Folder, name: &str, columns: Vec<(&str, ArrayRef)>, rows_a_group: usize) {
    let path = folder.path(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(rows_a_group))
        .build();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn trades(folder: &Folder, name: &str) {
    let cents = Decimal128Array::from(vec![150, 225, -1])
        .with_precision_and_scale(9, 2)
        .unwrap();
    let at = TimestampMicrosecondArray::from(vec![
        1_700_000_000_000_999,
        1_700_000_001_000_000,
        1_700_000_002_000_000,
    ]);
    let place = StructArray::from(vec![(
        Arc::new(Field::new("city", DataType::Utf8, true)),
        Arc::new(StringArray::from(vec![Some("Rome"), None, Some("Oslo")])) as ArrayRef,
    )]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "ticker",
            Arc::new(StringArray::from(vec![Some("AMZN"), Some("T"), None])),
        ),
        ("cents", Arc::new(cents)),
        ("at", Arc::new(at.with_timezone("+00:00"))),
        ("n", Arc::new(Int64Array::from(vec![1, 2, 3_000_000_000]))),
        ("place", Arc::new(place)),
    ];
    write(folder, name, columns, 2);
}

const COPY: &str =
    "CREATE STREAM O (TICKER VARCHAR(16), CENTS DECIMAL(9,2), AT_ TIMESTAMP, N BIGINT, CITY VARCHAR(16));
CREATE PUMP P AS INSERT INTO O SELECT STREAM \"ticker\", \"cents\", \"at\", \"n\", \"city\" FROM TRADES;
";

const ROWS: &str = r#"{"TICKER":"AMZN","CENTS":1.50,"AT_":"2023-11-14 22:13:20.000","N":1,"CITY":"Rome"}
{"TICKER":"T","CENTS":2.25,"AT_":"2023-11-14 22:13:21.000","N":2,"CITY":null}
{"TICKER":null,"CENTS":-0.01,"AT_":"2023-11-14 22:13:22.000","N":3000000000,"CITY":"Oslo"}
"#;

#[test]
fn a_file_describes_itself_and_the_printed_schema_reads_it() {
    let folder = Folder::with(COPY);
    trades(&folder, "trades.parquet");
    let run = folder.run(&["run", "app.sql", "--source", "TRADES=trades.parquet"]);
    assert_eq!(run.rows(), ROWS, "{}", run.err);
    run.line_with(
        "TRADES: columns guessed from 3 records of trades.parquet: ticker VARCHAR(16), cents DECIMAL(9, 2), at TIMESTAMP, n \
         BIGINT, city VARCHAR(16)",
    );
    let found = folder.run(&["discover", "trades.parquet"]);
    folder.write("schema.json", found.rows());
    found.line_with("AWS had no Parquet");
    found.line_with("?rowtime=at (in order)");
    let with = folder.run(&[
        "run",
        "app.sql",
        "--source",
        "TRADES=trades.parquet?schema=schema.json",
    ]);
    assert_eq!(with.rows(), ROWS, "{}", with.err);
    std::fs::rename(folder.path("trades.parquet"), folder.path("trades.bin")).unwrap();
    let told = folder.run(&["run", "app.sql", "--source", "TRADES=trades.bin?format=parquet"]);
    assert_eq!(told.rows(), ROWS, "{}", told.err);
    assert_eq!(
        folder
            .run(&["discover", "trades.bin?format=parquet", "--ddl"])
            .rows(),
        "-- The columns found in 3 records of trades.bin?format=parquet. To run with them:\n\
         --   rowtime discover 'trades.bin?format=parquet' > schema.json\n\
         --   rowtime run app.sql --source 'TRADES=trades.bin?format=parquet&schema=schema.json'\n\
         CREATE OR REPLACE STREAM TRADES (\n    \"ticker\" VARCHAR(16),\n    \"cents\" DECIMAL(9, 2),\n    \"at\" TIMESTAMP,\n    \
         \"n\" BIGINT,\n    \"city\" VARCHAR(16)\n);\n"
    );
}

#[test]
fn a_value_that_does_not_fit_withholds_its_row_and_says_where() {
    let folder = Folder::with(
        "CREATE STREAM TRADES (TICKER VARCHAR(3), N INTEGER);\nCREATE STREAM O (TICKER VARCHAR(3), N INTEGER);\n\
         CREATE PUMP P AS INSERT INTO O SELECT STREAM TICKER, N FROM TRADES;\n",
    );
    trades(&folder, "t.parquet");
    let args = [
        "run",
        "app.sql",
        "--source",
        "TRADES=t.parquet",
        "--sink",
        "O=o.json",
        "--sink",
        "error_stream=e.json",
        "-v",
        "--now",
        NOW,
    ];
    assert_eq!(folder.run(&args).books(), (3, 2, 1));
    // Text is cut in silence, as everywhere.
    assert_eq!(
        folder.read("o.json"),
        "{\"TICKER\":\"AMZ\",\"N\":1}\n{\"TICKER\":\"T\",\"N\":2}\n"
    );
    let error = folder.read("e.json");
    let shown = hex(br#"{"ticker":null,"n":3000000000}"#);
    for part in [
        "\"ERROR_NAME\":\"Coercion error\"",
        "3000000000",
        "out of the range of INTEGER",
        " at t.parquet:2\"",
        &shown,
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    for (rows, threads) in [("1", "1"), ("2", "2")] {
        let before = (folder.read("o.json"), folder.read("e.json"));
        folder
            .run(&[&args[..], &["--batch-rows", rows, "--threads", threads]].concat())
            .books();
        assert_eq!((folder.read("o.json"), folder.read("e.json")), before);
    }
}

#[test]
fn files_with_a_clock_are_merged_by_it_and_cut_by_start_and_end() {
    let folder = Folder::with(
        "CREATE STREAM S (AT_ TIMESTAMP, N INTEGER);\nCREATE STREAM O (T TIMESTAMP, N INTEGER);\n\
         CREATE PUMP P AS INSERT INTO O SELECT STREAM S.ROWTIME, N FROM S;\n",
    );
    let part = |seconds: &[i64], n: &[i32]| -> Vec<(&str, ArrayRef)> {
        let micros: Vec<i64> = seconds.iter().map(|s| s * 1_000_000).collect();
        vec![
            ("at_", Arc::new(TimestampMicrosecondArray::from(micros))),
            ("n", Arc::new(Int32Array::from(n.to_vec()))),
        ]
    };
    write(&folder, "in/a.parquet", part(&[1, 4, 5], &[1, 4, 5]), 1);
    write(&folder, "in/b.parquet", part(&[2, 3, 6], &[2, 3, 6]), 2);
    let run = |more: &[&str]| {
        let outcome = folder.run(&[&["run", "app.sql", "--source", "S=in?rowtime=AT_"], more].concat());
        let rows = outcome.rows().lines();
        rows.map(|l| l.split_once("\"N\":").unwrap().1.trim_end_matches('}').to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(run(&[]), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(
        run(&["--threads", "1", "--batch-rows", "1"]),
        ["1", "2", "3", "4", "5", "6"]
    );
    let cut = ["--start", "1970-01-01 00:00:03", "--end", "1970-01-01 00:00:05"];
    assert_eq!(run(&cut), ["3", "4"]);
}

#[test]
fn a_reference_table_may_be_a_parquet_file() {
    let folder = Folder::with(
        "CREATE STREAM O (N INTEGER, NAME VARCHAR(16));\nCREATE PUMP P AS INSERT INTO O SELECT STREAM s.\"n\", r.\"name\" \
         FROM \"IN\" AS s JOIN R AS r ON s.\"n\" = r.\"id\";\n",
    );
    folder.write("in.json", "{\"n\":2}\n{\"n\":9}\n{\"n\":1}\n");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int32Array::from(vec![1, 2]))),
        ("name", Arc::new(StringArray::from(vec!["one", "two"]))),
    ];
    write(&folder, "r.parquet", columns, 10);
    let run = folder.run(&[
        "run",
        "app.sql",
        "--source",
        "IN=in.json",
        "--reference",
        "R=r.parquet",
    ]);
    assert_eq!(
        run.rows(),
        "{\"N\":2,\"NAME\":\"two\"}\n{\"N\":1,\"NAME\":\"one\"}\n"
    );
}

#[test]
fn damaged_files_and_pipes_are_told() {
    let folder = Folder::with(COPY);
    trades(&folder, "in/1.parquet");
    let whole = std::fs::read(folder.path("in/1.parquet")).unwrap();
    folder.write("cut.parquet", &whole[..whole.len() / 2]);
    folder.run(&["discover", "cut.parquet"]).refused(
        "cut.parquet: no record could be read; the first: cut.parquet: it is not a whole Parquet file",
    );
    folder.write("in/2.parquet", &whole[..whole.len() / 2]);
    let run = folder.run(&[
        "run",
        "app.sql",
        "--source",
        "TRADES=in",
        "--sink",
        "O=o.json",
        "--sink",
        "error_stream=e.json",
    ]);
    assert_eq!((run.rows(), folder.read("o.json").as_str()), ("", ROWS));
    let error = folder.read("e.json");
    assert!(
        error.contains("cannot read on: it is not a whole Parquet file")
            && error.contains(" at in/2.parquet:0\""),
        "{error}"
    );
    let stopped = folder.run(&["run", "app.sql", "--source", "TRADES=in", "--on-error", "stop"]);
    assert_eq!(stopped.status, Some(1), "{}", stopped.err);
    folder
        .run(&["run", "app.sql", "--source", "TRADES=-?format=parquet"])
        .refused("standard input cannot be a Parquet file");
    folder
        .run(&["run", "app.sql", "--source", "TRADES=in", "--sink", "O=o.parquet"])
        .refused("Parquet is read and not written");
}

#[test]
fn only_the_columns_that_are_read_are_judged() {
    // NaN has no place in a DOUBLE, but nobody asks for it.
    let folder = Folder::with(
        "CREATE STREAM S (A DOUBLE, B INTEGER);\nCREATE STREAM O (B INTEGER);\n\
         CREATE PUMP P AS INSERT INTO O SELECT STREAM B FROM S;\n",
    );
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("A", Arc::new(Float64Array::from(vec![f64::NAN, 1.0]))),
        ("b", Arc::new(Int32Array::from(vec![1, 2]))),
    ];
    write(&folder, "s.parquet", columns, 10);
    assert_eq!(
        folder.run(&["run", "app.sql", "--source", "S=s.parquet"]).rows(),
        "{\"B\":1}\n{\"B\":2}\n"
    );
}

#[test]
fn paths_that_lead_into_arrays_are_refused() {
    let folder = Folder::with(COPY);
    trades(&folder, "trades.parquet");
    let schema = |row_path: &str, path: &str| {
        format!(
            "{{\"RecordFormat\":{{\"RecordFormatType\":\"JSON\",\"MappingParameters\":{{\"JSONMappingParameters\":\
             {{\"RecordRowPath\":\"{row_path}\"}}}}}},\"RecordColumns\":[{{\"Name\":\"ticker\",\"Mapping\":\"{path}\",\
             \"SqlType\":\"VARCHAR(16)\"}}]}}"
        )
    };
    folder.write(
        "app.sql",
        "CREATE STREAM O (T VARCHAR(16));\nCREATE PUMP P AS INSERT INTO O SELECT STREAM \"ticker\" FROM TRADES;\n",
    );
    let args = [
        "run",
        "app.sql",
        "--source",
        "TRADES=trades.parquet?schema=schema.json",
    ];
    for path in ["$.o[0:].x", "$.o[0].x", "$.l[1]", "$"] {
        folder.write("schema.json", schema("$", path));
        let words =
            format!("trades.parquet: column \"ticker\": the path {path} is not supported for Parquet");
        folder.run(&args).refused(&words);
    }
    folder.write("schema.json", schema("$.o[0:]", "$.x"));
    folder
        .run(&args)
        .refused("the row path $.o[0:] is not supported for Parquet");
    folder.write("schema.json", schema("$", "$.place.city"));
    let rows = "{\"T\":\"Rome\"}\n{\"T\":null}\n{\"T\":\"Oslo\"}\n";
    assert_eq!(folder.run(&args).rows(), rows);
}

#[test]
fn values_without_a_place_in_the_dialect_are_shown_as_the_file_holds_them() {
    let folder = Folder::new();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("f", Arc::new(Float64Array::from(vec![f64::NAN, 1e38, 0.5]))),
        (
            "t",
            Arc::new(TimestampMillisecondArray::from(vec![1 << 62, 0, 1])),
        ),
    ];
    write(&folder, "e.parquet", columns, 10);
    let found = folder.run(&["discover", "e.parquet"]);
    found.line_with("\"f\": NaN or an infinity has no place in DOUBLE, so it is VARCHAR(16)");
    found.line_with("\"t\": a time beyond the calendar has no place in TIMESTAMP, so it is VARCHAR(64)");
    folder.write(
        "app.sql",
        "CREATE STREAM O (F VARCHAR(16), T VARCHAR(64));\nCREATE PUMP P AS INSERT INTO O SELECT STREAM * FROM S;\n",
    );
    assert_eq!(
        folder.run(&["run", "app.sql", "--source", "S=e.parquet"]).rows(),
        "{\"F\":\"NaN\",\"T\":\"4611686018427387904 milliseconds since 1970\"}\n\
         {\"F\":\"1.0E38\",\"T\":\"1970-01-01 00:00:00.000\"}\n\
         {\"F\":\"0.5\",\"T\":\"1970-01-01 00:00:00.001\"}\n"
    );
    folder.write(
        "app.sql",
        "CREATE STREAM S (\"t\" TIMESTAMP);\nCREATE STREAM O (T TIMESTAMP);\n\
         CREATE PUMP P AS INSERT INTO O SELECT STREAM \"t\" FROM S;\n",
    );
    let run = folder.run(&["run", "app.sql", "--source", "S=e.parquet"]);
    assert_eq!(run.rows().lines().count(), 2);
    assert!(
        run.err.contains("4611686018427387904 milliseconds since 1970"),
        "{}",
        run.err
    );
    assert!(!run.err.contains("Cast error"), "{}", run.err);
}

#[test]
fn a_file_without_rows_still_says_what_its_columns_are() {
    let folder = Folder::new();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("n", Arc::new(Int64Array::from(Vec::<i64>::new()))),
        ("s", Arc::new(StringArray::from(Vec::<&str>::new()))),
    ];
    write(&folder, "none.parquet", columns, 10);
    let found = folder.run(&["discover", "none.parquet", "--ddl"]);
    assert!(
        found
            .rows()
            .ends_with("(\n    \"n\" BIGINT,\n    \"s\" VARCHAR(16)\n);\n"),
        "{}",
        found.out
    );
    assert!(!found.err.contains("\"n\""), "{}", found.err);
    found.line_with("\"s\": never had a value; VARCHAR(16) is a guess");
    folder.write(
        "app.sql",
        "CREATE STREAM O (N BIGINT);\nCREATE PUMP P AS INSERT INTO O SELECT STREAM \"n\" FROM S;\n",
    );
    assert_eq!(
        folder
            .run(&["run", "app.sql", "--source", "S=none.parquet"])
            .rows(),
        ""
    );
}

#[test]
fn a_file_that_cannot_be_unpacked_says_so_wherever_it_is_read() {
    let folder = Folder::with(COPY);
    write(
        &folder,
        "b.parquet",
        vec![("i", Arc::new(Int64Array::from(vec![1])))],
        10,
    );
    let mut bytes = std::fs::read(folder.path("b.parquet")).unwrap();
    // In the description of the column, its path is followed by how its pages are packed: 0 not at all, 8 with Brotli.
    let packed = [0x18, 1, b'i', 0x15];
    let at = bytes
        .windows(5)
        .rposition(|w| w[..4] == packed && w[4] == 0)
        .unwrap();
    bytes[at + 4] = 8;
    folder.write("b.parquet", bytes);
    let words = "its pages are packed with brotli, which is not supported; write the file with zstd, snappy, gzip or lz4";
    folder.run(&["discover", "b.parquet"]).refused(words);
    let refused = folder.run(&["run", "app.sql", "--source", "TRADES=b.parquet"]);
    refused.refused(words);
    refused.line_with("no record could be read from which to learn the columns of stream \"TRADES\"; the first: b.parquet: ");
}

#[test]
fn a_member_that_is_never_there_is_null_in_json() {
    let folder = Folder::new();
    let member = StructArray::from(vec![
        (
            Arc::new(Field::new("n", DataType::Null, true)),
            Arc::new(NullArray::new(1)) as ArrayRef,
        ),
        (
            Arc::new(Field::new("i", DataType::Int32, true)),
            Arc::new(Int32Array::from(vec![1])) as ArrayRef,
        ),
    ]);
    let field = Arc::new(Field::new("item", member.data_type().clone(), true));
    let list = ListArray::new(field, OffsetBuffer::from_lengths([1]), Arc::new(member), None);
    write(&folder, "l.parquet", vec![("l", Arc::new(list))], 10);
    folder.write(
        "app.sql",
        "CREATE STREAM O (L VARCHAR(64));\nCREATE PUMP P AS INSERT INTO O SELECT STREAM \"l\" FROM S;\n",
    );
    let run = folder.run(&["run", "app.sql", "--source", "S=l.parquet"]);
    assert_eq!(run.rows(), "{\"L\":\"[{\\\"n\\\":null,\\\"i\\\":1}]\"}\n");
}
