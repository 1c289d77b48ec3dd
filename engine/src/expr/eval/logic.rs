//! AND, OR, CASE, COALESCE, IN and NULLIF: left to right, a later operand only for the rows that the earlier
//! ones did not decide (R6), so that `x <> 0 AND 10 / x > 1` never fails. UNKNOWN does not decide.

use arrow::array::{Array, ArrayRef, BooleanArray, new_null_array};
use arrow::buffer::{BooleanBuffer, NullBuffer};

use super::comparison::true_rows;
use super::node::{Node, Scope};
use super::vector::Vector;
use crate::row_error::RowErrors;
use crate::types::SqlType;

/// `part AND NOT taken`, where `None` is every row.
fn without(part: Option<&BooleanBuffer>, taken: &BooleanBuffer) -> BooleanBuffer {
    match part {
        Some(part) => part & &!taken,
        None => !taken,
    }
}

/// The values of a BOOLEAN node for every row: (TRUE rows, FALSE rows).
fn truths(
    node: &Node,
    scope: Scope<'_>,
    selection: Option<&BooleanBuffer>,
    errors: &mut RowErrors,
) -> (BooleanBuffer, BooleanBuffer) {
    let rows = scope.rows();
    let value = node.eval(scope, selection, errors);
    if value.is_null_constant() {
        let none = BooleanBuffer::new_unset(rows);
        return (none.clone(), none);
    }
    let array = value.into_rows(rows, SqlType::Boolean);
    match arrow::array::AsArray::as_boolean_opt(&array) {
        Some(values) => (
            true_rows(values.values(), values.nulls()),
            true_rows(&!values.values(), values.nulls()),
        ),
        None => (BooleanBuffer::new_unset(rows), BooleanBuffer::new_unset(rows)),
    }
}

/// A BOOLEAN from its TRUE and FALSE rows; the others are UNKNOWN.
fn three_valued(yes: BooleanBuffer, no: &BooleanBuffer) -> Vector {
    let known = &yes | no;
    let nulls = NullBuffer::new(known);
    let nulls = (nulls.null_count() > 0).then_some(nulls);
    Vector::rows(std::sync::Arc::new(BooleanArray::new(yes, nulls)))
}

/// OR of the operands: TRUE decides.
pub(super) fn or(
    parts: &[Node],
    scope: Scope<'_>,
    selection: Option<&BooleanBuffer>,
    errors: &mut RowErrors,
) -> Vector {
    let (decided, undecided) = decide(true, parts, scope, selection, errors);
    three_valued(decided, &undecided)
}

/// AND of the operands: FALSE decides.
pub(super) fn and(
    parts: &[Node],
    scope: Scope<'_>,
    selection: Option<&BooleanBuffer>,
    errors: &mut RowErrors,
) -> Vector {
    let (decided, undecided) = decide(false, parts, scope, selection, errors);
    three_valued(undecided, &decided)
}

/// The rows where an operand has the deciding value, and those where all operands have the other one.
fn decide(
    deciding: bool,
    parts: &[Node],
    scope: Scope<'_>,
    selection: Option<&BooleanBuffer>,
    errors: &mut RowErrors,
) -> (BooleanBuffer, BooleanBuffer) {
    let rows = scope.rows();
    let mut decided = BooleanBuffer::new_unset(rows);
    let mut undecided = BooleanBuffer::new_set(rows);
    for (i, part) in parts.iter().enumerate() {
        let open = (i > 0).then(|| without(selection, &decided));
        if open.as_ref().is_some_and(|open| !open.has_true()) {
            break;
        }
        let (yes, no) = truths(part, scope, open.as_ref().or(selection), errors);
        let (deciding, other) = if deciding { (yes, no) } else { (no, yes) };
        // A decided row stays so, whatever a later operand holds there.
        decided = &decided | &deciding;
        undecided = &undecided & &other;
    }
    (decided, undecided)
}

/// Which operand each row takes its value from.
struct Choice {
    sources: Vec<ArrayRef>,
    /// (source, position); source 0 is NULL.
    picks: Vec<(usize, usize)>,
    ty: SqlType,
}

impl Choice {
    fn new(rows: usize, ty: SqlType) -> Self {
        Self {
            sources: vec![new_null_array(&ty.arrow(), 1)],
            picks: vec![(0, 0); rows],
            ty,
        }
    }

    /// The rows of `part` take their value from `value`.
    fn take(&mut self, part: &BooleanBuffer, value: &Vector) {
        if value.is_null_constant() || value.array().data_type() != &self.ty.arrow() {
            return;
        }
        let source = self.sources.len();
        self.sources.push(value.array().clone());
        for row in part.set_indices() {
            if let Some(pick) = self.picks.get_mut(row) {
                *pick = (source, value.index(row));
            }
        }
    }

    fn finish(self) -> Vector {
        let sources: Vec<&dyn Array> = self.sources.iter().map(AsRef::as_ref).collect();
        let rows = self.picks.len();
        Vector::rows(
            arrow::compute::interleave(&sources, &self.picks)
                .unwrap_or_else(|_| new_null_array(&self.ty.arrow(), rows)),
        )
    }
}

fn all_or(selection: Option<&BooleanBuffer>, rows: usize) -> BooleanBuffer {
    selection.cloned().unwrap_or_else(|| BooleanBuffer::new_set(rows))
}

/// Searched or simple CASE.
pub(super) fn case(
    (operand, whens, otherwise): (Option<&Node>, &[(Node, Node)], Option<&Node>),
    ty: SqlType,
    scope: Scope<'_>,
    selection: Option<&BooleanBuffer>,
    errors: &mut RowErrors,
) -> Vector {
    let rows = scope.rows();
    let tested = operand.map(|o| o.eval(scope, selection, errors));
    // Only the WHENs see the CASE's operand: a THEN may stand inside an outer simple CASE of its own.
    let test_scope = tested.as_ref().map_or(scope, |t| scope.with_operand(t));
    let mut open = all_or(selection, rows);
    let mut choice = Choice::new(rows, ty);
    for (when, then) in whens {
        if !open.has_true() {
            break;
        }
        let (hits, _) = truths(when, test_scope, Some(&open), errors);
        let hits = &hits & &open;
        if hits.has_true() {
            let value = then.eval(scope, Some(&hits), errors);
            choice.take(&hits, &value);
        }
        open = without(Some(&open), &hits);
    }
    if let Some(otherwise) = otherwise
        && open.has_true()
    {
        let value = otherwise.eval(scope, Some(&open), errors);
        choice.take(&open, &value);
    }
    choice.finish()
}

/// COALESCE.
pub(super) fn coalesce(
    parts: &[Node],
    ty: SqlType,
    scope: Scope<'_>,
    selection: Option<&BooleanBuffer>,
    errors: &mut RowErrors,
) -> Vector {
    let rows = scope.rows();
    let mut open = all_or(selection, rows);
    let mut choice = Choice::new(rows, ty);
    for (i, part) in parts.iter().enumerate() {
        if i > 0 && !open.has_true() {
            break;
        }
        let value = part.eval(scope, Some(&open), errors);
        let found = BooleanBuffer::collect_bool(rows, |row| !value.is_null(row));
        let found = &found & &open;
        choice.take(&found, &value);
        // A row that failed here stays open, but it has an error and is not evaluated again.
        open = without(Some(&open), &found);
    }
    choice.finish()
}

/// `x [NOT] IN (list)`.
pub(super) fn in_list(
    (operand, tests, negated): (&Node, &[Node], bool),
    scope: Scope<'_>,
    selection: Option<&BooleanBuffer>,
    errors: &mut RowErrors,
) -> Vector {
    let tested = operand.eval(scope, selection, errors);
    let value = or(tests, scope.with_operand(&tested), selection, errors);
    match value.booleans() {
        Some(values) if negated => Vector::boolean(!values.values(), values.nulls().cloned(), false),
        _ => value,
    }
}

/// NULLIF(a, b).
pub(super) fn null_if(
    (operand, test): (&Node, &Node),
    ty: SqlType,
    scope: Scope<'_>,
    selection: Option<&BooleanBuffer>,
    errors: &mut RowErrors,
) -> Vector {
    let rows = scope.rows();
    let value = operand.eval(scope, selection, errors);
    let (same, _) = truths(test, scope.with_operand(&value), selection, errors);
    if !same.has_true() {
        return value;
    }
    let mut choice = Choice::new(rows, ty);
    choice.take(&!&same, &value);
    choice.finish()
}
