//! Queries that read nothing (`SELECT 1 + 1`, `VALUES (1), (2)`): their rows are known at once, so nothing runs for them.

use std::sync::mpsc::sync_channel;

use rowtime_engine::bind::constant_rows;
use rowtime_engine::sql::ast::{Query, QueryBody, StatementKind};
use rowtime_engine::sql::parse;

use super::Shell;
use super::result::Shown;
use super::rows::RowsToShow;
use super::typed::{Typed, is_error};
use crate::failure::Failure;

impl Shell {
    /// Answers a query that reads nothing, and says whether it was one. What cannot be read is left to who reports it.
    pub fn constant_query(&mut self, text: &str, offset: usize, typed: &Typed<'_>) -> Result<bool, Failure> {
        let (trees, syntax) = parse(text);
        let query = trees.iter().find_map(|tree| match &tree.kind {
            StatementKind::Query(query) if reads_nothing(query) => Some(query),
            _ => None,
        });
        let Some(query) = query.filter(|_| !syntax.iter().any(is_error)) else {
            return Ok(false);
        };
        let (standing, options, clock) = self.standing()?;
        let rows = match constant_rows(query, &standing, &options, &clock) {
            None => return Ok(false),
            Some(Ok(rows)) => rows,
            Some(Err(faults)) => {
                let faults: Vec<_> = faults.iter().map(|d| typed.moved(d, (text, 0), offset)).collect();
                self.show(&faults, typed);
                return Err(Failure::WrongAsReported);
            }
        };
        let count = rows.columns.first().map_or(0, |c| c.len());
        let (sent, received) = sync_channel(1);
        // The receiver is there until the end of this function.
        let _ = sent.send(RowsToShow {
            rowtimes: vec![self.now_ms(); count].into(),
            columns: rows.columns,
        });
        drop(sent);
        let mut shown = Shown::new(&rows.fields, &self.shape, false);
        let ended = shown.follow(&received, &self.signals, &self.notices, |_| false);
        self.finish_result(shown, ended, 0)?;
        Ok(true)
    }
}

/// Whether it names no relation where one is read from.
fn reads_nothing(query: &Query) -> bool {
    match &query.body {
        QueryBody::Values(_) => true,
        QueryBody::Select(select) => select.from.is_empty(),
        QueryBody::Set { .. } => false,
    }
}
