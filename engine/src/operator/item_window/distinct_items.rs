//! How many different items a window has (COUNT_DISTINCT_ITEMS_TUMBLING).
//!
//! Up to [`EXACT_MAX`] they are kept and counted. With one more they all go into a [`HyperLogLog`], whose standard
//! error is 0.81 %, and which is asked from then on; since more than [`EXACT_MAX`] were seen, it never says less.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, UInt8Array};
use arrow::datatypes::{DataType, UInt8Type};

use super::Summary;
use super::hash::each_hash;
use super::hyper_log_log::HyperLogLog;
use crate::clock::Clock;
use crate::df::group_keys::{GroupKeys, REFUSED};
use crate::operator::row_copies::RowCopies;
use crate::row_error::RowErrors;
use crate::state::{OperatorState, StateError};

/// Most different items that are counted one by one (`functions.md` §2.1).
pub const EXACT_MAX: usize = 10_000;

/// The different items of a window.
pub struct DistinctItems {
    ty: DataType,
    keys: GroupKeys,
    items: RowCopies,
    count: usize,
    sketch: Option<HyperLogLog>,
    of_rows: Vec<u32>,
}

impl DistinctItems {
    /// No items yet, of a column of this type.
    pub fn new(ty: DataType) -> Self {
        Self {
            keys: GroupKeys::new(std::slice::from_ref(&ty)),
            items: RowCopies::new(vec![ty.clone()]),
            ty,
            count: 0,
            sketch: None,
            of_rows: Vec::new(),
        }
    }

    fn take_exactly(&mut self, items: &ArrayRef) -> Result<(), String> {
        let columns = std::slice::from_ref(items);
        let mut firsts = Vec::new();
        let (keys, of_rows) = (&mut self.keys, &mut self.of_rows);
        keys.intern(columns, items.len(), EXACT_MAX, of_rows, &mut firsts)?;
        self.count += firsts.len();
        self.items.append(columns, firsts).map_err(|e| e.to_string())
    }

    /// Brings all that was counted into a sketch.
    fn sketched(&mut self) -> Result<HyperLogLog, String> {
        let mut sketch = HyperLogLog::new();
        let items = self.items.columns().map_err(|e| e.to_string())?;
        items
            .iter()
            .try_for_each(|items| sketch_all(&mut sketch, items))?;
        self.keys.clear();
        self.items.clear();
        self.count = 0;
        Ok(sketch)
    }
}

fn sketch_all(sketch: &mut HyperLogLog, items: &ArrayRef) -> Result<(), String> {
    if each_hash(items, |hash| sketch.insert(hash)) {
        Ok(())
    } else {
        Err(format!(
            "items of type {} cannot be hashed; please report this",
            items.data_type()
        ))
    }
}

impl Summary for DistinctItems {
    fn take(&mut self, items: &ArrayRef) -> Result<(), String> {
        if self.sketch.is_none() {
            self.take_exactly(items)?;
            if !self.of_rows.contains(&REFUSED) {
                return Ok(());
            }
            self.sketch = Some(self.sketched()?);
        }
        match &mut self.sketch {
            Some(sketch) => sketch_all(sketch, items),
            None => Ok(()),
        }
    }

    fn read(&self, _end_ms: i64, _clock: &Clock, _errors: &mut RowErrors) -> Result<Vec<ArrayRef>, String> {
        let count = match &self.sketch {
            // An estimate stays far below the greatest BIGINT.
            Some(sketch) => (sketch.estimate().round() as usize).max(EXACT_MAX + 1),
            None => self.count,
        };
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Ok(vec![Arc::new(Int64Array::from(vec![count]))])
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.items.clear();
        self.count = 0;
        self.sketch = None;
    }

    fn open_groups(&self) -> usize {
        1
    }

    fn save(&self) -> Result<OperatorState, StateError> {
        let columns = match &self.sketch {
            Some(sketch) => vec![Arc::new(UInt8Array::from(sketch.registers().to_vec())) as ArrayRef],
            None => self.items.columns()?,
        };
        Ok(OperatorState::of_columns(self.sketch.is_some().into(), columns)?)
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        self.clear();
        let is_sketch: bool = serde_json::from_value(state.facts.clone())?;
        if is_sketch {
            let registers = state.column(0, &DataType::UInt8)?;
            let sketch = HyperLogLog::from_registers(registers.as_primitive::<UInt8Type>().values());
            let damaged = || StateError::Damaged("a sketch with other registers".to_owned());
            self.sketch = Some(sketch.ok_or_else(damaged)?);
            return Ok(());
        }
        let items = state.column(0, &self.ty)?;
        self.take_exactly(&items).map_err(StateError::Damaged)?;
        if self.count != items.len() {
            return Err(StateError::Damaged("an item that is there twice".to_owned()));
        }
        Ok(())
    }
}
