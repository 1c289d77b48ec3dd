//! Joins with reference tables: which side is searched, by what, and what may stand around.

use crate::bind::{BindOptions, bind};
use crate::diagnostic::Severity;
use crate::plan::{Application, Field, ReferenceTable};
use crate::types::SqlType;

const STREAMS: &str =
    "CREATE STREAM s (id INTEGER, code CHAR(4), v DOUBLE); CREATE STREAM o (a INTEGER, b VARCHAR(9)); CREATE STREAM u (a INTEGER, b VARCHAR(9));
     CREATE STREAM n (w TIMESTAMP, n BIGINT);
";

/// The plan of one pump as `explain` prints it, or the findings.
fn plan_into(target: &str, query: &str) -> String {
    let text = format!("{STREAMS}CREATE PUMP p AS INSERT INTO {target} {query};");
    let (script, found) = crate::sql::parse(&text);
    assert!(found.is_empty(), "{found:?}");
    let field = |name: &str, ty| Field {
        name: name.to_owned(),
        ty,
        not_null: false,
    };
    let fields = vec![
        field("NUMBER", SqlType::BigInt),
        field("CODE", SqlType::Varchar(6)),
        field("NAME", SqlType::Varchar(9)),
    ];
    let options = BindOptions {
        tables: vec![ReferenceTable {
            name: "NAMES".to_owned(),
            fields,
        }],
        ..BindOptions::default()
    };
    let (mut application, found) = bind(&script, &options);
    // Two commas without a window in between are meant.
    let notes = "Streams that are joined without a window meet only at equal ROWTIME";
    let found: Vec<_> = found.into_iter().filter(|d| d.message != notes).collect();
    if !found.is_empty() {
        let texts = found.iter().map(|d| {
            let mark = if d.severity == Severity::Warning {
                "warning: "
            } else {
                ""
            };
            format!("{mark}{}", d.message)
        });
        return texts.collect::<Vec<_>>().join("\n");
    }
    assert!(crate::df::optimize(&mut application).is_ok());
    explained(&application)
}

fn explained(application: &Application) -> String {
    let Some(pump) = application.pumps.first() else {
        return String::new();
    };
    crate::df::explain(&pump.plan, application)
}

fn plan(query: &str) -> String {
    plan_into("o", query)
}

#[test]
fn a_stream_is_looked_up_in_a_table_by_its_key() {
    for (query, expected) in [
        (
            "SELECT STREAM id, name FROM s JOIN names ON s.id = names.number",
            "Project: ID AS A, NAME AS B\n  Lookup: NAMES [NUMBER, NAME], inner, on [CAST(ID AS BIGINT) = NUMBER]\n    Scan: S [ID]",
        ),
        (
            "SELECT STREAM id, r.name FROM s LEFT JOIN names AS r ON r.number = s.id AND r.name <> 'x' AND s.v / 2 > r.number",
            "Project: ID AS A, NAME AS B\n  Lookup: NAMES [NUMBER, NAME], left, on [CAST(ID AS BIGINT) = NUMBER], where ((NAME <> 'x') AND ((V / 2.0) > CAST(NUMBER AS DOUBLE)))\n    Scan: S [ID, V]",
        ),
        // A conjunct that can fail and stands before the equality is tested first.
        (
            "SELECT STREAM id, name FROM s JOIN names ON s.v / 2 > 1 AND s.id = names.number",
            "Project: ID AS A, NAME AS B\n  Lookup: NAMES [NUMBER, NAME], inner, where (((V / 2.0) > 1.0) AND (CAST(ID AS BIGINT) = NUMBER))\n    Scan: S [ID, V]",
        ),
        // The blanks of a CHAR do not count.
        (
            "SELECT STREAM id, name FROM s, names WHERE s.code = names.code",
            "Project: ID AS A, NAME AS B\n  Filter: (CODE = CODE0)\n    Lookup: NAMES [CODE, NAME], inner, on [TRIM(' ', CODE) = TRIM(' ', CODE)]\n      Scan: S [ID, CODE]",
        ),
    ] {
        assert_eq!(plan(query), expected, "{query}");
    }
}

#[test]
fn streams_are_joined_by_what_is_equal_and_tested_for_the_rest() {
    for (query, expected) in [
        (
            "SELECT STREAM x.id, y.code FROM s OVER (RANGE INTERVAL '1' MINUTE PRECEDING) AS x JOIN s AS y ON x.id = y.id AND x.v < y.v",
            "Project: ID AS A, CAST(CODE AS VARCHAR(9)) AS B\n  Join: inner, left 60000 ms, right current row, on [ID = ID0], where (V < V0)\n    Scan: S [ID, V]\n    Scan: S [ID, CODE, V]",
        ),
        // ROWTIME of a row that waited is a column of it; that of one that did not is the row's.
        (
            "SELECT STREAM x.id, CAST(x.ROWTIME AS VARCHAR(9)) || CAST(y.ROWTIME AS VARCHAR(9)) FROM s OVER (ROWS 3 PRECEDING) AS x JOIN u AS y ON x.ROWTIME = y.ROWTIME",
            "Project: ID AS A, CAST((CAST(ROWTIME AS VARCHAR(9)) || CAST(ROWTIME AS VARCHAR(9))) AS VARCHAR(9)) AS B\n  Join: inner, left 3 rows, right current row, on [ROWTIME = ROWTIME0]\n    Project: ID AS ID, ROWTIME AS ROWTIME\n      Scan: S [ID]\n    Project: ROWTIME AS ROWTIME\n      Scan: U []",
        ),
        // WHERE lends its equalities to commas only while nothing in it can fail.
        (
            "SELECT STREAM s.id, n.b FROM s OVER (ROWS 3 PRECEDING), u AS n, u AS m WHERE n.a = s.id AND m.a = n.a",
            "Project: ID AS A, B AS B\n  Filter: ((A = ID) AND (A0 = A))\n    Join: inner, left current row, right current row, on [A = A0]\n      Join: inner, left 3 rows, right current row, on [ID = A]\n        Scan: S [ID]\n        Scan: U [A, B]\n      Scan: U [A]",
        ),
        (
            "SELECT STREAM s.id, n.b FROM s OVER (ROWS 3 PRECEDING), u AS n WHERE n.a = s.id AND 1 / n.a > 0",
            "Project: ID AS A, B AS B\n  Filter: ((A = ID) AND ((1 / A) > 0))\n    Join: inner, left 3 rows, right current row\n      Scan: S [ID]\n      Scan: U [A, B]",
        ),
    ] {
        assert_eq!(plan(query), expected, "{query}");
    }
}

#[test]
fn a_table_may_stand_first() {
    for query in [
        "SELECT STREAM id, name FROM names JOIN s ON s.id = names.number",
        "SELECT STREAM id, name FROM names RIGHT JOIN s ON s.id = names.number",
        "SELECT STREAM id, name FROM names, s WHERE s.id = names.number",
    ] {
        let text = plan(query);
        assert!(
            text.contains("on [CAST(ID AS BIGINT) = NUMBER]"),
            "{query}\n{text}"
        );
    }
}

#[test]
fn the_time_of_a_joined_stream_closes_windows() {
    for query in [
        "SELECT STREAM STEP(s.ROWTIME BY INTERVAL '1' MINUTE), COUNT(*) FROM s JOIN names ON s.id = names.number GROUP BY name, STEP(s.ROWTIME BY INTERVAL '1' MINUTE)",
        "SELECT STREAM STEP(ROWTIME BY INTERVAL '1' MINUTE), COUNT(*) FROM names JOIN s ON s.id = names.number GROUP BY name, STEP(s.ROWTIME BY INTERVAL '1' MINUTE)",
        "SELECT STREAM FLOOR(ROWTIME TO MINUTE), COUNT(*) FROM s LEFT JOIN names ON s.id = names.number GROUP BY FLOOR(ROWTIME TO MINUTE)",
    ] {
        let text = plan_into("n", query);
        assert!(text.contains("Tumble: window="), "{query}\n{text}");
        assert!(!text.contains("closed by rows only"), "{query}\n{text}");
    }
}

#[test]
fn what_a_table_cannot_do_is_refused() {
    for (query, expected) in [
        (
            "SELECT STREAM id, name FROM names LEFT JOIN s ON s.id = names.number",
            "An outer join that keeps the rows of a reference table is not supported",
        ),
        (
            "SELECT STREAM id, name FROM s FULL JOIN names ON s.id = names.number",
            "An outer join that keeps the rows of a reference table is not supported",
        ),
        (
            "SELECT STREAM r.number, t.name FROM names AS r JOIN names AS t ON r.number = t.number",
            "A join of reference tables only is not supported",
        ),
        (
            "SELECT STREAM number, name FROM names",
            "A query on streams needs a stream in FROM",
        ),
        (
            "SELECT STREAM id, name FROM s JOIN names OVER (RANGE INTERVAL '1' MINUTE PRECEDING) ON s.id = names.number",
            "'NAMES' is a reference table and has no window",
        ),
        (
            "SELECT STREAM id, name FROM s JOIN names ON s.id = names.number WHERE names.ROWTIME IS NULL",
            "'NAMES' is a reference table, and its rows have no ROWTIME",
        ),
        (
            "SELECT STREAM id, name FROM s OVER (RANGE INTERVAL '1' MINUTE PRECEDING) JOIN names ON s.id = names.number",
            "warning: A window has no effect here: a reference table is searched as each row comes",
        ),
    ] {
        assert_eq!(plan(query), expected, "{query}");
    }
    let text = plan_into("names", "SELECT STREAM id FROM s");
    assert_eq!(text, "'NAMES' is a reference table and cannot be written");
}
