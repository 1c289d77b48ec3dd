//! A batch cut in two, so that no reader ever gets more rows than it asked for.

use std::mem::take;

use rowtime_engine::pipeline::SplitBatch;

/// Takes the first `rows` rows off a batch, with the errors that come before the next row.
pub fn carve(mut batch: SplitBatch, rows: usize) -> (SplitBatch, Option<SplitBatch>) {
    if batch.rows <= rows {
        return (batch, None);
    }
    let cut = batch.errors.partition_point(|e| e.after_rows <= rows);
    let mut later = batch.errors.split_off(cut);
    for error in &mut later {
        error.after_rows -= rows;
    }
    let rest_rows = batch.rows - rows;
    let tail = SplitBatch {
        columns: batch.columns.iter().map(|c| c.slice(rows, rest_rows)).collect(),
        rows: rest_rows,
        arrivals_ms: batch.arrivals_ms.as_ref().map(|a| a.slice(rows, rest_rows)),
        errors: later,
        ..SplitBatch::default()
    };
    // The counts stay with the first part: they are of the documents that were read for both.
    let head = SplitBatch {
        columns: batch.columns.iter().map(|c| c.slice(0, rows)).collect(),
        rows,
        arrivals_ms: batch.arrivals_ms.as_ref().map(|a| a.slice(0, rows)),
        errors: take(&mut batch.errors),
        documents: batch.documents,
        decoded: batch.decoded,
        bytes: batch.bytes,
    };
    (head, Some(tail))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int32Array;
    use rowtime_engine::pipeline::RecordError;
    use rowtime_engine::row_error::ErrorName;

    use super::*;

    #[test]
    fn rows_and_errors_keep_their_order() {
        let error = |after_rows| RecordError {
            after_rows,
            name: ErrorName::Parse,
            message: String::new(),
            position: String::new(),
            raw: Vec::new(),
            arrival_ms: None,
        };
        let batch = SplitBatch {
            columns: vec![Arc::new(Int32Array::from(vec![1, 2, 3]))],
            rows: 3,
            arrivals_ms: Some(vec![10, 20, 30].into()),
            errors: vec![error(0), error(1), error(2), error(3)],
            documents: 7,
            decoded: 3,
            bytes: 9,
        };
        let (head, tail) = carve(batch, 1);
        let tail = tail.unwrap();
        assert_eq!((head.rows, tail.rows), (1, 2));
        assert_eq!(head.errors.len(), 2);
        assert_eq!(
            tail.errors.iter().map(|e| e.after_rows).collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!((head.documents, tail.documents), (7, 0));
        assert_eq!(tail.arrivals_ms.unwrap().as_ref(), [20, 30]);
        assert!(carve(head, 1).1.is_none());
    }
}
