//! Joins against a naive reading of `windows-and-time.md` §6.1: every left row beside every right one.
//!
//! The oracle shares no code with the engine: it looks at all pairs, asks of each whether both rows were in their
//! windows when the later one came, and sorts what leaves. It would miss an error that both make in the meaning of
//! the rule; it catches edges, ties, keys, lost and doubled rows, rows that leave alone too early or although they met
//! somebody, bounds that promise too much, and any dependence on how the input is cut.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, StringViewArray};
use fastrand::Rng;
use rowtime_tests::cuts::{every_cut, same_rows};
use rowtime_tests::drive::{Event, Outcome, application};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

const START: i64 = 1_541_030_400_000;

#[derive(Debug, Clone, Copy)]
struct Row {
    t: i64,
    /// Which input it goes to, unless a stream is joined with itself.
    right: bool,
    i: i32,
    k: Option<&'static str>,
    g: Option<i32>,
    n: Option<i32>,
    d: i32,
    /// 0 fails before the join.
    e: i32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Window {
    None,
    Range(i64),
    Rows(usize),
    Unbounded,
    Following(i64),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Inner,
    /// The condition stands in WHERE.
    Comma,
    Left,
    Right,
    Full,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Condition {
    Key,
    TwoKeys,
    /// CHAR against VARCHAR.
    PaddedKey,
    /// INTEGER against BIGINT.
    WideKey,
    KeyAndLess,
    KeyAndDivision,
    DivisionAndKey,
    Less,
    OnlyTrue,
    Time,
}

#[derive(Debug, Clone)]
struct Case {
    kind: Kind,
    windows: [Window; 2],
    condition: Condition,
    with_itself: bool,
    rows: Vec<Row>,
    /// (after how many rows, clock).
    advances: Vec<(usize, i64)>,
}

fn case(kind: Kind, seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let mut window = || match rng.u8(0..8) {
        0 | 1 => Window::None,
        2 => Window::Range([0, 1, 999][rng.usize(0..3)]),
        3 | 4 => Window::Range([1_000, 5_000, 60_000, 3_600_000][rng.usize(0..4)]),
        5 | 6 => Window::Rows([0, 1, 2, 5][rng.usize(0..4)]),
        _ => Window::Unbounded,
    };
    let mut windows = [window(), window()];
    if rng.u8(0..6) == 0 {
        windows = [Window::None, Window::Following([0, 999, 5_000][rng.usize(0..3)])];
        if rng.bool() {
            windows.reverse();
        }
    }
    let condition = [
        Condition::Key,
        Condition::Key,
        Condition::TwoKeys,
        Condition::PaddedKey,
        Condition::WideKey,
        Condition::KeyAndLess,
        Condition::KeyAndDivision,
        Condition::KeyAndDivision,
        Condition::DivisionAndKey,
        Condition::Less,
        Condition::OnlyTrue,
        Condition::Time,
    ][rng.usize(0..12)];
    let mut t = START;
    let lopsided = rng.bool();
    let rows: Vec<Row> = (0..rng.i32(0..70))
        .map(|i| {
            // Four rows in ten share the ROWTIME of the row before; some stand a window away, some after a gap.
            match rng.u8(0..20) {
                0..8 => {}
                8..12 => t += [1, 999, 1_000, 5_000][rng.usize(0..4)],
                12 => t += 60_000,
                13 => t += rng.i64(100_000..9_000_000),
                _ => t += rng.i64(1..3_000),
            }
            Row {
                t,
                right: if lopsided { rng.u8(0..5) == 0 } else { rng.bool() },
                i,
                k: [None, Some("a"), Some("b"), Some("a longer key than twelve bytes")][rng.usize(0..4)],
                g: [None, Some(0), Some(1)][rng.usize(0..3)],
                n: (rng.u8(0..8) > 0).then(|| rng.i32(-5..5)),
                d: i32::from(rng.u8(0..3) > 0) * rng.i32(1..4),
                e: i32::from(rng.u8(0..12) > 0),
            }
        })
        .collect();
    let mut advances: Vec<(usize, i64)> = (0..rng.usize(0..3))
        .filter_map(|_| {
            let after = rng.usize(0..=rows.len());
            let from = if after == 0 { START } else { rows[after - 1].t };
            let to = rows.get(after).map_or(from + 120_000, |r| r.t);
            (from <= to).then(|| (after, rng.i64(from..=to)))
        })
        .collect();
    if rng.bool() {
        // The clock goes on behind the last row.
        advances.push((rows.len(), t.max(START) + rng.i64(0..120_000)));
    }
    advances.sort_unstable();
    Case {
        kind,
        windows,
        condition,
        with_itself: rng.u8(0..5) == 0,
        rows,
        advances,
    }
}

impl Window {
    fn sql(self) -> String {
        match self {
            Window::None => String::new(),
            Window::Range(ms) => format!("OVER (RANGE {} PRECEDING)", interval(ms)),
            Window::Following(ms) => format!("OVER (RANGE {} FOLLOWING)", interval(ms)),
            Window::Rows(n) => format!("OVER (ROWS {n} PRECEDING)"),
            Window::Unbounded => "OVER (RANGE UNBOUNDED PRECEDING)".to_owned(),
        }
    }
}

fn interval(ms: i64) -> String {
    format!("INTERVAL '{}.{:03}' SECOND(4,3)", ms / 1_000, ms % 1_000)
}

const COLUMNS: &str = "i INTEGER, k VARCHAR(40), c CHAR(40), g INTEGER, w BIGINT, n INTEGER, d INTEGER";

impl Case {
    fn sql(&self) -> String {
        let condition = match self.condition {
            Condition::Key => "A.k = B.k",
            Condition::TwoKeys => "B.g = A.g AND A.k = B.k",
            Condition::PaddedKey => "A.c = B.k",
            Condition::WideKey => "A.g = B.w",
            Condition::KeyAndLess => "A.k = B.k AND A.n < B.n",
            Condition::KeyAndDivision => "A.k = B.k AND 10 / B.d > A.n",
            Condition::DivisionAndKey => "10 / B.d > 3 AND A.k = B.k",
            Condition::Less => "A.n < B.n",
            Condition::OnlyTrue => "TRUE",
            Condition::Time => "A.g = B.g AND A.ROWTIME < B.ROWTIME AND ROWTIME = B.ROWTIME",
        };
        let [a, b] = if self.with_itself { ["M", "M"] } else { ["L", "R"] };
        let (a, b) = (
            format!("{a} {} AS A", self.windows[0].sql()),
            format!("{b} {} AS B", self.windows[1].sql()),
        );
        let from = match self.kind {
            Kind::Comma => format!("{a}, {b} WHERE {condition}"),
            Kind::Inner => format!("{a} JOIN {b} ON {condition}"),
            Kind::Left => format!("{a} LEFT JOIN {b} ON {condition}"),
            Kind::Right => format!("{a} RIGHT JOIN {b} ON {condition}"),
            Kind::Full => format!("{a} FULL JOIN {b} ON {condition}"),
        };
        let pump = |name: &str, rest: &str| {
            format!(
                "CREATE STREAM {name} ({COLUMNS});\nCREATE PUMP P{name} AS INSERT INTO {name} \
                 SELECT STREAM i, k, k, g, g, n, d / e FROM S {rest};\n"
            )
        };
        format!(
            "CREATE STREAM S (side INTEGER, i INTEGER, k VARCHAR(40), g INTEGER, n INTEGER, d INTEGER, e INTEGER);\n\
             {}{}{}\
             CREATE STREAM O (a INTEGER, b INTEGER, at TIMESTAMP, bt TIMESTAMP);\n\
             CREATE PUMP J AS INSERT INTO O SELECT STREAM A.i, B.i, A.ROWTIME, B.ROWTIME FROM {from};\n\
             CREATE STREAM W (n BIGINT);\n\
             CREATE PUMP C AS INSERT INTO W SELECT STREAM COUNT(*) FROM O GROUP BY STEP(O.ROWTIME BY INTERVAL '10' SECOND);\n",
            pump("M", ""),
            pump("L", "WHERE side = 0"),
            pump("R", "WHERE side = 1"),
        )
    }

    fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        let mut from = 0;
        for &(after, to) in &self.advances {
            events.push(rows_event(&self.rows[from..after]));
            events.push(Event::Advance(to));
            from = after;
        }
        events.push(rows_event(&self.rows[from..]));
        events
    }
}

fn rows_event(rows: &[Row]) -> Event {
    let ints = |f: fn(&Row) -> Option<i32>| Arc::new(rows.iter().map(f).collect::<Int32Array>()) as ArrayRef;
    let columns: Vec<ArrayRef> = vec![
        ints(|r| Some(i32::from(r.right))),
        ints(|r| Some(r.i)),
        Arc::new(rows.iter().map(|r| r.k).collect::<StringViewArray>()),
        ints(|r| r.g),
        ints(|r| r.n),
        ints(|r| Some(r.d)),
        ints(|r| Some(r.e)),
    ];
    Event::Rows {
        rowtimes: rows.iter().map(|r| r.t).collect(),
        columns,
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    True,
    Other,
    Fails,
}

/// `None` is UNKNOWN.
type Truth = Option<bool>;

fn equal<T: PartialEq>(a: Option<T>, b: Option<T>) -> Truth {
    Some(a? == b?)
}

fn verdict(case: &Case, l: &Row, r: &Row, now: i64) -> Verdict {
    // Left to right; FALSE decides. Of a join's ON an equality that lets rows find each other decides also when it is
    // UNKNOWN.
    let keys_decide = case.kind != Kind::Comma;
    let division = |than: Option<i32>| {
        if r.d == 0 {
            Err(())
        } else {
            Ok(than.map(|than| 10 / r.d > than))
        }
    };
    let less = || Some(l.n? < r.n?);
    let truths: Vec<Box<dyn Fn() -> Result<Truth, ()>>> = match case.condition {
        Condition::Key | Condition::PaddedKey => vec![Box::new(|| Ok(equal(l.k, r.k)))],
        Condition::TwoKeys => vec![Box::new(|| Ok(equal(l.g, r.g))), Box::new(|| Ok(equal(l.k, r.k)))],
        Condition::WideKey => vec![Box::new(|| Ok(equal(l.g, r.g)))],
        Condition::KeyAndLess => vec![Box::new(|| Ok(equal(l.k, r.k))), Box::new(|| Ok(less()))],
        Condition::KeyAndDivision => vec![Box::new(|| Ok(equal(l.k, r.k))), Box::new(|| division(l.n))],
        Condition::DivisionAndKey => vec![Box::new(|| division(Some(3))), Box::new(|| Ok(equal(l.k, r.k)))],
        Condition::Less => vec![Box::new(|| Ok(less()))],
        Condition::OnlyTrue => vec![],
        Condition::Time => vec![
            Box::new(|| Ok(equal(l.g, r.g))),
            Box::new(|| Ok(Some(l.t < r.t))),
            Box::new(|| Ok(Some(now == r.t))),
        ],
    };
    let mut all = Verdict::True;
    for (i, truth) in truths.iter().enumerate() {
        match truth() {
            Err(()) => return Verdict::Fails,
            Ok(Some(true)) => {}
            Ok(Some(false)) => return Verdict::Other,
            Ok(None) if keys_decide && i == 0 => return Verdict::Other,
            Ok(None) => all = Verdict::Other,
        }
    }
    all
}

/// What the oracle expects.
struct Expected {
    rows: Vec<String>,
    /// ROWTIMEs of failing pairs, in order.
    failing: Vec<i64>,
    failed_before: usize,
    windows: Vec<String>,
}

/// A row that leaves, with what it is sorted by: its time, whether it is a closing, a pair or given up at the end,
/// then the row by which it leaves and the other.
type Leaving = ((i64, u8, usize, usize), Option<(Option<Row>, Option<Row>)>);

fn oracle(case: &Case) -> Expected {
    let good: Vec<Row> = case.rows.iter().copied().filter(|r| r.e != 0).collect();
    let is = |right: bool| {
        good.iter()
            .copied()
            .filter(move |r| case.with_itself || r.right == right)
    };
    let sides: [Vec<Row>; 2] = [is(false).collect(), is(true).collect()];
    // The turn of every row: by time, the left ones first. A row that may meet later ones waits for those.
    let following = |s: usize| match case.windows[s] {
        Window::Following(w) => Some(w),
        _ => None,
    };
    let mut turns: Vec<(i64, usize, usize)> = Vec::new();
    for (s, rows) in sides.iter().enumerate() {
        let delay = following(1 - s).unwrap_or(0);
        turns.extend(rows.iter().enumerate().map(|(i, r)| (r.t + delay, s, i)));
    }
    turns.sort_unstable();
    let mut place = [vec![0; sides[0].len()], vec![0; sides[1].len()]];
    for (at, (_, s, i)) in turns.iter().enumerate() {
        place[*s][*i] = at;
    }
    let turn = |s: usize, i: usize| place[s][i];
    // Whether row i of side s is still in its window at this turn.
    let waits = |s: usize, i: usize, at: usize| match case.windows[s] {
        Window::None => sides[s][i].t + following(1 - s).unwrap_or(0) == turns[at].0,
        Window::Range(w) => turns[at].0 - sides[s][i].t <= w,
        Window::Rows(n) => {
            let since = turns[turn(s, i) + 1..at].iter().filter(|x| x.1 == s).count();
            since <= n
        }
        Window::Unbounded => true,
        // The other row stands without a window.
        Window::Following(w) => (0..=w).contains(&(sides[s][i].t - (turns[at].0 - w))),
    };
    let mut leaving: Vec<Leaving> = Vec::new();
    let mut matched = [vec![false; sides[0].len()], vec![false; sides[1].len()]];
    for (i, l) in sides[0].iter().enumerate() {
        for (j, r) in sides[1].iter().enumerate() {
            let (lt, rt) = (turn(0, i), turn(1, j));
            let (later, partner, in_time) = if lt > rt {
                (lt, j, waits(1, j, lt))
            } else {
                (rt, i, waits(0, i, rt))
            };
            if !in_time {
                continue;
            }
            let now = match (following(0), following(1)) {
                (Some(_), _) => r.t,
                (_, Some(_)) => l.t,
                _ => l.t.max(r.t),
            };
            let pair = match verdict(case, l, r, now) {
                Verdict::Other => continue,
                Verdict::Fails => None,
                Verdict::True => Some((Some(*l), Some(*r))),
            };
            if pair.is_some() {
                matched[0][i] = true;
                matched[1][j] = true;
            }
            leaving.push(((now, 1, later, partner), pair));
        }
    }
    alone(case, &sides, &matched, &mut leaving);
    leaving.sort_by_key(|(place, _)| *place);
    let failing = leaving
        .iter()
        .filter(|(_, pair)| pair.is_none())
        .map(|(p, _)| p.0);
    let failing = failing.collect();
    let rows: Vec<(i64, String)> = leaving
        .iter()
        .filter_map(|(place, pair)| pair.as_ref().map(|(l, r)| (place.0, line(place.0, *l, *r))))
        .collect();
    let mut windows: Vec<(i64, u32)> = Vec::new();
    for (t, _) in &rows {
        let end = t - t.rem_euclid(10_000) + 10_000;
        match windows.last_mut() {
            Some((of, n)) if *of == end => *n += 1,
            _ => windows.push((end, 1)),
        }
    }
    let failed_before = |right: Option<bool>| {
        let failed = case.rows.iter().filter(|r| r.e == 0);
        failed
            .filter(|r| right.is_none_or(|right| r.right == right))
            .count()
    };
    Expected {
        rows: rows.into_iter().map(|(_, line)| line).collect(),
        failing,
        // In M, and in L or R.
        failed_before: failed_before(None) + failed_before(Some(false)) + failed_before(Some(true)),
        windows: windows
            .into_iter()
            .map(|(end, n)| format!("W {} {{\"N\":{n}}}", time(end)))
            .collect(),
    }
}

/// Rows that leave without a partner.
fn alone(case: &Case, sides: &[Vec<Row>; 2], matched: &[Vec<bool>; 2], leaving: &mut Vec<Leaving>) {
    let keeps = [
        matches!(case.kind, Kind::Left | Kind::Full),
        matches!(case.kind, Kind::Right | Kind::Full),
    ];
    let mut given_up = Vec::new();
    for s in [0, 1] {
        for (i, row) in sides[s].iter().enumerate() {
            if !keeps[s] || matched[s][i] {
                continue;
            }
            let at = match case.windows[s] {
                Window::None | Window::Following(_) => Some(row.t),
                Window::Range(w) => Some(row.t + w),
                Window::Rows(n) => sides[s].get(i + n + 1).map(|pusher| pusher.t),
                Window::Unbounded => None,
            };
            let row = if s == 0 {
                (Some(*row), None)
            } else {
                (None, Some(*row))
            };
            match at {
                Some(at) => leaving.push(((at, 0, s, i), Some(row))),
                None => given_up.push((s, i, row)),
            }
        }
    }
    // What only the end sends out carries the last instant: of a row, or of one that had left before the end.
    let clock = case
        .rows
        .iter()
        .map(|r| r.t)
        .chain(case.advances.iter().map(|a| a.1))
        .max();
    let last = sides.iter().flatten().map(|r| r.t);
    let left = leaving
        .iter()
        .map(|(place, _)| place.0)
        .filter(|at| Some(*at) < clock);
    let end = last.chain(left).max().unwrap_or(START);
    for (s, i, row) in given_up {
        leaving.push(((end, 2, s, i), Some(row)));
    }
}

fn line(rowtime: i64, l: Option<Row>, r: Option<Row>) -> String {
    let number = |row: Option<Row>| row.map_or("null".to_owned(), |r| r.i.to_string());
    let at = |row: Option<Row>| row.map_or("null".to_owned(), |r| format!("\"{}\"", time(r.t)));
    format!(
        "O {} {{\"A\":{},\"B\":{},\"AT\":{},\"BT\":{}}}",
        time(rowtime),
        number(l),
        number(r),
        at(l),
        at(r)
    )
}

fn time(ms: i64) -> String {
    // November 2018 only.
    let since = ms - START;
    let (day, rest) = (since.div_euclid(86_400_000) + 1, since.rem_euclid(86_400_000));
    format!(
        "2018-11-{day:02} {:02}:{:02}:{:02}.{:03}",
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1_000 % 60,
        rest % 1_000
    )
}

fn check(kind: Kind, seed: u64) -> Result<(), String> {
    let case = case(kind, seed);
    let sql = case.sql();
    let expected = oracle(&case);
    every_cut(&application(&sql), &case.events(), |outcome| {
        compare(outcome, &expected)
    })
    .map_err(|error| format!("seed {seed}, {error}\n{sql}\n{case:#?}"))
}

fn compare(outcome: &Outcome, expected: &Expected) -> Result<(), String> {
    same_rows(outcome, "O", &expected.rows)?;
    same_rows(outcome, "W", &expected.windows)?;
    let (failing, before): (Vec<String>, Vec<String>) =
        outcome.errors.iter().cloned().partition(|e| e.ends_with(" J"));
    let wanted: Vec<String> = expected
        .failing
        .iter()
        .map(|t| format!("{} Division by zero J", time(*t)))
        .collect();
    if failing != wanted || before.len() != expected.failed_before {
        return Err(format!(
            "errors\nexpected {wanted:#?} and {}\ngot {:#?}",
            expected.failed_before, outcome.errors
        ));
    }
    Ok(())
}

fn check_all(kind: Kind) {
    seeds::check_all(&SAVED_SEEDS, 25, |seed| check(kind, seed));
}

#[test]
fn inner_joins_are_what_the_naive_reading_says() {
    check_all(Kind::Inner);
}

#[test]
fn joins_by_comma_are_what_the_naive_reading_says() {
    check_all(Kind::Comma);
}

#[test]
fn left_joins_are_what_the_naive_reading_says() {
    check_all(Kind::Left);
}

#[test]
fn right_joins_are_what_the_naive_reading_says() {
    check_all(Kind::Right);
}

#[test]
fn full_joins_are_what_the_naive_reading_says() {
    check_all(Kind::Full);
}
