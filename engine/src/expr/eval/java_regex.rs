//! java.util.regex patterns on the regex crate.
//!
//! The two agree on nearly all of what applications write; here the rest is rewritten: `\d \w \s` are ASCII,
//! `.` stops at every line terminator, `\Q…\E`, `\p{Alpha}` and `\uXXXX` are Java's. What needs backtracking
//! (look-around, back-references, possessive quantifiers) is refused by name. `$` is the very end only.

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

const NOT_A_LINE_END: &str = r"[^\n\r\x{85}\x{2028}\x{2029}]";
const POSIX: [(&str, &str); 13] = [
    ("Lower", "lower"),
    ("Upper", "upper"),
    ("ASCII", "ascii"),
    ("Alpha", "alpha"),
    ("Digit", "digit"),
    ("Alnum", "alnum"),
    ("Punct", "punct"),
    ("Graph", "graph"),
    ("Print", "print"),
    ("Blank", "blank"),
    ("Cntrl", "cntrl"),
    ("XDigit", "xdigit"),
    ("Space", "space"),
];

/// Compiles a Java pattern; the error names the pattern and what is wrong with it.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let invalid = |why: &str| format!("Invalid regular expression: {pattern} ({why})");
    let source = translate(pattern).map_err(|why| invalid(&why))?;
    Regex::new(&source).map_err(|e| {
        let text = e.to_string();
        invalid(
            text.lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: "),
        )
    })
}

/// What Java runs in this pattern and the engine does not, if anything: a gap of ours, not a fault of the pattern.
pub(crate) fn beyond(pattern: &str) -> Option<&'static str> {
    let mut rest = pattern.chars();
    let mut depth = 0usize;
    while let Some(c) = rest.next() {
        let ahead = rest.as_str();
        match c {
            '\\' => match rest.next() {
                Some('Q') => {
                    let end = rest.as_str().split_once("\\E");
                    rest = end.map_or("", |(_, after)| after).chars();
                }
                Some('1'..='9' | 'k') if depth == 0 => return Some("A back-reference"),
                Some('G') if depth == 0 => return Some("\\G"),
                _ => {}
            },
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '(' if ["?=", "?!", "?<=", "?<!"]
                .iter()
                .any(|sign| ahead.starts_with(sign)) =>
            {
                return Some("Look-around");
            }
            '(' if ahead.starts_with("?>") => return Some("An atomic group"),
            '*' | '+' | '?' | '}' if ahead.starts_with('+') => return Some("A possessive quantifier"),
            _ => {}
        }
    }
    None
}

/// The same in the form of patterns with an escape.
pub(super) fn compile_plain(pattern: &str, _escape: Option<&str>) -> Result<Regex, String> {
    compile(pattern)
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut depth = 0usize;
    let dot_matches_all = flags_hold_s(pattern);
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut chars, &mut out)?,
            '[' => {
                depth += 1;
                out.push(c);
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            ']' if depth > 0 => {
                depth -= 1;
                out.push(c);
            }
            // Set operators of the regex crate that are plain characters in Java.
            '-' | '~' if depth > 0 && chars.peek() == Some(&c) => {
                out.push('\\');
                out.push(c);
            }
            '.' if depth == 0 && !dot_matches_all => out.push_str(NOT_A_LINE_END),
            '*' | '+' | '?' | '}' if depth == 0 && chars.peek() == Some(&'+') => {
                return Err("possessive quantifiers are not supported".to_owned());
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

/// Whether an inline flag group such as `(?s)` or `(?is:` turns on "dot matches all".
fn flags_hold_s(pattern: &str) -> bool {
    pattern.match_indices("(?").any(|(at, _)| {
        let flags = pattern.get(at + 2..).unwrap_or_default();
        let flags = flags.split([')', ':', '-']).next().unwrap_or_default();
        flags.bytes().all(|b| b.is_ascii_lowercase()) && flags.contains('s')
    })
}

/// What stands behind a backslash.
fn escape(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let Some(c) = chars.next() else {
        return Err("a backslash ends it".to_owned());
    };
    match c {
        'd' => out.push_str("[0-9]"),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str("[A-Za-z0-9_]"),
        'W' => out.push_str("[^A-Za-z0-9_]"),
        's' => out.push_str(r"[ \t\n\x0B\x0C\r]"),
        'S' => out.push_str(r"[^ \t\n\x0B\x0C\r]"),
        'h' => out.push_str(r"[ \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]"),
        'R' => out.push_str(r"(?:\r\n|[\n\x0B\x0C\r\x{85}\x{2028}\x{2029}])"),
        'e' => out.push_str(r"\x1B"),
        'Z' => out.push_str(r"\z"),
        'Q' => quoted(chars, out),
        'u' => unicode(chars, out)?,
        '0' => octal(chars, out)?,
        'p' | 'P' => property(c == 'P', chars, out)?,
        '1'..='9' | 'k' => return Err("back-references are not supported".to_owned()),
        'G' => return Err("\\G is not supported".to_owned()),
        c if c.is_ascii_alphabetic() => {
            out.push('\\');
            out.push(c);
        }
        c => {
            let mut buffer = [0; 4];
            out.push_str(&regex::escape(c.encode_utf8(&mut buffer)));
        }
    }
    Ok(())
}

/// `\Q … \E`.
fn quoted(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.next_if_eq(&'E').is_some() {
            break;
        }
        text.push(c);
    }
    out.push_str(&regex::escape(&text));
}

fn unicode(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let digits: String = chars.by_ref().take(4).collect();
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("\\u needs four hexadecimal digits".to_owned());
    }
    let _ = write!(out, "\\x{{{digits}}}");
    Ok(())
}

fn octal(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let mut value = None;
    for _ in 0..3 {
        let Some(digit) = chars
            .next_if(|c| ('0'..='7').contains(c))
            .and_then(|c| c.to_digit(8))
        else {
            break;
        };
        value = Some(value.unwrap_or(0) * 8 + digit);
    }
    let value = value.ok_or_else(|| "\\0 needs octal digits".to_owned())?;
    let _ = write!(out, "\\x{{{value:x}}}");
    Ok(())
}

/// `\p{…}` with Java's POSIX names, and `IsLatin` for `Latin`.
fn property(negated: bool, chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let name: String = match chars.next() {
        Some('{') => chars.by_ref().take_while(|&c| c != '}').collect(),
        Some(c) => c.to_string(),
        None => return Err("\\p needs a name".to_owned()),
    };
    let not = if negated { "^" } else { "" };
    if let Some((_, posix)) = POSIX.iter().find(|(java, _)| *java == name) {
        let _ = write!(out, "[{not}[:{posix}:]]");
        return Ok(());
    }
    let name = match name.as_str() {
        "javaLowerCase" => "Lowercase",
        "javaUpperCase" => "Uppercase",
        "javaWhitespace" => "White_Space",
        other => other.strip_prefix("Is").unwrap_or(other),
    };
    let _ = write!(out, "\\{}{{{name}}}", if negated { 'P' } else { 'p' });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_patterns_find_what_java_finds() {
        for (pattern, text, expected) in [
            ("L[A-Z]*", "TECHNOLOGY", Some("LOGY")),
            ("FOO", "TECHNOLOGY", None),
            ("O[A-Z]", "TECHNOLOGY", Some("OL")),
            (r"\d+", "a١2", Some("2")),
            (r"\w+", "é_a1", Some("_a1")),
            (".+", "ab\rcd", Some("ab")),
            ("(?s).+", "ab\rcd", Some("ab\rcd")),
            (r"\Qa.b\E+", "a.bb", Some("a.bb")),
            (r"\p{Upper}+", "abCD", Some("CD")),
            (r"[\d.]+", "v1.2", Some("1.2")),
            (r"[a-z&&[^b]]+", "bac", Some("ac")),
            (r"\u0041", "xA", Some("A")),
            (r"http:\/\/[^\/]+", "http://a.b/c", Some("http://a.b")),
            (r"\<a\>", "x<a>", Some("<a>")),
            (r"[a--]+", "-a-", Some("-a-")),
        ] {
            let found = compile(pattern).unwrap();
            assert_eq!(found.find(text).map(|m| m.as_str()), expected, "{pattern}");
        }
    }

    #[test]
    fn what_java_can_and_the_engine_cannot_is_told_from_faults() {
        for (pattern, what) in [
            (r"(a)\1", Some("A back-reference")),
            (r"(?<x>a)\k<x>", Some("A back-reference")),
            (r"\Ga", Some(r"\G")),
            ("(?=a)", Some("Look-around")),
            ("b(?!a)", Some("Look-around")),
            ("(?<=a)b", Some("Look-around")),
            ("(?<!a)b", Some("Look-around")),
            ("(?>a)", Some("An atomic group")),
            ("a*+b", Some("A possessive quantifier")),
            ("a{2}+", Some("A possessive quantifier")),
            (r"\Q(?=\1\Ea", None),
            (r"\Q(?=", None),
            (r"\(?=a", None),
            ("[(?=*+]", None),
            ("[a[*+]*+]x+", None),
            ("(?<name>a)(?i:b)a+?", None),
            (r"\\1", None),
            ("(", None),
            ("\\", None),
        ] {
            assert_eq!(beyond(pattern), what, "{pattern}");
            assert!(what.is_none() || compile(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn what_needs_backtracking_is_refused() {
        for pattern in [r"(a)\1", "(?=a)", "(?<!a)b", "a*+b", "(", "[a", "\\"] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
