//! The reserved words of the service (`sql.md` §1.5) and what each may still be used for.
//!
//! The list is the service's and not sqlparser's: words that only other dialects reserve stay plain names. So does
//! RESULT, which the service listed and applications used all the same (`decisions.md` 2).

/// Sorted, so that it can be searched by halves.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "ABS", "ALL", "ALLOCATE", "ALLOW", "ALTER", "ANALYZE", "AND", "ANY", "APPROXIMATE_ARRIVAL_TIME", "ARE",
    "ARRAY", "AS", "ASENSITIVE", "ASYMMETRIC", "AT", "ATOMIC", "AUTHORIZATION", "AVG", "BEGIN", "BETWEEN",
    "BIGINT", "BINARY", "BIT", "BLOB", "BOOLEAN", "BOTH", "BY", "CALL", "CALLED", "CARDINALITY", "CASCADED",
    "CASE", "CAST", "CEIL", "CEILING", "CHAR", "CHARACTER", "CHARACTER_LENGTH", "CHAR_LENGTH", "CHECK",
    "CHECKPOINT", "CLOB", "CLOSE", "CLUSTERED", "COALESCE", "COLLATE", "COLLECT", "COLUMN", "COMMIT",
    "CONDITION", "CONNECT", "CONSTRAINT", "CONVERT", "CORR", "CORRESPONDING", "COUNT", "COVAR_POP",
    "COVAR_SAMP", "CREATE", "CROSS", "CUBE", "CUME_DIST", "CURRENT", "CURRENT_CATALOG", "CURRENT_DATE",
    "CURRENT_DEFAULT_TRANSFORM_GROUP", "CURRENT_PATH", "CURRENT_ROLE", "CURRENT_SCHEMA", "CURRENT_TIME",
    "CURRENT_TIMESTAMP", "CURRENT_TRANSFORM_GROUP_FOR_TYPE", "CURRENT_USER", "CURSOR", "CYCLE", "DATE",
    "DAY", "DEALLOCATE", "DEC", "DECIMAL", "DECLARE", "DEFAULT", "DELETE", "DENSE_RANK", "DEREF",
    "DESCRIBE", "DETERMINISTIC", "DISALLOW", "DISCONNECT", "DISTINCT", "DOUBLE", "DROP", "DYNAMIC", "EACH",
    "ELEMENT", "ELSE", "END", "ESCAPE", "EVERY", "EXCEPT", "EXEC", "EXECUTE", "EXISTS", "EXP", "EXPLAIN",
    "EXP_AVG", "EXTERNAL", "EXTRACT", "FALSE", "FETCH", "FILTER", "FIRST_VALUE", "FLOAT", "FLOOR", "FOR",
    "FOREIGN", "FREE", "FROM", "FULL", "FUNCTION", "FUSION", "GET", "GLOBAL", "GRANT", "GROUP", "GROUPING",
    "HAVING", "HOLD", "HOUR", "IDENTITY", "IGNORE", "IMPORT", "IN", "INDICATOR", "INITCAP", "INNER",
    "INOUT", "INSENSITIVE", "INSERT", "INT", "INTEGER", "INTERSECT", "INTERSECTION", "INTERVAL", "INTO",
    "IS", "JOIN", "LANGUAGE", "LARGE", "LAST_VALUE", "LATERAL", "LEADING", "LEFT", "LIKE", "LIMIT", "LN",
    "LOCAL", "LOCALTIME", "LOCALTIMESTAMP", "LOWER", "MATCH", "MAX", "MEMBER", "MERGE", "METHOD", "MIN",
    "MINUTE", "MOD", "MODIFIES", "MODULE", "MONTH", "MULTISET", "NATIONAL", "NATURAL", "NCHAR", "NCLOB",
    "NEW", "NO", "NODE", "NONE", "NORMALIZE", "NOT", "NTH_VALUE", "NULL", "NULLIF", "NUMERIC",
    "OCTET_LENGTH", "OF", "OLD", "ON", "ONLY", "OPEN", "OR", "ORDER", "OUT", "OUTER", "OVER", "OVERLAPS",
    "OVERLAY", "PARAMETER", "PARTITION", "PARTITION_ID", "PARTITION_KEY", "PERCENTILE_CONT",
    "PERCENTILE_DISC", "PERCENT_RANK", "POSITION", "POWER", "PRECISION", "PREPARE", "PRIMARY", "PROCEDURE",
    "RANGE", "RANK", "READS", "REAL", "RECURSIVE", "REF", "REFERENCES", "REFERENCING", "REGR_AVGX",
    "REGR_AVGY", "REGR_COUNT", "REGR_INTERCEPT", "REGR_R2", "REGR_SLOPE", "REGR_SXX", "REGR_SXY", "RELEASE",
    "RESPECT", "RETURN", "RETURNS", "REVOKE", "RIGHT", "ROLLBACK", "ROLLUP", "ROW", "ROWS",
    "ROWTIME", "ROW_NUMBER", "SAVEPOINT", "SCOPE", "SCROLL", "SEARCH", "SECOND", "SELECT", "SENSITIVE",
    "SEQUENCE_NUMBER", "SESSION_USER", "SET", "SHARD_ID", "SIMILAR", "SMALLINT", "SOME", "SORT", "SPECIFIC",
    "SQL", "SQLEXCEPTION", "SQLSTATE", "SQLWARNING", "SQRT", "START", "STATIC", "STDDEV", "STDDEV_POP",
    "STDDEV_SAMP", "STOP", "STREAM", "SUBMULTISET", "SUBSTRING", "SUM", "SYMMETRIC", "SYSTEM",
    "SYSTEM_USER", "TABLE", "TABLESAMPLE", "THEN", "TIME", "TIMESTAMP", "TIMEZONE_HOUR", "TIMEZONE_MINUTE",
    "TINYINT", "TO", "TRAILING", "TRANSLATE", "TRANSLATION", "TREAT", "TRIGGER", "TRIM", "TRUE", "TRUNCATE",
    "UESCAPE", "UNION", "UNIQUE", "UNKNOWN", "UNNEST", "UPDATE", "UPPER", "USER", "USING", "VALUE",
    "VALUES", "VARBINARY", "VARCHAR", "VARYING", "VAR_POP", "VAR_SAMP", "WHEN", "WHENEVER", "WHERE",
    "WIDTH_BUCKET", "WINDOW", "WITH", "WITHIN", "WITHOUT", "YEAR",
];

/// Words that shape a query. One of them where an operand is expected is a slip and never a name.
const STRUCTURAL: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "BETWEEN",
    "BY",
    "CREATE",
    "CROSS",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "FOR",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "NATURAL",
    "NOT",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "RANGE",
    "RIGHT",
    "ROWS",
    "SELECT",
    "SET",
    "SIMILAR",
    "STREAM",
    "TABLE",
    "THEN",
    "TO",
    "UNION",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "LIMIT",
    "FETCH",
    "LATERAL",
    "UNNEST",
    "FILTER",
    "DELETE",
    "UPDATE",
    "MERGE",
    "CASE",
    "CAST",
    "EXISTS",
    "TABLESAMPLE",
];

/// Reserved and yet used as plain columns (`sql.md` §1.5) or as values without parentheses.
const SYSTEM_NAMES: &[&str] = &[
    "ROWTIME",
    "APPROXIMATE_ARRIVAL_TIME",
    "SHARD_ID",
    "SEQUENCE_NUMBER",
    "PARTITION_KEY",
    "PARTITION_ID",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "LOCALTIME",
    "LOCALTIMESTAMP",
];

/// Whether an unquoted `word` (upper case) cannot be a name.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

/// Whether `word` shapes a query.
pub(super) fn is_structural(word: &str) -> bool {
    STRUCTURAL.contains(&word)
}

/// Whether `word` is reserved but may stand for a column or a value as it is.
pub(super) fn is_system_name(word: &str) -> bool {
    SYSTEM_NAMES.contains(&word)
}

/// Clauses of other dialects: the word that opens them and what to say.
pub(crate) fn foreign_clause(word: &str, next: Option<&str>) -> Option<(&'static str, &'static str)> {
    Some(match (word, next) {
        ("LIMIT", _) => ("LIMIT", "a stream has no end; filter with WHERE, or use a window"),
        ("OFFSET", _) => (
            "OFFSET",
            "a stream has no end; filter with WHERE, or use a window",
        ),
        ("FETCH", _) => ("FETCH", "a stream has no end; filter with WHERE, or use a window"),
        ("QUALIFY", _) => ("QUALIFY", "filter in an outer SELECT over this one"),
        ("WITH", _) => (
            "WITH",
            "write the common table expression as a sub-select in FROM, or as a stream and a pump",
        ),
        ("FILTER", _) => ("FILTER", "write SUM(CASE WHEN condition THEN x END)"),
        ("WITHIN", _) => (
            "WITHIN",
            "the dialect has no sorting within an interval nor within a group",
        ),
        ("LATERAL", _) => ("LATERAL", "join the streams, or use a sub-select"),
        ("UNNEST", _) => ("UNNEST", "flatten arrays in the input mapping of the source"),
        ("TABLESAMPLE", _) => ("TABLESAMPLE", "filter with WHERE"),
        ("PIVOT" | "UNPIVOT", Some("(")) => ("PIVOT", "write CASE expressions"),
        ("EMIT", _) => ("EMIT", "a window is emitted when it closes"),
        ("NULLS", _) => ("NULLS FIRST and NULLS LAST", "remove it"),
        ("COLLATE", _) => ("COLLATE", "remove it"),
        ("EXCLUDE", _) => ("EXCLUDE", "remove it"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_holds_what_the_service_reserves() {
        assert!(RESERVED.is_sorted());
        for word in ["VALUE", "TIMESTAMP", "STREAM", "YEAR", "ABS"] {
            assert!(is_reserved(word), "{word}");
        }
        for word in [
            "PUMP", "STEP", "WINDOWED", "TYPE", "KEY", "FIRST", "LAST", "DATETIME", "RESULT", "CHANGE",
            "PERIOD",
        ] {
            assert!(!is_reserved(word), "{word}");
        }
    }
}
