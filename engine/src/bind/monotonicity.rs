//! How the values of an expression move as rows go by (`windows-and-time.md` §2).
//!
//! Derived from bound expressions, after names and user functions are gone. An expression built on ROWTIME
//! alone also has a clock: the same expression over no columns, which tells what a bound means for it.

use super::extent;
use crate::expr::{ClockFunction, Expr, ExprKind, Function, Value};
use crate::types::{SqlType, TimeUnit};

/// The way values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// One value for the whole run.
    Constant,
    /// Never down.
    Ascending,
    /// Never up.
    Descending,
    /// Anywhere.
    Unordered,
}

/// What a direction rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// ROWTIME, or nothing at all for constants.
    Rowtime,
    /// The author's word (MONOTONIC), or a clock function.
    Declared,
    /// MIN, MAX, FIRST_VALUE or LAST_VALUE of ROWTIME in a window.
    OpenWindow,
}

/// Direction, its basis, and the expression as a function of ROWTIME alone, where it is one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    /// The way values go.
    pub(super) direction: Direction,
    /// What that rests on.
    pub(super) basis: Basis,
    /// The value as an expression over no columns.
    pub(super) clock: Option<Expr>,
    /// The clock is that of a window below, whose rows carry the window's end: see [`crate::plan::WindowClock`].
    pub(super) behind: bool,
}

impl Order {
    /// The same direction, promised by the order of the rows alone.
    pub(super) fn declared(&self) -> Self {
        Self::without_clock(self.direction, Basis::Declared)
    }

    /// No order.
    pub(super) fn unordered() -> Self {
        Self {
            direction: Direction::Unordered,
            basis: Basis::Rowtime,
            clock: None,
            behind: false,
        }
    }

    /// What is left of it where nothing but a constant stays in order.
    pub(super) fn if_constant(&self) -> Self {
        match self.direction {
            Direction::Constant => self.clone(),
            _ => Self::unordered(),
        }
    }

    /// Ordered, but not a function of ROWTIME.
    pub(super) fn without_clock(direction: Direction, basis: Basis) -> Self {
        Self {
            direction,
            basis,
            clock: None,
            behind: false,
        }
    }

    /// Ascending or descending.
    pub(super) fn is_monotonic(&self) -> bool {
        matches!(self.direction, Direction::Ascending | Direction::Descending)
    }

    /// Monotonic and a function of ROWTIME.
    pub(super) fn is_built_on_rowtime(&self) -> bool {
        self.is_monotonic() && self.clock.is_some()
    }
}

/// The order of `expr` over columns of the given orders.
pub(super) fn order_of(expr: &Expr, columns: &[Order]) -> Order {
    let (direction, basis) = derive(expr, columns);
    let clock = match direction {
        Direction::Unordered => None,
        _ => over_no_columns(expr, columns).filter(|_| basis == Basis::Rowtime),
    };
    let behind = expr
        .columns()
        .iter()
        .any(|i| columns.get(*i).is_some_and(|c| c.behind));
    Order {
        direction,
        basis,
        // A row cannot stand at two times at once.
        clock: clock.filter(|_| !behind || !mixes_times(expr, columns)),
        behind,
    }
}

/// Whether it reads ROWTIME of the row beside the key of a window below.
fn mixes_times(expr: &Expr, columns: &[Order]) -> bool {
    let now = |i: &usize| columns.get(*i).is_some_and(|c| !c.behind && c.is_monotonic());
    expr.reads_rowtime() || expr.columns().iter().any(now)
}

/// `expr` with every column replaced by its clock.
fn over_no_columns(expr: &Expr, columns: &[Order]) -> Option<Expr> {
    let mut possible = written_out_is_small(expr, columns);
    expr.walk(&mut |e| match &e.kind {
        ExprKind::Column(i) => possible &= columns.get(*i).is_some_and(|c| c.clock.is_some()),
        ExprKind::Clock(ClockFunction::CurrentRowTimestamp) => possible = false,
        _ => {}
    });
    if !possible {
        return None;
    }
    let mut clock = expr.clone();
    clock.rewrite(&mut |e| {
        if let ExprKind::Column(i) = e.kind
            && let Some(c) = columns.get(i).and_then(|c| c.clock.clone())
        {
            *e = c;
        }
    });
    Some(clock)
}

fn written_out_is_small(expr: &Expr, columns: &[Order]) -> bool {
    let clock = |i: usize| columns.get(i).and_then(|c| c.clock.as_ref());
    let (mut nodes, mut tallest) = (0usize, 0);
    expr.walk(&mut |e| {
        let (n, h) = match e.kind {
            ExprKind::Column(i) => clock(i).map_or((1, 1), |c| (extent::nodes(c), extent::height(c))),
            _ => (1, 1),
        };
        nodes = nodes.saturating_add(n);
        tallest = tallest.max(h);
    });
    nodes <= extent::NODES_MAX && tallest + extent::height(expr) <= extent::HEIGHT_MAX
}

type Derived = (Direction, Basis);

const CONSTANT: Derived = (Direction::Constant, Basis::Rowtime);
const UNORDERED: Derived = (Direction::Unordered, Basis::Rowtime);

fn derive(expr: &Expr, columns: &[Order]) -> Derived {
    match &expr.kind {
        ExprKind::Column(i) => columns.get(*i).map_or(UNORDERED, |o| (o.direction, o.basis)),
        ExprKind::Rowtime => (Direction::Ascending, Basis::Rowtime),
        ExprKind::Literal(_) => CONSTANT,
        // The others are frozen at the start of the run (`decisions.md` 17).
        ExprKind::Clock(ClockFunction::CurrentRowTimestamp) => (Direction::Ascending, Basis::Declared),
        ExprKind::Clock(_) => CONSTANT,
        ExprKind::Cast { expr: inner, .. } => derive_cast(derive(inner, columns), inner.ty, expr.ty),
        ExprKind::Call {
            function: Function::Monotonic,
            args,
        } => derive_call(&Function::Monotonic, args, columns),
        ExprKind::Call { function, args } => computed(derive_call(function, args, columns)),
        _ => {
            let all_constant = expr
                .children()
                .iter()
                .all(|e| matches!(e.kind, ExprKind::CaseOperand) || derive(e, columns) == CONSTANT);
            if all_constant { CONSTANT } else { UNORDERED }
        }
    }
}

/// What is computed from the first or last ROWTIME of a window may be below it, so that only its direction is left.
fn computed((direction, basis): Derived) -> Derived {
    match basis {
        Basis::OpenWindow if direction == Direction::Unordered => UNORDERED,
        Basis::OpenWindow => (direction, Basis::Declared),
        _ => (direction, basis),
    }
}

fn derive_cast(inner: Derived, from: SqlType, to: SqlType) -> Derived {
    let number = |t: SqlType| t.is_numeric() || t.is_interval();
    let loses = (number(from) && to.is_character())
        || (from.is_character() && number(to))
        || to == SqlType::Time
        || to == SqlType::Boolean;
    if loses && inner.0 != Direction::Constant {
        UNORDERED
    } else {
        inner
    }
}

fn derive_call(function: &Function, args: &[Expr], columns: &[Order]) -> Derived {
    let of: Vec<Derived> = args.iter().map(|a| derive(a, columns)).collect();
    if of.iter().all(|d| *d == CONSTANT) {
        return CONSTANT;
    }
    match (function, args, of.as_slice()) {
        (Function::Monotonic, [x], [d]) => {
            let ordered = matches!(d.0, Direction::Ascending | Direction::Descending);
            let on_rowtime = ordered && d.1 == Basis::Rowtime && over_no_columns(x, columns).is_some();
            if on_rowtime || (d.1 == Basis::OpenWindow && d.0 == Direction::Ascending) {
                *d
            } else {
                (Direction::Ascending, Basis::Declared)
            }
        }
        (
            Function::Floor
            | Function::Ceil
            | Function::FloorTo(_)
            | Function::CeilTo(_)
            | Function::StepInteger(_)
            | Function::StepMillis(_)
            | Function::StepMonths(_)
            | Function::UnixTimestamp
            | Function::ToTimestamp,
            _,
            [d],
        ) => *d,
        (Function::Negate, _, [d]) => reversed(*d),
        (Function::Add, _, [a, b]) => sum(*a, *b),
        (Function::Subtract | Function::DatetimeDifference(_), _, [a, b]) => sum(*a, reversed(*b)),
        (Function::TsDiff, _, [a, b]) => sum(reversed(*a), *b),
        (Function::DatetimeAdd, [x, i], [a, b]) if keeps_order(x, i) => sum(*a, *b),
        (Function::DatetimeSubtract, [x, i], [a, b]) if keeps_order(x, i) => sum(*a, reversed(*b)),
        (Function::Multiply, [x, y], [a, b]) => match (*a, *b) {
            (m, CONSTANT) => scaled(m, sign(y)),
            (CONSTANT, m) => scaled(m, sign(x)),
            _ => UNORDERED,
        },
        (Function::Divide, [_, y], [m, CONSTANT]) => scaled(*m, sign(y).filter(|s| *s != 0)),
        (Function::Substring | Function::SubstringOrNull, [_, start, _], [m, CONSTANT, CONSTANT])
            if is_prefix_start(start) =>
        {
            *m
        }
        _ => UNORDERED,
    }
}

/// Months of different length are clipped to their end, which can swap two instants of different days;
/// whole days stay in order.
fn keeps_order(datetime: &Expr, interval: &Expr) -> bool {
    let SqlType::Interval(q) = interval.ty else {
        return false;
    };
    if datetime.ty == SqlType::Time {
        return false;
    }
    !q.is_year_month() || datetime.ty == SqlType::Date || is_whole_days(datetime)
}

fn is_whole_days(expr: &Expr) -> bool {
    matches!(
        &expr.kind,
        ExprKind::Call {
            function: Function::FloorTo(unit) | Function::CeilTo(unit),
            ..
        } if *unit <= TimeUnit::Day
    )
}

fn is_prefix_start(start: &Expr) -> bool {
    matches!(&start.kind, ExprKind::Literal(Value::Int(i)) if *i <= 1)
}

fn reversed((direction, basis): Derived) -> Derived {
    let direction = match direction {
        Direction::Ascending => Direction::Descending,
        Direction::Descending => Direction::Ascending,
        other => other,
    };
    (direction, basis)
}

fn sum(a: Derived, b: Derived) -> Derived {
    match (a, b) {
        (CONSTANT, m) | (m, CONSTANT) => m,
        ((x, p), (y, q)) if x == y => (x, if p == q { p } else { Basis::Declared }),
        _ => UNORDERED,
    }
}

fn scaled(m: Derived, sign: Option<i8>) -> Derived {
    match sign {
        Some(0) => CONSTANT,
        Some(1) => m,
        Some(_) => reversed(m),
        None => UNORDERED,
    }
}

/// The sign of a constant that can be seen: -1, 0 or 1.
fn sign(expr: &Expr) -> Option<i8> {
    match &expr.kind {
        ExprKind::Literal(Value::Int(v)) => i8::try_from(v.signum()).ok(),
        ExprKind::Literal(Value::Decimal(v)) => i8::try_from(v.signum()).ok(),
        ExprKind::Literal(Value::Float(v)) if *v == 0.0 => Some(0),
        ExprKind::Literal(Value::Float(v)) => Some(if *v > 0.0 { 1 } else { -1 }),
        // A conversion may round to zero, which scales to a constant: in order either way.
        ExprKind::Cast { expr, .. } if expr.ty.is_numeric() => sign(expr),
        ExprKind::Call {
            function: Function::Negate,
            args,
        } => args.first().and_then(sign).map(|s| -s),
        _ => None,
    }
}
