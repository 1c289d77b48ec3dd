//! Tables of a test file: cells between `|`, aligned when printed.
//!
//! A cell is plain text without its edge blanks, or a string in double quotes with escapes. Only a cell that
//! could be misread is printed quoted, so that what `--bless` writes looks as a person would write it.

use std::fmt::Write;

/// One cell as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its text, without quotes and escapes.
    pub text: String,
    /// It stood in quotes: never NULL.
    pub quoted: bool,
}

impl Cell {
    /// A value's text; printed in quotes where it could be misread.
    pub fn value(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            quoted: true,
        }
    }

    /// A word that is printed as it is.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            quoted: false,
        }
    }

    /// NULL.
    pub fn null() -> Self {
        Self::plain("NULL")
    }

    /// Whether it means NULL.
    pub fn is_null(&self) -> bool {
        !self.quoted && self.text == "NULL"
    }

    /// Whether both mean the same value.
    pub fn same(&self, other: &Cell) -> bool {
        self.is_null() == other.is_null() && self.text == other.text
    }

    /// As it is printed.
    pub fn print(&self) -> String {
        if self.is_null() || !self.must_quote() {
            return self.text.clone();
        }
        let mut out = String::from("\"");
        for c in self.text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c.is_control() => {
                    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        out.push('"');
        out
    }

    fn must_quote(&self) -> bool {
        self.text.is_empty()
            || self.text == "NULL"
            || self.text.starts_with('"')
            || self.text.trim() != self.text
            || self.text.contains(|c: char| c == '|' || c.is_control())
    }
}

/// A table as written: a header and rows of as many cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Column names.
    pub header: Vec<Cell>,
    /// (line of the file, cells).
    pub rows: Vec<(usize, Vec<Cell>)>,
}

/// Reads the lines of a table; `first_line` is the number of the first. Errors are (line, message).
pub fn parse(lines: &[&str], first_line: usize) -> Result<Table, (usize, String)> {
    let Some((header, rows)) = lines.split_first() else {
        return Ok(Table::default());
    };
    let header = parse_row(header).map_err(|message| (first_line, message))?;
    parse_below(header, rows, first_line + 1)
}

/// Reads the rows below a header; `first_line` is the number of the first of them.
pub fn parse_below(header: Vec<Cell>, lines: &[&str], first_line: usize) -> Result<Table, (usize, String)> {
    let mut table = Table {
        header,
        rows: Vec::with_capacity(lines.len()),
    };
    for (line, number) in lines.iter().zip(first_line..) {
        let cells = parse_row(line).map_err(|message| (number, message))?;
        if cells.len() != table.header.len() {
            let (has, wants) = (cells.len(), table.header.len());
            return Err((
                number,
                format!("this row has {has} cells, the header has {wants}"),
            ));
        }
        table.rows.push((number, cells));
    }
    Ok(table)
}

/// Reads the cells of one line.
pub fn parse_row(line: &str) -> Result<Vec<Cell>, String> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start();
        let cell = if let Some(quoted) = rest.strip_prefix('"') {
            let (text, after) = parse_quoted(quoted)?;
            rest = after.trim_start();
            Cell { text, quoted: true }
        } else {
            let end = rest.find('|').unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            rest = after;
            let text = text.trim_end();
            if text.is_empty() {
                return Err("an empty cell: write NULL, or \"\" for empty text".to_owned());
            }
            Cell::plain(text)
        };
        cells.push(cell);
        if rest.is_empty() {
            return Ok(cells);
        }
        rest = rest
            .strip_prefix('|')
            .ok_or_else(|| "after the closing quote of a cell only | may follow".to_owned())?;
    }
}

/// Reads up to the closing quote; returns the text and what follows.
pub fn parse_quoted(text: &str) -> Result<(String, &str), String> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &text[i + 1..])),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(c @ ('"' | '\\' | '|')) => out.push(c),
                Some('u') => out.push(parse_code_point(&mut chars)?),
                _ => return Err("unknown escape: use \\\" \\\\ \\n \\r \\t or \\u{hex}".to_owned()),
            },
            c => out.push(c),
        }
    }
    Err("the closing quote is missing".to_owned())
}

fn parse_code_point(chars: &mut std::str::CharIndices<'_>) -> Result<char, String> {
    let digits: String = chars
        .map(|(_, c)| c)
        .skip_while(|c| *c == '{')
        .take_while(|c| *c != '}')
        .collect();
    u32::from_str_radix(&digits, 16)
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(|| format!("\\u{{{digits}}} is not a character"))
}

/// How a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// The lines of a table, aligned, without indentation: first the header.
pub fn print(header: &[Cell], align: &[Align], rows: &[Vec<Cell>]) -> Vec<String> {
    let printed: Vec<Vec<String>> = std::iter::once(header)
        .chain(rows.iter().map(Vec::as_slice))
        .map(|cells| cells.iter().map(Cell::print).collect())
        .collect();
    let width = |column: usize| -> usize {
        printed
            .iter()
            .filter_map(|row| row.get(column))
            .map(|c| c.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |row: &Vec<String>| -> String {
        let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, width))| {
            if align.get(i) == Some(&Align::Right) {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
    };
    printed.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_survive_the_round_trip() {
        for text in [
            "plain",
            "",
            "NULL",
            " edge",
            "a|b",
            "\"quoted\"",
            "a\\b",
            "line\nbreak\t",
            "\u{1}",
            "ü | \\",
        ] {
            let cell = Cell::value(text);
            let read = parse_row(&format!("x | {} | y", cell.print())).unwrap();
            assert_eq!(read[1].text, text);
            assert!(!read[1].is_null());
            assert_eq!(read.len(), 3);
        }
        assert!(parse_row("NULL").unwrap()[0].is_null());
    }

    #[test]
    fn malformed_rows_are_explained() {
        for (line, part) in [
            ("a | | b", "empty cell"),
            ("a |", "empty cell"),
            ("\"a", "closing quote is missing"),
            ("\"a\" b | c", "only |"),
            ("\"\\x\"", "unknown escape"),
            ("\"\\u{110000}\"", "not a character"),
        ] {
            let message = parse_row(line).unwrap_err();
            assert!(message.contains(part), "{line}: {message}");
        }
        let (line, message) = parse(&["a | b", "1 | 2", "1"], 10).unwrap_err();
        assert_eq!(
            (line, message.as_str()),
            (12, "this row has 1 cells, the header has 2")
        );
    }

    #[test]
    fn numbers_stand_right_and_text_left() {
        let cells = |texts: &[&str]| texts.iter().map(|t| Cell::plain(*t)).collect::<Vec<_>>();
        let lines = print(
            &cells(&["ROWTIME", "CITY", "N"]),
            &[Align::Left, Align::Left, Align::Right],
            &[
                cells(&["10:00:00", "Denver", "7"]),
                cells(&["10:00:00.250", "Rome", "-12"]),
            ],
        );
        assert_eq!(
            lines,
            [
                "ROWTIME      | CITY   |   N",
                "10:00:00     | Denver |   7",
                "10:00:00.250 | Rome   | -12",
            ]
        );
    }
}
