//! JSON documents looked at, cut out of their object as the decoder cuts them (`application.md` §5.1).

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::tree::{Budget, Field, compact_chars};
use crate::format::batch::{BatchBuilder, RecordFault};
use crate::format::cell::Value;
use crate::format::json::array::{Next, Place};
use crate::format::json::strict::check_raw;
use crate::format::json::{LINE_END, bad_line, blank, fault};
use crate::format::{RECORD_BYTES_MAX, RecordDecoder, Step, Window, each_record};

/// The documents of all objects of a source.
#[derive(Debug, Default)]
pub struct Documents {
    /// What they were, as one field.
    pub root: Field,
    /// Documents.
    pub count: u64,
    /// Elements of those that are arrays.
    pub elements: u64,
    /// Enough was seen; what comes is not looked at.
    pub closed: bool,
    budget: Budget,
}

/// Looks at the documents of one object; each is a row without columns, and so is each element of one that is an array,
/// which may be longer than any record.
pub struct DocumentLook {
    documents: Arc<Mutex<Documents>>,
    skipping: bool,
    place: Place,
    /// Characters of the array so far, as compact text.
    array_chars: usize,
}

impl DocumentLook {
    /// Adds to `documents`.
    pub fn new(documents: &Arc<Mutex<Documents>>) -> Self {
        Self {
            documents: Arc::clone(documents),
            skipping: false,
            place: Place::default(),
            array_chars: 0,
        }
    }
}

impl RecordDecoder for DocumentLook {
    fn decode(&mut self, window: Window<'_>, batch: &mut BatchBuilder) -> usize {
        let documents = Arc::clone(&self.documents);
        let mut documents = documents.lock().unwrap_or_else(PoisonError::into_inner);
        let mut skipping = self.skipping;
        let used = each_record(window, LINE_END, &mut skipping, blank, batch, |rest, batch| {
            self.take(rest, &mut documents, batch)
        });
        self.skipping = skipping;
        if window.last
            && used == window.bytes.len()
            && !batch.is_full()
            && let Some((start, fault)) = self.place.end()
        {
            batch.push_error(fault, start, b"[");
        }
        used
    }

    fn blank(&self, bytes: &[u8]) -> usize {
        blank(bytes)
    }

    fn may_end_in(&self, bytes: &[u8]) -> bool {
        memchr::memchr3(b'\n', b'}', b']', bytes).is_some()
    }
}

impl DocumentLook {
    fn take(&mut self, window: Window<'_>, documents: &mut Documents, batch: &mut BatchBuilder) -> Step {
        let within = self.place;
        let Some(byte) = window.bytes.first() else {
            return Step::NeedMore;
        };
        match self.place.meet(*byte, window.offset) {
            Next::Record => {}
            Next::Separator => {
                self.pass_separator(*byte, documents);
                return Step::Taken(1);
            }
            Next::Stray(fault) => {
                batch.push_error(fault, window.offset, &[*byte]);
                return Step::Taken(1);
            }
            Next::Bad(fault) => return self.bad_line(window, within, |_| fault, batch),
        }
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
                self.place.pass(true);
                documents.see(text, within != Place::Outside);
                self.array_chars += compact_chars(text);
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
        let not_text = batch.not_text();
        let fault = |record: &[u8]| match verdict {
            _ if !fault::is_text(record) => not_text,
            Ok(fault) => fault,
            Err(error) => fault::not_json(&error, record.len()),
        };
        self.bad_line(window, within, fault, batch)
    }

    /// A bracket or comma around the elements of an array.
    fn pass_separator(&mut self, byte: u8, documents: &mut Documents) {
        self.array_chars = if byte == b'[' { 1 } else { self.array_chars + 1 };
        if documents.closed {
            return;
        }
        let root = &mut documents.root;
        root.structure_chars = root.structure_chars.max(self.array_chars);
        if byte == b'[' {
            // It counts from its start: the look may end before it does.
            root.arrays += 1;
            documents.count += 1;
        }
    }

    /// An error up to the end of the line.
    fn bad_line(
        &mut self,
        window: Window<'_>,
        within: Place,
        fault: impl FnOnce(&[u8]) -> RecordFault,
        batch: &mut BatchBuilder,
    ) -> Step {
        let step = bad_line(window, fault, batch);
        if matches!(step, Step::NeedMore) {
            self.place = within;
        } else {
            self.place.pass(false);
        }
        step
    }
}

impl Documents {
    fn see(&mut self, text: &str, is_element: bool) {
        if self.closed {
            return;
        }
        if is_element {
            self.elements += 1;
            let element = self.root.element.get_or_insert_default();
            element.see(text, &mut self.budget);
        } else {
            self.count += 1;
            self.root.see(text, &mut self.budget);
        }
    }
}
