//! A 64-bit hash of the values of a column that is the same in every run, on every machine and in every version
//! that can read a saved state: what a sketch holds rests on it.
//!
//! Fixed-width values are the bits of the value through the finaliser of SplitMix64; texts and bytes are folded in
//! words of eight bytes by 128-bit products first. Whoever chooses the items can find some that collide, and so
//! spoil the count of distinct items, but not the run.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time32MillisecondType, TimeUnit, TimestampMillisecondType,
};

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const FOLD: u64 = 0xD6E8_FEB8_6659_FD93;

/// Hands the hash of every value to `take`; no value is NULL. False for a type that no column has.
pub fn each_hash(items: &ArrayRef, mut take: impl FnMut(u64)) -> bool {
    match items.data_type() {
        DataType::Int8 => each::<Int8Type>(items, |v| take(of_word(v.cast_unsigned().into()))),
        DataType::Int16 => each::<Int16Type>(items, |v| take(of_word(v.cast_unsigned().into()))),
        DataType::Int32 => each::<Int32Type>(items, |v| take(of_word(v.cast_unsigned().into()))),
        DataType::Int64 => each::<Int64Type>(items, |v| take(of_word(v.cast_unsigned()))),
        DataType::Float32 => each::<Float32Type>(items, |v| take(of_word(v.to_bits().into()))),
        DataType::Float64 => each::<Float64Type>(items, |v| take(of_word(v.to_bits()))),
        DataType::Date32 => each::<Date32Type>(items, |v| take(of_word(v.cast_unsigned().into()))),
        DataType::Time32(TimeUnit::Millisecond) => {
            each::<Time32MillisecondType>(items, |v| take(of_word(v.cast_unsigned().into())));
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            each::<TimestampMillisecondType>(items, |v| take(of_word(v.cast_unsigned())));
        }
        DataType::Decimal128(..) => each::<Decimal128Type>(items, |v| take(of_bytes(&v.to_le_bytes()))),
        DataType::Boolean => {
            let values = items.as_boolean().values();
            values.iter().for_each(|v| take(of_word(v.into())));
        }
        DataType::Utf8View => {
            let values = items.as_string_view();
            (0..values.len()).for_each(|i| take(of_bytes(values.value(i).as_bytes())));
        }
        DataType::BinaryView => {
            let values = items.as_binary_view();
            (0..values.len()).for_each(|i| take(of_bytes(values.value(i))));
        }
        _ => return false,
    }
    true
}

fn each<T: ArrowPrimitiveType>(items: &ArrayRef, take: impl FnMut(T::Native)) {
    items.as_primitive::<T>().values().iter().copied().for_each(take);
}

/// The finaliser of SplitMix64: every bit of the result depends on every bit of the word.
fn of_word(word: u64) -> u64 {
    let mut h = word.wrapping_add(SEED);
    h = (h ^ (h >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    h ^ (h >> 31)
}

fn of_bytes(bytes: &[u8]) -> u64 {
    let mut h = SEED ^ bytes.len() as u64;
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        h = folded(h ^ word_of(word));
    }
    of_word(folded(h ^ word_of(words.remainder())))
}

fn word_of(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Both halves of the product with a fixed odd number. The sum keeps zero from swallowing what follows.
fn folded(word: u64) -> u64 {
    let product = u128::from(word) * u128::from(FOLD);
    ((product >> 64) as u64 ^ product as u64).wrapping_add(SEED)
}
