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

use crate::plan::{Application, Field, Plan};

/// A node of ours in DataFusion's tree. It keeps the whole plan below it, so that it can be taken out again.
#[derive(Debug, Clone)]
pub struct StreamNode {
    /// This node and everything below it.
    pub plan: Plan,
    names: Arc<Names>,
    inputs: Vec<LogicalPlan>,
    schema: DFSchemaRef,
}

/// What streams and tables are called, for who reads the plan.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// By [`crate::plan::StreamId`].
    pub streams: Vec<String>,
    /// By [`crate::plan::TableId`].
    pub tables: Vec<String>,
}

impl Names {
    fn of(app: &Application) -> Self {
        Self {
            streams: app.streams.iter().map(|s| s.name.clone()).collect(),
            tables: app.tables.iter().map(|t| t.name.clone()).collect(),
        }
    }
}

/// Wraps a plan.
///
/// # Errors
/// A schema that DataFusion refuses.
pub fn to_logical(plan: &Plan, app: &Application) -> Result<LogicalPlan> {
    wrap(plan, &Arc::new(Names::of(app)))
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

fn wrap(plan: &Plan, names: &Arc<Names>) -> Result<LogicalPlan> {
    let inputs = plan
        .inputs()
        .into_iter()
        .map(|input| wrap(input, names))
        .collect::<Result<Vec<_>>>()?;
    Ok(LogicalPlan::Extension(Extension {
        node: Arc::new(StreamNode {
            plan: plan.clone(),
            names: Arc::clone(names),
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
        wrap(plan, &self.names)
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
        super::node_text::name(&self.plan)
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
        super::node_text::write(f, &self.plan, &self.names)
    }

    fn with_exprs_and_inputs(
        &self,
        _exprs: Vec<DfExpr>,
        inputs: Vec<LogicalPlan>,
    ) -> Result<Arc<dyn UserDefinedLogicalNode>> {
        let mut copy = self.clone();
        for (slot, below) in copy.plan.inputs_mut().into_iter().zip(&inputs) {
            *slot = from_logical(below)?;
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
