//! The formatter: `SimpleDateFormat.format` in UTC.

use std::fmt::Write;

use super::calendar::{Field, Resolved};
use super::{Element, MONTHS, WEEKDAYS};

/// Appends the text of an instant.
pub(super) fn format(elements: &[Element], ms: i64, out: &mut String) {
    let at = Resolved::of(ms);
    for element in elements {
        match element {
            Element::Literal(text) => out.push_str(text),
            Element::Field(letter, count) => field(*letter, *count, &at, out),
        }
    }
}

fn field(letter: char, count: usize, at: &Resolved, out: &mut String) {
    let numeric = match letter {
        'G' => return out.push_str(if at.field(Field::Era) == 1 { "AD" } else { "BC" }),
        'M' if count > 2 => return name(&MONTHS, at.field(Field::Month), count, out),
        'E' => return name(&WEEKDAYS, at.field(Field::DayOfWeek) - 1, count, out),
        'a' => return out.push_str(if at.field(Field::AmPm) == 0 { "AM" } else { "PM" }),
        'z' => {
            return out.push_str(if count > 3 {
                "Coordinated Universal Time"
            } else {
                "UTC"
            });
        }
        'Z' => return out.push_str("+0000"),
        'X' => return out.push('Z'),
        'y' => return year(at.field(Field::Year), count, out),
        'Y' => return year(at.week_year(), count, out),
        'M' => at.field(Field::Month) + 1,
        'w' => at.field(Field::WeekOfYear),
        'W' => at.field(Field::WeekOfMonth),
        'D' => at.field(Field::DayOfYear),
        'd' => at.field(Field::DayOfMonth),
        'F' => at.field(Field::DayOfWeekInMonth),
        'u' => (at.field(Field::DayOfWeek) + 5) % 7 + 1,
        'H' => at.field(Field::HourOfDay),
        'k' => (at.field(Field::HourOfDay) + 23) % 24 + 1,
        'K' => at.field(Field::Hour),
        'h' => (at.field(Field::Hour) + 11) % 12 + 1,
        'm' => at.field(Field::Minute),
        's' => at.field(Field::Second),
        'S' => at.field(Field::Milli),
        _ => return,
    };
    let _ = write!(out, "{numeric:0count$}");
}

fn year(year: i64, count: usize, out: &mut String) {
    let _ = if count == 2 {
        write!(out, "{:02}", year % 100)
    } else {
        write!(out, "{year:0count$}")
    };
}

fn name(names: &[&str], index: i64, count: usize, out: &mut String) {
    let full = usize::try_from(index)
        .ok()
        .and_then(|i| names.get(i))
        .copied()
        .unwrap_or_default();
    out.push_str(if count > 3 {
        full
    } else {
        full.get(..3).unwrap_or(full)
    });
}
