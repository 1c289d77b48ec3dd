//! EXP as Java's StrictMath has it (fdlibm): the documented EXP(1) is 2.7182818284590455, one unit in the last
//! place above the nearest double, and the same on every machine.

const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
const INVERSE_LN2: f64 = std::f64::consts::LOG2_E;
const OVERFLOW: f64 = 7.097_827_128_933_84e2;
const UNDERFLOW: f64 = -7.451_332_191_019_411e2;
/// Coefficients of the rational approximation on [0, 0.34658].
const P: [f64; 5] = [
    1.666_666_666_666_660_2e-1,
    -2.777_777_777_701_559_3e-3,
    6.613_756_321_437_934e-5,
    -1.653_390_220_546_525_2e-6,
    4.138_136_797_057_238_5e-8,
];

/// e to the power of a finite `x`; infinite where that overflows.
pub(in crate::expr::eval) fn exp(x: f64) -> f64 {
    if x > OVERFLOW {
        return f64::INFINITY;
    }
    if x < UNDERFLOW {
        return 0.0;
    }
    // The bounds are fdlibm's, which looks at the upper half of the number only.
    let size = (x.to_bits() >> 32) & 0x7fff_ffff;
    if size < 0x3e30_0000 {
        return 1.0 + x;
    }
    let (high, low, k) = reduce(x, size);
    let r = high - low;
    let t = r * r;
    let c = r - t * (P[0] + t * (P[1] + t * (P[2] + t * (P[3] + t * P[4]))));
    if k == 0 {
        return 1.0 - ((r * c) / (c - 2.0) - r);
    }
    let y = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    if k >= -1021 {
        scale(y, k)
    } else {
        scale(y, k + 1000) * 2f64.powi(-1000)
    }
}

/// x = k · ln 2 + (high − low).
fn reduce(x: f64, size: u64) -> (f64, f64, i64) {
    let sign = if x < 0.0 { -1.0 } else { 1.0 };
    if size <= 0x3fd6_2e42 {
        return (x, 0.0, 0);
    }
    if size < 0x3ff0_a2b2 {
        return (x - sign * LN2_HIGH, sign * LN2_LOW, if x < 0.0 { -1 } else { 1 });
    }
    let k = (INVERSE_LN2 * x + sign * 0.5).trunc();
    #[expect(clippy::cast_possible_truncation, reason = "within ±1100")]
    let whole = k as i64;
    (x - k * LN2_HIGH, k * LN2_LOW, whole)
}

/// `y` · 2^k, by its exponent.
fn scale(y: f64, k: i64) -> f64 {
    f64::from_bits(y.to_bits().wrapping_add_signed(k << 52))
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn documented_values() {
        for (x, expected) in [
            (1.0, 2.718_281_828_459_045_5),
            (0.0, 1.0),
            (-1.0, 0.367_879_441_171_442_33),
            (10.0, 22_026.465_794_806_718),
            (2.5, 12.182_493_960_703_473),
            (1e-10, 1.000_000_000_1),
            (-800.0, 0.0),
        ] {
            assert_eq!(exp(x), expected, "EXP({x})");
        }
        assert!(exp(710.0).is_infinite());
    }

    #[test]
    fn close_to_the_true_value_everywhere() {
        for i in -7450..7090 {
            let x = f64::from(i) / 10.0 + 0.037;
            let (ours, theirs) = (exp(x), x.exp());
            assert!(
                (ours - theirs).abs() <= theirs * 4e-16 + 1e-323,
                "{x}: {ours} {theirs}"
            );
        }
    }
}
