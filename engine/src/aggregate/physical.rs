//! Single values of any type, owned: what MIN, MAX, FIRST_VALUE and LAST_VALUE keep of a group.
//!
//! One trait over the physical forms of the dialect's types, so that every such aggregate is written once. A
//! kept value owns its bytes and never views an input buffer (R9). Text compares by its bytes; CHAR values are
//! padded to one length already, so their padding cannot decide.

use std::cmp::Ordering;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, BinaryViewArray, BinaryViewBuilder, BooleanArray, BooleanBuilder,
    PrimitiveArray, PrimitiveBuilder, StringViewArray, StringViewBuilder,
};
use arrow::datatypes::{ArrowPrimitiveType, DataType};

/// A physical form of values.
pub trait Physical: Send + 'static {
    /// Its arrays.
    type Array: Array + 'static;
    /// One owned value.
    type Value: Clone + Default + Send;

    /// How the value in a row compares with a kept one.
    fn compare(array: &Self::Array, row: usize, kept: &Self::Value) -> Ordering;

    /// Copies the value in a row over a kept one.
    fn store(array: &Self::Array, row: usize, kept: &mut Self::Value);

    /// An array in the making.
    type Builder;

    /// An array of about so many rows.
    fn builder(rows: usize) -> Self::Builder;

    /// Appends a kept value.
    fn append(builder: &mut Self::Builder, value: Option<&Self::Value>);

    /// The array, of this Arrow type.
    fn finish(builder: Self::Builder, ty: &DataType) -> ArrayRef;

    /// Kept values as an array of this Arrow type.
    fn collect<'a>(ty: &DataType, values: impl Iterator<Item = Option<&'a Self::Value>>) -> ArrayRef
    where
        Self::Value: 'a,
    {
        let mut builder = Self::builder(values.size_hint().0);
        values.for_each(|value| Self::append(&mut builder, value));
        Self::finish(builder, ty)
    }

    /// A copy of the value in a row; `None` for NULL.
    fn owned(array: &Self::Array, row: usize) -> Option<Self::Value> {
        array.is_valid(row).then(|| {
            let mut value = Self::Value::default();
            Self::store(array, row, &mut value);
            value
        })
    }
}

/// Fixed-width numbers and times.
pub struct Native<T>(PhantomData<T>);
/// BOOLEAN.
pub struct Truth;
/// CHAR and VARCHAR.
pub struct Text;
/// BINARY and VARBINARY.
pub struct Bytes;

impl<T: ArrowPrimitiveType + Send> Physical for Native<T>
where
    T::Native: ArrowNativeTypeOp,
{
    type Array = PrimitiveArray<T>;
    type Value = T::Native;

    fn compare(array: &Self::Array, row: usize, kept: &Self::Value) -> Ordering {
        array.value(row).compare(*kept)
    }

    fn store(array: &Self::Array, row: usize, kept: &mut Self::Value) {
        *kept = array.value(row);
    }

    type Builder = PrimitiveBuilder<T>;

    fn builder(rows: usize) -> Self::Builder {
        PrimitiveBuilder::with_capacity(rows)
    }

    #[inline]
    fn append(builder: &mut Self::Builder, value: Option<&Self::Value>) {
        builder.append_option(value.copied());
    }

    fn finish(mut builder: Self::Builder, ty: &DataType) -> ArrayRef {
        Arc::new(builder.finish().with_data_type(ty.clone()))
    }
}

impl Physical for Truth {
    type Array = BooleanArray;
    type Value = bool;

    fn compare(array: &Self::Array, row: usize, kept: &Self::Value) -> Ordering {
        array.value(row).cmp(kept)
    }

    fn store(array: &Self::Array, row: usize, kept: &mut Self::Value) {
        *kept = array.value(row);
    }

    type Builder = BooleanBuilder;

    fn builder(rows: usize) -> Self::Builder {
        BooleanBuilder::with_capacity(rows)
    }

    fn append(builder: &mut Self::Builder, value: Option<&Self::Value>) {
        builder.append_option(value.copied());
    }

    fn finish(mut builder: Self::Builder, _: &DataType) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

impl Physical for Text {
    type Array = StringViewArray;
    type Value = String;

    fn compare(array: &Self::Array, row: usize, kept: &Self::Value) -> Ordering {
        array.value(row).as_bytes().cmp(kept.as_bytes())
    }

    fn store(array: &Self::Array, row: usize, kept: &mut Self::Value) {
        kept.clear();
        kept.push_str(array.value(row));
    }

    type Builder = StringViewBuilder;

    fn builder(rows: usize) -> Self::Builder {
        StringViewBuilder::with_capacity(rows)
    }

    fn append(builder: &mut Self::Builder, value: Option<&Self::Value>) {
        builder.append_option(value);
    }

    fn finish(mut builder: Self::Builder, _: &DataType) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

impl Physical for Bytes {
    type Array = BinaryViewArray;
    type Value = Vec<u8>;

    fn compare(array: &Self::Array, row: usize, kept: &Self::Value) -> Ordering {
        array.value(row).cmp(kept.as_slice())
    }

    fn store(array: &Self::Array, row: usize, kept: &mut Self::Value) {
        kept.clear();
        kept.extend_from_slice(array.value(row));
    }

    type Builder = BinaryViewBuilder;

    fn builder(rows: usize) -> Self::Builder {
        BinaryViewBuilder::with_capacity(rows)
    }

    fn append(builder: &mut Self::Builder, value: Option<&Self::Value>) {
        builder.append_option(value);
    }

    fn finish(mut builder: Self::Builder, _: &DataType) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

/// Evaluates `$make` with `$P` standing for the physical form of an Arrow type; `$other` for a type that has
/// none.
macro_rules! with_physical {
    ($ty:expr, $P:ident => $make:expr, $other:expr) => {{
        use arrow::datatypes as t;
        use $crate::aggregate::physical::{Bytes, Native, Text, Truth};
        macro_rules! of {
            ($form:ty) => {{
                type $P = $form;
                $make
            }};
        }
        match $ty {
            t::DataType::Boolean => of!(Truth),
            t::DataType::Int8 => of!(Native<t::Int8Type>),
            t::DataType::Int16 => of!(Native<t::Int16Type>),
            t::DataType::Int32 => of!(Native<t::Int32Type>),
            t::DataType::Int64 => of!(Native<t::Int64Type>),
            t::DataType::Decimal128(..) => of!(Native<t::Decimal128Type>),
            t::DataType::Float32 => of!(Native<t::Float32Type>),
            t::DataType::Float64 => of!(Native<t::Float64Type>),
            t::DataType::Date32 => of!(Native<t::Date32Type>),
            t::DataType::Time32(_) => of!(Native<t::Time32MillisecondType>),
            t::DataType::Timestamp(..) => of!(Native<t::TimestampMillisecondType>),
            t::DataType::Utf8View => of!(Text),
            t::DataType::BinaryView => of!(Bytes),
            _ => $other,
        }
    }};
}
pub(crate) use with_physical;
