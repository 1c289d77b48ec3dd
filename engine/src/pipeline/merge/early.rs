//! Errors of records that came before the first row of their stream.
//!
//! Such a record has no last ROWTIME to stand at (`decisions.md` 30), so it waits for the first row and takes
//! that row's. What waits is bounded: a stream that begins with too much rubbish gives it up, and its errors
//! stand at the start of the run. The limits look at records alone, so that no cut of the input shows.

use crate::pipeline::RecordError;

/// Errors of one stream that wait.
const ERRORS_MAX: usize = 100_000;
/// Bytes of them that wait.
const BYTES_MAX: usize = 64 << 20;

/// The waiting errors of one stream.
#[derive(Default)]
pub struct EarlyErrors {
    waiting: Vec<RecordError>,
    bytes: usize,
    given_up: bool,
}

impl EarlyErrors {
    /// Takes an error; returns those that need not wait any more, in order.
    pub fn push(&mut self, error: RecordError) -> Vec<RecordError> {
        self.bytes += error.raw.len() + error.message.len();
        self.waiting.push(error);
        self.given_up |= self.waiting.len() > ERRORS_MAX || self.bytes > BYTES_MAX;
        if self.given_up { self.take() } else { Vec::new() }
    }

    /// All that wait.
    pub fn take(&mut self) -> Vec<RecordError> {
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row_error::ErrorName;

    fn error(raw: usize) -> RecordError {
        RecordError {
            after_rows: 0,
            name: ErrorName::Parse,
            message: String::new(),
            position: String::new(),
            raw: vec![b'x'; raw],
            arrival_ms: None,
        }
    }

    #[test]
    fn what_waits_is_bounded_and_what_is_given_up_stays_so() {
        let mut early = EarlyErrors::default();
        assert!(early.push(error(24_576)).is_empty());
        assert_eq!(early.take().len(), 1);
        let mut early = EarlyErrors::default();
        let given: Vec<usize> = (0..3_000).map(|_| early.push(error(24_576)).len()).collect();
        let first = given.iter().position(|n| *n > 0).unwrap();
        assert_eq!((given[first], first), (first + 1, BYTES_MAX / 24_576));
        assert!(given[first + 1..].iter().all(|n| *n == 1));
    }
}
