//! The binary: arguments in, one command, an exit status out.
//!
//! Standard output carries only the rows or the answer asked for; everything else goes to standard error.
//! 0 is done, 1 failed while running, 2 wrong or not implemented, with nothing started.

mod bindings;
mod command;
mod destinations;
mod failure;
mod options;
mod progress;
mod report;
mod script;
mod script_names;
mod signals;
mod stdout;
mod testing;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use failure::Failure;
use options::{Cli, Command};

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Some(command) => execute(command),
        None => without_command(),
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
        Command::Repl { .. } => Err(Failure::not_implemented("the interactive shell")),
        Command::Discover(args) => command::discover::execute(&args),
        Command::Append { .. } => Err(Failure::not_implemented("`rowtime append`")),
        Command::Diff { .. } => Err(Failure::not_implemented("`rowtime diff`")),
        Command::Translate { .. } => Err(Failure::not_implemented("`rowtime translate`")),
    }
}

/// The shell will live here; until then the help, on standard error since nobody asked for it.
fn without_command() -> Result<(), Failure> {
    eprintln!("{}", Cli::command().render_help());
    Err(Failure::not_implemented("the interactive shell"))
}
