//! Reference tables on their way into the dataflow: whole with the first step, and again with the step after a change.
//!
//! Records that do not load become error rows at the ROWTIME that the run has reached, at first that of its first row;
//! a change that cannot be read leaves the table as it is and is told (`decisions.md` 21).

use super::outlet::OnFailure;
use super::run::Observer;
use super::{OutsideError, TableSource};
use crate::dataflow::TableContents;
use crate::dataflow::errors::ErrorRow;
use crate::plan::{Application, Field, TableId};

/// A reference table and where its rows come from.
pub struct TableBinding {
    /// The table.
    pub table: TableId,
    /// Its rows.
    pub source: Box<dyn TableSource>,
}

/// What was read of a reference table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSummary {
    /// Its name.
    pub name: String,
    /// Rows that it holds now.
    pub rows: u64,
    /// How often it was read.
    pub loads: u64,
    /// Documents read, of all loads.
    pub documents: u64,
    /// Documents that became rows.
    pub decoded: u64,
}

/// The reference tables of a run.
pub struct Tables {
    bindings: Vec<Bound>,
    on_failure: OnFailure,
}

struct Bound {
    /// Its number in the application; `None` while that does not have it.
    table: Option<TableId>,
    /// Its columns there, where they may be others than those that are read.
    fields: Option<Vec<Field>>,
    source: Box<dyn TableSource>,
    summary: TableSummary,
    /// What was read last.
    contents: Option<TableContents>,
    /// The dataflow does not have it, though it was read.
    is_due: bool,
}

/// What tables hold from the next step on, and the records that did not load.
type News = (Vec<(TableId, TableContents)>, Vec<ErrorRow>);

impl Tables {
    /// No tables yet.
    pub fn new(on_failure: OnFailure) -> Self {
        Self {
            bindings: Vec::new(),
            on_failure,
        }
    }

    /// Adds a table that was not read yet.
    pub fn bind(&mut self, table: Option<TableId>, source: Box<dyn TableSource>) {
        let name = source.name().to_owned();
        self.bindings.push(Bound {
            table,
            fields: None,
            source,
            summary: TableSummary {
                name,
                ..TableSummary::default()
            },
            contents: None,
            is_due: false,
        });
    }

    /// Reads a table no more.
    pub fn unbind(&mut self, name: &str) {
        self.bindings.retain(|bound| bound.summary.name != name);
    }

    /// Learns the numbers of all tables of another application, and which of the old numbers go on as what.
    pub fn take_application(&mut self, app: &Application, numbers: &[Option<TableId>]) {
        for bound in &mut self.bindings {
            let before = bound.table;
            bound.table = app.tables.iter().position(|t| t.name == bound.summary.name);
            let described = bound.table.and_then(|id| app.tables.get(id));
            bound.fields = described.map(|table| table.fields.clone());
            let goes_on = before.and_then(|old| numbers.get(old).copied().flatten());
            bound.is_due |= bound.contents.is_some() && goes_on != bound.table;
        }
    }

    /// What is new; its errors stand at `at_ms`. A table that cannot be read at all ends the run.
    pub fn take_new(&mut self, at_ms: i64, observer: &mut dyn Observer) -> Result<News, OutsideError> {
        let (mut contents, mut errors) = News::default();
        let mut failed = Vec::new();
        for bound in &mut self.bindings {
            let Some(table) = bound.table else { continue };
            let summary = &mut bound.summary;
            match bound.source.take_new() {
                None => {}
                Some(Ok(load)) => {
                    summary.loads += 1;
                    summary.rows = load.contents.rows as u64;
                    summary.documents += load.documents;
                    summary.decoded += load.decoded;
                    bound.contents = Some(load.contents);
                    bound.is_due = true;
                    errors.extend(load.errors.into_iter().map(|e| {
                        let place = Some(e.position.as_str());
                        ErrorRow::new(at_ms, e.name, &e.message, place, e.raw, None)
                    }));
                }
                Some(Err(why)) if summary.loads > 0 => observer.not_reloaded(&why),
                Some(Err(why)) if self.on_failure == OnFailure::Stop => return Err(why),
                Some(Err(why)) => {
                    observer.table_failed(&summary.name, &why);
                    failed.push(summary.name.clone());
                }
            }
            if bound.is_due
                && let Some(now) = &bound.contents
            {
                bound.is_due = false;
                if bound.fields.as_ref().is_none_or(|fields| now.fits(fields)) {
                    contents.push((table, now.clone()));
                } else {
                    let why = other_columns(&bound.summary.name);
                    observer.table_failed(&bound.summary.name, &why);
                    failed.push(bound.summary.name.clone());
                }
            }
        }
        failed.iter().for_each(|name| self.unbind(name));
        Ok((contents, errors))
    }

    /// What was read of each.
    pub fn summary(self) -> Vec<TableSummary> {
        self.bindings.into_iter().map(|bound| bound.summary).collect()
    }
}

fn other_columns(name: &str) -> OutsideError {
    OutsideError {
        place: format!("reference table {name}"),
        message: "what is read has other columns than the statements that use it; bind it again".to_owned(),
    }
}
