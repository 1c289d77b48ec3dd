//! `rowtime explain APP`: the plan of every pump, on standard output.

use crate::failure::Failure;
use crate::options::CheckCommand;
use crate::{script, stdout};

/// Runs the command.
pub fn execute(args: &CheckCommand) -> Result<(), Failure> {
    let script = script::load(&args.app, &args.bindings, None)?;
    stdout::answer(&rowtime_engine::explain::explain(&script.compiled.application));
    Ok(())
}
