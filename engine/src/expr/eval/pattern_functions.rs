//! LIKE, SIMILAR TO, the pattern forms of SUBSTRING, and REGEX_REPLACE over batches.

use super::failures::Failures;
use super::like::Like;
use super::patterns::{Patterns, bad_pattern};
use super::similar::ThreeParts;
use super::vector::{Texts, Vector, each_boolean, each_text};
use crate::row_error::RowError;
use crate::types::SqlType;

/// Text, pattern and escape of a row; `None` where one is NULL.
fn operands<'a>(args: &[Texts<'a>], row: usize) -> Option<(&'a str, &'a str, Option<&'a str>)> {
    match args {
        [text, pattern] => Some((text.get(row)?, pattern.get(row)?, None)),
        [text, pattern, escape, ..] => Some((text.get(row)?, pattern.get(row)?, Some(escape.get(row)?))),
        _ => None,
    }
}

fn texts(args: &[Vector]) -> Option<Vec<Texts<'_>>> {
    args.iter().map(Vector::texts).collect()
}

/// `f` of the compiled pattern and the text, for every row.
fn test<T>(
    patterns: &Patterns<T>,
    args: &[Vector],
    failures: &mut Failures<'_>,
    f: impl Fn(&T, &str) -> bool,
) -> Vector {
    let Some(args) = texts(args) else {
        return failures.mismatch(SqlType::Boolean);
    };
    let constant = patterns.constant();
    each_boolean(failures, |row| {
        let Some((text, pattern, escape)) = operands(&args, row) else {
            return Ok(None);
        };
        let test = |compiled: &Result<T, String>| match compiled {
            Ok(compiled) => Ok(Some(f(compiled, text))),
            Err(message) => Err(bad_pattern(message)),
        };
        match constant {
            Some(compiled) => test(compiled),
            None => test(&patterns.get(pattern, escape)),
        }
    })
}

/// [NOT] LIKE.
pub(super) fn like(
    p: &Patterns<Like>,
    negated: bool,
    args: &[Vector],
    failures: &mut Failures<'_>,
) -> Vector {
    test(p, args, failures, |like, text| like.matches(text) != negated)
}

/// [NOT] SIMILAR TO.
pub(super) fn similar(
    p: &Patterns<regex::Regex>,
    negated: bool,
    args: &[Vector],
    failures: &mut Failures<'_>,
) -> Vector {
    test(p, args, failures, |regex, text| regex.is_match(text) != negated)
}

/// The part of the text that `f` finds, for every row.
fn find<T>(
    patterns: &Patterns<T>,
    args: &[Vector],
    out: SqlType,
    failures: &mut Failures<'_>,
    f: impl for<'t> Fn(&T, &'t str) -> Option<&'t str>,
) -> Vector {
    let Some(args) = texts(args) else {
        return failures.mismatch(out);
    };
    each_text(failures, |row, to| {
        let Some((text, pattern, escape)) = operands(&args, row) else {
            return Ok(false);
        };
        match patterns.get(pattern, escape).as_ref() {
            Ok(compiled) => Ok(f(compiled, text).map(|found| to.push_str(found)).is_some()),
            Err(message) => Err(bad_pattern(message)),
        }
    })
}

/// SUBSTRING(s FROM regex): the first match, or NULL.
pub(super) fn substring_regex(
    p: &Patterns<regex::Regex>,
    args: &[Vector],
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    find(p, args, out, failures, |regex, text| {
        regex.find(text).map(|m| m.as_str())
    })
}

/// SUBSTRING(s SIMILAR p ESCAPE e).
pub(super) fn substring_similar(
    p: &Patterns<ThreeParts>,
    args: &[Vector],
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    find(p, args, out, failures, |parts, text| parts.find(text))
}

/// REGEX_REPLACE(s, regex, replacement, start, occurrence).
pub(super) fn regex_replace(
    p: &Patterns<regex::Regex>,
    args: &[Vector],
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    let [s, regex, replacement, start, occurrence] = args else {
        return failures.mismatch(out);
    };
    let (Some(s), Some(regex), Some(replacement)) = (s.texts(), regex.texts(), replacement.texts()) else {
        return failures.mismatch(out);
    };
    each_text(failures, |row, to| {
        let (Some(s), Some(regex), Some(replacement)) = (s.get(row), regex.get(row), replacement.get(row))
        else {
            return Ok(false);
        };
        let (Some(start), Some(occurrence)) = (start.integer(row), occurrence.integer(row)) else {
            return Ok(false);
        };
        if start < 1 {
            return Err(RowError::runtime(format!(
                "REGEX_REPLACE: the start position must be at least 1, it is {start}"
            )));
        }
        if occurrence < 0 {
            return Err(RowError::runtime(format!(
                "REGEX_REPLACE: the occurrence must not be negative, it is {occurrence}"
            )));
        }
        let compiled = p.get(regex, None);
        let regex = compiled
            .as_ref()
            .as_ref()
            .map_err(|message| bad_pattern(message))?;
        let skip = usize::try_from(start - 1).unwrap_or(usize::MAX);
        replace(
            regex,
            s,
            replacement,
            super::text::offset(s, skip),
            occurrence,
            to,
        )?;
        Ok(true)
    })
}

/// Java's `replaceAll` from byte `from`, or the replacement of the `occurrence`-th match only.
fn replace(
    regex: &regex::Regex,
    s: &str,
    replacement: &str,
    from: usize,
    occurrence: i64,
    to: &mut String,
) -> Result<(), RowError> {
    let (mut copied, mut at, mut n) = (0, from, 0);
    // A start past the end leaves the text as it is, even for a pattern that matches the empty text.
    let mut open = from < s.len() || s.is_empty();
    while open {
        let Some(found) = regex.captures_at(s, at) else {
            break;
        };
        let Some(whole) = found.get(0) else {
            break;
        };
        n += 1;
        if occurrence == 0 || occurrence == n {
            to.push_str(s.get(copied..whole.start()).unwrap_or_default());
            expand(&found, replacement, to)?;
            copied = whole.end();
        }
        at = whole.end();
        if whole.is_empty() {
            at += s
                .get(at..)
                .and_then(|t| t.chars().next())
                .map_or(1, char::len_utf8);
        }
        open = at <= s.len() && (occurrence == 0 || n < occurrence);
    }
    to.push_str(s.get(copied..).unwrap_or_default());
    Ok(())
}

/// Appends a replacement in Java's syntax: `$1`, `${name}`, and `\` before a literal character.
fn expand(found: &regex::Captures<'_>, replacement: &str, to: &mut String) -> Result<(), RowError> {
    let illegal = || {
        RowError::runtime(format!(
            "REGEX_REPLACE: Illegal group reference in '{replacement}'"
        ))
    };
    let mut chars = replacement.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => to.push(chars.next().ok_or_else(illegal)?),
            '$' if chars.next_if_eq(&'{').is_some() => {
                let name: String = chars.by_ref().take_while(|&c| c != '}').collect();
                to.push_str(found.name(&name).map_or("", |m| m.as_str()));
            }
            '$' => {
                let digit = chars.next().and_then(|c| c.to_digit(10)).ok_or_else(illegal)?;
                let mut group = digit as usize;
                if group >= found.len() {
                    return Err(RowError::runtime(format!("REGEX_REPLACE: No group {group}")));
                }
                // Further digits belong to the reference while such a group exists.
                while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if longer >= found.len() {
                        break;
                    }
                    group = longer;
                    chars.next();
                }
                to.push_str(found.get(group).map_or("", |m| m.as_str()));
            }
            c => to.push(c),
        }
    }
    Ok(())
}
