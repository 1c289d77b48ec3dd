//! Statements: streams, pumps, views and functions, in any order and declared again.
//!
//! Every script is bound as a whole, as the service did when code was saved.

use super::{SOURCE, compile, errors, findings, good, render};
use crate::bind::{BindOptions, bind};
use crate::plan::{Field, Stream};
use crate::types::SqlType;

/// `pump -> target: plan` of every pump of a script over the source.
fn pumps(script: &str) -> Vec<String> {
    let application = good(&format!("{SOURCE}{script}"));
    let name = |id: usize| application.streams[id].name.as_str();
    application
        .pumps
        .iter()
        .map(|p| format!("{} -> {}: {}", p.name, name(p.target), render(&p.plan)))
        .collect()
}

#[test]
fn pumps_end_in_the_columns_of_their_target() {
    let cases: [(&str, &[&str]); 16] = [
        (
            "CREATE STREAM o (a VARCHAR(2), b INTEGER, c TIMESTAMP);
             CREATE PUMP p AS INSERT INTO o (c, a) SELECT STREAM ROWTIME, ticker FROM s;",
            &["P -> O: select [A = TICKER:VARCHAR(2), B = NULL, C = ROWTIME] <- scan 0"],
        ),
        (
            "CREATE STREAM o (a INTEGER, b CHAR(5), c DECIMAL(10,4), d BIGINT);
             CREATE PUMP p AS INSERT INTO o SELECT STREAM price, code, 5, CASE WHEN flag THEN NULL END FROM s;",
            &["P -> O: select [A = PRICE:INTEGER, B = CODE:CHAR(5), C = 50000d, D = CASE WHEN FLAG THEN NULL] \
               <- scan 0"],
        ),
        (
            "CREATE STREAM o (a INTEGER);
             CREATE PUMP p AS INSERT INTO o (rowtime, a) SELECT STREAM MONOTONIC(ts), qty FROM s;",
            &["P -> O: select [A = QTY, ROWTIME = Monotonic(TS) (declared)] <- scan 0"],
        ),
        (
            "CREATE STREAM o (a INTEGER); CREATE OR REPLACE STREAM o (c INTEGER);
             CREATE PUMP p AS INSERT INTO o SELECT STREAM qty FROM s;
             CREATE OR REPLACE PUMP p AS INSERT INTO o SELECT STREAM big FROM s;",
            &["P -> O: select [C = BIG:INTEGER] <- scan 0"],
        ),
        (
            "CREATE STREAM a AS SELECT STREAM * FROM b; CREATE STREAM b AS SELECT STREAM qty, ticker FROM s;",
            &[
                "A -> A: select [QTY = QTY, TICKER = TICKER] <- scan 2",
                "B -> B: select [QTY = QTY, TICKER = TICKER] <- scan 0",
            ],
        ),
        (
            "CREATE VIEW v (a, b) AS SELECT STREAM qty, ticker FROM s WHERE qty > 1;
             CREATE STREAM o AS SELECT STREAM x.b FROM v AS x;",
            &["O -> O: select [B = TICKER] <- select [QTY = QTY, TICKER = TICKER] <- filter [Gt(QTY, 1)] \
               <- scan 0"],
        ),
        (
            "CREATE STREAM \"my-dest\" (\"store-id\" INTEGER);
             CREATE OR REPLACE PUMP \"my-dest\" AS INSERT INTO \"my-dest\" (\"store-id\")
             SELECT STREAM \"x\".qty FROM \"S\" AS \"x\";",
            &["my-dest -> my-dest: select [store-id = QTY] <- scan 0"],
        ),
        (
            "CREATE STREAM o AS SELECT STREAM y.a, y.z FROM (SELECT STREAM * FROM s WHERE qty > 1)
             AS y (a,b,c,d,e,f,g,h,i,j,k,z);",
            &["O -> O: select [A = TICKER, Z = SMALL] <- select [TICKER = TICKER, PRICE = PRICE, QTY = QTY, BIG = BIG, AMOUNT = AMOUNT, FLAG = FLAG, TS = TS, D = D, T = T, CODE = CODE, lower = lower, SMALL = SMALL] \
               <- filter [Gt(QTY, 1)] <- scan 0"],
        ),
        (
            "CREATE STREAM o AS SELECT STREAM c FROM (SELECT STREAM b AS c FROM (SELECT STREAM x.a AS b
             FROM (SELECT STREAM qty, ticker FROM s) AS x (a, z)));",
            &["O -> O: select [C = C] <- select [C = B] <- select [B = QTY] <- select [QTY = QTY, TICKER = TICKER] \
               <- scan 0"],
        ),
        // An unused expression that can fail still drops its row.
        (
            "CREATE STREAM o AS SELECT STREAM ticker FROM (SELECT STREAM ticker, 1 / qty AS x, big FROM s);",
            &["O -> O: select [TICKER = TICKER] <- select [TICKER = TICKER, X = Divide(1, QTY), BIG = BIG] \
               <- scan 0"],
        ),
        (
            "CREATE FUNCTION half (x DOUBLE) RETURNS DOUBLE RETURN x / 2;
             CREATE STREAM o AS SELECT STREAM half(\"lower\") AS h FROM s;",
            &["O -> O: select [H = Divide(lower, 2.0)] <- scan 0"],
        ),
        (
            "CREATE FUNCTION inc (a INTEGER) RETURNS INTEGER RETURNS NULL ON NULL INPUT RETURN a + 1;
             CREATE STREAM o AS SELECT STREAM inc(inc(qty)) AS h FROM s;",
            &["O -> O: select [H = Add(Add(QTY, 1), 1)] <- scan 0"],
        ),
        // The body may skip b: an error in it must drop the row all the same.
        (
            "CREATE FUNCTION pick (a INTEGER, b INTEGER) RETURNS INTEGER RETURN CASE WHEN a > 1 THEN b END;
             CREATE STREAM o AS SELECT STREAM pick(qty, 10 / qty) AS h FROM s;",
            &["O -> O: select [H = CASE WHEN (IsNotNull(IsNull(Divide(10, QTY)))) THEN \
               CASE WHEN Gt(QTY, 1) THEN Divide(10, QTY)] <- scan 0"],
        ),
        (
            "CREATE FUNCTION pick (a INTEGER) RETURNS INTEGER RETURNS NULL ON NULL INPUT RETURN COALESCE(a, 1);
             CREATE STREAM o AS SELECT STREAM pick(qty) AS h FROM s;",
            &["O -> O: select [H = CASE WHEN (IsNull(QTY)) THEN NULL ELSE COALESCE(QTY, 1)] <- scan 0"],
        ),
        (
            "CREATE FUNCTION w (t TIMESTAMP) RETURNS TIMESTAMP RETURN FLOOR(t TO MINUTE);
             CREATE STREAM o AS SELECT STREAM w(ROWTIME) AS h, COUNT(*) AS n FROM s GROUP BY w(s.ROWTIME);",
            &["O -> O: select [H = KEY$0, N = AGG$0] <- tumble [*FloorTo(Minute)(ROWTIME); CountStar(); \
               clock FloorTo(Minute)(ROWTIME)] <- scan 0"],
        ),
        (
            "CREATE STREAM o (a INTEGER); CREATE PUMP p STOPPED AS INSERT INTO o SELECT STREAM qty FROM s;
             DROP PUMP p; CREATE PUMP p AS INSERT INTO o SELECT STREAM big FROM s;",
            &["P -> O: select [A = BIG:INTEGER] <- scan 0"],
        ),
    ];
    for (script, plans) in cases {
        assert_eq!(pumps(script), plans, "{script}");
    }
}

#[test]
fn statements_are_refused_in_words() {
    let cases: [(&str, &[&str]); 17] = [
        (
            "CREATE STREAM o (a VARCHAR(2), b INTEGER, c TIMESTAMP);
             CREATE PUMP p AS INSERT INTO o SELECT STREAM ticker, price FROM s;",
            &["Number of INSERT target columns (3) does not equal number of source items (2)"],
        ),
        (
            "CREATE STREAM o (a INTEGER, b BIGINT); CREATE PUMP p AS INSERT INTO o SELECT STREAM ticker, ts FROM s;",
            &[
                "Cannot assign to target field 'A' of type INTEGER from source field 'TICKER' of type VARCHAR(4)",
                "Cannot assign to target field 'B' of type BIGINT from source field 'TS' of type TIMESTAMP",
            ],
        ),
        (
            "CREATE STREAM o (a INTEGER); CREATE PUMP p AS INSERT INTO oo (a, a) SELECT STREAM qty FROM s;",
            &["Table 'OO' not found"],
        ),
        (
            "CREATE STREAM o (a INTEGER); CREATE PUMP p AS INSERT INTO o (a, a, z) SELECT STREAM qty FROM s;",
            &[
                "Target column 'A' is assigned more than once",
                "Unknown target column 'Z'",
            ],
        ),
        (
            "CREATE STREAM o (a INTEGER, a BIGINT);",
            &["Duplicate column name 'A'"],
        ),
        (
            "CREATE STREAM error_stream (a INTEGER);",
            &["The name 'error_stream' is taken by the stream of errors"],
        ),
        (
            "CREATE STREAM o (a INTEGER); CREATE STREAM o (b INTEGER);",
            &["Stream 'O' already exists"],
        ),
        (
            "CREATE STREAM a (x INTEGER); CREATE STREAM b (x INTEGER);
             CREATE PUMP p AS INSERT INTO a SELECT STREAM x FROM b;
             CREATE PUMP q AS INSERT INTO b SELECT STREAM x FROM a;",
            &["Pump 'Q' closes a cycle of streams: A → B → A"],
        ),
        (
            "CREATE STREAM a AS SELECT STREAM * FROM b; CREATE STREAM b AS SELECT STREAM * FROM a;",
            &["'A' is defined by itself"],
        ),
        (
            "CREATE FUNCTION f (a INTEGER) RETURNS INTEGER RETURN g(a);
             CREATE FUNCTION g (a INTEGER) RETURNS INTEGER RETURN f(a);",
            &["Function 'F' calls itself"],
        ),
        (
            "CREATE FUNCTION g (a INTEGER) RETURNS VARCHAR(5) RETURN a;",
            &["Function 'G' returns VARCHAR(5), but its body is of type INTEGER"],
        ),
        (
            "CREATE FUNCTION half (x DOUBLE) RETURNS DOUBLE RETURN x / 2;
             CREATE STREAM o AS SELECT STREAM half(qty) AS i, half(1, 2) AS j FROM s;",
            &[
                "No match found for function signature HALF(<INTEGER>)",
                "Invalid number of arguments to function 'HALF'. Was expecting 1 arguments",
            ],
        ),
        (
            "CREATE STREAM o (t TIMESTAMP); CREATE PUMP p AS INSERT INTO o SELECT STREAM ROWTIME FROM s;
             CREATE STREAM q AS SELECT STREAM COUNT(*) AS n FROM o GROUP BY FLOOR(t TO MINUTE);",
            &["Streaming aggregation requires at least one monotonic expression in GROUP BY clause"],
        ),
        (
            "INSERT INTO s (qty) VALUES (1); SELECT STREAM * FROM s;",
            &[
                "INSERT … VALUES cannot run yet",
                "A stand-alone query never runs: queries stand inside pumps",
            ],
        ),
        (
            "CREATE STREAM o AS SELECT STREAM qty.x AS b, s.qty.x AS c, ROW(1,2) AS d FROM s;",
            &[
                "Table 'QTY' not found",
                "Column 'QTY' is not a record: it has no field 'X'",
                "A row value cannot run yet",
            ],
        ),
        (
            "CREATE STREAM o AS SELECT STREAM ROWTIME AS ROWTIME, ts AS ROWTIME, qty FROM s;",
            &["Only one item may be AS ROWTIME"],
        ),
        (
            "CREATE STREAM o AS SELECT STREAM NULL AS a FROM s;",
            &["Column 'A' of type NULL cannot stand in a stream"],
        ),
    ];
    for (script, messages) in cases {
        assert_eq!(errors(&format!("{SOURCE}{script}")), messages, "{script}");
    }
}

#[test]
fn what_is_only_noted_is_noted_at_its_place() {
    let cases: [(&str, &[&str]); 6] = [
        (
            "CREATE STREAM o (a INTEGER); CREATE PUMP p STOPPED AS INSERT INTO o SELECT qty FROM s;",
            &[
                "1:42 warning: Pump 'P' is STOPPED, but it runs | pumps run as long as the application does",
                "1:69 lenient: The query of a pump says SELECT without STREAM | write SELECT STREAM",
            ],
        ),
        (
            "CREATE STREAM o (a INTEGER); CREATE PUMP p STOPPED AS INSERT INTO o SELECT STREAM qty FROM s; ALTER PUMP p START;",
            &[],
        ),
        (
            "CREATE STREAM o (a INTEGER); CREATE OR REPLACE STREAM o (b INTEGER);",
            &["1:55 warning: Stream 'O' is declared again: the last declaration stands"],
        ),
        (
            "DROP STREAM zz; DROP PUMP IF EXISTS p; ALTER PUMP p START;",
            &[
                "1:13 warning: DROP has no effect: 'ZZ' is not declared before it",
                "1:51 warning: Pump 'P' not found",
            ],
        ),
        (
            "CREATE STREAM \"Mixed\" (\"a\" INTEGER); CREATE PUMP p AS INSERT INTO MIXED SELECT STREAM qty FROM s;",
            &[
                "1:67 lenient: 'MIXED' was taken as \"Mixed\" | unquoted names fold to upper case; write \"Mixed\"",
            ],
        ),
        (
            "CREATE STREAM o (a INTEGER NOT NULL, b INTEGER); CREATE PUMP p AS INSERT INTO o (b) SELECT STREAM qty FROM s;",
            &["1:67 warning: Column 'A' is NOT NULL and gets no value: every row will be an error"],
        ),
    ];
    for (script, noted) in cases {
        let text = format!("{script}\n{SOURCE}");
        assert_eq!(findings(&text), noted, "{script}");
    }
}

#[test]
fn only_streams_fed_from_outside_have_system_columns() {
    let application = good(&format!(
        "{SOURCE}CREATE STREAM o AS SELECT STREAM shard_id, s.SEQUENCE_NUMBER FROM s;
         CREATE STREAM r (\"PARTITION_KEY\" INTEGER);"
    ));
    let names = |i: usize| -> Vec<&str> {
        application.streams[i]
            .fields
            .iter()
            .map(|f| f.name.as_str())
            .collect()
    };
    assert_eq!(application.streams[0].declared, 12);
    assert_eq!(application.streams[0].fields.len(), 16);
    assert_eq!(names(1), ["SHARD_ID", "SEQUENCE_NUMBER"]);
    assert_eq!(
        names(2),
        [
            "PARTITION_KEY",
            "APPROXIMATE_ARRIVAL_TIME",
            "SEQUENCE_NUMBER",
            "SHARD_ID"
        ]
    );
}

#[test]
fn streams_that_only_the_command_line_names_can_be_read() {
    let options = BindOptions {
        external: vec![Stream {
            name: "SOURCE_SQL_STREAM_001".to_owned(),
            fields: vec![Field {
                name: "ticker".to_owned(),
                ty: SqlType::Varchar(4),
                not_null: false,
            }],
            declared: 1,
            is_external: true,
            span: crate::diagnostic::Span::default(),
        }],
        ..BindOptions::default()
    };
    let text = "CREATE STREAM o AS SELECT STREAM TICKER, \"PARTITION_KEY\" FROM source_sql_stream_001;";
    let (script, _) = crate::sql::parse(text);
    let (application, found) = bind(&script, &options);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        render(&application.pumps[0].plan),
        "select [ticker = ticker, PARTITION_KEY = PARTITION_KEY] <- scan 1"
    );
}

#[test]
fn one_slip_is_one_finding_however_much_is_built_on_it() {
    let script = "CREATE STREAM a AS SELECT STREAM tickr AS x, qty FROM s;
        CREATE STREAM b AS SELECT STREAM x || 'y' AS z, STEP(x BY 5) AS w, qty FROM a WHERE x = 1;
        CREATE STREAM c (n BIGINT);
        CREATE PUMP p AS INSERT INTO c SELECT STREAM COUNT(z) FROM b GROUP BY FLOOR(ROWTIME TO MINUTE), w;";
    assert_eq!(
        errors(&format!("{SOURCE}{script}")),
        ["Column 'TICKR' not found in any table"]
    );
    let script = "CREATE STREAM c (n BIGINT, m BIGINT, o BIGINT);
        CREATE PUMP p AS INSERT INTO c SELECT STREAM *, 1 AS x FROM nowhere;
        CREATE PUMP q AS INSERT INTO c SELECT STREAM a, b, c FROM (SELECT STREAM t.*, 1 AS x FROM s);";
    assert_eq!(
        errors(&format!("{SOURCE}{script}")),
        ["Table 'NOWHERE' not found", "Table 'T' not found"]
    );
    assert!(compile("").1.is_empty());
}
