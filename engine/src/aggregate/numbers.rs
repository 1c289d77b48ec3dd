//! Numbers in and out of arrays, for the aggregates that compute: whole numbers as i128, floats as exact terms.
//!
//! DECIMAL goes through as its unscaled value, which stays within 64 bits (`sql.md` §2), so that 2^63 of any
//! whole numbers add up in an i128 without a check.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float32Array, Float64Array, PrimitiveArray, new_null_array};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type,
};

use super::exact_sum::Term;

/// Calls `f` with the group and the value of every row that has one.
#[inline]
fn each<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, groups: &[u32], mut f: impl FnMut(u32, T::Native)) {
    let values = array.values().iter().zip(groups);
    match array.nulls() {
        Some(nulls) if nulls.null_count() > 0 => {
            for ((&value, &group), valid) in values.zip(nulls) {
                if valid {
                    f(group, value);
                }
            }
        }
        _ => values.for_each(|(&value, &group)| f(group, value)),
    }
}

/// Calls `f` with every whole number that is not NULL. Other arrays have none.
#[inline]
pub fn each_whole(array: &ArrayRef, groups: &[u32], mut f: impl FnMut(u32, i128)) {
    match array.data_type() {
        DataType::Int8 => each(array.as_primitive::<Int8Type>(), groups, |g, v| f(g, v.into())),
        DataType::Int16 => each(array.as_primitive::<Int16Type>(), groups, |g, v| f(g, v.into())),
        DataType::Int32 => each(array.as_primitive::<Int32Type>(), groups, |g, v| f(g, v.into())),
        DataType::Int64 => each(array.as_primitive::<Int64Type>(), groups, |g, v| f(g, v.into())),
        DataType::Decimal128(..) => each(array.as_primitive::<Decimal128Type>(), groups, f),
        _ => {}
    }
}

/// Calls `f` with every number that is not NULL as an exact term; `None` for a NaN or an infinity.
#[inline]
pub fn each_term(array: &ArrayRef, groups: &[u32], mut f: impl FnMut(u32, Option<Term>)) {
    match array.data_type() {
        DataType::Float64 => each(array.as_primitive::<Float64Type>(), groups, |g, v| {
            f(g, Term::of(v))
        }),
        DataType::Float32 => {
            each(array.as_primitive::<Float32Type>(), groups, |g, v| {
                f(g, Term::of(v.into()))
            });
        }
        _ => each_whole(array, groups, |g, v| f(g, Some(Term::whole(v)))),
    }
}

/// Whether a whole number is in the range of a type: of 64 bits for the unscaled value of a DECIMAL.
pub fn fits(ty: &DataType, value: i128) -> bool {
    match ty {
        DataType::Int8 => i8::try_from(value).is_ok(),
        DataType::Int16 => i16::try_from(value).is_ok(),
        DataType::Int32 => i32::try_from(value).is_ok(),
        _ => i64::try_from(value).is_ok(),
    }
}

/// An array of whole numbers that fit its type.
pub fn whole_array(ty: &DataType, values: impl ExactSizeIterator<Item = Option<i128>>) -> ArrayRef {
    fn build<T: ArrowPrimitiveType>(values: impl Iterator<Item = Option<i128>>) -> ArrayRef
    where
        T::Native: TryFrom<i128>,
    {
        let values = values.map(|v| v.and_then(|v| T::Native::try_from(v).ok()));
        Arc::new(values.collect::<PrimitiveArray<T>>())
    }
    match ty {
        DataType::Int8 => build::<Int8Type>(values),
        DataType::Int16 => build::<Int16Type>(values),
        DataType::Int32 => build::<Int32Type>(values),
        DataType::Int64 => build::<Int64Type>(values),
        DataType::Decimal128(..) => {
            let array: PrimitiveArray<Decimal128Type> = values.collect();
            Arc::new(array.with_data_type(ty.clone()))
        }
        _ => new_null_array(ty, values.len()),
    }
}

/// Distinguishes numbers that differ: their value, or the bits of a float with one zero only.
pub fn each_key(array: &ArrayRef, groups: &[u32], mut f: impl FnMut(u32, i128)) {
    match array.data_type() {
        DataType::Float64 => each(array.as_primitive::<Float64Type>(), groups, |g, v| {
            f(g, (v + 0.0).to_bits().into());
        }),
        DataType::Float32 => each(array.as_primitive::<Float32Type>(), groups, |g, v| {
            f(g, (v + 0.0).to_bits().into());
        }),
        _ => each_whole(array, groups, f),
    }
}

/// The numbers of these keys.
pub fn from_keys(ty: &DataType, keys: &[i128]) -> ArrayRef {
    match ty {
        DataType::Float64 => Arc::new(Float64Array::from_iter_values(
            keys.iter().map(|&k| f64::from_bits(k as u64)),
        )),
        DataType::Float32 => Arc::new(Float32Array::from_iter_values(
            keys.iter().map(|&k| f32::from_bits(k as u32)),
        )),
        _ => whole_array(ty, keys.iter().map(|&k| Some(k))),
    }
}
