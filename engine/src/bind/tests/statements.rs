//! Statements.
use super::*;

#[test]
fn probe() {
    for q in [
        "CREATE STREAM o (a VARCHAR(2), b INTEGER NOT NULL, c TIMESTAMP); CREATE PUMP p AS INSERT INTO o (c, a) SELECT STREAM ROWTIME, ticker FROM s;",
        "CREATE STREAM o (a VARCHAR(2), b INTEGER, c TIMESTAMP); CREATE PUMP p AS INSERT INTO o SELECT STREAM ticker, price FROM s;",
        "CREATE STREAM o (a INTEGER, b CHAR(5), c DECIMAL(10,4)); CREATE PUMP p AS INSERT INTO o SELECT STREAM price, code, 5 FROM s;",
        "CREATE STREAM o (a INTEGER, b BIGINT); CREATE PUMP p STOPPED AS INSERT INTO o SELECT ticker, ts FROM s;",
        "CREATE STREAM o (a INTEGER); CREATE PUMP p AS INSERT INTO oo (a, a, z) SELECT STREAM qty FROM s;",
        "CREATE STREAM o (a INTEGER); CREATE PUMP p AS INSERT INTO o (a, a, z) SELECT STREAM qty FROM s;",
        "CREATE STREAM o (a INTEGER); CREATE PUMP p AS INSERT INTO o (rowtime, a) SELECT STREAM MONOTONIC(ts), qty FROM s;",
        "CREATE STREAM o (a INTEGER, a BIGINT, i INTERVAL DAY TO SECOND);",
        "CREATE STREAM error_stream (a INTEGER);",
        "CREATE STREAM o (a INTEGER); CREATE OR REPLACE STREAM o (b INTEGER); CREATE STREAM o (c INTEGER); CREATE PUMP p AS INSERT INTO o SELECT STREAM qty FROM s; CREATE OR REPLACE PUMP p AS INSERT INTO o SELECT STREAM big FROM s;",
        "CREATE STREAM a (x INTEGER); CREATE STREAM b (x INTEGER); CREATE PUMP p AS INSERT INTO a SELECT STREAM x FROM b; CREATE PUMP q AS INSERT INTO b SELECT STREAM x FROM a;",
        "CREATE STREAM a AS SELECT STREAM x FROM a;",
        "CREATE STREAM a AS SELECT STREAM * FROM b; CREATE STREAM b AS SELECT STREAM * FROM a;",
        "CREATE STREAM a AS SELECT STREAM * FROM b; CREATE STREAM b AS SELECT STREAM qty, ticker FROM s;",
        "CREATE VIEW v (a, b) AS SELECT STREAM qty, ticker FROM s WHERE qty > 1; CREATE STREAM o AS SELECT STREAM v.a, x.b FROM v AS x; CREATE STREAM o2 AS SELECT STREAM b FROM v;",
        "CREATE FUNCTION half (x DOUBLE) RETURNS DOUBLE RETURN x / 2; CREATE STREAM o AS SELECT STREAM half(\"lower\") AS h, half(qty) AS i, half(1,2) AS j FROM s;",
        "CREATE FUNCTION pick (a INTEGER, b INTEGER) RETURNS INTEGER RETURNS NULL ON NULL INPUT RETURN CASE WHEN a > 1 THEN b END; CREATE STREAM o AS SELECT STREAM pick(qty, 10 / qty) AS h FROM s;",
        "CREATE FUNCTION inc (a INTEGER) RETURNS INTEGER RETURNS NULL ON NULL INPUT RETURN a + 1; CREATE STREAM o AS SELECT STREAM inc(inc(qty)) AS h FROM s;",
        "CREATE FUNCTION f (a INTEGER) RETURNS INTEGER RETURN g(a); CREATE FUNCTION g (a INTEGER) RETURNS INTEGER RETURN f(a);",
        "CREATE FUNCTION f (a INTEGER) RETURNS VARCHAR(5) RETURN b + 1; CREATE FUNCTION g (a INTEGER) RETURNS VARCHAR(5) RETURN a;",
        "CREATE FUNCTION w (t TIMESTAMP) RETURNS TIMESTAMP RETURN FLOOR(t TO MINUTE); CREATE STREAM o AS SELECT STREAM w(ROWTIME) AS h, COUNT(*) AS n FROM s GROUP BY w(s.ROWTIME);",
        "DROP STREAM zz; DROP PUMP IF EXISTS p; ALTER PUMP p START; CREATE SCHEMA x; INSERT INTO s VALUES (1); SELECT STREAM * FROM s;",
        "CREATE STREAM \"Mixed\" (\"a\" INTEGER); CREATE STREAM o AS SELECT STREAM A FROM mixed; CREATE PUMP p AS INSERT INTO MIXED (A) SELECT STREAM qty FROM s;",
        "CREATE STREAM o AS SELECT STREAM shard_id, s.SEQUENCE_NUMBER FROM s; CREATE STREAM o2 AS SELECT STREAM shard_id AS i, PARTITION_KEY FROM o;",
    ] {
        println!("{q}");
        let text = format!("{SOURCE}{q}");
        let (application, _) = compile(&text);
        for f in findings(&text) {
            println!("      => {f}");
        }
        for p in &application.pumps {
            println!("      -- {} -> {}: {}", p.name, p.target, render(&p.plan));
        }
        for s in &application.streams {
            if s.name != "S" {
                println!(
                    "      -- stream {} {:?}",
                    s.name,
                    s.fields
                        .iter()
                        .map(|f| format!("{} {}", f.name, f.ty))
                        .collect::<Vec<_>>()
                );
            }
        }
    }
}
