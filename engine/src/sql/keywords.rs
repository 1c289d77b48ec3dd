//! The words that the grammar itself knows, for whoever completes or colours what is typed.
//!
//! More words are reserved than the dialect has a use for (`words.rs`); these are the ones that a statement can hold. The
//! names of functions are not among them, but for those that are words of the grammar too.

/// Sorted. What the parser reads only to refuse it is not here.
#[rustfmt::skip]
pub const KEYWORDS: &[&str] = &[
    "ALL", "ALTER", "AND", "APPLICATION", "AS", "ASC", "ASYMMETRIC", "BETWEEN", "BIGINT", "BINARY", "BOOLEAN", "BOTH",
    "BY", "CASCADE", "CASE", "CAST", "CHAR", "CHARACTER", "CONTAINS", "CREATE", "CROSS", "CURRENT", "CURSOR", "DATE", "DAY",
    "DEC", "DECIMAL", "DESC", "DESCRIPTION", "DETERMINISTIC", "DISTINCT", "DOUBLE", "DROP", "ELSE", "END", "EQUALS", "ESCAPE",
    "EXISTS", "EXPEDITED", "FALSE", "FETCH", "FIRST", "FLOAT", "FOLLOWING", "FOR", "FROM", "FULL", "FUNCTION", "GROUP",
    "HAVING", "HOUR", "IF", "IGNORE", "IMMEDIATELY", "IN", "INNER", "INSERT", "INT", "INTEGER", "INTERVAL", "INTO", "IS",
    "JOIN", "LAGS", "LANGUAGE", "LAST", "LEADING", "LEADS", "LEFT", "LIKE", "LIMIT", "MINUTE", "MONTH", "NATURAL", "NEXT",
    "NOT", "NULL", "NULLS", "NUMERIC", "ON", "ONLY", "OR", "ORDER", "OUTER", "OVER", "OVERLAPS", "PARTITION", "PERIOD",
    "PLACING", "PRECEDES", "PRECEDING", "PRECISION", "PUMP", "RANGE", "REAL", "REPLACE", "RESPECT", "RETURN", "RETURNS",
    "RIGHT", "ROW", "ROWS", "SECOND", "SELECT", "SIMILAR", "SMALLINT", "SQL", "STAGGER", "START", "STARTED", "STOP",
    "STOPPED", "STREAM", "STRICTLY", "SUCCEEDS", "SYMMETRIC", "TABLE", "THEN", "TIME", "TIMESTAMP", "TINYINT", "TO",
    "TRAILING", "TRUE", "UESCAPE", "UNBOUNDED", "UNION", "UNKNOWN", "USING", "VALUES", "VARBINARY", "VARCHAR", "VARYING",
    "VIEW", "WHEN", "WHERE", "WINDOW", "WINDOWED", "YEAR",
];

#[cfg(test)]
mod tests {
    use super::KEYWORDS;

    /// The parser, but for words.rs and this file, which only list.
    const PARSER: [&str; 19] = [
        include_str!("call.rs"),
        include_str!("convert.rs"),
        include_str!("create.rs"),
        include_str!("from.rs"),
        include_str!("hooks.rs"),
        include_str!("interval.rs"),
        include_str!("kda.rs"),
        include_str!("lexer.rs"),
        include_str!("names.rs"),
        include_str!("operand.rs"),
        include_str!("predicate.rs"),
        include_str!("query.rs"),
        include_str!("salvage.rs"),
        include_str!("script.rs"),
        include_str!("statement.rs"),
        include_str!("token.rs"),
        include_str!("type_name.rs"),
        include_str!("window.rs"),
        include_str!("lexer/quoted.rs"),
    ];

    /// Read only to be refused, or without effect and not worth offering.
    const NOT_OFFERED: &[&str] = &[
        "CHANGES",
        "EXTERNAL",
        "FILTER",
        "INPUT",
        "INTERSECT",
        "KEY",
        "PARAMETER",
        "RESTRICT",
        "SETS",
        "SPECIFIC",
        "STYLE",
        "WITH",
        "WITHIN",
        "WITHOUT",
        "ZONE",
    ];

    /// The words in quotes behind each call of a method that looks at words.
    fn words_looked_at() -> Vec<&'static str> {
        let mut found = Vec::new();
        for source in PARSER {
            for method in [
                "take_word(p, ",
                "take_words(p, &[",
                "expect_word(p, ",
                "at_word(p, ",
                "is_word(",
            ] {
                for (at, _) in source.match_indices(method) {
                    let behind = &source[at + method.len()..];
                    let end = behind.find(')').unwrap_or(behind.len());
                    found.extend(behind[..end].split('"').skip(1).step_by(2));
                }
            }
        }
        found.retain(|word| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase()));
        found
    }

    #[test]
    fn keywords_are_the_words_that_the_parser_looks_at() {
        assert!(KEYWORDS.is_sorted());
        for word in KEYWORDS {
            let quoted = format!("\"{word}\"");
            assert!(PARSER.iter().any(|source| source.contains(&quoted)), "{word}");
            assert!(!NOT_OFFERED.contains(word), "{word}");
        }
        let looked_at = words_looked_at();
        assert!(looked_at.len() > 100, "{}", looked_at.len());
        for word in looked_at {
            assert!(KEYWORDS.contains(&word) || NOT_OFFERED.contains(&word), "{word}");
        }
    }
}
