//! A command line → which command, and its arguments.
//!
//! Arguments are parted by blanks. Quotes, double or single, hold blanks together; a quote inside is doubled, as in
//! SQL. A quote in the middle of a word is part of it. Who is used to end everything with `;` may.

use super::{ArgumentKind, Command, CommandName, find, unknown};

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// Which command.
    pub name: CommandName,
    /// Its arguments; as many as the table says.
    pub arguments: Vec<Word>,
}

/// One word of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What it says, without its quotes.
    pub text: String,
    /// Whether it stood in double quotes: a name exactly as it is.
    pub quoted: bool,
    /// Where it begins in the line.
    pub offset: usize,
}

/// Reads a line that begins with a backslash; or says what is wrong with it.
pub fn parse(line: &str) -> Result<Parsed, String> {
    let (mut words, missing) = split(line);
    let written = line.trim_end().trim_end_matches(';');
    let name = words.first().map_or("\\", |w| w.text.trim_end_matches(';'));
    let command = find(name).ok_or_else(|| unknown(name))?;
    words = words.split_off(words.len().min(1));
    if let Some(rest) = whole_rest(command, line, &words) {
        words = vec![rest];
    } else {
        if let Some(quote) = missing {
            return Err(format!("a quote ({quote}) is missing in {written}"));
        }
        strip_semicolon(&mut words);
    }
    if !command.counts.contains(&words.len()) {
        let signature = command.signature();
        return Err(format!("\\{} is written {signature}", command.written));
    }
    check_choices(command, &words)?;
    Ok(Parsed {
        name: command.name,
        arguments: words,
    })
}

/// The words of a line, and the quote that is missing at its end.
pub fn split(line: &str) -> (Vec<Word>, Option<char>) {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(blank) = line
        .get(at..)
        .and_then(|rest| rest.find(|c: char| !c.is_whitespace()))
    {
        let offset = at + blank;
        let rest = line.get(offset..).unwrap_or("");
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (text, length) = match quote {
            Some(quote) => quoted(rest, quote),
            None => {
                let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (rest.get(..length).unwrap_or("").to_owned(), Some(length))
            }
        };
        out.push(Word {
            text,
            quoted: quote == Some('"'),
            offset,
        });
        match length {
            Some(length) => at = offset + length,
            None => return (out, quote),
        }
    }
    (out, None)
}

/// What stands in the quotes that `rest` begins with, and the bytes up to behind the closing one.
fn quoted(rest: &str, quote: char) -> (String, Option<usize>) {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((i, c)) = chars.next() {
        if c != quote {
            text.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            return (text, Some(i + 1));
        }
    }
    (text, None)
}

/// The argument that reaches to the line's end, if the command takes one and there is something.
fn whole_rest(command: &Command, line: &str, words: &[Word]) -> Option<Word> {
    let first = words.first()?;
    command.arguments.first().filter(|kind| kind.takes_rest())?;
    if words.len() == 1 {
        return None;
    }
    Some(Word {
        text: line.get(first.offset..)?.trim_end().to_owned(),
        quoted: false,
        offset: first.offset,
    })
}

fn strip_semicolon(words: &mut Vec<Word>) {
    if let Some(last) = words.last_mut().filter(|w| !w.quoted) {
        last.text.truncate(last.text.trim_end_matches(';').len());
    }
    words.pop_if(|w| w.text.is_empty() && !w.quoted);
}

fn check_choices(command: &Command, words: &[Word]) -> Result<(), String> {
    for (kind, word) in command.arguments.iter().zip(words) {
        if let ArgumentKind::Choice(choices) = kind
            && !choices.iter().any(|c| c.eq_ignore_ascii_case(&word.text))
        {
            let known = choices.join(", ");
            return Err(format!("\\{} takes {known}; not {}", command.written, word.text));
        }
    }
    Ok(())
}
