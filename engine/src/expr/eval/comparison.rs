//! Comparisons (`sql.md` §5.2): three-valued, binary order for text, trailing blanks ignored beside a CHAR.
//!
//! Own loops and not Arrow's kernels: Arrow orders −0.0 below 0.0, and it cannot ignore blanks. NULLs are
//! kept apart in the validity, so IS [NOT] DISTINCT FROM reads the same loops.

use std::cmp::Ordering;

use arrow::array::{Array, ArrowPrimitiveType, StringViewArray, make_view};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimestampMillisecondType,
};

use super::arithmetic::decimal::power_of_ten;
use super::failures::Failures;
use super::vector::{Vector, union_nulls};
use crate::expr::Comparison;
use crate::types::SqlType;

/// Bytes of a text that stand in its view.
const INLINE_MAX: usize = 12;

/// `a op b`.
pub(super) fn compare(
    comparison: Comparison,
    (a, a_type): (&Vector, SqlType),
    (b, b_type): (&Vector, SqlType),
    failures: &mut Failures<'_>,
) -> Vector {
    if a.is_null_constant() || b.is_null_constant() {
        return Vector::null(SqlType::Boolean);
    }
    let pads = matches!(a_type, SqlType::Char(_)) || matches!(b_type, SqlType::Char(_));
    match outcomes(comparison, a, b, pads, failures.count()) {
        Some(values) => Vector::boolean(values, union_nulls(a, b), failures.is_constant()),
        None => failures.mismatch(SqlType::Boolean),
    }
}

/// `a IS NOT DISTINCT FROM b` if `wanted`, else `a IS DISTINCT FROM b`.
pub(super) fn is_not_distinct(
    wanted: bool,
    (a, a_type): (&Vector, SqlType),
    (b, b_type): (&Vector, SqlType),
    failures: &mut Failures<'_>,
) -> Vector {
    let count = failures.count();
    let constant = failures.is_constant();
    let null = |v: &Vector, row| v.is_null(row);
    if a.is_null_constant() || b.is_null_constant() {
        let same = BooleanBuffer::collect_bool(count, |i| (null(a, i) && null(b, i)) == wanted);
        return Vector::boolean(same, None, constant);
    }
    let equal = compare(Comparison::Eq, (a, a_type), (b, b_type), failures);
    let Some(equal) = equal.booleans() else {
        return failures.mismatch(SqlType::Boolean);
    };
    if equal.len() != count {
        return failures.mismatch(SqlType::Boolean);
    }
    let same = BooleanBuffer::collect_bool(count, |i| {
        let same = if equal.is_valid(i) {
            equal.value(i)
        } else {
            null(a, i) && null(b, i)
        };
        same == wanted
    });
    Vector::boolean(same, None, constant)
}

/// IS NULL if `wanted`, else IS NOT NULL.
pub(super) fn is_null(wanted: bool, a: &Vector, failures: &Failures<'_>) -> Vector {
    let count = failures.count();
    let values = match a.array().nulls() {
        _ if a.array().data_type() == &DataType::Null => BooleanBuffer::collect_bool(count, |_| wanted),
        None => BooleanBuffer::collect_bool(count, |_| !wanted),
        Some(nulls) if wanted => !nulls.inner(),
        Some(nulls) => nulls.inner().clone(),
    };
    Vector::boolean(values, None, failures.is_constant())
}

/// IS [NOT] TRUE, IS [NOT] FALSE: whether the value is `truth`, or with `negated` is not.
pub(super) fn is_truth(truth: bool, negated: bool, a: &Vector, failures: &mut Failures<'_>) -> Vector {
    let count = failures.count();
    let constant = failures.is_constant();
    if a.is_null_constant() {
        let values = BooleanBuffer::collect_bool(count, |_| negated);
        return Vector::boolean(values, None, constant);
    }
    let Some(values) = a.booleans() else {
        return failures.mismatch(SqlType::Boolean);
    };
    let same = if truth {
        values.values().clone()
    } else {
        !values.values()
    };
    let is = match values.nulls() {
        Some(nulls) => &same & nulls.inner(),
        None => same,
    };
    Vector::boolean(if negated { !&is } else { is }, None, constant)
}

/// NOT.
pub(super) fn not(a: &Vector, failures: &mut Failures<'_>) -> Vector {
    if a.is_null_constant() {
        return Vector::null(SqlType::Boolean);
    }
    match a.booleans() {
        Some(values) => Vector::boolean(!values.values(), values.nulls().cloned(), a.is_constant()),
        None => failures.mismatch(SqlType::Boolean),
    }
}

fn outcomes(c: Comparison, a: &Vector, b: &Vector, pads: bool, count: usize) -> Option<BooleanBuffer> {
    match a.array().data_type() {
        DataType::Boolean => {
            let (x, y) = (a.booleans()?, b.booleans()?);
            Some(ordered(c, count, |i| {
                x.value(a.index(i)).cmp(&y.value(b.index(i)))
            }))
        }
        DataType::Int8 => primitive::<Int8Type>(c, a, b, count),
        DataType::Int16 => primitive::<Int16Type>(c, a, b, count),
        DataType::Int32 => primitive::<Int32Type>(c, a, b, count),
        DataType::Int64 => primitive::<Int64Type>(c, a, b, count),
        DataType::Float32 => primitive::<Float32Type>(c, a, b, count),
        DataType::Float64 => primitive::<Float64Type>(c, a, b, count),
        DataType::Date32 => primitive::<Date32Type>(c, a, b, count),
        DataType::Time32(_) => primitive::<Time32MillisecondType>(c, a, b, count),
        DataType::Timestamp(..) => primitive::<TimestampMillisecondType>(c, a, b, count),
        DataType::Decimal128(_, s1) => match b.array().data_type() {
            DataType::Decimal128(_, s2) if s1 == s2 => primitive::<Decimal128Type>(c, a, b, count),
            DataType::Decimal128(_, s2) => decimals(c, (a, *s1), (b, *s2), count),
            _ => None,
        },
        DataType::Utf8View => texts(c, a, b, pads, count),
        DataType::BinaryView => {
            let (x, y) = (a.bytes()?, b.bytes()?);
            Some(ordered(c, count, |i| x.get(i).cmp(&y.get(i))))
        }
        _ => None,
    }
}

fn ordered(c: Comparison, count: usize, f: impl Fn(usize) -> Ordering) -> BooleanBuffer {
    match c {
        Comparison::Eq => BooleanBuffer::collect_bool(count, |i| f(i).is_eq()),
        Comparison::NotEq => BooleanBuffer::collect_bool(count, |i| f(i).is_ne()),
        Comparison::Lt => BooleanBuffer::collect_bool(count, |i| f(i).is_lt()),
        Comparison::LtEq => BooleanBuffer::collect_bool(count, |i| f(i).is_le()),
        Comparison::Gt => BooleanBuffer::collect_bool(count, |i| f(i).is_gt()),
        Comparison::GtEq => BooleanBuffer::collect_bool(count, |i| f(i).is_ge()),
    }
}

fn primitive<T: ArrowPrimitiveType>(
    c: Comparison,
    a: &Vector,
    b: &Vector,
    count: usize,
) -> Option<BooleanBuffer>
where
    T::Native: PartialOrd,
{
    match c {
        Comparison::Eq => pairs::<T>(a, b, count, |p, q| p == q),
        Comparison::NotEq => pairs::<T>(a, b, count, |p, q| p != q),
        Comparison::Lt => pairs::<T>(a, b, count, |p, q| p < q),
        Comparison::LtEq => pairs::<T>(a, b, count, |p, q| p <= q),
        Comparison::Gt => pairs::<T>(a, b, count, |p, q| p > q),
        Comparison::GtEq => pairs::<T>(a, b, count, |p, q| p >= q),
    }
}

fn pairs<T: ArrowPrimitiveType>(
    a: &Vector,
    b: &Vector,
    count: usize,
    f: impl Fn(T::Native, T::Native) -> bool,
) -> Option<BooleanBuffer> {
    let (x, y) = (a.primitive::<T>()?, b.primitive::<T>()?);
    let (xs, ys) = (x.values(), y.values());
    Some(match (a.is_constant(), b.is_constant()) {
        (false, true) => {
            let q = y.value(0);
            BooleanBuffer::collect_bool(count, |i| f(xs[i], q))
        }
        (true, false) => {
            let p = x.value(0);
            BooleanBuffer::collect_bool(count, |i| f(p, ys[i]))
        }
        _ => BooleanBuffer::collect_bool(count, |i| f(xs[i], ys[i])),
    })
}

/// Decimals of different scales: the shorter fraction is extended, which 128 bits always hold.
fn decimals(
    c: Comparison,
    (a, s1): (&Vector, i8),
    (b, s2): (&Vector, i8),
    count: usize,
) -> Option<BooleanBuffer> {
    let (x, y) = (a.primitive::<Decimal128Type>()?, b.primitive::<Decimal128Type>()?);
    let more = |s: i8| power_of_ten(u32::try_from(i16::from(s1.max(s2)) - i16::from(s)).unwrap_or(0));
    let (m, n) = (more(s1), more(s2));
    Some(ordered(c, count, |i| {
        let (p, q) = (x.value(a.index(i)), y.value(b.index(i)));
        p.saturating_mul(m).cmp(&q.saturating_mul(n))
    }))
}

fn texts(c: Comparison, a: &Vector, b: &Vector, pads: bool, count: usize) -> Option<BooleanBuffer> {
    let (x, y) = (a.texts()?, b.texts()?);
    if !pads {
        if !a.is_constant() && !b.is_constant() || a.is_constant() && b.is_constant() {
            return arrow_compare(c, x.array(), y.array());
        }
        if b.is_constant() {
            return arrow_compare(c, x.array(), &arrow::array::Scalar::new(y.array()));
        }
        return arrow_compare(c, &arrow::array::Scalar::new(x.array()), y.array());
    }
    let equality = match c {
        Comparison::Eq => Some(true),
        Comparison::NotEq => Some(false),
        _ => None,
    };
    let sides = [(a, x, y), (b, y, x)];
    if let Some(wanted) = equality
        && let Some((_, constant, column)) = sides.into_iter().find(|(v, ..)| v.is_constant())
        && column.array().len() == count
    {
        let text = constant.get(0).unwrap_or_default();
        return Some(equal_to_constant(column.array(), text.as_bytes(), wanted));
    }
    let pair = |i| {
        (
            x.get(i).unwrap_or_default().as_bytes(),
            y.get(i).unwrap_or_default().as_bytes(),
        )
    };
    Some(match c {
        Comparison::Eq => BooleanBuffer::collect_bool(count, |i| equal_but_blanks(pair(i))),
        Comparison::NotEq => BooleanBuffer::collect_bool(count, |i| !equal_but_blanks(pair(i))),
        _ => ordered(c, count, |i| {
            let (p, q) = pair(i);
            without_blanks(p).cmp(without_blanks(q))
        }),
    })
}

/// `ticker = 'AMZN'`: nearly every row is decided by its view, without a look at the text behind it.
fn equal_to_constant(column: &StringViewArray, text: &[u8], wanted: bool) -> BooleanBuffer {
    let text = without_blanks(text);
    let inline = (text.len() <= INLINE_MAX).then(|| make_view(text, 0, 0));
    let views = column.views();
    BooleanBuffer::collect_bool(views.len(), |i| {
        let equal = match (views[i] as u32 as usize).cmp(&text.len()) {
            Ordering::Less => false,
            Ordering::Equal => match inline {
                Some(view) => views[i] == view,
                None => column.value(i).as_bytes() == text,
            },
            Ordering::Greater => equal_but_blanks((column.value(i).as_bytes(), text)),
        };
        equal == wanted
    })
}

/// Whether two texts differ in trailing blanks at most.
fn equal_but_blanks((a, b): (&[u8], &[u8])) -> bool {
    let n = a.len().min(b.len());
    a[..n] == b[..n] && a[n..].iter().chain(&b[n..]).all(|&c| c == b' ')
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|&&c| c == b' ').count();
    &text[..text.len() - blanks]
}

fn arrow_compare(
    c: Comparison,
    a: &dyn arrow::array::Datum,
    b: &dyn arrow::array::Datum,
) -> Option<BooleanBuffer> {
    use arrow::compute::kernels::cmp;
    let result = match c {
        Comparison::Eq => cmp::eq(a, b),
        Comparison::NotEq => cmp::neq(a, b),
        Comparison::Lt => cmp::lt(a, b),
        Comparison::LtEq => cmp::lt_eq(a, b),
        Comparison::Gt => cmp::gt(a, b),
        Comparison::GtEq => cmp::gt_eq(a, b),
    };
    result.ok().map(|r| r.values().clone())
}

/// The rows of a BOOLEAN for which it is TRUE.
pub(super) fn true_rows(values: &BooleanBuffer, nulls: Option<&NullBuffer>) -> BooleanBuffer {
    match nulls {
        Some(nulls) => values & nulls.inner(),
        None => values.clone(),
    }
}
