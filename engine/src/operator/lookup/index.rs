//! Where the rows of a reference table stand, by key: built once a load, asked once a stream row.
//!
//! Rows of one hash are chained in the order of the table, so that partners come in that order (`decisions.md` 26)
//! without being sorted. Its size follows from the table's.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::operator::equal_keys::{Keys, hash};

/// No row.
const NONE: u32 = u32::MAX;

/// The rows of a table by key.
pub struct TableIndex {
    keys: Keys,
    /// The first row of each hash.
    heads: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    /// The row behind each row that has the same hash.
    next: Vec<u32>,
}

impl TableIndex {
    /// Takes the keys of all rows.
    pub fn new(keys: Keys) -> Self {
        let mut next = vec![NONE; keys.count()];
        let mut heads: HashMap<u64, u32, BuildHasherDefault<Hashed>> = HashMap::default();
        // From the last row on, so that each becomes the head of those behind it.
        for behind in 0..keys.count() {
            let row = keys.count() - 1 - behind;
            let (Some(bytes), Ok(position)) = (keys.bytes(row), u32::try_from(row)) else {
                continue;
            };
            next[row] = heads.insert(hash(bytes), position).unwrap_or(NONE);
        }
        Self { keys, heads, next }
    }

    /// The first row with this key, in the order of the table.
    pub fn first(&self, key: &[u8]) -> Option<u32> {
        self.from(self.heads.get(&hash(key)).copied().unwrap_or(NONE), key)
    }

    /// The next one behind a row with this key.
    pub fn after(&self, row: u32, key: &[u8]) -> Option<u32> {
        self.from(self.next[row as usize], key)
    }

    /// The first row of a chain, from `row` on, that has this key and not only its hash.
    fn from(&self, mut row: u32, key: &[u8]) -> Option<u32> {
        while row != NONE {
            if self.keys.bytes(row as usize) == Some(key) {
                return Some(row);
            }
            row = self.next[row as usize];
        }
        None
    }
}

/// A key that is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
