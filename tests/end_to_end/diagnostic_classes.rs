//! How a refused script looks from a shell: whose move it is stands in the heading, whatever class it is the exit
//! status is 2, standard output stays empty, and nothing is started.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

fn rowtime(folder: &Path, args: &[&str]) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_rowtime"))
        .args(args)
        .current_dir(folder)
        .output()
}

const DECLARED: &str = "CREATE STREAM S (A INTEGER);\nCREATE STREAM O (A INTEGER);\n";

/// The statement behind [`DECLARED`], the heading of its finding, and its place.
const CASES: [(&str, &str, &str); 5] = [
    (
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM B FROM S;\n",
        "error: Column 'B' not found in any table",
        "app.sql:3:46",
    ),
    (
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM A FROM S WHERE ’x’ = 'x';\n",
        "error: typographic quote at line 3",
        "app.sql:3:61",
    ),
    (
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM A % 2 FROM S;\n",
        "error: not supported: The operator % is not part of the dialect",
        "app.sql:3:48",
    ),
    (
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM A FROM S LIMIT 5;\n",
        "error: not supported: LIMIT is not part of the dialect",
        "app.sql:3:55",
    ),
    (
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM A FROM TABLE(HOTSPOTS(CURSOR(SELECT STREAM * FROM S), 100, 1, 2));\n",
        "error: not implemented yet: HOTSPOTS cannot run yet",
        "app.sql:3:59",
    ),
];

#[test]
fn every_class_of_refusal_names_itself_and_exits_with_2() -> io::Result<()> {
    for (statement, heading, place) in CASES {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("app.sql"), format!("{DECLARED}{statement}"))?;
        let out = folder.path().join("out.jsonl");
        for args in [
            &["check", "app.sql"] as &[&str],
            &["explain", "app.sql"],
            &["run", "app.sql", "--sink", "O=out.jsonl"],
            &["check", "app.sql", "--strict"],
        ] {
            let output = rowtime(folder.path(), args)?;
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{args:?} {said}");
            assert!(output.stdout.is_empty(), "{args:?}");
            assert!(said.starts_with(heading), "{args:?} {said}");
            assert!(said.contains(place), "{args:?} {said}");
            assert_eq!(said.matches("error").count(), 1, "{args:?} {said}");
            assert!(!out.exists(), "{args:?}");
        }
    }
    Ok(())
}

#[test]
fn what_strict_refuses_passes_without_it() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let lenient = "CREATE PUMP P AS INSERT INTO O SELECT a FROM s;\n";
    std::fs::write(folder.path().join("app.sql"), format!("{DECLARED}{lenient}"))?;
    let passed = rowtime(folder.path(), &["check", "app.sql"])?;
    assert_eq!(passed.status.code(), Some(0));
    let refused = rowtime(folder.path(), &["check", "app.sql", "--strict"])?;
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("app.sql:3:32"), "{said}");
    assert!(refused.stdout.is_empty());
    Ok(())
}
