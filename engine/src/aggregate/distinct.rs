//! The DISTINCT forms of aggregates over numbers: every group keeps its different values.
//!
//! The values go through the plain aggregate when the result is read; since that does not depend on order,
//! neither does this. How often each value came is kept too, so that one can be taken out again. A group has
//! at most [`DISTINCT_VALUES_MAX`] values (R9); with more, its result is an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Decimal128Builder, Int64Builder, ListArray, ListBuilder,
};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};

use super::numbers::{each_key, from_keys};
use super::{Accumulator, GROUPS_KEPT, moved_out, saved};
use crate::row_error::{RowError, RowErrors};
use crate::state::StateError;

/// Most different values that one group of one DISTINCT aggregate keeps.
pub const DISTINCT_VALUES_MAX: usize = 1_000_000;

/// The different values of every group, and the aggregate that reads them.
pub struct Distinct {
    argument: DataType,
    plain: Arc<dyn Fn() -> Box<dyn Accumulator> + Send + Sync>,
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
    fn count(&mut self, key: i128, by: i64, limit: usize) {
        let Self::Values(values) = self else { return };
        let times = values.entry(key).or_insert(0);
        *times += by;
        if *times == 0 {
            values.remove(&key);
        } else if values.len() > limit {
            *self = Self::TooMany;
        }
    }
}

impl Distinct {
    /// `plain` makes the aggregate that reads the different values of an argument of this Arrow type.
    pub fn new(
        argument: DataType,
        limit: usize,
        plain: impl Fn() -> Box<dyn Accumulator> + Send + Sync + 'static,
    ) -> Self {
        Self {
            argument,
            plain: Arc::new(plain),
            limit,
            seen: Vec::new(),
        }
    }

    fn count(&mut self, values: Option<&ArrayRef>, groups: &[u32], by: i64) {
        let Some(array) = values else { return };
        each_key(array, groups, |group, key| {
            if let Some(seen) = self.seen.get_mut(group as usize) {
                seen.count(key, by, self.limit);
            }
        });
    }
}

impl Accumulator for Distinct {
    fn resize(&mut self, groups: usize) {
        self.seen.resize(groups, Seen::Values(BTreeMap::new()));
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
                seen.count(key, by, self.limit);
            }
        }
        Ok(())
    }

    fn read(&self, groups: usize, errors: &mut RowErrors) -> ArrayRef {
        let (mut keys, mut of) = (Vec::new(), Vec::new());
        for (group, seen) in self.seen.iter().take(groups).enumerate() {
            match seen {
                Seen::Values(values) => {
                    keys.extend(values.keys());
                    of.resize(keys.len(), u32::try_from(group).unwrap_or(u32::MAX));
                }
                Seen::TooMany => errors.set(group, || {
                    RowError::runtime(format!(
                        "a DISTINCT aggregate met more than {} different values in one group; \
                         use a shorter window or more keys",
                        self.limit
                    ))
                }),
            }
        }
        let mut plain = (self.plain)();
        plain.resize(groups);
        plain.add(Some(&from_keys(&self.argument, &keys)), &of);
        plain.read(groups, errors)
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
        Box::new(Self {
            argument: self.argument.clone(),
            plain: Arc::clone(&self.plain),
            limit: self.limit,
            seen: moved_out(&mut self.seen, groups, &empty),
        })
    }

    fn clear(&mut self) {
        self.seen.clear();
        self.seen.shrink_to(GROUPS_KEPT);
    }
}
