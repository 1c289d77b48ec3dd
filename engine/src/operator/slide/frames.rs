//! Which rows leave a window at which row of a batch.
//!
//! ROWTIME never goes back, so for RANGE the rows of all partitions leave in the order in which they came: one queue
//! for all windows of a PARTITION BY, in which each window has a place of its own. That queue also finds idle
//! partitions, at a cost that follows what leaves. For ROWS every partition has a list of its last rows.

use std::collections::VecDeque;

use crate::aggregate::sliding::Gone;

/// A row in the queue of RANGE.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// Its ROWTIME, ms.
    pub rowtime_ms: i64,
    /// The row.
    pub row: Gone,
}

/// What leaves a window during a batch, in the form of [`crate::aggregate::sliding::Passage`].
#[derive(Debug, Default)]
pub struct Leaving {
    /// Oldest first.
    pub gone: Vec<Gone>,
    /// How many of them before each row.
    pub until: Vec<u32>,
}

impl Leaving {
    fn clear(&mut self) {
        self.gone.clear();
        self.until.clear();
    }

    fn mark(&mut self) {
        self.until
            .push(u32::try_from(self.gone.len()).unwrap_or(u32::MAX));
    }

    /// Nothing leaves, at any of so many rows.
    pub fn nothing(&mut self, rows: usize) {
        self.clear();
        self.until.resize(rows, 0);
    }
}

/// RANGE windows over one PARTITION BY.
#[derive(Debug, Default)]
pub struct Ranges {
    /// How far back each reaches, ms.
    pub lengths_ms: Vec<i64>,
    /// Rows that are in the longest of them, oldest first.
    pub arrivals: VecDeque<Arrival>,
    /// How many of `arrivals` have left each.
    pub passed: Vec<usize>,
}

impl Ranges {
    /// A window more; the position among them.
    pub fn add(&mut self, length_ms: i64) -> usize {
        self.lengths_ms.push(length_ms);
        self.passed.push(0);
        self.passed.len() - 1
    }

    /// Rows come in.
    pub fn take(&mut self, rowtimes: &[i64], slots: &[u32], groups: &[u32]) {
        if self.passed.is_empty() {
            return;
        }
        let rows = rowtimes.iter().zip(slots).zip(groups);
        self.arrivals
            .extend(rows.map(|((&rowtime_ms, &slot), &group)| Arrival {
                rowtime_ms,
                row: Gone { slot, group },
            }));
    }

    /// What leaves one of the windows at each of these instants, both ends of a window being in it.
    pub fn leave(&mut self, window: usize, instants: &[i64], leaving: &mut Leaving) {
        leaving.clear();
        let (Some(length), Some(passed)) = (self.lengths_ms.get(window), self.passed.get_mut(window)) else {
            return;
        };
        let mut waiting = self.arrivals.range(*passed..).peekable();
        for &now in instants {
            let oldest = now.saturating_sub(*length);
            while let Some(arrival) = waiting.next_if(|a| a.rowtime_ms < oldest) {
                leaving.gone.push(arrival.row);
            }
            leaving.mark();
        }
        *passed += leaving.gone.len();
    }

    /// Whether a bound lets anything leave.
    pub fn is_stirred_by(&self, bound_ms: i64) -> bool {
        self.lengths_ms.iter().zip(&self.passed).any(|(length, passed)| {
            let next = self.arrivals.get(*passed);
            next.is_some_and(|a| a.rowtime_ms < bound_ms.saturating_sub(*length))
        })
    }

    /// Forgets the rows that have left all windows.
    pub fn trim(&mut self) {
        let all = self.passed.iter().copied().min().unwrap_or(0);
        self.arrivals.drain(..all);
        self.passed.iter_mut().for_each(|passed| *passed -= all);
        if self.arrivals.is_empty() {
            self.arrivals.shrink_to(super::rows::SLOTS_KEPT);
        }
    }
}

/// ROWS windows over one PARTITION BY.
#[derive(Debug, Default)]
pub struct Counts {
    /// How many rows before the current one each holds.
    pub before: Vec<u64>,
    /// The last rows of every partition, as many as the greatest of them holds.
    pub lists: Vec<VecDeque<u32>>,
}

impl Counts {
    /// A window more; the position among them.
    pub fn add(&mut self, before: u64) -> usize {
        self.before.push(before);
        self.before.len() - 1
    }

    /// Makes room for so many groups.
    pub fn resize(&mut self, groups: usize) {
        if !self.before.is_empty() {
            self.lists.resize_with(groups, VecDeque::new);
        }
    }

    /// Rows come in; what leaves each window at each of them.
    pub fn take<'l>(
        &mut self,
        slots: &[u32],
        groups: &[u32],
        leaving: impl Iterator<Item = &'l mut Leaving>,
    ) {
        let mut leaving: Vec<&mut Leaving> = leaving.collect();
        leaving.iter_mut().for_each(|l| l.clear());
        let most = self.before.iter().copied().max().unwrap_or(0);
        for (&slot, &group) in slots.iter().zip(groups) {
            let Some(list) = self.lists.get_mut(group as usize) else {
                continue;
            };
            list.push_back(slot);
            for (before, leaving) in self.before.iter().zip(&mut leaving) {
                // Those that stay are the current row and so many before it.
                let left = usize::try_from(*before)
                    .ok()
                    .and_then(|n| list.len().checked_sub(n.checked_add(2)?));
                if let Some(&slot) = left.and_then(|i| list.get(i)) {
                    leaving.gone.push(Gone { slot, group });
                }
                leaving.mark();
            }
            if list.len() as u64 > most.saturating_add(1) {
                list.pop_front();
            }
        }
    }
}
