//! Who needs what in an application: the part of it that one stream is made of, and who uses a name.
//!
//! A query over data that ends is run by itself, over what it needs and nothing else. All writers of a stream that is
//! needed stay, in their order, so that the part gives that stream the rows that the whole would.

use super::{Application, Plan, StreamId, TableId};

/// A kind of thing that a script declares, or that comes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// A stream, with the pump that CREATE STREAM … AS gives it.
    Stream,
    /// A view.
    View,
    /// A reference table.
    Table,
    /// A function of the script.
    Function,
    /// A pump.
    Pump,
}

/// Something under its stored name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its stored name.
    pub name: String,
}

/// One thing needs another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Which cannot be without the other.
    pub user: Object,
    /// The other.
    pub used: Object,
}

impl Application {
    /// The stream of this stored name.
    pub fn stream_id(&self, name: &str) -> Option<StreamId> {
        self.streams.iter().position(|s| s.name == name)
    }

    /// What names this thing in its own declaration, in the order in which that was bound.
    pub fn dependants_of(&self, used: &Object) -> Vec<&Object> {
        let mut users: Vec<&Object> = Vec::new();
        for found in self.uses.iter().filter(|u| u.used == *used) {
            if !users.contains(&&found.user) {
                users.push(&found.user);
            }
        }
        users
    }

    /// The part of the application that this stream is made of: the pumps that write it and, in turn, those that write
    /// what they read, with their streams and tables under new ids. The streams of it that [`super::Stream::is_external`]
    /// marks are the ones that must be fed.
    pub fn upstream_of(&self, stream: StreamId) -> Application {
        let mut needed = vec![stream];
        let mut next = 0;
        while let Some(&at) = needed.get(next) {
            let writers = self.pumps.iter().filter(|p| p.target == at);
            for source in writers.flat_map(|p| p.plan.sources()) {
                if !needed.contains(&source) {
                    needed.push(source);
                }
            }
            next += 1;
        }
        needed.sort_unstable();
        let mut pumps: Vec<_> = (self.pumps.iter())
            .filter(|p| needed.contains(&p.target))
            .cloned()
            .collect();
        let mut tables: Vec<TableId> = pumps.iter().flat_map(|p| p.plan.tables()).collect();
        tables.sort_unstable();
        tables.dedup();
        for pump in &mut pumps {
            pump.target = new_id(&needed, pump.target);
            renumber(&mut pump.plan, &needed, &tables);
        }
        Application {
            name: self.name.clone(),
            streams: kept(&self.streams, &needed),
            tables: kept(&self.tables, &tables),
            pumps,
            ..Application::default()
        }
    }
}

impl Plan {
    /// The reference tables that it reads, in order of appearance.
    pub fn tables(&self) -> Vec<TableId> {
        let own = match self {
            Plan::Lookup(lookup) => Some(lookup.table),
            _ => None,
        };
        let below = self.inputs().into_iter().flat_map(Plan::tables);
        below.chain(own).collect()
    }
}

fn kept<T: Clone>(all: &[T], ids: &[usize]) -> Vec<T> {
    ids.iter().filter_map(|&id| all.get(id).cloned()).collect()
}

/// The place of an id among those that are kept.
fn new_id(kept: &[usize], id: usize) -> usize {
    kept.binary_search(&id).unwrap_or(id)
}

fn renumber(plan: &mut Plan, streams: &[StreamId], tables: &[TableId]) {
    match plan {
        Plan::Scan { stream, .. } => *stream = new_id(streams, *stream),
        Plan::Lookup(lookup) => lookup.table = new_id(tables, lookup.table),
        _ => {}
    }
    for input in plan.inputs_mut() {
        renumber(input, streams, tables);
    }
}
