//! Delimited text as rows (`application.md` §5.2, `decisions.md` 8).
//!
//! Fields bind to columns by position, or by name where there is a header line. Whether there is one is
//! decided by the first record of each object: it is one if the URI says so, or if nothing is said, there is
//! no schema, and its fields are names of columns. A column that it does not name is NULL.

use std::sync::Arc;

use self::delimiters::Delimiters;
use self::fields::{Extent, Fields};
use super::arrival::{self, ArrivalRange, ROWTIME_FIELD};
use super::batch::{BatchBuilder, Columns, RecordFault};
use super::cell::Value;
use super::json::shape::column_named;
use super::{BadRecord, RECORD_BYTES_MAX, RecordDecoder, Step, Window, bad_record, each_record};
use crate::uri::ArrivalClock;

pub mod delimiters;
pub mod fields;

/// Whether the first line names the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    /// It does.
    Present,
    /// Every line is data.
    Absent,
    /// It does if its fields are names of columns ([`is_heading`]).
    Detect,
    /// It does if its fields are these, or names of columns.
    Names(Vec<String>),
}

/// Whether a first line is a heading of which so many fields name each a column of its own, or even `all` columns are named. Objects of
/// one source may have a column more or less than the others; that data repeats the names of columns is hardly ever so.
pub fn is_heading(fields: usize, known: usize, all: bool) -> bool {
    known == fields || (known >= 2 && (all || 2 * known > fields))
}

/// How CSV text is read.
#[derive(Debug, Clone)]
pub struct CsvLayout {
    /// What separates.
    pub delimiters: Delimiters,
    /// Whether there is a header line.
    pub header: Header,
    /// Per field of the stream its position in the text, where a schema says it.
    pub positions: Option<Vec<Option<usize>>>,
}

/// Decodes the records of one object.
pub struct CsvDecoder {
    columns: Arc<Columns>,
    layout: CsvLayout,
    clock: ArrivalClock,
    range: ArrivalRange,
    binding: Option<Binding>,
    fields: Fields,
    /// Inside a bad record whose end is not in sight yet.
    skipping: bool,
}

/// Which field goes where.
struct Binding {
    /// Per field of the stream.
    columns: Vec<Option<usize>>,
    /// The arrival clock: its position, if it is there, and its name.
    clock: Option<(Option<usize>, String)>,
}

impl CsvDecoder {
    /// A decoder for one object.
    pub fn new(columns: Arc<Columns>, layout: CsvLayout, clock: ArrivalClock, range: ArrivalRange) -> Self {
        Self {
            columns,
            layout,
            clock,
            range,
            binding: None,
            fields: Fields::default(),
            skipping: false,
        }
    }

    fn record(&mut self, window: Window<'_>, batch: &mut BatchBuilder) -> Step {
        let bytes = window.bytes;
        let sight = &bytes[..bytes.len().min(RECORD_BYTES_MAX + 1)];
        let last = window.last && sight.len() == bytes.len();
        let fault = match self.fields.read(sight, &self.layout.delimiters, last) {
            Extent::Whole(length, taken) if length <= RECORD_BYTES_MAX => {
                self.load(&bytes[..length], window.offset, batch);
                return Step::Taken(taken);
            }
            Extent::Short if sight.len() <= RECORD_BYTES_MAX => return Step::NeedMore,
            Extent::OpenQuote => {
                RecordFault::parse("a quoted field is not closed before the end of the file")
            }
            Extent::Whole(..) | Extent::Short => RecordFault::too_large(),
        };
        let (record, step) = match bad_record(bytes, window.last, self.layout.delimiters.row()) {
            BadRecord::NeedMore => return Step::NeedMore,
            BadRecord::Whole(record, length) => (record, Step::Taken(length)),
            BadRecord::Head(head) => (head, Step::SkipLine),
        };
        batch.push_error(fault, window.offset, record);
        batch.count_document(false);
        step
    }

    /// Makes a row of the record whose fields were just read.
    fn load(&mut self, record: &[u8], offset: u64, batch: &mut BatchBuilder) {
        if record.is_empty() {
            return;
        }
        let loaded = match std::str::from_utf8(record) {
            Err(_) => Err(batch.not_text()),
            Ok(_) => {
                let binding = match self.binding.take() {
                    Some(binding) => binding,
                    None => {
                        let (binding, is_header) = self.bind(record);
                        if is_header {
                            self.binding = Some(binding);
                            return;
                        }
                        binding
                    }
                };
                let loaded = self.load_row(&binding, record, batch);
                self.binding = Some(binding);
                loaded
            }
        };
        match loaded {
            Ok(false) => {}
            Ok(true) => batch.count_document(true),
            Err(fault) => {
                batch.push_error(fault, offset, record);
                batch.count_document(false);
            }
        }
    }

    /// Loads a row; whether it is one, and not left out by its arrival time.
    fn load_row(
        &self,
        binding: &Binding,
        record: &[u8],
        batch: &mut BatchBuilder,
    ) -> Result<bool, RecordFault> {
        let value = |position: Option<usize>| -> Value<'_> {
            let field = position
                .and_then(|p| self.fields.get(p, record))
                .unwrap_or_default();
            match std::str::from_utf8(field) {
                Ok(text) if !text.is_empty() => Value::CsvText(text),
                _ => Value::Null,
            }
        };
        let mut arrival_ms = None;
        if let Some((position, name)) = &binding.clock {
            batch.set_clocked();
            let ms = arrival::read(name, &value(*position)).map_err(arrival::fault)?;
            if !self.range.contains(ms) {
                return Ok(false);
            }
            arrival_ms = Some(ms);
        }
        let columns = &binding.columns;
        batch.push_row(arrival_ms, |column| value(columns.get(column).copied().flatten()))?;
        Ok(true)
    }

    /// Decides by the first record what goes where, and whether that record is a header.
    fn bind(&self, record: &[u8]) -> (Binding, bool) {
        let names: Vec<&str> = (0..self.fields.count())
            .map(|i| {
                self.fields
                    .get(i, record)
                    .and_then(|f| std::str::from_utf8(f).ok())
                    .unwrap_or_default()
            })
            .map(str::trim)
            .collect();
        let clock_name = match &self.clock {
            ArrivalClock::RowtimeField => Some(ROWTIME_FIELD),
            ArrivalClock::Column(name) => Some(name.as_str()),
            ArrivalClock::Now => None,
        };
        let known = |name: &str| {
            column_named(&self.columns, name).is_some()
                || clock_name.is_some_and(|clock| clock.eq_ignore_ascii_case(name))
                || name.eq_ignore_ascii_case(ROWTIME_FIELD)
        };
        let fields = self.columns.fields.iter().enumerate();
        let named: Vec<Option<usize>> = fields.clone().map(|(_, f)| position(&names, &f.name)).collect();
        let all_named = named.iter().take(self.columns.declared).all(Option::is_some);
        // A name that stands there twice proves one column.
        let is_new = |i: usize, name: &str| !names[..i].contains(&name);
        let is_known = |(i, name): &(usize, &&str)| !name.is_empty() && is_new(*i, name) && known(name);
        let count_known = names.iter().enumerate().filter(is_known).count();
        let all_known = count_known == names.len();
        let names_columns = is_heading(names.len(), count_known, all_named);
        let is_header = match &self.layout.header {
            Header::Present => true,
            Header::Absent => false,
            Header::Detect => names_columns,
            Header::Names(header) => *header == names || names_columns,
        };
        let by_position = |i: usize| match &self.layout.positions {
            Some(positions) => positions.get(i).copied().flatten(),
            None => Some(i).filter(|i| *i < self.columns.declared),
        };
        // A header that names no column at all still leaves its order. Next to a schema, which has an order of its own
        // and may rename, it counts if it names all columns or contradicts that order.
        let moved = |(i, found): (usize, &Option<usize>)| found.is_some() && *found != by_position(i);
        let is_named = match (&self.layout.header, &self.layout.positions) {
            (Header::Names(header), _) => all_known || *header != names,
            (_, Some(_)) => all_named || named.iter().take(self.columns.declared).enumerate().any(moved),
            (_, None) => named.iter().any(Option::is_some),
        };
        let columns = if is_header && is_named {
            named
        } else {
            fields.map(|(i, _)| by_position(i)).collect::<Vec<_>>()
        };
        let clock = clock_name.and_then(|name| {
            let of_column = column_named(&self.columns, name).and_then(|c| columns.get(c).copied().flatten());
            let of_header = is_header.then(|| position(&names, name)).flatten();
            let found = of_column.or(of_header);
            let required = matches!(self.clock, ArrivalClock::Column(_));
            (required || found.is_some()).then(|| (found, name.to_owned()))
        });
        (Binding { columns, clock }, is_header)
    }
}

impl RecordDecoder for CsvDecoder {
    fn decode(&mut self, window: Window<'_>, batch: &mut BatchBuilder) -> usize {
        if self.binding.as_ref().is_some_and(|b| b.clock.is_some()) {
            batch.set_clocked();
        }
        let line_end: Box<[u8]> = self.layout.delimiters.row().into();
        let mut skipping = self.skipping;
        let taken = each_record(
            window,
            &line_end,
            &mut skipping,
            |_| 0,
            batch,
            |rest, batch| self.record(rest, batch),
        );
        self.skipping = skipping;
        taken
    }

    fn blank(&self, bytes: &[u8]) -> usize {
        bytes.iter().take_while(|b| matches!(**b, b'\r' | b'\n')).count()
    }

    fn may_end_in(&self, bytes: &[u8]) -> bool {
        let end = self.layout.delimiters.row().last().copied();
        end.is_none_or(|end| memchr::memchr(end, bytes).is_some())
    }
}

/// The position of a name: exactly, else the only one ignoring case.
fn position(names: &[&str], name: &str) -> Option<usize> {
    let exact = names.iter().position(|n| *n == name);
    exact.or_else(|| {
        let lower = name.to_lowercase();
        let mut close = names
            .iter()
            .enumerate()
            .filter(|(_, n)| n.to_lowercase() == lower);
        let (first, second) = (close.next(), close.next());
        first.filter(|_| second.is_none()).map(|(i, _)| i)
    })
}

#[cfg(test)]
mod tests;
