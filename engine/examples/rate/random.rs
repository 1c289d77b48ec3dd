//! Random numbers that are the same in every run.

/// The multiplier of Knuth's MMIX generator.
const MULTIPLIER: u64 = 6_364_136_223_846_793_005;

/// A generator of numbers below 2^31.
pub struct Random(u64);

impl Random {
    /// At its first number.
    pub fn new() -> Self {
        Self(1)
    }

    /// The next number, below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(MULTIPLIER).wrapping_add(1);
        (self.0 >> 33) as usize % end
    }
}
