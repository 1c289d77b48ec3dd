//! The documented examples as tables. Each runs three times: as constants, over columns, and row by row with
//! a selection; all three must agree.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};

use super::node::Node;
use super::*;
use crate::clock::Clock;
use crate::datetime::{self, DAY_MS};
use crate::diagnostic::Span;
use crate::expr::{CastMode, ExprKind, Function, Value};
use crate::row_text;
use crate::types::{IntervalQualifier, SqlType, TimeUnit};

mod arithmetic;
mod casts;
mod dates;
mod logic;
mod properties;
mod strings;

/// 2018-06-13 14:11:05.766, the clock of every test.
pub(super) const NOW: i64 = 1_528_899_065_766;

pub(super) fn clock() -> Clock {
    Clock {
        run_start_ms: NOW,
        row_ms: None,
    }
}

pub(super) fn lit(value: Value, ty: SqlType) -> Expr {
    Expr::literal(value, ty, Span::default())
}

pub(super) fn null(ty: SqlType) -> Expr {
    lit(Value::Null, ty)
}

pub(super) fn int(v: i64) -> Expr {
    lit(Value::Int(v), SqlType::Integer)
}

pub(super) fn typed(v: i64, ty: SqlType) -> Expr {
    lit(Value::Int(v), ty)
}

pub(super) fn decimal(unscaled: i128, precision: u8, scale: u8) -> Expr {
    lit(Value::Decimal(unscaled), SqlType::Decimal { precision, scale })
}

pub(super) fn double(v: f64) -> Expr {
    lit(Value::Float(v), SqlType::Double)
}

pub(super) fn boolean(v: bool) -> Expr {
    lit(Value::Boolean(v), SqlType::Boolean)
}

/// A text literal, which is a CHAR(n).
pub(super) fn text(t: &str) -> Expr {
    lit(
        Value::Text(t.into()),
        SqlType::Char(u32::try_from(t.chars().count()).unwrap()),
    )
}

pub(super) fn varchar(t: &str) -> Expr {
    lit(Value::Text(t.into()), SqlType::Varchar(100))
}

pub(super) fn timestamp(t: &str) -> Expr {
    typed(datetime::parse_timestamp(t).unwrap(), SqlType::Timestamp)
}

pub(super) fn date(t: &str) -> Expr {
    typed(datetime::parse_date(t).unwrap(), SqlType::Date)
}

pub(super) fn time(t: &str) -> Expr {
    typed(datetime::parse_time(t).unwrap(), SqlType::Time)
}

pub(super) fn interval(v: i64, from: TimeUnit, to: TimeUnit) -> Expr {
    typed(v, SqlType::Interval(IntervalQualifier::range(from, to)))
}

pub(super) fn call(function: Function, args: Vec<Expr>, ty: SqlType) -> Expr {
    Expr::call(function, args, ty, Span::default())
}

pub(super) fn cast(expr: Expr, ty: SqlType) -> Expr {
    let kind = ExprKind::Cast {
        expr: Box::new(expr),
        mode: CastMode::Explicit,
    };
    Expr::new(kind, ty, Span::default())
}

fn value_text(ty: SqlType, array: &ArrayRef, row: usize) -> String {
    if ty == SqlType::Null || array.is_null(row) {
        return "NULL".to_owned();
    }
    let mut out = String::new();
    row_text::write_plain(&mut out, ty, array, row);
    out
}

/// The value of every row, or `error: …`.
pub(super) fn values(expr: &Expr, columns: &[ArrayRef], rows: usize) -> Vec<String> {
    let rowtimes = vec![NOW; rows];
    let clock = clock();
    let input = Input {
        columns,
        rowtimes: &rowtimes,
        clock: &clock,
    };
    let mut errors = RowErrors::new();
    let array = Evaluator::new(expr).eval(input, None, &mut errors);
    assert_eq!(array.data_type(), &expr.ty.arrow(), "{expr:?}");
    assert_eq!(array.len(), rows);
    let mut shown: Vec<String> = (0..rows).map(|row| value_text(expr.ty, &array, row)).collect();
    for (row, error) in errors.into_sorted() {
        shown[row as usize] = format!("error: {}", error.message);
    }
    shown
}

/// The same expression with every literal in a column of three rows.
fn over_columns(expr: &Expr) -> (Expr, Vec<ArrayRef>) {
    let mut expr = expr.clone();
    let mut columns = Vec::new();
    expr.rewrite(&mut |e| {
        if matches!(e.kind, ExprKind::Literal(_)) {
            let one = Node::new(e).literal();
            let three = arrow::compute::concat(&[&one, &one, &one]).unwrap();
            e.kind = ExprKind::Column(columns.len());
            columns.push(three);
        }
    });
    (expr, columns)
}

/// The value of a constant expression, which must be the same over columns and where only row 1 is selected.
pub(super) fn value(expr: &Expr) -> String {
    assert_eq!(values(expr, &[], 0).len(), 0);
    let constant = values(expr, &[], 2);
    assert_eq!(constant[0], constant[1]);
    let (varying, columns) = over_columns(expr);
    for shown in values(&varying, &columns, 3) {
        assert_eq!(shown, constant[0], "over columns: {expr:?}");
    }
    let clock = clock();
    let input = Input {
        columns: &columns,
        rowtimes: &[NOW; 3],
        clock: &clock,
    };
    let mut errors = RowErrors::new();
    let selection = BooleanArray::from(vec![false, true, false]);
    let array = Evaluator::new(&varying).eval(input, Some(&selection), &mut errors);
    let found: Vec<u32> = errors.into_sorted().into_iter().map(|(row, _)| row).collect();
    if constant[0].starts_with("error: ") {
        assert_eq!(found, [1]);
    } else {
        assert_eq!(found, Vec::<u32>::new());
        assert_eq!(value_text(expr.ty, &array, 1), constant[0]);
    }
    constant[0].clone()
}

/// Checks a table of (expression, text of its value).
pub(super) fn check(table: Vec<(Expr, &str)>) {
    for (expr, expected) in table {
        let shown = value(&expr);
        if expected == "error" {
            assert!(shown.starts_with("error: "), "{shown}: {expr:?}");
        } else {
            assert_eq!(shown, expected, "{expr:?}");
        }
    }
}

#[test]
fn an_evaluator_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Evaluator>();
}

#[test]
fn clocks_are_fields_of_the_step() {
    use crate::expr::ClockFunction;
    let clock_expr = |f, ty| Expr::new(ExprKind::Clock(f), ty, Span::default());
    let current = clock_expr(ClockFunction::CurrentTimestamp, SqlType::Timestamp);
    assert_eq!(values(&current, &[], 1), ["2018-06-13 14:11:05.766"]);
    let day = clock_expr(ClockFunction::CurrentDate, SqlType::Date);
    assert_eq!(values(&day, &[], 1), ["2018-06-13"]);
    let time = clock_expr(ClockFunction::CurrentTime, SqlType::Time);
    assert_eq!(values(&time, &[], 1), ["14:11:05.766"]);
    let row = clock_expr(ClockFunction::CurrentRowTimestamp, SqlType::Timestamp);
    let at = |row_ms| {
        let clock = Clock {
            run_start_ms: NOW,
            row_ms,
        };
        let input = Input {
            columns: &[],
            rowtimes: &[0, DAY_MS],
            clock: &clock,
        };
        let array = Evaluator::new(&row).eval(input, None, &mut RowErrors::new());
        (value_text(row.ty, &array, 0), value_text(row.ty, &array, 1))
    };
    assert_eq!(at(None).1, "1970-01-02 00:00:00.000");
    assert_eq!(at(Some(NOW)).0, "2018-06-13 14:11:05.766");
}

#[test]
fn wrong_operands_fail_rows_and_nothing_panics() {
    let odd = call(Function::Add, vec![text("a"), int(1)], SqlType::Integer);
    assert!(value(&odd).starts_with("error: an operation"));
    let missing = Expr::column(7, SqlType::Integer, Span::default());
    assert!(values(&missing, &[], 1)[0].starts_with("error: "));
    let column: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
    assert_eq!(
        values(&Expr::column(0, SqlType::Boolean, Span::default()), &[column], 1),
        ["true"]
    );
}
