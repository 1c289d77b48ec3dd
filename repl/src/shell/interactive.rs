//! The shell at a prompt.

use std::sync::{Arc, Mutex};

use super::editor::{self, Editor, Entry, history};
use super::entry;
use super::live::Live;
use super::load::Commands;
use super::notices::Notices;
use super::plain::{self, Plain};
use super::signals::Signals;
use super::typed::Typed;
use super::{Flow, Shell};
use crate::failure::Failure;
use crate::options::ReplCommand;
use crate::{report, signals};

/// What stands in messages for what is typed.
const FILE: &str = "<typed>";

/// Runs it until Ctrl-D, `\q` or SIGTERM.
pub fn run(options: &ReplCommand) -> Result<(), Failure> {
    let known = Arc::new(Mutex::default());
    let colour = report::colour_on_stdout();
    let signals = Signals::at_prompt()?;
    let mut shell = Shell::new(options, signals.clone(), Some(Arc::clone(&known)));
    let mut lines = if plain::is_editable() {
        let mut editor = Editor::new(history::path(), known, colour)?;
        shell.notices.above_prompt(editor.printer()?)?;
        Lines::Edited(Box::new(editor))
    } else {
        shell.notices.beside_prompt();
        Lines::Plain(Plain::new(&signals))
    };
    shell.bind_options_given(options)?;
    shell.start()?;
    if let Some(running) = &shell.running {
        leave_on_termination(&shell.signals, &shell.notices, running.live.clone())?;
    }
    shell.refresh_names();
    for sink in shell.lost_sinks() {
        let name = &sink.given.text;
        report::note(&format!(
            "--sink {name}: there is no such stream yet; it is written when there is one"
        ));
    }
    report::note(concat!(
        "version ",
        env!("CARGO_PKG_VERSION"),
        "; \\help lists the commands, \\q leaves"
    ));
    while !shell.is_over() {
        shell.signals.set_reading(true);
        let entry = lines.read(&shell.notices);
        shell.signals.set_reading(false);
        match entry? {
            Entry::Ended => break,
            Entry::Interrupted => {}
            Entry::Text(text) => {
                if shell.enter(&text) == Flow::Leave {
                    break;
                }
            }
        }
    }
    if let Lines::Edited(editor) = &mut lines {
        editor.save_history();
    }
    shell.end(false)
}

/// Where entries come from.
enum Lines {
    Edited(Box<Editor>),
    Plain(Plain),
}

impl Lines {
    fn read(&mut self, notices: &Notices) -> Result<Entry, Failure> {
        match self {
            Self::Edited(editor) => {
                notices.set_editing(true);
                let entry = editor.read();
                notices.set_editing(false);
                entry
            }
            Self::Plain(lines) => lines.read(),
        }
    }
}

/// SIGTERM while the editor waits for a key: nobody else would hear it.
fn leave_on_termination(signals: &Signals, notices: &Arc<Notices>, live: Live) -> Result<(), Failure> {
    let waiting = signals.clone();
    let notices = Arc::clone(notices);
    let leave = move || {
        if !waiting.wait_for_termination() {
            return;
        }
        let done = live.finish(false);
        editor::restore_terminal();
        eprintln!();
        notices.set_editing(false);
        match done {
            Ok(done) => {
                Shell::say_dropped(done.open_groups, done.held_rows);
                std::process::exit(0);
            }
            Err(failure) => {
                if let Some(message) = failure.message() {
                    report::complain(message);
                }
                std::process::exit(1);
            }
        }
    };
    let thread = std::thread::Builder::new().name("termination".to_owned());
    thread.spawn(leave).map_err(signals::cannot_listen)?;
    Ok(())
}

impl Shell {
    /// Carries out what was typed.
    fn enter(&mut self, text: &str) -> Flow {
        let typed = Typed {
            file: FILE,
            text,
            lines_before: 0,
            at_prompt: true,
        };
        let mut batch = Vec::new();
        let flow = self.carry_out_all(entry::pieces(text), 0, &mut batch, &typed, Commands::Obeyed);
        self.define_all(&mut batch, &typed);
        flow
    }
}
