//! An expression compiled for evaluation: constants folded where that cannot fail, patterns compiled once.
//!
//! A constant part that fails stays as it is written, so that its error belongs to the rows that reach it
//! and not to the start (R6).

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryViewArray, BooleanArray, Date32Array, Float32Array, Float64Array, Int8Array, Int16Array,
    Int32Array, Int64Array, StringViewArray, Time32MillisecondArray, TimestampMillisecondArray,
    new_null_array,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;

use super::call::Call;
use super::failures::Failures;
use super::vector::Vector;
use super::{Input, cast, logic};
use crate::clock::Clock;
use crate::datetime::DAY_MS;
use crate::expr::{ClockFunction, Expr, ExprKind, Value};
use crate::row_error::RowErrors;
use crate::types::SqlType;

/// What an expression is evaluated over: the batch, and the operand of the innermost simple CASE.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) input: Input<'a>,
    operand: Option<&'a Vector>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(input: Input<'a>) -> Self {
        Self { input, operand: None }
    }

    /// The same inside a simple CASE, IN or NULLIF.
    pub(super) fn with_operand<'b>(self, operand: &'b Vector) -> Scope<'b>
    where
        'a: 'b,
    {
        Scope {
            input: self.input,
            operand: Some(operand),
        }
    }

    pub(super) fn rows(self) -> usize {
        self.input.rowtimes.len()
    }
}

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) ty: SqlType,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Column(usize),
    Rowtime,
    /// One value.
    Literal(ArrayRef),
    Clock(ClockFunction),
    Cast(Box<Node>),
    Call(Box<Call>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Case {
        operand: Option<Box<Node>>,
        whens: Vec<(Node, Node)>,
        otherwise: Option<Box<Node>>,
    },
    CaseOperand,
    Coalesce(Vec<Node>),
    In {
        operand: Box<Node>,
        tests: Vec<Node>,
        negated: bool,
    },
    NullIf {
        operand: Box<Node>,
        test: Box<Node>,
    },
}

impl Node {
    /// Compiles an expression.
    pub(super) fn new(expr: &Expr) -> Self {
        let nodes = |list: &[Expr]| list.iter().map(Node::new).collect();
        let boxed = |e: &Expr| Box::new(Node::new(e));
        let kind = match &expr.kind {
            ExprKind::Column(i) => Kind::Column(*i),
            ExprKind::Rowtime => Kind::Rowtime,
            ExprKind::Literal(value) => Kind::Literal(literal(value, expr.ty)),
            ExprKind::Cast { expr, .. } => Kind::Cast(boxed(expr)),
            ExprKind::Call { function, args } => {
                Kind::Call(Box::new(Call::new(function.clone(), nodes(args))))
            }
            ExprKind::Clock(clock) => Kind::Clock(*clock),
            ExprKind::And(parts) => Kind::And(nodes(parts)),
            ExprKind::Or(parts) => Kind::Or(nodes(parts)),
            ExprKind::Case {
                operand,
                whens,
                otherwise,
            } => Kind::Case {
                operand: operand.as_deref().map(boxed),
                whens: whens.iter().map(|(w, t)| (Node::new(w), Node::new(t))).collect(),
                otherwise: otherwise.as_deref().map(boxed),
            },
            ExprKind::CaseOperand => Kind::CaseOperand,
            ExprKind::Coalesce(parts) => Kind::Coalesce(nodes(parts)),
            ExprKind::In {
                operand,
                tests,
                negated,
            } => Kind::In {
                operand: boxed(operand),
                tests: nodes(tests),
                negated: *negated,
            },
            ExprKind::NullIf { operand, test } => Kind::NullIf {
                operand: boxed(operand),
                test: boxed(test),
            },
        };
        Self { ty: expr.ty, kind }.folded(expr)
    }

    /// The literal that it always is, if it is one.
    fn folded(self, expr: &Expr) -> Self {
        if matches!(self.kind, Kind::Literal(_)) || !self.operands_are_literals(expr) {
            return self;
        }
        let clock = Clock {
            run_start_ms: 0,
            row_ms: None,
        };
        let input = Input {
            columns: &[],
            rowtimes: &[0],
            clock: &clock,
        };
        let mut errors = RowErrors::new();
        let value = self.eval(Scope::new(input), None, &mut errors);
        if !errors.is_empty() {
            return self;
        }
        Self {
            ty: self.ty,
            kind: Kind::Literal(value.into_rows(1, self.ty)),
        }
    }

    fn operands_are_literals(&self, expr: &Expr) -> bool {
        let literal = |n: &Node| matches!(n.kind, Kind::Literal(_));
        match &self.kind {
            // TIME → TIMESTAMP takes today's date, and two-digit years look at the clock.
            Kind::Cast(node) => literal(node) && !(node.ty == SqlType::Time && expr.ty == SqlType::Timestamp),
            Kind::Call(call) => !call.reads_clock() && call.args.iter().all(literal),
            Kind::And(parts) | Kind::Or(parts) | Kind::Coalesce(parts) => parts.iter().all(literal),
            _ => false,
        }
    }

    /// The array of a literal.
    #[cfg(test)]
    pub(super) fn literal(&self) -> ArrayRef {
        match &self.kind {
            Kind::Literal(array) => Arc::clone(array),
            _ => new_null_array(&self.ty.arrow(), 1),
        }
    }

    /// The text of a literal.
    pub(super) fn literal_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Literal(array) => {
                let texts = arrow::array::AsArray::as_string_view_opt(array)?;
                texts.iter().next().flatten()
            }
            _ => None,
        }
    }

    /// The value over a batch, always in the Arrow type of `ty`.
    pub(super) fn eval(
        &self,
        scope: Scope<'_>,
        selection: Option<&BooleanBuffer>,
        errors: &mut RowErrors,
    ) -> Vector {
        let value = self.eval_kind(scope, selection, errors);
        let found = value.array().data_type();
        if found == &self.ty.arrow() {
            value
        } else if found == &DataType::Null {
            Vector::null(self.ty)
        } else {
            Failures::new(errors, selection, scope.rows(), false).mismatch(self.ty)
        }
    }

    fn eval_kind(
        &self,
        scope: Scope<'_>,
        selection: Option<&BooleanBuffer>,
        errors: &mut RowErrors,
    ) -> Vector {
        match &self.kind {
            Kind::Column(i) => match scope.input.columns.get(*i) {
                Some(column) => Vector::rows(Arc::clone(column)),
                None => Failures::new(errors, selection, scope.rows(), false).mismatch(self.ty),
            },
            Kind::Rowtime => rowtimes(scope),
            Kind::Literal(array) => Vector::constant(Arc::clone(array)),
            Kind::Clock(function) => clock(*function, scope),
            Kind::Cast(node) => {
                let value = node.eval(scope, selection, errors);
                let mut failures = Failures::new(errors, selection, scope.rows(), value.is_constant());
                cast::cast(&value, node.ty, self.ty, scope.input.clock, &mut failures)
            }
            Kind::Call(call) => call.eval(self.ty, scope, selection, errors),
            Kind::And(parts) => logic::and(parts, scope, selection, errors),
            Kind::Or(parts) => logic::or(parts, scope, selection, errors),
            Kind::Case {
                operand,
                whens,
                otherwise,
            } => {
                let parts = (operand.as_deref(), whens.as_slice(), otherwise.as_deref());
                logic::case(parts, self.ty, scope, selection, errors)
            }
            Kind::CaseOperand => match scope.operand {
                Some(operand) => operand.clone(),
                None => Failures::new(errors, selection, scope.rows(), false).mismatch(self.ty),
            },
            Kind::Coalesce(parts) => logic::coalesce(parts, self.ty, scope, selection, errors),
            Kind::In {
                operand,
                tests,
                negated,
            } => logic::in_list((operand, tests, *negated), scope, selection, errors),
            Kind::NullIf { operand, test } => {
                logic::null_if((operand, test), self.ty, scope, selection, errors)
            }
        }
    }
}

fn rowtimes(scope: Scope<'_>) -> Vector {
    Vector::rows(Arc::new(TimestampMillisecondArray::from(
        scope.input.rowtimes.to_vec(),
    )))
}

fn clock(function: ClockFunction, scope: Scope<'_>) -> Vector {
    let start = scope.input.clock.run_start_ms;
    let array: ArrayRef = match function {
        ClockFunction::CurrentTimestamp => Arc::new(TimestampMillisecondArray::from(vec![start])),
        ClockFunction::CurrentDate => {
            let days = i32::try_from(start.div_euclid(DAY_MS)).unwrap_or(0);
            Arc::new(Date32Array::from(vec![days]))
        }
        ClockFunction::CurrentTime => {
            let ms = i32::try_from(start.rem_euclid(DAY_MS)).unwrap_or(0);
            Arc::new(Time32MillisecondArray::from(vec![ms]))
        }
        ClockFunction::CurrentRowTimestamp => match scope.input.clock.row_ms {
            Some(now) => Arc::new(TimestampMillisecondArray::from(vec![now])),
            None => return rowtimes(scope),
        },
    };
    Vector::constant(array)
}

/// A constant as an array of one value; a value that does not belong to its type is NULL.
fn literal(value: &Value, ty: SqlType) -> ArrayRef {
    literal_of_type(value, ty).unwrap_or_else(|| new_null_array(&ty.arrow(), 1))
}

fn literal_of_type(value: &Value, ty: SqlType) -> Option<ArrayRef> {
    let small = |v: i64| i32::try_from(v).ok();
    let array: ArrayRef = match (value, ty) {
        (Value::Boolean(b), SqlType::Boolean) => Arc::new(BooleanArray::from(vec![*b])),
        (Value::Int(v), SqlType::TinyInt) => Arc::new(Int8Array::from(vec![i8::try_from(*v).ok()?])),
        (Value::Int(v), SqlType::SmallInt) => Arc::new(Int16Array::from(vec![i16::try_from(*v).ok()?])),
        (Value::Int(v), SqlType::Integer) => Arc::new(Int32Array::from(vec![small(*v)?])),
        (Value::Int(v), SqlType::BigInt) => Arc::new(Int64Array::from(vec![*v])),
        (Value::Int(v), SqlType::Date) => Arc::new(Date32Array::from(vec![small(*v)?])),
        (Value::Int(v), SqlType::Time) => Arc::new(Time32MillisecondArray::from(vec![small(*v)?])),
        (Value::Int(v), SqlType::Timestamp) => Arc::new(TimestampMillisecondArray::from(vec![*v])),
        (Value::Int(v), SqlType::Interval(q)) if q.is_year_month() => {
            Arc::new(Int32Array::from(vec![small(*v)?]))
        }
        (Value::Int(v), SqlType::Interval(_)) => Arc::new(Int64Array::from(vec![*v])),
        (Value::Decimal(v), SqlType::Decimal { .. }) => {
            Arc::new(arrow::array::Decimal128Array::from(vec![*v]).with_data_type(ty.arrow()))
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the nearest REAL is what the literal means"
        )]
        (Value::Float(v), SqlType::Real) => Arc::new(Float32Array::from(vec![*v as f32])),
        (Value::Float(v), SqlType::Double) => Arc::new(Float64Array::from(vec![*v])),
        (Value::Text(t), SqlType::Char(_) | SqlType::Varchar(_)) => {
            Arc::new(StringViewArray::from_iter_values([t.as_ref()]))
        }
        (Value::Bytes(b), SqlType::Binary(_) | SqlType::Varbinary(_)) => {
            Arc::new(BinaryViewArray::from_iter_values([b.as_ref()]))
        }
        _ => return None,
    };
    Some(array)
}
