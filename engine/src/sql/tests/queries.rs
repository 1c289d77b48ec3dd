//! Queries, joins and set operations that must parse, and into which tree.

use super::*;

#[test]
fn every_select_keeps_its_stream_out_of_the_names() {
    let texts = [
        "SELECT STREAM a, x FROM s",
        "SELECT STREAM * FROM s",
        "SELECT STREAM s.*, a b FROM s",
        "SELECT STREAM DISTINCT a FROM s",
        "SELECT STREAM ALL a FROM s",
        "SELECT STREAM a FROM (SELECT STREAM b FROM (SELECT STREAM * FROM s))",
        "SELECT STREAM a FROM TABLE(f(CURSOR(SELECT STREAM * FROM s), 'x'))",
        "SELECT STREAM a FROM s WHERE a IN (SELECT STREAM b FROM t)",
        "SELECT STREAM a FROM s UNION ALL SELECT STREAM a FROM t ORDER BY ROWTIME",
        "select\tstream\r\n*from s",
    ];
    for text in texts {
        let tree = format!("{:?}", clean(text));
        assert!(!tree.contains("name: \"STREAM\""), "{text}: {tree}");
        assert!(!tree.contains("stream: false"), "{text}: {tree}");
    }
    assert!(!select("SELECT a FROM s").stream);
}

#[test]
fn queries_and_joins() {
    let texts = [
        "SELECT STREAM ROWTIME, a AS \"x\", b y, COUNT(*) FROM \"S\" AS s WHERE a > 1 GROUP BY s.ROWTIME, a HAVING COUNT(*) > 1",
        "SELECT STREAM a FROM s WINDOWED BY STAGGER (PARTITION BY FLOOR(event_time TO MINUTE), ticker RANGE INTERVAL '1' MINUTE)",
        "SELECT STREAM a FROM s AS x WHERE a WINDOWED BY STAGGER (PARTITION BY a RANGE INTERVAL '1' MINUTE) HAVING COUNT(*) > 1",
        "SELECT STREAM AVG(p) OVER W1, SUM(p) OVER (PARTITION BY t, u RANGE INTERVAL '1' HOUR PRECEDING) FROM s WINDOW W1 AS (PARTITION BY t ROWS 4 PRECEDING), W2 AS (RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW)",
        "SELECT STREAM COUNT(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) FROM s",
        "SELECT STREAM a FROM s ORDER BY STEP(s.ROWTIME BY INTERVAL '1' MINUTE), score DESC, 2 ASC",
        "SELECT STREAM * FROM Orders OVER (RANGE INTERVAL '1' MINUTE PRECEDING) AS o JOIN Shipments OVER w AS s ON o.id = s.id WINDOW w AS (RANGE INTERVAL '1' MINUTE PRECEDING)",
        "SELECT STREAM * FROM (SELECT STREAM * FROM a) OVER (ROWS 10 PRECEDING) AS x LEFT OUTER JOIN b ON x.i = b.i",
        "SELECT STREAM * FROM \"S\" LEFT JOIN \"CompanyName\" AS \"c\" ON \"S\".ticker_symbol = \"c\".\"Ticker\"",
        "SELECT STREAM * FROM a NATURAL JOIN b, c CROSS JOIN d, e FULL JOIN f USING (x, y)",
        "SELECT STREAM * FROM (a JOIN b ON a.x = b.x) RIGHT JOIN c ON c.x = a.x INNER JOIN d ON TRUE",
        "SELECT STREAM * FROM ((SELECT STREAM * FROM a) AS p JOIN b ON p.x = b.x)",
        "SELECT STREAM * FROM ((SELECT STREAM * FROM a) UNION ALL (SELECT STREAM * FROM b)) AS u",
        "SELECT STREAM l.r.COLUMN1 FROM (SELECT STREAM W3C_LOG_PARSE(\"log\",'COMMON') FROM s) AS l(r)",
        "SELECT STREAM * FROM TABLE(RANDOM_CUT_FOREST(CURSOR(SELECT STREAM * FROM s), 100, 256, 100000, 1)) AS t, s",
        "SELECT STREAM * FROM TABLE(GROUP_RANK(CURSOR(SELECT STREAM a FROM s JOIN r ON TRUE), 'a', 'b', 'desc', 'asc', 10, 5))",
        "SELECT STREAM * FROM \"schema\".s",
        "(SELECT STREAM a FROM s) EXCEPT SELECT STREAM a FROM t INTERSECT SELECT STREAM a FROM u",
        "VALUES (42,'Fred'),(34,'Wilma')",
        "SELECT * FROM (VALUES (42,'Fred'), ROW(34,'Wilma')) AS t(age, name)",
        "SELECT STREAM type, key, first, last, step, datetime, windowed, pump, label, period, contains, \"value\" FROM last",
        "SELECT STREAM FIRST_VALUE(x) FROM last, first f",
        "SELECT STREAM \"a\"\"b\".\"store-id\", \"$.x\" FROM \"mula-realtime-events_001\"",
        "SELECT STREAM a -- one\n, /* two */ b // three\n FROM s WHERE c = 'http://x' // four",
    ];
    for text in texts {
        clean(text);
    }
    let joined = select(
        "SELECT STREAM * FROM a OVER w LEFT JOIN b ON a.x = b.x JOIN c USING (y) WINDOW w AS (ROWS 1 PRECEDING)",
    );
    let TableKind::Join {
        left,
        kind: JoinKind::Inner,
        condition: JoinCondition::Using(_),
        ..
    } = &joined.from[0].kind
    else {
        panic!("{:?}", joined.from)
    };
    let TableKind::Join {
        left,
        kind: JoinKind::Left,
        ..
    } = &left.kind
    else {
        panic!()
    };
    assert!(matches!(&left.kind, TableKind::Named { over: Some(WindowRef::Named(w)), .. } if w.name == "W"));
}

#[test]
fn set_operations_bind_from_the_left_and_intersect_first() {
    let statements =
        clean("SELECT a FROM s UNION ALL SELECT a FROM t INTERSECT SELECT a FROM u EXCEPT SELECT a FROM v");
    let StatementKind::Query(query) = &statements[0].kind else {
        panic!()
    };
    let QueryBody::Set {
        op: SetOp::Except,
        all: false,
        left,
        ..
    } = &query.body
    else {
        panic!("{query:?}")
    };
    let QueryBody::Set {
        op: SetOp::Union,
        all: true,
        right,
        ..
    } = &left.body
    else {
        panic!()
    };
    assert!(matches!(
        right.body,
        QueryBody::Set {
            op: SetOp::Intersect,
            ..
        }
    ));
}
