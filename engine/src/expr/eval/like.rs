//! LIKE (`sql.md` §5.3): `_` is one character, `%` any run, no escape unless one is given, the whole text.
//!
//! A pattern is cut at its `%`s into parts of fixed length; the common shapes (`x%`, `%x`, `%x%`, no wild
//! card) are plain byte searches, the rest is matched part by part, leftmost first, which is exact.

use memchr::memmem::Finder;

/// A compiled LIKE pattern.
#[derive(Debug)]
pub(crate) enum Like {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Infix(Box<Finder<'static>>),
    Parts(Vec<Part>),
}

/// The characters between two `%`s; `None` stands for `_`.
#[derive(Debug)]
pub(crate) struct Part {
    chars: Vec<Option<char>>,
    literal: Option<Finder<'static>>,
}

impl Part {
    fn new(chars: Vec<Option<char>>) -> Self {
        let literal: Option<String> = chars.iter().copied().collect();
        Self {
            chars,
            literal: literal.map(|l| Finder::new(l.as_bytes()).into_owned()),
        }
    }

    /// How many bytes at the start of `text` it matches.
    fn matches_start(&self, text: &str) -> Option<usize> {
        let mut rest = text.chars();
        for wanted in &self.chars {
            let c = rest.next()?;
            if wanted.is_some_and(|w| w != c) {
                return None;
            }
        }
        Some(text.len() - rest.as_str().len())
    }

    /// The end of its first occurrence.
    fn find(&self, text: &str) -> Option<usize> {
        if let Some(literal) = &self.literal {
            return Some(literal.find(text.as_bytes())? + literal.needle().len());
        }
        text.char_indices()
            .find_map(|(at, _)| Some(at + self.matches_start(text.get(at..)?)?))
    }

    /// Whether it matches the very end of `text`.
    fn matches_end(&self, text: &str) -> bool {
        let start = match self.chars.len() {
            0 => return true,
            n => text.char_indices().rev().nth(n - 1),
        };
        start.is_some_and(|(at, _)| text.get(at..).is_some_and(|t| self.matches_start(t).is_some()))
    }
}

impl Like {
    /// Compiles a pattern; the error is the service's.
    pub(crate) fn new(pattern: &str, escape: Option<&str>) -> Result<Self, String> {
        let escape = escape_character(escape)?;
        let mut parts = vec![Vec::new()];
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            let wanted = if Some(c) == escape {
                match chars.next() {
                    Some(c) if c == '_' || c == '%' || Some(c) == escape => Some(c),
                    other => return Err(invalid_sequence(c, other)),
                }
            } else if c == '%' {
                parts.push(Vec::new());
                continue;
            } else {
                (c != '_').then_some(c)
            };
            if let Some(part) = parts.last_mut() {
                part.push(wanted);
            }
        }
        // Runs of % are one.
        let last = parts.len() - 1;
        let mut at = 0;
        parts.retain(|p| {
            at += 1;
            at == 1 || at - 1 == last || !p.is_empty()
        });
        Ok(Self::of(parts))
    }

    fn of(parts: Vec<Vec<Option<char>>>) -> Self {
        let literal = |p: &[Option<char>]| p.iter().copied().collect::<Option<String>>();
        let shape = match parts.as_slice() {
            [a] => literal(a).map(Self::Exact),
            [a, b] if b.is_empty() => literal(a).map(Self::Prefix),
            [a, b] if a.is_empty() => literal(b).map(Self::Suffix),
            [a, b, c] if a.is_empty() && c.is_empty() => {
                literal(b).map(|l| Self::Infix(Box::new(Finder::new(l.as_bytes()).into_owned())))
            }
            _ => None,
        };
        shape.unwrap_or_else(|| Self::Parts(parts.into_iter().map(Part::new).collect()))
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(p) => text == p,
            Self::Prefix(p) => text.starts_with(p.as_str()),
            Self::Suffix(p) => text.ends_with(p.as_str()),
            Self::Infix(p) => p.find(text.as_bytes()).is_some(),
            Self::Parts(parts) => parts_match(parts, text),
        }
    }
}

fn parts_match(parts: &[Part], text: &str) -> bool {
    let [first, rest @ ..] = parts else {
        return text.is_empty();
    };
    let Some(mut at) = first.matches_start(text) else {
        return false;
    };
    let [middle @ .., last] = rest else {
        return at == text.len();
    };
    for part in middle {
        match text.get(at..).and_then(|t| part.find(t)) {
            Some(end) => at += end,
            None => return false,
        }
    }
    text.get(at..).is_some_and(|t| last.matches_end(t))
}

/// The one character after ESCAPE.
pub(crate) fn escape_character(escape: Option<&str>) -> Result<Option<char>, String> {
    let Some(escape) = escape else {
        return Ok(None);
    };
    let mut chars = escape.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(Some(c)),
        _ => Err(format!("Invalid escape character '{escape}'")),
    }
}

/// The error of an escape character before one that needs none.
pub(crate) fn invalid_sequence(escape: char, next: Option<char>) -> String {
    let next = next.map(String::from).unwrap_or_default();
    format!("Invalid escape sequence '{escape}{next}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `functions.md` §1.1, then more shapes.
    #[test]
    fn patterns_match_as_documented() {
        for (text, pattern, escape, expected) in [
            ("a", "a", None, true),
            ("a", "A", None, false),
            ("a", "b", None, false),
            ("ab", "a_", None, true),
            ("ab", "a%", None, true),
            ("ab", "a\\_", Some("\\"), false),
            ("ab", "a\\%", Some("\\"), false),
            ("a_", "a\\_", Some("\\"), true),
            ("a%", "a\\%", Some("\\"), true),
            ("a", "a_", None, false),
            ("a", "a%", None, true),
            ("abcd", "a_", None, false),
            ("abcd", "a%", None, true),
            ("", "", None, true),
            ("1a", "_a", None, true),
            ("123aXYZ", "%a%", None, true),
            ("123aXYZ", "_%_a%_", None, true),
            ("a\\b", "a\\b", None, true),
            ("é", "_", None, true),
            ("abcabd", "%ab_", None, true),
            ("abcabd", "a%b%d", None, true),
            ("abcabd", "a%bd%d", None, false),
            ("ab", "ab%b", None, false),
            ("", "%", None, true),
            ("", "%%", None, true),
            ("", "_", None, false),
            ("xay", "%a", None, false),
            ("xa", "%%a", None, true),
            ("éaüb", "_a_b", None, true),
            ("line\nbreak", "line%", None, true),
            ("10%", "10!%", Some("!"), true),
            ("!", "!!", Some("!"), true),
        ] {
            let like = Like::new(pattern, escape).unwrap();
            assert_eq!(like.matches(text), expected, "'{text}' LIKE '{pattern}'");
        }
    }

    #[test]
    fn bad_escapes_are_refused() {
        for (pattern, escape, message) in [
            ("a", "", "Invalid escape character ''"),
            ("a", "ab", "Invalid escape character 'ab'"),
            ("a\\b", "\\", "Invalid escape sequence '\\b'"),
            ("a\\", "\\", "Invalid escape sequence '\\'"),
        ] {
            assert_eq!(Like::new(pattern, Some(escape)).unwrap_err(), message);
        }
    }
}
