//! Queries that stand alone, what depends on what, and rows typed by hand.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int32Type, TimestampMillisecondType};

use super::{SOURCE, render};
use crate::bind::{BindOptions, InsertedRows, Queries, bind, constant_rows, insert, query_name};
use crate::clock::Clock;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::plan::upstream::{Object, ObjectKind};
use crate::plan::{Application, ReferenceTable};
use crate::sql::ast::StatementKind;

fn bound(text: &str, queries: Queries) -> (Application, Vec<String>) {
    let (script, mut found) = crate::sql::parse(text);
    let options = BindOptions {
        queries,
        tables: vec![ReferenceTable {
            name: "NAMES".to_owned(),
            fields: vec![crate::plan::Field {
                name: "CODE".to_owned(),
                ty: crate::types::SqlType::Char(3),
                not_null: false,
            }],
        }],
        ..BindOptions::default()
    };
    let (application, more) = bind(&script, &options);
    found.extend(more);
    let words = |d: &Diagnostic| {
        let mark = if d.severity == Severity::Lenient {
            "lenient: "
        } else {
            ""
        };
        format!("{} {mark}{}", Place::of(text, d.span.start), d.message)
    };
    (application, found.iter().map(words).collect())
}

fn columns_of(application: &Application, stream: &str) -> Vec<String> {
    let stream = &application.streams[application.stream_id(stream).unwrap()];
    stream
        .fields
        .iter()
        .map(|f| format!("{} {}", f.name, f.ty))
        .collect()
}

#[test]
fn a_stand_alone_query_is_a_stream_and_a_pump_of_one_name() {
    let text =
        format!("{SOURCE}SELECT STREAM ticker, qty + 1, qty AS ticker, NULL FROM s; SELECT STREAM d FROM s;");
    let (application, found) = bound(&text, Queries::Named);
    assert!(found.is_empty(), "{found:?}");
    let shown = [
        "TICKER VARCHAR(4)",
        "EXPR$1 INTEGER",
        "TICKER INTEGER",
        "EXPR$3 VARCHAR(1)",
    ];
    assert_eq!(columns_of(&application, "query 1"), shown);
    assert_eq!(columns_of(&application, &query_name(2)), ["D DATE"]);
    let pumps: Vec<(&str, usize)> = application
        .pumps
        .iter()
        .map(|p| (p.name.as_str(), p.target))
        .collect();
    assert_eq!(pumps, [("query 1", 1), ("query 2", 2)]);
    // An interval is no column of a declared stream, but it can be shown.
    let text = format!("{SOURCE}SELECT STREAM (ts - ts) DAY TO SECOND FROM s;");
    let (application, found) = bound(&text, Queries::Named);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(
        columns_of(&application, "query 1"),
        ["EXPR$0 INTERVAL DAY TO SECOND"]
    );
}

#[test]
fn queries_are_refused_unless_they_are_asked_for() {
    let text = format!("{SOURCE}SELECT STREAM qty FROM s;");
    let (application, found) = bound(&text, Queries::Refused);
    assert_eq!(
        found,
        ["2:1 A stand-alone query never runs: queries stand inside pumps"]
    );
    assert!(application.pumps.is_empty());
}

#[test]
fn a_named_query_keeps_the_rules_of_streams() {
    for (query, error) in [
        (
            "SELECT qty FROM s",
            "lenient: The query says SELECT without STREAM",
        ),
        ("SELECT STREAM COUNT(*) FROM s", "Streaming aggregation requires"),
        (
            "SELECT STREAM qty FROM s ORDER BY qty",
            "Streaming ORDER BY must start",
        ),
        (
            "SELECT STREAM DISTINCT qty FROM s",
            "Streaming SELECT DISTINCT requires",
        ),
        (
            "SELECT STREAM qty FROM s LIMIT 3",
            "LIMIT is not part of the dialect",
        ),
        (
            "SELECT STREAM code FROM names",
            "A query on streams needs a stream in FROM",
        ),
    ] {
        let (_, found) = bound(&format!("{SOURCE}{query};"), Queries::Named);
        assert_eq!(found.len(), 1, "{query}: {found:?}");
        assert!(found[0].contains(error), "{query}: {found:?}");
        let (_, found) = bound(&format!("{SOURCE}{query};"), Queries::Bounded);
        assert!(found.is_empty(), "{query}: {found:?}");
    }
}

#[test]
fn only_the_query_itself_is_freed_of_the_rules_of_streams() {
    let text = format!("{SOURCE}CREATE VIEW v AS SELECT STREAM COUNT(*) AS n FROM s;\nSELECT n FROM v;");
    let (_, found) = bound(&text, Queries::Bounded);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("2:32 Streaming aggregation requires"),
        "{found:?}"
    );
}

/// Three streams in a row, one beside them, and what reads them.
const CHAIN: &str = "CREATE STREAM other (x INTEGER);
    CREATE STREAM a (x INTEGER);
    CREATE STREAM b (x INTEGER);
    CREATE STREAM c (x INTEGER);
    CREATE FUNCTION f (n INTEGER) RETURNS INTEGER RETURN n + 1;
    CREATE FUNCTION g (n INTEGER) RETURNS INTEGER RETURN f(n);
    CREATE VIEW v AS SELECT STREAM g(x) AS x FROM B;
    CREATE PUMP o AS INSERT INTO other SELECT STREAM x FROM other2;
    CREATE STREAM other2 (x INTEGER);
    CREATE PUMP p1 AS INSERT INTO b SELECT STREAM x FROM a;
    CREATE PUMP p2 AS INSERT INTO c SELECT STREAM v.x FROM v JOIN names ON CAST(v.x AS CHAR(3)) = names.code;
    CREATE PUMP p3 AS INSERT INTO b SELECT STREAM x + 1 FROM a;\n";

#[test]
fn the_part_that_a_stream_is_made_of_has_its_writers_in_their_order() {
    let (application, found) = bound(CHAIN, Queries::Named);
    assert!(found.is_empty(), "{found:?}");
    let names = |app: &Application| -> (Vec<String>, Vec<String>, usize) {
        let streams = app.streams.iter().map(|s| s.name.clone()).collect();
        let pump = |p: &crate::plan::Pump| format!("{}: {:?} to {}", p.name, p.plan.sources(), p.target);
        (streams, app.pumps.iter().map(pump).collect(), app.tables.len())
    };
    let part = |name: &str| names(&application.upstream_of(application.stream_id(name).unwrap()));
    let (streams, pumps, tables) = part("C");
    assert_eq!(streams, ["A", "B", "C"]);
    assert_eq!(pumps, ["P1: [0] to 1", "P2: [1] to 2", "P3: [0] to 1"]);
    assert_eq!(tables, 1);
    assert_eq!(part("B").1, ["P1: [0] to 1", "P3: [0] to 1"]);
    assert_eq!(part("B").2, 0);
    assert_eq!(part("A"), (vec!["A".to_owned()], Vec::new(), 0));
    let part = application.upstream_of(application.stream_id("C").unwrap());
    let fed: Vec<&str> = part
        .streams
        .iter()
        .filter(|s| s.is_external)
        .map(|s| s.name.as_str())
        .collect();
    assert_eq!(fed, ["A"]);
}

#[test]
fn who_names_something_depends_on_it() {
    let (application, _) = bound(CHAIN, Queries::Named);
    let of = |kind, name: &str| -> Vec<String> {
        let name = name.to_owned();
        let users = application.dependants_of(&Object { kind, name }).into_iter();
        users.map(|u| format!("{:?} {}", u.kind, u.name)).collect()
    };
    assert_eq!(of(ObjectKind::Stream, "A"), ["Pump P1", "Pump P3"]);
    assert_eq!(of(ObjectKind::Stream, "B"), ["Pump P1", "Pump P3", "View V"]);
    assert_eq!(of(ObjectKind::Stream, "C"), ["Pump P2"]);
    assert_eq!(of(ObjectKind::View, "V"), ["Pump P2"]);
    assert_eq!(of(ObjectKind::Table, "NAMES"), ["Pump P2"]);
    assert_eq!(of(ObjectKind::Function, "F"), ["Function G"]);
    assert_eq!(of(ObjectKind::Function, "G"), ["View V"]);
    assert!(of(ObjectKind::Pump, "P1").is_empty());
    let views: Vec<_> = application
        .views
        .iter()
        .map(|v| (&v.name, v.fields.len()))
        .collect();
    assert_eq!(views, [(&"V".to_owned(), 1)]);
    // A stream with a query is gone with what it reads.
    let (application, _) = bound(
        &format!("{SOURCE}CREATE STREAM o AS SELECT STREAM qty FROM s;"),
        Queries::Named,
    );
    let used = Object {
        kind: ObjectKind::Stream,
        name: "S".to_owned(),
    };
    let users = application.dependants_of(&used);
    assert_eq!(
        (users.len(), &*users[0].name, users[0].kind),
        (1, "O", ObjectKind::Stream)
    );
}

const TARGET: &str =
    "CREATE STREAM r (name VARCHAR(5) NOT NULL, qty INTEGER, price DECIMAL(6,2), seen TIMESTAMP);
    CREATE FUNCTION twice (n INTEGER) RETURNS INTEGER RETURN n * 2;";

fn typed(text: &str) -> Result<InsertedRows, Vec<String>> {
    let (standing, _) = crate::sql::parse(TARGET);
    let (statements, _) = crate::sql::parse(text);
    let StatementKind::Insert(insertion) = &statements[0].kind else {
        panic!("{text}")
    };
    let clock = Clock {
        run_start_ms: 86_400_000,
        row_ms: Some(86_400_000),
    };
    insert(insertion, &standing, &BindOptions::default(), &clock).map_err(|found| {
        let words = |d: &Diagnostic| format!("{} {}", Place::of(text, d.span.start), d.message);
        found.iter().map(words).collect()
    })
}

#[test]
fn rows_typed_by_hand_become_the_columns_of_their_stream() {
    let rows = typed(
        "INSERT INTO r (qty, name, ROWTIME, seen) VALUES
           (1 + 2, UPPER('ab'), TIMESTAMP '1970-01-01 00:00:01', CURRENT_TIMESTAMP),
           (twice(4), 'c' || 'd', TO_TIMESTAMP(5), CAST('1970-01-02 00:00:00' AS TIMESTAMP)),
           (NULL, 'x', TIMESTAMP '1970-01-01 00:00:00', NULL);",
    )
    .unwrap();
    assert_eq!(
        (rows.stream.as_str(), rows.rowtimes),
        ("R", Some(vec![1_000, 5, 0]))
    );
    assert!(rows.findings.is_empty());
    let text = rows.columns[0].as_string_view();
    assert_eq!(text.iter().flatten().collect::<Vec<_>>(), ["AB", "cd", "x"]);
    let qty = rows.columns[1].as_primitive::<Int32Type>();
    assert_eq!(qty.iter().collect::<Vec<_>>(), [Some(3), Some(8), None]);
    // Not named: NULL, in the type of its column.
    assert_eq!(rows.columns[2].null_count(), 3);
    assert_eq!(
        rows.columns[2].data_type(),
        &crate::types::SqlType::Decimal {
            precision: 6,
            scale: 2
        }
        .arrow()
    );
    let seen = rows.columns[3].as_primitive::<TimestampMillisecondType>();
    assert_eq!(
        seen.iter().collect::<Vec<_>>(),
        [Some(86_400_000), Some(86_400_000), None]
    );
    // Text that is too long is cut, as that of a pump is.
    let rows = typed("INSERT INTO r VALUES ('longer', 1, 1.5, NULL);").unwrap();
    assert_eq!(
        (rows.rowtimes, rows.columns[0].as_string_view().value(0)),
        (None, "longe")
    );
}

#[test]
fn what_is_wrong_with_rows_typed_by_hand_is_said_at_its_place() {
    for (text, expected) in [
        (
            "INSERT INTO r SELECT STREAM * FROM r;",
            &["1:1 A stand-alone INSERT takes VALUES only: a query fills a stream through a pump"][..],
        ),
        ("INSERT INTO q VALUES (1);", &["1:13 Table 'Q' not found"]),
        (
            "INSERT INTO r (nam) VALUES ('a');",
            &[
                "1:13 Column 'NAME' is NOT NULL and gets no value",
                "1:16 Unknown target column 'NAM'",
            ][1..],
        ),
        (
            "INSERT INTO r (qty) VALUES (1);",
            &["1:13 Column 'NAME' is NOT NULL and gets no value"],
        ),
        (
            "INSERT INTO r (name, qty) VALUES ('a', 1), ('b');",
            &["1:44 Number of INSERT target columns (2) does not equal number of source items (1)"],
        ),
        (
            "INSERT INTO r (name, qty) VALUES ('a', 'b'), ('c', 1 / 0), (NULL, 3);",
            &[
                "1:40 Cannot assign to target field 'QTY' of type INTEGER from source field 'EXPR$1' of type CHAR(1)",
            ],
        ),
        (
            "INSERT INTO r (name, qty) VALUES ('a', 2), ('c', 1 / 0), (NULL, 3);",
            &["1:50 Division by zero", "1:59 Column 'NAME' does not accept NULL"],
        ),
        (
            "INSERT INTO r (name, qty) VALUES ('longer', 3000000000);",
            &["1:45 Value 3000000000 is out of range for INTEGER"],
        ),
        (
            "INSERT INTO r (name) VALUES (qty);",
            &["1:30 Column 'QTY' not found in any table"],
        ),
        (
            "INSERT INTO r (name, qty) VALUES ('a', COUNT(*));",
            &["1:40 Aggregate expression is illegal in a row of constants"],
        ),
        (
            "INSERT INTO r (name, ROWTIME) VALUES ('a', NULL);",
            &["1:44 ROWTIME cannot be NULL"],
        ),
    ] {
        let found = typed(text).unwrap_err();
        assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{text}: {found}");
        }
    }
}

/// `name type` of each column, then the rows; or the faults.
fn constants(text: &str) -> Option<Result<Vec<String>, Vec<String>>> {
    let (standing, _) = crate::sql::parse(TARGET);
    let (statements, found) = crate::sql::parse(text);
    assert!(found.is_empty(), "{found:?}");
    let StatementKind::Query(query) = &statements[0].kind else {
        panic!("{text}")
    };
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let rows = constant_rows(query, &standing, &BindOptions::default(), &clock)?;
    Some(match rows {
        Ok(rows) => {
            let fields = rows.fields.iter().map(|f| format!("{} {}", f.name, f.ty));
            let text = row_text_of(&rows);
            Ok(fields.chain(text).collect())
        }
        Err(found) => Err(found
            .iter()
            .map(|d| format!("{} {}", Place::of(text, d.span.start), d.message))
            .collect()),
    })
}

fn row_text_of(rows: &crate::bind::ConstantRows) -> Vec<String> {
    let line = |row| {
        let mut line = String::new();
        crate::row_text::write_json_row(&mut line, &rows.fields, &rows.columns, row);
        line
    };
    (0..rows.columns[0].len()).map(line).collect()
}

#[test]
fn a_query_that_reads_nothing_has_its_rows_at_once() {
    let said = constants("SELECT 1 + 1, twice(21) AS \"answer\", CURRENT_DATE, NULL;")
        .unwrap()
        .unwrap();
    assert_eq!(said.len(), 5);
    assert_eq!(
        said[..4],
        [
            "EXPR$0 INTEGER",
            "answer INTEGER",
            "EXPR$2 DATE",
            "EXPR$3 VARCHAR(1)"
        ]
    );
    assert_eq!(
        said[4],
        r#"{"EXPR$0":2,"answer":42,"EXPR$2":"1970-01-01","EXPR$3":null}"#
    );
    let said = constants("VALUES (1, 'a'), (2.5, NULL), (NULL, 'long');")
        .unwrap()
        .unwrap();
    assert_eq!(
        said,
        [
            "EXPR$0 DECIMAL(11, 1)",
            "EXPR$1 VARCHAR(4)",
            r#"{"EXPR$0":1.0,"EXPR$1":"a"}"#,
            r#"{"EXPR$0":2.5,"EXPR$1":null}"#,
            r#"{"EXPR$0":null,"EXPR$1":"long"}"#,
        ]
    );
    assert!(constants("SELECT name FROM r;").is_none());
    let faults = |text: &str| constants(text).unwrap().unwrap_err();
    assert_eq!(
        faults("SELECT 1 / 0, qty;"),
        ["1:15 Column 'QTY' not found in any table"]
    );
    assert_eq!(faults("SELECT 1, 2 / 0;"), ["1:11 Division by zero: 2 / 0"]);
    assert_eq!(
        faults("VALUES (1), (2, 3);"),
        ["1:14 All rows of VALUES must have the same number of items"]
    );
    assert_eq!(
        faults("VALUES (1), ('a');"),
        ["1:13 Values passed to VALUES operator must have compatible types"]
    );
    assert_eq!(
        faults("SELECT COUNT(*);"),
        ["1:8 Aggregate expression is illegal in a row of constants"]
    );
}

#[test]
fn a_bounded_plan_waits_for_the_end() {
    let text =
        format!("{SOURCE}SELECT ticker, SUM(qty) AS n FROM s GROUP BY ticker ORDER BY n DESC LIMIT 3;");
    let (application, found) = bound(&text, Queries::Bounded);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(
        render(&application.pumps[0].plan),
        "select [TICKER = TICKER, N = N] <- Limit: 3 rows <- Sort: everything, by=[N DESC] <- \
         select [TICKER = TICKER, N = AGG$0] <- Whole: by=[TICKER], aggregates=[SUM(QTY)] <- scan 0"
    );
    assert_eq!(application.pumps[0].plan.rows_max(), Some(3));
}
