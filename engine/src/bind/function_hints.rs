//! What to write instead of functions that other products have (`usage.md` §9, `functions.md` §8, §13).
//!
//! A name of another product deserves its counterpart here rather than the nearest spelling.

use crate::sql::foreign_window;

/// A hint for a name that is no function of the dialect.
pub(super) fn instead_of(name: &str) -> Option<&'static str> {
    if let Some(window) = foreign_window(name) {
        return Some(window);
    }
    Some(match name {
        "NOW" | "GETDATE" | "SYSDATE" => "write CURRENT_ROW_TIMESTAMP, or ROWTIME for the row's own time",
        "CURRENT_TIMESTAMP"
        | "CURRENT_DATE"
        | "CURRENT_TIME"
        | "LOCALTIME"
        | "LOCALTIMESTAMP"
        | "CURRENT_ROW_TIMESTAMP"
        | "ROWTIME" => "write it without parentheses",
        "LENGTH" | "LEN" => "write CHAR_LENGTH(…)",
        "CONCAT" => "join text by ||: a || b",
        "ROUND" => "write FLOOR(x + 0.5), or CAST(x AS DECIMAL(18, 2))",
        "TRUNC" | "TRUNCATE" => "write FLOOR(x), or CAST(x AS DECIMAL(18, 2))",
        "IFNULL" | "NVL" | "ISNULL" => "write COALESCE(a, b)",
        "IF" | "IIF" | "DECODE" => "write CASE WHEN … THEN … ELSE … END",
        "POW" => "write POWER(a, b)",
        "LOG" => "write LN(x) or LOG10(x)",
        "SUBSTR" | "LEFT" | "RIGHT" => "write SUBSTRING(s FROM i FOR n)",
        "LTRIM" => "write TRIM(LEADING ' ' FROM s)",
        "RTRIM" => "write TRIM(TRAILING ' ' FROM s)",
        "INSTR" | "STRPOS" | "LOCATE" | "CHARINDEX" => "write POSITION(a IN b)",
        "REPLACE" | "REGEXP_REPLACE" => "write REGEX_REPLACE(s, pattern, replacement, 1, 0)",
        "UCASE" => "write UPPER(s)",
        "LCASE" => "write LOWER(s)",
        "TO_CHAR" | "DATE_FORMAT" | "FORMAT_TIMESTAMP" => "write TIMESTAMP_TO_CHAR('yyyy-MM-dd HH:mm:ss', t)",
        "TO_DATE" => "write CHAR_TO_DATE('yyyy-MM-dd', s)",
        "DATE_TRUNC" => "write FLOOR(t TO MINUTE)",
        "DATEDIFF" | "TIMESTAMPDIFF" => "write TSDIFF(t1, t2), which gives milliseconds",
        "DATEADD" | "TIMESTAMPADD" => "add an interval: t + INTERVAL '1' MINUTE",
        "YEAR" | "MONTH" | "DAY" | "HOUR" | "MINUTE" | "SECOND" => "write EXTRACT(HOUR FROM t)",
        "GREATEST" | "LEAST" => "write CASE WHEN a > b THEN a ELSE b END",
        "JSON_VALUE" | "JSON_EXTRACT" | "GET_JSON_OBJECT" => {
            "KDA reads JSON in the input schema: map the path to a column"
        }
        "ROWTIME_TO_TIMESTAMP" => "ROWTIME is a TIMESTAMP already",
        "APPROX_COUNT_DISTINCT" => {
            "see TABLE(COUNT_DISTINCT_ITEMS_TUMBLING(CURSOR(SELECT STREAM * FROM s), 'COLUMN', 60))"
        }
        "MEAN" => "write AVG(x)",
        "STDEV" | "STD" => "write STDDEV_SAMP(x)",
        "VARIANCE" | "VAR" => "write VAR_SAMP(x)",
        "FIRST" => "write FIRST_VALUE(x)",
        "LAST" => "write LAST_VALUE(x)",
        "LEAD" => "rows to come are not known on a stream; see LAG(x) OVER w",
        _ => return None,
    })
}
