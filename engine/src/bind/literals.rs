//! Constants as written, checked and typed (`sql.md` §1.4).
//!
//! The types are those of the digits: 42 is INTEGER, 1.5 is DECIMAL(2, 1), only an exponent makes a DOUBLE, and
//! a string is CHAR of its own length. Faults are reported here, before anything runs.

use super::faults::{Bound, Faults};
use super::interval_text;
use crate::datetime::{parse_date, parse_time, parse_timestamp};
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, Value};
use crate::sql::ast::Literal;
use crate::types::{DECIMAL_PRECISION_MAX, SqlType};

/// A literal of the tree as a constant; `minus` takes a sign in, so that the smallest integer can be written.
pub(super) fn bind(literal: &Literal, minus: bool, span: Span, faults: &Faults) -> Bound<Expr> {
    let bound = match literal {
        Literal::Null => Ok((Value::Null, SqlType::Null)),
        Literal::Boolean(Some(b)) => Ok((Value::Boolean(*b), SqlType::Boolean)),
        Literal::Boolean(None) => Ok((Value::Null, SqlType::Boolean)),
        Literal::Number(text) => number(text, minus),
        Literal::String(text) => {
            let n = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            Ok((Value::Text(text.as_str().into()), SqlType::Char(n)))
        }
        Literal::Binary(hex) => binary(hex),
        Literal::Date(text) => datetime(text, "DATE", "yyyy-MM-dd", parse_date, SqlType::Date),
        Literal::Time(text) => datetime(text, "TIME", "HH:mm:ss", parse_time, SqlType::Time),
        Literal::Timestamp(text) => datetime(
            text,
            "TIMESTAMP",
            "yyyy-MM-dd HH:mm:ss",
            parse_timestamp,
            SqlType::Timestamp,
        ),
        Literal::Interval {
            negative,
            text,
            qualifier,
        } => interval_text::parse(text, *negative, *qualifier)
            .map(|v| (Value::Int(v), SqlType::Interval(*qualifier)))
            .map_err(|message| {
                let hint = message.contains("exceeds precision").then(|| {
                    format!(
                        "write a precision, for example INTERVAL '{text}' {}({})",
                        qualifier.from,
                        text.bytes().take_while(u8::is_ascii_digit).count()
                    )
                });
                (message, hint)
            }),
    };
    match bound {
        Ok((value, ty)) => Ok(Expr::literal(value, ty, span)),
        Err((message, hint)) => {
            let mut d = Diagnostic::invalid(span, message);
            d.hint = hint;
            Err(faults.report(d))
        }
    }
}

type Typed = Result<(Value, SqlType), (String, Option<String>)>;

fn out_of_range(text: &str) -> (String, Option<String>) {
    (format!("Numeric literal '{text}' out of range"), None)
}

fn number(text: &str, minus: bool) -> Typed {
    let signed = if minus {
        format!("-{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['e', 'E']) {
        return match signed.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok((Value::Float(v), SqlType::Double)),
            _ => Err(out_of_range(&signed)),
        };
    }
    if text.contains('.') {
        return decimal(text, &signed, minus);
    }
    match signed.parse::<i64>() {
        Ok(v) if i32::try_from(v).is_ok() => Ok((Value::Int(v), SqlType::Integer)),
        Ok(v) => Ok((Value::Int(v), SqlType::BigInt)),
        Err(_) => Err(out_of_range(&signed)),
    }
}

fn decimal(text: &str, signed: &str, minus: bool) -> Typed {
    let too_long = || {
        let hint = format!("write {signed}e0 for a DOUBLE");
        (format!("Numeric literal '{signed}' out of range"), Some(hint))
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}");
    let leading = digits.bytes().take_while(|b| *b == b'0').count().min(whole.len());
    let value: i64 = if digits.is_empty() {
        return Err(out_of_range(signed));
    } else {
        digits.parse().map_err(|_| too_long())?
    };
    // Zeros in front do not cost precision when there are too many digits.
    let precision = match u8::try_from(digits.len()) {
        Ok(n) if n <= DECIMAL_PRECISION_MAX => n,
        _ => u8::try_from(digits.len() - leading).unwrap_or(u8::MAX),
    };
    let scale = u8::try_from(fraction.len()).unwrap_or(u8::MAX);
    if precision > DECIMAL_PRECISION_MAX || scale > precision {
        return Err(too_long());
    }
    let value = i128::from(if minus { -value } else { value });
    Ok((Value::Decimal(value), SqlType::Decimal { precision, scale }))
}

fn binary(hex: &str) -> Typed {
    let hexits = hex.bytes().all(|b| b.is_ascii_hexdigit());
    if hexits && !hex.len().is_multiple_of(2) {
        return Err((
            "Binary literal string must contain an even number of hexits".to_owned(),
            None,
        ));
    }
    let bytes: Option<Vec<u8>> = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| {
            let text = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(text, 16).ok()
        })
        .collect();
    match bytes.filter(|_| hexits) {
        Some(bytes) => {
            let n = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            Ok((Value::Bytes(bytes.into()), SqlType::Binary(n)))
        }
        None => Err((
            "Binary literal string must contain only characters '0' - '9', 'A' - 'F'".to_owned(),
            None,
        )),
    }
}

fn datetime(text: &str, kind: &str, form: &str, parse: fn(&str) -> Option<i64>, ty: SqlType) -> Typed {
    match parse(text) {
        Some(v) => Ok((Value::Int(v), ty)),
        None => Err((
            format!("Illegal {kind} literal '{text}': not in format '{form}'"),
            None,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(literal: &Literal, minus: bool) -> Result<(Value, SqlType), String> {
        let faults = Faults::default();
        let result = bind(literal, minus, Span::default(), &faults);
        result
            .map(|e| match e.kind {
                crate::expr::ExprKind::Literal(v) => (v, e.ty),
                other => panic!("{other:?}"),
            })
            .map_err(|_| faults.into_diagnostics(&[]).remove(0).message)
    }

    #[test]
    fn numbers_have_the_type_of_their_digits() {
        let decimal = |v, precision, scale| Ok((Value::Decimal(v), SqlType::Decimal { precision, scale }));
        for (text, minus, result) in [
            ("42", false, Ok((Value::Int(42), SqlType::Integer))),
            ("2147483648", false, Ok((Value::Int(1 << 31), SqlType::BigInt))),
            ("2147483648", true, Ok((Value::Int(-(1 << 31)), SqlType::Integer))),
            (
                "9223372036854775808",
                true,
                Ok((Value::Int(i64::MIN), SqlType::BigInt)),
            ),
            (
                "9223372036854775808",
                false,
                Err("Numeric literal '9223372036854775808' out of range".to_owned()),
            ),
            ("1.5", false, decimal(15, 2, 1)),
            (".5", false, decimal(5, 1, 1)),
            ("5.", false, decimal(5, 1, 0)),
            ("1e2", false, Ok((Value::Float(100.0), SqlType::Double))),
            (
                "1e999",
                false,
                Err("Numeric literal '1e999' out of range".to_owned()),
            ),
        ] {
            assert_eq!(bound(&Literal::Number(text.to_owned()), minus), result, "{text}");
        }
    }

    #[test]
    fn times_are_strict() {
        for (literal, message) in [
            (
                Literal::Timestamp("2007-02-19 21:25".into()),
                "Illegal TIMESTAMP literal '2007-02-19 21:25': not in format 'yyyy-MM-dd HH:mm:ss'",
            ),
            (
                Literal::Date("2004-12-02 ".into()),
                "Illegal DATE literal '2004-12-02 ': not in format 'yyyy-MM-dd'",
            ),
            (
                Literal::Binary("4AF".into()),
                "Binary literal string must contain an even number of hexits",
            ),
            (
                Literal::Binary("4AFG".into()),
                "Binary literal string must contain only characters '0' - '9', 'A' - 'F'",
            ),
        ] {
            assert_eq!(bound(&literal, false), Err(message.to_owned()));
        }
    }
}
