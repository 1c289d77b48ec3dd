//! Over bounded sources a session gives what a run gives.

use fastrand::Rng;
use rowtime_engine::pipeline::run::{RunClock, RunOptions, SinkBinding, SourceBinding, run};
use rowtime_engine::pipeline::session::{Session, SessionOptions, Turn};
use rowtime_engine::pipeline::typed_rows::TypedRows;
use rowtime_engine::pipeline::{OutsideError, Split, SplitBatch};
use rowtime_tests::drive::application;
use rowtime_tests::seeds;

use super::outside::{Lines, Told, batch};
use super::{NOW, numbers};

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

const APP: &str = "CREATE STREAM S (A INTEGER);
     CREATE STREAM T (A INTEGER);
     CREATE STREAM O (A INTEGER);
     CREATE STREAM W (C BIGINT);
     CREATE PUMP P AS INSERT INTO O SELECT STREAM A FROM S;
     CREATE PUMP Q AS INSERT INTO O SELECT STREAM 6 / A FROM T;
     CREATE PUMP R AS INSERT INTO W SELECT STREAM COUNT(*) FROM O GROUP BY STEP(O.ROWTIME BY INTERVAL '1' SECOND);";

/// Batches as they are, cut to what is asked for, whose clocks may go back.
struct Batches(Vec<Vec<(i64, i32)>>);

impl Split for Batches {
    fn name(&self) -> &str {
        "batches"
    }

    fn next(&mut self, rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        let Some(first) = self.0.first_mut() else {
            return Ok(None);
        };
        let rest = first.split_off(rows_max.min(first.len()));
        let rows = std::mem::replace(first, rest);
        if first.is_empty() {
            self.0.remove(0);
        }
        Ok(Some(batch(&rows, true)))
    }
}

#[derive(Clone)]
enum Planned {
    Typed(Vec<(i64, i32)>),
    Batches(Vec<Vec<(i64, i32)>>),
}

impl Planned {
    fn random(rng: &mut Rng) -> Self {
        let mut t = rng.i64(0..5_000);
        let mut rows = |sorted: bool| -> Vec<(i64, i32)> {
            let count = rng.usize(1..20);
            let row = |_| {
                t += rng.i64(0..500) * i64::from(rng.bool());
                let back = if sorted { 0 } else { rng.i64(0..300) };
                (t - back, rng.i32(0..9))
            };
            (0..count).map(row).collect()
        };
        match rows(true).len() % 2 {
            0 => Self::Typed(rows(true)),
            _ => Self::Batches(vec![rows(false), rows(false), rows(true)]),
        }
    }

    fn split(self) -> Box<dyn Split> {
        match self {
            Self::Typed(rows) => {
                let rowtimes = rows.iter().map(|r| r.0).collect();
                Box::new(TypedRows::new("typed", rowtimes, numbers(&rows)))
            }
            Self::Batches(batches) => Box::new(Batches(batches)),
        }
    }
}

fn check(seed: u64) -> Result<(), String> {
    let mut rng = Rng::with_seed(seed);
    let planned: Vec<Vec<Planned>> = (0..2)
        .map(|_| (0..rng.usize(0..4)).map(|_| Planned::random(&mut rng)).collect())
        .collect();
    let splits =
        |i: usize| -> Vec<Box<dyn Split>> { planned[i].iter().cloned().map(Planned::split).collect() };
    let app = application(APP);
    let mut first = None;
    for batch_rows in [1, 7, 1_000] {
        let (ran, mut told) = (Lines::default(), Told::default());
        let sources = (0..2).map(|stream| SourceBinding {
            stream,
            splits: splits(stream),
            bytes_total: None,
        });
        let sinks = [Some(2), Some(3), None].map(|stream| SinkBinding {
            stream,
            sink: ran.boxed(),
            shared: false,
        });
        let options = RunOptions {
            batch_rows,
            now_ms: NOW,
            clock: RunClock::Fixed,
            flush_at_end: true,
            max_open: 100,
            stop: std::sync::Arc::default(),
        };
        let summary = run(
            &app,
            sources.collect(),
            Vec::new(),
            sinks.into(),
            &options,
            &mut told,
        )
        .map_err(|e| e.to_string())?;
        let lines = Lines::default();
        let mut session = Session::new(SessionOptions {
            batch_rows,
            max_open: 100,
            now_ms: NOW,
        });
        session.change(app.clone());
        for stream in [Some("O"), Some("W"), None] {
            session
                .bind_sink(stream, lines.boxed())
                .map_err(|e| e.to_string())?;
        }
        for (i, name) in ["S", "T"].into_iter().enumerate() {
            session
                .bind_source(name, splits(i), None, NOW)
                .map_err(|e| e.to_string())?;
        }
        while session.turn(NOW, &mut told) == Turn::Worked {}
        let ended = session.finish(true, NOW, &mut told).map_err(|e| e.to_string())?;
        // Errors at the clock are told when nothing more is at hand: before the end, and not with it.
        let sorted = |lines: Lines| {
            let mut lines = lines.take();
            lines.sort();
            lines
        };
        let (ran, lines) = (sorted(ran), sorted(lines));
        let books = |s: &rowtime_engine::pipeline::run::Summary| (s.pumps.clone(), s.progress.rows_raised);
        if ran != lines || books(&summary) != books(&ended) || summary.streams != ended.streams {
            return Err(format!("seed {seed}, batch {batch_rows}: {ran:#?}\n{lines:#?}"));
        }
        if first.get_or_insert_with(|| lines.clone()) != &lines {
            return Err(format!("seed {seed}, batch {batch_rows} shows"));
        }
    }
    Ok(())
}

#[test]
fn a_session_over_bounded_sources_is_a_run() {
    seeds::check_all(&SAVED_SEEDS, 100, check);
}
