//! The statements that stand: what was typed, loaded or read from a pipe and not dropped since.
//!
//! The catalogue is a script in pieces. Whatever changes it is tried on a copy ([`Candidate`]) that is compiled as
//! a whole; only a copy without an error is adopted, so that the statements that stand are an application at all
//! times, and [`super::save`] can write them as a script that `rowtime run` accepts.

use std::collections::BTreeSet;

use rowtime_engine::sql::ast::{Ident, ObjectKind, Statement as Tree, StatementKind};
use rowtime_engine::types::SqlType;

use super::candidate::{Candidate, Placed};

/// What a statement declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The application's name.
    Application,
    /// A stream; with a query it is a pump of the same name too.
    Stream {
        /// `AS query`.
        with_query: bool,
    },
    /// A view.
    View,
    /// A pump.
    Pump,
    /// A function of these parameters: several of one name differ in them.
    Function(Vec<SqlType>),
}

impl Kind {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Stream { .. } => "stream",
            Self::View => "view",
            Self::Pump => "pump",
            Self::Function(_) => "function",
        }
    }
}

/// One statement that stands, or is to stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it declares; none when it could not be read, or has no effect.
    pub kind: Option<Kind>,
    /// The stored name of that.
    pub name: String,
    /// `OR REPLACE` was written.
    pub or_replace: bool,
    /// As it was written, with the comments before it and the `;`.
    pub text: String,
}

/// A statement with its place in what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The statement.
    pub statement: Statement,
    /// Byte offset of its text.
    pub offset: usize,
}

impl Statement {
    /// What a parsed statement declares.
    pub fn new(tree: &Tree, text: String) -> Self {
        let (kind, name, or_replace) = match &tree.kind {
            StatementKind::CreateApplication { name } => (Some(Kind::Application), name.name.clone(), true),
            StatementKind::CreateStream(create) => {
                let with_query = create.query.is_some();
                (
                    Some(Kind::Stream { with_query }),
                    create.name.name.clone(),
                    create.or_replace,
                )
            }
            StatementKind::CreateView { name, .. } => (Some(Kind::View), name.name.clone(), false),
            StatementKind::CreatePump(create) => {
                (Some(Kind::Pump), create.name.name.clone(), create.or_replace)
            }
            StatementKind::CreateFunction(create) => {
                let parameters = create.parameters.iter().map(|(_, ty)| *ty).collect();
                (
                    Some(Kind::Function(parameters)),
                    create.name.name.clone(),
                    create.or_replace,
                )
            }
            _ => (None, String::new(), false),
        };
        Self {
            kind,
            name,
            or_replace,
            text,
        }
    }

    /// Whether declaring `self` takes `other` away.
    pub fn replaces(&self, other: &Self) -> bool {
        let same_name = self.name == other.name;
        let relation = |kind: &Kind| matches!(kind, Kind::Stream { .. } | Kind::View);
        let pump = |kind: &Kind| matches!(kind, Kind::Pump | Kind::Stream { with_query: true });
        match (&self.kind, &other.kind) {
            (Some(Kind::Application), Some(Kind::Application)) => true,
            (Some(Kind::Function(mine)), Some(Kind::Function(theirs))) => same_name && mine == theirs,
            (Some(mine), Some(theirs)) => {
                self.or_replace
                    && same_name
                    && ((relation(mine) && relation(theirs)) || (pump(mine) && pump(theirs)))
            }
            _ => false,
        }
    }

    /// What it is called in messages: `pump P`.
    pub fn title(&self) -> String {
        let word = self.kind.as_ref().map_or("statement", Kind::word);
        format!("{word} {}", self.name)
    }

    /// Whether `DROP object name` means it.
    fn is_meant_by(&self, object: ObjectKind, name: &Ident) -> bool {
        let kind = match (&self.kind, object) {
            (Some(Kind::Stream { .. }), ObjectKind::Stream)
            | (Some(Kind::View), ObjectKind::View)
            | (Some(Kind::Function(_)), ObjectKind::Function)
            | (Some(Kind::Pump), ObjectKind::Pump) => true,
            (Some(Kind::Stream { with_query }), ObjectKind::Pump) => *with_query,
            _ => false,
        };
        kind && (self.name == name.name || (!name.quoted && self.name.eq_ignore_ascii_case(&name.name)))
    }
}

/// The statements that stand, in order.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    statements: Vec<Statement>,
    /// Pumps that ALTER PUMP … STOP took out of the running dataflow.
    stopped: BTreeSet<String>,
}

impl Catalogue {
    /// The statements, in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Whether a pump is stopped.
    pub fn is_stopped(&self, pump: &str) -> bool {
        self.stopped.contains(pump)
    }

    /// The pumps that are stopped.
    pub fn stopped(&self) -> &BTreeSet<String> {
        &self.stopped
    }

    /// Stops a pump, or starts it again; whether that is news.
    pub fn set_stopped(&mut self, pump: &str, stopped: bool) -> bool {
        if stopped {
            self.stopped.insert(pump.to_owned())
        } else {
            self.stopped.remove(pump)
        }
    }

    /// The statements as they would stand with these too. What one replaces leaves it its place, so that the order
    /// of writers stays.
    pub fn with(&self, new: &[Definition]) -> Candidate {
        let mut placed: Vec<Placed> = self.statements.iter().cloned().map(Placed::standing).collect();
        for definition in new {
            let mut at = None;
            let mut i = 0;
            placed.retain(|other| {
                let goes = definition.statement.replaces(&other.statement);
                if goes && at.is_none() {
                    at = Some(i);
                }
                i += usize::from(!goes);
                !goes
            });
            let typed = Placed::typed(definition.clone());
            match at {
                Some(at) => placed.insert(at.min(placed.len()), typed),
                None => placed.push(typed),
            }
        }
        Candidate::new(placed)
    }

    /// The statements as they would stand without what `DROP object name` means; none if it means nothing.
    pub fn without(&self, object: ObjectKind, name: &Ident) -> Option<Candidate> {
        let stay = |s: &&Statement| !s.is_meant_by(object, name);
        let left: Vec<Placed> = self
            .statements
            .iter()
            .filter(stay)
            .cloned()
            .map(Placed::standing)
            .collect();
        (left.len() < self.statements.len()).then(|| Candidate::new(left))
    }

    /// The statements that `DROP object name` means.
    pub fn meant_by(&self, object: ObjectKind, name: &Ident) -> Vec<&Statement> {
        self.statements
            .iter()
            .filter(|s| s.is_meant_by(object, name))
            .collect()
    }

    /// The statements as they stand, to be compiled with something behind them.
    pub fn standing(&self) -> Candidate {
        self.with(&[])
    }

    /// Lets a candidate stand. Statements without effect are forgotten, and so is that a pump which is gone or
    /// declared anew was stopped.
    pub fn adopt(&mut self, candidate: Candidate) {
        let mut declared = BTreeSet::new();
        self.statements.clear();
        for placed in candidate.into_placed() {
            if placed.is_typed() {
                self.stopped.remove(&placed.statement.name);
            }
            if placed.statement.kind.is_some() {
                declared.insert(placed.statement.name.clone());
                self.statements.push(placed.statement);
            }
        }
        self.stopped.retain(|pump| declared.contains(pump));
    }
}

#[cfg(test)]
mod tests;
