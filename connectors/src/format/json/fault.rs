//! What is wrong with a record that is not JSON, in plain words and counted within the record.
//!
//! serde_json counts lines and columns of all it was given, and it was given what follows the record too: a
//! document that breaks off is only noticed in the next line. The record that is reported ends at its own line.

use rowtime_engine::dataflow::errors::DATA_ROW_BYTES_MAX;

use crate::format::batch::RecordFault;

/// Said of a line end within a string, too.
const RAW_CONTROL: &str = "a string holds a control character that is not escaped";

/// Found when the value has been read, so its place says nothing.
const TOO_DEEP: &str = "it is nested more than 127 levels deep";

/// serde_json's words, and ours.
const WORDS: &[(&str, &str)] = &[
    ("expected value", "a value is expected"),
    ("expected ident", "a word is none of true, false and null"),
    ("expected `:`", "a colon is missing behind a key"),
    ("expected `,` or `}`", "a comma or a closing brace is missing"),
    ("expected `,` or `]`", "a comma or a closing bracket is missing"),
    ("key must be a string", "a key is not in double quotes"),
    ("trailing comma", "a comma is followed by nothing"),
    (
        "control character (\\u0000-\\u001F) found while parsing a string",
        RAW_CONTROL,
    ),
    ("invalid escape", "a string holds an unknown escape"),
    ("invalid number", "a number is malformed"),
    ("number out of range", "a number is out of the range of DOUBLE"),
    ("recursion limit exceeded", TOO_DEEP),
    (
        "lone leading surrogate in hex escape",
        "a string holds half of a surrogate pair",
    ),
    (
        "unexpected end of hex escape",
        "a string holds half of a surrogate pair",
    ),
    (
        "invalid unicode code point",
        "a string holds an escape, or bytes, that are no character",
    ),
];

/// What is said of a record that breaks off.
const TOO_SHORT: &str = "the record is not valid JSON: it ends too early";

/// The fault of a record that no further byte could complete.
pub fn too_short() -> RecordFault {
    RecordFault::parse(TOO_SHORT)
}

/// The fault that serde_json found in, or behind, a record of this length.
pub fn not_json(error: &serde_json::Error, length: usize) -> RecordFault {
    let shown = error.to_string();
    let (mut words, mut places) = (shown.as_str(), 0);
    // A value that was checked on its own brings a place of its own along.
    while let Some(at) = words.rfind(" at line ") {
        words = &words[..at];
        places += 1;
    }
    let words = WORDS
        .iter()
        .find(|(theirs, _)| *theirs == words)
        .map_or(words, |(_, ours)| ours);
    // What was found in a value that had been read has no place that says anything.
    if places != 1 || words == TOO_DEEP {
        return RecordFault::parse(format!("the record is not valid JSON: {words}"));
    }
    match (error.line(), error.column()) {
        (0 | 1, column) if words == RAW_CONTROL && column >= length => {
            RecordFault::parse(format!("{TOO_SHORT}: a string is not closed"))
        }
        (0 | 1, column) => RecordFault::parse(format!(
            "the record is not valid JSON: {words} (its byte {column})"
        )),
        (line, _) => RecordFault::parse(format!("{TOO_SHORT}, or its line {line} is wrong: {words}")),
    }
}

/// Whether a number seems bad only because these bytes end within it.
pub fn may_be_cut(error: &serde_json::Error, bytes: &[u8]) -> bool {
    let in_number = matches!(bytes.last(), Some(b'-' | b'+' | b'.' | b'e' | b'E'));
    in_number && error.to_string().starts_with("invalid number")
}

/// Whether a record can be UTF-8, as far as its error row shows it: more of it need not be in sight.
pub fn is_text(record: &[u8]) -> bool {
    match std::str::from_utf8(&record[..record.len().min(DATA_ROW_BYTES_MAX)]) {
        Ok(_) => true,
        Err(e) => e.error_len().is_none(),
    }
}
