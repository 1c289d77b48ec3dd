//! Java's `SimpleDateFormat(pattern, Locale.US)` in UTC, `setLenient(false)`, parsing a prefix
//! (`functions.md` §6.3).
//!
//! The published outcomes of CHAR_TO_TIMESTAMP are exactly this class's, quirks included: `S` is a number of
//! milliseconds, `YYYY` is the week year and swallows month and day, text after the last element is ignored.

mod calendar;
mod format;
mod parse;
mod zone;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct DatePattern {
    text: String,
    elements: Vec<Element>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    Literal(String),
    /// A letter and how often it stands.
    Field(char, usize),
}

const LETTERS: &str = "GyYMwWDdFEuaHkKhmsSzZX";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

impl DatePattern {
    /// Compiles a pattern.
    pub(crate) fn compile(pattern: &str) -> Result<Self, String> {
        let mut elements = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\'' {
                if chars.next_if_eq(&'\'').is_some() {
                    push_literal(&mut elements, "'");
                    continue;
                }
                push_literal(&mut elements, &quoted(&mut chars, pattern)?);
            } else if c.is_ascii_alphabetic() {
                let mut count = 1;
                while chars.next_if_eq(&c).is_some() {
                    count += 1;
                }
                if !LETTERS.contains(c) || c == 'X' && count > 3 {
                    return Err(format!("Illegal pattern character '{c}' in '{pattern}'"));
                }
                elements.push(Element::Field(c, count));
            } else {
                push_literal(&mut elements, c.encode_utf8(&mut [0; 4]));
            }
        }
        Ok(Self {
            text: pattern.to_owned(),
            elements,
        })
    }

    /// The same in the form of patterns with an escape.
    pub(super) fn compile_plain(pattern: &str, _escape: Option<&str>) -> Result<Self, String> {
        Self::compile(pattern)
    }

    /// The pattern as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The instant of a text in ms, `now_ms` deciding the century of a two-digit year; `None` if the text
    /// does not fit.
    pub(crate) fn parse(&self, text: &str, now_ms: i64) -> Option<i64> {
        parse::parse(&self.elements, text, now_ms)
    }

    /// Appends the text of an instant.
    pub(crate) fn format(&self, ms: i64, out: &mut String) {
        format::format(&self.elements, ms, out);
    }
}

/// The text up to the closing quote.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, pattern: &str) -> Result<String, String> {
    let mut text = String::new();
    loop {
        match chars.next() {
            None => return Err(format!("Unterminated quote in '{pattern}'")),
            Some('\'') if chars.next_if_eq(&'\'').is_some() => text.push('\''),
            Some('\'') => return Ok(text),
            Some(c) => text.push(c),
        }
    }
}

fn push_literal(elements: &mut Vec<Element>, text: &str) {
    if let Some(Element::Literal(last)) = elements.last_mut() {
        last.push_str(text);
    } else {
        elements.push(Element::Literal(text.to_owned()));
    }
}

#[cfg(test)]
mod tests;
