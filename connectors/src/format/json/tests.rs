//! Framing, names, mappings, clocks and bad records of JSON; the verdicts must not depend on how bytes come.

use std::sync::Arc;

use super::super::testing::{Everything, Pieces, decode, decode_with, options, random, read_all, stream};
use super::*;
use crate::source::bytes::Origin;
use crate::source::split::RecordSplit;

fn rows(text: &str, columns: &str) -> Vec<String> {
    let found = decode(text, "", &stream(columns));
    assert_eq!(found.errors, [], "{text}");
    found.rows
}

#[test]
fn documents_come_on_lines_back_to_back_and_pretty_printed() {
    let expected = [r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":null}"#];
    for text in [
        "{\"a\":1}\n{\"a\":2}\n{\"b\":3}\n",
        "{\"a\":1}{\"a\":2}{\"b\":3}",
        "\u{feff} {\"a\" : 1 }\r\n\r\n\t{\n  \"a\":\n 2\n}\n{}",
        "{\"a\":7,\"a\":1} {\"b\":{\"a\":9},\"a\":2} {\"a\":null}",
    ] {
        assert_eq!(rows(text, "a INTEGER"), expected, "{text}");
    }
    for text in ["", " \n\t ", "\u{feff}"] {
        let found = decode(text, "", &stream("a INTEGER"));
        assert_eq!(found, Everything::default(), "{text:?}");
    }
}

#[test]
fn keys_match_exactly_or_uniquely_ignoring_case() {
    for (text, row) in [
        (r#"{"PRICE":1}"#, r#"{"PRICE":1,"a":null,"A":null}"#),
        (r#"{"price":1}"#, r#"{"PRICE":1,"a":null,"A":null}"#),
        (r#"{"price":1,"PRICE":2}"#, r#"{"PRICE":2,"a":null,"A":null}"#),
        (r#"{"price":1,"Price":2}"#, r#"{"PRICE":null,"a":null,"A":null}"#),
        (r#"{"pr\u0069ce":1}"#, r#"{"PRICE":1,"a":null,"A":null}"#),
        (r#"{"a":1,"A":2}"#, r#"{"PRICE":null,"a":1,"A":2}"#),
    ] {
        assert_eq!(rows(text, "PRICE INTEGER; a INTEGER; A INTEGER"), [row], "{text}");
    }
}

#[test]
fn a_bad_record_ends_at_its_line_and_the_rest_is_read() {
    for (bad, name) in [
        ("{\"a\":tru}", "Parse error"),
        ("{\"a\":1", "Parse error"),
        ("{\"a\":1,}", "Parse error"),
        ("{\"a\" 1}", "Parse error"),
        ("{'a':1}", "Parse error"),
        ("{\"a\":\"x", "Parse error"),
        ("{\"a\":01}", "Parse error"),
        ("{\"a\":1e999}", "Coercion error"),
        ("{\"b\":\"\\ud800\"}", "Parse error"),
        ("{\"a\":\"\\ud800\"}", "Parse error"),
        ("{\"b\":\"\\x\"}", "Parse error"),
        ("nonsense", "Parse error"),
        ("17", "Parse error"),
        ("\"text\"", "Parse error"),
        ("null", "Parse error"),
        ("}", "Parse error"),
        ("{\"a\":\"x\"}", "Coercion error"),
        ("{\"a\":[1]}", "Coercion error"),
    ] {
        let text = format!("{{\"a\":1}}\n{bad}\n{{\"a\":2}}\n");
        let found = decode(&text, "", &stream("a INTEGER"));
        assert_eq!(found.rows, [r#"{"a":1}"#, r#"{"a":2}"#], "{bad}");
        assert_eq!(found.names(), [name], "{bad}");
        assert_eq!((found.documents, found.decoded), (3, 2), "{bad}");
        let (after, _, _, position, raw) = &found.errors[0];
        assert_eq!(
            (*after, position.as_str(), raw.as_str()),
            (1, "t:8", bad),
            "{bad}"
        );
    }
    let last = decode("{\"a\":1}\n{\"a\":", "", &stream("a INTEGER"));
    assert_eq!(last.rows.len(), 1);
    assert_eq!(
        last.messages(),
        ["the record is not valid JSON: it ends too early"]
    );
}

#[test]
fn invalid_utf_8_is_an_error_document_wherever_it_is() {
    for bad in [
        &b"{\"a\":\"\xff\"}"[..],
        b"{\"b\":\"\xc3\"}",
        b"{\"\xff\":1}",
        b"\xff\xfe",
    ] {
        let mut text = b"{\"a\":\"x\"}\n".to_vec();
        text.extend_from_slice(bad);
        text.extend_from_slice(b"\r\n{\"a\":\"y\"}");
        let found = decode(&text, "", &stream("a VARCHAR(5)"));
        assert_eq!(found.rows, [r#"{"a":"x"}"#, r#"{"a":"y"}"#]);
        assert_eq!((found.names(), found.documents), (vec!["Parse error"], 3));
    }
}

#[test]
fn null_in_a_not_null_column_is_its_own_error() {
    let found = decode("{\"a\":1}{}{\"a\":null}", "", &stream("a INTEGER!"));
    assert_eq!(
        (found.rows.len(), found.names()),
        (1, vec!["Not null violation"; 2])
    );
}

#[test]
fn columns_that_nobody_reads_are_not_converted() {
    let stream = stream("a INTEGER; b INTEGER");
    let mut options = options();
    options.wanted = vec![true, false, false, false, false, false];
    let found = decode_with(r#"{"a":1,"b":"x"}"#, "", &stream, &options);
    assert_eq!(found.rows, [r#"{"a":1,"b":null}"#]);
    // Nor do they give their keys to columns that are only alike.
    let stream = super::super::testing::stream("a INTEGER; A INTEGER");
    options.wanted = vec![false, true, false, false, false, false];
    let found = decode_with(r#"{"a":1}"#, "", &stream, &options);
    assert_eq!(found.rows, [r#"{"a":null,"A":null}"#]);
}

/// Acceptance is that of serde_json into a Value, whatever part of the record is read.
#[test]
fn acceptance_is_that_of_the_strict_reader() {
    let seeds = [
        r#"{"a":"x\u00e4\ud83d\ude00","b":[1,-2.5e3,{"c":null}],"d":true}"#,
        r#"{"b":"\\\"","a":1e308,"e":{"a":"\ud800"},"":0.0}"#,
        r#"{ "a" : [ ] , "b" : { } }"#,
    ];
    let stream = stream("a VARCHAR(99)");
    let mut seed = 7;
    for round in 0..6_000 {
        let mut text = seeds[round % seeds.len()].as_bytes().to_vec();
        for _ in 0..random(&mut seed, 3) {
            let at = random(&mut seed, text.len() as u64) as usize;
            let byte = b"{}[]\",:\\u0189eE.-+ tfn\x01\xc3\xa4d"[random(&mut seed, 26) as usize];
            match random(&mut seed, 3) {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => drop(text.remove(at)),
            }
        }
        let reference = serde_json::from_slice::<serde_json::Value>(&text);
        let is_record = reference.as_ref().is_ok_and(serde_json::Value::is_object);
        let found = decode(&text, "", &stream);
        let shown = String::from_utf8_lossy(&text);
        let is_one = found.errors.is_empty() && found.rows.len() == 1;
        // Documents may stand back to back, and numbers may be of any size; the reference knows neither.
        let unlike = reference.is_err_and(|e| {
            let fault = e.to_string();
            fault.contains("trailing characters") || fault.contains("number out of range")
        });
        assert!(is_one == is_record || unlike, "{shown}: {found:?}");
    }
    for depth in [126, 127, 128] {
        for key in ["a", "b"] {
            let text = format!("{{\"{key}\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
            let reference = serde_json::from_str::<serde_json::Value>(&text);
            assert_eq!(
                decode(&text, "", &stream).errors.is_empty(),
                reference.is_ok(),
                "{depth}"
            );
        }
    }
}

#[test]
fn the_result_depends_neither_on_pieces_nor_on_batches() {
    let text = concat!(
        "{\"a\":1,\"s\":\"x\"} {\"a\":2}\n{\"a\":\"bad\"}{\"a\":3.5}\n",
        "{\"a\":\"\\ud83d\\ude00\"}\n{\"a\":tru}\n{\n\"a\": 4,\n\"s\": \"\u{e4}\u{1f600}\"\n}\n12 true[1]\"s\"\n",
        "{\"s\":\"unterminated\n{\"a\":5}\n xx \n{\"a\":6}{\"a\":7"
    );
    let stream = stream("a INTEGER; s VARCHAR(3)");
    let expected = decode(text, "", &stream);
    assert_eq!(
        (expected.rows.len(), expected.errors.len()),
        (5, 11),
        "{expected:#?}"
    );
    let columns = Arc::new(Columns {
        fields: stream.fields.clone(),
        declared: stream.declared,
        wanted: Vec::new(),
        strict: false,
    });
    for seed in 0..60 {
        let clock = ArrivalClock::default();
        let decoder = JsonDecoder::new(&columns, None, &clock, ArrivalRange::default()).unwrap();
        let reader = Pieces::new(text.as_bytes().to_vec(), seed, 1 + seed % 17);
        let origin = Origin::Reader(Box::new(reader));
        let mut split = RecordSplit::new("t", origin, Arc::clone(&columns), Box::new(decoder), false);
        let rows_max = 1 + seed as usize % 4;
        assert_eq!(
            read_all(&mut split, &stream, rows_max).unwrap(),
            expected,
            "seed {seed}"
        );
    }
}

#[test]
fn the_arrival_clock_is_a_field_or_a_column() {
    let text = concat!(
        "{\"ROWTIME\":\"2020-01-01 00:00:01\",\"t\":5,\"a\":1}\n",
        "{\"a\":2,\"t\":\"1970-01-01T00:00:00.006Z\"}\n",
        "{\"ROWTIME\":1577836803000,\"a\":3,\"T\":7}\n",
    );
    let by = |parameters: &str| {
        let found = decode(text, parameters, &stream("a INTEGER"));
        (found.arrivals.clone(), found.rows.len(), found.names().join(","))
    };
    let second = 1_577_836_801_000;
    assert_eq!(
        by(""),
        (vec![second, second + 2_000], 2, "Coercion error".to_owned())
    );
    assert_eq!(by("rowtime=now"), (vec![], 3, String::new()));
    assert_eq!(by("rowtime=T"), (vec![5, 6, 7], 3, String::new()));
    assert_eq!(by("rowtime=A"), (vec![1, 2, 3], 3, String::new()));
    assert_eq!(
        by("rowtime=nowhere"),
        (vec![], 0, ["Coercion error"; 3].join(","))
    );
    // The first record decides for the whole object.
    let found = decode("{\"a\":1}{\"a\":2,\"ROWTIME\":\"x\"}", "", &stream("a INTEGER"));
    assert_eq!((found.rows.len(), found.arrivals.len()), (2, 0));
}

#[test]
fn start_and_end_cut_by_the_clock_half_open() {
    let mut options = options();
    (options.start_ms, options.end_ms) = (Some(2), Some(4));
    let text = "{\"t\":1,\"a\":\"bad\"}{\"t\":2}{\"t\":3}{\"t\":4}";
    let found = decode_with(text, "rowtime=t", &stream("a INTEGER"), &options);
    assert_eq!(found.arrivals, [2, 3]);
    assert_eq!((found.errors.len(), found.documents, found.decoded), (0, 2, 2));
}

#[test]
fn system_columns_come_from_the_record_or_the_clock() {
    let mut stream = stream("a INTEGER");
    stream.declared = stream.fields.len();
    let mut source = stream.clone();
    source.declared = 1;
    let text = concat!(
        "{\"a\":1,\"ROWTIME\":1000,\"PARTITION_KEY\":\"k\",\"shard_id\":\"s\"}",
        "{\"a\":2,\"ROWTIME\":2000,\"APPROXIMATE_ARRIVAL_TIME\":\"1970-01-01 00:00:09\"}"
    );
    let mut split = crate::source::from_bytes("t", text.into(), "", &source, &options()).unwrap();
    let found = read_all(&mut *split, &stream, 10).unwrap();
    assert_eq!(
        found.rows,
        [
            r#"{"a":1,"APPROXIMATE_ARRIVAL_TIME":"1970-01-01 00:00:01.000","PARTITION_KEY":"k","SEQUENCE_NUMBER":null,"SHARD_ID":null}"#,
            r#"{"a":2,"APPROXIMATE_ARRIVAL_TIME":"1970-01-01 00:00:09.000","PARTITION_KEY":null,"SEQUENCE_NUMBER":null,"SHARD_ID":null}"#,
        ]
    );
}

fn mapped(text: &str, row_path: &str, columns: &[(&str, &str, &str)]) -> Result<Everything, String> {
    mapped_reading(text, row_path, columns, &[])
}

fn mapped_reading(
    text: &str,
    row_path: &str,
    columns: &[(&str, &str, &str)],
    wanted: &[bool],
) -> Result<Everything, String> {
    let mut options = options();
    options.wanted = wanted.to_vec();
    let declared: Vec<String> = columns.iter().map(|(n, t, _)| format!("{n} {t}")).collect();
    let stream = stream(&declared.join("; "));
    let list: Vec<String> = columns
        .iter()
        .map(|(n, t, m)| format!(r#"{{"Name":"{n}","SqlType":"{t}","Mapping":"{m}"}}"#))
        .collect();
    let schema = format!(
        r#"{{"RecordFormat":{{"RecordFormatType":"JSON","MappingParameters":{{"JSONMappingParameters":
        {{"RecordRowPath":"{row_path}"}}}}}},"RecordColumns":[{}]}}"#,
        list.join(",")
    );
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("schema.json");
    std::fs::write(&file, schema).unwrap();
    let parameters = format!("schema={}", file.display());
    let split = crate::source::from_bytes("t", text.into(), &parameters, &stream, &options);
    read_all(&mut *split.map_err(|e| e.to_string())?, &stream, 2).map_err(|e| e.to_string())
}

#[test]
fn mappings_follow_paths_from_the_row_path() {
    let text = r#"{"event":{"door":7,"who":{"name":"ada","tags":["x", "y"]}},"door":1}{"event":{"Door":1}}{"other":1}"#;
    let columns = [
        ("d", "INTEGER", "$.door"),
        ("n", "VARCHAR(9)", "$.who.name"),
        ("t", "VARCHAR(9)", "$.who.tags[0:]"),
        ("t1", "VARCHAR(9)", "$.who['tags'][1]"),
        ("w", "VARCHAR(12)", "$"),
    ];
    let found = mapped(text, "$.event", &columns).unwrap();
    assert_eq!(
        found.rows,
        [
            r#"{"d":7,"n":"ada","t":"[\"x\",\"y\"]","t1":"y","w":"{\"door\":7,\"w"}"#,
            r#"{"d":null,"n":null,"t":null,"t1":null,"w":"{\"Door\":1}"}"#,
        ]
    );
    assert_eq!(
        (found.names(), found.documents, found.decoded),
        (vec!["Parse error"], 3, 2)
    );
}

#[test]
fn an_array_gives_one_row_for_each_element() {
    let text = concat!(
        r#"{"c":"x","o":[{"id":1,"p":{"q":true}},{"id":"bad"},{"p":1},5]}"#,
        r#"{"c":"y","o":[]}{"c":"z"}"#
    );
    let columns = [
        ("c", "VARCHAR(3)", "$.c"),
        ("id", "INTEGER", "$.o[0:].id"),
        ("q", "BOOLEAN", "$.o[0:].p.q"),
    ];
    let found = mapped(text, "$", &columns).unwrap();
    assert_eq!(
        found.rows,
        [
            r#"{"c":"x","id":1,"q":true}"#,
            r#"{"c":"x","id":null,"q":null}"#,
            r#"{"c":"x","id":null,"q":null}"#,
            r#"{"c":"y","id":null,"q":null}"#,
            r#"{"c":"z","id":null,"q":null}"#,
        ]
    );
    assert_eq!(
        (found.names(), found.documents, found.decoded),
        (vec!["Coercion error"], 3, 3)
    );
    assert_eq!(found.errors[0].0, 1);

    let roots = mapped(
        r#"[{"a":1},{"a":2}][]{"a":3}"#,
        "$[0:]",
        &[("a", "INTEGER", "$.a")],
    )
    .unwrap();
    assert_eq!(roots.rows, [r#"{"a":1}"#, r#"{"a":2}"#]);
    assert_eq!((roots.documents, roots.decoded), (3, 2));

    let two = [("x", "INTEGER", "$.a[0:].x"), ("y", "INTEGER", "$.b[0:].y")];
    assert!(mapped("{}", "$", &two).unwrap_err().contains("two arrays"));
    let deep = [("x", "INTEGER", "$.a[0:].x[0:].y")];
    assert!(mapped("{}", "$", &deep).unwrap_err().contains("not supported"));
    let beside = [("x", "INTEGER", "$.a[0:].x"), ("b", "VARCHAR(9)", "$.b[0:]")];
    let found = mapped(r#"{"a":[{"x":1},{"x":2}],"b":[ 1, 2 ]}"#, "$", &beside).unwrap();
    assert_eq!(found.rows, [r#"{"x":1,"b":"[1,2]"}"#, r#"{"x":2,"b":"[1,2]"}"#]);
}

#[test]
fn a_number_that_comes_in_pieces_is_not_judged_before_its_end() {
    let stream = stream("a DOUBLE");
    for text in ["{\"a\":-1.5e+3}", "{\"a\":-1.5e+}"] {
        let whole = decode(text, "", &stream);
        for seed in 0..20 {
            let pieces = Box::new(Pieces::new(text.into(), seed, 1));
            let mut split = crate::source::from_reader("t", pieces, "", None, &stream, &options()).unwrap();
            assert_eq!(read_all(&mut *split, &stream, 9).unwrap(), whole, "{text}");
        }
    }
}

#[test]
fn numbers_of_any_size_are_json() {
    let text = r#"{"a":"x","b":[1e999,-1e999],"c":{"d":1e-9999}}{"a":1e999}"#;
    assert_eq!(rows(text, "a VARCHAR(9)"), [r#"{"a":"x"}"#, r#"{"a":"1e999"}"#]);
}

#[test]
fn the_elements_of_an_array_are_records_where_no_schema_says_otherwise() {
    let expected = [r#"{"a":1}"#, r#"{"a":2}"#];
    for text in [
        r#"[{"a":1},{"a":2}]"#,
        "[\n  {\"a\": 1},\n  {\n\"a\": 2}\n]\n",
        r#"[{"a":1}][][{"a":2}]"#,
        r#"{"a":1}[{"a":2}]"#,
    ] {
        assert_eq!(rows(text, "a INTEGER"), expected, "{text}");
    }
    assert_eq!(decode(" [ ] ", "", &stream("a INTEGER")), Everything::default());
    let said = |text: &str| {
        let found = decode(text, "", &stream("a INTEGER"));
        assert_eq!(found.rows, expected, "{text}");
        assert_eq!(
            found.documents,
            found.decoded + found.errors.len() as u64,
            "{text}"
        );
        let of = |e: &(usize, String, String, String, String)| format!("{} {} {}", e.3, e.4, e.2);
        found.errors.iter().map(of).collect::<Vec<_>>()
    };
    let unclosed = "t:0 [ the array of records ends too early: its closing bracket is missing";
    let wrong = "the array of records is not valid JSON:";
    // One bad element withholds only itself.
    assert_eq!(
        said(r#"[{"a":1},{"a":"x"},7,[1],{"a":2}]"#),
        [
            "t:9 {\"a\":\"x\"} For input string: \"x\" (column \"a\" of type INTEGER)".to_owned(),
            "t:19 7 the record is a number, not an object".to_owned(),
            "t:21 [1] the record is an array, not an object".to_owned(),
        ]
    );
    assert_eq!(
        said("[{\"a\":1},\n{\"a\":tru},\n{\"a\":2}]"),
        [
            "t:10 {\"a\":tru}, the record is not valid JSON: a word is none of true, false and null (its byte 9)"
        ]
    );
    assert_eq!(said("[{\"a\":1},{\"a\":2}"), [unclosed]);
    assert_eq!(
        said("[{\"a\":1} {\"b\":3}\n{\"a\":2},"),
        [
            &format!("t:9 {{\"b\":3}} {wrong} a comma or a closing bracket is missing"),
            unclosed
        ]
    );
    assert_eq!(
        said(r#"[{"a":1},{"a":2},]"#),
        [format!("t:17 ] {wrong} a comma is followed by nothing")]
    );
}

#[test]
fn an_array_may_be_longer_than_any_record() {
    let element = format!("{{\"a\":1,\"b\":\"{}\"}}", "x".repeat(1 << 20));
    let text = format!("[{}]", vec![element; 20].join(","));
    assert!(text.len() > RECORD_BYTES_MAX);
    assert_eq!(rows(&text, "a INTEGER").len(), 20);
}

/// What is read of a schema must not change which rows there are.
#[test]
fn columns_that_nobody_reads_still_say_which_rows_there_are() {
    let columns = [
        ("c", "VARCHAR(3)", "$.c"),
        ("x", "INTEGER", "$.o[0:].x"),
        ("w", "VARCHAR(9)", "$"),
    ];
    let text = r#"{"c":"y","o":[{"x":1},{"x":2}]} 5"#;
    let all = mapped(text, "$", &columns).unwrap();
    assert_eq!((all.rows.len(), all.errors.len()), (3, 0));
    let first = mapped_reading(text, "$", &columns, &[true, false, false]).unwrap();
    let expected = [r#""y""#, r#""y""#, "null"].map(|c| format!(r#"{{"c":{c},"x":null,"w":null}}"#));
    assert_eq!((first.rows.as_slice(), first.errors.len()), (&expected[..], 0));
}

#[test]
fn a_record_over_the_limit_is_skipped_to_its_line_end() {
    let long = "x".repeat(RECORD_BYTES_MAX);
    for broken in [false, true] {
        let end = if broken { "" } else { "\"}" };
        let text = format!("{{\"a\":1}}\n{{\"b\":\"{long}{end}\n{{\"a\":2}}\n");
        let found = decode(&text, "", &stream("a INTEGER"));
        assert_eq!(found.rows, [r#"{"a":1}"#, r#"{"a":2}"#]);
        assert_eq!((found.names(), found.documents), (vec!["Row too large"], 3));
        assert_eq!(
            (found.errors[0].4.len(), found.errors[0].3.as_str()),
            (24_576, "t:8")
        );
    }
    // The longest record that is allowed.
    let fits = format!("{{\"b\":\"{}\",\"a\":3}}", &long[..RECORD_BYTES_MAX - 14]);
    assert_eq!(fits.len(), RECORD_BYTES_MAX);
    assert_eq!(decode(&fits, "", &stream("a INTEGER")).rows, [r#"{"a":3}"#]);
}
