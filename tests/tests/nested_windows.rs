//! Windows, sorts, DISTINCT and UNION ALL nested in one another at random: neither a cut nor a restore may show in what
//! comes out, and the books must balance (R2, R6).
//!
//! There is no oracle for such a query; each part has one of its own. What is checked here is what they do to each
//! other: bounds that go through several of them, rows that wait, late rows behind them, and errors in order.

use fastrand::Rng;
use rowtime_tests::cuts::check;
use rowtime_tests::rows::{COLUMNS, Input};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

/// A query with the columns k and n.
fn query(rng: &mut Rng, depth: u32) -> String {
    let x = match depth {
        0 => "S".to_owned(),
        _ => format!("(\n{})", query(rng, depth - 1)),
    };
    let ms = [1_000, 5_000, 10_000, 60_000][rng.usize(0..4)];
    let length = format!("INTERVAL '{}' SECOND", ms / 1_000);
    let step = format!("STEP(x.ROWTIME BY {length})");
    let value = [
        "CAST(COUNT(*) AS INTEGER)",
        "FIRST_VALUE(n)",
        "LAST_VALUE(n)",
        "MIN(6 / n)",
    ][rng.usize(0..4)];
    let restamp = [
        "",
        "",
        "",
        ", MIN(x.ROWTIME) AS ROWTIME",
        ", MAX(x.ROWTIME) AS ROWTIME",
    ][rng.usize(0..5)];
    match rng.u8(0..16) {
        0 => format!("SELECT STREAM k, n FROM {x} AS x WHERE n <> 2"),
        1 => format!("SELECT STREAM k, 6 / n AS n FROM {x} AS x"),
        2 | 3 => format!("SELECT STREAM k, {value} AS n{restamp} FROM {x} AS x GROUP BY k, {step}"),
        4 | 5 => format!(
            "SELECT STREAM k, {value} AS n{restamp} FROM {x} AS x WINDOWED BY STAGGER (PARTITION BY k RANGE {length})"
        ),
        6 => format!(
            "SELECT STREAM k, n FROM (SELECT STREAM DISTINCT k, n, STEP(x.ROWTIME BY {length}) AS w FROM {x} AS x)"
        ),
        7 => format!("SELECT STREAM k, n FROM (SELECT STREAM DISTINCT ROWTIME AS t, k, n FROM {x} AS x)"),
        8 | 9 => format!("SELECT STREAM k, n FROM {x} AS x ORDER BY {step}, n DESC"),
        10 => format!("SELECT STREAM k, n FROM {x} AS x ORDER BY ROWTIME, k"),
        11 => format!("SELECT STREAM k, n FROM {x} AS x ORDER BY MONOTONIC(n), k DESC"),
        12 => format!("SELECT STREAM k, {value} AS n FROM {x} AS x GROUP BY k, MONOTONIC(n)"),
        13 => {
            let other = query(rng, depth.saturating_sub(1));
            format!(
                "SELECT STREAM k, n FROM (SELECT STREAM k, n FROM {x} UNION ALL SELECT STREAM k, n FROM ({other})) AS u"
            )
        }
        14 => format!("SELECT STREAM k, n, x.ROWTIME + INTERVAL '3' SECOND AS ROWTIME FROM {x} AS x"),
        _ => format!(
            "SELECT STREAM k, n, CASE WHEN n > 1 THEN x.ROWTIME - INTERVAL '2' SECOND ELSE x.ROWTIME END AS ROWTIME FROM {x} AS x"
        ),
    }
}

fn check_case(seed: u64) -> Result<(), String> {
    let mut rng = Rng::with_seed(seed);
    let depth = rng.u32(1..4);
    let mut sql = format!(
        "CREATE STREAM S {COLUMNS};\nCREATE STREAM O (k VARCHAR(40), n INTEGER);\nCREATE STREAM W (k VARCHAR(40), c BIGINT);\n"
    );
    for pump in ["P", "Q"].into_iter().take(1 + rng.usize(0..2)) {
        sql.push_str(&format!(
            "CREATE PUMP {pump} AS INSERT INTO O {};\n",
            query(&mut rng, depth)
        ));
    }
    sql.push_str("CREATE PUMP R AS INSERT INTO W SELECT STREAM k, COUNT(*) FROM O GROUP BY k, STEP(O.ROWTIME BY INTERVAL '10' SECOND);\n");
    check(seed, &sql, &Input::random(&mut rng, 80).events(), None)
}

#[test]
fn neither_cuts_nor_restores_show_behind_nested_windows() {
    seeds::check_all(&SAVED_SEEDS, 30, check_case);
}
