//! Typing rules, one expression a line: its type, and the bound form with every conversion.
//!
//! A colon and a type is a conversion inside a family, `:!` a CAST that was written.

use super::item;

#[test]
fn every_expression_has_a_type_and_explicit_conversions() {
    for (sql, bound) in [
        ("qty + 1", "INTEGER Add(QTY, 1)"),
        ("qty + big", "BIGINT Add(QTY:BIGINT, BIG)"),
        ("5 / 2", "INTEGER Divide(5, 2)"),
        ("price + 1", "DOUBLE Add(PRICE:DOUBLE, 1.0)"),
        ("amount + 1.5", "DECIMAL(11, 2) Add(AMOUNT, 150d)"),
        ("amount * 2", "DECIMAL(18, 2) Multiply(AMOUNT, 2d)"),
        ("amount / 3", "DECIMAL(18, 10) Divide(AMOUNT, 3d)"),
        ("5.0 / 2", "DECIMAL(13, 12) Divide(50d, 2d)"),
        ("qty * 1.5", "DECIMAL(12, 1) Multiply(QTY:DECIMAL(10, 0), 15d)"),
        ("-qty", "INTEGER Negate(QTY)"),
        ("-5", "INTEGER -5"),
        ("- (5)", "INTEGER -5"),
        ("ticker || 'x'", "VARCHAR(5) Concat(TICKER, 'x')"),
        ("'a' || 'b'", "CHAR(2) Concat('a', 'b')"),
        ("code || code", "CHAR(6) Concat(CODE, CODE)"),
        ("qty > 5", "BOOLEAN Gt(QTY, 5)"),
        ("price > 10", "BOOLEAN Gt(PRICE:DOUBLE, 10.0)"),
        ("amount = 5", "BOOLEAN Eq(AMOUNT, 500d)"),
        ("big = qty", "BOOLEAN Eq(BIG, QTY:BIGINT)"),
        ("ticker = 'AMZN'", "BOOLEAN Eq(TICKER, 'AMZN')"),
        (
            "qty BETWEEN 1 AND big",
            "BOOLEAN (GtEq(QTY, 1) AND LtEq(QTY:BIGINT, BIG))",
        ),
        (
            "qty NOT BETWEEN SYMMETRIC 1 AND 3",
            "BOOLEAN Not(((GtEq(QTY, 1) AND LtEq(QTY, 3)) OR (GtEq(QTY, 3) AND LtEq(QTY, 1))))",
        ),
        (
            "ticker IN ('A', 'BB')",
            "BOOLEAN TICKER IN [Eq(?, 'A'), Eq(?, 'BB')]",
        ),
        (
            "qty NOT IN (1, 2.5)",
            "BOOLEAN QTY NOT IN [Eq(?, 1), Eq(?:DECIMAL(38, 1), 25d)]",
        ),
        (
            "CASE WHEN qty > 1 THEN 'a' WHEN flag THEN 'bcd' END",
            "VARCHAR(3) CASE WHEN Gt(QTY, 1) THEN 'a' WHEN FLAG THEN 'bcd'",
        ),
        (
            "CASE ticker WHEN 'A' THEN 1 ELSE big END",
            "BIGINT CASE TICKER WHEN Eq(?, 'A') THEN 1 ELSE BIG",
        ),
        (
            "CASE WHEN flag THEN NULL ELSE 1.5 END",
            "DECIMAL(2, 1) CASE WHEN FLAG THEN NULL ELSE 15d",
        ),
        (
            "COALESCE(qty, 1.5, NULL)",
            "DECIMAL(11, 1) COALESCE(QTY:DECIMAL(11, 1), 15d, NULL)",
        ),
        (
            "NULLIF(qty, 4.0)",
            "INTEGER NULLIF(QTY, Eq(?:DECIMAL(38, 1), 40d))",
        ),
        ("CAST(qty AS VARCHAR(10))", "VARCHAR(10) QTY:!VARCHAR(10)"),
        ("CAST(NULL AS INTEGER)", "INTEGER NULL"),
        ("CAST(qty AS INTEGER)", "INTEGER QTY"),
        ("ts + INTERVAL '1' HOUR", "TIMESTAMP DatetimeAdd(TS, 3600000)"),
        ("INTERVAL '1' DAY + d", "DATE DatetimeAdd(D, 86400000)"),
        (
            "CAST((ts - s.ROWTIME) SECOND AS BIGINT)",
            "BIGINT Difference(SECOND)(TS, ROWTIME):!BIGINT",
        ),
        (
            "CAST(INTERVAL '3 4' DAY TO HOUR / 2 AS VARCHAR(9))",
            "VARCHAR(9) Divide(273600000, 2):!VARCHAR(9)",
        ),
        (
            "CAST(2 * INTERVAL '3' DAY + INTERVAL '1' HOUR AS VARCHAR(9))",
            "VARCHAR(9) Add(Multiply(259200000, 2):INTERVAL DAY TO HOUR, 3600000):!VARCHAR(9)",
        ),
        (
            "CAST(FLOOR((s.ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND) AS VARCHAR(9))",
            "VARCHAR(9) FloorTo(Second)(Divide(Difference(SECOND)(ROWTIME, 0), 10)):!VARCHAR(9)",
        ),
        (
            "TIMESTAMP '1970-01-01 00:00:00' + FLOOR((s.ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND) * 10",
            "TIMESTAMP DatetimeAdd(0, Multiply(FloorTo(Second)(Divide(Difference(SECOND)(ROWTIME, 0), 10)), 10))",
        ),
        ("EXTRACT(SECOND FROM ts)", "DECIMAL(5, 3) Extract(Second)(TS)"),
        ("EXTRACT(HOUR FROM t)", "BIGINT Extract(Hour)(T)"),
        ("FLOOR(ts TO HOUR)", "TIMESTAMP FloorTo(Hour)(TS)"),
        ("CEIL(amount)", "DECIMAL(10, 0) Ceil(AMOUNT)"),
        ("FLOOR(price)", "REAL Floor(PRICE)"),
        (
            "STEP(ts BY INTERVAL '5' MINUTE)",
            "TIMESTAMP StepMillis(300000)(TS)",
        ),
        ("STEP(qty BY 5)", "INTEGER StepInteger(5)(QTY)"),
        ("STEP(d BY INTERVAL '1' YEAR)", "DATE StepMonths(12)(D)"),
        ("ABS(qty)", "INTEGER Abs(QTY)"),
        ("SQRT(qty)", "DOUBLE Sqrt(QTY:DOUBLE)"),
        ("POWER(3, amount)", "DOUBLE Power(3.0, AMOUNT:DOUBLE)"),
        ("MOD(big, qty)", "INTEGER Mod(BIG, QTY:BIGINT):INTEGER"),
        ("MOD(qty, 5)", "INTEGER Mod(QTY, 5)"),
        (
            "MOD(qty, CAST(5 AS DECIMAL(4)))",
            "DECIMAL(4, 0) Mod(QTY:DECIMAL(38, 0), 5:!DECIMAL(4, 0))",
        ),
        ("EXP(1)", "DOUBLE Exp(1.0)"),
        ("UPPER(ticker)", "VARCHAR(4) Upper(TICKER)"),
        ("CHAR_LENGTH(code)", "INTEGER CharLength(CODE)"),
        ("SUBSTRING(ticker FROM 2)", "VARCHAR(4) Substring(TICKER, 2)"),
        (
            "SUBSTRING(ticker, 1, qty)",
            "VARCHAR(4) SubstringOrNull(TICKER, 1, QTY:BIGINT)",
        ),
        (
            "SUBSTRING(ticker FROM 'A[A-Z]')",
            "VARCHAR(4) SubstringRegex(TICKER, 'A[A-Z]')",
        ),
        (
            "SUBSTRING(ticker SIMILAR 'a#\"b#\"' ESCAPE '#')",
            "VARCHAR(4) SubstringSimilar(TICKER, 'a#\"b#\"', '#')",
        ),
        ("POSITION('a' IN ticker)", "INTEGER Position('a', TICKER)"),
        (
            "OVERLAY(ticker PLACING 'x' FROM 2 FOR 1)",
            "VARCHAR(5) Overlay(TICKER, 'x', 2, 1)",
        ),
        ("TRIM(ticker)", "VARCHAR(4) Trim(Both)(' ', TICKER)"),
        (
            "TRIM(LEADING 'x' FROM ticker)",
            "VARCHAR(4) Trim(Leading)('x', TICKER)",
        ),
        (
            "REGEX_REPLACE(ticker, 'A', 'B', 1, 0)",
            "VARCHAR(65535) RegexReplace(TICKER, 'A', 'B', 1, 0)",
        ),
        ("TSDIFF(ts, ROWTIME)", "BIGINT TsDiff(TS, ROWTIME)"),
        ("UNIX_TIMESTAMP(ts)", "BIGINT UnixTimestamp(TS)"),
        ("TO_TIMESTAMP(big)", "TIMESTAMP ToTimestamp(BIG)"),
        (
            "TO_TIMESTAMP(qty * 1000)",
            "TIMESTAMP ToTimestamp(Multiply(QTY, 1000):BIGINT)",
        ),
        (
            "CHAR_TO_TIMESTAMP('yyyy', ticker)",
            "TIMESTAMP ParseDatetime('yyyy', TICKER)",
        ),
        (
            "TIMESTAMP_TO_CHAR('yyyy', ts)",
            "VARCHAR(128) FormatDatetime('yyyy', TS)",
        ),
        ("MONOTONIC(ts)", "TIMESTAMP Monotonic(TS)"),
        ("flag IS NOT TRUE", "BOOLEAN IsTrue { negated: true }(FLAG)"),
        ("qty IS NULL", "BOOLEAN IsNull(QTY)"),
        ("flag IS UNKNOWN", "BOOLEAN IsNull(FLAG)"),
        (
            "qty IS DISTINCT FROM 1.0",
            "BOOLEAN IsNotDistinct(false)(QTY:DECIMAL(38, 1), 10d)",
        ),
        (
            "NULL IS NOT DISTINCT FROM NULL",
            "BOOLEAN IsNotDistinct(true)(NULL, NULL)",
        ),
        ("NOT flag", "BOOLEAN Not(FLAG)"),
        (
            "flag AND qty > 1 AND NULL",
            "BOOLEAN (FLAG AND Gt(QTY, 1) AND NULL)",
        ),
        ("flag OR FALSE OR UNKNOWN", "BOOLEAN (FLAG OR FALSE OR NULL)"),
        (
            "ticker LIKE 'A%'",
            "BOOLEAN Like { negated: false }(TICKER, 'A%')",
        ),
        (
            "ticker NOT SIMILAR TO 'A|B' ESCAPE '\\'",
            "BOOLEAN Similar { negated: true }(TICKER, 'A|B', '\\')",
        ),
        ("CURRENT_TIMESTAMP", "TIMESTAMP CurrentTimestamp"),
        ("CURRENT_ROW_TIMESTAMP", "TIMESTAMP CurrentRowTimestamp"),
        ("LOCALTIME", "TIME CurrentTime"),
        ("CURRENT_DATE", "DATE CurrentDate"),
        ("ROWTIME", "TIMESTAMP ROWTIME"),
        ("\"ROWTIME\"", "TIMESTAMP ROWTIME"),
        ("s.rowtime", "TIMESTAMP ROWTIME"),
        ("APPROXIMATE_ARRIVAL_TIME", "TIMESTAMP APPROXIMATE_ARRIVAL_TIME"),
        ("lower", "DOUBLE lower"),
        (
            "PERIOD(ts, ROWTIME) CONTAINS ts",
            "BOOLEAN (LtEq(TS, TS) AND Lt(TS, ROWTIME))",
        ),
        ("qty + NULL", "INTEGER Add(QTY, NULL)"),
        ("ts + NULL", "TIMESTAMP DatetimeAdd(TS, NULL)"),
        ("small + small", "SMALLINT Add(SMALL, SMALL)"),
        ("small + 1", "INTEGER Add(SMALL:INTEGER, 1)"),
        ("PARTITION_KEY", "VARCHAR(512) PARTITION_KEY"),
        ("X'4AF0'", "BINARY(2) X[74, 240]"),
        ("1e2 + qty", "DOUBLE Add(100.0, QTY:DOUBLE)"),
        ("flag = TRUE", "BOOLEAN Eq(FLAG, TRUE)"),
    ] {
        assert_eq!(item(sql), bound, "{sql}");
    }
}
