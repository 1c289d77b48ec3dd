//! The binary as a user meets it (`cli.md`): what goes in, what comes out where, and with which status.
//!
//! One test binary, because each costs a link; one file an idea. Everything is driven through the built program
//! in a folder of its own, nothing sleeps, and whatever could hang has a deadline.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod archives;
mod at_end;
mod bindings;
mod bindings_and_options;
mod csv_records;
mod cuts;
mod diagnostic_classes;
mod discover;
mod discover_as_told;
mod error_stream;
mod help;
mod json_records;
mod large_records;
mod local_streams;
mod machine;
mod merging;
mod parquet;
mod pipes;
mod readme;
mod reference_tables;
mod refusals;
mod rows_out;
mod shell_application;
mod shell_backslash;
mod shell_commands;
mod shell_completion;
mod shell_definitions;
mod shell_entries;
mod shell_history;
mod shell_live;
mod shell_looks;
mod shell_piped;
mod shell_queries;
mod shell_script;
mod signals;
mod terminal;
mod terminal_run;
mod test_command;
mod verbatim;
