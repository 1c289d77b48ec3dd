//! The one room in which DataFusion is named.
//!
//! From DataFusion we take the form of logical plans (ours are extension nodes), the driver of the optimiser with
//! a short list of our own rules, plan display, and group hashing. Its SQL planner, its implicit conversions and
//! its operators never see a user's query (R5), because their types, errors and time differ from the dialect's.

pub mod group_keys;
pub mod logical;
mod node_text;
mod rules;

use crate::diagnostic::{Diagnostic, Span};
use crate::plan::Application;

/// Runs the optimiser over every pump's plan.
///
/// # Errors
/// A plan that the optimiser refuses is a bug of ours.
pub fn optimize(app: &mut Application) -> Result<(), Diagnostic> {
    for pump in &mut app.pumps {
        pump.plan = rules::optimize(&pump.plan).map_err(|e| {
            Diagnostic::bug(
                Span::default(),
                format!("the plan of pump '{}' cannot be optimised: {e}", pump.name),
            )
        })?;
    }
    Ok(())
}

/// The plan as indented text, top node first.
pub fn explain(plan: &crate::plan::Plan, app: &Application) -> String {
    match logical::to_logical(plan, app) {
        Ok(plan) => plan.display_indent().to_string(),
        Err(e) => format!("(the plan cannot be shown: {e})"),
    }
}
