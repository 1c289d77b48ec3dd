//! Random records through random schemas: nothing panics, the books balance, and cuts do not show.
//!
//! What a record becomes is for the suites of `tests/sql/records`; here only what must hold for any bytes at all:
//! documents = decoded + error documents, every error document has an error row, and rows, errors and counts are the
//! same however the bytes come and however few rows a batch takes. Text in UTF-16 gives the rows of the same text in
//! UTF-8, and objects on lines are as many documents as there are lines.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;
use rowtime_connectors::schema::{self, InputSchema};
use rowtime_connectors::source::{self, SourceOptions};
use rowtime_engine::pipeline::Split;
use rowtime_engine::plan::Stream;
use rowtime_engine::row_text;

use self::layouts::Layout;

mod csv;
mod json;
mod layouts;

/// Rows of a batch that is not cut.
const BATCH_ROWS: usize = 500;

/// One object in some 64 goes through discovery as a file.
const DISCOVERED: u32 = 64;

/// Bytes of an object and what else is known of it.
struct Object {
    bytes: Vec<u8>,
    /// How many documents it has, where that is known.
    documents: Option<u64>,
}

/// All that came of an object.
#[derive(Debug, Default, PartialEq, Eq)]
struct Everything {
    rows: Vec<String>,
    arrivals: Vec<i64>,
    /// Rows before it, ERROR_NAME, message, position, raw bytes.
    errors: Vec<(usize, String, String, String, Vec<u8>)>,
    documents: u64,
    decoded: u64,
}

/// Checks one random object; how many documents it had. The error says the seed and what does not hold.
pub fn check(seed: u64) -> Result<u64, String> {
    let checked = catch_unwind(AssertUnwindSafe(|| check_object(&mut Rng::with_seed(seed))));
    checked
        .unwrap_or_else(|_| Err("a panic, whose message stands above".to_owned()))
        .map_err(|e| format!("seed {seed}: {e}"))
}

fn check_object(rng: &mut Rng) -> Result<u64, String> {
    let layout = layouts::random(rng);
    let object = match &layout.csv {
        Some(delimiters) => csv::object(rng, delimiters),
        None => json::object(rng, layout.schema.is_none()),
    };
    let Some(whole) = read(&layout, &object.bytes, Pieces::whole(), BATCH_ROWS)? else {
        return Ok(0);
    };
    let shown = || {
        format!(
            "{layout:?}\n{}\n{whole:?}",
            String::from_utf8_lossy(&object.bytes)
        )
    };
    balanced(&whole).map_err(|e| format!("{e}\n{}", shown()))?;
    if let Some(documents) = object.documents
        && documents != whole.documents
    {
        return Err(format!("{documents} documents were written\n{}", shown()));
    }
    let (pieces, rows_max) = (Pieces::random(rng), 1 + rng.usize(..4));
    let cut = read(&layout, &object.bytes, pieces, rows_max)?.unwrap_or_default();
    if cut != whole {
        let what = first_difference(&whole, &cut);
        return Err(format!(
            "{pieces:?} and batches of {rows_max} show: {what}\n{}",
            shown()
        ));
    }
    if rng.u32(..8) == 0 {
        in_utf_16(rng, &layout, &object.bytes, &whole).map_err(|e| format!("{e}\n{}", shown()))?;
    }
    if rng.u32(..DISCOVERED) == 0 {
        discovered(&layout, &object.bytes).map_err(|e| format!("{e}\n{}", shown()))?;
    }
    Ok(whole.documents)
}

fn first_difference(whole: &Everything, cut: &Everything) -> String {
    let errors = whole.errors.iter().zip(&cut.errors).find(|(a, b)| a != b);
    let rows = whole.rows.iter().zip(&cut.rows).find(|(a, b)| a != b);
    let counts = |e: &Everything| {
        (
            e.rows.len(),
            e.arrivals.len(),
            e.errors.len(),
            e.documents,
            e.decoded,
        )
    };
    format!("{errors:?}, {rows:?}, {:?}, {:?}", counts(whole), counts(cut))
}

fn balanced(found: &Everything) -> Result<(), String> {
    let failed = found.documents.checked_sub(found.decoded);
    match failed {
        None => Err("more documents were decoded than read".to_owned()),
        Some(failed) if failed > found.errors.len() as u64 => {
            Err("an error document has no error row".to_owned())
        }
        Some(_) if found.documents == 0 && !(found.rows.is_empty() && found.errors.is_empty()) => {
            Err("rows came of no document".to_owned())
        }
        Some(_) => Ok(()),
    }
}

/// The same text in UTF-16 gives the same rows and the same faults.
fn in_utf_16(rng: &mut Rng, layout: &Layout, bytes: &[u8], whole: &Everything) -> Result<(), String> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(());
    };
    let text = text.trim_start_matches('\u{feff}');
    if text.len() != bytes.len() {
        return Ok(());
    }
    let little = rng.bool();
    let unit = |u: u16| if little { u.to_le_bytes() } else { u.to_be_bytes() };
    let marked: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(unit)
        .collect();
    let found = read(layout, &marked, Pieces::random(rng), BATCH_ROWS)?.unwrap_or_default();
    let faults = |e: &Everything| -> Vec<(usize, String, String)> {
        e.errors
            .iter()
            .map(|(row, name, _, place, _)| (*row, name.clone(), place.clone()))
            .collect()
    };
    if (&found.rows, &found.arrivals, faults(&found)) != (&whole.rows, &whole.arrivals, faults(whole)) {
        return Err(format!("in UTF-16 other rows come\n{found:?}"));
    }
    Ok(())
}

/// The object as a file without a schema: discovery refuses it with a word, or describes what can be read.
fn discovered(layout: &Layout, bytes: &[u8]) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let file = folder
        .path()
        .join(if layout.csv.is_some() { "r.csv" } else { "r.json" });
    std::fs::write(&file, bytes).map_err(|e| e.to_string())?;
    let uri = file.display().to_string();
    let Ok(stream) = source::describe("S", &uri) else {
        return Ok(());
    };
    let opened = source::open(&uri, &stream, &options(&stream)).map_err(|e| e.to_string())?;
    for mut split in opened.splits {
        balanced(&read_all(&mut *split, &stream, BATCH_ROWS)?)?;
    }
    Ok(())
}

/// Reads an object; nothing if its schema is refused.
fn read(
    layout: &Layout,
    bytes: &[u8],
    pieces: Pieces,
    rows_max: usize,
) -> Result<Option<Everything>, String> {
    let schema = match layout.schema.as_deref().map(InputSchema::parse).transpose() {
        Ok(schema) => schema,
        Err(_) => return Ok(None),
    };
    let stream = match &schema {
        Some(schema) => schema.stream("S"),
        None => schema::stream("S", layout.columns.clone()),
    };
    let reader = Box::new(PieceReader {
        bytes: bytes.to_vec(),
        at: 0,
        pieces,
    });
    let opened = source::from_reader(
        "S",
        reader,
        &layout.parameters,
        schema.as_ref(),
        &stream,
        &options(&stream),
    );
    let mut split = opened.map_err(|e| e.to_string())?;
    read_all(&mut *split, &stream, rows_max).map(Some)
}

fn options(stream: &Stream) -> SourceOptions {
    SourceOptions {
        threads: 1,
        start_ms: None,
        end_ms: None,
        stop_on_error: false,
        max_open: 1,
        strict: false,
        wanted: vec![true; stream.fields.len()],
        guessed: None,
        follow: false,
        stop: std::sync::Arc::default(),
    }
}

fn read_all(split: &mut dyn Split, stream: &Stream, rows_max: usize) -> Result<Everything, String> {
    let mut out = Everything::default();
    let fields = &stream.fields[..stream.declared];
    while let Some(batch) = split.next(rows_max).map_err(|e| e.to_string())? {
        if batch.rows > rows_max {
            return Err(format!(
                "a batch of {} rows where {rows_max} were asked for",
                batch.rows
            ));
        }
        for e in batch.errors {
            let row = out.rows.len() + e.after_rows;
            out.errors
                .push((row, e.name.to_string(), e.message, e.position, e.raw));
        }
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

/// How bytes come: in pieces of random sizes up to `max`.
#[derive(Debug, Clone, Copy)]
struct Pieces {
    seed: u64,
    max: usize,
}

impl Pieces {
    fn whole() -> Self {
        Self {
            seed: 0,
            max: usize::MAX,
        }
    }

    fn random(rng: &mut Rng) -> Self {
        Self {
            seed: rng.u64(..),
            max: [1, 7, 20, 60, 100, 300, 1_000, 3_000][rng.usize(..8)],
        }
    }
}

struct PieceReader {
    bytes: Vec<u8>,
    at: usize,
    pieces: Pieces,
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut rng = Rng::with_seed(self.pieces.seed ^ self.at as u64);
        let piece = match self.pieces.max {
            usize::MAX => usize::MAX,
            max => rng.usize(1..=max),
        };
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = piece.min(rest.len()).min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

/// One of several, at random.
fn one<'a, T: ?Sized>(rng: &mut Rng, of: &[&'a T]) -> &'a T {
    of[rng.usize(..of.len())]
}

/// Changes, drops or adds a few bytes anywhere.
fn damage(rng: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..1 + rng.usize(..3) {
        if bytes.is_empty() {
            return;
        }
        let at = rng.usize(..bytes.len());
        let byte = if rng.bool() {
            *one(
                rng,
                &[
                    &b'{', &b'}', &b'[', &b']', &b'"', &b',', &b':', &b'\\', &b'\n', &b'|', &b' ', &b'0',
                    &b'e',
                ],
            )
        } else {
            rng.u8(..)
        };
        match rng.u32(..4) {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 => drop(bytes.remove(at)),
            _ => bytes.truncate(at),
        }
    }
}
