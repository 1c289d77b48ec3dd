//! CAST: every documented example of `sql.md` §3.1 and the details of §3.2.

use super::*;

const INT: SqlType = SqlType::Integer;
const DATE: SqlType = SqlType::Date;
const TIME: SqlType = SqlType::Time;
const TIMESTAMP: SqlType = SqlType::Timestamp;

fn dec(precision: u8, scale: u8) -> SqlType {
    SqlType::Decimal { precision, scale }
}

fn vc(n: u32) -> SqlType {
    SqlType::Varchar(n)
}

#[test]
fn datetimes_and_text() {
    let ts = || timestamp("2007-02-19 21:25:35");
    check(vec![
        (
            cast(date("2008-08-23"), vc(9)),
            "error: Value '2008-08-23' is too long for VARCHAR(9)",
        ),
        (cast(date("2008-08-23"), vc(10)), "2008-08-23"),
        (cast(date("2008-08-23"), SqlType::Char(12)), "2008-08-23  "),
        (cast(ts(), vc(25)), "2007-02-19 21:25:35"),
        (cast(ts(), vc(18)), "error"),
        (
            cast(timestamp("2007-02-19 21:25:35.07"), vc(25)),
            "2007-02-19 21:25:35.070",
        ),
        (cast(time("21:25:35"), vc(25)), "21:25:35"),
        (
            cast(text("2007-02-19 21:23:45"), TIMESTAMP),
            "2007-02-19 21:23:45.000",
        ),
        (
            cast(text("2007-02-19 21:23:45.0"), TIMESTAMP),
            "2007-02-19 21:23:45.000",
        ),
        (
            cast(text("2007-02-19 21:23"), TIMESTAMP),
            "error: cannot convert '2007-02-19 21:23' to TIMESTAMP",
        ),
        (cast(text("2007-02-19"), TIMESTAMP), "error"),
        (cast(text("2007/02/19 21:23:45"), TIMESTAMP), "error"),
        (cast(text("2007-02-19T21:23:45"), TIMESTAMP), "error"),
        (
            cast(text(" 1945-2-2 12:2:5 "), TIMESTAMP),
            "1945-02-02 12:02:05.000",
        ),
        (cast(text(" 21:23:45.0"), TIME), "21:23:45.000"),
        (cast(text("21:23:34.11"), TIME), "21:23:34.110"),
        (cast(text("21:23"), TIME), "error"),
        (cast(text("21:23:34:11"), TIME), "error"),
        (cast(text("2007-02-19 21:23:45.0"), TIME), "error"),
        (cast(text("2007-02-19 21:23:45.0"), DATE), "error"),
        (cast(text("2007-02-19 21"), DATE), "error"),
        (cast(text("2009-02-28"), DATE), "2009-02-28"),
        (cast(text("2009-02-29"), DATE), "error"),
        (
            cast(cast(text("2007-02-19 21:23:45.0"), TIMESTAMP), DATE),
            "2007-02-19",
        ),
        (cast(ts(), TIME), "21:25:35.000"),
        (cast(date("2008-08-23"), TIMESTAMP), "2008-08-23 00:00:00.000"),
        (cast(time("01:02:03"), TIMESTAMP), "2018-06-13 01:02:03.000"),
        (cast(null(SqlType::Null), TIMESTAMP), "NULL"),
        (cast(null(vc(5)), TIMESTAMP), "NULL"),
    ]);
}

#[test]
fn numbers() {
    let big = SqlType::BigInt;
    check(vec![
        (cast(decimal(15, 2, 1), INT), "2"),
        (cast(decimal(-15, 2, 1), INT), "-2"),
        (cast(decimal(5, 1, 1), INT), "1"),
        (cast(decimal(125, 3, 2), INT), "1"),
        (cast(double(-1.5), INT), "-2"),
        (cast(double(0.5), INT), "1"),
        (cast(double(2.5), INT), "3"),
        (
            cast(int(300), SqlType::TinyInt),
            "error: Value 300 is out of range for TINYINT",
        ),
        (cast(double(1e20), big), "error"),
        (cast(double(9_223_372_036_854_775_807.0), big), "error"),
        (cast(decimal(123_455, 6, 5), dec(8, 4)), "1.2346"),
        (cast(double(1.23455), dec(8, 4)), "1.2346"),
        (cast(double(1.005), dec(5, 2)), "1.01"),
        (cast(double(-2.675), dec(5, 2)), "-2.68"),
        (cast(double(0.1), dec(18, 17)), "0.10000000000000000"),
        (
            cast(lit(Value::Float(0.1), SqlType::Real), dec(18, 12)),
            "0.100000000000",
        ),
        (
            cast(decimal(999, 3, 2), dec(2, 1)),
            "error: Value 9.99 is out of range for DECIMAL(2, 1)",
        ),
        (cast(int(7), dec(5, 2)), "7.00"),
        (
            cast(int(1234), dec(5, 2)),
            "error: Value 1234 is out of range for DECIMAL(5, 2)",
        ),
        (cast(text(" 12 "), INT), "12"),
        (cast(text("1.5"), INT), "2"),
        (cast(text("abc"), INT), "error: For input string: \"abc\""),
        (cast(text(""), INT), "error: For input string: \"\""),
        (cast(text("1.25"), dec(2, 1)), "1.3"),
        (
            cast(text("99999999999"), INT),
            "error: Value 99999999999 is out of range for INTEGER",
        ),
        (cast(text("1e3"), INT), "1000"),
        (cast(text(" -1.5e3"), SqlType::Double), "-1500.0"),
        (
            cast(text("NaN"), SqlType::Double),
            "error: For input string: \"NaN\"",
        ),
        (cast(text("inf"), SqlType::Double), "error"),
        (
            cast(text("1e999"), SqlType::Double),
            "error: Value 1e999 is out of range for DOUBLE",
        ),
        (cast(double(1e300), SqlType::Real), "error"),
        (cast(double(0.1), SqlType::Real), "0.1"),
        (cast(decimal(1, 18, 17), SqlType::Double), "1.0E-17"),
        (
            cast(decimal(9_007_199_254_740_993, 18, 2), SqlType::Double),
            "9.007199254740994E13",
        ),
    ]);
}

#[test]
fn numbers_to_text() {
    check(vec![
        (cast(int(12345), vc(5)), "12345"),
        (
            cast(int(12345), vc(4)),
            "error: Value '12345' is too long for VARCHAR(4)",
        ),
        (cast(int(-1), SqlType::Char(4)), "-1  "),
        (cast(double(0.0), vc(30)), "0E0"),
        (cast(double(-0.0), vc(30)), "0E0"),
        (cast(double(4_683_442.343249838), vc(30)), "4.683442343249838E6"),
        (cast(double(-0.1), vc(30)), "-1E-1"),
        (cast(lit(Value::Float(0.1), SqlType::Real), vc(30)), "1E-1"),
        (cast(decimal(48, 2, 2), vc(30)), ".48"),
        (cast(decimal(-29, 2, 2), vc(30)), "-.29"),
        (cast(decimal(0, 2, 2), vc(30)), ".00"),
        (cast(decimal(1230, 4, 2), vc(30)), "12.30"),
        (cast(decimal(7, 4, 0), vc(30)), "7"),
        (cast(boolean(true), vc(5)), "TRUE"),
        (cast(boolean(false), vc(5)), "FALSE"),
        (cast(boolean(false), vc(4)), "error"),
    ]);
}

#[test]
fn text_to_boolean_and_text() {
    let b = SqlType::Boolean;
    check(vec![
        (cast(text(" True "), b), "true"),
        (cast(text("FALSE"), b), "false"),
        (cast(text("unknown"), b), "NULL"),
        (cast(text("yes"), b), "error: cannot convert 'yes' to BOOLEAN"),
        (cast(text("ABCD"), SqlType::Char(2)), "AB"),
        (cast(text("ABCD"), vc(2)), "AB"),
        (cast(text("fred"), SqlType::Char(8)), "fred    "),
        (cast(varchar("äöü"), vc(2)), "äö"),
        (
            cast(varchar("a long text of more than twelve bytes"), vc(20)),
            "a long text of more ",
        ),
        (
            cast(varchar("ä long text of more than twelve bytes"), vc(20)),
            "ä long text of more ",
        ),
        (cast(varchar("short"), vc(20)), "short"),
    ]);
}

#[test]
fn intervals() {
    use TimeUnit::{Day, Hour, Minute, Month, Second, Year};
    let minutes = || interval(120 * 60_000, Minute, Minute);
    let difference = || interval(173_171_000, Day, Second);
    let day_second = SqlType::Interval(IntervalQualifier::range(Day, Second));
    check(vec![
        (
            cast(minutes(), dec(4, 2)),
            "error: Value 120.00 is out of range for DECIMAL(4, 2)",
        ),
        (cast(minutes(), dec(4, 0)), "120"),
        (cast(minutes(), dec(3, 0)), "120"),
        (cast(minutes(), dec(2, 0)), "error"),
        (cast(interval(1100, Second, Second), dec(2, 1)), "1.1"),
        (cast(interval(1100, Second, Second), dec(1, 1)), "error"),
        (cast(interval(12, Year, Year), dec(2, 1)), "1.0"),
        (cast(interval(1250, Second, Second), SqlType::BigInt), "1"),
        (cast(interval(371_000, Minute, Second), SqlType::BigInt), "error"),
        (cast(difference(), vc(8)), "+2 00:06"),
        (cast(difference(), vc(11)), "+2 00:06:11"),
        (cast(interval(371_000, Minute, Second), vc(20)), "+6:11"),
        (cast(interval(371_000, Second, Second), vc(20)), "+371"),
        (cast(interval(93_784_000, Day, Second), vc(20)), "+1 02:03:04"),
        (cast(interval(1_100, Second, Second), vc(20)), "+1.100"),
        (cast(interval(-52, Year, Month), vc(20)), "-4-04"),
        (cast(cast(text("2 00:06:11"), day_second), vc(20)), "+2 00:06:11"),
        (
            cast(cast(text("-2 00:06:11.5"), day_second), vc(20)),
            "-2 00:06:11.500",
        ),
        (cast(cast(text("2 24:06:11"), day_second), vc(20)), "error"),
        (cast(cast(text("abc"), day_second), vc(20)), "error"),
        (
            cast(
                cast(
                    difference(),
                    SqlType::Interval(IntervalQualifier::range(Day, Hour)),
                ),
                vc(20),
            ),
            "+2 00",
        ),
    ]);
}

#[test]
fn bytes_are_cut_and_filled() {
    let bytes = |b: &[u8]| lit(Value::Bytes(b.into()), SqlType::Varbinary(9));
    check(vec![
        (cast(bytes(&[1, 2, 3]), SqlType::Varbinary(2)), "AQI="),
        (cast(bytes(&[1, 2]), SqlType::Binary(3)), "AQIA"),
    ]);
}

#[test]
fn truncation_keeps_nulls_and_shares_bytes() {
    use arrow::array::{AsArray, StringViewArray};
    let long = "a text that is longer than twelve bytes";
    let column: ArrayRef = Arc::new(StringViewArray::from(vec![Some(long), None, Some("short")]));
    let expr = |n| cast(Expr::column(0, vc(100), Span::default()), vc(n));
    let columns = [Arc::clone(&column)];
    assert_eq!(
        values(&expr(16), &columns, 3),
        ["a text that is l", "NULL", "short"]
    );
    assert_eq!(values(&expr(3), &columns, 3), ["a t", "NULL", "sho"]);
    let clock = clock();
    let input = Input {
        columns: &columns,
        rowtimes: &[NOW; 3],
        clock: &clock,
    };
    let bytes = |n| {
        let array = Evaluator::new(&expr(n)).eval(input, None, &mut RowErrors::new());
        array.as_string_view().data_buffers()[0].as_ptr()
    };
    assert_eq!(bytes(16), column.as_string_view().data_buffers()[0].as_ptr());
    assert_eq!(bytes(50), column.as_string_view().data_buffers()[0].as_ptr());
}
