//! FROM: streams, views, reference tables and sub-selects under their names, and the joins between them.
//!
//! Joins are left-deep, as written; commas join what stands between them in the same way. Where several streams
//! meet, each keeps its own ROWTIME as a system column behind its others, since a row of the join carries the join's
//! time. A fault in one part leaves the others in reach, so that the names around it are checked.

use std::cell::RefCell;

use super::binder::{Binder, Target};
use super::expression::Expressions;
use super::faults::Bound;
use super::joins::{self, Joint};
use super::monotonicity::{Basis, Direction, Order};
use super::relation::{Column, Relation};
use super::scope::{Named, OWN_ROWTIME, Scope, Time};
use super::{extent, join_windows, select, table_functions};
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::Expr;
use crate::plan::join::JoinWindow;
use crate::plan::{Field, Plan, TableId};
use crate::sql::ast::{self, JoinCondition, JoinKind, Select, TableAlias, TableKind, TableRef, WindowRef};
use crate::types::SqlType;

/// FROM, bound: the names in reach and the plan of its rows.
pub(super) struct From {
    pub(super) scope: Scope,
    pub(super) plan: Option<Plan>,
    /// How many of the joins at the top of the plan are commas, to which WHERE may lend its equalities.
    pub(super) commas: usize,
}

/// Where rows of a part of FROM come from.
pub(super) enum Source {
    /// A fault in it has been reported.
    Unknown,
    /// Rows in time.
    Stream(Box<Plan>),
    /// Rows without a time.
    Table(TableId),
}

/// A part of FROM, bound.
pub(super) struct Part {
    /// Its names; its columns are those of its plan.
    pub(super) scope: Scope,
    /// How to compute it.
    pub(super) source: Source,
    /// How long its rows wait for partners; `None` without OVER.
    pub(super) window: Option<JoinWindow>,
    /// It holds a join of streams, behind which no window can stand.
    pub(super) is_join: bool,
    /// Where.
    pub(super) span: Span,
}

/// A FROM clause while it is being bound.
pub(super) struct Clause<'q, 'b, 'a> {
    /// The application around.
    pub(super) binder: &'b Binder<'a>,
    /// The query.
    select: &'q Select,
    /// How many relations it names, and how many of them are streams.
    relations: usize,
    streams: usize,
    /// The names given so far.
    names: RefCell<Vec<String>>,
}

/// Binds FROM.
pub(super) fn bind(binder: &Binder, select: &Select) -> From {
    let mut leaves = Vec::new();
    select.from.iter().for_each(|table| collect(table, &mut leaves));
    let is_table =
        |leaf: &&&TableRef| matches!(&leaf.kind, TableKind::Named { name, .. } if binder.is_table(name));
    let clause = Clause {
        binder,
        select,
        relations: leaves.len(),
        // Over data that ends a table may have to stand in as a stream.
        streams: match binder.is_bounded() {
            true => leaves.len(),
            false => leaves.len() - leaves.iter().filter(is_table).count(),
        },
        names: RefCell::default(),
    };
    let parts = select.from.iter().map(|table| clause.part(table));
    let joined = parts.reduce(|left, right| {
        let span = left.span.to(right.span);
        joins::join(&clause, left, right, &Joint::comma(span))
    });
    let Some(part) = joined else {
        let d = Diagnostic::invalid(select.span, "A query on streams needs FROM");
        binder.faults.report(d);
        let unknown = clause.leaf(None, None, Relation::unknown());
        return From {
            scope: Scope::of(unknown),
            plan: None,
            commas: 0,
        };
    };
    let commas = select.from.len() - 1;
    if part.window.is_some() {
        let message = "A window has no effect here: a reference table is searched as each row comes";
        clause.fault(Diagnostic::warning(part.span, message).with_hint("remove OVER"));
    }
    From {
        plan: clause.plan_of(part.source, part.span),
        scope: part.scope,
        commas,
    }
}

fn collect<'q>(table: &'q TableRef, leaves: &mut Vec<&'q TableRef>) {
    match &table.kind {
        TableKind::Join { left, right, .. } => {
            collect(left, leaves);
            collect(right, leaves);
        }
        _ => leaves.push(table),
    }
}

impl Clause<'_, '_, '_> {
    /// Reports a fault.
    pub(super) fn fault(&self, diagnostic: Diagnostic) {
        self.binder.faults.report(diagnostic);
    }

    /// Does something with the expressions over these names.
    pub(super) fn with_expressions<T>(&self, scope: &Scope, then: impl FnOnce(&Expressions) -> T) -> T {
        let aggregates = RefCell::default();
        then(&select::expressions(
            self.binder,
            scope,
            &aggregates,
            &self.select.windows,
        ))
    }

    fn plan_of(&self, source: Source, span: Span) -> Option<Plan> {
        match source {
            Source::Unknown => None,
            Source::Table(id) if self.binder.is_bounded() => self.binder.table_scan(id),
            Source::Table(_) => {
                let message = "A query on streams needs a stream in FROM";
                let hint = "rows of a reference table have no time: join them to a stream";
                self.fault(Diagnostic::not_supported(span, message).with_hint(hint));
                None
            }
            Source::Stream(plan) if extent::plan_height(&plan) > extent::PLAN_HEIGHT_MAX => {
                let message = "Too many relations are joined";
                self.fault(Diagnostic::invalid(span, message));
                None
            }
            Source::Stream(plan) => Some(*plan),
        }
    }

    fn part(&self, table: &TableRef) -> Part {
        let alias = table.alias.as_ref();
        match &table.kind {
            TableKind::Named { name, over } => self.named(name, alias, over.as_ref(), table.span),
            TableKind::Subquery { query, over } => {
                let relation = select::query(self.binder, query);
                self.stream(alias, None, relation, over.as_ref(), table.span)
            }
            TableKind::Function(call) => {
                let relation = table_functions::bind(self.binder, call);
                self.stream(alias, None, relation, None, table.span)
            }
            TableKind::Join {
                left,
                right,
                kind,
                condition,
            } => self.join([left, right], *kind, condition, table.span),
        }
    }

    fn join(&self, sides: [&TableRef; 2], kind: JoinKind, condition: &JoinCondition, span: Span) -> Part {
        let [left, right] = sides.map(|side| self.part(side));
        let joint = Joint {
            kind,
            condition,
            span,
        };
        joins::join(self, left, right, &joint)
    }

    fn named(
        &self,
        name: &ast::Ident,
        alias: Option<&TableAlias>,
        over: Option<&WindowRef>,
        span: Span,
    ) -> Part {
        let binder = self.binder;
        let (stored, relation) = match binder.relation_named(name) {
            Ok(Target::Stream(id)) => (binder.stream_name(id), binder.scan(id)),
            Ok(Target::View(i)) => (binder.view_name(i), binder.view(i)),
            Ok(Target::Table(id)) => return self.table(id, alias, over, span),
            Err(_) => (name.name.as_str(), Relation::unknown()),
        };
        self.stream(alias, Some(stored), relation, over, span)
    }

    fn stream(
        &self,
        alias: Option<&TableAlias>,
        stored: Option<&str>,
        mut relation: Relation,
        over: Option<&WindowRef>,
        span: Span,
    ) -> Part {
        rename_by_alias(self.binder, &mut relation, alias);
        if self.streams > 1 {
            keep_rowtime(&mut relation);
        }
        let plan = relation.plan.take().map(Box::new);
        let source = plan.map_or(Source::Unknown, Source::Stream);
        let scope = Scope::of(self.leaf(alias, stored, relation));
        self.refuse_second_name(&scope, span);
        let window = over.and_then(|over| self.window(&scope, over, span).ok());
        // A window that has a fault is not the same as none.
        let source = if over.is_some() && window.is_none() {
            Source::Unknown
        } else {
            source
        };
        Part {
            scope,
            source,
            window,
            is_join: false,
            span,
        }
    }

    fn window(&self, scope: &Scope, over: &WindowRef, span: Span) -> Bound<JoinWindow> {
        let window = self.with_expressions(scope, |x| join_windows::bind(x, over))?;
        if self.relations > 1 {
            return Ok(window);
        }
        let message = "A window in FROM belongs to a join, and there is none";
        let hint = "the window of an aggregate stands behind its function: COUNT(*) OVER (…)";
        Err(self
            .binder
            .faults
            .report(Diagnostic::invalid(span, message).with_hint(hint)))
    }

    fn table(&self, id: TableId, alias: Option<&TableAlias>, over: Option<&WindowRef>, span: Span) -> Part {
        let Some(table) = self.binder.table(id) else {
            return self.stream(alias, None, Relation::unknown(), None, span);
        };
        let columns = table.fields.iter().map(|field| Column {
            name: field.name.clone(),
            ty: Some(field.ty),
            order: Order::unordered(),
            span: Span::default(),
            system: false,
        });
        let mut relation = Relation {
            columns: columns.collect(),
            plan: None,
            complete: true,
        };
        rename_by_alias(self.binder, &mut relation, alias);
        let scope = Scope::of(Named {
            time: Time::Absent,
            ..self.leaf(alias, Some(&table.name), relation)
        });
        self.refuse_second_name(&scope, span);
        if over.is_some() {
            let message = format!("'{}' is a reference table and has no window", table.name);
            let hint = "every row of the stream meets the whole table: remove OVER";
            self.fault(Diagnostic::invalid(span, message).with_hint(hint));
        }
        Part {
            scope,
            source: Source::Table(id),
            window: None,
            is_join: false,
            span,
        }
    }

    fn leaf(&self, alias: Option<&TableAlias>, stored: Option<&str>, relation: Relation) -> Named {
        let stored = stored.map(str::to_owned);
        Named {
            name: alias.map(|a| a.name.name.clone()).or_else(|| stored.clone()),
            hidden: alias.and(stored),
            columns: relation.columns,
            offset: 0,
            complete: relation.complete,
            time: Time::Row,
        }
    }

    fn refuse_second_name(&self, scope: &Scope, span: Span) {
        let Some(name) = scope.relations.first().and_then(|r| r.name.clone()) else {
            return;
        };
        let mut names = self.names.borrow_mut();
        if names.contains(&name) {
            let message = format!("Duplicate relation name '{name}' in FROM clause");
            let hint = "give each its own alias: FROM s AS a, s AS b";
            self.fault(Diagnostic::invalid(span, message).with_hint(hint));
        }
        names.push(name);
    }
}

/// Puts ROWTIME behind the columns, as a system column.
fn keep_rowtime(relation: &mut Relation) {
    let span = Span::default();
    if let Some(input) = relation.plan.take() {
        let columns = input.fields().iter().enumerate();
        let mut exprs: Vec<Expr> = columns.map(|(i, f)| Expr::column(i, f.ty, span)).collect();
        exprs.push(Expr::rowtime(span));
        let mut fields = input.fields().to_vec();
        // Checked below.
        fields.iter_mut().for_each(|field| field.not_null = false);
        fields.push(Field {
            name: OWN_ROWTIME.to_owned(),
            ty: SqlType::Timestamp,
            not_null: false,
        });
        relation.plan = Some(Plan::Project {
            input: Box::new(input),
            exprs,
            fields,
            rowtime: None,
        });
    }
    relation.columns.push(Column {
        name: OWN_ROWTIME.to_owned(),
        ty: Some(SqlType::Timestamp),
        order: Order {
            clock: Some(Expr::rowtime(span)),
            ..Order::without_clock(Direction::Ascending, Basis::Rowtime)
        },
        span,
        system: true,
    });
}

/// Gives the columns the names of an alias list.
fn rename_by_alias(binder: &Binder, relation: &mut Relation, alias: Option<&TableAlias>) {
    let Some(alias) = alias.filter(|a| !a.columns.is_empty()) else {
        return;
    };
    if relation.complete {
        let _: Bound<()> = rename(binder, relation, &alias.columns, alias.name.span);
    }
}

/// Renames the columns of a relation, which must be as many as the names.
pub(super) fn rename(
    binder: &Binder,
    relation: &mut Relation,
    names: &[ast::Ident],
    span: Span,
) -> Bound<()> {
    let declared: Vec<&str> = relation
        .columns
        .iter()
        .filter(|c| !c.system)
        .map(|c| c.name.as_str())
        .collect();
    if declared.len() != names.len() {
        let place = names.iter().fold(span, |s, n| s.to(n.span));
        let message = format!(
            "List of column aliases must have same degree as table; table has {} columns ({}), whereas alias \
             list has {} columns",
            declared.len(),
            declared.join(", "),
            names.len()
        );
        relation.complete = false;
        relation.plan = None;
        return Err(binder.faults.report(Diagnostic::invalid(place, message)));
    }
    for name in names.iter().filter(|n| super::expression::is_rowtime(n)) {
        let message = "ROWTIME is not a column: it cannot be named in an alias list";
        binder.faults.report(Diagnostic::invalid(name.span, message));
        relation.complete = false;
        relation.plan = None;
    }
    let columns = relation.columns.iter_mut().filter(|c| !c.system);
    for (column, name) in columns.zip(names) {
        column.name.clone_from(&name.name);
    }
    Ok(())
}
