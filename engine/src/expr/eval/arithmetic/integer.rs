//! TINYINT … BIGINT, and the plain numbers inside intervals: checked, division truncates toward zero.

use arrow::array::{ArrowNativeTypeOp, ArrowPrimitiveType};

use super::super::failures::Failures;
use super::super::vector::{Vector, map1, map2};
use super::{Operator, Sign, out_of_range};
use crate::types::SqlType;

/// The native integers, with results that say whether they wrapped.
pub(in super::super) trait Integer: ArrowNativeTypeOp + Into<i128> {
    fn add(self, other: Self) -> (Self, bool);
    fn subtract(self, other: Self) -> (Self, bool);
    fn multiply(self, other: Self) -> (Self, bool);
    /// Also `true` for a zero divisor.
    fn divide(self, other: Self) -> (Self, bool);
    /// `true` only for a zero divisor.
    fn modulo(self, other: Self) -> (Self, bool);
    fn negate(self) -> (Self, bool);
    fn magnitude(self) -> (Self, bool);
}

macro_rules! integer {
    ($($t:ty),*) => {$(
        impl Integer for $t {
            fn add(self, other: Self) -> (Self, bool) {
                self.overflowing_add(other)
            }
            fn subtract(self, other: Self) -> (Self, bool) {
                self.overflowing_sub(other)
            }
            fn multiply(self, other: Self) -> (Self, bool) {
                self.overflowing_mul(other)
            }
            fn divide(self, other: Self) -> (Self, bool) {
                if other == 0 { (0, true) } else { self.overflowing_div(other) }
            }
            fn modulo(self, other: Self) -> (Self, bool) {
                if other == 0 { (0, true) } else { (self.wrapping_rem(other), false) }
            }
            fn negate(self) -> (Self, bool) {
                self.overflowing_neg()
            }
            fn magnitude(self) -> (Self, bool) {
                self.overflowing_abs()
            }
        }
    )*};
}

integer!(i8, i16, i32, i64);

/// `a op b` in the type `T`.
pub(super) fn binary<T>(
    operator: Operator,
    args: (&Vector, &Vector),
    out: SqlType,
    failures: &mut Failures<'_>,
) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: Integer,
{
    let error = |a: T::Native, b: T::Native| {
        let (a, b): (i128, i128) = (a.into(), b.into());
        let exact = match operator {
            Operator::Add => a + b,
            Operator::Subtract => a - b,
            Operator::Multiply => a * b,
            Operator::Divide | Operator::Mod if b == 0 => return operator.by_zero(a, b),
            Operator::Divide | Operator::Mod => a / b,
        };
        out_of_range(exact, out)
    };
    match operator {
        Operator::Add => map2::<T, T, T>(args, out, failures, T::Native::add, error),
        Operator::Subtract => map2::<T, T, T>(args, out, failures, T::Native::subtract, error),
        Operator::Multiply => map2::<T, T, T>(args, out, failures, T::Native::multiply, error),
        Operator::Divide => map2::<T, T, T>(args, out, failures, T::Native::divide, error),
        Operator::Mod => map2::<T, T, T>(args, out, failures, T::Native::modulo, error),
    }
}

/// `-a`, ABS(a) in the type `T`.
pub(super) fn sign<T>(sign: Sign, a: &Vector, out: SqlType, failures: &mut Failures<'_>) -> Vector
where
    T: ArrowPrimitiveType,
    T::Native: Integer,
{
    let error = |a: T::Native| {
        let a: i128 = a.into();
        out_of_range(-a, out)
    };
    match sign {
        Sign::Negate => map1::<T, T>(a, out, failures, T::Native::negate, error),
        Sign::Abs => map1::<T, T>(a, out, failures, T::Native::magnitude, error),
    }
}
