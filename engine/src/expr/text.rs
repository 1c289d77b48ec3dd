//! A bound expression as readable text, with the conversions the binder added: what `explain` shows.

use std::fmt;

use super::{ClockFunction, Comparison, Expr, ExprKind, Function, Value};
use crate::datetime;
use crate::number_text;
use crate::plan::Field;
use crate::types::{SqlType, TimeUnit};

/// The expression with the column names of its input.
pub fn with_names<'a>(expr: &'a Expr, fields: &'a [Field]) -> impl fmt::Display + 'a {
    Text { expr, fields }
}

struct Text<'a> {
    expr: &'a Expr,
    fields: &'a [Field],
}

impl<'a> Text<'a> {
    fn of(&self, expr: &'a Expr) -> Text<'a> {
        Text {
            expr,
            fields: self.fields,
        }
    }

    fn list(&self, f: &mut fmt::Formatter<'_>, exprs: &'a [Expr], separator: &str) -> fmt::Result {
        for (i, expr) in exprs.iter().enumerate() {
            if i > 0 {
                f.write_str(separator)?;
            }
            write!(f, "{}", self.of(expr))?;
        }
        Ok(())
    }

    fn call(&self, f: &mut fmt::Formatter<'_>, function: &Function, args: &'a [Expr]) -> fmt::Result {
        if let (Some(op), [left, right]) = (infix(function), args) {
            return write!(f, "({} {op} {})", self.of(left), self.of(right));
        }
        if let (Some(after), [only]) = (postfix(function), args) {
            return write!(f, "{} {after}", self.of(only));
        }
        write!(f, "{}(", name(function))?;
        self.list(f, args, ", ")?;
        match function {
            Function::FloorTo(unit) | Function::CeilTo(unit) => write!(f, " TO {unit})"),
            Function::StepInteger(n) => write!(f, " BY {n})"),
            Function::StepMillis(n) => write!(f, " BY {})", interval(*n)),
            Function::StepMonths(n) => write!(f, " BY INTERVAL '{n}' MONTH)"),
            Function::Extract(unit) => write!(f, ", {unit})"),
            Function::DatetimeDifference(q) => write!(f, ") {q}"),
            _ => f.write_str(")"),
        }
    }
}

fn infix(function: &Function) -> Option<&'static str> {
    Some(match function {
        Function::Add | Function::DatetimeAdd => "+",
        Function::Subtract | Function::DatetimeSubtract => "-",
        Function::Multiply => "*",
        Function::Divide => "/",
        Function::Concat => "||",
        Function::Compare(c) => match c {
            Comparison::Eq => "=",
            Comparison::NotEq => "<>",
            Comparison::Lt => "<",
            Comparison::LtEq => "<=",
            Comparison::Gt => ">",
            Comparison::GtEq => ">=",
        },
        Function::IsNotDistinct(true) => "IS NOT DISTINCT FROM",
        Function::IsNotDistinct(false) => "IS DISTINCT FROM",
        Function::Like { negated: false } => "LIKE",
        Function::Like { negated: true } => "NOT LIKE",
        Function::Similar { negated: false } => "SIMILAR TO",
        Function::Similar { negated: true } => "NOT SIMILAR TO",
        _ => return None,
    })
}

fn postfix(function: &Function) -> Option<&'static str> {
    Some(match function {
        Function::IsNull => "IS NULL",
        Function::IsNotNull => "IS NOT NULL",
        Function::IsTrue { negated: false } => "IS TRUE",
        Function::IsTrue { negated: true } => "IS NOT TRUE",
        Function::IsFalse { negated: false } => "IS FALSE",
        Function::IsFalse { negated: true } => "IS NOT FALSE",
        _ => return None,
    })
}

fn name(function: &Function) -> &'static str {
    match function {
        Function::Negate => "-",
        Function::Not => "NOT",
        Function::Mod => "MOD",
        Function::Abs => "ABS",
        Function::Floor | Function::FloorTo(_) => "FLOOR",
        Function::Ceil | Function::CeilTo(_) => "CEIL",
        Function::StepInteger(_) | Function::StepMillis(_) | Function::StepMonths(_) => "STEP",
        Function::Exp => "EXP",
        Function::Ln => "LN",
        Function::Log10 => "LOG10",
        Function::Sqrt => "SQRT",
        Function::Power => "POWER",
        Function::CharLength => "CHAR_LENGTH",
        Function::Upper => "UPPER",
        Function::Lower => "LOWER",
        Function::Initcap => "INITCAP",
        Function::Substring => "SUBSTRING",
        Function::SubstringOrNull => "SUBSTRING_OR_NULL",
        Function::SubstringRegex => "SUBSTRING_REGEX",
        Function::SubstringSimilar => "SUBSTRING_SIMILAR",
        Function::Position => "POSITION",
        Function::Overlay => "OVERLAY",
        Function::Trim(_) => "TRIM",
        Function::RegexReplace => "REGEX_REPLACE",
        Function::Extract(_) => "EXTRACT",
        Function::TsDiff => "TSDIFF",
        Function::UnixTimestamp => "UNIX_TIMESTAMP",
        Function::ToTimestamp => "TO_TIMESTAMP",
        Function::ParseDatetime => "CHAR_TO_DATETIME",
        Function::FormatDatetime => "DATETIME_TO_CHAR",
        Function::Monotonic => "MONOTONIC",
        Function::DatetimeDifference(_) => "DIFFERENCE",
        Function::Like { .. } => "LIKE",
        Function::Similar { .. } => "SIMILAR",
        _ => "?",
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.expr.kind {
            ExprKind::Column(i) => f.write_str(self.fields.get(*i).map_or("?", |field| field.name.as_str())),
            ExprKind::Rowtime => f.write_str("ROWTIME"),
            ExprKind::Literal(value) => literal(f, value, self.expr.ty),
            ExprKind::Cast { expr, .. } => write!(f, "CAST({} AS {})", self.of(expr), self.expr.ty),
            ExprKind::Call { function, args } => self.call(f, function, args),
            ExprKind::Clock(clock) => f.write_str(match clock {
                ClockFunction::CurrentTimestamp => "CURRENT_TIMESTAMP",
                ClockFunction::CurrentDate => "CURRENT_DATE",
                ClockFunction::CurrentTime => "CURRENT_TIME",
                ClockFunction::CurrentRowTimestamp => "CURRENT_ROW_TIMESTAMP",
            }),
            ExprKind::And(args) => {
                f.write_str("(")?;
                self.list(f, args, " AND ")?;
                f.write_str(")")
            }
            ExprKind::Or(args) => {
                f.write_str("(")?;
                self.list(f, args, " OR ")?;
                f.write_str(")")
            }
            ExprKind::Case {
                operand,
                whens,
                otherwise,
            } => {
                f.write_str("CASE")?;
                if let Some(operand) = operand {
                    write!(f, " {}", self.of(operand))?;
                }
                for (when, then) in whens {
                    write!(f, " WHEN {} THEN {}", self.of(when), self.of(then))?;
                }
                if let Some(otherwise) = otherwise {
                    write!(f, " ELSE {}", self.of(otherwise))?;
                }
                f.write_str(" END")
            }
            ExprKind::CaseOperand => f.write_str("$"),
            ExprKind::Coalesce(args) => {
                f.write_str("COALESCE(")?;
                self.list(f, args, ", ")?;
                f.write_str(")")
            }
            ExprKind::In {
                operand,
                tests,
                negated,
            } => {
                let not = if *negated { "NOT " } else { "" };
                write!(f, "{} {not}IN (", self.of(operand))?;
                self.list(f, tests, ", ")?;
                f.write_str(")")
            }
            ExprKind::NullIf { operand, test } => {
                write!(f, "NULLIF({}, {})", self.of(operand), self.of(test))
            }
        }
    }
}

/// A day-time interval in the greatest unit that it is a whole number of.
fn interval(ms: i64) -> String {
    for unit in [TimeUnit::Day, TimeUnit::Hour, TimeUnit::Minute, TimeUnit::Second] {
        if let Some(length) = unit.millis()
            && ms % length == 0
            && ms != 0
        {
            return format!("INTERVAL '{}' {unit}", ms / length);
        }
    }
    format!("INTERVAL '{}.{:03}' SECOND", ms / 1_000, (ms % 1_000).abs())
}

fn literal(f: &mut fmt::Formatter<'_>, value: &Value, ty: SqlType) -> fmt::Result {
    let mut out = String::new();
    match (value, ty) {
        (Value::Null, _) => out.push_str("NULL"),
        (Value::Boolean(b), _) => out.push_str(if *b { "TRUE" } else { "FALSE" }),
        (Value::Int(ms), SqlType::Timestamp) => {
            out.push_str("TIMESTAMP '");
            datetime::write_timestamp(&mut out, *ms, ms % 1_000 != 0);
            out.push('\'');
        }
        (Value::Int(days), SqlType::Date) => {
            out.push_str("DATE '");
            datetime::write_date(&mut out, *days);
            out.push('\'');
        }
        (Value::Int(ms), SqlType::Time) => {
            out.push_str("TIME '");
            datetime::write_time(&mut out, *ms, ms % 1_000 != 0);
            out.push('\'');
        }
        (Value::Int(n), SqlType::Interval(q)) => {
            return match q.is_year_month() {
                true => write!(f, "INTERVAL '{n}' MONTH"),
                false => f.write_str(&interval(*n)),
            };
        }
        (Value::Int(n), _) => return write!(f, "{n}"),
        (Value::Decimal(unscaled), SqlType::Decimal { scale, .. }) => {
            number_text::write_decimal(&mut out, *unscaled, scale);
        }
        (Value::Decimal(unscaled), _) => return write!(f, "{unscaled}"),
        (Value::Float(x), _) => number_text::write_double(&mut out, *x),
        (Value::Text(text), _) => return write!(f, "'{}'", text.replace('\'', "''")),
        (Value::Bytes(bytes), _) => {
            out.push_str("X'");
            crate::row_text::write_hex(&mut out, bytes);
            out.push('\'');
        }
    }
    f.write_str(&out)
}
