//! Which part of a condition lets rows be found by hash: equalities between one side and the other.
//!
//! An equality is split off only where nothing that stands before it can fail, and where its sides cannot: then no
//! row error comes or goes with it (R6). One that is not TRUE ends the test of a pair: NULL is equal to nothing.

use crate::expr::{Comparison, Expr, ExprKind, Function, TrimSide, Value};
use crate::types::SqlType;

/// Pairs of expressions over the columns of the left and of the right side, that must be equal.
pub(super) type Equalities = Vec<(Expr, Expr)>;

/// Which columns belong to which side, and whether ROWTIME does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides {
    /// How many columns the left side has; the right one's stand behind them.
    pub(super) width: usize,
    /// How many both have. What stands behind those is of a relation that is joined later.
    pub(super) end: usize,
    /// ROWTIME of the joined row is that of its left row.
    pub(super) rowtime_is_left: bool,
}

impl Sides {
    fn is_left(self, expr: &Expr) -> bool {
        let columns = expr.columns();
        let reads = self.rowtime_is_left || !expr.reads_rowtime();
        reads && !columns.is_empty() && columns.iter().all(|i| *i < self.width)
    }

    fn is_right(self, expr: &Expr) -> bool {
        let columns = expr.columns();
        !expr.reads_rowtime()
            && !columns.is_empty()
            && columns.iter().all(|i| (self.width..self.end).contains(i))
    }
}

/// Splits a condition over both sides' columns into equalities, whose right sides are over the right columns alone,
/// and the rest.
pub(super) fn split(condition: Expr, sides: Sides) -> (Equalities, Option<Expr>) {
    let span = condition.span;
    let mut equalities = Vec::new();
    let mut rest = Vec::new();
    let mut total = true;
    for part in conjuncts(condition) {
        match equality(&part, sides).filter(|_| total) {
            Some(pair) => equalities.push(pair),
            None => {
                total &= is_total(&part);
                rest.push(part);
            }
        }
    }
    let rest = match rest.len() {
        0 | 1 => rest.pop(),
        _ => Some(Expr::new(ExprKind::And(rest), SqlType::Boolean, span)),
    };
    (equalities, rest)
}

/// The equalities of a condition that is still tested as a whole afterwards. Where a part of it can fail there are
/// none: a pair whose keys are unequal or NULL would have failed there.
pub(super) fn implied(condition: &Expr, sides: Sides) -> Equalities {
    let parts = conjuncts(condition.clone());
    if !parts.iter().all(is_total) {
        return Vec::new();
    }
    parts.iter().filter_map(|part| equality(part, sides)).collect()
}

fn conjuncts(condition: Expr) -> Vec<Expr> {
    match condition.kind {
        ExprKind::And(parts) => parts.into_iter().flat_map(conjuncts).collect(),
        _ => vec![condition],
    }
}

fn equality(part: &Expr, sides: Sides) -> Option<(Expr, Expr)> {
    let ExprKind::Call { function, args } = &part.kind else {
        return None;
    };
    let (Function::Compare(Comparison::Eq), [a, b]) = (function, args.as_slice()) else {
        return None;
    };
    let (left, right) = if sides.is_left(a) && sides.is_right(b) {
        (a, b)
    } else if sides.is_left(b) && sides.is_right(a) {
        (b, a)
    } else {
        return None;
    };
    let is_key = |e: &Expr| is_total(e) && !reads_clock(e);
    if !is_key(left) || !is_key(right) {
        return None;
    }
    let (left, mut right) = comparable(left.clone(), right.clone())?;
    right.rewrite(&mut |e| {
        if let ExprKind::Column(i) = &mut e.kind {
            *i = i.saturating_sub(sides.width);
        }
    });
    Some((left, right))
}

/// A key is found again when a state is loaded, whatever the clock is then.
fn reads_clock(expr: &Expr) -> bool {
    let mut reads = false;
    expr.walk(&mut |e| reads |= matches!(e.kind, ExprKind::Clock(_)));
    reads
}

/// Both sides as values of one physical type that are equal bit for bit where the comparison says so (zeros of
/// floats aside).
fn comparable(left: Expr, right: Expr) -> Option<(Expr, Expr)> {
    use SqlType::{Char, Varchar};
    match (left.ty, right.ty) {
        (Char(_), Char(_) | Varchar(_)) | (Varchar(_), Char(_)) => {
            Some((without_padding(left), without_padding(right)))
        }
        (Varchar(_), Varchar(_)) => Some((left, right)),
        (a, b) if a == b => Some((left, right)),
        (a, b) if a.is_numeric() && b.is_numeric() && a.arrow() == b.arrow() => Some((left, right)),
        _ => None,
    }
}

/// Blanks at the end do not count where a CHAR is compared.
fn without_padding(text: Expr) -> Expr {
    let span = text.span;
    let (SqlType::Char(n) | SqlType::Varchar(n)) = text.ty else {
        return text;
    };
    let blank = Expr::literal(Value::Text(" ".into()), SqlType::Char(1), span);
    let trim = Function::Trim(TrimSide::Trailing);
    Expr::call(trim, vec![blank, text], SqlType::Varchar(n), span)
}

/// Whether it has a value for every row: evaluating it cannot end in a row error.
pub(super) fn is_total(expr: &Expr) -> bool {
    let own = match &expr.kind {
        ExprKind::Cast { expr: inner, .. } => widens(inner.ty, expr.ty),
        ExprKind::Call { function, args } => match function {
            Function::Compare(_)
            | Function::IsNotDistinct(_)
            | Function::IsNull
            | Function::IsNotNull
            | Function::IsTrue { .. }
            | Function::IsFalse { .. }
            | Function::Not
            | Function::Upper
            | Function::Lower
            | Function::Monotonic => true,
            Function::Trim(_) => matches!(
                args.first().map(|c| &c.kind),
                Some(ExprKind::Literal(Value::Text(c))) if c.chars().count() == 1
            ),
            _ => false,
        },
        _ => true,
    };
    own && expr.children().into_iter().all(is_total)
}

/// Whether every value of the one type is one of the other.
fn widens(from: SqlType, to: SqlType) -> bool {
    match (from, to) {
        (a, b) if a == b => true,
        (a, b) if a.is_integer() && b.is_integer() => a <= b,
        (SqlType::Varchar(n) | SqlType::Char(n), SqlType::Varchar(m)) => n <= m,
        (_, SqlType::Double) => from.is_numeric(),
        (_, SqlType::Decimal { precision, scale }) => from.as_decimal().is_some_and(|(p, s)| {
            let whole = |p: u8, s: u8| p.saturating_sub(s);
            s <= scale && whole(p, s) <= whole(precision, scale)
        }),
        _ => false,
    }
}
