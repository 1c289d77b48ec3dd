//! RANDOM_CUT_FOREST and RANDOM_CUT_FOREST_WITH_EXPLANATION (`functions.md` §11): a score for every row.
//!
//! Every row leaves at once, with its own ROWTIME and all columns of the cursor. The forest is drawn from one seed,
//! so that the same rows always get the same scores; the old service drew anew each time.
//!
//! A row that has no number in one of the numeric columns cannot be scored, and would spoil every later score if it
//! were taken for one that has. It leaves with NULL as its score and explanation, and the forest does not see it: the
//! rows around it are next to each other in a shingle.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringViewBuilder};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};

use self::explanation::Explanations;
use super::{Context, Operator};
use crate::plan::{Field, table_function};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};
use rowtime_forest::{Forest, ForestParameters};

mod explanation;
mod snapshot;
#[cfg(test)]
mod tests;

/// What every forest is drawn from.
const SEED: u64 = 0x0072_6F77_7469_6D65;

/// Scores rows.
pub struct RandomCutForest {
    /// Positions of the numeric columns.
    columns: Vec<usize>,
    parameters: ForestParameters,
    forest: Forest,
    /// With ANOMALY_EXPLANATION.
    explanations: Option<Explanations>,
    // Memory of a call.
    values: Vec<f64>,
    scores: Vec<f64>,
    parts: Vec<f64>,
}

impl RandomCutForest {
    /// A forest over columns of a cursor with these fields.
    pub fn new(plan: &table_function::RandomCutForest, cursor: &[Field]) -> Self {
        let parameters = ForestParameters {
            trees: plan.trees,
            sub_sample: plan.sub_sample,
            time_decay: u32::try_from(plan.time_decay).unwrap_or(u32::MAX),
            shingle: plan.shingle,
            columns: plan.columns.len(),
            seed: SEED,
        };
        let names = || {
            plan.columns
                .iter()
                .map(|&i| cursor.get(i).map_or("", |field| field.name.as_str()))
        };
        Self {
            columns: plan.columns.clone(),
            parameters,
            forest: Forest::new(parameters),
            explanations: plan
                .explanation
                .map(|direction| Explanations::new(names(), direction)),
            values: Vec::new(),
            scores: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Scores the rows that are complete, which `complete` marks.
    fn score(&mut self, batch: &RowBatch, complete: Option<&NullBuffer>) {
        self.gather(batch, complete);
        if self.explanations.is_some() {
            self.forest
                .explain(&self.values, &mut self.scores, &mut self.parts);
        } else {
            self.forest.score(&self.values, &mut self.scores);
        }
    }

    /// The numbers of the complete rows, row by row.
    fn gather(&mut self, batch: &RowBatch, complete: Option<&NullBuffer>) {
        let width = self.columns.len();
        let rows = complete.map_or(batch.len(), |complete| complete.len() - complete.null_count());
        self.values.clear();
        self.values.resize(rows * width, 0.0);
        for (at, &column) in self.columns.iter().enumerate() {
            let target = self.values.iter_mut().skip(at).step_by(width);
            write_numbers(&batch.columns[column], complete, target);
        }
    }

    /// The scores as a column: NULL where a row is not complete.
    fn score_column(&self, complete: Option<&NullBuffer>) -> ArrayRef {
        let Some(complete) = complete else {
            return Arc::new(Float64Array::from(self.scores.clone()));
        };
        let mut scores = vec![0.0; complete.len()];
        for (row, &score) in complete.valid_indices().zip(&self.scores) {
            scores[row] = score;
        }
        Arc::new(Float64Array::new(scores.into(), Some(complete.clone())))
    }

    fn explanation_column(
        &self,
        explanations: &Explanations,
        rows: usize,
        complete: Option<&NullBuffer>,
    ) -> ArrayRef {
        let mut column = StringViewBuilder::with_capacity(rows);
        let mut parts = self.parts.chunks_exact(2 * self.columns.len());
        let mut text = String::new();
        for row in 0..rows {
            let parts = if complete.is_none_or(|complete| complete.is_valid(row)) {
                parts.next()
            } else {
                None
            };
            match parts {
                Some(parts) => {
                    text.clear();
                    explanations.write(&mut text, parts);
                    column.append_value(&text);
                }
                None => column.append_null(),
            }
        }
        Arc::new(column.finish())
    }
}

impl Operator for RandomCutForest {
    fn push(&mut self, mut batch: RowBatch, _cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let complete = complete_rows(self.columns.iter().map(|&i| &batch.columns[i]));
        let complete = complete.as_ref();
        self.score(&batch, complete);
        batch.columns.push(self.score_column(complete));
        if let Some(explanations) = &self.explanations {
            let column = self.explanation_column(explanations, batch.len(), complete);
            batch.columns.push(column);
        }
        out.push(batch);
    }

    fn advance(&mut self, _bound_ms: i64, _cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) {}

    fn save(&self) -> OperatorState {
        snapshot::save(&self.forest.save())
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        let state = snapshot::load(&state)?;
        self.forest = Forest::load(self.parameters, &state).map_err(StateError::Damaged)?;
        Ok(())
    }
}

/// Which rows have a number in every column; `None` if all have.
fn complete_rows<'a>(columns: impl Iterator<Item = &'a ArrayRef>) -> Option<NullBuffer> {
    let complete = columns.fold(None, |complete: Option<NullBuffer>, column| {
        let finite = finite_rows(column);
        NullBuffer::union_many([complete.as_ref(), column.nulls(), finite.as_ref()])
    });
    complete.filter(|complete| complete.null_count() > 0)
}

/// Which rows are no NaN and no infinity; `None` if all are.
fn finite_rows(column: &ArrayRef) -> Option<NullBuffer> {
    let finite: BooleanBuffer = match column.data_type() {
        DataType::Float32 => {
            let values = column.as_primitive::<Float32Type>().values();
            values
                .iter()
                .any(|v| !v.is_finite())
                .then(|| values.iter().map(|v| v.is_finite()).collect())?
        }
        DataType::Float64 => {
            let values = column.as_primitive::<Float64Type>().values();
            values
                .iter()
                .any(|v| !v.is_finite())
                .then(|| values.iter().map(|v| v.is_finite()).collect())?
        }
        _ => return None,
    };
    Some(NullBuffer::new(finite))
}

/// Writes the numbers of a column, those of complete rows only.
fn write_numbers<'a>(
    column: &ArrayRef,
    complete: Option<&NullBuffer>,
    target: impl Iterator<Item = &'a mut f64>,
) {
    macro_rules! write {
        ($kind:ty, $as_number:expr) => {{
            let values = column.as_primitive::<$kind>().values();
            match complete {
                None => target
                    .zip(values)
                    .for_each(|(target, &value)| *target = $as_number(value)),
                Some(complete) => target
                    .zip(complete.valid_indices())
                    .for_each(|(target, row)| *target = $as_number(values[row])),
            }
        }};
    }
    match column.data_type() {
        DataType::Int8 => write!(Int8Type, f64::from),
        DataType::Int16 => write!(Int16Type, f64::from),
        DataType::Int32 => write!(Int32Type, f64::from),
        DataType::Int64 => write!(Int64Type, |value: i64| value as f64),
        DataType::Float32 => write!(Float32Type, f64::from),
        DataType::Float64 => write!(Float64Type, |value: f64| value),
        // The binder takes no other column.
        _ => {}
    }
}
