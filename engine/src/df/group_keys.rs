//! Numbers for group keys: DataFusion's vectorised hashing of key tuples behind the dialect's terms.
//!
//! NULL = NULL. Groups are numbered by first appearance in row order; DataFusion promises distinct numbers
//! only, so its numbers are translated. Its copy of the keys is never read back, because reading drains it.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;

/// The number of a key that was refused because there are too many groups.
pub const REFUSED: u32 = u32::MAX;

/// The key tuples met so far.
pub struct GroupKeys {
    schema: SchemaRef,
    /// Positions of the columns that can differ: a NULL without a type cannot.
    hashed: Vec<usize>,
    values: Option<Box<dyn GroupValues>>,
    /// DataFusion's number → ours.
    numbers: Vec<u32>,
    next: u32,
    raw: Vec<usize>,
}

impl GroupKeys {
    /// No keys yet, of columns with these types; without columns there is one group.
    pub fn new(types: &[DataType]) -> Self {
        let hashed: Vec<usize> = (0..types.len())
            .filter(|&i| types.get(i) != Some(&DataType::Null))
            .collect();
        let fields: Vec<Field> = hashed
            .iter()
            .filter_map(|&i| types.get(i))
            .enumerate()
            .map(|(i, ty)| Field::new(format!("k{i}"), ty.clone(), true))
            .collect();
        Self {
            schema: Arc::new(Schema::new(fields)),
            hashed,
            values: None,
            numbers: Vec::new(),
            next: 0,
            raw: Vec::new(),
        }
    }

    /// Puts the group of each of the `rows` rows into `groups`, and the first row of every new group into
    /// `firsts`. A key that would be group `limit` or beyond is [`REFUSED`].
    pub fn intern(
        &mut self,
        columns: &[ArrayRef],
        rows: usize,
        limit: usize,
        groups: &mut Vec<u32>,
        firsts: &mut Vec<u32>,
    ) -> Result<(), String> {
        groups.clear();
        firsts.clear();
        if self.hashed.is_empty() {
            self.raw.clear();
            self.raw.resize(rows, 0);
        } else {
            self.hash(columns).map_err(|e| e.to_string())?;
        }
        let limit = u32::try_from(limit).unwrap_or(REFUSED);
        groups.reserve(rows);
        for (row, &raw) in (0..).zip(&self.raw) {
            if raw >= self.numbers.len() {
                self.numbers.resize(raw + 1, REFUSED);
            }
            let number = self.numbers.get_mut(raw).ok_or("a group without a number")?;
            if *number == REFUSED && self.next < limit {
                *number = self.next;
                self.next += 1;
                firsts.push(row);
            }
            groups.push(*number);
        }
        Ok(())
    }

    /// Key tuples that it holds, the refused ones included.
    pub fn held(&self) -> usize {
        self.numbers.len()
    }

    /// Forgets every key.
    pub fn clear(&mut self) {
        // Made anew and not emptied: DataFusion's own clearing keeps the number of a NULL key.
        self.values = None;
        self.numbers.clear();
        self.next = 0;
    }

    fn hash(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let values = match &mut self.values {
            Some(values) => values,
            none => none.insert(new_group_values(Arc::clone(&self.schema), &GroupOrdering::None)?),
        };
        if self.hashed.len() == columns.len() {
            return values.intern(columns, &mut self.raw);
        }
        let hashed: Vec<ArrayRef> = self
            .hashed
            .iter()
            .filter_map(|&i| columns.get(i).cloned())
            .collect();
        values.intern(&hashed, &mut self.raw)
    }
}
