//! Random applications in which one pump changes while rows come.

use fastrand::Rng;
use rowtime_tests::rows::{COLUMNS, Input, Row};

/// Something that comes to the application.
#[derive(Debug, Clone)]
pub enum Happening {
    /// A row, and whether it is one of T instead of S.
    Row(bool, Row),
    /// The clock moves.
    Clock(i64),
}

/// What a pump makes of its rows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Plain(i32),
    Quotient,
    Tumble(i64),
    ByChange,
    Slide(i64),
    Stagger(i64),
    Sorted,
    Restamped,
    Declared,
    Join(i64),
    Union,
}

/// A pump of a case.
#[derive(Debug, Clone)]
pub struct Pump {
    /// Its name, which its rows carry as TAG.
    pub name: &'static str,
    kind: Kind,
    /// Reads T instead of S.
    reads_t: bool,
    /// Reads M, the stream of other pumps.
    reads_m: bool,
    /// The stream that it writes.
    pub target: &'static str,
}

/// What happens to the pump Q.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Alteration {
    /// It comes.
    Added,
    /// Another one comes in its place.
    Replaced,
    /// It goes, or is stopped.
    Dropped,
    /// It stays, but stands elsewhere in the script.
    Moved,
}

/// See the module's text.
#[derive(Debug, Clone)]
pub struct Case {
    /// The pumps that stay.
    pub others: Vec<Pump>,
    /// Q before and after.
    pub q: [Pump; 2],
    /// What happens to it.
    pub alteration: Alteration,
    /// What comes.
    pub happenings: Vec<Happening>,
    /// How much of that before the change.
    pub at: usize,
}

fn kind(rng: &mut Rng) -> Kind {
    let width = [1_000, 10_000, 60_000][rng.usize(0..3)];
    match rng.u8(0..14) {
        0 => Kind::Plain(rng.i32(0..2)),
        1 => Kind::Quotient,
        2..=4 => Kind::Tumble(width),
        5 => Kind::ByChange,
        6 | 7 => Kind::Slide(width),
        8 => Kind::Stagger(width),
        9 => Kind::Sorted,
        10 => Kind::Restamped,
        11 => Kind::Declared,
        12 => Kind::Join(width),
        _ => Kind::Union,
    }
}

fn pump(rng: &mut Rng, name: &'static str, targets: &[&'static str]) -> Pump {
    Pump {
        name,
        kind: kind(rng),
        reads_t: rng.bool(),
        reads_m: false,
        target: targets[rng.usize(0..targets.len())],
    }
}

/// A reader of M, where rows have a tag, a key and a number.
fn reader(rng: &mut Rng, name: &'static str, targets: &[&'static str]) -> Pump {
    let width = [1_000, 10_000, 60_000][rng.usize(0..3)];
    let kind = match rng.u8(0..4) {
        0 => Kind::Sorted,
        1 => Kind::Tumble(width),
        2 => Kind::Stagger(width),
        _ => Kind::Slide(width),
    };
    Pump {
        kind,
        reads_m: true,
        ..pump(rng, name, targets)
    }
}

/// The case of a seed.
pub fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let mut others = vec![
        pump(&mut rng, "A", &["M"]),
        pump(&mut rng, "B", &["M", "O"]),
        reader(&mut rng, "C", &["O", "X"]),
        pump(&mut rng, "D", &["O", "X"]),
    ];
    rng.shuffle(&mut others);
    let before = pump(&mut rng, "Q", &["X", "Y"]);
    let alteration = [
        Alteration::Added,
        Alteration::Replaced,
        Alteration::Replaced,
        Alteration::Dropped,
        Alteration::Moved,
    ][rng.usize(0..5)];
    let mut after = before.clone();
    if alteration == Alteration::Replaced {
        // Now and then the same of another stream.
        after.reads_t = !before.reads_t;
        while after.sql() == before.sql() || rng.u8(0..3) > 0 {
            after.kind = kind(&mut rng);
            after.reads_t = rng.bool();
        }
    }
    let input = Input::random(&mut rng, 80);
    let mut happenings = Vec::new();
    let mut in_t = false;
    for happening in input.happenings() {
        // Some rows of one stream come one after the other.
        in_t ^= rng.u8(0..3) == 0;
        happenings.push(match happening {
            rowtime_tests::rows::Happening::Row(row) => Happening::Row(in_t, row.clone()),
            rowtime_tests::rows::Happening::Clock(to) => Happening::Clock(to),
        });
    }
    let at = rng.usize(0..=happenings.len());
    Case {
        others,
        q: [before, after],
        alteration,
        happenings,
        at,
    }
}

impl Pump {
    fn sql(&self) -> String {
        let s = match (self.reads_m, self.reads_t) {
            (true, _) => "M",
            (_, true) => "T",
            _ => "S",
        };
        let tag = self.name;
        let second = |ms: i64| format!("INTERVAL '{}' SECOND", ms / 1_000);
        match self.kind {
            Kind::Plain(g) => format!("SELECT STREAM '{tag}', k, n FROM {s} WHERE g = {g}"),
            Kind::Quotient => format!("SELECT STREAM '{tag}', k, 6 / d FROM {s}"),
            Kind::Tumble(w) => format!(
                "SELECT STREAM '{tag}', k, CAST(COUNT(*) AS INTEGER) FROM {s} GROUP BY k, STEP({s}.ROWTIME BY {})",
                second(w)
            ),
            Kind::ByChange => format!(
                "SELECT STREAM '{tag}', CAST(NULL AS VARCHAR(2)), CAST(COUNT(*) AS INTEGER) FROM {s} GROUP BY MONOTONIC(m)"
            ),
            Kind::Slide(w) => format!(
                "SELECT STREAM '{tag}', k, CAST(COUNT(*) OVER (PARTITION BY k RANGE {} PRECEDING) AS INTEGER) FROM {s}",
                second(w)
            ),
            Kind::Stagger(w) => format!(
                "SELECT STREAM '{tag}', k, CAST(SUM(n) AS INTEGER) FROM {s} WINDOWED BY STAGGER (PARTITION BY k RANGE {})",
                second(w)
            ),
            Kind::Sorted => {
                format!("SELECT STREAM '{tag}', k, n FROM {s} ORDER BY FLOOR({s}.ROWTIME TO SECOND), n DESC")
            }
            Kind::Restamped => format!("SELECT STREAM '{tag}', k, n, at AS ROWTIME FROM {s}"),
            Kind::Declared => format!("SELECT STREAM '{tag}', k, n, MONOTONIC(at) AS ROWTIME FROM {s}"),
            Kind::Join(w) => format!(
                "SELECT STREAM '{tag}', l.k, r.n FROM S OVER (RANGE {w} PRECEDING) AS l LEFT JOIN T OVER (RANGE {w} PRECEDING) AS r ON l.k = r.k AND 6 / r.d > 1",
                w = second(w)
            ),
            Kind::Union => format!(
                "SELECT STREAM '{tag}', k, n FROM S WHERE g = 1 UNION ALL SELECT STREAM '{tag}', k, 6 / d FROM T"
            ),
        }
    }

    /// Whether its rows have a time of their own, which may be another than that of those that it reads.
    pub fn restamps(&self) -> bool {
        matches!(self.kind, Kind::Restamped | Kind::Declared)
    }
}

impl Case {
    /// The scripts before and after the change. The streams stand elsewhere in the second one.
    pub fn scripts(&self) -> [String; 2] {
        let [before, after] = self.pumps();
        let columns = "(TAG VARCHAR(4), k VARCHAR(40), n INTEGER)";
        let mut streams: Vec<String> = ["S", "T"]
            .map(|name| format!("CREATE STREAM {name} {COLUMNS};\n"))
            .into();
        streams.extend(["M", "O", "X", "Y"].map(|name| format!("CREATE STREAM {name} {columns};\n")));
        let script = |streams: &[String], pumps: Vec<&Pump>| {
            let pump = |p: &Pump| {
                format!(
                    "CREATE PUMP {} AS INSERT INTO {} {};\n",
                    p.name,
                    p.target,
                    p.sql()
                )
            };
            let pumps: Vec<String> = pumps.into_iter().map(pump).collect();
            format!("{}{}", streams.concat(), pumps.concat())
        };
        let before = script(&streams, before);
        streams.push("CREATE STREAM Z (A INTEGER);\n".to_owned());
        streams.reverse();
        [before, script(&streams, after)]
    }

    /// The pumps before and after the change.
    fn pumps(&self) -> [Vec<&Pump>; 2] {
        let others: Vec<&Pump> = self.others.iter().collect();
        let [before, after] = &self.q;
        let with = |q, place: usize| {
            let mut all = others.clone();
            all.insert(place, q);
            all
        };
        match self.alteration {
            Alteration::Added => [others.clone(), with(after, 1)],
            Alteration::Replaced => [with(before, 1), with(after, 3)],
            Alteration::Dropped => [with(before, 2), others.clone()],
            Alteration::Moved => [with(before, 0), with(after, 4)],
        }
    }
}
