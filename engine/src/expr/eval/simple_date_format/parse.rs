//! The parser: `SimpleDateFormat.parse(text, ParsePosition(0))`.

use super::calendar::{Calendar, Field, Resolved};
use super::zone::{self, starts_with_ignoring_case};
use super::{Element, MONTHS, WEEKDAYS};
use crate::datetime::add_months;

/// Two-digit years lie in the hundred years that began so long ago.
const CENTURY_BACK_YEARS: i64 = 80;

/// The instant of a text; what follows the last element is ignored.
pub(super) fn parse(elements: &[Element], text: &str, now_ms: i64) -> Option<i64> {
    let century_start = add_months(now_ms, -12 * CENTURY_BACK_YEARS);
    let mut reader = Reader {
        text,
        at: 0,
        calendar: Calendar::default(),
        century_year: Resolved::of(century_start).field(Field::Year),
        ambiguous_year: None,
    };
    for (i, element) in elements.iter().enumerate() {
        match element {
            Element::Literal(literal) => {
                reader.rest().strip_prefix(literal.as_str())?;
                reader.at += literal.len();
            }
            Element::Field(letter, count) => {
                // Adjacent fields share digits by their widths.
                let adjacent = matches!(elements.get(i + 1), Some(Element::Field(..)));
                reader.field(*letter, *count, adjacent)?;
            }
        }
    }
    let ms = reader.calendar.to_ms()?;
    match reader.ambiguous_year {
        Some((field, year)) if ms < century_start => {
            reader.calendar.set(field, year + 100);
            reader.calendar.to_ms()
        }
        _ => Some(ms),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    calendar: Calendar,
    century_year: i64,
    /// The year field whose two digits are those of the century's first year.
    ambiguous_year: Option<(Field, i64)>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn field(&mut self, letter: char, count: usize, adjacent: bool) -> Option<()> {
        let start = self.at;
        let blanks = self
            .rest()
            .bytes()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        self.at += blanks;
        if self.rest().is_empty() {
            return None;
        }
        // Java counts skipped blanks into the width of an adjacent field.
        let limit = adjacent.then_some(start + count);
        match letter {
            'G' => self.names(Field::Era, &["BC", "AD"], 0),
            'M' if count > 2 => self.text_or_short(Field::Month, &MONTHS, 0),
            'E' => self.text_or_short(Field::DayOfWeek, &WEEKDAYS, 1),
            'a' => self.names(Field::AmPm, &["AM", "PM"], 0),
            'z' | 'Z' => {
                let (ms, n) = zone::general(self.rest())?;
                self.zone(ms, n)
            }
            'X' => {
                let (ms, n) = zone::iso(self.rest(), count)?;
                self.zone(ms, n)
            }
            _ => {
                let from = self.at;
                let value = self.number(limit)?;
                self.number_field(letter, count, value, self.at - from)
            }
        }
    }

    fn zone(&mut self, ms: i64, bytes: usize) -> Option<()> {
        self.calendar.zone_ms = ms;
        self.at += bytes;
        Some(())
    }

    fn number_field(&mut self, letter: char, count: usize, value: i64, width: usize) -> Option<()> {
        let (field, value) = match letter {
            'y' => (Field::Year, self.year(Field::Year, count, value, width)),
            'Y' => (Field::WeekYear, self.year(Field::WeekYear, count, value, width)),
            'M' => (Field::Month, value - 1),
            'w' => (Field::WeekOfYear, value),
            'W' => (Field::WeekOfMonth, value),
            'D' => (Field::DayOfYear, value),
            'd' => (Field::DayOfMonth, value),
            'F' => (Field::DayOfWeekInMonth, value),
            'u' if (1..=7).contains(&value) => (Field::DayOfWeek, value % 7 + 1),
            'H' => (Field::HourOfDay, value),
            'k' if (1..=24).contains(&value) => (Field::HourOfDay, value % 24),
            'K' => (Field::Hour, value),
            'h' if (1..=12).contains(&value) => (Field::Hour, value % 12),
            'm' => (Field::Minute, value),
            's' => (Field::Second, value),
            'S' => (Field::Milli, value),
            _ => return None,
        };
        self.calendar.set(field, value);
        Some(())
    }

    /// `y` and `yy` with exactly two digits mean a year of the moving century; all else is literal.
    fn year(&mut self, field: Field, count: usize, value: i64, width: usize) -> i64 {
        if count > 2 || width != 2 || value < 0 {
            return value;
        }
        let first = self.century_year % 100;
        let year = value + self.century_year / 100 * 100 + if value < first { 100 } else { 0 };
        self.ambiguous_year = (value == first).then_some((field, year));
        year
    }

    /// A number with an optional minus, not past byte `limit`.
    fn number(&mut self, limit: Option<usize>) -> Option<i64> {
        let end = limit.unwrap_or(self.text.len());
        let text = self.text.get(self.at..end)?;
        let digits_at = usize::from(text.starts_with('-'));
        let digits = text.get(digits_at..)?;
        let n = digits.bytes().take_while(u8::is_ascii_digit).count();
        if n == 0 {
            return None;
        }
        self.at += digits_at + n;
        let value = digits.get(..n)?.parse::<i64>().unwrap_or(i64::MAX / 2);
        Some(if digits_at == 1 { -value } else { value })
    }

    /// Full names first, then their first three letters.
    fn text_or_short(&mut self, field: Field, names: &[&str], first: i64) -> Option<()> {
        if let Some(found) = self.names(field, names, first) {
            return Some(found);
        }
        let mut short = Vec::with_capacity(names.len());
        for name in names {
            short.push(name.get(..3)?);
        }
        self.names(field, &short, first)
    }

    /// The longest name at this place, in any case.
    fn names(&mut self, field: Field, names: &[&str], first: i64) -> Option<()> {
        let rest = self.rest();
        let (i, name) = names
            .iter()
            .enumerate()
            .filter(|(_, name)| starts_with_ignoring_case(rest, name))
            .max_by_key(|(_, name)| name.len())?;
        self.at += name.len();
        self.calendar.set(field, first + i64::try_from(i).ok()?);
        Some(())
    }
}
