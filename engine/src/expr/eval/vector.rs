//! What an expression evaluates to: one value for each row, or one constant for all of them.
//!
//! Constants stay one value long until a result leaves the evaluator, so a literal operand costs nothing.
//! The loops here run over whole arrays with one overflow flag; rows are looked at singly only if it is set.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewArray, BooleanArray, PrimitiveArray,
    StringViewArray, UInt32Array, new_null_array,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::DataType;

use super::failures::Failures;
use crate::row_error::RowError;
use crate::types::SqlType;

/// The values of an expression over a batch.
#[derive(Debug, Clone)]
pub(super) struct Vector {
    array: ArrayRef,
    constant: bool,
}

impl Vector {
    /// One value for each row.
    pub(super) fn rows(array: ArrayRef) -> Self {
        Self {
            array,
            constant: false,
        }
    }

    /// One value (an array of length 1) for all rows.
    pub(super) fn constant(array: ArrayRef) -> Self {
        Self {
            array,
            constant: true,
        }
    }

    /// Either, by `constant`.
    pub(super) fn new(array: ArrayRef, constant: bool) -> Self {
        Self { array, constant }
    }

    /// NULL for all rows.
    pub(super) fn null(ty: SqlType) -> Self {
        Self::constant(new_null_array(&ty.arrow(), 1))
    }

    /// TRUE or FALSE, for each row or for all.
    pub(super) fn boolean(values: BooleanBuffer, nulls: Option<NullBuffer>, constant: bool) -> Self {
        Self::new(Arc::new(BooleanArray::new(values, nulls)), constant)
    }

    pub(super) fn array(&self) -> &ArrayRef {
        &self.array
    }

    pub(super) fn is_constant(&self) -> bool {
        self.constant
    }

    /// Position in the array of the value of `row`.
    pub(super) fn index(&self, row: usize) -> usize {
        if self.constant { 0 } else { row }
    }

    /// Whether the value of `row` is NULL, also for arrays of the NULL type.
    pub(super) fn is_null(&self, row: usize) -> bool {
        self.array.data_type() == &DataType::Null || self.array.is_null(self.index(row))
    }

    /// Whether it is the constant NULL.
    pub(super) fn is_null_constant(&self) -> bool {
        self.constant && self.is_null(0)
    }

    /// One value for each of `rows` rows, in the type `ty`.
    pub(super) fn into_rows(self, rows: usize, ty: SqlType) -> ArrayRef {
        let wanted = ty.arrow();
        if self.array.data_type() != &wanted {
            return new_null_array(&wanted, rows);
        }
        if !self.constant {
            return self.array;
        }
        if self.array.is_null(0) {
            return new_null_array(&wanted, rows);
        }
        let first = UInt32Array::from(vec![0; rows]);
        arrow::compute::take(&self.array, &first, None).unwrap_or_else(|_| new_null_array(&wanted, rows))
    }

    /// The array as one of `T`.
    pub(super) fn primitive<T: ArrowPrimitiveType>(&self) -> Option<&PrimitiveArray<T>> {
        self.array.as_primitive_opt::<T>()
    }

    pub(super) fn booleans(&self) -> Option<&BooleanArray> {
        self.array.as_boolean_opt()
    }

    pub(super) fn texts(&self) -> Option<Texts<'_>> {
        Some(Texts {
            array: self.array.as_string_view_opt()?,
            constant: self.constant,
        })
    }

    pub(super) fn bytes(&self) -> Option<Bytes<'_>> {
        Some(Bytes {
            array: self.array.as_binary_view_opt()?,
            constant: self.constant,
        })
    }

    /// The value of `row` as a 64-bit integer: integers, datetimes, intervals.
    pub(super) fn integer(&self, row: usize) -> Option<i64> {
        use arrow::datatypes::{
            Date32Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
            TimestampMillisecondType,
        };
        if self.is_null(row) {
            return None;
        }
        let i = self.index(row);
        let a = self.array.as_ref();
        match a.data_type() {
            DataType::Int8 => Some(a.as_primitive::<Int8Type>().value(i).into()),
            DataType::Int16 => Some(a.as_primitive::<Int16Type>().value(i).into()),
            DataType::Int32 => Some(a.as_primitive::<Int32Type>().value(i).into()),
            DataType::Int64 => Some(a.as_primitive::<Int64Type>().value(i)),
            DataType::Date32 => Some(a.as_primitive::<Date32Type>().value(i).into()),
            DataType::Time32(_) => a
                .as_primitive_opt::<Time32MillisecondType>()
                .map(|t| t.value(i).into()),
            DataType::Timestamp(..) => a
                .as_primitive_opt::<TimestampMillisecondType>()
                .map(|t| t.value(i)),
            _ => None,
        }
    }
}

/// A text operand.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    array: &'a StringViewArray,
    constant: bool,
}

impl<'a> Texts<'a> {
    pub(super) fn get(self, row: usize) -> Option<&'a str> {
        let i = if self.constant { 0 } else { row };
        self.array.is_valid(i).then(|| self.array.value(i))
    }

    pub(super) fn array(self) -> &'a StringViewArray {
        self.array
    }
}

/// A binary operand.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a> {
    array: &'a BinaryViewArray,
    constant: bool,
}

impl<'a> Bytes<'a> {
    pub(super) fn get(self, row: usize) -> Option<&'a [u8]> {
        let i = if self.constant { 0 } else { row };
        self.array.is_valid(i).then(|| self.array.value(i))
    }
}

/// NULL where either operand is.
pub(super) fn union_nulls(a: &Vector, b: &Vector) -> Option<NullBuffer> {
    let of = |v: &Vector, other: &Vector| {
        // A constant here is not NULL (the callers have looked); its one bit says nothing about rows.
        if v.constant && !other.constant {
            None
        } else {
            v.array.nulls().cloned()
        }
    };
    NullBuffer::union(of(a, b).as_ref(), of(b, a).as_ref())
}

/// `f` over every value; where it says `true` and the row counts, the row fails with `error`.
pub(super) fn map1<A, O>(
    a: &Vector,
    out: SqlType,
    failures: &mut Failures<'_>,
    f: impl Fn(A::Native) -> (O::Native, bool),
    error: impl Fn(A::Native) -> RowError,
) -> Vector
where
    A: ArrowPrimitiveType,
    O: ArrowPrimitiveType,
{
    if a.is_null_constant() {
        return Vector::null(out);
    }
    let Some(x) = a.primitive::<A>() else {
        return failures.mismatch(out);
    };
    let mut bad = false;
    let values: Vec<O::Native> = x
        .values()
        .iter()
        .map(|&p| {
            let (value, fails) = f(p);
            bad |= fails;
            value
        })
        .collect();
    if bad {
        for (row, &p) in x.values().iter().enumerate() {
            if f(p).1 && x.is_valid(row) {
                failures.fail(row, || error(p));
            }
        }
    }
    finish::<O>(values, x.nulls().cloned(), out, a.constant, failures)
}

/// The same over two operands.
pub(super) fn map2<A, B, O>(
    (a, b): (&Vector, &Vector),
    out: SqlType,
    failures: &mut Failures<'_>,
    f: impl Fn(A::Native, B::Native) -> (O::Native, bool),
    error: impl Fn(A::Native, B::Native) -> RowError,
) -> Vector
where
    A: ArrowPrimitiveType,
    B: ArrowPrimitiveType,
    O: ArrowPrimitiveType,
{
    if a.is_null_constant() || b.is_null_constant() {
        return Vector::null(out);
    }
    let (Some(x), Some(y)) = (a.primitive::<A>(), b.primitive::<B>()) else {
        return failures.mismatch(out);
    };
    let nulls = union_nulls(a, b);
    let mut bad = false;
    let mut g = |p, q| {
        let (value, fails) = f(p, q);
        bad |= fails;
        value
    };
    let (xs, ys) = (x.values(), y.values());
    let values: Vec<O::Native> = match (a.constant, b.constant) {
        (false, true) => {
            let q = y.value(0);
            xs.iter().map(|&p| g(p, q)).collect()
        }
        (true, false) => {
            let p = x.value(0);
            ys.iter().map(|&q| g(p, q)).collect()
        }
        _ => xs.iter().zip(ys).map(|(&p, &q)| g(p, q)).collect(),
    };
    if bad {
        for row in 0..values.len() {
            let (p, q) = (xs[a.index(row)], ys[b.index(row)]);
            if f(p, q).1 && nulls.as_ref().is_none_or(|n| n.is_valid(row)) {
                failures.fail(row, || error(p, q));
            }
        }
    }
    finish::<O>(values, nulls, out, a.constant && b.constant, failures)
}

/// Values and NULLs as an array of the type `out`.
pub(super) fn finish<O: ArrowPrimitiveType>(
    values: Vec<O::Native>,
    nulls: Option<NullBuffer>,
    out: SqlType,
    constant: bool,
    failures: &mut Failures<'_>,
) -> Vector {
    let wanted = out.arrow();
    if !PrimitiveArray::<O>::is_compatible(&wanted) {
        return failures.mismatch(out);
    }
    let array = PrimitiveArray::<O>::new(values.into(), nulls).with_data_type(wanted);
    Vector::new(Arc::new(array), constant)
}

/// A row at a time, for functions whose cost is far above a loop's: `f` gives the value, NULL, or an error.
/// Rows that do not count are skipped.
pub(super) fn each_primitive<O: ArrowPrimitiveType>(
    out: SqlType,
    failures: &mut Failures<'_>,
    f: impl FnMut(usize) -> Result<Option<O::Native>, RowError>,
) -> Vector {
    let constant = failures.is_constant();
    let (values, nulls) = each::<O::Native>(failures, f);
    finish::<O>(values, nulls, out, constant, failures)
}

/// The same for BOOLEAN results.
pub(super) fn each_boolean(
    failures: &mut Failures<'_>,
    f: impl FnMut(usize) -> Result<Option<bool>, RowError>,
) -> Vector {
    let constant = failures.is_constant();
    let (values, nulls) = each::<bool>(failures, f);
    Vector::boolean(BooleanBuffer::from(values), nulls, constant)
}

/// The values of a function of rows, and which are NULL.
fn each<T: Clone + Default>(
    failures: &mut Failures<'_>,
    mut f: impl FnMut(usize) -> Result<Option<T>, RowError>,
) -> (Vec<T>, Option<NullBuffer>) {
    let count = failures.count();
    let mut values = vec![T::default(); count];
    let mut valid = vec![false; count];
    for row in 0..count {
        if !failures.active(row) {
            continue;
        }
        match f(row) {
            Ok(Some(value)) => {
                values[row] = value;
                valid[row] = true;
            }
            Ok(None) => {}
            Err(error) => failures.fail(row, || error),
        }
    }
    (values, nulls_of(valid))
}

/// The same for texts: `f` appends to an empty scratch text and says whether there is a value.
pub(super) fn each_text(
    failures: &mut Failures<'_>,
    mut f: impl FnMut(usize, &mut String) -> Result<bool, RowError>,
) -> Vector {
    let count = failures.count();
    let constant = failures.is_constant();
    let mut builder = arrow::array::StringViewBuilder::with_capacity(count);
    let mut scratch = String::new();
    for row in 0..count {
        if !failures.active(row) {
            builder.append_null();
            continue;
        }
        scratch.clear();
        match f(row, &mut scratch) {
            Ok(true) => builder.append_value(&scratch),
            Ok(false) => builder.append_null(),
            Err(error) => {
                builder.append_null();
                failures.fail(row, || error);
            }
        }
    }
    Vector::new(Arc::new(builder.finish()), constant)
}

fn nulls_of(valid: Vec<bool>) -> Option<NullBuffer> {
    let nulls = NullBuffer::from(valid);
    (nulls.null_count() > 0).then_some(nulls)
}
