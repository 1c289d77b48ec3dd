//! DECIMAL: exact results at the result's scale, rounded half away from zero where digits are dropped.
//!
//! The scale of a quotient is the binder's (`sql.md` §4.2: max(6, s1 + p2 + 1), reduced so that the whole
//! digits fit, never below s1); here the dividend is shifted to it and the quotient rounded once. A result
//! must fit 64 bits unscaled and the declared precision.

use std::fmt;

use arrow::datatypes::{Decimal128Type, i256};

use super::super::failures::Failures;
use super::super::vector::{Vector, map2};
use super::{Operator, out_of_range};
use crate::number_text;
use crate::types::{DECIMAL_PRECISION_MAX, SqlType};

/// A decimal in a message.
pub(in super::super) struct Shown(pub(in super::super) i128, pub(in super::super) u8);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        number_text::write_decimal(&mut text, self.0, self.1);
        f.write_str(&text)
    }
}

/// 10 to the `n`, or the greatest power that 128 bits hold.
pub(in super::super) fn power_of_ten(n: u32) -> i128 {
    10i128.pow(n.min(38))
}

/// Whether an unscaled value is inside `precision` digits and, as a value of the dialect, inside 64 bits. The
/// binder brings operands to one scale in a wider type, which no column has and which holds every operand.
pub(in super::super) fn fits(unscaled: i128, precision: u8) -> bool {
    unscaled.unsigned_abs() < power_of_ten(precision.into()).unsigned_abs()
        && (precision > DECIMAL_PRECISION_MAX || i64::try_from(unscaled).is_ok())
}

/// `a / b` rounded half away from zero; `b` is not zero.
pub(in super::super) fn divide_rounded(a: i128, b: i128) -> i128 {
    let (quotient, rest) = (a.wrapping_div(b), a.wrapping_rem(b));
    if rest.unsigned_abs() >= b.unsigned_abs().div_ceil(2) {
        quotient + if (a < 0) == (b < 0) { 1 } else { -1 }
    } else {
        quotient
    }
}

/// The unscaled value at another scale; `None` if 128 bits cannot hold it.
pub(in super::super) fn rescale(unscaled: i128, from: u8, to: u8) -> Option<i128> {
    if to >= from {
        unscaled.checked_mul(power_of_ten((to - from).into()))
    } else {
        Some(divide_rounded(unscaled, power_of_ten((from - to).into())))
    }
}

/// `a op b`: `+ -` and MOD at the result's scale, `* /` at the operands' own.
pub(super) fn binary(
    operator: Operator,
    args: (&Vector, &Vector),
    (s1, s2): (u8, u8),
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector {
    let SqlType::Decimal { precision, scale } = out else {
        return failures.mismatch(out);
    };
    let error = |a, b| {
        if matches!(operator, Operator::Divide | Operator::Mod) && b == 0 {
            return operator.by_zero(Shown(a, s1), Shown(b, s2));
        }
        out_of_range(operator.show(Shown(a, s1), Shown(b, s2)), out)
    };
    let check = |v: Option<i128>| match v {
        Some(v) => (v, !fits(v, precision)),
        None => (0, true),
    };
    type D = Decimal128Type;
    match operator {
        Operator::Add => map2::<D, D, D>(args, out, failures, |a, b| check(a.checked_add(b)), error),
        Operator::Subtract => map2::<D, D, D>(args, out, failures, |a, b| check(a.checked_sub(b)), error),
        Operator::Multiply => {
            let product = |a: i128, b| check(a.checked_mul(b).and_then(|p| rescale(p, s1 + s2, scale)));
            map2::<D, D, D>(args, out, failures, product, error)
        }
        Operator::Divide => {
            let shift = i32::from(scale) - i32::from(s1) + i32::from(s2);
            map2::<D, D, D>(args, out, failures, |a, b| check(quotient(a, b, shift)), error)
        }
        // A zero divisor gives no remainder.
        Operator::Mod => map2::<D, D, D>(args, out, failures, |a, b| check(a.checked_rem(b)), error),
    }
}

/// `a · 10^shift / b`, rounded half away from zero; `None` for a zero divisor or beyond 128 bits.
fn quotient(a: i128, b: i128, shift: i32) -> Option<i128> {
    if b == 0 {
        return None;
    }
    if shift < 0 {
        return b
            .checked_mul(power_of_ten(shift.unsigned_abs()))
            .map(|b| divide_rounded(a, b));
    }
    let shift = shift.unsigned_abs();
    if shift <= 38
        && let Some(dividend) = a.checked_mul(power_of_ten(shift))
    {
        return Some(divide_rounded(dividend, b));
    }
    let wide = i256::from_i128(a).checked_mul(i256::from_i128(10).checked_pow(shift)?)?;
    let divisor = i256::from_i128(b);
    let (quotient, rest) = (wide.checked_div(divisor)?, wide.checked_rem(divisor)?);
    let doubled = rest.checked_abs()?.checked_mul(i256::from_i128(2))?;
    let rounded = if doubled >= divisor.checked_abs()? {
        let away = if (a < 0) == (b < 0) {
            i256::ONE
        } else {
            i256::MINUS_ONE
        };
        quotient.checked_add(away)?
    } else {
        quotient
    };
    rounded.to_i128()
}
