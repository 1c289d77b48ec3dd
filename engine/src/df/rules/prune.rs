//! `PruneColumns`: every node over what is read of it, down to the scan.
//!
//! A column stays when something above reads it, when computing it can fail, or when it may not be NULL: dropping
//! one of the latter would turn a failing row into a good one (R6). Windows and joins keep all their own columns.

use std::collections::BTreeSet;

use crate::expr::{Expr, ExprKind, Function};
use crate::plan::join::{Join, Lookup};
use crate::plan::{Field, Plan, RowtimeExpr};

/// Where each old column is in the new plan; `None` if it is gone.
type Moved = Vec<Option<usize>>;

/// The plan with the same columns, over inputs without those that nobody reads.
pub(super) fn prune_columns(plan: &Plan) -> Plan {
    let all = (0..plan.fields().len()).collect();
    prune(plan, &all).0
}

/// Whether evaluating it can end in a row error. Errs on the side of "it can".
fn can_fail(expr: &Expr) -> bool {
    let mut fails = false;
    expr.walk(&mut |e| {
        fails |= match &e.kind {
            ExprKind::Cast { .. } => true,
            ExprKind::Call { function, .. } => !matches!(
                function,
                Function::Compare(_)
                    | Function::IsNotDistinct(_)
                    | Function::IsNull
                    | Function::IsNotNull
                    | Function::IsTrue { .. }
                    | Function::IsFalse { .. }
                    | Function::Not
                    | Function::Monotonic
            ),
            _ => false,
        };
    });
    fails
}

/// The plan with at least the wanted columns.
fn prune(plan: &Plan, wanted: &BTreeSet<usize>) -> (Plan, Moved) {
    match plan {
        Plan::Scan {
            stream,
            columns,
            fields,
        } => {
            let kept: Vec<usize> = wanted.iter().copied().collect();
            let plan = Plan::Scan {
                stream: *stream,
                columns: kept.iter().map(|&i| columns[i]).collect(),
                fields: kept.iter().map(|&i| fields[i].clone()).collect(),
            };
            (plan, positions(fields.len(), &kept))
        }
        Plan::Project {
            input,
            exprs,
            fields,
            rowtime,
        } => {
            let kept: Vec<usize> = (0..exprs.len())
                .filter(|i| wanted.contains(i) || can_fail(&exprs[*i]) || fields[*i].not_null)
                .collect();
            let plan = prune_below_project(input, exprs, fields, rowtime.as_ref(), &kept);
            (plan, positions(exprs.len(), &kept))
        }
        Plan::Tumble { fields, .. } | Plan::Stagger { fields, .. } | Plan::Whole { fields, .. } => {
            let moved = (0..fields.len()).map(Some).collect();
            (prune_below_groups(plan.clone()), moved)
        }
        Plan::Filter { .. }
        | Plan::Sort { .. }
        | Plan::Limit { .. }
        | Plan::Slide { .. }
        | Plan::TableFunction { .. } => prune_through(plan.clone(), wanted),
        Plan::Union { inputs, fields } => prune_union(inputs, fields, wanted),
        Plan::Join(join) => prune_join(join, wanted),
        Plan::Lookup(lookup) => prune_lookup(lookup, wanted),
    }
}

/// A select list of the kept columns, over what they read.
fn prune_below_project(
    input: &Plan,
    exprs: &[Expr],
    fields: &[Field],
    rowtime: Option<&RowtimeExpr>,
    kept: &[usize],
) -> Plan {
    let mut below: BTreeSet<usize> = kept.iter().flat_map(|&i| exprs[i].columns()).collect();
    below.extend(rowtime.iter().flat_map(|r| r.expr.columns()));
    let (input, moved) = prune(input, &below);
    Plan::Project {
        input: Box::new(input),
        exprs: kept.iter().map(|&i| renumbered(&exprs[i], &moved)).collect(),
        fields: kept.iter().map(|&i| fields[i].clone()).collect(),
        rowtime: rowtime.map(|r| RowtimeExpr {
            expr: renumbered(&r.expr, &moved),
            promise: r.promise.clone(),
        }),
    }
}

/// A window over what its keys and aggregates read. Its own columns all stay.
fn prune_below_groups(mut plan: Plan) -> Plan {
    let below = plan.exprs().into_iter().flat_map(Expr::columns).collect();
    let Some((input, moved)) = plan.inputs().first().map(|input| prune(input, &below)) else {
        return plan;
    };
    if let Plan::Tumble { keys, aggregates, .. }
    | Plan::Stagger { keys, aggregates, .. }
    | Plan::Whole { keys, aggregates, .. } = &mut plan
    {
        let arguments = aggregates.iter_mut().filter_map(|a| a.argument.as_mut());
        keys.iter_mut().chain(arguments).for_each(|e| renumber(e, &moved));
    }
    put_below(&mut plan, input);
    plan
}

/// A node that hands its input's columns on, and may put some of its own behind them.
fn prune_through(mut plan: Plan, wanted: &BTreeSet<usize>) -> (Plan, Moved) {
    let old_width = plan.fields().len();
    let Some(width) = plan.inputs().first().map(|input| input.fields().len()) else {
        return (plan, (0..old_width).map(Some).collect());
    };
    let passes = !matches!(&plan, Plan::TableFunction { function, .. } if !function.passes_columns());
    let mut below: BTreeSet<usize> = plan.exprs().into_iter().flat_map(Expr::columns).collect();
    if passes {
        below.extend(wanted.iter().filter(|i| **i < width));
    }
    if let Plan::TableFunction { function, .. } = &mut plan {
        below.extend(function.columns_mut().into_iter().map(|c| *c));
    }
    let Some((input, below)) = plan.inputs().first().map(|input| prune(input, &below)) else {
        return (plan, (0..old_width).map(Some).collect());
    };
    renumber_node(&mut plan, &below);
    let passed = if passes {
        input.fields().to_vec()
    } else {
        Vec::new()
    };
    let mut moved: Moved = if passes { below } else { Vec::new() };
    moved.extend(
        (moved.len()..old_width)
            .enumerate()
            .map(|(own, _)| Some(passed.len() + own)),
    );
    if let Plan::Slide { fields, .. } | Plan::TableFunction { fields, .. } = &mut plan {
        let own = fields.split_off(if passes { width } else { 0 });
        *fields = [passed, own].concat();
    }
    put_below(&mut plan, input);
    (plan, moved)
}

/// Brings the expressions and columns of a node that hands its columns on into the numbers of a new input.
fn renumber_node(plan: &mut Plan, moved: &Moved) {
    match plan {
        Plan::Filter { predicate, .. } => renumber(predicate, moved),
        Plan::Sort { leading, keys, .. } => {
            leading.iter_mut().for_each(|e| renumber(e, moved));
            keys.iter_mut().for_each(|key| renumber(&mut key.expr, moved));
        }
        Plan::Slide { windows, calls, .. } => {
            let partitions = windows.iter_mut().flat_map(|w| &mut w.partition_by);
            let arguments = calls.iter_mut().flat_map(|c| c.function.exprs_mut());
            partitions.chain(arguments).for_each(|e| renumber(e, moved));
        }
        Plan::TableFunction { function, .. } => {
            for column in function.columns_mut() {
                *column = moved.get(*column).copied().flatten().unwrap_or(*column);
            }
        }
        _ => {}
    }
}

/// Every branch with the wanted columns. One that must keep more is cut to them by a select list.
fn prune_union(inputs: &[Plan], fields: &[Field], wanted: &BTreeSet<usize>) -> (Plan, Moved) {
    let kept: Vec<usize> = wanted.iter().copied().collect();
    let inputs = inputs
        .iter()
        .map(|input| {
            let (input, moved) = prune(input, wanted);
            let in_place = kept.iter().enumerate().all(|(new, old)| moved[*old] == Some(new));
            if in_place && input.fields().len() == kept.len() {
                return input;
            }
            let exprs = kept.iter().map(|&i| {
                let place = moved[i].unwrap_or(i);
                Expr::column(place, fields[i].ty, crate::diagnostic::Span::default())
            });
            Plan::Project {
                exprs: exprs.collect(),
                fields: kept.iter().map(|&i| fields[i].clone()).collect(),
                rowtime: None,
                input: Box::new(input),
            }
        })
        .collect();
    let plan = Plan::Union {
        inputs,
        fields: kept.iter().map(|&i| fields[i].clone()).collect(),
    };
    (plan, positions(fields.len(), &kept))
}

/// Both inputs with what is wanted of them and what the condition reads.
fn prune_join(join: &Join, wanted: &BTreeSet<usize>) -> (Plan, Moved) {
    let width = join.left.fields().len();
    let mut both = wanted.clone();
    both.extend(join.condition.iter().flat_map(Expr::columns));
    let mut left: BTreeSet<usize> = both.iter().copied().filter(|i| *i < width).collect();
    let mut right: BTreeSet<usize> = both.iter().filter_map(|i| i.checked_sub(width)).collect();
    left.extend(join.equalities.iter().flat_map(|(l, _)| l.columns()));
    right.extend(join.equalities.iter().flat_map(|(_, r)| r.columns()));
    let (left, left_moved) = prune(&join.left, &left);
    let (right, right_moved) = prune(&join.right, &right);
    // A select list that kept ROWTIME for a reader who does not exist.
    let (left, right) = (without_idle_project(left), without_idle_project(right));
    let new_width = left.fields().len();
    let mut moved = left_moved.clone();
    moved.extend(right_moved.iter().map(|place| place.map(|i| i + new_width)));
    let equalities = join.equalities.iter();
    let plan = Join {
        equalities: equalities
            .map(|(l, r)| (renumbered(l, &left_moved), renumbered(r, &right_moved)))
            .collect(),
        condition: join.condition.as_ref().map(|e| renumbered(e, &moved)),
        fields: nullable(&left, &right),
        left,
        right,
        ..join.clone()
    };
    (Plan::Join(Box::new(plan)), moved)
}

/// The input of a select list that gives exactly its columns.
fn without_idle_project(plan: Plan) -> Plan {
    match plan {
        Plan::Project {
            input,
            exprs,
            fields,
            rowtime: None,
        } if exprs.len() == input.fields().len()
            && (exprs.iter().enumerate()).all(|(i, e)| e.kind == ExprKind::Column(i))
            && fields.iter().all(|field| !field.not_null)
            && fields.iter().zip(input.fields()).all(|(a, b)| a.name == b.name) =>
        {
            *input
        }
        other => other,
    }
}

/// The stream and the table with what is wanted of them and what the condition reads.
fn prune_lookup(lookup: &Lookup, wanted: &BTreeSet<usize>) -> (Plan, Moved) {
    let width = lookup.input.fields().len();
    let mut both = wanted.clone();
    both.extend(lookup.condition.iter().flat_map(Expr::columns));
    let mut stream: BTreeSet<usize> = both.iter().copied().filter(|i| *i < width).collect();
    let mut table: BTreeSet<usize> = both.iter().filter_map(|i| i.checked_sub(width)).collect();
    stream.extend(lookup.equalities.iter().flat_map(|(s, _)| s.columns()));
    table.extend(lookup.equalities.iter().flat_map(|(_, t)| t.columns()));
    let (input, stream_moved) = prune(&lookup.input, &stream);
    let new_width = input.fields().len();
    let kept: Vec<usize> = table.into_iter().collect();
    let table_moved = positions(lookup.columns.len(), &kept);
    let mut moved = stream_moved.clone();
    moved.extend(table_moved.iter().map(|place| place.map(|i| i + new_width)));
    let mut fields = input.fields().to_vec();
    fields.extend(kept.iter().map(|&i| lookup.fields[width + i].clone()));
    let plan = Lookup {
        input,
        columns: kept.iter().map(|&i| lookup.columns[i]).collect(),
        equalities: (lookup.equalities.iter())
            .map(|(s, t)| (renumbered(s, &stream_moved), renumbered(t, &table_moved)))
            .collect(),
        condition: lookup.condition.as_ref().map(|e| renumbered(e, &moved)),
        fields,
        ..lookup.clone()
    };
    (Plan::Lookup(Box::new(plan)), moved)
}

fn put_below(plan: &mut Plan, input: Plan) {
    if let Some(slot) = plan.inputs_mut().into_iter().next() {
        *slot = input;
    }
}

fn positions(width: usize, kept: &[usize]) -> Moved {
    let mut moved = vec![None; width];
    for (new, &old) in kept.iter().enumerate() {
        moved[old] = Some(new);
    }
    moved
}

fn renumber(expr: &mut Expr, moved: &Moved) {
    expr.rewrite(&mut |e| {
        if let ExprKind::Column(i) = e.kind
            && let Some(new) = moved[i]
        {
            e.kind = ExprKind::Column(new);
        }
    });
}

fn renumbered(expr: &Expr, moved: &Moved) -> Expr {
    let mut expr = expr.clone();
    renumber(&mut expr, moved);
    expr
}

/// A row without a partner has NULLs for the other side's columns.
fn nullable(left: &Plan, right: &Plan) -> Vec<Field> {
    let both = left.fields().iter().chain(right.fields());
    both.map(|field| Field {
        not_null: false,
        ..field.clone()
    })
    .collect()
}
