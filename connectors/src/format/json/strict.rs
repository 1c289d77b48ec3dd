//! What a raw reader lets pass and a record may not hold.
//!
//! serde's way to skip a value accepts halves of surrogate pairs and any depth. A record must be refused or accepted
//! whatever columns are wanted, so every value, wanted or not, is read raw and its text looked through once for these
//! two. Numbers are never converted here: `1e999` is valid JSON, and text in a character column.

use serde::de::Error as _;
use serde_json::Error;

/// Containers inside each other; the limit of serde_json's own reader.
const DEPTH_MAX: usize = 127;

/// Checks the raw text of a value inside this many containers. The error is the message.
pub fn check_raw(raw: &str, depth: usize) -> Result<(), Error> {
    match raw.as_bytes().first() {
        Some(b'"') => check_escapes(raw),
        Some(b'{' | b'[') => check_container(raw, depth),
        _ => Ok(()),
    }
}

/// The text is valid but for what is looked for, so a string ends at its first quote that is not escaped.
fn check_container(raw: &str, mut depth: usize) -> Result<(), Error> {
    let bytes = raw.as_bytes();
    let mut at = 0;
    while let Some(b) = bytes.get(at) {
        match b {
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(Error::custom("recursion limit exceeded"));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = string_end(bytes, at + 1);
                check_escapes(&raw[at..end])?;
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Where a string ends, its closing quote included.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(step) = bytes
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += step;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// Reads a string literal through the full parser if it has escapes.
fn check_escapes(literal: &str) -> Result<(), Error> {
    if memchr::memchr(b'\\', literal.as_bytes()).is_none() {
        return Ok(());
    }
    serde_json::from_str::<String>(literal).map(drop)
}
