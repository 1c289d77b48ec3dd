//! `\save FILE`: the statements that stand as a script that `rowtime run` accepts.
//!
//! What is bound stands at its top as a comment with the command line. A pump that is stopped is written as a comment:
//! a script has no pumps that do not run.

use std::fmt::Write;

use super::Shell;
use super::catalogue::Kind;
use crate::failure::Failure;
use crate::report;

impl Shell {
    /// Writes the script.
    pub fn save(&self, file: &str) -> Result<(), Failure> {
        if !file.to_lowercase().ends_with(".sql") {
            return Err(Failure::Wrong(format!(
                "\\save {file}: a script for `rowtime run` ends in .sql"
            )));
        }
        let text = self.script(file);
        std::fs::write(file, text).map_err(|e| Failure::Wrong(format!("cannot write {file}: {e}")))?;
        let count = self.catalogue.statements().len();
        let many = if count == 1 { "statement" } else { "statements" };
        report::note(&format!("{count} {many} saved in {file}"));
        Ok(())
    }

    fn script(&self, file: &str) -> String {
        let mut out = String::new();
        let command = self.command_line(file);
        let _ = writeln!(out, "-- {command}\n");
        for statement in self.catalogue.statements() {
            let mut text = statement.text.clone();
            if !text.ends_with(';') {
                text.push_str("\n;");
            }
            let stopped =
                matches!(statement.kind, Some(Kind::Pump)) && self.catalogue.is_stopped(&statement.name);
            if stopped {
                let _ = writeln!(out, "-- Stopped when it was saved:");
                for line in text.lines() {
                    let _ = writeln!(out, "-- {line}");
                }
                out.push('\n');
            } else {
                let _ = writeln!(out, "{text}\n");
            }
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }

    /// The command that runs the script with what is bound.
    fn command_line(&self, file: &str) -> String {
        let mut out = format!("rowtime run {}", for_shell(file));
        let mut option = |option: &str, name: &str, uri: &str| {
            let _ = write!(out, " --{option} {}", for_shell(&format!("{name}={uri}")));
        };
        for source in &self.bindings.sources {
            option("source", &source.stream(&self.names).0, &source.uri);
        }
        for table in &self.bindings.tables {
            option("reference", &table.name(&self.names), &table.uri);
        }
        for sink in &self.bindings.sinks {
            option("sink", &sink.given.text, &sink.uri);
        }
        out
    }
}

/// A word as a command line takes it.
fn for_shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::for_shell;

    #[test]
    fn words_are_quoted_where_a_command_line_needs_it() {
        for (word, quoted) in [
            ("A=b/c.jsonl", "A=b/c.jsonl"),
            ("A=b.csv?header=true", "'A=b.csv?header=true'"),
            ("it's", "'it'\\''s'"),
        ] {
            assert_eq!(for_shell(word), quoted);
        }
    }
}
