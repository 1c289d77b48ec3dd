//! The schema that the data itself shows (`decisions.md` 5): names as they are, types wide enough for the sample.
//!
//! Only the first records are looked at, so a later value may not fit; it is then an error row like any
//! other. Date-times in ISO form become TIMESTAMP, nested values become text, and a `ROWTIME` field is the
//! arrival clock and no column. Bare dates become DATE, or TIMESTAMP where date-times stand among them.

use std::collections::HashMap;
use std::io::Cursor;

use encoding_rs::Encoding;
use rowtime_engine::datetime;
use rowtime_engine::types::{LENGTH_MAX, SqlType};
use serde_json::Value;

use crate::format::arrival::ROWTIME_FIELD;
use crate::format::csv::fields::{Extent, Fields};
use crate::format::json::path::Segment;
use crate::format::number::JsonNumber;
use crate::schema::{InputSchema, SchemaColumn};
use crate::source::bytes::{Bytes, Origin};
use crate::source::{InvocationError, files, standard_input};
use crate::uri::{self, FormatName, Place, SourceParameters};

/// How much is looked at.
#[derive(Debug, Clone, Copy)]
pub struct SampleSize {
    /// Records.
    records: usize,
    /// Bytes of one object.
    bytes: usize,
}

/// Of a source: the beginning of what may be endless.
pub const OF_SOURCE: SampleSize = SampleSize {
    records: 1_000,
    bytes: 4 << 20,
};

/// Of a reference table: nearly always all of it. It is read whole anyway, and a text that is longer than those of the
/// sample would be cut in silence.
pub const OF_TABLE: SampleSize = SampleSize {
    records: 100_000,
    bytes: 64 << 20,
};

/// Shortest VARCHAR that is proposed.
const VARCHAR_MIN: usize = 16;

/// What a look at data found.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// How its records load: every record that was looked at does.
    pub schema: InputSchema,
    /// The fields of the header line, where CSV has one.
    pub header: Option<Vec<String>>,
    /// What a person should know of it, a sentence each.
    pub notes: Vec<String>,
    /// Records that were looked at.
    pub records: u64,
}

impl Discovered {
    /// `a INTEGER, b VARCHAR(16)`.
    pub fn columns_text(&self) -> String {
        let column = |c: &SchemaColumn| format!("{} {}", c.name, c.ty);
        self.schema
            .columns
            .iter()
            .map(column)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// What the first records of a source or table show.
pub fn look(
    place: &Place,
    parameters: &SourceParameters,
    size: SampleSize,
) -> Result<Discovered, InvocationError> {
    let mut sample = Sample::of(size);
    match place {
        Place::Standard => {
            let bytes = standard_input::look_ahead(size.bytes)
                .map_err(|e| InvocationError(format!("cannot read standard input: {e}")))?;
            let bytes = head(
                "-",
                Origin::Reader(Box::new(Cursor::new(bytes))),
                parameters.encoding,
                size.bytes,
            )?;
            sample.add(&bytes, parameters.format.unwrap_or(FormatName::Json), parameters);
        }
        Place::Path(path) => {
            for file in files::find(path)? {
                let format = parameters.format.map_or_else(|| uri::format_of(&file.path), Ok)?;
                let bytes = head(
                    &file.path.display().to_string(),
                    Origin::File(file.path),
                    parameters.encoding,
                    size.bytes,
                )?;
                sample.add(&bytes, format, parameters);
                if sample.records >= size.records {
                    break;
                }
            }
        }
    }
    Ok(Discovered {
        records: sample.records as u64,
        schema: InputSchema {
            format: FormatName::Json,
            row_path: Vec::new(),
            encoding: parameters.encoding,
            delimiters: parameters.delimiters.clone().unwrap_or_default(),
            columns: sample
                .columns()
                .into_iter()
                .map(|(name, ty)| SchemaColumn {
                    mapping: Some(vec![Segment::Member(name.clone())]),
                    name,
                    ty,
                })
                .collect(),
            warnings: Vec::new(),
        },
        header: None,
        notes: Vec::new(),
    })
}

/// The decompressed beginning of an object; damage ends it early.
fn head(
    name: &str,
    origin: Origin,
    encoding: Option<&'static Encoding>,
    bytes_max: usize,
) -> Result<Vec<u8>, InvocationError> {
    let mut bytes =
        Bytes::open(origin, encoding).map_err(|e| InvocationError(format!("cannot read {name}: {e}")))?;
    let mut out = Vec::new();
    while out.len() < bytes_max && matches!(bytes.read_more(&mut out), Ok(1..)) {}
    out.truncate(bytes_max);
    Ok(out)
}

/// Kinds of values, from narrow to wide within the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Integer,
    BigInt,
    Double,
    Boolean,
    Date,
    Timestamp,
    Text,
}

impl Kind {
    fn with(self, other: Self) -> Self {
        if self == other {
            self
        } else if self <= Self::Double && other <= Self::Double {
            self.max(other)
        } else if matches!(
            (self, other),
            (Self::Date, Self::Timestamp) | (Self::Timestamp, Self::Date)
        ) {
            Self::Timestamp
        } else {
            Self::Text
        }
    }

    fn of_number(text: &str) -> Self {
        match JsonNumber::parse(text).map(JsonNumber::to_integer) {
            Some(Ok(n)) if i32::try_from(n).is_ok() => Self::Integer,
            Some(Ok(_)) => Self::BigInt,
            Some(Err(_)) => Self::Double,
            None => Self::Text,
        }
    }

    fn of_text(text: &str) -> Self {
        match datetime::parse_iso_timestamp(text) {
            Some(_) if text.contains(':') => Self::Timestamp,
            Some(_) => Self::Date,
            None => Self::Text,
        }
    }

    fn of_field(text: &str) -> Self {
        match text {
            "true" | "false" => Self::Boolean,
            _ if JsonNumber::parse(text).is_some() => Self::of_number(text),
            _ => Self::of_text(text),
        }
    }
}

#[derive(Debug, Default)]
struct Column {
    name: String,
    kind: Option<Kind>,
    chars: usize,
}

#[derive(Debug)]
struct Sample {
    size: SampleSize,
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
    records: usize,
}

impl Sample {
    fn of(size: SampleSize) -> Self {
        Self {
            size,
            columns: Vec::new(),
            by_name: HashMap::new(),
            records: 0,
        }
    }

    fn add(&mut self, bytes: &[u8], format: FormatName, parameters: &SourceParameters) {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match format {
            FormatName::Json => self.add_json(bytes),
            FormatName::Csv => self.add_csv(bytes, parameters),
        }
    }

    fn add_json(&mut self, mut bytes: &[u8]) {
        while self.records < self.size.records {
            let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
            let next = documents.next();
            let used = documents.byte_offset();
            match next {
                None => return,
                Some(Ok(document)) => {
                    self.add_document(&document);
                    bytes = bytes.get(used..).unwrap_or_default();
                }
                // A bad record ends at its line, as it does when the source is read.
                Some(Err(_)) => {
                    let start = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
                    let Some(end) = memchr::memchr(b'\n', &bytes[start..]) else {
                        return;
                    };
                    bytes = &bytes[start + end + 1..];
                }
            }
        }
    }

    fn add_document(&mut self, document: &Value) {
        let Some(members) = document.as_object() else {
            return;
        };
        self.records += 1;
        for (name, value) in members {
            match value {
                Value::Null => self.see(name, None, 0),
                Value::Bool(b) => self.see(name, Some(Kind::Boolean), if *b { 4 } else { 5 }),
                Value::Number(n) => {
                    let text = n.to_string();
                    self.see(name, Some(Kind::of_number(&text)), text.len());
                }
                Value::String(text) => self.see(name, Some(Kind::of_text(text)), text.chars().count()),
                Value::Array(_) | Value::Object(_) => {
                    self.see(name, Some(Kind::Text), value.to_string().chars().count());
                }
            }
        }
    }

    fn add_csv(&mut self, bytes: &[u8], parameters: &SourceParameters) {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let delimiters = parameters.delimiters.clone().unwrap_or_default();
        let mut fields = Fields::default();
        let mut at = 0;
        while at < bytes.len() && rows.len() <= self.size.records {
            let record = &bytes[at..];
            let Extent::Whole(length, used) = fields.read(record, &delimiters, true) else {
                break;
            };
            let text = |i| String::from_utf8_lossy(fields.get(i, record).unwrap_or_default()).into_owned();
            if length > 0 {
                rows.push((0..fields.count()).map(text).collect());
            }
            at += used;
        }
        // A record that the end of the sample cut is not looked at.
        if bytes.len() == self.size.bytes {
            rows.pop();
        }
        let Some(first) = rows.first() else { return };
        let has_header = parameters.header.unwrap_or_else(|| is_header(first, &rows[1..]));
        let names: Vec<String> = if has_header {
            let name = |(i, n): (usize, &String)| match n.trim() {
                "" => format!("COL_{i}"),
                n => n.to_owned(),
            };
            first.iter().enumerate().map(name).collect()
        } else {
            (0..first.len()).map(|i| format!("COL_{i}")).collect()
        };
        for name in &names {
            self.see(name, None, 0);
        }
        for row in rows.iter().skip(usize::from(has_header)) {
            self.records += 1;
            for (name, text) in names.iter().zip(row) {
                let kind = (!text.is_empty()).then(|| Kind::of_field(text));
                self.see(name, kind, text.chars().count());
            }
        }
    }

    fn see(&mut self, name: &str, kind: Option<Kind>, chars: usize) {
        let at = match self.by_name.get(name) {
            Some(at) => *at,
            None => {
                self.by_name.insert(name.to_owned(), self.columns.len());
                self.columns.push(Column {
                    name: name.to_owned(),
                    ..Column::default()
                });
                self.columns.len() - 1
            }
        };
        let Some(column) = self.columns.get_mut(at) else {
            return;
        };
        column.chars = column.chars.max(chars);
        column.kind = match (column.kind, kind) {
            (Some(a), Some(b)) => Some(a.with(b)),
            (a, b) => a.or(b),
        };
    }

    fn columns(self) -> Vec<(String, SqlType)> {
        let columns = self
            .columns
            .into_iter()
            .filter(|c| !c.name.eq_ignore_ascii_case(ROWTIME_FIELD));
        let typed = columns.map(|c| {
            let length = c.chars.max(VARCHAR_MIN).next_power_of_two();
            let ty = match c.kind {
                Some(Kind::Integer) => SqlType::Integer,
                Some(Kind::BigInt) => SqlType::BigInt,
                Some(Kind::Double) => SqlType::Double,
                Some(Kind::Boolean) => SqlType::Boolean,
                Some(Kind::Date) => SqlType::Date,
                Some(Kind::Timestamp) => SqlType::Timestamp,
                Some(Kind::Text) | None => {
                    SqlType::Varchar(u32::try_from(length).map_or(LENGTH_MAX, |n| n.min(LENGTH_MAX)))
                }
            };
            (c.name, ty)
        });
        typed.collect()
    }
}

/// Whether a first line names columns: all words, all different, and not like the values below them.
fn is_header(first: &[String], rest: &[Vec<String>]) -> bool {
    let words = first
        .iter()
        .all(|f| !f.trim().is_empty() && Kind::of_field(f) == Kind::Text);
    let distinct = (1..first.len()).all(|i| !first[..i].contains(&first[i]));
    if !words || !distinct {
        return false;
    }
    let values = |i: usize| {
        rest.iter()
            .filter_map(move |row| row.get(i))
            .filter(|v| !v.is_empty())
    };
    let unlike = (0..first.len())
        .any(|i| values(i).next().is_some() && values(i).all(|v| Kind::of_field(v) != Kind::Text));
    let is_name = |f: &String| {
        f.trim()
            .bytes()
            .enumerate()
            .all(|(i, b)| b.is_ascii_alphabetic() || b == b'_' || (i > 0 && b.is_ascii_digit()))
    };
    let recurs = first.iter().enumerate().any(|(i, f)| values(i).any(|v| v == f));
    unlike || (first.iter().all(is_name) && !recurs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str, format: FormatName) -> Vec<(String, String)> {
        let mut sample = Sample::of(OF_SOURCE);
        sample.add(text.as_bytes(), format, &SourceParameters::default());
        sample
            .columns()
            .into_iter()
            .map(|(n, t)| (n, t.to_string()))
            .collect()
    }

    fn named(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(n, t)| ((*n).to_owned(), (*t).to_owned()))
            .collect()
    }

    #[test]
    fn json_types_are_widened_over_the_sample() {
        let text = r#"{"ROWTIME":"2020-01-01T00:00:00","i":1,"b":1,"d":1,"f":true,"t":"2018-05-09T12:50:41Z","x":null,"o":{"a":1}}
            bad
            {"i":-2,"b":3000000000,"d":1.5,"f":false,"t":"2018-05-09 12:50:41","m":1,"s":"12345678901234567"}
            {"m":"a","s":"é"}"#;
        let expected = named(&[
            ("i", "INTEGER"),
            ("b", "BIGINT"),
            ("d", "DOUBLE"),
            ("f", "BOOLEAN"),
            ("t", "TIMESTAMP"),
            ("x", "VARCHAR(16)"),
            ("o", "VARCHAR(16)"),
            ("m", "VARCHAR(16)"),
            ("s", "VARCHAR(32)"),
        ]);
        assert_eq!(columns(text, FormatName::Json), expected);
    }

    #[test]
    fn csv_headers_are_told_from_data() {
        let with = "Symbol,Price,At\nABC,1.5,2018-05-09 12:50:41\nDEF,2,\n";
        assert_eq!(
            columns(with, FormatName::Csv),
            named(&[
                ("Symbol", "VARCHAR(16)"),
                ("Price", "DOUBLE"),
                ("At", "TIMESTAMP")
            ])
        );
        let without = "ABC,1.5\nDEF,2\n";
        assert_eq!(
            columns(without, FormatName::Csv),
            named(&[("COL_0", "VARCHAR(16)"), ("COL_1", "DOUBLE")])
        );
        assert_eq!(
            columns("name,city\nada,london\n", FormatName::Csv),
            named(&[("name", "VARCHAR(16)"), ("city", "VARCHAR(16)")])
        );
    }
}
