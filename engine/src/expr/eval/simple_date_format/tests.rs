//! The tables of `functions.md` §6.3.

use super::*;
use crate::datetime::{parse_timestamp, timestamp_text};

/// 2018-06-13.
const NOW: i64 = 1_528_899_065_766;

fn parsed(pattern: &str, text: &str) -> String {
    DatePattern::compile(pattern)
        .unwrap()
        .parse(text, NOW)
        .map_or("none".to_owned(), timestamp_text)
}

#[test]
fn texts_parse_as_documented() {
    let long = "2009-09-16 03:15:24";
    for (pattern, text, expected) in [
        ("yyyy-MM-dd hh:mm:ss", long, "2009-09-16 03:15:24"),
        ("yyyy-MM-dd", long, "2009-09-16 00:00:00"),
        ("yyyy-MM", long, "2009-09-01 00:00:00"),
        ("yyyy", long, "2009-01-01 00:00:00"),
        ("yyyy-mm", long, "2009-01-01 00:09:00"),
        ("yyyy-hh-mm", long, "2009-01-01 09:16:00"),
        ("yyyy-hh", long, "2009-01-01 09:00:00"),
        ("yyyy hh", long, "none"),
        ("yyyy hh", "2009 09 16 03:15:24", "2009-01-01 09:00:00"),
        ("yyyy/hh", "2009/09/16 03:15:24", "2009-01-01 09:00:00"),
        ("yyyy-MM-dd hh", long, "2009-09-16 03:00:00"),
        ("yyyy-MM-dd ss", long, "2009-09-16 00:00:03"),
        ("yyyy-MM-dd mm", long, "2009-09-16 00:03:00"),
        ("yyyy-MM hh", long, "none"),
        ("yyyy-MM hh:", long, "none"),
        ("yyyy-MM- mm", long, "none"),
        ("yyyy-MM   mm", long, "none"),
        ("yyyy-MM   hh", long, "none"),
        ("yyyy-mm", "2012-02-08 07:23:19", "2012-01-01 00:02:00"),
        ("yyyy-ss-mm", "2012-02-08 07:23:19", "2012-01-01 00:08:02"),
        ("MMM dd, yyyy", "March 7, 2010", "2010-03-07 00:00:00"),
        ("MMM dd,", "March 7, 2010", "1970-03-07 00:00:00"),
        ("MMM dd,y", "March 7, 2010", "2010-03-07 00:00:00"),
        ("MMM dd,y", "March 7, 10", "2010-03-07 00:00:00"),
        ("M-d", "2-8", "1970-02-08 00:00:00"),
        ("M-d", "2-8-2012", "1970-02-08 00:00:00"),
        ("M-d", "2012-2-8", "none"),
        ("MM-dd-yyyy", "06-23-2012 10:11:12", "2012-06-23 00:00:00"),
        ("dd-MM-yy hh:mm:ss", "23-06-11 10:11:12", "2011-06-23 10:11:12"),
        ("MM-dd-yy ss:hh:mm", "06-23-11 12:10:11", "2011-06-23 10:11:12"),
        ("yy-dd-MM ss:hh:mm", "06-23-11 12:10:11", "2006-11-23 10:11:12"),
        ("dd-MM-yy hh:mm", "23-06-11 10:11:12", "2011-06-23 10:11:00"),
        ("dd-MM-yy hh:mm", "23-06-1 10:11:12", "0001-06-23 10:11:00"),
        ("MM/dd/yy hh:mm:ss", "12/19/11 12:11:10", "2011-12-19 00:11:10"),
        ("MM/dd/yy HH:mm:ss", "12/19/11 12:59:59", "2011-12-19 12:59:59"),
        ("MM/dd/yy HH:mm:ss", "12/19/11 21:08:07", "2011-12-19 21:08:07"),
        ("MM/dd/yy hh:mm:ss", "2009/09/16 03:15:24", "none"),
        ("MM/dd/yy hh:mm:ss", "09/16/11 03:15:24", "2011-09-16 03:15:24"),
        ("MM/dd/yy hh/mm/ss", "09/16/11 03/15/24", "2011-09-16 03:15:24"),
        ("MM/dd/yy hh-mm-ss", "09/16/11 03-15-24", "2011-09-16 03:15:24"),
        (
            "yyyy|MM|dd hh|mm|ss",
            "2009|09|16 03|15|24",
            "2009-09-16 03:15:24",
        ),
        (
            "yyyy@MM@dd hh@mm@ss",
            "2009@09@16 03@15@24",
            "2009-09-16 03:15:24",
        ),
        ("y/MM/dd HH:mm:ss", "2011/12/19 00:11:12", "2011-12-19 00:11:12"),
        ("yyyy", "09-16 03:15", "0009-01-01 00:00:00"),
        ("yyyy", "16 03:15", "0016-01-01 00:00:00"),
    ] {
        let found = parsed(pattern, text);
        assert_eq!(
            found.strip_suffix(".000").unwrap_or(&found),
            expected,
            "{pattern} / {text}"
        );
    }
}

#[test]
fn quirks_of_java_are_kept() {
    for (pattern, text, expected) in [
        // The year alone decides: the first day of its first week.
        ("YYYY-MM-dd", "2018-06-13", "2017-12-31 00:00:00.000"),
        ("YYYY-'W'ww-u", "2018-W24-3", "2018-06-13 00:00:00.000"),
        (
            "yyyy-MM-dd HH:mm:ss.SSS",
            "2018-06-13 14:11:05.766",
            "2018-06-13 14:11:05.766",
        ),
        ("yyyy-MM-dd HH:mm:ss.SSS", "2018-06-13 14:11:05.766191", "none"),
        ("ss.S", "05.7", "1970-01-01 00:00:05.007"),
        ("yyyyMMddHHmmss", "20180613141105", "2018-06-13 14:11:05.000"),
        ("yyyyMMdd", "2018 613", "2018-06-13 00:00:00.000"),
        (
            "dd/MMM/yyyy:HH:mm:ss z",
            "13/Jun/2018:14:11:05 -0700",
            "2018-06-13 21:11:05.000",
        ),
        (
            "dd/MMM/yyyy:HH:mm:ss z",
            "13/JUN/2018:14:11:05 PDT",
            "2018-06-13 21:11:05.000",
        ),
        (
            "dd/MMM/yyyy:HH:mm:ss z",
            "13/Jun/2018:14:11:05 UTC",
            "2018-06-13 14:11:05.000",
        ),
        ("HH:mm z", "10:00 GMT+2:30", "1970-01-01 07:30:00.000"),
        ("HH:mmX", "10:00Z", "1970-01-01 10:00:00.000"),
        ("HH:mmXXX", "10:00+02:00", "1970-01-01 08:00:00.000"),
        ("HH:mmXX", "10:00+02:00", "none"),
        (
            "yyyy-MM-dd'T'HH:mm:ss'Z'",
            "2018-06-13T14:11:05Z",
            "2018-06-13 14:11:05.000",
        ),
        ("yyyy-MM-dd", "2018-02-29", "none"),
        ("yyyy-MM-dd", "2018-13-01", "none"),
        ("HH:mm", "24:00", "none"),
        ("kk:mm", "24:00", "1970-01-01 00:00:00.000"),
        ("hh:mm a", "12:30 pm", "1970-01-01 12:30:00.000"),
        ("hh:mm a", "12:30 AM", "1970-01-01 00:30:00.000"),
        ("hh:mm", "13:30", "none"),
        ("K:mm a", "0:08 PM", "1970-01-01 12:08:00.000"),
        ("EEE, d MMM yyyy", "Wed, 13 Jun 2018", "2018-06-13 00:00:00.000"),
        ("EEE, d MMM yyyy", "Thu, 13 Jun 2018", "none"),
        ("yyyy DDD", "2018 164", "2018-06-13 00:00:00.000"),
        ("yyyy DDD", "2018 366", "none"),
        ("yy", "37", "2037-01-01 00:00:00.000"),
        ("yy", "38", "2038-01-01 00:00:00.000"),
        ("yy", "39", "1939-01-01 00:00:00.000"),
        ("yyyy G", "44 BC", "-0043-01-01 00:00:00.000"),
        ("yyyy", "0", "none"),
        ("yyyy", "", "none"),
        ("MMMM", "  May", "1970-05-01 00:00:00.000"),
        ("''yy", "'18", "2018-01-01 00:00:00.000"),
        ("yyyy F E", "2018 2 Wed", "2018-01-10 00:00:00.000"),
        ("yyyy MM W E", "2018 06 3 Wed", "2018-06-13 00:00:00.000"),
        ("yyyy w E", "2018 24 Wed", "2018-06-13 00:00:00.000"),
    ] {
        assert_eq!(parsed(pattern, text), expected, "{pattern} / {text}");
    }
}

#[test]
fn instants_print_as_documented() {
    // The documented instant was shown in US Pacific; here the same wall clock in UTC.
    let ms = parse_timestamp("2001-07-04 12:08:56.235").unwrap();
    for (pattern, expected) in [
        ("yyyy.MM.dd G 'at' HH:mm:ss z", "2001.07.04 AD at 12:08:56 UTC"),
        ("EEE, MMM d, ''yy", "Wed, Jul 4, '01"),
        ("h:mm a", "12:08 PM"),
        (
            "hh 'o''clock' a, zzzz",
            "12 o'clock PM, Coordinated Universal Time",
        ),
        ("K:mm a, z", "0:08 PM, UTC"),
        ("yyyyy.MMMMM.dd GGG hh:mm aaa", "02001.July.04 AD 12:08 PM"),
        ("EEE, d MMM yyyy HH:mm:ss Z", "Wed, 4 Jul 2001 12:08:56 +0000"),
        ("yyMMddHHmmssZ", "010704120856+0000"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2001-07-04T12:08:56.235Z"),
        ("YYYY-'W'ww-u", "2001-W27-3"),
        ("D w W F u k", "185 27 1 1 3 12"),
        ("EEEE MMMM M", "Wednesday July 7"),
        ("S SSSS", "235 0235"),
        ("y yyy", "2001 2001"),
    ] {
        let mut out = String::new();
        DatePattern::compile(pattern).unwrap().format(ms, &mut out);
        assert_eq!(out, expected, "{pattern}");
    }
    let print = |pattern: &str, at: &str| {
        let mut out = String::new();
        DatePattern::compile(pattern)
            .unwrap()
            .format(parse_timestamp(at).unwrap(), &mut out);
        out
    };
    // The last days of December may be in the next week year.
    assert_eq!(print("YYYY-MM-dd w", "2018-12-30 00:00:00"), "2019-12-30 1");
    assert_eq!(print("YYYY w", "2018-12-29 00:00:00"), "2018 52");
    assert_eq!(print("kk hh", "2018-12-29 00:00:00"), "24 12");
}

#[test]
fn faulty_patterns_are_refused() {
    for (pattern, message) in [
        ("yyyy b", "Illegal pattern character 'b' in 'yyyy b'"),
        ("'abc", "Unterminated quote in ''abc'"),
        ("XXXX", "Illegal pattern character 'X' in 'XXXX'"),
    ] {
        assert_eq!(DatePattern::compile(pattern).unwrap_err(), message);
    }
}
