//! What a name means: streams, views and tables share one room of names, functions have another.

use super::super::declarations::is_error_stream;
use super::super::faults::{Bound, Reported};
use super::super::names::{Match, find};
use super::super::suggestion::{did_you_mean, written};
use super::super::user_functions::FunctionEntry;
use super::{Binder, Target};
use crate::diagnostic::Diagnostic;
use crate::plan::upstream::ObjectKind;
use crate::sql::ast::Ident;

impl<'a> Binder<'a> {
    /// The names of streams, then of views, then of tables.
    fn relation_names(&self) -> Vec<&str> {
        let streams = self.streams.iter().take(self.named).map(|s| s.name.as_str());
        let views = self.views.iter().map(|v| v.declaration.name.name.as_str());
        let tables = self.tables.iter().map(|t| t.name.as_str());
        streams.chain(views).chain(tables).collect()
    }

    /// Whether a name in FROM is that of a reference table; finds no fault.
    pub(in crate::bind) fn is_table(&self, name: &Ident) -> bool {
        let before = self.named + self.views.len();
        matches!(
            find(self.relation_names(), name),
            Match::Exact(i) | Match::OtherCase(i) if i >= before
        )
    }

    /// The stream, view or table of this name.
    pub(in crate::bind) fn relation_named(&self, name: &Ident) -> Bound<Target> {
        let names = self.relation_names();
        let at = |i: usize| match i.checked_sub(self.named) {
            None => Target::Stream(i),
            Some(i) => match i.checked_sub(self.views.len()) {
                None => Target::View(i),
                Some(i) => Target::Table(i),
            },
        };
        let used = |i: usize| {
            let target = at(i);
            let kind = match target {
                Target::Stream(_) => ObjectKind::Stream,
                Target::View(_) => ObjectKind::View,
                Target::Table(_) => ObjectKind::Table,
            };
            self.uses.note(kind, names.get(i).copied().unwrap_or_default());
            Ok(target)
        };
        match find(names.iter().copied(), name) {
            Match::Exact(i) => used(i),
            Match::OtherCase(i) => {
                let stored = written(names.get(i).copied().unwrap_or_default());
                self.faults.report(
                    Diagnostic::lenient(name.span, format!("'{}' was taken as {stored}", name.name))
                        .with_hint(format!("unquoted names fold to upper case; write {stored}")),
                );
                used(i)
            }
            Match::Ambiguous(_) => {
                let message = format!("Table '{}' is ambiguous", name.name);
                Err(self.faults.report(Diagnostic::invalid(name.span, message)))
            }
            Match::Nothing => Err(self.unknown_relation(name, names)),
        }
    }

    fn unknown_relation(&self, name: &Ident, names: Vec<&str>) -> Reported {
        if is_error_stream(&name.name) {
            let message = "error_stream cannot be read or written by the application";
            return self.faults.report(
                Diagnostic::invalid(name.span, message)
                    .with_hint("send it to a destination: --sink error_stream=URI"),
            );
        }
        let mut d = Diagnostic::invalid(name.span, format!("Table '{}' not found", name.name));
        // The stream that feeds an application is often declared nowhere, and resembles its neighbours.
        let declare =
            "declare it with CREATE STREAM, or bind it with --source, or a reference table with --reference";
        let near = || did_you_mean(&name.name, names).map(|near| format!("{near} Or {declare}"));
        d.hint = self
            .in_comment(name)
            .or_else(near)
            .or_else(|| Some(declare.to_owned()));
        self.faults.report(d)
    }

    fn in_comment(&self, name: &Ident) -> Option<String> {
        let names = self.commented_out.iter().map(|(n, _)| n.name.as_str());
        let (Match::Exact(i) | Match::OtherCase(i)) = find(names, name) else {
            return None;
        };
        let (_, line) = self.commented_out.get(i)?;
        Some(format!(
            "its CREATE stands inside the comment that begins at line {line}"
        ))
    }

    /// Whether the script declares a function of this name.
    pub(in crate::bind) fn has_function(&self, name: &Ident) -> bool {
        !self.overloads(name).is_empty()
    }

    /// Whether the declaration of a function of this name could not be read.
    pub(in crate::bind) fn is_unreadable_function(&self, name: &Ident) -> bool {
        let names = self.unreadable_functions.iter().map(|f| f.name.as_str());
        find(names, name) != Match::Nothing
    }

    /// The functions of this name.
    pub(in crate::bind) fn overloads(&self, name: &Ident) -> Vec<&FunctionEntry<'a>> {
        let exact: Vec<&FunctionEntry> = self
            .functions
            .iter()
            .filter(|f| f.declaration.name.name == name.name)
            .collect();
        if !exact.is_empty() || name.quoted {
            return exact;
        }
        let folded = name.name.to_uppercase();
        self.functions
            .iter()
            .filter(|f| f.declaration.name.name.to_uppercase() == folded)
            .collect()
    }

    /// The names of declared functions.
    pub(in crate::bind) fn function_names(&self) -> Vec<String> {
        let unreadable = self.unreadable_functions.iter().map(|f| f.name.clone());
        self.functions
            .iter()
            .map(|f| f.declaration.name.name.clone())
            .chain(unreadable)
            .collect()
    }
}
