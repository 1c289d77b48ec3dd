//! What the plain values of one field were, and the narrowest type that loads every one of them.
//!
//! The classes are those of the loader (`application.md` §5.3), not of JSON: a text is a TIMESTAMP only if the loader
//! reads it as one, a number an INTEGER only if it is written without a fraction.

use rowtime_engine::datetime;
use rowtime_engine::types::{LENGTH_MAX, SqlType};

use super::Inference;
use crate::format::number::JsonNumber;

/// Shortest VARCHAR that is proposed.
const VARCHAR_MIN: usize = 16;
/// Shortest VARCHAR that the service proposed.
const VARCHAR_MIN_AWS: usize = 4;

/// Values of one field, without NULLs, arrays and objects.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// How many there were.
    pub count: u64,
    /// How many were true or false.
    pub booleans: u64,
    /// How many were numbers.
    pub numbers: u64,
    /// How many an arrival clock can be read from.
    pub instants: u64,
    /// How many were bare dates.
    pub dates: u64,
    /// How many were dates with a time of day.
    pub timestamps: u64,
    /// Some number has a fraction, or does not fit BIGINT.
    pub fractions: bool,
    /// Some whole number does not fit BIGINT.
    pub too_wide: bool,
    /// Some number does not even fit DOUBLE.
    pub infinite: bool,
    /// Least and greatest of the whole numbers, or of the instants (ms).
    pub range: Option<(i64, i64)>,
    /// The last whole number or instant.
    last: Option<i64>,
    /// Some value lies before the one before it.
    pub falls: bool,
    /// Characters of the longest, as text.
    pub chars: usize,
}

impl Values {
    /// Takes a boolean.
    pub fn see_boolean(&mut self, value: bool) {
        self.count += 1;
        self.booleans += 1;
        self.chars = self.chars.max(if value { 4 } else { 5 });
    }

    /// Takes a number as it is written.
    pub fn see_number(&mut self, text: &str) {
        self.count += 1;
        self.numbers += 1;
        self.instants += u64::from(text.parse::<i64>().is_ok());
        self.chars = self.chars.max(text.len());
        match JsonNumber::parse(text).map(|n| (n.to_integer(), n.to_double())) {
            Some((Ok(n), _)) => self.see_instant(n),
            Some((Err(_), Ok(_))) => {
                self.fractions = true;
                let digits = text.strip_prefix('-').unwrap_or(text);
                self.too_wide |= digits.bytes().all(|b| b.is_ascii_digit());
            }
            _ => self.infinite = true,
        }
    }

    /// Takes a string.
    pub fn see_text(&mut self, text: &str) {
        self.count += 1;
        self.chars = self.chars.max(text.chars().count());
        // Nothing shorter is a date, and most texts are told from one by their first byte.
        if text.len() < 10 || !text.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
            self.instants += u64::from(text.parse::<i64>().is_ok());
            return;
        }
        match datetime::parse_iso_timestamp(text) {
            Some(ms) if text.contains(':') => {
                self.timestamps += 1;
                self.see_instant(ms);
            }
            Some(_) => self.dates += 1,
            None => {
                self.instants += u64::from(text.parse::<i64>().is_ok());
                return;
            }
        }
        self.instants += 1;
    }

    /// Takes a field of CSV that is not empty.
    pub fn see_field(&mut self, text: &str) {
        match text {
            "true" | "false" => self.see_boolean(text == "true"),
            _ if JsonNumber::parse(text).is_some() => self.see_number(text),
            _ => self.see_text(text),
        }
    }

    /// Takes a whole number, or an instant in ms.
    pub fn see_instant(&mut self, value: i64) {
        self.falls |= self.last.is_some_and(|last| value < last);
        self.last = Some(value);
        self.range = Some(match self.range {
            None => (value, value),
            Some((least, greatest)) => (least.min(value), greatest.max(value)),
        });
    }

    /// Whether some value is plain text.
    pub fn has_text(&self) -> bool {
        self.count > self.booleans + self.numbers + self.dates + self.timestamps
    }

    /// Whether its values are of more kinds than one type holds.
    pub fn is_mixed(&self) -> bool {
        let texts = u8::from(self.has_text() || self.dates + self.timestamps > 0);
        u8::from(self.booleans > 0) + u8::from(self.numbers > 0) + texts > 1
    }

    /// The type that holds all of them.
    pub fn sql_type(&self, inference: Inference) -> SqlType {
        if self.count == 0 || self.is_mixed() || self.has_text() || self.infinite {
            return varchar(self.chars, inference);
        }
        if self.booleans > 0 {
            return SqlType::Boolean;
        }
        if self.numbers > 0 {
            let fits = |n: i64| i32::try_from(n).is_ok();
            return match self.range {
                _ if self.fractions => SqlType::Double,
                Some((least, greatest)) if fits(least) && fits(greatest) => SqlType::Integer,
                _ => SqlType::BigInt,
            };
        }
        match inference {
            Inference::Service => varchar(self.chars, inference),
            Inference::Wide if self.timestamps > 0 => SqlType::Timestamp,
            Inference::Wide => SqlType::Date,
        }
    }
}

/// A VARCHAR for this many characters: the next power of two.
pub fn varchar(chars: usize, inference: Inference) -> SqlType {
    let least = match inference {
        Inference::Wide => VARCHAR_MIN,
        Inference::Service => VARCHAR_MIN_AWS,
    };
    let length = chars.max(least).next_power_of_two();
    SqlType::Varchar(u32::try_from(length).map_or(LENGTH_MAX, |n| n.min(LENGTH_MAX)))
}
