//! Boxes: the least and greatest value of every dimension, and how far a point lies outside.
//!
//! A box is a slice of `1 + 2 · dims` numbers: the sum of its sides, the low values, the high values. A score reads
//! it from front to back, and the sum spares it half of the work. The sum is always made of the sides in one order,
//! so that a box is the same bits however it came about.

/// Numbers that a box takes.
pub(super) const fn width(dims: usize) -> usize {
    1 + 2 * dims
}

/// How far `value` lies outside of `low ..= high`.
#[inline(always)]
fn outside(low: f64, high: f64, value: f64) -> f64 {
    let (below, above) = (low - value, value - high);
    let far = if below > above { below } else { above };
    if far > 0.0 { far } else { 0.0 }
}

/// How far `value` lies below `low`.
#[inline(always)]
pub(super) fn below(low: f64, value: f64) -> f64 {
    let far = low - value;
    if far > 0.0 { far } else { 0.0 }
}

/// How far `value` lies above `high`.
#[inline(always)]
pub(super) fn above(high: f64, value: f64) -> f64 {
    let far = value - high;
    if far > 0.0 { far } else { 0.0 }
}

/// The low and the high values of a box.
#[inline(always)]
pub(super) fn sides(bounds: &[f64], dims: usize) -> (&[f64], &[f64]) {
    bounds[1..1 + 2 * dims].split_at(dims)
}

/// By how much the sum of the sides grows when the box takes `point` in; 0 if and only if it holds it. `dims` is
/// an argument so that a caller who knows it at compile time gets straight code.
#[inline(always)]
pub(super) fn growth(bounds: &[f64], point: &[f64], dims: usize) -> f64 {
    let (low, high) = sides(bounds, dims);
    distance(low, high, &point[..dims])
}

/// The sum of `point`'s distances from `low ..= high`, in four running sums that the processor keeps apart.
#[inline(always)]
pub(super) fn distance(low: &[f64], high: &[f64], point: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let whole = point.len() / 4 * 4;
    for ((low, high), point) in (low[..whole].chunks_exact(4))
        .zip(high[..whole].chunks_exact(4))
        .zip(point[..whole].chunks_exact(4))
    {
        for lane in 0..4 {
            sums[lane] += outside(low[lane], high[lane], point[lane]);
        }
    }
    let mut rest = 0.0;
    for i in whole..point.len() {
        rest += outside(low[i], high[i], point[i]);
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// Makes `bounds` the box of `low` and `high`.
pub(super) fn set(bounds: &mut [f64], low: &[f64], high: &[f64]) {
    let dims = low.len();
    bounds[1..1 + dims].copy_from_slice(low);
    bounds[1 + dims..1 + 2 * dims].copy_from_slice(high);
    bounds[0] = total(low, high);
}

/// Takes the box of `low` and `high` in.
pub(super) fn extend(bounds: &mut [f64], low: &[f64], high: &[f64]) {
    let dims = low.len();
    let (sum, corners) = bounds.split_at_mut(1);
    let (own_low, own_high) = corners.split_at_mut(dims);
    let own_high = &mut own_high[..dims];
    for (own, &low) in own_low.iter_mut().zip(low) {
        *own = if low < *own { low } else { *own };
    }
    for (own, &high) in own_high.iter_mut().zip(high) {
        *own = if high > *own { high } else { *own };
    }
    sum[0] = total(own_low, own_high);
}

/// Whether `point` is on the border, so that the box may shrink without it.
pub(super) fn touches(bounds: &[f64], point: &[f64]) -> bool {
    let (low, high) = sides(bounds, point.len());
    (low.iter().zip(high).zip(point)).any(|((low, high), value)| value <= low || value >= high)
}

fn total(low: &[f64], high: &[f64]) -> f64 {
    low.iter().zip(high).map(|(low, high)| high - low).sum()
}
