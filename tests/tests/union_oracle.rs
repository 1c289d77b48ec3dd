//! UNION ALL against a naive reading of `windows-and-time.md` §7: what every branch says by itself, then one row after
//! the other taken from the branch that comes first.
//!
//! Branches are filters, windows, sorted rows and rows with another ROWTIME, some of which run behind the others. The
//! oracle catches rows that overtake each other, closings behind new rows, lost and doubled rows, and any dependence on
//! how the input is cut, also in windows over the union.

use fastrand::Rng;
use rowtime_tests::cuts::{Expected, check};
use rowtime_tests::rows::{COLUMNS, Happening, Input, Row, json, text, time};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Branch {
    /// Rows of one group.
    Plain(i32),
    /// Rows that may fail.
    Quotient,
    /// A count at the end of every window.
    Tumble(i64),
    /// A count at every change of `m`, with the ROWTIME of the row that changes it.
    ByChange,
    /// A count of every key.
    Stagger(i64),
    /// The rows of a second, sorted.
    Sorted,
    /// `at AS ROWTIME`.
    Restamped,
    /// `MONOTONIC(at) AS ROWTIME`.
    Declared,
}

#[derive(Debug, Clone)]
struct Case {
    branches: Vec<Branch>,
    input: Input,
}

fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let branches = (0..rng.usize(2..5)).map(|_| {
        let width = [1_000, 10_000][rng.usize(0..2)];
        match rng.u8(0..10) {
            8 | 9 => Branch::ByChange,
            0 | 1 => Branch::Plain(rng.i32(0..2)),
            2 => Branch::Quotient,
            3 => Branch::Tumble(width),
            4 => Branch::Stagger(width),
            5 => Branch::Sorted,
            6 => Branch::Restamped,
            _ => Branch::Declared,
        }
    });
    Case {
        branches: branches.collect(),
        input: Input::random(&mut rng, 100),
    }
}

impl Branch {
    fn sql(self) -> String {
        match self {
            Self::Plain(g) => format!("SELECT STREAM k, n FROM S WHERE g = {g}"),
            Self::Quotient => "SELECT STREAM k, 6 / d FROM S".to_owned(),
            Self::Tumble(w) => format!(
                "SELECT STREAM CAST(NULL AS VARCHAR(2)), CAST(COUNT(*) AS INTEGER) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '{}' SECOND)",
                w / 1_000
            ),
            Self::ByChange => {
                "SELECT STREAM CAST(NULL AS VARCHAR(2)), CAST(COUNT(*) AS INTEGER) FROM S GROUP BY MONOTONIC(m)".to_owned()
            }
            Self::Stagger(w) => format!(
                "SELECT STREAM k, CAST(COUNT(*) AS INTEGER) FROM S WINDOWED BY STAGGER (PARTITION BY k RANGE INTERVAL '{}' SECOND)",
                w / 1_000
            ),
            Self::Sorted => {
                "(SELECT STREAM k, n FROM S ORDER BY FLOOR(S.ROWTIME TO SECOND), n DESC)".to_owned()
            }
            Self::Restamped => "SELECT STREAM k, n, at AS ROWTIME FROM S".to_owned(),
            Self::Declared => "SELECT STREAM k, n, MONOTONIC(at) AS ROWTIME FROM S".to_owned(),
        }
    }
}

/// A row of a branch.
#[derive(Debug, Clone)]
struct Said {
    t: i64,
    closing: bool,
    k: Option<&'static str>,
    n: Option<i32>,
}

impl Said {
    fn new(t: i64, row: &Row) -> Self {
        Self {
            t,
            closing: false,
            k: row.k,
            n: row.n,
        }
    }
}

fn said(branch: Branch, input: &Input, expected: &mut Expected) -> Vec<Said> {
    let mut out = Vec::new();
    match branch {
        Branch::Plain(g) => {
            out.extend(
                input
                    .rows
                    .iter()
                    .filter(|r| r.g == Some(g))
                    .map(|r| Said::new(r.t, r)),
            );
        }
        Branch::Quotient => {
            for row in &input.rows {
                match row.d {
                    0 => expected.failed += 1,
                    d => out.push(Said {
                        n: Some(6 / d),
                        ..Said::new(row.t, row)
                    }),
                }
            }
        }
        Branch::Tumble(w) => {
            for row in &input.rows {
                add(&mut out, row.t - row.t.rem_euclid(w) + w, None);
            }
        }
        Branch::ByChange => {
            let mut rest = input.rows.as_slice();
            while let Some(first) = rest.first() {
                let len = rest.iter().take_while(|r| r.m == first.m).count();
                out.push(Said {
                    t: rest.get(len).map_or(input.last(), |next| next.t),
                    closing: true,
                    k: None,
                    n: i32::try_from(len).ok(),
                });
                rest = &rest[len..];
            }
        }
        Branch::Stagger(w) => {
            for row in &input.rows {
                let open = out.iter().rev().find(|s: &&Said| s.k == row.k && row.t < s.t);
                let t = open.map_or(row.t + w, |s| s.t);
                add(&mut out, t, row.k);
            }
        }
        Branch::Sorted => {
            let mut rest = input.rows.as_slice();
            while let Some(first) = rest.first() {
                let len = rest.iter().take_while(|r| r.t / 1_000 == first.t / 1_000).count();
                let mut batch: Vec<&Row> = rest[..len].iter().collect();
                batch.sort_by_key(|row| std::cmp::Reverse(row.n));
                out.extend(batch.into_iter().map(|row| Said::new(rest[len - 1].t, row)));
                rest = &rest[len..];
            }
        }
        Branch::Restamped => {
            let (input, late) = input.restamped();
            expected.late += late;
            out.extend(input.rows.iter().map(|row| Said::new(row.t, row)));
        }
        Branch::Declared => {
            for happening in input.happenings() {
                let Happening::Row(row) = happening else { continue };
                if out.last().is_some_and(|last| row.at < last.t) {
                    expected.late += 1;
                } else {
                    out.push(Said::new(row.at, row));
                }
            }
        }
    }
    out
}

/// Counts a row in the window of a key that closes at `t`; windows stand in the order in which they opened.
fn add(out: &mut Vec<Said>, t: i64, k: Option<&'static str>) {
    match out.iter_mut().find(|s| s.t == t && s.k == k) {
        Some(window) => window.n = window.n.map(|n| n + 1),
        None => out.push(Said {
            t,
            closing: true,
            k,
            n: Some(1),
        }),
    }
}

fn oracle(case: &Case) -> Expected {
    let mut expected = Expected::default();
    let mut branches: Vec<Vec<Said>> = (case.branches.iter())
        .map(|branch| said(*branch, &case.input, &mut expected))
        .collect();
    loop {
        let heads = branches.iter().enumerate();
        let first = heads
            .filter_map(|(i, rows)| rows.first().map(|row| (row.t, !row.closing, i)))
            .min();
        let Some((_, _, branch)) = first else {
            return expected;
        };
        let row = branches[branch].remove(0);
        expected.rows.push(format!(
            "O {} {{\"K\":{},\"N\":{}}}",
            time(row.t),
            text(row.k),
            json(row.n)
        ));
    }
}

impl Case {
    fn sql(&self) -> String {
        let branches: Vec<String> = self.branches.iter().map(|b| b.sql()).collect();
        let union = branches.join("\n  UNION ALL ");
        format!(
            "CREATE STREAM S {COLUMNS};\n\
             CREATE STREAM O (k VARCHAR(40), n INTEGER);\n\
             CREATE STREAM W (c BIGINT, f INTEGER, l INTEGER);\n\
             CREATE PUMP P AS INSERT INTO O {union};\n\
             CREATE PUMP Q AS INSERT INTO W SELECT STREAM COUNT(*), FIRST_VALUE(n), LAST_VALUE(n) FROM ({union}) AS u (k, n)\n  GROUP BY STEP(u.ROWTIME BY INTERVAL '5' SECOND);\n"
        )
    }
}

fn check_case(seed: u64) -> Result<(), String> {
    let case = case(seed);
    let mut expected = oracle(&case);
    // Both pumps meet the same failing and late rows.
    expected.failed *= 2;
    expected.late *= 2;
    check(seed, &case.sql(), &case.input.events(), Some(&expected))
}

#[test]
fn unions_are_what_the_naive_reading_says() {
    seeds::check_all(&SAVED_SEEDS, 30, check_case);
}
