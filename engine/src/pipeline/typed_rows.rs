//! Rows in memory as a split: those that were typed by hand, for a run over them.

use arrow::array::ArrayRef;
use arrow::buffer::ScalarBuffer;

use super::{LowerBound, OutsideError, Split, SplitBatch};

/// Rows of one stream with its declared columns; their ROWTIMEs are their arrival clock.
#[derive(Debug, Clone)]
pub struct TypedRows {
    name: String,
    rowtimes: ScalarBuffer<i64>,
    columns: Vec<ArrayRef>,
    given: usize,
}

impl TypedRows {
    /// Rows whose ROWTIMEs do not go back.
    pub fn new(name: impl Into<String>, rowtimes: Vec<i64>, columns: Vec<ArrayRef>) -> Self {
        Self {
            name: name.into(),
            rowtimes: rowtimes.into(),
            columns,
            given: 0,
        }
    }
}

impl Split for TypedRows {
    fn name(&self) -> &str {
        &self.name
    }

    fn lower_bound(&self) -> LowerBound {
        let first = self.rowtimes.first();
        first.map_or(LowerBound::Unknown, |first| LowerBound::At(*first))
    }

    fn next(&mut self, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        let start = self.given;
        let rows = rows_max.max(1).min(self.rowtimes.len() - start);
        self.given += rows;
        Ok((rows > 0).then(|| SplitBatch {
            columns: self.columns.iter().map(|c| c.slice(start, rows)).collect(),
            rows,
            arrivals_ms: Some(self.rowtimes.slice(start, rows)),
            documents: rows as u64,
            decoded: rows as u64,
            ..SplitBatch::default()
        }))
    }
}
