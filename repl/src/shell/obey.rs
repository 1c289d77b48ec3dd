//! The backslash commands, carried out.

use std::sync::PoisonError;

use super::bindings::{Destination, Given, Source, Table};
use super::commands::parse::{self, Parsed, Word};
use super::commands::{self, CommandName};
use super::error_rows;
use super::rows::OutputFormat;
use super::typed::Typed;
use super::{Flow, Shell};
use crate::failure::Failure;
use crate::progress::grouped;
use crate::report;
use crate::stdout;

/// What undoes a binding.
const OFF: &str = "off";

impl Shell {
    /// Carries out a command line.
    pub fn obey(&mut self, line: &str, offset: usize, typed: &Typed<'_>) -> Result<Flow, Failure> {
        let parsed = parse::parse(line).map_err(Failure::Wrong)?;
        let Parsed { name, arguments } = &parsed;
        self.forget_failed();
        let first = arguments.first();
        self.asked |= !matches!(
            name,
            CommandName::Source
                | CommandName::Reference
                | CommandName::Load
                | CommandName::Output
                | CommandName::Timing
                | CommandName::Quit
        );
        match name {
            CommandName::Help => self.help(first)?,
            CommandName::Describe => {
                let text = self.describe(first)?;
                self.answer(&text)?;
            }
            CommandName::Source => match arguments.as_slice() {
                [name, uri] => self.source(name, uri)?,
                _ => self.answer(&self.list_sources())?,
            },
            CommandName::Sink => match arguments.as_slice() {
                [name, uri] => self.sink(name, uri)?,
                _ => self.answer(&self.list_sinks())?,
            },
            CommandName::Reference => match arguments.as_slice() {
                [name, uri] => self.reference(name, uri)?,
                _ => self.answer(&self.list_tables())?,
            },
            CommandName::Load => self.load(text_of(first))?,
            CommandName::Save => self.save(text_of(first))?,
            CommandName::Advance => self.advance(text_of(first))?,
            CommandName::Explain => self.explain(first, offset, typed)?,
            CommandName::Errors => self.errors(first)?,
            CommandName::Watch => self.watch(first.map(|w| w.text.as_str()))?,
            CommandName::Output => self.output(first)?,
            CommandName::Timing => {
                self.timing = first.map_or(!self.timing, |w| w.text.eq_ignore_ascii_case("on"));
                if self.at_prompt() {
                    report::note(&format!("timing is {}", if self.timing { "on" } else { OFF }));
                }
            }
            CommandName::Quit => return Ok(Flow::Leave),
        }
        Ok(Flow::Go)
    }

    fn help(&mut self, command: Option<&Word>) -> Result<(), Failure> {
        let text = match command {
            None => commands::overview(),
            Some(word) => {
                let found = commands::find(&word.text);
                commands::help(found.ok_or_else(|| Failure::Wrong(commands::unknown(&word.text)))?)
            }
        };
        self.answer(&text)
    }

    /// `\source NAME URI` and `\source NAME off`.
    fn source(&mut self, name: &Word, uri: &Word) -> Result<(), Failure> {
        if is_off(uri) {
            return self.unbind_source(name);
        }
        self.refuse_written(&name.text, &uri.text)?;
        let (source, notes) = Source::new(given(name), &uri.text, &self.names)?;
        let (stream, _) = source.stream(&self.names);
        let names = self.names.clone();
        let same = |s: &Source| s.stream(&names).0 == stream;
        if self.bindings.tables.iter().any(|t| t.name(&self.names) == stream) {
            return Err(Failure::Wrong(format!(
                "\\source {stream}: it is a reference table; a name means a stream or a table, not both"
            )));
        }
        if let Some(found) = self.application.streams.iter().find(|s| s.name == stream) {
            // What is wrong with it is told now, whenever it will be read.
            self.open_source(&source, found, &self.names)?;
        }
        let before = self.bindings.sources.clone();
        let old = before.iter().find(|s| same(s)).and_then(|s| s.open.clone());
        self.bindings.sources.retain(|s| !same(s));
        self.bindings.sources.push(source);
        if let Err(failure) = self.rebind(old.map(|(stream, _)| stream)) {
            self.bindings.sources = before;
            return Err(failure);
        }
        notes.iter().for_each(|note| report::note(note));
        if self.at_prompt() && notes.is_empty() {
            self.note_columns(&stream);
        }
        Ok(())
    }

    /// What a stream looks like that has just been bound.
    fn note_columns(&self, stream: &str) {
        if let Some(found) = self.application.streams.iter().find(|s| s.name == stream) {
            let columns = found.fields.iter().take(found.declared);
            let columns: Vec<String> = columns.map(|f| format!("{} {}", f.name, f.ty)).collect();
            report::note(&format!("stream {stream} ({})", columns.join(", ")));
        }
    }

    fn unbind_source(&mut self, name: &Word) -> Result<(), Failure> {
        let names = self.names.clone();
        let wanted = given(name).meaning_among(self.bindings.sources.iter().map(|s| s.stream(&names).0));
        let is_it = |s: &Source| Some(s.stream(&names).0) == wanted;
        let Some(gone) = self.bindings.sources.iter().find(|s| is_it(s)).cloned() else {
            return Err(Failure::Wrong(format!("{} has no source", name.text)));
        };
        let before = self.bindings.sources.clone();
        self.bindings.sources.retain(|s| !is_it(s));
        let done = self.rebind(gone.open.map(|(stream, _)| stream));
        if done.is_err() {
            self.bindings.sources = before;
        }
        done
    }

    /// `\reference NAME URI` and `\reference NAME off`.
    fn reference(&mut self, name: &Word, uri: &Word) -> Result<(), Failure> {
        let names = self.names.clone();
        let before = self.bindings.tables.clone();
        let (stored, table) = if is_off(uri) {
            let wanted = given(name).meaning_among(before.iter().map(|t| t.name(&names)));
            let stored =
                wanted.ok_or_else(|| Failure::Wrong(format!("there is no reference table {}", name.text)))?;
            (stored, None)
        } else {
            self.refuse_written(&name.text, &uri.text)?;
            let table = Table::new(given(name), &uri.text)?;
            let stored = table.name(&names);
            self.refuse_stream(&stored)?;
            (stored, Some(table))
        };
        self.bindings.tables.retain(|t| t.name(&names) != stored);
        self.bindings.tables.extend(table);
        let done = self.rebind(None);
        if done.is_err() {
            self.bindings.tables = before;
        } else if is_off(uri) {
            self.close_table(&stored)?;
        }
        done
    }

    /// A name means a stream or a table.
    fn refuse_stream(&self, name: &str) -> Result<(), Failure> {
        let said = if self.names.streams.contains(name) {
            "there is a stream of this name"
        } else if self.bindings.source_of(name, &self.names).is_some() {
            "it is a stream with a source"
        } else {
            return Ok(());
        };
        Err(Failure::Wrong(format!(
            "\\reference {name}: {said}; a name means a stream or a table, not both"
        )))
    }

    /// `\sink NAME URI` and `\sink NAME off`.
    fn sink(&mut self, name: &Word, uri: &Word) -> Result<(), Failure> {
        self.asked = true;
        let streams: Vec<&str> = self.application.streams.iter().map(|s| s.name.as_str()).collect();
        let sink = Destination::new(given(name), if is_off(uri) { "-" } else { &uri.text })?;
        let Some(stream) = sink.stream(&streams) else {
            let there_are = if streams.is_empty() {
                "none".to_owned()
            } else {
                streams.join(", ")
            };
            return Err(Failure::Wrong(format!(
                "\\sink {}: there is no such stream; there are {there_are}, and error_stream",
                name.text
            )));
        };
        if is_off(uri) {
            return self.close_sinks(&stream);
        }
        self.refuse_pipe(&uri.text)?;
        self.refuse_taken(&stream, &uri.text)?;
        self.bindings.sinks.push(sink);
        let done = self.rebind(None);
        if done.is_err() {
            self.bindings.sinks.pop();
        }
        done
    }

    fn list_sources(&self) -> String {
        let lines = self
            .bindings
            .sources
            .iter()
            .map(|s| (s.stream(&self.names).0, s.shown()));
        list("no sources", lines)
    }

    fn list_sinks(&self) -> String {
        let streams: Vec<&str> = self.application.streams.iter().map(|s| s.name.as_str()).collect();
        let name = |s: &Destination| s.stream(&streams).unwrap_or_else(|| s.given.text.clone());
        list(
            "no sinks",
            self.bindings.sinks.iter().map(|s| (name(s), s.uri.clone())),
        )
    }

    fn list_tables(&self) -> String {
        let lines = self
            .bindings
            .tables
            .iter()
            .map(|t| (t.name(&self.names), t.uri.clone()));
        list("no reference tables", lines)
    }

    fn errors(&mut self, shown: Option<&Word>) -> Result<(), Failure> {
        self.touched = true;
        let shown = match shown {
            None => error_rows::SHOWN,
            Some(word) => (word.text.parse())
                .map_err(|_| Failure::Wrong(format!("\\errors {}: write a whole number", word.text)))?,
        };
        self.settle()?;
        let text = {
            let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
            log.text(shown)
        };
        self.answer(&text)
    }

    fn output(&mut self, format: Option<&Word>) -> Result<(), Failure> {
        match format {
            None => self.answer(&format!("{}\n", self.format().name()))?,
            Some(word) => self.shape.choose(OutputFormat::of(&word.text)),
        }
        Ok(())
    }

    fn explain(&mut self, what: Option<&Word>, offset: usize, typed: &Typed<'_>) -> Result<(), Failure> {
        let text = match what {
            None => rowtime_engine::explain::explain(&self.application),
            Some(word) => {
                let query = word
                    .text
                    .trim_start()
                    .get(..6)
                    .is_some_and(|w| w.eq_ignore_ascii_case("SELECT"));
                let mut app = if query {
                    self.bind_query(&word.text, offset + word.offset, typed)?.whole
                } else {
                    self.application.clone()
                };
                let wanted = if query {
                    Some(rowtime_engine::bind::query_name(1))
                } else {
                    given(word).meaning_among(app.pumps.iter().map(|p| p.name.clone()))
                };
                app.pumps.retain(|p| Some(&p.name) == wanted.as_ref());
                if app.pumps.is_empty() {
                    return Err(Failure::Wrong(format!(
                        "there is no pump {}; \\d lists what there is",
                        word.text
                    )));
                }
                rowtime_engine::explain::explain(&app)
            }
        };
        let end = if text.ends_with('\n') { "" } else { "\n" };
        self.answer(&format!("{text}{end}"))
    }

    /// Prints the answer of a command.
    pub fn answer(&mut self, text: &str) -> Result<(), Failure> {
        let Err(error) = stdout::print(text) else {
            return Ok(());
        };
        self.closed = true;
        stdout::failure(&error).map_or(Ok(()), Err)
    }

    /// What is said when the shell ends.
    pub fn say_dropped(open_groups: usize, held_rows: usize) {
        if open_groups > 0 {
            let n = grouped(open_groups as u64);
            report::note(&format!(
                "open windows or groups dropped, their rows with them: {n}"
            ));
        }
        if held_rows > 0 {
            let n = grouped(held_rows as u64);
            report::note(&format!(
                "rows dropped that waited for another writer of their stream: {n}"
            ));
        }
    }
}

fn is_off(uri: &Word) -> bool {
    !uri.quoted && uri.text.eq_ignore_ascii_case(OFF)
}

fn text_of(word: Option<&Word>) -> &str {
    word.map_or("", |w| w.text.as_str())
}

/// The name that a word gives.
pub fn given(word: &Word) -> Given {
    Given {
        text: word.text.clone(),
        quoted: word.quoted,
    }
}

fn list(none: &str, lines: impl Iterator<Item = (String, String)>) -> String {
    let lines: Vec<String> = lines.map(|(name, uri)| format!("{name}  {uri}\n")).collect();
    if lines.is_empty() {
        format!("{none}\n")
    } else {
        lines.concat()
    }
}
