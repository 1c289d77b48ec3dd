//! `rowtime explain APP`: the plan of every pump, on standard output.

use crate::failure::Failure;
use crate::options::CheckCommand;
use crate::script::{self, Deviations};
use crate::stdout;

/// Runs the command.
pub fn execute(args: &CheckCommand) -> Result<(), Failure> {
    let script = script::load(&args.app, &args.bindings, None, Deviations::Counted)?;
    let mut plans = rowtime_engine::explain::explain(&script.compiled.application);
    if !plans.ends_with('\n') {
        plans.push('\n');
    }
    stdout::answer(&plans)
}
