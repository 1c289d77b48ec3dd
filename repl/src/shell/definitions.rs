//! CREATE, DROP and ALTER PUMP: what changes the statements that stand.
//!
//! Statements that come together are tried together, so that a script may use what it creates later. One that is
//! wrong is left out with all that needs it, and the others stand.

use rowtime_engine::application::{Compiled, compile};
use rowtime_engine::bind::Queries;
use rowtime_engine::diagnostic::{Diagnostic, Severity};
use rowtime_engine::sql::ast::{Ident, ObjectKind};
use rowtime_engine::sql::parse;

use super::Shell;
use super::bindings::Source;
use super::candidate::{Candidate, Found};
use super::catalogue::{Definition, Statement};
use super::typed::{Typed, is_error};
use crate::bindings::{Resolved, resolve};
use crate::failure::Failure;
use crate::report;
use crate::script;
use crate::script_names::{self, ScriptNames};

impl Shell {
    /// Lets statements stand that came together.
    pub fn define(&mut self, batch: &[Definition], typed: &Typed<'_>) -> Result<(), Failure> {
        let mut left_out: Vec<usize> = Vec::new();
        let mut candidate = self.catalogue.with(batch);
        while candidate.is_news() {
            let (compiled, names) = self.compile(&candidate, Queries::Refused)?;
            let wrong = self.tell(&candidate, &compiled, typed, left_out.is_empty());
            if !compiled.has_errors() {
                self.adopt(candidate, compiled, names, None)?;
                break;
            }
            if wrong.is_empty() {
                return Err(Failure::WrongAsReported);
            }
            left_out.extend(wrong);
            let stays = |d: &&Definition| !left_out.contains(&d.offset);
            let left: Vec<Definition> = batch.iter().filter(stays).cloned().collect();
            candidate = self.catalogue.with(&left);
        }
        if left_out.is_empty() {
            Ok(())
        } else {
            Err(Failure::WrongAsReported)
        }
    }

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

    /// Shows what was found; where the statements were typed that are wrong.
    fn tell(
        &mut self,
        candidate: &Candidate,
        compiled: &Compiled,
        typed: &Typed<'_>,
        first: bool,
    ) -> Vec<usize> {
        let mut here = Vec::new();
        let mut wrong = Vec::new();
        for finding in &compiled.diagnostics {
            match candidate.locate(finding, typed) {
                Some(Found::Typed(finding)) => here.push(finding),
                Some(Found::Standing(statement, finding)) if is_error(&finding) => {
                    self.tell_broken(statement, &finding);
                }
                _ => {}
            }
            if is_error(finding)
                && let Some(at) = candidate.typed_offset(finding)
                && !wrong.contains(&at)
            {
                wrong.push(at);
            }
        }
        if first {
            self.show(&here, typed);
            if !compiled.has_errors() {
                self.count_lenient(&here, typed);
            }
        } else {
            for finding in here.iter().filter(|d| is_error(d)) {
                report::note(&format!("left out with it: {}", typed.line(finding)));
            }
        }
        wrong
    }

    /// Shows findings where they were typed, but for accepted deviations.
    pub fn show(&self, found: &[Diagnostic], typed: &Typed<'_>) {
        let others = found.iter().filter(|d| d.severity != Severity::Lenient);
        typed.show(&others.cloned().collect::<Vec<_>>());
    }

    /// Deviations of statements that come to stand are counted: at the prompt at once, of a script at its end.
    fn count_lenient(&mut self, found: &[Diagnostic], typed: &Typed<'_>) {
        let count = found.iter().filter(|d| d.severity == Severity::Lenient).count();
        if typed.at_prompt {
            script::note_lenient(count);
        } else {
            self.lenient += count;
        }
    }

    fn tell_broken(&self, statement: &Statement, finding: &Diagnostic) {
        let what = statement.title();
        report::diagnostics(&statement.text, &what, std::slice::from_ref(finding));
        report::note(&format!(
            "{what} stands and would not work any more, so nothing has changed; change both in one go, or drop it first"
        ));
    }

    fn adopt(
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
