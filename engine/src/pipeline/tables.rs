//! Reference tables on their way into the dataflow: whole with the first step, and again with the step after a change.
//!
//! Records that do not load become error rows at the ROWTIME that the run has reached, at first that of its first row;
//! a change that cannot be read leaves the table as it is and is told (`decisions.md` 21).

use super::run::Observer;
use super::{OutsideError, TableSource};
use crate::dataflow::TableContents;
use crate::dataflow::errors::ErrorRow;
use crate::plan::TableId;

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
    bindings: Vec<(TableBinding, TableSummary)>,
}

/// What tables hold from the next step on, and the records that did not load.
type News = (Vec<(TableId, TableContents)>, Vec<ErrorRow>);

impl Tables {
    /// Tables that were not read yet.
    pub fn new(bindings: Vec<TableBinding>) -> Self {
        let with_summary = |binding: TableBinding| {
            let name = binding.source.name().to_owned();
            let summary = TableSummary {
                name,
                ..TableSummary::default()
            };
            (binding, summary)
        };
        Self {
            bindings: bindings.into_iter().map(with_summary).collect(),
        }
    }

    /// What is new; its errors stand at `at_ms`. A table that cannot be read at all ends the run.
    pub fn take_new(&mut self, at_ms: i64, observer: &mut dyn Observer) -> Result<News, OutsideError> {
        let (mut contents, mut errors) = News::default();
        for (binding, summary) in &mut self.bindings {
            let load = match binding.source.take_new() {
                None => continue,
                Some(Ok(load)) => load,
                Some(Err(why)) if summary.loads > 0 => {
                    observer.not_reloaded(&why);
                    continue;
                }
                Some(Err(why)) => return Err(why),
            };
            summary.loads += 1;
            summary.rows = load.contents.rows as u64;
            summary.documents += load.documents;
            summary.decoded += load.decoded;
            contents.push((binding.table, load.contents));
            errors.extend(load.errors.into_iter().map(|e| {
                let place = Some(e.position.as_str());
                ErrorRow::new(at_ms, e.name, &e.message, place, e.raw, None)
            }));
        }
        Ok((contents, errors))
    }

    /// What was read of each.
    pub fn summary(self) -> Vec<TableSummary> {
        self.bindings.into_iter().map(|(_, summary)| summary).collect()
    }
}
