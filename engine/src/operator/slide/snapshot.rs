//! Sliding windows as a saved state, and back (R7).
//!
//! Every PARTITION BY has batches of its own: its partitions with their keys and totals, the rows that windows hold
//! with their values, the queue of RANGE, the lists of ROWS, and the candidates of each call that keeps some. Groups
//! and places are saved by their position among those in use, so that a loaded state has no gaps.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, UInt32Array};
use arrow::datatypes::{Field, Int64Type, Schema, UInt32Type};
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};

use super::Slide;
use super::call::Call;
use super::frames::Arrival;
use super::partition::Partition;
use crate::aggregate::kept::Kept;
use crate::aggregate::sliding::Gone;
use crate::state::{OperatorState, StateError};

/// What is said of a PARTITION BY beside its batches.
#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    /// How far each RANGE window is in the queue.
    passed: Vec<usize>,
    batches: usize,
}

impl Slide {
    /// A copy of the state.
    pub(super) fn snapshot(&self) -> OperatorState {
        let mut batches = Vec::new();
        let facts = self.partitions.iter().map(|partition| {
            let own = partition.save()?;
            let facts = Facts {
                passed: partition.ranges.passed.clone(),
                batches: own.len(),
            };
            batches.extend(own);
            Ok(facts)
        });
        let facts = facts.collect::<Result<Vec<Facts>, StateError>>();
        match facts.and_then(|facts| Ok(serde_json::to_value(facts)?)) {
            Ok(facts) => OperatorState { facts, batches },
            // Facts that do not read back: a state that could not be copied is refused on load.
            Err(error) => OperatorState {
                facts: serde_json::Value::String(error.to_string()),
                batches: Vec::new(),
            },
        }
    }

    /// Takes a saved state in place of the own.
    pub(super) fn restore(&mut self, state: &OperatorState) -> Result<(), StateError> {
        let facts: Vec<Facts> = serde_json::from_value(state.facts.clone())?;
        if facts.len() != self.partitions.len() {
            return Err(other_plan());
        }
        let mut batches = state.batches.as_slice();
        for (partition, facts) in self.partitions.iter_mut().zip(facts) {
            let (own, rest) = batches.split_at_checked(facts.batches).ok_or_else(torn)?;
            partition.load(own, facts.passed)?;
            batches = rest;
        }
        Ok(())
    }
}

impl Partition {
    fn save(&self) -> Result<Vec<RecordBatch>, StateError> {
        let groups = self.keys.live();
        let positions = inverse(&groups, self.keys.groups());
        let (slots, holders) = self.rows.save();
        let places = inverse(&slots, self.rows.slots());
        let at = |map: &[u32], i: u32| map.get(i as usize).copied().unwrap_or(0);

        let mut keys = vec![numbers(groups.iter().map(|&g| at(&self.held, g)))];
        keys.extend(self.keys.save()?);
        let mut rows = vec![numbers(holders.into_iter())];
        rows.extend(self.kept.iter().map(|kept| kept.save(&slots)));
        let arrivals = || self.ranges.arrivals.iter();
        let queue = vec![
            Arc::new(Int64Array::from_iter_values(arrivals().map(|a| a.rowtime_ms))) as ArrayRef,
            numbers(arrivals().map(|a| at(&places, a.row.slot))),
            numbers(arrivals().map(|a| at(&positions, a.row.group))),
        ];
        let listed = || {
            let lists = groups
                .iter()
                .map(|&g| self.counts.lists.get(g as usize).into_iter().flatten());
            (0..)
                .zip(lists)
                .flat_map(|(position, list)| list.map(move |slot| (position, *slot)))
        };
        let lists = vec![
            numbers(listed().map(|(position, _): (u32, u32)| position)),
            numbers(listed().map(|(_, slot)| at(&places, slot))),
        ];
        let mut candidates = Vec::new();
        for (_, call) in self.windows.iter().flat_map(|w| &w.calls) {
            let mut columns = call.save(&groups, self.keys.groups())?;
            match call {
                Call::Sum { .. } => keys.extend(columns),
                Call::List { .. } => {
                    if let Some(slots) = columns.get_mut(1) {
                        let own = positions_of(slots)?;
                        *slots = numbers(own.iter().map(|&slot| at(&places, slot)));
                    }
                    candidates.push(batch(columns)?);
                }
            }
        }
        let mut batches = vec![batch(keys)?, batch(rows)?, batch(queue)?, batch(lists)?];
        batches.extend(candidates);
        Ok(batches)
    }

    fn load(&mut self, batches: &[RecordBatch], passed: Vec<usize>) -> Result<(), StateError> {
        let [keys, rows, queue, lists, candidates @ ..] = batches else {
            return Err(torn());
        };
        let calls = || self.windows.iter().flat_map(|w| &w.calls);
        let listing = calls()
            .filter(|(_, call)| matches!(call, Call::List { .. }))
            .count();
        if candidates.len() != listing || passed.len() != self.ranges.passed.len() {
            return Err(other_plan());
        }
        let mut states = self.load_keys(keys)?;
        self.load_rows(rows)?;
        self.load_queue(queue, passed)?;
        self.load_lists(lists)?;
        let groups: Vec<u32> = (0..).take(keys.num_rows()).collect();
        let mut candidates = candidates.iter();
        for (_, call) in self.windows.iter_mut().flat_map(|w| &mut w.calls) {
            match call {
                Call::Sum { totals, .. } => {
                    let width = totals.save(0).len();
                    let own: Vec<ArrayRef> = states.by_ref().take(width).cloned().collect();
                    totals.merge(&own, &groups)?;
                }
                Call::List { candidates: list, .. } => {
                    let saved = candidates.next().ok_or_else(torn)?;
                    let [positions, slots, columns @ ..] = saved.columns() else {
                        return Err(torn());
                    };
                    list.load(positions_of(positions)?, positions_of(slots)?, columns)?;
                }
            }
        }
        Ok(())
    }

    /// Takes the partitions; what is behind them are the states of the totals.
    fn load_keys<'b>(
        &mut self,
        saved: &'b RecordBatch,
    ) -> Result<impl Iterator<Item = &'b ArrayRef> + use<'b>, StateError> {
        for (_, call) in self.windows.iter_mut().flat_map(|w| &mut w.calls) {
            call.clear(self.keys.groups());
        }
        let width = self.keys.width();
        let (held, rest) = saved.columns().split_first().ok_or_else(torn)?;
        let (keys, states) = rest.split_at_checked(width).ok_or_else(other_plan)?;
        let groups = (0..).take(saved.num_rows()).collect();
        self.keys.load(keys, groups).map_err(StateError::Damaged)?;
        self.held.clear();
        self.counts.lists.clear();
        self.resize();
        self.held = positions_of(held)?.to_vec();
        Ok(states.iter())
    }

    fn load_rows(&mut self, saved: &RecordBatch) -> Result<(), StateError> {
        let (holders, values) = saved.columns().split_first().ok_or_else(torn)?;
        if values.len() != self.kept.len() {
            return Err(other_plan());
        }
        self.rows.load(positions_of(holders)?.to_vec());
        for (kept, values) in self.kept.iter_mut().zip(values) {
            *kept = Kept::of(values, kept.form());
        }
        Ok(())
    }

    fn load_queue(&mut self, saved: &RecordBatch, passed: Vec<usize>) -> Result<(), StateError> {
        let [rowtimes, slots, groups] = saved.columns() else {
            return Err(torn());
        };
        let rowtimes = rowtimes.as_primitive_opt::<Int64Type>().ok_or_else(torn)?;
        let rows = positions_of(slots)?.iter().zip(positions_of(groups)?);
        let arrivals = rowtimes.values().iter().zip(rows);
        let arrival = |(&rowtime_ms, (&slot, &group))| Arrival {
            rowtime_ms,
            row: Gone { slot, group },
        };
        self.ranges.arrivals = arrivals.map(arrival).collect();
        if passed.iter().any(|passed| *passed > self.ranges.arrivals.len()) {
            return Err(torn());
        }
        self.ranges.passed = passed;
        Ok(())
    }

    fn load_lists(&mut self, saved: &RecordBatch) -> Result<(), StateError> {
        let [positions, slots] = saved.columns() else {
            return Err(torn());
        };
        for (&group, &slot) in positions_of(positions)?.iter().zip(positions_of(slots)?) {
            let list = self.counts.lists.get_mut(group as usize).ok_or_else(torn)?;
            list.push_back(slot);
        }
        Ok(())
    }
}

/// Where each number stands in a list.
fn inverse(list: &[u32], size: usize) -> Vec<u32> {
    let mut positions = vec![0; size];
    for (position, &number) in (0..).zip(list) {
        if let Some(place) = positions.get_mut(number as usize) {
            *place = position;
        }
    }
    positions
}

fn numbers(values: impl Iterator<Item = u32>) -> ArrayRef {
    Arc::new(UInt32Array::from_iter_values(values))
}

fn positions_of(column: &ArrayRef) -> Result<&[u32], StateError> {
    let positions = column
        .as_primitive_opt::<UInt32Type>()
        .filter(|c| c.null_count() == 0);
    Ok(positions.ok_or_else(torn)?.values())
}

fn torn() -> StateError {
    StateError::Damaged("a sliding window with a part missing".to_owned())
}

fn other_plan() -> StateError {
    StateError::Mismatch("other sliding windows".to_owned())
}

fn batch(columns: Vec<ArrayRef>) -> Result<RecordBatch, StateError> {
    let fields: Vec<Field> = columns
        .iter()
        .enumerate()
        .map(|(i, c)| Field::new(format!("c{i}"), c.data_type().clone(), true))
        .collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
