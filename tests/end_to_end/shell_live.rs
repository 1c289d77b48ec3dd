//! The shell over a source that does not end: a live tail, its status line, Ctrl-C, `\watch`, notices at the prompt.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::machine::Folder;
use crate::terminal::{Screen, Table, Terminal, keys};

/// Rows that a feeder writes in a second.
const RATE: u64 = 10_000;
/// The time between two of its batches.
const PERIOD: Duration = Duration::from_millis(10);

/// Writes rows into a named pipe at [`RATE`], until it is dropped.
struct Feeder(Arc<AtomicBool>);

/// A named pipe, opened so that neither side waits for the other.
fn pipe(folder: &Folder) -> File {
    let path: PathBuf = folder.path("pipe");
    let made = Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

impl Feeder {
    /// Rows `{"N":0,…}`, `{"N":1,…}` and so on. Its thread is left alone: it may wait for a reader that is gone.
    fn new(mut pipe: File) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            #[expect(clippy::disallowed_methods, reason = "a real rate needs a clock")]
            let start = std::time::Instant::now();
            let mut written = 0;
            while !stopped.load(Ordering::Relaxed) {
                let due = start.elapsed().as_millis() as u64 * RATE / 1_000;
                let rows: String = (written..due)
                    .map(|n| format!("{{\"N\":{n},\"T\":\"text {}\"}}\n", n % 7))
                    .collect();
                written = due;
                if pipe.write_all(rows.as_bytes()).is_err() {
                    return;
                }
                std::thread::park_timeout(PERIOD);
            }
        });
        Self(stop)
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A shell with a stream that the pipe feeds.
fn shell(folder: &Folder) -> Terminal {
    let shell = Terminal::rowtime(folder, &[]);
    shell.ask("CREATE STREAM LIVE (N INTEGER, T VARCHAR(10));");
    let bound = shell.ask("\\source LIVE pipe");
    assert!(!bound.contains("error"), "{bound}");
    shell
}

/// The rows that the status line tells, where there is one.
fn status(screen: &Screen) -> Option<u64> {
    let rows = screen.rows();
    let line = rows.iter().rev().find(|row| row.contains("rows/s"))?;
    let digits = line.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits
        .find(|c: char| !c.is_ascii_digit() && c != ',')
        .unwrap_or(digits.len());
    digits[..end].replace(',', "").parse().ok()
}

/// The values of N in the rows that are shown, from above.
fn numbers(screen: &Screen) -> Vec<u64> {
    let row = |line: String| {
        line.split(['|', '│'])
            .next()
            .and_then(|cell| cell.trim().parse().ok())
    };
    screen.rows().into_iter().filter_map(row).collect()
}

/// What one look at a tail shows.
struct Shown {
    rows: u64,
    numbers: Vec<u64>,
    text: String,
}

/// What is shown while the status line tells so many rows or more.
fn shown(screen: &Screen, rows_min: u64) -> Option<Shown> {
    let rows = status(screen).filter(|rows| *rows >= rows_min)?;
    Some(Shown {
        rows,
        numbers: numbers(screen),
        text: screen.text(),
    })
}

impl Shown {
    /// Asserts that the rows fill the screen without a gap, one line each, above one status line.
    fn is_whole(&self) {
        assert!(self.numbers.len() >= 15, "{}", self.text);
        assert!(
            self.numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "{}",
            self.text
        );
        assert_eq!(self.text.matches("rows/s").count(), 1, "{}", self.text);
    }
}

#[test]
fn a_live_tail_shows_rows_as_they_come_with_their_rate_until_ctrl_c() {
    let folder = Folder::new();
    let pipe = pipe(&folder);
    let mut shell = shell(&folder);
    let feeder = Feeder::new(pipe);
    let at = shell.prompt();
    shell.press("SELECT STREAM N, T FROM LIVE;\r");
    let shown = shell.until("a status line of two seconds", |screen| shown(screen, 2 * RATE));
    shell.save("shell-tail");
    shown.is_whole();
    shell.press(keys::CTRL_C);
    let next = shell.prompt_from(at + 2);
    assert!(!shell.text().contains("rows/s"), "{}", shell.text());
    assert!(shell.text().contains(" rows"), "{}", shell.text());
    // The shell is alive, and so is the source.
    assert!(shell.ask("\\d LIVE").contains("INTEGER"));
    shell.press("SELECT STREAM N FROM LIVE WHERE MOD(N, 1000) = 0;\r");
    shell.until("a row of the second tail", |screen| {
        (screen.lines_before_cursor() > next && numbers(screen).last().is_some_and(|n| n % 1_000 == 0))
            .then_some(())
    });
    shell.press(keys::CTRL_C);
    shell.prompt_from(next + 2);
    drop(feeder);
    shell.press(keys::CTRL_D);
    assert_eq!(shell.status(), Some(0));
}

#[test]
fn a_tail_ends_by_itself_when_its_source_does() {
    let folder = Folder::new();
    let mut pipe = pipe(&folder);
    let shell = shell(&folder);
    let at = shell.prompt();
    shell.press("SELECT STREAM N FROM LIVE;\r");
    pipe.write_all(b"{\"N\":41}\n{\"N\":42}\n").unwrap();
    shell.until("both rows", |screen| {
        numbers(screen).ends_with(&[41, 42]).then_some(())
    });
    drop(pipe);
    shell.prompt_from(at + 2);
    assert!(shell.text().contains("(2 rows"), "{}", shell.text());
}

#[test]
fn a_resize_during_a_tail_leaves_no_garbage() {
    let folder = Folder::new();
    let pipe = pipe(&folder);
    let shell = shell(&folder);
    let feeder = Feeder::new(pipe);
    let at = shell.prompt();
    shell.press(
        "SELECT STREAM N, T, 'a text of thirty characters ok' AS LONG1, 'behind it' AS LAST1 FROM LIVE;\r",
    );
    let mut rows = shell.until("rows", |screen| shown(screen, 100)).rows;
    for columns in [40, 120] {
        shell.resize(24, columns);
        // Some screens later, everything is as wide as the terminal now is.
        let shown = shell.until("more rows", |screen| shown(screen, rows + 2_000));
        shell.save(&format!("shell-tail-{columns}"));
        shown.is_whole();
        // The longest column is cut, and the one behind it is not lost.
        let long = if columns == 40 {
            "a text of… | behind it"
        } else {
            "thirty characters ok | behind it"
        };
        assert!(shown.text.contains(long), "{}", shown.text);
        rows = shown.rows;
    }
    shell.press(keys::CTRL_C);
    shell.prompt_from(at + 2);
    drop(feeder);
    assert!(!shell.text().contains("rows/s"), "{}", shell.text());
}

#[test]
fn watch_is_refreshed_until_ctrl_c() {
    let folder = Folder::new();
    let pipe = pipe(&folder);
    let shell = shell(&folder);
    shell.ask("CREATE STREAM COUNTS (N BIGINT);");
    shell.ask(
        "CREATE PUMP COUNTING AS INSERT INTO COUNTS\nSELECT STREAM COUNT(*) FROM LIVE GROUP BY STEP(LIVE.ROWTIME BY INTERVAL '1' HOUR);",
    );
    let feeder = Feeder::new(pipe);
    let at = shell.prompt();
    shell.press("\\watch 1\r");
    let rows_in = |screen: &Screen| {
        let rows = screen.rows();
        let line = rows.iter().find(|row| row.starts_with("LIVE "))?;
        let number = line
            .split(|c: char| !c.is_ascii_digit() && c != ',')
            .find(|n| !n.is_empty())?;
        number.replace(',', "").parse::<u64>().ok()
    };
    let first = shell.until("rows of LIVE", |screen| rows_in(screen).filter(|n| *n > 0));
    shell.until("more rows of LIVE", |screen| {
        rows_in(screen).filter(|n| *n > first)
    });
    shell.save("shell-watch");
    assert!(shell.text().contains("COUNTING"), "{}", shell.text());
    shell.press(keys::CTRL_C);
    shell.until("the prompt", |screen| {
        (screen.cursor_line().trim_end() == "rowtime>").then_some(())
    });
    drop(feeder);
    assert!(shell.prompt() >= at);
    assert!(shell.ask("\\d COUNTS").contains("BIGINT"));
}

#[test]
fn a_notice_comes_above_a_line_that_is_half_typed() {
    let folder = Folder::new();
    let mut pipe = pipe(&folder);
    let shell = shell(&folder);
    shell.ask("CREATE STREAM COPIED (N INTEGER);");
    shell.ask("CREATE PUMP P AS INSERT INTO COPIED SELECT STREAM N FROM LIVE;");
    shell.ask("\\sink COPIED -");
    let half = "SELECT STREAM N FROM COP";
    shell.press(half);
    shell.sees_at_cursor(&format!("rowtime> {half}"));
    pipe.write_all(b"not json\n{\"N\":4711}\n").unwrap();
    shell.sees("error row");
    shell.sees("4711");
    shell.save("shell-notice");
    shell.sees_at_cursor(&format!("rowtime> {half}"));
    // Going on types where one was.
    shell.press("IED WHERE N");
    shell.sees_at_cursor(&format!("rowtime> {half}IED WHERE N"));
    shell.press(keys::CTRL_U);
    let errors = shell.ask("\\errors");
    assert!(
        errors.contains("Parse error") && errors.contains("not json") && errors.contains("pipe:0"),
        "{errors}"
    );
}

#[test]
fn the_prompt_answers_while_rows_pour_in_above_it() {
    let folder = Folder::new();
    let pipe = pipe(&folder);
    let mut shell = shell(&folder);
    shell.ask("CREATE STREAM COPIED (N INTEGER);");
    shell.ask("CREATE PUMP P AS INSERT INTO COPIED SELECT STREAM N FROM LIVE;");
    shell.ask("\\sink COPIED -");
    let feeder = Feeder::new(pipe);
    shell.until("a thousand rows", |screen| {
        numbers(screen).last().filter(|n| **n > 1_000).copied()
    });
    // Each of these is entered in the middle of what comes.
    for _ in 0..10 {
        let answer = shell.enter("\\d LIVE");
        shell.until("the answer", |screen| {
            let lines = screen.lines(answer, screen.lines_before_cursor());
            lines.iter().any(|line| line.contains("read by")).then_some(())
        });
    }
    shell.enter("\\sink COPIED off");
    drop(feeder);
    shell.prompt();
    shell.press(keys::CTRL_D);
    assert_eq!(shell.status(), Some(0));
}

#[test]
fn a_source_that_ends_is_told_at_the_prompt() {
    let folder = Folder::new();
    let mut pipe = pipe(&folder);
    let shell = shell(&folder);
    shell.ask("CREATE STREAM COPIED (N INTEGER);");
    shell.ask("CREATE PUMP P AS INSERT INTO COPIED SELECT STREAM N FROM LIVE;");
    shell.ask("\\sink COPIED -");
    pipe.write_all(b"{\"N\":1}\n{\"N\":4711}\n").unwrap();
    shell.sees("4711");
    drop(pipe);
    shell.until("the notice", |screen| {
        let rows = screen.rows();
        rows.iter()
            .any(|row| row.contains("LIVE") && row.contains("end") && !row.contains("CREATE"))
            .then_some(())
    });
    let answer = shell
        .ask("SELECT STREAM COUNT(*) AS C FROM COPIED GROUP BY STEP(COPIED.ROWTIME BY INTERVAL '1' HOUR);");
    assert!(!answer.contains("error"), "{answer}");
}

#[test]
fn a_private_run_over_a_large_file_is_ended_by_ctrl_c() {
    let folder = Folder::new();
    let rows: String = (0..300_000).map(|n| format!("{{\"N\":{n}}}\n")).collect();
    folder.write("large.jsonl", rows);
    let shell = Terminal::rowtime(&folder, &[]);
    let at = shell.prompt();
    shell.press("SELECT \"N\" FROM \"large.jsonl\";\r");
    shell.until("the first rows", |screen| {
        (numbers(screen).len() > 5).then_some(())
    });
    shell.press(keys::CTRL_C);
    shell.prompt_from(at + 2);
    let last = shell.look(|screen| numbers(screen).last().copied());
    assert!(last < Some(299_999), "{last:?}");
    let answer = shell.ask("SELECT COUNT(*) AS C FROM \"large.jsonl\";");
    assert_eq!(Table::of(&answer).column("C"), ["300000"], "{answer}");
}

#[test]
fn a_sink_that_nobody_reads_holds_its_sources_and_not_the_prompt() {
    let folder = Folder::new();
    let rows: String = (0..300_000)
        .map(|n| format!("{{\"N\":{n},\"T\":\"text\"}}\n"))
        .collect();
    folder.write("in.jsonl", rows);
    let made = Command::new("mkfifo").arg(folder.path("out")).status();
    assert!(made.unwrap().success());
    let mut shell = Terminal::rowtime(&folder, &[]);
    shell.ask("CREATE STREAM S (N INTEGER, T VARCHAR(10));");
    shell.ask("CREATE STREAM O AS SELECT STREAM N, T FROM S;");
    let bound = shell.ask("\\sink O out?format=json");
    assert!(bound.contains("nobody reads this named pipe yet"), "{bound}");
    shell.ask("\\source S in.jsonl");
    let query = "SELECT COUNT(*) AS N FROM O;";
    let answer = shell.ask(query);
    assert_eq!(Table::of(&answer).column("N"), ["300000"], "{answer}");
    // A reader that stops reading: the rest waits, and all of it comes once it goes on.
    let reader = OpenOptions::new().read(true).open(folder.path("out")).unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(reader));
    assert_eq!(lines.next().unwrap().unwrap(), "{\"N\":0,\"T\":\"text\"}");
    assert!(shell.ask("\\d O").contains("out"));
    let answer = shell.ask(query);
    assert_eq!(Table::of(&answer).column("N"), ["300000"], "{answer}");
    for n in 1..100_000 {
        let line = lines.next().unwrap().unwrap();
        assert_eq!(line, format!("{{\"N\":{n},\"T\":\"text\"}}"));
    }
    assert!(!shell.text().contains("has ended"), "{}", shell.text());
    let closed = shell.ask("\\sink O off");
    assert!(closed.contains("rows dropped that nobody has read"), "{closed}");
    assert!(shell.ask("\\sink").contains("no sinks"));
    // Without it the source is read to its end, and what no row waits for does not hold up the end.
    shell.sees("the source of S has ended");
    shell.ask("\\sink error_stream out?format=json");
    shell.press(keys::CTRL_D);
    assert_eq!(shell.status(), Some(0));
}

#[test]
fn a_local_stream_is_followed_and_shows_its_columns() {
    let folder = Folder::new();
    folder.run_on(&["append", "local:s"], b"{\"N\":1001}\n");
    let mut shell = Terminal::rowtime(&folder, &[]);
    let bound = shell.ask("\\source S local:s");
    assert!(bound.contains("N INTEGER"), "{bound}");
    let at = shell.prompt();
    shell.press("SELECT STREAM N FROM S;\r");
    let seen = |n| move |screen: &Screen| numbers(screen).contains(&n).then_some(());
    shell.until("what was there before", seen(1001));
    folder.run_on(&["append", "local:s"], b"{\"N\":1002}\n");
    shell.until("what came meanwhile", seen(1002));
    shell.press(keys::CTRL_C);
    shell.prompt_from(at + 1);
    shell.press(keys::CTRL_D);
    assert_eq!(shell.status(), Some(0));
}
