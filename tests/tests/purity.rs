//! The engine stays a function: no crate that opens sockets or files of its own accord, no clock, no environment.

use std::fs;
use std::path::{Path, PathBuf};

/// What no line of `engine/src` and `engine/forest/src` may name.
const BANNED: [&str; 8] = [
    "std::net",
    "std::fs",
    "std::env",
    "std::thread",
    "SystemTime",
    "Instant",
    " rand::",
    "tokio::",
];

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_engine_names_nothing_of_the_outside() {
    let mut files = Vec::new();
    sources(&root().join("engine/src"), &mut files);
    sources(&root().join("engine/forest/src"), &mut files);
    assert!(files.len() > 20);
    for file in files
        .into_iter()
        .filter(|f| !f.to_string_lossy().contains("tests"))
    {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            for word in BANNED {
                // The parser runs once, before anything flows, on a stack that deep nesting cannot exhaust.
                let is_parser = word == "std::thread" && file.ends_with("src/sql.rs");
                assert!(
                    is_parser || !code.contains(word),
                    "{}:{}: {word}",
                    file.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn datafusion_and_sqlparser_are_named_in_one_room_each() {
    let mut files = Vec::new();
    for folder in ["engine/src", "connectors/src", "repl/src"] {
        sources(&root().join(folder), &mut files);
    }
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let shown = file.display().to_string();
        for (word, room) in [("datafusion::", "/df"), ("sqlparser::", "/sql")] {
            assert!(
                !text.contains(word) || shown.contains(&format!("engine/src{room}")),
                "{shown} names {word}"
            );
        }
    }
}

#[test]
fn the_engine_depends_on_no_aws_crate_and_no_runtime() {
    let manifest = fs::read_to_string(root().join("engine/Cargo.toml")).unwrap();
    for word in ["aws", "tokio", "rand", "reqwest", "hyper"] {
        assert!(
            !manifest.lines().any(|l| l.starts_with(word)),
            "engine depends on {word}"
        );
    }
}
