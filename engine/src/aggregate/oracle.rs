//! What SUM, AVG, VAR and STDDEV must be, by big integers and by definition: a result is right if no other
//! number of its format is nearer to the exact value, and ties go to the even one.
//!
//! Shares no code with the accumulators: values become rationals of [`BigInt`], and a result is judged by its
//! two neighbours instead of being computed a second time.

use num_bigint::BigInt;

/// Scale of exact values: 2^-2150 divides every square of a DOUBLE and every midpoint of two DOUBLEs.
const SCALE: u32 = 2150;

/// A float as `value · 2^2150`.
fn scaled(value: f64) -> BigInt {
    let bits = value.to_bits();
    let field = (bits >> 52 & 0x7ff) as u32;
    let fraction = bits & 0xf_ffff_ffff_ffff;
    let (magnitude, exponent) = if field == 0 {
        (fraction, 1)
    } else {
        (fraction | 1 << 52, field)
    };
    let whole = BigInt::from(magnitude) << (exponent + SCALE - 1075);
    if bits >> 63 == 1 { -whole } else { whole }
}

/// An exact rational, at the scale.
pub struct Exact {
    numerator: BigInt,
    denominator: BigInt,
}

/// A float format under test.
pub trait Format: Copy {
    /// As DOUBLE, exactly.
    fn double(self) -> f64;
    /// The next number up, with 2^(greatest exponent + 1) behind the greatest.
    fn up(self) -> f64;
    /// The next number down.
    fn down(self) -> f64;
    /// Whether its last significant bit is 0.
    fn even(self) -> bool;
}

impl Format for f64 {
    fn double(self) -> f64 {
        self
    }
    fn up(self) -> f64 {
        self.next_up()
    }
    fn down(self) -> f64 {
        self.next_down()
    }
    fn even(self) -> bool {
        self.to_bits() & 1 == 0
    }
}

impl Format for f32 {
    fn double(self) -> f64 {
        self.into()
    }
    fn up(self) -> f64 {
        if self == f32::MAX {
            2f64.powi(128)
        } else {
            self.next_up().into()
        }
    }
    fn down(self) -> f64 {
        if self == f32::MIN {
            -(2f64.powi(128))
        } else {
            self.next_down().into()
        }
    }
    fn even(self) -> bool {
        self.to_bits() & 1 == 0
    }
}

/// A neighbour at the scale; infinity stands for 2^1024.
fn neighbour(value: f64) -> BigInt {
    if value.is_infinite() {
        let top = BigInt::from(1) << (1024 + SCALE);
        return if value > 0.0 { top } else { -top };
    }
    scaled(value)
}

impl Exact {
    /// Σx / n.
    pub fn sum(values: &[f64], n: u64) -> Self {
        Self {
            numerator: values.iter().map(|&v| scaled(v)).sum(),
            denominator: n.into(),
        }
    }

    /// (Σx² − (Σx)²/n) / below.
    pub fn variance(values: &[f64], below: u64) -> Self {
        let n = BigInt::from(values.len());
        let sum: BigInt = values.iter().map(|&v| scaled(v)).sum();
        let squares: BigInt = values.iter().map(|&v| scaled(v) * scaled(v)).sum();
        Self {
            numerator: &n * squares - &sum * &sum,
            denominator: (n * below) << SCALE,
        }
    }

    /// Whether `result` is the value, rounded once.
    pub fn rounds_to<F: Format>(&self, result: F) -> bool {
        // Midpoints of neighbours, times two and the denominator.
        let twice = BigInt::from(2) * &self.numerator;
        let own = scaled(result.double());
        let low = (neighbour(result.down()) + &own) * &self.denominator;
        let high = (neighbour(result.up()) + &own) * &self.denominator;
        (low < twice && twice < high) || (result.even() && low <= twice && twice <= high)
    }

    /// Whether the square root rounds to `result`.
    pub fn root_rounds_to<F: Format>(&self, result: F) -> bool {
        // (2·√v)² against the squares of twice the midpoints; v is at the scale once, squares twice.
        let twice = (BigInt::from(4) * &self.numerator) << SCALE;
        let own = scaled(result.double());
        let below = neighbour(result.down()) + &own;
        let low = if result.double() == 0.0 {
            BigInt::from(-1)
        } else {
            &below * &below * &self.denominator
        };
        let above = neighbour(result.up()) + &own;
        let high = &above * &above * &self.denominator;
        (low < twice && twice < high) || (result.even() && low <= twice && twice <= high)
    }

    /// Whether the value rounds beyond the greatest DOUBLE.
    pub fn overflows_double(&self) -> bool {
        self.beyond(neighbour(f64::INFINITY) + scaled(f64::MAX))
    }

    /// Whether the value rounds beyond the greatest REAL.
    pub fn overflows_real(&self) -> bool {
        self.beyond(scaled(2f64.powi(128)) + scaled(f32::MAX.into()))
    }

    /// Whether twice the absolute value is at least `limit`.
    fn beyond(&self, limit: BigInt) -> bool {
        let twice = BigInt::from(2) * &self.numerator;
        let limit = limit * &self.denominator;
        twice >= limit || -twice >= limit
    }
}
