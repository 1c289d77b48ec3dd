//! Rounding an exact rational, or its square root, once (R2, `decisions.md` 29).
//!
//! A value `n · 2^e / (d₁ · d₂ …)` is scaled so that its quotient has 126 to 128 bits; whether a division, a
//! shift or the root left a rest is carried along as one "sticky" bit. Those bits and the rest decide a round
//! to nearest, ties to even, at the result's own last place, subnormal or not: there is no second rounding.

use super::natural::Natural;

/// A non-negative exact value: `numerator · 2^exponent / Π divisors`. No divisor is zero.
#[derive(Debug, Clone)]
pub struct Ratio {
    /// Above the line.
    pub numerator: Natural,
    /// Binary exponent.
    pub exponent: i32,
    /// Below the line.
    pub divisors: Vec<u64>,
}

/// A binary floating-point format.
#[derive(Debug, Clone, Copy)]
struct Format {
    /// Significant bits.
    precision: i32,
    /// Exponent of the least subnormal.
    least: i32,
    /// Bits of infinity.
    infinity: u64,
}

const DOUBLE: Format = Format {
    precision: 53,
    least: -1074,
    infinity: 0x7ff << 52,
};
const REAL: Format = Format {
    precision: 24,
    least: -149,
    infinity: 0xff << 23,
};

/// `bits · 2^exponent`, or a little more where `inexact`, but less than `(bits + 1) · 2^exponent`.
#[derive(Debug, Clone, Copy)]
struct Leading {
    bits: u128,
    exponent: i32,
    inexact: bool,
}

/// A signed exact value, as far as rounding needs it: `± top · 2^exponent / divisor`, or a little more where
/// `inexact`, but less than with `top + 1`.
#[derive(Debug, Clone, Copy)]
pub struct Quotient {
    negative: bool,
    top: u128,
    exponent: i32,
    inexact: bool,
    divisor: u64,
}

/// Exponents at which a quotient is neither subnormal nor infinite as DOUBLE.
const ORDINARY: std::ops::Range<i32> = -800..800;

impl Quotient {
    /// `top` is zero or has one of its two highest bits set, and the divisor is not zero.
    #[inline]
    pub fn new(negative: bool, top: u128, exponent: i32, inexact: bool, divisor: u64) -> Self {
        let halves = if divisor.is_power_of_two() {
            divisor.trailing_zeros()
        } else {
            0
        };
        Self {
            negative,
            top,
            exponent: exponent - halves.cast_signed(),
            inexact,
            divisor: divisor >> halves,
        }
    }

    /// `± ratio`.
    pub fn of(negative: bool, ratio: &Ratio) -> Self {
        let leading = ratio.leading(false);
        Self::new(negative, leading.bits, leading.exponent, leading.inexact, 1)
    }

    /// The nearest DOUBLE; `None` if it is beyond the greatest. A zero is +0.0.
    #[inline]
    pub fn to_f64(self) -> Option<f64> {
        if self.top == 0 {
            return Some(0.0);
        }
        let rounded = match self.ordinary() {
            Some(rounded) => rounded,
            None => f64::from_bits(DOUBLE.round(self.leading())?),
        };
        // Only a subnormal result rounds to zero.
        Some(if self.negative && rounded != 0.0 {
            -rounded
        } else {
            rounded
        })
    }

    /// The nearest REAL.
    #[inline]
    pub fn to_f32(self) -> Option<f32> {
        let rounded = narrow(REAL.round(self.leading())?);
        Some(if self.negative && rounded != 0.0 {
            -rounded
        } else {
            rounded
        })
    }

    fn leading(self) -> Leading {
        let divisor = u128::from(self.divisor);
        // At least 62 bits are left, which is more than any format keeps.
        let bits = self.top / divisor;
        Leading {
            bits,
            exponent: self.exponent,
            inexact: self.inexact || bits * divisor != self.top,
        }
    }

    /// The nearest DOUBLE where that is easy: an estimate, put right by its exact rest.
    #[inline]
    fn ordinary(self) -> Option<f64> {
        if !ORDINARY.contains(&self.exponent) {
            return None;
        }
        let scale = |exponent: i32| f64::from_bits(((exponent + 1023).unsigned_abs() as u64) << 52);
        if self.divisor == 1 {
            // The last of so many bits is far below the one that rounding looks at.
            let sticky = self.top | u128::from(self.inexact);
            return Some(sticky as f64 * scale(self.exponent));
        }
        let estimate = (self.top >> 64) as u64 as f64 / self.divisor as f64;
        let bits = estimate.to_bits();
        let mut digits = bits & ((1 << 52) - 1) | 1 << 52;
        // The estimate is `digits · 2^place` once the 64 bits that it left out are back; place is 9 or more.
        let place = ((bits >> 52) as i32 - 1075 + 64).cast_unsigned();
        let step = u128::from(self.divisor) << place;
        let half = (step >> 1).cast_signed();
        let product = u128::from(digits) * u128::from(self.divisor);
        let mut rest = self.top.wrapping_sub(product << place).cast_signed();
        if digits == 1 << 52 && rest < 0 {
            // Below this power of two the places are finer.
            return None;
        }
        while rest > half || (rest == half && (self.inexact || digits & 1 == 1)) {
            digits += 1;
            rest -= step.cast_signed();
        }
        while rest < -half || (rest == -half && !self.inexact && digits & 1 == 1) {
            if digits == 1 << 52 {
                return None;
            }
            digits -= 1;
            rest += step.cast_signed();
        }
        Some(digits as f64 * scale(self.exponent + place.cast_signed()))
    }
}

impl Ratio {
    /// The nearest DOUBLE; `None` if it is beyond the greatest.
    pub fn to_f64(&self) -> Option<f64> {
        DOUBLE.round(self.leading(false)).map(f64::from_bits)
    }

    /// The nearest REAL.
    pub fn to_f32(&self) -> Option<f32> {
        REAL.round(self.leading(false)).map(narrow)
    }

    /// The DOUBLE nearest to the square root.
    pub fn sqrt_to_f64(&self) -> Option<f64> {
        DOUBLE.round(self.root()).map(f64::from_bits)
    }

    /// The REAL nearest to the square root.
    pub fn sqrt_to_f32(&self) -> Option<f32> {
        REAL.round(self.root()).map(narrow)
    }

    /// The value times `10^scale`, truncated; `None` beyond 128 bits.
    pub fn truncate(&self, scale: u8) -> Option<u128> {
        let mut value = power_of_ten(&self.numerator, scale);
        value = match usize::try_from(self.exponent) {
            Ok(left) => value.shifted_left(left),
            Err(_) => value.shifted_right(self.exponent.unsigned_abs() as usize).0,
        };
        for &divisor in &self.divisors {
            value = value.divided(divisor).0;
        }
        value.to_u128()
    }

    /// The square root times `10^scale`, truncated.
    pub fn sqrt_truncate(&self, scale: u8) -> Option<u128> {
        let squared = Self {
            numerator: power_of_ten(&self.numerator, scale),
            ..self.clone()
        };
        squared.truncate(scale).map(u128::isqrt)
    }

    /// The leading 126 to 128 bits; with `even` their exponent is even.
    fn leading(&self, even: bool) -> Leading {
        if self.numerator.is_zero() {
            return Leading {
                bits: 0,
                exponent: 0,
                inexact: false,
            };
        }
        let product = self.divisors.iter().fold(Natural::from(1u64), |p, &d| p.times(d));
        let have = self.numerator.bits() as i32 - product.bits() as i32;
        let mut left = 127 - have;
        if even && (self.exponent - left) % 2 != 0 {
            left -= 1;
        }
        let (mut quotient, mut inexact) = match usize::try_from(left) {
            Ok(left) => (self.numerator.shifted_left(left), false),
            Err(_) => self.numerator.shifted_right(left.unsigned_abs() as usize),
        };
        for &divisor in &self.divisors {
            let rest;
            (quotient, rest) = quotient.divided(divisor);
            inexact |= rest;
        }
        Leading {
            // A quotient of numbers whose lengths differ by 126 or 127 bits has at most 128.
            bits: quotient.to_u128().unwrap_or(u128::MAX),
            exponent: self.exponent - left,
            inexact,
        }
    }

    fn root(&self) -> Leading {
        let square = self.leading(true);
        let bits = square.bits.isqrt();
        Leading {
            bits,
            exponent: square.exponent / 2,
            inexact: square.inexact || bits * bits != square.bits,
        }
    }
}

impl Format {
    /// The bits of the nearest number of this format, ties to even.
    fn round(self, value: Leading) -> Option<u64> {
        if value.bits == 0 {
            return Some(0);
        }
        let top = 127 - value.bits.leading_zeros() as i32 + value.exponent;
        let place = (top - (self.precision - 1)).max(self.least);
        if place - self.least > 4096 {
            return None;
        }
        let dropped = (place - value.exponent).unsigned_abs();
        let (kept, rest, half) = match dropped {
            0 => (value.bits, 0, 1),
            1..128 => (
                value.bits >> dropped,
                value.bits & ((1 << dropped) - 1),
                1u128 << (dropped - 1),
            ),
            128 => (0, value.bits, 1 << 127),
            _ => (0, 0, 1),
        };
        let up = rest > half || (rest == half && (value.inexact || kept & 1 == 1));
        let significand = kept as u64 + u64::from(up);
        // The implicit leading bit adds one to the exponent field, and so does a carry out of the rounding.
        let field = u64::from((place - self.least).unsigned_abs()) << (self.precision - 1);
        Some(field + significand).filter(|&bits| bits < self.infinity)
    }
}

fn narrow(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

fn power_of_ten(value: &Natural, scale: u8) -> Natural {
    (0..scale).fold(value.clone(), |v, _| v.times(10))
}
