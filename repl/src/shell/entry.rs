//! What is typed or piped → statements and commands.
//!
//! A statement ends at its `;`, as in a script: inside brackets too, since no statement of the dialect holds one. A
//! command begins with a backslash, outside quotes and comments, and ends with its line. The backslash is the first on
//! its line, and then ends a statement whose `;` was forgotten, too, so that one can always get out; or it stands where
//! a statement would begin. Nothing is lost: between two pieces
//! there is only white space, and behind the last one at most a comment.

use rowtime_engine::sql::lexeme::{self, Ending, LexemeKind};

/// A statement or a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A statement with its `;` (if it has one) and the comments before it.
    Statement {
        /// Its text.
        text: String,
        /// Where it begins in the whole.
        offset: usize,
    },
    /// A command line, without its line end.
    Command {
        /// Its text, from the backslash.
        text: String,
        /// Where it begins in the whole.
        offset: usize,
    },
}

/// What one step over the text found.
enum Step {
    /// White space only: the text ends here.
    End,
    /// A comment; `open` if it is not closed.
    Comment { start: usize, end: usize, open: bool },
    /// A command line.
    Command { start: usize, end: usize },
    /// The `;` of a statement, or of none.
    Semicolon { end: usize },
    /// Anything else; `open` if its quote is still to come.
    Other { start: usize, end: usize, open: bool },
}

/// Whether nothing more is needed: no statement, literal or comment is left open.
pub fn is_whole(text: &str) -> bool {
    if lacks_end(text) {
        return false;
    }
    let mut within = false;
    let mut at = 0;
    loop {
        at = match step(text, at, within) {
            Step::End => return !within,
            Step::Comment { open: true, .. } | Step::Other { open: true, .. } => return false,
            Step::Comment { end, .. } => end,
            Step::Command { end, .. } | Step::Semicolon { end } => {
                within = false;
                end
            }
            Step::Other { end, .. } => {
                within = true;
                end
            }
        };
    }
}

/// Cuts a text into its statements and commands.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut statement = Unfinished::default();
    let mut at = 0;
    loop {
        at = match step(text, at, statement.end.is_some()) {
            Step::End => break,
            Step::Comment { start, end, .. } => {
                statement.begin.get_or_insert(start);
                end
            }
            Step::Other { start, end, .. } => {
                statement.begin.get_or_insert(start);
                statement.end = Some(end);
                end
            }
            Step::Semicolon { end } => {
                statement.end = statement.end.map(|_| end);
                statement.cut(text, &mut out);
                end
            }
            Step::Command { start, end } => {
                statement.cut(text, &mut out);
                let line = text.get(start..end).unwrap_or("").trim_end().to_owned();
                out.push(Piece::Command {
                    text: line,
                    offset: start,
                });
                end
            }
        };
    }
    statement.cut(text, &mut out);
    out
}

/// The statement that is being read.
#[derive(Default)]
struct Unfinished {
    /// Where it begins, or a comment before it.
    begin: Option<usize>,
    /// Where what is no comment ends.
    end: Option<usize>,
}

impl Unfinished {
    /// Ends it; a comment or a `;` alone is none.
    fn cut(&mut self, text: &str, out: &mut Vec<Piece>) {
        if let (Some(offset), Some(end)) = (self.begin, self.end)
            && let Some(text) = text.get(offset..end)
        {
            let text = text.to_owned();
            out.push(Piece::Statement { text, offset });
        }
        *self = Self::default();
    }
}

/// `within` says that a statement has begun.
fn step(text: &str, at: usize, within: bool) -> Step {
    let Some(found) = lexeme::next(text, at) else {
        return Step::End;
    };
    let (start, end) = (found.span.start, found.span.end);
    let written = text.get(start..end).unwrap_or("");
    let open = found.ending == Ending::Open;
    match (found.kind, written) {
        (LexemeKind::Comment, _) => Step::Comment { start, end, open },
        (LexemeKind::Symbol, ";") => Step::Semicolon { end },
        (LexemeKind::Symbol, "\\") if !within || is_first(text, start) => {
            let rest = text.get(start..).unwrap_or("");
            let length = rest.find('\n').unwrap_or(rest.len());
            Step::Command {
                start,
                end: start + length,
            }
        }
        _ => Step::Other { start, end, open },
    }
}

/// Whether only blanks stand before it on its line.
fn is_first(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("");
    let line = before.rfind('\n').map_or(before, |end| &before[end + 1..]);
    line.trim_start_matches('\u{feff}').trim().is_empty()
}

/// A quick no: a statement has begun and its last line holds nothing that ends one. A reader that asks after each
/// line of a statement of very many lines is not slowed down by their number.
fn lacks_end(text: &str) -> bool {
    let mut begin = lexeme::next(text, 0);
    while let Some(comment) = begin.filter(|l| l.kind == LexemeKind::Comment && l.ending == Ending::Closed) {
        begin = lexeme::next(text, comment.span.end);
    }
    let last = text.trim_end().lines().next_back().unwrap_or("");
    let ends = |end: &str| last.contains(end);
    begin.is_some_and(|l| l.kind == LexemeKind::Word)
        && !last.trim_start().starts_with('\\')
        && !ends(";")
        && !ends("--")
        && !ends("//")
        && !ends("*/")
}

#[cfg(test)]
mod tests;
