//! One object read into slots: the wanted members as raw text, the rest checked and dropped.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::keys::{Found, Keys, Slot};
use super::strict::check_raw;

/// Reads an object's members into the slots of their keys.
pub struct Members<'k, 's, 'de> {
    /// The slots' names.
    pub keys: &'k mut Keys,
    /// One per slot; cleared by the caller.
    pub slots: &'s mut [Slot<'de>],
}

impl<'de> Visitor<'de> for Members<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut position = 0;
        loop {
            let key = Key {
                keys: self.keys,
                position,
            };
            let Some(found) = map.next_key_seed(key)? else {
                return Ok(());
            };
            position += 1;
            match found {
                Found::Nothing => {
                    check_raw(map.next_value::<&'de RawValue>()?.get(), 1).map_err(A::Error::custom)?;
                }
                Found::Exact(slot) | Found::Folded(slot, _) => {
                    let raw = map.next_value::<&'de RawValue>()?.get();
                    check_raw(raw, 1).map_err(A::Error::custom)?;
                    if let Some(slot) = self.slots.get_mut(slot) {
                        slot.set(found, raw);
                    }
                }
            }
        }
    }
}

struct Key<'k> {
    keys: &'k mut Keys,
    position: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Found, E> {
        Ok(self.keys.find(self.position, key))
    }
}
