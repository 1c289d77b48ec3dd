//! Joins with reference tables against a naive reading of `windows-and-time.md` §6.3: every row of the stream beside every
//! row of the table, and three-valued AND from left to right.
//!
//! The oracle shares no code with the engine: no hashing, no batches, own text of rows. It catches lost, doubled and
//! disordered pairs, NULLs that match, rows of LEFT JOIN that vanish or come twice, row errors that come or go, and any
//! dependence on how the input is cut or restored.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, StringViewArray};
use fastrand::Rng;
use rowtime_engine::dataflow::TableContents;
use rowtime_engine::plan::{Application, Field, ReferenceTable};
use rowtime_engine::types::SqlType;
use rowtime_tests::cuts::{every_cut, same_rows};
use rowtime_tests::drive::{Event, Outcome, application_with};
use rowtime_tests::rows::{START, json, text, time};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

type Text = Option<&'static str>;

/// A row of S: K VARCHAR(4), N INTEGER, D INTEGER, V DOUBLE.
#[derive(Debug, Clone)]
struct Row {
    t: i64,
    k: Text,
    n: Option<i32>,
    d: i32,
    v: Option<f64>,
}

/// A row of T: K CHAR(4) or VARCHAR(4), N INTEGER, BIGINT or DOUBLE, X INTEGER, V DOUBLE, NAME VARCHAR(8).
#[derive(Debug, Clone)]
struct Partner {
    k: Text,
    n: Option<i32>,
    x: i32,
    v: Option<f64>,
    name: Text,
}

/// A row of U: NAME VARCHAR(8), Z INTEGER.
type Second = (Text, i32);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Join,
    LeftJoin,
    TableFirst,
    RightJoin,
    Comma,
    Cross,
}

impl Form {
    fn keeps_unmatched(self) -> bool {
        matches!(self, Self::LeftJoin | Self::RightJoin)
    }
}

/// A part of the condition.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    /// s.k = t.k
    Key,
    /// s.n = t.n
    Number,
    /// s.v = t.v
    Float,
    /// t.n < s.n
    Less,
    /// t.x / s.d > 0, which fails where d is 0.
    Quotient,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Where {
    Nothing,
    /// t.name <> 'n1'
    Other,
    /// t.name IS NULL
    NoName,
    /// s.n > 0
    Positive,
}

#[derive(Debug, Clone)]
enum What {
    Rows(Vec<Row>),
    Advance(i64),
    Table(Vec<Partner>),
    Second(Vec<Second>),
}

#[derive(Debug, Clone)]
struct Case {
    form: Form,
    parts: Vec<Part>,
    filter: Where,
    /// A join with U behind it: inner or left.
    second: Option<bool>,
    key: SqlType,
    number: SqlType,
    events: Vec<What>,
}

fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let form = [
        Form::Join,
        Form::LeftJoin,
        Form::LeftJoin,
        Form::TableFirst,
        Form::RightJoin,
        Form::Comma,
        Form::Cross,
    ][rng.usize(0..7)];
    let mut parts = Vec::new();
    if form != Form::Cross {
        let all = [Part::Key, Part::Number, Part::Float, Part::Less, Part::Quotient];
        parts.extend(all.into_iter().filter(|_| rng.u8(0..3) == 0));
        if parts.is_empty() {
            parts.push(all[rng.usize(0..5)]);
        }
        rng.shuffle(&mut parts);
    }
    // A table of many rows with one key gives more pairs than a batch holds.
    let many = rng.u8(0..25) == 0;
    let mut events = vec![What::Table(partners(&mut rng, many))];
    let mut t = START;
    for _ in 0..rng.usize(1..6) {
        let rows = (0..rng.usize(0..if many { 3 } else { 20 })).map(|_| {
            t += [0, 0, 0, 1, 1_000, 70_000][rng.usize(0..6)];
            Row {
                t,
                k: KEYS[rng.usize(0..KEYS.len())],
                n: (rng.u8(0..6) > 0).then(|| rng.i32(-2..4)),
                d: rng.i32(0..4),
                v: FLOATS[rng.usize(0..FLOATS.len())],
            }
        });
        events.push(What::Rows(rows.collect()));
        events.push(match rng.u8(0..4) {
            0 => What::Table(partners(&mut rng, false)),
            1 => What::Second(seconds(&mut rng)),
            2 => What::Advance(t),
            _ => {
                t += 1;
                What::Advance(t)
            }
        });
    }
    Case {
        form,
        parts,
        filter: [
            Where::Nothing,
            Where::Nothing,
            Where::Other,
            Where::NoName,
            Where::Positive,
        ][rng.usize(0..5)],
        second: (form != Form::Comma && !many && rng.u8(0..3) == 0).then(|| rng.bool()),
        key: [SqlType::Char(4), SqlType::Varchar(4)][rng.usize(0..2)],
        number: [SqlType::Integer, SqlType::BigInt, SqlType::Double][rng.usize(0..3)],
        events,
    }
}

const KEYS: [Text; 5] = [None, Some("a"), Some("a "), Some("bb"), Some("")];
const FLOATS: [Option<f64>; 5] = [None, Some(0.0), Some(-0.0), Some(1.5), Some(-7.0)];
const NAMES: [Text; 5] = [None, Some("n1"), Some("n2"), Some("n3"), Some("n4")];

fn partners(rng: &mut Rng, many: bool) -> Vec<Partner> {
    let count = if many {
        rng.usize(8_000..9_000)
    } else {
        rng.usize(0..12)
    };
    let partner = |_| Partner {
        k: if many {
            Some("a")
        } else {
            KEYS[rng.usize(0..KEYS.len())]
        },
        n: (rng.u8(0..6) > 0).then(|| rng.i32(-2..4)),
        x: rng.i32(0..4),
        v: FLOATS[rng.usize(0..FLOATS.len())],
        name: NAMES[rng.usize(0..NAMES.len())],
    };
    (0..count).map(partner).collect()
}

fn seconds(rng: &mut Rng) -> Vec<Second> {
    let count = rng.usize(0..6);
    let second = |_| (NAMES[rng.usize(0..NAMES.len())], rng.i32(0..9));
    (0..count).map(second).collect()
}

impl Case {
    fn sql(&self) -> String {
        let mut condition: Vec<&str> = self
            .parts
            .iter()
            .map(|part| match part {
                Part::Key => "s.k = t.k",
                Part::Number => "t.n = s.n",
                Part::Float => "s.v = t.v",
                Part::Less => "t.n < s.n",
                Part::Quotient => "t.x / s.d > 0",
            })
            .collect();
        let filter = match self.filter {
            Where::Nothing => None,
            Where::Other => Some("t.name <> 'n1'"),
            Where::NoName => Some("t.name IS NULL"),
            Where::Positive => Some("s.n > 0"),
        };
        if self.form == Form::Comma {
            condition.extend(filter);
        }
        let on = condition.join(" AND ");
        let mut from = match self.form {
            Form::Join => format!("S AS s JOIN T AS t ON {on}"),
            Form::LeftJoin => format!("S AS s LEFT JOIN T AS t ON {on}"),
            Form::TableFirst => format!("T AS t JOIN S AS s ON {on}"),
            Form::RightJoin => format!("T AS t RIGHT JOIN S AS s ON {on}"),
            Form::Comma => format!("S AS s, T AS t WHERE {on}"),
            Form::Cross => "S AS s CROSS JOIN T AS t".to_owned(),
        };
        if let Some(left) = self.second {
            let _ = write!(
                from,
                " {} JOIN U AS u ON t.name = u.name",
                if left { "LEFT" } else { "INNER" }
            );
        }
        if let Some(filter) = filter.filter(|_| self.form != Form::Comma) {
            let _ = write!(from, " WHERE {filter}");
        }
        let z = if self.second.is_some() {
            "u.z"
        } else {
            "CAST(NULL AS INTEGER)"
        };
        format!(
            "CREATE STREAM S (k VARCHAR(4), n INTEGER, d INTEGER, v DOUBLE);
             CREATE STREAM O (k VARCHAR(4), n INTEGER, name VARCHAR(8), x INTEGER, q INTEGER, z INTEGER);
             CREATE PUMP P AS INSERT INTO O SELECT STREAM s.k, s.n, t.name, t.x, 60 / t.x, {z} FROM {from};"
        )
    }

    fn application(&self) -> Application {
        let field = |(name, ty): (&str, SqlType)| Field {
            name: name.to_owned(),
            ty,
            not_null: false,
        };
        let table = |name: &str, fields: &[(&str, SqlType)]| ReferenceTable {
            name: name.to_owned(),
            fields: fields.iter().copied().map(field).collect(),
        };
        let t = [
            ("K", self.key),
            ("N", self.number),
            ("X", SqlType::Integer),
            ("V", SqlType::Double),
            ("NAME", SqlType::Varchar(8)),
        ];
        let mut tables = vec![table("T", &t)];
        if self.second.is_some() {
            tables.push(table(
                "U",
                &[("NAME", SqlType::Varchar(8)), ("Z", SqlType::Integer)],
            ));
        }
        application_with(&self.sql(), tables)
    }

    fn events(&self, app: &Application) -> Vec<Event> {
        let id = |name: &str| app.tables.iter().position(|t| t.name == name);
        let event = |what: &What| match what {
            What::Rows(rows) => Some(rows_event(rows)),
            What::Advance(ms) => Some(Event::Advance(*ms)),
            What::Table(rows) => Some(Event::Table(id("T")?, self.table(rows))),
            What::Second(rows) => Some(Event::Table(
                id("U")?,
                TableContents {
                    columns: vec![
                        Arc::new(rows.iter().map(|r| r.0).collect::<StringViewArray>()),
                        Arc::new(rows.iter().map(|r| Some(r.1)).collect::<Int32Array>()),
                    ],
                    rows: rows.len(),
                },
            )),
        };
        self.events.iter().filter_map(event).collect()
    }

    fn table(&self, rows: &[Partner]) -> TableContents {
        let text = |k: &str| match self.key {
            SqlType::Char(n) => format!("{k:width$}", width = n as usize),
            _ => k.to_owned(),
        };
        let numbers = rows.iter().map(|r| r.n);
        let number: ArrayRef = match self.number {
            SqlType::Integer => Arc::new(numbers.collect::<Int32Array>()),
            SqlType::BigInt => Arc::new(numbers.map(|n| n.map(i64::from)).collect::<Int64Array>()),
            _ => Arc::new(numbers.map(|n| n.map(f64::from)).collect::<Float64Array>()),
        };
        TableContents {
            columns: vec![
                Arc::new(rows.iter().map(|r| r.k.map(text)).collect::<StringViewArray>()),
                number,
                Arc::new(rows.iter().map(|r| Some(r.x)).collect::<Int32Array>()),
                Arc::new(rows.iter().map(|r| r.v).collect::<Float64Array>()),
                Arc::new(rows.iter().map(|r| r.name).collect::<StringViewArray>()),
            ],
            rows: rows.len(),
        }
    }
}

fn rows_event(rows: &[Row]) -> Event {
    Event::Rows {
        rowtimes: rows.iter().map(|r| r.t).collect(),
        columns: vec![
            Arc::new(rows.iter().map(|r| r.k).collect::<StringViewArray>()),
            Arc::new(rows.iter().map(|r| r.n).collect::<Int32Array>()),
            Arc::new(rows.iter().map(|r| Some(r.d)).collect::<Int32Array>()),
            Arc::new(rows.iter().map(|r| r.v).collect::<Float64Array>()),
        ],
    }
}

/// What the oracle expects.
#[derive(Default)]
struct Expected {
    rows: Vec<String>,
    errors: Vec<String>,
    rows_in: u64,
}

/// TRUE, FALSE, UNKNOWN, or a failure.
type Verdict = Result<Option<bool>, ()>;

fn oracle(case: &Case) -> Expected {
    let mut expected = Expected::default();
    let (mut table, mut second) = (Vec::new(), Vec::new());
    for what in &case.events {
        match what {
            What::Advance(_) => {}
            What::Table(rows) => table.clone_from(rows),
            What::Second(rows) => second.clone_from(rows),
            What::Rows(rows) => {
                for row in rows {
                    expected.rows_in += 1;
                    join(case, row, &table, &second, &mut expected);
                }
            }
        }
    }
    expected.errors.sort();
    expected
}

fn join(case: &Case, row: &Row, table: &[Partner], second: &[Second], expected: &mut Expected) {
    let mut alone = true;
    for partner in table {
        match condition(case, row, partner) {
            Ok(Some(true)) => {
                alone = false;
                join_second(case, row, Some(partner), second, expected);
            }
            Ok(_) => {}
            Err(()) => fail(row, expected),
        }
    }
    if alone && case.form.keeps_unmatched() {
        join_second(case, row, None, second, expected);
    }
}

fn join_second(
    case: &Case,
    row: &Row,
    partner: Option<&Partner>,
    second: &[Second],
    expected: &mut Expected,
) {
    let Some(left) = case.second else {
        return say(case, row, partner, None, expected);
    };
    let name = partner.and_then(|p| p.name);
    let mut alone = true;
    for (other, z) in second {
        if name.is_some() && name == *other {
            alone = false;
            say(case, row, partner, Some(*z), expected);
        }
    }
    if alone && left {
        say(case, row, partner, None, expected);
    }
}

/// ON, or for a comma WHERE as a whole: AND from left to right, where only FALSE decides. An equality of ON in front of
/// which nothing can fail finds partners, and one that is not TRUE finds none.
fn condition(case: &Case, row: &Row, partner: &Partner) -> Verdict {
    let mut unknown = false;
    let mut may_fail = false;
    for part in &case.parts {
        let is_equality = matches!(part, Part::Key | Part::Number | Part::Float);
        may_fail |= *part == Part::Quotient;
        match holds(case, *part, row, partner)? {
            Some(true) => {}
            Some(false) => return Ok(Some(false)),
            None if is_equality && !may_fail && case.form != Form::Comma => return Ok(None),
            None => unknown = true,
        }
    }
    if case.form == Form::Comma {
        match passes(case, row, Some(partner)) {
            Some(true) => {}
            Some(false) => return Ok(Some(false)),
            None => unknown = true,
        }
    }
    Ok((!unknown).then_some(true))
}

fn holds(case: &Case, part: Part, row: &Row, partner: &Partner) -> Verdict {
    Ok(match part {
        Part::Key => row.k.zip(partner.k).map(|(a, b)| match case.key {
            SqlType::Char(_) => a.trim_end() == b.trim_end(),
            _ => a == b,
        }),
        Part::Number => row.n.zip(partner.n).map(|(a, b)| a == b),
        Part::Float => row.v.zip(partner.v).map(|(a, b)| a == b),
        Part::Less => row.n.zip(partner.n).map(|(a, b)| b < a),
        Part::Quotient if row.d == 0 => return Err(()),
        Part::Quotient => Some(partner.x / row.d > 0),
    })
}

fn passes(case: &Case, row: &Row, partner: Option<&Partner>) -> Option<bool> {
    let name = partner.and_then(|p| p.name);
    match case.filter {
        Where::Nothing => Some(true),
        Where::Other => name.map(|n| n != "n1"),
        Where::NoName => Some(name.is_none()),
        Where::Positive => row.n.map(|n| n > 0),
    }
}

fn say(case: &Case, row: &Row, partner: Option<&Partner>, z: Option<i32>, expected: &mut Expected) {
    if passes(case, row, partner) != Some(true) {
        return;
    }
    let quotient = match partner.map(|p| p.x) {
        Some(0) => return fail(row, expected),
        x => x.map(|x| 60 / x),
    };
    expected.rows.push(format!(
        "O {} {{\"K\":{},\"N\":{},\"NAME\":{},\"X\":{},\"Q\":{},\"Z\":{}}}",
        time(row.t),
        text(row.k),
        json(row.n),
        text(partner.and_then(|p| p.name)),
        json(partner.map(|p| p.x)),
        json(quotient),
        json(z),
    ));
}

fn fail(row: &Row, expected: &mut Expected) {
    expected
        .errors
        .push(format!("{} Division by zero P", time(row.t)));
}

fn check(seed: u64) -> Result<(), String> {
    let case = case(seed);
    let app = case.application();
    let expected = oracle(&case);
    every_cut(&app, &case.events(&app), |outcome| compare(outcome, &expected))
        .map_err(|error| format!("seed {seed}, {error}\n{}", case.sql()))
}

fn compare(outcome: &Outcome, expected: &Expected) -> Result<(), String> {
    same_rows(outcome, "O", &expected.rows)?;
    let mut errors = outcome.errors.clone();
    errors.sort();
    if errors != expected.errors {
        let (want, got) = (expected.errors.len(), errors.len());
        return Err(format!("{want} errors expected, {got} came"));
    }
    for (pump, c) in &outcome.counts {
        let failed = c.groups_failed == expected.errors.len() as u64;
        if !failed || c.rows_in != expected.rows_in || c.rows_passed != expected.rows_in {
            return Err(format!("the books of {pump} are wrong: {c:?}"));
        }
    }
    Ok(())
}

#[test]
fn joins_with_reference_tables_are_what_the_naive_reading_says() {
    seeds::check_all(&SAVED_SEEDS, 100, check);
}
