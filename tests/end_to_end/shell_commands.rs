//! The backslash commands of the shell, one by one, in scripts.

use crate::machine::{Folder, NOW, Outcome};

const APP: &str = "\
CREATE STREAM s (a INTEGER, b VARCHAR(4) NOT NULL);
CREATE STREAM o (q INTEGER);
CREATE PUMP p AS INSERT INTO o SELECT STREAM 10 / a FROM s;
";

const ROWS: &str = "\
{\"A\":1,\"B\":\"x\",\"ROWTIME\":\"2026-01-01 00:00:01\"}
{\"A\":0,\"B\":\"y\",\"ROWTIME\":\"2026-01-01 00:00:02\"}
{\"A\":5,\"B\":\"z\",\"ROWTIME\":\"2026-01-01 00:00:03\"}
";

fn folder() -> Folder {
    let folder = Folder::with(APP);
    folder.write("s.jsonl", ROWS);
    folder.write("names.csv", "B,NAME\nx,Xavier\nz,Zoe\n");
    folder
}

fn shell(folder: &Folder, script: &str) -> Outcome {
    folder.run_on(&["repl", "--now", NOW], script.as_bytes())
}

#[test]
fn d_lists_and_describes() {
    let folder = folder();
    let script = format!(
        "{APP}\\source s s.jsonl\n\\sink o o.csv\n\
         CREATE VIEW v AS SELECT STREAM b, a + 1 AS c FROM s;\n\
         \\d\n\\d s\n\\d P\n\\d v\n\\d \"s\"\n"
    );
    let done = shell(&folder, &script);
    assert_eq!(
        done.out,
        "Streams
  S  (A INTEGER, B VARCHAR(4))
  O  (Q INTEGER)

Views
  V

Pumps
  P  S -> O
stream S
  columns
    A  INTEGER
    B  VARCHAR(4) NOT NULL
  read by       pump P
  source        s.jsonl
  used by       view V
  statement
    CREATE STREAM s (a INTEGER, b VARCHAR(4) NOT NULL);
pump P
  reads         S
  writes        O
  statement
    CREATE PUMP p AS INSERT INTO o SELECT STREAM 10 / a FROM s;
view V
  columns
    B  VARCHAR(4)
    C  INTEGER
  statement
    CREATE VIEW v AS SELECT STREAM b, a + 1 AS c FROM s;
"
    );
    assert!(
        done.err
            .contains("there is no stream, table, view, pump or function s"),
        "{}",
        done.err
    );
}

#[test]
fn errors_shows_records_as_text_and_watch_the_books() {
    let folder = folder();
    let script = format!("{APP}\\source s s.jsonl\n\\errors\n\\watch\n\\d o\n\\errors 0\n");
    let done = shell(&folder, &script);
    // How many bytes its state has is the pump's business.
    let shown = done.rows().replace("     0   21 B\n", "     0    ? B\n");
    assert_eq!(
        shown,
        "2026-01-01 00:00:02.000  pump P  Division by zero: 10 / 0
    {\"A\":0}
1 error row
  pump P  Division by zero: 1
stream  rows  rows/s                    bound        lag
O          2          2026-01-01 00:00:03.000  26 d 10 h
S          3          2026-01-01 00:00:03.000  26 d 10 h

pump  in  out  filtered  errors  late  open  state
P      3    2         0       1     0     0    ? B
stream O
  columns
    Q  INTEGER
  written by    pump P
  rows          2, up to 2026-01-01 00:00:03.000
  statement
    CREATE STREAM o (q INTEGER);
1 error row
  pump P  Division by zero: 1
"
    );
}

#[test]
fn output_chooses_the_form_of_rows() {
    let folder = folder();
    let script = "\\output\n\\source s s.jsonl?rowtime=ROWTIME\n\\output csv\nSELECT b, a FROM s WHERE a > 0;\n\
         \\output TABLE\nSELECT b, a FROM s WHERE a > 0;\n\\output vertical\nSELECT b, a FROM s WHERE a = 5;\n\
         \\output xml\n";
    let done = shell(&folder, script);
    assert_eq!(
        done.out,
        "json\nB,A\nx,1\nz,5\n B | A\n---+---\n x | 1\n z | 5\n-[ row 1 ]------------------------------\nB | z\nA | 5\n"
    );
    assert_eq!(done.status, Some(2));
    assert!(
        done.err
            .contains("\\output takes table, json, csv, vertical; not xml"),
        "{}",
        done.err
    );
    let chosen = folder.run_on(&["repl", "--output", "csv"], b"SELECT NAME FROM \"names.csv\";");
    assert_eq!(chosen.rows(), "NAME\nXavier\nZoe\n");
}

#[test]
fn timing_says_how_long_a_query_took() {
    let folder = folder();
    let done = shell(
        &folder,
        "\\timing on\nSELECT * FROM \"names.csv\";\n\\timing\nSELECT * FROM \"names.csv\";\n",
    );
    let counts: Vec<&str> = done.err.lines().filter(|l| l.starts_with("(2 rows")).collect();
    assert_eq!(counts.len(), 2);
    assert!(
        counts[0].starts_with("(2 rows, ") && counts[0].ends_with("s)"),
        "{}",
        counts[0]
    );
    assert_eq!(counts[1], "(2 rows)");
}

#[test]
fn reference_makes_a_table_to_join_with_and_to_read_alone() {
    let folder = folder();
    let script = format!(
        "{APP}\\source s s.jsonl\n\\reference names names.csv\n\\reference\n\
         SELECT STREAM s.b, n.name FROM s JOIN names AS n ON s.b = n.b;\n\
         SELECT name FROM names ORDER BY name DESC;\n\
         CREATE STREAM named (b VARCHAR(4), name VARCHAR(16));\n\
         CREATE PUMP naming AS INSERT INTO named SELECT STREAM s.b, n.name FROM s JOIN names AS n ON s.b = n.b;\n\
         SELECT COUNT(*) AS n FROM names;\n\
         \\reference names off\n\\d naming\n"
    );
    let done = shell(&folder, &script);
    assert_eq!(
        done.out.split("pump NAMING").next(),
        Some(
            "NAMES  names.csv\n{\"B\":\"x\",\"NAME\":\"Xavier\"}\n{\"B\":\"z\",\"NAME\":\"Zoe\"}\n\
             {\"NAME\":\"Zoe\"}\n{\"NAME\":\"Xavier\"}\n{\"N\":2}\n"
        ),
        "{}",
        done.err
    );
    assert!(
        done.err
            .contains("<stdin>:12:1: pump NAMING would not work any more"),
        "{}",
        done.err
    );
}

#[test]
fn sources_and_sinks_are_listed_and_undone() {
    let folder = folder();
    let script = format!(
        "{APP}\\source\n\\sink\n\\source s nowhere.jsonl\n\\source s s.jsonl\n\\source o s.jsonl\n\
         \\sink o o.csv\n\\sink s o.csv\n\\sink s s.jsonl\n\\sink nothing o.csv\n\\source\n\\sink\n\
         \\sink o off\n\\sink o off\n\\source S off\n\\source s off\n\\source\n\\sink\n"
    );
    let done = shell(&folder, &script);
    assert_eq!(
        done.out,
        "no sources\nno sinks\nS  s.jsonl\nO  o.csv\nno sources\nno sinks\n"
    );
    for words in [
        "<stdin>:6:1: nowhere.jsonl: no such file or folder",
        "<stdin>:8:1: stream O is read from s.jsonl, and pump P writes it",
        "<stdin>:10:1: \\sink S: o.csv is the destination of o already; name another file",
        "<stdin>:11:1: \\sink S: s.jsonl is read as a source; name another file",
        "<stdin>:12:1: \\sink nothing: there is no such stream; there are S, O, and error_stream",
        "<stdin>:16:1: stream O has no sink",
        "<stdin>:18:1: s has no source",
    ] {
        assert!(done.err.contains(words), "{words}: {}", done.err);
    }
    assert!(folder.read("s.jsonl").starts_with("{\"A\":1"));
}

#[test]
fn a_source_makes_a_stream_and_says_what_it_guessed() {
    let folder = folder();
    let done = shell(
        &folder,
        "\\source fresh s.jsonl\nSELECT SUM(a) AS total FROM fresh;\n\\d\nDROP STREAM fresh;\n",
    );
    assert_eq!(
        done.out,
        "{\"TOTAL\":6}\nStreams\n  FRESH  (A INTEGER, B VARCHAR(16))\n"
    );
    assert!(
        done.err.starts_with(
            "rowtime: FRESH: columns guessed from 3 records of s.jsonl: A INTEGER, B VARCHAR(16);"
        ),
        "{}",
        done.err
    );
    assert!(
        done.err
            .contains("stream FRESH comes from its source; \\source FRESH off takes it away"),
        "{}",
        done.err
    );
}

#[test]
fn explain_shows_plans() {
    let folder = folder();
    let script =
        format!("{APP}\\explain\n\\explain p\n\\explain SELECT STREAM b FROM s WHERE a > 1;\n\\explain q\n");
    let done = shell(&folder, &script);
    let run = folder.run(&["explain", "app.sql"]);
    let twice = format!("{0}{0}", run.rows());
    let query = done
        .out
        .strip_prefix(&twice)
        .expect("all pumps, then the one pump");
    assert!(
        query.starts_with("pump query 1 into query 1\n") && query.contains('1'),
        "{query}"
    );
    assert_eq!(done.status, Some(2));
    assert!(
        done.err.contains("<stdin>:7:1: there is no pump q"),
        "{}",
        done.err
    );
}

#[test]
fn what_is_saved_runs_the_same() {
    let folder = folder();
    let script = format!(
        "-- What it is about.\n{APP}CREATE PUMP other AS INSERT INTO o SELECT STREAM a FROM s;\n\
         ALTER PUMP other STOP;\n\\source s s.jsonl\n\\save saved.sql\n\\save saved.txt\n"
    );
    let done = shell(&folder, &script);
    assert!(
        done.err.contains("rowtime: 4 statements saved in saved.sql"),
        "{}",
        done.err
    );
    assert!(done.err.contains("ends in .sql"), "{}", done.err);
    let saved = folder.read("saved.sql");
    assert!(
        saved.starts_with(
            "-- rowtime run saved.sql --source S=s.jsonl\n\n-- What it is about.\nCREATE STREAM s"
        ),
        "{saved}"
    );
    assert!(
        saved.contains("-- Stopped when it was saved:\n-- CREATE PUMP other AS"),
        "{saved}"
    );
    let run = folder.run(&["run", "saved.sql", "--source", "S=s.jsonl"]);
    assert_eq!(run.rows(), "{\"Q\":10}\n{\"Q\":2}\n");
}

#[test]
fn load_brings_the_statements_of_a_file() {
    let folder = folder();
    folder.write(
        "wrong.sql",
        "CREATE STREAM x (a INTEGER);\nCREATE STREAM y (a INTEGR);\n",
    );
    let done = shell(
        &folder,
        "\\load app.sql\n\\source s s.jsonl\nSELECT STREAM * FROM o;\n",
    );
    assert_eq!(done.rows(), "{\"Q\":10}\n{\"Q\":2}\n");
    let done = shell(&folder, "\\load wrong.sql\n\\load nowhere.sql\n\\d\n");
    assert_eq!(
        (done.status, done.out.as_str()),
        (Some(2), "Streams\n  X  (A INTEGER)\n")
    );
    assert!(done.err.contains("wrong.sql:2:20"), "{}", done.err);
    assert!(done.err.contains("<stdin>:2:1: nowhere.sql"), "{}", done.err);
    // An application that is named on the command line is loaded first.
    let done = folder.run_on(
        &["repl", "app.sql", "--source", "s=s.jsonl"],
        b"SELECT STREAM * FROM o;",
    );
    assert_eq!(done.rows(), "{\"Q\":10}\n{\"Q\":2}\n");
    folder
        .run_on(&["repl", "wrong.sql"], b"\\d\n")
        .refused("wrong.sql:2:20");
}

#[test]
fn help_answers_on_standard_output_and_q_ends_the_script() {
    let folder = folder();
    let done = shell(&folder, "\\help\n\\help source\n\\q\n\\d\nSELECT;\n");
    assert!(done.rows().contains("\\source [NAME URI | NAME off]") && done.out.contains("Examples:"));
    assert_eq!(done.err, "");
}

#[test]
fn an_insert_is_checked_as_a_pump_is() {
    let folder = folder();
    let script = format!(
        "{APP}INSERT INTO s VALUES (1, 'x'), (2, NULL);\n\
         INSERT INTO s (a) VALUES (1);\n\
         INSERT INTO s VALUES (1, CURRENT_TIMESTAMP);\n\
         INSERT INTO s VALUES (1 / 0, 'x');\n\
         INSERT INTO nothing VALUES (1);\n\
         INSERT INTO s SELECT STREAM * FROM s;\n\
         INSERT INTO o VALUES (1);\n\
         SELECT COUNT(*) AS n FROM s;\n"
    );
    let done = shell(&folder, &script);
    assert_eq!((done.status, done.out.as_str()), (Some(2), "{\"N\":0}\n"));
    for place in [
        "<stdin>:4:36",
        "<stdin>:5:13",
        "<stdin>:6:26",
        "<stdin>:7:23",
        "<stdin>:8:13",
        "<stdin>:9:1",
        "<stdin>:10:1: pump P writes stream O",
    ] {
        assert!(done.err.contains(place), "{place}: {}", done.err);
    }
}

#[test]
fn d_knows_the_functions_of_the_dialect_and_those_of_the_script() {
    let folder = folder();
    let script = "CREATE FUNCTION twice (x INTEGER) RETURNS INTEGER RETURN 2 * x;\n\
         \\d functions\n\\d char_length\n\\d twice\n\\d nothing\n";
    let done = shell(&folder, script);
    for words in [
        "\nTUMBLE",
        "\nCHAR_LENGTH",
        "CHAR_LENGTH: scalar function\n",
        "function TWICE\n",
    ] {
        assert_eq!(
            done.out.contains(words),
            words != "\nTUMBLE",
            "{words}: {}",
            done.out
        );
    }
    assert_eq!(done.err.matches("error").count(), 1, "{}", done.err);
}
