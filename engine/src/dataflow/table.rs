//! What the reference tables hold: data that entered with a step (`decisions.md` 21), like any row.
//!
//! The dataflow keeps one copy for all pumps and saves it once; operators share it. So a run is a function of its steps,
//! and a restored one joins with what the saved one had, whatever the file holds by then.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Field as ArrowField, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use crate::plan::{Field, ReferenceTable};
use crate::state::StateError;

/// The rows of a reference table, in the order of its file.
#[derive(Debug, Clone, Default)]
pub struct TableContents {
    /// Every column of [`ReferenceTable::fields`]; one that no pump reads may be a null array without a type.
    pub columns: Vec<ArrayRef>,
    /// Number of rows.
    pub rows: usize,
}

impl TableContents {
    /// Whether these are columns of those fields.
    pub fn fits(&self, fields: &[Field]) -> bool {
        let fits = |(column, field): (&ArrayRef, &Field)| {
            let ty = column.data_type();
            *ty == field.ty.arrow() || *ty == DataType::Null
        };
        self.columns.len() == fields.len() && self.columns.iter().zip(fields).all(fits)
    }
}

/// A table of a running application.
pub struct RunningTable {
    /// Its stored name.
    pub name: String,
    fields: Vec<Field>,
    /// What it holds; `None` before it was loaded, when it is empty.
    pub contents: Option<TableContents>,
}

impl RunningTable {
    /// A table that holds nothing yet.
    pub fn new(table: &ReferenceTable) -> Self {
        Self {
            name: table.name.clone(),
            fields: table.fields.clone(),
            contents: None,
        }
    }

    /// Whether rows of the one are rows of the other.
    pub fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.fields == other.fields
    }

    /// Its contents for a saved state.
    pub fn save(&self) -> Result<Option<RecordBatch>, ArrowError> {
        let Some(contents) = &self.contents else {
            return Ok(None);
        };
        let field =
            |(i, c): (usize, &ArrayRef)| ArrowField::new(format!("c{i}"), c.data_type().clone(), true);
        let fields: Vec<ArrowField> = contents.columns.iter().enumerate().map(field).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(contents.rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), contents.columns.clone(), &options)
            .map(Some)
    }

    /// Takes saved contents in place of its own.
    pub fn load(&mut self, saved: Option<RecordBatch>) -> Result<(), StateError> {
        let Some(saved) = saved else {
            self.contents = None;
            return Ok(());
        };
        let contents = TableContents {
            columns: saved.columns().to_vec(),
            rows: saved.num_rows(),
        };
        if !contents.fits(&self.fields) {
            let name = &self.name;
            return Err(StateError::Mismatch(format!("table {name} has other columns")));
        }
        self.contents = Some(contents);
        Ok(())
    }
}
