//! What a script declares, statement after statement: of several declarations of one name the last one with
//! OR REPLACE stands (`decisions.md` 3), and DROP takes a name away again.

use super::expression::is_rowtime;
use super::faults::Faults;
use super::names::{Match, find};
use super::queries::{Queries, query_name};
use super::suggestion::did_you_mean;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::Field;
use crate::plan::upstream::ObjectKind;
use crate::sql::ast::{
    ColumnDef, CreateFunction, CreatePump, CreateStream, Ident, Insert, ObjectKind as Named, Query,
    Statement, StatementKind, Unreadable,
};
use crate::types::SqlType;

/// A CREATE STREAM that stands.
pub(super) struct StreamDeclaration<'a> {
    /// Stored name.
    pub(super) name: String,
    /// Where the name stands.
    pub(super) span: Span,
    /// Declared columns; `None` when the query gives them, or when the declaration could not be read.
    pub(super) fields: Option<Vec<Field>>,
    /// `AS query`.
    pub(super) query: Option<&'a Query>,
    /// Nothing declares it but its query, which stands alone.
    pub(super) stands_alone: bool,
}

/// A CREATE VIEW that stands.
pub(super) struct ViewDeclaration<'a> {
    /// Its name.
    pub(super) name: &'a Ident,
    /// Column names, where given.
    pub(super) columns: &'a [Ident],
    /// What it shows.
    pub(super) query: &'a Query,
}

/// What a pump does.
#[derive(Clone, Copy)]
pub(super) enum PumpBody<'a> {
    /// Its INSERT.
    Insert(&'a Insert),
    /// The query of the stream of the same name.
    OfStream,
    /// It could not be read; what it writes, where that is known.
    Unreadable(Option<&'a Ident>),
}

/// A pump that stands.
pub(super) struct PumpDeclaration<'a> {
    /// Stored name.
    pub(super) name: String,
    /// Where the name stands.
    pub(super) span: Span,
    /// What it does.
    pub(super) body: PumpBody<'a>,
    /// STOPPED was written and no ALTER PUMP … START followed.
    pub(super) stopped: bool,
}

impl PumpDeclaration<'_> {
    /// What is gone when what the pump names is: the stream that it comes with, or itself.
    pub(super) fn user(&self) -> ObjectKind {
        match self.body {
            PumpBody::OfStream => ObjectKind::Stream,
            PumpBody::Insert(_) | PumpBody::Unreadable(_) => ObjectKind::Pump,
        }
    }
}

/// Everything that a script declares.
#[derive(Default)]
pub(super) struct Declarations<'a> {
    /// From CREATE APPLICATION.
    pub(super) application: Option<String>,
    /// Streams in order.
    pub(super) streams: Vec<StreamDeclaration<'a>>,
    /// Views in order.
    pub(super) views: Vec<ViewDeclaration<'a>>,
    /// Functions in order.
    pub(super) functions: Vec<&'a CreateFunction>,
    /// Functions whose declaration could not be read.
    pub(super) unreadable_functions: Vec<&'a Ident>,
    /// Pumps in order.
    pub(super) pumps: Vec<PumpDeclaration<'a>>,
    /// Names that only comments declare, with the line of the comment.
    pub(super) commented_out: Vec<(&'a Ident, usize)>,
}

/// The name of the stream of errors, in any case.
pub(super) fn is_error_stream(name: &str) -> bool {
    name.eq_ignore_ascii_case("error_stream")
}

impl<'a> Declarations<'a> {
    /// Reads a script.
    pub(super) fn of(script: &'a [Statement], queries: Queries, faults: &Faults) -> Self {
        let mut all = Self::default();
        let mut stand_alone = 0;
        for statement in script {
            match &statement.kind {
                StatementKind::Query(query) if queries != Queries::Refused => {
                    stand_alone += 1;
                    all.query(query, stand_alone);
                }
                _ => all.take(statement, faults),
            }
        }
        for pump in all.pumps.iter().filter(|p| p.stopped) {
            faults.report(
                Diagnostic::warning(pump.span, format!("Pump '{}' is STOPPED, but it runs", pump.name))
                    .with_hint("pumps run as long as the application does"),
            );
        }
        all
    }

    fn take(&mut self, statement: &'a Statement, faults: &Faults) {
        let span = statement.span;
        match &statement.kind {
            StatementKind::CreateApplication { name } => {
                self.application = Some(name.name.clone());
            }
            StatementKind::CreateStream(create) => self.stream(create, faults),
            StatementKind::CreatePump(create) => self.pump(create, faults),
            StatementKind::CreateFunction(create) => self.function(create, faults),
            StatementKind::CreateView { name, columns, query } => {
                self.free_relation(name, false, faults);
                self.views.push(ViewDeclaration { name, columns, query });
            }
            StatementKind::CommentedOut { name, line } => self.commented_out.push((name, *line)),
            StatementKind::Unreadable(unreadable) => self.unreadable(unreadable, faults),
            StatementKind::NoEffect { what } => {
                let message = format!("{what} has no effect");
                faults.report(Diagnostic::warning(span, message));
            }
            StatementKind::AlterPump { name, start } => self.alter(name, *start, faults),
            StatementKind::Drop {
                object,
                name,
                if_exists,
            } => self.drop(*object, name, *if_exists, faults),
            StatementKind::Insert(insert) => {
                let d = match insert.query.body {
                    crate::sql::ast::QueryBody::Values(_) => {
                        Diagnostic::not_implemented(span, "INSERT … VALUES cannot run yet")
                    }
                    _ => Diagnostic::invalid(span, "A stand-alone INSERT never runs"),
                };
                faults.report(d.with_hint("write CREATE OR REPLACE PUMP \"P\" AS INSERT INTO …"));
            }
            StatementKind::Query(_) => {
                let message = "A stand-alone query never runs: queries stand inside pumps";
                faults.report(
                    Diagnostic::invalid(span, message)
                        .with_hint("write CREATE OR REPLACE PUMP \"P\" AS INSERT INTO … SELECT STREAM …"),
                );
            }
        }
    }

    fn stream(&mut self, create: &'a CreateStream, faults: &Faults) {
        let name = &create.name;
        if is_error_stream(&name.name) {
            let message = "The name 'error_stream' is taken by the stream of errors";
            faults.report(Diagnostic::invalid(name.span, message));
            return;
        }
        self.free_relation(name, create.or_replace, faults);
        if create.query.is_some() {
            self.replace_pump(&name.name, name.span, create.or_replace, faults);
            self.pumps.push(PumpDeclaration {
                name: name.name.clone(),
                span: name.span,
                body: PumpBody::OfStream,
                stopped: false,
            });
        }
        self.streams.push(StreamDeclaration {
            name: name.name.clone(),
            span: name.span,
            fields: create.columns.as_ref().and_then(|c| declared_fields(c, faults)),
            query: create.query.as_ref(),
            stands_alone: false,
        });
    }

    fn query(&mut self, query: &'a Query, number: usize) {
        let name = query_name(number);
        self.pumps.push(PumpDeclaration {
            name: name.clone(),
            span: query.span,
            body: PumpBody::OfStream,
            stopped: false,
        });
        self.streams.push(StreamDeclaration {
            name,
            span: query.span,
            fields: None,
            query: Some(query),
            stands_alone: true,
        });
    }

    /// Takes an earlier stream or view of this name away, or reports it.
    fn free_relation(&mut self, name: &Ident, or_replace: bool, faults: &Faults) {
        let taken = self.streams.iter().any(|s| s.name == name.name)
            || self.views.iter().any(|v| v.name.name == name.name);
        if !taken {
            return;
        }
        report_duplicate("Stream", &name.name, name.span, or_replace, faults);
        let with_query = self
            .streams
            .iter()
            .any(|s| s.name == name.name && s.query.is_some());
        if with_query {
            self.pumps
                .retain(|p| p.name != name.name || !matches!(p.body, PumpBody::OfStream));
        }
        self.streams.retain(|s| s.name != name.name);
        self.views.retain(|v| v.name.name != name.name);
    }

    fn pump(&mut self, create: &'a CreatePump, faults: &Faults) {
        let name = &create.name;
        self.replace_pump(&name.name, name.span, create.or_replace, faults);
        self.pumps.push(PumpDeclaration {
            name: name.name.clone(),
            span: name.span,
            body: PumpBody::Insert(&create.insert),
            stopped: create.started == Some(false),
        });
    }

    fn replace_pump(&mut self, name: &str, span: Span, or_replace: bool, faults: &Faults) {
        if self.pumps.iter().any(|p| p.name == name) {
            report_duplicate("Pump", name, span, or_replace, faults);
            // A pump that was declared twice by mistake is still checked.
            if or_replace {
                self.pumps.retain(|p| p.name != name);
            }
        }
    }

    fn function(&mut self, create: &'a CreateFunction, faults: &Faults) {
        let mut types = create.parameters.iter().map(|(_, t)| *t);
        if create.returns == SqlType::Null || types.any(|t| t == SqlType::Null) {
            self.unreadable_functions.push(&create.name);
            return;
        }
        let types = |f: &CreateFunction| f.parameters.iter().map(|(_, t)| t.family()).collect::<Vec<_>>();
        let exact = |f: &CreateFunction| f.parameters.iter().map(|(_, t)| *t).collect::<Vec<_>>();
        let is_this = |f: &CreateFunction| {
            f.name.name == create.name.name && types(f) == types(create) && exact(f) == exact(create)
        };
        if self.functions.iter().any(|f| is_this(f)) {
            let name = &create.name;
            report_duplicate("Function", &name.name, name.span, create.or_replace, faults);
            self.functions.retain(|f| !is_this(f));
        }
        self.functions.push(create);
    }

    /// A name whose contents nobody knows.
    fn unreadable(&mut self, unreadable: &'a Unreadable, faults: &Faults) {
        let Unreadable {
            object,
            or_replace,
            name,
            target,
        } = unreadable;
        match object {
            Named::Stream | Named::View => {
                self.free_relation(name, *or_replace, faults);
                self.streams.push(StreamDeclaration {
                    name: name.name.clone(),
                    span: name.span,
                    fields: None,
                    query: None,
                    stands_alone: false,
                });
            }
            Named::Pump => {
                self.replace_pump(&name.name, name.span, *or_replace, faults);
                self.pumps.push(PumpDeclaration {
                    name: name.name.clone(),
                    span: name.span,
                    body: PumpBody::Unreadable(target.as_ref()),
                    stopped: false,
                });
            }
            Named::Function => self.unreadable_functions.push(name),
            Named::Schema => {}
        }
    }

    fn alter(&mut self, name: &Ident, start: bool, faults: &Faults) {
        let names = || self.pumps.iter().map(|p| p.name.as_str());
        let (Match::Exact(i) | Match::OtherCase(i)) = find(names(), name) else {
            let mut d = Diagnostic::warning(name.span, format!("Pump '{}' not found", name.name));
            d.hint = did_you_mean(&name.name, names());
            faults.report(d);
            return;
        };
        if start {
            if let Some(pump) = self.pumps.get_mut(i) {
                pump.stopped = false;
            }
        } else {
            let message = "ALTER PUMP … STOP has no effect: pumps run as long as the application does";
            faults.report(Diagnostic::warning(name.span, message));
        }
    }

    fn drop(&mut self, object: Named, name: &Ident, if_exists: bool, faults: &Faults) {
        let before = self.streams.len() + self.views.len() + self.functions.len() + self.pumps.len();
        let dropped = |n: &str| find([n], name) != Match::Nothing;
        match object {
            Named::Stream => {
                self.pumps
                    .retain(|p| !(matches!(p.body, PumpBody::OfStream) && dropped(&p.name)));
                self.streams.retain(|s| !dropped(&s.name));
            }
            Named::View => self.views.retain(|v| !dropped(&v.name.name)),
            Named::Pump => self.pumps.retain(|p| !dropped(&p.name)),
            Named::Function => self.functions.retain(|f| !dropped(&f.name.name)),
            Named::Schema => {
                faults.report(Diagnostic::warning(name.span, "DROP SCHEMA has no effect"));
                return;
            }
        }
        let after = self.streams.len() + self.views.len() + self.functions.len() + self.pumps.len();
        if before == after && !if_exists {
            let message = format!("DROP has no effect: '{}' is not declared before it", name.name);
            faults.report(Diagnostic::warning(name.span, message));
        }
    }
}

fn report_duplicate(kind: &str, name: &str, span: Span, or_replace: bool, faults: &Faults) {
    let d = if or_replace {
        let message = format!("{kind} '{name}' is declared again: the last declaration stands");
        Diagnostic::warning(span, message)
    } else {
        Diagnostic::invalid(span, format!("{kind} '{name}' already exists"))
            .with_hint("write CREATE OR REPLACE, or choose another name")
    };
    faults.report(d);
}

/// The fields of a column list; `None` when a type has been refused.
fn declared_fields(columns: &[ColumnDef], faults: &Faults) -> Option<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    for column in columns {
        let name = &column.name;
        if fields.iter().any(|f| f.name == name.name) {
            let message = format!("Duplicate column name '{}'", name.name);
            faults.report(Diagnostic::invalid(name.span, message));
        }
        if is_rowtime(name) {
            let message = "Every stream has ROWTIME; reading it here gives the row's time, not this column";
            faults.report(Diagnostic::warning(name.span, message));
        }
        fields.push(Field {
            name: name.name.clone(),
            ty: column.ty,
            not_null: column.not_null,
        });
    }
    fields.iter().all(|f| f.ty != SqlType::Null).then_some(fields)
}
