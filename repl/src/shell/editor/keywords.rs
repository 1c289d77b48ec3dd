//! The words of the dialect that an editor shows and completes.
//!
//! Not every reserved word of the service: those that a statement of the dialect can hold. Names of functions come
//! from the engine.

/// Sorted, so that it can be searched by halves.
#[rustfmt::skip]
pub const KEYWORDS: &[&str] = &[
    "ALL", "ALTER", "AND", "ANY", "APPLICATION", "AS", "ASC", "BETWEEN", "BIGINT", "BINARY", "BOOLEAN", "BY", "CASE",
    "CAST", "CHAR", "CREATE", "CURSOR", "DATE", "DAY", "DECIMAL", "DELETE", "DESC", "DISTINCT", "DOUBLE", "DROP",
    "ELSE", "END", "ESCAPE", "EXCEPT", "EXISTS", "EXPEDITED", "FALSE", "FLOAT", "FOLLOWING", "FOR", "FROM", "FULL",
    "FUNCTION", "GROUP", "HAVING", "HOUR", "IN", "INNER", "INSERT", "INT", "INTEGER", "INTERSECT", "INTERVAL",
    "INTO", "IS", "JOIN", "LANGUAGE", "LEADING", "LEFT", "LIKE", "MINUTE", "MONTH", "NATURAL", "NOT", "NULL",
    "NUMERIC", "ON", "OR", "ORDER", "OUTER", "OVER", "PARTITION", "PRECEDING", "PUMP", "RANGE", "REAL", "REPLACE",
    "RETURN", "RETURNS", "RIGHT", "ROW", "ROWS", "ROWTIME", "SECOND", "SELECT", "SET", "SIMILAR", "SMALLINT",
    "STAGGER", "START", "STOP", "STREAM", "TABLE", "THEN", "TIME", "TIMESTAMP", "TINYINT", "TO", "TRAILING", "TRUE",
    "UNBOUNDED", "UNION", "UNIQUE", "UNKNOWN", "UPDATE", "USING", "VALUES", "VARBINARY", "VARCHAR", "VIEW", "WHEN",
    "WHERE", "WINDOW", "WINDOWED", "WITH", "YEAR",
];

/// What can stand behind a word where little else can; the empty word is the beginning of a statement.
pub const FOLLOWING: &[(&str, &[&str])] = &[
    ("", &["ALTER", "CREATE", "DROP", "INSERT", "SELECT"]),
    ("ALTER", &["PUMP"]),
    ("CREATE", &["FUNCTION", "OR", "PUMP", "STREAM", "VIEW"]),
    ("DROP", &["FUNCTION", "PUMP", "STREAM", "VIEW"]),
    ("GROUP", &["BY"]),
    ("INSERT", &["INTO"]),
    ("ORDER", &["BY"]),
    ("PARTITION", &["BY"]),
    ("REPLACE", &["FUNCTION", "PUMP", "STREAM", "VIEW"]),
    ("WINDOWED", &["BY"]),
];

/// Whether this word is one, in any letter case.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word.to_uppercase().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_searched() {
        assert!(KEYWORDS.is_sorted());
        assert!(is_keyword("select") && is_keyword("STAGGER") && !is_keyword("PRICE"));
        let mut following = FOLLOWING.iter().flat_map(|(_, words)| *words);
        assert!(following.all(|word| is_keyword(word)));
    }
}
