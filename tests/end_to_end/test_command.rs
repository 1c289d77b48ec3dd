//! `rowtime test` as a user meets it: the first example of `TESTING.md`, failing, blessed, under every option.

use crate::machine::Folder;

const PAGE: &str = include_str!("../../repl/TESTING.md");

/// The first test file that the page shows.
fn example() -> String {
    let block = PAGE.split("````\n").nth(1);
    block.unwrap_or_default().to_owned()
}

fn rowtime_test(folder: &Folder, args: &[&str]) -> (Option<i32>, String) {
    let outcome = folder.run(&[&["test"], args].concat());
    (outcome.status, outcome.out)
}

#[test]
fn the_example_of_the_page_passes_however_it_is_run() {
    let folder = Folder::new();
    folder.write("deep/counts.test", example());
    for options in [
        &["."] as &[&str],
        &[".", "--batch-rows", "1"],
        &[".", "--batch-rows", "7", "--threads", "2"],
        &[".", "--batch-rows", "1", "--restore", "each-step"],
        &["deep/counts.test"],
    ] {
        let outcome = rowtime_test(&folder, options);
        assert_eq!(
            outcome,
            (Some(0), "2 passed, 0 failed\n".to_owned()),
            "{options:?}"
        );
    }
    let (status, out) = rowtime_test(&folder, &[".", "--filter", "next minute", "-v"]);
    assert_eq!(status, Some(0));
    assert!(
        out.starts_with("ok ") && out.ends_with("\n1 passed, 0 failed\n"),
        "{out}"
    );
}

#[test]
fn a_failure_shows_the_rows_that_differ() {
    let folder = Folder::new();
    let wrong = example().replacen("Boston | 1", "Boston | 2", 1);
    folder.write("counts.test", wrong);
    let (status, out) = rowtime_test(&folder, &["counts.test", "--junit", "results.xml"]);
    assert_eq!(status, Some(1));
    assert_eq!(
        out,
        "FAILED counts.test:13 a window closes at its end and not before\n\
         \x20 counts.test:21: OUT has other rows than expected\n\
         \x20     ROWTIME  | CITY   | N\n\
         \x20     10:01:00 | Denver | 2\n\
         \x20   - 10:01:00 | Boston | 2\n\
         \x20   + 10:01:00 | Boston | 1\n\
         \n\
         1 passed, 1 failed\n"
    );
    let xml = folder.read("results.xml");
    assert!(xml.contains("tests=\"2\" failures=\"1\""), "{xml}");
}

#[test]
fn bless_writes_what_is_missing_and_is_stable() {
    let folder = Folder::new();
    let bare = "\
```sql
CREATE STREAM S (A INTEGER, B INTEGER);
CREATE STREAM O (Q INTEGER);
CREATE PUMP P AS INSERT INTO O SELECT STREAM A / B FROM S;
```
test rows and errors
rows S
  ROWTIME | A | B
  10:00:00 | 6 | 3
  10:00:01 | 6 | 0
count rows_failed = 7
test a refusal
```sql
CREATE PUMP P2 AS INSERT INTO O SELECT STREAM C FROM S;
```
refuse
";
    folder.write("counts.test", bare);
    assert_eq!(rowtime_test(&folder, &["."]).0, Some(1));
    let blessed = rowtime_test(&folder, &[".", "--bless"]);
    assert_eq!(blessed, (Some(0), "2 passed, 0 failed\n".to_owned()));
    let text = folder.read("counts.test");
    for part in [
        "count rows_failed = 1\n",
        "expect O\n  ROWTIME  | Q\n  10:00:00 | 2\n",
        "10:00:01 | P         | Division by zero | ",
        "refuse 1:47 \"Column 'C' not found",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(rowtime_test(&folder, &["."]).0, Some(0));
    rowtime_test(&folder, &[".", "--bless"]);
    assert_eq!(folder.read("counts.test"), text);
}
