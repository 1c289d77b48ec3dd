//! Sample data of the applications in `queries/`, in any size: `generate NAME ROWS [OUTPUT]`.
//!
//! The same NAME and ROWS give the same bytes everywhere: the randomness is a fixed sequence of integers, and no
//! value goes through floating point. Row i does not depend on ROWS, so a small sample is the head of a large one.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

/// 2026-01-27 10:00:00 UTC, where every stream starts.
const START_MS: u64 = 1_769_508_000_000;

const USAGE: &str = "usage: generate NAME ROWS [OUTPUT]

NAME is ticker, sensors, events, cascade, top_pages, reference_join, order_trade_join, order_trade_join_trades,
sliding_alert, stagger_late_data or anomaly_score.

Writes ROWS JSON lines to OUTPUT (default: standard output).";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (Some(name), Some(rows)) = (args.first(), args.get(1).and_then(|n| n.parse::<u64>().ok())) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let Some(row) = rows_of(name) else {
        eprintln!("no application is called '{name}'\n{USAGE}");
        return ExitCode::from(2);
    };
    match write_rows(row, rows, args.get(2).map(String::as_str)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{}: {e}", args.get(2).map_or("standard output", String::as_str));
            ExitCode::FAILURE
        }
    }
}

type Row = fn(u64, &mut Random, &mut String);

fn rows_of(name: &str) -> Option<Row> {
    match name {
        "ticker" => Some(ticker),
        "sensors" => Some(sensors),
        "events" => Some(events),
        "cascade" => Some(cascade),
        "top_pages" => Some(top_pages),
        "reference_join" => Some(trade),
        "order_trade_join" => Some(order),
        "order_trade_join_trades" => Some(fill),
        "sliding_alert" => Some(sliding_alert),
        "stagger_late_data" => Some(stagger_late_data),
        "anomaly_score" => Some(anomaly_score),
        _ => None,
    }
}

fn write_rows(row: Row, rows: u64, output: Option<&str>) -> io::Result<()> {
    let out: Box<dyn Write> = match output {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut out = BufWriter::with_capacity(1 << 20, out);
    let mut line = String::new();
    for i in 0..rows {
        line.clear();
        row(i, &mut Random::of_row(i), &mut line);
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    out.flush()
}

/// SplitMix64 (Steele, Lea, Flood 2014), started anew for every row.
struct Random(u64);

impl Random {
    fn of_row(i: u64) -> Self {
        Self(i.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x726F_7774_696D_6531)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// Appends `2026-01-27 10:00:00.000` and later; samples stay within one month.
fn write_time(out: &mut String, ms: u64) {
    let since_day = ms - 1_769_472_000_000;
    let (day, rest) = (27 + since_day / 86_400_000, since_day % 86_400_000);
    let (month, day) = if day > 31 {
        (2 + (day - 32) / 28, (day - 32) % 28 + 1)
    } else {
        (1, day)
    };
    let _ = write!(
        out,
        "2026-{month:02}-{day:02} {:02}:{:02}:{:02}.{:03}",
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1_000 % 60,
        rest % 1_000
    );
}

const TICKERS: [(&str, &str, u64); 12] = [
    ("AMZN", "RETAIL", 23_150),
    ("TBV", "HEALTHCARE", 19_077),
    ("WSB", "FINANCIAL", 12_080),
    ("QXZ", "HEALTHCARE", 22_350),
    ("RFV", "FINANCIAL", 4_720),
    ("ALY", "ENERGY", 8_840),
    ("CRM", "HEALTHCARE", 2_720),
    ("NFS", "ENERGY", 9_610),
    ("PPL", "HEALTHCARE", 3_075),
    ("SAC", "ENERGY", 6_145),
    ("ASD", "FINANCIAL", 6_870),
    ("TGH", "FINANCIAL", 14_100),
];

/// A trade: about 28 a second, prices around a level per ticker.
fn ticker(i: u64, random: &mut Random, out: &mut String) {
    let (symbol, sector, level) = TICKERS[random.below(12) as usize];
    let price = level + random.below(400) - 200;
    let change = random.below(600);
    out.push_str("{\"event_time\":\"");
    write_time(out, START_MS + i * 250 / 7);
    let _ = write!(
        out,
        "\",\"ticker_symbol\":\"{symbol}\",\"sector\":\"{sector}\",\"change\":"
    );
    let _ = write!(
        out,
        "{}{}.{:02}",
        if change < 300 { "-" } else { "" },
        change.abs_diff(300) / 100,
        change.abs_diff(300) % 100
    );
    let _ = write!(out, ",\"price\":{}.{:02}}}", price / 100, price % 100);
}

/// A reading: 40 sensors, a few without a value, and some records that are broken.
fn sensors(i: u64, random: &mut Random, out: &mut String) {
    let sensor = random.below(40);
    let celsius = 1_500 + random.below(1_800);
    out.push_str("{\"sensor_id\":\"");
    let _ = write!(out, "s-{sensor:03}\",\"temperature\":");
    match random.below(100) {
        0 => out.push_str("null"),
        1 => out.push_str("\"n/a\""),
        _ => {
            let _ = write!(out, "{}.{:02}", celsius / 100, celsius % 100);
        }
    }
    out.push_str(",\"timestamp\":\"");
    write_time(out, START_MS + i * 50);
    out.push_str(if random.below(200) == 0 { "\"" } else { "\"}" });
}

/// A click: 25 users, uneven, five kinds of event, gaps of some minutes.
fn events(i: u64, random: &mut Random, out: &mut String) {
    const KINDS: [&str; 5] = ["view", "view", "cart", "buy", "search"];
    let user = random.below(25) * random.below(25) / 25;
    let kind = KINDS[random.below(5) as usize];
    let gap = i / 500 * 180_000;
    let _ = write!(
        out,
        "{{\"user_id\":\"user{user:02}\",\"event_type\":\"{kind}\",\"at\":\""
    );
    write_time(out, START_MS + i * 333 + gap);
    out.push_str("\"}");
}

/// A request of a web shop: status and latency by page.
fn cascade(i: u64, random: &mut Random, out: &mut String) {
    const PAGES: [&str; 6] = ["/", "/cart", "/item", "/item", "/search", "/checkout"];
    let page = PAGES[random.below(6) as usize];
    let status = if random.below(20) == 0 { 500 } else { 200 };
    let latency = 5 + random.below(40) + random.below(40) * random.below(12);
    out.push_str("{\"at\":\"");
    write_time(out, START_MS + i * 120);
    let _ = write!(
        out,
        "\",\"page\":\"{page}\",\"status\":{status},\"latency_ms\":{latency}}}"
    );
}

/// A line of a web log: a few pages are asked for by many, a hundred by few, some paths do not exist.
fn top_pages(i: u64, random: &mut Random, out: &mut String) {
    const PAGES: [&str; 8] = [
        "/", "/search", "/login", "/cart", "/basket", "/help", "/news", "/jobs",
    ];
    // The product of two dice: low numbers come far more often than high ones.
    let page = random.below(12) * random.below(12);
    let visitor = random.below(60) * random.below(60) / 60;
    let method = if random.below(10) == 0 { "POST" } else { "GET" };
    out.push_str("{\"at\":\"");
    write_time(out, START_MS + i * 40);
    let _ = write!(
        out,
        "\",\"visitor\":\"v{visitor:02}\",\"method\":\"{method}\",\"path\":\""
    );
    match PAGES.get(page as usize) {
        Some(path) => out.push_str(path),
        None => {
            let _ = write!(out, "/item/{page}");
        }
    }
    if random.below(6) == 0 {
        let _ = write!(out, "?from=mail{}", random.below(3));
    }
    let status = if random.below(25) == 0 { 404 } else { 200 };
    let _ = write!(out, "\",\"status\":{status}}}");
}

/// A trade of some shares; one ticker in twenty-five is in no list.
fn trade(i: u64, random: &mut Random, out: &mut String) {
    let (listed, _, level) = TICKERS[random.below(12) as usize];
    let symbol = if random.below(25) == 0 { "ZZZ" } else { listed };
    let price = level + random.below(400) - 200;
    // The product of two dice: a few trades are large.
    let shares = 1 + random.below(32) * random.below(32);
    out.push_str("{\"at\":\"");
    write_time(out, START_MS + i * 100);
    let (whole, cents) = (price / 100, price % 100);
    let _ = write!(
        out,
        "\",\"ticker\":\"{symbol}\",\"price\":{whole}.{cents:02},\"shares\":{shares}}}"
    );
}

/// Milliseconds from one order to the next.
const ORDER_EVERY_MS: u64 = 400;

/// An order, numbered as they come.
fn order(i: u64, random: &mut Random, out: &mut String) {
    let (ticker, _, _) = TICKERS[random.below(12) as usize];
    let shares = 10 + random.below(200);
    out.push_str("{\"at\":\"");
    write_time(out, START_MS + i * ORDER_EVERY_MS);
    let _ = write!(
        out,
        "\",\"order_id\":{i},\"ticker\":\"{ticker}\",\"shares\":{shares}}}"
    );
}

/// A trade that fills an order of the last 75 seconds, or a part of it; some orders get none, some get several.
fn fill(i: u64, random: &mut Random, out: &mut String) {
    let since_start = 2_000 + i * 500;
    let waited = random.below(75) * 1_000 + random.below(1_000);
    let order = since_start.saturating_sub(waited) / ORDER_EVERY_MS;
    let (shares, price) = (1 + random.below(100), 2_000 + random.below(20_000));
    out.push_str("{\"at\":\"");
    write_time(out, START_MS + since_start);
    let (whole, cents) = (price / 100, price % 100);
    let _ = write!(
        out,
        "\",\"order_id\":{order},\"shares\":{shares},\"price\":{whole}.{cents:02}}}"
    );
}

/// A reading of a machine: twelve of them, each warm for a while now and then, some readings missing.
fn sliding_alert(i: u64, random: &mut Random, out: &mut String) {
    let machine = random.below(12);
    // Each machine has its own turn to be warm.
    let warm = (i / 400) % 12 == machine;
    let celsius = 6_000 + random.below(900) + if warm { 1_500 } else { 0 };
    out.push_str("{\"at\":\"");
    write_time(out, START_MS + i * 150);
    let _ = write!(out, "\",\"machine\":\"m{machine:02}\",\"celsius\":");
    if random.below(50) == 0 {
        out.push_str("null}");
    } else {
        let _ = write!(out, "{}.{:02}}}", celsius / 100, celsius % 100);
    }
}

/// A reading of a meter that was taken up to two minutes before it came.
fn stagger_late_data(i: u64, random: &mut Random, out: &mut String) {
    let meter = random.below(5);
    let late = if random.below(4) == 0 {
        random.below(120_000)
    } else {
        random.below(3_000)
    };
    let came = START_MS + 120_000 + i * 500;
    let watts = 200 + random.below(800);
    out.push_str("{\"arrived\":\"");
    write_time(out, came);
    let _ = write!(out, "\",\"meter\":\"meter{meter}\",\"taken\":\"");
    write_time(out, came - late);
    let _ = write!(out, "\",\"watts\":{watts}}}");
}

/// A heart rate: it rises and falls every two minutes, and now and then stands where it should not.
fn anomaly_score(i: u64, random: &mut Random, out: &mut String) {
    let season = i % 300;
    let level = 60 + season.min(300 - season) / 6;
    let planted = i > 600 && random.below(150) == 0;
    let (rate, kind) = if planted {
        (level + 70 + random.below(20), "HIGH")
    } else {
        (level + random.below(6), "NORMAL")
    };
    out.push_str("{\"at\":\"");
    write_time(out, START_MS + i * 2_000 / 5);
    let _ = write!(out, "\",\"heartRate\":{rate},\"rateType\":\"{kind}\"}}");
}
