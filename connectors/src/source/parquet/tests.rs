//! Every kind of column of a file into every kind of column of a stream, and files that are cut anywhere.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    FixedSizeBinaryArray, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, LargeStringArray,
    ListArray, MapBuilder, RecordBatch, StringArray, StringBuilder, StructArray, Time32SecondArray,
    Time64NanosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
    UInt8Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field as ArrowField, Int32Type};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::format::testing::{Everything, options, read_all, stream};
use crate::source::{SourceOptions, open};

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>, rows_a_group: usize) {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(rows_a_group))
        .build();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn read(columns: Vec<(&str, ArrayRef)>, query: &str, declared: &str, options: &SourceOptions) -> Everything {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    write(&path, columns, 2);
    let stream = stream(declared);
    let uri = format!("{}{query}", path.display());
    let mut opened = open(&uri, &stream, options).unwrap();
    let mut found = read_all(&mut *opened.splits.remove(0), &stream, 3).unwrap();
    let place = format!("{}:", path.display());
    for error in &mut found.errors {
        error.3 = error.3.replace(&place, "t:");
    }
    found
}

/// One column `a` of the file into one column of this type: its values as JSON, or the beginning of the fault.
fn convert(array: ArrayRef, ty: &str) -> Vec<String> {
    let rows = array.len();
    let found = read(vec![("a", array)], "", &format!("a {ty}"), &options());
    let mut values = found.rows.into_iter();
    let mut out = Vec::new();
    for row in 0..rows {
        let error = found.errors.iter().find(|e| e.3 == format!("t:{row}"));
        out.push(match error {
            Some(error) => format!("error: {}", error.2),
            None => {
                let row = values.next().unwrap();
                row.strip_prefix("{\"a\":")
                    .unwrap()
                    .trim_end_matches('}')
                    .to_owned()
            }
        });
    }
    assert_eq!(values.next(), None);
    out
}

#[test]
fn every_kind_of_column_is_converted_by_the_table() {
    let int = |v: Vec<Option<i64>>| Arc::new(Int64Array::from(v)) as ArrayRef;
    let cents = |v: Vec<i128>| {
        Arc::new(Decimal128Array::from(v).with_precision_and_scale(12, 3).unwrap()) as ArrayRef
    };
    let text = |v: Vec<&str>| Arc::new(StringArray::from(v)) as ArrayRef;
    let double = |v: Vec<f64>| Arc::new(Float64Array::from(v)) as ArrayRef;
    let cases: Vec<(ArrayRef, &str, &[&str])> = vec![
        (int(vec![Some(7), None]), "BIGINT", &["7", "null"]),
        (
            int(vec![Some(7), Some(200), None]),
            "TINYINT",
            &["7", "error: For input string: \"200\" (column \"a\": out", "null"],
        ),
        (int(vec![Some(7), Some(0)]), "BOOLEAN", &["true", "false"]),
        (int(vec![Some(7)]), "DOUBLE", &["7.0"]),
        (
            int(vec![Some(7), Some(100)]),
            "DECIMAL(4,2)",
            &["7.00", "error: For input string: \"100\""],
        ),
        (int(vec![Some(-1234)]), "VARCHAR(3)", &["\"-12\""]),
        (
            int(vec![Some(0)]),
            "TIMESTAMP",
            &["error: Cannot load a number into column \"a\" of type TIMESTAMP"],
        ),
        (Arc::new(Int8Array::from(vec![-1])), "INTEGER", &["-1"]),
        (Arc::new(UInt8Array::from(vec![255])), "SMALLINT", &["255"]),
        (
            Arc::new(UInt64Array::from(vec![1, u64::MAX])),
            "BIGINT",
            &["1", "error: For input string: \"18446744073709551615\""],
        ),
        (
            cents(vec![1_235, -1_235, 1_234]),
            "DECIMAL(5,2)",
            &["1.24", "-1.24", "1.23"],
        ),
        (
            cents(vec![1_000, 999_999_999_999]),
            "DECIMAL(5,2)",
            &["1.00", "error: For input string: \"999999999.999\""],
        ),
        (cents(vec![1_500]), "DOUBLE", &["1.5"]),
        (
            cents(vec![1_500]),
            "INTEGER",
            &["error: For input string: \"1.500\" (column \"a\" of type INTEGER takes no fraction"],
        ),
        (cents(vec![1_500]), "VARCHAR(9)", &["\"1.500\""]),
        (
            double(vec![1.5, f64::NAN, f64::INFINITY]),
            "DOUBLE",
            &[
                "1.5",
                "error: For input string: \"NaN\"",
                "error: For input string: \"inf\"",
            ],
        ),
        (
            double(vec![12.0, 1.5, 1e300]),
            "INTEGER",
            &[
                "12",
                "error: For input string: \"1.5\"",
                "error: For input string: \"1",
            ],
        ),
        (double(vec![1.5]), "DECIMAL(5,1)", &["1.5"]),
        (
            double(vec![0.1, 1e39]),
            "REAL",
            &["0.1", "error: For input string: \"1.0E39\""],
        ),
        (Arc::new(Float32Array::from(vec![0.5])), "DOUBLE", &["0.5"]),
        (
            Arc::new(BooleanArray::from(vec![Some(true), None])),
            "BOOLEAN",
            &["true", "null"],
        ),
        (Arc::new(BooleanArray::from(vec![true])), "INTEGER", &["1"]),
        (
            Arc::new(BooleanArray::from(vec![true])),
            "CHAR(6)",
            &["\"true  \""],
        ),
        (text(vec!["été", "ab"]), "VARCHAR(2)", &["\"ét\"", "\"ab\""]),
        (
            text(vec!["12", "x"]),
            "INTEGER",
            &["12", "error: For input string: \"x\""],
        ),
        (
            text(vec!["2024-01-01T10:00:00Z", "1"]),
            "TIMESTAMP",
            &["\"2024-01-01 10:00:00.000\"", "error: Cannot load \"1\""],
        ),
        (text(vec!["TRUE", "no"]), "BOOLEAN", &["true", "false"]),
        (text(vec!["X'0AFF'"]), "VARBINARY(4)", &["\"Cv8=\""]),
        (
            Arc::new(LargeStringArray::from(vec!["a"])),
            "VARCHAR(4)",
            &["\"a\""],
        ),
        (
            Arc::new(BinaryArray::from(vec![&b"ab\xff"[..], b"c"])),
            "VARBINARY(2)",
            &["\"YWI=\"", "\"Yw==\""],
        ),
        (
            Arc::new(BinaryArray::from(vec![&b"ab"[..], b"\xff"])),
            "VARCHAR(9)",
            &["\"ab\"", "\"X'FF'\""],
        ),
        (
            Arc::new(FixedSizeBinaryArray::try_from_iter([[1u8, 2]].into_iter()).unwrap()),
            "BINARY(3)",
            &["\"AQIA\""],
        ),
        (
            Arc::new(Date32Array::from(vec![19_723, -1])),
            "DATE",
            &["\"2024-01-01\"", "\"1969-12-31\""],
        ),
        (
            Arc::new(Date32Array::from(vec![19_723])),
            "TIMESTAMP",
            &["\"2024-01-01 00:00:00.000\""],
        ),
        (
            Arc::new(Date32Array::from(vec![19_723])),
            "VARCHAR(10)",
            &["\"2024-01-01\""],
        ),
        (
            Arc::new(Date32Array::from(vec![19_723])),
            "INTEGER",
            &["error: For input string: \"2024-01-01\""],
        ),
        (
            Arc::new(Time32SecondArray::from(vec![3_661])),
            "TIME",
            &["\"01:01:01.000\""],
        ),
        (
            Arc::new(Time64NanosecondArray::from(vec![1_999_999])),
            "TIME",
            &["\"00:00:00.001\""],
        ),
        (
            Arc::new(TimestampSecondArray::from(vec![0, i64::MAX])),
            "TIMESTAMP",
            &["\"1970-01-01 00:00:00.000\"", "error: Cannot load"],
        ),
        (
            Arc::new(TimestampNanosecondArray::from(vec![-1])),
            "TIMESTAMP",
            &["\"1969-12-31 23:59:59.999\""],
        ),
        (
            Arc::new(TimestampMillisecondArray::from(vec![1]).with_timezone("+02:00")),
            "TIMESTAMP",
            &["\"1970-01-01 00:00:00.001\""],
        ),
        (
            Arc::new(TimestampMillisecondArray::from(vec![1])),
            "DATE",
            &["\"1970-01-01\""],
        ),
        (
            Arc::new(TimestampMillisecondArray::from(vec![1])),
            "TIME",
            &["\"00:00:00.001\""],
        ),
        (
            Arc::new(TimestampMillisecondArray::from(vec![1])),
            "VARCHAR(30)",
            &["\"1970-01-01 00:00:00.001\""],
        ),
        (
            Arc::new(
                vec![Some("x"), None, Some("x")]
                    .into_iter()
                    .collect::<DictionaryArray<Int32Type>>(),
            ),
            "VARCHAR(3)",
            &["\"x\"", "null", "\"x\""],
        ),
    ];
    let mut unlike = Vec::new();
    for (array, ty, expected) in cases {
        let kind = array.data_type().clone();
        let found = convert(array, ty);
        assert_eq!(found.len(), expected.len(), "{kind} to {ty}");
        for (found, expected) in found.iter().zip(expected) {
            let alike = if expected.starts_with("error") {
                found.starts_with(expected)
            } else {
                found == expected
            };
            if !alike {
                unlike.push(format!("{kind} to {ty}: {found}, not {expected}"));
            }
        }
    }
    assert_eq!(unlike, Vec::<String>::new());
}

#[test]
fn nested_columns_are_json() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None]);
    let inner: ArrayRef = Arc::new(StringArray::from(vec![Some("a \"b\""), None]));
    let point = StructArray::from(vec![
        (Arc::new(ArrowField::new("x", DataType::Utf8, true)), inner),
        (
            Arc::new(ArrowField::new("l", list.data_type().clone(), true)),
            Arc::new(list.clone()) as ArrayRef,
        ),
    ]);
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("k");
    map.values().append_value("v");
    map.append(true).unwrap();
    map.append(false).unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("list", Arc::new(list)),
        ("point", Arc::new(point)),
        ("map", Arc::new(map.finish())),
    ];
    let found = read(
        columns,
        "",
        "list VARCHAR(99); POINT VARCHAR(99); map VARCHAR(5); gone INTEGER",
        &options(),
    );
    assert_eq!(
        found.rows,
        [
            r#"{"list":"[1,null]","POINT":"{\"x\":\"a \\\"b\\\"\",\"l\":[1,null]}","map":"{\"k\":","gone":null}"#,
            r#"{"list":null,"POINT":"{\"x\":null,\"l\":null}","map":null,"gone":null}"#,
        ]
    );
    assert_eq!(found.messages(), Vec::<&str>::new());
}

#[test]
fn clocks_not_null_and_ranges_are_kept_and_the_books_balance() {
    let columns = || -> Vec<(&str, ArrayRef)> {
        vec![
            (
                "ROWTIME",
                Arc::new(TimestampMillisecondArray::from(vec![
                    Some(1),
                    Some(2),
                    None,
                    Some(4),
                    Some(5),
                ])),
            ),
            (
                "a",
                Arc::new(Int64Array::from(vec![
                    Some(1),
                    Some(1 << 40),
                    Some(3),
                    None,
                    Some(5),
                ])),
            ),
        ]
    };
    let declared = "a INTEGER!";
    let found = read(columns(), "", declared, &options());
    assert_eq!(
        (found.rows.as_slice(), found.arrivals.as_slice()),
        (
            &[r#"{"a":1}"#.to_owned(), r#"{"a":5}"#.to_owned()][..],
            &[1, 5][..]
        )
    );
    assert_eq!(
        found.names(),
        ["Coercion error", "Coercion error", "Not null violation"]
    );
    assert_eq!((found.documents, found.decoded), (5, 2));
    assert_eq!(found.errors[0].0, 1);
    assert_eq!(
        found.errors[0].4,
        r#"{"ROWTIME":"1970-01-01 00:00:00.002","a":1099511627776}"#
    );
    let cut = SourceOptions {
        start_ms: Some(4),
        end_ms: Some(6),
        ..options()
    };
    let found = read(columns(), "", declared, &cut);
    assert_eq!(
        (found.arrivals.as_slice(), found.documents, found.decoded),
        (&[5][..], 3, 1)
    );
    let none = read(columns(), "?rowtime=now", declared, &options());
    assert_eq!((none.arrivals.len(), none.documents, none.decoded), (0, 5, 3));
    let by_text = read(
        vec![(
            "t",
            Arc::new(StringArray::from(vec!["1970-01-01T00:00:01Z", "7", "x"])) as ArrayRef,
        )],
        "?rowtime=T",
        "a INTEGER",
        &options(),
    );
    assert_eq!((by_text.arrivals, by_text.errors.len()), (vec![1_000, 7], 1));
}

#[test]
fn a_file_that_is_cut_anywhere_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let ints: Vec<i32> = (0..50).collect();
    write(&path, vec![("a", Arc::new(Int32Array::from(ints)))], 7);
    let whole = std::fs::read(&path).unwrap();
    let stream = stream("a INTEGER");
    for cut in (0..whole.len()).step_by(3) {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let mut opened = open(&path.display().to_string(), &stream, &options()).unwrap();
        let found = read_all(&mut *opened.splits.remove(0), &stream, 9).unwrap();
        assert_eq!(
            (found.rows.len(), found.names()),
            (0, vec!["Parse error"]),
            "{cut}"
        );
        assert_eq!((found.documents, found.decoded), (1, 0));
    }
}
