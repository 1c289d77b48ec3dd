//! Zones in texts: `z` and `Z` (names, `GMT+hh:mm`, `-0700`), `X` (`Z`, `-07`, `-0700`, `-07:00`).
//!
//! Names are those that records carry: UTC and GMT, and the American and European ones with their fixed
//! offsets; an unknown name does not parse.

const HOUR_MS: i64 = 3_600_000;

/// Names and hours ahead of UTC.
const NAMES: [(&str, i64); 30] = [
    ("Coordinated Universal Time", 0),
    ("Greenwich Mean Time", 0),
    ("Eastern Standard Time", -5),
    ("Eastern Daylight Time", -4),
    ("Central Standard Time", -6),
    ("Central Daylight Time", -5),
    ("Mountain Standard Time", -7),
    ("Mountain Daylight Time", -6),
    ("Pacific Standard Time", -8),
    ("Pacific Daylight Time", -7),
    ("Central European Time", 1),
    ("Central European Summer Time", 2),
    ("UTC", 0),
    ("UCT", 0),
    ("WET", 0),
    ("WEST", 1),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("CET", 1),
    ("CEST", 2),
    ("EET", 2),
    ("EEST", 3),
    ("BST", 1),
    ("JST", 9),
];

/// Reads `z` or `Z`: (offset in ms, bytes read).
pub(super) fn general(text: &str) -> Option<(i64, usize)> {
    let sign = |b: u8| match b {
        b'+' => Some(1),
        b'-' => Some(-1),
        _ => None,
    };
    let bytes = text.as_bytes();
    if let Some(sign) = sign(*bytes.first()?) {
        let (ms, n) = numeric(bytes.get(1..)?, 0, false)?;
        return Some((sign * ms, n + 1));
    }
    if starts_with_ignoring_case(text, "GMT") {
        let Some(sign) = bytes.get(3).and_then(|&b| sign(b)) else {
            return Some((0, 3));
        };
        let (ms, n) = numeric(bytes.get(4..)?, 0, true)?;
        return Some((sign * ms, n + 4));
    }
    NAMES
        .iter()
        .filter(|(name, _)| starts_with_ignoring_case(text, name))
        .max_by_key(|(name, _)| name.len())
        .map(|(name, hours)| (hours * HOUR_MS, name.len()))
}

/// Reads `X`, `XX` or `XXX`: (offset in ms, bytes read).
pub(super) fn iso(text: &str, count: usize) -> Option<(i64, usize)> {
    let bytes = text.as_bytes();
    let sign = match bytes.first()? {
        b'Z' => return Some((0, 1)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (ms, n) = numeric(bytes.get(1..)?, count, count == 3)?;
    Some((sign * ms, n + 1))
}

/// `hh[[:]mm]`; `count` 1 is hours only, 0 allows one digit of hours before a colon.
fn numeric(bytes: &[u8], count: usize, colon: bool) -> Option<(i64, usize)> {
    let digit = |i: usize| {
        let b = *bytes.get(i)?;
        b.is_ascii_digit().then(|| i64::from(b - b'0'))
    };
    let mut at = 1;
    let mut hours = digit(0)?;
    if let Some(second) = digit(1) {
        hours = hours * 10 + second;
        at = 2;
    } else if count > 0 || !colon {
        return None;
    }
    if hours > 23 {
        return None;
    }
    let mut minutes = 0;
    if count != 1 {
        if colon {
            if bytes.get(at) != Some(&b':') {
                return None;
            }
            at += 1;
        }
        minutes = digit(at)? * 10 + digit(at + 1)?;
        at += 2;
    }
    (minutes < 60).then_some(((hours * 60 + minutes) * 60_000, at))
}

/// Whether `text` begins with an ASCII name in any case.
pub(super) fn starts_with_ignoring_case(text: &str, name: &str) -> bool {
    text.as_bytes()
        .get(..name.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
}
