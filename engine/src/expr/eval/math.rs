//! EXP, LN, LOG10, SQRT and POWER over DOUBLE (`functions.md` §8): outside its domain a function fails the
//! row, and so does a result that is not finite.

use arrow::datatypes::Float64Type;

use super::arithmetic::float::Float;
use super::failures::Failures;
use super::vector::{Vector, map1, map2};
use crate::row_error::RowError;
use crate::types::SqlType;

pub(super) mod exp;

/// The functions of one DOUBLE.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unary {
    Exp,
    Ln,
    Log10,
    Sqrt,
}

/// `f(a)`.
pub(super) fn unary(function: Unary, a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector {
    let (name, f): (&str, fn(f64) -> f64) = match function {
        Unary::Exp => ("EXP", exp::exp),
        Unary::Ln => ("LN", f64::ln),
        Unary::Log10 => ("LOG10", f64::log10),
        Unary::Sqrt => ("SQRT", f64::sqrt),
    };
    let error = |v: f64| {
        let v = v.text();
        RowError::runtime(match function {
            Unary::Exp => format!("Value EXP({v}) is out of range for {out}"),
            Unary::Sqrt => format!("SQRT({v}): the argument must not be negative"),
            Unary::Ln | Unary::Log10 => format!("{name}({v}): the argument must be positive"),
        })
    };
    let checked = |v: f64| {
        let result = f(v);
        (result, !result.is_finite())
    };
    map1::<Float64Type, Float64Type>(a, out, failures, checked, error)
}

/// POWER(a, b).
pub(super) fn power(args: (&Vector, &Vector), out: SqlType, failures: &mut Failures<'_>) -> Vector {
    let error = |a: f64, b: f64| {
        let shown = format!("POWER({}, {})", a.text(), b.text());
        RowError::runtime(if a == 0.0 && b < 0.0 {
            format!("{shown}: zero has no negative power")
        } else if a < 0.0 && b.fract() != 0.0 {
            format!("{shown}: a negative number has no fractional power")
        } else {
            format!("Value {shown} is out of range for {out}")
        })
    };
    let checked = |a: f64, b: f64| {
        let result = a.powf(b);
        (result, !result.is_finite())
    };
    map2::<Float64Type, Float64Type, Float64Type>(args, out, failures, checked, error)
}
