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
use super::equal_keys::{EqualKeys, Keys};
use super::filter::push_kept;
use super::{Context, Operator};
use crate::dataflow::TableContents;
use crate::expr::Expr;
use crate::expr::eval::{Evaluator, Input};
use crate::plan::TableId;
use crate::plan::join::Lookup as LookupPlan;
use crate::row_error::{RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

mod index;

/// Most pairs in one batch: a key with ever so many partners gives many batches and not a great one.
pub const PAIRS_MAX: usize = 8_192;

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
            seen: 0,
        }
    }
}

/// Pairs that have not left yet: positions in the stream's batch and in the table, [`UNMATCHED`] for no partner.
#[derive(Default)]
struct Pairs {
    stream: Vec<u32>,
    table: Vec<u32>,
    /// The stream row of the next pair has had a match in an earlier batch.
    matched: bool,
}

/// In place of a row of the table.
const UNMATCHED: u32 = u32::MAX;

impl Lookup {
    /// Works out where the table's rows stand, with the clock of the row that asks first.
    fn prepare(&mut self, batch: &RowBatch, cx: &Context<'_>) -> Result<(), ArrowError> {
        if self.index.is_some() {
            return Ok(());
        }
        let rowtimes = vec![batch.rowtimes.first().copied().unwrap_or_default(); self.rows];
        let input = Input {
            columns: &self.columns,
            rowtimes: &rowtimes,
            clock: cx.clock,
        };
        let mut errors = RowErrors::new();
        let columns: Vec<ArrayRef> = self
            .table_keys
            .iter()
            .map(|k| k.eval(input, None, &mut errors))
            .collect();
        let keys = self.keys.as_ref().map_err(again)?.of(&columns, self.rows)?;
        self.index = Some(TableIndex::new(keys));
        Ok(())
    }

    /// The keys of a batch; rows whose key fails are noted.
    fn keys_of(
        &self,
        batch: &RowBatch,
        errors: &mut RowErrors,
        cx: &Context<'_>,
    ) -> Result<Keys, ArrowError> {
        let input = Input {
            columns: &batch.columns,
            rowtimes: &batch.rowtimes,
            clock: cx.clock,
        };
        let columns: Vec<ArrayRef> = self
            .stream_keys
            .iter()
            .map(|k| k.eval(input, None, errors))
            .collect();
        self.keys.as_ref().map_err(again)?.of(&columns, batch.len())
    }

    /// Appends the pairs of a batch; returns its rows that failed.
    fn join(
        &mut self,
        batch: &RowBatch,
        cx: &mut Context<'_>,
        out: &mut Vec<RowBatch>,
    ) -> Result<RowErrors, ArrowError> {
        self.prepare(batch, cx)?;
        let mut errors = RowErrors::new();
        let keys = self.keys_of(batch, &mut errors, cx)?;
        let Some(index) = &self.index else {
            return Ok(errors);
        };
        let mut seen = self.seen;
        let mut pairs = Pairs::default();
        for (row, position) in (0..batch.len()).zip(0..) {
            if errors.failed(row) {
                continue;
            }
            let mut alone = true;
            for partner in keys.bytes(row).into_iter().flat_map(|key| index.partners(key)) {
                alone = false;
                if pairs.push(position, partner) {
                    self.say(&mut pairs, batch, &mut seen, cx, out)?;
                }
            }
            // Whether a condition leaves the row alone is not known yet.
            let may_be_alone = alone || self.condition.is_some();
            if self.keeps_unmatched && may_be_alone && pairs.push(position, UNMATCHED) {
                self.say(&mut pairs, batch, &mut seen, cx, out)?;
            }
        }
        self.say(&mut pairs, batch, &mut seen, cx, out)?;
        self.seen = seen;
        Ok(errors)
    }

    /// Lets the pairs leave for which the condition is TRUE, and the unmatched rows that had none.
    fn say(
        &self,
        pairs: &mut Pairs,
        batch: &RowBatch,
        seen: &mut u64,
        cx: &mut Context<'_>,
        out: &mut Vec<RowBatch>,
    ) -> Result<(), ArrowError> {
        if pairs.stream.is_empty() {
            return Ok(());
        }
        let stream = UInt32Array::from(std::mem::take(&mut pairs.stream));
        let partners = std::mem::take(&mut pairs.table);
        let table = positions(&partners);
        let rowtimes: Vec<i64> = stream
            .values()
            .iter()
            .map(|&row| batch.rowtimes[row as usize])
            .collect();
        let of_stream = batch.columns.iter().map(|c| take(c, &stream, None));
        let of_table = self.columns.iter().map(|c| take(c, &table, None));
        let columns = of_stream.chain(of_table).collect::<Result<Vec<_>, _>>()?;
        let rows = RowBatch::new(rowtimes.into(), columns, self.relation, batch.closing).behind(*seen);
        *seen += rows.len() as u64;
        let Some(condition) = &self.condition else {
            out.push(rows);
            return Ok(());
        };
        let holds = holds(condition, &rows, &table, cx);
        let keep: BooleanArray = (0..rows.len())
            .map(|pair| {
                let is_pair = partners[pair] != UNMATCHED;
                let keeps = if is_pair {
                    holds.value(pair)
                } else {
                    !pairs.matched
                };
                pairs.matched = is_pair && (pairs.matched || keeps);
                Some(keeps)
            })
            .collect();
        let kept = keep.true_count();
        push_kept(rows, &keep, kept, cx, out);
        Ok(())
    }
}

impl Pairs {
    /// Adds a pair; whether it is time to let them leave.
    fn push(&mut self, stream: u32, table: u32) -> bool {
        self.stream.push(stream);
        self.table.push(table);
        self.stream.len() >= PAIRS_MAX
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

impl Operator for Lookup {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        if batch.is_empty() {
            return;
        }
        let said = out.len();
        let errors = self.join(&batch, cx, out).unwrap_or_else(|error| {
            // Arrow refuses only columns of unequal length or type. Whatever it is, no row goes in silence.
            out.truncate(said);
            let mut errors = RowErrors::new();
            for row in 0..batch.len() {
                errors.set(row, || {
                    RowError::runtime(format!("the row cannot be joined: {error}; please report this"))
                });
            }
            errors
        });
        if cx.errors.is_input(&batch.origin) {
            cx.errors.counts.rows_passed += (batch.len() - errors.len()) as u64;
        }
        for (row, error) in errors.into_sorted() {
            cx.errors.report(error, &batch.origin, row as usize);
        }
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
