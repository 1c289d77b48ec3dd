//! The line editor: entries of several lines, history, completion, colours, and a way to print above the prompt.
//!
//! rustyline edits; what is SQL and what is a command is decided by [`super::entry`], the same for what is typed and
//! what is piped.

mod assistant;
mod brackets;
mod completion;
mod highlight;
pub mod history;
mod keywords;
mod listing;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{
    ColorMode, CompletionType, Config, Event, EventHandler, ExternalPrinter, KeyCode, KeyEvent, Modifiers,
};

use self::assistant::Assistant;
use self::listing::Listing;
use super::entry;
use crate::failure::Failure;

/// What stands before an entry.
const PROMPT: &str = "rowtime> ";
/// Entries that are remembered.
const HISTORY_ENTRIES_MAX: usize = 10_000;
/// Candidates that are listed without asking first.
const CANDIDATES_MAX: usize = 100;

/// What completion knows; replaced after every statement.
#[derive(Debug, Default, Clone)]
pub struct Names {
    /// Streams, views and tables with their columns.
    pub streams: Vec<(String, Vec<String>)>,
    /// Pumps.
    pub pumps: Vec<String>,
    /// Functions.
    pub functions: Vec<String>,
}

/// What the user did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Typed something whole: statements, or a command.
    Text(String),
    /// Abandoned what was there, with Ctrl-C or an empty line.
    Interrupted,
    /// Wants to leave.
    Ended,
}

/// Prints above the prompt, from any thread.
pub trait Printer: Send {
    /// Prints lines; if there is nowhere to print any more, they are dropped.
    fn print(&mut self, text: String);
}

/// The editor of a terminal.
pub struct Editor {
    lines: rustyline::Editor<Assistant, FileHistory>,
    history: Option<PathBuf>,
}

impl Editor {
    /// An editor that remembers what was typed in this file.
    pub fn new(history: Option<PathBuf>, names: Arc<Mutex<Names>>, colour: bool) -> Result<Self, Failure> {
        let config = Config::builder()
            .max_history_size(HISTORY_ENTRIES_MAX)
            .and_then(|config| config.history_ignore_dups(true))
            .map_err(terminal_failed)?
            .completion_type(CompletionType::List)
            .completion_prompt_limit(CANDIDATES_MAX)
            .auto_add_history(false)
            .color_mode(if colour {
                ColorMode::Enabled
            } else {
                ColorMode::Disabled
            })
            .build();
        let lines = FileHistory::with_config(&config);
        let mut lines = rustyline::Editor::with_history(config, lines).map_err(terminal_failed)?;
        lines.set_helper(Some(Assistant::new(Arc::clone(&names), colour)));
        let mut editor = Self { lines, history };
        // Without one (a terminal that cannot move its cursor) nothing is completed anyway.
        if let Ok(printer) = editor.printer() {
            let tab = Event::from(KeyEvent(KeyCode::Tab, Modifiers::NONE));
            let listing = EventHandler::Conditional(Box::new(Listing::new(names, printer)));
            editor.lines.bind_sequence(tab, listing);
        }
        editor.recall();
        Ok(editor)
    }

    /// The next whole entry. What was typed is remembered at once, so that a shell that is killed loses nothing.
    pub fn read(&mut self) -> Result<Entry, Failure> {
        let typed = match self.lines.readline(PROMPT) {
            Ok(typed) => typed,
            Err(ReadlineError::Interrupted) => return Ok(Entry::Interrupted),
            Err(ReadlineError::Eof) => return Ok(Entry::Ended),
            Err(error) => return Err(terminal_failed(error)),
        };
        if !typed.trim().is_empty() {
            self.remember(typed.trim_end());
        }
        if entry::is_whole(&typed) {
            Ok(Entry::Text(typed))
        } else {
            Ok(Entry::Interrupted)
        }
    }

    /// Something that prints above the prompt.
    pub fn printer(&mut self) -> Result<Box<dyn Printer>, Failure> {
        let printer = self.lines.create_external_printer().map_err(terminal_failed)?;
        Ok(Box::new(AbovePrompt(printer)))
    }

    /// Writes what could not be written before.
    pub fn save_history(&mut self) {
        if let Some(path) = self.history.clone()
            && let Err(error) = self.lines.append_history(&path)
        {
            self.forget(&path, &error);
        }
    }
}

/// Puts the terminal back as a shell expects it, for a process that ends while a line is being read.
pub fn restore_terminal() {
    // No bracketed paste any more; the modes are those that `stty` knows. Without it nothing more can be done.
    eprint!("\x1b[?2004l");
    let _ = std::process::Command::new("stty").arg("sane").status();
}

/// Over rustyline's printer.
struct AbovePrompt<P>(P);

impl<P: ExternalPrinter + Send> Printer for AbovePrompt<P> {
    fn print(&mut self, mut text: String) {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        // The terminal is gone: nobody is left to read it.
        let _ = self.0.print(text);
    }
}

fn terminal_failed(error: ReadlineError) -> Failure {
    Failure::Failed(format!("cannot use the terminal: {error}"))
}
