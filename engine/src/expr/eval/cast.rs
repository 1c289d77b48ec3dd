//! CAST and assignment (`sql.md` §2.1, §3): one file for each family of targets.
//!
//! A value that does not convert fails its row. The two modes agree on every pair of types that both allow
//! (numbers round half away from zero and are checked, texts are cut silently, CHAR is padded); which pairs
//! an assignment allows is the binder's to say. Text that a number, BOOLEAN or datetime needs is never cut.

use arrow::datatypes::DataType;

use super::failures::Failures;
use super::vector::{Vector, each_boolean};
use crate::clock::Clock;
use crate::row_error::RowError;
use crate::types::{Family, SqlType};

mod binary;
mod character;
mod datetime;
mod interval;
mod number;

/// The error of a text that is no value of its target.
fn cannot_convert(text: &str, to: SqlType) -> RowError {
    RowError::runtime(format!("cannot convert '{text}' to {to}"))
}

/// `value`, of type `from`, as `to`.
pub(super) fn cast(
    value: &Vector,
    from: SqlType,
    to: SqlType,
    clock: &Clock,
    failures: &mut Failures<'_>,
) -> Vector {
    if value.is_null_constant() || value.array().data_type() == &DataType::Null {
        return Vector::null(to);
    }
    if from == to {
        return value.clone();
    }
    match to.family() {
        Family::Null => Vector::null(to),
        Family::Boolean => to_boolean(value, from, failures),
        Family::Numeric => number::to_number(value, from, to, failures),
        Family::Character => character::to_text(value, from, to, failures),
        Family::Binary => binary::to_binary(value, to, failures),
        Family::Date | Family::Time | Family::Timestamp => {
            datetime::to_datetime(value, from, to, clock, failures)
        }
        Family::DayTime | Family::YearMonth => interval::to_interval(value, from, to, failures),
    }
}

fn to_boolean(value: &Vector, from: SqlType, failures: &mut Failures<'_>) -> Vector {
    if from == SqlType::Boolean {
        return value.clone();
    }
    let Some(texts) = value.texts() else {
        return failures.mismatch(SqlType::Boolean);
    };
    each_boolean(failures, |row| {
        let Some(text) = texts.get(row) else {
            return Ok(None);
        };
        let word = text.trim();
        if word.eq_ignore_ascii_case("true") {
            Ok(Some(true))
        } else if word.eq_ignore_ascii_case("false") {
            Ok(Some(false))
        } else if word.eq_ignore_ascii_case("unknown") {
            Ok(None)
        } else {
            Err(cannot_convert(text, SqlType::Boolean))
        }
    })
}
