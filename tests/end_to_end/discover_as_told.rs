//! `rowtime discover`: what it prints runs as it says, of data that is odd, long or no data at all.

use crate::discover::{columns, discover, discover_as_told};
use crate::machine::Folder;

/// What `discover` prints of a source, and the rows that a run loads as it says.
fn runs_as_told(folder: &Folder, args: &[&str]) -> (String, String) {
    let ddl = discover(folder, &[args, &["--ddl"]].concat());
    let mut source = String::new();
    for line in ddl.rows().lines().filter_map(|l| l.strip_prefix("--   rowtime ")) {
        match line.split_once("--source ") {
            Some((_, told)) => told.trim_matches('\'').clone_into(&mut source),
            None => folder.write("schema.json", discover_as_told(folder, line).rows()),
        }
    }
    folder.write("app.sql", &ddl.out);
    let run = folder.run(&["run", "app.sql", "--source", &source]);
    assert!(!run.err.contains("error row"), "{}", run.err);
    (source, run.rows().to_owned())
}

#[test]
fn names_that_sql_cannot_say_are_renamed_and_the_stream_runs() {
    let folder = Folder::new();
    let long = "n".repeat(129);
    folder.write("o.jsonl", format!("{{\"a\\nb\":1,\"{long}\":2,\"c\":3}}\n"));
    let found = discover(&folder, &["o.jsonl"]);
    assert_eq!(
        columns(found.rows()),
        [
            "COL_0 INTEGER $.a\nb".to_owned(),
            format!("COL_1 INTEGER $.{long}"),
            "c INTEGER $.c".to_owned()
        ]
    );
    found.line_with("COL_0: the data calls it \"a\\nb\"; a name in SQL has at most 128 characters");
    let (source, rows) = runs_as_told(&folder, &["o.jsonl"]);
    assert_eq!(source, "O=o.jsonl?schema=schema.json");
    assert_eq!(rows, "{\"COL_0\":1,\"COL_1\":2,\"c\":3}\n");
}

#[test]
fn headings_that_are_blank_doubled_or_years_name_their_columns() {
    let folder = Folder::new();
    for (file, text, row) in [
        (
            "BLANK",
            ",a,b\n0,1.5,x\n",
            "{\"COL_0\":0,\"a\":1.5,\"b\":\"x\"}\n",
        ),
        ("DOUBLED", "a,a,b\n1,2,x\n", "{\"a\":1,\"a_2\":2,\"b\":\"x\"}\n"),
        (
            "YEARS",
            "c,2019,2020\nDE,1.5,2\n",
            "{\"c\":\"DE\",\"2019\":1.5,\"2020\":2}\n",
        ),
    ] {
        let name = format!("{file}.csv");
        folder.write(&name, text);
        assert_eq!(runs_as_told(&folder, &[&name]).1, row, "{file}");
    }
}

#[test]
fn the_commands_above_a_stream_make_the_schema_that_it_needs() {
    let folder = Folder::new();
    folder.write("u.jsonl", "{\"USER\":1}\n{\"USER\":2}\n");
    let (source, rows) = runs_as_told(&folder, &["u.jsonl", "--aws", "--sample", "1"]);
    assert_eq!(source, "U=u.jsonl?schema=schema.json");
    assert_eq!(rows, "{\"COL_USER\":1}\n{\"COL_USER\":2}\n");
    let ddl = discover(&folder, &["u.jsonl", "--aws", "--sample", "1", "--ddl"]);
    let told = "--   rowtime discover u.jsonl --aws --sample 1 > schema.json\n";
    assert!(ddl.rows().contains(told), "{}", ddl.out);
}

#[test]
fn delimiters_that_were_told_are_in_the_schema_and_no_longer_in_the_uri() {
    let folder = Folder::new();
    folder.write("r.csv", "a,b;1,2;3,4;");
    folder.write("d.csv", "a||b\n1||2\n3||4\n");
    folder.write(
        "app.sql",
        "CREATE STREAM O (B INTEGER);\nCREATE PUMP P AS INSERT INTO O SELECT STREAM \"b\" FROM \"IN\";\n",
    );
    for (uri, row, told) in [
        (
            "r.csv?row_delimiter=;",
            ";",
            "r.csv?schema=schema.json&header=true",
        ),
        (
            "d.csv?delimiter=||&format=csv",
            "\\n",
            "d.csv?format=csv&schema=schema.json&header=true",
        ),
    ] {
        let found = discover(&folder, &[uri]);
        let delimiter = format!("\"RecordRowDelimiter\": \"{row}\"");
        assert!(found.rows().contains(&delimiter), "{uri}: {}", found.out);
        assert!(found.err.contains(told), "{uri}: {}", found.err);
        folder.write("schema.json", &found.out);
        let run = folder.run(&["run", "app.sql", "--source", &format!("IN={told}")]);
        assert_eq!(run.rows(), "{\"B\":2}\n{\"B\":4}\n", "{uri}: {}", run.err);
    }
}

#[test]
fn binary_data_with_a_few_readable_bits_is_refused() {
    let folder = Folder::new();
    let mut bytes = b"1\n2\n".to_vec();
    bytes.extend([7u8, 0, 0xff, b'\n'].repeat(20));
    folder.write("program", &bytes);
    let words =
        "program is binary data: 20 of 22 records are no text; the first that could not be read: program:4: ";
    discover(&folder, &["program"]).refused(words);
    discover(&folder, &["program?format=csv"]).refused("program is binary data");
    folder.write(
        "app.sql",
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM * FROM \"IN\";\n",
    );
    folder
        .run(&["run", "app.sql", "--source", "IN=program"])
        .refused(words);
}

#[test]
fn a_text_behind_the_sample_is_not_cut_to_the_length_of_those_in_it() {
    let folder = Folder::new();
    let long = "y".repeat(40);
    let mut lines = "{\"s\":\"x\"}\n".repeat(1_000);
    lines += &format!("{{\"s\":\"{long}\"}}\n");
    folder.write("in.json", &lines);
    folder.write(
        "app.sql",
        "CREATE STREAM O (S VARCHAR(100));\nCREATE PUMP P AS INSERT INTO O SELECT STREAM \"s\" FROM \"IN\" WHERE \"s\" <> \
         'x';\n",
    );
    let run = folder.run(&["run", "app.sql", "--source", "IN=in.json"]);
    assert_eq!(run.rows(), format!("{{\"S\":\"{long}\"}}\n"));
    run.line_with("columns guessed from 1,000 records of in.json: s VARCHAR(65535); give");
    // The schema that is printed is as tight as all records allow.
    assert_eq!(
        columns(discover(&folder, &["in.json"]).rows()),
        ["s VARCHAR(64) $.s"]
    );
    let sample = discover(&folder, &["in.json", "--sample", "1000"]);
    assert_eq!(columns(sample.rows()), ["s VARCHAR(16) $.s"]);
}

#[test]
fn an_array_that_is_longer_than_the_sample_shows_its_elements() {
    let folder = Folder::new();
    let elements: Vec<String> = (0..1_500).map(|i| format!("{{\"i\":{i}}}")).collect();
    folder.write("in.json", format!("[{}]", elements.join(",")));
    let sample = discover(&folder, &["in.json", "--sample", "10"]);
    assert_eq!(columns(sample.rows()), ["i INTEGER $.i"]);
    sample.line_with("looked at 10 records, and there are more: JSON");
    assert!(
        sample.out.contains("\"RecordRowPath\": \"$[0:]\""),
        "{}",
        sample.out
    );
    folder.write(
        "app.sql",
        "CREATE STREAM O (N BIGINT);\nCREATE PUMP P AS INSERT INTO O SELECT STREAM \"i\" FROM \"IN\" WHERE \"i\" > 1497;\n",
    );
    let run = folder.run(&["run", "app.sql", "--source", "IN=in.json"]);
    assert_eq!(run.rows(), "{\"N\":1498}\n{\"N\":1499}\n");
    let piped = folder.run_on(
        &["run", "app.sql", "--source", "IN=-"],
        folder.read("in.json").as_bytes(),
    );
    assert_eq!(piped.rows(), run.out);
    // Neither is one that is not closed.
    folder.write("cut.json", "[{\"i\":1},{\"i\":2}");
    assert_eq!(
        columns(discover(&folder, &["cut.json"]).rows()),
        ["i INTEGER $.i"]
    );
}

#[test]
fn a_member_of_the_record_keeps_its_name_wherever_it_stands() {
    let folder = Folder::new();
    for (record, expected) in [
        (
            "{\"user\":{\"id\":7},\"id\":1}",
            ["user_id INTEGER $.user.id", "id INTEGER $.id"],
        ),
        (
            "{\"id\":1,\"user\":{\"id\":7}}",
            ["id INTEGER $.id", "user_id INTEGER $.user.id"],
        ),
        (
            "{\"items\":[{\"id\":7}],\"id\":1}",
            ["items_id INTEGER $.items[0:].id", "id INTEGER $.id"],
        ),
        // What gives its members as columns has no column itself.
        (
            "{\"a\":{\"id\":7},\"id\":{\"b\":1}}",
            ["id INTEGER $.a.id", "b INTEGER $.id.b"],
        ),
    ] {
        folder.write("in.json", record);
        for args in [&["in.json"][..], &["in.json", "--aws"]] {
            assert_eq!(columns(discover(&folder, args).rows()), expected, "{record}");
        }
    }
}

#[test]
fn delimited_text_that_is_read_as_json_is_refused_although_its_numbers_are_json() {
    let folder = Folder::new();
    let words = "in.txt holds no JSON objects; the first record: in.txt:0: the record is not valid JSON";
    folder.write("in.txt", "id,name\n1,a\n2,b\n");
    let refused = discover(&folder, &["in.txt"]);
    refused.refused(words);
    refused.line_with("it looks like CSV: write ?format=csv");
    folder
        .run_on(&["discover", "-"], folder.read("in.txt").as_bytes())
        .refused("it looks like CSV");
    folder.write(
        "app.sql",
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM * FROM \"IN\";\n",
    );
    folder
        .run(&["run", "app.sql", "--source", "IN=in.txt"])
        .refused(words);
    // A first record that was cut is one error row.
    folder.write("in.txt", "x\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n");
    assert_eq!(
        columns(discover(&folder, &["in.txt"]).rows()),
        ["a INTEGER $.a", "b INTEGER $.b"]
    );
}

#[test]
fn a_stream_is_named_after_the_file_where_that_is_a_free_name() {
    let folder = Folder::new();
    let long = format!("{}.jsonl", "n".repeat(129));
    for (file, name) in [
        ("trades.jsonl", "TRADES"),
        ("error_stream.jsonl", "SOURCE_SQL_STREAM_001"),
        ("select.jsonl", "\"SELECT\""),
        (&long, "SOURCE_SQL_STREAM_001"),
    ] {
        folder.write(file, "{\"a\":1}\n");
        let ddl = discover(&folder, &[file, "--ddl"]);
        assert!(
            ddl.rows().contains(&format!("STREAM {name} (")),
            "{file}: {}",
            ddl.out
        );
        assert_eq!(runs_as_told(&folder, &[file]).1, "{\"a\":1}\n", "{file}");
    }
}

#[test]
fn text_of_another_encoding_says_how_it_is_read() {
    let folder = Folder::new();
    folder.write("l.csv", b"name,n\nZ\xfcrich,1\nBern,2\n");
    discover(&folder, &["l.csv"]).line_with(
        "the first: l.csv:7: the record is not valid UTF-8; text of another encoding is read with ?encoding=",
    );
    let found = discover(&folder, &["l.csv?encoding=windows-1252"]);
    found.line_with("looked at 2 records: CSV");
}
