//! A stream with a reference table (`windows-and-time.md` §6.3): each row against the table as loaded.
//!
//! Pairs leave at the stream row's ROWTIME, in the order of the table (`decisions.md` 26); a row without a partner
//! leaves at its place, if it leaves at all. Nothing waits, so nothing of the stream is kept. The table is kept by
//! the dataflow; here is only where its rows stand, which is worked out anew after a load or a restore.
//!
//! A condition that fails drops that pair into the error stream; a row of LEFT JOIN that no other pair matches either
//! leaves without a partner. Keys cannot fail.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array, new_empty_array};
use arrow::compute::take;
use arrow::error::ArrowError;
use serde_json::json;

use self::index::TableIndex;
use self::pairs::{Pairs, UNMATCHED, Work};
use super::equal_keys::{EqualKeys, Keys};
use super::filter::push_kept;
use super::{Context, Operator};
use crate::dataflow::TableContents;
use crate::expr::Expr;
use crate::expr::eval::{Evaluator, Input};
use crate::plan::join::Lookup as LookupPlan;
use crate::plan::{TableId, renumbered};
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

pub use self::pairs::PAIRS_MAX;

mod index;
mod pairs;

/// Joins a stream with a reference table.
pub struct Lookup {
    table: TableId,
    /// The table's columns that are read.
    read: Vec<usize>,
    keeps_unmatched: bool,
    keys: Result<EqualKeys, ArrowError>,
    stream_keys: Vec<Evaluator>,
    table_keys: Vec<Evaluator>,
    condition: Option<Evaluator>,
    /// The relation of the pairs among the pump's.
    relation: usize,
    /// The columns of the table that are read, and how many rows it has.
    columns: Vec<ArrayRef>,
    rows: usize,
    index: Option<TableIndex>,
    /// The batch that is being joined, within a push.
    work: Option<Work>,
    /// Pairs and unmatched rows so far.
    seen: u64,
}

impl Lookup {
    /// The running form of a plan; ``relation` is that of its pairs.
    pub fn new(plan: &LookupPlan, relation: usize) -> Self {
        let evaluators = |side: fn(&(Expr, Expr)) -> &Expr| {
            let exprs = plan.equalities.iter().map(side);
            exprs.map(Evaluator::new).collect()
        };
        let types = plan.fields.iter().skip(plan.input.fields().len());
        Self {
            table: plan.table,
            read: plan.columns.clone(),
            keeps_unmatched: plan.keeps_unmatched,
            keys: EqualKeys::new(&plan.equalities),
            stream_keys: evaluators(|(stream, _)| stream),
            table_keys: evaluators(|(_, table)| table),
            condition: plan.condition.as_ref().map(Evaluator::new),
            relation,
            columns: types.map(|f| new_empty_array(&f.ty.arrow())).collect(),
            rows: 0,
            index: None,
            work: None,
            seen: 0,
        }
    }
}

impl Lookup {
    /// Works out where the table's rows stand, once a row asks. The keys read neither ROWTIME nor a clock.
    fn prepare(&mut self, batch: &RowBatch, cx: &Context<'_>) -> Result<(), ArrowError> {
        if self.index.is_some() {
            return Ok(());
        }
        let rowtimes = vec![batch.rowtimes.first().copied().unwrap_or_default(); self.rows];
        let keys = self.keys_of(&self.table_keys, &self.columns, &rowtimes, cx)?;
        self.index = Some(TableIndex::new(keys));
        Ok(())
    }

    /// What there is to do for a batch.
    fn begin(&mut self, batch: &RowBatch, cx: &Context<'_>) -> Result<Work, ArrowError> {
        self.prepare(batch, cx)?;
        let keys = self.keys_of(&self.stream_keys, &batch.columns, &batch.rowtimes, cx)?;
        Ok(Work::new(batch.clone(), keys))
    }

    /// The keys of rows of one side. They cannot fail.
    fn keys_of(
        &self,
        exprs: &[Evaluator],
        columns: &[ArrayRef],
        rowtimes: &[i64],
        cx: &Context<'_>,
    ) -> Result<Keys, ArrowError> {
        let input = Input {
            columns,
            rowtimes,
            clock: cx.clock,
        };
        let mut errors = RowErrors::new();
        let columns: Vec<ArrayRef> = exprs
            .iter()
            .map(|key| key.eval(input, None, &mut errors))
            .collect();
        self.keys.as_ref().map_err(again)?.of(&columns, rowtimes.len())
    }

    /// Lets the pairs leave for which the condition is TRUE, and the unmatched rows that had none.
    fn say(
        &mut self,
        work: &mut Work,
        pairs: &Pairs,
        cx: &mut Context<'_>,
        out: &mut Vec<RowBatch>,
    ) -> Result<(), ArrowError> {
        let batch = &work.batch;
        let stream = UInt32Array::from(pairs.stream.clone());
        let table = positions(&pairs.table);
        let rowtimes: Vec<i64> = pairs
            .stream
            .iter()
            .map(|&row| batch.rowtimes[row as usize])
            .collect();
        let of_stream = batch.columns.iter().map(|c| take(c, &stream, None));
        let of_table = self.columns.iter().map(|c| take(c, &table, None));
        let columns = of_stream.chain(of_table).collect::<Result<Vec<_>, _>>()?;
        let rows = RowBatch::new(rowtimes.into(), columns, self.relation, batch.closing).behind(self.seen);
        self.seen += rows.len() as u64;
        let Some(condition) = &self.condition else {
            out.push(rows);
            return Ok(());
        };
        let holds = holds(condition, &rows, &table, cx);
        let mut matched = work.matched;
        let keep = |(pair, &partner): (usize, &u32)| {
            let is_pair = partner != UNMATCHED;
            let keeps = if is_pair { holds.value(pair) } else { !matched };
            matched = is_pair && (matched || keeps);
            Some(keeps)
        };
        let keep: BooleanArray = pairs.table.iter().enumerate().map(keep).collect();
        work.matched = matched;
        let kept = keep.true_count();
        push_kept(rows, &keep, kept, cx, out);
        Ok(())
    }
}

/// Positions in the table; NULL for no partner.
fn positions(partners: &[u32]) -> UInt32Array {
    if partners.contains(&UNMATCHED) {
        let matched = |&row: &u32| (row != UNMATCHED).then_some(row);
        partners.iter().map(matched).collect()
    } else {
        partners.to_vec().into()
    }
}

/// The pairs for which the condition is TRUE; those for which it fails are reported.
fn holds(condition: &Evaluator, rows: &RowBatch, table: &UInt32Array, cx: &mut Context<'_>) -> BooleanArray {
    let input = Input {
        columns: &rows.columns,
        rowtimes: &rows.rowtimes,
        clock: cx.clock,
    };
    let tried = table
        .nulls()
        .map(|nulls| BooleanArray::new(nulls.inner().clone(), None));
    let mut errors = RowErrors::new();
    let values = condition.eval(input, tried.as_ref(), &mut errors);
    let is_true = |pair: usize| {
        let is_true = values
            .as_boolean_opt()
            .is_some_and(|v| v.is_valid(pair) && v.value(pair));
        is_true && !errors.failed(pair)
    };
    let holds = BooleanArray::from_iter((0..rows.len()).map(|pair| Some(is_true(pair))));
    for (pair, error) in errors.into_sorted() {
        cx.errors.report(error, &rows.origin, pair as usize);
    }
    holds
}

/// The same failure once more.
fn again(error: &ArrowError) -> ArrowError {
    ArrowError::ComputeError(error.to_string())
}

/// Arrow refuses only columns of unequal length or type. Whatever it is, no row goes in silence.
fn refuse(error: &ArrowError, batch: &RowBatch, rows: impl Iterator<Item = usize>, cx: &mut Context<'_>) {
    for row in rows {
        let error = RowError::runtime(format!("the row cannot be joined: {error}; please report this"));
        cx.errors.report(error, &batch.origin, row);
    }
}

impl Operator for Lookup {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        if batch.is_empty() {
            return;
        }
        match self.begin(&batch, cx) {
            Ok(work) => {
                if cx.errors.is_input(&batch.origin) {
                    cx.errors.counts.rows_passed += batch.len() as u64;
                }
                self.work = Some(work);
                self.go_on(cx, out);
            }
            Err(error) => refuse(&error, &batch, 0..batch.len(), cx),
        }
    }

    fn go_on(&mut self, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) -> bool {
        let (Some(mut work), Some(index)) = (self.work.take(), &self.index) else {
            return false;
        };
        let keeps_all = self.keeps_unmatched && self.condition.is_some();
        let pairs = work.next_pairs(index, self.keeps_unmatched, keeps_all);
        if pairs.stream.is_empty() {
            return false;
        }
        if let Err(error) = self.say(&mut work, &pairs, cx, out) {
            let mut rows = pairs.stream;
            rows.dedup();
            if cx.errors.is_input(&work.batch.origin) {
                let passed = &mut cx.errors.counts.rows_passed;
                *passed = passed.saturating_sub(rows.len() as u64);
            }
            refuse(&error, &work.batch, rows.into_iter().map(|row| row as usize), cx);
        }
        self.work = Some(work);
        true
    }

    fn advance(&mut self, _bound_ms: i64, _cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) {}

    fn take_table(&mut self, table: TableId, contents: &TableContents) {
        if table != self.table {
            return;
        }
        let columns = self.read.iter().filter_map(|&i| contents.columns.get(i).cloned());
        self.columns = columns.collect();
        self.rows = contents.rows;
        self.index = None;
    }

    fn renumber_tables(&mut self, numbers: &[Option<TableId>]) {
        self.table = renumbered(self.table, numbers);
    }

    fn save(&self) -> OperatorState {
        OperatorState {
            facts: json!(self.seen),
            batches: Vec::new(),
        }
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        self.seen = serde_json::from_value(state.facts)?;
        Ok(())
    }
}
