//! Block comments: those that close, and those that do not.
//!
//! A comment that nobody closes is harmless behind the last statement and fatal anywhere else: a whole file
//! that is one comment does nothing, silently. Both are told apart by whether it covers a statement.

use super::{CoveringComment, Lexer, recovery};
use crate::diagnostic::{Diagnostic, Span};

impl Lexer<'_> {
    pub(super) fn block_comment(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let end = closing(rest);
        let comment = rest.get(..end.unwrap_or(rest.len())).unwrap_or("");
        self.at += comment.len();
        if recovery::holds_statement(comment) {
            self.commented_statement
                .get_or_insert(Span::new(start, start + 2));
            self.covering_comments.push(CoveringComment {
                span: Span::new(start, start + comment.len()),
                closed: end.is_some(),
            });
        }
        if end.is_none() {
            self.unterminated_comment(start, comment);
        }
    }

    fn unterminated_comment(&mut self, start: usize, comment: &str) {
        let span = Span::new(start, start + 2);
        let message = "The comment that begins here is never closed";
        if recovery::holds_statement(comment) || self.tokens.is_empty() {
            self.commented_statement = None;
            let hint = match wrong_closer(comment) {
                Some(closer) => format!("a comment closes with */ and not with {closer}"),
                None => "close the comment with */".to_owned(),
            };
            self.findings
                .push(Diagnostic::invalid(span, message).with_hint(hint));
        } else {
            self.findings
                .push(Diagnostic::warning(span, message).with_hint("close it with */ or remove it"));
        }
    }

    /// A script of comments only, one of which covers statements, is a slip.
    pub(super) fn report_commented_out(&mut self) {
        if let (true, Some(span)) = (self.tokens.is_empty(), self.commented_statement) {
            self.findings.push(
                Diagnostic::invalid(span, "The whole script is a comment: it holds no statement")
                    .with_hint("close the comment with */ before the first statement"),
            );
        }
    }
}

/// Bytes of the comment to the end of its line that `rest` begins with.
pub(in crate::sql) fn line(rest: &str) -> Option<usize> {
    let begins = rest.starts_with("--") || rest.starts_with("//");
    begins.then(|| rest.find(['\n', '\r']).unwrap_or(rest.len()))
}

/// Bytes of the block comment that `rest` begins with, if it is closed.
pub(in crate::sql) fn closing(rest: &str) -> Option<usize> {
    rest.get(2..).and_then(|inside| inside.find("*/")).map(|i| i + 4)
}

/// What was written where the comment should have closed.
fn wrong_closer(comment: &str) -> Option<&'static str> {
    let first_lines = comment.get(2..)?;
    ["*\\", "\\*", "**", "* /", "/*"]
        .into_iter()
        .find(|closer| first_lines.lines().any(|line| line.trim_end().ends_with(closer)))
}
