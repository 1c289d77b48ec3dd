//! CREATE: statements that come together are tried together, so that a script may use what it creates later and change a
//! stream with all that uses it.
//!
//! When something is wrong, the first statement that is at fault is told and left out, and the others are tried again
//! without it: each is judged against what stands and what comes with it, never against what was refused.

use rowtime_engine::application::Compiled;
use rowtime_engine::bind::Queries;
use rowtime_engine::diagnostic::Diagnostic;

use super::Shell;
use super::candidate::{Candidate, Found};
use super::catalogue::{Definition, Statement};
use super::typed::{Typed, is_error};
use crate::failure::Failure;
use crate::report;

/// What was found when statements were tried.
#[derive(Default)]
struct Trial {
    /// In what was typed: where the statement begins that holds it, and the finding.
    typed: Vec<(usize, Diagnostic)>,
    /// In what stands: errors that were not there before, one a statement.
    broken: Vec<(Statement, Diagnostic)>,
}

impl Trial {
    fn of(candidate: &Candidate, compiled: &Compiled, typed: &Typed<'_>) -> Self {
        let mut trial = Self::default();
        for finding in &compiled.diagnostics {
            match (candidate.locate(finding, typed), candidate.typed_offset(finding)) {
                (Some(Found::Typed(found)), Some(at)) => trial.typed.push((at, found)),
                (Some(Found::Standing(statement, found)), _)
                    if is_error(&found) && trial.broken.iter().all(|(other, _)| other != statement) =>
                {
                    trial.broken.push((statement.clone(), found));
                }
                _ => {}
            }
        }
        trial
    }

    /// Where the statements begin that hold errors.
    fn wrong(&self) -> impl Iterator<Item = usize> {
        self.typed.iter().filter(|(_, d)| is_error(d)).map(|(at, _)| *at)
    }

    fn findings(&self) -> Vec<Diagnostic> {
        self.typed.iter().map(|(_, d)| d.clone()).collect()
    }

    fn findings_at(&self, offset: usize) -> Vec<Diagnostic> {
        let here = self.typed.iter().filter(|(at, _)| *at == offset);
        here.map(|(_, d)| d.clone()).collect()
    }
}

impl Shell {
    /// Lets statements stand that came together; those that are at fault are left out.
    pub fn define(&mut self, batch: &[Definition], typed: &Typed<'_>) -> Result<(), Failure> {
        let mut left = batch.to_vec();
        let mut wrong_at_first: Option<Vec<usize>> = None;
        while !left.is_empty() {
            let candidate = self.catalogue.with(&left);
            let (compiled, names) = self.compile(&candidate, Queries::Refused)?;
            let trial = Trial::of(&candidate, &compiled, typed);
            if !compiled.has_errors() {
                let found = trial.findings();
                self.show(&found, typed);
                self.count_lenient(&found, typed);
                self.restart(&left)?;
                self.adopt(candidate, compiled, names, None)?;
                break;
            }
            let at_first = wrong_at_first.get_or_insert_with(|| trial.wrong().collect());
            let wrong = self.first_wrong(&left, &trial, typed)?;
            let breaking = self.breaking(&left, &trial, typed)?;
            match (wrong, breaking) {
                (Some(at), breaking) if breaking.is_none_or(|b| at <= b) => {
                    if at_first.contains(&at) {
                        self.show(&trial.findings_at(at), typed);
                    } else {
                        tell_left_out(&trial.findings_at(at), typed);
                    }
                    left.retain(|d| d.offset != at);
                }
                (_, Some(at)) => {
                    tell_broken(&left, at, &trial.broken, typed);
                    left.retain(|d| d.offset != at);
                }
                (_, None) => {
                    self.show(&compiled.diagnostics, typed);
                    return Err(Failure::WrongAsReported);
                }
            }
        }
        if left.len() == batch.len() {
            Ok(())
        } else {
            Err(Failure::WrongAsReported)
        }
    }

    /// A pump that is replaced twice in one go starts anew, although in the end it may be what it was.
    fn restart(&mut self, batch: &[Definition]) -> Result<(), Failure> {
        let mut stopped = self.catalogue.stopped().clone();
        let known = stopped.len();
        for (i, definition) in batch.iter().enumerate() {
            let is_same = |other: &&Definition| other.statement.replaces(&definition.statement);
            if let Some(again) = batch.iter().skip(i + 1).find(is_same)
                && again.statement.text != definition.statement.text
            {
                stopped.insert(definition.statement.name.clone());
            }
        }
        if stopped.len() == known {
            return Ok(());
        }
        let (application, names) = (self.application.clone(), self.names.clone());
        self.take(&application, &names, &stopped, None, Vec::new())
    }

    /// Where the first statement begins that is wrong also without the others that are: what is wrong with one may be
    /// that another has another meaning than what stands.
    fn first_wrong(
        &mut self,
        left: &[Definition],
        trial: &Trial,
        typed: &Typed<'_>,
    ) -> Result<Option<usize>, Failure> {
        let mut wrong: Vec<usize> = trial.wrong().collect();
        wrong.sort_unstable();
        wrong.dedup();
        if wrong.len() > 1 {
            for at in &wrong {
                let stays = |d: &&Definition| d.offset == *at || !wrong.contains(&d.offset);
                let alone: Vec<Definition> = left.iter().filter(stays).cloned().collect();
                let candidate = self.catalogue.with(&alone);
                let (compiled, _) = self.compile(&candidate, Queries::Refused)?;
                if Trial::of(&candidate, &compiled, typed).wrong().any(|w| w == *at) {
                    return Ok(Some(*at));
                }
            }
        }
        Ok(wrong.first().copied())
    }

    /// Where the first statement begins without which less of what stands would be broken.
    fn breaking(
        &mut self,
        left: &[Definition],
        trial: &Trial,
        typed: &Typed<'_>,
    ) -> Result<Option<usize>, Failure> {
        if trial.broken.is_empty() {
            return Ok(None);
        }
        for suspect in left {
            let others: Vec<Definition> = left
                .iter()
                .filter(|d| d.offset != suspect.offset)
                .cloned()
                .collect();
            let candidate = self.catalogue.with(&others);
            let (compiled, _) = self.compile(&candidate, Queries::Refused)?;
            if Trial::of(&candidate, &compiled, typed).broken.len() < trial.broken.len() {
                return Ok(Some(suspect.offset));
            }
        }
        // Several break the same: the last of them is as good as any.
        Ok(left.last().map(|d| d.offset))
    }
}

/// What is wrong only because something else was refused.
fn tell_left_out(found: &[Diagnostic], typed: &Typed<'_>) {
    for finding in found.iter().filter(|d| is_error(d)) {
        report::note(&format!("left out with it: {}", typed.line(finding)));
    }
}

/// What stands and would not work with the statement that was typed at `at`.
fn tell_broken(left: &[Definition], at: usize, broken: &[(Statement, Diagnostic)], typed: &Typed<'_>) {
    let title = left.iter().find(|d| d.offset == at).map(|d| d.statement.title());
    let users: Vec<String> = broken.iter().map(|(user, _)| user.title()).collect();
    let failure = Failure::Wrong(format!(
        "{} cannot be replaced so: {} would not work any more; change both in one go, or drop what uses it first",
        title.unwrap_or_default(),
        users.join(", ")
    ));
    typed.complain(at, &failure);
    for (user, finding) in broken {
        report::diagnostics(&user.text, &user.title(), std::slice::from_ref(finding));
    }
}
