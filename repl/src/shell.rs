//! The shell: statements, queries and commands, typed at a prompt or read from a pipe.
//!
//! It keeps the statements that stand ([`catalogue`]) and what is bound to them ([`bindings`]); the running dataflow is
//! a session on a thread of its own ([`live`]). Standard output carries rows and the answers of commands; everything
//! else goes to standard error.

mod batch;
mod bindings;
mod candidate;
mod catalogue;
pub mod commands;
mod constant;
mod definitions;
mod describe;
pub mod editor;
pub mod entry;
mod error_rows;
mod functions;
mod insert;
mod interactive;
mod live;
mod load;
mod notices;
mod obey;
mod pipe_sink;
mod piped;
mod plain;
mod printed;
mod query;
mod reads;
mod result;
pub mod rows;
mod running;
mod save;
mod shape;
mod signals;
mod sinks;
mod statement;
mod tail;
mod typed;
mod typed_rows;
mod watch;

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use rowtime_connectors::wall_clock;
use rowtime_engine::plan::Application;
use rowtime_engine::plan::upstream::ObjectKind;

use self::bindings::Bindings;
use self::catalogue::Catalogue;
use self::editor::Names;
use self::error_rows::ErrorLog;
use self::live::Running;
use self::notices::Notices;
use self::rows::OutputFormat;
use self::shape::Shape;
use self::signals::Signals;
use self::statement::Kind;
use self::typed::Typed;
use crate::failure::Failure;
use crate::options::ReplCommand;
use crate::script_names::ScriptNames;

/// Opens the shell: a prompt on a terminal, else a script from standard input.
pub fn execute(options: &ReplCommand) -> Result<(), Failure> {
    if std::io::stdin().is_terminal() {
        interactive::run(options)
    } else {
        piped::run(options)
    }
}

/// Whether to go on after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Yes.
    Go,
    /// `\q`.
    Leave,
}

/// A shell.
pub struct Shell {
    catalogue: Catalogue,
    /// What the statements that stand mean.
    application: Application,
    /// What they create and read.
    names: ScriptNames,
    bindings: Bindings,
    /// The session, once something has looked at data.
    running: Option<Running>,
    log: Arc<Mutex<ErrorLog>>,
    notices: Arc<Notices>,
    signals: Signals,
    /// What the editor completes; none in a script.
    known: Option<Arc<Mutex<Names>>>,
    /// How rows are printed.
    shape: Arc<Shape>,
    timing: bool,
    /// `--now`.
    now: Option<i64>,
    /// `--strict`.
    strict: bool,
    /// A query was asked, or a sink named: what comes out is shown there.
    asked: bool,
    /// Data was given or looked at by hand.
    touched: bool,
    /// Nobody reads standard output any more.
    closed: bool,
    /// Files that queries name and of which it has been said that their columns are guessed.
    told: BTreeSet<String>,
    /// Deviations that were accepted in a script.
    lenient: usize,
    /// Something was refused.
    refused: bool,
    /// Something failed while it ran.
    failed: bool,
}

impl Shell {
    /// An empty shell; `known` is what the editor completes, if there is one.
    fn new(options: &ReplCommand, signals: Signals, known: Option<Arc<Mutex<Names>>>) -> Self {
        Self {
            catalogue: Catalogue::default(),
            application: Application::default(),
            names: ScriptNames::default(),
            bindings: Bindings::default(),
            running: None,
            log: Arc::default(),
            notices: Arc::new(Notices::new()),
            signals,
            known,
            shape: Arc::new(Shape::new(options.output.map(Into::into))),
            timing: false,
            now: options.now,
            strict: options.bindings.strict,
            asked: false,
            touched: false,
            closed: false,
            told: BTreeSet::new(),
            lenient: 0,
            refused: false,
            failed: false,
        }
    }

    /// Whether somebody types.
    fn at_prompt(&self) -> bool {
        self.known.is_some()
    }

    fn now_ms(&self) -> i64 {
        self.now.unwrap_or_else(wall_clock::now_ms)
    }

    /// How rows are printed.
    fn format(&self) -> OutputFormat {
        self.shape.format()
    }

    /// Carries out one statement that does not change what stands together with others.
    fn carry_out(&mut self, kind: Kind, text: &str, offset: usize, typed: &Typed<'_>) -> Result<(), Failure> {
        self.forget_failed();
        match kind {
            Kind::Define(batch) => self.define(&batch, typed),
            Kind::Drop {
                object,
                name,
                if_exists,
            } => self.drop_object(object, &name, if_exists, typed),
            Kind::Alter { name, start } => self.alter_pump(&name, start),
            Kind::Query => self.query(text, offset, typed),
            Kind::Insert => self.insert(text, offset, typed),
        }
    }

    /// Says what went wrong, and remembers it for the exit status.
    fn settle_with(&mut self, done: Result<(), Failure>, offset: usize, typed: &Typed<'_>) {
        let Err(failure) = done else { return };
        typed.complain(offset, &failure);
        match failure {
            Failure::Wrong(_) | Failure::WrongAsReported => self.refused = true,
            Failure::Failed(_) | Failure::FailedAsReported => self.failed = true,
        }
    }

    /// Tells the editor which names there are now.
    fn refresh_names(&mut self) {
        let Some(known) = self.known.clone() else { return };
        let mut names = Names::default();
        for (kind, name) in self.objects() {
            match kind {
                ObjectKind::Pump => names.pumps.push(name),
                ObjectKind::Function => names.functions.push(name),
                ObjectKind::Stream | ObjectKind::View | ObjectKind::Table => {
                    let columns = self.columns(kind, &name).unwrap_or_default();
                    let columns = columns.into_iter().map(|f| f.name).collect();
                    names.streams.push((name, columns));
                }
            }
        }
        names.functions.extend(functions::names());
        *known.lock().unwrap_or_else(PoisonError::into_inner) = names;
    }

    /// Whether nothing more is to be carried out.
    fn is_over(&self) -> bool {
        self.closed || self.notices.is_closed() || self.signals.is_leaving()
    }

    /// Ends the session: windows are dropped, with a word, or closed if `flush` says so.
    fn end(&mut self, flush: bool) -> Result<(), Failure> {
        let Some(running) = self.running.take() else {
            return Ok(());
        };
        let done = running.finish(flush)?;
        self.notices.tell_errors_now();
        if !flush {
            Self::say_dropped(done.open_groups, done.held_rows);
        }
        Ok(())
    }

    /// What the exit status says at the end.
    fn outcome(&self) -> Result<(), Failure> {
        if self.refused {
            Err(Failure::WrongAsReported)
        } else if self.failed || self.notices.has_failed() {
            Err(Failure::FailedAsReported)
        } else {
            Ok(())
        }
    }
}
