//! The exact value of a number's text, at a scale.

use super::super::super::arithmetic::decimal::power_of_ten;

/// Digits that an unscaled value may have before it is surely out of range.
const DIGITS_MAX: usize = 30;

/// The parts of `[+|-]digits[.digits][E[+|-]digits]`, with at least one digit in the mantissa.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i32,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Self::exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        let valid = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
        valid.then_some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// An exponent; beyond ±100,000 all are alike.
    fn exponent(text: &str) -> Option<i32> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let size = digits.parse::<i32>().unwrap_or(i32::MAX).min(100_000);
        Some(if text.starts_with('-') { -size } else { size })
    }
}

/// Whether the text is a number.
pub(super) fn is_number(text: &str) -> bool {
    Parts::of(text).is_some()
}

/// The unscaled value at `scale`, rounded half away from zero. `None`: not a number; `Some(None)`: too large.
pub(super) fn parse(text: &str, scale: u8) -> Option<Option<i128>> {
    let parts = Parts::of(text)?;
    // How many of the digits are kept: all whole ones, moved by exponent and scale.
    let whole = i64::try_from(parts.whole.len()).unwrap_or(i64::MAX / 2);
    let kept = whole + i64::from(parts.exponent) + i64::from(scale);
    let digits = parts.whole.bytes().chain(parts.fraction.bytes());
    let mut value: i128 = 0;
    let (mut seen, mut significant) = (0i64, 0usize);
    let mut half_up = false;
    for b in digits {
        if seen >= kept {
            half_up = seen == kept && b >= b'5';
            break;
        }
        seen += 1;
        if significant > 0 || b != b'0' {
            significant += 1;
        }
        if significant > DIGITS_MAX {
            return Some(None);
        }
        value = value * 10 + i128::from(b - b'0');
    }
    if value != 0 && seen < kept {
        let zeros = usize::try_from(kept - seen).unwrap_or(usize::MAX);
        if significant.saturating_add(zeros) > DIGITS_MAX {
            return Some(None);
        }
        value *= power_of_ten(u32::try_from(zeros).unwrap_or(0));
    }
    value += i128::from(half_up);
    Some(Some(if parts.negative { -value } else { value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_exact_values() {
        for (text, scale, expected) in [
            ("1.25", 1, Some(Some(13))),
            ("1.5", 0, Some(Some(2))),
            ("-1.5", 0, Some(Some(-2))),
            ("0.05", 0, Some(Some(0))),
            (".5", 0, Some(Some(1))),
            ("5.", 2, Some(Some(500))),
            ("1e2", 0, Some(Some(100))),
            ("15e-1", 0, Some(Some(2))),
            ("5e-1", 0, Some(Some(1))),
            ("5e-2", 0, Some(Some(0))),
            ("0000000000000000000000000000000000000000012", 0, Some(Some(12))),
            ("1e400", 0, Some(None)),
            ("0e400", 0, Some(Some(0))),
            ("99999999999999999999999999999999999999999", 0, Some(None)),
            ("", 0, None),
            (".", 0, None),
            ("1e", 0, None),
            ("abc", 0, None),
            ("0x1", 0, None),
            ("1 2", 0, None),
        ] {
            assert_eq!(parse(text, scale), expected, "{text}");
        }
    }
}
