//! The shell with a script on standard input.
//!
//! Statements are carried out in their order. Those that create things only collect until something looks at data, so
//! that a source is read when all that reads it is there. A script that never looks at data (no query, no INSERT, no
//! command that shows what runs) is run at its end as `rowtime run` runs it.

use std::io::{BufRead, Read, StdinLock};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};

use super::catalogue::Definition;
use super::entry;
use super::live::Until;
use super::load::Commands;
use super::signals::{LOOK_EVERY, Signals};
use super::typed::Typed;
use super::{Flow, Shell};
use crate::failure::Failure;
use crate::options::ReplCommand;
use crate::{report, script};

/// What stands in messages for the script.
const FILE: &str = "<stdin>";
/// Lines that were read ahead.
const LINES_MAX: usize = 256;
/// Comments before a statement that are kept with it.
const COMMENT_BYTES_MAX: usize = 64 << 10;
/// Longest line.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// Runs it to its end.
pub fn run(options: &ReplCommand) -> Result<(), Failure> {
    let mut shell = Shell::new(options, Signals::in_script()?, None);
    shell.bind_options_given(options)?;
    let lines = read_ahead()?;
    let mut script = Script::default();
    let mut flow = Flow::Go;
    while flow == Flow::Go && !shell.is_over() {
        match lines.recv_timeout(LOOK_EVERY) {
            Ok(line) => {
                script.text.push_str(&line?);
                if entry::is_whole(script.unread()) {
                    flow = script.carry_out(&mut shell);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                script.carry_out(&mut shell);
                break;
            }
        }
    }
    script.define(&mut shell);
    shell.finish_script(options)
}

/// Reads lines on a thread of its own, so that a signal is heard while none comes.
fn read_ahead() -> Result<Receiver<Result<String, Failure>>, Failure> {
    let (sent, lines) = sync_channel(LINES_MAX);
    let reader = move || {
        let mut input = std::io::stdin().lock();
        loop {
            match next_line(&mut input) {
                Ok(None) => return,
                line => {
                    let failed = line.is_err();
                    if sent.send(line.map(Option::unwrap_or_default)).is_err() || failed {
                        return;
                    }
                }
            }
        }
    };
    let thread = std::thread::Builder::new().name("script".to_owned());
    let started = thread.spawn(reader);
    started.map_err(|e| Failure::Failed(format!("cannot start a thread for standard input: {e}")))?;
    Ok(lines)
}

fn next_line(input: &mut StdinLock<'_>) -> Result<Option<String>, Failure> {
    let mut line = Vec::new();
    let read = input.take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
    match read {
        Ok(0) => Ok(None),
        Ok(_) => String::from_utf8(line)
            .map(Some)
            .map_err(|_| Failure::Wrong("standard input: the script is not UTF-8 text".to_owned())),
        Err(e) => Err(Failure::Failed(format!("standard input: {e}"))),
    }
}

/// The script as far as it has been read and may still be pointed at.
#[derive(Default)]
struct Script {
    /// From the beginning of a line.
    text: String,
    /// Where what has not been carried out begins.
    done: usize,
    /// Lines before `text`.
    lines_before: usize,
    /// Statements that come to stand with the next that is none of them.
    batch: Vec<Definition>,
}

impl Script {
    fn unread(&self) -> &str {
        self.text.get(self.done..).unwrap_or("")
    }

    /// Carries out what has been read.
    fn carry_out(&mut self, shell: &mut Shell) -> Flow {
        let pieces = entry::pieces(self.unread());
        if pieces.is_empty() && self.unread().len() < COMMENT_BYTES_MAX {
            // Comments belong to the statement that follows.
            return Flow::Go;
        }
        let from = self.done;
        self.done = self.text.len();
        let mut batch = std::mem::take(&mut self.batch);
        let flow = shell.carry_out_all(pieces, from, &mut batch, &self.typed(), Commands::Obeyed);
        self.batch = batch;
        self.forget();
        flow
    }

    fn define(&mut self, shell: &mut Shell) {
        let mut batch = std::mem::take(&mut self.batch);
        shell.define_all(&mut batch, &self.typed());
    }

    fn typed(&self) -> Typed<'_> {
        Typed {
            file: FILE,
            text: &self.text,
            lines_before: self.lines_before,
            at_prompt: false,
        }
    }

    /// Lets go of the text that nothing points at any more.
    fn forget(&mut self) {
        if self.batch.is_empty() {
            self.lines_before += self.text.matches('\n').count();
            let line = self.text.rfind('\n').map_or(0, |end| end + 1);
            self.text.drain(..line);
            self.done = self.text.len();
        }
    }
}

impl Shell {
    /// What happens at the end of a script.
    fn finish_script(&mut self, options: &ReplCommand) -> Result<(), Failure> {
        let stopped = self.signals.is_leaving();
        let ended = if self.running.is_none() && !self.asked && !self.touched && !stopped {
            script::note_lenient(self.lenient);
            self.run_as_script(options)
        } else {
            self.run_to_the_end(options)
        };
        if let Err(failure) = ended {
            if let Some(message) = failure.message() {
                report::complain(message);
            }
            if failure.status() == 2 {
                self.refused = true
            } else {
                self.failed = true
            }
        }
        self.outcome()
    }

    /// Lets what runs come to its end, where anybody sees it.
    fn run_to_the_end(&mut self, options: &ReplCommand) -> Result<(), Failure> {
        let is_over = self.is_over();
        if !is_over {
            script::place_sinks(&self.application, &options.bindings.sink)?;
        }
        if self.is_watched() && !is_over {
            self.start()?;
            let ended = self.wait_for_session(Until::Ended)?;
            return self.end(ended);
        }
        self.end(false)
    }
}
