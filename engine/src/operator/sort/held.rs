//! The rows that a sort holds: their columns, the keys that are none of those, and in what order they leave.
//!
//! NULL sorts below every value, as Eigenbase has it (`sql.md` §8.5): first, or behind all others with DESC. Text is
//! in the order of its bytes, FALSE before TRUE, -0.0 and 0.0 are one value.

use std::sync::Arc;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::{SortOptions, take};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use arrow::row::{RowConverter, SortField};
use serde::{Deserialize, Serialize};

use crate::operator::key_values::one_zero;
use crate::operator::row_copies::RowCopies;
use crate::state::{OperatorState, StateError};
use crate::types::SqlType;

/// Rows in the order in which they came.
pub struct Held {
    copies: RowCopies,
    /// How many of the columns are those of the rows; the others are keys.
    width: usize,
    /// Column and DESC of every key.
    orders: Vec<(usize, bool)>,
    len: usize,
    /// ROWTIME of the last row.
    last_ms: i64,
    /// Every row was made by closing a window.
    closing: bool,
}

/// What a saved sort had beside its rows.
pub struct Loaded {
    pub emitted: u64,
    pub until_ms: Option<i64>,
    pub value: Option<ArrayRef>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    emitted: u64,
    len: usize,
    last_ms: i64,
    closing: bool,
    until_ms: Option<i64>,
    has_value: bool,
}

impl Held {
    /// None yet. The first `width` of the columns are those of the rows.
    pub fn new(types: &[SqlType], width: usize, orders: Vec<(usize, bool)>) -> Self {
        // A NULL without a type is all one value and puts nothing in order.
        let orders = orders
            .into_iter()
            .filter(|(i, _)| types.get(*i) != Some(&SqlType::Null));
        Self {
            width,
            orders: orders.collect(),
            copies: RowCopies::new(types.iter().map(|ty| ty.arrow()).collect()),
            len: 0,
            last_ms: i64::MIN,
            closing: true,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The ROWTIME with which all of them leave: that of the last one (`windows-and-time.md` §7), so that none is
    /// late in the stream that they go to. This is the one place that says so.
    pub fn stamp(&self) -> i64 {
        self.last_ms
    }

    /// Whether they go before new rows of the same ROWTIME: if all of them did.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// Copies rows behind the others.
    pub fn take(
        &mut self,
        columns: &[ArrayRef],
        rows: usize,
        last_ms: i64,
        closing: bool,
    ) -> Result<(), ArrowError> {
        let all = (0..).take(rows).collect();
        self.copies.append(columns, all)?;
        self.len += rows;
        self.last_ms = last_ms;
        self.closing &= closing;
        Ok(())
    }

    /// The columns of the rows in order, ties as they came.
    pub fn sorted(&self) -> Result<Vec<ArrayRef>, ArrowError> {
        let columns = self.copies.columns()?;
        let fields = |(i, descending): &(usize, bool)| {
            let options = SortOptions {
                descending: *descending,
                nulls_first: !descending,
            };
            let ty = columns.get(*i).map_or(DataType::Null, |c| c.data_type().clone());
            SortField::new_with_options(ty, options)
        };
        let converter = RowConverter::new(self.orders.iter().map(fields).collect())?;
        let keys: Vec<ArrayRef> = (self.orders.iter())
            .filter_map(|(i, _)| columns.get(*i).cloned())
            .map(one_zero)
            .collect();
        let mut order: Vec<u32> = (0..).take(self.len).collect();
        if !keys.is_empty() {
            let rows = converter.convert_columns(&keys)?;
            order.sort_by(|&a, &b| rows.row(a as usize).cmp(&rows.row(b as usize)));
        }
        let order = UInt32Array::from(order);
        let rows = columns.iter().take(self.width);
        rows.map(|column| take(column, &order, None)).collect()
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.copies.clear();
        self.len = 0;
        self.last_ms = i64::MIN;
        self.closing = true;
    }

    /// A copy of the state, with what else the sort has.
    pub fn save(&self, emitted: u64, until_ms: Option<i64>, value: Option<&ArrayRef>) -> OperatorState {
        let facts = Facts {
            emitted,
            len: self.len,
            last_ms: self.last_ms,
            closing: self.closing,
            until_ms,
            has_value: value.is_some(),
        };
        let batches = self.copies.columns().and_then(|columns| {
            let mut batches = vec![batch(columns, self.len)?];
            if let Some(value) = value {
                batches.push(batch(vec![Arc::clone(value)], 1)?);
            }
            Ok(batches)
        });
        match (serde_json::to_value(&facts), batches) {
            (Ok(facts), Ok(batches)) => OperatorState { facts, batches },
            // Facts that do not read back: a state that could not be copied is refused on load.
            (_, Err(error)) => unsaved(&error.to_string()),
            (Err(error), _) => unsaved(&error.to_string()),
        }
    }

    /// Takes saved rows in place of its own.
    pub fn load(&mut self, state: &OperatorState) -> Result<Loaded, StateError> {
        let facts: Facts = serde_json::from_value(state.facts.clone())?;
        self.clear();
        let Some((rows, rest)) = state.batches.split_first() else {
            return Err(StateError::Damaged("a sort without its rows".into()));
        };
        let columns = rows.columns();
        if !columns.iter().map(|c| c.data_type()).eq(self.copies.types()) {
            return Err(StateError::Mismatch("a sort of other columns".into()));
        }
        if columns.iter().any(|c| c.len() != facts.len) {
            return Err(StateError::Damaged("columns of different lengths".into()));
        }
        if facts.len > 0 {
            self.take(columns, facts.len, facts.last_ms, facts.closing)?;
        }
        let value = rest.first().and_then(|batch| batch.columns().first());
        if facts.has_value && value.is_none_or(|value| value.len() != 1) {
            return Err(StateError::Damaged("a sort without its value".into()));
        }
        Ok(Loaded {
            emitted: facts.emitted,
            until_ms: facts.until_ms,
            value: value.filter(|_| facts.has_value).cloned(),
        })
    }
}

fn unsaved(message: &str) -> OperatorState {
    OperatorState {
        facts: serde_json::Value::String(message.to_owned()),
        batches: Vec::new(),
    }
}

fn batch(columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, ArrowError> {
    let field = |(i, c): (usize, &ArrayRef)| Field::new(format!("c{i}"), c.data_type().clone(), true);
    let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}
