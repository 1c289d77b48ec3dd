//! String functions (`functions.md` §13). Positions and lengths count characters, from 1.
//!
//! Case is changed one character for one, so that a value never outgrows its declared length. The comma form
//! of SUBSTRING past the end gives '', as the FROM form does (`functions.md` §15).

use std::sync::Arc;

use arrow::array::BinaryViewBuilder;
use arrow::datatypes::{DataType, Int32Type};

use super::failures::Failures;
use super::vector::{Texts, Vector, each_primitive, each_text};
use crate::expr::TrimSide;
use crate::row_error::RowError;
use crate::types::SqlType;

/// Number of characters.
pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}

/// Byte position of the character `n` (from 0), or the end.
pub(super) fn offset(text: &str, n: usize) -> usize {
    if text.is_ascii() {
        return n.min(text.len());
    }
    text.char_indices().nth(n).map_or(text.len(), |(i, _)| i)
}

/// The characters `from .. to` (from 0).
fn between(text: &str, from: usize, to: usize) -> &str {
    let rest = text.get(offset(text, from)..).unwrap_or_default();
    rest.get(..offset(rest, to.saturating_sub(from)))
        .unwrap_or_default()
}

fn count(n: i64) -> usize {
    usize::try_from(n.max(0)).unwrap_or(usize::MAX)
}

fn narrow(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// CHAR_LENGTH.
pub(super) fn char_length(a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector {
    let Some(a) = a.texts() else {
        return failures.mismatch(out);
    };
    each_primitive::<Int32Type>(out, failures, |row| Ok(a.get(row).map(|t| narrow(length(t)))))
}

/// UPPER.
pub(super) fn upper(a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector {
    map_text(a, out, failures, |text, to| {
        text.chars().for_each(|c| to.push(upper_char(c)))
    })
}

/// LOWER.
pub(super) fn lower(a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector {
    map_text(a, out, failures, |text, to| {
        text.chars().for_each(|c| to.push(lower_char(c)))
    })
}

/// INITCAP.
pub(super) fn initcap(a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector {
    map_text(a, out, failures, |text, to| {
        let mut first = true;
        for c in text.chars() {
            to.push(if first { upper_char(c) } else { lower_char(c) });
            first = c == ' ';
        }
    })
}

fn upper_char(c: char) -> char {
    let mut all = c.to_uppercase();
    if all.len() == 1 {
        all.next().unwrap_or(c)
    } else {
        c
    }
}

fn lower_char(c: char) -> char {
    let mut all = c.to_lowercase();
    if all.len() == 1 {
        all.next().unwrap_or(c)
    } else {
        c
    }
}

fn map_text(a: &Vector, out: SqlType, failures: &mut Failures<'_>, f: impl Fn(&str, &mut String)) -> Vector {
    let Some(a) = a.texts() else {
        return failures.mismatch(out);
    };
    each_text(failures, |row, to| {
        let Some(text) = a.get(row) else {
            return Ok(false);
        };
        f(text, to);
        Ok(true)
    })
}

/// `a || b`, texts or bytes.
pub(super) fn concat((a, b): (&Vector, &Vector), out: SqlType, failures: &mut Failures<'_>) -> Vector {
    if out.arrow() == DataType::BinaryView {
        return concat_bytes((a, b), out, failures);
    }
    let (Some(a), Some(b)) = (a.texts(), b.texts()) else {
        return failures.mismatch(out);
    };
    each_text(failures, |row, to| {
        let (Some(a), Some(b)) = (a.get(row), b.get(row)) else {
            return Ok(false);
        };
        to.push_str(a);
        to.push_str(b);
        Ok(true)
    })
}

fn concat_bytes((a, b): (&Vector, &Vector), out: SqlType, failures: &mut Failures<'_>) -> Vector {
    let (Some(a), Some(b)) = (a.bytes(), b.bytes()) else {
        return failures.mismatch(out);
    };
    let mut builder = BinaryViewBuilder::with_capacity(failures.count());
    let mut scratch = Vec::new();
    for row in 0..failures.count() {
        match (a.get(row), b.get(row)) {
            (Some(a), Some(b)) => {
                scratch.clear();
                scratch.extend_from_slice(a);
                scratch.extend_from_slice(b);
                builder.append_value(&scratch);
            }
            _ => builder.append_null(),
        }
    }
    Vector::new(Arc::new(builder.finish()), failures.is_constant())
}

/// POSITION(a IN b).
pub(super) fn position((a, b): (&Vector, &Vector), out: SqlType, failures: &mut Failures<'_>) -> Vector {
    let (Some(a), Some(b)) = (a.texts(), b.texts()) else {
        return failures.mismatch(out);
    };
    each_primitive::<Int32Type>(out, failures, |row| {
        let (Some(needle), Some(text)) = (a.get(row), b.get(row)) else {
            return Ok(None);
        };
        let found = memchr::memmem::find(text.as_bytes(), needle.as_bytes());
        Ok(Some(found.map_or(0, |at| {
            narrow(length(text.get(..at).unwrap_or_default()) + 1)
        })))
    })
}

/// SUBSTRING(s FROM i [FOR n]) of texts or bytes; with `or_null` NULL where i is past the end.
pub(super) fn substring(or_null: bool, args: &[Vector], out: SqlType, failures: &mut Failures<'_>) -> Vector {
    let [s, start, rest @ ..] = args else {
        return failures.mismatch(out);
    };
    // The characters max(1, i) … i + n − 1, as a range from 0.
    let range = |row| -> Option<(usize, usize)> {
        let i = start.integer(row)?;
        let end = match rest.first() {
            Some(n) => i.saturating_add(n.integer(row)?.max(0)).saturating_sub(1),
            None => i64::MAX,
        };
        let from = count(i.saturating_sub(1));
        Some((from, count(end).max(from)))
    };
    if let Some(s) = s.bytes() {
        let mut builder = BinaryViewBuilder::with_capacity(failures.count());
        for row in 0..failures.count() {
            let value = s.get(row).zip(range(row)).and_then(|(bytes, (from, to))| {
                let to = to.min(bytes.len());
                let past_end = from >= bytes.len();
                (!or_null || !past_end).then(|| bytes.get(from.min(to)..to).unwrap_or_default())
            });
            builder.append_option(value);
        }
        return Vector::new(Arc::new(builder.finish()), failures.is_constant());
    }
    let Some(s) = s.texts() else {
        return failures.mismatch(out);
    };
    each_text(failures, |row, to| {
        let (Some(text), Some((from, end))) = (s.get(row), range(row)) else {
            return Ok(false);
        };
        if or_null && offset(text, from) == text.len() {
            return Ok(false);
        }
        to.push_str(between(text, from, end));
        Ok(true)
    })
}

/// OVERLAY(s PLACING r FROM i [FOR n]).
pub(super) fn overlay(args: &[Vector], out: SqlType, failures: &mut Failures<'_>) -> Vector {
    let [s, r, start, rest @ ..] = args else {
        return failures.mismatch(out);
    };
    let (Some(s), Some(r)) = (s.texts(), r.texts()) else {
        return failures.mismatch(out);
    };
    each_text(failures, |row, to| {
        let (Some(text), Some(new), Some(i)) = (s.get(row), r.get(row), start.integer(row)) else {
            return Ok(false);
        };
        let n = match rest.first() {
            Some(n) => match n.integer(row) {
                Some(n) => n,
                None => return Ok(false),
            },
            None => i64::from(narrow(length(new))),
        };
        if n < 0 {
            return Err(RowError::runtime(format!(
                "OVERLAY: the length after FOR must not be negative, it is {n}"
            )));
        }
        to.push_str(between(text, 0, count(i.saturating_sub(1))));
        to.push_str(new);
        to.push_str(between(
            text,
            count(i.saturating_add(n).saturating_sub(1)),
            usize::MAX,
        ));
        Ok(true)
    })
}

/// TRIM(side c FROM s).
pub(super) fn trim(
    side: TrimSide,
    (c, s): (&Vector, &Vector),
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    let (Some(c), Some(s)) = (c.texts(), s.texts()) else {
        return failures.mismatch(out);
    };
    each_text(failures, |row, to| {
        let Some((c, text)) = trim_operands(c, s, row)? else {
            return Ok(false);
        };
        to.push_str(match side {
            TrimSide::Leading => text.trim_start_matches(c),
            TrimSide::Trailing => text.trim_end_matches(c),
            TrimSide::Both => text.trim_matches(c),
        });
        Ok(true)
    })
}

fn trim_operands<'a>(c: Texts<'_>, s: Texts<'a>, row: usize) -> Result<Option<(char, &'a str)>, RowError> {
    let (Some(c), Some(text)) = (c.get(row), s.get(row)) else {
        return Ok(None);
    };
    let mut chars = c.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(Some((c, text))),
        _ => Err(RowError::runtime(format!(
            "Trim error: trim character must be exactly 1 character, it is '{c}'"
        ))),
    }
}
