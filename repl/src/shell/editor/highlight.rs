//! What is typed, in colours: keywords, literals, comments, names and commands told apart at a glance.
//!
//! The words are coloured by the stretches of [`lexeme`], so a word in a literal is never a keyword. Only colours are
//! put in: without its escape sequences the text is what was typed.

use rowtime_engine::sql::lexeme::{self, Ending, Lexeme, LexemeKind};

use super::Names;
use super::brackets::{self, Mark};
use super::keywords::is_keyword;
use crate::shell::commands;
use crate::shell::entry::{self, Piece};
use crate::shell::rows::{BOLD, DIM, RESET};

const BLUE: &str = "\x1b[1;34m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const YELLOW: &str = "\x1b[33m";
const MAGENTA: &str = "\x1b[35m";
const RED: &str = "\x1b[1;31m";
/// A bracket and the one that belongs to it.
const PAIR: &str = "\x1b[1;7m";

/// The text with colours; at the cursor a bracket is shown with its partner.
pub fn highlighted(text: &str, cursor: Option<usize>, names: &Names) -> String {
    let mut painter = Painter {
        text,
        at: 0,
        out: String::with_capacity(text.len() * 2),
    };
    let marks = brackets::marks(text, cursor);
    for piece in entry::pieces(text) {
        match piece {
            Piece::Statement { text: part, offset } => {
                painter.statement(offset, offset + part.len(), &marks, names);
            }
            Piece::Command { text: line, offset } => painter.command(offset, &line),
        }
    }
    // A comment alone is no piece.
    painter.statement(painter.at, text.len(), &marks, names);
    painter.plain(text.len());
    painter.out
}

struct Painter<'t> {
    text: &'t str,
    at: usize,
    out: String,
}

impl Painter<'_> {
    /// Everything up to there as it is.
    fn plain(&mut self, end: usize) {
        self.out.push_str(self.text.get(self.at..end).unwrap_or(""));
        self.at = self.at.max(end);
    }

    fn styled(&mut self, start: usize, end: usize, style: &str) {
        self.plain(start);
        if style.is_empty() {
            return self.plain(end);
        }
        self.out.push_str(style);
        self.plain(end);
        self.out.push_str(RESET);
    }

    fn statement(&mut self, start: usize, end: usize, marks: &[(usize, Mark)], names: &Names) {
        let mut at = start;
        while let Some(found) = lexeme::next(self.text, at).filter(|l| l.span.end <= end) {
            at = found.span.end;
            let mark = marks.iter().find(|(place, _)| *place == found.span.start);
            let style = match mark {
                Some((_, Mark::Pair)) => PAIR,
                Some((_, Mark::Alone)) => RED,
                None => self.style(found, names),
            };
            self.styled(found.span.start, found.span.end, style);
        }
    }

    fn style(&self, found: Lexeme, names: &Names) -> &'static str {
        let written = self.text.get(found.span.start..found.span.end).unwrap_or("");
        match found.kind {
            _ if found.ending == Ending::Cut => RED,
            LexemeKind::Comment => DIM,
            LexemeKind::Literal => GREEN,
            LexemeKind::Number => CYAN,
            LexemeKind::QuotedName => YELLOW,
            LexemeKind::Word if is_keyword(written) => BLUE,
            LexemeKind::Word if is_function(written, names) && self.is_called(found.span.end) => MAGENTA,
            LexemeKind::Word | LexemeKind::Symbol => "",
        }
    }

    /// A name of a function is one only before a bracket: it may be that of a column, too.
    fn is_called(&self, end: usize) -> bool {
        let next = lexeme::next(self.text, end);
        next.is_some_and(|l| self.text.get(l.span.start..l.span.end) == Some("("))
    }

    fn command(&mut self, offset: usize, line: &str) {
        let name = line.split_whitespace().next().unwrap_or(line);
        let known = commands::find(name.trim_end_matches(';')).is_some();
        let typing = line.len() == name.len();
        let style = if known {
            BOLD
        } else if typing {
            ""
        } else {
            RED
        };
        self.styled(offset, offset + name.len(), style);
        self.plain(offset + line.len());
    }
}

fn is_function(word: &str, names: &Names) -> bool {
    names.functions.iter().any(|f| f.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with the name of each colour in place of its escape sequence.
    fn coloured(text: &str, cursor: Option<usize>) -> String {
        let names = Names {
            functions: vec!["SUM".to_owned()],
            ..Names::default()
        };
        let mut out = highlighted(text, cursor, &names);
        let styles = [
            (BLUE, "{key "),
            (GREEN, "{text "),
            (CYAN, "{num "),
            (YELLOW, "{name "),
            (MAGENTA, "{fun "),
            (RED, "{bad "),
            (PAIR, "{pair "),
            (DIM, "{dim "),
            (BOLD, "{cmd "),
            (RESET, "}"),
        ];
        for (style, name) in styles {
            out = out.replace(style, name);
        }
        out
    }

    #[test]
    fn words_are_coloured_by_what_they_are() {
        assert_eq!(
            coloured(
                "select sum(x), sum, 'FROM' -- FROM\nfrom \"s\" where x>1.5;",
                None
            ),
            "{key select} {fun sum}(x), sum, {text 'FROM'} {dim -- FROM}\n{key from} {name \"s\"} {key where} x>{num 1.5};"
        );
        assert_eq!(
            coloured("select \"a;\n'b", None),
            "{key select} {bad \"a};\n{text 'b}"
        );
        assert_eq!(coloured("-- only\n", None), "{dim -- only}\n");
    }

    #[test]
    fn commands_are_known_or_not() {
        assert_eq!(coloured("\\d SELECT", None), "{cmd \\d} SELECT");
        assert_eq!(coloured("\\sou", None), "\\sou");
        assert_eq!(coloured("\\sou x", None), "{bad \\sou} x");
    }

    #[test]
    fn a_bracket_at_the_cursor_is_shown_with_its_partner() {
        assert_eq!(
            coloured("a (b (c) ')')", Some(13)),
            "a {pair (}b (c) {text ')'}{pair )}"
        );
        assert_eq!(coloured("(a", Some(2)), "(a");
        assert_eq!(coloured("a)", None), "a{bad )}");
        assert_eq!(coloured("(a;", None), "{bad (}a;");
    }

    /// Colours must not change what is typed, nor its width, whatever it is.
    #[test]
    fn without_its_colours_the_text_is_what_was_typed() {
        const BITS: &[&str] = &[
            "SELECT", " ", "\n", ";", "'", "\"", "--", "/*", "*/", "\\d", "a", "1", "(", ")", "日", "SUM",
        ];
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..5_000 {
            let text: String = (0..random.usize(0..12))
                .map(|_| *random.choice(BITS).unwrap())
                .collect();
            let cursor = (0..=text.len())
                .filter(|i| text.is_char_boundary(*i))
                .nth(random.usize(0..=text.chars().count()));
            let mut plain = highlighted(
                &text,
                cursor,
                &Names {
                    functions: vec!["SUM".to_owned()],
                    ..Names::default()
                },
            );
            for style in [BLUE, GREEN, CYAN, YELLOW, MAGENTA, RED, PAIR, DIM, BOLD, RESET] {
                plain = plain.replace(style, "");
            }
            assert_eq!(plain, text);
        }
    }
}
