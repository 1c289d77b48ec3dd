//! Stagger windows against a naive reading of `windows-and-time.md` §5, row by row.
//!
//! The oracle shares no code with the engine: it looks at every open window for every row, keeps the rows themselves and
//! adds in integers. It catches edges, keys that are not forgotten, an order of closing other than that of opening, lost
//! and doubled rows, and any dependence on how the input is cut.

use fastrand::Rng;
use rowtime_tests::cuts::{Expected, check};
use rowtime_tests::rows::{COLUMNS, Happening, Input, Row, eighths, json, text, time};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Restamp {
    /// ROWTIME as it is.
    None,
    /// A first pump says `at AS ROWTIME`, which promises nothing.
    Before,
    /// The window says `MIN(s.ROWTIME) AS ROWTIME`.
    First,
    /// The window says `MAX(s.ROWTIME) AS ROWTIME`.
    Last,
    /// The window says `MAX(s.at) AS ROWTIME`, which promises nothing.
    Event,
}

#[derive(Debug, Clone)]
struct Case {
    length_ms: i64,
    by_k: bool,
    by_g: bool,
    by_at: bool,
    filter: bool,
    having: bool,
    restamp: Restamp,
    input: Input,
}

fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let by = rng.u8(1..8);
    Case {
        length_ms: [1, 1_000, 7_000, 60_000, 3_600_000][rng.usize(0..5)],
        by_k: by & 1 > 0,
        by_g: by & 2 > 0,
        by_at: by & 4 > 0,
        filter: rng.bool(),
        having: rng.u8(0..3) == 0,
        restamp: match rng.u8(0..8) {
            0 | 1 => Restamp::Before,
            2 => Restamp::First,
            3 => Restamp::Last,
            4 | 5 => Restamp::Event,
            _ => Restamp::None,
        },
        input: Input::random(&mut rng, 120),
    }
}

impl Case {
    fn sql(&self) -> String {
        let key = |wanted: bool, key: &str, ty: &str| {
            if wanted {
                (key.to_owned(), Some(key.to_owned()))
            } else {
                (format!("CAST(NULL AS {ty})"), None)
            }
        };
        let keys = [
            key(self.by_k, "s.k", "VARCHAR(40)"),
            key(self.by_g, "s.g", "INTEGER"),
            key(self.by_at, "FLOOR(s.at TO MINUTE)", "TIMESTAMP"),
        ];
        let selected: Vec<&str> = keys.iter().map(|(item, _)| item.as_str()).collect();
        let by: Vec<&str> = keys.iter().filter_map(|(_, by)| by.as_deref()).collect();
        let (source, first) = match self.restamp {
            Restamp::Before => (
                "MIDDLE",
                format!(
                    "CREATE STREAM MIDDLE {COLUMNS};\nCREATE PUMP R AS INSERT INTO MIDDLE SELECT STREAM k, g, n, v, d, at, m, at AS ROWTIME FROM S;\n"
                ),
            ),
            _ => ("S", String::new()),
        };
        let rowtime = match self.restamp {
            Restamp::First => ", MIN(s.ROWTIME) AS ROWTIME",
            Restamp::Last => ", MAX(s.ROWTIME) AS ROWTIME",
            Restamp::Event => ", MAX(s.at) AS ROWTIME",
            _ => "",
        };
        format!(
            "CREATE STREAM S {COLUMNS};\n{first}\
             CREATE STREAM O (k VARCHAR(40), g INTEGER, at TIMESTAMP, c BIGINT, cv BIGINT, q INTEGER, sv DOUBLE, hi INTEGER, f INTEGER, l DOUBLE);\n\
             CREATE PUMP P AS INSERT INTO O SELECT STREAM {}, COUNT(*), COUNT(s.v), SUM(60 / s.d), SUM(s.v), MAX(s.n), FIRST_VALUE(s.n), LAST_VALUE(s.v){rowtime} FROM {source} AS s {} WINDOWED BY STAGGER (PARTITION BY {} RANGE INTERVAL '{}.{:03}' SECOND(4,3)) {};\n",
            selected.join(", "),
            if self.filter { "WHERE s.n <> 3" } else { "" },
            by.join(", "),
            self.length_ms / 1_000,
            self.length_ms % 1_000,
            if self.having { "HAVING COUNT(*) > 1" } else { "" },
        )
    }

    fn key(&self, row: &Row) -> Key {
        (
            row.k.filter(|_| self.by_k),
            row.g.filter(|_| self.by_g),
            self.by_at.then(|| row.at.div_euclid(60_000) * 60_000),
        )
    }
}

type Key = (Option<&'static str>, Option<i32>, Option<i64>);

struct Open {
    since: i64,
    key: Key,
    rows: Vec<Row>,
}

fn oracle(case: &Case) -> Expected {
    let (input, late) = match case.restamp {
        Restamp::Before => case.input.restamped(),
        _ => (case.input.clone(), 0),
    };
    let mut expected = Expected {
        late,
        ..Expected::default()
    };
    let mut open: Vec<Open> = Vec::new();
    let mut out = Out {
        last: i64::MIN,
        end: i64::MIN,
        end_before: i64::MIN,
    };
    for happening in input.happenings() {
        while open
            .first()
            .is_some_and(|w| w.since + case.length_ms <= happening.time())
        {
            close(case, open.remove(0), &mut out, &mut expected);
        }
        let Happening::Row(row) = happening else { continue };
        if case.filter && row.n.is_none_or(|n| n == 3) {
            continue;
        }
        if row.d == 0 {
            expected.failed += 1;
            continue;
        }
        let key = case.key(row);
        match open.iter_mut().find(|w| w.key == key) {
            Some(window) => window.rows.push(row.clone()),
            None => open.push(Open {
                since: row.t,
                key,
                rows: vec![row.clone()],
            }),
        }
    }
    for window in open {
        close(case, window, &mut out, &mut expected);
    }
    expected
}

/// What a window that leaves is held against.
struct Out {
    /// The last ROWTIME given out.
    last: i64,
    /// The end of the last window that left, and the last one that was another.
    end: i64,
    end_before: i64,
}

fn close(case: &Case, window: Open, out: &mut Out, expected: &mut Expected) {
    let Open { since, key, rows } = window;
    if case.having && rows.len() < 2 {
        return;
    }
    let end = since + case.length_ms;
    if end != out.end {
        (out.end_before, out.end) = (out.end, end);
    }
    let rowtime = match case.restamp {
        Restamp::First => rows[0].t,
        Restamp::Last => rows[rows.len() - 1].t,
        Restamp::Event => rows.iter().map(|r| r.at).max().unwrap_or(i64::MIN),
        _ => end,
    };
    if rowtime < out.last || case.restamp == Restamp::Event && rowtime < out.end_before {
        expected.late += 1;
        return;
    }
    out.last = rowtime;
    let vs: Vec<i64> = rows.iter().filter_map(|r| r.v8).collect();
    expected.rows.push(format!(
        "O {} {{\"K\":{},\"G\":{},\"AT\":{},\"C\":{},\"CV\":{},\"Q\":{},\"SV\":{},\"HI\":{},\"F\":{},\"L\":{}}}",
        time(rowtime),
        text(key.0),
        json(key.1),
        text(key.2.map(time).as_deref()),
        rows.len(),
        vs.len(),
        rows.iter().map(|r| 60 / r.d).sum::<i32>(),
        json((!vs.is_empty()).then(|| eighths(vs.iter().sum()))),
        json(rows.iter().filter_map(|r| r.n).max()),
        json(rows[0].n),
        json(rows[rows.len() - 1].v8.map(eighths)),
    ));
}

#[test]
fn stagger_windows_are_what_the_naive_reading_says() {
    seeds::check_all(&SAVED_SEEDS, 30, |seed| {
        let case = case(seed);
        check(seed, &case.sql(), &case.input.events(), Some(&oracle(&case)))
    });
}
