//! Our plans as DataFusion logical plans: one extension node for every node of ours.

use std::any::Any;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{Field as ArrowField, Schema};
use datafusion::common::{DFSchema, DFSchemaRef, DataFusionError, Result};
use datafusion::logical_expr::{
    Expr as DfExpr, Extension, InvariantLevel, LogicalPlan, UserDefinedLogicalNode,
};

use crate::expr::text::with_names;
use crate::plan::shown::{aggregate_text, shown_fields};
use crate::plan::{Field, Plan, Stream};

/// A node of ours in DataFusion's tree. It keeps the whole plan below it, so that it can be taken out again.
#[derive(Debug, Clone)]
pub struct StreamNode {
    /// This node and everything below it.
    pub plan: Plan,
    streams: Arc<Vec<String>>,
    inputs: Vec<LogicalPlan>,
    schema: DFSchemaRef,
}

/// Wraps a plan.
///
/// # Errors
/// A schema that DataFusion refuses.
pub fn to_logical(plan: &Plan, streams: &[Stream]) -> Result<LogicalPlan> {
    wrap(plan, &Arc::new(streams.iter().map(|s| s.name.clone()).collect()))
}

/// Takes our plan out again.
///
/// # Errors
/// A node that is not ours.
pub fn from_logical(plan: &LogicalPlan) -> Result<Plan> {
    node(plan).map(|n| n.plan.clone())
}

/// Our node at the root of a logical plan.
///
/// # Errors
/// A node that is not ours.
pub fn node(plan: &LogicalPlan) -> Result<&StreamNode> {
    if let LogicalPlan::Extension(extension) = plan
        && let Some(node) = extension.node.as_any().downcast_ref::<StreamNode>()
    {
        return Ok(node);
    }
    Err(DataFusionError::Plan(
        "a node of another kind stands in a stream plan".to_owned(),
    ))
}

fn wrap(plan: &Plan, streams: &Arc<Vec<String>>) -> Result<LogicalPlan> {
    let inputs = plan
        .inputs()
        .into_iter()
        .map(|input| wrap(input, streams))
        .collect::<Result<Vec<_>>>()?;
    Ok(LogicalPlan::Extension(Extension {
        node: Arc::new(StreamNode {
            plan: plan.clone(),
            streams: Arc::clone(streams),
            inputs,
            schema: schema(plan.fields())?,
        }),
    }))
}

impl StreamNode {
    /// The same node over another plan.
    ///
    /// # Errors
    /// A schema that DataFusion refuses.
    pub fn replaced(&self, plan: &Plan) -> Result<LogicalPlan> {
        wrap(plan, &self.streams)
    }
}

/// Columns of one relation may share a name, so they are numbered; names are shown from the fields.
fn schema(fields: &[Field]) -> Result<DFSchemaRef> {
    let fields: Vec<ArrowField> = fields
        .iter()
        .enumerate()
        .map(|(i, f)| ArrowField::new(format!("{i}:{}", f.name), f.ty.arrow(), !f.not_null))
        .collect();
    Ok(Arc::new(DFSchema::try_from(Schema::new(fields))?))
}

impl UserDefinedLogicalNode for StreamNode {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &str {
        match self.plan {
            Plan::Scan { .. } => "Scan",
            Plan::Filter { .. } => "Filter",
            Plan::Project { .. } => "Project",
            Plan::Tumble { .. } => "Tumble",
        }
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        self.inputs.iter().collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn check_invariants(&self, _check: InvariantLevel) -> Result<()> {
        Ok(())
    }

    fn expressions(&self) -> Vec<DfExpr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.plan {
            Plan::Scan { stream, fields, .. } => {
                let name = self.streams.get(*stream).map_or("?", String::as_str);
                write!(f, "Scan: {name} [{}]", names(fields))
            }
            Plan::Filter { input, predicate } => {
                write!(f, "Filter: {}", with_names(predicate, &shown_fields(input)))
            }
            Plan::Project {
                input,
                exprs,
                fields,
                rowtime,
            } => {
                f.write_str("Project: ")?;
                let below = shown_fields(input);
                for (i, (expr, field)) in exprs.iter().zip(fields).enumerate() {
                    let comma = if i > 0 { ", " } else { "" };
                    write!(f, "{comma}{} AS {}", with_names(expr, &below), field.name)?;
                }
                if let Some(rowtime) = rowtime {
                    write!(f, ", {} AS ROWTIME", with_names(&rowtime.expr, &below))?;
                }
                Ok(())
            }
            Plan::Tumble {
                input,
                keys,
                window,
                clock,
                aggregates,
                ..
            } => {
                let below = shown_fields(input);
                let text = |i: &usize| with_names(&keys[*i], &below).to_string();
                let others: Vec<String> = (0..keys.len())
                    .filter(|i| i != window)
                    .map(|i| text(&i))
                    .collect();
                write!(f, "Tumble: window={}", text(window))?;
                if clock.is_none() {
                    f.write_str(" (closed by rows only)")?;
                }
                write!(f, ", by=[{}], aggregates=[", others.join(", "))?;
                for (i, aggregate) in aggregates.iter().enumerate() {
                    let comma = if i > 0 { ", " } else { "" };
                    write!(f, "{comma}{}", aggregate_text(aggregate, &below))?;
                }
                f.write_str("]")
            }
        }
    }

    fn with_exprs_and_inputs(
        &self,
        _exprs: Vec<DfExpr>,
        inputs: Vec<LogicalPlan>,
    ) -> Result<Arc<dyn UserDefinedLogicalNode>> {
        let mut copy = self.clone();
        if let Some(below) = inputs.first() {
            let below = Box::new(from_logical(below)?);
            match &mut copy.plan {
                Plan::Scan { .. } => {}
                Plan::Filter { input, .. } | Plan::Project { input, .. } | Plan::Tumble { input, .. } => {
                    *input = below
                }
            }
        }
        copy.inputs = inputs;
        Ok(Arc::new(copy))
    }

    fn dyn_hash(&self, state: &mut dyn Hasher) {
        let mut state = state;
        format!("{:?}", self.plan).hash(&mut state);
    }

    fn dyn_eq(&self, other: &dyn UserDefinedLogicalNode) -> bool {
        other
            .as_any()
            .downcast_ref::<StreamNode>()
            .is_some_and(|other| other.plan == self.plan)
    }

    fn dyn_ord(&self, other: &dyn UserDefinedLogicalNode) -> Option<Ordering> {
        self.dyn_eq(other).then_some(Ordering::Equal)
    }
}

fn names(fields: &[Field]) -> String {
    let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
    names.join(", ")
}
