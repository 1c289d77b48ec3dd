//! Entries from a terminal on which nothing can be edited: its output goes elsewhere (`rowtime | tee log`), or it takes
//! no control sequences (TERM=dumb). The prompt goes to standard error.

use std::io::{BufRead, IsTerminal, Write};

use super::editor::Entry;
use super::entry;
use super::signals::Signals;
use crate::failure::Failure;

/// What stands before an entry, and before its further lines.
const PROMPTS: [&str; 2] = ["rowtime> ", "      -> "];
/// Terminals that take no control sequences.
const DUMB: [&str; 3] = ["dumb", "cons25", "emacs"];

/// Whether the terminal takes control sequences, and is where the output goes.
pub fn is_editable() -> bool {
    let term = std::env::var_os("TERM").unwrap_or_default();
    let dumb = DUMB.iter().any(|dumb| term.eq_ignore_ascii_case(dumb));
    std::io::stdout().is_terminal() && !dumb
}

/// A reader of lines.
pub struct Plain {
    signals: Signals,
}

impl Plain {
    /// A reader that forgets what Ctrl-C abandons.
    pub fn new(signals: &Signals) -> Self {
        Self {
            signals: signals.clone(),
        }
    }

    /// The next whole entry.
    pub fn read(&mut self) -> Result<Entry, Failure> {
        let mut text = String::new();
        self.signals.begin();
        loop {
            let [first, further] = PROMPTS;
            let mut err = std::io::stderr();
            // Without a prompt one can still type.
            let _ = err
                .write_all(if text.is_empty() { first } else { further }.as_bytes())
                .and_then(|()| err.flush());
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line);
            let read = read.map_err(|e| Failure::Failed(format!("cannot read from the terminal: {e}")))?;
            if self.signals.is_interrupted() {
                // The terminal has dropped the rest of the line that Ctrl-C came in.
                text.clear();
                self.signals.begin();
            }
            if read == 0 && text.is_empty() {
                return Ok(Entry::Ended);
            }
            text.push_str(&line);
            if read == 0 || entry::is_whole(&text) {
                return Ok(Entry::Text(text));
            }
        }
    }
}
