//! The application while it is being bound: declared names, and what has been bound of them so far.
//!
//! Views, functions and streams without columns are bound at first use, in whatever order a script declares
//! them; one that needs itself is found because it is still busy.

mod lookup;

use std::cell::{Cell, RefCell};

use super::declarations::{Declarations, PumpBody, PumpDeclaration, ViewDeclaration};
use super::faults::{Bound, Faults, Reported};
use super::monotonicity::Order;
use super::queries::{Queries, Rules, expect_stream_keyword, limited, shown_fields};
use super::relation::{Column, Relation};
use super::user_functions::{self, FunctionEntry};
use super::uses::Uses;
use super::{BindOptions, assignment, cycles, extent, from, select};
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::upstream::ObjectKind;
use crate::plan::{
    Application, Field, Plan, Pump, ReferenceTable, SYSTEM_COLUMNS, Stream, StreamId, TableId, View,
};
use crate::sql::ast::{Ident, Insert, Query, Statement};
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
    /// The query stands alone in the script.
    stands_alone: bool,
    /// It brings the rows of a reference table.
    of_table: bool,
    /// The query, once bound.
    relation: RefCell<Lazy<Relation>>,
    /// A pump writes it.
    written: bool,
}

impl StreamEntry<'_> {
    /// A stream of which nothing but the name is known.
    fn unknown(name: String, span: Span) -> Self {
        Self {
            name,
            span,
            fields: None,
            extra: Vec::new(),
            query: None,
            stands_alone: false,
            of_table: false,
            relation: RefCell::new(Lazy::Waiting),
            written: false,
        }
    }
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
    /// Which rules hold for the one being bound.
    pub(super) rules: Cell<Rules>,
    /// Who names whom.
    pub(super) uses: Uses,
    queries: Queries,
    /// Behind those that have a name come, over data that ends, those of the tables in their order.
    streams: Vec<StreamEntry<'a>>,
    /// How many streams have a name.
    named: usize,
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
    let declarations = Declarations::of(script, options.queries, &faults);
    let name = declarations.application.clone();
    let (mut binder, pumps) = Binder::new(declarations, options, faults);
    let targets: Vec<Bound<StreamId>> = (pumps.iter())
        .map(|p| binder.uses.by(p.user(), &p.name, || binder.target_of(p)))
        .collect();
    for id in targets.iter().flatten() {
        if let Some(stream) = binder.streams.get_mut(*id) {
            stream.written = true;
        }
    }
    for entry in &binder.functions {
        let _: Bound<crate::expr::Expr> = user_functions::body(&binder, entry);
    }
    let views = (0..binder.views.len()).map(|i| View {
        name: binder.view_name(i).to_owned(),
        fields: shown_fields(&binder.view(i)).unwrap_or_default(),
    });
    let mut application = Application {
        name,
        views: views.collect(),
        tables: binder.tables.clone(),
        ..Application::default()
    };
    for (pump, target) in pumps.iter().zip(targets) {
        let bound = (binder.uses).by(pump.user(), &pump.name, || binder.pump(pump, target));
        if let Ok(bound) = bound {
            application.pumps.push(bound);
        }
    }
    application.streams = (0..binder.streams.len()).map(|id| binder.stream(id)).collect();
    application.uses = binder.uses.take();
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
                fields: s.fields,
                query: s.query,
                stands_alone: s.stands_alone,
                ..StreamEntry::unknown(s.name, s.span)
            })
            .collect();
        for stream in &options.external {
            if streams.iter().any(|s| s.name == stream.name) {
                continue;
            }
            let mut fields = stream.fields.clone();
            let extra = fields.split_off(stream.declared.min(fields.len()));
            streams.push(StreamEntry {
                fields: Some(fields),
                extra,
                ..StreamEntry::unknown(stream.name.clone(), stream.span)
            });
        }
        let undescribed = options.undescribed.iter().cloned();
        streams.extend(undescribed.map(|name| StreamEntry::unknown(name, Span::default())));
        let named = streams.len();
        if options.queries == Queries::Bounded {
            streams.extend(options.tables.iter().map(|table| StreamEntry {
                fields: Some(table.fields.clone()),
                of_table: true,
                ..StreamEntry::unknown(table.name.clone(), Span::default())
            }));
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
            rules: Cell::new(Rules::Streaming),
            uses: Uses::default(),
            queries: options.queries,
            streams,
            named,
            views: views.collect(),
            tables: options.tables.clone(),
            functions: functions.collect(),
            unreadable_functions: declarations.unreadable_functions,
            commented_out: declarations.commented_out,
        };
        (binder, declarations.pumps)
    }

    /// The declarations of a script that is known to be good, with everything bound that others can name.
    pub(super) fn standing(script: &'a [Statement], options: &BindOptions) -> Self {
        let found = Faults::default();
        let (mut binder, _) = Self::new(Declarations::of(script, options.queries, &found), options, found);
        for entry in &binder.functions {
            let _: Bound<crate::expr::Expr> = user_functions::body(&binder, entry);
        }
        for id in 0..binder.streams.len() {
            let _: Option<Vec<Field>> = binder.declared_fields(id);
        }
        // What there is to say of the script has been said.
        binder.faults = Faults::default();
        binder
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
                let mut relation = (self.uses).by(ObjectKind::View, &declaration.name.name, || {
                    self.under(Rules::Streaming, || select::query(self, declaration.query))
                });
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
        let rules = match self.queries {
            Queries::Bounded if stream.stands_alone => Rules::Bounded,
            _ => Rules::Streaming,
        };
        self.once(&stream.relation, stream.span, &stream.name, || {
            if stream.stands_alone && rules == Rules::Streaming {
                expect_stream_keyword(self, query, "");
            }
            (self.uses).by(ObjectKind::Stream, &stream.name, || {
                let relation = self.under(rules, || select::query(self, query));
                limited(self, query, relation, rules)
            })
        })
    }

    /// Binds something under these rules.
    fn under<T>(&self, rules: Rules, bind: impl FnOnce() -> T) -> T {
        let around = self.rules.replace(rules);
        let bound = bind();
        self.rules.set(around);
        bound
    }

    /// A stream's declared fields; `None` after a reported fault.
    pub(super) fn declared_fields(&self, id: StreamId) -> Option<Vec<Field>> {
        let stream = self.streams.get(id)?;
        if let Some(fields) = &stream.fields {
            return Some(fields.clone());
        }
        let relation = self.stream_relation(id);
        if stream.stands_alone {
            return shown_fields(&relation);
        }
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
        if stream.written || stream.of_table {
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

    /// The rows of a reference table as those of a stream, which whoever runs the application feeds.
    pub(super) fn table_scan(&self, id: TableId) -> Option<Plan> {
        self.scan(self.named + id).plan
    }

    /// Whether the query that is being bound is over data that ends.
    pub(super) fn is_bounded(&self) -> bool {
        self.rules.get() == Rules::Bounded
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
    pub(super) fn writable(&self, target: &Ident) -> Bound<StreamId> {
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
                expect_stream_keyword(self, &insert.query, " of a pump");
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
}
