//! CREATE OR REPLACE, DROP and ALTER PUMP in the shell: what changes, what goes on, and what is refused.

use crate::machine::{Folder, NOW, Outcome};

const APP: &str = "\
CREATE STREAM s (a INTEGER);
CREATE STREAM counts (a INTEGER, n INTEGER);
CREATE STREAM sums (total INTEGER);
CREATE PUMP counting AS INSERT INTO counts
SELECT STREAM a, COUNT(*) FROM s GROUP BY a, STEP(s.ROWTIME BY INTERVAL '60' SECOND);
CREATE PUMP summing AS INSERT INTO sums
SELECT STREAM SUM(a) FROM s GROUP BY STEP(s.ROWTIME BY INTERVAL '60' SECOND);
";

/// `\sink`s of both outputs, then two rows in the first minute.
const TWO_ROWS: &str = "\
\\sink counts counts.jsonl
\\sink sums sums.jsonl
INSERT INTO s (a, ROWTIME) VALUES (7, TIMESTAMP '2026-01-01 00:00:01'), (7, TIMESTAMP '2026-01-01 00:00:02');
";

/// One more in the first minute, then its end.
const ONE_MORE: &str = "\
INSERT INTO s (a, ROWTIME) VALUES (7, TIMESTAMP '2026-01-01 00:00:03');
\\advance 2026-01-01 00:01:00
";

fn shell(script: &str) -> (Folder, Outcome) {
    let folder = Folder::new();
    let done = folder.run_on(&["repl", "--now", NOW], script.as_bytes());
    (folder, done)
}

#[test]
fn a_pump_that_is_replaced_starts_empty_and_the_others_keep_their_windows() {
    let (folder, done) = shell(&format!(
        "{APP}{TWO_ROWS}\
         CREATE OR REPLACE PUMP summing AS INSERT INTO sums\n\
         SELECT STREAM SUM(a) + 1000 FROM s GROUP BY STEP(s.ROWTIME BY INTERVAL '60' SECOND);\n\
         CREATE OR REPLACE PUMP counting AS INSERT INTO counts\n\
         SELECT STREAM a, COUNT(*) FROM s GROUP BY a, STEP(s.ROWTIME BY INTERVAL '60' SECOND);\n\
         {ONE_MORE}"
    ));
    assert_eq!(done.rows(), "");
    assert_eq!(folder.read("sums.jsonl"), "{\"TOTAL\":1007}\n");
    // Declared anew, but the same: it goes on.
    assert_eq!(folder.read("counts.jsonl"), "{\"A\":7,\"N\":3}\n");
    assert_eq!(
        done.err,
        "rowtime: pump SUMMING: 1 open window or group dropped\n"
    );
}

#[test]
fn a_pump_that_is_stopped_loses_its_windows_and_starts_again_empty() {
    let (folder, done) = shell(&format!(
        "{APP}{TWO_ROWS}\
         ALTER PUMP counting STOP;\n\
         INSERT INTO s (a, ROWTIME) VALUES (7, TIMESTAMP '2026-01-01 00:00:02');\n\
         \\d counting\n\
         ALTER PUMP \"COUNTING\" START;\n\
         ALTER PUMP counting START;\n\
         {ONE_MORE}\
         ALTER PUMP nothing STOP;\n"
    ));
    assert_eq!(folder.read("counts.jsonl"), "{\"A\":7,\"N\":1}\n");
    assert_eq!(folder.read("sums.jsonl"), "{\"TOTAL\":28}\n");
    assert!(done.out.contains("stopped; ALTER PUMP"), "{}", done.out);
    assert_eq!(done.status, Some(2));
    assert!(
        done.err.contains("pump COUNTING: 1 open window or group dropped"),
        "{}",
        done.err
    );
    assert!(
        done.err
            .contains("there is no pump NOTHING; there are COUNTING, SUMMING"),
        "{}",
        done.err
    );
}

#[test]
fn what_is_used_cannot_be_dropped_and_what_uses_it_is_named() {
    let (_, done) = shell(&format!(
        "{APP}CREATE VIEW v AS SELECT STREAM a FROM s;\n\
         CREATE FUNCTION f (x INTEGER) RETURNS INTEGER RETURN x + 1;\n\
         CREATE STREAM o AS SELECT STREAM f(a) AS b FROM v;\n\
         DROP STREAM s;\n\
         DROP STREAM counts;\n\
         DROP VIEW v;\n\
         DROP FUNCTION f;\n\
         DROP PUMP nothing;\n\
         DROP STREAM IF EXISTS nothing;\n\
         DROP STREAM o;\n\
         DROP FUNCTION f;\n\
         DROP VIEW v;\n\
         DROP PUMP summing;\n\
         DROP PUMP counting;\n\
         DROP STREAM s;\n\
         \\d\n"
    ));
    assert_eq!(done.status, Some(2));
    for words in [
        "<stdin>:11:1: stream S is used by pump COUNTING, pump SUMMING, view V; drop what uses it first",
        "<stdin>:12:1: stream COUNTS is used by pump COUNTING;",
        "<stdin>:13:1: view V is used by stream O;",
        "<stdin>:14:1: function F is used by stream O;",
        "<stdin>:15:1: there is no pump NOTHING; there are COUNTING, SUMMING",
        "rowtime: there is no stream NOTHING",
    ] {
        assert!(done.err.contains(words), "{words}: {}", done.err);
    }
    assert_eq!(done.err.matches("error").count(), 5, "{}", done.err);
    assert_eq!(
        done.out,
        "Streams\n  COUNTS  (A INTEGER, N INTEGER)\n  SUMS    (TOTAL INTEGER)\n"
    );
}

#[test]
fn a_change_that_breaks_what_stands_changes_nothing() {
    let (folder, done) = shell(&format!(
        "{APP}{TWO_ROWS}\
         CREATE OR REPLACE STREAM s (b INTEGER);\n\
         CREATE STREAM s (b INTEGER);\n\
         {ONE_MORE}"
    ));
    assert_eq!(done.status, Some(2));
    assert_eq!(folder.read("counts.jsonl"), "{\"A\":7,\"N\":3}\n");
    for words in [
        "pump COUNTING:2:15",
        "<stdin>:11:1: stream S cannot be replaced so: pump COUNTING, pump SUMMING would not work any more",
        "<stdin>:12:15",
        "Stream 'S' already exists",
    ] {
        assert!(done.err.contains(words), "{words}: {}", done.err);
    }
}

#[test]
fn a_stream_and_its_users_can_be_changed_in_one_go() {
    let (folder, done) = shell(&format!(
        "{APP}{TWO_ROWS}\
         CREATE OR REPLACE STREAM s (b INTEGER);\n\
         CREATE OR REPLACE PUMP counting AS INSERT INTO counts\n\
         SELECT STREAM b, COUNT(*) FROM s GROUP BY b, STEP(s.ROWTIME BY INTERVAL '60' SECOND);\n\
         CREATE OR REPLACE PUMP summing AS INSERT INTO sums\n\
         SELECT STREAM SUM(b) FROM s GROUP BY STEP(s.ROWTIME BY INTERVAL '60' SECOND);\n\
         INSERT INTO s (b, ROWTIME) VALUES (5, TIMESTAMP '2026-01-01 00:00:03');\n\
         \\advance 2026-01-01 00:01:00\n\
         SELECT COUNT(*) AS n FROM s;\n"
    ));
    // The rows that were typed into the stream that was are gone with it.
    assert_eq!(done.rows(), "{\"N\":1}\n");
    assert_eq!(folder.read("counts.jsonl"), "{\"A\":5,\"N\":1}\n");
    assert_eq!(folder.read("sums.jsonl"), "{\"TOTAL\":5}\n");
    assert!(
        done.err
            .contains("typed rows of S forgotten, since its columns are not theirs: 2"),
        "{}",
        done.err
    );
}

#[test]
fn each_statement_is_judged_against_what_stands_and_not_against_what_was_refused() {
    let (_, done) = shell(
        "CREATE STREAM s (a INTEGER);
CREATE STREAM s (b INTEGER);
CREATE STREAM o (a INTEGER);
CREATE PUMP p AS INSERT INTO o SELECT STREAM a FROM s;
\\d
CREATE OR REPLACE STREAM s (b INTEGER);
SHOW TABLES;
CREATE STREAM z (a INTEGER);
CREATE PUMP q AS INSERT INTO z SELECT STREAM nothing FROM s;
\\d
",
    );
    assert_eq!(
        done.out,
        "Streams\n  S  (A INTEGER)\n  O  (A INTEGER)\n\nPumps\n  P  S -> O\n\
         Streams\n  S  (A INTEGER)\n  O  (A INTEGER)\n  Z  (A INTEGER)\n\nPumps\n  P  S -> O\n"
    );
    let places = [
        "<stdin>:2:15",
        "<stdin>:6:1: stream S cannot be replaced so: pump P",
        "pump P:1:",
        "<stdin>:7:1",
        "<stdin>:9:46",
    ];
    let at: Vec<Option<usize>> = places.iter().map(|place| done.err.find(place)).collect();
    assert!(
        at.iter().all(Option::is_some) && at.is_sorted(),
        "{at:?}: {}",
        done.err
    );
    assert_eq!(done.err.matches("error").count(), 5, "{}", done.err);
    assert_eq!(done.status, Some(2));
}

#[test]
fn a_statement_is_not_judged_against_a_later_one_that_is_refused() {
    let (_, done) = shell(
        "CREATE STREAM s (a INTEGER);
\\d
CREATE STREAM o AS SELECT STREAM a FROM s;
CREATE STREAM s (b INTEGER);
CREATE STREAM s (c INTEGER);
\\d o
",
    );
    assert!(
        done.out.contains("stream O\n  columns\n    A  INTEGER\n"),
        "{}",
        done.out
    );
    assert_eq!(done.err.matches("already exists").count(), 2, "{}", done.err);
    assert_eq!(done.err.matches("error").count(), 2, "{}", done.err);
}

#[test]
fn a_pump_that_is_replaced_and_replaced_back_starts_anew() {
    let counting = "CREATE OR REPLACE PUMP counting AS INSERT INTO counts
SELECT STREAM a, COUNT(*) FROM s GROUP BY a, STEP(s.ROWTIME BY INTERVAL '60' SECOND);
";
    let (folder, done) = shell(&format!(
        "{APP}{TWO_ROWS}CREATE OR REPLACE PUMP counting AS INSERT INTO counts SELECT STREAM a, 1 FROM s;\n{counting}{ONE_MORE}"
    ));
    assert_eq!(done.rows(), "");
    assert_eq!(folder.read("counts.jsonl"), "{\"A\":7,\"N\":1}\n");
    assert_eq!(
        done.err,
        "rowtime: pump COUNTING: 1 open window or group dropped\n"
    );
}
