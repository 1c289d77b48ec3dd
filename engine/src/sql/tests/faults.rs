//! What must be refused: with one finding for one slip, at its place, with what to try.

use super::*;
use crate::diagnostic::{Class, Place};
use crate::sql::ast::ObjectKind;

fn errors(text: &str) -> Vec<Diagnostic> {
    let (_, findings) = parse(text);
    findings
        .into_iter()
        .filter(|d| d.severity == Severity::Error)
        .collect()
}

/// Text, the words under the caret, part of the message, part of the hint.
#[track_caller]
fn one(text: &str, at: &str, message: &str, hint: &str) {
    let found = errors(text);
    assert_eq!(found.len(), 1, "{text}\n{found:#?}");
    let shown = text.get(found[0].span.start..found[0].span.end).unwrap_or("?");
    assert_eq!(shown, at, "{text}\n{found:#?}");
    assert!(found[0].message.contains(message), "{text}\n{found:#?}");
    assert!(
        found[0].hint.as_deref().unwrap_or("").contains(hint),
        "{text}\n{found:#?}"
    );
}

#[test]
fn parse_errors_say_what_was_met_and_wanted() {
    one(
        "SELECT STREAM a FROM",
        "FROM",
        "Encountered \"<EOF>\" at line 1, column 21. Was expecting the name",
        "",
    );
    one(
        "SELECT STREAM a\nFROM s WHERE )",
        ")",
        "Encountered \")\" at line 2, column 14. Was expecting an expression",
        "",
    );
    one(
        "SELECT STREAM a FROM s WHERE a = ",
        "=",
        "Encountered \"<EOF>\"",
        "",
    );
    one(
        "SELECT STREAM a FROM s GROUP a",
        "GROUP",
        "Was expecting \";\"",
        "",
    );
    one(
        "SELECT STREAM CASE a WHEN 1 THAN 2 END FROM s",
        "THAN",
        "Was expecting \"THEN\"",
        "",
    );
    one(
        "SELECT STREAM a FROM s WHERE a LIKE 'x' ESCAPE FROM",
        "FROM",
        "Was expecting an expression",
        "",
    );
    one(
        "SELECT STREAM a FROM s WHERE a NOT SIMILAR 'x'",
        "NOT",
        "Encountered \"NOT\"",
        "",
    );
    one(
        "SELECT STREAM INTERVAL '1.1' YEAR(1,1) FROM s",
        ",",
        "Encountered \",\" at line 1, column 36. Was expecting \")\"",
        "",
    );
    one("FOO BAR", "FOO", "Was expecting CREATE, INSERT", "");
    one(
        "SELECT STREAM a FROM s; garbage here; SELECT STREAM b FROM t",
        "garbage",
        "Encountered",
        "",
    );
}

#[test]
fn what_other_dialects_have_is_refused_at_its_word() {
    let cases = [
        ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH"),
        (
            "SELECT STREAM a FROM (SELECT STREAM a FROM s LIMIT 10) t",
            "LIMIT",
        ),
        (
            "CREATE STREAM o AS SELECT STREAM a FROM s ORDER BY ROWTIME LIMIT 10",
            "LIMIT",
        ),
        ("SELECT STREAM a FROM s OFFSET 5", "OFFSET"),
        (
            "CREATE VIEW o AS SELECT STREAM a FROM s FETCH FIRST 5 ROWS ONLY",
            "FETCH",
        ),
        ("SELECT STREAM a FROM s LIMIT 10 OFFSET 5", "OFFSET"),
        ("SELECT STREAM a FROM s QUALIFY x = 1", "QUALIFY"),
        ("SELECT STREAM COUNT(*) FILTER (WHERE a) FROM s", "FILTER"),
        ("SELECT STREAM a FROM s ORDER BY a NULLS FIRST", "NULLS"),
        ("SELECT STREAM a FROM s ORDER BY a DESC NULLS LAST", "NULLS"),
        ("SELECT STREAM a FROM s, LATERAL (SELECT 1 FROM t) x", "LATERAL"),
        ("SELECT STREAM a FROM UNNEST(b)", "UNNEST"),
        ("SELECT STREAM a FROM s GROUP BY CUBE (a)", "CUBE"),
        ("SELECT STREAM a FROM s GROUP BY ROLLUP(a)", "ROLLUP"),
        ("SELECT STREAM a FROM s GROUP BY GROUPING SETS (a)", "GROUPING"),
        ("SELECT STREAM a FROM s GROUP BY ALL", "ALL"),
        ("SELECT STREAM a % 2 FROM s", "%"),
        ("SELECT STREAM a ^ 2 FROM s", "^"),
        ("SELECT STREAM a & 2 FROM s", "&"),
        ("SELECT STREAM a::INT FROM s", "::"),
        ("SELECT STREAM a->'b' FROM s", "->"),
        ("SELECT STREAM a FROM s WHERE a = ANY (SELECT b FROM t)", "ANY"),
        ("CREATE TABLE t AS SELECT * FROM s", "CREATE TABLE"),
        ("CREATE TABLE t (a INT)", "CREATE TABLE"),
        ("UPDATE s SET a = 1", "UPDATE"),
        ("DELETE FROM s", "DELETE"),
        ("CREATE STREAM s (a STRING)", "STRING"),
        ("CREATE STREAM s (a INT PRIMARY KEY)", "PRIMARY"),
        ("CREATE STREAM s (a INT DEFAULT 1)", "DEFAULT"),
        (
            "SELECT STREAM a FROM s ORDER BY t WITHIN INTERVAL '1' SECOND",
            "WITHIN",
        ),
        ("ALTER STREAM s ADD x", "ALTER STREAM"),
    ];
    for (text, at) in cases {
        one(text, at, "dialect", "");
        assert_eq!(errors(text)[0].class, Class::NotSupported, "{text}");
    }
    one(
        "SELECT STREAM INTERVAL '1 minute' FROM s",
        "FROM",
        "Encountered",
        "INTERVAL '1' MINUTE",
    );
    one(
        "SELECT STREAM INTERVAL '5' SECONDS FROM s",
        "SECONDS",
        "Encountered",
        "write SECOND",
    );
    one(
        "SELECT STREAM INTERVAL 5 SECOND FROM s",
        "5",
        "single quotes",
        "'5'",
    );
}

#[test]
fn the_slips_that_people_make_get_a_hint() {
    one(
        "SELECT STREAM a FROM s WHERE a = ‘x’",
        "‘",
        "typographic quote at line 1; did you mean a straight quote?",
        "'",
    );
    one(
        "SELECT STREAM “a”, “b” FROM s",
        "“",
        "typographic quote at line 1",
        "\"",
    );
    one(
        "SELECT STREAM a FROM s WHERE a = 'x;\nSELECT STREAM b FROM t;",
        "'x",
        "not closed",
        "single quote",
    );
    one(
        "CREATE STREAM s (a INT);\nSELECT STREAM a FROM s WHERE a = 'x AND b = 'y';\nCREATE STREAM t (a INT);\nSELECT STREAM b FROM u WHERE c = 'd';",
        "'",
        "not closed",
        "quote",
    );
    one(
        "SELECT STREAM \"a FROM s;\nSELECT STREAM b FROM t;",
        "\"a FROM s",
        "not closed",
        "double quote",
    );
    one(
        "CREATE STREAM s (a INT)\nCREATE STREAM t (b INT);",
        "CREATE",
        "Was expecting \";\"",
        "semicolon is missing",
    );
    one(
        "CREATE PUMP p AS INSERT INTO s;\nSELECT STREAM a FROM t;",
        ";",
        "between the target of INSERT",
        "remove",
    );
    one(
        "SELECT STREAM COUNT((a) FROM s",
        "FROM",
        "Was expecting",
        "\"(\" at line 1, column 20 is not closed",
    );
    one(
        "SELECT STREAM COUNT(a)) FROM s",
        ")",
        "Encountered \")\"",
        "no \"(\" is open",
    );
    one(
        "CREATE STREAM s (a INT, b INT;",
        "INT",
        "<EOF>",
        "\"(\" at line 1, column 17",
    );
    one("CREATE STREAM s (a INT b INT);", "b", "Was expecting", "comma");
    one("SELECT STREAM a b c FROM s", "c", "Was expecting", "comma");
    one(
        "CREATE STREAM s (a INT,);",
        ")",
        "Encountered",
        "remove the comma",
    );
    one(
        "SELECT STREAM a, b, FROM s",
        "FROM",
        "Encountered",
        "remove the comma",
    );
    one("SELECT STREAM a, , b FROM s", ",", "Encountered", "commas");
    one(
        "SELECT STREAM a FROM s, STEP(s.ROWTIME BY INTERVAL '1' MINUTE)",
        "STEP",
        "Encountered",
        "GROUP BY",
    );
    one("SELECT STREAM a FROM TUMBLE(s)", "TUMBLE", "Encountered", "STEP");
    one(
        "SELECT STREAM a FROM RANDOM_CUT_FOREST(CURSOR(SELECT STREAM * FROM s))",
        "RANDOM_CUT_FOREST",
        "Encountered",
        "TABLE(",
    );
    one(
        "SELECT STREAM * FROM TABLE(f(SELECT STREAM * FROM s))",
        "SELECT",
        "Encountered",
        "CURSOR",
    );
    one("SELECT STREAM aFROM x", "aFROM", "Encountered", "a FROM");
    one("SELECT STREAM a FROM xWHERE a > 1", ">", "Encountered", "x WHERE");
    one(
        "SELECT STREAM a FROM x AS yWHERE a > 1",
        "a",
        "Encountered",
        "y WHERE",
    );
    one("CREATE STREAM s (a INT) \\\n\\ ;", "\\", "Lexical error", "shell");
    one("SELECT STREAM `a` FROM s", "`", "Lexical error", "double quotes");
    one(
        "SELECT STREAM a FROM s WHERE a = '\"'\"'x'\"'\"'",
        "\"'x'\"",
        "Encountered",
        "shell",
    );
    one(
        "SELECT STREAM a FROM s WHERE a = '\\''x'\\''",
        "\\",
        "Lexical error",
        "shell",
    );
    one(
        "SELECT DISTINCT STREAM a FROM s",
        "STREAM",
        "Encountered",
        "before DISTINCT",
    );
    one(
        "CREATE PUMP p AS SELECT STREAM a FROM s",
        "SELECT",
        "Was expecting \"INSERT\"",
        "INSERT INTO",
    );
    one(
        "SELECT STREAM a FROM s GROUP BY a WHERE b",
        "WHERE",
        "Was expecting \";\"",
        "the order is",
    );
    one(
        "SELECT STREAM a timestamp FROM s",
        "timestamp",
        "Encountered",
        "needs quotes",
    );
    one(
        "SELECT STREAM a FROM s GROUP BY b, ROWTIME RANGE INTERVAL '1' MINUTE",
        "RANGE",
        "Encountered",
        "STEP",
    );
    one(
        "CREATE STREAM value (a INT)",
        "value",
        "Encountered",
        "double quotes",
    );
    one(
        "SELECT STREAM a FROM s AS x OVER w",
        "OVER",
        "before the alias",
        "AS alias",
    );
}

#[test]
fn a_script_that_is_all_comment_is_a_slip_and_a_late_one_is_not() {
    one(
        "/* banner *\\\nCREATE STREAM s (a INT);\nSELECT STREAM a FROM s;\n",
        "/*",
        "never closed",
        "*\\",
    );
    one(
        "/* banner\nCREATE STREAM s (a INT);\n/* end */\n",
        "/*",
        "whole script",
        "close",
    );
    let (statements, findings) = lenient("SELECT STREAM a FROM s; /* the end");
    assert_eq!((statements.len(), findings.len()), (1, 1));
    assert_eq!(findings[0].severity, Severity::Warning);
    one(
        "SELECT STREAM a FROM s; /* off\nCREATE STREAM t (a INT);",
        "/*",
        "never closed",
        "*/",
    );
    clean("-- only words\n/* nothing */ // at all");
    clean("");
}

#[test]
fn types_and_names_are_checked_at_their_place() {
    one(
        "CREATE STREAM s (a VARCHAR(0))",
        "0",
        "must be between 1 and 65535",
        "",
    );
    one(
        "CREATE STREAM s (a VARCHAR(65536))",
        "65536",
        "must be between",
        "",
    );
    one(
        "CREATE STREAM s (a DECIMAL(20))",
        "20",
        "must be between 1 and 19",
        "",
    );
    one(
        "CREATE STREAM s (a DECIMAL(4,5))",
        "5",
        "must be between 0 and 4",
        "",
    );
    one(
        "CREATE STREAM s (a INTERVAL DAY)",
        "INTERVAL DAY",
        "cannot be the type of a stream's column",
        "",
    );
    one(
        "SELECT STREAM INTERVAL '1' DAY(11) FROM s",
        "11",
        "out of range",
        "",
    );
    one(
        "SELECT STREAM INTERVAL '1' HOUR TO DAY FROM s",
        "DAY",
        "cannot run",
        "",
    );
    one(
        "SELECT STREAM u&'\\00' FROM s",
        "u&'\\00'",
        "four hexadecimal digits",
        "",
    );
    let long = "a".repeat(129);
    one(
        &format!("SELECT STREAM {long} FROM s"),
        &long,
        "must be less than or equal to 128",
        "",
    );
    clean(&format!("SELECT STREAM {} FROM s", "a".repeat(128)));
    one(
        "SELECT STREAM * FROM a JOIN b",
        "JOIN",
        "requires a condition",
        "",
    );
    one(
        "SELECT STREAM * FROM a CROSS JOIN b ON TRUE",
        "ON",
        "cannot have a condition",
        "",
    );
}

#[test]
fn a_stray_character_does_not_hide_its_statement() {
    let text = "\\ CREATE STREAM a (x INT) \\ ; \\ ; CREATE STREAM b (x INT); \\";
    let (statements, findings) = parse(text);
    assert_eq!(statements.len(), 2, "{statements:?}");
    assert_eq!(findings.len(), 3, "{findings:#?}");
}

#[test]
fn a_create_that_cannot_be_read_keeps_its_name() {
    for (text, object, name, target) in [
        ("CREATE STREAM a (x INT", ObjectKind::Stream, "A", None),
        (
            "CREATE OR REPLACE STREAM \"s\".\"a\" (x INT,)",
            ObjectKind::Stream,
            "a",
            None,
        ),
        ("CREATE TABLE t AS SELECT 1", ObjectKind::Stream, "T", None),
        (
            "CREATE PUMP p AS INSERT INTO x.o SELECT (",
            ObjectKind::Pump,
            "P",
            Some("O"),
        ),
        ("CREATE PUMP p STARTED INSERT", ObjectKind::Pump, "P", None),
        (
            "CREATE FUNCTION f (a INT RETURNS INT",
            ObjectKind::Function,
            "F",
            None,
        ),
        ("CREATE VIEW v AS SELECT 'a FROM s", ObjectKind::View, "V", None),
        (
            "SELECT STREAM 1 FROM s; /* lost\nCREATE STREAM a (x INT)",
            ObjectKind::Stream,
            "A",
            None,
        ),
    ] {
        let (statements, findings) = parse(text);
        assert_eq!(findings.len(), 1, "{text}\n{findings:#?}");
        let Some(StatementKind::Unreadable(found)) = statements.last().map(|s| &s.kind) else {
            panic!("{text}\n{statements:?}");
        };
        assert_eq!((found.object, found.name.name.as_str()), (object, name), "{text}");
        assert_eq!(found.target.as_ref().map(|t| t.name.as_str()), target, "{text}");
    }
    for text in [
        "CREATE",
        "CREATE STREAM",
        "CREATE STREAM (a INT)",
        "SELECT (",
        "CREATE 1 STREAM",
    ] {
        let (statements, _) = parse(text);
        assert!(statements.is_empty(), "{text}\n{statements:?}");
    }
}

#[test]
fn hints_name_the_slip_and_not_a_word_that_looks_like_one() {
    one(
        "SELECT STREAM COUNT*) FROM s",
        ")",
        "Encountered",
        "no \"(\" is open",
    );
    one(
        "SELECT STREAM a FROM s GROUP BY a STEP(b BY 1)",
        "STEP",
        "Encountered",
        "comma",
    );
    one(
        "SELECT STREAM a b CASE WHEN a THEN b END FROM s",
        "CASE",
        "Encountered",
        "comma",
    );
    one(
        "CREATE STREAM s (a INT)\nSELECT STREAM a FROM s",
        "SELECT",
        "Was expecting \";\"",
        "semicolon is missing",
    );
    one(
        "SELECT STREAM SUM(a) OVER PARTITION BY b) FROM s",
        "PARTITION",
        "the name of a window or \"(\"",
        "",
    );
    one(
        "SELECT STREAM a FROM s AS WHERE a > 1",
        "WHERE",
        "an alias after AS",
        "",
    );
    one("SELECT STREAM a – b FROM s", "–", "Lexical error", "plain -");
    one("SELECT STREAM a + FROM s", "FROM", "an expression", "");
    one(
        "SELECT STREAM ABS(a + ) FROM s",
        ")",
        "an expression",
        "missing before",
    );
    one(
        "SELECT STREAM GROUP_RANK(a b) FROM s",
        "b",
        "Encountered",
        "comma",
    );
    one(
        "SELECT STREAM VALIDFROM, a b c d e f FROM s",
        "c",
        "Encountered",
        "comma",
    );
    one(
        "SELECT STREAM SUBSTRING(a FROM 1) FROM s WHERE a SIMILAR 'x'",
        "SIMILAR",
        "Encountered",
        "SIMILAR TO",
    );
    one(
        "SELECT STREAM a[0], b[1] FROM s",
        "[",
        "The operator [",
        "no arrays",
    );
    one(
        "SELECT STREAM a FROM s WINDOWED BY TUMBLE(a)",
        "TUMBLE",
        "Was expecting \"STAGGER\"",
        "",
    );
}

#[test]
fn texts_about_sql_are_texts() {
    clean("SELECT STREAM a FROM s WHERE a LIKE '%; DROP TABLE%' OR a LIKE '%;SELECT%' OR a = 'x\nINSERT'");
}

#[test]
fn all_faults_of_a_script_are_found_and_the_rest_is_kept() {
    let text = "CREATE STREAM a (x INT,);\nSELECT STREAM b FROM 'x';\nCREATE STREAM ok (x INT);\n\
                SELECT STREAM (a FROM s;\nCREATE STREAM c (x VARCHAR(99999));\nSELECT STREAM c FROM d WHERE e = 'f;\n\
                CREATE STREAM ok2 (x INT)";
    let (statements, findings) = parse(text);
    let lines: Vec<usize> = findings
        .iter()
        .map(|d| Place::of(text, d.span.start).line)
        .collect();
    assert_eq!(lines, [1, 2, 4, 5, 6], "{findings:#?}");
    let names: Vec<_> = statements
        .iter()
        .filter_map(|s| match &s.kind {
            StatementKind::CreateStream(stream) => Some(stream.name.name.as_str()),
            StatementKind::Unreadable(lost) => Some(lost.name.name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["A", "OK", "C", "OK2"]);
}
