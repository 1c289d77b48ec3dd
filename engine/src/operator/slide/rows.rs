//! Places for rows while some window holds them.
//!
//! A row has one place however many windows it is in, and the place is used again when the last of them lets go, so
//! memory follows the rows that are in windows (R9).

use crate::aggregate::sliding::Gone;

/// Places that are kept when no row is left; more go back to the allocator.
pub const SLOTS_KEPT: usize = 65_536;

/// The places.
#[derive(Debug, Default)]
pub struct Rows {
    /// How many windows hold the row in each place; 0 is a free place.
    holders: Vec<u32>,
    free: Vec<u32>,
    /// Rows whose last window let go during this batch: their values may still be read.
    left: Vec<Gone>,
}

impl Rows {
    /// How many rows windows hold.
    pub fn len(&self) -> usize {
        self.holders.len() - self.free.len()
    }

    /// Places are numbered below this.
    pub fn slots(&self) -> usize {
        self.holders.len()
    }

    /// Finds places for rows that so many windows will hold.
    pub fn take(&mut self, rows: usize, holders: u32, slots: &mut Vec<u32>) {
        slots.clear();
        if holders == 0 {
            // Nothing is kept of them.
            slots.resize(rows, 0);
            return;
        }
        slots.reserve(rows);
        for _ in 0..rows {
            let slot = self.free.pop().unwrap_or_else(|| {
                self.holders.push(0);
                u32::try_from(self.holders.len() - 1).unwrap_or(u32::MAX)
            });
            if let Some(place) = self.holders.get_mut(slot as usize) {
                *place = holders;
            }
            slots.push(slot);
        }
    }

    /// A window lets go of rows.
    pub fn let_go(&mut self, gone: &[Gone]) {
        for &row in gone {
            if let Some(holders) = self.holders.get_mut(row.slot as usize) {
                *holders = holders.saturating_sub(1);
                if *holders == 0 {
                    self.left.push(row);
                }
            }
        }
    }

    /// The rows that no window holds any more; their places are free from now on.
    pub fn free_left(&mut self) -> impl Iterator<Item = Gone> {
        self.free.extend(self.left.iter().map(|row| row.slot));
        self.left.drain(..)
    }

    /// When no row is left, makes the places few again. Whether it did.
    pub fn shrink(&mut self) -> bool {
        if self.free.len() < self.holders.len() || self.holders.len() <= SLOTS_KEPT {
            return false;
        }
        self.holders = Vec::new();
        self.free = Vec::new();
        self.left = Vec::new();
        true
    }

    /// The places in use, ascending, and how many windows hold each.
    pub fn save(&self) -> (Vec<u32>, Vec<u32>) {
        let held = (0..).zip(&self.holders).filter(|(_, holders)| **holders > 0);
        held.map(|(slot, holders)| (slot, *holders)).unzip()
    }

    /// Takes these in place of its own.
    pub fn load(&mut self, holders: Vec<u32>) {
        self.free = (0..)
            .zip(&holders)
            .filter(|(_, h)| **h == 0)
            .map(|(slot, _)| slot)
            .collect();
        self.holders = holders;
        self.left.clear();
    }
}
