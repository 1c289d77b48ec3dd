//! The windows over one PARTITION BY: their partitions, rows and calls.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::call::{Call, Coming, candidates};
use super::frames::{Counts, Leaving, Ranges};
use super::keys::Keys;
use super::rows::{Rows, SLOTS_KEPT};
use crate::aggregate::DISTINCT_VALUES_MAX;
use crate::aggregate::kept::{Form, Kept};
use crate::aggregate::sliding;
use crate::aggregate::sliding::Passage;
use crate::expr::Expr;
use crate::operator::key_values::one_zero;
use crate::plan::sliding::{Extent, SlidingCall, SlidingFunction};
use crate::plan::{Aggregate, AggregateFunction};
use crate::row_error::RowErrors;

/// Most rows that the windows over one PARTITION BY hold (R9); a row beyond it is an error.
pub const ROWS_MAX: usize = 2_000_000_000;
/// Most partitions of them. When there are so many, a row of a known one is an error too.
pub const PARTITIONS_MAX: usize = 50_000_000;

/// What the windows over one PARTITION BY may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most rows.
    pub rows: usize,
    /// Most partitions.
    pub partitions: usize,
}

/// Windows with one PARTITION BY.
pub struct Partition {
    /// Its keys, by position among the operator's expressions.
    by: Vec<usize>,
    pub(super) keys: Keys,
    pub(super) rows: Rows,
    /// Rows of every group that some window holds.
    pub(super) held: Vec<u32>,
    pub(super) ranges: Ranges,
    pub(super) counts: Counts,
    pub(super) windows: Vec<Window>,
    arguments: Vec<Argument>,
    /// The arguments of rows that some window holds, by slot.
    pub(super) kept: Vec<Kept>,
    /// How many windows let go of rows.
    bounded: u32,
    /// Groups whose last row has left.
    idle: Vec<u32>,
    groups: Vec<u32>,
    slots: Vec<u32>,
}

/// One window and the calls over it.
pub struct Window {
    frame: Frame,
    /// With their positions among all calls.
    pub(super) calls: Vec<(usize, Call)>,
    leaving: Leaving,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Position among the RANGE windows.
    Range(usize),
    /// Position among the ROWS windows.
    Rows(usize),
    Unbounded,
}

/// An argument of which values are taken out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Argument {
    /// Position among the operator's expressions; `None` for COUNT(*).
    value: Option<usize>,
    form: Form,
}

impl Window {
    /// The arguments of the rows that leave it, as far as its calls take values out.
    fn leaving_values(&self, kept: &[Kept]) -> Vec<Kept> {
        let is_read = |argument: usize| self.calls.iter().any(|(_, call)| call.takes_out(argument));
        let slots = self.leaving.gone.iter().map(|gone| gone.slot);
        let values = kept.iter().enumerate().map(|(argument, kept)| {
            if is_read(argument) {
                kept.gather(slots.clone())
            } else {
                Kept::new(kept.form())
            }
        });
        values.collect()
    }
}

impl Partition {
    /// No windows yet.
    pub fn new(by: Vec<usize>, types: Vec<DataType>) -> Self {
        Self {
            by,
            keys: Keys::new(types),
            rows: Rows::default(),
            held: Vec::new(),
            ranges: Ranges::default(),
            counts: Counts::default(),
            windows: Vec::new(),
            arguments: Vec::new(),
            kept: Vec::new(),
            bounded: 0,
            idle: Vec::new(),
            groups: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// Whether it is partitioned by these expressions.
    pub fn is_by(&self, keys: &[usize]) -> bool {
        self.by == keys
    }

    /// Adds a window with its calls; `position` finds an expression among the operator's.
    pub fn add<'c>(
        &mut self,
        extent: Extent,
        calls: impl Iterator<Item = (usize, &'c SlidingCall)>,
        mut position: impl FnMut(&Expr) -> usize,
    ) {
        let frame = match extent {
            Extent::Range(ms) => Frame::Range(self.ranges.add(ms)),
            Extent::Rows(n) => Frame::Rows(self.counts.add(n)),
            Extent::Unbounded => Frame::Unbounded,
        };
        self.bounded += u32::from(frame != Frame::Unbounded);
        let calls = calls.map(|(number, call)| (number, self.call(call, extent, &mut position)));
        let calls = calls.collect();
        self.windows.push(Window {
            frame,
            calls,
            leaving: Leaving::default(),
        });
    }

    fn call(
        &mut self,
        call: &SlidingCall,
        extent: Extent,
        position: &mut impl FnMut(&Expr) -> usize,
    ) -> Call {
        if let (Some(candidates), Some(value)) = (candidates(call, extent), call.function.exprs().first()) {
            let default = match &call.function {
                SlidingFunction::Lag { default, .. } => default.as_ref().map(&mut *position),
                _ => None,
            };
            return Call::List {
                candidates,
                value: position(value),
                default,
            };
        }
        let SlidingFunction::Aggregate(aggregate) = &call.function else {
            return Call::missing(call.ty);
        };
        // Within a window that lets go of rows there are never more values than rows.
        let most = if extent == Extent::Unbounded {
            DISTINCT_VALUES_MAX
        } else {
            usize::MAX
        };
        let Some(totals) = sliding(aggregate, most) else {
            return Call::missing(call.ty);
        };
        let argument = argument_of(aggregate, position);
        let known = self.arguments.iter().position(|a| *a == argument);
        let argument = known.unwrap_or_else(|| {
            self.arguments.push(argument);
            self.kept.push(Kept::new(argument.form));
            self.arguments.len() - 1
        });
        Call::Sum { totals, argument }
    }

    /// Why so many more rows may be too many, whatever leaves by then.
    pub fn lacks_room(&self, rows: usize, limits: Limits) -> Option<String> {
        let (held, partitions) = (self.rows.len(), self.keys.len());
        let full = self.bounded > 0 && held + rows > limits.rows;
        (full || partitions + rows > limits.partitions).then(|| {
            format!(
                "its windows hold {held} rows of {partitions} partitions already, which is the limit; use shorter \
                 windows or partition by fewer keys"
            )
        })
    }

    /// Takes rows in stream order and puts the results of its calls to their places.
    pub fn push(
        &mut self,
        rowtimes: &[i64],
        values: &[ArrayRef],
        results: &mut [Option<ArrayRef>],
        errors: &mut RowErrors,
    ) -> Result<(), String> {
        let keys = self
            .by
            .iter()
            .filter_map(|&i| Some(one_zero(values.get(i)?.clone())));
        let keys: Vec<ArrayRef> = keys.collect();
        self.keys.number(&keys, rowtimes.len(), &mut self.groups)?;
        self.rows.take(rowtimes.len(), self.bounded, &mut self.slots);
        self.resize();
        if self.bounded > 0 {
            for &group in &self.groups {
                if let Some(held) = self.held.get_mut(group as usize) {
                    *held += 1;
                }
            }
        }
        let coming: Vec<Kept> = self
            .arguments
            .iter()
            .map(|a| a.of(values, rowtimes.len()))
            .collect();
        if self.bounded > 0 {
            for (kept, coming) in self.kept.iter_mut().zip(&coming) {
                kept.resize(self.rows.slots());
                kept.put(coming, &self.slots);
            }
        }
        self.move_windows(rowtimes);
        for window in &mut self.windows {
            let leaving = window.leaving_values(&self.kept);
            let coming = Coming {
                passage: Passage {
                    groups: &self.groups,
                    gone: &window.leaving.gone,
                    until: &window.leaving.until,
                },
                rowtimes,
                slots: &self.slots,
                values,
                arguments: &coming,
                leaving: &leaving,
            };
            for (number, call) in &mut window.calls {
                let result = call.slide(coming, errors);
                if let Some(place) = results.get_mut(*number) {
                    *place = result;
                }
            }
        }
        self.settle()
    }

    /// Lets go of rows that no later row can see, and of the partitions that have none left.
    pub fn advance(&mut self, bound_ms: i64) {
        if !self.ranges.is_stirred_by(bound_ms) {
            return;
        }
        let none: Vec<Kept> = self.arguments.iter().map(|a| Kept::new(a.form)).collect();
        let values: Vec<ArrayRef> = Vec::new();
        for window in &mut self.windows {
            let Frame::Range(number) = window.frame else {
                continue;
            };
            let instants = [bound_ms];
            self.ranges.leave(number, &instants, &mut window.leaving);
            self.rows.let_go(&window.leaving.gone);
            let leaving = window.leaving_values(&self.kept);
            let passage = Passage {
                groups: &[],
                gone: &window.leaving.gone,
                until: &[],
            };
            for (_, call) in &mut window.calls {
                call.leave(Coming {
                    passage,
                    rowtimes: &[],
                    slots: &[],
                    values: &values,
                    arguments: &none,
                    leaving: &leaving,
                });
            }
        }
        // What could fail is arrow joining keys beyond 2^31 bytes; the table is then tidied later.
        let _ = self.settle();
    }

    /// Makes room for the groups that there are.
    pub(super) fn resize(&mut self) {
        let groups = self.keys.groups();
        self.held.resize(groups, 0);
        self.counts.resize(groups);
        for (_, call) in self.windows.iter_mut().flat_map(|w| &mut w.calls) {
            call.resize(groups);
        }
    }

    /// Finds out which rows leave which window at which of these rows.
    fn move_windows(&mut self, rowtimes: &[i64]) {
        self.ranges.take(rowtimes, &self.slots, &self.groups);
        let by_count = self
            .windows
            .iter_mut()
            .filter(|w| matches!(w.frame, Frame::Rows(_)));
        self.counts
            .take(&self.slots, &self.groups, by_count.map(|w| &mut w.leaving));
        for window in &mut self.windows {
            match window.frame {
                Frame::Range(number) => self.ranges.leave(number, rowtimes, &mut window.leaving),
                Frame::Rows(_) => {}
                Frame::Unbounded => window.leaving.nothing(rowtimes.len()),
            }
            self.rows.let_go(&window.leaving.gone);
        }
    }

    /// Frees what no window holds any more.
    fn settle(&mut self) -> Result<(), String> {
        self.ranges.trim();
        for row in self.rows.free_left() {
            if let Some(held) = self.held.get_mut(row.group as usize) {
                *held = held.saturating_sub(1);
                if *held == 0 {
                    self.idle.push(row.group);
                }
            }
        }
        if self.rows.shrink() {
            for kept in &mut self.kept {
                kept.resize(0);
                kept.shrink_to(SLOTS_KEPT);
            }
        }
        // A window that never lets go keeps its partitions.
        let keeps = self.windows.iter().any(|w| w.frame == Frame::Unbounded);
        for group in std::mem::take(&mut self.idle) {
            let is_idle = self.held.get(group as usize) == Some(&0) && self.keys.is_live(group);
            if is_idle && !keeps {
                self.keys.release(group);
                for (_, call) in self.windows.iter_mut().flat_map(|w| &mut w.calls) {
                    call.forget(group);
                }
            }
        }
        self.keys.tidy()
    }
}

impl Argument {
    /// Its values in a batch.
    fn of(self, values: &[ArrayRef], rows: usize) -> Kept {
        match self.value.and_then(|i| values.get(i)) {
            Some(array) => Kept::of(array, self.form),
            None => Kept::all_present(rows),
        }
    }
}

fn argument_of(aggregate: &Aggregate, position: &mut impl FnMut(&Expr) -> usize) -> Argument {
    Argument {
        value: aggregate.argument.as_ref().map(position),
        form: match (aggregate.function, &aggregate.argument) {
            (AggregateFunction::Count, _) | (_, None) => Form::Presence,
            (_, Some(argument)) => Form::of(&argument.ty.arrow()),
        },
    }
}
