//! No text makes the compiler panic: every script of the repository, mutated thousands of times, compiles to an
//! answer whose places lie inside the text and which can be shown.
//!
//! The mutations are those that people and programs make: a token lost, doubled or swapped, a text cut short, two
//! scripts spliced, a character from elsewhere. What the answer says is for the SQL suites.

use std::io;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use rowtime_engine::application::compile;
use rowtime_engine::bind::BindOptions;
use rowtime_engine::diagnostic::render::{one_line, render};
use rowtime_engine::diagnostic::{Class, Diagnostic};
use rowtime_tests::seeds;

/// Seeds that once failed stay here.
const SAVED_SEEDS: [u64; 0] = [];

/// Mutants of one seed.
const MUTANTS: usize = 10;

/// Longer scripts are cut: a mutant near the start of a long one tells nothing more.
const SCRIPT_BYTES_MAX: usize = 6_000;

const FOREIGN_CHARACTERS: [char; 24] = [
    '\'', '"', '(', ')', ',', ';', '.', '`', '\\', '%', '[', '{', '\n', '\r', '\t', '\0', '’', '“', '–', 'é',
    '漢', '\u{feff}', '\u{202e}', '😀',
];

const FOREIGN_WORDS: [&str; 26] = [
    "/*",
    "*/",
    "--",
    "//",
    "u&'",
    "X'",
    "::",
    "CREATE STREAM",
    "CREATE OR REPLACE PUMP",
    "SELECT STREAM",
    "FROM",
    "GROUP BY",
    "OVER (",
    "INTERVAL '1' DAY",
    "CASE",
    "END",
    "AS",
    "JOIN",
    "TABLE(",
    "CURSOR(",
    "IN (",
    "BETWEEN",
    "UNION ALL",
    "WINDOW",
    "1e999",
    "ORDER BY 1",
];

#[test]
fn no_mutant_of_a_script_makes_the_compiler_panic() -> io::Result<()> {
    let scripts = scripts()?;
    assert!(scripts.len() > 50, "only {} scripts were found", scripts.len());
    let seeds = SAVED_SEEDS.into_iter().chain(0..seeds::count(150));
    for seed in seeds {
        let mut rng = Rng::with_seed(seed);
        for _ in 0..MUTANTS {
            let text = mutant(&mut rng, &scripts);
            check(seed, &text);
        }
    }
    Ok(())
}

#[test]
fn every_script_compiles_to_an_answer() -> io::Result<()> {
    for script in scripts()? {
        check(u64::MAX, &script);
    }
    Ok(())
}

fn check(seed: u64, text: &str) {
    let strict = text.len().is_multiple_of(2);
    let options = BindOptions {
        strict,
        ..BindOptions::default()
    };
    let compiled = compile(text, &options);
    for d in &compiled.diagnostics {
        let inside = d.span.start <= d.span.end && text.get(d.span.start..d.span.end).is_some();
        assert!(inside, "seed {seed}: {d:?}\n{text}");
        assert!(!d.message.is_empty(), "seed {seed}: {d:?}\n{text}");
        assert_ne!(d.class, Class::Bug, "seed {seed}: {d:?}\n{text}");
        shown(seed, text, d);
    }
    let places = compiled.diagnostics.windows(2);
    for pair in places {
        assert!(
            pair[0].span.start <= pair[1].span.start,
            "seed {seed}: out of order\n{text}"
        );
        assert_ne!(pair[0], pair[1], "seed {seed}: said twice\n{text}");
    }
}

fn shown(seed: u64, text: &str, d: &Diagnostic) {
    let drawn = render(text, "app.sql", std::slice::from_ref(d), false);
    assert!(drawn.contains("app.sql:"), "seed {seed}: {drawn}\n{text}");
    assert!(
        one_line(text, "app.sql", d).starts_with("app.sql:"),
        "seed {seed}"
    );
}

fn mutant(rng: &mut Rng, scripts: &[String]) -> String {
    let mut text = scripts[rng.usize(..scripts.len())].clone();
    for _ in 0..1 + rng.usize(..4) {
        text = match rng.usize(..9) {
            0 => tokens_changed(rng, &text),
            1 => tokens_changed(rng, &text),
            2 => text[..place(rng, &text)].to_owned(),
            3 => text[place(rng, &text)..].to_owned(),
            4 => {
                let other = &scripts[rng.usize(..scripts.len())];
                format!("{}{}", &text[..place(rng, &text)], &other[place(rng, other)..])
            }
            5 => {
                let piece = FOREIGN_CHARACTERS[rng.usize(..FOREIGN_CHARACTERS.len())].to_string();
                inserted(rng, &text, &piece)
            }
            6 => {
                let piece = format!(" {} ", FOREIGN_WORDS[rng.usize(..FOREIGN_WORDS.len())]);
                inserted(rng, &text, &piece)
            }
            7 => {
                let piece = rng.char('\u{0}'..'\u{10ffff}').to_string();
                inserted(rng, &text, &piece)
            }
            _ => {
                let (a, b) = (place(rng, &text), place(rng, &text));
                let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 40));
                let to = (to..=text.len())
                    .find(|i| text.is_char_boundary(*i))
                    .unwrap_or(text.len());
                let mut cut = text.clone();
                cut.replace_range(from..to, "");
                cut
            }
        };
    }
    text
}

fn inserted(rng: &mut Rng, text: &str, piece: &str) -> String {
    let at = place(rng, text);
    format!("{}{piece}{}", &text[..at], &text[at..])
}

/// Deletes, doubles or swaps tokens.
fn tokens_changed(rng: &mut Rng, text: &str) -> String {
    let mut tokens = tokens(text);
    if tokens.is_empty() {
        return text.to_owned();
    }
    let (a, b) = (rng.usize(..tokens.len()), rng.usize(..tokens.len()));
    match rng.usize(..4) {
        0 => {
            tokens.remove(a);
        }
        1 => tokens.insert(a, tokens[a]),
        2 => tokens.swap(a, b),
        _ => tokens.insert(a, tokens[b]),
    }
    tokens.concat()
}

/// Runs of letters and digits, and single other characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut from = 0;
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        let word = c.is_alphanumeric() || c == '_';
        if at > from && !(word && in_word) {
            tokens.push(&text[from..at]);
            from = at;
        }
        in_word = word;
    }
    tokens.push(&text[from..]);
    tokens
}

/// A character boundary.
fn place(rng: &mut Rng, text: &str) -> usize {
    let at = rng.usize(..=text.len());
    (at..=text.len())
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(text.len())
}

/// All SQL of the repository: `.sql` files, and the SQL blocks of tests together with what the file shares.
fn scripts() -> io::Result<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["tests/sql", "queries"] {
        collect(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut scripts = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        if file.extension().is_some_and(|e| e == "sql") {
            scripts.push(text);
        } else {
            scripts.extend(blocks(&text));
        }
    }
    for script in &mut scripts {
        let end = (0..=SCRIPT_BYTES_MAX.min(script.len()))
            .rev()
            .find(|i| script.is_char_boundary(*i))
            .unwrap_or(0);
        script.truncate(end);
    }
    Ok(scripts)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "sql" || e == "test") {
            files.push(path);
        }
    }
    Ok(())
}

/// The SQL blocks of a test file; what stands before its first test begins each.
fn blocks(text: &str) -> Vec<String> {
    let mut shared = String::new();
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    let mut in_test = false;
    for line in text.lines() {
        match &mut block {
            None if line.starts_with("test ") => in_test = true,
            None if line.trim_end() == "```sql" => block = Some(String::new()),
            None => {}
            Some(sql) if line.trim_end() == "```" => {
                if in_test {
                    found.push(format!("{shared}{sql}"));
                } else {
                    shared.push_str(sql);
                }
                block = None;
            }
            Some(sql) => {
                sql.push_str(line);
                sql.push('\n');
            }
        }
    }
    if found.is_empty() && !shared.is_empty() {
        found.push(shared);
    }
    found
}
