//! The files that a path, a folder or a glob stands for, in name order.
//!
//! A path that matches nothing is a wrong invocation (`decisions.md` 31); a file that is there and cannot be
//! read is left to its split to report. Names that begin with a dot are skipped, as a shell does.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use walkdir::WalkDir;

use crate::source::InvocationError;

/// A file, and its size where it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    /// Bytes as it is stored.
    pub bytes: Option<u64>,
}

/// Finds the files of a path; at least one.
pub fn find(text: &str) -> Result<Vec<Found>, InvocationError> {
    let path = Path::new(text);
    let mut paths = if path.is_dir() {
        below(path)
    } else if path.exists() || path.is_symlink() {
        vec![path.to_owned()]
    } else if text.contains(['*', '?', '[', '{']) {
        matching(text)?
    } else {
        return Err(InvocationError(format!("{text}: no such file or folder")));
    };
    // By the bytes of the whole name, as object stores list their keys.
    paths.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    paths.dedup();
    if paths.is_empty() {
        return Err(InvocationError(format!("{text}: no file matches")));
    }
    let found = |path: PathBuf| {
        let bytes = std::fs::metadata(&path)
            .ok()
            .filter(std::fs::Metadata::is_file)
            .map(|m| m.len());
        Found { path, bytes }
    };
    Ok(paths.into_iter().map(found).collect())
}

/// The files below a folder. What cannot be listed is kept as an entry, so that its split reports it.
fn below(folder: &Path) -> Vec<PathBuf> {
    let hidden =
        |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let entries = WalkDir::new(folder).follow_links(true).into_iter();
    let paths = entries
        .filter_entry(|e| !hidden(e))
        .filter_map(|entry| match entry {
            Ok(entry) if entry.file_type().is_dir() => None,
            Ok(entry) => Some(entry.into_path()),
            Err(e) => e.path().map(Path::to_owned),
        });
    paths.collect()
}

fn matching(pattern: &str) -> Result<Vec<PathBuf>, InvocationError> {
    let fault = |e: globset::Error| InvocationError(format!("{pattern}: {e}"));
    let glob = GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(fault)?
        .compile_matcher();
    // The part before the first wildcard is where to look.
    let fixed = pattern
        .find(['*', '?', '[', '{', '\\'])
        .map_or(pattern, |at| &pattern[..at]);
    let root = match fixed.rfind('/') {
        Some(0) => "/",
        Some(at) => &fixed[..at],
        None => ".",
    };
    let depth = if pattern.contains("**") {
        usize::MAX
    } else {
        pattern.strip_prefix(root).unwrap_or(pattern).matches('/').count() + 1
    };
    let prefix = if root == "." && !pattern.starts_with("./") {
        "./"
    } else {
        ""
    };
    let hidden =
        |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let entries = WalkDir::new(root).follow_links(true).max_depth(depth).into_iter();
    let mut out = Vec::new();
    for entry in entries.filter_entry(|e| !hidden(e)).flatten() {
        let path = entry.path();
        let path = path.strip_prefix(prefix).unwrap_or(path);
        if entry.depth() == 0 || !glob.is_match(path) {
            continue;
        }
        if entry.file_type().is_dir() {
            out.extend(below(path));
        } else {
            out.push(path.to_owned());
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_globs_and_files_are_found_in_name_order() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::create_dir_all(root.join("y/2")).unwrap();
        for name in ["b.json", "a.json", "y/1.json", "y/2/x.json", "c.csv", ".hidden"] {
            std::fs::write(root.join(name), "x").unwrap();
        }
        let names = |text: &str| -> Vec<String> {
            let found = find(&format!("{}{text}", root.display())).unwrap();
            let name = |f: Found| f.path.strip_prefix(root).unwrap().display().to_string();
            found.into_iter().map(name).collect()
        };
        assert_eq!(names(""), ["a.json", "b.json", "c.csv", "y/1.json", "y/2/x.json"]);
        assert_eq!(names("/*.json"), ["a.json", "b.json"]);
        assert_eq!(names("/?.json"), ["a.json", "b.json"]);
        assert_eq!(
            names("/**/*.json"),
            ["a.json", "b.json", "y/1.json", "y/2/x.json"]
        );
        assert_eq!(names("/y/*"), ["y/1.json", "y/2/x.json"]);
        assert_eq!(names("/{a,c}.*"), ["a.json", "c.csv"]);
        assert_eq!(names("/c.csv"), ["c.csv"]);
        for text in ["/nothing", "/*.parquet", "/[", "/y/2/nothing*"] {
            assert!(find(&format!("{}{text}", root.display())).is_err(), "{text}");
        }
    }
}
