//! What fits into a statement where the cursor stands: names where names go, columns first where values go.

use rowtime_engine::sql::lexeme::{self, Ending, Lexeme, LexemeKind};

use super::{Names, Offer, begins, in_case_of, in_order, name_offer};
use crate::shell::editor::keywords::{FOLLOWING, KEYWORDS, is_keyword};

/// Words that open a clause; the last one before the cursor says what goes there.
const CLAUSES: &[&str] = &[
    "SELECT", "FROM", "JOIN", "WHERE", "GROUP", "HAVING", "ORDER", "ON", "OVER", "WINDOW", "WINDOWED",
    "INTO", "VALUES",
];

/// Offers for the word at the cursor.
pub fn offers(statement: &str, cursor: usize, names: &Names) -> (usize, Vec<Offer>) {
    let tokens = tokens(statement);
    let Some(typed) = typed(statement, cursor) else {
        return (cursor, Vec::new());
    };
    let before: Vec<Token<'_>> = tokens.iter().copied().filter(|t| t.end <= typed.start).collect();
    let place = Place {
        typed: &typed,
        before: &before,
        all: &tokens,
        names,
    };
    (typed.start, place.offers())
}

/// What is being typed: a word, a name in quotes, or nothing yet.
struct Typed<'t> {
    start: usize,
    text: &'t str,
    in_quotes: bool,
}

/// What is no comment.
#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    text: &'t str,
    kind: LexemeKind,
    end: usize,
}

impl Token<'_> {
    fn is_word(&self, word: &str) -> bool {
        self.kind == LexemeKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// The name that it may be: as stored, and whether it is exact.
    fn name(&self) -> Option<(String, bool)> {
        match self.kind {
            LexemeKind::Word => Some((self.text.to_owned(), false)),
            LexemeKind::QuotedName => {
                let inside = self.text.strip_prefix('"')?.strip_suffix('"')?;
                Some((inside.replace("\"\"", "\""), true))
            }
            _ => None,
        }
    }
}

fn tokens(statement: &str) -> Vec<Token<'_>> {
    let token = |l: Lexeme| {
        let text = statement.get(l.span.start..l.span.end)?;
        Some(Token {
            text,
            kind: l.kind,
            end: l.span.end,
        })
    };
    let no_comment = lexeme::all(statement).filter(|l| l.kind != LexemeKind::Comment);
    no_comment.filter_map(token).collect()
}

/// None inside a literal, a comment or a number, where nothing can be offered.
fn typed(statement: &str, cursor: usize) -> Option<Typed<'_>> {
    let before = statement.get(..cursor)?;
    let last = lexeme::all(before).last();
    let nothing = Typed {
        start: cursor,
        text: "",
        in_quotes: false,
    };
    let Some(last) = last else { return Some(nothing) };
    let from = last.span.start;
    let touches = last.span.end == cursor;
    match last.kind {
        LexemeKind::QuotedName if last.ending == Ending::Cut => {
            let text = before.get(from + 1..)?;
            (!text.contains('\n')).then_some(Typed {
                start: from,
                text,
                in_quotes: true,
            })
        }
        LexemeKind::Word if touches => Some(Typed {
            start: from,
            text: before.get(from..)?,
            in_quotes: false,
        }),
        LexemeKind::Comment | LexemeKind::Literal | LexemeKind::Number if touches => None,
        _ => Some(nothing),
    }
}

/// Where the cursor stands.
struct Place<'a> {
    typed: &'a Typed<'a>,
    before: &'a [Token<'a>],
    all: &'a [Token<'a>],
    names: &'a Names,
}

impl Place<'_> {
    fn offers(&self) -> Vec<Offer> {
        let last = self.before.last();
        let is_after = |words: &[&str]| last.is_some_and(|t| words.iter().any(|w| t.is_word(w)));
        if last.is_some_and(|t| t.text == ".") {
            return self.qualified();
        }
        let clause = self
            .before
            .iter()
            .rev()
            .find(|t| CLAUSES.iter().any(|c| t.is_word(c)));
        let is_in = |words: &[&str]| clause.is_some_and(|t| words.iter().any(|w| t.is_word(w)));
        let is_list = last.is_some_and(|t| t.text == ",");
        if is_after(&["FROM", "JOIN", "INTO"]) || (is_list && is_in(&["FROM"])) {
            return self.relations();
        }
        if is_after(&["PUMP", "STREAM", "VIEW"]) && self.begins_with(&["DROP", "ALTER"]) {
            return if is_after(&["PUMP"]) {
                self.pumps()
            } else {
                self.relations()
            };
        }
        let following = FOLLOWING.iter().find(|(word, _)| match last {
            Some(last) => last.is_word(word),
            None => word.is_empty(),
        });
        if let Some((_, words)) = following {
            return if self.typed.in_quotes {
                Vec::new()
            } else {
                self.words(words)
            };
        }
        if is_in(&["INTO"]) && last.is_some_and(|t| matches!(t.text, "(" | ",")) {
            return self.columns();
        }
        if is_in(&[
            "SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "ON", "OVER", "WINDOW", "WINDOWED", "VALUES",
        ]) {
            return self.values();
        }
        if self.typed.in_quotes || self.typed.text.is_empty() {
            return Vec::new();
        }
        self.words(KEYWORDS)
    }

    fn begins_with(&self, words: &[&str]) -> bool {
        self.before
            .first()
            .is_some_and(|t| words.iter().any(|w| t.is_word(w)))
    }

    /// Columns, then functions, then keywords; before the first letter only the columns.
    fn values(&self) -> Vec<Offer> {
        let mut found = self.columns();
        if self.typed.in_quotes || (self.typed.text.is_empty() && !found.is_empty()) {
            return found;
        }
        let functions: Vec<&str> = self.names.functions.iter().map(String::as_str).collect();
        let rest = in_order(self.words(&functions))
            .into_iter()
            .chain(self.words(KEYWORDS));
        for offer in rest {
            if !found.contains(&offer) {
                found.push(offer);
            }
        }
        found
    }

    fn words(&self, words: &[&str]) -> Vec<Offer> {
        let fit = words.iter().filter(|word| begins(word, self.typed.text));
        fit.map(|word| Offer::plain(in_case_of(self.habit(), word)))
            .collect()
    }

    /// What shows the letter case in which one types: the word, or the keyword before it.
    fn habit(&self) -> &str {
        let keyword = |t: &&Token<'_>| t.kind == LexemeKind::Word && is_keyword(t.text);
        let before = self.before.iter().rev().find(keyword).map_or("", |t| t.text);
        if self.typed.text.is_empty() {
            before
        } else {
            self.typed.text
        }
    }

    fn relations(&self) -> Vec<Offer> {
        self.named(self.names.streams.iter().map(|(name, _)| name))
    }

    fn pumps(&self) -> Vec<Offer> {
        self.named(self.names.pumps.iter())
    }

    /// The columns of what the statement names; of everything, before it names anything.
    fn columns(&self) -> Vec<Offer> {
        let sources = self.sources();
        if sources.is_empty() {
            return self.named(self.names.streams.iter().flat_map(|(_, columns)| columns));
        }
        let of = |source: &Source| self.columns_of(&source.relation);
        self.named(sources.iter().flat_map(of))
    }

    /// The columns of the stream or alias before the point.
    fn qualified(&self) -> Vec<Offer> {
        let Some(before) = self.before.iter().rev().nth(1).and_then(Token::name) else {
            return Vec::new();
        };
        let sources = self.sources();
        let called = sources.iter().find(|s| same(&s.called, &before));
        let relation = called.map_or(&before, |source| &source.relation);
        self.named(self.columns_of(relation))
    }

    fn named<'n>(&self, names: impl IntoIterator<Item = &'n String>) -> Vec<Offer> {
        let offer = |name: &String| name_offer(name, self.typed.text, self.typed.in_quotes);
        in_order(names.into_iter().filter_map(offer).collect())
    }

    fn columns_of(&self, relation: &(String, bool)) -> &[String] {
        let exact = |(name, _): &&(String, Vec<String>)| *name == relation.0;
        let any_case = |(name, _): &&(String, Vec<String>)| same(&(name.clone(), false), relation);
        let streams = &self.names.streams;
        let found = streams
            .iter()
            .find(exact)
            .or_else(|| streams.iter().find(any_case));
        found.map_or(&[], |(_, columns)| columns.as_slice())
    }

    /// What the statement reads or writes, and how it calls it.
    fn sources(&self) -> Vec<Source> {
        let mut found = Vec::new();
        let mut is_from = false;
        let mut rest = self.all.iter().copied().peekable();
        while let Some(token) = rest.next() {
            let opens = ["FROM", "JOIN", "INTO"].iter().any(|w| token.is_word(w));
            let clause = CLAUSES.iter().any(|c| token.is_word(c));
            is_from = (is_from && !clause) || token.is_word("FROM");
            let goes_on = is_from && token.text == ",";
            if !opens && !goes_on {
                continue;
            }
            let Some(relation) = rest.next_if(|t| !t.is_word("STREAM")).and_then(|t| t.name()) else {
                continue;
            };
            if rest.next_if(|t| t.is_word("OVER")).is_some() {
                skip_brackets(&mut rest);
            }
            let says_as = rest.next_if(|t| t.is_word("AS")).is_some();
            let alias = rest.next_if(|t| t.name().is_some() && (says_as || !is_keyword(t.text)));
            let called = alias.and_then(|t| t.name()).unwrap_or_else(|| relation.clone());
            found.push(Source { relation, called });
        }
        found
    }
}

/// A relation and its name in the statement; each with whether it is in quotes.
struct Source {
    relation: (String, bool),
    called: (String, bool),
}

/// Whether two names are one; without quotes the letter case does not matter.
fn same(a: &(String, bool), b: &(String, bool)) -> bool {
    a.0 == b.0 || (!(a.1 && b.1) && a.0.eq_ignore_ascii_case(&b.0))
}

fn skip_brackets<'t>(rest: &mut std::iter::Peekable<impl Iterator<Item = Token<'t>>>) {
    let mut depth = 0usize;
    while let Some(token) = rest.peek() {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth == 0 => return,
            _ => {}
        }
        rest.next();
        if depth == 0 {
            return;
        }
    }
}
