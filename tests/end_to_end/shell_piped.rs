//! The shell with a script on standard input: what it prints, in which order, and the status it ends with.

use std::io::{Read, Write};

use crate::machine::{Folder, NOW, Outcome, finish, until};
use crate::signals::signal;

/// Three rows in two minutes.
const TRADES: &str = "\
{\"T\":\"A\",\"P\":1,\"ROWTIME\":\"2026-01-01 00:00:01\"}
{\"T\":\"B\",\"P\":2,\"ROWTIME\":\"2026-01-01 00:00:02\"}
{\"T\":\"A\",\"P\":0,\"ROWTIME\":\"2026-01-01 00:01:05\"}
";

/// Counts by minute.
const COUNTS: &str = "\
CREATE STREAM trades (t VARCHAR(4), p INTEGER);
CREATE STREAM counts (t VARCHAR(4), n INTEGER);
CREATE PUMP counter AS INSERT INTO counts
SELECT STREAM t, COUNT(*) FROM trades GROUP BY t, STEP(trades.ROWTIME BY INTERVAL '60' SECOND);
";

fn folder() -> Folder {
    let folder = Folder::with(COUNTS);
    folder.write("trades.jsonl", TRADES);
    folder
}

fn shell(folder: &Folder, script: &str) -> Outcome {
    folder.run_on(&["repl", "--now", NOW], script.as_bytes())
}

#[test]
fn a_script_that_looks_at_nothing_is_run_as_run_runs_it() {
    let folder = folder();
    folder.write(
        "two.sql",
        format!("{COUNTS}CREATE STREAM dear AS SELECT STREAM t, 1/p AS q FROM trades;"),
    );
    for (app, sinks) in [
        ("app.sql", &[][..]),
        ("two.sql", &[][..]),
        (
            "two.sql",
            &["--sink", "dear=dear.csv", "--sink", "error_stream=-"][..],
        ),
    ] {
        let options = ["--now", NOW, "--source", "trades=trades.jsonl"];
        let run = [&["run", app][..], &options, sinks].concat();
        let repl = [&["repl"][..], &options, sinks].concat();
        let expected = folder.run(&run);
        let file = std::fs::read(folder.path("dear.csv")).ok();
        assert_eq!(
            folder.run_on(&repl, folder.read(app).as_bytes()),
            expected,
            "{app} {sinks:?}"
        );
        assert_eq!(std::fs::read(folder.path("dear.csv")).ok(), file);
        assert!(!expected.rows().is_empty());
    }
    // What `run` refuses is refused here, and nothing is run.
    let refused = folder.run_on(&["repl", "--source", "quotes=trades.jsonl"], COUNTS.as_bytes());
    refused.refused("--source quotes: there is no such stream; the application has COUNTS, TRADES");
    let refused = folder.run_on(
        &["repl", "--source", "trades=trades.jsonl"],
        format!("{COUNTS}CREATE PUMP q AS INSERT INTO nowhere SELECT STREAM t FROM trades;").as_bytes(),
    );
    refused.refused("<stdin>:5:30");
}

#[test]
fn the_shell_alone_reads_a_script_too() {
    let folder = folder();
    let done = folder.run_on(&[], b"SELECT * FROM \"trades.jsonl\" -- no semicolon");
    assert_eq!(
        done.rows(),
        "{\"T\":\"A\",\"P\":1}\n{\"T\":\"B\",\"P\":2}\n{\"T\":\"A\",\"P\":0}\n"
    );
    assert_eq!(folder.run_on(&[], b"").rows(), "");
    assert_eq!(folder.run_on(&[], b"-- nothing\n").err, "");
}

#[test]
fn a_query_over_files_runs_by_itself_from_their_start() {
    let folder = folder();
    let script = format!(
        "{COUNTS}\\source trades trades.jsonl\n\
         SELECT STREAM * FROM counts;\n\
         SELECT t, SUM(p) AS total FROM trades GROUP BY t ORDER BY total;\n\
         SELECT STREAM t FROM trades WHERE p > 0;\n\
         SELECT COUNT(*) AS n FROM counts;\n"
    );
    let done = shell(&folder, &script);
    assert_eq!(
        done.rows(),
        "{\"T\":\"A\",\"N\":1}\n{\"T\":\"B\",\"N\":1}\n{\"T\":\"A\",\"N\":1}\n\
         {\"T\":\"A\",\"TOTAL\":1}\n{\"T\":\"B\",\"TOTAL\":2}\n\
         {\"T\":\"A\"}\n{\"T\":\"B\"}\n\
         {\"N\":3}\n"
    );
    assert_eq!(done.err, "(3 rows)\n(2 rows)\n(2 rows)\n(1 row)\n");
}

#[test]
fn what_is_wrong_is_shown_at_its_place_and_the_rest_is_carried_out() {
    let folder = folder();
    let script = "\\source trades trades.jsonl\n\
         SELECT p FROM trades; SELECT nothing FROM trades;\n\
         /* a comment\n of two lines */ SELEKT 1;\n\
         \\soruce trades trades.jsonl\n\
         SELECT t FROM trades WHERE p = 2;\n";
    let done = shell(&folder, script);
    assert_eq!(done.status, Some(2));
    assert_eq!(done.out, "{\"P\":1}\n{\"P\":2}\n{\"P\":0}\n{\"T\":\"B\"}\n");
    for place in ["<stdin>:2:30", "<stdin>:4:18", "<stdin>:5:1"] {
        assert!(done.err.contains(place), "{place}: {}", done.err);
    }
    assert!(done.err.contains("at line 4, column 18"), "{}", done.err);
    assert!(done.err.contains("did you mean \\source?"), "{}", done.err);
}

#[test]
fn a_failure_while_running_is_status_1_and_a_refusal_outweighs_it() {
    let folder = folder();
    let failing = "\\source trades trades.jsonl\n\\sink trades /dev/full\nSELECT 1 FROM trades;\n";
    let done = shell(&folder, failing);
    assert_eq!(done.status, Some(1), "{}", done.err);
    assert!(done.err.contains("/dev/full"), "{}", done.err);
    let done = shell(&folder, &format!("{failing}SELECT;\n"));
    assert_eq!(done.status, Some(2), "{}", done.err);
    // It is bound no more.
    let done = shell(&folder, &format!("{failing}\\errors\n\\sink\n\\d trades\n"));
    assert!(
        done.out.contains("no sinks\n") && !done.out.contains("/dev/full"),
        "{}",
        done.out
    );
    // Error rows are data.
    let done = shell(&folder, "SELECT STREAM 1/p AS q FROM \"trades.jsonl\";\n");
    assert_eq!(done.rows(), "{\"Q\":1}\n{\"Q\":0}\n");
    assert_eq!(done.err, "rowtime: 1 error row, \\errors shows them\n(2 rows)\n");
}

#[test]
fn statements_that_come_together_may_use_what_comes_later() {
    let folder = folder();
    let script = "CREATE PUMP p AS INSERT INTO o SELECT STREAM a FROM v;\n\
         CREATE VIEW v AS SELECT STREAM a FROM s;\n\
         CREATE STREAM o (a INTEGER);\n\
         CREATE STREAM s (a INTEGER);\n\
         INSERT INTO s VALUES (1), (2);\n\
         SELECT STREAM * FROM o;\n";
    assert_eq!(shell(&folder, script).rows(), "{\"A\":1}\n{\"A\":2}\n");
}

#[test]
fn what_is_wrong_is_left_out_with_what_needs_it() {
    let folder = folder();
    let script = "CREATE STREAM s (a INTEGER);\n\
         CREATE STREAM o (a INTEGR);\n\
         CREATE PUMP p AS INSERT INTO o SELECT STREAM a FROM s;\n\
         CREATE STREAM kept (a INTEGER);\n\
         \\d\n";
    let done = shell(&folder, script);
    assert_eq!(
        (done.status, done.out.as_str()),
        (Some(2), "Streams\n  S     (A INTEGER)\n  KEPT  (A INTEGER)\n")
    );
    assert!(done.err.contains("<stdin>:2:20"), "{}", done.err);
    assert!(
        done.err.contains("left out with it: <stdin>:3:30"),
        "{}",
        done.err
    );
}

#[test]
fn rows_typed_by_hand_and_the_clock_go_through_what_runs() {
    let folder = Folder::new();
    let script = format!(
        "{COUNTS}\\sink counts -\n\
         INSERT INTO trades (t, p, ROWTIME) VALUES\n  ('A', 1, TIMESTAMP '2026-01-01 00:00:01'),\n  \
         ('A', 2, TIMESTAMP '2026-01-01 00:00:59');\n\
         INSERT INTO trades (t, ROWTIME) VALUES ('B', TIMESTAMP '2026-01-01 00:01:00');\n\
         SELECT COUNT(*) AS n FROM trades;\n\
         \\advance 2026-01-01 00:02:00\n\
         SELECT t FROM trades WHERE p IS NULL;\n\
         INSERT INTO trades (t, ROWTIME) VALUES ('C', TIMESTAMP '2026-01-01 00:00:00');\n\
         \\advance +1 min\n\
         \\advance 2026-01-01 00:00:00\n"
    );
    let done = shell(&folder, &script);
    assert_eq!(
        done.out,
        // The first minute closes with the row of the second; that of C is late and raised to the clock.
        "{\"T\":\"A\",\"N\":2}\n{\"N\":3}\n{\"T\":\"B\",\"N\":1}\n{\"T\":\"B\"}\n{\"T\":\"C\",\"N\":1}\n"
    );
    assert_eq!(done.status, Some(2));
    assert!(
        done.err.contains(
            "1 row is older than the clock, which never goes back: ROWTIME 2026-01-01 00:02:00.000 instead"
        ),
        "{}",
        done.err
    );
    assert!(
        done.err
            .contains("<stdin>:15:1: \\advance: the clock is at 2026-01-01 00:03:00.000 and never goes back"),
        "{}",
        done.err
    );
}

#[test]
fn a_sink_gets_all_rows_by_the_end_of_the_script() {
    let folder = folder();
    let script = format!(
        "{COUNTS}\\source trades trades.jsonl\n\\sink counts counts.csv?header=true\n\\sink error_stream err.jsonl\n"
    );
    assert_eq!(shell(&folder, &script).rows(), "");
    assert_eq!(folder.read("counts.csv"), "T,N\nA,1\nB,1\nA,1\n");
    assert_eq!(folder.read("err.jsonl"), "");
}

#[test]
fn a_sink_of_the_command_line_waits_for_its_stream_and_must_find_one() {
    let folder = folder();
    let options = ["repl", "--now", NOW, "--source", "trades=trades.jsonl"];
    let script = format!("SELECT COUNT(*) AS n FROM trades;\n{COUNTS}");
    let found = [&options[..], &["--sink", "counts=counts.jsonl"]].concat();
    assert_eq!(folder.run_on(&found, script.as_bytes()).rows(), "{\"N\":3}\n");
    assert_eq!(folder.read("counts.jsonl").lines().count(), 3);
    let lost = [&options[..], &["--sink", "count=count.jsonl"]].concat();
    let done = folder.run_on(&lost, script.as_bytes());
    assert_eq!(done.status, Some(2));
    assert!(
        done.err.contains(
            "--sink count: there is no such stream; the application has TRADES, COUNTS, error_stream"
        ),
        "{}",
        done.err
    );
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let folder = folder();
    for script in [
        "SELECT * FROM \"trades.jsonl\";\n",
        "\\help\n",
        "\\source s trades.jsonl\n\\sink s -\n",
    ] {
        let mut command = folder.command(&["repl"]);
        command.stdin(std::process::Stdio::piped());
        command.stdout(std::fs::File::create("/dev/full").unwrap());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let done = finish(child);
        assert_eq!(done.status, Some(1), "{script}: {}", done.err);
        assert_eq!(
            done.err.matches("standard output").count(),
            1,
            "{script}: {}",
            done.err
        );
    }
}

#[test]
fn a_command_may_be_indented_and_may_follow_a_statement() {
    let folder = folder();
    let script = "  \\source s trades.jsonl\n\
         SELECT COUNT(*) AS n FROM s; \\output csv\n\
         SELECT p FROM s WHERE p = 2; /* now */ \\output json\n\
         \t\\output vertical\n";
    let done = shell(&folder, script);
    assert_eq!(done.rows(), "{\"N\":3}\nP\n2\n", "{}", done.err);
}

#[test]
fn help_inside_the_shell_names_its_commands() {
    let folder = folder();
    let done = shell(
        &folder,
        "SELECT a FROM nope;\nINSERT INTO nope VALUES (1);\nSELECT * FROM \"no.jsonl\";\n",
    );
    assert_eq!(done.status, Some(2));
    assert!(
        done.err.contains("\\source") && !done.err.contains("--source"),
        "{}",
        done.err
    );
    assert!(done.err.contains("there is no file no.jsonl"), "{}", done.err);
}

#[test]
fn a_reader_that_leaves_ends_the_shell_quietly() {
    let folder = Folder::new();
    let rows: String = (0..200_000).map(|i| format!("{{\"A\":{i}}}\n")).collect();
    folder.write("in.json", rows);
    let mut child = folder.start(&["repl"]);
    let mut stdin = child.stdin.take().unwrap();
    drop(child.stdout.take());
    stdin
        .write_all(b"SELECT * FROM \"in.json\";\nSELECT * FROM \"in.json\";\n")
        .unwrap();
    drop(stdin);
    let done = finish(child);
    assert_eq!(done.status, Some(0));
    assert!(!done.err.contains("error"), "{}", done.err);
}

#[test]
fn a_live_source_is_followed_until_it_ends() {
    let folder = Folder::new();
    let fifo = folder.path("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let writer = std::thread::spawn(move || {
        let mut pipe = std::fs::File::create(fifo).unwrap();
        for i in 0..1_000 {
            writeln!(pipe, "{{\"T\":\"A\",\"P\":{i}}}").unwrap();
        }
    });
    let script = "\\source trades pipe\n\
         CREATE STREAM trades (t VARCHAR(4), p INTEGER);\n\
         \\source trades pipe\n\
         SELECT p FROM trades;\n\
         SELECT STREAM p FROM trades WHERE MOD(p, 250) = 0;\n";
    let done = shell(&folder, script);
    writer.join().unwrap();
    assert_eq!(done.out, "{\"P\":0}\n{\"P\":250}\n{\"P\":500}\n{\"P\":750}\n");
    assert_eq!(done.status, Some(2));
    assert!(
        done.err
            .contains("<stdin>:1:1: pipe: what comes from it cannot be looked at"),
        "{}",
        done.err
    );
    assert!(
        done.err.contains("<stdin>:4:1: TRADES comes as it happens"),
        "{}",
        done.err
    );
}

#[test]
fn a_signal_ends_a_script_with_its_sinks_written_and_its_windows_dropped() {
    for name in ["-INT", "-TERM"] {
        let folder = folder();
        let mut child = folder.start(&["repl", "--now", NOW]);
        let mut stdin = child.stdin.take().unwrap();
        let script = format!(
            "{COUNTS}\\source trades trades.jsonl\n\\sink counts counts.jsonl.gz\n\\sink trades seen.jsonl\n\\watch\n"
        );
        stdin.write_all(script.as_bytes()).unwrap();
        // The script goes on, and the shell waits for it.
        assert!(until(
            || std::fs::read_to_string(folder.path("seen.jsonl")).is_ok_and(|seen| seen.lines().count() == 3)
        ));
        signal(&child, name);
        let done = finish(child);
        assert_eq!(done.status, Some(0), "{}", done.err);
        assert_eq!(
            done.err,
            "rowtime: open windows or groups dropped, their rows with them: 1\n"
        );
        let mut counts = String::new();
        let archive = std::fs::File::open(folder.path("counts.jsonl.gz")).unwrap();
        flate2::read::MultiGzDecoder::new(archive)
            .read_to_string(&mut counts)
            .unwrap();
        assert_eq!(counts, "{\"T\":\"A\",\"N\":1}\n{\"T\":\"B\",\"N\":1}\n");
        drop(stdin);
    }
}

#[test]
fn a_query_over_live_sources_that_have_ended_gives_what_a_run_gives() {
    let app = "CREATE STREAM s (a INTEGER);\nCREATE STREAM u (a INTEGER);\nCREATE STREAM m (a INTEGER);\n\
         CREATE STREAM o (a INTEGER, n INTEGER);\n\
         CREATE PUMP p1 AS INSERT INTO m SELECT STREAM a FROM s;\n\
         CREATE PUMP p2 AS INSERT INTO m SELECT STREAM a FROM u;\n\
         CREATE PUMP p3 AS INSERT INTO o SELECT STREAM a, COUNT(*) FROM m \
         GROUP BY a, STEP(m.ROWTIME BY INTERVAL '60' SECOND);\n";
    let folder = Folder::with(app);
    let pipes = [folder.path("pipe"), folder.path("other")];
    let made = std::process::Command::new("mkfifo").args(&pipes).status();
    assert!(made.unwrap().success());
    let feed = || {
        pipes.clone().map(|pipe| {
            std::thread::spawn(move || {
                let mut pipe = std::fs::File::create(pipe).unwrap();
                for i in 0..150 {
                    let time = format!("2026-01-01 00:00:{:02}", i / 10);
                    writeln!(pipe, "{{\"A\":{},\"ROWTIME\":\"{time}\"}}", i % 3).unwrap();
                }
            })
        })
    };
    let writers = feed();
    let bound = ["--now", NOW, "--source", "s=pipe", "--source", "u=other"];
    let run = folder.run(&[&["run", "app.sql"][..], &bound, &["--sink", "o=-"]].concat());
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    let wanted = "{\"A\":0,\"N\":100}\n{\"A\":1,\"N\":100}\n{\"A\":2,\"N\":100}\n";
    assert_eq!(run.rows(), wanted, "{}", run.err);
    for (query, lines) in [
        ("SELECT STREAM * FROM o;\n", 3),
        ("SELECT STREAM a FROM m;\n", 300),
    ] {
        let writers = feed();
        let done = shell(
            &folder,
            &format!("{app}\\source s pipe\n\\source u other\n{query}"),
        );
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(done.rows().lines().count(), lines, "{query}{}", done.err);
        if lines == 3 {
            assert_eq!(done.rows(), wanted);
        }
    }
}

#[test]
fn a_query_that_follows_a_live_source_is_ended_by_a_signal() {
    let folder = Folder::new();
    let fifo = folder.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    let mut child = folder.start(&["repl"]);
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(
            b"CREATE STREAM s (a INTEGER);\n\\source s pipe\nSELECT STREAM a FROM s;\nSELECT STREAM a FROM s;\n",
        )
        .unwrap();
    let mut pipe = std::fs::File::create(fifo).unwrap();
    pipe.write_all(b"{\"A\":7}\n").unwrap();
    let mut row = String::new();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut stdout, &mut row).unwrap();
    assert_eq!(row, "{\"A\":7}\n");
    signal(&child, "-INT");
    let done = finish(child);
    assert_eq!(
        (done.status, done.err.as_str()),
        (Some(0), "(1 row, interrupted)\n")
    );
    drop((stdin, pipe));
}

#[test]
fn a_query_over_a_large_file_says_once_that_its_columns_are_a_guess() {
    let folder = Folder::new();
    let rows: String = (0..1_500).map(|i| format!("{{\"A\":{i}}}\n")).collect();
    folder.write("in.json", rows);
    let query = "SELECT MAX(a) AS m FROM \"in.json\";\n";
    let done = shell(&folder, &format!("{query}{query}"));
    assert_eq!(done.rows(), "{\"M\":1499}\n{\"M\":1499}\n");
    assert_eq!(
        done.err,
        "rowtime: columns guessed from the first 1,000 records; see \\source\n(1 row)\n(1 row)\n"
    );
}

#[test]
fn live_sources_with_a_clock_are_merged_by_it_as_files_are() {
    let folder = Folder::new();
    let app = "CREATE STREAM l (a INTEGER);\nCREATE STREAM r (a INTEGER);\nCREATE STREAM merged (a INTEGER);\n\
         CREATE PUMP p AS INSERT INTO merged SELECT STREAM a FROM l;\n\
         CREATE PUMP q AS INSERT INTO merged SELECT STREAM a FROM r;\n";
    let line = |i: usize| {
        format!(
            "{{\"A\":{i},\"ROWTIME\":\"2026-01-01 00:{:02}:{:02}\"}}\n",
            i / 60,
            i % 60
        )
    };
    let feed = |pipe: &str, first: usize| {
        let path = folder.path(pipe);
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        std::thread::spawn(move || {
            let mut pipe = std::fs::File::create(path).unwrap();
            for i in (first..1_000).step_by(2) {
                // Each row by itself, so that one pipe is empty again and again while the other is not.
                pipe.write_all(line(i).as_bytes()).unwrap();
            }
        })
    };
    let writers = [feed("left", 0), feed("right", 1)];
    let done = shell(
        &folder,
        &format!("{app}\\source l left\n\\source r right\n\\sink merged merged.jsonl\n"),
    );
    // Before the writers are waited for, who wait for a reader.
    assert_eq!(done.rows(), "", "{}", done.err);
    writers.into_iter().for_each(|w| w.join().unwrap());
    let expected: String = (0..1_000).map(|i| format!("{{\"A\":{i}}}\n")).collect();
    assert_eq!(folder.read("merged.jsonl"), expected);
}

#[test]
fn a_live_source_that_is_silent_holds_the_others_back_for_a_while_only() {
    let folder = folder();
    let silent = folder.path("silent");
    let made = std::process::Command::new("mkfifo").arg(&silent).status();
    assert!(made.unwrap().success());
    let mut child = folder.start(&["repl", "--now", NOW]);
    let mut stdin = child.stdin.take().unwrap();
    let script = "CREATE STREAM s (a INTEGER);\n\\source s silent\n\\sink s s.jsonl\n\
         CREATE STREAM trades (t VARCHAR(4));\n\\source trades trades.jsonl\n\\sink trades -\n\\errors\n";
    stdin.write_all(script.as_bytes()).unwrap();
    let pipe = std::fs::File::create(silent).unwrap();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut row = String::new();
    std::io::BufRead::read_line(&mut stdout, &mut row).unwrap();
    assert_eq!(row, "{\"T\":\"A\"}\n");
    drop((stdin, pipe));
    let done = finish(child);
    assert_eq!((done.status, done.err.as_str()), (Some(0), ""));
}

#[test]
fn error_rows_of_a_query_are_told_apart_and_forgotten_with_the_next() {
    let folder = Folder::new();
    folder.write("bad.jsonl", "{\"A\":1}\nnot json\n{\"A\":\"x\"}\n");
    let script = "CREATE STREAM s (a INTEGER);\nCREATE STREAM o (a INTEGER);\n\
         CREATE PUMP p AS INSERT INTO o SELECT STREAM a FROM s;\n\\source s bad.jsonl\n\
         SELECT * FROM s;\nSELECT * FROM s;\n\\errors 0\n";
    let done = shell(&folder, script);
    let counts =
        |whose: &str| format!("2 error rows{whose}\n  input  Coercion error: 1\n  input  Parse error: 1\n");
    let counts = counts("") + &counts(" of the last query");
    assert_eq!(done.rows(), format!("{{\"A\":1}}\n{{\"A\":1}}\n{counts}"));
}

#[test]
fn a_tail_over_a_stream_of_two_writers_shows_the_last_rows_too() {
    let folder = Folder::new();
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let writer = std::thread::spawn(move || {
        let mut pipe = std::fs::File::create(pipe).unwrap();
        for i in 0..100 {
            writeln!(pipe, "{{\"A\":{i}}}").unwrap();
        }
    });
    let script = "CREATE STREAM l (a INTEGER);\nCREATE STREAM r (a INTEGER);\nCREATE STREAM o (a INTEGER);\n\
         CREATE PUMP p AS INSERT INTO o SELECT STREAM a FROM l;\n\
         CREATE PUMP q AS INSERT INTO o SELECT STREAM a FROM r;\n\
         \\source l pipe\nSELECT STREAM a FROM o;\n";
    let done = folder.run_on(&["repl"], script.as_bytes());
    let expected: String = (0..100).map(|i| format!("{{\"A\":{i}}}\n")).collect();
    assert_eq!(done.rows(), expected, "{}", done.err);
    writer.join().unwrap();
}

#[test]
fn what_is_read_is_not_written_and_what_is_written_is_not_read() {
    let folder = folder();
    folder.write("names.csv", "B,NAME\nx,Xavier\n");
    let script = "CREATE STREAM o (a INTEGER);\nCREATE STREAM s (a INTEGER);\n\\reference names names.csv\n\
         \\sink o names.csv\n\\sink o o.csv\n\\source s o.csv\n\\errors\n\\source s o.csv\n\\reference more ./o.csv\n";
    let done = shell(&folder, script);
    assert_eq!(done.status, Some(2));
    for words in [
        "<stdin>:4:1: \\sink O: names.csv is read as a reference table",
        "<stdin>:8:1: s: o.csv is the destination of o;",
        "<stdin>:9:1: more: ./o.csv is the destination of o;",
    ] {
        assert!(done.err.contains(words), "{words}: {}", done.err);
    }
    assert!(folder.read("names.csv").contains("Xavier"));
}

#[test]
fn a_file_that_is_not_there_is_refused_at_the_start() {
    let folder = folder();
    for option in ["--source", "--reference"] {
        let done = folder.run_on(&["repl", "app.sql", option, "trades=nope.jsonl"], b"\\d\n");
        assert_eq!((done.status, done.out.as_str()), (Some(2), ""), "{option}");
        assert!(
            done.err.contains("nope.jsonl: no such file or folder"),
            "{}",
            done.err
        );
    }
}

#[test]
fn a_query_that_reads_nothing_is_answered_at_once() {
    let folder = folder();
    let script =
        "SELECT 1 + 1 AS x, UPPER('a') AS y;\nVALUES (1, 'a'), (2, NULL);\nSELECT 1 / 0;\nSELECT nothing;\n";
    let done = shell(&folder, script);
    let rows: Vec<&str> = done.out.lines().collect();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!(rows[0], r#"{"X":2,"Y":"A"}"#);
    assert!(rows[1].contains('1') && rows[2].contains("null"), "{rows:?}");
    assert_eq!(done.status, Some(2));
    assert!(done.err.contains("<stdin>:3:8"), "{}", done.err);
    assert!(done.err.contains("<stdin>:4:8"), "{}", done.err);
}
