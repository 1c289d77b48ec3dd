//! Delimited text looked at: what separates, whether the first line names the columns, what the columns hold.
//!
//! The delimiter is judged by the beginning of the first object, the header by its first rows; both then hold for all
//! objects. A line that repeats the header at the start of another object is no row.

use std::sync::{Arc, Mutex, PoisonError};

use super::header::is_header;
use super::tree::{Field, MEMBERS_MAX};
use crate::format::batch::{BatchBuilder, RecordFault};
use crate::format::cell::Value;
use crate::format::csv::delimiters::Delimiters;
use crate::format::csv::fields::{Extent, Fields};
use crate::format::csv::is_heading;
use crate::format::{BadRecord, RECORD_BYTES_MAX, RecordDecoder, Step, Window, bad_record, each_record};
use crate::uri::SourceParameters;

/// Bytes that tell the delimiter.
const HEAD_BYTES: usize = 64 << 10;
/// Rows that tell whether there is a header.
const HEAD_ROWS: usize = 100;
/// What may separate fields, the likeliest first.
const COLUMN_DELIMITERS: [&str; 4] = [",", ";", "\t", "|"];

/// The rows of all objects of a source.
#[derive(Debug, Default)]
pub struct Rows {
    /// Whether there is a header, where that is told.
    told_header: Option<bool>,
    rows_max: u64,
    /// What separates, once it is known.
    pub delimiters: Option<Delimiters>,
    /// Lines end in `\r\n`.
    pub carriage_returns: bool,
    /// The fields of the header line.
    pub header: Option<Vec<String>>,
    /// The columns with their names as they stand there, once it is known whether there is a header.
    pub columns: Vec<(String, Field)>,
    /// It is known whether there is a header.
    pub decided: bool,
    waiting: Vec<Vec<String>>,
    /// Rows that are no header.
    pub count: u64,
    /// Most fields of a row.
    pub fields_max: usize,
    fields: Fields,
}

/// Looks at the rows of one object; each is a row without columns.
pub struct RowLook {
    rows: Arc<Mutex<Rows>>,
    /// Which column each field is of, where a header says it; nothing before the first record.
    places: Option<Places>,
    skipping: bool,
}

/// Per field of a row its column; nothing if they stand as in the first object.
type Places = Option<Vec<Option<usize>>>;

impl RowLook {
    /// Adds to `rows`.
    pub fn new(rows: &Arc<Mutex<Rows>>) -> Self {
        Self {
            rows: Arc::clone(rows),
            places: None,
            skipping: false,
        }
    }
}

impl RecordDecoder for RowLook {
    fn decode(&mut self, window: Window<'_>, batch: &mut BatchBuilder) -> usize {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let delimiters = match &rows.delimiters {
            Some(delimiters) => delimiters.clone(),
            None if window.bytes.len() < HEAD_BYTES && !window.last => return 0,
            None => rows.delimiters.insert(detect(window.bytes)).clone(),
        };
        let places = &mut self.places;
        each_record(
            window,
            delimiters.row(),
            &mut self.skipping,
            |_| 0,
            batch,
            |rest, batch| rows.take(rest, &delimiters, places, batch),
        )
    }

    fn blank(&self, bytes: &[u8]) -> usize {
        bytes.iter().take_while(|b| matches!(**b, b'\r' | b'\n')).count()
    }

    fn may_end_in(&self, bytes: &[u8]) -> bool {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let last = |row: &Delimiters| row.row().last().copied();
        let end = rows.delimiters.as_ref().and_then(last).unwrap_or(b'\n');
        memchr::memchr(end, bytes).is_some()
    }
}

impl Rows {
    /// Nothing yet but what the URI says. Rows beyond `rows_max` are not
    /// looked at.
    pub fn new(parameters: &SourceParameters, rows_max: u64) -> Self {
        Self {
            told_header: parameters.header,
            delimiters: parameters.delimiters.clone(),
            rows_max,
            ..Self::default()
        }
    }

    fn take(
        &mut self,
        window: Window<'_>,
        delimiters: &Delimiters,
        places: &mut Option<Places>,
        batch: &mut BatchBuilder,
    ) -> Step {
        let bytes = window.bytes;
        let sight = &bytes[..bytes.len().min(RECORD_BYTES_MAX + 1)];
        let last = window.last && sight.len() == bytes.len();
        let fault = match self.fields.read(sight, delimiters, last) {
            Extent::Whole(length, taken) if length <= RECORD_BYTES_MAX => {
                let record = &bytes[..length];
                self.carriage_returns |= taken > length + 1;
                match std::str::from_utf8(record) {
                    Err(_) => {
                        batch.push_error(batch.not_text(), window.offset, record);
                        batch.count_document(false);
                    }
                    Ok("") => {}
                    Ok(_) => self.see_record(record, places, batch),
                }
                return Step::Taken(taken);
            }
            Extent::Short if sight.len() <= RECORD_BYTES_MAX => return Step::NeedMore,
            Extent::OpenQuote => {
                RecordFault::parse("a quoted field is not closed before the end of the file")
            }
            Extent::Whole(..) | Extent::Short => RecordFault::too_large(),
        };
        let (record, step) = match bad_record(bytes, window.last, delimiters.row()) {
            BadRecord::NeedMore => return Step::NeedMore,
            BadRecord::Whole(record, length) => (record, Step::Taken(length)),
            BadRecord::Head(head) => (head, Step::SkipLine),
        };
        batch.push_error(fault, window.offset, record);
        batch.count_document(false);
        step
    }

    /// The record whose fields were just read.
    fn see_record(&mut self, record: &[u8], places: &mut Option<Places>, batch: &mut BatchBuilder) {
        let is_first = places.is_none();
        if is_first && !self.waiting.is_empty() {
            self.decide();
        }
        let again = self.header_again(record).filter(|_| is_first);
        if !self.decided {
            let text =
                |i| String::from_utf8_lossy(self.fields.get(i, record).unwrap_or_default()).into_owned();
            self.waiting.push((0..self.fields.count()).map(text).collect());
            if self.waiting.len() > HEAD_ROWS {
                self.decide();
            }
        } else if again.is_some() {
            *places = again;
            return;
        } else {
            self.see_fields(record, places.as_ref().and_then(Option::as_deref));
        }
        places.get_or_insert_default();
        let _ = batch.push_row(None, |_| Value::Null);
        batch.count_document(true);
    }

    /// Whether the first record of another object is a header too, and then where the fields behind it belong: to the
    /// columns that it names, and where it is the same as the first, to where the same fields stood.
    fn header_again(&self, record: &[u8]) -> Option<Places> {
        let names = self.header.as_ref()?;
        let field = |i| self.fields.get(i, record).unwrap_or_default().trim_ascii();
        let place = |i| {
            names
                .iter()
                .position(|name| !name.is_empty() && name.as_bytes() == field(i))
        };
        let places: Vec<Option<usize>> = (0..self.fields.count()).map(place).collect();
        let are_same = names.len() == places.len()
            && names
                .iter()
                .enumerate()
                .all(|(i, name)| name.as_bytes() == field(i));
        if are_same {
            return Some(None);
        }
        let names_all = (0..names.len()).all(|i| places.contains(&Some(i)));
        let is_new = |(i, place): &(usize, &Option<usize>)| place.is_some() && !places[..*i].contains(place);
        let known = places.iter().enumerate().filter(is_new).count();
        if is_heading(places.len(), known, names_all) {
            return Some(Some(places));
        }
        (self.told_header == Some(true)).then_some(names_all.then_some(places))
    }

    fn see_fields(&mut self, record: &[u8], places: Option<&[Option<usize>]>) {
        if self.count >= self.rows_max {
            return;
        }
        self.count += 1;
        self.fields_max = self.fields_max.max(self.fields.count());
        let grows = self.header.is_none();
        for i in 0..self.fields.count() {
            let column = match places {
                Some(places) => places.get(i).copied().flatten(),
                None => Some(i),
            };
            let field = self.fields.get(i, record).unwrap_or_default();
            let text = std::str::from_utf8(field).unwrap_or_default();
            if let Some(column) = column {
                see_field(&mut self.columns, column, grows, text);
            }
        }
    }

    /// Decides on the header, at the latest when everything was read.
    pub fn decide(&mut self) {
        let rows = std::mem::take(&mut self.waiting);
        let Some((first, rest)) = rows.split_first() else {
            return;
        };
        self.decided = true;
        if self.told_header.unwrap_or_else(|| is_header(first, rest)) {
            self.header = Some(first.iter().map(|n| n.trim().to_owned()).collect());
        }
        let names = self.header.iter().flatten().take(MEMBERS_MAX);
        self.columns = names.map(|name| (name.clone(), Field::default())).collect();
        let grows = self.header.is_none();
        let rows_max = usize::try_from(self.rows_max).unwrap_or(usize::MAX);
        for row in rows.iter().skip(usize::from(!grows)).take(rows_max) {
            self.count += 1;
            self.fields_max = self.fields_max.max(row.len());
            for (i, text) in row.iter().enumerate() {
                see_field(&mut self.columns, i, grows, text);
            }
        }
    }
}

/// Adds a field of a row to its column, which a longer row without header may make.
fn see_field(columns: &mut Vec<(String, Field)>, i: usize, grows: bool, text: &str) {
    if i >= columns.len() && grows && i < MEMBERS_MAX {
        columns.push((String::new(), Field::default()));
    }
    if let Some((_, column)) = columns.get_mut(i) {
        match text {
            "" => column.nulls += 1,
            text => column.values.see_field(text),
        }
    }
}

/// What separates the fields of this text: what gives the most rows alike, of more than one field.
fn detect(bytes: &[u8]) -> Delimiters {
    let score = |delimiters: &Delimiters| {
        let counts = field_counts(bytes, delimiters);
        let first = counts.first().copied().unwrap_or_default();
        let alike = counts.iter().filter(|n| **n == first).count();
        let share = if first > 1 {
            1_000 * alike / counts.len()
        } else {
            0
        };
        (share, first)
    };
    let numbers_have_commas = commas_are_in_numbers(bytes);
    let candidates = COLUMN_DELIMITERS
        .iter()
        .filter(|text| **text != "," || !numbers_have_commas)
        .filter_map(|text| Delimiters::new(Some(text), None, ("", "")).ok());
    let scored = candidates.map(|delimiters| (score(&delimiters), delimiters));
    // Of equals the last is the greatest, and the first is the likeliest.
    let best = scored
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .max_by_key(|(score, _)| *score);
    best.filter(|((share, _), _)| *share > 0)
        .map(|(_, delimiters)| delimiters)
        .unwrap_or_default()
}

fn field_counts(bytes: &[u8], delimiters: &Delimiters) -> Vec<usize> {
    let (mut fields, mut counts, mut at) = (Fields::default(), Vec::new(), 0);
    while at < bytes.len() && counts.len() < HEAD_ROWS {
        // A record that the edge of sight cuts has too few fields to count.
        let last = counts.is_empty();
        let Extent::Whole(length, used) = fields.read(&bytes[at..], delimiters, last) else {
            break;
        };
        if length > 0 {
            counts.push(fields.count());
        }
        at += used;
    }
    counts
}

/// Whether there are commas, and each stands between two digits of a text that something else separates.
fn commas_are_in_numbers(bytes: &[u8]) -> bool {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut commas = memchr::memchr_iter(b',', bytes).peekable();
    let others = [b';', b'\t', b'|']
        .iter()
        .any(|b| memchr::memchr(*b, bytes).is_some());
    others && commas.peek().is_some() && commas.all(|at| at > 0 && is_digit(at - 1) && is_digit(at + 1))
}
