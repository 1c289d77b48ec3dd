//! The generator of one tree: SplitMix64.
//!
//! Eight bytes of state a tree, a few instructions a draw, and a state that can be saved. A tree draws only when it
//! takes a record, so that the generator is never what a row waits for; it stands apart from any library so that
//! scores stay the same when a library changes its own.

/// Step between two states: 2⁶⁴ divided by the golden ratio, odd.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A SplitMix64 generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generator(pub(super) u64);

impl Generator {
    /// The next 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number between 0 and 1, both excluded: its logarithm and that of its complement are finite.
    pub(super) fn unit(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) * f64::EPSILON
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_the_published_sequence() {
        let mut generator = Generator(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| generator.bits()).collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn units_lie_between_zero_and_one() {
        let mut generator = Generator(7);
        let units: Vec<f64> = (0..100_000).map(|_| generator.unit()).collect();
        assert!(units.iter().all(|&u| u > 0.0 && u < 1.0));
        let mean = units.iter().sum::<f64>() / units.len() as f64;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }
}
