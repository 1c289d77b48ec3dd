//! A folder, the program run in it, and what it said.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The clock of every run that needs one.
pub const NOW: &str = "2026-01-27 10:15:30.123";

/// How long anything may take before it counts as hanging, in looks of 5 ms.
const LOOKS_MAX: usize = 6_000;

/// A stream that a pump copies: what most tests run.
pub const COPY: &str = "CREATE STREAM S (A INTEGER, B VARCHAR(10));
CREATE STREAM COPIED (A INTEGER, B VARCHAR(10));
CREATE PUMP P AS INSERT INTO COPIED SELECT STREAM A, B FROM S;
";

/// A folder of files, gone at the end of the test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With this script as `app.sql`.
    pub fn with(script: &str) -> Self {
        let folder = Self::new();
        folder.write("app.sql", script);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowtime"));
        command.args(args).current_dir(self.0.path());
        command.env_remove("NO_COLOR").stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdin(Stdio::piped()).spawn().unwrap()
    }

    /// Runs to the end.
    pub fn run(&self, args: &[&str]) -> Outcome {
        finish(self.command(args).spawn().unwrap())
    }

    /// Runs to the end with these bytes on standard input.
    pub fn run_on(&self, args: &[&str], input: &[u8]) -> Outcome {
        let mut child = self.start(args);
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let outcome = finish(child);
        writer.join().unwrap();
        outcome
    }
}

/// What a run left.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Waits for the end and takes what was said.
pub fn finish(mut child: Child) -> Outcome {
    let text = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.into_iter().for_each(|mut p| drop(p.read_to_end(&mut bytes)));
            String::from_utf8(bytes).expect("what the program says is UTF-8")
        })
    };
    let out = text(child.stdout.take().map(|p| Box::new(p) as Box<dyn Read + Send>));
    let err = text(child.stderr.take().map(|p| Box::new(p) as Box<dyn Read + Send>));
    let status = wait(&mut child);
    let outcome = Outcome {
        status,
        out: out.join().unwrap(),
        err: err.join().unwrap(),
    };
    assert!(!outcome.err.contains("panicked"), "{}", outcome.err);
    assert!(!outcome.err.contains("do not balance"), "{}", outcome.err);
    outcome
}

/// The status of a child; one that does not end in time is ended and fails the test.
pub fn wait(child: &mut Child) -> Option<i32> {
    let mut ended = None;
    let in_time = until(|| {
        ended = child.try_wait().unwrap();
        ended.is_some()
    });
    if !in_time {
        child.kill().unwrap();
        panic!("the program does not end");
    }
    ended.unwrap().code()
}

/// Looks until something holds; whether it did in time.
pub fn until(mut holds: impl FnMut() -> bool) -> bool {
    (0..LOOKS_MAX).any(|_| {
        let held = holds();
        if !held {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        held
    })
}

impl Outcome {
    /// Standard output of a run that ended well.
    pub fn rows(&self) -> &str {
        assert_eq!(self.status, Some(0), "{}", self.err);
        &self.out
    }

    /// The closing line of a run with `-v`.
    pub fn closing(&self) -> &str {
        self.line_with("rowtime: done: ")
    }

    /// (documents, decoded, error documents), after checking that all books balance. Every document of these tests
    /// that is decoded is one row.
    pub fn books(&self) -> (u64, u64, u64) {
        assert_eq!(self.status, Some(0), "{}", self.err);
        let line = self.closing();
        let rows_in = numbers(line)[0];
        let unreadable = line
            .split("; ")
            .find(|part| part.ends_with(" documents unreadable"));
        let books = match unreadable.map(numbers).as_deref() {
            Some([errors, documents]) => (*documents, documents - errors, *errors),
            _ => (rows_in, rows_in, 0),
        };
        assert_eq!(books.1, rows_in, "{line}");
        for pump in self.err.lines().filter(|l| l.starts_with("rowtime: pump ")) {
            let n = self::numbers(pump.split_once(": ").unwrap().1.split_once(": ").unwrap().1);
            assert_eq!(n[0], n[1] + n[2] + n[3] + n[4], "{pump}");
        }
        books
    }

    /// The line of standard error that contains this.
    pub fn line_with(&self, part: &str) -> &str {
        let mut lines = self.err.lines();
        lines
            .find(|l| l.contains(part))
            .unwrap_or_else(|| panic!("no line with {part:?}: {}", self.err))
    }

    /// Asserts that the invocation was refused with these words, and that nothing was printed.
    pub fn refused(&self, words: &str) {
        assert_eq!((self.status, self.out.as_str()), (Some(2), ""), "{}", self.err);
        assert!(self.err.contains(words), "{words:?} is not in: {}", self.err);
    }
}

/// The whole numbers of a text, commas between digits left out.
fn numbers(text: &str) -> Vec<u64> {
    let text = text.replace(',', "");
    let digits = text.split(|c: char| !c.is_ascii_digit());
    digits
        .filter(|d| !d.is_empty())
        .map(|d| d.parse().unwrap())
        .collect()
}

/// Upper-case hex, as DATA_ROW shows bytes.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}
