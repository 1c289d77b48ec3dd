//! Which slot a record's key fills (`decisions.md` 4): the stored name exactly, else a unique match ignoring case.
//!
//! Records of one source mostly repeat their keys in the same order, so the n-th key is first compared with
//! the n-th key of the record before; only a surprise is looked up.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Keys beyond the named ones whose verdict is remembered.
const REMEMBERED_MAX: usize = 4_096;
/// Positions of a record whose key is predicted.
const PREDICTED_MAX: usize = 1_024;

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No slot wants it.
    Nothing,
    /// The slot of exactly this name.
    Exact(usize),
    /// The slot whose name it is ignoring case, and which spelling this is.
    Folded(usize, u64),
}

/// The names that slots go by.
#[derive(Debug, Default)]
pub struct Keys {
    exact: HashMap<String, usize>,
    /// By lower-case name; `None` where two names fall together.
    folded: HashMap<String, Option<usize>>,
    /// Per slot, whether somebody reads it.
    read: Vec<bool>,
    remembered: HashMap<Box<str>, Found>,
    predicted: Vec<(Box<str>, Found)>,
}

impl Keys {
    /// The slot of this name, made if it is new. A name that does not fold is only matched exactly.
    pub fn slot(&mut self, name: &str, folds: bool) -> usize {
        let slot = self.name(name, folds);
        if let Some(read) = self.read.get_mut(slot) {
            *read = true;
        }
        slot
    }

    /// Makes a name known that nobody reads: it takes its keys away from names that are only alike.
    pub fn name(&mut self, name: &str, folds: bool) -> usize {
        if let Some(slot) = self.exact.get(name) {
            return *slot;
        }
        let slot = self.read.len();
        self.read.push(false);
        self.exact.insert(name.to_owned(), slot);
        if folds {
            let entry = self.folded.entry(name.to_lowercase());
            entry.and_modify(|known| *known = None).or_insert(Some(slot));
        }
        slot
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        self.read.len()
    }

    /// What the key at this position of a record is.
    pub fn find(&mut self, position: usize, key: &str) -> Found {
        if let Some((predicted, found)) = self.predicted.get(position)
            && **predicted == *key
        {
            return *found;
        }
        let found = self.look_up(key);
        let known = self.predicted.len();
        match self.predicted.get_mut(position) {
            Some(entry) => *entry = (key.into(), found),
            None if position == known && position < PREDICTED_MAX => self.predicted.push((key.into(), found)),
            None => {}
        }
        found
    }

    fn look_up(&mut self, key: &str) -> Found {
        let is_read = |slot: usize| self.read.get(slot) == Some(&true);
        if let Some(slot) = self.exact.get(key) {
            return if is_read(*slot) {
                Found::Exact(*slot)
            } else {
                Found::Nothing
            };
        }
        if let Some(found) = self.remembered.get(key) {
            return *found;
        }
        let found = match self.folded.get(&key.to_lowercase()) {
            Some(Some(slot)) if is_read(*slot) => Found::Folded(*slot, spelling(key)),
            _ => Found::Nothing,
        };
        if self.remembered.len() < REMEMBERED_MAX {
            self.remembered.insert(key.into(), found);
        }
        found
    }
}

fn spelling(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// What one record put into a slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slot<'a> {
    exact: Option<&'a str>,
    folded: Option<(&'a str, u64)>,
    ambiguous: bool,
}

impl<'a> Slot<'a> {
    /// Takes the value of a key; of equal keys the last one wins.
    pub fn set(&mut self, found: Found, raw: &'a str) {
        match found {
            Found::Nothing => {}
            Found::Exact(_) => self.exact = Some(raw),
            Found::Folded(_, spelling) => {
                self.ambiguous |= self.folded.is_some_and(|(_, other)| other != spelling);
                self.folded = Some((raw, spelling));
            }
        }
    }

    /// The raw value: of the exact key, else of the only key that matches ignoring case.
    pub fn raw(&self) -> Option<&'a str> {
        self.exact.or(if self.ambiguous {
            None
        } else {
            self.folded.map(|(raw, _)| raw)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names_win_and_ambiguous_ones_give_nothing() {
        let mut keys = Keys::default();
        let (price, a, big_a) = (
            keys.slot("PRICE", true),
            keys.slot("a", true),
            keys.slot("A", true),
        );
        let system = keys.slot("SHARD_ID", false);
        for _ in 0..2 {
            assert_eq!(keys.find(0, "PRICE"), Found::Exact(price));
            assert!(matches!(keys.find(1, "price"), Found::Folded(slot, _) if slot == price));
            assert_eq!(keys.find(2, "a"), Found::Exact(a));
            assert_eq!(keys.find(3, "A"), Found::Exact(big_a));
            assert_eq!(keys.find(4, "shard_id"), Found::Nothing);
            assert_eq!(keys.find(5, "SHARD_ID"), Found::Exact(system));
            assert_eq!(keys.find(6, "other"), Found::Nothing);
        }
        let mut slot = Slot::default();
        slot.set(Found::Folded(0, 1), "1");
        slot.set(Found::Folded(0, 1), "2");
        assert_eq!(slot.raw(), Some("2"));
        slot.set(Found::Folded(0, 2), "3");
        assert_eq!(slot.raw(), None);
        slot.set(Found::Exact(0), "4");
        assert_eq!(slot.raw(), Some("4"));
    }
}
