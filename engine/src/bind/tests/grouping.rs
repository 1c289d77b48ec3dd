//! Windows: which key closes them, their clocks, and what is selected over them.
//!
//! The window's key has a star; its clock is the same key over ROWTIME alone.

use super::{errors_of, plan_of};

#[test]
fn windows_have_keys_a_clock_and_aggregates() {
    for (sql, plan) in [
        (
            "SELECT STREAM ticker, COUNT(*) AS n FROM s GROUP BY ticker, STEP(s.ROWTIME BY INTERVAL '60' SECOND)",
            "select [TICKER = TICKER, N = AGG$0] <- tumble [TICKER, *StepMillis(60000)(ROWTIME); CountStar(); clock StepMillis(60000)(ROWTIME)] <- scan 0",
        ),
        (
            "SELECT STREAM FLOOR(s.ROWTIME TO MINUTE) + INTERVAL '1' MINUTE AS w, ROWTIME AS r, SUM(qty) + COUNT(*) AS n FROM s GROUP BY FLOOR(ROWTIME TO MINUTE), ticker HAVING COUNT(*) > 1 AND ticker <> 'A'",
            "select [W = DatetimeAdd(KEY$0, 60000), R = ROWTIME, N = Add(AGG$0:BIGINT, AGG$1)] <- filter [(Gt(AGG$1, 1) AND NotEq(TICKER, 'A'))] <- tumble [*FloorTo(Minute)(ROWTIME), TICKER; Sum(QTY), CountStar(); clock FloorTo(Minute)(ROWTIME)] <- scan 0",
        ),
        (
            "SELECT STREAM FLOOR((s.ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND) * 10 + TIMESTAMP '1970-01-01 00:00:00' AS w, COUNT(*) AS n FROM s GROUP BY FLOOR((s.ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND)",
            "select [W = DatetimeAdd(0, Multiply(KEY$0, 10)), N = AGG$0] <- tumble [*FloorTo(Second)(Divide(Difference(SECOND)(ROWTIME, 0), 10)); CountStar(); clock FloorTo(Second)(Divide(Difference(SECOND)(ROWTIME, 0), 10))] <- scan 0",
        ),
        (
            "SELECT STREAM WINDOW_TUMBLING(10 SECOND) AS w, MAX(price) AS m FROM s GROUP BY WINDOW_TUMBLING(10 SECOND)",
            "select [W = KEY$0, M = AGG$0] <- tumble [*StepMillis(10000)(ROWTIME); Max(PRICE); clock StepMillis(10000)(ROWTIME)] <- scan 0",
        ),
        (
            "SELECT STREAM STEP(MONOTONIC(ts) BY INTERVAL '1' MINUTE) AS w, COUNT(*) AS n FROM s GROUP BY STEP(MONOTONIC(ts) BY INTERVAL '1' MINUTE)",
            "select [W = KEY$0, N = AGG$0] <- tumble [*StepMillis(60000)(Monotonic(TS)); CountStar(); clock none] <- scan 0",
        ),
        (
            "SELECT STREAM COUNT(*) AS n FROM s GROUP BY STEP(MONOTONIC(ts) BY INTERVAL '1' MINUTE), STEP(APPROXIMATE_ARRIVAL_TIME BY INTERVAL '1' MINUTE), FLOOR(ROWTIME TO MINUTE), 1",
            "select [N = AGG$0] <- tumble [StepMillis(60000)(Monotonic(TS)), StepMillis(60000)(APPROXIMATE_ARRIVAL_TIME), *FloorTo(Minute)(ROWTIME), 1; CountStar(); clock FloorTo(Minute)(ROWTIME)] <- scan 0",
        ),
        (
            "SELECT STREAM STEP(w BY INTERVAL '5' MINUTE) AS v, SUM(n) AS total FROM (SELECT STREAM STEP(s.ROWTIME BY INTERVAL '1' MINUTE) AS w, COUNT(*) AS n FROM s GROUP BY ticker, STEP(s.ROWTIME BY INTERVAL '1' MINUTE)) AS x GROUP BY STEP(w BY INTERVAL '5' MINUTE)",
            "select [V = KEY$0, TOTAL = AGG$0] <- tumble [*StepMillis(300000)(W); Sum(N); clock StepMillis(300000)(StepMillis(60000)(ROWTIME))] <- select [W = KEY$1, N = AGG$0] <- tumble [TICKER, *StepMillis(60000)(ROWTIME); CountStar(); clock StepMillis(60000)(ROWTIME)] <- scan 0",
        ),
        (
            "SELECT STREAM w, COUNT(*) AS n FROM (SELECT STREAM FLOOR(ROWTIME TO MINUTE) AS w, ticker, qty FROM s) GROUP BY w, ticker",
            "select [W = W, N = AGG$0] <- tumble [*W, TICKER; CountStar(); clock FloorTo(Minute)(ROWTIME)] <- select [W = FloorTo(Minute)(ROWTIME), TICKER = TICKER, QTY = QTY] <- scan 0",
        ),
        (
            "SELECT STREAM MIN(s.ROWTIME) AS ROWTIME, ticker FROM s GROUP BY ticker, FLOOR(s.ROWTIME TO MINUTE)",
            "select [TICKER = TICKER, ROWTIME = AGG$0 (openwindow)] <- tumble [TICKER, *FloorTo(Minute)(ROWTIME); Min(ROWTIME); clock FloorTo(Minute)(ROWTIME)] <- scan 0",
        ),
        (
            "SELECT STREAM FLOOR(s.ROWTIME TO MINUTE) AS ROWTIME, COUNT(*) AS n FROM s GROUP BY FLOOR(s.ROWTIME TO MINUTE)",
            "select [N = AGG$0, ROWTIME = KEY$0 (clock FloorTo(Minute)(ROWTIME))] <- tumble [*FloorTo(Minute)(ROWTIME); CountStar(); clock FloorTo(Minute)(ROWTIME)] <- scan 0",
        ),
        (
            "SELECT STREAM ts AS ROWTIME, qty FROM s",
            "select [QTY = QTY, ROWTIME = TS (none)] <- scan 0",
        ),
        (
            "SELECT STREAM MONOTONIC(ts) AS ROWTIME, qty FROM s",
            "select [QTY = QTY, ROWTIME = Monotonic(TS) (declared)] <- scan 0",
        ),
        (
            "SELECT STREAM CASE WHEN price > 5 THEN 'hi' ELSE 'lo' END AS c FROM s GROUP BY price, FLOOR(ROWTIME TO MINUTE)",
            "select [C = CASE WHEN Gt(PRICE:DOUBLE, 5.0) THEN 'hi' ELSE 'lo'] <- tumble [PRICE, *FloorTo(Minute)(ROWTIME); ; clock FloorTo(Minute)(ROWTIME)] <- scan 0",
        ),
        (
            "SELECT STREAM FIRST_VALUE(ts) IGNORE NULLS AS f, LAST_VALUE(qty) AS l, SUM(DISTINCT qty) AS d, ANY(flag) AS a, STDDEV_SAMP(qty) AS dev, AVG(amount) AS av, COUNT(qty) AS c, MAX('x') AS mx FROM s GROUP BY FLOOR(ROWTIME TO MINUTE)",
            "select [F = AGG$0, L = AGG$1, D = AGG$2, A = AGG$3, DEV = AGG$4, AV = AGG$5, C = AGG$6, MX = AGG$7] <- tumble [*FloorTo(Minute)(ROWTIME); FirstValue { ignore_nulls: true }(TS), LastValue { ignore_nulls: false }(QTY), Sum(distinct QTY), Any(FLAG), StddevSamp(QTY:DOUBLE), Avg(AMOUNT), Count(QTY), Max('x'); clock FloorTo(Minute)(ROWTIME)] <- scan 0",
        ),
        (
            "SELECT STREAM COUNT(*) AS n FROM s GROUP BY FLOOR(ROWTIME TO MONTH) + INTERVAL '1' MONTH",
            "select [N = AGG$0] <- tumble [*DatetimeAdd(FloorTo(Month)(ROWTIME), 1); CountStar(); clock DatetimeAdd(FloorTo(Month)(ROWTIME), 1)] <- scan 0",
        ),
        (
            "SELECT STREAM COUNT(*) AS n FROM (SELECT STREAM ts AS ROWTIME, FLOOR(s.ROWTIME TO MINUTE) AS w FROM s) GROUP BY w",
            "select [N = AGG$0] <- tumble [*W; CountStar(); clock none] <- select [W = FloorTo(Minute)(ROWTIME), ROWTIME = TS (none)] <- scan 0",
        ),
        (
            "SELECT STREAM COUNT(*) AS n FROM s GROUP BY CAST(ROWTIME AS DATE)",
            "select [N = AGG$0] <- tumble [*ROWTIME:!DATE; CountStar(); clock ROWTIME:!DATE] <- scan 0",
        ),
        (
            "SELECT STREAM COUNT(*) AS n FROM s GROUP BY UNIX_TIMESTAMP(ROWTIME) / 60000",
            "select [N = AGG$0] <- tumble [*Divide(UnixTimestamp(ROWTIME), 60000); CountStar(); clock Divide(UnixTimestamp(ROWTIME), 60000)] <- scan 0",
        ),
        (
            "SELECT STREAM x.a FROM (SELECT STREAM qty / big AS a, ticker, price FROM s WHERE small > 1) AS x WHERE x.a > 1",
            "select [A = A] <- filter [Gt(A, 1)] <- select [A = Divide(QTY:BIGINT, BIG), TICKER = TICKER, PRICE = PRICE] <- filter [Gt(SMALL:INTEGER, 1)] <- scan 0",
        ),
        (
            "SELECT STREAM ROWTIME, ticker FROM s",
            "select [ROWTIME = ROWTIME, TICKER = TICKER] <- scan 0",
        ),
        (
            "SELECT STREAM *, qty + 1 AS q FROM s",
            "select [TICKER = TICKER, PRICE = PRICE, QTY = QTY, BIG = BIG, AMOUNT = AMOUNT, FLAG = FLAG, TS = TS, D = D, T = T, CODE = CODE, lower = lower, SMALL = SMALL, Q = Add(QTY, 1)] <- scan 0",
        ),
    ] {
        assert_eq!(plan_of(sql), plan, "{sql}");
    }
}

/// Whether a key alone may close windows: as a function of ROWTIME, by another promise, or not at all.
fn closes(key: &str) -> &'static str {
    let sql = format!("SELECT STREAM COUNT(*) AS n FROM s GROUP BY {key}");
    match errors_of(&sql).first().map(String::as_str) {
        None if plan_of(&sql).contains("clock none") => "promise",
        None => "clock",
        Some("Streaming aggregation requires at least one monotonic expression in GROUP BY clause") => "no",
        Some(other) => panic!("{key}: {other}"),
    }
}

#[test]
fn monotonic_expressions_are_those_of_the_page() {
    for (key, how) in [
        ("ROWTIME", "clock"),
        ("CEIL(s.ROWTIME TO HOUR)", "clock"),
        ("FLOOR(ROWTIME TO MINUTE) - INTERVAL '1' DAY", "clock"),
        ("(ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10", "clock"),
        ("(TIMESTAMP '2030-01-01 00:00:00' - ROWTIME) SECOND", "clock"),
        ("-(ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND", "clock"),
        ("(ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND * -2", "clock"),
        ("(ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND * 0", "no"),
        ("UNIX_TIMESTAMP(ROWTIME) / 60000", "clock"),
        ("1000 / UNIX_TIMESTAMP(ROWTIME)", "no"),
        ("UNIX_TIMESTAMP(ROWTIME) - UNIX_TIMESTAMP(ts)", "no"),
        ("UNIX_TIMESTAMP(ROWTIME) + UNIX_TIMESTAMP(s.ROWTIME)", "clock"),
        ("UNIX_TIMESTAMP(ROWTIME) - UNIX_TIMESTAMP(s.ROWTIME)", "no"),
        ("CAST(ROWTIME AS DATE)", "clock"),
        ("CAST(ROWTIME AS VARCHAR(30))", "clock"),
        ("CAST(CAST(ROWTIME AS VARCHAR(30)) AS INTEGER)", "no"),
        ("CAST(UNIX_TIMESTAMP(ROWTIME) AS VARCHAR(30))", "no"),
        ("CAST(ROWTIME AS TIME)", "no"),
        ("SUBSTRING(CAST(ROWTIME AS VARCHAR(30)) FROM 0 FOR 16)", "clock"),
        ("SUBSTRING(CAST(ROWTIME AS VARCHAR(30)) FROM 12 FOR 2)", "no"),
        ("UPPER(CAST(ROWTIME AS VARCHAR(30)))", "no"),
        ("EXTRACT(HOUR FROM ROWTIME)", "no"),
        ("MOD(UNIX_TIMESTAMP(ROWTIME), 60)", "no"),
        ("STEP(UNIX_TIMESTAMP(ROWTIME) BY 60000)", "clock"),
        ("MONOTONIC(qty)", "promise"),
        ("STEP(MONOTONIC(qty) BY 5) + 1", "promise"),
        ("MONOTONIC(FLOOR(ROWTIME TO MINUTE))", "clock"),
        ("MONOTONIC(EXTRACT(HOUR FROM ROWTIME))", "promise"),
        ("CURRENT_ROW_TIMESTAMP", "promise"),
        ("CURRENT_TIMESTAMP", "no"),
        ("APPROXIMATE_ARRIVAL_TIME", "no"),
        ("ts", "no"),
        ("5", "no"),
        ("CASE WHEN flag THEN ROWTIME ELSE ROWTIME END", "no"),
    ] {
        assert_eq!(closes(key), how, "{key}");
    }
}

#[test]
fn columns_keep_their_order_inside_one_query_only() {
    let minute = "STEP(s.ROWTIME BY INTERVAL '1' MINUTE)";
    for (from, key, how) in [
        (
            format!("SELECT STREAM {minute} AS w, ticker FROM s"),
            "w",
            "clock",
        ),
        (
            format!("SELECT STREAM {minute} AS w, ticker FROM s WHERE qty > 1"),
            "w, ticker",
            "clock",
        ),
        (
            format!("SELECT STREAM {minute} AS w, COUNT(*) AS n FROM s GROUP BY {minute}"),
            "w",
            "clock",
        ),
        (
            "SELECT STREAM ROWTIME AS r, ticker FROM s".to_owned(),
            "FLOOR(r TO HOUR)",
            "clock",
        ),
        (
            "SELECT STREAM MONOTONIC(ts) AS r FROM s".to_owned(),
            "FLOOR(r TO HOUR)",
            "promise",
        ),
        (
            format!("SELECT STREAM MAX(ROWTIME) AS r FROM s GROUP BY {minute}"),
            "FLOOR(r TO HOUR)",
            "promise",
        ),
        (
            "SELECT STREAM ts AS ROWTIME, FLOOR(s.ROWTIME TO MINUTE) AS w FROM s".to_owned(),
            "w",
            "promise",
        ),
        (
            "SELECT STREAM ts AS ROWTIME, qty FROM s".to_owned(),
            "FLOOR(x.ROWTIME TO HOUR)",
            "clock",
        ),
    ] {
        let sql = format!("SELECT STREAM COUNT(*) AS n FROM ({from}) AS x GROUP BY {key}");
        let plan = plan_of(&sql);
        let found = if plan.split("clock").nth(1).is_some_and(|c| c.starts_with(" none")) {
            "promise"
        } else {
            "clock"
        };
        assert_eq!(found, how, "{sql}\n{plan}");
    }
}

#[test]
fn the_least_key_of_a_window_below_is_no_end_of_rowtime() {
    let inner = "SELECT STREAM s.ROWTIME AS r, ticker FROM s GROUP BY s.ROWTIME, ticker";
    let plan = |inner: &str| {
        plan_of(&format!(
            "SELECT STREAM MIN(r) AS ROWTIME, COUNT(*) AS n FROM ({inner}) AS x GROUP BY FLOOR(x.ROWTIME TO MINUTE)"
        ))
    };
    assert!(plan(inner).contains("ROWTIME = AGG$0 (none)"));
    assert!(plan("SELECT STREAM s.ROWTIME AS r FROM s").contains("ROWTIME = AGG$0 (openwindow)"));
}
