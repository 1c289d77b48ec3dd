//! What a slip probably was, told from the tokens around the place where the parser stopped (`usage.md` §7).

use super::kda::Kda;
use super::token::{Token, TokenKind};
use super::words;
use crate::diagnostic::Place;
use crate::diagnostic::suggestion::nearest;

/// Words whose blank gets lost when a program joins pieces of SQL.
const GLUE: &[&str] = &[
    "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "WINDOW", "SELECT", "INSERT",
];

/// What FROM wants.
pub(super) const RELATION: &str = "the name of a stream, a sub-select or TABLE(…)";

/// The windows of GROUP BY that people write into FROM.
const WINDOW_FORMS: &[&str] = &["STEP", "FLOOR", "CEIL", "WINDOW_TUMBLING"];

/// What to write in place of the windows of other products.
pub(crate) fn foreign_window(word: &str) -> Option<&'static str> {
    Some(match word {
        "TUMBLE" | "TUMBLE_START" | "TUMBLE_END" | "TUMBLE_ROWTIME" => {
            "KDA has no TUMBLE(); write STEP(s.ROWTIME BY INTERVAL '1' MINUTE) in GROUP BY"
        }
        "HOP" | "HOP_START" | "HOP_END" => {
            "KDA has no HOP(); a sliding window is f(x) OVER (RANGE INTERVAL '1' MINUTE PRECEDING)"
        }
        "SESSION" | "SESSION_START" | "SESSION_END" => {
            "KDA has no SESSION(); see WINDOWED BY STAGGER (PARTITION BY … RANGE INTERVAL '1' MINUTE)"
        }
        _ => return None,
    })
}

/// What to try at the token with this index, where the slip is recognisable.
pub(super) fn hint(kda: &Kda, index: usize, expecting: &str) -> Option<String> {
    let tokens = kda.tokens();
    let token = tokens.get(index);
    let before = index.checked_sub(1).and_then(|i| tokens.get(i));
    glued_hint(kda, index)
        .or_else(|| shell_debris(kda))
        .or_else(|| order_of_words(token, before, expecting))
        .or_else(|| half_of_or_replace(token, before))
        .or_else(|| trailing_comma(token, before))
        .or_else(|| table_function(tokens, index, expecting))
        .or_else(|| cursor(token, before, expecting))
        .or_else(|| unit(tokens, index, expecting))
        .or_else(|| bare_interval(token?, before?))
        .or_else(|| open_parenthesis(kda, index))
        .or_else(|| closing_parenthesis(tokens, index))
        .or_else(|| quoted_name(token, expecting))
        .or_else(|| misspelt(token, before, expecting))
        .or_else(|| typed_word(token, before, expecting))
        .or_else(|| missing_comma(tokens, index, expecting))
}

/// A word like `aFROM` or `FROMx`, and how it was meant.
pub(super) fn glued_word(kda: &Kda) -> Option<(usize, String)> {
    kda.tokens().iter().enumerate().find_map(|(i, token)| {
        let word = token.word()?;
        let written = kda.text.get(token.span.start..token.span.end)?;
        // `DATEFROM` may be a name; `dateFROM` is two words, and so is `xFROM "s"`.
        let apart = GLUE.iter().find_map(|glue| {
            let cut = word.len().checked_sub(glue.len()).filter(|n| *n > 0)?;
            let ends = word.ends_with(glue) && written.get(cut..)? == *glue;
            let starts = word.starts_with(glue) && written.get(..glue.len())? == *glue;
            let (left, right) = if ends {
                (written.get(..cut)?, *glue)
            } else if starts {
                (*glue, written.get(glue.len()..)?)
            } else {
                return None;
            };
            // GROUP_RANK is one word, and so is what the dialect itself begins with one of these.
            let joined = left.ends_with('_') || right.starts_with('_') || word == "WINDOWED";
            (!joined).then(|| format!("{left} {right}"))
        })?;
        Some((i, apart))
    })
}

/// Only a word just before the fault is taken as glued: a column may well be called VALIDFROM.
fn glued_hint(kda: &Kda, index: usize) -> Option<String> {
    let (glued, apart) = glued_word(kda)?;
    if !(glued..glued + 4).contains(&index) {
        return None;
    }
    let written = kda.written(kda.tokens().get(glued)?);
    Some(format!(
        "a blank is missing in \"{written}\"; did you mean \"{apart}\"?"
    ))
}

/// What is left of a quote that was quoted for a shell inside another text.
fn shell_debris(kda: &Kda) -> Option<String> {
    let (first, last) = (kda.tokens().first()?, kda.tokens().last()?);
    let text = kda.text.get(first.span.start..last.span.end)?;
    let debris = ["'\"'\"'", "\"'\"'\"", "'\\''"]
        .into_iter()
        .find(|debris| text.contains(debris))?;
    Some(format!("{debris} looks like quoting of a shell; write one quote"))
}

/// Words of a clause in the wrong order, or one of them forgotten.
fn order_of_words(token: Option<&Token>, before: Option<&Token>, expecting: &str) -> Option<String> {
    let word = token?.word()?;
    let hint = match (word, expecting) {
        ("STREAM", _) if before?.is_word("DISTINCT") => "STREAM stands before DISTINCT",
        ("SIMILAR", _) => "write SIMILAR TO",
        ("SELECT", "\"INSERT\"") => "write AS INSERT INTO stream SELECT …",
        ("INSERT", "SELECT or VALUES") => "a stream has columns; a pump has an INSERT: write CREATE PUMP",
        ("EQUALS" | "OVERLAPS" | "PRECEDES" | "SUCCEEDS" | "LEADS" | "LAGS", _) if before?.is_symbol(")") => {
            "periods are written in parentheses on both sides: (start, end) PRECEDES (start, end)"
        }
        ("RANGE", "\";\"") => {
            "group by time with STEP(s.ROWTIME BY INTERVAL 'n' unit); RANGE stands in OVER (…) or WINDOW"
        }
        ("SELECT" | "INSERT" | "ALTER" | "DROP" | "VALUES", "\";\"") => {
            "a semicolon is missing before this statement"
        }
        ("GROUP" | "WHERE" | "HAVING" | "WINDOW", "\";\"") => {
            "the order is FROM, WHERE, GROUP BY, HAVING, WINDOW, ORDER BY"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

fn trailing_comma(token: Option<&Token>, before: Option<&Token>) -> Option<String> {
    let ends = token.is_none_or(|t| t.is_symbol(")") || t.is_word("FROM") || t.is_symbol(","));
    let comma = before?.is_symbol(",") && ends;
    comma.then(|| match token {
        Some(token) if token.is_word("FROM") => "remove the comma before FROM".to_owned(),
        Some(token) if token.is_symbol(",") => "remove one of the two commas".to_owned(),
        _ => "remove the comma at the end of the list".to_owned(),
    })
}

fn table_function(tokens: &[Token], index: usize, expecting: &str) -> Option<String> {
    let token = tokens.get(index)?;
    if !tokens.get(index + 1)?.is_symbol("(") {
        return None;
    }
    let word = token.word()?;
    if WINDOW_FORMS.contains(&word) && (expecting == RELATION || behind_relation(tokens, index)) {
        return Some(format!("write {word}(…) in GROUP BY: FROM names streams"));
    }
    if expecting != RELATION {
        return None;
    }
    Some(match foreign_window(word) {
        Some(hint) => hint.to_owned(),
        None => format!("a table function stands in TABLE({word}(…))"),
    })
}

/// Whether FROM is the clause that goes on at `index`.
fn behind_relation(tokens: &[Token], index: usize) -> bool {
    let clauses = [
        "SELECT", "FROM", "ON", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER",
    ];
    let mut words = tokens.iter().take(index).rev().filter_map(Token::word);
    words.find(|word| clauses.contains(word)) == Some("FROM")
}

fn cursor(token: Option<&Token>, before: Option<&Token>, expecting: &str) -> Option<String> {
    let query = token?.is_word("SELECT") && expecting == "an expression";
    let opens = before.is_some_and(|t| t.is_symbol("(") || t.is_symbol(","));
    (query && opens).then(|| "write CURSOR(SELECT STREAM …) as the argument of a table function".to_owned())
}

/// `STEP(s.ROWTIME BY 60 SECOND)`.
fn bare_interval(token: &Token, before: &Token) -> Option<String> {
    let TokenKind::Number(value) = &before.kind else {
        return None;
    };
    let unit = super::interval::unit_of(token)?;
    Some(format!("write INTERVAL '{value}' {unit}"))
}

/// `INTERVAL '1 minute'` and `INTERVAL '1' MINUTES`.
fn unit(tokens: &[Token], index: usize, expecting: &str) -> Option<String> {
    let token = tokens.get(index);
    let interval = index
        .checked_sub(2)
        .and_then(|i| tokens.get(i..index))
        .is_some_and(|t| t.iter().any(|t| t.is_word("INTERVAL")));
    if !expecting.contains("YEAR, MONTH") || !interval {
        return None;
    }
    const UNITS: &[&str] = &["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
    let singular = token
        .and_then(Token::word)
        .and_then(|word| word.strip_suffix('S'));
    Some(match singular.filter(|unit| UNITS.contains(unit)) {
        Some(unit) => format!("units have no plural: write {unit}"),
        None => "write the unit behind the quotes: INTERVAL '1' MINUTE".to_owned(),
    })
}

/// Where the innermost parenthesis that is still open at `index` was opened, if the statement never closes it.
fn open_parenthesis(kda: &Kda, index: usize) -> Option<String> {
    let tokens = kda.tokens();
    let mut open: Vec<usize> = Vec::new();
    let mut total = 0i64;
    for (i, token) in tokens.iter().enumerate() {
        if token.is_symbol("(") {
            total += 1;
            if i < index {
                open.push(token.span.start);
            }
        } else if token.is_symbol(")") {
            total -= 1;
            if i < index {
                open.pop();
            }
        }
    }
    let start = open.last().filter(|_| total > 0)?;
    let place = Place::of(&kda.text, *start);
    Some(format!(
        "the \"(\" at line {}, column {} is not closed",
        place.line, place.column
    ))
}

fn closing_parenthesis(tokens: &[Token], index: usize) -> Option<String> {
    let token = tokens.get(index).filter(|token| token.is_symbol(")"))?;
    let mut depth = 0i64;
    for token in tokens.iter().take_while(|t| t.span.start < token.span.start) {
        depth += i64::from(token.is_symbol("(")) - i64::from(token.is_symbol(")"));
    }
    Some(match depth {
        ..=0 => "no \"(\" is open here".to_owned(),
        _ => "something is missing before this \")\"".to_owned(),
    })
}

/// A word that is nearly one of those wanted here, or that was taken for an alias and is nearly one of a clause.
fn misspelt(token: Option<&Token>, before: Option<&Token>, expecting: &str) -> Option<String> {
    const CLAUSES: &[&str] = &[
        "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "SELECT", "STREAM", "INSERT", "WINDOWED",
    ];
    let near = |token: Option<&Token>, wanted: &mut dyn Iterator<Item = &str>| {
        let word = token?.word().filter(|word| !words::is_reserved(word))?;
        nearest(word, wanted).map(|wanted| format!("did you mean {wanted}?"))
    };
    let mut wanted = expecting
        .split(|c: char| !c.is_ascii_uppercase())
        .filter(|word| word.len() > 3);
    near(token, &mut wanted).or_else(|| near(before, &mut CLAUSES.iter().copied()))
}

/// `CREATE REPLACE …`.
fn half_of_or_replace(token: Option<&Token>, before: Option<&Token>) -> Option<String> {
    let half = token?.is_word("REPLACE") && before?.is_word("CREATE");
    half.then(|| "write CREATE OR REPLACE".to_owned())
}

fn quoted_name(token: Option<&Token>, expecting: &str) -> Option<String> {
    let TokenKind::Text(text) = &token?.kind else {
        return None;
    };
    let name_wanted = expecting.contains("name") || expecting.contains("alias");
    name_wanted.then(|| format!("a name stands in double quotes: \"{text}\""))
}

fn typed_word(token: Option<&Token>, before: Option<&Token>, expecting: &str) -> Option<String> {
    let word = token?.word()?;
    if expecting == "\"BY\"" || expecting == "an expression" && before.is_some_and(|t| t.is_symbol("=")) {
        return None;
    }
    let name_wanted =
        expecting.contains("name") || expecting.contains("alias") || expecting.contains("column");
    (words::is_reserved(word) && name_wanted)
        .then(|| format!("{word} is a reserved word: write \"{word}\" in double quotes to use it as a name"))
}

fn missing_comma(tokens: &[Token], index: usize, expecting: &str) -> Option<String> {
    let token = tokens.get(index)?;
    let before = tokens.get(..index)?;
    let list = expecting.contains("\",\"") || expecting == "\";\"" && ends_in_list(before);
    let last = before.last()?;
    let closes = last.is_symbol(")") || last.is_word("END") || begins_operand(last);
    (list && closes && begins_operand(token)).then(|| match token.word().filter(|word| needs_quotes(word)) {
        Some(word) => {
            format!("a comma may be missing; an alias that is a reserved word needs quotes: \"{word}\"")
        }
        None => "a comma may be missing before this word".to_owned(),
    })
}

/// Whether the last clause so far is a list.
fn ends_in_list(before: &[Token]) -> bool {
    let clause = before
        .iter()
        .rev()
        .filter_map(Token::word)
        .find(|word| ["FROM", "WHERE", "ON", "GROUP", "HAVING", "WINDOW", "ORDER"].contains(word));
    matches!(clause, Some("GROUP" | "ORDER"))
}

fn begins_operand(token: &Token) -> bool {
    match &token.kind {
        TokenKind::Word(word) => !words::is_structural(word) || matches!(word.as_str(), "CASE" | "CAST"),
        TokenKind::Symbol(_) | TokenKind::End => false,
        _ => true,
    }
}

/// Reserved, and no function or form that an operand may begin with.
fn needs_quotes(word: &str) -> bool {
    words::is_reserved(word)
        && !words::is_system_name(word)
        && ![
            "CASE",
            "CAST",
            "ABS",
            "AVG",
            "CEIL",
            "COUNT",
            "EXTRACT",
            "FLOOR",
            "MAX",
            "MIN",
            "SUBSTRING",
            "SUM",
            "TRIM",
            "UPPER",
            "LOWER",
            "NULL",
            "TRUE",
            "FALSE",
        ]
        .contains(&word)
}
