//! Random JSON: documents of every shape, valid or damaged, on lines, back to back, or in arrays.

use fastrand::Rng;

use super::{Object, damage, one};

const KEYS: [&str; 14] = [
    "a", "b", "c", "a", "b", "A", "B", "x y", "é", "", "ROWTIME", "d.e", "\\u0061", "shard_id",
];

const NUMBERS: [&str; 24] = [
    "0",
    "-0",
    "1",
    "-7",
    "12.0",
    "123.4",
    "0.125",
    "-0.005",
    "1e3",
    "1E-3",
    "2.5e+10",
    "127",
    "128",
    "-32769",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890.123456789012345678901234567890",
    "1e308",
    "1e999",
    "-1e999",
    "1e-99999999999999999999",
    "1e99999999999999999999",
];

const STRINGS: [&str; 24] = [
    "",
    "true",
    "FALSE",
    "12",
    "1e3",
    " 1",
    "1992-02-14",
    "1992-02-30",
    "1992-02-14 18:35:44.0",
    "2018-05-09T12:50:41.337510Z",
    "2018-05-09T12:50:41+02:00",
    "18:35:44",
    "9999-12-31 23:59:59.999",
    "X'0AFF'",
    "X'0'",
    "äöü€😀漢",
    "\\u00e4\\ud83d\\ude00",
    "\\n\\t\\\"\\\\\\/\\b",
    "{[,:]}",
    "\\ud800",
    "\\udc00x",
    "\\x",
    "\u{1}",
    "\u{feff}",
];

/// An object of some documents; `by_name` says that no schema reads it.
pub fn object(rng: &mut Rng, by_name: bool) -> Object {
    let count = rng.usize(..30);
    if rng.u32(..4) == 0 {
        return lines(rng, count, by_name);
    }
    let mut bytes = Vec::new();
    if rng.u32(..16) == 0 {
        bytes.extend_from_slice("\u{feff}".as_bytes());
    }
    let in_array = rng.u32(..5) == 0;
    if in_array {
        bytes.push(b'[');
    }
    for i in 0..count {
        if in_array && i > 0 {
            bytes.extend_from_slice(one(rng, &[",", ",", ", ", ",\n", "\n,", " ", ",,"]).as_bytes());
        }
        bytes.extend_from_slice(&document(rng));
        if !in_array {
            bytes.extend_from_slice(one(rng, &["\n", "\n", "\r\n", "", " ", "\n\n"]).as_bytes());
        }
    }
    if in_array && rng.u32(..4) > 0 {
        bytes.push(b']');
    }
    if rng.u32(..10) == 0 {
        damage(rng, &mut bytes);
    }
    Object {
        bytes,
        documents: None,
    }
}

/// Valid objects, one on each line: without a schema each is one document.
fn lines(rng: &mut Rng, count: usize, by_name: bool) -> Object {
    let mut text = String::new();
    let mut written = 0;
    for _ in 0..count {
        let before = text.len();
        members(rng, &mut text, 4);
        if serde_json::from_str::<serde_json::Value>(&text[before..]).is_ok() {
            text.push('\n');
            written += 1;
        } else {
            text.truncate(before);
        }
    }
    Object {
        bytes: text.into_bytes(),
        documents: by_name.then_some(written),
    }
}

fn document(rng: &mut Rng) -> Vec<u8> {
    let mut text = String::new();
    match rng.u32(..40) {
        0 => value(rng, &mut text, 4),
        1 => deep(rng, &mut text),
        2 => text.push_str(one(
            rng,
            &[
                "nonsense", "}", "]", "{", "[", "{'a':1}", "tru", "-", "\"", "nul", ",",
            ],
        )),
        _ => members(rng, &mut text, 5),
    }
    let mut bytes = text.into_bytes();
    match rng.u32(..30) {
        0 => bytes.truncate(rng.usize(..=bytes.len())),
        1 | 2 => damage(rng, &mut bytes),
        3 => bytes = (0..rng.usize(..20)).map(|_| rng.u8(..)).collect(),
        _ => {}
    }
    bytes
}

fn members(rng: &mut Rng, text: &mut String, depth: usize) {
    text.push('{');
    for i in 0..rng.usize(..6) {
        if i > 0 {
            text.push(',');
        }
        blank(rng, text);
        text.push('"');
        text.push_str(one(rng, &KEYS));
        text.push('"');
        blank(rng, text);
        text.push(':');
        blank(rng, text);
        value(rng, text, depth - 1);
        blank(rng, text);
    }
    text.push('}');
}

fn value(rng: &mut Rng, text: &mut String, depth: usize) {
    match rng.u32(..if depth > 0 { 12 } else { 8 }) {
        0 => text.push_str("null"),
        1 => text.push_str(if rng.bool() { "true" } else { "false" }),
        2..=4 => text.push_str(one(rng, &NUMBERS)),
        5..=7 => {
            text.push('"');
            // Most strings are valid: what is not stands at the end.
            let last = if rng.u32(..20) == 0 { STRINGS.len() } else { 19 };
            text.push_str(STRINGS[rng.usize(..last)]);
            text.push('"');
        }
        8 | 9 => members(rng, text, depth),
        _ => {
            text.push('[');
            for i in 0..rng.usize(..4) {
                if i > 0 {
                    text.push(',');
                }
                blank(rng, text);
                value(rng, text, depth - 1);
            }
            text.push(']');
        }
    }
}

fn blank(rng: &mut Rng, text: &mut String) {
    if rng.u32(..8) == 0 {
        text.push_str(one(rng, &[" ", "\n", "\t", "\r\n", "  "]));
    }
}

/// Nesting around the deepest that is read.
fn deep(rng: &mut Rng, text: &mut String) {
    let depth = [3, 125, 126, 127, 128, 300, 5_000][rng.usize(..7)];
    text.push_str("{\"a\":");
    if rng.bool() {
        text.push_str(&"[".repeat(depth));
        text.push_str(&"]".repeat(depth));
    } else {
        text.push_str(&"{\"c\":".repeat(depth));
        text.push('1');
        text.push_str(&"}".repeat(depth));
    }
    text.push('}');
}
