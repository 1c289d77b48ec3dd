//! A schema loads every record that it was made from, whatever they are; and what is said of it.

use std::fmt::Write as _;

use super::*;
use crate::format::testing::{Everything, options, random, read_all};
use crate::source::{self, SourceOptions};

/// (name, path, type) of every column.
type Shown = Vec<(String, String, String)>;

struct Case {
    folder: tempfile::TempDir,
    file: String,
}

impl Case {
    fn new(file: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(file), text).unwrap();
        Self {
            folder,
            file: file.to_owned(),
        }
    }

    fn uri(&self) -> String {
        self.folder.path().join(&self.file).display().to_string()
    }

    fn look(&self, query: &str, request: Request) -> Discovered {
        let (place, _) = uri::source(&self.uri()).unwrap();
        let parameters = uri::source_parameters(query).unwrap();
        look(&place, &parameters, request, &mut |_| ()).unwrap()
    }

    fn found(&self) -> Discovered {
        self.look("", OF_ALL)
    }

    /// Everything that loads with the printed schema.
    fn load(&self, found: &Discovered) -> Everything {
        let schema = self.folder.path().join(".schema");
        std::fs::write(&schema, found.schema.to_json()).unwrap();
        let uri = ddl::uri(&self.uri(), found, Some(&schema.display().to_string()));
        let stream = InputSchema::load(&schema).unwrap().stream("S");
        let mut opened = source::open(&uri, &stream, &options()).unwrap();
        assert_eq!(opened.warnings, Vec::<String>::new());
        read_all(&mut *opened.splits.remove(0), &stream, 100).unwrap()
    }

    /// Everything that loads when the source describes itself.
    fn load_guessed(&self, query: &str) -> Everything {
        let uri = format!("{}{query}", self.uri());
        let described = source::describe_with_notes("S", &uri).unwrap();
        let options = SourceOptions {
            guessed: described.guessed,
            ..options()
        };
        let mut opened = source::open(&uri, &described.stream, &options).unwrap();
        read_all(&mut *opened.splits.remove(0), &described.stream, 100).unwrap()
    }
}

fn shown(found: &Discovered) -> Shown {
    let text = |path: &Option<_>| {
        path.as_ref().map_or(String::new(), |p: &Vec<_>| {
            crate::format::json::path::text(p).unwrap()
        })
    };
    let columns = found.schema.columns.iter();
    columns
        .map(|c| (c.name.clone(), text(&c.mapping), c.ty.to_string()))
        .collect()
}

fn expect(found: &Discovered, expected: &[(&str, &str, &str)]) {
    let expected: Shown = expected
        .iter()
        .map(|(n, p, t)| ((*n).to_owned(), (*p).to_owned(), (*t).to_owned()))
        .collect();
    assert_eq!(shown(found), expected);
}

#[test]
fn json_types_are_widened_over_the_sample() {
    let case = Case::new(
        "x.json",
        r#"{"ROWTIME":"2020-01-01T00:00:00","i":1,"b":1,"d":1,"f":true,"t":"2018-05-09T12:50:41Z","day":"2018-05-09","x":null,"o":{}}
            bad
            {"ROWTIME":"2020-01-01T00:00:00","i":-2,"b":3000000000,"d":1.5,"f":false,"t":"2018-05-09","m":1,"s":"12345678901234567"}
            {"ROWTIME":"2020-01-01T00:00:00","m":"a","s":"é","day":"2018-05-10"}"#,
    );
    let found = case.found();
    expect(
        &found,
        &[
            ("i", "$.i", "INTEGER"),
            ("b", "$.b", "BIGINT"),
            ("d", "$.d", "DOUBLE"),
            ("f", "$.f", "BOOLEAN"),
            ("t", "$.t", "TIMESTAMP"),
            ("day", "$.day", "DATE"),
            ("x", "$.x", "VARCHAR(16)"),
            ("o", "$.o", "VARCHAR(16)"),
            ("m", "$.m", "VARCHAR(16)"),
            ("s", "$.s", "VARCHAR(32)"),
        ],
    );
    assert_eq!(
        (found.records, found.unreadable, found.clock_is_bad),
        (3, 1, false)
    );
    let notes = found.notes.join("\n");
    for note in [
        "looked at 3 records: JSON",
        "1 record could not be read and will be error rows; the first: ",
        "\"x\": never had a value; VARCHAR(16) is a guess",
        "\"m\": mixed values (1 number, 1 text), so it is VARCHAR(16)",
        "ROWTIME is the arrival clock and no column",
    ] {
        assert!(notes.contains(note), "{note}: {notes}");
    }
}

#[test]
fn nested_objects_are_columns_by_path_and_one_array_of_objects_gives_the_rows() {
    let case = Case::new(
        "x.json",
        r#"{"id":1,"user":{"id":2,"at":{"id":3,"a.b":true}},"tags":["x", "y"],"items":[{"id":4,"tags":[1]},{"n":{"q":1.5}}]}
           {"id":5,"items":[],"user":null}"#,
    );
    let found = case.found();
    let columns = [
        ("id", "$.id", "INTEGER"),
        ("user_id", "$.user.id", "INTEGER"),
        ("at_id", "$.user.at.id", "INTEGER"),
        ("a.b", "$.user.at['a.b']", "BOOLEAN"),
        ("tags", "$.tags[0:]", "VARCHAR(16)"),
        ("items_id", "$.items[0:].id", "INTEGER"),
        ("items_tags", "$.items[0:].tags", "VARCHAR(16)"),
        ("q", "$.items[0:].n.q", "DOUBLE"),
    ];
    expect(&found, &columns);
    let rows = [
        r#"{"id":1,"user_id":2,"at_id":3,"a.b":true,"tags":"[\"x\",\"y\"]","items_id":4,"items_tags":"[1]","q":null}"#,
        r#"{"id":1,"user_id":2,"at_id":3,"a.b":true,"tags":"[\"x\",\"y\"]","items_id":null,"items_tags":null,"q":1.5}"#,
        r#"{"id":5,"user_id":null,"at_id":null,"a.b":null,"tags":null,"items_id":null,"items_tags":null,"q":null}"#,
    ];
    assert_eq!(case.load(&found).rows, rows);
    assert_eq!(case.load_guessed("").rows, rows);
    // Of several arrays of objects none can be preferred.
    let case = Case::new("x.json", r#"{"a":[{"x":1}],"b":{"c":[{"y":1}]},"d":[{"x":1},2]}"#);
    expect(
        &case.found(),
        &[
            ("a", "$.a[0:]", "VARCHAR(16)"),
            ("c", "$.b.c[0:]", "VARCHAR(16)"),
            ("d", "$.d[0:]", "VARCHAR(16)"),
        ],
    );
}

#[test]
fn documents_that_are_no_objects_load_too() {
    for (text, columns, rows) in [
        (
            r#"[{"a":1},{"a":2}][{"a":3}][]"#,
            &[("a", "$.a", "INTEGER")][..],
            &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#][..],
        ),
        (
            "[1,2] [3.5]",
            &[("ITEM", "$", "DOUBLE")],
            &[r#"{"ITEM":1.0}"#, r#"{"ITEM":2.0}"#, r#"{"ITEM":3.5}"#],
        ),
        (
            "\"a\"\n\"b\"",
            &[("ITEM", "$", "VARCHAR(16)")],
            &[r#"{"ITEM":"a"}"#, r#"{"ITEM":"b"}"#],
        ),
        (
            "{\"a\":1}\nnull\n[1, 2]\n",
            &[("a", "$.a", "INTEGER"), ("ITEM", "$", "VARCHAR(16)")],
            &[
                r#"{"a":1,"ITEM":"{\"a\":1}"}"#,
                r#"{"a":null,"ITEM":null}"#,
                r#"{"a":null,"ITEM":"[1,2]"}"#,
            ],
        ),
    ] {
        let case = Case::new("x.json", text);
        let found = case.found();
        expect(&found, columns);
        let loaded = case.load(&found);
        assert_eq!(
            (loaded.rows.as_slice(), loaded.errors.len()),
            (&rows.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>()[..], 0)
        );
        assert_eq!(case.load_guessed(""), loaded);
    }
}

#[test]
fn the_rules_of_the_service_name_and_type_as_its_guide_shows() {
    let text = "{\"USER\":\"Coal\",\"USER@DOMAIN\":\"123456789\",\"@@\":\"12345678901234567890123456789012345\",\"year\":1999,\
                \"at\":\"2018-05-09T12:50:41Z\",\"big\":3000000000,\"d\":1.5,\"a\":{\"b\":{\"c\":{\"d\":1}}}}";
    let case = Case::new("x.json", text);
    let found = case.look(
        "",
        Request {
            inference: Inference::Service,
            ..OF_ALL
        },
    );
    expect(
        &found,
        &[
            ("COL_USER", "$.USER", "VARCHAR(4)"),
            ("COL_USERDOMAIN", "$.USER@DOMAIN", "VARCHAR(16)"),
            ("COL_2", "$.@@", "VARCHAR(64)"),
            ("COL_year", "$.year", "INTEGER"),
            ("COL_at", "$.at", "VARCHAR(32)"),
            ("big", "$.big", "BIGINT"),
            ("d", "$.d", "DOUBLE"),
            ("c", "$.a.b.c", "VARCHAR(8)"),
        ],
    );
    assert_eq!(case.load(&found).rows.len(), 1);
    // The heading of delimited text is not measured.
    let case = Case::new("x.csv", "SECTOR_NAME,year\r\nCoal,1\r\n");
    let found = case.look(
        "",
        Request {
            inference: Inference::Service,
            ..OF_ALL
        },
    );
    expect(
        &found,
        &[("SECTOR_NAME", "", "VARCHAR(4)"), ("COL_year", "", "INTEGER")],
    );
    assert!(found.carriage_returns);
    assert_eq!(case.load(&found).rows, [r#"{"SECTOR_NAME":"Coal","COL_year":1}"#]);
}

#[test]
fn csv_headers_are_told_from_data() {
    let with = Case::new("x.csv", "Symbol,Price,At\nABC,1.5,2018-05-09 12:50:41\nDEF,2,\n");
    expect(
        &with.found(),
        &[
            ("Symbol", "", "VARCHAR(16)"),
            ("Price", "", "DOUBLE"),
            ("At", "", "TIMESTAMP"),
        ],
    );
    let without = Case::new("x.csv", "ABC,1.5\nDEF,2,x\n");
    expect(
        &without.found(),
        &[
            ("COL_0", "", "VARCHAR(16)"),
            ("COL_1", "", "DOUBLE"),
            ("COL_2", "", "VARCHAR(16)"),
        ],
    );
    let words = Case::new("x.csv", "name,city\nada,london\n");
    expect(
        &words.found(),
        &[("name", "", "VARCHAR(16)"), ("city", "", "VARCHAR(16)")],
    );
    let told = Case::new("x.csv", "1,,1\n2,x,3\n");
    expect(
        &told.look("header=true", OF_ALL),
        &[
            ("1", "", "INTEGER"),
            ("COL_1", "", "VARCHAR(16)"),
            ("1_2", "", "INTEGER"),
        ],
    );
    assert_eq!(
        told.load_guessed("?header=true").rows,
        [r#"{"1":2,"COL_1":"x","1_2":3}"#]
    );
}

#[test]
fn every_file_of_a_folder_has_its_own_order_of_columns() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("1.csv", "K,NAME,N\na,x,1\n"),
        ("2.csv", "N,K,NAME\n2,b,y\n"),
        ("3.csv", "N,K\n3,c\n"),
        ("4.csv", "d,z,4\n"),
        ("5.csv", "N,more,K\n5,?,e\n"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let uri = folder.path().display().to_string();
    let described = source::describe_with_notes("S", &uri).unwrap();
    let found = described.guessed.clone().unwrap();
    assert_eq!(
        (found.records, found.columns_text()),
        (5, "K VARCHAR(16), NAME VARCHAR(16), N INTEGER".to_owned())
    );
    let options = SourceOptions {
        guessed: described.guessed,
        ..options()
    };
    let mut rows = Vec::new();
    for mut split in source::open(&uri, &described.stream, &options).unwrap().splits {
        rows.extend(read_all(&mut *split, &described.stream, 9).unwrap().rows);
    }
    assert_eq!(
        rows,
        [
            r#"{"K":"a","NAME":"x","N":1}"#,
            r#"{"K":"b","NAME":"y","N":2}"#,
            r#"{"K":"c","NAME":null,"N":3}"#,
            r#"{"K":"d","NAME":"z","N":4}"#,
            r#"{"K":"e","NAME":null,"N":5}"#,
        ]
    );
}

#[test]
fn the_delimiter_is_found() {
    for (text, delimiter, fields) in [
        ("a;b\n1,5;2\n2,5;3\n", b';', 2),
        ("a\tb\tc\n1\t2\t3,4\n", b'\t', 3),
        ("a|b\nx,y|2\n", b'|', 2),
        ("a,b\nx;y,2\n", b',', 2),
        ("one\ntwo\n", b',', 1),
        ("1.5,x;2.5\n3.5,y;4.5\n", b',', 2),
        ("\"a;b\",\"c;d\"\n\"e;f\",\"g;h\"\n", b',', 2),
    ] {
        let found = Case::new("x.csv", text).found();
        assert_eq!(
            (found.schema.delimiters.column(), found.schema.columns.len()),
            (&[delimiter][..], fields),
            "{text}"
        );
    }
}

#[test]
fn times_in_numbers_and_clocks_are_pointed_out() {
    let case = Case::new(
        "x.json",
        r#"{"ts":1700000000,"ms":1700000000123,"n":1700000000,"us":1700000000123456,"iso":"2024-01-01T00:00:00","rare":1}
           {"ts":1700000001,"ms":1700000000122,"n":1700000000,"us":1700000000123456,"iso":"2024-01-01T00:00:01"}"#,
    );
    let notes = case.found().notes;
    for note in [
        "\"ts\": looks like seconds since 1970; TO_TIMESTAMP(CAST(\"ts\" AS BIGINT) * 1000) makes it a TIMESTAMP",
        "\"ms\": looks like milliseconds since 1970; TO_TIMESTAMP(\"ms\") makes it a TIMESTAMP",
        "\"us\": looks like microseconds since 1970; TO_TIMESTAMP(\"us\" / 1000) makes it a TIMESTAMP",
        "the records have no arrival clock of their own; a column can be it: ?rowtime=ms (not in order) or ?rowtime=iso (in \
         order)",
    ] {
        assert!(notes.iter().any(|n| n == note), "{note}: {notes:?}");
    }
    assert!(!notes.iter().any(|n| n.starts_with("\"n\"")), "{notes:?}");
    let bad = Case::new("x.json", "{\"ROWTIME\":1,\"a\":1}{\"a\":2}");
    let found = bad.found();
    assert!(found.clock_is_bad);
    // What the loader reads as a clock is one: digits in a text, too, but no number with an exponent.
    for (clock, is_bad) in [("\"1700000000000\"", false), ("1.7e12", true), ("\"now\"", true)] {
        let case = Case::new("x.json", &format!("{{\"ROWTIME\":{clock},\"a\":1}}"));
        assert_eq!(case.found().clock_is_bad, is_bad, "{clock}");
        assert_eq!(case.load_guessed("").rows.is_empty(), is_bad, "{clock}");
    }
    assert_eq!(bad.load(&found).rows.len(), 2);
}

#[test]
fn a_sample_ends_after_its_records_and_says_that_there_is_more() {
    let case = Case::new("x.json", "{\"a\":1}\n{\"a\":2}\n{\"a\":\"x\"}\n");
    let request = |records_max| Request {
        records_max,
        ..OF_ALL
    };
    let two = case.look("", request(2));
    assert_eq!(
        (two.records, two.is_sample, two.columns_text()),
        (2, true, "a INTEGER".to_owned())
    );
    let three = case.look("", request(3));
    assert_eq!(
        (three.records, three.is_sample, three.columns_text()),
        (3, false, "a VARCHAR(16)".to_owned())
    );
    let csv = Case::new("x.csv", "a,b\n1,2\n1.5,2\n");
    let one = csv.look("", request(1));
    assert_eq!(
        (one.records, one.columns_text()),
        (1, "a INTEGER, b INTEGER".to_owned())
    );
    let csv = Case::new("x.csv", "1,2\n2,2\n1.5,2\n");
    let two = csv.look("", request(2));
    assert_eq!(
        (two.records, two.columns_text()),
        (2, "COL_0 INTEGER, COL_1 INTEGER".to_owned())
    );
    let rows: String = (0..300)
        .map(|i| format!("{}\n", if i < 150 { "1" } else { "x" }))
        .collect();
    let many = Case::new("x.csv", &rows).look("", request(150));
    assert_eq!(
        (many.records, many.is_sample, many.columns_text()),
        (150, true, "COL_0 INTEGER".to_owned())
    );
}

#[test]
fn an_object_with_names_without_end_is_one_text() {
    let mut text = String::new();
    for i in 0..3_000 {
        let _ = writeln!(text, "{{\"id\":{i},\"by\":{{\"k{i}\":1}}}}");
    }
    let case = Case::new("x.json", &text);
    let found = case.found();
    expect(
        &found,
        &[("id", "$.id", "INTEGER"), ("by", "$.by", "VARCHAR(16)")],
    );
    assert_eq!(case.load(&found).rows.len(), 3_000);
}

/// Random values of all kinds; names repeat, so that fields meet values unlike each other.
struct Values {
    seed: u64,
}

impl Values {
    fn below(&mut self, n: u64) -> u64 {
        random(&mut self.seed, n)
    }

    fn text(&mut self) -> String {
        const TEXTS: [&str; 14] = [
            "",
            "x",
            "é€😀",
            "true",
            "12",
            "-1.5e3",
            "2018-05-09",
            "2018-05-09T12:50:41.123456Z",
            "2018-05-09 12:50:41",
            "2018-13-09",
            " 2018-05-09",
            "a long text that goes on for more than thirty-two characters",
            "null",
            "[1,2]",
        ];
        TEXTS[self.below(TEXTS.len() as u64) as usize].to_owned()
    }

    fn number(&mut self) -> String {
        const NUMBERS: [&str; 12] = [
            "0",
            "-0",
            "1",
            "-2147483648",
            "2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "1.50",
            "12.0",
            "1e3",
            "1E-400",
            "1700000000123",
        ];
        NUMBERS[self.below(NUMBERS.len() as u64) as usize].to_owned()
    }

    fn json(&mut self, depth: u64) -> String {
        match self.below(if depth > 3 { 6 } else { 9 }) {
            0 => "null".to_owned(),
            1 => ["true", "false"][self.below(2) as usize].to_owned(),
            2 | 3 => self.number(),
            4 | 5 => serde_json::to_string(&self.text()).unwrap(),
            6 => {
                let elements: Vec<String> = (0..self.below(4)).map(|_| self.json(depth + 1)).collect();
                format!("[{}]", elements.join(" ,"))
            }
            7 => {
                let elements: Vec<String> = (0..self.below(3)).map(|_| self.object(depth + 1)).collect();
                format!("[{}]", elements.join(","))
            }
            _ => self.object(depth + 1),
        }
    }

    fn object(&mut self, depth: u64) -> String {
        const NAMES: [&str; 12] = [
            "a", "b", "c", "A", "a.b", "it's", "x[0]", "", " ", "id", "naïve", "\"q\"",
        ];
        let members: Vec<String> = (0..self.below(5))
            .map(|_| {
                let name = serde_json::to_string(NAMES[self.below(12) as usize]).unwrap();
                format!("{name} : {}", self.json(depth))
            })
            .collect();
        format!("{{{}}}", members.join(", "))
    }
}

#[test]
fn every_random_record_loads_with_the_schema_that_was_made_from_it() {
    let mut with_columns = 0;
    for seed in 0..400 {
        let mut values = Values { seed };
        let (records, kind) = (values.below(12) + 1, values.below(4));
        let mut text = String::new();
        for _ in 0..records {
            text += &match kind {
                0 => values.json(0),
                1 => format!("[{},{}]", values.object(0), values.object(0)),
                _ => values.object(0),
            };
            text += if values.below(4) == 0 { " " } else { "\n" };
        }
        let case = Case::new("x.json", &text);
        let found = case.found();
        assert_eq!(found.unreadable, 0, "seed {seed}: {text}");
        if found.schema.columns.is_empty() {
            continue;
        }
        with_columns += 1;
        let loaded = case.load(&found);
        assert_eq!(
            loaded.errors,
            [],
            "seed {seed}: {text}\n{}",
            found.schema.to_json()
        );
        // The elements of arrays that give the rows are records of their own.
        let is_whole = found.schema.row_path.is_empty();
        assert!(!is_whole || found.records == records, "seed {seed}: {text}");
        let books = (found.records, found.records);
        assert_eq!((loaded.documents, loaded.decoded), books, "seed {seed}: {text}");
        assert_eq!(case.load_guessed(""), loaded, "seed {seed}: {text}");
    }
    assert!(with_columns > 300, "{with_columns}");
}

#[test]
fn every_random_row_loads_with_the_schema_that_was_made_from_it() {
    for seed in 0..400 {
        let mut values = Values { seed };
        let (rows, fields) = (values.below(12) + 1, values.below(4) + 1);
        let delimiter = [',', ';', '\t', '|'][values.below(4) as usize];
        let header = values.below(2) == 0;
        let mut text = String::new();
        if header {
            let names: Vec<String> = (0..fields).map(|i| format!("name_{i}")).collect();
            text = names.join(&delimiter.to_string()) + "\n";
        }
        for _ in 0..rows {
            let mut row: Vec<String> = Vec::new();
            for _ in 0..fields {
                let value = if values.below(2) == 0 {
                    values.number()
                } else {
                    values.text()
                };
                let quoted = value.contains([',', ';', '\t', '|', '"']) || values.below(3) == 0;
                row.push(if quoted {
                    format!("\"{}\"", value.replace('"', "\"\""))
                } else {
                    value
                });
            }
            text += &(row.join(&delimiter.to_string()) + if seed % 2 == 0 { "\n" } else { "\r\n" });
        }
        let case = Case::new("x.csv", &text);
        let query = format!("header={header}");
        let found = case.look(&query, OF_ALL);
        if found.schema.columns.is_empty() {
            continue;
        }
        let loaded = case.load(&found);
        assert_eq!(
            loaded.errors,
            [],
            "seed {seed}: {text}\n{}",
            found.schema.to_json()
        );
        assert_eq!(loaded.rows.len() as u64, found.records, "seed {seed}: {text}");
        assert_eq!(
            case.load_guessed(&format!("?{query}")),
            loaded,
            "seed {seed}: {text}"
        );
    }
}
