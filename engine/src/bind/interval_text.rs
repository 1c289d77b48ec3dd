//! The text of an interval literal (`sql.md` §6.1): the value must match its qualifier, digit by digit.
//!
//! Checked before anything runs, since a literal that does not fit is the author's slip, not a row's.

use crate::types::{IntervalQualifier, SqlType, TimeUnit};

/// Milliseconds or months of the text, or the old service's words for what is wrong.
pub(super) fn parse(text: &str, negative: bool, qualifier: IntervalQualifier) -> Result<i64, String> {
    let illegal = || {
        let ty = SqlType::Interval(qualifier);
        format!("Illegal interval literal format '{text}' for {ty}")
    };
    if !(1..=10).contains(&qualifier.precision) {
        return Err(format!(
            "Interval leading field precision '{}' out of range for {}",
            qualifier.precision,
            SqlType::Interval(qualifier)
        ));
    }
    let mut rest = text;
    let mut sign = if negative { -1 } else { 1 };
    if let Some(tail) = rest.strip_prefix('-') {
        sign = -sign;
        rest = tail;
    } else if let Some(tail) = rest.strip_prefix('+') {
        rest = tail;
    }
    let (from, to) = (qualifier.from, qualifier.to);
    if from > to || (from <= TimeUnit::Month) != (to <= TimeUnit::Month) {
        return Err(illegal());
    }
    let mut total: i64 = 0;
    for unit in qualifier.fields() {
        let (value, tail) = number(rest).ok_or_else(illegal)?;
        rest = tail;
        if unit == from {
            check_leading(value, qualifier)?;
        } else if value > unit.greatest() {
            return Err(illegal());
        }
        let part = value.checked_mul(unit.width()).ok_or_else(illegal)?;
        total = total.checked_add(part).ok_or_else(illegal)?;
        if unit != to {
            rest = rest.strip_prefix(unit.separator()).ok_or_else(illegal)?;
        }
    }
    if to == TimeUnit::Second
        && let Some(digits) = rest.strip_prefix('.')
    {
        total += fraction_ms(digits, qualifier.fraction).ok_or_else(illegal)?;
        rest = "";
    }
    if rest.is_empty() {
        Ok(sign * total)
    } else {
        Err(illegal())
    }
}

fn check_leading(value: i64, qualifier: IntervalQualifier) -> Result<(), String> {
    let limit = 10i64.pow(u32::from(qualifier.precision.min(10)));
    if value < limit {
        return Ok(());
    }
    Err(format!(
        "Interval field value {value} exceeds precision of {}({}) field",
        qualifier.from, qualifier.precision
    ))
}

fn number(text: &str) -> Option<(i64, &str)> {
    let n = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(n)?;
    Some((digits.parse().ok()?, rest))
}

fn fraction_ms(digits: &str, most: u8) -> Option<i64> {
    let good =
        !digits.is_empty() && digits.len() <= usize::from(most) && digits.bytes().all(|b| b.is_ascii_digit());
    if !good {
        return None;
    }
    let padded: String = digits.chars().chain("00".chars()).take(3).collect();
    padded.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_match_their_qualifier() {
        use TimeUnit::{Day, Hour, Minute, Month, Second, Year};
        let q = |from, to, precision, fraction| IntervalQualifier {
            from,
            to,
            precision,
            fraction,
        };
        for (text, qualifier, result) in [
            ("60", q(Second, Second, 2, 3), Ok(60_000)),
            ("1.1", q(Second, Second, 1, 1), Ok(1_100)),
            ("3 4", q(Day, Hour, 2, 3), Ok((3 * 24 + 4) * 3_600_000)),
            (
                "-3 4:20",
                q(Day, Minute, 2, 3),
                Ok(-((3 * 24 + 4) * 3_600_000 + 20 * 60_000)),
            ),
            ("59:59.999", q(Minute, Second, 2, 3), Ok(3_599_999)),
            ("3-4", q(Year, Month, 2, 3), Ok(40)),
            ("120", q(Minute, Minute, 3, 3), Ok(7_200_000)),
            (
                "120",
                q(Minute, Minute, 2, 3),
                Err("Interval field value 120 exceeds precision of MINUTE(2) field"),
            ),
            (
                "1.1",
                q(Year, Year, 1, 3),
                Err("Illegal interval literal format '1.1' for INTERVAL YEAR(1)"),
            ),
            (
                "3:45:04.0",
                q(Day, Hour, 2, 3),
                Err("Illegal interval literal format '3:45:04.0' for INTERVAL DAY TO HOUR"),
            ),
            (
                "1 24",
                q(Day, Hour, 2, 3),
                Err("Illegal interval literal format '1 24' for INTERVAL DAY TO HOUR"),
            ),
        ] {
            assert_eq!(
                parse(text, false, qualifier),
                result.map_err(str::to_owned),
                "{text} {qualifier}"
            );
        }
    }
}
