//! Headers, positions, clocks and bad records of CSV.

use super::super::testing::{Pieces, decode, options, read_all, stream};
use super::delimiters::Delimiters;
use super::*;
use crate::source::bytes::Origin;
use crate::source::split::RecordSplit;

#[test]
fn fields_bind_by_position_and_missing_ones_are_null() {
    let found = decode(
        "1,x,9\n\n2\n,y\r\n3, \"a,b\"",
        "format=csv",
        &stream("a INTEGER; b VARCHAR(9)"),
    );
    assert_eq!(
        found.rows,
        [
            r#"{"a":1,"b":"x"}"#,
            r#"{"a":2,"b":null}"#,
            r#"{"a":null,"b":"y"}"#,
            r#"{"a":3,"b":"a,b"}"#,
        ]
    );
    assert_eq!((found.documents, found.decoded, found.errors.len()), (4, 4, 0));
}

#[test]
fn a_header_is_detected_told_or_denied() {
    let stream = stream("A INTEGER; B VARCHAR(9)");
    for (text, parameters, rows, errors) in [
        ("a,b\n1,x\n", "format=csv", &[r#"{"A":1,"B":"x"}"#][..], 0),
        ("B,A\nx,1\n", "format=csv", &[r#"{"A":1,"B":"x"}"#], 0),
        ("B,ROWTIME,A\nx,5,1\n", "format=csv", &[r#"{"A":1,"B":"x"}"#], 0),
        ("b,c\n1,x\n", "format=csv", &[r#"{"A":1,"B":"x"}"#], 1),
        (
            "b,c\n1,x\n",
            "format=csv&header=true",
            &[r#"{"A":null,"B":"1"}"#],
            0,
        ),
        (
            "first,second\n1,x\n",
            "format=csv&header=true",
            &[r#"{"A":1,"B":"x"}"#],
            0,
        ),
        (
            "a,b\n1,x\n",
            "format=csv&header=false",
            &[r#"{"A":1,"B":"x"}"#],
            1,
        ),
    ] {
        let found = decode(text, parameters, &stream);
        assert_eq!(
            (found.rows.as_slice(), found.errors.len()),
            (
                &rows.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>()[..],
                errors
            ),
            "{text:?}"
        );
    }
}

#[test]
fn the_clock_is_a_column_or_a_header_field() {
    let stream = stream("A INTEGER");
    let found = decode("A,ROWTIME\n1,1970-01-01T00:00:01Z\n2,x\n", "format=csv", &stream);
    assert_eq!((found.arrivals, found.errors.len()), (vec![1_000], 1));
    let found = decode("A,at\n1,7\n", "format=csv&rowtime=AT&header=true", &stream);
    assert_eq!((found.arrivals, found.rows.len()), (vec![7], 1));
    let found = decode("5\n6\n", "format=csv&rowtime=a", &stream);
    assert_eq!(found.arrivals, [5, 6]);
}

#[test]
fn bad_records_are_error_rows() {
    let stream = stream("A INTEGER; B VARCHAR(9)");
    let found = decode(&b"1,x\nz,y\n2,\xff\n3,\"q\n4,w\n"[..], "format=csv", &stream);
    assert_eq!(found.rows, [r#"{"A":1,"B":"x"}"#, r#"{"A":4,"B":"w"}"#]);
    assert_eq!(found.names(), ["Coercion error", "Parse error", "Parse error"]);
    let positions: Vec<&str> = found.errors.iter().map(|e| e.3.as_str()).collect();
    assert_eq!(positions, ["t:4", "t:8", "t:12"]);
    assert_eq!((found.documents, found.decoded), (5, 2));
    assert_eq!(found.errors[2].4, "3,\"q");
}

#[test]
fn the_result_depends_neither_on_pieces_nor_on_batches() {
    let text = "\u{feff}a,b\n1,x\n2,\"y\n\"\"z\"\r\n\nbad,\n3, \"\u{e4}\"\n4,q\n5,\"open\n6,\u{1f600}";
    let stream = stream("A INTEGER; B VARCHAR(9)");
    let expected = decode(text, "format=csv", &stream);
    assert_eq!(
        (expected.rows.len(), expected.errors.len()),
        (5, 2),
        "{expected:?}"
    );
    let columns = Arc::new(Columns {
        fields: stream.fields.clone(),
        declared: stream.declared,
        wanted: Vec::new(),
        strict: false,
    });
    for seed in 0..60 {
        let layout = CsvLayout {
            delimiters: Delimiters::default(),
            header: Header::Detect,
            positions: None,
        };
        let clock = ArrivalClock::default();
        let decoder = CsvDecoder::new(Arc::clone(&columns), layout, clock, ArrivalRange::default());
        let origin = Origin::Reader(Box::new(Pieces::new(
            text.as_bytes().to_vec(),
            seed,
            1 + seed % 9,
        )));
        let mut split = RecordSplit::new("t", origin, Arc::clone(&columns), Box::new(decoder), false);
        assert_eq!(
            read_all(&mut split, &stream, 1 + seed as usize % 4).unwrap(),
            expected,
            "seed {seed}"
        );
    }
}

#[test]
fn a_schema_gives_positions_and_delimiters_and_no_header() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("s.json");
    std::fs::write(
        &file,
        r#"{"RecordFormat":{"RecordFormatType":"CSV","MappingParameters":{"CSVMappingParameters":
        {"RecordRowDelimiter":"\n","RecordColumnDelimiter":"|"}}},"RecordColumns":[
        {"Name":"b","SqlType":"VARCHAR(9)"},{"Name":"a","SqlType":"INTEGER"}]}"#,
    )
    .unwrap();
    let parameters = format!("schema={}", file.display());
    let stream = stream("A INTEGER; B VARCHAR(9)");
    let mut split = crate::source::from_bytes(
        "t.csv",
        b"b|a\nx,y|2\n".to_vec(),
        &parameters,
        &stream,
        &options(),
    )
    .unwrap();
    let found = read_all(&mut *split, &stream, 9).unwrap();
    assert_eq!(found.rows, [r#"{"A":2,"B":"x,y"}"#]);
    assert_eq!(found.names(), ["Coercion error"]);
}

#[test]
fn a_heading_may_name_more_or_fewer_columns_than_there_are() {
    let stream = stream("id VARCHAR(9); name VARCHAR(9); price VARCHAR(9)");
    for (text, row) in [
        (
            "id,name,extra,price\n3,c,zzz,4.5\n",
            r#"{"id":"3","name":"c","price":"4.5"}"#,
        ),
        ("id,price\n3,4.5\n", r#"{"id":"3","name":null,"price":"4.5"}"#),
        (
            "extra,price,id\nzzz,4.5,3\n",
            r#"{"id":"3","name":null,"price":"4.5"}"#,
        ),
        (
            ",v,w,x,y,z,price,name,id\n0,1,2,3,4,5,4.5,c,3\n",
            r#"{"id":"3","name":"c","price":"4.5"}"#,
        ),
    ] {
        let found = decode(text, "format=csv", &stream);
        assert_eq!(
            (found.rows.as_slice(), found.errors.len()),
            (&[row.to_owned()][..], 0),
            "{text}"
        );
    }
    // One name among others, or twice, or half of them, may be data.
    for text in ["id,b,c\n", "id,name,c,d\n", "name,name,5\n"] {
        assert_eq!(decode(text, "format=csv", &stream).rows.len(), 1, "{text}");
    }
}

#[test]
fn a_told_heading_next_to_a_schema_counts_where_it_contradicts_its_order() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("s.json");
    std::fs::write(
        &file,
        r#"{"RecordFormat":{"RecordFormatType":"CSV"},"RecordColumns":[
        {"Name":"a","SqlType":"VARCHAR(9)"},{"Name":"b","SqlType":"VARCHAR(9)"}]}"#,
    )
    .unwrap();
    let parameters = format!("schema={}&header=true", file.display());
    let stream = stream("a VARCHAR(9); b VARCHAR(9)");
    for (text, row) in [
        ("b,a\n1,2\n", r#"{"a":"2","b":"1"}"#),
        ("a,x,b\n1,2,3\n", r#"{"a":"1","b":"3"}"#),
        ("b,x\n1,2\n", r#"{"a":null,"b":"1"}"#),
        // The schema may call columns otherwise.
        ("x,b\n1,2\n", r#"{"a":"1","b":"2"}"#),
        ("x,y\n1,2\n", r#"{"a":"1","b":"2"}"#),
    ] {
        let bytes = text.as_bytes().to_vec();
        let mut split = crate::source::from_bytes("t.csv", bytes, &parameters, &stream, &options()).unwrap();
        assert_eq!(read_all(&mut *split, &stream, 9).unwrap().rows, [row], "{text}");
    }
}
