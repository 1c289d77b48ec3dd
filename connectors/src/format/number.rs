//! Numbers from their text, exactly (`application.md` §5.3).
//!
//! A value is converted from the digits that were written and never through a float, so that a DECIMAL or
//! BIGINT column holds what the record says, and a value that does not fit is refused instead of bent.

/// Why a number does not load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFault {
    /// The text is not a number by JSON's grammar.
    Syntax,
    /// A fraction for an integer type.
    Fraction,
    /// Out of the type's range.
    Range,
}

/// The parts of a number by JSON's grammar.
#[derive(Debug, Clone, Copy)]
pub struct JsonNumber<'a> {
    text: &'a str,
    negative: bool,
    whole: &'a str,
    fraction: Option<&'a str>,
    /// The written exponent, saturated far beyond every range.
    exponent: i64,
}

const EXPONENT_MAX: i64 = 1_000_000;

impl<'a> JsonNumber<'a> {
    /// Takes a text apart; no blanks are allowed around it.
    pub fn parse(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, rest) = digits(unsigned);
        if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
            return None;
        }
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(rest) => {
                let (fraction, rest) = digits(rest);
                (Some(fraction).filter(|f| !f.is_empty()), rest)
            }
            None => (None, rest),
        };
        if rest.is_empty() && fraction.is_none() && unsigned.len() > whole.len() {
            return None;
        }
        let exponent = match rest.strip_prefix(['e', 'E']) {
            None if rest.is_empty() => 0,
            None => return None,
            Some(_) if fraction.is_none() && unsigned.as_bytes().get(whole.len()) == Some(&b'.') => {
                return None;
            }
            Some(rest) => {
                let down = rest.starts_with('-');
                let (exponent, rest) = digits(rest.strip_prefix(['+', '-']).unwrap_or(rest));
                if exponent.is_empty() || !rest.is_empty() {
                    return None;
                }
                let size = exponent.parse().unwrap_or(EXPONENT_MAX).min(EXPONENT_MAX);
                if down { -size } else { size }
            }
        };
        Some(Self {
            text,
            negative: unsigned.len() < text.len(),
            whole,
            fraction,
            exponent,
        })
    }

    /// Whether its value is 0.
    pub fn is_zero(&self) -> bool {
        self.digits().all(|d| d == 0)
    }

    /// Its value as an integer; a written fraction is refused, also `12.0`.
    pub fn to_integer(self) -> Result<i64, NumberFault> {
        if self.fraction.is_some() {
            return Err(NumberFault::Fraction);
        }
        let written_whole = usize::from(self.negative) + self.whole.len();
        if written_whole == self.text.len() {
            return self.text.parse().map_err(|_| NumberFault::Range);
        }
        let (value, exact) = self.scaled(0)?;
        if !exact {
            return Err(NumberFault::Fraction);
        }
        i64::try_from(value).map_err(|_| NumberFault::Range)
    }

    /// Its unscaled value as DECIMAL(precision, scale), and whether that is exact; excess fraction digits are rounded
    /// half up (away from zero), excess integer digits are refused.
    pub fn to_decimal(self, precision: u8, scale: u8) -> Result<(i128, bool), NumberFault> {
        let (value, exact) = self.scaled(scale)?;
        let fits = value.unsigned_abs() < 10u128.pow(u32::from(precision.min(38)));
        // The unscaled value is 64 bits wide (`sql.md` §2).
        if fits && i64::try_from(value).is_ok() {
            Ok((value, exact))
        } else {
            Err(NumberFault::Range)
        }
    }

    /// Its value as a DOUBLE.
    pub fn to_double(self) -> Result<f64, NumberFault> {
        let value: f64 = self.text.parse().map_err(|_| NumberFault::Syntax)?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(NumberFault::Range)
        }
    }

    /// Its value as a REAL, rounded once.
    pub fn to_real(self) -> Result<f32, NumberFault> {
        let value: f32 = self.text.parse().map_err(|_| NumberFault::Syntax)?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(NumberFault::Range)
        }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + use<'a> {
        let fraction = self.fraction.unwrap_or_default();
        self.whole.bytes().chain(fraction.bytes()).map(|b| b - b'0')
    }

    /// The value times 10^scale, rounded half away from zero, and whether that was exact.
    fn scaled(&self, scale: u8) -> Result<(i128, bool), NumberFault> {
        // Digits of the widest value that can matter: more than DECIMAL's 38 never fits.
        const DIGITS_MAX: i64 = 38;
        let written = self.whole.len() + self.fraction.map_or(0, str::len);
        let whole = i64::try_from(self.whole.len()).unwrap_or(i64::MAX);
        // How many of the written digits stand before the point of the scaled value.
        let kept = whole
            .saturating_add(self.exponent)
            .saturating_add(i64::from(scale));
        let mut value: i128 = 0;
        let mut significant = 0;
        let mut exact = true;
        let mut round_up = false;
        for (i, d) in self.digits().enumerate() {
            let i = i64::try_from(i).unwrap_or(i64::MAX);
            if i < kept {
                significant += i64::from(significant > 0 || d > 0);
                if significant > DIGITS_MAX {
                    return Err(NumberFault::Range);
                }
                value = value * 10 + i128::from(d);
            } else {
                exact &= d == 0;
                round_up |= i == kept && d >= 5;
            }
        }
        let missing = kept.saturating_sub(i64::try_from(written).unwrap_or(i64::MAX));
        if value != 0 && missing > 0 {
            if significant.saturating_add(missing) > DIGITS_MAX {
                return Err(NumberFault::Range);
            }
            value *= 10i128.pow(u32::try_from(missing).unwrap_or(0));
        }
        value += i128::from(round_up);
        Ok((if self.negative { -value } else { value }, exact))
    }
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use NumberFault::{Fraction, Range};

    #[test]
    fn the_grammar_is_that_of_json() {
        for text in [
            "0",
            "-0",
            "12",
            "1.5",
            "1e3",
            "1E+3",
            "1.25e-3",
            "123456789012345678901234567890",
        ] {
            assert!(JsonNumber::parse(text).is_some(), "{text}");
        }
        for text in [
            "", "-", "+1", "01", ".5", "1.", "1.e5", "1e", "1e+", " 1", "1 ", "0x1", "1,5", "NaN", "1.5.2",
            "a",
        ] {
            assert!(JsonNumber::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn integers_are_exact() {
        for (text, expected) in [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("9223372036854775807", Ok(i64::MAX)),
            ("-9223372036854775808", Ok(i64::MIN)),
            ("9223372036854775808", Err(Range)),
            ("12.0", Err(Fraction)),
            ("123.4", Err(Fraction)),
            ("1e3", Ok(1_000)),
            ("10e-1", Ok(1)),
            ("5e0", Ok(5)),
            ("-427131611E+00", Ok(-427_131_611)),
            ("1e-1", Err(Fraction)),
            ("0e99999999999999999999", Ok(0)),
            ("1e99999999999999999999", Err(Range)),
            ("1e-99999999999999999999", Err(Fraction)),
        ] {
            assert_eq!(JsonNumber::parse(text).unwrap().to_integer(), expected, "{text}");
        }
    }

    #[test]
    fn decimals_round_half_up_and_refuse_excess_integer_digits() {
        for (text, precision, scale, expected) in [
            ("12.34", 5, 2, Ok(1234)),
            ("12.345", 5, 2, Ok(1235)),
            ("-12.345", 5, 2, Ok(-1235)),
            ("12.344999", 5, 2, Ok(1234)),
            ("999.99", 5, 2, Ok(99999)),
            ("999.995", 5, 2, Err(Range)),
            ("1000", 5, 2, Err(Range)),
            ("1e2", 5, 2, Ok(10000)),
            ("0.05", 1, 1, Ok(1)),
            ("0.005", 1, 1, Ok(0)),
            ("5e-2", 1, 1, Ok(1)),
            ("5e-3", 1, 1, Ok(0)),
            ("1", 1, 1, Err(Range)),
            ("9223372036854775807", 19, 0, Ok(i64::MAX.into())),
            ("9999999999999999999", 19, 0, Err(Range)),
            ("0.1234567890123456789012345678901234567890123", 18, 4, Ok(1235)),
            ("0000", 5, 2, Ok(0)),
        ] {
            let Some(number) = JsonNumber::parse(text) else {
                assert_eq!(text, "0000");
                continue;
            };
            let found = number.to_decimal(precision, scale);
            assert_eq!(found.map(|(value, _)| value), expected, "{text}");
        }
    }

    #[test]
    fn floats_refuse_what_is_infinite() {
        assert_eq!(JsonNumber::parse("0.1").unwrap().to_double(), Ok(0.1));
        assert_eq!(JsonNumber::parse("1e999").unwrap().to_double(), Err(Range));
        assert_eq!(JsonNumber::parse("1e39").unwrap().to_real(), Err(Range));
        assert_eq!(JsonNumber::parse("0.1").unwrap().to_real(), Ok(0.1));
    }
}
