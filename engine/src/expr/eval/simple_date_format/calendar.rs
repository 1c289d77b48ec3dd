//! The fields of Java's GregorianCalendar (US: weeks begin on Sunday, the first week may have one day),
//! resolved without leniency: the most recently set fields decide the date, all others must agree with it.

use crate::datetime::{DAY_MS, civil_from_days, days_from_civil, days_in_month};

/// A calendar field; the discriminants index the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Era,
    Year,
    Month,
    WeekOfYear,
    WeekOfMonth,
    DayOfMonth,
    DayOfYear,
    DayOfWeek,
    DayOfWeekInMonth,
    AmPm,
    Hour,
    HourOfDay,
    Minute,
    Second,
    Milli,
    WeekYear,
}

const FIELDS: usize = 16;
/// Least and greatest value of each field; MONTH counts from 0, ERA 1 is AD, DAY_OF_WEEK 1 is Sunday.
const LIMITS: [(i64, i64); FIELDS] = [
    (0, 1),
    (1, 200_000),
    (0, 11),
    (1, 53),
    (0, 6),
    (1, 31),
    (1, 366),
    (1, 7),
    (-1, 6),
    (0, 1),
    (0, 11),
    (0, 23),
    (0, 59),
    (0, 59),
    (0, 999),
    (1, 200_000),
];

/// Fields as a text set them.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    values: [i64; FIELDS],
    /// When each was set, 0 for never.
    stamps: [u32; FIELDS],
    next: u32,
    /// What the text's zone is ahead of UTC.
    pub(super) zone_ms: i64,
}

impl Calendar {
    pub(super) fn set(&mut self, field: Field, value: i64) {
        self.next += 1;
        self.values[field as usize] = value;
        self.stamps[field as usize] = self.next;
    }

    pub(super) fn get(&self, field: Field) -> Option<i64> {
        self.is_set(field).then(|| self.values[field as usize])
    }

    fn is_set(&self, field: Field) -> bool {
        self.stamp(field) != 0
    }

    fn stamp(&self, field: Field) -> u32 {
        self.stamps[field as usize]
    }

    fn value_or(&self, field: Field, default: i64) -> i64 {
        self.get(field).unwrap_or(default)
    }

    /// The later of two stamps, if both fields are set.
    fn both(&self, a: Field, b: Field) -> u32 {
        if self.is_set(a) && self.is_set(b) {
            self.stamp(a).max(self.stamp(b))
        } else {
            0
        }
    }

    /// The instant, in ms UTC.
    pub(super) fn to_ms(&self) -> Option<i64> {
        for (i, (low, high)) in LIMITS.iter().enumerate() {
            if self.stamps[i] != 0 && !(*low..=*high).contains(&self.values[i]) {
                return None;
            }
        }
        let by_week_year = self.stamp(Field::WeekYear) > self.stamp(Field::Year);
        let days = if by_week_year {
            self.week_date()?
        } else {
            self.civil_date()?
        };
        let ms = days * DAY_MS + self.time_of_day();
        let agrees = by_week_year && self.agrees_in_time(ms) || !by_week_year && self.agrees(ms);
        agrees.then_some(ms - self.zone_ms)
    }

    /// Java takes the week and the day of the week only; month and day of the month are overwritten.
    fn week_date(&self) -> Option<i64> {
        let year = self.values[Field::WeekYear as usize];
        let week = self.value_or(Field::WeekOfYear, 1);
        let weekday = self.value_or(Field::DayOfWeek, 1);
        let days = first_week(days_from_civil(year, 1, 1)) + (weekday - 1) + 7 * (week - 1);
        let resolved = Resolved::of(days * DAY_MS);
        (resolved.week_year() == year && resolved.field(Field::WeekOfYear) == week).then_some(days)
    }

    fn civil_date(&self) -> Option<i64> {
        use Field::{DayOfMonth, DayOfWeek, DayOfWeekInMonth, DayOfYear, Month, WeekOfMonth, WeekOfYear};
        let year = self.value_or(Field::Year, 1970);
        let year = if self.get(Field::Era) == Some(0) {
            1 - year
        } else {
            year
        };
        let month = self.value_or(Month, 0) + 1;
        let mut dom = self.stamp(DayOfMonth);
        let mut wom = self.both(WeekOfMonth, DayOfWeek);
        let mut dowim = self.both(DayOfWeekInMonth, DayOfWeek);
        let doy = self.stamp(DayOfYear);
        let mut woy = self.both(WeekOfYear, DayOfWeek);
        let mut best = dom.max(wom).max(dowim).max(doy).max(woy);
        if best == 0 {
            wom = self.stamp(WeekOfMonth);
            dowim = self.stamp(DayOfWeekInMonth).max(self.stamp(DayOfWeek));
            woy = self.stamp(WeekOfYear);
            best = wom.max(dowim).max(woy);
            if best == 0 {
                dom = self.stamp(Month);
                best = dom;
            }
        }
        let week_of_year = self.stamp(WeekOfYear);
        if best == dom {
            let day = self.value_or(DayOfMonth, 1);
            return (day <= days_in_month(year, month)).then(|| days_from_civil(year, month, day));
        }
        let first = days_from_civil(year, month, 1);
        if best == wom && self.stamp(WeekOfMonth) >= week_of_year {
            return Some(self.in_week(first_week(first)) + 7 * (self.value_or(WeekOfMonth, 1) - 1));
        }
        if best == dowim && self.stamp(DayOfWeekInMonth) >= week_of_year {
            let n = self.value_or(DayOfWeekInMonth, 1);
            let weekday = self.value_or(DayOfWeek, 1);
            let until = if n >= 0 {
                7 * n - 1
            } else {
                days_in_month(year, month) + 7 * (n + 1) - 1
            };
            return Some(weekday_on_or_before(first + until, weekday));
        }
        let new_year = days_from_civil(year, 1, 1);
        if best == doy {
            return Some(new_year + self.value_or(DayOfYear, 1) - 1);
        }
        Some(self.in_week(first_week(new_year)) + 7 * (self.value_or(WeekOfYear, 1) - 1))
    }

    /// The set day of the week in the week that begins on `sunday`.
    fn in_week(&self, sunday: i64) -> i64 {
        sunday + self.value_or(Field::DayOfWeek, 1) - 1
    }

    fn time_of_day(&self) -> i64 {
        let hour_of_day = self.stamp(Field::HourOfDay);
        let hour = match self.both(Field::Hour, Field::AmPm) {
            0 if hour_of_day == 0 => self.stamp(Field::Hour).max(self.stamp(Field::AmPm)),
            both => both,
        };
        let hours = if hour_of_day >= hour {
            self.value_or(Field::HourOfDay, 0)
        } else {
            self.value_or(Field::Hour, 0) + 12 * self.value_or(Field::AmPm, 0)
        };
        ((hours * 60 + self.value_or(Field::Minute, 0)) * 60 + self.value_or(Field::Second, 0)) * 1_000
            + self.value_or(Field::Milli, 0)
    }

    /// Whether every set field is what the instant shows.
    fn agrees(&self, ms: i64) -> bool {
        use Field::{
            DayOfMonth, DayOfWeek, DayOfWeekInMonth, DayOfYear, Era, Month, WeekOfMonth, WeekOfYear, Year,
        };
        let resolved = Resolved::of(ms);
        [
            Era,
            Year,
            Month,
            WeekOfYear,
            WeekOfMonth,
            DayOfMonth,
            DayOfYear,
            DayOfWeek,
            DayOfWeekInMonth,
        ]
        .into_iter()
        .all(|f| self.get(f).is_none_or(|v| v == resolved.field(f)))
            && self.agrees_in_time(ms)
    }

    fn agrees_in_time(&self, ms: i64) -> bool {
        let resolved = Resolved::of(ms);
        [Field::AmPm, Field::Hour, Field::HourOfDay]
            .into_iter()
            .all(|f| self.get(f).is_none_or(|v| v == resolved.field(f)))
    }
}

/// The Sunday that begins the first week of the month or year that begins on `first`.
fn first_week(first: i64) -> i64 {
    weekday_on_or_before(first, 1)
}

/// 1 for Sunday to 7 for Saturday.
fn weekday(days: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    (days + 4).rem_euclid(7) + 1
}

fn weekday_on_or_before(days: i64, wanted: i64) -> i64 {
    days - (weekday(days) - wanted).rem_euclid(7)
}

/// The fields of an instant.
pub(super) struct Resolved {
    days: i64,
    ms_of_day: i64,
    year: i64,
    month: i64,
    day: i64,
}

impl Resolved {
    pub(super) fn of(ms: i64) -> Self {
        let days = ms.div_euclid(DAY_MS);
        let (year, month, day) = civil_from_days(days);
        Self {
            days,
            ms_of_day: ms.rem_euclid(DAY_MS),
            year,
            month,
            day,
        }
    }

    /// The week year: the first days of January always belong to it, the last of December may not.
    pub(super) fn week_year(&self) -> i64 {
        let next = first_week(days_from_civil(self.year + 1, 1, 1));
        if self.days >= next {
            self.year + 1
        } else {
            self.year
        }
    }

    pub(super) fn field(&self, field: Field) -> i64 {
        let hour = self.ms_of_day / 3_600_000;
        match field {
            Field::Era => i64::from(self.year > 0),
            Field::Year if self.year > 0 => self.year,
            Field::Year => 1 - self.year,
            Field::Month => self.month - 1,
            Field::WeekOfYear => (self.days - first_week(days_from_civil(self.week_year(), 1, 1))) / 7 + 1,
            Field::WeekOfMonth => (self.days - first_week(days_from_civil(self.year, self.month, 1))) / 7 + 1,
            Field::DayOfMonth => self.day,
            Field::DayOfYear => self.days - days_from_civil(self.year, 1, 1) + 1,
            Field::DayOfWeek => weekday(self.days),
            Field::DayOfWeekInMonth => (self.day - 1) / 7 + 1,
            Field::AmPm => hour / 12,
            Field::Hour => hour % 12,
            Field::HourOfDay => hour,
            Field::Minute => self.ms_of_day / 60_000 % 60,
            Field::Second => self.ms_of_day / 1_000 % 60,
            Field::Milli => self.ms_of_day % 1_000,
            Field::WeekYear => self.week_year(),
        }
    }
}
