//! The text of numbers as rows carry it (`decisions.md` 23; `cli.md`, rows as JSON).
//!
//! DOUBLE and REAL are the shortest digits that read back, with at least one fraction digit, and with
//! Java's exponent form outside 10⁻³ … 10⁷. DECIMAL shows its scale.

use std::fmt::Write;

/// Appends a DOUBLE: `293.3`, `0.0`, `1.0E-4`, `1.2345678E7`.
pub fn write_double(out: &mut String, value: f64) {
    let mut buffer = zmij::Buffer::new();
    write_shortest(out, buffer.format_finite(value));
}

/// Appends a REAL, in the digits of its own precision.
pub fn write_real(out: &mut String, value: f32) {
    let mut buffer = zmij::Buffer::new();
    write_shortest(out, buffer.format_finite(value));
}

/// Appends a DECIMAL from its unscaled value: `0.50`, `-12.3`, `7`.
pub fn write_decimal(out: &mut String, unscaled: i128, scale: u8) {
    if unscaled < 0 {
        out.push('-');
    }
    let digits = unscaled.unsigned_abs();
    if scale == 0 {
        let _ = write!(out, "{digits}");
        return;
    }
    let unit = 10u128.pow(u32::from(scale));
    let _ = write!(
        out,
        "{}.{:0width$}",
        digits / unit,
        digits % unit,
        width = usize::from(scale)
    );
}

/// Takes the shortest text of a finite number apart and puts it together as Java prints it.
fn write_shortest(out: &mut String, shortest: &str) {
    let (negative, text) = match shortest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, shortest),
    };
    if negative {
        out.push('-');
    }
    let (digits, exponent) = decimal_digits(text);
    if digits == "0" {
        out.push_str("0.0");
    } else if (-3..7).contains(&exponent) {
        write_plain(out, &digits, exponent);
    } else {
        let (head, tail) = digits.split_at(1);
        let tail = if tail.is_empty() { "0" } else { tail };
        let _ = write!(out, "{head}.{tail}E{exponent}");
    }
}

/// The significant digits of a plain or scientific text, and the power of ten of the first one.
fn decimal_digits(text: &str) -> (String, i32) {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i32>().unwrap_or(0)),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.bytes().take_while(|&b| b == b'0').count();
    let digits = all[leading..].trim_end_matches('0');
    if digits.is_empty() {
        return ("0".to_owned(), 0);
    }
    let position = i32::try_from(whole.len()).unwrap_or(0) - i32::try_from(leading).unwrap_or(0) - 1;
    (digits.to_owned(), position + exponent)
}

fn write_plain(out: &mut String, digits: &str, exponent: i32) {
    if exponent < 0 {
        out.push_str("0.");
        for _ in 1..-exponent {
            out.push('0');
        }
        out.push_str(digits);
        return;
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    if digits.len() <= whole {
        out.push_str(digits);
        for _ in digits.len()..whole {
            out.push('0');
        }
        out.push_str(".0");
    } else {
        out.push_str(&digits[..whole]);
        out.push('.');
        out.push_str(&digits[whole..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(x: f64) -> String {
        let mut out = String::new();
        write_double(&mut out, x);
        out
    }

    #[test]
    fn doubles_read_like_java() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (293.3, "293.3"),
            (5.953330805966741, "5.953330805966741"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (12_345_678.0, "1.2345678E7"),
            (-1.5e300, "-1.5E300"),
            (100.0, "100.0"),
            (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
        ] {
            assert_eq!(double(value), text);
        }
    }

    #[test]
    fn decimals_show_their_scale() {
        let text = |v, s| {
            let mut out = String::new();
            write_decimal(&mut out, v, s);
            out
        };
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(1200, 2), "12.00");
        assert_eq!(text(7, 0), "7");
    }
}
