//! REAL and DOUBLE: a zero divisor and every result that is not finite are errors (`decisions.md` 23), so a
//! NaN or an infinity never exists.

use arrow::array::{ArrowNativeTypeOp, ArrowPrimitiveType};

use super::super::failures::Failures;
use super::super::vector::{Vector, map1, map2};
use super::{Operator, Sign};
use crate::number_text;
use crate::row_error::RowError;
use crate::types::SqlType;

/// The native floats.
pub(in super::super) trait Float: ArrowNativeTypeOp {
    /// As rows and messages show it.
    fn text(self) -> String;
    fn finite(self) -> bool;
    fn magnitude(self) -> Self;
}

impl Float for f32 {
    fn text(self) -> String {
        let mut text = String::new();
        number_text::write_real(&mut text, self);
        text
    }
    fn finite(self) -> bool {
        self.is_finite()
    }
    fn magnitude(self) -> Self {
        self.abs()
    }
}

impl Float for f64 {
    fn text(self) -> String {
        let mut text = String::new();
        number_text::write_double(&mut text, self);
        text
    }
    fn finite(self) -> bool {
        self.is_finite()
    }
    fn magnitude(self) -> Self {
        self.abs()
    }
}

/// `a op b` in the type `T`.
pub(super) fn binary<T>(
    operator: Operator,
    args: (&Vector, &Vector),
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: Float,
{
    let error = |a: T::Native, b: T::Native| {
        let divides = matches!(operator, Operator::Divide | Operator::Mod);
        if divides && b.is_zero() {
            return operator.by_zero(a.text(), b.text());
        }
        RowError::runtime(format!(
            "Value {} is out of range for {out}",
            operator.show(a.text(), b.text())
        ))
    };
    let checked = |v: T::Native| (v, !v.finite());
    match operator {
        Operator::Add => map2::<T, T, T>(args, out, failures, |a, b| checked(a.add_wrapping(b)), error),
        Operator::Subtract => map2::<T, T, T>(args, out, failures, |a, b| checked(a.sub_wrapping(b)), error),
        Operator::Multiply => map2::<T, T, T>(args, out, failures, |a, b| checked(a.mul_wrapping(b)), error),
        Operator::Divide => map2::<T, T, T>(args, out, failures, |a, b| checked(a.div_wrapping(b)), error),
        Operator::Mod => map2::<T, T, T>(args, out, failures, |a, b| checked(a.mod_wrapping(b)), error),
    }
}

/// `-a`, ABS(a) in the type `T`.
pub(super) fn sign<T>(sign: Sign, a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: Float,
{
    let never = |_| RowError::runtime("");
    match sign {
        Sign::Negate => map1::<T, T>(a, out, failures, |v| (v.neg_wrapping(), false), never),
        Sign::Abs => map1::<T, T>(a, out, failures, |v| (v.magnitude(), false), never),
    }
}
