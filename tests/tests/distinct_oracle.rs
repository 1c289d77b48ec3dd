//! SELECT DISTINCT against a naive reading of `windows-and-time.md` §7, row by row.
//!
//! The oracle keeps the tuples of the open window in a vector and looks at all of them for every row. It catches rows
//! that are taken for different or for the same wrongly (NULL, ROWTIME), lost ones, windows that end elsewhere, and any
//! dependence on how the input is cut.

use fastrand::Rng;
use rowtime_tests::cuts::{Expected, check};
use rowtime_tests::rows::{COLUMNS, Happening, Input, Row, eighths, json, text, time};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

/// What moves on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    /// `STEP(s.ROWTIME …)` beside `ROWTIME`, which is then the end of the window.
    Step(i64),
    /// `ROWTIME` alone.
    Instant,
    /// `s.ROWTIME` under an alias, and a STEP of it.
    Alias(i64),
    /// `MONOTONIC(m)`, and `ROWTIME`.
    Declared,
}

#[derive(Debug, Clone)]
struct Case {
    by: By,
    k: bool,
    g: bool,
    n: bool,
    v: bool,
    q: bool,
    filter: bool,
    restamp: bool,
    input: Input,
}

fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let step = [1_000, 10_000, 60_000][rng.usize(0..3)];
    Case {
        by: match rng.u8(0..6) {
            0..3 => By::Step(step),
            3 => By::Instant,
            4 => By::Alias(step),
            _ => By::Declared,
        },
        k: rng.bool(),
        g: rng.bool(),
        n: rng.bool(),
        v: rng.u8(0..4) == 0,
        q: rng.bool(),
        filter: rng.bool(),
        restamp: rng.u8(0..3) == 0,
        input: Input::random(&mut rng, 120),
    }
}

impl Case {
    fn sql(&self) -> String {
        let items = match self.by {
            By::Step(ms) => format!(
                "ROWTIME AS t, STEP(s.ROWTIME BY INTERVAL '{}' SECOND) AS w",
                ms / 1_000
            ),
            By::Instant => "ROWTIME AS t, CAST(NULL AS TIMESTAMP) AS w".to_owned(),
            By::Alias(ms) => format!(
                "s.ROWTIME AS t, STEP(s.ROWTIME BY INTERVAL '{}' SECOND) AS w",
                ms / 1_000
            ),
            By::Declared => "ROWTIME AS t, MONOTONIC(s.m) AS w".to_owned(),
        };
        let w = if self.by == By::Declared {
            "INTEGER"
        } else {
            "TIMESTAMP"
        };
        let item = |wanted: bool, item: &str, ty: &str| {
            let null = format!("CAST(NULL AS {ty})");
            if wanted { item.to_owned() } else { null }
        };
        let (source, first) = if self.restamp {
            let pump = "CREATE PUMP R AS INSERT INTO MIDDLE SELECT STREAM k, g, n, v, d, at, m, at AS ROWTIME FROM S;";
            ("MIDDLE", format!("CREATE STREAM MIDDLE {COLUMNS};\n{pump}\n"))
        } else {
            ("S", String::new())
        };
        format!(
            "CREATE STREAM S {COLUMNS};\n{first}\
             CREATE STREAM O (t TIMESTAMP, w {w}, k VARCHAR(40), g INTEGER, n INTEGER, v DOUBLE, q INTEGER);\n\
             CREATE PUMP P AS INSERT INTO O SELECT STREAM DISTINCT {items}, {}, {}, {}, {}, {} FROM {source} AS s {};\n",
            item(self.k, "s.k", "VARCHAR(40)"),
            item(self.g, "s.g", "INTEGER"),
            item(self.n, "s.n", "INTEGER"),
            item(self.v, "s.v", "DOUBLE"),
            item(self.q, "6 / s.d", "INTEGER"),
            if self.filter { "WHERE s.n <> 3" } else { "" },
        )
    }

    fn tuple(&self, row: &Row) -> Tuple {
        (
            row.k.filter(|_| self.k),
            row.g.filter(|_| self.g),
            row.n.filter(|_| self.n),
            row.v8.filter(|_| self.v),
            self.q.then(|| 6 / row.d),
        )
    }
}

type Tuple = (
    Option<&'static str>,
    Option<i32>,
    Option<i32>,
    Option<i64>,
    Option<i32>,
);

struct Open {
    /// What the window is known by: its end, or the value of MONOTONIC.
    id: i64,
    /// The first row's ROWTIME.
    since: i64,
    tuples: Vec<Tuple>,
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
    let mut open: Option<Open> = None;
    for happening in input.happenings() {
        let now = happening.time();
        if case.by != By::Declared && open.as_ref().is_some_and(|o| o.id <= now) {
            close(case, &mut open, now, &mut expected);
        }
        let Happening::Row(row) = happening else { continue };
        if case.filter && row.n.is_none_or(|n| n == 3) {
            continue;
        }
        if case.q && row.d == 0 {
            expected.failed += 1;
            continue;
        }
        let id = match case.by {
            By::Step(w) => now - now.rem_euclid(w) + w,
            By::Instant | By::Alias(_) => now + 1,
            By::Declared => i64::from(row.m),
        };
        if open.as_ref().is_some_and(|o| o.id != id) {
            close(case, &mut open, now, &mut expected);
        }
        let open = open.get_or_insert(Open {
            id,
            since: now,
            tuples: Vec::new(),
        });
        let tuple = case.tuple(row);
        if !open.tuples.contains(&tuple) {
            open.tuples.push(tuple);
        }
    }
    close(case, &mut open, input.last(), &mut expected);
    expected
}

fn close(case: &Case, open: &mut Option<Open>, now: i64, expected: &mut Expected) {
    let Some(Open { id, since, tuples }) = open.take() else {
        return;
    };
    let (rowtime, t, w) = match case.by {
        By::Step(w) => (id, id, text(Some(&time(id - w)))),
        By::Instant => (id, since, "null".to_owned()),
        By::Alias(w) => (id, since, text(Some(&time(since - since.rem_euclid(w))))),
        By::Declared => (now, now, id.to_string()),
    };
    for (k, g, n, v8, q) in tuples {
        expected.rows.push(format!(
            "O {} {{\"T\":\"{}\",\"W\":{w},\"K\":{},\"G\":{},\"N\":{},\"V\":{},\"Q\":{}}}",
            time(rowtime),
            time(t),
            text(k),
            json(g),
            json(n),
            json(v8.map(eighths)),
            json(q),
        ));
    }
}

#[test]
fn distinct_rows_are_what_the_naive_reading_says() {
    seeds::check_all(&SAVED_SEEDS, 30, |seed| {
        let case = case(seed);
        check(seed, &case.sql(), &case.input.events(), Some(&oracle(&case)))
    });
}
