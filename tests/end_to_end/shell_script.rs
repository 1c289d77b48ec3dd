//! The shell as a filter: a script comes in through a pipe, rows go out, and nothing else.

use crate::machine::Folder;

const SCRIPT: &str = "CREATE STREAM S (A INTEGER);
\\output csv
INSERT INTO S (ROWTIME, A) VALUES (TIMESTAMP '2026-01-27 10:00:00', 1),
    (TIMESTAMP '2026-01-27 10:00:01', 2);
SELECT STREAM A * 2 AS B FROM S;
";

#[test]
fn a_script_from_a_pipe_shows_rows_without_prompt_and_colour() {
    let folder = Folder::new();
    for args in [&[] as &[&str], &["repl"]] {
        let outcome = folder.run_on(args, SCRIPT.as_bytes());
        assert_eq!(outcome.rows(), "B\n2\n4\n");
        for text in [&outcome.out, &outcome.err] {
            assert!(!text.contains('\x1b') && !text.contains("rowtime>"), "{text}");
        }
    }
}

#[test]
fn what_is_wrong_is_placed_the_rest_is_run_and_the_status_says_so() {
    let folder = Folder::new();
    let script = format!("CREATE STREAM T (A INTEGER);\nSELECT STREAM AA\nFROM T;\n{SCRIPT}\\sorce x\n");
    let outcome = folder.run_on(&[], script.as_bytes());
    assert_eq!(outcome.status, Some(2), "{}", outcome.err);
    assert_eq!(outcome.out, "B\n2\n4\n");
    assert!(outcome.err.contains(":2:15"), "{}", outcome.err);
    assert!(outcome.err.contains("\\source"), "{}", outcome.err);
}

#[test]
fn rows_in_a_pipe_are_json_and_never_cut() {
    let folder = Folder::new();
    let long = "x".repeat(500);
    folder.write(
        "long.jsonl",
        format!("{{\"A\":1,\"LONG\":\"{long}\",\"Z\":null}}\n"),
    );
    let outcome = folder.run_on(&[], b"SELECT * FROM \"long.jsonl\";\n");
    assert_eq!(
        outcome.rows(),
        format!("{{\"A\":1,\"LONG\":\"{long}\",\"Z\":null}}\n")
    );
}

#[test]
fn watch_in_a_pipe_is_printed_once() {
    let folder = Folder::new();
    let outcome = folder.run_on(
        &[],
        b"CREATE STREAM S (A INTEGER);\nINSERT INTO S VALUES (1);\n\\watch 1\n",
    );
    assert_eq!(outcome.rows().matches("S ").count(), 1, "{}", outcome.out);
}
