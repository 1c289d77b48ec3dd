//! Files and folders whose path begins with what is typed.

use std::path::Path;

use super::{Offer, in_order};

/// Entries of a folder that are looked at: a folder of very many must not stop the keyboard.
const ENTRIES_MAX: usize = 5_000;

/// What the folder that is typed so far holds; in quotes if a path needs them, or if they are there already.
pub fn offers(typed: &str, quote: Option<char>) -> Vec<Offer> {
    let (scheme, path) = match typed.strip_prefix("file:") {
        Some(path) => ("file:", path),
        None => ("", typed),
    };
    let (folder, begun) = match path.rsplit_once('/') {
        Some((folder, begun)) => (format!("{folder}/"), begun),
        None => (String::new(), path),
    };
    let place = if folder.is_empty() {
        Path::new(".")
    } else {
        Path::new(&folder)
    };
    let Ok(entries) = std::fs::read_dir(place) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.take(ENTRIES_MAX).flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let is_hidden = name.starts_with('.') && !begun.starts_with('.');
        if is_hidden || !name.starts_with(begun) {
            continue;
        }
        let is_folder = entry.path().is_dir();
        let end = if is_folder { "/" } else { "" };
        found.push(Offer {
            written: in_quotes(&format!("{scheme}{folder}{name}{end}"), quote, is_folder),
            shown: format!("{name}{end}"),
        });
    }
    in_order(found)
}

/// A path as the command line takes it. Behind a folder one types on, so its quote stays open.
fn in_quotes(path: &str, quote: Option<char>, is_folder: bool) -> String {
    let needs = path.contains(char::is_whitespace) || path.starts_with(['"', '\'']);
    match quote.or(needs.then_some('"')) {
        Some(quote) => {
            let doubled = path.replace(quote, &format!("{quote}{quote}"));
            let close = if is_folder {
                String::new()
            } else {
                quote.to_string()
            };
            format!("{quote}{doubled}{close}")
        }
        None => path.to_owned(),
    }
}
