//! A session takes another application: what goes on keeps its place under new numbers, what does not is told.

use super::{Entry, Session};
use crate::pipeline::{OutsideError, SinkId};
use crate::plan::{Application, Stream, StreamId};
use crate::rows::fit_columns;

/// What became of pumps, sources and sinks when the application changed.
#[derive(Debug, Default)]
pub struct Change {
    /// Pumps that go on with what they hold.
    pub kept: Vec<String>,
    /// Pumps that start, empty.
    pub started: Vec<String>,
    /// Pumps that are no more, with the windows, groups and waiting rows that they held; also one in whose place another
    /// starts.
    pub gone: Vec<(String, usize)>,
    /// Streams whose sources were dropped, because the stream is no more or has other columns.
    pub unbound_sources: Vec<String>,
    /// Sinks that were closed for the same reason, with the name of their stream.
    pub unbound_sinks: Vec<(SinkId, String)>,
    /// What went wrong as sinks were closed.
    pub failures: Vec<OutsideError>,
    /// Rows that were typed into streams that are no more, and had not entered.
    pub rows_dropped: usize,
}

impl Session {
    /// Takes another application. Pumps whose name and bound plan are the same keep what they hold, streams of the same
    /// name and columns their rows on the way, sources and sinks; everything else starts empty, here.
    /// Rows that were typed and have not entered do so after the change: take turns before it until they have.
    pub fn change(&mut self, app: Application) -> Change {
        let mut change = Change::default();
        // Which streams go on is known before the pumps are built: those with a source are written by it, too.
        let numbers = stream_numbers(&self.app, &app);
        let number = |id: StreamId| numbers.get(id).copied().flatten();
        for (id, told) in std::mem::take(&mut self.sources) {
            match number(id) {
                Some(new) => {
                    self.sources.insert(new, told);
                }
                None => change
                    .unbound_sources
                    .extend(self.app.streams.get(id).map(|s| s.name.clone())),
            }
        }
        self.typed = std::mem::take(&mut self.typed)
            .into_iter()
            .filter_map(number)
            .collect();
        change.rows_dropped = self.renumber_entries(&app, &numbers);
        self.renumber_counts(&app, &numbers);
        for removed in self.stepper.outlet.renumber(&numbers) {
            change.failures.extend(removed.failure);
            change.unbound_sinks.push((removed.id, removed.stream));
        }
        self.merge.take_application(&app, &numbers);
        self.app = app;
        let changed = self.take_application();
        (change.kept, change.started, change.gone) = (changed.kept, changed.started, changed.gone);
        change
    }

    /// Gives typed rows their streams' new numbers; says how many have none any more.
    fn renumber_entries(&mut self, app: &Application, numbers: &[Option<StreamId>]) -> usize {
        let mut dropped = 0;
        for mut entry in std::mem::take(&mut self.entries) {
            if let Entry::Rows(rows) = &mut entry {
                let stream = numbers.get(rows.stream).copied().flatten();
                let Some((number, stream)) = stream.and_then(|id| Some((id, app.streams.get(id)?))) else {
                    dropped += rows.rowtimes.len();
                    continue;
                };
                rows.stream = number;
                fit_columns(&mut rows.columns, rows.rowtimes.len(), &stream.fields);
            }
            self.entries.push_back(entry);
        }
        dropped
    }

    fn renumber_counts(&mut self, app: &Application, numbers: &[Option<StreamId>]) {
        let before = std::mem::replace(&mut self.stepper.rows, vec![0; app.streams.len()]);
        for (rows, number) in before.into_iter().zip(numbers) {
            if let Some(place) = number.and_then(|id| self.stepper.rows.get_mut(id)) {
                *place = rows;
            }
        }
    }
}

/// The new number of every stream of the same name and declared columns, by its old one.
fn stream_numbers(before: &Application, now: &Application) -> Vec<Option<StreamId>> {
    let same =
        |old: &Stream, new: &Stream| new.name == old.name && new.declared_fields() == old.declared_fields();
    let number = |old| now.streams.iter().position(|new| same(old, new));
    before.streams.iter().map(number).collect()
}
