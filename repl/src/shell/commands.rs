//! The backslash commands: one table from which parsing, `\help` and completion are made.
//!
//! A command is in the table or it does not exist: what it takes, what is said about it and what the Tab key offers
//! cannot drift apart.

pub mod parse;
mod table;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use rowtime_engine::diagnostic::suggestion::nearest;

pub use self::table::COMMANDS;

/// The width of the help: that of the narrowest usual terminal.
const HELP_WIDTH: usize = 80;

/// Which command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandName {
    /// `\help`
    Help,
    /// `\d`
    Describe,
    /// `\source`
    Source,
    /// `\sink`
    Sink,
    /// `\reference`
    Reference,
    /// `\load`
    Load,
    /// `\save`
    Save,
    /// `\advance`
    Advance,
    /// `\explain`
    Explain,
    /// `\errors`
    Errors,
    /// `\watch`
    Watch,
    /// `\output`
    Output,
    /// `\timing`
    Timing,
    /// `\q`
    Quit,
}

/// What an argument is, and so what completes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// The name of a command, with or without its backslash.
    Command,
    /// A stream, view or reference table.
    Relation,
    /// A stream, view, table, pump or function.
    Object,
    /// A file, a folder or a URI; or `off`.
    Location,
    /// A file.
    File,
    /// A pump, or a query up to the line's end.
    PumpOrQuery,
    /// A point in time, or a distance: up to the line's end.
    Time,
    /// A count.
    Number,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl ArgumentKind {
    /// Whether it reaches to the line's end, blanks and quotes included.
    pub fn takes_rest(self) -> bool {
        matches!(self, Self::PumpOrQuery | Self::Time)
    }
}

/// One command.
#[derive(Debug)]
pub struct Command {
    /// Which one it is.
    pub name: CommandName,
    /// How it is written, without the backslash.
    pub written: &'static str,
    /// Other ways to write it.
    pub aliases: &'static [&'static str],
    /// Its arguments.
    pub arguments: &'static [ArgumentKind],
    /// The numbers of arguments that it takes, ascending.
    pub counts: &'static [usize],
    /// How the arguments are shown.
    pub usage: &'static str,
    /// One line about it.
    pub summary: &'static str,
    /// What else there is to know.
    pub help: &'static str,
    /// Lines to copy.
    pub examples: &'static [&'static str],
}

impl Command {
    /// `\source NAME URI`
    pub fn signature(&self) -> String {
        let blank = if self.usage.is_empty() { "" } else { " " };
        format!("\\{}{blank}{}", self.written, self.usage)
    }

    /// All its spellings.
    fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.written).chain(self.aliases.iter().copied())
    }
}

/// The command that is written like this, in any letter case, with or without the backslash.
pub fn find(written: &str) -> Option<&'static Command> {
    let bare = written.strip_prefix('\\').unwrap_or(written);
    let is_it = |command: &&Command| command.spellings().any(|s| s.eq_ignore_ascii_case(bare));
    COMMANDS.iter().find(is_it)
}

/// What to say of a command that does not exist.
pub fn unknown(written: &str) -> String {
    let bare = written.strip_prefix('\\').unwrap_or(written);
    let known = || COMMANDS.iter().flat_map(Command::spellings);
    let lower = bare.to_lowercase();
    let begins = |s: &&str| lower.len() > 1 && s.starts_with(&lower);
    match nearest(bare, known()).or_else(|| known().find(begins)) {
        Some(near) => format!("there is no command \\{bare}; did you mean \\{near}?"),
        None => format!("there is no command \\{bare}; \\help lists them all"),
    }
}

/// The text of `\help`: all commands in brief.
pub fn overview() -> String {
    let mut out = String::from("A statement ends with a semicolon, a command with its line.\n\n");
    let wide = COMMANDS.iter().map(|c| c.signature().len()).max().unwrap_or(0);
    for command in COMMANDS {
        let _ = writeln!(out, "  {:<wide$}  {}", command.signature(), command.summary);
    }
    out.push_str("\n\\help COMMAND says more about one.\n");
    out.push_str("Keys: Tab completes, Ctrl-R searches what was typed, Ctrl-C abandons.\n");
    out
}

/// The text of `\help COMMAND`.
pub fn help(command: &Command) -> String {
    let mut out = format!("{}\n  {}\n", command.signature(), command.summary);
    if !command.aliases.is_empty() {
        let also: Vec<String> = command.aliases.iter().map(|a| format!("\\{a}")).collect();
        let _ = writeln!(out, "  Also: {}", also.join(", "));
    }
    if !command.help.is_empty() {
        out.push('\n');
        write_wrapped(&mut out, command.help);
    }
    let title = if command.examples.len() > 1 {
        "Examples"
    } else {
        "Example"
    };
    let _ = writeln!(out, "\n{title}:");
    for example in command.examples {
        let _ = writeln!(out, "  {example}");
    }
    out
}

/// Appends lines that fit the width of the help, two columns from its edge.
fn write_wrapped(out: &mut String, text: &str) {
    let mut line = String::from(" ");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > HELP_WIDTH {
            out.push_str(&line);
            out.push('\n');
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}
