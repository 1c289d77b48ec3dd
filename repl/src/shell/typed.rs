//! What was typed or read, and where in it something is wrong.

use rowtime_engine::diagnostic::render::one_line;
use rowtime_engine::diagnostic::{Diagnostic, Place, Severity, Span};

use crate::failure::Failure;
use crate::report;

/// A piece of a script, or an entry.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'t> {
    /// What it is called in messages.
    pub file: &'t str,
    /// Its text, from the beginning of a line.
    pub text: &'t str,
    /// Lines of the script before it.
    pub lines_before: usize,
    /// It was typed at the prompt: a place in it is only told where there is a caret under it.
    pub at_prompt: bool,
}

impl Typed<'_> {
    /// Shows findings with their place in the whole script.
    pub fn show(&self, found: &[Diagnostic]) {
        if found.is_empty() {
            return;
        }
        let (text, found) = self.in_whole(found);
        report::diagnostics(&text, self.file, &found);
    }

    /// One finding in one line.
    pub fn line(&self, found: &Diagnostic) -> String {
        let (text, found) = self.in_whole(std::slice::from_ref(found));
        found
            .first()
            .map_or_else(String::new, |d| one_line(&text, self.file, d))
    }

    /// The text with empty lines in place of those before it, and findings moved to match.
    fn in_whole(&self, found: &[Diagnostic]) -> (String, Vec<Diagnostic>) {
        let mut text = "\n".repeat(self.lines_before);
        text.push_str(self.text);
        let moved = found.iter().map(|d| Diagnostic {
            span: Span::new(d.span.start + self.lines_before, d.span.end + self.lines_before),
            ..d.clone()
        });
        (text, moved.collect())
    }

    /// A finding of another text, whose byte `from` stands here at byte `to`. Where its words tell the place, they tell
    /// the one in the whole script.
    pub fn moved(&self, found: &Diagnostic, (text, from): (&str, usize), to: usize) -> Diagnostic {
        let span = Span::new(
            found.span.start.saturating_sub(from) + to,
            found.span.end.saturating_sub(from) + to,
        );
        let words = |line, column| format!("at line {line}, column {column}");
        let (there, here) = (
            Place::of(text, found.span.start),
            Place::of(self.text, span.start),
        );
        let said = words(there.line, there.column);
        Diagnostic {
            message: found
                .message
                .replace(&said, &words(here.line + self.lines_before, here.column)),
            span,
            hint: found.hint.as_ref().map(|hint| as_commands(hint)),
            ..found.clone()
        }
    }

    /// The place of byte `offset`, as in `<stdin>:3:1`.
    pub fn place(&self, offset: usize) -> String {
        let Place { line, column } = Place::of(self.text, offset);
        format!("{}:{}:{column}", self.file, line + self.lines_before)
    }

    /// Says why what stands at `offset` was not done.
    pub fn complain(&self, offset: usize, failure: &Failure) {
        if let Some(message) = failure.message() {
            if self.at_prompt {
                report::complain(message);
            } else {
                report::complain(&format!("{}: {message}", self.place(offset)));
            }
        }
    }
}

/// Help that names options of the command line, naming the commands of the shell that do the same.
fn as_commands(hint: &str) -> String {
    let options = ["source", "reference", "sink"];
    options.iter().fold(hint.to_owned(), |hint, option| {
        hint.replace(&format!("--{option}"), &format!("\\{option}"))
    })
}

/// Whether a finding forbids what was asked.
pub fn is_error(found: &Diagnostic) -> bool {
    found.severity == Severity::Error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_the_lines_before() {
        let typed = Typed {
            file: "<stdin>",
            text: "SELECT 1;\n  \\bad\n",
            lines_before: 4,
            at_prompt: false,
        };
        assert_eq!(typed.place(12), "<stdin>:6:3");
        let found = Diagnostic::invalid(Span::new(7, 8), "m");
        assert_eq!(typed.line(&found), "<stdin>:5:8: error: m");
        let elsewhere = Diagnostic::invalid(Span::new(4, 5), "x at line 2, column 3, for y");
        let moved = typed.moved(&elsewhere, ("a\n  b", 4), 12);
        assert_eq!(
            typed.line(&moved),
            "<stdin>:6:3: error: x at line 6, column 3, for y"
        );
    }
}
