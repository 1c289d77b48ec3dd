//! FROM: streams, views and sub-selects under their names.
//!
//! A join is refused as one thing, but both its sides stay in reach, so that the names around it are checked.

use super::binder::{Binder, Target};
use super::faults::Bound;
use super::names::{Match, find};
use super::relation::Relation;
use super::scope::Scope;
use super::suggestion::did_you_mean;
use super::{select, table_functions};
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::Plan;
use crate::sql::ast::{self, JoinCondition, TableAlias, TableKind, TableRef, WindowRef};

/// A relation with its name, and the stream's name where an alias hides it.
struct Part {
    name: Option<String>,
    hidden: Option<String>,
    relation: Relation,
}

/// FROM, bound: the names in reach, the plan (when there is one relation), and what is bound in their reach.
pub(super) struct From<'q> {
    pub(super) scope: Scope,
    pub(super) plan: Option<Plan>,
    /// ON conditions.
    pub(super) conditions: Vec<&'q ast::Expr>,
    /// Windows of joined streams.
    pub(super) windows: Vec<&'q WindowRef>,
}

/// Binds FROM.
pub(super) fn bind<'q>(binder: &Binder, from: &'q [TableRef], select: Span) -> From<'q> {
    let mut parts = Vec::new();
    let mut conditions = Vec::new();
    for table in from {
        add(binder, table, from.len() > 1, &mut parts, &mut conditions);
    }
    match from {
        [] => {
            let d = Diagnostic::invalid(select, "A query on streams needs FROM");
            binder.faults.report(d);
        }
        [first, .., last] => {
            let message = "A join cannot run yet";
            let span = first.span.to(last.span);
            binder.faults.report(Diagnostic::not_implemented(span, message));
        }
        [_] => {}
    }
    let mut scope = Scope::default();
    let mut plan = None;
    let single = parts.len() == 1 && from.len() == 1;
    for part in parts {
        scope.add(
            part.name,
            part.hidden,
            part.relation.columns,
            part.relation.complete,
        );
        plan = part.relation.plan.filter(|_| single);
    }
    if from.is_empty() {
        scope.add(None, None, Vec::new(), false);
    }
    let mut windows = Vec::new();
    for table in from {
        collect_windows(table, &mut windows);
    }
    From {
        scope,
        plan,
        conditions,
        windows,
    }
}

fn collect_windows<'q>(table: &'q TableRef, windows: &mut Vec<&'q WindowRef>) {
    match &table.kind {
        TableKind::Named { over, .. } | TableKind::Subquery { over, .. } => windows.extend(over),
        TableKind::Function(_) => {}
        TableKind::Join { left, right, .. } => {
            collect_windows(left, windows);
            collect_windows(right, windows);
        }
    }
}

fn add<'q>(
    binder: &Binder,
    table: &'q TableRef,
    joined: bool,
    parts: &mut Vec<Part>,
    conditions: &mut Vec<&'q ast::Expr>,
) {
    let alias = table.alias.as_ref();
    let part = match &table.kind {
        TableKind::Named { name, over } => {
            if over.is_some() && !joined {
                refuse_window(binder, table.span);
            }
            named(binder, name, alias)
        }
        TableKind::Subquery { query, over } => {
            if over.is_some() && !joined {
                refuse_window(binder, table.span);
            }
            Part {
                name: alias.map(|a| a.name.name.clone()),
                hidden: None,
                relation: select::query(binder, query),
            }
        }
        TableKind::Function(call) => Part {
            name: alias.map(|a| a.name.name.clone()),
            hidden: None,
            relation: table_functions::bind(binder, call),
        },
        TableKind::Join {
            left,
            right,
            condition,
            ..
        } => {
            if !joined {
                let message = "A join cannot run yet";
                binder
                    .faults
                    .report(Diagnostic::not_implemented(table.span, message));
            }
            return add_join(binder, [left, right], condition, parts, conditions);
        }
    };
    let part = renamed(binder, part, alias);
    if part.name.is_some() && parts.iter().any(|p| p.name == part.name) {
        let name = part.name.clone().unwrap_or_default();
        let message = format!("Duplicate relation name '{name}' in FROM clause");
        binder.faults.report(
            Diagnostic::invalid(table.span, message)
                .with_hint("give each its own alias: FROM s AS a, s AS b"),
        );
    }
    parts.push(part);
}

/// The relations of both sides, for the faults in them: a join has no plan yet.
fn add_join<'q>(
    binder: &Binder,
    [left, right]: [&'q TableRef; 2],
    condition: &'q JoinCondition,
    parts: &mut Vec<Part>,
    conditions: &mut Vec<&'q ast::Expr>,
) {
    let from = parts.len();
    add(binder, left, true, parts, conditions);
    let middle = parts.len();
    add(binder, right, true, parts, conditions);
    match condition {
        JoinCondition::On(e) => conditions.push(e),
        JoinCondition::Using(names) => {
            let (lefts, rights) = parts.split_at(middle);
            let lefts = lefts.get(from..).unwrap_or(&[]);
            for name in names {
                let _: bool = is_column_of(binder, lefts, name) && is_column_of(binder, rights, name);
            }
        }
        JoinCondition::None | JoinCondition::Natural => {}
    }
    // One plan cannot stand for both sides.
    for part in parts.iter_mut() {
        part.relation.plan = None;
        // USING and NATURAL merge columns: until that runs, which there are is not known.
        part.relation.complete &= !matches!(condition, JoinCondition::Using(_) | JoinCondition::Natural);
    }
}

/// Whether one side of USING has this column; reports it if not.
fn is_column_of(binder: &Binder, side: &[Part], name: &ast::Ident) -> bool {
    let columns = || side.iter().flat_map(|part| &part.relation.columns);
    let known = || columns().map(|c| c.name.as_str());
    let unknown = side.iter().any(|part| !part.relation.complete);
    if unknown || find(known(), name) != Match::Nothing {
        return true;
    }
    let message = match side {
        [only] => format!(
            "Column '{}' not found in table '{}'",
            name.name,
            only.name.as_deref().unwrap_or_default()
        ),
        _ => format!("Column '{}' not found in any table", name.name),
    };
    let mut d = Diagnostic::invalid(name.span, message);
    d.hint = did_you_mean(&name.name, known());
    binder.faults.report(d);
    false
}

fn refuse_window(binder: &Binder, span: Span) {
    let message = "A window in FROM cannot run yet";
    binder.faults.report(Diagnostic::not_implemented(span, message));
}

fn named(binder: &Binder, name: &ast::Ident, alias: Option<&TableAlias>) -> Part {
    let found = binder.relation_named(name);
    let (stored, relation) = match found {
        Ok(Target::Stream(id)) => (binder.stream_name(id).to_owned(), binder.scan(id)),
        Ok(Target::View(i)) => (binder.view_name(i).to_owned(), binder.view(i)),
        Err(_) => (name.name.clone(), Relation::unknown()),
    };
    Part {
        name: Some(alias.map_or_else(|| stored.clone(), |a| a.name.name.clone())),
        hidden: alias.map(|_| stored),
        relation,
    }
}

/// Gives the columns the names of an alias list.
fn renamed(binder: &Binder, mut part: Part, alias: Option<&TableAlias>) -> Part {
    let Some(alias) = alias.filter(|a| !a.columns.is_empty()) else {
        return part;
    };
    if !part.relation.complete {
        return part;
    }
    let _: Bound<()> = rename(binder, &mut part.relation, &alias.columns, alias.name.span);
    part
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
