//! JSON documents looked at, cut out of their object as the decoder cuts them (`application.md` §5.1).

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::tree::{Budget, Field};
use crate::format::batch::{BatchBuilder, RecordFault};
use crate::format::cell::Value;
use crate::format::json::strict::check_raw;
use crate::format::json::{blank, fault};
use crate::format::{BadRecord, RECORD_BYTES_MAX, RecordDecoder, Step, Window, bad_record, each_record};

/// The documents of all objects of a source.
#[derive(Debug, Default)]
pub struct Documents {
    /// What they were, as one field.
    pub root: Field,
    /// Enough was seen; what comes is not looked at.
    pub closed: bool,
    budget: Budget,
}

/// Looks at the documents of one object; each is a row without columns.
pub struct DocumentLook {
    documents: Arc<Mutex<Documents>>,
    skipping: bool,
}

impl DocumentLook {
    /// Adds to `documents`.
    pub fn new(documents: &Arc<Mutex<Documents>>) -> Self {
        Self {
            documents: Arc::clone(documents),
            skipping: false,
        }
    }
}

impl RecordDecoder for DocumentLook {
    fn decode(&mut self, window: Window<'_>, batch: &mut BatchBuilder) -> usize {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        each_record(window, b'\n', &mut self.skipping, blank, batch, |rest, batch| {
            documents.take(rest, batch)
        })
    }

    fn blank(&self, bytes: &[u8]) -> usize {
        blank(bytes)
    }
}

impl Documents {
    fn take(&mut self, window: Window<'_>, batch: &mut BatchBuilder) -> Step {
        let bytes = window.bytes;
        let sight = &bytes[..bytes.len().min(RECORD_BYTES_MAX + 1)];
        let mut deserializer = serde_json::Deserializer::from_slice(sight);
        let read = <&RawValue>::deserialize(&mut deserializer)
            .map(RawValue::get)
            .and_then(|text| check_raw(text, 0).map(|()| text));
        let is_short = sight.len() <= RECORD_BYTES_MAX && !window.last;
        let verdict = match read {
            // A number or word that touches the edge of sight may go on behind it.
            Ok(text) if is_short && text.len() == sight.len() && !text.ends_with(['}', ']', '"']) => {
                return Step::NeedMore;
            }
            Ok(text) if text.len() <= RECORD_BYTES_MAX => {
                if !self.closed {
                    self.root.see(text, &mut self.budget);
                }
                // Without columns there is nothing that a row could fail on.
                let _ = batch.push_row(None, |_| Value::Null);
                batch.count_document(true);
                return Step::Taken(text.len());
            }
            Err(e) if e.is_eof() && is_short => return Step::NeedMore,
            Err(e) if e.is_eof() && sight.len() <= RECORD_BYTES_MAX => Ok(fault::too_short()),
            Err(e) if !e.is_eof() => Err(e),
            _ => Ok(RecordFault::too_large()),
        };
        let (record, step) = match bad_record(bytes, window.last, b'\n') {
            BadRecord::NeedMore => return Step::NeedMore,
            BadRecord::Whole(record, length) => (record, Step::Taken(length)),
            BadRecord::Head(head) => (head, Step::SkipLine),
        };
        let fault = match verdict {
            _ if !fault::is_text(record) => fault::not_text(),
            Ok(fault) => fault,
            Err(error) => fault::not_json(&error, record.len()),
        };
        batch.push_error(fault, window.offset, record);
        batch.count_document(false);
        step
    }
}
