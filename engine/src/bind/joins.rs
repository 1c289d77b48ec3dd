//! Joins of FROM: two parts become one, a [`Join`] of two streams or a [`Lookup`] of a stream in a reference table
//! (`windows-and-time.md` §6).
//!
//! The condition is bound over the names of both parts. What the columns keep of their order in time follows from
//! when a row leaves: a stream without a window gives rows of the very instant, any other rows of some time before.

use super::expression;
use super::faults::{Bound, Reported};
use super::from::{Clause, Part, Source};
use super::join_equality::{Equalities, Sides, implied, split};
use super::join_names;
use super::monotonicity::{Direction, Order};
use super::scope::{Scope, Time};
use super::suggestion::written;
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, ExprKind};
use crate::plan::join::{Join, JoinKind, JoinWindow, Lookup};
use crate::plan::{Field, Plan, TableId};
use crate::sql::ast::{self, JoinCondition};

/// How two parts of FROM are joined, as written.
pub(super) struct Joint<'q> {
    pub(super) kind: ast::JoinKind,
    pub(super) condition: &'q JoinCondition,
    pub(super) span: Span,
}

impl Joint<'_> {
    /// A comma.
    pub(super) fn comma(span: Span) -> Self {
        Self {
            kind: ast::JoinKind::Cross,
            condition: &JoinCondition::None,
            span,
        }
    }

    pub(super) fn kind(&self) -> JoinKind {
        match self.kind {
            ast::JoinKind::Inner | ast::JoinKind::Cross => JoinKind::Inner,
            ast::JoinKind::Left => JoinKind::Left,
            ast::JoinKind::Right => JoinKind::Right,
            ast::JoinKind::Full => JoinKind::Full,
        }
    }
}

/// Joins two parts.
pub(super) fn join(clause: &Clause, left: Part, right: Part, joint: &Joint) -> Part {
    let is_table = |part: &Part| matches!(part.source, Source::Table(_));
    let tables = (is_table(&left), is_table(&right));
    let no_stream = tables == (true, true) || keeps_stream(joint.kind(), tables.0).is_none();
    if (tables.0 || tables.1) && !(no_stream && clause.binder.is_bounded()) {
        return look_up(clause, left, right, joint);
    }
    let [left, right] = [left, right].map(|part| as_stream(clause, part));
    // Over data that ends, rows without a window meet all others.
    let all = clause.binder.is_bounded() && left.window.is_none() && right.window.is_none();
    if !all {
        warn(clause, &left, &right, joint.span);
    }
    let windows = refuse_second_following(clause, [left.window, right.window], joint.span);
    let kind = joint.kind();
    let width = left.scope.width();
    let current = |window: Option<JoinWindow>, keeps: JoinKind| {
        !all && window.is_none() && (kind == JoinKind::Inner || kind == keeps)
    };
    let left_current = current(left.window, JoinKind::Left);
    let right_current = current(right.window, JoinKind::Right);
    let times: Vec<Time> = times(&left.scope, left_current)
        .chain(times(&right.scope, right_current))
        .collect();
    let (mut scope, merged) = join_names::beside(clause, left.scope, right.scope, joint);
    // Before a pair is one, each of its rows has a time of its own.
    for relation in scope.relations.iter_mut().filter(|r| r.time == Time::Row) {
        relation.time = Time::Own;
    }
    let condition = condition(clause, &scope, joint, merged);
    for (relation, time) in scope.relations.iter_mut().zip(times) {
        relation.time = time;
    }
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    for (i, column) in scope
        .relations
        .iter_mut()
        .flat_map(|r| &mut r.columns)
        .enumerate()
    {
        if i < width { &mut lefts } else { &mut rights }.push(&mut column.order);
    }
    let nullable = |keeps: JoinKind| kind == JoinKind::Full || kind == keeps;
    settle_orders(lefts, left_current, nullable(JoinKind::Right));
    settle_orders(rights, right_current, nullable(JoinKind::Left));
    let source = match (left.source, right.source, condition) {
        (Source::Stream(l), Source::Stream(r), Ok(condition)) if windows.is_ok() => {
            let without = if all {
                JoinWindow::Unbounded
            } else {
                JoinWindow::Range(0)
            };
            let lengths = [left.window, right.window].map(|w| w.unwrap_or(without));
            Source::Stream(Box::new(stream_join(*l, *r, kind, lengths, condition)))
        }
        _ => Source::Unknown,
    };
    Part {
        scope,
        source,
        window: None,
        is_join: true,
        span: joint.span,
    }
}

/// A table as a stream of its rows.
fn as_stream(clause: &Clause, part: Part) -> Part {
    let Source::Table(id) = part.source else {
        return part;
    };
    let plan = clause.binder.table_scan(id);
    Part {
        source: plan.map_or(Source::Unknown, |plan| Source::Stream(Box::new(plan))),
        ..part
    }
}

/// What ROWTIME of each relation is behind a join.
fn times(side: &Scope, current: bool) -> impl Iterator<Item = Time> {
    let times: Vec<Time> = side.relations.iter().map(|r| r.time).collect();
    times.into_iter().map(move |time| match time {
        Time::Row if !current => Time::Own,
        other => other,
    })
}

/// What is left of the orders of one side's columns: functions of ROWTIME stay where its rows are of the very
/// instant, constants where every row has one of them.
fn settle_orders(orders: Vec<&mut Order>, current: bool, nullable: bool) {
    for order in orders {
        let stays = match order.direction {
            Direction::Constant => !nullable,
            _ => current && order.clock.is_some(),
        };
        if !stays {
            *order = Order::unordered();
        }
    }
}

/// A window that reaches forward stands alone: the time of a pair is that of the row without a window.
fn refuse_second_following(clause: &Clause, windows: [Option<JoinWindow>; 2], span: Span) -> Bound<()> {
    let (Some(a), Some(b)) = windows.into() else {
        return Ok(());
    };
    if !matches!(a, JoinWindow::Following(_)) && !matches!(b, JoinWindow::Following(_)) {
        return Ok(());
    }
    let message = "A FOLLOWING window beside another window is not supported";
    let hint = "leave the other relation without a window, or write … PRECEDING";
    clause.fault(Diagnostic::not_supported(span, message).with_hint(hint));
    Err(Reported)
}

/// What the author should know: rows that meet less often than a reader of the query may think.
fn warn(clause: &Clause, left: &Part, right: &Part, span: Span) {
    if matches!(left.source, Source::Unknown) || matches!(right.source, Source::Unknown) {
        return;
    }
    let (message, hint) = match (left.window, right.window) {
        (None, None) => (
            "Streams that are joined without a window meet only at equal ROWTIME".to_owned(),
            format!(
                "give one of them a window: {} OVER (RANGE INTERVAL '1' MINUTE PRECEDING) AS …",
                name_of(right)
                    .or_else(|| name_of(left))
                    .unwrap_or_else(|| "(SELECT …)".to_owned())
            ),
        ),
        (None, Some(_)) if left.is_join => meets_once("left"),
        (Some(_), None) if right.is_join => meets_once("right"),
        _ => return,
    };
    clause.fault(Diagnostic::warning(span, message).with_hint(hint));
}

fn meets_once(side: &str) -> (String, String) {
    (
        format!(
            "The {side} side is a join without a window: its rows meet only rows of the other side that came before"
        ),
        "to let them wait, make it a sub-select with a window: (SELECT STREAM … FROM … JOIN …) OVER \
         (RANGE INTERVAL '1' MINUTE PRECEDING) AS …"
            .to_owned(),
    )
}

fn name_of(part: &Part) -> Option<String> {
    let [only] = part.scope.relations.as_slice() else {
        return None;
    };
    only.hidden
        .as_ref()
        .or(only.name.as_ref())
        .map(|name| written(name))
}

/// ON, or the equalities of USING and NATURAL.
fn condition(
    clause: &Clause,
    scope: &Scope,
    joint: &Joint,
    merged: Bound<Option<Expr>>,
) -> Bound<Option<Expr>> {
    match joint.condition {
        JoinCondition::On(on) => clause
            .with_expressions(scope, |x| {
                x.within(expression::Clause::On).bind_condition(on, "ON")
            })
            .map(Some),
        _ => merged,
    }
}

fn stream_join(
    left: Plan,
    right: Plan,
    kind: JoinKind,
    [left_window, right_window]: [JoinWindow; 2],
    condition: Option<Expr>,
) -> Plan {
    let sides = Sides {
        width: left.fields().len(),
        end: left.fields().len() + right.fields().len(),
        rowtime_is_left: false,
    };
    let (equalities, condition) = condition.map_or((Vec::new(), None), |c| split(c, sides));
    let fields = [nullable(left.fields()), nullable(right.fields())].concat();
    Plan::Join(Box::new(Join {
        left,
        right,
        kind,
        left_window,
        right_window,
        equalities,
        condition,
        fields,
    }))
}

/// NULL stands where a row has no partner.
fn nullable(fields: &[Field]) -> Vec<Field> {
    let free = |field: &Field| Field {
        not_null: false,
        ..field.clone()
    };
    fields.iter().map(free).collect()
}

/// Joins a stream with a reference table, whichever comes first.
fn look_up(clause: &Clause, left: Part, right: Part, joint: &Joint) -> Part {
    let table_is_left = matches!(left.source, Source::Table(_));
    let width = left.scope.width();
    let (scope, merged) = join_names::beside(clause, left.scope, right.scope, joint);
    let condition = condition(clause, &scope, joint, merged);
    let (stream, table) = if table_is_left {
        (right.source, left.source)
    } else {
        (left.source, right.source)
    };
    let keeps_unmatched = keeps_stream(joint.kind(), table_is_left).ok_or_else(|| {
        let message = "An outer join that keeps the rows of a reference table is not supported";
        let hint = "they have no time at which they could leave: write stream LEFT JOIN table";
        let d = Diagnostic::not_supported(joint.span, message).with_hint(hint);
        clause.fault(d);
        Reported
    });
    let source = match (stream, table, condition, keeps_unmatched) {
        (Source::Table(_), Source::Table(_), _, _) => {
            let message = "A join of reference tables only is not supported";
            let hint = "rows of a reference table have no time: join each to a stream";
            clause.fault(Diagnostic::not_supported(joint.span, message).with_hint(hint));
            Source::Unknown
        }
        (Source::Stream(input), Source::Table(table), Ok(condition), Ok(keeps_unmatched)) => {
            let first = table_is_left.then_some(width);
            Source::Stream(Box::new(lookup(
                clause,
                *input,
                table,
                keeps_unmatched,
                condition,
                first,
            )))
        }
        _ => Source::Unknown,
    };
    Part {
        scope,
        source,
        // Its rows are those of the stream, and wait as long.
        window: left.window.or(right.window),
        is_join: left.is_join || right.is_join,
        span: joint.span,
    }
}

/// Whether rows of the stream leave without a partner too; `None` where those of the table would.
fn keeps_stream(kind: JoinKind, table_is_left: bool) -> Option<bool> {
    match (kind, table_is_left) {
        (JoinKind::Inner, _) => Some(false),
        (JoinKind::Left, false) | (JoinKind::Right, true) => Some(true),
        _ => None,
    }
}

/// `first`: the table stands first, with so many columns.
fn lookup(
    clause: &Clause,
    input: Plan,
    table: TableId,
    keeps_unmatched: bool,
    mut condition: Option<Expr>,
    first: Option<usize>,
) -> Plan {
    let width = input.fields().len();
    let own = clause
        .binder
        .table(table)
        .map(|t| t.fields.clone())
        .unwrap_or_default();
    let written = own.len();
    if let (Some(table_width), Some(condition)) = (first, &mut condition) {
        condition.rewrite(&mut |e| {
            if let ExprKind::Column(i) = &mut e.kind {
                *i = i.checked_sub(table_width).unwrap_or(*i + width);
            }
        });
    }
    let sides = Sides {
        width,
        end: width + written,
        rowtime_is_left: true,
    };
    let (equalities, condition) = condition.map_or((Vec::new(), None), |c| split(c, sides));
    let own = if keeps_unmatched { nullable(&own) } else { own };
    let plan = Plan::Lookup(Box::new(Lookup {
        fields: [input.fields().to_vec(), own].concat(),
        input,
        table,
        columns: (0..written).collect(),
        keeps_unmatched,
        equalities,
        condition,
    }));
    if first.is_none() {
        return plan;
    }
    // The table's columns go first, as written.
    let order = (width..width + written).chain(0..width);
    let (exprs, fields) = order
        .filter_map(|i| plan.fields().get(i).map(|f| (i, f)))
        .map(|(i, field)| (Expr::column(i, field.ty, Span::default()), field.clone()))
        .unzip();
    Plan::Project {
        input: Box::new(plan),
        exprs,
        fields,
        rowtime: None,
    }
}

/// Lends the equalities of WHERE to the topmost joins, which are commas: pairs that WHERE would drop are not made.
/// WHERE is tested all the same.
pub(super) fn hash_commas(plan: &mut Plan, predicate: &Expr, commas: usize) {
    let mut predicate = predicate.clone();
    let mut at = plan;
    for _ in 0..commas {
        if let Plan::Project { input, exprs, .. } = at {
            // A table that stands first.
            predicate.rewrite(&mut |e| {
                if let ExprKind::Column(i) = e.kind
                    && let Some(below) = exprs.get(i)
                {
                    e.kind = below.kind.clone();
                }
            });
            at = input;
        }
        let end = at.fields().len();
        let (equalities, left, rowtime_is_left): (&mut Equalities, &mut Plan, bool) = match at {
            Plan::Join(join) => (&mut join.equalities, &mut join.left, false),
            Plan::Lookup(lookup) => (&mut lookup.equalities, &mut lookup.input, true),
            _ => return,
        };
        let width = left.fields().len();
        *equalities = implied(
            &predicate,
            Sides {
                width,
                end,
                rowtime_is_left,
            },
        );
        at = left;
    }
}
