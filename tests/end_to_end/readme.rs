//! README.md is true: its files are written, its commands run, and what they print is what it shows.
//!
//! A fence tells what its text is. `console` is what one sees in a terminal: after `$ ` a command, below it what it
//! prints; where the command is the shell, the lines after its prompts are typed into a real terminal. `sql NAME` and
//! `text NAME` are files that the reader saves. `…` stands for what may differ: alone on a line for any lines, within
//! a line for any text. Everything runs in one folder, in the order of the page, as in a fresh clone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pty_process::blocking::Command as CommandInTerminal;

use crate::machine::{Folder, finish};
use crate::terminal::{PROMPT, Terminal};

/// A fenced text: what stands behind its three backquotes, its lines, and the number of the first.
struct Fence<'a> {
    info: &'a str,
    lines: Vec<&'a str>,
    line: usize,
}

fn clone() -> PathBuf {
    let repl = Path::new(env!("CARGO_MANIFEST_DIR"));
    repl.parent().unwrap().to_owned()
}

fn fences(page: &str) -> Vec<Fence<'_>> {
    let mut fences: Vec<Fence<'_>> = Vec::new();
    // A fence within a longer one belongs to its text.
    let mut open: Option<&str> = None;
    for (index, line) in page.lines().enumerate() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match open {
            Some(marks) if line == marks => open = None,
            Some(_) => fences.last_mut().unwrap().lines.push(line),
            None if ticks.len() >= 3 => {
                open = Some(ticks);
                fences.push(Fence {
                    info: &line[ticks.len()..],
                    lines: Vec::new(),
                    line: index + 2,
                });
            }
            None => {}
        }
    }
    assert!(open.is_none(), "a fence of README.md does not end");
    fences
}

/// One command of a `console` text: its line, what is shown below, and where.
struct Step {
    command: String,
    shown: Vec<String>,
    line: usize,
}

fn steps(fence: &Fence<'_>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut continued = false;
    for (index, text) in fence.lines.iter().enumerate() {
        if let Some(command) = text.strip_prefix("$ ") {
            steps.push(Step {
                command: command.to_owned(),
                shown: Vec::new(),
                line: fence.line + index,
            });
        } else if continued {
            let step = steps.last_mut().unwrap();
            step.command.push('\n');
            step.command.push_str(text);
        } else {
            let step = steps
                .last_mut()
                .unwrap_or_else(|| panic!("line {}: no command", fence.line));
            step.shown.push((*text).to_owned());
            continue;
        }
        continued = text.ends_with('\\');
    }
    steps
}

/// The search path with the program in front.
fn path() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_rowtime")).parent().unwrap();
    let others = std::env::var_os("PATH").unwrap_or_default();
    format!("{}:{}", program.display(), others.display())
}

/// What a command prints, on standard output and standard error as they come.
fn printed(folder: &Folder, command: &str) -> String {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .env("PATH", path());
    shell
        .current_dir(folder.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    finish(shell.spawn().unwrap()).out
}

/// The entries that are typed in a session of the shell, each with the lines that are shown below it.
fn entries(step: &Step) -> Vec<(String, Vec<&str>)> {
    let mut entries: Vec<(String, Vec<&str>)> = Vec::new();
    // An entry goes on over lines until its semicolon.
    let mut goes_on = false;
    for line in &step.shown {
        match (line.strip_prefix(PROMPT), entries.last_mut()) {
            (Some(first), _) => entries.push((first.trim_start().to_owned(), Vec::new())),
            (None, Some((entry, _))) if goes_on => {
                entry.push('\n');
                entry.push_str(line);
            }
            (None, Some((_, shown))) => shown.push(line),
            (None, None) => {}
        }
        let ends = |(entry, _): &(String, Vec<&str>)| entry.starts_with('\\') || entry.ends_with(';');
        goes_on = entries.last().is_some_and(|last| !ends(last));
    }
    entries
}

/// What a terminal shows when the entries of a session are typed.
fn typed(folder: &Folder, step: &Step) -> String {
    let command = CommandInTerminal::new("sh").args(["-c", &format!("exec {}", step.command)]);
    let mut terminal = Terminal::start(command, folder, (50, 80), &[("PATH", &path())]);
    for (entry, shown) in entries(step) {
        let answer = terminal.enter(&entry);
        if !entry.starts_with("\\q") {
            terminal.prompt_from(answer);
            // What comes in the background has its time, too.
            let is_shown =
                |lines: &[String]| lines_are(&lines.iter().map(String::as_str).collect::<Vec<_>>(), &shown);
            if !terminal.becomes(answer, is_shown) {
                return terminal.transcript();
            }
        }
    }
    assert_eq!(
        terminal.status(),
        Some(0),
        "line {}: {}",
        step.line,
        terminal.text()
    );
    terminal.transcript()
}

/// Whether a line is as another, in which `…` stands for any text.
fn line_is(line: &str, shown: &str) -> bool {
    match shown.split_once('…') {
        None => line == shown,
        Some((before, rest)) => line.strip_prefix(before).is_some_and(|line| {
            let mut ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
            ends.any(|at| line_is(&line[at..], rest))
        }),
    }
}

/// Whether lines are as others, in which `…` alone stands for any lines.
fn lines_are(lines: &[&str], shown: &[&str]) -> bool {
    match shown {
        [] => lines.is_empty(),
        ["…", rest @ ..] => (0..=lines.len()).any(|at| lines_are(&lines[at..], rest)),
        [first, rest @ ..] => {
            lines.first().is_some_and(|line| line_is(line, first)) && lines_are(&lines[1..], rest)
        }
    }
}

fn is_shell(command: &str) -> bool {
    command == "rowtime" || command == "rowtime repl" || command.starts_with("rowtime repl ")
}

#[test]
fn what_the_readme_shows_is_what_one_gets() {
    let page = std::fs::read_to_string(clone().join("README.md")).unwrap();
    let folder = Folder::new();
    for name in ["queries", "tests"] {
        std::os::unix::fs::symlink(clone().join(name), folder.path(name)).unwrap();
    }
    let mut tried = 0;
    let mut faults = Vec::new();
    for fence in fences(&page) {
        match fence.info.split_once(' ') {
            Some(("sql" | "text", name)) => folder.write(name, fence.lines.join("\n") + "\n"),
            None if fence.info == "console" => {
                for step in steps(&fence) {
                    tried += 1;
                    let shown: Vec<&str> = step.shown.iter().map(|line| line.trim_end()).collect();
                    let got = if is_shell(&step.command) {
                        typed(&folder, &step)
                    } else {
                        printed(&folder, &step.command)
                    };
                    let lines: Vec<&str> = got.trim_end().lines().map(str::trim_end).collect();
                    let shown = shown.strip_suffix(&[""]).unwrap_or(&shown);
                    if !lines_are(&lines, shown) {
                        faults.push(format!("README.md:{}: {}\n{got}", step.line, step.command));
                    }
                }
            }
            _ => {}
        }
    }
    assert!(
        faults.is_empty(),
        "these print something else:\n{}",
        faults.join("\n\n")
    );
    assert!(tried >= 8, "{tried} commands");
}

#[test]
fn every_file_that_the_readme_names_is_there() {
    let page = std::fs::read_to_string(clone().join("README.md")).unwrap();
    let linked = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(path, _)| path);
    let links: Vec<&str> = linked.filter(|path| !path.contains("://")).collect();
    assert!(links.len() >= 4, "{links:?}");
    for path in links.into_iter().chain(["queries/demo", "tests/run"]) {
        assert!(clone().join(path).exists(), "{path}");
    }
}

#[test]
fn an_ellipsis_stands_for_what_may_differ_and_for_nothing_else() {
    assert!(line_is("(3 rows, 1.2 s)", "(3 rows, … s)"));
    assert!(!line_is("(4 rows, 1.2 s)", "(3 rows, … s)"));
    assert!(lines_are(&["a", "b", "c"], &["a", "…"]));
    assert!(lines_are(&["a"], &["…", "a"]));
    assert!(!lines_are(&["a", "b"], &["a"]));
    assert!(!lines_are(&["a"], &["a", "b"]));
}
