//! Sources come and go, and the application around them changes, between two steps.
//!
//! Splits keep the order in which they were bound. A source whose stream nobody reads stays where it is.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::cursor::{Cursor, Reading};
use super::{Merge, StreamState};
use crate::pipeline::run::SourceBinding;
use crate::plan::{Application, Plan, SYSTEM_COLUMNS, StreamId};

/// How far the sources of a stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceState {
    /// Nobody reads the stream, so the source is not read.
    Unread,
    /// There is more at hand.
    Reading,
    /// It is live and had nothing when it was last asked.
    Idle,
    /// Everything was read.
    Ended,
}

impl Merge {
    /// Learns the streams of an application, and the new number of every stream of the one before that goes on.
    /// Sources of streams that do not are dropped.
    pub fn take_application(&mut self, app: &Application, numbers: &[Option<StreamId>]) {
        let read: BTreeSet<(StreamId, usize)> = app.pumps.iter().flat_map(|p| scanned(&p.plan)).collect();
        let before = std::mem::take(&mut self.streams);
        let arrival = |id: StreamId| {
            let stream = &app.streams[id];
            (stream.declared..stream.fields.len())
                .find(|&i| stream.fields[i].name == SYSTEM_COLUMNS[0].0 && read.contains(&(id, i)))
        };
        let fresh = app.streams.iter().enumerate().map(|(id, stream)| StreamState {
            fields: stream.fields.clone(),
            arrival_column: arrival(id),
            ..StreamState::default()
        });
        self.streams = fresh.collect();
        for (state, number) in before.into_iter().zip(numbers) {
            if let Some(now) = number.and_then(|id| self.streams.get_mut(id)) {
                now.last_ms = state.last_ms;
                now.early = state.early;
                now.is_unread = state.is_unread;
            }
        }
        for mut cursor in std::mem::take(&mut self.cursors) {
            match numbers.get(cursor.stream).copied().flatten() {
                Some(number) => {
                    cursor.stream = number;
                    cursor.fit(&self.streams[number].fields);
                    self.cursors.push(cursor);
                }
                None => self.open -= usize::from(matches!(cursor.split, Reading::Open(_))),
            }
        }
        self.line_up();
    }

    /// Adds a source; rows of it that have no clock stand at `now_ms`.
    pub fn bind(&mut self, source: SourceBinding, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
        let total = self.progress.bytes_total.zip(source.bytes_total);
        self.progress.bytes_total = total.map(|(all, these)| all + these);
        let splits = source.splits.into_iter();
        self.cursors
            .extend(splits.map(|split| Cursor::new(source.stream, split, now_ms)));
        self.line_up();
    }

    /// Drops the source of a stream.
    pub fn unbind(&mut self, stream: StreamId) {
        let is_open = |c: &&Cursor| c.stream == stream && matches!(c.split, Reading::Open(_));
        self.open -= self.cursors.iter().filter(is_open).count();
        self.cursors.retain(|cursor| cursor.stream != stream);
        self.line_up();
    }

    /// Says which streams somebody reads; the sources of the others stand still.
    pub fn set_read(&mut self, is_read: impl Fn(StreamId) -> bool) {
        for (id, stream) in self.streams.iter_mut().enumerate() {
            stream.is_unread = !is_read(id);
        }
        self.line_up();
    }

    /// Rows that come from now on are not older than this, and those without a clock come at `now_ms`.
    pub fn set_time(&mut self, floor_ms: i64, now_ms: i64) {
        self.floor_ms = floor_ms;
        self.now_ms = now_ms;
    }

    /// How far the source of a stream is.
    pub fn source_state(&self, stream: StreamId) -> SourceState {
        let has_more = |c: &&(usize, &Cursor)| c.1.stream == stream && !matches!(c.1.split, Reading::Ended);
        let cursors = self.cursors.iter().enumerate();
        let open: Vec<usize> = cursors.filter(|c| has_more(&c)).map(|(order, _)| order).collect();
        if open.is_empty() {
            SourceState::Ended
        } else if self.streams.get(stream).is_some_and(|s| s.is_unread) {
            SourceState::Unread
        } else if open.iter().all(|order| self.idle.contains(order)) {
            SourceState::Idle
        } else {
            SourceState::Reading
        }
    }

    /// Whether a source that is read may still have something.
    pub fn has_more(&self) -> bool {
        !self.idle.is_empty() || !self.heads.is_empty() || self.pending.is_some() || self.failed.is_some()
    }

    /// Puts every cursor where it belongs.
    fn line_up(&mut self) {
        self.cursors
            .retain(|cursor| !matches!(cursor.split, Reading::Ended));
        self.heads.clear();
        self.idle.clear();
        self.pending = None;
        for (order, cursor) in self.cursors.iter().enumerate() {
            if self.streams.get(cursor.stream).is_none_or(|s| s.is_unread) {
                continue;
            }
            match cursor.stands_at_ms() {
                Some(at_ms) => self.heads.push(Reverse((at_ms, order))),
                None => self.idle.push(order),
            }
        }
    }
}

/// The (stream, column) pairs that a plan reads.
fn scanned(plan: &Plan) -> Vec<(StreamId, usize)> {
    if let Plan::Scan { stream, columns, .. } = plan {
        return columns.iter().map(|&c| (*stream, c)).collect();
    }
    plan.inputs().into_iter().flat_map(scanned).collect()
}
