//! JSON records as they are found in the world, good and bad (`application.md` §5): each bad one is one error
//! row with its place, and the good ones around it are rows.

use crate::machine::{COPY, Folder, NOW, hex};

/// One input, the A and B of the rows it gives, and its bad records: (offset, raw record, words of the message).
struct Case<'a> {
    about: &'a str,
    input: &'a [u8],
    rows: &'a [&'a str],
    bad: &'a [(usize, &'a [u8], &'a str)],
}

fn check(case: &Case<'_>) {
    let folder = Folder::with(COPY);
    folder.write("in.json", case.input);
    let mut first: Option<(String, String)> = None;
    for cut in ["16384", "1", "2"] {
        for threads in ["1", "2"] {
            let outcome = folder.run(&[
                "run",
                "app.sql",
                "--source",
                "S=in.json",
                "--sink",
                "COPIED=-",
                "--sink",
                "error_stream=err.json",
                "--now",
                NOW,
                "-v",
                "--batch-rows",
                cut,
                "--threads",
                threads,
            ]);
            let (documents, decoded, errors) = outcome.books();
            let about = format!(
                "{}, {cut} rows at once, {threads} threads: {}",
                case.about, outcome.err
            );
            assert_eq!(
                (decoded, errors),
                (case.rows.len() as u64, case.bad.len() as u64),
                "{about}"
            );
            assert_eq!(documents, decoded + errors, "{about}");
            let found = (outcome.out, folder.read("err.json"));
            match &first {
                None => first = Some(found),
                Some(first) => assert_eq!(*first, found, "{about}"),
            }
        }
    }
    let (rows, errors) = first.unwrap();
    assert_eq!(rows.lines().collect::<Vec<_>>(), case.rows, "{}", case.about);
    for (line, (offset, raw, words)) in errors.lines().zip(case.bad) {
        let place = format!(" at in.json:{offset}\",\"DATA_ROWTIME\"");
        let data = format!("\"DATA_ROW\":\"{}\",\"PUMP_NAME\":null}}", hex(raw));
        for part in [*words, &place, &data] {
            assert!(line.contains(part), "{}: {part} is not in {line}", case.about);
        }
    }
}

const ONE: &str = r#"{"A":1,"B":null}"#;
const TWO: &str = r#"{"A":2,"B":null}"#;

#[test]
fn the_elements_of_an_array_are_records() {
    check(&Case {
        about: "an array over several lines, two of whose elements are bad",
        input: b"[\n {\"A\":1},\n {\"A\":tru},\n [7],\n {\"A\":2}\n]\n",
        rows: &[ONE, TWO],
        bad: &[
            (13, b"{\"A\":tru},", "a word is none of true, false and null"),
            (25, b"[7]", "the record is an array, not an object"),
        ],
    });
    check(&Case {
        about: "an array that breaks off",
        input: b" [{\"A\":1},{\"A\":2}",
        rows: &[ONE, TWO],
        bad: &[(1, b"[", "the array of records ends too early")],
    });
}

#[test]
fn a_bad_record_costs_itself_wherever_it_stands() {
    const NOT_JSON: &str = "the record is not valid JSON: a value is expected (its byte 1)";
    for case in [
        Case {
            about: "the first",
            input: b"bad\n{\"A\":1}\n{\"A\":2}\n",
            rows: &[ONE, TWO],
            bad: &[(0, b"bad", NOT_JSON)],
        },
        Case {
            about: "in the middle",
            input: b"{\"A\":1}\nbad\n{\"A\":2}\n",
            rows: &[ONE, TWO],
            bad: &[(8, b"bad", NOT_JSON)],
        },
        Case {
            about: "the last, without a newline",
            input: b"{\"A\":1}\n{\"A\":2}\nbad",
            rows: &[ONE, TWO],
            bad: &[(16, b"bad", NOT_JSON)],
        },
        Case {
            about: "several in a row",
            input: b"{\"A\":1}\nbad\nbad\r\n\nbad\n{\"A\":2}\n",
            rows: &[ONE, TWO],
            bad: &[
                (8, b"bad", NOT_JSON),
                (12, b"bad", NOT_JSON),
                (18, b"bad", NOT_JSON),
            ],
        },
        Case {
            about: "nothing but bad records",
            input: b"bad\nbad\n",
            rows: &[],
            bad: &[(0, b"bad", NOT_JSON), (4, b"bad", NOT_JSON)],
        },
        Case {
            about: "behind a good one on its line",
            input: b"{\"A\":1} bad {\"A\":7}\n{\"A\":2}\n",
            rows: &[ONE, TWO],
            bad: &[(8, b"bad {\"A\":7}", NOT_JSON)],
        },
    ] {
        check(&case);
    }
}

#[test]
fn the_message_says_in_plain_words_what_is_wrong_within_the_record() {
    for (record, words) in [
        (
            "{\"A\":1",
            "it ends too early, or its line 2 is wrong: a comma or a closing brace is missing",
        ),
        (
            "{\"A\":1,\"B\":\"x",
            "it ends too early: a string is not closed at in.json:0",
        ),
        ("{\"A\":1,}", "a comma is followed by nothing (its byte 8)"),
        ("{\"A\" 1}", "a colon is missing behind a key (its byte 6)"),
        ("{A:1}", "a key is not in double quotes (its byte 2)"),
        (
            "{\"A\":nul}",
            "a word is none of true, false and null (its byte 9)",
        ),
        ("{\"A\":01}", "a number is malformed (its byte 7)"),
        ("{\"A\":1e400}", "out of the range of INTEGER"),
        (
            "{\"A\":1 2}",
            "a comma or a closing brace is missing (its byte 8)",
        ),
        ("{\"B\":[1 2]}", "a comma or a closing bracket is missing"),
        (
            "{\"B\":\"a\u{1}\"}",
            "a string holds a control character that is not escaped",
        ),
        (
            "{\"B\":\"a\u{0}\"}",
            "a string holds a control character that is not escaped",
        ),
        ("{\"B\":\"\\x\"}", "a string holds an unknown escape"),
        ("{\"B\":\"\\ud800\"}", "a string holds half of a surrogate pair"),
        ("\"text\"", "the record is a string, not an object"),
        ("12", "the record is a number, not an object"),
        ("true", "the record is a boolean, not an object"),
        ("null", "the record is null, not an object"),
    ] {
        let input = format!("{record}\n{{\"A\":2}}\n");
        check(&Case {
            about: record,
            input: input.as_bytes(),
            rows: &[TWO],
            bad: &[(0, record.as_bytes(), words)],
        });
    }
    check(&Case {
        about: "the last document breaks off",
        input: b"{\"A\":2}\n{\"A\":1,\"B\":\"x",
        rows: &[TWO],
        bad: &[(
            8,
            b"{\"A\":1,\"B\":\"x",
            "the record is not valid JSON: it ends too early at ",
        )],
    });
    check(&Case {
        about: "invalid UTF-8",
        input: b"{\"A\":1,\"B\":\"\xFF\"}\n{\"A\":2}\n{\"C\xC3\":1}",
        rows: &[TWO],
        bad: &[
            (
                0,
                b"{\"A\":1,\"B\":\"\xFF\"}",
                "the record is not valid UTF-8 at ",
            ),
            (24, b"{\"C\xC3\":1}", "the record is not valid UTF-8 at "),
        ],
    });
}

#[test]
fn what_does_not_load_is_a_coercion_error_and_what_is_missing_is_null() {
    check(&Case {
        about: "wrong types and missing fields",
        input: b"{\"A\":\"x\"}\n{\"A\":1.5}\n{\"A\":99999999999}\n{\"A\":{}}\n{}\n{\"B\":true,\"A\":true}\n{\"B\":[1, 2]}\n",
        rows: &[r#"{"A":null,"B":null}"#, r#"{"A":1,"B":"true"}"#, r#"{"A":null,"B":"[1,2]"}"#],
        bad: &[
            (0, b"{\"A\":\"x\"}", r#""Coercion error","MESSAGE":"For input string: \"x\""#),
            (10, b"{\"A\":1.5}", r#"For input string: \"1.5\""#),
            (20, b"{\"A\":99999999999}", r#"For input string: \"99999999999\""#),
            (38, b"{\"A\":{}}", r#"Cannot load an object into column \"A\" of type INTEGER"#),
        ],
    });
}

#[test]
fn documents_are_found_however_they_are_laid_out() {
    for (about, input) in [
        ("lines", "{\"A\":1}\n{\"A\":2}\n"),
        ("no newline at the end", "{\"A\":1}\n{\"A\":2}"),
        ("back to back", "{\"A\":1}{\"A\":2}"),
        (
            "CRLF and blank lines",
            "\r\n{\"A\":1}\r\n\r\n \t\r\n{\"A\":2}\r\n",
        ),
        ("over several lines", "{\n  \"A\":\n 1\n}\n{\"A\"\n:2}\n"),
        ("a byte order mark", "\u{feff}{\"A\":1}\n{\"A\":2}\n"),
        (
            "the last of equal keys wins",
            "{\"A\":7,\"A\":1}\n{\"A\":\"x\",\"A\":2}\n",
        ),
        ("a key in another case", "{\"a\":1}\n{\"a\":2}\n"),
        (
            "an exact key before one in another case",
            "{\"a\":7,\"A\":1}\n{\"A\":2,\"a\":7}\n",
        ),
    ] {
        check(&Case {
            about,
            input: input.as_bytes(),
            rows: &[ONE, TWO],
            bad: &[],
        });
    }
    for (about, input) in [
        ("empty", ""),
        ("only newlines", "\n\n\r\n\n"),
        ("only a byte order mark", "\u{feff}"),
    ] {
        check(&Case {
            about,
            input: input.as_bytes(),
            rows: &[],
            bad: &[],
        });
    }
}

#[test]
fn nesting_has_a_limit_whether_the_value_is_read_or_not() {
    // 128 levels with the record itself are one too many, 127 are not; C is no column.
    for key in ["B", "C"] {
        let nested = |n: usize| format!("{{\"{key}\":{}1{}}}", "[".repeat(n - 1), "]".repeat(n - 1));
        let (deep, deeper) = (nested(127), nested(129));
        let input = format!("{deep}\n{deeper}\n{{\"A\":2}}\n");
        let row = match key {
            "B" => r#"{"A":null,"B":"[[[[[[[[[["}"#,
            _ => r#"{"A":null,"B":null}"#,
        };
        check(&Case {
            about: key,
            input: input.as_bytes(),
            rows: &[row, TWO],
            bad: &[(
                deep.len() + 1,
                deeper.as_bytes(),
                "it is nested more than 127 levels deep",
            )],
        });
    }
}

#[test]
fn nul_bytes_are_no_white_space() {
    check(&Case {
        about: "a block of NUL bytes, as a crashed writer leaves it",
        input: b"{\"A\":1}\n\0\0\0\0\n{\"A\":2}\n",
        rows: &[ONE, TWO],
        bad: &[(8, b"\0\0\0\0", "a value is expected")],
    });
}

#[test]
fn a_schema_that_flattens_an_array_needs_objects_too() {
    let folder = Folder::with("CREATE STREAM \"OUT\" AS SELECT STREAM * FROM ORDERS;");
    folder.write(
        "schema.json",
        r#"{"RecordFormat": {"RecordFormatType": "JSON", "MappingParameters": {"JSONMappingParameters": {"RecordRowPath": "$"}}},
            "RecordColumns": [{"Name": "WHO", "Mapping": "$.who", "SqlType": "VARCHAR(4)"},
                              {"Name": "ID", "Mapping": "$.items[0:].id", "SqlType": "INTEGER"}]}"#,
    );
    folder.write(
        "in.json",
        "{\"who\":\"a\",\"items\":[{\"id\":1},{\"id\":2}]}\n12\n[{\"who\":\"b\"}]\n\"who\"\n{}\n",
    );
    let outcome = folder.run(&[
        "run",
        "app.sql",
        "--source",
        "ORDERS=in.json?schema=schema.json",
        "--sink",
        "OUT=-",
        "--sink",
        "error_stream=errors.json",
    ]);
    assert_eq!(
        outcome.rows(),
        "{\"WHO\":\"a\",\"ID\":1}\n{\"WHO\":\"a\",\"ID\":2}\n{\"WHO\":null,\"ID\":null}\n"
    );
    let errors = folder.read("errors.json");
    let kinds = ["a number", "an array", "a string"];
    assert_eq!(errors.lines().count(), kinds.len(), "{errors}");
    for (line, kind) in errors.lines().zip(kinds) {
        assert!(
            line.contains(&format!("the record is {kind}, not an object")),
            "{line}"
        );
    }
}
