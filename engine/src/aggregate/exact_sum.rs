//! Exact sums of numbers with a binary exponent: the same bits whatever the order, the cut or the eviction (R2).
//!
//! A sum is a fixed-point number in two's complement: a few limbs in the group's state for terms of ordinary
//! exponents, and beside it, from the first term beyond them on, a boxed number that holds every DOUBLE and
//! the square of every DOUBLE. Taking a term out adds its negation, exactly. Both have room for 2^64 terms.
//! Squares come in as whole products of the significands, which is what a two-product would give in two parts.

use super::natural::Natural;
use super::rounding::{Quotient, Ratio};
use crate::state::StateError;

/// Limbs of the number that holds everything: 2^-2176 up to 2^2176.
const WIDE_LIMBS: usize = 68;
/// Exponent of its least bit; at or below that of the square of the least DOUBLE, -2148.
const WIDE_LEAST: i32 = -2176;
/// Bits above the greatest term: the sign, and room for 2^64 terms.
const HEADROOM: u32 = 65;

/// Sum of REAL and DOUBLE values: 32 bytes for multiples of 2^-112 below 2^79.
pub type FloatSum = ExactSum<2, -112>;
/// Sum of squares: 48 bytes for multiples of 2^-176 below 2^143.
pub type SquareSum = ExactSum<3, -176>;

/// One term: `± magnitude · 2^exponent`.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// Its absolute value, unscaled.
    pub magnitude: u128,
    /// Its binary exponent.
    pub exponent: i32,
    /// Whether it is subtracted.
    pub negative: bool,
}

/// An exact sum whose narrow part has `LIMBS` limbs of 128 bits, the least bit being worth `2^LEAST`.
#[derive(Debug, Clone)]
pub struct ExactSum<const LIMBS: usize, const LEAST: i32> {
    /// Sum of the terms with ordinary exponents.
    narrow: [u128; LIMBS],
    /// Sum of all others, once there is one.
    wide: Option<Box<Wide>>,
}

/// The form that holds every term, and how many terms were no numbers.
#[derive(Debug, Clone)]
struct Wide {
    limbs: [u64; WIDE_LIMBS],
    /// NaNs and infinities: expressions raise them as errors, so this only guards the answer.
    not_finite: i64,
}

impl Term {
    /// A finite DOUBLE, exactly; `None` for a NaN or an infinity.
    #[inline]
    pub fn of(value: f64) -> Option<Self> {
        let bits = value.to_bits();
        let field = (bits >> 52) as i32 & 0x7ff;
        if field == 0x7ff {
            return None;
        }
        let fraction = bits & ((1 << 52) - 1);
        let magnitude = if field == 0 { fraction } else { fraction | 1 << 52 };
        Some(Self {
            magnitude: u128::from(magnitude),
            exponent: field.max(1) - 1075,
            negative: bits >> 63 != 0,
        })
    }

    /// A whole number.
    pub fn whole(value: i128) -> Self {
        Self {
            magnitude: value.unsigned_abs(),
            exponent: 0,
            negative: value < 0,
        }
    }

    /// Its square; the magnitude must be below 2^64.
    #[inline]
    pub fn squared(self) -> Self {
        Self {
            magnitude: self.magnitude.wrapping_mul(self.magnitude),
            exponent: self.exponent * 2,
            negative: false,
        }
    }

    /// The term that takes this one out again.
    #[inline]
    pub fn negated(self) -> Self {
        Self {
            negative: !self.negative,
            ..self
        }
    }
}

impl<const LIMBS: usize, const LEAST: i32> Default for ExactSum<LIMBS, LEAST> {
    fn default() -> Self {
        Self {
            narrow: [0; LIMBS],
            wide: None,
        }
    }
}

impl<const LIMBS: usize, const LEAST: i32> ExactSum<LIMBS, LEAST> {
    /// Adds a term.
    #[inline]
    pub fn add(&mut self, term: Term) {
        if term.magnitude == 0 {
            return;
        }
        // A negative shift becomes a number far beyond every length.
        let shift = term.exponent.wrapping_sub(LEAST).cast_unsigned();
        let length = 128 - term.magnitude.leading_zeros();
        if shift.saturating_add(length) <= LIMBS as u32 * 128 - HEADROOM {
            self.add_narrow(term.magnitude, shift, term.negative);
        } else {
            self.wide().add(term);
        }
    }

    /// Adds `± magnitude · 2^shift`, in two's complement. The shift leaves the number inside the limbs.
    #[inline]
    fn add_narrow(&mut self, magnitude: u128, shift: u32, negative: bool) {
        let (first, bit) = ((shift / 128) as usize, shift % 128);
        let low = magnitude << bit;
        // In two steps, because none by 128 is possible.
        let high = magnitude >> 1 >> (127 - bit);
        let mut carry = false;
        for (i, limb) in self.narrow.iter_mut().enumerate() {
            let part = match i {
                _ if i == first => low,
                _ if i == first + 1 => high,
                _ => 0,
            };
            let (result, over) = if negative {
                limb.overflowing_sub(part)
            } else {
                limb.overflowing_add(part)
            };
            let (result, again) = if negative {
                result.overflowing_sub(u128::from(carry))
            } else {
                result.overflowing_add(u128::from(carry))
            };
            *limb = result;
            carry = over | again;
        }
    }

    /// Its narrow part in limbs of 64 bits.
    fn narrow_limbs(&self) -> Vec<u64> {
        let halves = self
            .narrow
            .iter()
            .flat_map(|&limb| [limb as u64, (limb >> 64) as u64]);
        halves.collect()
    }

    /// Counts a NaN or an infinity, or takes one out again.
    #[cold]
    pub fn add_not_finite(&mut self, count: i64) {
        self.wide().not_finite += count;
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        let mut carry = false;
        for (limb, part) in self.narrow.iter_mut().zip(&other.narrow) {
            let (sum, over) = limb.overflowing_add(*part);
            let (sum, again) = sum.overflowing_add(u128::from(carry));
            *limb = sum;
            carry = over | again;
        }
        if let Some(theirs) = &other.wide {
            let mine = self.wide();
            add_limbs(&mut mine.limbs, &theirs.limbs);
            mine.not_finite += theirs.not_finite;
        }
    }

    /// Whether it is below zero, and its absolute value; `None` if a term was no number.
    pub fn value(&self) -> Option<(bool, Ratio)> {
        let Some(wide) = &self.wide else {
            return Some(split(self.narrow_limbs(), LEAST));
        };
        if wide.not_finite != 0 {
            return None;
        }
        let mut limbs = wide.limbs;
        self.add_narrow_to(&mut limbs);
        Some(split(limbs.to_vec(), WIDE_LEAST))
    }

    /// The sum divided by a number that is not zero; `None` if a term was no number. While all terms are ordinary
    /// this allocates nothing: a sliding window reads its sum at every row.
    #[inline]
    pub fn quotient(&self, divisor: u64) -> Option<Quotient> {
        if self.wide.is_some() {
            let (negative, mut ratio) = self.value()?;
            ratio.divisors.push(divisor);
            return Some(Quotient::of(negative, &ratio));
        }
        let mut limbs = self.narrow;
        let negative = limbs.last().is_some_and(|top| top >> 127 != 0);
        if negative {
            let mut carry = true;
            for limb in &mut limbs {
                (*limb, carry) = (!*limb).overflowing_add(u128::from(carry));
            }
        }
        let Some(first) = limbs.iter().rposition(|&limb| limb != 0) else {
            return Some(Quotient::new(false, 0, 0, false, 1));
        };
        let left = limbs[first].leading_zeros();
        let below = first.checked_sub(1).map_or(0, |i| limbs[i]);
        let rest = limbs.iter().take(first.saturating_sub(1)).any(|&limb| limb != 0);
        Some(Quotient::new(
            negative,
            // In two steps, because none by 128 is possible.
            limbs[first] << left | below >> 1 >> (127 - left),
            LEAST + 128 * first as i32 - left.cast_signed(),
            rest || below << left != 0,
            divisor,
        ))
    }

    /// Appends its bytes; their number tells whether the wide part follows the narrow one.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.narrow.iter().flat_map(|limb| limb.to_le_bytes()));
        if let Some(wide) = &self.wide {
            out.extend(wide.limbs.iter().flat_map(|limb| limb.to_le_bytes()));
            out.extend(wide.not_finite.to_le_bytes());
        }
    }

    /// Reads what `write` wrote.
    pub fn parse(bytes: &[u8]) -> Result<Self, StateError> {
        let mut sum = Self::default();
        let mut words = bytes.chunks_exact(8).map(|chunk| {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            u64::from_le_bytes(word)
        });
        if bytes.len() != LIMBS * 16 {
            if bytes.len() != (2 * LIMBS + WIDE_LIMBS + 1) * 8 {
                let message = format!("an exact sum of {} bytes", bytes.len());
                return Err(StateError::Damaged(message));
            }
            sum.wide();
        }
        sum.narrow.fill_with(|| {
            let low = words.next().unwrap_or(0);
            u128::from(words.next().unwrap_or(0)) << 64 | u128::from(low)
        });
        if let Some(wide) = &mut sum.wide {
            wide.limbs.fill_with(|| words.next().unwrap_or(0));
            wide.not_finite = words.next().unwrap_or(0).cast_signed();
        }
        Ok(sum)
    }

    #[cold]
    fn wide(&mut self) -> &mut Wide {
        self.wide.get_or_insert_with(|| {
            Box::new(Wide {
                limbs: [0; WIDE_LIMBS],
                not_finite: 0,
            })
        })
    }

    fn add_narrow_to(&self, limbs: &mut [u64]) {
        let (negative, magnitude) = magnitude(self.narrow_limbs());
        let shift = (LEAST - WIDE_LEAST).unsigned_abs();
        for (limb, place) in magnitude.into_iter().zip((shift..).step_by(64)) {
            add_shifted(limbs, u128::from(limb), place, negative);
        }
    }
}

impl Wide {
    fn add(&mut self, term: Term) {
        let shift = (term.exponent - WIDE_LEAST).unsigned_abs();
        add_shifted(&mut self.limbs, term.magnitude, shift, term.negative);
    }
}

/// Adds `± magnitude · 2^shift`, in two's complement. The shift leaves the number inside the limbs.
#[inline]
fn add_shifted(limbs: &mut [u64], magnitude: u128, shift: u32, negative: bool) {
    let (first, bit) = ((shift / 64) as usize, shift % 64);
    let low = magnitude << bit;
    let high = if bit == 0 { 0 } else { magnitude >> (128 - bit) };
    let parts = [low as u64, (low >> 64) as u64, high as u64];
    let flip = if negative { u64::MAX } else { 0 };
    let mut carry = negative;
    for (i, limb) in limbs.iter_mut().skip(first).enumerate() {
        let part = parts.get(i).copied().unwrap_or(0) ^ flip;
        *limb = add_carrying(*limb, part, &mut carry);
        // From here on every part is 0 (or all ones), which this carry leaves as it is.
        if i >= 2 && carry == negative {
            break;
        }
    }
}

fn add_limbs(mine: &mut [u64], theirs: &[u64]) {
    let mut carry = false;
    for (limb, &part) in mine.iter_mut().zip(theirs) {
        *limb = add_carrying(*limb, part, &mut carry);
    }
}

#[inline]
fn add_carrying(limb: u64, part: u64, carry: &mut bool) -> u64 {
    let (sum, over) = limb.overflowing_add(part);
    let (sum, again) = sum.overflowing_add(u64::from(*carry));
    *carry = over | again;
    sum
}

/// Splits a number in two's complement into its sign and its absolute value.
fn magnitude(mut limbs: Vec<u64>) -> (bool, Vec<u64>) {
    let negative = limbs.last().is_some_and(|top| top >> 63 != 0);
    if negative {
        let mut carry = true;
        for limb in &mut limbs {
            *limb = add_carrying(!*limb, 0, &mut carry);
        }
    }
    (negative, limbs)
}

fn split(limbs: Vec<u64>, exponent: i32) -> (bool, Ratio) {
    let (negative, limbs) = magnitude(limbs);
    let ratio = Ratio {
        numerator: Natural::from_limbs(limbs),
        exponent,
        divisors: Vec::new(),
    };
    (negative, ratio)
}
