//! What goes to standard error: diagnostics with their place, and sentences.
//!
//! Colour is used only on a terminal, not on a dumb one, and only while NO_COLOR is unset or empty.

use std::borrow::Cow;
use std::io::IsTerminal;

use rowtime_engine::diagnostic::Diagnostic;
use rowtime_engine::diagnostic::render::render;

/// Whether standard error takes colour.
pub fn colour_on_stderr() -> bool {
    std::io::stderr().is_terminal() && colour_wanted()
}

/// Whether standard output takes colour.
pub fn colour_on_stdout() -> bool {
    std::io::stdout().is_terminal() && colour_wanted()
}

fn colour_wanted() -> bool {
    let set = |name: &str| std::env::var_os(name).unwrap_or_default();
    set("NO_COLOR").is_empty() && set("TERM") != "dumb"
}

/// A text without what would steer a terminal: records, names and messages that quote them may hold anything.
pub fn printable(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && c != '\n';
    if text.contains(steers) {
        Cow::Owned(text.replace(steers, " "))
    } else {
        Cow::Borrowed(text)
    }
}

/// Says what was wrong.
pub fn complain(message: &str) {
    let (bold, reset) = if colour_on_stderr() {
        ("\x1b[1;31m", "\x1b[0m")
    } else {
        ("", "")
    };
    eprintln!("{bold}error{reset}: {}", printable(message));
}

/// Says something that does not stop anything.
pub fn note(message: &str) {
    eprintln!("rowtime: {}", printable(message));
}

/// Prints all diagnostics of a script.
pub fn diagnostics(text: &str, file: &str, found: &[Diagnostic]) {
    if !found.is_empty() {
        eprint!("{}", render(text, file, found, colour_on_stderr()));
    }
}
