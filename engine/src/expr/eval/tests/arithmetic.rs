//! Operators and numeric functions: `functions.md` §1, §8, `sql.md` §4.

use super::*;
use crate::row_error::ErrorName;

const INT: SqlType = SqlType::Integer;
const DOUBLE: SqlType = SqlType::Double;

fn dec(precision: u8, scale: u8) -> SqlType {
    SqlType::Decimal { precision, scale }
}

fn op(f: Function, a: Expr, b: Expr, ty: SqlType) -> Expr {
    call(f, vec![a, b], ty)
}

fn one(f: Function, a: Expr) -> Expr {
    let ty = a.ty;
    call(f, vec![a], ty)
}

#[test]
fn integers() {
    use Function::{Abs, Add, Divide, Mod, Multiply, Negate, Subtract};
    let tiny = |v| typed(v, SqlType::TinyInt);
    let big = |v| typed(v, SqlType::BigInt);
    check(vec![
        (op(Add, int(1), int(1), INT), "2"),
        (op(Divide, int(5), int(2), INT), "2"),
        (op(Divide, int(-5), int(2), INT), "-2"),
        (
            op(Add, tiny(100), tiny(100), SqlType::TinyInt),
            "error: Value 200 is out of range for TINYINT",
        ),
        (
            op(Multiply, int(2_000_000_000), int(2), INT),
            "error: Value 4000000000 is out of range for INTEGER",
        ),
        (
            op(Subtract, big(i64::MIN), big(1), SqlType::BigInt),
            "error: Value -9223372036854775809 is out of range for BIGINT",
        ),
        (op(Divide, big(i64::MIN), big(-1), SqlType::BigInt), "error"),
        (op(Mod, big(i64::MIN), big(-1), SqlType::BigInt), "0"),
        (
            op(Divide, int(10), int(0), INT),
            "error: Division by zero: 10 / 0",
        ),
        (op(Mod, int(4), int(2), INT), "0"),
        (op(Mod, int(5), int(3), INT), "2"),
        (op(Mod, int(-4), int(3), INT), "-1"),
        (op(Mod, int(5), int(12), INT), "5"),
        (op(Mod, int(-12), int(-7), INT), "-5"),
        (op(Mod, int(12), int(-7), INT), "5"),
        (op(Mod, int(1), int(0), INT), "error: Division by zero: MOD(1, 0)"),
        (one(Negate, int(3)), "-3"),
        (
            one(Negate, int(i32::MIN.into())),
            "error: Value 2147483648 is out of range for INTEGER",
        ),
        (one(Abs, int(-9)), "9"),
        (one(Abs, int(0)), "0"),
        (one(Abs, int(i32::MIN.into())), "error"),
        (op(Add, int(1), null(INT), INT), "NULL"),
        (op(Divide, null(INT), int(0), INT), "NULL"),
    ]);
}

#[test]
fn a_division_by_zero_has_its_own_name() {
    for (a, b) in [
        (int(1), int(0)),
        (double(1.0), double(0.0)),
        (decimal(1, 1, 0), decimal(0, 1, 0)),
    ] {
        let ty = a.ty;
        let expr = op(Function::Divide, a, b, ty);
        let clock = clock();
        let input = Input {
            columns: &[],
            rowtimes: &[0, 0],
            clock: &clock,
        };
        let mut errors = RowErrors::new();
        Evaluator::new(&expr).eval(input, None, &mut errors);
        let names: Vec<_> = errors.into_sorted().into_iter().map(|(_, e)| e.name).collect();
        assert_eq!(names, [ErrorName::DivisionByZero, ErrorName::DivisionByZero]);
    }
}

#[test]
fn decimals() {
    use Function::{Abs, Add, Divide, Mod, Multiply, Negate, Subtract};
    check(vec![
        (op(Add, decimal(20, 2, 1), decimal(20, 2, 1), dec(3, 1)), "4.0"),
        (
            op(Subtract, decimal(20, 2, 1), decimal(-20, 2, 1), dec(3, 1)),
            "4.0",
        ),
        (
            op(Multiply, decimal(-30, 2, 1), decimal(31, 2, 1), dec(4, 2)),
            "-9.30",
        ),
        // The product's scale is capped: rounded half away from zero.
        (
            op(Multiply, decimal(15, 2, 1), decimal(15, 2, 1), dec(3, 1)),
            "2.3",
        ),
        (
            op(Multiply, decimal(-15, 2, 1), decimal(15, 2, 1), dec(3, 1)),
            "-2.3",
        ),
        // 5.0 / 2: scale max(6, 1 + 10 + 1).
        (
            op(Divide, decimal(50, 2, 1), decimal(2, 10, 0), dec(18, 12)),
            "2.500000000000",
        ),
        (
            op(Divide, decimal(10, 3, 1), decimal(30, 3, 1), dec(10, 6)),
            "0.333333",
        ),
        (
            op(Divide, decimal(20, 3, 1), decimal(30, 3, 1), dec(10, 6)),
            "0.666667",
        ),
        (
            op(Divide, decimal(-20, 3, 1), decimal(30, 3, 1), dec(10, 6)),
            "-0.666667",
        ),
        (
            op(Divide, decimal(1, 1, 0), decimal(0, 1, 0), dec(10, 6)),
            "error: Division by zero: 1 / 0",
        ),
        // Beyond 128 bits on the way, inside at the end.
        (
            op(
                Divide,
                decimal(999_999_999_999_999_999, 18, 0),
                decimal(999_999_999_999_999_999, 18, 18),
                dec(19, 18),
            ),
            "error",
        ),
        (
            op(
                Divide,
                decimal(500_000_000_000_000_000, 18, 18),
                decimal(250_000_000_000_000_000, 18, 18),
                dec(19, 18),
            ),
            "2.000000000000000000",
        ),
        (
            op(Add, decimal(99, 2, 1), decimal(1, 2, 1), dec(2, 1)),
            "error: Value 9.9 + 0.1 is out of range for DECIMAL(2, 1)",
        ),
        (
            op(
                Add,
                decimal(i64::MAX.into(), 19, 0),
                decimal(1, 19, 0),
                dec(19, 0),
            ),
            "error",
        ),
        (op(Mod, decimal(-12, 2, 0), decimal(5, 2, 0), dec(2, 0)), "-2"),
        (
            op(Mod, decimal(-12, 2, 0), decimal(0, 2, 0), dec(2, 0)),
            "error: Division by zero: MOD(-12, 0)",
        ),
        (one(Abs, decimal(-10, 2, 1)), "1.0"),
        (one(Abs, decimal(20, 2, 1)), "2.0"),
        (one(Negate, decimal(20, 2, 1)), "-2.0"),
    ]);
}

#[test]
fn floats_are_finite() {
    use Function::{Add, Divide, Exp, Ln, Log10, Multiply, Power, Sqrt};
    let max = f64::MAX;
    check(vec![
        (
            op(Divide, double(1.0), double(0.0), DOUBLE),
            "error: Division by zero: 1.0 / 0.0",
        ),
        (
            op(Divide, double(0.0), double(0.0), DOUBLE),
            "error: Division by zero: 0.0 / 0.0",
        ),
        (op(Multiply, double(max), double(2.0), DOUBLE), "error"),
        (op(Add, double(0.5), double(0.25), DOUBLE), "0.75"),
        (one(Exp, double(1.0)), "2.7182818284590455"),
        (one(Exp, double(0.0)), "1.0"),
        (one(Exp, double(10.0)), "22026.465794806718"),
        (one(Exp, double(2.5)), "12.182493960703473"),
        (one(Exp, double(-1.0)), "0.36787944117144233"),
        (
            one(Exp, double(1000.0)),
            "error: Value EXP(1000.0) is out of range for DOUBLE",
        ),
        (one(Ln, double(1.0)), "0.0"),
        (one(Ln, double(10.0)), "2.302585092994046"),
        (one(Ln, double(2.5)), "0.9162907318741551"),
        (
            one(Ln, double(0.0)),
            "error: LN(0.0): the argument must be positive",
        ),
        (one(Ln, double(-1.0)), "error"),
        (one(Log10, double(1.0)), "0.0"),
        (one(Log10, double(100.0)), "2.0"),
        (one(Log10, double(23.0)), "1.3617278360175928"),
        (one(Log10, double(0.0)), "error"),
        (one(Sqrt, double(2.0)), "1.4142135623730951"),
        (
            one(Sqrt, double(-1.0)),
            "error: SQRT(-1.0): the argument must not be negative",
        ),
        (op(Power, double(3.0), double(2.0), DOUBLE), "9.0"),
        (op(Power, double(-2.0), double(3.0), DOUBLE), "-8.0"),
        (op(Power, double(4.0), double(-2.0), DOUBLE), "0.0625"),
        (op(Power, double(10.1), double(2.5), DOUBLE), "324.19285157140644"),
        (
            op(Power, double(0.0), double(-1.0), DOUBLE),
            "error: POWER(0.0, -1.0): zero has no negative power",
        ),
        (
            op(Power, double(-8.0), double(0.5), DOUBLE),
            "error: POWER(-8.0, 0.5): a negative number has no fractional power",
        ),
    ]);
}

#[test]
fn floor_and_ceil_of_numbers() {
    use Function::{Ceil, Floor};
    let to_whole = |f, v| call(f, vec![decimal(v, 2, 1)], dec(2, 0));
    check(vec![
        (to_whole(Floor, 20), "2"),
        (to_whole(Floor, -10), "-1"),
        (to_whole(Floor, 52), "5"),
        (to_whole(Floor, -33), "-4"),
        (to_whole(Floor, -93), "-10"),
        (to_whole(Ceil, 20), "2"),
        (to_whole(Ceil, -10), "-1"),
        (to_whole(Ceil, 52), "6"),
        (to_whole(Ceil, -33), "-3"),
        (to_whole(Ceil, -93), "-9"),
        (one(Floor, double(-3.3)), "-4.0"),
        (one(Ceil, double(5.8)), "6.0"),
        (one(Floor, int(7)), "7"),
    ]);
}

#[test]
fn intervals() {
    use Function::{Abs, Add, Ceil, Divide, Floor, FloorTo, Multiply, Subtract};
    use TimeUnit::{Day, Hour, Minute, Month, Second, Year};
    const H: i64 = 3_600_000;
    let text = |e: Expr| cast(e, SqlType::Varchar(30));
    let dh = |v| interval(v, Day, Hour);
    let day = |v| interval(v, Day, Day);
    let dh_type = dh(0).ty;
    check(vec![
        (text(op(Add, day(24 * H), day(72 * H), day(0).ty)), "+4"),
        (text(op(Add, dh(24 * H), dh(76 * H), dh_type)), "+4 04"),
        (text(op(Subtract, dh(24 * H), dh(76 * H), dh_type)), "-2 04"),
        (
            text(op(
                Add,
                interval(12, Year, Month),
                interval(40, Year, Month),
                interval(0, Year, Month).ty,
            )),
            "+4-04",
        ),
        (text(op(Multiply, dh(76 * H), int(2), dh_type)), "+6 08"),
        (text(op(Divide, dh(76 * H), int(2), dh_type)), "+1 14"),
        (text(op(Multiply, dh(76 * H), decimal(5, 2, 1), dh_type)), "+1 14"),
        (text(op(Divide, dh(76 * H), double(0.5), dh_type)), "+6 08"),
        (
            text(op(Divide, dh(76 * H), int(0), dh_type)),
            "error: Division by zero: 273600000 / 0",
        ),
        (text(op(Multiply, dh(i64::MAX), int(2), dh_type)), "error"),
        (
            text(one(Abs, interval(-(76 * H + 20 * 60_000), Day, Minute))),
            "+3 04:20",
        ),
        (text(one(Ceil, interval(11_045_000, Hour, Second))), "+4:00:00"),
        (text(one(Floor, interval(-11_045_000, Hour, Second))), "-4:00:00"),
        (
            text(one(FloorTo(Second), interval(1_234_567, Second, Second))),
            "+1234",
        ),
        (
            text(op(
                Multiply,
                interval(1, Day, Second),
                int(5000),
                interval(0, Day, Second).ty,
            )),
            "+0 00:00:05",
        ),
    ]);
}
