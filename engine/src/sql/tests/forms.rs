//! What must parse, and into which shape.

use super::*;
use crate::types::{SqlType, TimeUnit};

/// A text and what its tree must be.
type Case<T> = (&'static str, fn(&T) -> bool);

#[test]
fn operators_bind_as_in_the_dialect() {
    let cases = [
        ("1 + 2 * 3", "(1 Plus (2 Times 3))"),
        ("1 - 2 - 3", "((1 Minus 2) Minus 3)"),
        ("a || b * c", "((A Concat B) Times C)"),
        ("a + b || c", "(A Plus (B Concat C))"),
        ("-a * b", "((-A) Times B)"),
        ("- - 1", "(-(-1))"),
        (
            "a = b AND c <> d OR e != f",
            "(((A Eq B) And (C NotEq D)) Or (E NotEq F))",
        ),
        ("NOT a = b AND c", "((NOT (A Eq B)) And C)"),
        ("NOT a IS NULL", "(NOT (A IS Null))"),
        ("NOT a IS TRUE", "((NOT A) IS True)"),
        (
            "NOT a = b IS NOT UNKNOWN OR c",
            "(((NOT (A Eq B)) IS NOT Unknown) Or C)",
        ),
        ("a AND b IS FALSE", "(A And (B IS False))"),
        ("a IS TRUE = b", "((A IS True) Eq B)"),
        ("NOT NOT a", "(NOT (NOT A))"),
        ("1 + 2 > 3", "((1 Plus 2) Gt 3)"),
        ("a BETWEEN 1 + 1 AND 5 AND b", "((A BETWEEN (1 Plus 1) 5) And B)"),
        ("a NOT BETWEEN SYMMETRIC 1 AND 5", "(A NOT BETWEEN SYMMETRIC 1 5)"),
        ("a BETWEEN ASYMMETRIC 1 AND 5", "(A BETWEEN 1 5)"),
        ("a IS NOT DISTINCT FROM b AND c", "((A DISTINCT NOT B) And C)"),
        ("a IS DISTINCT FROM 1.0", "(A DISTINCT 1.0)"),
        ("UNKNOWN IS NOT UNKNOWN", "(None IS NOT Unknown)"),
        (
            "a LIKE 'x\\_' ESCAPE '\\' OR b",
            "((A LIKE 'x\\_' ESCAPE '\\') Or B)",
        ),
        (
            "a || 'x' NOT LIKE b || '%'",
            "((A Concat 'x') NOT LIKE (B Concat '%'))",
        ),
        (
            "a NOT SIMILAR TO 'ab{3,6}' AND b",
            "((A NOT SIMILAR 'ab{3,6}') And B)",
        ),
        (
            "a IN (1, 2) AND b NOT IN ('x')",
            "((A IN [1, 2]) And (B NOT IN ['x']))",
        ),
        ("(a, b) IN ((1, 2))", "(ROW(A, B) IN [ROW(1, 2)])"),
        ("a = TRUE IS TRUE", "((A Eq Some(true)) IS True)"),
        ("2 * INTERVAL '3 4' DAY TO HOUR", "(2 Times I'3 4' DAY TO HOUR)"),
        ("INTERVAL '3 4' DAY TO HOUR / 2", "(I'3 4' DAY TO HOUR Divide 2)"),
        ("t - INTERVAL -'5' SECOND", "(T Minus I-'5' SECOND)"),
        ("INTERVAL + '-1:2' HOUR(3) TO MINUTE", "I'-1:2' HOUR(3) TO MINUTE"),
        ("INTERVAL '1.1' SECOND(1,1)", "I'1.1' SECOND(1,1)"),
        (
            "INTERVAL '59:59.999' MINUTE TO SECOND(3)",
            "I'59:59.999' MINUTE TO SECOND",
        ),
        ("INTERVAL '1 10:00' DAY TO MINUTE", "I'1 10:00' DAY TO MINUTE"),
        ("INTERVAL '3-4' YEAR TO MONTH", "I'3-4' YEAR TO MONTH"),
        ("(a - b) MINUTE TO SECOND", "(A MINUS B MINUTE TO SECOND)"),
        (
            "CAST((t2 - t1) SECOND(10,3) * 1000 AS BIGINT)",
            "CAST(((T2 MINUS T1 SECOND(10,3)) Times 1000) AS BIGINT)",
        ),
        (
            "FLOOR((s.ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND)",
            "FLOOR(((S.ROWTIME MINUS TS'1970-01-01 00:00:00' SECOND) Divide 10) TO SECOND)",
        ),
        (
            "FLOOR(t TO HOUR) + (EXTRACT(MINUTE FROM t)/30) * INTERVAL '30' MINUTE",
            "(FLOOR(T TO HOUR) Plus ((Extract Divide 30) Times I'30' MINUTE))",
        ),
        (
            "STEP(s.ROWTIME BY INTERVAL '10' SECOND)",
            "STEP(S.ROWTIME BY I'10' SECOND)",
        ),
        ("STEP(23 BY 5)", "STEP(23 BY 5)"),
        ("CEILING(x)", "CEIL(X)"),
        (
            "CASE WHEN a > 1 THEN 'x' WHEN b THEN 'y' END",
            "CASE  (A Gt 1):'x' B:'y' ELSE ",
        ),
        (
            "CASE a WHEN 1 THEN NULL ELSE -2 END + 1",
            "(CASE A 1:NULL ELSE (-2) Plus 1)",
        ),
        (
            "PERIOD (s1, e1) PRECEDES PERIOD (s2, e2)",
            "[S1 E1] None Precedes [S2 E2]",
        ),
        (
            "(s1, e1) IMMEDIATELY SUCCEEDS (s2, e2) AND x",
            "([S1 E1] Immediately Succeeds [S2 E2] And X)",
        ),
        ("PERIOD(s,e) STRICTLY CONTAINS t", "[S E] Strictly Contains [T]"),
        (
            "PERIOD(s,e) CONTAINS TIMESTAMP '2020-01-01 00:00:00'",
            "[S E] None Contains [TS'2020-01-01 00:00:00']",
        ),
        (
            "(a,b) PRECEDES (c,d) PRECEDES (e,f)",
            "([A B] None Precedes [C D] And [C D] None Precedes [E F])",
        ),
        ("(a,b) OVERLAPS (c,d)", "[A B] None Overlaps [C D]"),
        (
            "(a,b) LEADS (c,d) OR (a,b) STRICTLY LAGS (c,d)",
            "([A B] None Leads [C D] Or [A B] Strictly Lags [C D])",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(shape(&expression(text)), expected, "{text}");
    }
}

#[test]
fn literals() {
    let cases = [
        ("42", "42"),
        ("1.5", "1.5"),
        (".5", ".5"),
        ("5.", "5."),
        ("1e2", "1e2"),
        ("1.5E-6", "1.5E-6"),
        ("'can''t'", "'can't'"),
        ("'http://x--y/*z*/'", "'http://x--y/*z*/'"),
        ("'SQL'\n  'stream'", "'SQLstream'"),
        ("'SQL' -- half\r\n 'stream'", "'SQLstream'"),
        ("u&'\\0009'", "'\t'"),
        ("U&'back\\\\slash'", "'back\\slash'"),
        ("u&'!0009!!' uescape '!'", "'\t!'"),
        ("u&'\\D83D\\DE00'", "'😀'"),
        ("X'4AF0'", "X'4AF0'"),
        ("x''", "X''"),
        ("DATE '2004-12-02 '", "D'2004-12-02 '"),
        ("{d '2004-12-02'}", "D'2004-12-02'"),
        ("{ t '12:03:34' }", "T'12:03:34'"),
        ("{ts '2004-12-02 12:03:34'}", "TS'2004-12-02 12:03:34'"),
        ("TIME '12:03:34'", "T'12:03:34'"),
        ("TRUE", "Some(true)"),
        ("unknown", "None"),
        ("NULL", "NULL"),
        ("ROWTIME", "ROWTIME"),
        (
            "\"SOURCE_SQL_STREAM_001\".ROWTIME",
            "SOURCE_SQL_STREAM_001.ROWTIME",
        ),
        ("\"a\"\"b\"", "a\"b"),
        ("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"),
        ("current_row_timestamp", "CURRENT_ROW_TIMESTAMP"),
        ("t.rec.COLUMN1", "T.REC.COLUMN1"),
        ("LEFT(a, 3)", "LEFT(A, 3)"),
        ("EVERY(b)", "EVERY(B)"),
    ];
    for (text, expected) in cases {
        assert_eq!(shape(&expression(text)), expected, "{text}");
    }
}

#[test]
fn functions_with_words_between_their_arguments() {
    let cases: &[Case<ExprKind>] = &[
        ("SUBSTRING(s FROM 2)", |k| {
            matches!(
                k,
                ExprKind::Substring {
                    length: None,
                    comma: false,
                    ..
                }
            )
        }),
        ("SUBSTRING(s FROM 2 FOR 3)", |k| {
            matches!(
                k,
                ExprKind::Substring {
                    length: Some(_),
                    comma: false,
                    ..
                }
            )
        }),
        ("SUBSTRING(s FROM '[0-9]+')", |k| {
            matches!(k, ExprKind::Substring { .. })
        }),
        ("SUBSTRING(s, 2)", |k| {
            matches!(
                k,
                ExprKind::Substring {
                    length: None,
                    comma: true,
                    ..
                }
            )
        }),
        ("SUBSTRING(s, 2, 3)", |k| {
            matches!(
                k,
                ExprKind::Substring {
                    length: Some(_),
                    comma: true,
                    ..
                }
            )
        }),
        ("SUBSTRING('x' SIMILAR 'a#\"%#\"' ESCAPE '#')", |k| {
            matches!(k, ExprKind::SubstringSimilar { .. })
        }),
        ("TRIM(s)", |k| {
            matches!(
                k,
                ExprKind::Trim {
                    side: TrimSide::Both,
                    character: None,
                    ..
                }
            )
        }),
        ("TRIM(' ' FROM s)", |k| {
            matches!(
                k,
                ExprKind::Trim {
                    side: TrimSide::Both,
                    character: Some(_),
                    ..
                }
            )
        }),
        ("TRIM(LEADING FROM s)", |k| {
            matches!(
                k,
                ExprKind::Trim {
                    side: TrimSide::Leading,
                    character: None,
                    ..
                }
            )
        }),
        ("TRIM(TRAILING '/' FROM s)", |k| {
            matches!(
                k,
                ExprKind::Trim {
                    side: TrimSide::Trailing,
                    ..
                }
            )
        }),
        ("OVERLAY(s PLACING 'x' FROM 2)", |k| {
            matches!(k, ExprKind::Overlay { length: None, .. })
        }),
        ("OVERLAY(s PLACING 'x' FROM 2 FOR 1)", |k| {
            matches!(k, ExprKind::Overlay { length: Some(_), .. })
        }),
        ("POSITION('a' || 'b' IN s)", |k| {
            matches!(k, ExprKind::Position { .. })
        }),
        ("EXTRACT(SECOND FROM t)", |k| {
            matches!(
                k,
                ExprKind::Extract {
                    unit: TimeUnit::Second,
                    ..
                }
            )
        }),
        (
            "COUNT(*)",
            |k| matches!(k, ExprKind::Function(f) if f.star && f.args.is_empty()),
        ),
        (
            "COUNT(DISTINCT x)",
            |k| matches!(k, ExprKind::Function(f) if f.distinct),
        ),
        (
            "SUM(ALL x)",
            |k| matches!(k, ExprKind::Function(f) if !f.distinct && f.args.len() == 1),
        ),
        ("TUMBLE(ROWTIME, INTERVAL '1' MINUTE)", |k| {
            matches!(k, ExprKind::Function(_))
        }),
        (
            "AVG(x) OVER w1",
            |k| matches!(k, ExprKind::Function(f) if matches!(f.over, Some(WindowRef::Named(_)))),
        ),
        (
            "LAG(x, 1, 0) IGNORE NULLS OVER (w ROWS 3 PRECEDING)",
            |k| matches!(k, ExprKind::Function(f) if f.nulls == Some(NullTreatment::Ignore) && f.over.is_some()),
        ),
        (
            "NTH_VALUE(x, 2) FROM LAST RESPECT NULLS OVER w",
            |k| matches!(k, ExprKind::Function(f) if f.from_last && f.nulls == Some(NullTreatment::Respect)),
        ),
        (
            "NTH_VALUE(x, 2) FROM FIRST OVER w",
            |k| matches!(k, ExprKind::Function(f) if !f.from_last),
        ),
        ("EXISTS (SELECT 1 FROM t)", |k| matches!(k, ExprKind::Exists(_))),
        ("a IN (SELECT b FROM t)", |k| {
            matches!(k, ExprKind::InSubquery { .. })
        }),
        ("(SELECT b FROM t)", |k| matches!(k, ExprKind::Subquery(_))),
        (
            "ROW(1, 2)",
            |k| matches!(k, ExprKind::Row(items) if items.len() == 2),
        ),
    ];
    for (text, right) in cases {
        // In a list of its own, so that a row value is not taken as the row of VALUES.
        let statements = clean(&format!("VALUES (0, {text})"));
        let StatementKind::Query(Query {
            body: QueryBody::Values(rows),
            ..
        }) = &statements[0].kind
        else {
            panic!("{text}")
        };
        assert!(right(&rows[0][1].kind), "{text}: {:?}", rows[0][1]);
    }
}

#[test]
fn types() {
    let cases = [
        ("VARCHAR(16)", SqlType::Varchar(16)),
        ("VARCHAR (65535)", SqlType::Varchar(65_535)),
        ("varchar", SqlType::Varchar(65_535)),
        ("CHARACTER VARYING(3)", SqlType::Varchar(3)),
        ("CHAR VARYING(3)", SqlType::Varchar(3)),
        ("CHAR", SqlType::Char(1)),
        ("CHARACTER(4)", SqlType::Char(4)),
        ("INT", SqlType::Integer),
        ("DOUBLE PRECISION", SqlType::Double),
        ("FLOAT", SqlType::Double),
        (
            "DECIMAL",
            SqlType::Decimal {
                precision: 18,
                scale: 0,
            },
        ),
        (
            "DEC(19,5)",
            SqlType::Decimal {
                precision: 19,
                scale: 5,
            },
        ),
        (
            "NUMERIC(4)",
            SqlType::Decimal {
                precision: 4,
                scale: 0,
            },
        ),
        ("TIMESTAMP(3)", SqlType::Timestamp),
        ("BINARY(4)", SqlType::Binary(4)),
        ("BINARY VARYING(4)", SqlType::Varbinary(4)),
        ("VARBINARY(4)", SqlType::Varbinary(4)),
        ("BOOLEAN", SqlType::Boolean),
    ];
    for (text, expected) in cases {
        let statements = clean(&format!("CREATE STREAM s (a {text} NOT NULL, b {text});"));
        let StatementKind::CreateStream(stream) = &statements[0].kind else {
            panic!()
        };
        let columns = stream.columns.as_ref().unwrap();
        assert_eq!((columns[0].ty, columns[1].ty), (expected, expected), "{text}");
        assert!(columns[0].not_null && !columns[1].not_null);
    }
    assert_eq!(
        shape(&expression("CAST(x AS INTERVAL DAY TO SECOND)")),
        "CAST(X AS INTERVAL DAY TO SECOND)"
    );
}

#[test]
fn statements() {
    let cases: &[Case<StatementKind>] = &[
        (
            "CREATE   OR\nREPLACE\tSTREAM \"D\" (a INT) DESCRIPTION 'it''s'",
            |k| matches!(k, StatementKind::CreateStream(s) if s.or_replace && s.description.as_deref() == Some("it's")),
        ),
        (
            "create or replace pump alarmPump stopped as insert into s select stream a from t",
            |k| matches!(k, StatementKind::CreatePump(p) if p.started == Some(false) && p.name.name == "ALARMPUMP"),
        ),
        (
            "CREATE PUMP \"p\" STARTED DESCRIPTION 'x' AS INSERT INTO s (a, b) SELECT STREAM a, b FROM t",
            |k| matches!(k, StatementKind::CreatePump(p) if p.insert.columns.as_ref().is_some_and(|c| c.len() == 2)),
        ),
        (
            "INSERT EXPEDITED INTO x.s VALUES (1, 2), (3, 4)",
            |k| matches!(k, StatementKind::Insert(i) if i.target.name == "S"),
        ),
        (
            "INSERT INTO s (SELECT STREAM a FROM t)",
            |k| matches!(k, StatementKind::Insert(i) if i.columns.is_none()),
        ),
        (
            "CREATE VIEW v (a, b) AS SELECT a, b FROM t",
            |k| matches!(k, StatementKind::CreateView { columns, .. } if columns.len() == 2),
        ),
        ("ALTER PUMP \"p\" START", |k| {
            matches!(k, StatementKind::AlterPump { start: true, .. })
        }),
        ("ALTER PUMP p STOP", |k| {
            matches!(k, StatementKind::AlterPump { start: false, .. })
        }),
        ("DROP STREAM IF EXISTS s", |k| {
            matches!(k, StatementKind::Drop { if_exists: true, .. })
        }),
        ("DROP PUMP x.p", |k| {
            matches!(
                k,
                StatementKind::Drop {
                    object: ObjectKind::Pump,
                    ..
                }
            )
        }),
        ("CREATE SCHEMA \"Test\"", |k| {
            matches!(k, StatementKind::NoEffect { .. })
        }),
        ("SET SCHEMA '\"Test\"'", |k| {
            matches!(k, StatementKind::NoEffect { .. })
        }),
        (
            "CREATE OR REPLACE FUNCTION get_fraction( degrees DOUBLE ) RETURNS DOUBLE CONTAINS SQL RETURN degrees - FLOOR(degrees)",
            |k| matches!(k, StatementKind::CreateFunction(f) if !f.null_on_null && f.parameters.len() == 1),
        ),
        (
            "CREATE FUNCTION f () SPECIFIC f1 NOT DETERMINISTIC NO SQL RETURNS NULL ON NULL INPUT LANGUAGE SQL PARAMETER STYLE GENERAL RETURNS INTEGER RETURN 1",
            |k| matches!(k, StatementKind::CreateFunction(f) if f.null_on_null && f.returns == SqlType::Integer),
        ),
    ];
    for (text, right) in cases {
        for text in [
            (*text).to_owned(),
            format!("\u{feff}{text};\r\n"),
            text.replace('\n', " ") + " ; ;",
        ] {
            let statements = clean(&text);
            assert!(
                statements.len() == 1 && right(&statements[0].kind),
                "{text}: {statements:?}"
            );
        }
    }
}

#[test]
fn lenient_forms_are_accepted_and_said() {
    let cases = [
        ("CREATE OR REPLACE APPLICATION app", "APPLICATION"),
        ("CREATE STREAM s AS SELECT STREAM * FROM t", "AS"),
        ("CREATE STREAM s (a INT) AS SELECT STREAM a FROM t", "AS"),
        (
            "CREATE STREAM s (timestamp TIMESTAMP)",
            "TIMESTAMP is a reserved word",
        ),
        ("CREATE STREAM s (value INT)", "VALUE is a reserved word"),
        ("SELECT STREAM a AS window FROM t", "WINDOW is a reserved word"),
        (
            "SELECT STREAM a AS \"x\", b AS value FROM t",
            "VALUE is a reserved word",
        ),
        ("SELECT STREAM value FROM t", "VALUE is a reserved word"),
        ("SELECT STREAM t.user FROM t", "USER is a reserved word"),
        (
            "SELECT STREAM a FROM t WHERE timestamp > b",
            "TIMESTAMP is a reserved word",
        ),
        (
            "SELECT STREAM a FROM t GROUP BY FLOOR(t.timestamp TO HOUR)",
            "TIMESTAMP is a reserved word",
        ),
        (
            "SELECT STREAM SUM(value) OVER HOUR FROM t WINDOW \"HOUR\" AS (ROWS 1 PRECEDING)",
            "VALUE is a reserved word",
        ),
        (
            "SELECT STREAM SUM(a) OVER w FROM t WINDOW HOUR AS (ROWS 1 PRECEDING)",
            "HOUR is a reserved word",
        ),
        (
            "INSERT INTO s (a, value) SELECT STREAM a, b FROM t",
            "VALUE is a reserved word",
        ),
        (
            "SELECT STREAM a FROM t GROUP BY WINDOW_TUMBLING(60 SECOND)",
            "WINDOW_TUMBLING",
        ),
    ];
    for (text, words) in cases {
        let (statements, findings) = lenient(text);
        assert_eq!(statements.len(), 1, "{text}");
        assert!(
            findings[0].severity == Severity::Lenient && findings[0].message.contains(words),
            "{findings:?}"
        );
    }
    // System columns are used like that by design, and words that only other dialects reserve are names.
    clean("SELECT STREAM ROWTIME, APPROXIMATE_ARRIVAL_TIME, partition_key, a AS ROWTIME FROM t");
    clean("SELECT STREAM offset, qualify, emit, limits, json, database, struct, point, interval_ FROM t");
    clean(
        "CREATE STREAM s (type INT, key INT, first INT, datetime TIMESTAMP, status INT, process INT, index INT)",
    );
}
