//! DROP and ALTER PUMP, and how what stands comes to be what runs.
//!
//! Whatever changes the statements that stand is compiled as a whole, taken by the session, and only then stands.

use rowtime_engine::application::{Compiled, compile};
use rowtime_engine::bind::Queries;
use rowtime_engine::diagnostic::{Diagnostic, Severity};
use rowtime_engine::sql::ast::{Ident, ObjectKind};
use rowtime_engine::sql::parse;

use super::Shell;
use super::bindings::Source;
use super::candidate::{Candidate, Found};
use super::catalogue::Statement;
use super::typed::{Typed, is_error};
use crate::bindings::{Resolved, resolve};
use crate::failure::Failure;
use crate::report;
use crate::script;
use crate::script_names::{self, ScriptNames};

impl Shell {
    /// Compiles a candidate with what is bound.
    pub fn compile(
        &mut self,
        candidate: &Candidate,
        queries: Queries,
    ) -> Result<(Compiled, ScriptNames), Failure> {
        let (trees, _) = parse(candidate.text());
        let names = script_names::of(&trees);
        let (options, notes) = self.bindings.bind_options(&names, self.strict, queries)?;
        for note in notes {
            report::note(&note);
        }
        Ok((compile(candidate.text(), &options), names))
    }

    /// Shows findings where they were typed, but for accepted deviations.
    pub fn show(&self, found: &[Diagnostic], typed: &Typed<'_>) {
        let others = found.iter().filter(|d| d.severity != Severity::Lenient);
        typed.show(&others.cloned().collect::<Vec<_>>());
    }

    /// Deviations of statements that come to stand are counted: at the prompt at once, of a script at its end.
    pub fn count_lenient(&mut self, found: &[Diagnostic], typed: &Typed<'_>) {
        let count = found.iter().filter(|d| d.severity == Severity::Lenient).count();
        if typed.at_prompt {
            script::note_lenient(count);
        } else {
            self.lenient += count;
        }
    }

    /// Lets a candidate without a fault stand, and has the session run it; `gone` is what to say of what was dropped.
    pub fn adopt(
        &mut self,
        candidate: Candidate,
        compiled: Compiled,
        names: ScriptNames,
        gone: Option<String>,
    ) -> Result<(), Failure> {
        let mut catalogue = self.catalogue.clone();
        let news: Vec<String> = candidate.news().map(Statement::title).collect();
        catalogue.adopt(candidate);
        let had: Vec<String> = self.catalogue.statements().iter().map(Statement::title).collect();
        let done = |title: String| {
            let done = if had.contains(&title) {
                "replaced"
            } else {
                "created"
            };
            format!("{title} {done}")
        };
        let news = news.into_iter().map(done).chain(gone).collect();
        self.take(&compiled.application, &names, catalogue.stopped(), None, news)?;
        self.catalogue = catalogue;
        self.application = compiled.application;
        self.names = names;
        self.refresh_names();
        Ok(())
    }

    /// DROP. With a stream goes what feeds it.
    pub fn drop_object(
        &mut self,
        object: ObjectKind,
        name: &Ident,
        if_exists: bool,
        typed: &Typed<'_>,
    ) -> Result<(), Failure> {
        let sources = self.bindings.sources.clone();
        if object == ObjectKind::Stream {
            let (meant, names) = (self.catalogue.meant_by(object, name), self.names.clone());
            let feeds = |s: &Source| meant.iter().any(|m| m.name == s.stream(&names).0);
            self.bindings.sources.retain(|s| !feeds(s));
        }
        let done = self.drop_statement(object, name, if_exists, typed);
        if done.is_err() {
            self.bindings.sources = sources;
        }
        done
    }

    fn drop_statement(
        &mut self,
        object: ObjectKind,
        name: &Ident,
        if_exists: bool,
        typed: &Typed<'_>,
    ) -> Result<(), Failure> {
        let Some(candidate) = self.catalogue.without(object, name) else {
            let word = word_of(object);
            if if_exists {
                report::note(&format!("there is no {word} {}", name.name));
                return Ok(());
            }
            let name = &name.name;
            let fed = object == ObjectKind::Stream && self.bindings.source_of(name, &self.names).is_some();
            return Err(Failure::Wrong(if fed {
                format!("stream {name} comes from its source; \\source {name} off takes it away")
            } else {
                format!("there is no {word} {name}{}", self.similar(object))
            }));
        };
        let titles: Vec<String> = self
            .catalogue
            .meant_by(object, name)
            .iter()
            .map(|s| s.title())
            .collect();
        let (compiled, names) = self.compile(&candidate, Queries::Refused)?;
        if compiled.has_errors() {
            let mut users: Vec<String> = Vec::new();
            for finding in compiled.diagnostics.iter().filter(|d| is_error(d)) {
                if let Some(Found::Standing(statement, _)) = candidate.locate(finding, typed)
                    && !users.contains(&statement.title())
                {
                    users.push(statement.title());
                }
            }
            return Err(Failure::Wrong(format!(
                "{} is used by {}; drop what uses it first",
                titles.join(", "),
                users.join(", ")
            )));
        }
        let gone = format!("{} dropped", titles.join(", "));
        self.adopt(candidate, compiled, names, Some(gone))
    }

    fn similar(&self, object: ObjectKind) -> String {
        let names: Vec<&str> = (self.catalogue.statements().iter())
            .filter(|s| s.kind.as_ref().is_some_and(|k| k.word() == word_of(object)))
            .map(|s| s.name.as_str())
            .collect();
        if names.is_empty() {
            return String::new();
        }
        format!("; there are {}", names.join(", "))
    }

    /// ALTER PUMP.
    pub fn alter_pump(&mut self, name: &Ident, start: bool) -> Result<(), Failure> {
        let pumps: Vec<&str> = self.application.pumps.iter().map(|p| p.name.as_str()).collect();
        let found = if name.quoted {
            pumps.iter().find(|p| **p == name.name).copied()
        } else {
            match resolve(&name.name, &pumps) {
                Resolved::One(found) => Some(found),
                _ => None,
            }
        };
        let Some(pump) = found.map(str::to_owned) else {
            let there_are = if pumps.is_empty() {
                "no pump stands".to_owned()
            } else {
                format!("there are {}", pumps.join(", "))
            };
            return Err(Failure::Wrong(format!(
                "there is no pump {}; {there_are}",
                name.name
            )));
        };
        let mut catalogue = self.catalogue.clone();
        if !catalogue.set_stopped(&pump, !start) {
            if self.at_prompt() {
                let state = if start { "runs" } else { "is stopped" };
                report::note(&format!("pump {pump} {state} already"));
            }
            return Ok(());
        }
        let (application, names) = (self.application.clone(), self.names.clone());
        let state = if start { "started, empty" } else { "stopped" };
        let news = vec![format!("pump {pump} {state}")];
        self.take(&application, &names, catalogue.stopped(), None, news)?;
        self.catalogue = catalogue;
        Ok(())
    }
}

fn word_of(object: ObjectKind) -> &'static str {
    match object {
        ObjectKind::Stream => "stream",
        ObjectKind::Pump => "pump",
        ObjectKind::Function => "function",
        ObjectKind::View => "view",
        ObjectKind::Schema => "schema",
    }
}
