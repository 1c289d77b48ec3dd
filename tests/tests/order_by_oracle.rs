//! ORDER BY against a naive reading of `windows-and-time.md` §7, row by row.
//!
//! The oracle holds the rows of one batch in a vector and sorts them by comparing values itself. It catches wrong
//! directions, NULLs out of place, ties that are turned round, batches that end elsewhere or carry another ROWTIME, lost
//! rows, and any dependence on how the input is cut.

use std::cmp::Ordering;

use fastrand::Rng;
use rowtime_tests::cuts::{Expected, check};
use rowtime_tests::rows::{COLUMNS, Happening, Input, Row, json, text, time};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

/// What the rows are held by.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Leading {
    Instant,
    Step(i64),
    FloorMinute,
    /// A column of the select list.
    Alias(i64),
    /// MONOTONIC(m).
    Declared,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Key {
    K,
    G,
    N,
    V,
    MinusN,
    Rowtime,
    /// Fails where `d` is zero.
    Quotient,
}

const KEYS: [Key; 7] = [
    Key::K,
    Key::G,
    Key::N,
    Key::V,
    Key::MinusN,
    Key::Rowtime,
    Key::Quotient,
];

#[derive(Debug, Clone)]
struct Case {
    leading: Leading,
    /// With DESC.
    keys: Vec<(Key, bool)>,
    filter: bool,
    restamp: bool,
    inside: bool,
    input: Input,
}

fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let step = [1_000, 10_000, 60_000][rng.usize(0..3)];
    Case {
        leading: match rng.u8(0..5) {
            0 => Leading::Instant,
            1 => Leading::Step(step),
            2 => Leading::FloorMinute,
            3 => Leading::Alias(step),
            _ => Leading::Declared,
        },
        keys: (0..rng.usize(1..4))
            .map(|_| (KEYS[rng.usize(0..KEYS.len())], rng.bool()))
            .collect(),
        filter: rng.bool(),
        restamp: rng.u8(0..3) == 0,
        inside: rng.u8(0..3) == 0,
        input: Input::random(&mut rng, 120),
    }
}

impl Case {
    fn sql(&self) -> String {
        let step = |ms: i64| format!("STEP(s.ROWTIME BY INTERVAL '{}' SECOND)", ms / 1_000);
        let (leading, w) = match self.leading {
            Leading::Instant => ("ROWTIME".to_owned(), "TIMESTAMP '2018-11-01 00:00:00'".to_owned()),
            Leading::Step(ms) => (step(ms), "TIMESTAMP '2018-11-01 00:00:00'".to_owned()),
            Leading::FloorMinute => ("FLOOR(ROWTIME TO MINUTE)".to_owned(), "s.ROWTIME".to_owned()),
            Leading::Alias(ms) => ("w".to_owned(), step(ms)),
            Leading::Declared => ("MONOTONIC(m)".to_owned(), "s.ROWTIME".to_owned()),
        };
        let keys: Vec<String> = (self.keys.iter())
            .map(|(key, descending)| {
                let key = match key {
                    Key::K => "k",
                    Key::G => "3",
                    Key::N => "s.n",
                    Key::V => "v + 1",
                    Key::MinusN => "-n",
                    Key::Rowtime => "s.ROWTIME",
                    Key::Quotient => "6 / d",
                };
                format!(", {key}{}", if *descending { " DESC" } else { "" })
            })
            .collect();
        let (source, first) = if self.restamp {
            let pump = "CREATE PUMP R AS INSERT INTO MIDDLE SELECT STREAM k, g, n, v, d, at, m, at AS ROWTIME FROM S;";
            ("MIDDLE", format!("CREATE STREAM MIDDLE {COLUMNS};\n{pump}\n"))
        } else {
            ("S", String::new())
        };
        let query = format!(
            "SELECT STREAM k, {w} AS w, g, n, at FROM {source} AS s {} ORDER BY {leading}{}",
            if self.filter { "WHERE n <> 3" } else { "" },
            keys.concat(),
        );
        let query = if self.inside {
            format!("SELECT STREAM * FROM ({query}) WHERE g IS NULL OR g < 5")
        } else {
            query
        };
        format!(
            "CREATE STREAM S {COLUMNS};\n{first}\
             CREATE STREAM O (k VARCHAR(40), w TIMESTAMP, g INTEGER, n INTEGER, at TIMESTAMP);\n\
             CREATE PUMP P AS INSERT INTO O {query};\n"
        )
    }

    fn fails(&self, row: &Row) -> bool {
        row.d == 0 && self.keys.iter().any(|(key, _)| *key == Key::Quotient)
    }

    /// The value that the rows of one batch have in common.
    fn batch_of(&self, row: &Row) -> i64 {
        match self.leading {
            Leading::Instant => row.t,
            Leading::Step(w) | Leading::Alias(w) => row.t.div_euclid(w),
            Leading::FloorMinute => row.t.div_euclid(60_000),
            Leading::Declared => i64::from(row.m),
        }
    }

    fn compare(&self, a: &Row, b: &Row) -> Ordering {
        for &(key, descending) in &self.keys {
            // None is below every Some.
            let order = match key {
                Key::K => a.k.map(str::as_bytes).cmp(&b.k.map(str::as_bytes)),
                Key::G => a.g.cmp(&b.g),
                Key::N => a.n.cmp(&b.n),
                Key::V => a.v8.cmp(&b.v8),
                Key::MinusN => a.n.map(|n| -n).cmp(&b.n.map(|n| -n)),
                Key::Rowtime => a.t.cmp(&b.t),
                Key::Quotient => (6 / a.d).cmp(&(6 / b.d)),
            };
            let order = if descending { order.reverse() } else { order };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }

    fn w(&self, row: &Row) -> i64 {
        match self.leading {
            Leading::Instant | Leading::Step(_) => rowtime_tests::rows::START,
            Leading::FloorMinute | Leading::Declared => row.t,
            Leading::Alias(w) => row.t - row.t.rem_euclid(w),
        }
    }
}

fn oracle(case: &Case) -> Expected {
    let (input, late) = if case.restamp {
        case.input.restamped()
    } else {
        (case.input.clone(), 0)
    };
    let mut expected = Expected {
        late,
        ..Expected::default()
    };
    let mut held: Vec<&Row> = Vec::new();
    for happening in input.happenings() {
        let Happening::Row(row) = happening else { continue };
        if case.filter && row.n.is_none_or(|n| n == 3) {
            continue;
        }
        if case.fails(row) {
            expected.failed += 1;
            continue;
        }
        if held
            .first()
            .is_some_and(|first| case.batch_of(first) != case.batch_of(row))
        {
            leave(case, &mut held, &mut expected);
        }
        held.push(row);
    }
    leave(case, &mut held, &mut expected);
    expected
}

fn leave(case: &Case, held: &mut Vec<&Row>, expected: &mut Expected) {
    let last = held.iter().map(|r| r.t).fold(i64::MIN, i64::max);
    // Insertion before the first row that is greater: equal rows stay as they came.
    let mut sorted: Vec<&Row> = Vec::new();
    for row in held.drain(..) {
        let at = sorted
            .iter()
            .position(|other| case.compare(row, other) == Ordering::Less);
        sorted.insert(at.unwrap_or(sorted.len()), row);
    }
    for row in sorted {
        expected.rows.push(format!(
            "O {} {{\"K\":{},\"W\":\"{}\",\"G\":{},\"N\":{},\"AT\":\"{}\"}}",
            time(last),
            text(row.k),
            time(case.w(row)),
            json(row.g),
            json(row.n),
            time(row.at),
        ));
    }
}

#[test]
fn sorted_rows_are_what_the_naive_reading_says() {
    seeds::check_all(&SAVED_SEEDS, 30, |seed| {
        let case = case(seed);
        check(seed, &case.sql(), &case.input.events(), Some(&oracle(&case)))
    });
}
