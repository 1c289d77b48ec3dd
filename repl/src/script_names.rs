//! Which relations a script creates and which it only reads.
//!
//! A name that is read and never created is a stream from outside: `--source` names it, and its schema
//! comes from the source.

use std::collections::BTreeSet;

use rowtime_engine::sql::ast::{
    Expr, ExprKind, ObjectKind, Query, QueryBody, Statement, StatementKind, TableKind, TableRef,
};

/// The relation names of a script.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ScriptNames {
    /// Streams it creates.
    pub streams: BTreeSet<String>,
    /// Streams it reads and does not create.
    pub missing: BTreeSet<String>,
}

/// Collects the names of a parsed script.
pub fn of(script: &[Statement]) -> ScriptNames {
    let mut names = ScriptNames::default();
    let mut views = BTreeSet::new();
    let mut reads = Vec::new();
    for statement in script {
        match &statement.kind {
            StatementKind::CreateStream(create) => {
                names.streams.insert(create.name.name.clone());
                reads.extend(create.query.iter().flat_map(reads_of));
            }
            StatementKind::CreateView { name, query, .. } => {
                views.insert(name.name.clone());
                reads.extend(reads_of(query));
            }
            StatementKind::CreatePump(pump) => reads.extend(reads_of(&pump.insert.query)),
            // Its name is taken, whatever its columns may be.
            StatementKind::Unreadable(lost) if lost.object == ObjectKind::Stream => {
                names.streams.insert(lost.name.name.clone());
            }
            StatementKind::Unreadable(lost) if lost.object == ObjectKind::View => {
                views.insert(lost.name.name.clone());
            }
            StatementKind::Insert(insert) => reads.extend(reads_of(&insert.query)),
            StatementKind::Query(query) => reads.extend(reads_of(query)),
            _ => {}
        }
    }
    let known = |name: &str, quoted: bool| {
        let mut all = names.streams.iter().chain(&views);
        all.clone().any(|n| n == name) || (!quoted && all.any(|n| n.eq_ignore_ascii_case(name)))
    };
    names.missing = reads
        .into_iter()
        .filter(|(name, quoted)| !known(name, *quoted))
        .map(|(name, _)| name)
        .collect();
    names
}

/// (name, quoted) of every relation that a query reads.
fn reads_of(query: &Query) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    visit_query(query, &mut found);
    found
}

fn visit_query(query: &Query, found: &mut Vec<(String, bool)>) {
    match &query.body {
        QueryBody::Select(select) => {
            for table in &select.from {
                visit_table(table, found);
            }
            for expr in select.filter.iter().chain(&select.having) {
                visit_expr(expr, found);
            }
        }
        QueryBody::Set { left, right, .. } => {
            visit_query(left, found);
            visit_query(right, found);
        }
        QueryBody::Values(_) => {}
    }
}

fn visit_table(table: &TableRef, found: &mut Vec<(String, bool)>) {
    match &table.kind {
        TableKind::Named { name, .. } => found.push((name.name.clone(), name.quoted)),
        TableKind::Subquery { query, .. } => visit_query(query, found),
        TableKind::Function(call) => call.args.iter().for_each(|arg| visit_expr(arg, found)),
        TableKind::Join { left, right, .. } => {
            visit_table(left, found);
            visit_table(right, found);
        }
    }
}

/// Only the places where the dialect lets a query stand inside an expression.
fn visit_expr(expr: &Expr, found: &mut Vec<(String, bool)>) {
    match &expr.kind {
        ExprKind::Cursor(query) | ExprKind::Exists(query) | ExprKind::Subquery(query) => {
            visit_query(query, found);
        }
        ExprKind::InSubquery { query, .. } => visit_query(query, found),
        ExprKind::Not(inner) => visit_expr(inner, found),
        ExprKind::Binary { left, right, .. } => {
            visit_expr(left, found);
            visit_expr(right, found);
        }
        _ => {}
    }
}
