//! A session: an application, sources and sinks that change while rows come, some of them live. Times are seconds of one
//! minute; nothing here waits for time to pass.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, StringViewArray};
use rowtime_engine::dataflow::TableContents;
use rowtime_engine::pipeline::session::{Refused, Session, SessionOptions, SourceState, Turn};
use rowtime_engine::pipeline::typed_rows::TypedRows;
use rowtime_engine::pipeline::{Split, TableLoad};
use rowtime_engine::plan::{Field, ReferenceTable};
use rowtime_engine::types::SqlType;
use rowtime_tests::drive::{application, application_with};

mod outside;
mod run_alike;
use outside::{Lines, Live, Table, Told, outside};

/// Two streams, and what one pump makes of the first.
const APP: &str = "CREATE STREAM S (A INTEGER);
     CREATE STREAM T (A INTEGER);
     CREATE STREAM O (A INTEGER);
     CREATE PUMP P AS INSERT INTO O SELECT STREAM A FROM S;";

/// The clock on the wall: 59 s.
const NOW: i64 = 59_000;

/// A session and who watches it.
struct Watched {
    session: Session,
    told: Told,
}

impl Watched {
    fn new(sql: &str) -> Self {
        Self::with_batches(sql, 1_000)
    }

    fn with_batches(sql: &str, batch_rows: usize) -> Self {
        let mut session = Session::new(SessionOptions {
            batch_rows,
            max_open: 8,
            now_ms: NOW,
        });
        session.change(application(sql));
        Self {
            session,
            told: Told::default(),
        }
    }

    fn sink(&mut self, stream: &str) -> Lines {
        let lines = Lines::default();
        self.session.bind_sink(Some(stream), lines.boxed()).unwrap();
        lines
    }

    fn source(&mut self, stream: &str) -> Live {
        let live = Live::default();
        self.session.bind_source(stream, live.split(), None, NOW).unwrap();
        live
    }

    fn turn(&mut self) -> Turn {
        self.session.turn(NOW, &mut self.told)
    }

    /// Turns until there is nothing to do.
    fn work(&mut self) -> Turn {
        for _ in 0..1_000 {
            let turn = self.turn();
            if turn != Turn::Worked {
                return turn;
            }
        }
        Turn::Worked
    }

    fn insert(&mut self, stream: &str, rows: &[(i64, i32)]) -> Vec<i64> {
        let rowtimes = rows.iter().map(|r| r.0 * 1_000).collect();
        let typed = self.session.insert(stream, Some(rowtimes), numbers(rows), NOW);
        typed.unwrap()
    }
}

fn numbers(rows: &[(i64, i32)]) -> Vec<ArrayRef> {
    vec![Arc::new(Int32Array::from_iter_values(rows.iter().map(|r| r.1)))]
}

fn row(second: i64, number: i32) -> String {
    format!("00:{second:02}.000 {{\"A\":{number}}}")
}

#[test]
fn a_live_source_that_has_nothing_holds_nobody_back() {
    let mut on = Watched::new(&format!(
        "{APP} CREATE STREAM O2 (A INTEGER); CREATE PUMP P2 AS INSERT INTO O2 SELECT STREAM A FROM T;"
    ));
    let (o, o2) = (on.sink("O"), on.sink("O2"));
    let (s, t) = (on.source("S"), on.source("T"));
    assert_eq!(on.turn(), Turn::Idle);
    s.say(&[(10_000, 1), (20_000, 2)]);
    assert_eq!(on.turn(), Turn::Worked);
    assert_eq!(o.take(), [row(10, 1), row(20, 2)]);
    assert_eq!(on.turn(), Turn::Idle);
    assert_eq!(on.session.source_state("S"), Some(SourceState::Idle));
    // What comes late stands where the clock is, and is counted.
    t.say(&[(15_000, 3), (25_000, 4)]);
    assert_eq!(on.work(), Turn::Idle);
    assert_eq!(o2.take(), [row(20, 3), row(25, 4)]);
    assert_eq!(on.told.progress.rows_raised, 1);
    // What is at hand together is merged.
    s.say(&[(30_000, 5), (32_000, 6)]);
    t.say(&[(31_000, 7)]);
    on.work();
    assert_eq!(
        (o.take(), o2.take()),
        (vec![row(30, 5), row(32, 6)], vec![row(31, 7)])
    );
    assert_eq!(on.told.progress.rows_raised, 1);
    s.end();
    assert_eq!(on.work(), Turn::Idle);
    t.end();
    assert_eq!(on.work(), Turn::Ended);
    assert_eq!(on.told.notes, ["source of S ended", "source of T ended"]);
    assert_eq!(on.session.source_state("T"), Some(SourceState::Ended));
    assert_eq!(on.session.source_state("O"), None);
}

#[test]
fn a_live_source_without_a_clock_has_the_time_at_which_its_rows_come() {
    let mut on = Watched::new(APP);
    let (o, s) = (on.sink("O"), Live::default());
    on.session.bind_source("S", s.split(), None, 5_000).unwrap();
    for now in [10_000, 20_000, 15_000] {
        s.say_without_clock(&[1]);
        on.session.turn(now, &mut on.told);
    }
    assert_eq!(o.take(), [row(10, 1), row(20, 1), row(20, 1)]);
}

#[test]
fn a_source_is_read_while_somebody_reads_its_stream() {
    let mut on = Watched::new("CREATE STREAM S (A INTEGER);");
    let s = on.source("S");
    s.say(&[(10_000, 1)]);
    assert_eq!(on.turn(), Turn::Ended);
    assert_eq!(on.session.source_state("S"), Some(SourceState::Unread));
    assert_eq!(s.asked(), 0);
    // A pump.
    on.session.change(application(APP));
    let o = on.sink("O");
    assert_eq!(on.work(), Turn::Idle);
    assert_eq!(o.take(), [row(10, 1)]);
    // Nobody again, then a sink.
    on.session.change(application("CREATE STREAM S (A INTEGER);"));
    assert_eq!(o.take(), ["closed"]);
    s.say(&[(20_000, 2)]);
    assert_eq!(on.turn(), Turn::Ended);
    let lines = Lines::default();
    let id = on.session.bind_sink(Some("S"), lines.boxed()).unwrap();
    assert_eq!(on.work(), Turn::Idle);
    assert_eq!(lines.take(), [row(20, 2)]);
    on.session.unbind_sink(id).unwrap();
    assert_eq!(lines.take(), ["closed"]);
    assert_eq!(on.session.source_state("S"), Some(SourceState::Unread));
    // Dropped, it is held by nobody else.
    assert_eq!(s.holders(), 2);
    on.session.unbind_source("S");
    assert_eq!((s.holders(), on.session.source_state("S")), (1, None));
}

#[test]
fn a_source_that_fails_is_told_behind_its_rows_and_the_others_go_on() {
    let mut on = Watched::new(&format!(
        "{APP} CREATE PUMP Q AS INSERT INTO O SELECT STREAM A + 100 FROM T;"
    ));
    let o = on.sink("O");
    let (s, t) = (on.source("S"), on.source("T"));
    s.say(&[(10_000, 1)]);
    s.fail();
    t.say(&[(11_000, 2)]);
    on.work();
    assert_eq!(on.told.notes, ["source of S failed: outside: the pipe broke"]);
    assert_eq!((s.holders(), on.session.source_state("S")), (1, None));
    t.say(&[(12_000, 3), (13_000, 4)]);
    assert_eq!(on.work(), Turn::Idle);
    assert_eq!(o.take(), [row(10, 1), row(11, 102), row(12, 103)]);
}

#[test]
fn a_sink_that_fails_is_told_and_the_others_go_on() {
    let mut on = Watched::new(APP);
    let (failing, o) = (Lines::failing_at(1), on.sink("O"));
    on.session.bind_sink(Some("O"), failing.boxed()).unwrap();
    on.insert("S", &[(10, 1)]);
    on.insert("S", &[(11, 2)]);
    on.insert("S", &[(12, 3)]);
    on.work();
    assert_eq!(failing.take(), [row(10, 1), "closed".to_owned()]);
    assert_eq!(o.take(), [row(10, 1), row(11, 2), row(12, 3)]);
    assert_eq!(on.told.notes, ["sink of O failed: outside: the disk is full"]);
}

#[test]
fn rows_and_advances_enter_in_their_order_before_what_sources_have() {
    let mut on = Watched::new(
        "CREATE STREAM S (A INTEGER); CREATE STREAM O (C BIGINT);
         CREATE PUMP P AS INSERT INTO O
           SELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND);",
    );
    let (o, all, s) = (on.sink("O"), on.sink("S"), on.source("S"));
    s.say(&[(5_000, 9)]);
    assert_eq!(on.insert("S", &[(1, 1), (3, 2), (2, 3)]), [1_000, 3_000, 3_000]);
    on.session.advance(12_000);
    on.session.advance(11_000);
    assert_eq!(on.insert("S", &[(4, 4)]), [12_000]);
    let without = on.session.insert("S", None, numbers(&[(0, 5)]), 14_000);
    assert_eq!(without.unwrap(), [14_000]);
    assert_eq!(on.turn(), Turn::Worked);
    assert_eq!((o.take().len(), all.take().len()), (0, 3));
    assert_eq!(on.turn(), Turn::Worked);
    assert_eq!(o.take(), ["00:10.000 {\"C\":3}"]);
    on.work();
    assert_eq!(all.take(), [row(12, 4), row(14, 5), row(14, 9)]);
    assert_eq!(on.told.progress.rows_raised, 3);
    assert_eq!(
        (on.told.progress.rows, on.told.progress.bound_ms),
        (6, Some(14_000))
    );
    on.session.advance(20_000);
    on.work();
    assert_eq!(o.take(), ["00:20.000 {\"C\":3}"]);
}

#[test]
fn what_cannot_be_typed_is_refused() {
    let mut on = Watched::new(APP);
    let none = on.session.insert("U", None, numbers(&[(0, 1)]), NOW);
    assert_eq!(none, Err(Refused::NoStream("U".to_owned())));
    let text: ArrayRef = Arc::new(StringViewArray::from_iter_values(["x"]));
    let other = on.session.insert("S", None, vec![text], NOW);
    assert_eq!(other, Err(Refused::OtherColumns("S".to_owned())));
    let fewer = on.session.insert("S", Some(vec![1, 2]), numbers(&[(0, 1)]), NOW);
    assert_eq!(fewer, Err(Refused::OtherColumns("S".to_owned())));
    assert_eq!(
        on.session.bind_sink(Some("U"), Lines::default().boxed()),
        Err(Refused::NoStream("U".to_owned()))
    );
    assert_eq!(on.turn(), Turn::Ended);
}

#[test]
fn rows_may_be_typed_into_a_stream_that_a_pump_writes() {
    let mut on = Watched::new(APP);
    let o = on.sink("O");
    on.insert("S", &[(10, 1)]);
    on.insert("O", &[(10, 2)]);
    on.insert("S", &[(11, 3)]);
    on.session.advance(12_000);
    on.work();
    // At one time, what comes from outside stands first.
    assert_eq!(o.take(), [row(10, 2), row(10, 1), row(11, 3)]);
}

#[test]
fn a_change_keeps_what_it_can_and_says_what_it_cannot() {
    let windowed = |extra: &str| {
        format!(
            "CREATE STREAM S (A INTEGER); {extra}
             CREATE STREAM O (C BIGINT);
             CREATE PUMP P AS INSERT INTO O
               SELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND);"
        )
    };
    let mut on = Watched::new(&windowed(""));
    let (o, s) = (on.sink("O"), on.source("S"));
    s.say(&[(11_000, 1), (12_000, 2)]);
    on.work();
    let two = windowed("CREATE STREAM T (A INTEGER);");
    let change = on.session.change(application(&format!(
        "{two} CREATE STREAM O2 (C BIGINT);
         CREATE PUMP Q AS INSERT INTO O2
           SELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND);"
    )));
    assert_eq!(
        (change.kept, change.started),
        (vec!["P".to_owned()], vec!["Q".to_owned()])
    );
    assert!(change.gone.is_empty() && change.unbound_sources.is_empty());
    let o2 = on.sink("O2");
    s.say(&[(13_000, 3), (21_000, 4)]);
    on.work();
    assert_eq!(o.take(), ["00:20.000 {\"C\":3}"]);
    assert_eq!(o2.take(), ["00:20.000 {\"C\":1}"]);
    // A stream of other columns is another stream, for its source, its sinks and its pumps.
    on.insert("T", &[(22, 1)]);
    let change = on.session.change(application(
        "CREATE STREAM S (A INTEGER, B INTEGER); CREATE STREAM O (C BIGINT);
         CREATE PUMP P AS INSERT INTO O
           SELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND);",
    ));
    assert_eq!(change.gone, [("P".to_owned(), 1), ("Q".to_owned(), 1)]);
    assert_eq!((change.kept.len(), change.started), (0, vec!["P".to_owned()]));
    assert_eq!(
        (change.unbound_sources, change.rows_dropped),
        (vec!["S".to_owned()], 1)
    );
    let closed: Vec<&str> = change.unbound_sinks.iter().map(|(_, s)| s.as_str()).collect();
    assert_eq!((closed, s.holders()), (vec!["O2"], 1));
    assert_eq!(o2.take(), ["closed"]);
    // The clock stands where it stood.
    let two: Vec<ArrayRef> = [numbers(&[(0, 1)]), numbers(&[(0, 1)])].concat();
    let typed = on.session.insert("S", Some(vec![1_000]), two, NOW).unwrap();
    assert_eq!(typed, [22_000]);
    on.session.advance(30_000);
    on.work();
    assert_eq!(o.take(), ["00:30.000 {\"C\":1}"]);
}

#[test]
fn a_source_stays_when_a_pump_comes_that_writes_its_stream() {
    let mut on = Watched::with_batches(
        "CREATE STREAM S (A INTEGER); CREATE STREAM T (A INTEGER); CREATE STREAM O (A INTEGER, AT TIMESTAMP);
         CREATE PUMP P AS INSERT INTO O SELECT STREAM A, APPROXIMATE_ARRIVAL_TIME FROM T;",
        1,
    );
    let o = on.sink("O");
    let t = on.source("T");
    t.say(&[(10_000, 1), (11_000, 2), (14_000, 5)]);
    on.turn();
    assert_eq!(
        o.take(),
        ["00:10.000 {\"A\":1,\"AT\":\"1970-01-01 00:00:10.000\"}"]
    );
    let with_writer =
        "CREATE STREAM S (A INTEGER); CREATE STREAM T (A INTEGER); CREATE STREAM O (A INTEGER, AT TIMESTAMP);
         CREATE PUMP W AS INSERT INTO T SELECT STREAM A FROM S;
         CREATE PUMP P AS INSERT INTO O SELECT STREAM A, T.ROWTIME FROM T;";
    on.session.change(application(with_writer));
    on.insert("S", &[(10, 3)]);
    on.work();
    // 14 s is where the clock stands: another writer could still have a row there.
    let at = |second: i64, number: i32| {
        format!("00:{second}.000 {{\"A\":{number},\"AT\":\"1970-01-01 00:00:{second}.000\"}}")
    };
    assert_eq!(o.take(), [at(10, 3), at(11, 2)]);
    on.session.change(application(
        "CREATE STREAM S (A INTEGER); CREATE STREAM T (A INTEGER); CREATE STREAM O (A INTEGER, AT TIMESTAMP);
         CREATE PUMP P AS INSERT INTO O SELECT STREAM A, APPROXIMATE_ARRIVAL_TIME FROM T;",
    ));
    t.say(&[(15_000, 6)]);
    on.work();
    let lines = o.take();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[1], at(15, 6));
}

#[test]
fn what_was_written_leaves_when_its_writers_are_gone() {
    let streams = "CREATE STREAM S (A INTEGER); CREATE STREAM O (A INTEGER);";
    let mut on = Watched::new(&format!(
        "{streams} CREATE PUMP P AS INSERT INTO O SELECT STREAM A FROM S;
         CREATE PUMP Q AS INSERT INTO O SELECT STREAM A + 100 FROM S;"
    ));
    let o = on.sink("O");
    on.insert("S", &[(10, 1)]);
    on.insert("O", &[(10, 2)]);
    on.work();
    assert_eq!(o.take().len(), 0);
    let change = on.session.change(application(streams));
    assert_eq!(change.gone, [("P".to_owned(), 0), ("Q".to_owned(), 0)]);
    on.insert("O", &[(10, 3), (11, 4)]);
    on.session.advance(12_000);
    on.work();
    let wanted = [row(10, 1), row(10, 101), row(10, 2), row(10, 3), row(11, 4)];
    assert_eq!(o.take(), wanted);
    on.insert("O", &[(12, 5)]);
    on.work();
    assert_eq!(o.take(), [row(12, 5)]);
    assert_eq!(on.session.status().streams[1].rows, 6);
}

#[test]
fn the_input_of_one_pump_ends() {
    let mut on = Watched::new(
        "CREATE STREAM S (A INTEGER); CREATE STREAM O (C BIGINT); CREATE STREAM O2 (C BIGINT);
         CREATE PUMP P AS INSERT INTO O
           SELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND);
         CREATE PUMP Q AS INSERT INTO O2
           SELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '20' SECOND);",
    );
    let (o, o2) = (on.sink("O"), on.sink("O2"));
    on.insert("S", &[(1, 1)]);
    on.work();
    on.session.finish_pump("P", NOW, &mut on.told).unwrap();
    assert_eq!(o.take(), ["00:10.000 {\"C\":1}"]);
    on.insert("S", &[(2, 1), (30, 1)]);
    on.work();
    assert_eq!(
        (o.take().len(), o2.take()),
        (0, vec!["00:20.000 {\"C\":2}".to_owned()])
    );
    let unknown = on.session.finish_pump("R", NOW, &mut on.told);
    assert_eq!(unknown, Err(Refused::NoPump("R".to_owned())));
}

#[test]
fn a_session_says_how_it_stands_and_ends_as_a_run_does() {
    let sql = "CREATE STREAM S (A INTEGER); CREATE STREAM O (C BIGINT);
         CREATE PUMP P AS INSERT INTO O
           SELECT STREAM COUNT(*) FROM S WHERE 6 / A > 1 GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND);";
    for flush in [true, false] {
        let mut on = Watched::new(sql);
        let o = on.sink("O");
        on.source("S")
            .say(&[(10_000, 1), (11_000, 0), (12_000, 6), (23_000, 2)]);
        on.work();
        on.insert("S", &[(24, 1)]);
        let status = on.session.status();
        let s = &status.streams[0];
        assert_eq!((s.name.as_str(), s.rows, s.bound_ms), ("S", 4, Some(23_000)));
        assert_eq!(
            (s.source, status.streams[1].source),
            (Some(SourceState::Idle), None)
        );
        assert_eq!(status.streams[1].rows, 1);
        let p = &status.pumps[0];
        assert_eq!((p.name.as_str(), p.counts.rows_in, p.open_groups), ("P", 4, 1));
        assert_eq!((p.counts.rows_failed, p.counts.rows_filtered), (1, 1));
        let state = on.session.state_bytes().unwrap();
        assert!(state[0].0 == "P" && state[0].1 > 0, "{state:?}");
        let summary = on.session.finish(flush, NOW, &mut on.told).unwrap();
        let mut wanted = vec!["00:20.000 {\"C\":1}"];
        if flush {
            wanted.push("00:30.000 {\"C\":2}");
        }
        wanted.push("closed");
        assert_eq!(o.take(), wanted);
        assert_eq!(summary.open_groups, usize::from(!flush));
        assert_eq!((summary.progress.rows, summary.progress.error_rows), (5, 1));
        assert_eq!(summary.streams["O"], if flush { 2 } else { 1 });
    }
}

#[test]
fn what_goes_wrong_is_told_once_nothing_more_is_at_hand() {
    let mut on = Watched::new(APP);
    let errors = Lines::default();
    on.session.bind_sink(None, errors.boxed()).unwrap();
    let s = on.source("S");
    // Before the first row there is no time but that on the wall.
    s.say_rubbish();
    assert_eq!(on.work(), Turn::Idle);
    assert_eq!(on.told.errors, ["00:59.000 Parse error rubbish at live:0"]);
    s.say(&[(10_000, 1)]);
    s.say_rubbish();
    assert_eq!(on.work(), Turn::Idle);
    assert_eq!(on.told.errors[1..], ["00:10.000 Parse error rubbish at live:0"]);
    assert_eq!(errors.take().len(), 2);
    assert_eq!(
        (on.told.progress.error_rows, on.told.progress.error_documents),
        (2, 2)
    );
}

#[test]
fn tables_keep_what_they_hold() {
    let name = |name: &str| Field {
        name: name.to_owned(),
        ty: SqlType::Varchar(10),
        not_null: false,
    };
    let table = |columns: &[&str]| ReferenceTable {
        name: "R".to_owned(),
        fields: columns.iter().map(|n| name(n)).collect(),
    };
    let load = || TableLoad {
        contents: TableContents {
            columns: vec![Arc::new(StringViewArray::from_iter_values(["x", "y"]))],
            rows: 2,
        },
        documents: 2,
        decoded: 2,
        errors: Vec::new(),
    };
    let sql = "CREATE STREAM S (A INTEGER); CREATE STREAM O (A INTEGER, N VARCHAR(10));
         CREATE PUMP P AS INSERT INTO O SELECT STREAM s.A, r.N FROM S AS s, R AS r;";
    let app = application_with(sql, vec![table(&["N"])]);
    let mut on = Watched::new("CREATE STREAM S (A INTEGER);");
    on.session.bind_table(Box::new(Table("R", Some(Ok(load())))));
    on.session.change(app.clone());
    let o = on.sink("O");
    on.insert("S", &[(1, 1)]);
    on.work();
    assert_eq!(o.take().len(), 2);
    // It goes and comes again, and is not read again.
    on.session.change(application("CREATE STREAM S (A INTEGER);"));
    on.insert("S", &[(2, 2)]);
    on.work();
    o.take();
    on.session.change(app.clone());
    let o = on.sink("O");
    on.insert("S", &[(3, 3)]);
    on.work();
    let pair = |n: &str| format!("00:03.000 {{\"A\":3,\"N\":\"{n}\"}}");
    assert_eq!(o.take(), [pair("x"), pair("y")]);
    // In place of the one before.
    on.session
        .bind_table(Box::new(Table("R", Some(Err(outside("gone"))))));
    on.insert("S", &[(4, 4)]);
    on.work();
    assert_eq!(on.told.notes, ["table R failed: outside: gone"]);
    assert_eq!(o.take().len(), 2);
    // What is read for other columns is not looked up in.
    on.session.bind_table(Box::new(Table("R", Some(Ok(load())))));
    let app = application_with(sql, vec![table(&["K", "N"])]);
    on.session.change(app);
    on.insert("S", &[(5, 5)]);
    on.work();
    assert_eq!(
        on.told.notes[1..],
        [
            "table R failed: reference table R: what is read has other columns than the statements that use it; bind it again"
        ]
    );
    assert_eq!(o.take().len(), 0);
}

#[test]
fn a_long_session_holds_no_more_than_its_windows() {
    let mut on = Watched::with_batches(
        "CREATE STREAM S (A INTEGER); CREATE STREAM O (C BIGINT);
         CREATE PUMP P AS INSERT INTO O
           SELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '10' SECOND);",
        64,
    );
    let o = on.sink("O");
    let mut sizes = Vec::new();
    for round in 0..200 {
        let s = on.source("S");
        let from = round * 10_000;
        s.say(&(0..100).map(|i| (from + i * 100, 1)).collect::<Vec<_>>());
        assert_eq!(on.work(), Turn::Idle);
        assert!(s.most_asked() <= 64);
        let size = on.session.state_bytes().unwrap()[0].1;
        sizes.push(size);
        let status = on.session.status();
        assert!(status.held_rows == 0 && status.pumps[0].open_groups == 1);
    }
    assert_eq!(o.take().len(), 199);
    // Times and counts grow by some digits.
    assert!(sizes[199] < sizes[0] + 50, "{sizes:?}");
}

#[test]
fn typed_rows_are_a_source_like_any() {
    let mut on = Watched::with_batches(APP, 2);
    let o = on.sink("O");
    let rows = TypedRows::new(
        "typed",
        vec![1_000, 2_000, 2_000],
        numbers(&[(0, 1), (0, 2), (0, 3)]),
    );
    let splits: Vec<Box<dyn Split>> = vec![Box::new(rows)];
    on.session.bind_source("S", splits, None, NOW).unwrap();
    assert_eq!(on.work(), Turn::Ended);
    assert_eq!(o.take(), [row(1, 1), row(2, 2), row(2, 3)]);
    assert_eq!(on.told.notes, ["source of S ended"]);
}
