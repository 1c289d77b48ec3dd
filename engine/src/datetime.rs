//! Civil dates and times of day, and their one text form in the dialect.
//!
//! Everything is UTC, in milliseconds since 1970-01-01, on the proleptic Gregorian calendar (`sql.md` §2).
//! Text goes through here in both directions, so that what one part prints the other reads.

use std::fmt::Write;

use crate::types::TimeUnit;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// Days since 1970-01-01 of a civil date (Hinnant's algorithm for the proleptic Gregorian calendar).
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// (year, month, day) of a number of days since 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Days of a month.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A timestamp taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Year; 0 is 1 BC.
    pub year: i64,
    /// 1–12.
    pub month: i64,
    /// 1–31.
    pub day: i64,
    /// 0–23.
    pub hour: i64,
    /// 0–59.
    pub minute: i64,
    /// 0–59.
    pub second: i64,
    /// 0–999.
    pub milli: i64,
}

impl Civil {
    /// The civil time of a timestamp in ms.
    pub fn of(ms: i64) -> Civil {
        let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS));
        let rest = ms.rem_euclid(DAY_MS);
        Civil {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1_000 % 60,
            milli: rest % 1_000,
        }
    }

    /// The timestamp in ms, if every field is in range.
    pub fn to_ms(self) -> Option<i64> {
        let in_range = (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && (0..24).contains(&self.hour)
            && (0..60).contains(&self.minute)
            && (0..60).contains(&self.second)
            && (0..1_000).contains(&self.milli);
        in_range.then(|| {
            days_from_civil(self.year, self.month, self.day) * DAY_MS
                + ((self.hour * 60 + self.minute) * 60 + self.second) * 1_000
                + self.milli
        })
    }
}

/// Start of the unit that holds `ms` (FLOOR … TO); the calendar decides for MONTH and YEAR.
pub fn floor_to(ms: i64, unit: TimeUnit) -> i64 {
    match unit.millis() {
        Some(width) => ms.div_euclid(width) * width,
        None => {
            let (year, month, _) = civil_from_days(ms.div_euclid(DAY_MS));
            let month = if unit == TimeUnit::Year { 1 } else { month };
            days_from_civil(year, month, 1) * DAY_MS
        }
    }
}

/// `months` after the civil date of `ms`, the day clipped to the month's end; the time of day is kept.
pub fn add_months(ms: i64, months: i64) -> i64 {
    let (year, month, day) = civil_from_days(ms.div_euclid(DAY_MS));
    let index = year * 12 + month - 1 + months;
    let (year, month) = (index.div_euclid(12), index.rem_euclid(12) + 1);
    let day = day.min(days_in_month(year, month));
    days_from_civil(year, month, day) * DAY_MS + ms.rem_euclid(DAY_MS)
}

/// Appends `yyyy-MM-dd`.
pub fn write_date(out: &mut String, days: i64) {
    let (year, month, day) = civil_from_days(days);
    let _ = if year < 0 {
        write!(out, "-{:04}-{month:02}-{day:02}", -year)
    } else {
        write!(out, "{year:04}-{month:02}-{day:02}")
    };
}

/// Appends `HH:mm:ss`, and `.SSS` if `millis`.
pub fn write_time(out: &mut String, ms_of_day: i64, millis: bool) {
    let (h, m, s) = (
        ms_of_day / 3_600_000,
        ms_of_day / 60_000 % 60,
        ms_of_day / 1_000 % 60,
    );
    let _ = write!(out, "{h:02}:{m:02}:{s:02}");
    if millis {
        let _ = write!(out, ".{:03}", ms_of_day % 1_000);
    }
}

/// Appends `yyyy-MM-dd HH:mm:ss`, and `.SSS` if `millis`.
pub fn write_timestamp(out: &mut String, ms: i64, millis: bool) {
    write_date(out, ms.div_euclid(DAY_MS));
    out.push(' ');
    write_time(out, ms.rem_euclid(DAY_MS), millis);
}

/// `yyyy-MM-dd HH:mm:ss.SSS`, the form of rows, messages and states.
pub fn timestamp_text(ms: i64) -> String {
    let mut out = String::with_capacity(23);
    write_timestamp(&mut out, ms, true);
    out
}

/// Reads `yyyy-MM-dd`, exactly.
pub fn parse_date(text: &str) -> Option<i64> {
    let mut fields = Fields(text);
    let days = fields.date()?;
    fields.0.is_empty().then_some(days)
}

/// Reads `HH:mm:ss[.f…]`, exactly; digits after the third of a fraction are dropped. Milliseconds of the day.
pub fn parse_time(text: &str) -> Option<i64> {
    let mut fields = Fields(text);
    let ms = fields.time()?;
    fields.0.is_empty().then_some(ms)
}

/// Reads `yyyy-MM-dd HH:mm:ss[.f…]`, exactly, in the strict form of literals and `cli.md`.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let mut fields = Fields(text);
    let days = fields.date()?;
    fields.literal(' ')?;
    let ms = fields.time()?;
    fields.0.is_empty().then_some(days * DAY_MS + ms)
}

/// Reads the forms that records carry (`application.md` §5.3): a bare date, `T` or a blank, 0–9 fraction
/// digits, `Z` or `±hh:mm`.
pub fn parse_iso_timestamp(text: &str) -> Option<i64> {
    let mut fields = Fields(text.trim());
    let days = fields.date()?;
    if fields.0.is_empty() {
        return Some(days * DAY_MS);
    }
    fields.literal(' ').or_else(|| fields.literal('T'))?;
    let ms = days * DAY_MS + fields.time()?;
    if fields.0.is_empty() || matches!(fields.0, "Z" | "z") {
        return Some(ms);
    }
    let sign = if fields.literal('+').is_some() {
        1
    } else {
        fields.literal('-')?;
        -1
    };
    let hours = fields.digits(2)?;
    let _ = fields.literal(':');
    let minutes = fields.digits(2)?;
    (fields.0.is_empty() && hours < 24 && minutes < 60).then_some(ms - sign * (hours * 60 + minutes) * 60_000)
}

/// What is left of the text being read.
struct Fields<'a>(&'a str);

impl Fields<'_> {
    fn literal(&mut self, c: char) -> Option<()> {
        self.0 = self.0.strip_prefix(c)?;
        Some(())
    }

    fn digits(&mut self, n: usize) -> Option<i64> {
        let head = self.0.get(..n)?;
        if !head.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        self.0 = &self.0[n..];
        head.parse().ok()
    }

    fn date(&mut self) -> Option<i64> {
        let year = self.digits(4)?;
        self.literal('-')?;
        let month = self.digits(2)?;
        self.literal('-')?;
        let day = self.digits(2)?;
        let valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        valid.then(|| days_from_civil(year, month, day))
    }

    fn time(&mut self) -> Option<i64> {
        let hour = self.digits(2)?;
        self.literal(':')?;
        let minute = self.digits(2)?;
        self.literal(':')?;
        let second = self.digits(2)?;
        let mut milli = 0;
        if self.literal('.').is_some() {
            let n = self.0.bytes().take_while(u8::is_ascii_digit).count();
            if n > 9 {
                return None;
            }
            for (i, b) in self.0.bytes().take(n.min(3)).enumerate() {
                milli += i64::from(b - b'0') * [100, 10, 1][i];
            }
            self.0 = &self.0[n..];
        }
        (hour < 24 && minute < 60 && second < 60)
            .then_some(((hour * 60 + minute) * 60 + second) * 1_000 + milli)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_six_thousand_years_survives_the_round_trip() {
        for days in -800_000..1_400_000 {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m, d), days);
        }
        assert_eq!(civil_from_days(0), (1970, 1, 1));
    }

    #[test]
    fn texts_read_back() {
        let ms = parse_timestamp("2018-11-01 09:05:07.089").unwrap();
        assert_eq!(timestamp_text(ms), "2018-11-01 09:05:07.089");
        assert_eq!(parse_timestamp("2007-02-19 21:25"), None);
        assert_eq!(parse_date("2004-12-02 "), None);
        assert_eq!(parse_date("2018-02-29"), None);
        assert_eq!(
            parse_iso_timestamp("2018-05-09T12:50:41.337510"),
            parse_timestamp("2018-05-09 12:50:41.337")
        );
        assert_eq!(
            parse_iso_timestamp("2018-05-09T12:50:41+02:00"),
            parse_timestamp("2018-05-09 10:50:41")
        );
        assert_eq!(
            parse_iso_timestamp("1992-02-14"),
            parse_timestamp("1992-02-14 00:00:00")
        );
    }

    #[test]
    fn months_are_clipped_to_their_end() {
        let jan31 = parse_timestamp("2024-01-31 10:00:00").unwrap();
        assert_eq!(timestamp_text(add_months(jan31, 1)), "2024-02-29 10:00:00.000");
        assert_eq!(timestamp_text(add_months(jan31, -2)), "2023-11-30 10:00:00.000");
        assert_eq!(
            timestamp_text(floor_to(jan31, TimeUnit::Year)),
            "2024-01-01 00:00:00.000"
        );
    }
}
