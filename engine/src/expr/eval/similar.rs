//! SIMILAR TO (`sql.md` §5.3), translated to the regex crate with explicit classes.
//!
//! Metacharacters are `( ) [ ] [^ ] | * + ? {n} {n,m} _ %`; everything else, also `.`, `\` and `$`, is itself.
//! Inside brackets `[a-e^c]` is set subtraction and a parenthesis is invalid.

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

use super::like::{escape_character, invalid_sequence};

const SPECIALS: &str = "_%|*+()[]^-{}?";
const CLASSES: [(&str, &str); 6] = [
    ("ALPHA", "a-zA-Z"),
    ("UPPER", "A-Z"),
    ("LOWER", "a-z"),
    ("DIGIT", "0-9"),
    ("ALNUM", "a-zA-Z0-9"),
    ("SPACE", " "),
];

/// Compiles a pattern that must match a whole text.
pub(crate) fn compile(pattern: &str, escape: Option<&str>) -> Result<Regex, String> {
    let body = translate(pattern, escape_character(escape)?)?;
    regex(&format!(r"(?s)\A(?:{body})\z"), pattern)
}

/// The pattern of SUBSTRING(s SIMILAR p ESCAPE e): three parts between two `e"`.
#[derive(Debug)]
pub(crate) struct ThreeParts(Regex);

impl ThreeParts {
    /// Compiles it. The outer parts need not reach the ends of the text, as the documented case shows.
    pub(crate) fn new(pattern: &str, escape: Option<&str>) -> Result<Self, String> {
        let marker = escape_character(escape)?.unwrap_or('\\');
        let invalid = || invalid(pattern, &format!("it must hold {marker}\" twice"));
        let parts = split_at_markers(pattern, marker);
        let [before, middle, after] = parts.as_slice() else {
            return Err(invalid());
        };
        let part = |p: &str| translate(p, Some(marker));
        let source = format!("(?s)(?:{})({})(?:{})", part(before)?, part(middle)?, part(after)?);
        Ok(Self(regex(&source, pattern)?))
    }

    /// The text between the markers.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        // Groups of the pattern itself do not capture, so the middle is group 1.
        Some(self.0.captures(text)?.get(1)?.as_str())
    }
}

fn split_at_markers(pattern: &str, marker: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let next = if c == marker { chars.next() } else { None };
        if next == Some('"') {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(c);
            part.extend(next);
        }
    }
    parts
}

fn invalid(pattern: &str, why: &str) -> String {
    format!("Invalid regular expression: {pattern} ({why})")
}

fn regex(source: &str, pattern: &str) -> Result<Regex, String> {
    Regex::new(source).map_err(|e| {
        let text = e.to_string();
        let last = text.lines().last().unwrap_or_default();
        invalid(pattern, last.trim_start_matches("error: "))
    })
}

/// The regex of a pattern, without anchors.
fn translate(pattern: &str, escape: Option<char>) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut repeatable = false;
    while let Some(c) = chars.next() {
        if Some(c) == escape {
            push_literal(&mut out, escaped(c, &mut chars)?);
            repeatable = true;
            continue;
        }
        let repeats = matches!(c, '*' | '+' | '?' | '{');
        if repeats && !repeatable {
            return Err(invalid(pattern, "nothing to repeat"));
        }
        match c {
            '_' => out.push('.'),
            '%' => out.push_str(".*"),
            '(' => out.push_str("(?:"),
            ')' | '|' | '*' | '+' | '?' => out.push(c),
            '{' => repetition(&mut chars, &mut out).ok_or_else(|| invalid(pattern, "bad repetition"))?,
            '[' => class(&mut chars, escape, &mut out)
                .map_err(|e| e.unwrap_or_else(|| invalid(pattern, "bad character set")))?,
            ']' | '}' => return Err(invalid(pattern, "unbalanced bracket")),
            other => push_literal(&mut out, other),
        }
        repeatable = !repeats && !matches!(c, '(' | '|');
    }
    Ok(out)
}

fn escaped(escape: char, chars: &mut Peekable<Chars<'_>>) -> Result<char, String> {
    match chars.next() {
        Some(c) if c == escape || SPECIALS.contains(c) => Ok(c),
        other => Err(invalid_sequence(escape, other)),
    }
}

fn push_literal(out: &mut String, c: char) {
    let mut buffer = [0; 4];
    out.push_str(&regex::escape(c.encode_utf8(&mut buffer)));
}

/// `{n}`, `{n,}` or `{n,m}` after the brace.
fn repetition(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            '}' => break,
            c => text.push(c),
        }
    }
    let number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let valid = match text.split_once(',') {
        None => number(&text),
        Some((n, m)) => number(n) && (m.is_empty() || number(m)),
    };
    valid.then(|| {
        let _ = write!(out, "{{{text}}}");
    })
}

/// A set after its `[`; `None` as error stands for a malformed set.
fn class(
    chars: &mut Peekable<Chars<'_>>,
    escape: Option<char>,
    out: &mut String,
) -> Result<(), Option<String>> {
    let not = if chars.next_if_eq(&'^').is_some() { "^" } else { "" };
    let mut set = String::new();
    let mut removed = String::new();
    let mut subtracts = false;
    loop {
        let c = chars.next().ok_or(None)?;
        let current = if subtracts { &mut removed } else { &mut set };
        match c {
            c if Some(c) == escape => members(escaped(c, chars).map_err(Some)?, chars, escape, current)?,
            ']' => break,
            '^' if !subtracts && !current.is_empty() => subtracts = true,
            '[' if chars.peek() == Some(&':') => named_class(chars, current)?,
            '(' | ')' | '[' | '^' | '-' => return Err(None),
            c => members(c, chars, escape, current)?,
        }
    }
    if set.is_empty() || subtracts && removed.is_empty() {
        return Err(None);
    }
    let _ = if subtracts {
        write!(out, "[[{not}{set}]--[{removed}]]")
    } else {
        write!(out, "[{not}{set}]")
    };
    Ok(())
}

/// One character of a set, or the range that it begins.
fn members(
    low: char,
    chars: &mut Peekable<Chars<'_>>,
    escape: Option<char>,
    set: &mut String,
) -> Result<(), Option<String>> {
    push_literal(set, low);
    if chars.next_if_eq(&'-').is_none() {
        return Ok(());
    }
    let high = match chars.next().ok_or(None)? {
        c if Some(c) == escape => escaped(c, chars).map_err(Some)?,
        ']' => return Err(None),
        c => c,
    };
    if high < low {
        return Err(None);
    }
    set.push('-');
    push_literal(set, high);
    Ok(())
}

/// `[:NAME:]` after its first bracket.
fn named_class(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), Option<String>> {
    let mut name = String::new();
    chars.next();
    loop {
        match chars.next().ok_or(None)? {
            ':' => break,
            c => name.push(c.to_ascii_uppercase()),
        }
    }
    if chars.next() != Some(']') {
        return Err(None);
    }
    if name == "WHITESPACE" {
        out.push_str(r"\s");
        return Ok(());
    }
    let (_, members) = CLASSES.iter().find(|(n, _)| *n == name).ok_or(None)?;
    out.push_str(members);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `functions.md` §1.1.
    #[test]
    fn patterns_match_as_documented() {
        for (texts, pattern, escape, expected) in [
            ("xy", "(xy)", None, true),
            ("abd", "[ab][bcde]d", None, true),
            ("bdd", "[ab][bcde]d", None, true),
            ("abd", "[ab]d", None, false),
            ("cd", "[a-e]d", None, true),
            ("cd", "[a-e^c]d", None, false),
            ("bd", "[a-e^c]d", None, true),
            ("amy,fred", "amy|fred", None, true),
            ("mike,amyfred,amyred", "amy|fred", None, false),
            ("acd,accccd", "ab*c+d", None, true),
            ("abd,aabc", "ab*c+d", None, false),
            ("a(b{3})", "a(b{3})", None, false),
            ("a_", "a\\_", Some("\\"), true),
            ("123aXYZ", "_%_a%_", None, true),
            ("123aXYZ", "%a%", None, true),
            ("1a", "_a", None, true),
            ("abb", "a(b{3})", None, false),
            ("abbb", "a(b{3})", None, true),
            ("abbbbb", "a(b{3})", None, false),
            ("abbbbb", "ab{3,6}", None, true),
            ("abbbbbbbb", "ab{3,6}", None, false),
            ("", "ab?", None, false),
            ("", "(ab)?", None, true),
            ("a", "ab?", None, true),
            ("a", "(ab)?", None, false),
            ("a,ab", "a(b?)", None, true),
            ("abb", "ab?", None, false),
            ("a(b{3})", "a\\(b\\{3\\}\\)", Some("\\"), true),
            ("a%", "a\\%", Some("\\"), true),
            ("y", "x-z", None, false),
            ("x-z", "x-z", None, true),
            ("a.b", "a.b", None, true),
            ("axb", "a.b", None, false),
            ("a\\b", "a\\b", None, true),
            ("a$", "a$", None, true),
            ("xd", "[^a-e]d", None, true),
            ("cd", "[^a-e]d", None, false),
            ("a\nb", "a_b", None, true),
            ("7", "[[:DIGIT:]]", None, true),
            ("é", "_", None, true),
            ("-", "[\\-a]", Some("\\"), true),
        ] {
            let compiled = compile(pattern, escape).unwrap();
            for text in texts.split(',') {
                assert_eq!(
                    compiled.is_match(text),
                    expected,
                    "'{text}' SIMILAR TO '{pattern}'"
                );
            }
        }
    }

    #[test]
    fn bad_patterns_are_invalid() {
        for pattern in [
            "[^(a-e)]d",
            "(a",
            "a)",
            "[a",
            "a]",
            "*a",
            "a{x}",
            "[]",
            "(?i)a",
            "[z-a]",
            "a{3",
        ] {
            let message = compile(pattern, None).unwrap_err();
            assert!(
                message.starts_with("Invalid regular expression: "),
                "{pattern}: {message}"
            );
        }
        assert_eq!(
            compile("a\\b", Some("\\")).unwrap_err(),
            "Invalid escape sequence '\\b'"
        );
    }

    #[test]
    fn three_parts_give_the_middle() {
        let find = |p, e, t| ThreeParts::new(p, Some(e)).unwrap().find(t).map(str::to_owned);
        assert_eq!(find("23#\"456#\"78", "#", "123456789").as_deref(), Some("456"));
        assert_eq!(
            find("TECH%\"NOLO%\"GY", "%", "TECHNOLOGY").as_deref(),
            Some("NOLO")
        );
        assert_eq!(find("TECH%\"NOLO%\"GY", "%", "RETAIL"), None);
        assert!(ThreeParts::new("abc", Some("#")).is_err());
    }
}
