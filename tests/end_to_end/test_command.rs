//! `rowtime test` as a user meets it: the first example of `TESTING.md`, failing, blessed, under every option.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

const PAGE: &str = include_str!("../../repl/TESTING.md");

/// The first test file that the page shows.
fn example() -> String {
    let block = PAGE.split("````\n").nth(1);
    block.unwrap_or_default().to_owned()
}

fn rowtime_test(folder: &Path, args: &[&str]) -> io::Result<(Option<i32>, String)> {
    let Output { status, stdout, .. } = Command::new(env!("CARGO_BIN_EXE_rowtime"))
        .arg("test")
        .args(args)
        .current_dir(folder)
        .output()?;
    Ok((status.code(), String::from_utf8_lossy(&stdout).into_owned()))
}

#[test]
fn the_example_of_the_page_passes_however_it_is_run() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("deep"))?;
    std::fs::write(folder.path().join("deep/counts.test"), example())?;
    for options in [
        &["."] as &[&str],
        &[".", "--batch-rows", "1"],
        &[".", "--batch-rows", "7", "--threads", "2"],
        &[".", "--batch-rows", "1", "--restore", "each-step"],
        &["deep/counts.test"],
    ] {
        let outcome = rowtime_test(folder.path(), options)?;
        assert_eq!(
            outcome,
            (Some(0), "2 passed, 0 failed\n".to_owned()),
            "{options:?}"
        );
    }
    let (status, out) = rowtime_test(folder.path(), &[".", "--filter", "next minute", "-v"])?;
    assert_eq!(status, Some(0));
    assert!(
        out.starts_with("ok ") && out.ends_with("\n1 passed, 0 failed\n"),
        "{out}"
    );
    Ok(())
}

#[test]
fn a_failure_shows_the_rows_that_differ() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let wrong = example().replacen("Boston | 1", "Boston | 2", 1);
    std::fs::write(folder.path().join("counts.test"), wrong)?;
    let (status, out) = rowtime_test(folder.path(), &["counts.test", "--junit", "results.xml"])?;
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
    let xml = std::fs::read_to_string(folder.path().join("results.xml"))?;
    assert!(xml.contains("tests=\"2\" failures=\"1\""), "{xml}");
    Ok(())
}

#[test]
fn bless_writes_what_is_missing_and_is_stable() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("counts.test");
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
    std::fs::write(&file, bare)?;
    assert_eq!(rowtime_test(folder.path(), &["."])?.0, Some(1));
    let blessed = rowtime_test(folder.path(), &[".", "--bless"])?;
    assert_eq!(blessed, (Some(0), "2 passed, 0 failed\n".to_owned()));
    let text = std::fs::read_to_string(&file)?;
    for part in [
        "count rows_failed = 1\n",
        "expect O\n  ROWTIME  | Q\n  10:00:00 | 2\n",
        "10:00:01 | P         | Division by zero | ",
        "refuse 1:47 \"Column 'C' not found",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(rowtime_test(folder.path(), &["."])?.0, Some(0));
    rowtime_test(folder.path(), &[".", "--bless"])?;
    assert_eq!(std::fs::read_to_string(&file)?, text);
    Ok(())
}
