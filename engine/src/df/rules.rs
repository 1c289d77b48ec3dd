//! The optimiser's rules. There are few, and none may drop, move or share an expression that can fail: a failing
//! row must fail whether or not its value is used (R6).
//!
//! `PruneColumns` drops what nobody reads, down to the scan, so that a source decodes only what is used (R10).
//! `MergeProjections` joins two select lists when the lower one only renames.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::OptimizerConfig;
use datafusion::optimizer::optimizer::{Optimizer, OptimizerContext, OptimizerRule};

use super::logical::{from_logical, node, to_logical};
use crate::expr::{Expr, ExprKind, Function};
use crate::plan::{Field, Plan, RowtimeExpr};

/// Applies the rules until nothing changes.
///
/// # Errors
/// A plan that is not ours.
pub fn optimize(plan: &Plan) -> Result<Plan> {
    let optimizer = Optimizer::with_rules(vec![
        Arc::new(Rule("merge_projections", merge_projections)),
        Arc::new(Rule("prune_columns", prune_columns)),
    ]);
    let logical = to_logical(plan, &[])?;
    let done = optimizer.optimize(logical, &OptimizerContext::new(), |_, _| {})?;
    from_logical(&done)
}

/// A rule over whole plans of ours.
#[derive(Debug)]
struct Rule(&'static str, fn(&Plan) -> Plan);

impl OptimizerRule for Rule {
    fn name(&self) -> &str {
        self.0
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let old = node(&plan)?;
        let new = (self.1)(&old.plan);
        if new == old.plan {
            return Ok(Transformed::no(plan));
        }
        Ok(Transformed::yes(old.replaced(&new)?))
    }
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

fn merge_projections(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    merge_below(&mut plan);
    plan
}

fn merge_below(plan: &mut Plan) {
    match plan {
        Plan::Scan { .. } => {}
        Plan::Filter { input, .. } | Plan::Tumble { input, .. } => merge_below(input),
        Plan::Project {
            input,
            exprs,
            rowtime,
            ..
        } => {
            merge_below(input);
            let Plan::Project {
                input: lower,
                exprs: renamed,
                rowtime: None,
                ..
            } = input.as_ref()
            else {
                return;
            };
            if !renamed
                .iter()
                .all(|e| matches!(e.kind, ExprKind::Column(_) | ExprKind::Rowtime))
            {
                return;
            }
            for expr in exprs.iter_mut().chain(rowtime.iter_mut().map(|r| &mut r.expr)) {
                expr.rewrite(&mut |e| {
                    if let ExprKind::Column(i) = e.kind {
                        e.kind = renamed[i].kind.clone();
                    }
                });
            }
            *input = lower.clone();
        }
    }
}

fn prune_columns(plan: &Plan) -> Plan {
    let all = (0..plan.fields().len()).collect();
    prune(plan, &all).0
}

/// The plan with at least the wanted columns; the position of each old column in the new plan.
fn prune(plan: &Plan, wanted: &BTreeSet<usize>) -> (Plan, Vec<Option<usize>>) {
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
        Plan::Filter { input, predicate } => {
            let mut below = wanted.clone();
            below.extend(predicate.columns());
            let (input, moved) = prune(input, &below);
            let plan = Plan::Filter {
                input: Box::new(input),
                predicate: renumbered(predicate, &moved),
            };
            (plan, moved)
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
        Plan::Tumble { fields, .. } => {
            let plan = prune_below_tumble(plan.clone());
            (plan, (0..fields.len()).map(Some).collect())
        }
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

/// The window over what its keys and aggregates read. Its own columns all stay.
fn prune_below_tumble(mut plan: Plan) -> Plan {
    if let Plan::Tumble {
        input,
        keys,
        aggregates,
        ..
    } = &mut plan
    {
        let arguments = aggregates.iter_mut().filter_map(|a| a.argument.as_mut());
        let mut read: Vec<&mut Expr> = keys.iter_mut().chain(arguments).collect();
        let below = read.iter().flat_map(|e| e.columns()).collect();
        let (pruned, moved) = prune(input, &below);
        for expr in &mut read {
            **expr = renumbered(expr, &moved);
        }
        **input = pruned;
    }
    plan
}

fn positions(width: usize, kept: &[usize]) -> Vec<Option<usize>> {
    let mut moved = vec![None; width];
    for (new, &old) in kept.iter().enumerate() {
        moved[old] = Some(new);
    }
    moved
}

fn renumbered(expr: &Expr, moved: &[Option<usize>]) -> Expr {
    let mut expr = expr.clone();
    expr.rewrite(&mut |e| {
        if let ExprKind::Column(i) = e.kind
            && let Some(new) = moved[i]
        {
            e.kind = ExprKind::Column(new);
        }
    });
    expr
}

#[cfg(test)]
mod tests;
