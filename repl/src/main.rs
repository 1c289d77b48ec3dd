//! The binary: arguments in, one command, an exit status out.
//!
//! Standard output carries only the rows or the answer asked for; everything else goes to standard error.
//! 0 is done, 1 failed while running, 2 wrong or not implemented, with nothing started.

mod bindings;
mod command;
mod destinations;
mod failure;
mod inputs;
mod options;
mod progress;
mod report;
mod script;
mod script_names;
mod shell;
mod signals;
mod stdout;
mod testing;
mod waiting;

use std::process::ExitCode;

use clap::Parser;

use failure::Failure;
use options::{Cli, Command, ReplCommand};

fn main() -> ExitCode {
    let outcome = match Cli::try_parse().map(|cli| cli.command) {
        Ok(Some(command)) => execute(command),
        Ok(None) => shell::execute(&ReplCommand::bare()),
        Err(refusal) if refusal.use_stderr() => refusal.exit(),
        // Help that was asked for.
        Err(help) => stdout::written(help.print()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                report::complain(message);
            }
            ExitCode::from(failure.status())
        }
    }
}

fn execute(command: Command) -> Result<(), Failure> {
    match command {
        Command::Run(args) => command::run::execute(&args.app, &args.run, None),
        Command::Replay(args) => command::run::execute(&args.app, &args.run, Some(&args.from)),
        Command::Check(args) => command::check::execute(&args),
        Command::Explain(args) => command::explain::execute(&args),
        Command::Test(args) => command::test::execute(&args),
        Command::Repl(args) => shell::execute(&args),
        Command::Discover(args) => command::discover::execute(&args),
        Command::Append(args) => command::append::execute(&args),
        Command::Diff { .. } => Err(Failure::not_implemented("`rowtime diff`")),
        Command::Translate { .. } => Err(Failure::not_implemented("`rowtime translate`")),
    }
}
