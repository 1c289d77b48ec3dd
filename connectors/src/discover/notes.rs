//! What a person should know of what was found: what was unlike, rare, cut or guessed, and what to write about it.

use rowtime_engine::pipeline::RecordError;
use rowtime_engine::sql::IDENTIFIER_MAX;
use rowtime_engine::types::{LENGTH_MAX, SqlType};

use super::columns::{Leaf, Shape};
use super::naming::in_sql;
use super::tree::Field;
use super::values::Values;
use super::{Discovered, Inference};
use crate::uri::{FormatName, ObjectFormat};

/// A field that is in fewer than one of this many records is worth a word.
const RARE: u64 = 10;
/// 2001-09-09 and 2065-01-24: seconds between them have ten digits and are likely to be times.
const LIKELY_SECONDS: (i64, i64) = (1_000_000_000, 3_000_000_000);
/// Characters of a name that is only mentioned.
const NAME_CHARS_SHOWN: usize = 40;
/// Parts of a name that promise a time.
const TIME_WORDS: [&str; 8] = [
    "time", "date", "stamp", "epoch", "created", "updated", "when", "clock",
];

/// The sentences, from the whole to its parts.
pub fn of(found: &Discovered, shape: &Shape<'_>, fields_max: usize, inference: Inference) -> Vec<String> {
    let mut notes = vec![format_note(found)];
    if found.unreadable > 0 {
        let first = found.first_fault.as_deref().unwrap_or_default();
        let records = counted(found.unreadable, "record");
        notes.push(format!(
            "{records} could not be read and will be error rows; the first: {first}"
        ));
    }
    shape_notes(&mut notes, found, shape, fields_max);
    for leaf in &shape.leaves {
        name_note(&mut notes, leaf);
        leaf_notes(&mut notes, leaf, inference);
    }
    if inference == Inference::Wide {
        clock_notes(&mut notes, found, shape);
    }
    notes.iter().map(|note| in_line(note)).collect()
}

/// A sentence on one line, whatever the names and values in it hold.
fn in_line(note: &str) -> String {
    note.chars()
        .fold(String::with_capacity(note.len()), |mut line, c| {
            if c.is_control() {
                line.extend(c.escape_debug());
            } else {
                line.push(c);
            }
            line
        })
}

fn format_note(found: &Discovered) -> String {
    let more = if found.is_sample {
        ", and there are more"
    } else {
        ""
    };
    let format = match found.format {
        ObjectFormat::Records(FormatName::Json) => "JSON".to_owned(),
        ObjectFormat::Records(FormatName::Csv) => {
            let separator = match found.schema.delimiters.column() {
                b"," => "a comma".to_owned(),
                b";" => "a semicolon".to_owned(),
                b"\t" => "a tab".to_owned(),
                other => String::from_utf8_lossy(other).into_owned(),
            };
            let header = match found.header {
                Some(_) => "the first line names the columns (?header=true)",
                None => "no line names the columns",
            };
            format!("CSV separated by {separator}; {header}")
        }
        ObjectFormat::Parquet => "Parquet".to_owned(),
    };
    format!("looked at {}{more}: {format}", counted(found.records, "record"))
}

fn shape_notes(notes: &mut Vec<String>, found: &Discovered, shape: &Shape<'_>, fields_max: usize) {
    if !shape.row_path.is_empty() {
        notes.push("every record is an array; each of its elements is a row (row path $[0:])".to_owned());
    }
    if let Some(array) = &shape.rows_of {
        notes.push(format!(
            "{array} is the only array of objects, so each of its elements is a row; to have one row a record, map it \
             whole ({array} as VARCHAR)"
        ));
    }
    if let [first, ..] = shape.nested_tables.as_slice() {
        let tables = shape.nested_tables.join(", ");
        notes.push(format!(
            "{tables}: an array of objects as text; one array can give the rows, if its members are mapped \
             ({first}.NAME)"
        ));
    }
    if shape.left_out > 0 {
        let fields = counted(shape.left_out as u64, "field");
        notes.push(format!(
            "{fields} left out: too many, or with a name that no path can say"
        ));
    }
    let columns = found.header.as_ref().map_or(fields_max, Vec::len);
    if fields_max > columns {
        notes.push(format!(
            "some rows have up to {fields_max} fields; those behind the {columns} that the header names are not read"
        ));
    }
}

/// Where the data has a name that SQL cannot say.
fn name_note(notes: &mut Vec<String>, leaf: &Leaf<'_>) {
    if let Some(name) = &leaf.unsayable {
        let shown: String = name.chars().take(NAME_CHARS_SHOWN).collect();
        let more = if shown.len() < name.len() { "…" } else { "" };
        notes.push(format!(
            "{}: the data calls it \"{shown}{more}\"; a name in SQL has at most {IDENTIFIER_MAX} characters, none of \
             them a control character",
            in_sql(&leaf.column.name)
        ));
    }
}

fn leaf_notes(notes: &mut Vec<String>, leaf: &Leaf<'_>, inference: Inference) {
    let (name, ty, field) = (in_sql(&leaf.column.name), leaf.column.ty, leaf.field);
    let values = &field.values;
    let mut say = |text: String| notes.push(format!("{name}: {text}"));
    let seen = field.seen();
    if seen == 0 {
        if !leaf.is_declared {
            say(format!("never had a value; {ty} is a guess"));
        }
        return;
    }
    if seen.saturating_mul(RARE) < leaf.chances {
        say(format!(
            "in {} of {} only",
            grouped(seen),
            counted(leaf.chances, "record")
        ));
    }
    let kinds = kinds(field);
    if kinds.len() > 1 {
        say(format!("mixed values ({}), so it is {ty}", kinds.join(", ")));
    }
    if field.chars() > LENGTH_MAX as usize && matches!(ty, SqlType::Varchar(_)) {
        say(format!(
            "the longest has {} characters and will be cut to {LENGTH_MAX}",
            field.chars()
        ));
    }
    if matches!(ty, SqlType::Double) && values.too_wide {
        say("whole numbers beyond BIGINT lose digits in a DOUBLE; VARCHAR keeps them".to_owned());
    }
    if inference == Inference::Wide
        && let Some(unit) = epoch(&leaf.column.name, ty, values)
    {
        say(format!(
            "looks like {} since 1970; {}",
            unit.name,
            unit.sql(&name)
        ));
    }
}

/// How many of which kind of value there were, where it is more than one type.
fn kinds(field: &Field) -> Vec<String> {
    let values = &field.values;
    let moments = values.dates + values.timestamps;
    let texts = values.count - values.booleans - values.numbers - moments;
    // A text that looks like a date is a text among other texts.
    let (texts, moments) = if texts > 0 {
        (texts + moments, 0)
    } else {
        (texts, moments)
    };
    let all = [
        (values.numbers, "number"),
        (texts, "text"),
        (moments, "date"),
        (values.booleans, "boolean"),
        (field.objects, "object"),
        (field.arrays, "array"),
    ];
    let some = all.into_iter().filter(|(n, _)| *n > 0);
    some.map(|(n, kind)| counted(n, kind)).collect()
}

fn clock_notes(notes: &mut Vec<String>, found: &Discovered, shape: &Shape<'_>) {
    if found.clock_is_bad {
        notes.push(
            "ROWTIME is not a time in every record; ?rowtime=now leaves it out, otherwise the records without one \
             are error rows"
                .to_owned(),
        );
    } else if shape.clock.is_some() {
        notes.push("ROWTIME is the arrival clock and no column".to_owned());
    }
    if shape.clock.is_some() {
        return;
    }
    let candidates: Vec<String> = shape.leaves.iter().filter_map(clock_candidate).collect();
    if !candidates.is_empty() {
        notes.push(format!(
            "the records have no arrival clock of their own; a column can be it: {}",
            candidates.join(" or ")
        ));
    }
}

/// `rowtime=COLUMN` for a column that can be read as an arrival time in every record.
fn clock_candidate(leaf: &Leaf<'_>) -> Option<String> {
    let column = &leaf.column;
    let is_time = match column.ty {
        SqlType::Timestamp => true,
        _ => {
            epoch(&column.name, column.ty, &leaf.field.values).is_some_and(|unit| unit.name == "milliseconds")
        }
    };
    let always = leaf.field.seen() == leaf.chances && leaf.field.nulls == 0;
    let order = if leaf.field.values.falls {
        "not in order"
    } else {
        "in order"
    };
    (is_time && always).then(|| format!("?rowtime={} ({order})", column.name))
}

/// Whether some record's clock cannot be read; the field was in so many of the records.
pub fn is_bad_clock(clock: &Field, records: u64) -> bool {
    clock.objects + clock.arrays + clock.nulls > 0 || clock.values.instants < records
}

/// A unit in which numbers count the time since 1970.
struct Unit {
    name: &'static str,
    per_ms: Scale,
}

enum Scale {
    Times(i64),
    Over(i64),
}

impl Unit {
    fn sql(&self, column: &str) -> String {
        let wide = format!("CAST({column} AS BIGINT)");
        match self.per_ms {
            Scale::Times(1) => format!("TO_TIMESTAMP({column}) makes it a TIMESTAMP"),
            Scale::Times(n) => format!("TO_TIMESTAMP({wide} * {n}) makes it a TIMESTAMP"),
            Scale::Over(n) => format!("TO_TIMESTAMP({column} / {n}) makes it a TIMESTAMP"),
        }
    }
}

/// The unit, if all values look like times: by their size, and where that is no proof by the name.
fn epoch(name: &str, ty: SqlType, values: &Values) -> Option<Unit> {
    let (least, greatest) = values.range?;
    if !matches!(ty, SqlType::Integer | SqlType::BigInt) {
        return None;
    }
    let units = [
        ("seconds", 1, Scale::Times(1_000)),
        ("milliseconds", 1_000, Scale::Times(1)),
        ("microseconds", 1_000_000, Scale::Over(1_000)),
        ("nanoseconds", 1_000_000_000, Scale::Over(1_000_000)),
    ];
    let lower = name.to_lowercase();
    let promised = TIME_WORDS.iter().any(|word| lower.contains(word))
        || ["ts", "at", "t"]
            .iter()
            .any(|word| lower == *word || lower.ends_with(&format!("_{word}")))
        || name.ends_with("At");
    let (from, to) = LIKELY_SECONDS;
    units.into_iter().find_map(|(unit, per_second, per_ms)| {
        let fits = least >= from * per_second && greatest <= to.saturating_mul(per_second);
        (fits && (promised || per_second > 1)).then_some(Unit { name: unit, per_ms })
    })
}

/// What is wrong with the first record that is not readable, and where it is.
pub fn fault(error: &RecordError, format: FormatName) -> String {
    let hint = if error.raw.starts_with(b"PAR1") {
        "; it is a Parquet file: write ?format=parquet"
    } else if is_binary(&error.raw) {
        "; it is binary data"
    } else if format == FormatName::Json && looks_delimited(&error.raw) {
        "; it looks like CSV: write ?format=csv"
    } else if std::str::from_utf8(&error.raw).is_err() && error.message.contains("UTF-8") {
        "; text of another encoding is read with ?encoding=, as ?encoding=windows-1252"
    } else {
        ""
    };
    format!("{}: {}{hint}", error.position, error.message)
}

/// Whether it is no text of any encoding: it holds what controls no text.
pub fn is_binary(raw: &[u8]) -> bool {
    raw.iter().any(|b| matches!(b, 0..=8 | 14..=26))
}

/// A line of text with commas, semicolons, tabs or bars that does not begin as JSON does.
pub fn looks_delimited(raw: &[u8]) -> bool {
    let begins_as_json = raw.first().is_some_and(|b| matches!(b, b'{' | b'['));
    !begins_as_json && raw.iter().any(|b| matches!(b, b',' | b';' | b'\t' | b'|'))
}

/// `1 record`, `1,000 records`.
pub fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// A number with a comma between groups of three digits.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
