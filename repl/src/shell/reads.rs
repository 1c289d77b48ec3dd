//! What a query reads that nobody bound: files named in place of streams, and reference tables that stand alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rowtime_connectors::discover::Discovered;
use rowtime_connectors::{source, uri};
use rowtime_engine::diagnostic::Diagnostic;
use rowtime_engine::plan::{ReferenceTable, Stream};
use rowtime_engine::sql::ast::{Query, QueryBody, StatementKind, TableKind, TableRef};
use rowtime_engine::sql::parse;

use super::typed::is_error;
use crate::failure::Failure;
use crate::progress::grouped;

/// A file that a query reads as a stream.
pub struct Opened {
    /// Where it is.
    pub uri: String,
    /// What its columns were guessed from.
    pub guessed: Option<Arc<Discovered>>,
}

/// Describes a file as the source of a stream; and a word if that is a guess.
pub fn read_as_stream(
    name: &str,
    uri: String,
    files: &mut BTreeMap<String, Opened>,
) -> Result<(Stream, Option<String>), Failure> {
    let described = source::describe_with_notes(name, &uri)?;
    let guessed = described.guessed;
    let sample = guessed.as_ref().filter(|found| found.is_sample);
    let note = sample.map(|found| {
        let records = grouped(found.records);
        format!("columns guessed from the first {records} records; see \\source")
    });
    files.insert(name.to_owned(), Opened { uri, guessed });
    Ok((described.stream, note))
}

/// The URI of a reference table as that of a source: its rows have no time.
pub fn as_source(uri: &str) -> String {
    let (place, query) = uri.rsplit_once('?').unwrap_or((uri, ""));
    let parameters = query
        .split('&')
        .filter(|p| !p.is_empty() && !p.starts_with("reload="));
    let parameters: Vec<&str> = parameters.chain(["rowtime=now"]).collect();
    format!("{place}?{}", parameters.join("&"))
}

/// The tables that come first in a FROM which reads nothing but tables.
pub fn tables_alone(text: &str, tables: &[ReferenceTable]) -> BTreeSet<String> {
    let (trees, _) = parse(text);
    let mut found = BTreeSet::new();
    for tree in &trees {
        if let StatementKind::Query(query) = &tree.kind {
            visit(query, tables, &mut found);
        }
    }
    found
}

fn visit(query: &Query, tables: &[ReferenceTable], found: &mut BTreeSet<String>) {
    match &query.body {
        QueryBody::Select(select) => {
            let mut read = Vec::new();
            select
                .from
                .iter()
                .for_each(|from| relations(from, tables, &mut read, found));
            if let Some(Some(first)) = read.first().cloned()
                && read.iter().all(Option::is_some)
            {
                found.insert(first);
            }
        }
        QueryBody::Set { left, right, .. } => {
            visit(left, tables, found);
            visit(right, tables, found);
        }
        QueryBody::Values(_) => {}
    }
}

/// What a FROM item reads: the names of tables, and none for anything else.
fn relations(
    from: &TableRef,
    tables: &[ReferenceTable],
    read: &mut Vec<Option<String>>,
    found: &mut BTreeSet<String>,
) {
    match &from.kind {
        TableKind::Named { name, .. } => {
            let exact = tables.iter().find(|t| t.name == name.name);
            let folded = |t: &&ReferenceTable| !name.quoted && t.name.eq_ignore_ascii_case(&name.name);
            let table = exact.or_else(|| tables.iter().find(folded));
            read.push(table.map(|t| t.name.clone()));
        }
        TableKind::Subquery { query, .. } => {
            visit(query, tables, found);
            read.push(None);
        }
        TableKind::Function(_) => read.push(None),
        TableKind::Join { left, right, .. } => {
            relations(left, tables, read, found);
            relations(right, tables, read, found);
        }
    }
}

/// A name that is not found and looks like that of a file.
pub fn no_such_file(mut found: Diagnostic, missing: &BTreeSet<String>) -> Diagnostic {
    let looks_so = |name: &&String| name.contains(['.', '/']) && found.message.contains(&format!("'{name}'"));
    if let Some(name) = missing.iter().find(looks_so).filter(|_| is_error(&found)) {
        found.hint = Some(format!("there is no file {name}"));
    }
    found
}

/// Whether a name in FROM is that of files that are there.
pub fn is_file(name: &str) -> bool {
    match uri::source(name) {
        Ok((uri::Place::Path(path), _)) => source::files::find(&path).is_ok_and(|found| !found.is_empty()),
        _ => false,
    }
}
