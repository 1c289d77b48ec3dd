//! COMPAT.md is true as far as a machine can tell: what it says runs is linked to a test that exists.
//!
//! The links name titles instead of lines, so that a file may grow; renaming or deleting a test breaks this one, and
//! whoever did it looks at what the page promises.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const HEADER: &str = "| construct | status | note | test |";

/// A link of the last column: the file, relative to the page, and the title of a test or the name of a function.
struct Link {
    file: String,
    title: String,
}

struct Row {
    line: usize,
    construct: String,
    status: String,
    links: Vec<Link>,
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The cells between bars; `\|` is a bar within a cell.
fn cells(line: &str) -> Vec<String> {
    let bar = '\u{1}';
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner
        .replace("\\|", &bar.to_string())
        .split('|')
        .map(|cell| cell.trim().replace(bar, "|"))
        .collect()
}

/// The rows of every table under [`HEADER`], and what does not read as one.
fn rows(page: &str, faults: &mut Vec<String>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut inside = false;
    for (index, text) in page.lines().enumerate() {
        let line = index + 1;
        if text == HEADER {
            inside = true;
            continue;
        }
        inside = inside && text.starts_with('|');
        if !inside || text.starts_with("|---") {
            continue;
        }
        let cells = cells(text);
        let [construct, status, _, test] = cells.as_slice() else {
            faults.push(format!("line {line}: {} cells in place of four", cells.len()));
            continue;
        };
        let links = links(test);
        if links.len() != test.matches("](").count() {
            faults.push(format!("line {line}: a link is not [file](path) `title`"));
        }
        rows.push(Row {
            line,
            construct: construct.clone(),
            status: status.clone(),
            links,
        });
    }
    rows
}

/// The links `[file](path) ` followed by a title between backquotes.
fn links(cell: &str) -> Vec<Link> {
    cell.split("](")
        .skip(1)
        .filter_map(|rest| {
            let (file, rest) = rest.split_once(") `")?;
            let (title, _) = rest.split_once('`')?;
            Some(Link {
                file: file.to_owned(),
                title: title.to_owned(),
            })
        })
        .collect()
}

/// The construct without its place and its share in the list by usage, in capitals and single blanks.
fn identity(construct: &str) -> String {
    let name = match construct.split_once(". ") {
        Some((place, name)) if place.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => construct,
    };
    let name = match name.rsplit_once(" (") {
        Some((name, share)) if share.ends_with("%)") => name,
        _ => name,
    };
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").replace('`', "").to_uppercase()
}

/// Whether the text of a file holds the test: `test TITLE` on a line, or `#[test]` over `fn NAME`.
fn holds(file: &str, text: &str, title: &str) -> bool {
    if file.ends_with(".rs") {
        let head = format!("fn {title}(");
        let mut marked = false;
        return text.lines().map(str::trim_start).any(|line| {
            let found = marked && line.starts_with(&head);
            marked = line == "#[test]" || (marked && line.starts_with("#["));
            found
        });
    }
    file.ends_with(".test") && text.lines().any(|line| line.strip_prefix("test ") == Some(title))
}

/// Everything that is wrong with a page whose links are relative to `root`.
fn faults(page: &str, root: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows(page, &mut faults) {
        let Row { line, construct, .. } = &row;
        let mut fault = |what: String| faults.push(format!("line {line}: {construct}: {what}"));
        match row.status.as_str() {
            "Yes" | "Partial" if row.links.is_empty() => fault("runs, but no test says so".to_owned()),
            "Yes" | "Partial" | "No" | "Different" => {}
            other => fault(format!("'{other}' is no status")),
        }
        if !seen.insert(identity(construct)) {
            fault("listed twice".to_owned());
        }
        for Link { file, title } in &row.links {
            match fs::read_to_string(root.join(file)) {
                Ok(text) if holds(file, &text, title) => {}
                Ok(_) => fault(format!("{file} has no test '{title}'")),
                Err(e) => fault(format!("{file}: {e}")),
            }
        }
    }
    faults
}

#[test]
fn what_the_page_says_runs_is_tested() {
    let page = fs::read_to_string(root().join("COMPAT.md")).unwrap();
    let rows = rows(&page, &mut Vec::new());
    assert!(rows.len() > 200, "only {} constructs", rows.len());
    let faults = faults(&page, &root());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_kind_of_fault_is_found() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.test"), "test one\n# test two\n").unwrap();
    fs::write(
        folder.path().join("a.rs"),
        "#[test]\nfn one() {}\nfn helper() {}\n    #[test]\n    #[ignore]\n    fn two() {}\n",
    )
    .unwrap();
    let page = format!(
        "{HEADER}\n|---|---|---|---|\n{}\n\n| not | a | table |\n",
        [
            "| good | Yes | | [a](a.test) `one`; [b](a.rs) `two` |",
            "| `\\|\\|` | Partial | | [b](a.rs) `one` |",
            "| refused | No | | |",
            "| 1. GOOD (9 %) | Different | | |",
            "| no test | Yes | | |",
            "| no word | Maybe | | |",
            "| no title | Yes | | [a](a.test) `two` |",
            "| no function | No | | [b](a.rs) `helper` |",
            "| no file | No | | [c](c.test) `one` |",
            "| no backquotes | No | | [a](a.test) one |",
            "| three cells | Yes | |",
        ]
        .join("\n")
    );
    let found = faults(&page, folder.path());
    let expected = [
        "line 12: a link is not [file](path) `title`",
        "line 13: 3 cells in place of four",
        "line 6: 1. GOOD (9 %): listed twice",
        "line 7: no test: runs, but no test says so",
        "line 8: no word: 'Maybe' is no status",
        "line 9: no title: a.test has no test 'two'",
        "line 10: no function: a.rs has no test 'helper'",
        "line 11: no file: c.test: No such file or directory (os error 2)",
    ];
    assert_eq!(found, expected);
}
