//! The application while it is being bound: declared names, and what has been bound of them so far.
//!
//! Views, functions and streams without columns are bound at first use, in whatever order a script declares
//! them; one that needs itself is found because it is still busy.

use std::cell::{Cell, RefCell};

use super::declarations::{Declarations, PumpBody, PumpDeclaration, ViewDeclaration, is_error_stream};
use super::faults::{Bound, Faults, Reported};
use super::monotonicity::Order;
use super::names::{Match, find};
use super::relation::{Column, Relation};
use super::suggestion::{did_you_mean, written};
use super::user_functions::{self, FunctionEntry};
use super::{BindOptions, assignment, cycles, extent, from, select};
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Application, Field, Plan, Pump, ReferenceTable, SYSTEM_COLUMNS, Stream, StreamId, TableId,
};
use crate::sql::ast::{Ident, Insert, Query, QueryBody, Statement};
use crate::types::SqlType;

/// Something bound at first use.
pub(super) enum Lazy<T> {
    /// Not asked for.
    Waiting,
    /// Being bound.
    Busy,
    /// Bound.
    Done(T),
}

/// A stream and what is known of it.
struct StreamEntry<'a> {
    name: String,
    span: Span,
    fields: Option<Vec<Field>>,
    /// Fields behind the declared ones that its source brings.
    extra: Vec<Field>,
    query: Option<&'a Query>,
    /// The query, once bound.
    relation: RefCell<Lazy<Relation>>,
    /// A pump writes it.
    written: bool,
}

struct ViewEntry<'a> {
    declaration: ViewDeclaration<'a>,
    relation: RefCell<Lazy<Relation>>,
}

/// What a name in FROM stands for.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// A stream.
    Stream(StreamId),
    /// A view, by position.
    View(usize),
    /// A reference table.
    Table(TableId),
}

/// The application while it is being bound.
pub(super) struct Binder<'a> {
    /// Where findings go.
    pub(super) faults: Faults,
    /// Queries above the one being bound.
    pub(super) nesting: Cell<u32>,
    streams: Vec<StreamEntry<'a>>,
    views: Vec<ViewEntry<'a>>,
    tables: Vec<ReferenceTable>,
    functions: Vec<FunctionEntry<'a>>,
    unreadable_functions: Vec<&'a Ident>,
    commented_out: Vec<(&'a Ident, usize)>,
}

/// `INSERT INTO target (columns)`: where a finding about all of an INSERT is shown.
fn head_of(insert: &Insert) -> Span {
    let columns = insert.columns.iter().flatten();
    let names = columns.fold(insert.target.span, |s, c| s.to(c.span));
    Span::new(insert.span.start, names.end.max(insert.span.start))
}

/// Binds a whole script.
pub(super) fn bind_script(script: &[Statement], options: &BindOptions) -> (Application, Vec<Diagnostic>) {
    let faults = Faults::default();
    let declarations = Declarations::of(script, &faults);
    let name = declarations.application.clone();
    let (mut binder, pumps) = Binder::new(declarations, options, faults);
    let targets: Vec<Bound<StreamId>> = pumps.iter().map(|p| binder.target_of(p)).collect();
    for id in targets.iter().flatten() {
        if let Some(stream) = binder.streams.get_mut(*id) {
            stream.written = true;
        }
    }
    for entry in &binder.functions {
        let _: Bound<crate::expr::Expr> = user_functions::body(&binder, entry);
    }
    for i in 0..binder.views.len() {
        binder.view(i);
    }
    let mut application = Application {
        name,
        tables: binder.tables.clone(),
        ..Application::default()
    };
    for (pump, target) in pumps.iter().zip(targets) {
        if let Ok(bound) = binder.pump(pump, target) {
            application.pumps.push(bound);
        }
    }
    application.streams = (0..binder.streams.len()).map(|id| binder.stream(id)).collect();
    cycles::check(&application, &binder.faults);
    (application, binder.faults.into_diagnostics(script))
}

impl<'a> Binder<'a> {
    fn new(
        declarations: Declarations<'a>,
        options: &BindOptions,
        faults: Faults,
    ) -> (Self, Vec<PumpDeclaration<'a>>) {
        let mut streams: Vec<StreamEntry> = declarations
            .streams
            .into_iter()
            .map(|s| StreamEntry {
                name: s.name,
                span: s.span,
                fields: s.fields,
                extra: Vec::new(),
                query: s.query,
                relation: RefCell::new(Lazy::Waiting),
                written: false,
            })
            .collect();
        for stream in &options.external {
            if streams.iter().any(|s| s.name == stream.name) {
                continue;
            }
            let mut fields = stream.fields.clone();
            let extra = fields.split_off(stream.declared.min(fields.len()));
            streams.push(StreamEntry {
                name: stream.name.clone(),
                span: stream.span,
                fields: Some(fields),
                extra,
                query: None,
                relation: RefCell::new(Lazy::Waiting),
                written: false,
            });
        }
        for name in &options.undescribed {
            streams.push(StreamEntry {
                name: name.clone(),
                span: Span::default(),
                fields: None,
                extra: Vec::new(),
                query: None,
                relation: RefCell::new(Lazy::Waiting),
                written: false,
            });
        }
        let views = declarations.views.into_iter().map(|declaration| ViewEntry {
            declaration,
            relation: RefCell::new(Lazy::Waiting),
        });
        let functions = declarations
            .functions
            .into_iter()
            .map(|declaration| FunctionEntry {
                declaration,
                body: RefCell::new(Lazy::Waiting),
            });
        let binder = Self {
            faults,
            nesting: Cell::new(0),
            streams,
            views: views.collect(),
            tables: options.tables.clone(),
            functions: functions.collect(),
            unreadable_functions: declarations.unreadable_functions,
            commented_out: declarations.commented_out,
        };
        (binder, declarations.pumps)
    }

    /// The names of streams, then of views, then of tables.
    fn relation_names(&self) -> Vec<&str> {
        let streams = self.streams.iter().map(|s| s.name.as_str());
        let views = self.views.iter().map(|v| v.declaration.name.name.as_str());
        let tables = self.tables.iter().map(|t| t.name.as_str());
        streams.chain(views).chain(tables).collect()
    }

    /// Whether a name in FROM is that of a reference table; finds no fault.
    pub(super) fn is_table(&self, name: &Ident) -> bool {
        let before = self.streams.len() + self.views.len();
        matches!(
            find(self.relation_names(), name),
            Match::Exact(i) | Match::OtherCase(i) if i >= before
        )
    }

    /// The stream, view or table of this name.
    pub(super) fn relation_named(&self, name: &Ident) -> Bound<Target> {
        let names = self.relation_names();
        let at = |i: usize| match i.checked_sub(self.streams.len()) {
            None => Target::Stream(i),
            Some(i) => match i.checked_sub(self.views.len()) {
                None => Target::View(i),
                Some(i) => Target::Table(i),
            },
        };
        match find(names.iter().copied(), name) {
            Match::Exact(i) => Ok(at(i)),
            Match::OtherCase(i) => {
                let stored = written(names.get(i).copied().unwrap_or_default());
                self.faults.report(
                    Diagnostic::lenient(name.span, format!("'{}' was taken as {stored}", name.name))
                        .with_hint(format!("unquoted names fold to upper case; write {stored}")),
                );
                Ok(at(i))
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
    pub(super) fn has_function(&self, name: &Ident) -> bool {
        !self.overloads(name).is_empty()
    }

    /// Whether the declaration of a function of this name could not be read.
    pub(super) fn is_unreadable_function(&self, name: &Ident) -> bool {
        let names = self.unreadable_functions.iter().map(|f| f.name.as_str());
        find(names, name) != Match::Nothing
    }

    /// The functions of this name.
    pub(super) fn overloads(&self, name: &Ident) -> Vec<&FunctionEntry<'a>> {
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
    pub(super) fn function_names(&self) -> Vec<String> {
        let unreadable = self.unreadable_functions.iter().map(|f| f.name.clone());
        self.functions
            .iter()
            .map(|f| f.declaration.name.name.clone())
            .chain(unreadable)
            .collect()
    }

    /// A stream's stored name.
    pub(super) fn stream_name(&self, id: StreamId) -> &str {
        self.streams.get(id).map_or("", |s| s.name.as_str())
    }

    /// A view's stored name.
    pub(super) fn view_name(&self, i: usize) -> &str {
        self.views.get(i).map_or("", |v| v.declaration.name.name.as_str())
    }

    /// A reference table.
    pub(super) fn table(&self, id: TableId) -> Option<&ReferenceTable> {
        self.tables.get(id)
    }

    /// What a view shows.
    pub(super) fn view(&self, i: usize) -> Relation {
        let Some(view) = self.views.get(i) else {
            return Relation::unknown();
        };
        let declaration = &view.declaration;
        self.once(
            &view.relation,
            declaration.name.span,
            &declaration.name.name,
            || {
                let mut relation = select::query(self, declaration.query);
                if !declaration.columns.is_empty() && relation.complete {
                    let span = declaration.name.span;
                    let _: Bound<()> = from::rename(self, &mut relation, declaration.columns, span);
                }
                if relation
                    .plan
                    .as_ref()
                    .is_some_and(|p| extent::plan_height(p) > extent::PLAN_HEIGHT_MAX)
                {
                    let message = "Views are nested too deeply";
                    self.faults
                        .report(Diagnostic::invalid(declaration.name.span, message));
                    return Relation::unknown();
                }
                relation
            },
        )
    }

    fn once(
        &self,
        cell: &RefCell<Lazy<Relation>>,
        span: Span,
        name: &str,
        bind: impl FnOnce() -> Relation,
    ) -> Relation {
        match &*cell.borrow() {
            Lazy::Done(relation) => return relation.clone(),
            Lazy::Busy => {
                let message = format!("'{name}' is defined by itself");
                self.faults.report(Diagnostic::invalid(span, message));
                return Relation::unknown();
            }
            Lazy::Waiting => {}
        }
        *cell.borrow_mut() = Lazy::Busy;
        let relation = bind();
        *cell.borrow_mut() = Lazy::Done(relation.clone());
        relation
    }

    /// The query of a stream that was created with one.
    fn stream_relation(&self, id: StreamId) -> Relation {
        let Some((stream, query)) = self.streams.get(id).and_then(|s| Some((s, s.query?))) else {
            return Relation::unknown();
        };
        self.once(&stream.relation, stream.span, &stream.name, || {
            select::query(self, query)
        })
    }

    /// A stream's declared fields; `None` after a reported fault.
    fn declared_fields(&self, id: StreamId) -> Option<Vec<Field>> {
        let stream = self.streams.get(id)?;
        if let Some(fields) = &stream.fields {
            return Some(fields.clone());
        }
        let relation = self.stream_relation(id);
        let mut fields: Vec<Field> = Vec::new();
        for column in relation.columns.iter().filter(|_| relation.complete) {
            let ty = column.ty?;
            if matches!(ty, SqlType::Interval(_) | SqlType::Null) {
                let message = format!("Column '{}' of type {ty} cannot stand in a stream", column.name);
                self.faults.report(
                    Diagnostic::invalid(column.span, message).with_hint("CAST it to the type you mean"),
                );
                return None;
            }
            if fields.iter().any(|f| f.name == column.name) {
                let message = format!("Duplicate column name '{}'", column.name);
                self.faults.report(
                    Diagnostic::invalid(column.span, message).with_hint("give it an alias of its own"),
                );
            }
            fields.push(Field {
                name: column.name.clone(),
                ty,
                not_null: false,
            });
        }
        relation.complete.then_some(fields)
    }

    /// The system columns of a stream that is fed from outside.
    fn system_fields(&self, id: StreamId, declared: &[Field]) -> Vec<Field> {
        let Some(stream) = self.streams.get(id) else {
            return Vec::new();
        };
        let mut extra = stream.extra.clone();
        if stream.written {
            return extra;
        }
        for (name, ty) in SYSTEM_COLUMNS {
            if !declared.iter().chain(&extra).any(|f| f.name == name) {
                extra.push(Field {
                    name: name.to_owned(),
                    ty,
                    not_null: false,
                });
            }
        }
        extra
    }

    /// Rows of a stream, with all its columns.
    pub(super) fn scan(&self, id: StreamId) -> Relation {
        let Some(declared) = self.declared_fields(id) else {
            return Relation::unknown();
        };
        let system = self.system_fields(id, &declared);
        let count = declared.len();
        let fields: Vec<Field> = declared.into_iter().chain(system).collect();
        let columns = fields.iter().enumerate().map(|(i, f)| Column {
            name: f.name.clone(),
            ty: Some(f.ty),
            order: Order::unordered(),
            span: Span::default(),
            system: i >= count,
        });
        Relation {
            columns: columns.collect(),
            plan: Some(Plan::Scan {
                stream: id,
                columns: (0..fields.len()).collect(),
                fields,
            }),
            complete: true,
        }
    }

    fn stream(&self, id: StreamId) -> Stream {
        let mut fields = self.declared_fields(id).unwrap_or_default();
        let declared = fields.len();
        fields.extend(self.system_fields(id, &fields));
        Stream {
            name: self.stream_name(id).to_owned(),
            fields,
            declared,
            is_external: self.streams.get(id).is_some_and(|s| !s.written),
            span: self.streams.get(id).map(|s| s.span).unwrap_or_default(),
        }
    }

    fn target_of(&self, pump: &PumpDeclaration) -> Bound<StreamId> {
        match pump.body {
            PumpBody::OfStream => {
                let found = self.streams.iter().position(|s| s.name == pump.name);
                found.ok_or(Reported)
            }
            PumpBody::Insert(insert) => self.writable(&insert.target),
            PumpBody::Unreadable(target) => self.writable(target.ok_or(Reported)?),
        }
    }

    /// The stream of this name, which a pump writes.
    fn writable(&self, target: &Ident) -> Bound<StreamId> {
        match self.relation_named(target)? {
            Target::Stream(id) => Ok(id),
            Target::View(_) => {
                let message = format!("'{}' is a view and cannot be written", target.name);
                let d = Diagnostic::invalid(target.span, message);
                Err(self.faults.report(d))
            }
            Target::Table(_) => {
                let message = format!("'{}' is a reference table and cannot be written", target.name);
                let d = Diagnostic::invalid(target.span, message);
                Err(self.faults.report(d))
            }
        }
    }

    fn pump(&self, pump: &PumpDeclaration, target: Bound<StreamId>) -> Bound<Pump> {
        let (relation, columns, span) = match pump.body {
            PumpBody::Insert(insert) => {
                self.expect_stream_keyword(&insert.query);
                (
                    select::query(self, &insert.query),
                    insert.columns.as_deref(),
                    head_of(insert),
                )
            }
            PumpBody::OfStream => {
                let id = target?;
                (self.stream_relation(id), None, pump.span)
            }
            PumpBody::Unreadable(_) => return Err(Reported),
        };
        let target = target?;
        let fields = self.declared_fields(target).ok_or(Reported)?;
        let name = self.stream_name(target);
        let unseparated = match pump.body {
            PumpBody::Insert(insert) => assignment::unseparated(&insert.query),
            _ => Vec::new(),
        };
        let insertion = assignment::Insertion {
            stream: name,
            fields: &fields,
            columns,
            unseparated,
            span,
        };
        Ok(Pump {
            name: pump.name.clone(),
            target,
            plan: assignment::plan(self, relation, &insertion)?,
            span: pump.span,
        })
    }

    /// A pump's SELECT without STREAM is taken as streaming (`decisions.md` 3).
    fn expect_stream_keyword(&self, query: &Query) {
        if let QueryBody::Select(select) = &query.body
            && !select.stream
        {
            let word = Span::new(
                select.span.start,
                select.span.end.min(select.span.start + "SELECT".len()),
            );
            self.faults.report(
                Diagnostic::lenient(word, "The query of a pump says SELECT without STREAM")
                    .with_hint("write SELECT STREAM"),
            );
        }
    }
}
