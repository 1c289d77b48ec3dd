//! Select lists: new columns from old, NOT NULL columns, and `expr AS ROWTIME`.
//!
//! A row leaves when every expression succeeded, every NOT NULL column has a value, and its ROWTIME is not
//! late; else it becomes an error row, for the first of these reasons in select-list order.

use arrow::array::{Array, ArrayRef, BooleanArray};

use super::filter::push_kept;
use super::rowtime::Restamp;
use super::{Context, Operator};
use crate::expr::eval::{Evaluator, Input};
use crate::expr::{Expr, ExprKind};
use crate::plan::Field;
use crate::row_error::{ErrorName, RowError, RowErrors};
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

/// Computes a select list.
pub struct Project {
    columns: Vec<Output>,
    rowtime: Option<Restamp>,
}

/// One column of the select list.
struct Output {
    source: Source,
    /// Name of a NOT NULL column.
    not_null: Option<String>,
}

enum Source {
    /// The input's column as it is.
    Column(usize),
    Computed(Evaluator),
}

impl Project {
    /// A projection; `fields` belong to `exprs` one by one; `rowtime` is its `expr AS ROWTIME`.
    pub fn new(exprs: &[Expr], fields: &[Field], rowtime: Option<Restamp>) -> Self {
        let columns = exprs
            .iter()
            .zip(fields)
            .map(|(expr, field)| Output {
                source: match expr.kind {
                    ExprKind::Column(i) => Source::Column(i),
                    _ => Source::Computed(Evaluator::new(expr)),
                },
                not_null: field.not_null.then(|| field.name.clone()),
            })
            .collect();
        Self { columns, rowtime }
    }
}

impl Operator for Project {
    fn push(&mut self, batch: RowBatch, cx: &mut Context<'_>, out: &mut Vec<RowBatch>) {
        let input = Input {
            columns: &batch.columns,
            rowtimes: &batch.rowtimes,
            clock: cx.clock,
        };
        let mut errors = RowErrors::new();
        let mut columns = Vec::with_capacity(self.columns.len());
        for output in &self.columns {
            let column = match &output.source {
                Source::Column(i) => std::sync::Arc::clone(&batch.columns[*i]),
                Source::Computed(evaluator) => evaluator.eval(input, None, &mut errors),
            };
            if let Some(name) = &output.not_null {
                refuse_nulls(&column, name, &mut errors);
            }
            columns.push(column);
        }
        let rowtimes = match &mut self.rowtime {
            Some(restamp) => restamp.apply(&batch, cx, &mut errors),
            None => batch.rowtimes.clone(),
        };
        let clean = errors.is_empty();
        let keep: BooleanArray = if clean {
            BooleanArray::from(Vec::<bool>::new())
        } else {
            (0..batch.len()).map(|i| Some(!errors.failed(i))).collect()
        };
        for (row, error) in errors.into_sorted() {
            cx.errors.report(error, &batch.origin, row as usize);
        }
        let projected = RowBatch {
            rowtimes,
            columns,
            origin: batch.origin,
            closing: batch.closing,
        };
        if clean {
            out.push(projected);
        } else {
            push_kept(projected, &keep, keep.true_count(), cx, out);
        }
    }

    fn advance(&mut self, _bound_ms: i64, cx: &mut Context<'_>, _out: &mut Vec<RowBatch>) {
        if let Some(restamp) = &mut self.rowtime {
            restamp.note_clock(cx.clock);
            restamp.note_before(cx.before_ms);
        }
    }

    fn save(&self) -> OperatorState {
        OperatorState {
            facts: self.rowtime.as_ref().map(Restamp::save).unwrap_or_default(),
            batches: Vec::new(),
        }
    }

    fn load(&mut self, state: OperatorState) -> Result<(), StateError> {
        match &mut self.rowtime {
            Some(restamp) => restamp.load(&state.facts),
            None => Ok(()),
        }
    }

    fn note_open_below(&mut self, open_since: Option<i64>) {
        if let Some(restamp) = &mut self.rowtime {
            restamp.note_open_below(open_since);
        }
    }

    fn forward(&self, bound_ms: i64) -> i64 {
        match &self.rowtime {
            Some(restamp) => restamp.forward(bound_ms),
            None => bound_ms,
        }
    }
}

fn refuse_nulls(column: &ArrayRef, name: &str, errors: &mut RowErrors) {
    if column.null_count() == 0 {
        return;
    }
    for row in (0..column.len()).filter(|&row| column.is_null(row)) {
        errors.set(row, || {
            RowError::new(
                ErrorName::NotNull,
                format!("Column '{name}' does not accept NULL"),
            )
        });
    }
}
