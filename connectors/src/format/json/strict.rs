//! Values that nobody reads, checked as strictly as if somebody did.
//!
//! serde's own ways to skip a value accept lone surrogates, infinite numbers and any depth. A record must be
//! refused or accepted whatever columns are wanted, so skipped parts go through the full parser here.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Containers inside each other; the limit of serde_json's own reader.
const DEPTH_MAX: usize = 127;

/// Reads a value of any kind and drops it.
#[derive(Clone, Copy)]
pub struct Strict {
    depth: usize,
}

impl Strict {
    /// A value inside this many containers.
    pub fn inside(depth: usize) -> Self {
        Self { depth }
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= DEPTH_MAX {
            return Err(E::custom("recursion limit exceeded"));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while seq.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while map.next_key_seed(inner)?.is_some() {
            map.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// Checks the raw text of a value inside this many containers for what a raw reader lets pass. The error is
/// the message.
pub fn check_raw(raw: &str, depth: usize) -> Result<(), serde_json::Error> {
    let suspicious = match raw.as_bytes().first() {
        Some(b'"') => memchr::memchr(b'\\', raw.as_bytes()).is_some(),
        Some(b'{' | b'[') => true,
        Some(b'-' | b'0'..=b'9') => raw.len() > 300 || memchr::memchr2(b'e', b'E', raw.as_bytes()).is_some(),
        _ => false,
    };
    if !suspicious {
        return Ok(());
    }
    Strict::inside(depth).deserialize(&mut serde_json::Deserializer::from_str(raw))
}
