//! Every node knows its bytes in the text as written.

use super::*;

#[track_caller]
fn covers(text: &str, span: Span, expected: &str) {
    assert_eq!(text.get(span.start..span.end), Some(expected), "{text}");
}

#[test]
fn expressions_cover_their_words() {
    for text in [
        "42",
        "'a''b'",
        "'a'\n 'b'",
        "u&'!0009' uescape '!'",
        "{ts '2004-12-02 12:03:34'}",
        "TIMESTAMP '2004-12-02 12:03:34'",
        "INTERVAL -'5' SECOND(3,1)",
        "s.\"größe\".x",
        "-a",
        "NOT a",
        "a + b * c",
        "(a + b) * (c)",
        "(a)",
        "((a - b))",
        "a IS NOT NULL",
        "a IS DISTINCT FROM b",
        "a BETWEEN 1 AND (2)",
        "a NOT IN (1, 2 )",
        "a IN (SELECT b FROM t)",
        "EXISTS (SELECT b FROM t)",
        "( SELECT b FROM t )",
        "a LIKE 'x' ESCAPE '!'",
        "a SIMILAR TO ('x')",
        "CASE a WHEN 1 THEN 2 ELSE 3 END",
        "CASE WHEN a THEN b END",
        "CAST(a AS VARCHAR(3))",
        "COUNT( * )",
        "f()",
        "LAG(x, 1) IGNORE NULLS OVER (w ROWS 1 PRECEDING)",
        "SUM(x) OVER w",
        "FLOOR(a TO HOUR)",
        "STEP(a BY INTERVAL '1' DAY)",
        "(a - b) DAY(3) TO SECOND(2)",
        "PERIOD (a, b) CONTAINS c",
        "(a, b) PRECEDES (c, d)",
        "SUBSTRING(a FROM 1 FOR 2)",
        "TRIM(BOTH ' ' FROM a)",
    ] {
        let expr = expression(text);
        // `VALUES ` stands before the expression.
        covers(text, Span::new(expr.span.start - 7, expr.span.end - 7), text);
    }
}

#[test]
fn parts_cover_their_words() {
    let text = "CREATE PUMP \"p\" AS INSERT INTO s (a) -- ü\r\n SELECT STREAM DISTINCT é.x + 1 AS \"n\", s.* FROM t AS u(v) \
                JOIN (SELECT STREAM * FROM w) OVER (ROWS 2 PRECEDING) AS z ON u.v = z.v ORDER BY 1;";
    let statements = clean(text);
    covers(text, statements[0].span, text.trim_end_matches(';'));
    let StatementKind::CreatePump(pump) = &statements[0].kind else {
        panic!()
    };
    covers(text, pump.name.span, "\"p\"");
    covers(text, pump.insert.target.span, "s");
    covers(text, pump.insert.columns.as_ref().unwrap()[0].span, "a");
    assert!(text[pump.insert.query.span.start..pump.insert.query.span.end].ends_with("ORDER BY 1"));
    let QueryBody::Select(select) = &pump.insert.query.body else {
        panic!()
    };
    covers(text, select.distinct.unwrap(), "DISTINCT");
    let SelectItem::Expr { expr, alias } = &select.items[0] else {
        panic!()
    };
    covers(text, expr.span, "é.x + 1");
    covers(text, alias.as_ref().unwrap().span, "\"n\"");
    let TableKind::Join {
        left,
        right,
        condition,
        ..
    } = &select.from[0].kind
    else {
        panic!()
    };
    covers(text, left.span, "t AS u(v)");
    covers(
        text,
        right.span,
        "(SELECT STREAM * FROM w) OVER (ROWS 2 PRECEDING) AS z",
    );
    let TableKind::Subquery {
        query,
        over: Some(WindowRef::Inline(window)),
    } = &right.kind
    else {
        panic!()
    };
    covers(text, query.span, "SELECT STREAM * FROM w");
    covers(text, window.span, "(ROWS 2 PRECEDING)");
    covers(text, window.frame.as_ref().unwrap().span, "ROWS 2 PRECEDING");
    let JoinCondition::On(on) = condition else {
        panic!()
    };
    covers(text, on.span, "u.v = z.v");
}

#[test]
fn types_cover_their_words() {
    let text = "CREATE STREAM s (a VARCHAR (3) NOT NULL, b DOUBLE PRECISION)";
    let statements = clean(text);
    let StatementKind::CreateStream(stream) = &statements[0].kind else {
        panic!()
    };
    let columns = stream.columns.as_ref().unwrap();
    covers(text, columns[0].ty_span, "VARCHAR (3)");
    covers(text, columns[1].ty_span, "DOUBLE PRECISION");
}
