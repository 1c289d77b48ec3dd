//! One input of a join: the rows that wait for their turn, and those that were tried and wait for partners.
//!
//! Tried rows have numbers in the order of the input. Rows of one key are chained, newest first, so that partners are
//! found by walking back until the window ends. All of it is flat: one entry a row in each of a few vectors.

use std::collections::VecDeque;
use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::buffer::ScalarBuffer;
use arrow::error::ArrowError;

use super::keys::NO_GROUP;
use super::stored::{Stored, copied, copied_rowtimes};
use crate::plan::Field;
use crate::plan::join::JoinWindow;

/// Fewer rows than these are not worth moving the others.
const TRIM_ROWS: usize = 4_096;

/// Rows whose turn has not come.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) rowtimes: ScalarBuffer<i64>,
    pub(super) columns: Vec<ArrayRef>,
    /// It shares buffers with the batch that it came in.
    borrowed: bool,
}

/// How long a tried row waits for partners.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stay {
    /// So many ms.
    For(i64),
    /// Until so many rows and one more have come behind it.
    Rows(u64),
    Forever,
}

/// One input.
#[derive(Debug)]
pub struct Side {
    stay: Stay,
    /// Its rows are tried so much later than they come, ms.
    delay_ms: i64,
    keeps_unmatched: bool,
    pub(super) waiting: VecDeque<Waiting>,
    waiting_rows: usize,
    pub(super) stored: Stored,
    /// Number of the row at position 0 of the vectors below.
    base: u64,
    /// The first row that has not gone.
    live: u64,
    /// The first row that has not been tried.
    tried: u64,
    rowtimes: Vec<i64>,
    /// The number of its key.
    groups: Vec<u32>,
    /// One more than the number of the row before it with the same key; 0 if there is none.
    chain: Vec<u64>,
    matched: Vec<bool>,
    /// By key: one more than the number of its newest tried row.
    newest: Vec<u64>,
    numbered: Vec<u32>,
}

impl Side {
    /// An input with these columns. `keeps_unmatched`: its rows leave without a partner too.
    pub fn new(fields: &[Field], window: JoinWindow, delay_ms: i64, keeps_unmatched: bool) -> Self {
        let stay = match window {
            JoinWindow::Range(ms) | JoinWindow::Following(ms) => Stay::For(ms),
            JoinWindow::Rows(n) => Stay::Rows(n),
            JoinWindow::Unbounded => Stay::Forever,
        };
        Self {
            stored: Stored::new(fields.iter().map(|f| f.ty.arrow()).collect()),
            ..Self::empty(stay, delay_ms, keeps_unmatched)
        }
    }

    fn empty(stay: Stay, delay_ms: i64, keeps_unmatched: bool) -> Self {
        Self {
            stay,
            delay_ms,
            keeps_unmatched,
            waiting: VecDeque::new(),
            waiting_rows: 0,
            stored: Stored::new(Vec::new()),
            base: 0,
            live: 0,
            tried: 0,
            rowtimes: Vec::new(),
            groups: Vec::new(),
            chain: Vec::new(),
            matched: Vec::new(),
            newest: Vec::new(),
            numbered: Vec::new(),
        }
    }

    /// How far the turn of its rows has come when its bound is this.
    pub fn turn_of(&self, bound_ms: i64) -> i64 {
        bound_ms.saturating_add(self.delay_ms)
    }

    /// How long its rows wait for partners.
    pub(super) fn stay(&self) -> Stay {
        self.stay
    }

    /// The turns of all rows that wait, oldest first.
    pub(super) fn held_turns(&self) -> impl Iterator<Item = i64> {
        let tried = self.rowtimes.iter().skip(self.place(self.live));
        let waiting = self.waiting.iter().flat_map(|w| w.rowtimes.iter());
        tried.chain(waiting).copied()
    }

    /// Takes rows that have just come.
    pub fn push(&mut self, mut rowtimes: ScalarBuffer<i64>, columns: Vec<ArrayRef>) {
        if self.delay_ms != 0 {
            rowtimes = rowtimes.iter().map(|&t| self.turn_of(t)).collect();
        }
        self.await_turn(rowtimes, columns);
    }

    /// Takes rows whose turn comes later.
    pub(super) fn await_turn(&mut self, rowtimes: ScalarBuffer<i64>, columns: Vec<ArrayRef>) {
        if !rowtimes.is_empty() {
            self.waiting_rows += rowtimes.len();
            self.waiting.push_back(Waiting {
                rowtimes,
                columns,
                borrowed: true,
            });
        }
    }

    /// Lines up the rows below the bound; all of them if that is the end. `number` numbers their keys.
    pub fn make_ready(&mut self, bound_ms: i64, mut number: impl FnMut(&[ArrayRef], &[i64], &mut Vec<u32>)) {
        while let Some(Waiting {
            rowtimes,
            columns,
            borrowed,
        }) = self.waiting.pop_front()
        {
            let ready = match bound_ms {
                i64::MAX => rowtimes.len(),
                _ => rowtimes.partition_point(|&t| t < bound_ms),
            };
            self.waiting_rows -= ready;
            if ready > 0 {
                let columns: Vec<ArrayRef> = columns.iter().map(|c| c.slice(0, ready)).collect();
                number(&columns, &rowtimes[..ready], &mut self.numbered);
                self.line_up(&rowtimes[..ready], columns);
            }
            let rest = rowtimes.len() - ready;
            if rest > 0 {
                self.waiting.push_front(Waiting {
                    rowtimes: rowtimes.slice(ready, rest),
                    columns: columns.iter().map(|c| c.slice(ready, rest)).collect(),
                    borrowed,
                });
                return;
            }
        }
    }

    /// Adds rows whose keys have just been numbered.
    fn line_up(&mut self, rowtimes: &[i64], columns: Vec<ArrayRef>) {
        self.stored.append(columns, rowtimes.len());
        self.rowtimes.extend_from_slice(rowtimes);
        self.groups.append(&mut self.numbered);
        self.groups.resize(self.rowtimes.len(), NO_GROUP);
        self.chain.resize(self.rowtimes.len(), 0);
        self.matched.resize(self.rowtimes.len(), false);
    }

    /// Position of a row in the vectors.
    fn place(&self, number: u64) -> usize {
        usize::try_from(number.saturating_sub(self.base)).unwrap_or(usize::MAX)
    }

    /// ROWTIME of the next row to be tried.
    pub fn next_rowtime(&self) -> Option<i64> {
        self.rowtimes.get(self.place(self.tried)).copied()
    }

    /// Lets the next row wait for partners. Returns its number and that of its key.
    pub fn try_next(&mut self) -> (u64, u32) {
        let number = self.tried;
        self.tried += 1;
        (number, self.link(number))
    }

    fn link(&mut self, number: u64) -> u32 {
        let place = self.place(number);
        let group = self.groups.get(place).copied().unwrap_or(NO_GROUP);
        if group == NO_GROUP {
            return group;
        }
        let key = group as usize;
        if key >= self.newest.len() {
            self.newest.resize(key + 1, 0);
        }
        if let (Some(newest), Some(chain)) = (self.newest.get_mut(key), self.chain.get_mut(place)) {
            *chain = *newest;
            *newest = number + 1;
        }
        group
    }

    /// Appends the tried rows with this key that are in the window now, in the order of the input.
    pub fn partners(&self, group: u32, now_ms: i64, found: &mut Vec<u64>) {
        if group == NO_GROUP {
            return;
        }
        let (first, oldest_ms) = match self.stay {
            Stay::For(ms) => (self.live, now_ms.saturating_sub(ms)),
            Stay::Rows(n) => (self.tried.saturating_sub(n.saturating_add(1)), i64::MIN),
            Stay::Forever => (self.live, i64::MIN),
        };
        let first = first.max(self.live);
        let from = found.len();
        let mut next = self.newest.get(group as usize).copied().unwrap_or(0);
        while next > first {
            let number = next - 1;
            let place = self.place(number);
            let (Some(&rowtime), Some(&chain)) = (self.rowtimes.get(place), self.chain.get(place)) else {
                break;
            };
            if rowtime < oldest_ms {
                break;
            }
            found.push(number);
            next = chain;
        }
        found[from..].reverse();
    }

    /// Notes rows that have met somebody.
    pub fn note_matched(&mut self, numbers: impl Iterator<Item = u64>) {
        if !self.keeps_unmatched {
            return;
        }
        for number in numbers {
            let place = self.place(number);
            if let Some(matched) = self.matched.get_mut(place) {
                *matched = true;
            }
        }
    }

    /// Lets the rows go whose time ends before `limit_ms`; returns those that leave alone, with their time.
    pub fn expire(&mut self, limit_ms: i64) -> Vec<(i64, u64)> {
        let mut alone = Vec::new();
        while self.live < self.tried {
            let Some(ends_ms) = self.end_of(self.live) else {
                break;
            };
            if ends_ms >= limit_ms && limit_ms != i64::MAX {
                break;
            }
            self.leave(ends_ms, &mut alone);
        }
        alone
    }

    /// Lets all rows go that would wait for ever, or for more rows.
    pub fn give_up(&mut self, end_ms: i64) -> Vec<(i64, u64)> {
        let mut alone = Vec::new();
        if !matches!(self.stay, Stay::For(_)) {
            while self.live < self.tried {
                self.leave(end_ms, &mut alone);
            }
        }
        alone
    }

    fn leave(&mut self, ends_ms: i64, alone: &mut Vec<(i64, u64)>) {
        let unmatched = !self.matched.get(self.place(self.live)).copied().unwrap_or(true);
        if self.keeps_unmatched && unmatched {
            alone.push((ends_ms, self.live));
        }
        self.live += 1;
    }

    /// The last instant at which a tried row can meet somebody, where that is known.
    fn end_of(&self, number: u64) -> Option<i64> {
        match self.stay {
            Stay::For(ms) => {
                let rowtime = self.rowtimes.get(self.place(number))?;
                Some(rowtime.saturating_add(ms))
            }
            Stay::Rows(n) => {
                // Pushed out by a row that has been tried.
                let pusher = number
                    .checked_add(n)?
                    .checked_add(1)
                    .filter(|p| *p < self.tried)?;
                self.rowtimes.get(self.place(pusher)).copied()
            }
            Stay::Forever => None,
        }
    }

    /// Whether rows wait that only the end of the input will send out.
    pub fn waits_for_end(&self) -> bool {
        let by_time = matches!(self.stay, Stay::For(_));
        self.keeps_unmatched && !by_time && self.live < self.tried
    }

    /// Forgets the rows that have gone, and takes copies of those that stay.
    pub fn settle(&mut self) -> Result<(), ArrowError> {
        let gone = self.place(self.live);
        if gone == self.rowtimes.len() || (gone >= TRIM_ROWS && 2 * gone >= self.rowtimes.len()) {
            self.rowtimes.drain(..gone);
            self.groups.drain(..gone);
            self.chain.drain(..gone);
            self.matched.drain(..gone);
            self.base = self.live;
        }
        self.stored.settle(self.live)?;
        // They stand behind those that are older.
        for waiting in self.waiting.iter_mut().rev().take_while(|w| w.borrowed) {
            waiting.borrowed = false;
            waiting.rowtimes = copied_rowtimes(&waiting.rowtimes);
            for column in &mut waiting.columns {
                *column = copied(column, 0, column.len())?;
            }
        }
        Ok(())
    }

    /// Numbers the keys of all tried rows anew and chains them.
    pub fn relink(&mut self, mut number: impl FnMut(&[ArrayRef], &[i64], &mut Vec<u32>)) {
        self.newest.clear();
        for (rows, columns) in self.live_parts().collect::<Vec<_>>() {
            let rowtimes = self.rowtimes.get(rows.clone()).unwrap_or_default();
            number(&columns, rowtimes, &mut self.numbered);
            let groups = self.groups.get_mut(rows).unwrap_or_default();
            for (group, numbered) in groups.iter_mut().zip(self.numbered.drain(..)) {
                *group = numbered;
            }
        }
        for number in self.live..self.tried {
            self.link(number);
        }
    }

    /// The columns of the tried rows that wait, by chunk, with their places in the vectors.
    pub(super) fn live_parts(&self) -> impl Iterator<Item = (Range<usize>, Vec<ArrayRef>)> {
        self.stored.parts(self.live).map(|(first, rows, columns)| {
            let from = self.place(first);
            (from..from.saturating_add(rows), columns)
        })
    }

    /// ROWTIMEs of these rows, and whether they have met somebody.
    pub(super) fn facts_of(&self, rows: Range<usize>) -> (&[i64], &[bool]) {
        let rowtimes = self.rowtimes.get(rows.clone()).unwrap_or_default();
        (rowtimes, self.matched.get(rows).unwrap_or_default())
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        let stored = Stored::new(self.stored.types().to_vec());
        *self = Self {
            stored,
            ..Self::empty(self.stay, self.delay_ms, self.keeps_unmatched)
        };
    }

    /// Takes rows that were tried before.
    pub(super) fn take_tried(&mut self, rowtimes: &[i64], columns: Vec<ArrayRef>, matched: &[bool]) {
        self.line_up(rowtimes, columns);
        let from = self.matched.len() - rowtimes.len();
        for (own, saved) in self.matched.iter_mut().skip(from).zip(matched) {
            *own = *saved;
        }
        self.tried = self.base + self.rowtimes.len() as u64;
    }

    /// Tried rows that wait for partners.
    pub fn live_rows(&self) -> usize {
        usize::try_from(self.tried - self.live).unwrap_or(usize::MAX)
    }

    /// All rows that wait.
    pub fn held_rows(&self) -> usize {
        self.live_rows() + self.waiting_rows
    }
}
