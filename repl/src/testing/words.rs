//! The words of a directive line: blanks between them, names with blanks in double quotes.

use super::case::Name;

/// What is left of a line.
#[derive(Debug)]
pub struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    /// The words of a line.
    pub fn new(line: &'a str) -> Self {
        Self(line.trim())
    }

    /// The next word.
    pub fn next(&mut self) -> Option<&'a str> {
        let end = self.0.find(char::is_whitespace).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest.trim_start();
        (!word.is_empty()).then_some(word)
    }

    /// The next word, which must be there.
    pub fn plain(&mut self) -> Result<&'a str, String> {
        self.next().ok_or_else(|| "a word is missing".to_owned())
    }

    /// The next word as a name, in double quotes (`""` for one in it) or bare.
    pub fn name(&mut self) -> Result<Name, String> {
        let Some(quoted) = self.0.strip_prefix('"') else {
            let text = self.next().ok_or("a name is missing")?.to_owned();
            return Ok(Name { text, exact: false });
        };
        let mut text = String::new();
        let mut chars = quoted.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            if c != '"' {
                text.push(c);
            } else if chars.next_if(|(_, c)| *c == '"').is_some() {
                text.push('"');
            } else {
                self.0 = quoted.get(i + 1..).unwrap_or_default().trim_start();
                return Ok(Name { text, exact: true });
            }
        }
        Err("the closing quote of the name is missing".to_owned())
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a str {
        std::mem::take(&mut self.0)
    }

    /// Nothing may be left.
    pub fn end(&mut self) -> Result<(), String> {
        match self.rest() {
            "" => Ok(()),
            rest => Err(format!("{rest:?} does not belong here")),
        }
    }
}
