//! The DISTINCT forms of aggregates over numbers: every group keeps its different values.
//!
//! A value goes into the plain aggregate when it first comes, and out again when its last occurrence is taken out:
//! how often each value came is kept for that. A group has a limited number of values (R9); with more, its result
//! is an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Decimal128Builder, Int64Builder, ListArray, ListBuilder,
};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};

use super::kept::Kept;
use super::numbers::{each_key, from_keys};
use super::sliding::{Passage, Sliding};
use super::{Accumulator, GROUPS_KEPT, moved_out, saved};
use crate::row_error::{RowError, RowErrors};
use crate::state::StateError;

/// Most different values that one group of one DISTINCT aggregate keeps.
pub const DISTINCT_VALUES_MAX: usize = 1_000_000;

/// The different values of every group, and the aggregate that reads them.
pub struct Distinct<A: ?Sized> {
    argument: DataType,
    /// Over the different values.
    plain: Box<A>,
    limit: usize,
    seen: Vec<Seen>,
}

#[derive(Debug, Clone)]
enum Seen {
    /// Key of the value (see [`each_key`]) → how often it came.
    Values(BTreeMap<i128, i64>),
    TooMany,
}

impl Seen {
    /// Counts a value up or down. Whether it is new, or gone.
    fn count(&mut self, key: i128, by: i64, limit: usize) -> bool {
        let Self::Values(values) = self else { return false };
        let times = values.entry(key).or_insert(0);
        let before = *times;
        *times += by;
        if *times == 0 {
            values.remove(&key);
            return before != 0;
        }
        if values.len() > limit {
            *self = Self::TooMany;
            return false;
        }
        before == 0
    }
}

impl<A: Accumulator + ?Sized> Distinct<A> {
    /// `plain` is the aggregate over the different values of an argument of this Arrow type.
    pub fn new(argument: DataType, limit: usize, plain: Box<A>) -> Self {
        Self {
            argument,
            plain,
            limit,
            seen: Vec::new(),
        }
    }

    fn count(&mut self, values: Option<&ArrayRef>, groups: &[u32], by: i64) {
        let Some(array) = values else { return };
        let (mut keys, mut of) = (Vec::new(), Vec::new());
        each_key(array, groups, |group, key| {
            if let Some(seen) = self.seen.get_mut(group as usize)
                && seen.count(key, by, self.limit)
            {
                keys.push(key);
                of.push(group);
            }
        });
        let changed = from_keys(&self.argument, &keys);
        if by > 0 {
            self.plain.add(Some(&changed), &of);
        } else {
            self.plain.retract(Some(&changed), &of);
        }
    }

    fn too_many(&self) -> RowError {
        RowError::runtime(format!(
            "a DISTINCT aggregate met more than {} different values in one group; \
             use a shorter window or more keys",
            self.limit
        ))
    }

    /// What tells a kept number from others, as [`each_key`] has it.
    fn key(&self, kept: &Kept, slot: usize) -> Option<i128> {
        match self.argument {
            DataType::Float64 => kept.float(slot).map(|v| (v + 0.0).to_bits().into()),
            DataType::Float32 => kept.float(slot).map(|v| (v as f32 + 0.0).to_bits().into()),
            _ => kept.whole(slot).map(i128::from),
        }
    }

    /// Counts a kept number up or down; `None` is a NULL.
    fn bump(&mut self, group: u32, key: Option<i128>, by: i64) -> bool {
        match (key, self.seen.get_mut(group as usize)) {
            (Some(key), Some(seen)) => seen.count(key, by, self.limit),
            _ => false,
        }
    }
}

impl<A: Accumulator + ?Sized> Accumulator for Distinct<A> {
    fn resize(&mut self, groups: usize) {
        self.seen.resize(groups, Seen::Values(BTreeMap::new()));
        self.plain.resize(groups);
    }

    fn add(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        self.count(values, groups, 1);
    }

    fn retract(&mut self, values: Option<&ArrayRef>, groups: &[u32]) {
        self.count(values, groups, -1);
    }

    fn merge(&mut self, saved: &[ArrayRef], groups: &[u32]) -> Result<(), StateError> {
        let keys = saved::column::<ListArray>(saved, 0)?;
        let times = saved::column::<ListArray>(saved, 1)?;
        let too_many = saved::column::<BooleanArray>(saved, 2)?;
        let (mut new, mut of) = (Vec::new(), Vec::new());
        for (row, &group) in groups.iter().enumerate().take(too_many.len()) {
            let Some(seen) = self.seen.get_mut(group as usize) else {
                continue;
            };
            if too_many.value(row) {
                *seen = Seen::TooMany;
            }
            let (keys, times) = (keys.value(row), times.value(row));
            let keys = keys.as_primitive_opt::<Decimal128Type>();
            let times = times.as_primitive_opt::<Int64Type>();
            let (Some(keys), Some(times)) = (keys, times) else {
                return Err(StateError::Mismatch("a DISTINCT aggregate of other lists".into()));
            };
            for (&key, &by) in keys.values().iter().zip(times.values()) {
                if seen.count(key, by, self.limit) {
                    new.push(key);
                    of.push(group);
                }
            }
        }
        self.plain.add(Some(&from_keys(&self.argument, &new)), &of);
        Ok(())
    }

    fn read(&self, groups: usize, errors: &mut RowErrors) -> ArrayRef {
        for (group, seen) in self.seen.iter().take(groups).enumerate() {
            if matches!(seen, Seen::TooMany) {
                errors.set(group, || self.too_many());
            }
        }
        self.plain.read(groups, errors)
    }

    fn save(&self, groups: usize) -> Vec<ArrayRef> {
        let mut keys = ListBuilder::new(Decimal128Builder::new());
        let mut times = ListBuilder::new(Int64Builder::new());
        let mut too_many = Vec::with_capacity(groups);
        for seen in self.seen.iter().take(groups) {
            if let Seen::Values(values) = seen {
                keys.values()
                    .append_slice(&values.keys().copied().collect::<Vec<_>>());
                times
                    .values()
                    .append_slice(&values.values().copied().collect::<Vec<_>>());
            }
            keys.append(true);
            times.append(true);
            too_many.push(matches!(seen, Seen::TooMany));
        }
        vec![
            Arc::new(keys.finish()),
            Arc::new(times.finish()),
            Arc::new(BooleanArray::from(too_many)),
        ]
    }

    fn move_out(&mut self, groups: &[u32]) -> Box<dyn Accumulator> {
        let empty = Seen::Values(BTreeMap::new());
        Box::new(Distinct {
            argument: self.argument.clone(),
            plain: self.plain.move_out(groups),
            limit: self.limit,
            seen: moved_out(&mut self.seen, groups, &empty),
        })
    }

    fn clear(&mut self) {
        self.plain.clear();
        self.seen.clear();
        self.seen.shrink_to(GROUPS_KEPT);
    }
}

impl Sliding for Distinct<dyn Sliding> {
    fn slide(
        &mut self,
        passage: Passage<'_>,
        coming: &Kept,
        leaving: &Kept,
        errors: &mut RowErrors,
    ) -> ArrayRef {
        // Only the first of equal values comes into the plain aggregate, and only the last leaves it.
        let mut first = vec![false; passage.groups.len()];
        let mut last = vec![false; passage.gone.len()];
        passage.walk(
            self,
            |own, at, gone| last[at] = own.bump(gone.group, own.key(leaving, at), -1),
            |own, row, group| {
                first[row] = own.bump(group, own.key(coming, row), 1);
                if matches!(own.seen.get(group as usize), Some(Seen::TooMany)) {
                    errors.set(row, || own.too_many());
                }
            },
        );
        let (coming, leaving) = (coming.masked(&first), leaving.masked(&last));
        self.plain.slide(passage, &coming, &leaving, errors)
    }

    fn forget(&mut self, group: u32) {
        if let Some(seen) = self.seen.get_mut(group as usize) {
            *seen = Seen::Values(BTreeMap::new());
        }
        self.plain.forget(group);
    }
}
