//! The JSONPath of input mappings (`application.md` §5.1), on JSON text.
//!
//! Only what mappings use: members, indexes, slices, and the search for a name. A path is read once and walked over raw text that is
//! already known to be valid, so a value keeps the digits and escapes that were written.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{Deserialize as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// `.name` or `['name']`.
    Member(String),
    /// `[n]`.
    Index(usize),
    /// `[n:m]`, `[n:]`, `[*]`.
    Slice(usize, Option<usize>),
    /// `..name`: the member of this name that is nearest to the root, the first of equals. The service never said
    /// what it took.
    Descend(String),
}

/// A path from a root that it calls `$`.
pub type Path = Vec<Segment>;

/// Reads a path. The error says what is wrong with it.
pub fn parse(text: &str) -> Result<Path, String> {
    let Some(mut rest) = text.trim().strip_prefix('$') else {
        return Err(format!("the path {text} must start with $"));
    };
    let mut path = Path::new();
    while !rest.is_empty() {
        let (segment, tail) = match rest.strip_prefix('.') {
            Some(name) => {
                let (make, name): (fn(String) -> Segment, &str) = match name.strip_prefix('.') {
                    Some(name) => (Segment::Descend, name),
                    None => (Segment::Member, name),
                };
                let end = name.find(['.', '[']).unwrap_or(name.len());
                (make(name[..end].to_owned()), &name[end..])
            }
            None => bracket(rest).ok_or_else(|| format!("the path {text} cannot be read at {rest}"))?,
        };
        let is_empty = matches!(&segment, Segment::Member(n) | Segment::Descend(n) if n.is_empty());
        if is_empty && rest.starts_with('.') {
            return Err(format!("the path {text} has an empty member name"));
        }
        path.push(segment);
        rest = tail;
    }
    Ok(path)
}

/// The text of a path, which [`parse`] reads; `None` for a name that no text reaches.
pub fn text(path: &[Segment]) -> Option<String> {
    let mut out = "$".to_owned();
    for segment in path {
        match segment {
            Segment::Member(name) if name.is_empty() || name.contains(['.', '[']) || name.trim() != name => {
                let quote = if name.contains('\'') { '"' } else { '\'' };
                out.push_str(&format!("[{quote}{name}{quote}]"));
            }
            Segment::Member(name) => out.push_str(&format!(".{name}")),
            Segment::Descend(name) => out.push_str(&format!("..{name}")),
            Segment::Index(n) => out.push_str(&format!("[{n}]")),
            Segment::Slice(from, None) => out.push_str(&format!("[{from}:]")),
            Segment::Slice(from, Some(to)) => out.push_str(&format!("[{from}:{to}]")),
        }
    }
    (parse(&out).as_deref() == Ok(path)).then_some(out)
}

fn bracket(text: &str) -> Option<(Segment, &str)> {
    let inner = text.strip_prefix('[')?;
    for quote in ['\'', '"'] {
        if let Some(name) = inner.strip_prefix(quote) {
            let (name, tail) = name.split_once(quote)?;
            return Some((Segment::Member(name.to_owned()), tail.strip_prefix(']')?));
        }
    }
    let (inner, tail) = inner.split_once(']')?;
    let segment = match inner.trim().split_once(':') {
        None if inner.trim() == "*" => Segment::Slice(0, None),
        None => Segment::Index(inner.trim().parse().ok()?),
        Some((from, to)) => {
            let number = |t: &str| match t.trim() {
                "" => Some(None),
                t => t.parse().ok().map(Some),
            };
            Segment::Slice(number(from)?.unwrap_or(0), number(to)?)
        }
    };
    Some((segment, tail))
}

/// The value at a path below `raw`, as it is written; `None` if there is none. A slice must be the last step.
pub fn evaluate<'a>(raw: &'a str, path: &[Segment]) -> Option<Cow<'a, str>> {
    let Some((first, rest)) = path.split_first() else {
        return Some(Cow::Borrowed(raw));
    };
    match first {
        Segment::Member(name) => evaluate(member(raw, name)?, rest),
        Segment::Descend(name) => evaluate(descend(raw, name)?, rest),
        Segment::Index(n) => evaluate(elements(raw)?.get(*n).copied()?, rest),
        Segment::Slice(..) if !rest.is_empty() => None,
        Segment::Slice(0, None) => raw.starts_with('[').then_some(Cow::Borrowed(raw)),
        Segment::Slice(from, to) => Some(Cow::Owned(format!("[{}]", slice(raw, *from, *to)?.join(",")))),
    }
}

/// The elements of a slice of an array; `None` if `raw` is no array.
pub fn slice(raw: &str, from: usize, to: Option<usize>) -> Option<Vec<&str>> {
    let mut elements = elements(raw)?;
    elements.truncate(to.unwrap_or(usize::MAX));
    elements.drain(..from.min(elements.len()));
    Some(elements)
}

fn elements(raw: &str) -> Option<Vec<&str>> {
    if !raw.starts_with('[') {
        return None;
    }
    let elements: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
    Some(elements.into_iter().map(RawValue::get).collect())
}

/// The member of an object; the last one of that name wins.
fn member<'a>(raw: &'a str, name: &str) -> Option<&'a str> {
    if !raw.starts_with('{') {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_str(raw);
    deserializer.deserialize_map(MemberVisitor(name)).ok().flatten()
}

/// The member of this name that is nearest to `raw`; level by level, so that a deep document costs no stack.
fn descend<'a>(raw: &'a str, name: &str) -> Option<&'a str> {
    let mut level = vec![raw];
    while !level.is_empty() {
        let mut below = Vec::new();
        for raw in level {
            if let Some(found) = member(raw, name) {
                return Some(found);
            }
            let inner = match raw.as_bytes().first() {
                Some(b'{') => members(raw),
                Some(b'[') => elements(raw).unwrap_or_default(),
                _ => Vec::new(),
            };
            below.extend(inner.into_iter().filter(|raw| raw.starts_with(['{', '['])));
        }
        level = below;
    }
    None
}

/// The values of an object's members.
fn members(raw: &str) -> Vec<&str> {
    let mut deserializer = serde_json::Deserializer::from_str(raw);
    deserializer.deserialize_map(ValuesVisitor).unwrap_or_default()
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Vec<&'de str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while map.next_key::<IgnoredAny>()?.is_some() {
            found.push(map.next_value::<&RawValue>()?.get());
        }
        Ok(found)
    }
}

struct MemberVisitor<'n>(&'n str);

impl<'de> Visitor<'de> for MemberVisitor<'_> {
    type Value = Option<&'de str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(IsName(self.0))? {
            if is_it {
                found = Some(map.next_value::<&RawValue>()?.get());
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

struct IsName<'n>(&'n str);

impl<'de> serde::de::DeserializeSeed<'de> for IsName<'_> {
    type Value = bool;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        // Only keys with escapes are copied.
        let key = Cow::<str>::deserialize(deserializer)?;
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_walk_text() {
        let doc = r#"{"a":{"b":[1, 2.50,{"c":"x"}],"b c":true},"USER@D":7,"a":{"b":[ 10,20 ,30]},"n":null,
            "l":[{"x":{"deep":2}},{"deep":[1]}],"odd.key [0:]":5,"":6}"#;
        for (path, expected) in [
            ("$.USER@D", Some("7")),
            ("$.a.b", Some("[ 10,20 ,30]")),
            ("$.a.b[1]", Some("20")),
            ("$.a.b[0:]", Some("[ 10,20 ,30]")),
            ("$.a.b[1:]", Some("[20,30]")),
            ("$.a.b[0:1]", Some("[10]")),
            ("$.a.b[7]", None),
            ("$['a']['b'][2]", Some("30")),
            ("$.a.b[*]", Some("[ 10,20 ,30]")),
            ("$.a.b[1:2]", Some("[20]")),
            ("$.a.b[5:]", Some("[]")),
            ("$.A", None),
            ("$..USER@D", Some("7")),
            ("$..deep", Some("[1]")),
            ("$.l..deep", Some("[1]")),
            ("$..deep[0]", Some("1")),
            ("$..nothing", None),
            ("$['odd.key [0:]']", Some("5")),
            ("$['']", Some("6")),
            ("$.n", Some("null")),
            ("$.USER@D.x", None),
            ("$", Some(doc)),
        ] {
            let path = parse(path).unwrap();
            assert_eq!(evaluate(doc, &path).as_deref(), expected, "{path:?}");
        }
    }

    #[test]
    fn a_path_is_written_as_it_is_read() {
        for text_of in [
            "$",
            "$.a",
            "$.a.b c.d@e",
            "$['a.b']",
            "$[\"it's.\"].x",
            "$.a[0:].b",
            "$.a[1:3]",
            "$[2]",
            "$[' ']",
        ] {
            assert_eq!(text(&parse(text_of).unwrap()).as_deref(), Some(text_of));
        }
        for name in ["'.\"", "a'].b\""] {
            assert_eq!(text(&[Segment::Member(name.to_owned())]), None, "{name}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "a.b", "", "$..", "$...a", "$.a[", "$.a[x]", "$.a[-1]", "$.", "$.a[0:].", "$a",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
