//! Aggregates against worked examples of the dialect and against an exact oracle.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, Decimal128Array, Float32Array, Float64Array,
    Int8Array, Int32Array, Int64Array, NullArray, StringViewArray, UInt32Array,
};
use arrow::compute::{concat, take};
use arrow::datatypes::{Float32Type, Float64Type, Int64Type};

use super::oracle::Exact;
use super::*;
use crate::diagnostic::Span;
use crate::expr::Expr;

fn call(function: F, argument: SqlType, distinct: bool, ty: SqlType) -> Aggregate {
    Aggregate {
        function,
        argument: (function != F::CountStar).then(|| Expr::column(0, argument, Span::default())),
        distinct,
        ty,
        span: Span::default(),
    }
}

fn same_type(function: F, ty: SqlType) -> Aggregate {
    call(function, ty, false, ty)
}

/// The result over one group, the values coming in this order, as text; errors as their message.
fn over(call: &Aggregate, values: &ArrayRef) -> String {
    let mut accumulator = accumulator(call);
    accumulator.resize(1);
    accumulator.add(argument(call, values), &vec![0; values.len()]);
    shown(accumulator.as_ref())
}

fn argument<'a>(call: &Aggregate, values: &'a ArrayRef) -> Option<&'a ArrayRef> {
    call.argument.as_ref().map(|_| values)
}

fn shown(accumulator: &dyn Accumulator) -> String {
    let mut errors = RowErrors::new();
    let result = accumulator.read(1, &mut errors);
    match errors.into_sorted().pop() {
        Some((_, error)) => format!("error: {}", error.message),
        None if result.logical_nulls().is_some_and(|n| n.is_null(0)) => "null".into(),
        None => arrow::util::display::array_value_to_string(&result, 0).unwrap(),
    }
}

fn ints(values: &[Option<i32>]) -> ArrayRef {
    Arc::new(Int32Array::from(values.to_vec()))
}

fn doubles(values: &[Option<f64>]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringViewArray::from(values.to_vec()))
}

const FIRST: F = F::FirstValue { ignore_nulls: false };
const LAST: F = F::LastValue { ignore_nulls: false };
const FIRST_IGNORING: F = F::FirstValue { ignore_nulls: true };
const LAST_IGNORING: F = F::LastValue { ignore_nulls: true };

#[test]
fn integers_as_documented() {
    let int = SqlType::Integer;
    let gaps = ints(&[Some(1), None, Some(2), None, Some(3), None]);
    let none = ints(&[None, None]);
    let empty = ints(&[]);
    let cases = [
        (F::Avg, &gaps, "2"),
        (F::Sum, &gaps, "6"),
        (F::Min, &gaps, "1"),
        (F::Max, &gaps, "3"),
        (F::Count, &gaps, "3"),
        (F::CountStar, &gaps, "6"),
        (FIRST, &gaps, "1"),
        (LAST, &gaps, "null"),
        (LAST_IGNORING, &gaps, "3"),
        (F::Sum, &none, "null"),
        (F::Avg, &none, "null"),
        (F::Min, &none, "null"),
        (F::Count, &none, "0"),
        (FIRST_IGNORING, &none, "null"),
        (F::Sum, &empty, "null"),
        (F::CountStar, &empty, "0"),
        (LAST, &empty, "null"),
    ];
    for (function, values, expected) in cases {
        let ty = if matches!(function, F::Count | F::CountStar) {
            SqlType::BigInt
        } else {
            int
        };
        assert_eq!(
            over(&call(function, int, false, ty), values),
            expected,
            "{function:?}"
        );
    }
    assert_eq!(over(&same_type(F::Avg, int), &ints(&[Some(2), Some(9)])), "5");
    assert_eq!(over(&same_type(F::Avg, int), &ints(&[Some(-2), Some(-9)])), "-5");
    assert_eq!(over(&same_type(F::Avg, int), &ints(&[Some(29), Some(32)])), "30");
    assert_eq!(
        over(&same_type(FIRST_IGNORING, int), &ints(&[None, Some(7), Some(8)])),
        "7"
    );
    assert_eq!(over(&same_type(FIRST, int), &ints(&[None, Some(7)])), "null");
}

#[test]
fn overflow_counts_in_the_result_only() {
    let tiny: ArrayRef = Arc::new(Int8Array::from(vec![100, 100, -100]));
    assert_eq!(over(&same_type(F::Sum, SqlType::TinyInt), &tiny), "100");
    let tiny: ArrayRef = Arc::new(Int8Array::from(vec![100, 100]));
    assert_eq!(
        over(&same_type(F::Sum, SqlType::TinyInt), &tiny),
        "error: SUM is out of range for TINYINT; CAST its argument to a wider type"
    );
    assert_eq!(over(&same_type(F::Avg, SqlType::TinyInt), &tiny), "100");
    let big: ArrayRef = Arc::new(Int64Array::from(vec![i64::MAX, i64::MAX]));
    assert!(over(&same_type(F::Sum, SqlType::BigInt), &big).starts_with("error"));
    assert_eq!(
        over(&same_type(F::Avg, SqlType::BigInt), &big),
        i64::MAX.to_string()
    );
    let huge = doubles(&[Some(f64::MAX), Some(f64::MAX)]);
    assert!(over(&same_type(F::Sum, SqlType::Double), &huge).starts_with("error"));
    let back = doubles(&[Some(f64::MAX), Some(f64::MAX), Some(-f64::MAX)]);
    assert_eq!(
        over(&same_type(F::Sum, SqlType::Double), &back),
        over(&same_type(F::Max, SqlType::Double), &back)
    );
}

#[test]
fn decimals_keep_their_scale() {
    let ty = SqlType::Decimal {
        precision: 5,
        scale: 2,
    };
    let array: ArrayRef =
        Arc::new(Decimal128Array::from(vec![100, 101, 102, 104]).with_data_type(ty.arrow()));
    assert_eq!(over(&same_type(F::Sum, ty), &array), "4.07");
    assert_eq!(over(&same_type(F::Avg, ty), &array), "1.01");
    assert_eq!(over(&same_type(F::Max, ty), &array), "1.04");
    // 0.00021875 and its root 0.01479…
    assert_eq!(over(&same_type(F::VarPop, ty), &array), "0.00");
    assert_eq!(over(&same_type(F::StddevPop, ty), &array), "0.01");
    assert_eq!(
        over(&call(F::VarPop, ty, false, SqlType::Double), &array),
        "0.00021875"
    );
}

#[test]
fn variances_as_documented() {
    let values = doubles(&[Some(0.0), None, Some(3.0), Some(3.0)]);
    let whole = ints(&[Some(0), None, Some(3), Some(3)]);
    let one = doubles(&[Some(7.5)]);
    let cases = [
        (F::VarPop, "2.0", "2", "0.0"),
        (F::VarSamp, "3.0", "3", "null"),
        // √2 correctly rounded; the old service's own digits end in …095.
        (F::StddevPop, "1.4142135623730951", "1", "0.0"),
        (F::StddevSamp, "1.7320508075688772", "1", "null"),
    ];
    for (function, expected, truncated, of_one) in cases {
        let double = same_type(function, SqlType::Double);
        assert_eq!(over(&double, &values), expected, "{function:?}");
        assert_eq!(over(&double, &one), of_one, "{function:?}");
        assert_eq!(over(&double, &doubles(&[None])), "null", "{function:?}");
        assert_eq!(over(&same_type(function, SqlType::Integer), &whole), truncated);
        let wide = call(function, SqlType::Integer, false, SqlType::Double);
        assert_eq!(over(&wide, &whole), expected, "{function:?}");
    }
}

#[test]
fn extremes_and_edges_of_other_types() {
    let text = SqlType::Varchar(20);
    let words = texts(&[
        Some("pear"),
        Some("Apple"),
        None,
        Some("a word beyond twelve bytes"),
        Some(""),
    ]);
    assert_eq!(over(&same_type(F::Min, text), &words), "");
    assert_eq!(over(&same_type(F::Max, text), &words), "pear");
    assert_eq!(over(&same_type(FIRST, text), &words), "pear");
    assert_eq!(over(&same_type(LAST, text), &words), "");
    let bytes: ArrayRef = Arc::new(BinaryViewArray::from_iter_values([
        [2u8, 0].as_slice(),
        &[1, 255],
        &[1],
    ]));
    assert_eq!(over(&same_type(F::Min, SqlType::Varbinary(2)), &bytes), "01");
    assert_eq!(over(&same_type(F::Max, SqlType::Varbinary(2)), &bytes), "0200");
    let zeros = doubles(&[Some(0.0), Some(-0.0)]);
    let turned = doubles(&[Some(-0.0), Some(0.0)]);
    for function in [F::Min, F::Max] {
        let call = same_type(function, SqlType::Double);
        assert_eq!(over(&call, &zeros), over(&call, &turned));
    }
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
    let boolean = SqlType::Boolean;
    assert_eq!(over(&same_type(F::Min, boolean), &flags), "false");
    assert_eq!(over(&same_type(F::Any, boolean), &flags), "true");
    assert_eq!(over(&same_type(F::Every, boolean), &flags), "false");
    assert_eq!(over(&same_type(F::Every, boolean), &flags.slice(0, 2)), "true");
    assert_eq!(over(&same_type(F::Any, boolean), &flags.slice(1, 1)), "null");
    let nulls: ArrayRef = Arc::new(NullArray::new(3));
    assert_eq!(over(&same_type(F::Max, SqlType::Null), &nulls), "null");
    assert_eq!(
        over(&call(F::Count, SqlType::Null, false, SqlType::BigInt), &nulls),
        "0"
    );
    assert!(
        over(&same_type(F::Sum, text), &words)
            .starts_with("error: Cannot apply 'SUM' to arguments of type 'VARCHAR(20)'")
    );
}

#[test]
fn distinct_values_count_once() {
    let int = SqlType::Integer;
    let values = ints(&[Some(5), Some(5), None, Some(1), Some(5), Some(1)]);
    assert_eq!(over(&call(F::Sum, int, true, int), &values), "6");
    assert_eq!(over(&call(F::Avg, int, true, int), &values), "3");
    assert_eq!(over(&call(F::Min, int, true, int), &values), "1");
    let zeros = doubles(&[Some(0.0), Some(-0.0), Some(3.0)]);
    assert_eq!(
        over(&call(F::Avg, SqlType::Double, true, SqlType::Double), &zeros),
        "1.5"
    );
    let mut narrow = distinct::Distinct::new(int.arrow(), 2, plain(F::Sum, int, int).unwrap());
    narrow.resize(1);
    narrow.add(Some(&values), &[0; 6]);
    assert_eq!(shown(&narrow), "6");
    narrow.retract(Some(&ints(&[Some(1), Some(1)])), &[0, 0]);
    assert_eq!(shown(&narrow), "5");
    narrow.add(Some(&ints(&[Some(8), Some(9)])), &[0, 0]);
    assert!(shown(&narrow).contains("more than 2 different values"));
}

/// Values of one trial: ordinary, tiny, huge, cancelling, or all mixed.
fn random_values(rng: &mut fastrand::Rng) -> Vec<f64> {
    let kind = rng.u8(0..8);
    if kind == 7 {
        // Half way between two numbers but for something far below.
        let whole = (rng.u64(1 << 52..1 << 53) as f64) * 2.0;
        let far = 2f64.powi(rng.i32(-1074..-200)) * f64::from(rng.i32(-1..2));
        return vec![whole, 1.0, far];
    }
    let mut values: Vec<f64> = (0..rng.usize(1..40))
        .map(|_| match kind {
            0 => f64::from(rng.i32(-10_000..10_000)) / 100.0,
            1 => (rng.f64() - 0.5) * 1e3,
            2 => f64::from_bits(rng.u64(0..1 << 53)) * if rng.bool() { 1.0 } else { -1.0 },
            3 => f64::from_bits(rng.u64(0x7fb << 52..0x7ff << 52)) * if rng.bool() { 1.0 } else { -1.0 },
            4 => (rng.f64() - 0.5) * 2f64.powi(rng.i32(-60..60)),
            5 => f64::from(rng.i32(-3..3)),
            _ => Some(f64::from_bits(rng.u64(..)))
                .filter(|v| v.is_finite())
                .unwrap_or(1.0),
        })
        .collect();
    if rng.bool() {
        // Most of it cancels.
        let opposite: Vec<f64> = values.iter().skip(rng.usize(0..2)).map(|v| -v).collect();
        values.extend(opposite);
    }
    values
}

/// The state after adding the values in some order, cut and saved and merged somewhere, with strangers added
/// and taken out again.
fn shuffled(call: &Aggregate, array: &ArrayRef, rng: &mut fastrand::Rng) -> Box<dyn Accumulator> {
    let mut order: Vec<u32> = (0..array.len() as u32).collect();
    rng.shuffle(&mut order);
    let array = take(array, &UInt32Array::from(order), None).unwrap();
    let strangers = doubles(&[Some(1e300), Some(-3e-310), Some(rng.f64()), None, Some(1e17)]);
    let strangers = arrow::compute::cast(&strangers, array.data_type()).unwrap();
    let cut = rng.usize(0..=array.len());
    let (mut first, mut second) = (accumulator(call), accumulator(call));
    first.resize(1);
    second.resize(2);
    first.add(Some(&array.slice(0, cut)), &vec![0; cut]);
    let rest = array.len() - cut;
    let mixed = concat(&[&strangers, array.slice(cut, rest).as_ref()]).unwrap();
    second.add(Some(&mixed), &vec![1; rest + 5]);
    second.retract(Some(&strangers), &[1; 5]);
    let saved: Vec<ArrayRef> = second.save(2).iter().map(|a| a.slice(1, 1)).collect();
    first.merge(&saved, &[0]).unwrap();
    first
}

fn read<T>(accumulator: &dyn Accumulator, value: impl Fn(&ArrayRef) -> T) -> Result<Option<T>, String> {
    let mut errors = RowErrors::new();
    let result = accumulator.read(1, &mut errors);
    match errors.into_sorted().pop() {
        Some((_, error)) => Err(error.message.into_owned()),
        None => Ok(result.is_valid(0).then(|| value(&result))),
    }
}

#[test]
fn double_results_are_the_exact_value_rounded_once() {
    let mut rng = fastrand::Rng::with_seed(29);
    for trial in 0..1500 {
        let values = random_values(&mut rng);
        let array: ArrayRef = Arc::new(Float64Array::from(values.clone()));
        let n = values.len() as u64;
        for function in [F::Sum, F::Avg, F::VarPop, F::VarSamp, F::StddevPop, F::StddevSamp] {
            let call = same_type(function, SqlType::Double);
            let results: Vec<_> = (0..2)
                .map(|_| {
                    read(shuffled(&call, &array, &mut rng).as_ref(), |a| {
                        a.as_primitive::<Float64Type>().value(0)
                    })
                })
                .collect();
            assert_eq!(
                results[0], results[1],
                "trial {trial}: {function:?} of {values:?}"
            );
            let below = n - u64::from(matches!(function, F::VarSamp | F::StddevSamp));
            if below == 0 {
                assert_eq!(results[0], Ok(None));
                continue;
            }
            let exact = match function {
                F::Sum => Exact::sum(&values, 1),
                F::Avg => Exact::sum(&values, n),
                _ => Exact::variance(&values, below),
            };
            let root = matches!(function, F::StddevPop | F::StddevSamp);
            let right = match &results[0] {
                Ok(Some(result)) if root => exact.root_rounds_to(*result),
                Ok(Some(result)) => exact.rounds_to(*result),
                Ok(None) => false,
                Err(_) => exact.overflows_double(),
            };
            assert!(
                right,
                "trial {trial}: {function:?} of {values:?} gave {results:?}"
            );
        }
    }
}

#[test]
fn real_results_are_the_exact_value_rounded_once() {
    let mut rng = fastrand::Rng::with_seed(30);
    for trial in 0..600 {
        let values: Vec<f32> = random_values(&mut rng)
            .iter()
            .map(|&v| (v as f32).clamp(f32::MIN, f32::MAX))
            .collect();
        let exact: Vec<f64> = values.iter().map(|&v| v.into()).collect();
        let array: ArrayRef = Arc::new(Float32Array::from(values.clone()));
        let n = values.len() as u64;
        for function in [F::Sum, F::Avg, F::VarPop, F::StddevPop] {
            let call = same_type(function, SqlType::Real);
            let mut accumulator = accumulator(&call);
            accumulator.resize(1);
            accumulator.add(Some(&array), &vec![0; values.len()]);
            let result = read(accumulator.as_ref(), |a| a.as_primitive::<Float32Type>().value(0));
            let value = match function {
                F::Sum => Exact::sum(&exact, 1),
                F::Avg => Exact::sum(&exact, n),
                _ => Exact::variance(&exact, n),
            };
            let right = match &result {
                Ok(Some(result)) if function == F::StddevPop => value.root_rounds_to(*result),
                Ok(Some(result)) => value.rounds_to(*result),
                Ok(None) => false,
                Err(_) => value.overflows_real(),
            };
            assert!(right, "trial {trial}: {function:?} of {values:?} gave {result:?}");
        }
    }
}

#[test]
fn every_state_reads_back() {
    let text = SqlType::Varchar(40);
    let words = texts(&[
        Some("b"),
        None,
        Some("a word beyond twelve bytes"),
        Some("c"),
        None,
        Some("b"),
    ]);
    let numbers = doubles(&[Some(1e-300), Some(2.5), None, Some(1e300), Some(2.5), Some(-7.0)]);
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![
        Some(true),
        None,
        Some(false),
        None,
        None,
        Some(true),
    ]));
    let groups = [0, 1, 2, 0, 1, 2];
    let double = |f| (same_type(f, SqlType::Double), &numbers);
    let cases = [
        (same_type(F::Min, text), &words),
        (same_type(F::Max, text), &words),
        (same_type(FIRST, text), &words),
        (same_type(LAST, text), &words),
        (same_type(FIRST_IGNORING, text), &words),
        (same_type(LAST_IGNORING, text), &words),
        (call(F::Count, text, false, SqlType::BigInt), &words),
        (same_type(F::Any, SqlType::Boolean), &flags),
        (same_type(F::Every, SqlType::Boolean), &flags),
        (call(F::Sum, SqlType::Double, true, SqlType::Double), &numbers),
        double(F::Sum),
        double(F::Avg),
        double(F::StddevSamp),
        double(LAST),
    ];
    for (call, values) in cases {
        let whole = |_| {
            let mut all = accumulator(&call);
            all.resize(3);
            all.add(Some(values), &groups);
            all
        };
        for cut in 0..=6 {
            let mut first = accumulator(&call);
            first.resize(3);
            first.add(Some(&values.slice(0, cut)), &groups[..cut]);
            let mut second = accumulator(&call);
            second.resize(3);
            second.merge(&first.save(3), &[0, 1, 2]).unwrap();
            second.add(Some(&values.slice(cut, 6 - cut)), &groups[cut..]);
            let (mut e1, mut e2) = (RowErrors::new(), RowErrors::new());
            assert_eq!(
                &second.read(3, &mut e1),
                &whole(()).read(3, &mut e2),
                "{call:?} at {cut}"
            );
            assert_eq!(&second.read(3, &mut e1), &second.read(3, &mut e1));
        }
        let damaged: Vec<ArrayRef> = vec![Arc::new(NullArray::new(3))];
        assert!(accumulator(&call).merge(&damaged, &[0, 1, 2]).is_err());
        assert!(accumulator(&call).merge(&[], &[0, 1, 2]).is_err());
    }
}

#[test]
fn counts_and_sums_retract() {
    let values = ints(&[Some(1), None, Some(5)]);
    for (function, ty, before, after) in [
        (F::Count, SqlType::BigInt, "2", "1"),
        (F::CountStar, SqlType::BigInt, "3", "1"),
        (F::Sum, SqlType::Integer, "6", "5"),
        (F::Avg, SqlType::Integer, "3", "5"),
    ] {
        let call = call(function, SqlType::Integer, false, ty);
        let mut accumulator = accumulator(&call);
        accumulator.resize(1);
        accumulator.add(argument(&call, &values), &[0; 3]);
        assert!(accumulator.retracts());
        assert_eq!(shown(accumulator.as_ref()), before);
        accumulator.retract(argument(&call, &values.slice(0, 2)), &[0; 2]);
        assert_eq!(shown(accumulator.as_ref()), after);
        accumulator.clear();
        accumulator.resize(1);
        let count = accumulator.read(1, &mut RowErrors::new());
        if ty == SqlType::BigInt {
            assert_eq!(count.as_primitive::<Int64Type>().value(0), 0);
        }
    }
}
