//! What the commands are, and what is said about them.

use super::{Argument, ArgumentKind, Command, CommandName};

const fn argument(name: &'static str, kind: ArgumentKind) -> Argument {
    Argument { name, kind }
}

const RELATION: Argument = argument("NAME", ArgumentKind::Relation);
const LOCATION: Argument = argument("URI", ArgumentKind::Location);
const SWITCH: ArgumentKind = ArgumentKind::Choice(&["on", "off"]);
const FORMATS: ArgumentKind = ArgumentKind::Choice(&["table", "json", "csv", "vertical"]);

/// Every command, in the order of `\help`.
pub const COMMANDS: &[Command] = &[
    Command {
        name: CommandName::Help,
        written: "help",
        aliases: &["h", "?"],
        arguments: &[argument("COMMAND", ArgumentKind::Command)],
        counts: &[0, 1],
        usage: "[COMMAND]",
        summary: "Lists the commands, or explains one",
        help: "",
        examples: &["\\help source"],
    },
    Command {
        name: CommandName::Describe,
        written: "d",
        aliases: &["describe"],
        arguments: &[argument("NAME", ArgumentKind::Object)],
        counts: &[0, 1],
        usage: "[NAME]",
        summary: "Lists what there is, or describes one thing",
        help: "It lists streams, tables, pumps, views and functions.\n\
               Of a stream it shows the columns, who writes it and who reads it, and where its rows come from and go to.\n\
               \\d functions lists the functions of the dialect; with the name of one it shows how it is called.\n\
               Quote a name to have it exactly: a name without quotes is upper-cased, as in a statement.",
        examples: &[
            "\\d",
            "\\d SOURCE_SQL_STREAM_001",
            "\\d \"my stream\"",
            "\\d functions",
        ],
    },
    Command {
        name: CommandName::Source,
        written: "source",
        aliases: &[],
        arguments: &[RELATION, LOCATION],
        counts: &[0, 2],
        usage: "[NAME URI | NAME off]",
        summary: "Feeds a stream from files or a named pipe",
        help: "URI is a file, a folder or a glob, as for --source; .gz and .zst are decompressed.\n\
               A stream that does not exist is made: its columns come from ?schema=FILE, or from the records.\n\
               NAME off undoes it; without arguments the sources are listed.",
        examples: &[
            "\\source SOURCE_SQL_STREAM_001 trades.jsonl",
            "\\source TRADES trades.csv?rowtime=AT",
            "\\source TRADES off",
        ],
    },
    Command {
        name: CommandName::Sink,
        written: "sink",
        aliases: &[],
        arguments: &[RELATION, LOCATION],
        counts: &[0, 2],
        usage: "[NAME URI | NAME off]",
        summary: "Writes what a stream gains, or prints it",
        help: "The URI - prints the rows above the prompt as they come. error_stream may be written, too.\n\
               NAME off closes it; without arguments the destinations are listed.",
        examples: &[
            "\\sink DESTINATION_SQL_STREAM alarms.jsonl",
            "\\sink DESTINATION_SQL_STREAM -",
        ],
    },
    Command {
        name: CommandName::Reference,
        written: "reference",
        aliases: &["table"],
        arguments: &[RELATION, LOCATION],
        counts: &[0, 2],
        usage: "[NAME URI | NAME off]",
        summary: "Makes a file a table to join with",
        help: "NAME off removes it; without arguments the tables are listed.",
        examples: &["\\reference COMPANIES companies.csv"],
    },
    Command {
        name: CommandName::Load,
        written: "load",
        aliases: &["i"],
        arguments: &[argument("APP", ArgumentKind::File)],
        counts: &[1],
        usage: "APP",
        summary: "Runs a script or an AWS application",
        help: "",
        examples: &["\\load application.sql"],
    },
    Command {
        name: CommandName::Save,
        written: "save",
        aliases: &[],
        arguments: &[argument("FILE", ArgumentKind::File)],
        counts: &[1],
        usage: "FILE",
        summary: "Writes the statements in force to a file",
        help: "The file is a script for `rowtime run`; what is bound is written at its top, as a comment.",
        examples: &["\\save application.sql"],
    },
    Command {
        name: CommandName::Advance,
        written: "advance",
        aliases: &[],
        arguments: &[argument("TIME", ArgumentKind::Time)],
        counts: &[1],
        usage: "TIMESTAMP | +DURATION",
        summary: "Moves the clock, so that windows close",
        help: "",
        examples: &["\\advance 2026-01-27 10:15:30", "\\advance +10 s"],
    },
    Command {
        name: CommandName::Explain,
        written: "explain",
        aliases: &[],
        arguments: &[argument("PUMP", ArgumentKind::PumpOrQuery)],
        counts: &[0, 1],
        usage: "[PUMP | QUERY;]",
        summary: "Shows the plan of pumps or of a query",
        help: "A query stands on the line of the command.",
        examples: &[
            "\\explain",
            "\\explain STREAM_PUMP",
            "\\explain SELECT STREAM * FROM TRADES WHERE PRICE > 10;",
        ],
    },
    Command {
        name: CommandName::Errors,
        written: "errors",
        aliases: &[],
        arguments: &[argument("N", ArgumentKind::Number)],
        counts: &[0, 1],
        usage: "[N]",
        summary: "Shows the last rows that failed, and why",
        help: "",
        examples: &["\\errors 3"],
    },
    Command {
        name: CommandName::Watch,
        written: "watch",
        aliases: &["w"],
        arguments: &[argument("SECONDS", ArgumentKind::Number)],
        counts: &[0, 1],
        usage: "[SECONDS]",
        summary: "Shows what streams and pumps are doing",
        help: "It is refreshed until Ctrl-C; SECONDS is the time between two looks. In a script it is printed once.",
        examples: &["\\watch", "\\watch 5"],
    },
    Command {
        name: CommandName::Output,
        written: "output",
        aliases: &["o"],
        arguments: &[argument("FORMAT", FORMATS)],
        counts: &[0, 1],
        usage: "[FORMAT]",
        summary: "Chooses how rows are printed",
        help: "FORMAT is table, json, csv or vertical. A table is cut to the width of the terminal; the others are complete.",
        examples: &["\\output json"],
    },
    Command {
        name: CommandName::Timing,
        written: "timing",
        aliases: &[],
        arguments: &[argument("SWITCH", SWITCH)],
        counts: &[0, 1],
        usage: "[on | off]",
        summary: "Says how long each query took",
        help: "Without an argument it changes over.",
        examples: &["\\timing on"],
    },
    Command {
        name: CommandName::Quit,
        written: "q",
        aliases: &["quit", "exit"],
        arguments: &[],
        counts: &[0],
        usage: "",
        summary: "Leaves the shell, as Ctrl-D does",
        help: "",
        examples: &["\\q"],
    },
];
