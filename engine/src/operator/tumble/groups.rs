//! The groups of the open window: their keys and, aggregate by aggregate, their states.
//!
//! Groups are numbered by first appearance, which is also the order in which they leave (`decisions.md` 15).
//! Their number has a limit (R9): a row that would open one more becomes a row error, rows of groups that are
//! open already go on.

use arrow::array::{ArrayRef, BooleanArray, UInt32Array};
use arrow::compute::{filter, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::aggregate::{Accumulator, accumulator};
use crate::df::group_keys::{GroupKeys, REFUSED};
use crate::operator::Context;
use crate::operator::evaluated::GroupRows;
use crate::operator::row_copies::RowCopies;
use crate::plan::Aggregate;
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::StateError;

/// Most groups of one window of one pump.
pub const GROUPS_MAX: usize = 50_000_000;

/// The groups of one window.
pub struct Groups {
    numbers: GroupKeys,
    copies: RowCopies,
    accumulators: Vec<Box<dyn Accumulator>>,
    len: usize,
    limit: usize,
    of_rows: Vec<u32>,
}

impl Groups {
    /// No groups; `types` are those of the keys beside the window's own.
    pub fn new(types: Vec<DataType>, aggregates: &[Aggregate], limit: usize) -> Self {
        Self {
            numbers: GroupKeys::new(&types),
            copies: RowCopies::new(types),
            accumulators: aggregates.iter().map(accumulator).collect(),
            len: 0,
            limit,
            of_rows: Vec::new(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds rows in stream order. `refuse` gets the position of every row that was not taken.
    pub fn take(&mut self, rows: &GroupRows, mut refuse: impl FnMut(usize, RowError)) {
        let taken = self.number(&rows.keys, rows.len);
        if let Err(message) = taken {
            (0..rows.len).for_each(|row| refuse(row, RowError::runtime(message.clone())));
            return;
        }
        if !self.of_rows.contains(&REFUSED) {
            self.add(&rows.arguments);
            return;
        }
        let keep = BooleanArray::from_iter(self.of_rows.iter().map(|&group| Some(group != REFUSED)));
        for (row, _) in keep.values().iter().enumerate().filter(|(_, kept)| !kept) {
            refuse(row, self.too_many());
        }
        self.of_rows.retain(|&group| group != REFUSED);
        let arguments: Result<Vec<_>, ArrowError> = (rows.arguments.iter())
            .map(|a| a.as_ref().map(|a| filter(a, &keep)).transpose())
            .collect();
        if let Ok(arguments) = arguments {
            self.add(&arguments);
        }
        self.forget_refused();
    }

    /// Opens the one group that there is without keys, for a window that no row has come to.
    pub fn open_only(&mut self) -> Result<(), String> {
        self.number(&[], 1)?;
        for accumulator in &mut self.accumulators {
            accumulator.resize(self.len);
        }
        Ok(())
    }

    /// The groups as rows with this ROWTIME: keys, then results. A group whose result fails is reported and left out.
    /// `repeated` is a column that all of them share, and its position; `seen` says how many rows of `relation` have
    /// left before.
    pub fn emit(
        &self,
        end_ms: i64,
        repeated: Option<(usize, &ArrayRef)>,
        relation: usize,
        seen: u64,
        cx: &mut Context<'_>,
    ) -> Result<RowBatch, ArrowError> {
        let mut errors = RowErrors::new();
        let (mut columns, results) = self.read(&mut errors)?;
        if let Some((place, value)) = repeated {
            let all = take(value, &UInt32Array::from_value(0, self.len), None)?;
            columns.insert(place.min(columns.len()), all);
        }
        columns.extend(results);
        let batch = RowBatch::new(vec![end_ms; self.len].into(), columns, relation, true).behind(seen);
        if errors.is_empty() {
            return Ok(batch);
        }
        let keep: BooleanArray = (0..self.len).map(|group| Some(!errors.failed(group))).collect();
        for (group, error) in errors.into_sorted() {
            cx.errors.report(error, &batch.origin, group as usize);
        }
        batch.filter(&keep)
    }

    /// Key columns, then the results of the aggregates; a failing result is an error of its group.
    fn read(&self, errors: &mut RowErrors) -> Result<(Vec<ArrayRef>, Vec<ArrayRef>), ArrowError> {
        let results = self.accumulators.iter().map(|a| a.read(self.len, errors));
        let results = results.collect();
        Ok((self.copies.columns()?, results))
    }

    /// Key columns, then the states of the accumulators, one row a group.
    pub fn save(&self) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns = self.copies.columns()?;
        columns.extend(self.accumulators.iter().flat_map(|a| a.save(self.len)));
        Ok(columns)
    }

    /// Takes `groups` saved groups in place of its own.
    pub fn load(&mut self, columns: &[ArrayRef], groups: usize) -> Result<(), StateError> {
        self.clear();
        let (keys, mut states) = columns
            .split_at_checked(self.copies.types().len())
            .ok_or_else(|| StateError::Mismatch("a window with fewer keys".into()))?;
        if !keys.iter().map(|k| k.data_type()).eq(self.copies.types()) {
            return Err(StateError::Mismatch("a window with keys of other types".into()));
        }
        if columns.iter().any(|c| c.len() != groups) {
            return Err(StateError::Damaged("columns of different lengths".into()));
        }
        self.number(keys, groups).map_err(StateError::Damaged)?;
        if self.len != groups {
            return Err(StateError::Damaged("a group that is there twice".into()));
        }
        for accumulator in &mut self.accumulators {
            let width = accumulator.save(0).len();
            let (own, rest) = states
                .split_at_checked(width)
                .ok_or_else(|| StateError::Mismatch("a window with fewer aggregates".into()))?;
            accumulator.resize(groups);
            accumulator.merge(own, &self.of_rows)?;
            states = rest;
        }
        if !states.is_empty() {
            return Err(StateError::Mismatch("a window with more aggregates".into()));
        }
        Ok(())
    }

    /// Forgets every group.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.copies.clear();
        self.accumulators.iter_mut().for_each(|a| a.clear());
        self.len = 0;
    }

    /// Numbers rows into `of_rows` and copies the keys of new groups.
    fn number(&mut self, keys: &[ArrayRef], rows: usize) -> Result<(), String> {
        let mut firsts = Vec::new();
        self.numbers
            .intern(keys, rows, self.limit, &mut self.of_rows, &mut firsts)?;
        self.len += firsts.len();
        self.copies.append(keys, firsts).map_err(|e| e.to_string())
    }

    fn add(&mut self, arguments: &[Option<ArrayRef>]) {
        for (accumulator, argument) in self.accumulators.iter_mut().zip(arguments) {
            accumulator.resize(self.len);
            accumulator.add(argument.as_ref(), &self.of_rows);
        }
    }

    fn too_many(&self) -> RowError {
        RowError::runtime(format!(
            "the window has {} groups already, which is the limit; group by fewer keys or use a shorter window",
            self.limit
        ))
    }

    /// The numbering holds refused keys too. Before they outgrow a part of the limit it is made anew from
    /// the keys of the groups that there are.
    fn forget_refused(&mut self) {
        if self.numbers.held() - self.len <= self.limit / 16 {
            return;
        }
        if let Ok(keys) = self.copies.columns() {
            let mut firsts = Vec::new();
            self.numbers.clear();
            let numbers = &mut self.of_rows;
            // It went in before, so it goes in again; the groups keep their order and so their numbers.
            let _ = self
                .numbers
                .intern(&keys, self.len, self.limit, numbers, &mut firsts);
        }
    }
}
