//! String functions: every documented example of `functions.md` §13.

use super::*;
use crate::expr::TrimSide;

const INT: SqlType = SqlType::Integer;
const VC: SqlType = SqlType::Varchar(100);

fn big(v: i64) -> Expr {
    typed(v, SqlType::BigInt)
}

#[test]
fn lengths_and_case() {
    use Function::{CharLength, Concat, Initcap, Lower, Upper};
    check(vec![
        (call(CharLength, vec![text("one")], INT), "3"),
        (call(CharLength, vec![text("")], INT), "0"),
        (
            call(CharLength, vec![cast(text("fred"), SqlType::Char(16))], INT),
            "16",
        ),
        (call(CharLength, vec![varchar("äöü")], INT), "3"),
        (
            call(Initcap, vec![text("Each FIRST lEtTeR is cAPITALIZED")], VC),
            "Each First Letter Is Capitalized",
        ),
        (call(Lower, vec![text("abcDEFghi123")], VC), "abcdefghi123"),
        (call(Upper, vec![text("abcDEFghi123")], VC), "ABCDEFGHI123"),
        (call(Upper, vec![text("straße ä")], VC), "STRAßE Ä"),
        (call(Concat, vec![text("SQL"), text("stream")], VC), "SQLstream"),
        (
            call(
                Concat,
                vec![call(Concat, vec![text("SQL"), text("")], VC), text("stream")],
                VC,
            ),
            "SQLstream",
        ),
        (call(Concat, vec![text("SQL"), null(VC)], VC), "NULL"),
    ]);
}

#[test]
fn overlay_and_position() {
    use Function::{Overlay, Position};
    let over = |i: i64| call(Overlay, vec![text("12345"), text("foo"), big(i)], VC);
    let over_for = |i: i64, n: i64| call(Overlay, vec![text("12345"), text("foo"), big(i), big(n)], VC);
    check(vec![
        (over(1), "foo45"),
        (over(0), "foo345"),
        (over(-2), "foo12345"),
        (over(4), "123foo"),
        (over(17), "12345foo"),
        (over_for(2, 0), "1foo2345"),
        (over_for(2, 2), "1foo45"),
        (over_for(2, 9), "1foo"),
        (
            over_for(2, -1),
            "error: OVERLAY: the length after FOR must not be negative, it is -1",
        ),
        (
            call(Position, vec![text("findme"), text("1234findmeXXX")], INT),
            "5",
        ),
        (call(Position, vec![text("findme"), text("1234")], INT), "0"),
        (call(Position, vec![text(""), text("1234")], INT), "1"),
        (call(Position, vec![text("c"), varchar("äöc")], INT), "3"),
    ]);
}

#[test]
fn substrings() {
    use Function::{Substring, SubstringRegex, SubstringSimilar};
    let sub = |i: i64, n: i64| call(Substring, vec![text("123456789"), big(i), big(n)], VC);
    let regex = |p: &str| call(SubstringRegex, vec![text("TECHNOLOGY"), text(p)], VC);
    let similar = |s: &str, p: &str, e: &str| call(SubstringSimilar, vec![text(s), text(p), text(e)], VC);
    check(vec![
        (sub(3, 4), "3456"),
        (sub(17, 4), ""),
        (sub(-1, 4), "12"),
        (sub(6, 0), ""),
        (sub(8, 4), "89"),
        (sub(7, 4), "789"),
        (sub(10, 4), ""),
        (sub(3, -4), ""),
        (sub(i64::MIN, i64::MAX), ""),
        (call(Substring, vec![text("123456789"), big(3)], VC), "3456789"),
        (call(Substring, vec![text("123456789"), big(-5)], VC), "123456789"),
        (call(Substring, vec![varchar("äöüß"), big(2), big(2)], VC), "öü"),
        (regex("L[A-Z]*"), "LOGY"),
        (regex("FOO"), "NULL"),
        (regex("O[A-Z]"), "OL"),
        (regex("(O"), "error"),
        (similar("123456789", "23#\"456#\"78", "#"), "456"),
        (similar("TECHNOLOGY", "TECH%\"NOLO%\"GY", "%"), "NOLO"),
        (similar("RETAIL", "TECH%\"NOLO%\"GY", "%"), "NULL"),
    ]);
}

#[test]
fn trims() {
    let trim = |side, c: &str, s: &str| call(Function::Trim(side), vec![text(c), text(s)], VC);
    check(vec![
        (
            trim(TrimSide::Both, " ", " Trim front and back "),
            "Trim front and back",
        ),
        (trim(TrimSide::Leading, "x", "xxxTrim frontxxx"), "Trim frontxxx"),
        (trim(TrimSide::Trailing, "x", "xxxTrimxBackxxx"), "xxxTrimxBack"),
        (
            trim(TrimSide::Both, "y", "xxxNo y to trimxxx"),
            "xxxNo y to trimxxx",
        ),
        (trim(TrimSide::Both, "xy", "x"), "error"),
        (trim(TrimSide::Both, "", "x"), "error"),
    ]);
}

#[test]
fn regex_replace() {
    let replace = |s: &str, p: &str, r: &str, start: i64, n: i64| {
        call(
            Function::RegexReplace,
            vec![text(s), text(p), text(r), int(start), int(n)],
            VC,
        )
    };
    check(vec![
        (
            replace("http://www.amazon.com", "http://", "https://", 1, 0),
            "https://www.amazon.com",
        ),
        (
            replace("TECHNOLOGY", "TECHNOLOGY", "INFORMATION TECHNOLOGY", 1, 0),
            "INFORMATION TECHNOLOGY",
        ),
        (replace("a1b2", "([a-z])([0-9])", "$2$1", 1, 0), "1a2b"),
        (replace("a1b2", "([a-z])", "\\$$10", 1, 0), "$a01$b02"),
        (replace("aXbXc", "X", "-", 1, 2), "aXb-c"),
        (replace("aXbXc", "X", "-", 3, 1), "aXb-c"),
        (replace("aXbXc", "X", "-", 9, 0), "aXbXc"),
        (replace("aXbXc", "X", "-", 1, 7), "aXbXc"),
        (replace("baaac", "a*", "x", 1, 0), "xbxxcx"),
        (replace("", "a*", "x", 1, 0), "x"),
        (
            replace("a", "X", "-", 0, 0),
            "error: REGEX_REPLACE: the start position must be at least 1, it is 0",
        ),
        (
            replace("a", "X", "-", 1, -1),
            "error: REGEX_REPLACE: the occurrence must not be negative, it is -1",
        ),
        (replace("a", "a", "$1", 1, 0), "error: REGEX_REPLACE: No group 1"),
        (
            replace("a", "a", "$x", 1, 0),
            "error: REGEX_REPLACE: Illegal group reference in '$x'",
        ),
    ]);
}

#[test]
fn patterns_over_rows() {
    let like = |s: &str, p: &str| {
        call(
            Function::Like { negated: false },
            vec![text(s), text(p)],
            SqlType::Boolean,
        )
    };
    let similar = |s: &str, p: &str| {
        call(
            Function::Similar { negated: true },
            vec![text(s), text(p)],
            SqlType::Boolean,
        )
    };
    let escaped = |s: &str, p: &str, e: &str| {
        call(
            Function::Like { negated: false },
            vec![text(s), text(p), text(e)],
            SqlType::Boolean,
        )
    };
    check(vec![
        (like("abcd", "a%"), "true"),
        (like("abcd", "b%"), "false"),
        (
            call(
                Function::Like { negated: true },
                vec![null(VC), text("a")],
                SqlType::Boolean,
            ),
            "NULL",
        ),
        (escaped("a_", "a\\_", "\\"), "true"),
        (
            escaped("a_", "a\\b", "\\"),
            "error: Invalid escape sequence '\\b'",
        ),
        (similar("abcd", "a%"), "false"),
        (similar("abcd", "[^(a-e)]"), "error"),
    ]);
}

#[test]
fn more_patterns_than_the_cache_holds() {
    use arrow::array::StringViewArray;
    let patterns: Vec<String> = (0..300).map(|i| format!("a{i}%")).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringViewArray::from_iter_values(
            (0..300).map(|i| format!("a{i}x")),
        )),
        Arc::new(StringViewArray::from_iter_values(&patterns)),
    ];
    let column = |i| Expr::column(i, VC, Span::default());
    let expr = call(
        Function::Like { negated: false },
        vec![column(0), column(1)],
        SqlType::Boolean,
    );
    assert!(values(&expr, &columns, 300).iter().all(|v| v == "true"));
}

#[test]
fn the_binder_can_refuse_constant_patterns() {
    assert_eq!(check_like("a%", None), Ok(()));
    assert_eq!(
        check_like("a", Some("xy")).unwrap_err(),
        "Invalid escape character 'xy'"
    );
    assert_eq!(check_similar("amy|fred", None), Ok(()));
    assert!(
        check_similar("[^(a-e)]d", None)
            .unwrap_err()
            .starts_with("Invalid regular expression: ")
    );
    assert_eq!(check_substring_similar("a#\"b#\"c", "#"), Ok(()));
    assert!(check_substring_similar("abc", "#").is_err());
    assert_eq!(check_regex(".*([E].).*"), Ok(()));
    assert!(check_regex("(a)\\1").unwrap_err().contains("back-references"));
    assert_eq!(check_datetime_pattern("yyyy-MM-dd'T'HH:mm:ss"), Ok(()));
    assert!(check_datetime_pattern("L").is_err());
}
