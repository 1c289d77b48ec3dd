//! Bound expressions: every name resolved, every type decided, every conversion explicit.
//!
//! The binder builds them; [`eval`] runs them over a batch with row errors (R6). Operands of an arithmetic
//! or comparison node already have the types that the node needs, so evaluation never converts on its own.

use std::sync::Arc;

use crate::diagnostic::Span;
use crate::types::{IntervalQualifier, SqlType, TimeUnit};

pub mod eval;
pub mod text;

/// A bound expression over the columns of one relation.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it does.
    pub kind: ExprKind,
    /// The type of its value.
    pub ty: SqlType,
    /// Where it stands in the script.
    pub span: Span,
}

/// A constant of the dialect, in the physical form of its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL of the expression's type.
    Null,
    /// BOOLEAN.
    Boolean(bool),
    /// TINYINT … BIGINT, DATE (days), TIME and TIMESTAMP (ms), intervals (ms or months).
    Int(i64),
    /// DECIMAL: the unscaled value.
    Decimal(i128),
    /// REAL, DOUBLE.
    Float(f64),
    /// CHAR (already padded), VARCHAR.
    Text(Arc<str>),
    /// BINARY, VARBINARY.
    Bytes(Arc<[u8]>),
}

/// Comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// =
    Eq,
    /// <>
    NotEq,
    /// <
    Lt,
    /// <=
    LtEq,
    /// >
    Gt,
    /// >=
    GtEq,
}

/// How a conversion behaves (`sql.md` §2.1, §3, §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CastMode {
    /// `CAST(x AS t)`: `sql.md` §3.
    Explicit,
    /// INSERT into a column, and conversions the binder adds inside a family: text is truncated silently,
    /// numbers are rounded half away from zero and checked for range.
    Assignment,
}

/// The clocks of `functions.md` §6.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClockFunction {
    /// CURRENT_TIMESTAMP, LOCALTIMESTAMP: start of the run. TIMESTAMP.
    CurrentTimestamp,
    /// CURRENT_DATE. DATE.
    CurrentDate,
    /// CURRENT_TIME, LOCALTIME. TIME.
    CurrentTime,
    /// CURRENT_ROW_TIMESTAMP. TIMESTAMP.
    CurrentRowTimestamp,
}

/// Which part of TRIM.
pub use crate::sql::ast::TrimSide;

/// Scalar functions that are strict (NULL in, NULL out) unless noted.
#[derive(Debug, Clone, PartialEq)]
pub enum Function {
    /// `a + b`, both of the result's type (integers, floats, decimals at the result's scale, intervals).
    Add,
    /// `a - b`, like [`Function::Add`].
    Subtract,
    /// `a * b`: numbers of the result's family; decimals keep their own scales (result scale s1 + s2, or
    /// less when capped). Interval × numeric (in this order) gives the interval's type.
    Multiply,
    /// `a / b`: like Multiply; division by zero is an error for every type. Interval ÷ numeric too.
    Divide,
    /// `-a`.
    Negate,
    /// Datetime plus day-time interval (ms) or year-month interval (months); the interval is second.
    DatetimeAdd,
    /// Datetime minus interval.
    DatetimeSubtract,
    /// `(a - b) qualifier` over two datetimes of one type, truncated to the qualifier's last field.
    DatetimeDifference(IntervalQualifier),
    /// MOD(a, b): both of the same integer type or decimals of scale 0; sign of the dividend.
    Mod,
    /// ABS.
    Abs,
    /// FLOOR of a number or interval.
    Floor,
    /// CEIL of a number or interval.
    Ceil,
    /// FLOOR(x TO unit), datetime or interval.
    FloorTo(TimeUnit),
    /// CEIL(x TO unit).
    CeilTo(TimeUnit),
    /// STEP(i BY n) over integers: the step.
    StepInteger(i64),
    /// STEP(d BY INTERVAL …): the step in ms.
    StepMillis(i64),
    /// STEP(d BY INTERVAL … MONTH or YEAR): the step in months.
    StepMonths(i64),
    /// EXP over DOUBLE.
    Exp,
    /// LN over DOUBLE.
    Ln,
    /// LOG10 over DOUBLE.
    Log10,
    /// SQRT over DOUBLE.
    Sqrt,
    /// POWER over DOUBLE, DOUBLE.
    Power,
    /// Comparison of two values of one family (the binder aligned the types; CHAR pads).
    Compare(Comparison),
    /// `a IS NOT DISTINCT FROM b` when true, `IS DISTINCT FROM` when false; never NULL.
    IsNotDistinct(bool),
    /// IS NULL; never NULL.
    IsNull,
    /// IS NOT NULL; never NULL.
    IsNotNull,
    /// IS TRUE / IS NOT TRUE (negated); never NULL.
    IsTrue {
        /// NOT.
        negated: bool,
    },
    /// IS FALSE / IS NOT FALSE; never NULL.
    IsFalse {
        /// NOT.
        negated: bool,
    },
    /// NOT.
    Not,
    /// LIKE (text, pattern [, escape]).
    Like {
        /// NOT.
        negated: bool,
    },
    /// SIMILAR TO (text, pattern [, escape]).
    Similar {
        /// NOT.
        negated: bool,
    },
    /// `||`.
    Concat,
    /// CHAR_LENGTH.
    CharLength,
    /// UPPER.
    Upper,
    /// LOWER.
    Lower,
    /// INITCAP.
    Initcap,
    /// SUBSTRING(s FROM i [FOR n]); positions are BIGINT.
    Substring,
    /// SUBSTRING(s, i [, n]): the same, but NULL where i is past the end, as its page shows.
    SubstringOrNull,
    /// SUBSTRING(s FROM regex).
    SubstringRegex,
    /// SUBSTRING(s SIMILAR p ESCAPE e).
    SubstringSimilar,
    /// POSITION(a IN b): (a, b).
    Position,
    /// OVERLAY(s, r, i [, n]); positions are BIGINT.
    Overlay,
    /// TRIM(c, s).
    Trim(TrimSide),
    /// REGEX_REPLACE(s, regex, replacement, start, occurrence).
    RegexReplace,
    /// EXTRACT(unit FROM datetime or interval).
    Extract(TimeUnit),
    /// TSDIFF(t1, t2): t2 − t1 in ms.
    TsDiff,
    /// UNIX_TIMESTAMP: ms since 1970.
    UnixTimestamp,
    /// TO_TIMESTAMP(ms).
    ToTimestamp,
    /// CHAR_TO_DATE, CHAR_TO_TIME, CHAR_TO_TIMESTAMP (pattern, text); the result type tells which.
    ParseDatetime,
    /// DATE_TO_CHAR, TIME_TO_CHAR, TIMESTAMP_TO_CHAR (pattern, datetime).
    FormatDatetime,
    /// MONOTONIC(x): x itself.
    Monotonic,
}

/// What an expression does.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// Column of the input relation, by position.
    Column(usize),
    /// ROWTIME of the input row.
    Rowtime,
    /// A constant.
    Literal(Value),
    /// A conversion.
    Cast {
        /// What is converted.
        expr: Box<Expr>,
        /// How.
        mode: CastMode,
    },
    /// A scalar function or operator over already evaluated arguments.
    Call {
        /// Which.
        function: Function,
        /// Arguments in order.
        args: Vec<Expr>,
    },
    /// A clock.
    Clock(ClockFunction),
    /// AND, left to right: a later operand only for rows that no earlier one made FALSE.
    And(Vec<Expr>),
    /// OR, left to right.
    Or(Vec<Expr>),
    /// Searched CASE: (condition, value) pairs, then ELSE (NULL if absent). A simple CASE binds its operand
    /// once through `operand` and its WHENs as [`ExprKind::CaseOperand`] comparisons.
    Case {
        /// Operand of a simple CASE, evaluated once.
        operand: Option<Box<Expr>>,
        /// WHEN, THEN.
        whens: Vec<(Expr, Expr)>,
        /// ELSE.
        otherwise: Option<Box<Expr>>,
    },
    /// The operand of the innermost enclosing simple CASE (or tested value of IN, first argument of NULLIF).
    CaseOperand,
    /// First operand that is not NULL, left to right.
    Coalesce(Vec<Expr>),
    /// `x [NOT] IN (list)`: like a chain of `=` joined by OR, x evaluated once; the items are BOOLEAN
    /// comparisons with [`ExprKind::CaseOperand`].
    In {
        /// x.
        operand: Box<Expr>,
        /// `CaseOperand = item` for every item.
        tests: Vec<Expr>,
        /// NOT.
        negated: bool,
    },
    /// NULLIF(a, b): NULL where `test` (`CaseOperand = b`) is TRUE, else a.
    NullIf {
        /// a.
        operand: Box<Expr>,
        /// `CaseOperand = b`.
        test: Box<Expr>,
    },
}

impl Expr {
    /// An expression node.
    pub fn new(kind: ExprKind, ty: SqlType, span: Span) -> Self {
        Self { kind, ty, span }
    }

    /// A column by position.
    pub fn column(index: usize, ty: SqlType, span: Span) -> Self {
        Self::new(ExprKind::Column(index), ty, span)
    }

    /// ROWTIME of the input row.
    pub fn rowtime(span: Span) -> Self {
        Self::new(ExprKind::Rowtime, SqlType::Timestamp, span)
    }

    /// A constant.
    pub fn literal(value: Value, ty: SqlType, span: Span) -> Self {
        Self::new(ExprKind::Literal(value), ty, span)
    }

    /// A function call.
    pub fn call(function: Function, args: Vec<Expr>, ty: SqlType, span: Span) -> Self {
        Self::new(ExprKind::Call { function, args }, ty, span)
    }

    /// The direct operands, in order of evaluation.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Column(_)
            | ExprKind::Rowtime
            | ExprKind::Literal(_)
            | ExprKind::Clock(_)
            | ExprKind::CaseOperand => Vec::new(),
            ExprKind::Cast { expr, .. } => vec![expr],
            ExprKind::Call { args, .. }
            | ExprKind::And(args)
            | ExprKind::Or(args)
            | ExprKind::Coalesce(args) => args.iter().collect(),
            ExprKind::Case {
                operand,
                whens,
                otherwise,
            } => {
                let mut all: Vec<&Expr> = operand.iter().map(AsRef::as_ref).collect();
                for (when, then) in whens {
                    all.push(when);
                    all.push(then);
                }
                all.extend(otherwise.iter().map(AsRef::as_ref));
                all
            }
            ExprKind::In { operand, tests, .. } => std::iter::once(operand.as_ref()).chain(tests).collect(),
            ExprKind::NullIf { operand, test } => vec![operand, test],
        }
    }

    /// The same for rewriting.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.kind {
            ExprKind::Column(_)
            | ExprKind::Rowtime
            | ExprKind::Literal(_)
            | ExprKind::Clock(_)
            | ExprKind::CaseOperand => Vec::new(),
            ExprKind::Cast { expr, .. } => vec![expr],
            ExprKind::Call { args, .. }
            | ExprKind::And(args)
            | ExprKind::Or(args)
            | ExprKind::Coalesce(args) => args.iter_mut().collect(),
            ExprKind::Case {
                operand,
                whens,
                otherwise,
            } => {
                let mut all: Vec<&mut Expr> = operand.iter_mut().map(AsMut::as_mut).collect();
                for (when, then) in whens {
                    all.push(when);
                    all.push(then);
                }
                all.extend(otherwise.iter_mut().map(AsMut::as_mut));
                all
            }
            ExprKind::In { operand, tests, .. } => std::iter::once(operand.as_mut()).chain(tests).collect(),
            ExprKind::NullIf { operand, test } => vec![operand, test],
        }
    }

    /// Calls `f` on this node and everything below, parents first.
    pub fn walk<'a>(&'a self, f: &mut impl FnMut(&'a Expr)) {
        f(self);
        for child in self.children() {
            child.walk(f);
        }
    }

    /// Calls `f` on everything below and then on this node.
    pub fn rewrite(&mut self, f: &mut impl FnMut(&mut Expr)) {
        for child in self.children_mut() {
            child.rewrite(f);
        }
        f(self);
    }

    /// Positions of the input columns it reads, ascending, without repeats.
    pub fn columns(&self) -> Vec<usize> {
        let mut found = std::collections::BTreeSet::new();
        self.walk(&mut |e| {
            if let ExprKind::Column(i) = e.kind {
                found.insert(i);
            }
        });
        found.into_iter().collect()
    }

    /// Whether it reads ROWTIME of the input row.
    pub fn reads_rowtime(&self) -> bool {
        let mut found = false;
        self.walk(&mut |e| found |= matches!(e.kind, ExprKind::Rowtime));
        found
    }
}
