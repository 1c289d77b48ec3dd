//! Rows as they are written: JSON lines and CSV, plain and compressed.

use std::io::Read;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringViewArray};
use rowtime_engine::plan::Field;
use rowtime_engine::types::SqlType;

use super::*;

fn open(uri: &str) -> Result<Box<dyn Sink>, InvocationError> {
    prepare(uri)?.open()
}

fn fields() -> Vec<Field> {
    [("ID", SqlType::Varchar(20)), ("x", SqlType::Double)]
        .map(|(name, ty)| Field {
            name: name.to_owned(),
            ty,
            not_null: false,
        })
        .to_vec()
}

fn columns() -> Vec<ArrayRef> {
    vec![
        Arc::new(StringViewArray::from(vec![Some("a,\"b\"\n"), None, Some("")])),
        Arc::new(Float64Array::from(vec![Some(1.0), None, Some(1e-4)])),
    ]
}

fn write(uri: &str) {
    let mut sink = open(uri).unwrap();
    let (fields, columns) = (fields(), columns());
    for (from, to) in [(0, 1), (1, 1), (1, 3)] {
        let columns: Vec<ArrayRef> = columns.iter().map(|c| c.slice(from, to - from)).collect();
        let rows = SinkRows {
            fields: &fields,
            rowtimes: &[1_000, 2_000, 3_000][from..to],
            columns: &columns,
            first_ordinal: from as u64,
        };
        sink.write(rows).unwrap();
    }
    sink.flush().unwrap();
    sink.close().unwrap();
    sink.close().unwrap();
}

#[test]
fn rows_are_written_as_the_contract_says() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/folder/out");
    for (parameters, expected) in [
        (
            "?format=json",
            concat!(
                "{\"ID\":\"a,\\\"b\\\"\\n\",\"x\":1.0}\n",
                "{\"ID\":null,\"x\":null}\n{\"ID\":\"\",\"x\":1.0E-4}\n"
            ),
        ),
        (
            "?rowtime=true&newline=&null_text=null",
            concat!(
                "{\"ROWTIME\":\"1970-01-01 00:00:01.000\",\"ID\":\"a,\\\"b\\\"\\n\",\"x\":1.0}",
                "{\"ROWTIME\":\"1970-01-01 00:00:02.000\",\"ID\":\"null\",\"x\":null}",
                "{\"ROWTIME\":\"1970-01-01 00:00:03.000\",\"ID\":\"\",\"x\":1.0E-4}"
            ),
        ),
        ("?format=csv", "\"a,\"\"b\"\"\n\",1.0\n,\n,1.0E-4\n"),
        (
            "?format=csv&header=true&rowtime=true&newline=\\r\\n&null_text=null",
            concat!(
                "ROWTIME,ID,x\r\n1970-01-01 00:00:01.000,\"a,\"\"b\"\"\n\",1.0\r\n",
                "1970-01-01 00:00:02.000,null,null\r\n1970-01-01 00:00:03.000,,1.0E-4\r\n"
            ),
        ),
    ] {
        std::fs::remove_file(&path).ok();
        write(&format!("{}{parameters}", path.display()));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected, "{parameters}");
        // An existing file is overwritten.
        write(&format!("file:{}", path.display()));
    }
}

#[test]
fn compressed_files_end_properly() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    for name in ["x.csv", "x.csv.gz", "x.csv.zst"] {
        write(&path(name).display().to_string());
    }
    let plain = std::fs::read(path("x.csv")).unwrap();
    let gz = std::fs::read(path("x.csv.gz")).unwrap();
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(&gz[..])
        .read_to_end(&mut text)
        .unwrap();
    assert_eq!(text, plain);
    let zst = std::fs::read(path("x.csv.zst")).unwrap();
    assert_eq!(zstd::decode_all(&zst[..]).unwrap(), plain);
}

#[test]
fn what_cannot_be_made_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    for (name, part) in [("", "it is a folder"), ("file/x.json", "cannot make the folder")] {
        let error = open(&format!("{}/{name}", dir.path().display()))
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(part), "{error}");
    }
    assert!(
        open("kinesis:out")
            .err()
            .unwrap()
            .to_string()
            .contains("not implemented yet")
    );
}

#[test]
fn tagged_rows_name_their_stream() {
    let mut text = RowText::new(FormatName::Json, &SinkParameters::default(), Some("A \"b\""));
    let (fields, columns) = (fields(), columns());
    let rows = SinkRows {
        fields: &fields,
        rowtimes: &[0],
        columns: &columns,
        first_ordinal: 0,
    };
    let mut out = String::new();
    text.begin(&mut out, &fields);
    text.write_row(&mut out, &rows, 2);
    assert_eq!(
        out,
        "{\"stream\":\"A \\\"b\\\"\",\"row\":{\"ID\":\"\",\"x\":1.0E-4}}\n"
    );
}
