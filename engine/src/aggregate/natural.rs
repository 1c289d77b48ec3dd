//! Natural numbers of any size: what the exact formulas of VAR and STDDEV are computed in.
//!
//! Only the few operations that reading an exact sum needs, over 64-bit limbs, least first. Reading happens
//! once a group and window, so clarity goes before speed.

use std::cmp::Ordering;

/// A natural number; the most significant limb is never zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Natural {
    limbs: Vec<u64>,
}

impl Natural {
    /// From limbs, least first.
    pub fn from_limbs(mut limbs: Vec<u64>) -> Self {
        while limbs.last() == Some(&0) {
            limbs.pop();
        }
        Self { limbs }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.limbs.is_empty()
    }

    /// Number of significant bits.
    pub fn bits(&self) -> usize {
        match self.limbs.last() {
            Some(top) => self.limbs.len() * 64 - top.leading_zeros() as usize,
            None => 0,
        }
    }

    /// Its value, if that fits.
    pub fn to_u128(&self) -> Option<u128> {
        match self.limbs.as_slice() {
            [] => Some(0),
            [low] => Some(u128::from(*low)),
            [low, high] => Some(u128::from(*high) << 64 | u128::from(*low)),
            _ => None,
        }
    }

    /// `self · 2^by`.
    pub fn shifted_left(&self, by: usize) -> Self {
        let mut limbs = vec![0; by / 64];
        let bit = by % 64;
        let mut carry = 0;
        for &limb in &self.limbs {
            let wide = u128::from(limb) << bit;
            limbs.push(wide as u64 | carry);
            carry = (wide >> 64) as u64;
        }
        limbs.push(carry);
        Self::from_limbs(limbs)
    }

    /// `⌊self / 2^by⌋`, and whether the division left a rest.
    pub fn shifted_right(&self, by: usize) -> (Self, bool) {
        let (whole, bit) = (by / 64, by % 64);
        let dropped = self.limbs.get(..whole.min(self.limbs.len())).unwrap_or(&[]);
        let kept = self.limbs.get(whole..).unwrap_or(&[]);
        let mut rest = dropped.iter().any(|&limb| limb != 0);
        if let Some(&first) = kept.first() {
            rest |= first & ((1 << bit) - 1) != 0;
        }
        let above = kept.iter().skip(1).copied().chain(std::iter::once(0));
        let limbs = kept
            .iter()
            .zip(above)
            .map(|(&low, high)| ((u128::from(high) << 64 | u128::from(low)) >> bit) as u64)
            .collect();
        (Self::from_limbs(limbs), rest)
    }

    /// `self · factor`.
    pub fn times(&self, factor: u64) -> Self {
        self.multiplied(&Self::from(factor))
    }

    /// `self · other`.
    pub fn multiplied(&self, other: &Self) -> Self {
        let mut limbs = vec![0u64; self.limbs.len() + other.limbs.len() + 1];
        for (at, &a) in self.limbs.iter().enumerate() {
            let mut carry = 0u128;
            let row = limbs.iter_mut().skip(at);
            let factors = other.limbs.iter().copied().chain(std::iter::once(0));
            for (limb, b) in row.zip(factors) {
                let sum = u128::from(a) * u128::from(b) + u128::from(*limb) + carry;
                *limb = sum as u64;
                carry = sum >> 64;
            }
        }
        Self::from_limbs(limbs)
    }

    /// `|self − other|`, and whether `other` was the greater.
    pub fn difference(&self, other: &Self) -> (Self, bool) {
        let (greater, lesser, swapped) = match self.cmp(other) {
            Ordering::Less => (other, self, true),
            Ordering::Equal | Ordering::Greater => (self, other, false),
        };
        let mut borrow = false;
        let below = lesser.limbs.iter().copied().chain(std::iter::repeat(0));
        let limbs = greater
            .limbs
            .iter()
            .zip(below)
            .map(|(&a, b)| {
                let (first, under) = a.overflowing_sub(b);
                let (second, again) = first.overflowing_sub(u64::from(borrow));
                borrow = under || again;
                second
            })
            .collect();
        (Self::from_limbs(limbs), swapped)
    }

    /// `⌊self / divisor⌋`, and whether the division left a rest. A zero divisor gives zero.
    pub fn divided(&self, divisor: u64) -> (Self, bool) {
        if divisor == 0 {
            return (Self::default(), false);
        }
        let divisor = u128::from(divisor);
        let mut rest = 0u128;
        let mut limbs: Vec<u64> = self
            .limbs
            .iter()
            .rev()
            .map(|&limb| {
                let part = rest << 64 | u128::from(limb);
                rest = part % divisor;
                (part / divisor) as u64
            })
            .collect();
        limbs.reverse();
        (Self::from_limbs(limbs), rest != 0)
    }
}

impl From<u64> for Natural {
    fn from(value: u64) -> Self {
        Self::from_limbs(vec![value])
    }
}

impl From<u128> for Natural {
    fn from(value: u128) -> Self {
        Self::from_limbs(vec![value as u64, (value >> 64) as u64])
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        self.limbs
            .len()
            .cmp(&other.limbs.len())
            .then_with(|| self.limbs.iter().rev().cmp(other.limbs.iter().rev()))
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
