//! Test files as text: what is read, and what is refused with its line.

use super::*;

fn read(text: &str) -> TestFile {
    parse(Path::new("folder/sample.test"), text.to_owned()).unwrap()
}

fn faults(text: &str) -> Vec<(usize, String)> {
    let found = parse(Path::new("folder/sample.test"), text.to_owned()).unwrap_err();
    found.into_iter().map(|f| (f.line, f.message)).collect()
}

const SHARED: &str = "\
# What is tested.
date 2018-11-01

```sql
CREATE STREAM S (A INTEGER);

-- still SQL
```

test one
rows S
  ROWTIME  | A
  10:00:00 | 1

advance 10:01:00
expect OUT nothing
end
expect \"Out\" partly
  A
  NULL
expect errors

test two
```sql
CREATE STREAM T (B INTEGER);
```
strict
refuse 1:15 \"not \\\"found\\\"\"
warn shared 2:1 \"old\"
hold
ignore errors
count rows_late of \"P\" = 2
";

#[test]
fn a_file_has_shared_sql_and_tests() {
    let file = read(SHARED);
    assert_eq!(file.tests.len(), 2);
    let (one, two) = (&file.tests[0], &file.tests[1]);
    assert_eq!((one.name.as_str(), one.line), ("one", 10));
    assert_eq!(one.shared.as_ref().unwrap().first_line, 5);
    assert_eq!(
        one.shared.as_ref().unwrap().text,
        "CREATE STREAM S (A INTEGER);\n\n-- still SQL\n"
    );
    assert!(one.own.is_none());
    assert_eq!(one.actions.len(), 6);
    let Action::Expect(partly) = &one.actions[4] else {
        panic!("{:?}", one.actions[4])
    };
    assert!(partly.partly);
    assert_eq!(
        partly.target,
        Target::Stream(Name {
            text: "Out".to_owned(),
            exact: true
        })
    );
    assert!(partly.table.as_ref().unwrap().rows[0].1[0].is_null());
    assert_eq!((partly.line, partly.end_line), (18, 20));
    let Action::Advance(15, ms) = one.actions[1] else {
        panic!("{:?}", one.actions[1])
    };
    assert_eq!(datetime::timestamp_text(ms), "2018-11-01 10:01:00.000");
    assert!(two.strict && two.hold);
    assert_eq!(two.own.as_ref().unwrap().text, "CREATE STREAM T (B INTEGER);\n");
    let place = FindingPlace {
        shared: false,
        line: 1,
        column: 15,
    };
    assert_eq!(two.findings[0].what, Some((place, "not \"found\"".to_owned())));
    assert!(two.findings[1].what.as_ref().unwrap().0.shared);
    assert_eq!(two.ignored[0].1, Target::Errors);
}

#[test]
fn a_file_without_test_is_one_test() {
    let file = read("```sql\nCREATE STREAM S (A INTEGER);\n```\nexpect S nothing\n");
    assert_eq!(file.tests.len(), 1);
    assert_eq!(file.tests[0].name, "sample");
    assert!(file.tests[0].own.is_some());
}

#[test]
fn a_byte_order_mark_in_front_is_no_directive() {
    let file = read("\u{feff}# counts\n```sql\nx\n```\ntest a\n");
    assert_eq!(file.tests[0].name, "a");
}

#[test]
fn only_quotes_around_a_whole_name_fall_away() {
    let file = read("```sql\nx\n```\ntest \"quoted\"\ntest a column called \"q\"\n");
    let names: Vec<&str> = file.tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(names, ["quoted", "a column called \"q\""]);
}

#[test]
fn records_are_one_file_or_one_a_line() {
    let records = |body: &str| {
        let file = read(&format!(
            "```sql\nx\n```\nrecords S json header=true at 10:00\n```json\n{body}\n```\n"
        ));
        let Action::Records(block) = file.tests[0].actions[0].clone() else {
            panic!()
        };
        block
    };
    let block = records("{\"a\": 1}\n\nbroken");
    assert_eq!(block.parameters, ["format=json", "header=true"]);
    let RecordsBody::File { text, at_ms } = block.body else {
        panic!()
    };
    assert_eq!(text, "{\"a\": 1}\n\nbroken\n");
    assert_eq!(
        at_ms.map(datetime::timestamp_text).as_deref(),
        Some("2020-01-01 10:00:00.000")
    );
    let file = read("```sql\nx\n```\nrecords S csv\n```\n10:00 | a,1\n10:00:01.5 |  b\n```\n");
    let Action::Records(block) = &file.tests[0].actions[0] else {
        panic!()
    };
    let RecordsBody::Timed(lines) = &block.body else {
        panic!()
    };
    assert_eq!(lines[0].1, "a,1");
    assert_eq!(lines[1].1, " b");
    assert_eq!(lines[1].0 - lines[0].0, 1_500);
}

#[test]
fn faults_have_their_line() {
    for (text, line, part) in [
        ("", 1, "no SQL"),
        ("```sql\nCREATE\n", 1, "is missing"),
        ("frobnicate\n", 1, "unknown directive"),
        ("```sql\nx\n```\n  a | b\n", 4, "indented line"),
        ("```sql\nx\n```\nrows S\n", 4, "rows are missing"),
        (
            "```sql\nx\n```\nrows S\n  ROWTIME | A\n  1\n",
            6,
            "1 cells, the header has 2",
        ),
        ("```sql\nx\n```\nrows S\n  ROWTIME | A\n  1 |\n", 6, "empty cell"),
        ("```sql\nx\n```\nadvance soon\n", 4, "write a time"),
        ("```sql\nx\n```\nend\nadvance 10:00\n", 5, "has ended"),
        ("```sql\nx\n```\nexpect S nothing\n  A\n", 4, "yet rows follow"),
        ("```sql\nx\n```\nexpect S never\n", 4, "write: expect"),
        ("```sql\nx\n```\nexpect \"S\n", 4, "closing quote"),
        ("```sql\nx\n```\ncount rows_late 2\n", 4, "write: count"),
        ("```sql\nx\n```\nrefuse 3 \"m\"\n", 4, "write: refuse"),
        ("```sql\nx\n```\nrecords S\n{}\n", 4, "records are missing"),
        ("```sql\nx\n```\nschema S\n{}\n", 4, "InputSchema is missing"),
        (
            "```sql\nx\n```\nschema S\n```\n{}\n```\n",
            4,
            "RecordFormat is missing",
        ),
        ("```sql\nx\n```\n```sql\ny\n```\n", 4, "SQL already"),
        ("date yesterday\n", 1, "write a date"),
        ("test\n", 1, "needs a name"),
        ("test a\n```sql\nx\n```\ntest a\n", 5, "already a test"),
        ("test a\n", 1, "no SQL"),
        (
            "```sql\nx\n```\nexpect S nothing\ntest a\n",
            4,
            "belong into a test",
        ),
        ("sql no-such-file.sql\n", 1, "no-such-file.sql"),
    ] {
        let found = faults(text);
        assert!(
            found.iter().any(|(l, m)| *l == line && m.contains(part)),
            "{text:?}: {found:?}"
        );
    }
}
