//! Findings and their words: all of a script at once, one slip one finding.
//!
//! Messages are compared whole, since people search for them.

use super::{SOURCE, errors_of, findings};

#[test]
fn faults_are_named_in_the_words_of_the_old_service() {
    let cases: [(&str, &[&str]); 47] = [
        (
            "SELECT STREAM tickr FROM s",
            &["Column 'TICKR' not found in any table"],
        ),
        (
            "SELECT STREAM s.tickr, x.ticker FROM s",
            &["Column 'TICKR' not found in table 'S'", "Table 'X' not found"],
        ),
        ("SELECT STREAM s.ticker FROM s AS q", &["Table 'S' not found"]),
        ("SELECT STREAM ticker FROM ss", &["Table 'SS' not found"]),
        (
            "SELECT STREAM ticker FROM s WHERE ticker = \"AMZN\"",
            &["Column 'AMZN' not found in any table"],
        ),
        (
            "SELECT STREAM ticker = 5 FROM s",
            &[
                "Cannot apply '=' to arguments of type '<VARCHAR(4)> = <INTEGER>'. Supported form(s): '<COMPARABLE_TYPE> = <COMPARABLE_TYPE>'",
            ],
        ),
        (
            "SELECT STREAM qty FROM s WHERE qty",
            &["WHERE must be a condition, but this is of type INTEGER"],
        ),
        (
            "SELECT STREAM qty + 'a', LENGTH(ticker), FOO(qty, 'a'), SQRTT(1) FROM s",
            &[
                "Cannot apply '+' to arguments of type '<INTEGER> + <CHAR(1)>'. Supported form(s): '<NUMERIC> + <NUMERIC>' '<DATETIME_INTERVAL> + <DATETIME_INTERVAL>' '<DATETIME> + <DATETIME_INTERVAL>' '<DATETIME_INTERVAL> + <DATETIME>'",
                "No match found for function signature LENGTH(<VARCHAR(4)>)",
                "No match found for function signature FOO(<INTEGER>, <CHAR(1)>)",
                "No match found for function signature SQRTT(<INTEGER>)",
            ],
        ),
        (
            "SELECT STREAM MOD(1), POWER(1,2,3) FROM s",
            &[
                "Invalid number of arguments to function 'MOD'. Was expecting 2 arguments",
                "Invalid number of arguments to function 'POWER'. Was expecting 2 arguments",
            ],
        ),
        (
            "SELECT STREAM ticker FROM s WHERE COUNT(*) > 1",
            &["Aggregate expression is illegal in WHERE clause"],
        ),
        (
            "SELECT STREAM COUNT(*) FROM s",
            &["Streaming aggregation requires at least one monotonic expression in GROUP BY clause"],
        ),
        (
            "SELECT STREAM ticker, COUNT(*) FROM s GROUP BY ticker",
            &["Streaming aggregation requires at least one monotonic expression in GROUP BY clause"],
        ),
        (
            "SELECT STREAM ticker, price, COUNT(*) FROM s GROUP BY ticker, STEP(s.ROWTIME BY INTERVAL '1' MINUTE)",
            &["Expression 'PRICE' is not being grouped"],
        ),
        (
            "SELECT STREAM ticker, COUNT(*) AS n FROM s GROUP BY ticker, STEP(s.ROWTIME BY INTERVAL '1' MINUTE) HAVING n > 1",
            &["Column 'N' not found in any table"],
        ),
        (
            "SELECT STREAM SUM(COUNT(*)) FROM s GROUP BY FLOOR(ROWTIME TO MINUTE)",
            &["Aggregate expressions cannot be nested"],
        ),
        (
            "SELECT STREAM s.ROWTIME, COUNT(*) FROM s GROUP BY FLOOR(ROWTIME TO MINUTE)",
            &["Expression 'ROWTIME' is not being grouped"],
        ),
        (
            "SELECT STREAM COUNT(*) FROM s GROUP BY FLOOR(ROWTIME TO MINUTE), STEP(ROWTIME BY INTERVAL '1' HOUR)",
            &["GROUP BY clause uses multiple ROWTIME columns"],
        ),
        (
            "SELECT STREAM COUNT(DISTINCT ticker) FROM s GROUP BY FLOOR(ROWTIME TO MINUTE)",
            &["COUNT(DISTINCT …) is not supported"],
        ),
        (
            "SELECT STREAM COUNT(*) FROM s GROUP BY TUMBLE(ROWTIME, 5)",
            &["No match found for function signature TUMBLE(<TIMESTAMP>, <INTEGER>)"],
        ),
        (
            "SELECT STREAM DISTINCT ticker, FLOOR(ROWTIME TO MINUTE) FROM s",
            &[],
        ),
        (
            "SELECT STREAM ticker FROM s ORDER BY ROWTIME, tikcer",
            &["Column 'TIKCER' not found in any table"],
        ),
        (
            "SELECT STREAM ticker, AVG(price) OVER w, LAG(qty, 1) OVER (PARTITION BY tickr RANGE INTERVAL '1' MINUTE PRECEDING) FROM s WINDOW ww AS (PARTITION BY ticker RANGE INTERVAL '1' MINUTE PRECEDING)",
            &["Window 'W' not found", "Column 'TICKR' not found in any table"],
        ),
        (
            "SELECT STREAM CAST(ts AS BIGINT), CAST(5 AS TIMESTAMP), CAST(flag AS INTEGER) FROM s",
            &[
                "Cast function cannot convert value of type TIMESTAMP to type BIGINT",
                "Cast function cannot convert value of type INTEGER to type TIMESTAMP",
                "Cast function cannot convert value of type BOOLEAN to type INTEGER",
            ],
        ),
        (
            "SELECT STREAM CASE WHEN flag THEN 1 ELSE 'a' END FROM s",
            &["Illegal mixing of types in CASE or COALESCE statement"],
        ),
        (
            "SELECT STREAM ts - d, ts - ts, (ts - t) SECOND FROM s",
            &[
                "Cannot apply '-' to arguments of type '<TIMESTAMP> - <DATE>'. Supported form(s): '<NUMERIC> - <NUMERIC>' '<DATETIME_INTERVAL> - <DATETIME_INTERVAL>' '<DATETIME> - <DATETIME_INTERVAL>'",
                "Cannot apply '-' to arguments of type '<TIMESTAMP> - <TIMESTAMP>'. Supported form(s): '<NUMERIC> - <NUMERIC>' '<DATETIME_INTERVAL> - <DATETIME_INTERVAL>' '<DATETIME> - <DATETIME_INTERVAL>'",
                "Parameters must be of the same type",
            ],
        ),
        (
            "SELECT STREAM qty AS a FROM s WHERE a > 1",
            &["Column 'A' not found in any table"],
        ),
        (
            "SELECT STREAM a.qty FROM s AS a JOIN s AS a ON a.qty = b.qty",
            &[
                "Duplicate relation name 'A' in FROM clause",
                "Table 'B' not found",
            ],
        ),
        ("SELECT STREAM qty FROM s, s AS b", &["Column 'QTY' is ambiguous"]),
        (
            "SELECT STREAM x.a FROM (SELECT STREAM qty + foo AS a, big AS b FROM s) AS x WHERE x.c = 1",
            &[
                "Column 'FOO' not found in any table",
                "Column 'C' not found in table 'X'",
            ],
        ),
        (
            "SELECT STREAM TIMESTAMP_TO_CHAR(ts, 'yyyy') FROM s",
            &[
                "Cannot apply 'TIMESTAMP_TO_CHAR' to arguments of type 'TIMESTAMP_TO_CHAR(<TIMESTAMP>, <CHAR(4)>)'. Supported form(s): 'TIMESTAMP_TO_CHAR(<CHARACTER>, <TIMESTAMP>)'",
            ],
        ),
        (
            "SELECT STREAM INTERVAL '120' MINUTE + ts FROM s",
            &["Interval field value 120 exceeds precision of MINUTE(2) field"],
        ),
        (
            "SELECT STREAM CURRENT_TIMESTAMP() FROM s",
            &["No match found for function signature CURRENT_TIMESTAMP()"],
        ),
        (
            "SELECT STREAM ticker FROM s UNION ALL SELECT STREAM qty FROM s",
            &["Type mismatch in column 1 of UNION"],
        ),
        (
            "SELECT STREAM * FROM TABLE(RANDOM_CUT_FOREST(CURSOR(SELECT STREAM qtyy FROM s)))",
            &["Column 'QTYY' not found in any table"],
        ),
        (
            "SELECT STREAM qty FROM error_stream",
            &["error_stream cannot be read or written by the application"],
        ),
        (
            "SELECT STREAM qty FROM s WHERE EXISTS (SELECT STREAM * FROM s)",
            &["EXISTS cannot run yet"],
        ),
        (
            "SELECT STREAM qty FROM s WHERE qty IN (SELECT a FROM s)",
            &["IN (SELECT …) cannot run yet"],
        ),
        (
            "SELECT STREAM qty AS ROWTIME, ticker FROM s",
            &["ROWTIME is a TIMESTAMP, but this is of type INTEGER"],
        ),
        (
            "SELECT STREAM * FROM s AS a (x, y)",
            &[
                "List of column aliases must have same degree as table; table has 12 columns (TICKER, PRICE, QTY, BIG, AMOUNT, FLAG, TS, D, T, CODE, lower, SMALL), whereas alias list has 2 columns",
            ],
        ),
        (
            "SELECT STREAM ts BETWEEN 1 AND 'a' FROM s",
            &[
                "Cannot apply 'BETWEEN' to arguments of type '<TIMESTAMP> BETWEEN <INTEGER> AND <CHAR(1)>'. Supported form(s): '<COMPARABLE_TYPE> BETWEEN <COMPARABLE_TYPE> AND <COMPARABLE_TYPE>'",
            ],
        ),
        (
            "SELECT STREAM COUNT(*) FROM s WINDOWED BY STAGGER (PARTITION BY ticker RANGE INTERVAL '1' MINUTE)",
            &[],
        ),
        (
            "SELECT STREAM ticker, COUNT(*) FROM s GROUP BY EXTRACT(MINUTE FROM ROWTIME), ticker",
            &["Streaming aggregation requires at least one monotonic expression in GROUP BY clause"],
        ),
        (
            "SELECT STREAM ticker FROM s HAVING qty > 1",
            &["HAVING on a stream needs GROUP BY"],
        ),
        (
            "SELECT STREAM qty, ticker, qty FROM s",
            &["Duplicate column name 'QTY'"],
        ),
        (
            "SELECT STREAM w, SUM(n) AS total FROM (SELECT STREAM STEP(s.ROWTIME BY INTERVAL '1' MINUTE) AS w, COUNT(*) AS n FROM s GROUP BY ticker, STEP(s.ROWTIME BY INTERVAL '1' MINUTE)) GROUP BY STEP(w BY INTERVAL '5' MINUTE), w",
            &["GROUP BY clause uses multiple ROWTIME columns"],
        ),
        (
            "SELECT STREAM COUNT(*) AS n FROM s GROUP BY ROWTIME + INTERVAL '1' MONTH",
            &["Streaming aggregation requires at least one monotonic expression in GROUP BY clause"],
        ),
        (
            "SELECT STREAM COUNT(*) AS n FROM s GROUP BY CAST(ROWTIME AS TIME)",
            &["Streaming aggregation requires at least one monotonic expression in GROUP BY clause"],
        ),
    ];
    for (sql, messages) in cases {
        assert_eq!(errors_of(sql), messages, "{sql}");
    }
}

#[test]
fn hints_say_what_to_try() {
    for (sql, hint) in [
        ("SELECT STREAM tickr FROM s", "did you mean TICKER?"),
        ("SELECT STREAM lowe FROM s", "did you mean \"lower\"?"),
        (
            "SELECT STREAM ticker FROM s WHERE ticker = \"AMZN\"",
            "double quotes make a name; did you mean single quotes: 'AMZN'?",
        ),
        (
            "SELECT STREAM s.ticker FROM s AS q",
            "here it goes by its alias: write Q instead of S",
        ),
        ("SELECT STREAM LENGTH(ticker) FROM s", "write CHAR_LENGTH(…)"),
        (
            "SELECT STREAM ticker, COUNT(*) AS n FROM s GROUP BY ticker",
            "add a window: GROUP BY …, STEP(S.ROWTIME BY INTERVAL '60' SECOND)",
        ),
        (
            "SELECT STREAM qty AS a FROM s WHERE a > 1",
            "A is an alias of this select list and cannot be used in WHERE clause: repeat the expression",
        ),
    ] {
        let found = findings(&format!("{SOURCE}CREATE STREAM o AS {sql};"));
        let suffix = format!(" | {hint}");
        assert!(found.iter().any(|f| f.ends_with(&suffix)), "{sql}\n{found:#?}");
    }
}

#[test]
fn a_constant_that_is_no_pattern_gets_a_warning() {
    for (condition, good) in [
        ("ticker LIKE 'a\\_' ESCAPE '\\'", true),
        ("ticker LIKE 'ab\\' ESCAPE '\\'", false),
        ("ticker LIKE 'ab' ESCAPE 'xy'", false),
        ("ticker SIMILAR TO '[a-e^c]d'", true),
        ("ticker SIMILAR TO '[^(a-e)]d'", false),
        ("ticker SIMILAR TO ticker", true),
        ("SUBSTRING(ticker FROM 'L[A-Z]*') = 'L'", true),
        ("SUBSTRING(ticker FROM 'L[A-Z') = 'L'", false),
        ("REGEX_REPLACE(ticker, '(', 'b', 1, 0) = 'L'", false),
        ("SUBSTRING(ticker SIMILAR '23#\"456#\"78' ESCAPE '#') = 'L'", true),
    ] {
        let query = format!("SELECT STREAM qty FROM s WHERE {condition}");
        assert_eq!(errors_of(&query), Vec::<String>::new(), "{condition}");
        let found = findings(&format!("{SOURCE}CREATE STREAM o AS {query};"));
        let warned = found.iter().any(|f| f.contains("warning: "));
        assert_eq!(warned, !good, "{condition} {found:?}");
    }
}
