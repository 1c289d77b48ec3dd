//! Random delimited text: fields with and without quotes, delimiters in odd places, lines that break off.

use fastrand::Rng;

use super::{Object, damage, one};

const FIELDS: [&str; 22] = [
    "",
    "",
    "1",
    "-7",
    "12.0",
    "0.125",
    "1e999",
    "true",
    "TRUE",
    "x",
    " ",
    " a b ",
    "é¶|~",
    "aab",
    "1992-02-14",
    "2018-05-09T12:50:41Z",
    "X'0A'",
    "a\"b",
    "B",
    "c",
    "漢😀",
    "9223372036854775808",
];

/// An object of some lines.
pub fn object(rng: &mut Rng, (column, row): &(String, String)) -> Object {
    let mut bytes = Vec::new();
    if rng.u32(..16) == 0 {
        bytes.extend_from_slice("\u{feff}".as_bytes());
    }
    if rng.u32(..4) == 0 {
        bytes.extend_from_slice(["a", "b", "c", "x y"].join(column).as_bytes());
        bytes.extend_from_slice(row.as_bytes());
    }
    let count = rng.usize(..30);
    for i in 0..count {
        let mut line = Vec::new();
        for field in 0..rng.usize(..6) {
            if field > 0 {
                line.extend_from_slice(column.as_bytes());
            }
            add_field(rng, &mut line, column, row);
        }
        match rng.u32(..25) {
            0 => damage(rng, &mut line),
            1 => line.extend((0..rng.usize(..8)).map(|_| rng.u8(..))),
            _ => {}
        }
        bytes.extend_from_slice(&line);
        if i + 1 < count || rng.bool() {
            bytes.extend_from_slice(row.as_bytes());
        }
    }
    Object {
        bytes,
        documents: None,
    }
}

fn add_field(rng: &mut Rng, line: &mut Vec<u8>, column: &str, row: &str) {
    let field = one(rng, &FIELDS);
    if rng.u32(..3) > 0 {
        line.extend_from_slice(field.as_bytes());
        return;
    }
    let inner = [field, column, row, "\n"][rng.usize(..4)];
    let text = format!("\"{}\"", inner.replace('"', "\"\""));
    line.extend_from_slice(one(rng, &["", "", " "]).as_bytes());
    line.extend_from_slice(text.as_bytes());
    line.extend_from_slice(one(rng, &["", "", "", " ", "x"]).as_bytes());
}
