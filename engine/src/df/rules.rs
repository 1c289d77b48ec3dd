//! The optimiser's rules. There are few, and none may drop, move or share an expression that can fail: a failing
//! row must fail whether or not its value is used (R6).
//!
//! `PruneColumns` drops what nobody reads, down to the scan, so that a source decodes only what is used (R10).
//! `MergeProjections` joins two select lists when the lower one only renames.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::OptimizerConfig;
use datafusion::optimizer::optimizer::{Optimizer, OptimizerContext, OptimizerRule};

use super::logical::{from_logical, node, to_logical};
use crate::expr::ExprKind;
use crate::plan::{Application, Plan};

/// Applies the rules until nothing changes.
///
/// # Errors
/// A plan that is not ours.
pub fn optimize(plan: &Plan) -> Result<Plan> {
    let optimizer = Optimizer::with_rules(vec![
        Arc::new(Rule("merge_projections", merge_projections)),
        Arc::new(Rule("prune_columns", prune::prune_columns)),
    ]);
    let logical = to_logical(plan, &Application::default())?;
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

fn merge_projections(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    merge_below(&mut plan);
    plan
}

fn merge_below(plan: &mut Plan) {
    for input in plan.inputs_mut() {
        merge_below(input);
    }
    let Plan::Project {
        input,
        exprs,
        rowtime,
        ..
    } = plan
    else {
        return;
    };
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

mod prune;
#[cfg(test)]
mod tests;
