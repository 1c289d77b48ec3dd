//! Comparisons, three-valued logic and what evaluates left to right: `sql.md` §5.2, `functions.md` §1, §7.

use arrow::array::Int32Array;

use super::*;
use crate::expr::Comparison::{self, Eq, Gt, Lt, LtEq, NotEq};

const BOOLEAN: SqlType = SqlType::Boolean;
const INT: SqlType = SqlType::Integer;

fn compare(c: Comparison, a: Expr, b: Expr) -> Expr {
    call(Function::Compare(c), vec![a, b], BOOLEAN)
}

fn kind(kind: ExprKind, ty: SqlType) -> Expr {
    Expr::new(kind, ty, Span::default())
}

fn unknown() -> Expr {
    null(BOOLEAN)
}

#[test]
fn comparisons() {
    let distinct = |wanted, a, b| call(Function::IsNotDistinct(wanted), vec![a, b], BOOLEAN);
    check(vec![
        (compare(Eq, text("foo"), text("bar")), "false"),
        (compare(NotEq, text("foo"), text("bar")), "true"),
        (compare(LtEq, text("foo"), text("bar")), "false"),
        (compare(Gt, int(1), int(2)), "false"),
        (compare(Eq, int(1), null(INT)), "NULL"),
        (compare(Eq, text("a"), text("a  ")), "true"),
        (compare(Eq, varchar("a"), text("a  ")), "true"),
        (compare(Eq, varchar("a"), varchar("a ")), "false"),
        (compare(Eq, varchar("ab"), text("a  ")), "false"),
        (compare(NotEq, varchar("a "), text("a")), "false"),
        (compare(Lt, varchar("a  "), text("a")), "false"),
        (compare(Lt, varchar("a  "), text("b")), "true"),
        (compare(Lt, varchar("a"), varchar("b")), "true"),
        (compare(Eq, double(0.0), double(-0.0)), "true"),
        (compare(Eq, decimal(10, 2, 1), decimal(100, 3, 2)), "true"),
        (compare(Lt, boolean(false), boolean(true)), "true"),
        (compare(Lt, date("2018-01-01"), date("2018-01-02")), "true"),
        (distinct(false, int(1), int(1)), "false"),
        (distinct(true, null(INT), null(INT)), "true"),
        (distinct(true, null(INT), int(1)), "false"),
        (distinct(false, null(INT), int(1)), "true"),
        (distinct(true, text("a"), text("a ")), "true"),
    ]);
}

#[test]
fn tests_of_truth_are_never_unknown() {
    let is = |f, a: Expr| call(f, vec![a], BOOLEAN);
    use Function::{IsFalse, IsNotNull, IsNull, IsTrue, Not};
    check(vec![
        (is(IsNull, unknown()), "true"),
        (is(IsNotNull, unknown()), "false"),
        (is(IsNull, int(1)), "false"),
        (is(IsTrue { negated: false }, unknown()), "false"),
        (is(IsTrue { negated: true }, unknown()), "true"),
        (is(IsTrue { negated: false }, boolean(true)), "true"),
        (is(IsFalse { negated: false }, boolean(false)), "true"),
        (is(IsFalse { negated: true }, boolean(false)), "false"),
        (is(IsFalse { negated: true }, unknown()), "true"),
        (is(Not, unknown()), "NULL"),
        (is(Not, boolean(true)), "false"),
    ]);
}

#[test]
fn and_and_or_have_three_values() {
    let value_of = |v: Option<bool>| v.map_or_else(unknown, boolean);
    let name = |v: Option<bool>| v.map_or("NULL", |v| if v { "true" } else { "false" });
    for a in [Some(true), Some(false), None] {
        for b in [Some(true), Some(false), None] {
            let and = match (a, b) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            let or = match (a, b) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
            let parts = || vec![value_of(a), value_of(b)];
            check(vec![
                (kind(ExprKind::And(parts()), BOOLEAN), name(and)),
                (kind(ExprKind::Or(parts()), BOOLEAN), name(or)),
            ]);
        }
    }
}

#[test]
fn a_decided_row_is_not_evaluated_further() {
    let x = || Expr::column(0, INT, Span::default());
    let quotient = || compare(Gt, call(Function::Divide, vec![int(10), x()], INT), int(1));
    let and = kind(
        ExprKind::And(vec![compare(NotEq, x(), int(0)), quotient()]),
        BOOLEAN,
    );
    let or = kind(ExprKind::Or(vec![compare(Eq, x(), int(0)), quotient()]), BOOLEAN);
    let case = kind(
        ExprKind::Case {
            operand: None,
            whens: vec![(compare(Eq, x(), int(0)), int(-1))],
            otherwise: Some(Box::new(call(Function::Divide, vec![int(10), x()], INT))),
        },
        INT,
    );
    for rows in [1, 7, 64, 1000] {
        let xs: Vec<Option<i32>> = (0..rows).map(|i| (i % 5 != 4).then_some(i % 5)).collect();
        let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(xs.clone()))];
        let n = xs.len();
        let expect = |f: &dyn Fn(Option<i32>) -> &'static str| xs.iter().map(|&x| f(x)).collect::<Vec<_>>();
        assert_eq!(
            values(&and, &columns, n),
            expect(&|x| x.map_or("NULL", |x| if x != 0 { "true" } else { "false" }))
        );
        assert_eq!(
            values(&or, &columns, n),
            expect(&|x| x.map_or("NULL", |_| "true"))
        );
        assert_eq!(
            values(&case, &columns, n),
            expect(&|x| x.map_or("NULL", |x| ["-1", "10", "5", "3"][x as usize]))
        );
    }
}

#[test]
fn an_unknown_left_side_does_not_decide() {
    let fails = || compare(Eq, call(Function::Divide, vec![int(1), int(0)], INT), int(1));
    check(vec![
        (
            kind(ExprKind::And(vec![unknown(), fails()]), BOOLEAN),
            "error: Division by zero: 1 / 0",
        ),
        (
            kind(ExprKind::Or(vec![unknown(), fails()]), BOOLEAN),
            "error: Division by zero: 1 / 0",
        ),
        (
            kind(ExprKind::And(vec![boolean(false), fails()]), BOOLEAN),
            "false",
        ),
        (kind(ExprKind::Or(vec![boolean(true), fails()]), BOOLEAN), "true"),
        (
            kind(ExprKind::And(vec![fails(), boolean(false)]), BOOLEAN),
            "error",
        ),
    ]);
}

#[test]
fn case_coalesce_in_nullif() {
    let operand = || kind(ExprKind::CaseOperand, INT);
    let is = |v| compare(Eq, operand(), int(v));
    let simple = |x: Expr| {
        kind(
            ExprKind::Case {
                operand: Some(Box::new(x)),
                whens: vec![(is(1), text("one")), (is(2), text("two"))],
                otherwise: None,
            },
            SqlType::Varchar(3),
        )
    };
    let coalesce = |parts| kind(ExprKind::Coalesce(parts), INT);
    let in_list = |x: Expr, negated, tests| {
        kind(
            ExprKind::In {
                operand: Box::new(x),
                tests,
                negated,
            },
            BOOLEAN,
        )
    };
    let null_if = |x: Expr, y: Expr| {
        let kind_of = ExprKind::NullIf {
            test: Box::new(compare(Eq, kind(ExprKind::CaseOperand, x.ty), y)),
            operand: Box::new(x.clone()),
        };
        kind(kind_of, x.ty)
    };
    let fails = || call(Function::Divide, vec![int(1), int(0)], INT);
    check(vec![
        (simple(int(1)), "one"),
        (simple(int(2)), "two"),
        (simple(int(3)), "NULL"),
        (simple(null(INT)), "NULL"),
        (simple(fails()), "error: Division by zero: 1 / 0"),
        (coalesce(vec![null(INT), int(2), int(5)]), "2"),
        (coalesce(vec![int(2), fails()]), "2"),
        (coalesce(vec![null(INT), fails()]), "error"),
        (coalesce(vec![null(INT)]), "NULL"),
        (in_list(int(1), false, vec![is(1), is(2)]), "true"),
        (in_list(int(3), false, vec![is(1), is(2)]), "false"),
        (in_list(int(3), true, vec![is(1), is(2)]), "true"),
        (
            in_list(int(3), false, vec![is(1), compare(Eq, operand(), null(INT))]),
            "NULL",
        ),
        (
            in_list(int(1), false, vec![is(1), compare(Eq, operand(), fails())]),
            "true",
        ),
        (null_if(int(4), int(2)), "4"),
        (null_if(int(4), int(4)), "NULL"),
        (null_if(text("amy"), text("fred")), "amy"),
        (null_if(null(INT), null(INT)), "NULL"),
        (null_if(text("amy"), null(SqlType::Varchar(1))), "amy"),
    ]);
}

#[test]
fn only_true_rows_that_did_not_fail_are_selected() {
    let x = || Expr::column(0, INT, Span::default());
    let expr = compare(Gt, call(Function::Divide, vec![int(10), x()], INT), int(1));
    let columns: Vec<ArrayRef> = vec![Arc::new(Int32Array::from(vec![Some(0), Some(1), None, Some(9)]))];
    let clock = clock();
    let input = Input {
        columns: &columns,
        rowtimes: &[0; 4],
        clock: &clock,
    };
    let mut errors = RowErrors::new();
    let chosen = Evaluator::new(&expr).select(input, &mut errors);
    assert_eq!(chosen, BooleanArray::from(vec![false, true, false, false]));
    assert_eq!(errors.into_sorted().len(), 1);
}
