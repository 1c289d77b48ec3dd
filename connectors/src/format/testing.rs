//! What the tests of formats and sources share: streams from a line of text, and splits read to their end.

use std::io::{self, Read};

use rowtime_engine::pipeline::{OutsideError, Split};
use rowtime_engine::plan::Stream;
use rowtime_engine::row_text;

use crate::schema;
use crate::source::SourceOptions;

/// A stream from `name TYPE, …`; `!` behind a type is NOT NULL.
pub fn stream(columns: &str) -> Stream {
    let mut columns: Vec<&str> = columns
        .split(';')
        .map(str::trim)
        .filter(|c| !c.is_empty())
        .collect();
    let not_null: Vec<bool> = columns.iter().map(|c| c.ends_with('!')).collect();
    let parse = |c: &mut &str| {
        let (name, ty) = c.trim_end_matches('!').split_once(' ').unwrap();
        (name.to_owned(), schema::sql_type(ty).unwrap())
    };
    let mut stream = schema::stream("S", columns.iter_mut().map(parse).collect());
    for (field, not_null) in stream.fields.iter_mut().zip(not_null) {
        field.not_null = not_null;
    }
    stream
}

/// Every column wanted, nothing else asked.
pub fn options() -> SourceOptions {
    SourceOptions {
        threads: 1,
        start_ms: None,
        end_ms: None,
        stop_on_error: false,
        max_open: 512,
        strict: false,
        wanted: Vec::new(),
        stop: Default::default(),
        guessed: None,
        follow: false,
    }
}

/// All that a split gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Everything {
    /// The declared columns of each row as JSON.
    pub rows: Vec<String>,
    /// Arrival clocks, where there are some.
    pub arrivals: Vec<i64>,
    /// (rows before it in the whole split, ERROR_NAME, message, position, raw).
    pub errors: Vec<(usize, String, String, String, String)>,
    /// Documents read.
    pub documents: u64,
    /// Documents that became rows.
    pub decoded: u64,
}

impl Everything {
    /// The messages of the errors.
    pub fn messages(&self) -> Vec<&str> {
        self.errors.iter().map(|e| e.2.as_str()).collect()
    }

    /// The names of the errors.
    pub fn names(&self) -> Vec<&str> {
        self.errors.iter().map(|e| e.1.as_str()).collect()
    }
}

/// Reads a split to its end.
pub fn read_all(split: &mut dyn Split, stream: &Stream, rows_max: usize) -> Result<Everything, OutsideError> {
    let mut out = Everything::default();
    while let Some(batch) = split.next(rows_max)? {
        assert!(batch.rows <= rows_max);
        assert_eq!(batch.columns.len(), stream.fields.len());
        for error in batch.errors {
            assert!(error.after_rows <= batch.rows);
            out.errors.push((
                out.rows.len() + error.after_rows,
                error.name.to_string(),
                error.message,
                error.position,
                String::from_utf8_lossy(&error.raw).into_owned(),
            ));
        }
        for (column, field) in batch.columns.iter().zip(&stream.fields) {
            assert_eq!(
                (column.len(), column.data_type()),
                (batch.rows, &field.ty.arrow())
            );
        }
        let fields = &stream.fields[..stream.declared];
        for row in 0..batch.rows {
            let mut text = String::new();
            row_text::write_json_row(&mut text, fields, &batch.columns[..stream.declared], row);
            out.rows.push(text);
        }
        out.arrivals
            .extend(batch.arrivals_ms.iter().flat_map(|a| a.iter()));
        out.documents += batch.documents;
        out.decoded += batch.decoded;
    }
    Ok(out)
}

/// Decodes text to its end.
pub fn decode(text: impl AsRef<[u8]>, parameters: &str, stream: &Stream) -> Everything {
    decode_with(text, parameters, stream, &options())
}

/// Decodes text to its end, with options.
pub fn decode_with(
    text: impl AsRef<[u8]>,
    parameters: &str,
    stream: &Stream,
    options: &SourceOptions,
) -> Everything {
    let bytes = text.as_ref().to_vec();
    let mut split = crate::source::from_bytes("t", bytes, parameters, stream, options).unwrap();
    read_all(&mut *split, stream, 1_000).unwrap()
}

/// Gives its bytes in pieces of seeded random size.
pub struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    seed: u64,
    max: u64,
}

impl Pieces {
    /// Pieces of at most `max` bytes.
    pub fn new(bytes: Vec<u8>, seed: u64, max: u64) -> Self {
        Self {
            bytes,
            at: 0,
            seed,
            max,
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = random(&mut self.seed, self.max) as usize + 1;
        let rest = &self.bytes[self.at..];
        let n = piece.min(rest.len()).min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        Ok(n)
    }
}

/// A number below `n`.
pub fn random(seed: &mut u64, n: u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % n
}
