//! A call of a strict function or operator: arguments left to right, then the function over whole arrays.

use arrow::buffer::BooleanBuffer;

use super::arithmetic::{self, Operator, Sign};
use super::failures::Failures;
use super::like::Like;
use super::node::{Node, Scope};
use super::patterns::Patterns;
use super::simple_date_format::DatePattern;
use super::vector::Vector;
use super::{comparison, datetime_functions, java_regex, math, pattern_functions, rounding, similar, text};
use crate::expr::Function;
use crate::row_error::RowErrors;
use crate::types::SqlType;

/// A function and its arguments.
#[derive(Debug)]
pub(super) struct Call {
    function: Function,
    pub(super) args: Vec<Node>,
    prepared: Prepared,
}

/// What is compiled once from a constant pattern, or kept from batch to batch for others.
#[derive(Debug)]
enum Prepared {
    Nothing,
    Like(Patterns<Like>),
    Regex(Patterns<regex::Regex>),
    Similar(Patterns<regex::Regex>),
    ThreeParts(Patterns<similar::ThreeParts>),
    Date(Patterns<DatePattern>),
}

impl Call {
    pub(super) fn new(function: Function, args: Vec<Node>) -> Self {
        let prepared = match &function {
            Function::Like { .. } => Prepared::Like(Patterns::new(Like::new, args.get(1), args.get(2))),
            Function::Similar { .. } => {
                Prepared::Similar(Patterns::new(similar::compile, args.get(1), args.get(2)))
            }
            Function::SubstringSimilar => {
                Prepared::ThreeParts(Patterns::new(similar::ThreeParts::new, args.get(1), args.get(2)))
            }
            Function::SubstringRegex | Function::RegexReplace => {
                Prepared::Regex(Patterns::new(java_regex::compile_plain, args.get(1), None))
            }
            Function::ParseDatetime | Function::FormatDatetime => {
                Prepared::Date(Patterns::new(DatePattern::compile_plain, args.first(), None))
            }
            _ => Prepared::Nothing,
        };
        Self {
            function,
            args,
            prepared,
        }
    }

    /// Whether the result depends on the clock as well as on the arguments.
    pub(super) fn reads_clock(&self) -> bool {
        matches!(self.function, Function::ParseDatetime)
    }

    pub(super) fn eval(
        &self,
        out: SqlType,
        scope: Scope<'_>,
        selection: Option<&BooleanBuffer>,
        errors: &mut RowErrors,
    ) -> Vector {
        let values: Vec<Vector> = self
            .args
            .iter()
            .map(|a| a.eval(scope, selection, errors))
            .collect();
        let types: Vec<SqlType> = self.args.iter().map(|a| a.ty).collect();
        let constant = values.iter().all(Vector::is_constant);
        let mut failures = Failures::new(errors, selection, scope.rows(), constant);
        let f = &mut failures;
        match (values.as_slice(), types.as_slice()) {
            ([a], [at]) => self.one(a, *at, out, f),
            ([a, b], [at, bt]) => self.two((a, *at), (b, *bt), out, scope, f),
            (args, _) => self.many(args, out, f),
        }
    }

    fn one(&self, a: &Vector, ty: SqlType, out: SqlType, f: &mut Failures<'_>) -> Vector {
        match &self.function {
            Function::IsNull => comparison::is_null(true, a, f),
            Function::IsNotNull => comparison::is_null(false, a, f),
            Function::IsTrue { negated } => comparison::is_truth(true, *negated, a, f),
            Function::IsFalse { negated } => comparison::is_truth(false, *negated, a, f),
            _ if a.is_null_constant() => Vector::null(out),
            Function::Negate => arithmetic::sign(Sign::Negate, a, out, f),
            Function::Abs => arithmetic::sign(Sign::Abs, a, out, f),
            Function::Floor => rounding::whole(false, a, ty, out, f),
            Function::Ceil => rounding::whole(true, a, ty, out, f),
            Function::FloorTo(unit) => rounding::to_unit(false, *unit, a, ty, out, f),
            Function::CeilTo(unit) => rounding::to_unit(true, *unit, a, ty, out, f),
            Function::StepInteger(step) => rounding::step_integer(*step, a, out, f),
            Function::StepMillis(step) => rounding::step_millis(*step, a, ty, out, f),
            Function::StepMonths(step) => rounding::step_months(*step, a, ty, out, f),
            Function::Exp => math::unary(math::Unary::Exp, a, out, f),
            Function::Ln => math::unary(math::Unary::Ln, a, out, f),
            Function::Log10 => math::unary(math::Unary::Log10, a, out, f),
            Function::Sqrt => math::unary(math::Unary::Sqrt, a, out, f),
            Function::Not => comparison::not(a, f),
            Function::CharLength => text::char_length(a, out, f),
            Function::Upper => text::upper(a, out, f),
            Function::Lower => text::lower(a, out, f),
            Function::Initcap => text::initcap(a, out, f),
            Function::Extract(unit) => datetime_functions::extract(*unit, a, ty, out, f),
            Function::UnixTimestamp => datetime_functions::unix_timestamp(a, out, f),
            Function::ToTimestamp => datetime_functions::to_timestamp(a, out, f),
            Function::Monotonic => a.clone(),
            _ => f.mismatch(out),
        }
    }

    fn two(
        &self,
        (a, at): (&Vector, SqlType),
        (b, bt): (&Vector, SqlType),
        out: SqlType,
        scope: Scope<'_>,
        f: &mut Failures<'_>,
    ) -> Vector {
        let args = ((a, at), (b, bt));
        match &self.function {
            Function::IsNotDistinct(wanted) => comparison::is_not_distinct(*wanted, args.0, args.1, f),
            _ if a.is_null_constant() || b.is_null_constant() => Vector::null(out),
            Function::Compare(c) => comparison::compare(*c, args.0, args.1, f),
            Function::Add => arithmetic::binary(Operator::Add, args.0, args.1, out, f),
            Function::Subtract => arithmetic::binary(Operator::Subtract, args.0, args.1, out, f),
            Function::Multiply => arithmetic::binary(Operator::Multiply, args.0, args.1, out, f),
            Function::Divide => arithmetic::binary(Operator::Divide, args.0, args.1, out, f),
            Function::Mod => arithmetic::binary(Operator::Mod, args.0, args.1, out, f),
            Function::DatetimeAdd => datetime_functions::shift(1, a, (b, bt), out, f),
            Function::DatetimeSubtract => datetime_functions::shift(-1, a, (b, bt), out, f),
            Function::DatetimeDifference(q) => datetime_functions::difference(*q, (a, b), at, out, f),
            Function::TsDiff => datetime_functions::ts_diff((a, b), out, f),
            Function::Power => math::power((a, b), out, f),
            Function::Concat => text::concat((a, b), out, f),
            Function::Position => text::position((a, b), out, f),
            Function::Trim(side) => text::trim(*side, (a, b), out, f),
            Function::ParseDatetime => match &self.prepared {
                Prepared::Date(p) => {
                    datetime_functions::parse(p, (a, b), out, scope.input.clock.run_start_ms, f)
                }
                _ => f.mismatch(out),
            },
            Function::FormatDatetime => match &self.prepared {
                Prepared::Date(p) => datetime_functions::format(p, (a, b), bt, out, f),
                _ => f.mismatch(out),
            },
            _ => self.many(&[a.clone(), b.clone()], out, f),
        }
    }

    fn many(&self, args: &[Vector], out: SqlType, f: &mut Failures<'_>) -> Vector {
        if args.iter().any(Vector::is_null_constant) {
            return Vector::null(out);
        }
        match (&self.function, &self.prepared) {
            (Function::Like { negated }, Prepared::Like(p)) => pattern_functions::like(p, *negated, args, f),
            (Function::Similar { negated }, Prepared::Similar(p)) => {
                pattern_functions::similar(p, *negated, args, f)
            }
            (Function::SubstringRegex, Prepared::Regex(p)) => {
                pattern_functions::substring_regex(p, args, out, f)
            }
            (Function::SubstringSimilar, Prepared::ThreeParts(p)) => {
                pattern_functions::substring_similar(p, args, out, f)
            }
            (Function::RegexReplace, Prepared::Regex(p)) => pattern_functions::regex_replace(p, args, out, f),
            (Function::Substring, _) => text::substring(false, args, out, f),
            (Function::SubstringOrNull, _) => text::substring(true, args, out, f),
            (Function::Overlay, _) => text::overlay(args, out, f),
            _ => f.mismatch(out),
        }
    }
}
