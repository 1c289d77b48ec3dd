//! CSV records, good and bad (`application.md` §5.2, `decisions.md` 8).

use crate::machine::{COPY, Folder, NOW, hex};

/// (offset, raw record, words of the message).
type Bad<'a> = (usize, &'a [u8], &'a str);

/// Runs the copy over CSV text, whole and cut, and returns its rows after checking the error rows and the books.
fn copied(input: &[u8], parameters: &str, bad: &[Bad<'_>]) -> Vec<String> {
    let folder = Folder::with(COPY);
    folder.write("in.csv", input);
    let mut first: Option<(String, String)> = None;
    for (cut, threads) in [("16384", "1"), ("1", "1"), ("2", "2")] {
        let source = format!("S=in.csv{parameters}");
        let outcome = folder.run(&[
            "run",
            "app.sql",
            "--source",
            &source,
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
        let (_, decoded, errors) = outcome.books();
        assert_eq!(decoded as usize, outcome.out.lines().count(), "{}", outcome.err);
        assert_eq!(errors as usize, bad.len(), "{}", outcome.err);
        let found = (outcome.out, folder.read("err.json"));
        match &first {
            None => first = Some(found),
            Some(first) => assert_eq!(*first, found),
        }
    }
    let (rows, errors) = first.unwrap();
    for (line, (offset, raw, words)) in errors.lines().zip(bad) {
        let place = format!(" at in.csv:{offset}\",");
        for part in [*words, &place, &format!("\"DATA_ROW\":\"{}\"", hex(raw))] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    }
    rows.lines().map(str::to_owned).collect()
}

#[test]
fn quotes_line_ends_and_lengths_are_those_of_rfc_4180_and_the_service() {
    for (input, expected) in [
        ("1,a\n2,b\n", [r#"{"A":1,"B":"a"}"#, r#"{"A":2,"B":"b"}"#]),
        ("1,a\r\n2,b", [r#"{"A":1,"B":"a"}"#, r#"{"A":2,"B":"b"}"#]),
        (
            "\u{feff}1,a\n\n2,b\n\n",
            [r#"{"A":1,"B":"a"}"#, r#"{"A":2,"B":"b"}"#],
        ),
        (
            "1,\"a,\"\"b\"\"\"\n\"2\",\"c\nd\"\n",
            [r#"{"A":1,"B":"a,\"b\""}"#, r#"{"A":2,"B":"c\nd"}"#],
        ),
        // A short row is NULL where it ends, a long one is read as far as there are columns.
        ("1\n2,b,c,d\n", [r#"{"A":1,"B":null}"#, r#"{"A":2,"B":"b"}"#]),
        // Blanks before an opening quote are skipped, others are data; an empty field is NULL.
        ("1, \"a\"\n2, b\n", [r#"{"A":1,"B":"a"}"#, r#"{"A":2,"B":" b"}"#]),
        (",\n2,\"\"\n", [r#"{"A":null,"B":null}"#, r#"{"A":2,"B":null}"#]),
        (
            "1,a\0b\n2,0123456789x\n",
            [r#"{"A":1,"B":"a\u0000b"}"#, r#"{"A":2,"B":"0123456789"}"#],
        ),
    ] {
        assert_eq!(copied(input.as_bytes(), "", &[]), expected, "{input:?}");
    }
}

#[test]
fn a_header_is_found_by_the_names_of_the_columns_or_by_what_the_uri_says() {
    let rows = [r#"{"A":1,"B":"x"}"#];
    assert_eq!(copied(b"A,B\n1,x\n", "", &[]), rows);
    assert_eq!(copied(b"b,a\nx,1\n", "", &[]), rows);
    assert_eq!(copied(b"other,B,A\n?,x,1\n", "?header=true", &[]), rows);
    let as_data = [(0, &b"A,B"[..], r#"For input string: \"A\""#)];
    assert_eq!(copied(b"A,B\n1,x\n", "?header=false", &as_data), rows);
    assert!(copied(b"A,B\n", "", &[]).is_empty());
    assert!(copied(b"", "", &[]).is_empty());
}

#[test]
fn a_bad_record_costs_itself() {
    let rows = [r#"{"A":1,"B":"a"}"#, r#"{"A":2,"B":"b"}"#];
    let found = copied(
        b"x,y\n1,a\n1.5,\n\xFF,\n2,b\n3,\"open",
        "?header=false",
        &[
            (0, b"x,y", r#"For input string: \"x\""#),
            (8, b"1.5,", r#"For input string: \"1.5\""#),
            (13, b"\xFF,", "the record is not valid UTF-8"),
            (
                20,
                b"3,\"open",
                "a quoted field is not closed before the end of the file",
            ),
        ],
    );
    assert_eq!(found, rows);
    // An open quote takes its own line only, once it is known that nothing closes it.
    let found = copied(
        b"1,a\n3,\"open\n2,b\n",
        "",
        &[(
            4,
            b"3,\"open",
            "a quoted field is not closed before the end of the file",
        )],
    );
    assert_eq!(found, rows);
}
