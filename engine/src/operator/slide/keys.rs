//! Numbers for the partitions of a sliding window: given by hashing once a batch, taken back when a partition is
//! idle, and given again.
//!
//! The hash table cannot forget one key. When a quarter more keys are in it than are alive it is made anew from those,
//! so that memory follows the live keys and the cost what was forgotten (R9).

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::df::group_keys::GroupKeys;
use crate::operator::row_copies::{RowCopies, owned};

/// No group.
const NONE: u32 = u32::MAX;
/// Forgotten keys that are not worth making the table anew.
const FORGOTTEN_MIN: usize = 4_096;

/// The partitions that are alive.
pub struct Keys {
    numbers: GroupKeys,
    copies: RowCopies,
    /// Number in the hash table → group; [`NONE`] where the key is forgotten.
    group_of: Vec<u32>,
    /// Group → number in the hash table; [`NONE`] where the group is free.
    number_of: Vec<u32>,
    free: Vec<u32>,
    of_rows: Vec<u32>,
    firsts: Vec<u32>,
}

impl Keys {
    /// No partitions, of keys with these types.
    pub fn new(types: Vec<DataType>) -> Self {
        Self {
            numbers: GroupKeys::new(&types),
            copies: RowCopies::new(types),
            group_of: Vec::new(),
            number_of: Vec::new(),
            free: Vec::new(),
            of_rows: Vec::new(),
            firsts: Vec::new(),
        }
    }

    /// How many columns a key has.
    pub fn width(&self) -> usize {
        self.copies.types().len()
    }

    /// How many partitions are alive.
    pub fn len(&self) -> usize {
        self.number_of.len() - self.free.len()
    }

    /// Groups are numbered below this.
    pub fn groups(&self) -> usize {
        self.number_of.len()
    }

    /// Whether a group is in use.
    pub fn is_live(&self, group: u32) -> bool {
        self.number_of.get(group as usize).is_some_and(|n| *n != NONE)
    }

    /// The groups in use, ascending.
    pub fn live(&self) -> Vec<u32> {
        (0..)
            .zip(&self.number_of)
            .filter(|(_, n)| **n != NONE)
            .map(|(group, _)| group)
            .collect()
    }

    /// Puts the group of every row into `groups`.
    pub fn number(&mut self, columns: &[ArrayRef], rows: usize, groups: &mut Vec<u32>) -> Result<(), String> {
        groups.clear();
        self.numbers
            .intern(columns, rows, usize::MAX, &mut self.of_rows, &mut self.firsts)?;
        let firsts = std::mem::take(&mut self.firsts);
        self.copies.append(columns, firsts).map_err(|e| e.to_string())?;
        self.group_of.resize(self.numbers.held(), NONE);
        groups.reserve(rows);
        for &number in &self.of_rows {
            let group = self
                .group_of
                .get_mut(number as usize)
                .ok_or("a key without a number")?;
            if *group == NONE {
                *group = self.free.pop().unwrap_or_else(|| {
                    self.number_of.push(NONE);
                    u32::try_from(self.number_of.len() - 1).unwrap_or(NONE)
                });
                if let Some(place) = self.number_of.get_mut(*group as usize) {
                    *place = number;
                }
            }
            groups.push(*group);
        }
        Ok(())
    }

    /// Forgets a key.
    pub fn release(&mut self, group: u32) {
        let Some(number) = self.number_of.get_mut(group as usize) else {
            return;
        };
        if let Some(place) = self.group_of.get_mut(*number as usize) {
            *place = NONE;
            *number = NONE;
            self.free.push(group);
        }
    }

    /// Makes the hash table anew when most of its keys are forgotten.
    pub fn tidy(&mut self) -> Result<(), String> {
        if self.group_of.len() - self.len() <= self.len() / 4 + FORGOTTEN_MIN {
            return Ok(());
        }
        let in_use = (0..).zip(&self.group_of).filter(|(_, group)| **group != NONE);
        let (numbers, groups): (Vec<u32>, Vec<u32>) = in_use.unzip();
        let columns = self.columns(numbers).map_err(|e| e.to_string())?;
        self.load(&columns, groups)
    }

    /// Key columns of the groups in use, in the order of [`Keys::live`].
    pub fn save(&self) -> Result<Vec<ArrayRef>, ArrowError> {
        let numbers = self.number_of.iter().copied().filter(|n| *n != NONE);
        self.columns(numbers.collect())
    }

    /// Takes other keys in place of its own; row i is the key of `groups[i]`.
    pub fn load(&mut self, columns: &[ArrayRef], groups: Vec<u32>) -> Result<(), String> {
        self.numbers.clear();
        self.copies.clear();
        self.numbers.intern(
            columns,
            groups.len(),
            usize::MAX,
            &mut self.of_rows,
            &mut self.firsts,
        )?;
        let firsts = std::mem::take(&mut self.firsts);
        if firsts.len() != groups.len() {
            return Err("a key that is there twice".to_owned());
        }
        self.copies.append(columns, firsts).map_err(|e| e.to_string())?;
        let size = groups.iter().max().map_or(0, |greatest| *greatest as usize + 1);
        self.number_of.clear();
        self.number_of.resize(size, NONE);
        for (number, &group) in (0..).zip(&groups) {
            if let Some(place) = self.number_of.get_mut(group as usize) {
                *place = number;
            }
        }
        let unused = (0..).zip(&self.number_of).filter(|(_, number)| **number == NONE);
        self.free = unused.map(|(group, _)| group).collect();
        self.group_of = groups;
        Ok(())
    }

    fn columns(&self, numbers: Vec<u32>) -> Result<Vec<ArrayRef>, ArrowError> {
        let numbers = UInt32Array::from(numbers);
        let columns = self.copies.columns()?;
        columns
            .iter()
            .map(|c| Ok(owned(&take(c, &numbers, None)?)))
            .collect()
    }
}
