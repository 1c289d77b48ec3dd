//! Statements that come as a script: the application that the shell starts with, `\load`, and a script from a pipe that
//! is run as `rowtime run` runs it.

use std::collections::BTreeMap;
use std::path::Path;

use super::bindings::{Destination, Given, Source, Table};
use super::catalogue::Definition;
use super::entry::{self, Piece};
use super::running::MAX_OPEN;
use super::statement::{Kind, kind_of};
use super::typed::Typed;
use super::{Flow, Shell};
use rowtime_engine::bind::Queries;

use crate::command::run;
use crate::failure::Failure;
use crate::inputs::Reading;
use crate::options::{Binding, ReplCommand, RunOptions};
use crate::script::{self, Script};

/// What becomes of backslash commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commands {
    /// They are carried out.
    Obeyed,
    /// They have no place here.
    Refused,
}

impl Shell {
    /// Lets a batch of statements stand, and empties it.
    pub fn define_all(&mut self, batch: &mut Vec<Definition>, typed: &Typed<'_>) {
        let batch = std::mem::take(batch);
        if let Some(first) = batch.first() {
            let done = self.define(&batch, typed);
            self.settle_with(done, first.offset, typed);
        }
    }

    /// Carries out pieces of a text in their order; the first begins `from` bytes into what was typed. Statements that
    /// come to stand gather in `batch`, to be tried together.
    pub fn carry_out_all(
        &mut self,
        pieces: Vec<Piece>,
        from: usize,
        batch: &mut Vec<Definition>,
        typed: &Typed<'_>,
        commands: Commands,
    ) -> Flow {
        for piece in pieces {
            match piece {
                Piece::Statement { text, offset } => match kind_of(&text, from + offset) {
                    Kind::Define(more) => batch.extend(more),
                    kind => {
                        self.define_all(batch, typed);
                        let done = self.carry_out(kind, &text, from + offset, typed);
                        self.settle_with(done, from + offset, typed);
                    }
                },
                Piece::Command { text, offset } => {
                    self.define_all(batch, typed);
                    let done = match commands {
                        Commands::Obeyed => self.obey(&text, from + offset, typed),
                        Commands::Refused => Err(Failure::Wrong(
                            "a script that is loaded holds statements only".to_owned(),
                        )),
                    };
                    match done {
                        Ok(Flow::Go) => {}
                        Ok(Flow::Leave) => return Flow::Leave,
                        Err(failure) => self.settle_with(Err(failure), from + offset, typed),
                    }
                }
            }
            if self.is_over() {
                return Flow::Leave;
            }
        }
        Flow::Go
    }

    /// `\load APP`: its statements, as if they had been typed.
    pub fn load(&mut self, file: &str) -> Result<(), Failure> {
        let text = script::read(Path::new(file))?;
        let typed = Typed {
            file,
            text: &text,
            lines_before: 0,
            at_prompt: false,
        };
        let (refused, failed) = (self.refused, self.failed);
        (self.refused, self.failed) = (false, false);
        let mut batch = Vec::new();
        self.carry_out_all(entry::pieces(&text), 0, &mut batch, &typed, Commands::Refused);
        self.define_all(&mut batch, &typed);
        let wrong = (self.refused, self.failed);
        (self.refused, self.failed) = (refused, failed);
        match wrong {
            (true, _) => Err(Failure::WrongAsReported),
            (_, true) => Err(Failure::FailedAsReported),
            _ => Ok(()),
        }
    }

    /// What the command line binds and loads. What is wrong here ends the shell before it begins.
    pub fn bind_options_given(&mut self, options: &ReplCommand) -> Result<(), Failure> {
        let bindings = &options.bindings;
        if !bindings.set.is_empty() {
            return Err(Failure::not_implemented("--set"));
        }
        if let Some(app) = &options.app {
            // Names of options may mean what the application reads.
            let text = script::read(app)?;
            let (trees, _) = rowtime_engine::sql::parse(&text);
            self.names = crate::script_names::of(&trees);
        }
        for Binding { name, uri } in &bindings.reference {
            self.bindings.tables.push(Table::new(given(name), uri)?);
        }
        for Binding { name, uri } in &bindings.source {
            self.bindings.sources.push(Source::of_option(given(name), uri)?);
        }
        for Binding { name, uri } in &bindings.sink {
            self.refuse_pipe(uri)?;
            self.bindings.sinks.push(Destination::new(given(name), uri)?);
        }
        if let Some(app) = &options.app {
            self.load(&app.display().to_string())?;
        }
        Ok(())
    }

    /// Runs what stands as `rowtime run` would.
    pub fn run_as_script(&mut self, options: &ReplCommand) -> Result<(), Failure> {
        if self.refused || self.catalogue.statements().is_empty() {
            return Ok(());
        }
        let given = &options.bindings;
        let (compiled, names) = self.compile(&self.catalogue.standing(), Queries::Refused)?;
        // Names that mean nothing are refused in the words of `run`.
        let named = script::name_sources(&given.source, &names)?;
        script::name_tables(&given.reference, &names, &named)?;
        let mut application = compiled.application.clone();
        application.pumps.retain(|p| !self.catalogue.is_stopped(&p.name));
        let id = |name: &str| application.stream_id(name);
        let mut sources = BTreeMap::new();
        let mut guessed = BTreeMap::new();
        for source in &self.bindings.sources {
            let name = source.stream(&names).0;
            if let Some(id) = id(&name) {
                sources.insert(id, source.uri.clone());
                guessed.extend(source.guessed(&names).map(|found| (name, found)));
            }
        }
        let mut tables = BTreeMap::new();
        for table in &self.bindings.tables {
            let name = table.name(&names);
            if let Some(id) = application.tables.iter().position(|t| t.name == name) {
                tables.insert(id, table.uri.clone());
                guessed.extend(table.guessed.clone().map(|found| (name, found)));
            }
        }
        let sinks = script::place_sinks(&application, &given.sink)?;
        let script = Script {
            file: "<stdin>".to_owned(),
            text: String::new(),
            compiled: rowtime_engine::application::Compiled {
                application,
                ..compiled
            },
            sources,
            tables,
            guessed,
            sinks,
        };
        let reading = Reading::all(MAX_OPEN, self.signals.leave_flag());
        run::run(
            &script,
            &RunOptions::of_shell(self.now),
            false,
            &reading,
            Vec::new(),
        )
    }
}

fn given(name: &str) -> Given {
    Given {
        text: name.to_owned(),
        quoted: false,
    }
}
