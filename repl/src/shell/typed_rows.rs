//! Rows typed by hand, remembered so that a query over data that ends can start from the beginning.
//!
//! Only the last are kept, in the batches in which they were typed.

use std::collections::VecDeque;

use arrow::array::ArrayRef;
use arrow::compute::concat;
use rowtime_engine::plan::Field;

/// Rows of one stream that are remembered.
pub const ROWS_MAX: usize = 100_000;

/// The rows of one stream.
#[derive(Debug, Clone)]
pub struct TypedRows {
    /// The declared columns, as they were when the rows were typed.
    pub fields: Vec<Field>,
    batches: VecDeque<(Vec<i64>, Vec<ArrayRef>)>,
    rows: usize,
    /// Some have gone.
    is_cut: bool,
}

impl TypedRows {
    /// No rows yet.
    pub fn new(fields: Vec<Field>) -> Self {
        Self {
            fields,
            batches: VecDeque::new(),
            rows: 0,
            is_cut: false,
        }
    }

    /// Remembers rows; the oldest go. Whether some went for the first time.
    pub fn push(&mut self, rowtimes: Vec<i64>, columns: Vec<ArrayRef>) -> bool {
        let is_first = self.rows + rowtimes.len() > ROWS_MAX && !self.is_cut;
        self.is_cut |= is_first;
        self.rows += rowtimes.len();
        self.batches.push_back((rowtimes, columns));
        while self.rows > ROWS_MAX {
            let over = self.rows - ROWS_MAX;
            let Some((times, columns)) = self.batches.pop_front() else {
                break;
            };
            let goes = over.min(times.len());
            self.rows -= goes;
            if goes < times.len() {
                let left = times.len() - goes;
                let columns = columns.iter().map(|c| c.slice(goes, left)).collect();
                self.batches.push_front((times[goes..].to_vec(), columns));
            }
        }
        is_first
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// All of them in one batch.
    pub fn all(&self) -> Option<(Vec<i64>, Vec<ArrayRef>)> {
        let times = self.batches.iter().flat_map(|(times, _)| times.iter().copied());
        let columns: Option<Vec<ArrayRef>> = (0..self.fields.len())
            .map(|i| {
                let pieces: Vec<_> = self.batches.iter().filter_map(|(_, c)| c.get(i)).collect();
                let pieces: Vec<_> = pieces.into_iter().map(AsRef::as_ref).collect();
                concat(&pieces).ok()
            })
            .collect();
        Some((times.collect(), columns?))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int32Array};
    use arrow::datatypes::Int32Type;
    use rowtime_engine::types::SqlType;

    use super::*;

    #[test]
    fn the_last_rows_are_remembered() {
        let field = Field {
            name: "A".to_owned(),
            ty: SqlType::Integer,
            not_null: false,
        };
        let mut rows = TypedRows::new(vec![field]);
        let (mut next, mut told) = (0, 0);
        for size in [1, 60_000, 39_999, 2, 30_001] {
            let values: Vec<i32> = (next..next + size).collect();
            next += size;
            let times = values.iter().map(|v| i64::from(*v)).collect();
            told += usize::from(rows.push(times, vec![Arc::new(Int32Array::from(values))]));
        }
        let (times, columns) = rows.all().unwrap();
        assert_eq!(told, 1);
        assert_eq!((rows.len(), times.len()), (ROWS_MAX, ROWS_MAX));
        assert_eq!(times.first(), Some(&30_003));
        assert_eq!(times.last(), Some(&130_002));
        assert_eq!(columns[0].as_primitive::<Int32Type>().value(0), 30_003);
    }
}
