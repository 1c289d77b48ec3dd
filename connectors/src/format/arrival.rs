//! The arrival clock of a record (`design.md` R3, `decisions.md` 16): from a column, a field, or nowhere.
//!
//! Whether an object has a clock is decided by its first record and holds for all of it, so that a file is
//! either merged by its clock or read as it stands, never both.

use rowtime_engine::datetime;
use rowtime_engine::row_error::ErrorName;

use super::batch::RecordFault;
use super::cell::Value;

/// Name of the record field that is the clock unless the URI names another.
pub const ROWTIME_FIELD: &str = "ROWTIME";

/// Rows outside this half-open range of arrival times are left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArrivalRange {
    /// `--start`.
    pub start_ms: Option<i64>,
    /// `--end`.
    pub end_ms: Option<i64>,
}

impl ArrivalRange {
    /// Whether a row that arrived then is wanted.
    pub fn contains(self, arrival_ms: i64) -> bool {
        self.start_ms.is_none_or(|start| arrival_ms >= start)
            && self.end_ms.is_none_or(|end| arrival_ms < end)
    }
}

/// Reads an arrival time: ISO text, or integer milliseconds since 1970. The error is the message.
pub fn read(name: &str, value: &Value<'_>) -> Result<i64, String> {
    let text = match value {
        Value::Number(text) | Value::CsvText(text) => text,
        Value::Text(text) => &**text,
        Value::Null => {
            return Err(format!(
                "the arrival clock \"{name}\" is missing or NULL in this record"
            ));
        }
        Value::Bool(_) | Value::Structure(_) => "",
    };
    let quoted = matches!(value, Value::Text(_) | Value::CsvText(_));
    let iso = quoted.then(|| datetime::parse_iso_timestamp(text)).flatten();
    iso.or_else(|| text.parse().ok()).ok_or_else(|| {
        let shown: String = text.chars().take(100).collect();
        format!(
            "the arrival clock \"{name}\" is not a TIMESTAMP: \"{shown}\"; write 2018-05-09 12:50:41.337, ISO 8601 \
             or milliseconds since 1970"
        )
    })
}

/// The fault of a record whose clock cannot be read.
pub fn fault(message: String) -> RecordFault {
    RecordFault {
        name: ErrorName::Coercion,
        message: message.into(),
        arrival_ms: None,
    }
}
