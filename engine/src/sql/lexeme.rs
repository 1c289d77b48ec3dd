//! A script as stretches of text, for whoever shows or cuts it without understanding it: the shell.
//!
//! The stretches are found by the lexer's own rules for words, numbers, quotes and comments, so that what an editor
//! colours as a literal is one. Unlike the lexer this never looks back: text that is still being typed keeps the
//! meaning that it had, and a literal or comment whose end is still to come is open and not a fault.

use super::lexer::{self, comment, quoted, recovery};
use super::words;
use crate::diagnostic::{Span, suggestion};

/// What a stretch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LexemeKind {
    /// `-- …`, `// …` or `/* … */`.
    Comment,
    /// A word without quotes: a keyword, a function or a name.
    Word,
    /// A name in double quotes.
    QuotedName,
    /// Digits.
    Number,
    /// A literal in single quotes, with what stands before them.
    Literal,
    /// An operator, a bracket or a character that means nothing: one character.
    Symbol,
}

/// How a stretch ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    Closed,
    /// A quote is missing: it ends with its line, or before the statement that it would swallow.
    Cut,
    /// With the text: what is typed next may belong to it.
    Open,
}

/// One stretch. Between two of them there is only white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme {
    /// What it is.
    pub kind: LexemeKind,
    /// Its bytes.
    pub span: Span,
    /// How it ends.
    pub ending: Ending,
}

/// The first stretch at or behind byte `from`.
pub fn next(text: &str, from: usize) -> Option<Lexeme> {
    let blank = text.get(from..)?.find(|c| !lexer::is_blank(c))?;
    let start = from + blank;
    let rest = text.get(start..)?;
    let (kind, length, ending) = first(rest)?;
    let span = Span::new(start, start + length);
    Some(Lexeme { kind, span, ending })
}

/// All stretches of a text.
pub fn all(text: &str) -> impl Iterator<Item = Lexeme> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let lexeme = next(text, at)?;
        at = lexeme.span.end;
        Some(lexeme)
    })
}

/// A name as one has to write it: bare if its letters are kept and no rule of the language claims it, else quoted.
pub fn written_name(name: &str) -> String {
    if words::is_reserved(name) && !words::is_system_name(name) {
        format!("\"{name}\"")
    } else {
        suggestion::written(name)
    }
}

fn first(rest: &str) -> Option<(LexemeKind, usize, Ending)> {
    let first = rest.chars().next()?;
    let closed = |kind, length| Some((kind, length, Ending::Closed));
    if let Some(length) = comment::line(rest) {
        // The line is still being typed, but only what follows on it belongs to the comment.
        closed(LexemeKind::Comment, length)
    } else if rest.starts_with("/*") {
        match comment::closing(rest) {
            Some(length) => closed(LexemeKind::Comment, length),
            None => Some((LexemeKind::Comment, rest.len(), Ending::Open)),
        }
    } else if let Some(prefix) = lexer::literal_prefix(rest) {
        let (length, ending) = literal(rest, prefix.length() + 1);
        Some((LexemeKind::Literal, length, ending))
    } else if first == '"' {
        let line = rest.get(1..)?.lines().next().unwrap_or("");
        match quoted::closing(line, b'"') {
            Some(length) => closed(LexemeKind::QuotedName, length + 2),
            None => Some((LexemeKind::QuotedName, quoted::line_rest(rest), Ending::Cut)),
        }
    } else if quoted::is_typographic(first) {
        let open = first.len_utf8();
        match quoted::typographic_closing(first, rest.get(open..)?) {
            Some((inside, quote)) => closed(LexemeKind::QuotedName, open + inside + quote.len_utf8()),
            None => closed(LexemeKind::Symbol, open),
        }
    } else if lexer::begins_word(first) {
        closed(LexemeKind::Word, lexer::word_length(rest))
    } else if lexer::starts_number(rest) {
        closed(LexemeKind::Number, lexer::number_length(rest))
    } else {
        closed(LexemeKind::Symbol, first.len_utf8())
    }
}

/// The bytes of a literal whose text begins behind `open` bytes.
fn literal(rest: &str, open: usize) -> (usize, Ending) {
    let body = rest.get(open..).unwrap_or("");
    let close = quoted::closing(body, b'\'');
    let inside = body.get(..close.unwrap_or(body.len())).unwrap_or("");
    if recovery::statement_within(inside).is_some() {
        return (quoted::line_rest(rest), Ending::Cut);
    }
    match close {
        Some(length) => (open + length + 1, Ending::Closed),
        None => (rest.len(), Ending::Open),
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lex;
    use super::*;

    fn written(text: &str) -> Vec<(LexemeKind, &str, Ending)> {
        all(text)
            .map(|l| (l.kind, &text[l.span.start..l.span.end], l.ending))
            .collect()
    }

    #[test]
    fn quotes_and_comments_hide_each_other() {
        use Ending::{Closed, Cut, Open};
        use LexemeKind::{Comment, Literal, Number, QuotedName, Symbol, Word};
        for (text, expected) in [
            (
                "a -- ';\nb",
                vec![
                    (Word, "a", Closed),
                    (Comment, "-- ';", Closed),
                    (Word, "b", Closed),
                ],
            ),
            (
                "'--'// x",
                vec![(Literal, "'--'", Closed), (Comment, "// x", Closed)],
            ),
            (
                "u&'\\00e9''s' 1.5e3",
                vec![(Literal, "u&'\\00e9''s'", Closed), (Number, "1.5e3", Closed)],
            ),
            (
                "\"a\"\"b\".c",
                vec![
                    (QuotedName, "\"a\"\"b\"", Closed),
                    (Symbol, ".", Closed),
                    (Word, "c", Closed),
                ],
            ),
            (
                "\"a;\nb",
                vec![
                    (QuotedName, "\"a", Cut),
                    (Symbol, ";", Closed),
                    (Word, "b", Closed),
                ],
            ),
            (
                "x'0A' /* ; \n",
                vec![(Literal, "x'0A'", Closed), (Comment, "/* ; \n", Open)],
            ),
            ("'a;\nb", vec![(Literal, "'a;\nb", Open)]),
            (
                "'a;\nCREATE PUMP p",
                vec![
                    (Literal, "'a", Cut),
                    (Symbol, ";", Closed),
                    (Word, "CREATE", Closed),
                    (Word, "PUMP", Closed),
                    (Word, "p", Closed),
                ],
            ),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (name, expected) in [
            ("PRICE", "PRICE"),
            ("ROWTIME", "ROWTIME"),
            ("VALUE", "\"VALUE\""),
            ("price", "\"price\""),
            ("a \"b\"", "\"a \"\"b\"\"\""),
        ] {
            assert_eq!(written_name(name), expected);
        }
    }

    #[test]
    fn stretches_are_the_tokens_of_the_lexer() {
        let text = "CREATE OR REPLACE STREAM \"a b\" (x VARCHAR(3), -- it's\n y DOUBLE); /* ; */ SELECT STREAM \
                    u&'d\\0061t' , X'0A', .5, 1e-3, 'it''s', “q” || a.b FROM \"s\" // ;\n WHERE x <> '--';";
        let tokens = lex(text).tokens.into_iter().map(|t| t.span.start);
        let stretches: Vec<Lexeme> = all(text).filter(|l| l.kind != LexemeKind::Comment).collect();
        // An operator of two characters is one token and two stretches.
        let starts: Vec<usize> = stretches.iter().map(|l| l.span.start).collect();
        for token in tokens {
            assert!(starts.contains(&token), "{}", &text[token..]);
        }
        let inside = |at: usize| stretches.iter().any(|l| l.span.start < at && at < l.span.end);
        assert!(lex(text).tokens.iter().all(|t| !inside(t.span.start)));
    }
}
