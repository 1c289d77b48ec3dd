//! What a field held in all records that were looked at: plain values, members, elements.
//!
//! A tree of fields grows as records show new ones, up to a limit: an object with names without end (a map by id) is
//! one text in the end, and costs no more memory than a large record has.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::values::Values;

/// Members of one object, over all records.
pub const MEMBERS_MAX: usize = 1_000;
/// Fields of the whole tree.
const FIELDS_MAX: usize = 20_000;

/// A field, or a document, or an element of an array.
#[derive(Debug, Default)]
pub struct Field {
    /// Its plain values.
    pub values: Values,
    /// How many were null.
    pub nulls: u64,
    /// How many were objects.
    pub objects: u64,
    /// How many were arrays.
    pub arrays: u64,
    /// Members of the objects.
    pub members: Members,
    /// Elements of the arrays.
    pub element: Option<Box<Field>>,
    /// Characters of the longest array or object, as compact text.
    pub structure_chars: usize,
}

/// The members of objects, in the order in which they were first seen.
#[derive(Debug, Default)]
pub struct Members {
    /// Names and fields.
    pub fields: Vec<(String, Field)>,
    by_name: HashMap<String, usize>,
    /// There were more than can be kept.
    pub overflown: bool,
}

/// How many fields may still be made.
#[derive(Debug)]
pub struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(FIELDS_MAX)
    }
}

impl Field {
    /// Takes a value: valid JSON text.
    pub fn see(&mut self, raw: &str, budget: &mut Budget) {
        match raw.as_bytes().first() {
            None | Some(b'n') => self.nulls += 1,
            Some(b't' | b'f') => self.values.see_boolean(raw == "true"),
            Some(b'"') => match serde_json::from_str::<Cow<'_, str>>(raw) {
                Ok(text) => self.values.see_text(&text),
                Err(_) => self.values.see_text(raw),
            },
            Some(b'{') => {
                self.objects += 1;
                self.structure_chars = self.structure_chars.max(compact_chars(raw));
                let members = &mut self.members;
                // The text was checked as a whole.
                let _ = serde_json::Deserializer::from_str(raw).deserialize_map(Look { members, budget });
            }
            Some(b'[') => {
                self.arrays += 1;
                self.structure_chars = self.structure_chars.max(compact_chars(raw));
                let element = self.element.get_or_insert_default();
                let _ = serde_json::Deserializer::from_str(raw).deserialize_seq(LookInto { element, budget });
            }
            Some(_) => self.values.see_number(raw),
        }
    }

    /// How many values were no NULL.
    pub fn seen(&self) -> u64 {
        self.values.count + self.objects + self.arrays
    }

    /// Whether it is a table of its own: an array of nothing but objects.
    pub fn is_rows(&self) -> bool {
        let element = self.element.as_deref();
        self.values.count == 0 && self.objects == 0 && element.is_some_and(Self::is_record)
    }

    /// Whether it is nothing but objects, whose members are known.
    pub fn is_record(&self) -> bool {
        let plain = self.values.count == 0 && self.arrays == 0 && self.objects > 0;
        plain && !self.members.fields.is_empty() && !self.members.overflown
    }

    /// Characters of the longest value, as text.
    pub fn chars(&self) -> usize {
        self.values.chars.max(self.structure_chars)
    }
}

impl Members {
    /// The field of this name, made if it is new; `position` is where it may stand. None if there are too many.
    pub fn field(&mut self, position: usize, name: &str, budget: &mut Budget) -> Option<&mut Field> {
        let at = match self.fields.get(position) {
            Some((known, _)) if known == name => Some(position),
            _ => self.by_name.get(name).copied(),
        };
        let at = match at {
            Some(at) => at,
            None if self.fields.len() >= MEMBERS_MAX || budget.0 == 0 => {
                self.overflown = true;
                return None;
            }
            None => {
                budget.0 -= 1;
                self.by_name.insert(name.to_owned(), self.fields.len());
                self.fields.push((name.to_owned(), Field::default()));
                self.fields.len() - 1
            }
        };
        self.fields.get_mut(at).map(|(_, field)| field)
    }
}

/// Characters of valid JSON text without the white space between its tokens.
pub fn compact_chars(raw: &str) -> usize {
    let mut chars = 0;
    let (mut in_string, mut escaped) = (false, false);
    for b in raw.bytes() {
        // A byte that goes on with a character is not one more.
        if b & 0xC0 == 0x80 {
            continue;
        }
        if in_string {
            in_string = escaped || b != b'"';
            escaped = !escaped && b == b'\\';
        } else if matches!(b, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        } else {
            in_string = b == b'"';
        }
        chars += 1;
    }
    chars
}

/// Looks at the members of an object.
struct Look<'f> {
    members: &'f mut Members,
    budget: &'f mut Budget,
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut position = 0;
        while let Some(Key(name)) = map.next_key::<Key<'de>>()? {
            let raw = map.next_value::<&'de RawValue>()?.get();
            if let Some(field) = self.members.field(position, &name, self.budget) {
                field.see(raw, self.budget);
            }
            position += 1;
        }
        Ok(())
    }
}

/// A key, copied only if it has escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }
}

/// Looks at the elements of an array.
struct LookInto<'f> {
    element: &'f mut Field,
    budget: &'f mut Budget,
}

impl<'de> Visitor<'de> for LookInto<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<&'de RawValue>()? {
            self.element.see(raw.get(), self.budget);
        }
        Ok(())
    }
}
