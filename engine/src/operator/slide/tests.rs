//! What windows hold no more than, however the input is cut.

use std::sync::Arc;

use arrow::array::{AsArray, Int32Array};
use arrow::datatypes::Int64Type;

use super::*;
use crate::clock::Clock;
use crate::dataflow::errors::{PumpErrors, Relation};
use crate::plan::sliding::{Extent, SlidingFunction};
use crate::plan::{Aggregate, AggregateFunction};
use crate::types::SqlType;

/// `COUNT(*) OVER (PARTITION BY k …)` over (k), with at most three rows, or partitions.
fn counts(extent: Extent) -> Slide {
    let window = SlidingWindow {
        partition_by: vec![Expr::column(0, SqlType::Integer, Span::default())],
        extent,
    };
    let call = SlidingCall {
        window: 0,
        function: SlidingFunction::Aggregate(Aggregate {
            function: AggregateFunction::Count,
            argument: None,
            distinct: false,
            ty: SqlType::BigInt,
            span: Span::default(),
        }),
        ty: SqlType::BigInt,
        span: Span::default(),
    };
    let limits = Limits {
        rows: 3,
        partitions: 3,
    };
    Slide::with_limits(&[window], &[call], limits)
}

/// How far back, the rows that come, and the counts of those that find room.
type Case = (Extent, &'static [(i64, i32)], &'static [(i64, i64)]);

/// The counts of the rows that find room, by ROWTIME, and the errors; rows are (ROWTIME, k).
fn counted(extent: Extent, rows: &[(i64, i32)], cut: usize, moves: bool) -> (Vec<(i64, i64)>, PumpErrors) {
    let clock = Clock {
        run_start_ms: 0,
        row_ms: None,
    };
    let mut errors = PumpErrors::new("P".into(), vec![Relation::input(Vec::new())]);
    let mut cx = Context {
        clock: &clock,
        errors: &mut errors,
        before_ms: i64::MIN,
    };
    let (mut slide, mut out) = (counts(extent), Vec::new());
    for rows in rows.chunks(cut) {
        let (rowtimes, keys): (Vec<i64>, Vec<i32>) = rows.iter().copied().unzip();
        let bound_ms = rowtimes[rowtimes.len() - 1];
        let keys: ArrayRef = Arc::new(Int32Array::from(keys));
        slide.push(
            RowBatch::new(rowtimes.into(), vec![keys], 0, false),
            &mut cx,
            &mut out,
        );
        if moves {
            slide.advance(bound_ms, &mut cx, &mut out);
            let state = slide.save();
            slide = counts(extent);
            slide.load(state).unwrap();
        }
    }
    let rows = out.iter().flat_map(|out| {
        let counts = out.columns[1].as_primitive::<Int64Type>();
        let rows = out.rowtimes.iter().zip(counts.values());
        rows.map(|(at, n)| (*at, *n)).collect::<Vec<_>>()
    });
    (rows.collect(), errors)
}

#[test]
fn a_row_beyond_the_limit_is_an_error_however_the_input_is_cut() {
    let cases: [Case; 4] = [
        // The first row at 12 finds those at 0, 1 and 2 there, that at 13 finds 1 and 2.
        (
            Extent::Range(12),
            &[(0, 7), (1, 7), (2, 8), (12, 7), (13, 7), (13, 7), (14, 8)],
            &[(0, 1), (1, 2), (2, 1), (13, 2), (14, 2)],
        ),
        // Two partitions hold two rows and one.
        (
            Extent::Rows(5),
            &[(0, 7), (1, 8), (2, 7), (3, 8), (900, 7)],
            &[(0, 1), (1, 1), (2, 2)],
        ),
        // No row is held, and at three partitions a fourth finds no room.
        (
            Extent::Unbounded,
            &[(0, 7), (1, 7), (2, 8), (3, 8), (4, 9), (5, 6)],
            &[(0, 1), (1, 2), (2, 1), (3, 2), (4, 1)],
        ),
        // Partitions without rows are gone.
        (
            Extent::Range(1),
            &[(0, 1), (2, 2), (4, 3), (6, 4), (8, 5), (8, 6), (8, 7), (8, 8)],
            &[(0, 1), (2, 1), (4, 1), (6, 1), (8, 1), (8, 1), (8, 1)],
        ),
    ];
    for (extent, rows, kept) in cases {
        for (cut, moves) in [(1, false), (1, true), (2, true), (3, false), (3, true), (9, true)] {
            let about = format!("{extent:?}, {cut} at a time, bound follows: {moves}");
            let (counts, errors) = counted(extent, rows, cut, moves);
            assert_eq!(counts, kept, "{about}");
            assert_eq!(errors.rows.len(), rows.len() - kept.len(), "{about}");
            assert_eq!(errors.counts.rows_failed as usize, errors.rows.len(), "{about}");
            for (_, error) in &errors.rows {
                let says = "the row cannot enter its windows: its windows hold 3 rows of ";
                let empty =
                    "the row cannot enter its windows: its windows hold 0 rows of 3 partitions already";
                let of_all = extent == Extent::Unbounded;
                assert!(
                    error.message.starts_with(if of_all { empty } else { says }),
                    "{}",
                    error.message
                );
            }
        }
    }
}
