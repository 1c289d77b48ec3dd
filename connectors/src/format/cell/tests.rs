//! Every cell of the conversion table, for JSON and for CSV.

use super::super::testing::{decode, stream};

/// What one JSON value becomes in a column of this type: its text, or the start of the error.
fn load(ty: &str, value: &str) -> Result<String, String> {
    let stream = stream(&format!("c {ty}"));
    let found = decode(format!("{{\"c\":{value}}}"), "", &stream);
    assert_eq!((found.documents, found.decoded), (1, found.rows.len() as u64));
    match found.rows.first() {
        Some(row) => Ok(row
            .strip_prefix("{\"c\":")
            .unwrap()
            .strip_suffix('}')
            .unwrap()
            .to_owned()),
        None => {
            assert_eq!(found.names(), ["Coercion error"]);
            Err(found.messages()[0].to_owned())
        }
    }
}

const FAILS: &str = "!";

#[test]
fn every_cell_of_the_table_for_json() {
    let long_number = "123456789012345678901234567890";
    for (ty, value, expected) in [
        // null
        ("INTEGER", "null", "null"),
        ("DECIMAL(5,2)", "null", "null"),
        ("DOUBLE", "null", "null"),
        ("BOOLEAN", "null", "null"),
        ("CHAR(3)", "null", "null"),
        ("VARCHAR(3)", "null", "null"),
        ("DATE", "null", "null"),
        ("TIME", "null", "null"),
        ("TIMESTAMP", "null", "null"),
        ("BINARY(2)", "null", "null"),
        ("VARBINARY(2)", "null", "null"),
        // booleans
        ("TINYINT", "true", "1"),
        ("BIGINT", "false", "0"),
        ("DECIMAL(5,2)", "true", "1.00"),
        ("DECIMAL(1,1)", "true", FAILS),
        ("REAL", "true", "1.0"),
        ("DOUBLE", "false", "0.0"),
        ("BOOLEAN", "true", "true"),
        ("BOOLEAN", "false", "false"),
        ("VARCHAR(10)", "true", "\"true\""),
        ("VARCHAR(3)", "false", "\"fal\""),
        ("CHAR(6)", "false", "\"false \""),
        ("DATE", "true", FAILS),
        ("TIME", "true", FAILS),
        ("TIMESTAMP", "false", FAILS),
        ("BINARY(2)", "true", "\"AAE=\""),
        ("BINARY(2)", "false", "\"AAA=\""),
        ("VARBINARY(2)", "true", "\"AQ==\""),
        ("VARBINARY(2)", "false", "\"AA==\""),
        // numbers
        ("TINYINT", "127", "127"),
        ("TINYINT", "128", FAILS),
        ("SMALLINT", "-32768", "-32768"),
        ("SMALLINT", "32768", FAILS),
        ("INTEGER", "2147483647", "2147483647"),
        ("INTEGER", "2147483648", FAILS),
        ("INTEGER", "123.4", FAILS),
        ("INTEGER", "12.0", FAILS),
        ("INTEGER", "1e3", "1000"),
        ("BIGINT", "9223372036854775807", "9223372036854775807"),
        ("BIGINT", "9223372036854775808", FAILS),
        ("DECIMAL(5,2)", "123.45", "123.45"),
        ("DECIMAL(5,2)", "0.125", "0.13"),
        ("DECIMAL(5,2)", "-0.125", "-0.13"),
        ("DECIMAL(5,2)", "1000", FAILS),
        ("DECIMAL(19,5)", "12345678901234.56789", "12345678901234.56789"),
        ("REAL", "0.1", "0.1"),
        ("REAL", "1e39", FAILS),
        ("DOUBLE", "0.30000000000000004", "0.30000000000000004"),
        ("DOUBLE", "-1E-5", "-1.0E-5"),
        ("BOOLEAN", "0", "false"),
        ("BOOLEAN", "-0.0e5", "false"),
        ("BOOLEAN", "0.1", "true"),
        ("BOOLEAN", "2", "true"),
        ("VARCHAR(40)", long_number, "\"123456789012345678901234567890\""),
        ("VARCHAR(40)", "1.50", "\"1.50\""),
        ("VARCHAR(2)", "1.50", "\"1.\""),
        ("CHAR(6)", "1.50", "\"1.50  \""),
        ("DATE", "20200101", FAILS),
        ("TIME", "1", FAILS),
        ("TIMESTAMP", "1560885836923", FAILS),
        ("BINARY(2)", "1", FAILS),
        ("VARBINARY(2)", "1", FAILS),
        // strings
        ("INTEGER", "\"12\"", "12"),
        ("INTEGER", "\"-1e2\"", "-100"),
        ("INTEGER", "\" 12\"", FAILS),
        ("INTEGER", "\"+12\"", FAILS),
        ("INTEGER", "\"012\"", FAILS),
        ("INTEGER", "\"\"", FAILS),
        ("INTEGER", "\"12.5\"", FAILS),
        ("DECIMAL(5,2)", "\"1.005\"", "1.01"),
        ("DOUBLE", "\"1.5\"", "1.5"),
        ("DOUBLE", "\"NaN\"", FAILS),
        ("DOUBLE", "\"1e999\"", FAILS),
        ("REAL", "\"2\"", "2.0"),
        ("BOOLEAN", "\"TrUe\"", "true"),
        ("BOOLEAN", "\"yes\"", "false"),
        ("BOOLEAN", "\"\"", "false"),
        ("BOOLEAN", "\"1\"", "false"),
        ("VARCHAR(3)", "\"abcd\"", "\"abc\""),
        ("VARCHAR(3)", "\"äöüß\"", "\"äöü\""),
        ("VARCHAR(3)", "\"a\\u00e4\\n\\ud83d\\ude00\"", "\"aä\\n\""),
        ("VARCHAR(3)", "\"\"", "\"\""),
        ("CHAR(3)", "\"é\"", "\"é  \""),
        ("CHAR(3)", "\"abcd\"", "\"abc\""),
        ("DATE", "\"1992-02-14\"", "\"1992-02-14\""),
        ("DATE", "\"1992-02-14 18:35:44.0\"", "\"1992-02-14\""),
        ("DATE", "\"1992-02-30\"", FAILS),
        ("TIME", "\"18:35:44.5\"", "\"18:35:44.500\""),
        ("TIME", "\"1992-02-14 18:35:44.0\"", "\"18:35:44.000\""),
        ("TIME", "\"1992-02-14\"", FAILS),
        ("TIMESTAMP", "\"1992-02-14\"", "\"1992-02-14 00:00:00.000\""),
        (
            "TIMESTAMP",
            "\"1992-02-14 18:35:44.0\"",
            "\"1992-02-14 18:35:44.000\"",
        ),
        (
            "TIMESTAMP",
            "\"2018-05-09T12:50:41.337510\"",
            "\"2018-05-09 12:50:41.337\"",
        ),
        (
            "TIMESTAMP",
            "\"2018-05-09T12:50:41Z\"",
            "\"2018-05-09 12:50:41.000\"",
        ),
        (
            "TIMESTAMP",
            "\"2018-05-09T12:50:41+02:00\"",
            "\"2018-05-09 10:50:41.000\"",
        ),
        ("TIMESTAMP", "\"yesterday\"", FAILS),
        ("TIMESTAMP", "\"\"", FAILS),
        ("BINARY(3)", "\"X'0AFF'\"", "\"Cv8A\""),
        ("BINARY(1)", "\"X'0aff'\"", "\"Cg==\""),
        ("VARBINARY(3)", "\"X'0AFF'\"", "\"Cv8=\""),
        ("VARBINARY(3)", "\"X'0AF'\"", FAILS),
        ("VARBINARY(3)", "\"0AFF\"", FAILS),
        ("VARBINARY(3)", "\"X'+1'\"", FAILS),
        // arrays and objects
        ("INTEGER", "[1]", FAILS),
        ("DECIMAL(5,2)", "{}", FAILS),
        ("DOUBLE", "[]", FAILS),
        ("BOOLEAN", "[true]", FAILS),
        (
            "VARCHAR(40)",
            "[ 1 , \"a b\\\" \" , { \"x\" : null } ]",
            "\"[1,\\\"a b\\\\\\\" \\\",{\\\"x\\\":null}]\"",
        ),
        ("VARCHAR(4)", "{ \"a\" : 1 }", "\"{\\\"a\\\"\""),
        ("CHAR(4)", "{ }", "\"{}  \""),
        ("DATE", "[]", FAILS),
        ("TIME", "{}", FAILS),
        ("TIMESTAMP", "[]", FAILS),
        ("BINARY(2)", "[]", FAILS),
        ("VARBINARY(2)", "{}", FAILS),
    ] {
        let found = load(ty, value);
        if expected == FAILS {
            assert!(found.is_err(), "{value} into {ty} gave {found:?}");
        } else {
            assert_eq!(found.as_deref(), Ok(expected), "{value} into {ty}");
        }
    }
}

#[test]
fn errors_speak_as_the_service_did() {
    for (ty, value, message) in [
        (
            "INTEGER",
            "\"a\"",
            "For input string: \"a\" (column \"c\" of type INTEGER)",
        ),
        (
            "TINYINT",
            "300",
            "For input string: \"300\" (column \"c\": out of the range of TINYINT)",
        ),
        (
            "DATE",
            "true",
            "Cannot load a boolean into column \"c\" of type DATE: true",
        ),
        (
            "INTEGER",
            "{\"a\": 1}",
            "Cannot load an object into column \"c\" of type INTEGER: {\"a\": 1}",
        ),
    ] {
        assert_eq!(load(ty, value), Err(message.to_owned()));
    }
    assert!(
        load("INTEGER", "1.5")
            .unwrap_err()
            .starts_with("For input string: \"1.5\"")
    );
    assert!(
        load("TIMESTAMP", "\"x\"")
            .unwrap_err()
            .starts_with("Cannot load \"x\" into column \"c\"")
    );
}

#[test]
fn csv_follows_the_string_rules_but_for_booleans() {
    for (ty, field, expected) in [
        ("INTEGER", "12", "12"),
        ("INTEGER", "", "null"),
        ("INTEGER", "\"\"", "null"),
        ("INTEGER", "1.0", FAILS),
        ("INTEGER", " 1", FAILS),
        ("DOUBLE", "1e3", "1000.0"),
        ("DECIMAL(5,2)", "1.005", "1.01"),
        ("BOOLEAN", "true", "true"),
        ("BOOLEAN", "TRUE", "false"),
        ("BOOLEAN", "1", "false"),
        ("VARCHAR(3)", "abcd", "\"abc\""),
        ("VARCHAR(9)", " a ", "\" a \""),
        ("CHAR(3)", "é", "\"é  \""),
        ("TIMESTAMP", "2018-05-09T12:50:41Z", "\"2018-05-09 12:50:41.000\""),
        ("DATE", "2018-05-09", "\"2018-05-09\""),
        ("TIME", "12:50:41", "\"12:50:41.000\""),
        ("VARBINARY(3)", "X'0AFF'", "\"Cv8=\""),
        ("VARBINARY(3)", "0AFF", FAILS),
    ] {
        let stream = stream(&format!("c {ty}; d INTEGER"));
        let found = decode(format!("{field},7\n"), "format=csv", &stream);
        if expected == FAILS {
            assert_eq!(found.names(), ["Coercion error"], "{field} into {ty}");
        } else {
            assert_eq!(
                found.rows,
                [format!("{{\"c\":{expected},\"d\":7}}")],
                "{field} into {ty}"
            );
        }
    }
}
