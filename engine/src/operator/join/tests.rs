//! What the oracle's short runs do not reach: state over many keys and batches, and nothing held of a batch.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringViewArray};
use arrow::datatypes::Int64Type;

use super::Join;
use crate::clock::Clock;
use crate::dataflow::errors::{PumpErrors, Relation};
use crate::diagnostic::Span;
use crate::expr::Expr;
use crate::operator::{Context, Junction};
use crate::plan::join::{Join as Plan, JoinKind, JoinWindow};
use crate::plan::{Field, Plan as Node};
use crate::rows::RowBatch;
use crate::types::SqlType;

/// `… ON l.key = r.key` over (key, n), where `key` is a text.
fn join(kind: JoinKind, windows: [JoinWindow; 2]) -> Join {
    join_with_limit(kind, windows, super::ROWS_MAX)
}

fn join_with_limit(kind: JoinKind, windows: [JoinWindow; 2], limit: usize) -> Join {
    let field = |name: &str, ty| Field {
        name: name.to_owned(),
        ty,
        not_null: false,
    };
    let fields = vec![field("KEY", SqlType::Varchar(40)), field("N", SqlType::BigInt)];
    let scan = |stream| Node::Scan {
        stream,
        columns: vec![0, 1],
        fields: fields.clone(),
    };
    let key = || Expr::column(0, SqlType::Varchar(40), Span::default());
    let plan = Plan {
        left: scan(0),
        right: scan(1),
        kind,
        left_window: windows[0],
        right_window: windows[1],
        equalities: vec![(key(), key())],
        condition: None,
        fields: [fields.clone(), fields.clone()].concat(),
    };
    Join::with_limit(&plan, 2, limit)
}

fn batch(relation: usize, rows: impl Iterator<Item = i64> + Clone) -> RowBatch {
    let keys: StringViewArray = rows
        .clone()
        .map(|n| Some(format!("a key of its own {n:09}")))
        .collect();
    let numbers: Int64Array = rows.clone().map(Some).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(keys), Arc::new(numbers)];
    RowBatch::new(rows.collect::<Vec<i64>>().into(), columns, relation, false)
}

fn step(join: &mut Join, inputs: Vec<(usize, RowBatch)>, bound_ms: i64) -> Vec<RowBatch> {
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut errors = PumpErrors::new("P".into(), Vec::new());
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
    };
    let mut out = Vec::new();
    for (port, batch) in inputs {
        join.push(port, batch, &mut cx);
    }
    join.advance(&[bound_ms, bound_ms], &mut cx, &mut out);
    assert!(errors.rows.is_empty(), "{:?}", errors.rows);
    out
}

#[test]
fn keys_and_rows_that_have_gone_are_forgotten_and_no_pair_with_them() {
    let mut join = join(JoinKind::Inner, [JoinWindow::Range(100), JoinWindow::Range(0)]);
    let mut pairs = Vec::new();
    for start in (0..200_000).step_by(500) {
        let left = batch(0, start..start + 500);
        // Every key comes again 100 ms later, the last moment at which its row waits.
        let right = batch(1, start..start + 500);
        let keys = batch(1, start - 100..start + 400);
        let right = RowBatch::new(right.rowtimes, keys.columns, 1, false);
        for out in step(&mut join, vec![(0, left), (1, right)], start + 499) {
            pairs.extend(
                out.columns[3]
                    .as_primitive::<Int64Type>()
                    .values()
                    .iter()
                    .copied(),
            );
        }
        assert!(join.held_rows() < 1_000, "{} rows", join.held_rows());
        assert!(!join.keys.outgrew(1_000), "keys that nobody has");
    }
    assert_eq!(pairs, (0..199_899).collect::<Vec<i64>>());
}

#[test]
fn what_waits_holds_nothing_of_a_batch() {
    let mut join = join(JoinKind::Full, [JoinWindow::Unbounded, JoinWindow::Rows(10)]);
    let (left, right) = (batch(0, 0..1_000), batch(1, 0..1_000));
    let shared: Vec<ArrayRef> = left
        .columns
        .iter()
        .chain(&right.columns)
        .map(Arc::clone)
        .collect();
    let out = step(&mut join, vec![(0, left), (1, right)], 500);
    drop(out);
    assert!(join.held_rows() >= 1_500);
    for column in shared {
        assert_eq!(Arc::strong_count(&column), 1);
        // The buffers of the column are its own again.
        let data = column.to_data();
        drop(column);
        for buffer in data.buffers() {
            assert_eq!(buffer.strong_count(), 1, "{}", data.data_type());
        }
    }
}

#[test]
fn ever_so_small_steps_leave_few_chunks() {
    let mut join = join(
        JoinKind::Left,
        [JoinWindow::Range(5_000), JoinWindow::Range(5_000)],
    );
    let mut joined = 0;
    for at in 0..20_000 {
        let out = step(
            &mut join,
            vec![(0, batch(0, at..at + 1)), (1, batch(1, at..at + 1))],
            at,
        );
        joined += out.iter().map(RowBatch::len).sum::<usize>();
    }
    assert_eq!(joined, 19_999);
    assert!(join.held_rows() < 10_010, "{}", join.held_rows());
    let chunks = join.sides[0].stored.parts(0).count();
    assert!(chunks < 30, "{chunks} chunks");
}

/// Left rows at these instants come in batches of `cut`, the bound following them if `moves`, and meet nobody. Returns
/// those that leave, and the errors.
fn beyond_the_limit(
    windows: [JoinWindow; 2],
    rows: &[i64],
    cut: usize,
    moves: bool,
) -> (Vec<i64>, PumpErrors) {
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let input = || Relation::input(Vec::new());
    let relations = vec![input(), input(), Relation::made(Vec::new())];
    let mut errors = PumpErrors::new("P".into(), relations);
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
    };
    let empty = || join_with_limit(JoinKind::Left, windows, 3);
    let (mut join, mut out) = (empty(), Vec::new());
    for rows in rows.chunks(cut) {
        join.push(0, batch(0, rows.iter().copied()), &mut cx);
        if moves {
            join.advance(&[rows[rows.len() - 1]; 2], &mut cx, &mut out);
            let state = join.save();
            join = empty();
            join.load(state).unwrap();
        }
    }
    join.advance(&[i64::MAX; 2], &mut cx, &mut out);
    let numbers = out
        .iter()
        .flat_map(|out| out.columns[1].as_primitive::<Int64Type>().values().to_vec());
    (numbers.collect(), errors)
}

#[test]
fn a_row_beyond_the_limit_is_an_error_and_does_not_wait_however_the_input_is_cut() {
    use JoinWindow::{Following, Range, Rows, Unbounded};
    // The windows, the rows that come, and those that find room beside two others.
    let cases: [([JoinWindow; 2], &[i64], &[i64]); 5] = [
        ([Unbounded, Range(0)], &[0, 1, 2, 3, 900], &[0, 1, 2]),
        ([Rows(3), Range(0)], &[0, 1, 2, 3, 900], &[0, 1, 2]),
        // Never more than three at a time.
        ([Rows(2), Range(0)], &[0, 1, 2, 3, 4, 4], &[0, 1, 2, 3, 4, 4]),
        // The first 13 finds 1 and 2 there, as 0 has left; 14 finds 2 and the first 13.
        (
            [Range(12), Range(0)],
            &[0, 1, 2, 3, 13, 13, 14],
            &[0, 1, 2, 13, 14],
        ),
        // Left rows wait 5 ms for their turn: 6 finds 1 and 2 there, 7 finds 2 and 6.
        ([Range(0), Following(5)], &[0, 1, 2, 3, 6, 7, 7], &[0, 1, 2, 6, 7]),
    ];
    for (windows, rows, kept) in cases {
        for (cut, moves) in [(1, false), (1, true), (2, true), (3, false), (3, true), (9, true)] {
            let about = format!("{windows:?}, {cut} at a time, bound follows: {moves}");
            let (mut left, errors) = beyond_the_limit(windows, rows, cut, moves);
            left.sort_unstable();
            assert_eq!(left, kept, "{about}");
            let books = (
                errors.counts.rows_passed as usize,
                errors.counts.rows_failed as usize,
            );
            assert_eq!(books, (kept.len(), rows.len() - kept.len()), "{about}");
            for (_, error) in &errors.rows {
                let says = "the join holds 3 rows of its left input already";
                assert!(error.message.starts_with(says), "{}", error.message);
            }
        }
    }
}
