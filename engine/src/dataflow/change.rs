//! A running dataflow takes another application.
//!
//! A pump of unchanged name and identity ([`crate::plan::identity`]) keeps its operators, its books and its rows on the
//! way; so do streams and tables of unchanged name and columns, and the clock stands where it stood. What is new starts
//! empty at this point: it sees the rows that its streams gain from now on. For a pump that stays, nothing shows of it.
//!
//! What a pump that goes had written leaves its stream in its turn; what its windows held is gone. Errors keep their
//! order, those of a pump that is gone behind the others of their ROWTIME.

use super::Dataflow;
use super::stream::RunningStream;
use super::table::RunningTable;
use crate::plan::{Application, StreamId, TableId};

/// What became of a dataflow's parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Pumps that go on.
    pub kept: Vec<String>,
    /// Pumps that start.
    pub started: Vec<String>,
    /// Pumps that are no more, with the windows, groups and waiting rows that they held; also one in whose place another
    /// starts.
    pub gone: Vec<(String, usize)>,
    /// The new number of every stream that goes on, by its old one.
    pub streams: Vec<Option<StreamId>>,
    /// The new number of every reference table that goes on, by its old one.
    pub tables: Vec<Option<TableId>>,
}

impl Dataflow {
    /// Takes another application between two steps.
    pub fn change(&mut self, app: &Application) -> Changed {
        let before = std::mem::replace(self, Dataflow::new(app));
        self.bound_ms = before.bound_ms;
        let mut changed = Changed {
            streams: self.numbers_of_streams(&before.streams),
            tables: self.numbers_of_tables(&before.tables),
            ..Changed::default()
        };
        for (table, number) in before.tables.into_iter().zip(&changed.tables) {
            if let (Some(contents), Some(number)) = (table.contents, *number) {
                self.take_table(number, contents);
            }
        }
        // (target, writer) before, and now.
        let mut writers = Vec::new();
        let mut ordinals = Vec::new();
        for pump in before.pumps {
            let name = pump.errors.name.to_string();
            let Some(place) = self.pumps.iter_mut().find(|p| p.continues(&pump)) else {
                changed.gone.push((name, pump.open_groups()));
                continue;
            };
            changed.kept.push(name);
            ordinals.push((pump.ordinal, place.ordinal));
            writers.push(((pump.target, pump.writer), place.writer));
            place.go_on_from(pump, &changed.streams, &changed.tables);
        }
        for (number, stream) in before.streams.into_iter().enumerate() {
            let Some(place) = changed.streams.get(number).copied().flatten() else {
                continue;
            };
            self.streams[place].go_on_from(stream, |writer| {
                let found = writers.iter().find(|(old, _)| *old == (number, writer));
                found.map(|(_, new)| *new)
            });
        }
        self.held_errors = before.held_errors;
        self.held_errors.renumber(self.pumps.len(), |old| {
            let found = ordinals.iter().find(|(ordinal, _)| *ordinal == old);
            found.map(|(_, new)| *new)
        });
        self.list_by_declaration(&mut changed);
        changed
    }

    fn numbers_of_streams(&self, before: &[RunningStream]) -> Vec<Option<StreamId>> {
        let number = |old: &RunningStream| self.streams.iter().position(|new| new.is_same(old));
        before.iter().map(number).collect()
    }

    fn numbers_of_tables(&self, before: &[RunningTable]) -> Vec<Option<TableId>> {
        let number = |old: &RunningTable| self.tables.iter().position(|new| new.is_same(old));
        before.iter().map(number).collect()
    }

    /// Names the pumps in order of declaration, and not in that of their running.
    fn list_by_declaration(&self, changed: &mut Changed) {
        let pumps = self.by_declaration().into_iter();
        let names = pumps.map(|pump| pump.errors.name.to_string());
        let kept = std::mem::take(&mut changed.kept);
        (changed.kept, changed.started) = names.partition(|name| kept.contains(name));
    }
}
