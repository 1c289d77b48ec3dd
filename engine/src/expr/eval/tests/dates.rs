//! Datetime arithmetic and functions: `sql.md` §6.2, `functions.md` §6.2, §8.

use super::*;

const TS: SqlType = SqlType::Timestamp;
const BIG: SqlType = SqlType::BigInt;

fn one(f: Function, a: Expr) -> Expr {
    let ty = a.ty;
    call(f, vec![a], ty)
}

#[test]
fn units_floor_and_ceil() {
    use Function::{CeilTo, FloorTo};
    use TimeUnit::{Day, Hour, Minute, Month, Second, Year};
    let ts = || timestamp("2004-09-30 13:48:23");
    let before = || timestamp("1969-12-31 23:59:58.5");
    check(vec![
        (one(FloorTo(Hour), ts()), "2004-09-30 13:00:00.000"),
        (one(FloorTo(Minute), ts()), "2004-09-30 13:48:00.000"),
        (one(FloorTo(Day), ts()), "2004-09-30 00:00:00.000"),
        (one(FloorTo(Month), ts()), "2004-09-01 00:00:00.000"),
        (one(FloorTo(Year), ts()), "2004-01-01 00:00:00.000"),
        (one(CeilTo(Hour), ts()), "2004-09-30 14:00:00.000"),
        (one(CeilTo(Minute), ts()), "2004-09-30 13:49:00.000"),
        (one(CeilTo(Second), ts()), "2004-09-30 13:48:23.000"),
        (one(CeilTo(Day), ts()), "2004-10-01 00:00:00.000"),
        (one(CeilTo(Month), ts()), "2004-10-01 00:00:00.000"),
        (one(CeilTo(Year), ts()), "2005-01-01 00:00:00.000"),
        (
            one(CeilTo(Year), timestamp("2005-01-01 00:00:00")),
            "2005-01-01 00:00:00.000",
        ),
        (one(FloorTo(Second), before()), "1969-12-31 23:59:58.000"),
        (one(CeilTo(Second), before()), "1969-12-31 23:59:59.000"),
        (one(FloorTo(Month), date("2004-09-30")), "2004-09-01"),
        (one(CeilTo(Month), date("2004-09-30")), "2004-10-01"),
        (one(FloorTo(Hour), time("13:48:23")), "13:00:00.000"),
        (one(CeilTo(Hour), time("23:48:23")), "00:00:00.000"),
    ]);
}

#[test]
fn steps() {
    use Function::{StepInteger, StepMillis, StepMonths};
    let ts = || timestamp("2004-09-30 13:48:23");
    check(vec![
        (one(StepInteger(5), int(23)), "20"),
        (one(StepInteger(10), int(30)), "30"),
        (one(StepInteger(5), int(-23)), "-20"),
        (one(StepInteger(0), int(-23)), "error"),
        (one(StepMillis(10_000), ts()), "2004-09-30 13:48:20.000"),
        (one(StepMillis(7_200_000), ts()), "2004-09-30 12:00:00.000"),
        (one(StepMillis(300_000), ts()), "2004-09-30 13:45:00.000"),
        (one(StepMonths(12), ts()), "2004-01-01 00:00:00.000"),
        (one(StepMonths(5), ts()), "2004-08-01 00:00:00.000"),
        (one(StepMillis(5 * DAY_MS), date("2004-09-27")), "2004-09-24"),
        (
            one(StepMillis(60_000), timestamp("1969-12-31 23:59:30")),
            "1969-12-31 23:59:00.000",
        ),
    ]);
}

#[test]
fn differences() {
    use TimeUnit::{Day, Minute, Month, Second, Year};
    let diff = |a: Expr, b: Expr, from, to| {
        let q = IntervalQualifier::range(from, to);
        let e = call(Function::DatetimeDifference(q), vec![a, b], SqlType::Interval(q));
        cast(e, SqlType::Varchar(30))
    };
    let (t1, t2) = (|| time("12:03:34"), || time("11:57:23"));
    let ts = timestamp;
    let early = || ts("2004-04-29 11:57:23");
    check(vec![
        (diff(t1(), t2(), Minute, Second), "+6:11"),
        (diff(t1(), t2(), Second, Second), "+371"),
        (diff(t1(), t2(), Minute, Minute), "+6"),
        (diff(time("12:03:23"), t2(), Minute, Minute), "+6"),
        (diff(t2(), t1(), Minute, Minute), "-6"),
        (
            diff(ts("2004-05-01 12:03:34"), early(), Day, Second),
            "+2 00:06:11",
        ),
        (
            diff(ts("2004-05-01 01:03:34"), early(), Day, Second),
            "+1 13:06:11",
        ),
        (
            diff(ts("2004-05-01 13:03:34"), early(), Day, Second),
            "+2 01:06:11",
        ),
        (diff(ts("2004-05-01 12:03:34"), early(), Day, Day), "+2"),
        (diff(date("2004-12-02"), date("2003-12-01"), Day, Day), "+367"),
        (diff(date("2004-12-02"), date("2003-12-03"), Year, Month), "+0-11"),
        (diff(date("2003-12-03"), date("2004-12-03"), Year, Year), "-1"),
    ]);
}

#[test]
fn datetimes_move_by_intervals() {
    use Function::{DatetimeAdd, DatetimeSubtract};
    use TimeUnit::{Day, Hour, Minute, Month, Second};
    let shift = |f, a: Expr, b: Expr| {
        let ty = a.ty;
        call(f, vec![a, b], ty)
    };
    let minutes = |n: i64| interval(n * 60_000, Minute, Minute);
    let months = |n| interval(n, Month, Month);
    let ts = || timestamp("2024-01-31 00:02:00");
    check(vec![
        (
            shift(DatetimeSubtract, ts(), minutes(5)),
            "2024-01-30 23:57:00.000",
        ),
        (shift(DatetimeAdd, ts(), months(1)), "2024-02-29 00:02:00.000"),
        (
            shift(DatetimeSubtract, date("2024-03-31"), months(1)),
            "2024-02-29",
        ),
        (
            shift(DatetimeAdd, date("2024-03-31"), interval(DAY_MS, Day, Day)),
            "2024-04-01",
        ),
        (
            shift(DatetimeAdd, date("2024-03-31"), interval(3_600_000, Hour, Hour)),
            "2024-03-31",
        ),
        (
            shift(
                DatetimeSubtract,
                date("2024-03-31"),
                interval(3_600_000, Hour, Hour),
            ),
            "2024-03-30",
        ),
        (shift(DatetimeAdd, time("23:59:00"), minutes(2)), "00:01:00.000"),
        (
            shift(DatetimeSubtract, time("00:01:00"), minutes(2)),
            "23:59:00.000",
        ),
        (
            shift(DatetimeAdd, ts(), interval(i64::MAX, Second, Second)),
            "error",
        ),
        (shift(DatetimeAdd, ts(), months(i32::MAX.into())), "error"),
        (
            shift(DatetimeSubtract, date("2024-03-31"), interval(i64::MIN, Day, Day)),
            "error",
        ),
    ]);
}

#[test]
fn fields_and_epochs() {
    use Function::{Extract, ToTimestamp, TsDiff, UnixTimestamp};
    use TimeUnit::{Day, Hour, Minute, Month, Second, Year};
    let seconds = SqlType::Decimal {
        precision: 5,
        scale: 3,
    };
    let i = || interval(2 * DAY_MS + 11_045_678, Day, Second);
    let ext = |u, a: Expr| call(Extract(u), vec![a], if u == Second { seconds } else { BIG });
    let ts = || timestamp("2004-09-30 13:48:23.5");
    check(vec![
        (ext(Day, i()), "2"),
        (ext(Hour, i()), "3"),
        (ext(Minute, i()), "4"),
        (ext(Second, i()), "5.678"),
        (call(Extract(Second), vec![i()], BIG), "5"),
        (ext(Minute, time("04:29:26.234")), "29"),
        (ext(Hour, time("04:29:26.234")), "4"),
        (ext(Second, time("04:29:26.234")), "26.234"),
        (ext(Year, interval(50, Year, Month)), "4"),
        (ext(Month, interval(50, Year, Month)), "2"),
        (ext(Hour, interval(-90_000_000, Hour, Second)), "-25"),
        (ext(Year, ts()), "2004"),
        (ext(Month, ts()), "9"),
        (ext(Day, date("2004-09-30")), "30"),
        (ext(Second, timestamp("1969-12-31 23:59:58.5")), "58.500"),
        (
            call(TsDiff, vec![ts(), timestamp("2004-09-30 13:48:24")], BIG),
            "500",
        ),
        (
            call(TsDiff, vec![timestamp("2004-09-30 13:48:24"), ts()], BIG),
            "-500",
        ),
        (
            call(UnixTimestamp, vec![timestamp("1970-01-01 00:00:01")], BIG),
            "1000",
        ),
        (
            call(ToTimestamp, vec![typed(1000, BIG)], TS),
            "1970-01-01 00:00:01.000",
        ),
        (call(ToTimestamp, vec![typed(i64::MAX, BIG)], TS), "error"),
    ]);
}

#[test]
fn patterns_of_datetimes() {
    use Function::{FormatDatetime, ParseDatetime};
    let parse = |p: &str, s: &str, ty| call(ParseDatetime, vec![text(p), text(s)], ty);
    let format = |p: &str, d: Expr| call(FormatDatetime, vec![text(p), d], SqlType::Varchar(128));
    let ts = || timestamp("2018-12-31 09:05:07.089");
    check(vec![
        (
            parse("yyyy-MM-dd", "2009-09-16 03:15:24", SqlType::Date),
            "2009-09-16",
        ),
        (parse("HH:mm:ss", "03:15:24", SqlType::Time), "03:15:24.000"),
        (
            parse("yyyy-MM-dd HH:mm:ss", "2009-09-16 03:15:24", TS),
            "2009-09-16 03:15:24.000",
        ),
        (
            parse("yyyy hh", "2009-09-16", TS),
            "error: Unparseable date: \"2009-09-16\" is not a TIMESTAMP of the form 'yyyy hh'",
        ),
        (
            parse("yyyy b", "2009 1", TS),
            "error: Illegal pattern character 'b' in 'yyyy b'",
        ),
        (parse("dd/MM/yy", "16/09/11", SqlType::Date), "2011-09-16"),
        (parse("yyyy", "2009", SqlType::Time), "00:00:00.000"),
        (
            call(ParseDatetime, vec![text("yyyy"), null(SqlType::Varchar(3))], TS),
            "NULL",
        ),
        (format("YYYY-MM-dd'T'HH:mm:ss", ts()), "2019-12-31T09:05:07"),
        (format("yyyy-MM-dd HH:mm:ss.SSS", ts()), "2018-12-31 09:05:07.089"),
        (format("dd.MM.yyyy", date("2018-12-31")), "31.12.2018"),
        (format("HH:mm", time("09:05:07")), "09:05"),
        (format("yyyy", null(TS)), "NULL"),
    ]);
}
