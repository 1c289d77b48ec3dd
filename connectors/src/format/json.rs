//! JSON documents, on lines or back to back, as rows (`application.md` §5.1).
//!
//! A document is read by serde_json up to its end or its first fault, whatever is in sight after it; a fault
//! makes everything up to the first newline after the document's start one error document, and reading goes
//! on behind it. A document that just ends too early is only judged when no more bytes can come.

use std::borrow::Cow;

use serde::Deserializer as _;
use serde::de::{Deserialize, IgnoredAny};
use serde_json::value::RawValue;

use self::array::{Elements, Next, Place};
use self::keys::Slot;
use self::record::Members;
use self::shape::{Access, Mapping, Shape};
use self::strict::check_raw;
use super::arrival::{self, ArrivalRange};
use super::batch::{BatchBuilder, Columns, RecordFault};
use super::cell::Value;
use super::{BadRecord, RECORD_BYTES_MAX, RecordDecoder, Step, Window, bad_record, each_record};
use crate::source::InvocationError;
use crate::uri::ArrivalClock;

pub mod array;
pub mod fault;
pub mod keys;
pub mod path;
pub mod record;
pub mod shape;
pub mod strict;

/// What ends a bad record.
pub(crate) const LINE_END: &[u8] = b"\n";

/// Decodes the JSON documents of one object.
pub struct JsonDecoder {
    shape: Shape,
    range: ArrivalRange,
    /// Whether the object has a clock; unknown before its first record.
    clocked: Option<bool>,
    /// Inside a bad record whose newline is not in sight yet.
    skipping: bool,
    /// Where in an array of records reading stands.
    place: Place,
}

/// What a document's text is.
enum Read<'a> {
    /// An object of a flat shape, its members in their slots; its length.
    Object(usize),
    /// Any value, for a shape that looks deeper.
    Document(&'a str),
    /// Bytes that end too early.
    Short,
    /// A fault that no further byte can heal.
    Bad(serde_json::Error),
}

/// A record for its error rows.
#[derive(Clone, Copy)]
struct Source<'a> {
    bytes: &'a [u8],
    offset: u64,
}

impl JsonDecoder {
    /// A decoder for one object.
    pub fn new(
        columns: &Columns,
        mapping: Option<&Mapping>,
        clock: &ArrivalClock,
        range: ArrivalRange,
    ) -> Result<Self, InvocationError> {
        let shape = Shape::compile(columns, mapping, clock)?;
        let clocked = match &shape.clock {
            None => Some(false),
            Some(_) => shape.clock_required.then_some(true),
        };
        Ok(Self {
            shape,
            range,
            clocked,
            skipping: false,
            place: Place::default(),
        })
    }

    fn document<'w>(&mut self, window: Window<'w>, slots: &mut [Slot<'w>], batch: &mut BatchBuilder) -> Step {
        let bytes = window.bytes;
        let within = self.place;
        match self.separator(window) {
            Next::Record => {}
            Next::Separator => return Step::Taken(1),
            Next::Stray(fault) => return refuse(fault, window.offset, &bytes[..1], Step::Taken(1), batch),
            Next::Bad(fault) => {
                let step = bad_line(window, |_| fault, batch);
                if matches!(step, Step::NeedMore) {
                    self.place = within;
                }
                return step;
            }
        }
        let sight = &bytes[..bytes.len().min(RECORD_BYTES_MAX + 1)];
        slots.fill(Slot::default());
        let verdict = match self.read(sight, window.last, slots) {
            Read::Object(length) if length <= RECORD_BYTES_MAX => {
                let source = Source {
                    bytes: &bytes[..length],
                    offset: window.offset,
                };
                self.place.pass(true);
                if self.shape.elements == Elements::Required && within == Place::Outside {
                    return refuse(no_root(), source.offset, source.bytes, Step::Taken(length), batch);
                }
                let rows = self.load("", slots, source, batch);
                rows.count(batch);
                return Step::Taken(length);
            }
            Read::Document(text) if text.len() <= RECORD_BYTES_MAX => {
                let source = Source {
                    bytes: text.as_bytes(),
                    offset: window.offset,
                };
                self.place.pass(true);
                if self.shape.elements == Elements::Required && within == Place::Outside {
                    return refuse(
                        no_root(),
                        source.offset,
                        source.bytes,
                        Step::Taken(text.len()),
                        batch,
                    );
                }
                self.load_roots(text, slots, source, batch);
                return Step::Taken(text.len());
            }
            Read::Short if sight.len() <= RECORD_BYTES_MAX && !window.last => return Step::NeedMore,
            Read::Short if sight.len() <= RECORD_BYTES_MAX => Ok(fault::too_short()),
            Read::Bad(error) => Err(error),
            Read::Object(_) | Read::Document(_) | Read::Short => Ok(RecordFault::too_large()),
        };
        let not_text = batch.not_text();
        let fault = |record: &[u8]| match verdict {
            _ if !fault::is_text(record) => not_text,
            Ok(fault) => fault,
            Err(error) => fault::not_json(&error, record.len()),
        };
        let step = bad_line(window, fault, batch);
        if !matches!(step, Step::NeedMore) {
            self.place.pass(false);
        }
        step
    }

    /// What the next byte is where the elements of an array are records.
    fn separator(&mut self, window: Window<'_>) -> Next {
        match (self.shape.elements, window.bytes.first()) {
            (Elements::No, _) | (_, None) => Next::Record,
            (_, Some(byte)) => self.place.meet(*byte, window.offset),
        }
    }

    fn read<'w>(&mut self, sight: &'w [u8], last: bool, slots: &mut [Slot<'w>]) -> Read<'w> {
        let mut deserializer = serde_json::Deserializer::from_slice(sight);
        let opening = sight.first().copied().unwrap_or_default();
        let keys = &mut self.shape.keys;
        let mut text = "";
        let result = if self.shape.flat && opening == b'{' {
            deserializer.deserialize_map(Members { keys, slots })
        } else {
            <&RawValue>::deserialize(&mut deserializer).and_then(|raw| {
                text = raw.get();
                check_raw(text, 0)
            })
        };
        match result {
            Err(e) if e.is_eof() => Read::Short,
            // A raw reader takes a number that the edge of sight cuts for a bad one.
            Err(e) if !last && fault::may_be_cut(&e, sight) => Read::Short,
            Err(e) => Read::Bad(e),
            Ok(()) if text.is_empty() => Read::Object(deserializer.into_iter::<IgnoredAny>().byte_offset()),
            // A number or word that touches the edge of sight may go on behind it.
            Ok(()) if text.len() == sight.len() && !last && !text.ends_with(['}', ']', '"']) => Read::Short,
            Ok(()) => Read::Document(text),
        }
    }

    /// The rows of a document of any kind: one or more for each row root.
    fn load_roots<'d>(
        &mut self,
        text: &'d str,
        slots: &mut [Slot<'d>],
        source: Source<'_>,
        batch: &mut BatchBuilder,
    ) {
        if self.shape.of_object && !text.starts_with('{') {
            let fault = RecordFault::parse(format!(
                "the record is {}, not an object{}",
                kind(text),
                if text.starts_with('[') && self.shape.elements == Elements::No {
                    "; to read its elements give a schema with the row path $[0:]"
                } else {
                    ""
                }
            ));
            batch.push_error(fault, source.offset, source.bytes);
            batch.count_document(false);
            return;
        }
        let row_path = std::mem::take(&mut self.shape.row_path);
        let roots = roots(text, &row_path);
        self.shape.row_path = row_path;
        let Some(roots) = roots else {
            refuse(no_root(), source.offset, source.bytes, Step::NeedMore, batch);
            return;
        };
        let mut rows = Rows {
            empty: roots.is_empty(),
            ..Rows::default()
        };
        for root in roots {
            slots.fill(Slot::default());
            if root.starts_with('{') {
                let members = Members {
                    keys: &mut self.shape.keys,
                    slots,
                };
                // The text was checked as a whole, so its members can be read.
                let _ = serde_json::Deserializer::from_str(root).deserialize_map(members);
            }
            rows.add(self.load(root, slots, source, batch));
        }
        rows.count(batch);
    }

    /// The rows of one row root, whose members are in the slots.
    fn load<'d>(
        &mut self,
        root: &'d str,
        slots: &[Slot<'d>],
        source: Source<'_>,
        batch: &mut BatchBuilder,
    ) -> Rows {
        let Some(flatten) = &self.shape.flatten else {
            return self.load_row(root, slots, None, source, batch);
        };
        let array = resolve(&flatten.array, root, slots, None);
        let elements = array
            .as_deref()
            .and_then(|a| path::slice(a, flatten.from, flatten.to))
            .unwrap_or_default();
        if elements.is_empty() {
            return self.load_row(root, slots, None, source, batch);
        }
        let mut rows = Rows::default();
        for element in elements {
            rows.add(self.load_row(root, slots, Some(element), source, batch));
        }
        rows
    }

    fn load_row(
        &mut self,
        root: &str,
        slots: &[Slot<'_>],
        element: Option<&str>,
        source: Source<'_>,
        batch: &mut BatchBuilder,
    ) -> Rows {
        let arrival_ms = match self.arrival(root, slots, element, batch) {
            Ok(Some(ms)) if !self.range.contains(ms) => return Rows::default(),
            Ok(arrival_ms) => arrival_ms,
            Err(message) => {
                batch.push_error(arrival::fault(message), source.offset, source.bytes);
                return Rows::failed();
            }
        };
        let columns = &self.shape.columns;
        let row = batch.push_row(arrival_ms, |column| {
            let access = columns.get(column).and_then(Option::as_ref);
            access
                .and_then(|a| resolve(a, root, slots, element))
                .map_or(Value::Null, value)
        });
        match row {
            Ok(()) => Rows::loaded(),
            Err(fault) => {
                batch.push_error(fault, source.offset, source.bytes);
                Rows::failed()
            }
        }
    }

    /// The arrival clock of a row; the first record decides whether the object has one.
    fn arrival(
        &mut self,
        root: &str,
        slots: &[Slot<'_>],
        element: Option<&str>,
        batch: &mut BatchBuilder,
    ) -> Result<Option<i64>, String> {
        let Some((access, name)) = &self.shape.clock else {
            return Ok(None);
        };
        if self.clocked == Some(false) {
            return Ok(None);
        }
        let raw = resolve(access, root, slots, element);
        if self.clocked.is_none() && raw.is_none() {
            self.clocked = Some(false);
            return Ok(None);
        }
        self.clocked = Some(true);
        batch.set_clocked();
        arrival::read(name, &raw.map_or(Value::Null, value)).map(Some)
    }
}

impl RecordDecoder for JsonDecoder {
    fn decode(&mut self, window: Window<'_>, batch: &mut BatchBuilder) -> usize {
        if self.clocked == Some(true) {
            batch.set_clocked();
        }
        let mut slots = vec![Slot::default(); self.shape.keys.slots()];
        let mut skipping = self.skipping;
        let taken = each_record(window, LINE_END, &mut skipping, blank, batch, |rest, batch| {
            self.document(rest, &mut slots, batch)
        });
        self.skipping = skipping;
        if window.last && taken == window.bytes.len() && !batch.is_full() {
            let open = self.place.end();
            if let Some((start, fault)) = open {
                refuse(fault, start, b"[", Step::NeedMore, batch);
            }
        }
        taken
    }

    fn blank(&self, bytes: &[u8]) -> usize {
        blank(bytes)
    }

    fn may_end_in(&self, bytes: &[u8]) -> bool {
        memchr::memchr3(b'\n', b'}', b']', bytes).is_some()
    }
}

/// Makes an error document of a record.
fn refuse(fault: RecordFault, offset: u64, record: &[u8], step: Step, batch: &mut BatchBuilder) -> Step {
    batch.push_error(fault, offset, record);
    batch.count_document(false);
    step
}

/// Makes an error document of everything up to the end of the line.
pub(crate) fn bad_line(
    window: Window<'_>,
    fault: impl FnOnce(&[u8]) -> RecordFault,
    batch: &mut BatchBuilder,
) -> Step {
    let (record, step) = match bad_record(window.bytes, window.last, LINE_END) {
        BadRecord::NeedMore => return Step::NeedMore,
        BadRecord::Whole(record, length) => (record, Step::Taken(length)),
        BadRecord::Head(head) => (head, Step::SkipLine),
    };
    refuse(fault(record), window.offset, record, step, batch)
}

fn no_root() -> RecordFault {
    RecordFault::parse("the row path of the schema leads to nothing in this record")
}

/// Length of the white space in front.
pub(crate) fn blank(bytes: &[u8]) -> usize {
    let is_blank = |b: &&u8| matches!(**b, b' ' | b'\t' | b'\n' | b'\r');
    bytes.iter().take_while(is_blank).count()
}

/// What became of the rows of a document.
#[derive(Default, Clone, Copy)]
struct Rows {
    loaded: bool,
    failed: bool,
    /// The row path ends in an empty array: no rows, and nothing wrong.
    empty: bool,
}

impl Rows {
    fn loaded() -> Self {
        Self {
            loaded: true,
            ..Self::default()
        }
    }

    fn failed() -> Self {
        Self {
            failed: true,
            ..Self::default()
        }
    }

    fn add(&mut self, other: Self) {
        self.loaded |= other.loaded;
        self.failed |= other.failed;
    }

    /// Enters the document into the books; one that `--start` and `--end` leave out is not in them.
    fn count(self, batch: &mut BatchBuilder) {
        if self.loaded || self.failed || self.empty {
            batch.count_document(self.loaded || self.empty);
        }
    }
}

/// The row roots of a document; `None` if the path leads to nothing.
fn roots<'d>(text: &'d str, row_path: &[path::Segment]) -> Option<Vec<&'d str>> {
    let (from, to, walked) = match row_path.split_last() {
        Some((path::Segment::Slice(from, to), walked)) => (*from, *to, walked),
        _ => match path::evaluate(text, row_path)? {
            Cow::Borrowed(root) => return Some(vec![root]),
            Cow::Owned(_) => return None,
        },
    };
    match path::evaluate(text, walked)? {
        Cow::Borrowed(array) => path::slice(array, from, to),
        Cow::Owned(_) => None,
    }
}

fn resolve<'d>(
    access: &Access,
    root: &'d str,
    slots: &[Slot<'d>],
    element: Option<&'d str>,
) -> Option<Cow<'d, str>> {
    match access {
        Access::Root(path) => path::evaluate(root, path),
        Access::Element(path) => path::evaluate(element?, path),
        Access::Member(slot, path) => {
            let raw = slots.get(*slot)?.raw()?;
            if path.is_empty() {
                Some(Cow::Borrowed(raw))
            } else {
                path::evaluate(raw, path)
            }
        }
    }
}

/// The value that valid JSON text stands for.
fn value(raw: Cow<'_, str>) -> Value<'_> {
    match raw {
        Cow::Owned(text) => Value::Structure(Cow::Owned(text)),
        Cow::Borrowed(text) => match text.as_bytes().first() {
            None | Some(b'n') => Value::Null,
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'{' | b'[') => Value::Structure(Cow::Borrowed(text)),
            Some(b'"') => Value::Text(string(text)),
            Some(_) => Value::Number(text),
        },
    }
}

/// The text of a string literal; copied only if it has escapes.
fn string(literal: &str) -> Cow<'_, str> {
    let inner = literal
        .get(1..literal.len().saturating_sub(1))
        .unwrap_or_default();
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str(literal).map_or(Cow::Borrowed(inner), Cow::Owned)
}

fn kind(text: &str) -> &'static str {
    match text.as_bytes().first() {
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

#[cfg(test)]
mod tests;
