//! HOTSPOTS: the dense regions around every record, among the last records (`functions.md` §11).
//!
//! A row leaves as it came, with the hotspots near it in a JSON text, densest first:
//! `{"hotspots":[{"density":d,"minValues":[…],"maxValues":[…]},…]}`, one number per numeric column in the order of
//! the cursor, as a DOUBLE. What is near, and what a hotspot is, says [`Points`]. A row with a NULL among its numbers
//! is no point: it never enters the window, and no hotspot is near it. Where the text would be longer than the
//! column, the hotspots of least density are left out.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use self::points::{Hotspot, Points};
use super::{Context, Operator};
use crate::number_text::write_double;
use crate::row_error::RowError;
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

mod points;
#[cfg(test)]
mod tests;

/// Characters of HOTSPOTS_RESULT.
pub const RESULT_CHARS_MAX: usize = 10_000;

/// The hotspots near every row.
pub struct Hotspots {
    columns: Vec<usize>,
    points: Points,
}

impl Hotspots {
    /// Over these columns of the input; the rest is the function's parameters.
    pub fn new(columns: &[usize], window_rows: usize, scan_radius: f64, min_points: usize) -> Self {
        Self {
            columns: columns.to_vec(),
            points: Points::new(columns.len(), window_rows, scan_radius, min_points),
        }
    }

    /// The numeric columns as DOUBLE.
    fn numbers(&self, batch: &RowBatch) -> Result<Vec<Float64Array>, String> {
        let number = |&at: &usize| {
            let column = batch.columns.get(at).ok_or("a column is missing")?;
            let column = cast(column, &DataType::Float64).map_err(|e| e.to_string())?;
            let number = column.as_primitive_opt::<Float64Type>();
            number.cloned().ok_or_else(|| "a column is no number".to_owned())
        };
        self.columns.iter().map(number).collect()
    }

    /// HOTSPOTS_RESULT of every row.
    fn results(&mut self, numbers: &[Float64Array], rows: usize) -> ArrayRef {
        let mut results = StringViewBuilder::with_capacity(rows);
        let mut point = Vec::with_capacity(numbers.len());
        let mut text = String::new();
        for row in 0..rows {
            point.clear();
            point.extend(
                (numbers.iter())
                    .filter(|n| n.is_valid(row))
                    // One zero, so that the least of two does not hang on their order.
                    .map(|n| n.value(row) + 0.0)
                    .filter(|n| n.is_finite()),
            );
            text.clear();
            let is_point = point.len() == numbers.len();
            let near = if is_point {
                self.points.add(&point)
            } else {
                Vec::new()
            };
            write_result(&mut text, &near);
            results.append_value(&text);
        }
        Arc::new(results.finish())
    }
}

fn write_result(out: &mut String, near: &[Hotspot]) {
    const END: &str = "]}";
    out.push_str("{\"hotspots\":[");
    for (i, hotspot) in near.iter().enumerate() {
        let before = out.len();
        out.push_str(if i == 0 { "{\"density\":" } else { ",{\"density\":" });
        write_double(out, hotspot.density);
        write_numbers(out, ",\"minValues\":[", &hotspot.least);
        write_numbers(out, ",\"maxValues\":[", &hotspot.greatest);
        out.push('}');
        if out.len() + END.len() > RESULT_CHARS_MAX {
            out.truncate(before);
            break;
        }
    }
    out.push_str(END);
}

fn write_numbers(out: &mut String, open: &str, numbers: &[f64]) {
    out.push_str(open);
    for (i, number) in numbers.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_double(out, *number);
    }
    out.push(']');
}

impl Operator for Hotspots {
    fn push(&mut self, mut batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        match self.numbers(&batch) {
            Ok(numbers) => {
                let results = self.results(&numbers, batch.len());
                batch.columns.push(results);
                out.push(batch);
            }
            // The binder lets only numbers through.
            Err(message) => {
                for row in 0..batch.len() {
                    let error = RowError::runtime(format!("HOTSPOTS: {message}; please report this"));
                    cx.errors.report(error, &batch.origin, row);
                }
            }
        }
    }

    fn advance(&mut self, _bound_ms: i64, _cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) {}

    fn save(&self) -> OperatorState {
        let columns = self.points.columns().into_iter();
        let columns = columns
            .map(|c| Arc::new(Float64Array::from(c)) as ArrayRef)
            .collect();
        // Facts that do not read back: a state that could not be copied is refused on load.
        OperatorState::of_columns(true.into(), columns).unwrap_or_else(|error| OperatorState {
            facts: serde_json::Value::String(error.to_string()),
            batches: Vec::new(),
        })
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        let _: bool = serde_json::from_value(state.facts.clone())?;
        let columns = (0..self.columns.len()).map(|at| state.column(at, &DataType::Float64));
        let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
        let columns: Vec<&[f64]> = (columns.iter())
            .map(|c| c.as_primitive::<Float64Type>().values().as_ref())
            .collect();
        self.points.restore(&columns);
        Ok(())
    }
}
