//! What was typed, on disk: where the file is, and what happens when it cannot be used.
//!
//! The file is a convenience: when it cannot be read or written one note says so, and the shell works without it.

use std::path::{Path, PathBuf};

use rustyline::error::ReadlineError;

use super::Editor;
use crate::report;

/// Names the history file.
const HISTORY_VARIABLE: &str = "ROWTIME_HISTORY";

/// What is longer was pasted and is in a file somewhere.
const ENTRY_BYTES_MAX: usize = 64 << 10;

/// The history file: `$ROWTIME_HISTORY`, else in `$XDG_STATE_HOME/rowtime`, else in `~/.local/state/rowtime`.
/// An empty `$ROWTIME_HISTORY` asks for none.
pub fn path() -> Option<PathBuf> {
    path_of(|name| std::env::var_os(name))
}

fn path_of(set: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    if let Some(chosen) = set(HISTORY_VARIABLE) {
        return Some(PathBuf::from(chosen)).filter(|path| !path.as_os_str().is_empty());
    }
    // A relative path means nothing there (XDG Base Directory Specification).
    let absolute = |name| set(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("rowtime").join("history"))
}

impl Editor {
    /// Reads what was typed in earlier shells.
    pub(super) fn recall(&mut self) {
        let Some(path) = self.history.clone() else { return };
        if let Some(folder) = path.parent() {
            // If this fails, so does writing, which says why.
            let _ = std::fs::create_dir_all(folder);
        }
        if path.exists()
            && let Err(error) = self.lines.load_history(&path)
        {
            self.forget(&path, &error);
        }
    }

    /// Adds an entry and writes it.
    pub(super) fn remember(&mut self, typed: &str) {
        if typed.len() > ENTRY_BYTES_MAX {
            return;
        }
        let added = self.lines.add_history_entry(typed).unwrap_or(false);
        if added {
            self.save_history();
        }
    }

    /// Says why the file cannot be used, once.
    pub(super) fn forget(&mut self, path: &Path, error: &ReadlineError) {
        report::note(&format!(
            "what is typed here will not be remembered: {}: {error}",
            path.display()
        ));
        self.history = None;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::shell::editor::Names;

    fn editor(path: &Path) -> Editor {
        Editor::new(
            Some(path.to_owned()),
            Arc::new(Mutex::new(Names::default())),
            false,
        )
        .unwrap()
    }

    fn remembered(editor: &Editor) -> Vec<String> {
        editor.lines.history().iter().cloned().collect()
    }

    #[test]
    fn entries_are_on_disk_at_once_and_keep_their_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/rowtime/history");
        let mut first = editor(&path);
        for typed in [
            "SELECT 1\n  AS \\n;",
            "\\d",
            "\\d",
            &"x".repeat(ENTRY_BYTES_MAX + 1),
        ] {
            first.remember(typed);
        }
        // Without a word from the first, as if it had been killed.
        assert_eq!(remembered(&editor(&path)), ["SELECT 1\n  AS \\n;", "\\d"]);
    }

    #[test]
    fn two_shells_keep_what_both_were_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        let (mut one, mut two) = (editor(&path), editor(&path));
        one.remember("A;");
        two.remember("B;");
        one.remember("C;");
        let mut all = remembered(&editor(&path));
        all.sort();
        assert_eq!(all, ["A;", "B;", "C;"]);
    }

    #[test]
    fn a_file_that_cannot_be_used_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut editor = editor(folder.path());
        editor.remember("A;");
        assert_eq!(editor.history, None);
        assert_eq!(remembered(&editor), ["A;"]);
    }

    #[test]
    fn the_file_is_where_the_environment_says() {
        let of = |vars: &[(&str, &str)]| {
            let set = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into());
            path_of(set).map(|p| p.display().to_string())
        };
        let home = ("HOME", "/home/a");
        let state = ("XDG_STATE_HOME", "/state");
        for (vars, expected) in [
            (vec![home], Some("/home/a/.local/state/rowtime/history")),
            (vec![home, state], Some("/state/rowtime/history")),
            (
                vec![home, ("XDG_STATE_HOME", "state")],
                Some("/home/a/.local/state/rowtime/history"),
            ),
            (vec![home, state, (HISTORY_VARIABLE, "mine")], Some("mine")),
            (vec![home, (HISTORY_VARIABLE, "")], None),
            (vec![], None),
        ] {
            assert_eq!(of(&vars).as_deref(), expected, "{vars:?}");
        }
    }
}
