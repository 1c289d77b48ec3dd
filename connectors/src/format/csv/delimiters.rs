//! What separates the fields and records of delimited text (`application.md` §5.2): any text of 1 to 1024 characters.
//!
//! Nearly all text has delimiters of one byte, which are searched for two at once; longer ones pay for themselves
//! only. Where one delimiter begins with the other, the longer one is meant.

/// Characters that a delimiter may have.
const CHARS_MAX: usize = 1024;

/// What separates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimiters {
    column: Box<[u8]>,
    row: Box<[u8]>,
}

impl Default for Delimiters {
    fn default() -> Self {
        Self {
            column: Box::new(*b","),
            row: Box::new(*b"\n"),
        }
    }
}

impl Delimiters {
    /// Delimiters as a schema or a URI writes them; `\n`, `\r` and `\t` may be spelled out. The error says what is
    /// wrong, the column delimiter's and the row delimiter's name given.
    pub fn new(
        column: Option<&str>,
        row: Option<&str>,
        (column_name, row_name): (&str, &str),
    ) -> Result<Self, String> {
        let default = Self::default();
        let read = |name: &str, text: Option<&str>, default: Box<[u8]>| match text {
            None => Ok(default),
            Some("") => Err(format!(
                "{name} is empty; a delimiter has 1 to {CHARS_MAX} characters"
            )),
            Some(text) if text.chars().count() > CHARS_MAX => {
                Err(format!("{name} is longer than {CHARS_MAX} characters"))
            }
            Some(text) if text.contains('"') => Err(format!(
                "{name} holds a double quote, which is what encloses a field; it cannot separate as well"
            )),
            Some(text) => Ok(spelled_out(text).into_bytes().into_boxed_slice()),
        };
        let out = Self {
            column: read(column_name, column, default.column)?,
            row: read(row_name, row, default.row)?,
        };
        if out.column == out.row {
            return Err(format!(
                "{column_name} and {row_name} are the same; they must differ"
            ));
        }
        Ok(out)
    }

    /// What ends a record.
    pub fn row(&self) -> &[u8] {
        &self.row
    }

    /// What separates fields.
    pub fn column(&self) -> &[u8] {
        &self.column
    }

    /// Both, where each is one byte.
    pub(super) fn bytes(&self) -> Option<OneByte> {
        match (&*self.column, &*self.row) {
            ([column], [row]) => Some(OneByte {
                column: *column,
                row: *row,
            }),
            _ => None,
        }
    }

    /// Both, of any length.
    pub(super) fn texts(&self) -> Longer<'_> {
        Longer {
            column: &self.column,
            row: &self.row,
        }
    }
}

/// A text in which `\n`, `\r` and `\t` may be spelled out, as a shell or a doubly escaped file passes them.
pub fn spelled_out(text: &str) -> String {
    text.replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\\t", "\t")
}

/// A delimiter that was found, or the end of everything, which ends a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it begins.
    pub at: usize,
    /// How long it is; 0 at the end of everything.
    pub length: usize,
    /// Whether it ends the record.
    pub ends_record: bool,
}

/// More bytes are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NeedMore;

/// Looks for delimiters.
pub(super) trait Scan: Copy {
    /// The first delimiter from `from` on; nothing follows the bytes if `last`.
    fn find(self, bytes: &[u8], from: usize, last: bool) -> Result<Found, NeedMore>;

    /// Whether a `\r` in front of a record's end belongs to it.
    fn ends_in_line_feed(self) -> bool;

    /// Whether blanks in front of an opening quote can be told from a column delimiter.
    fn blanks_are_none(self) -> bool;
}

/// Delimiters of one byte each.
#[derive(Debug, Clone, Copy)]
pub(super) struct OneByte {
    column: u8,
    row: u8,
}

impl Scan for OneByte {
    fn find(self, bytes: &[u8], from: usize, last: bool) -> Result<Found, NeedMore> {
        match memchr::memchr2(self.column, self.row, &bytes[from..]) {
            Some(at) => Ok(Found {
                at: from + at,
                length: 1,
                ends_record: bytes[from + at] == self.row,
            }),
            None => end(bytes, last),
        }
    }

    fn ends_in_line_feed(self) -> bool {
        self.row == b'\n'
    }

    fn blanks_are_none(self) -> bool {
        self.column != b' '
    }
}

/// Delimiters of which one at least is longer than a byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct Longer<'d> {
    column: &'d [u8],
    row: &'d [u8],
}

impl Scan for Longer<'_> {
    fn find(self, bytes: &[u8], from: usize, last: bool) -> Result<Found, NeedMore> {
        let (longer, shorter) = if self.row.len() > self.column.len() {
            (self.row, self.column)
        } else {
            (self.column, self.row)
        };
        let first = |delimiter: &[u8]| delimiter.first().copied().unwrap_or_default();
        let mut at = from;
        while let Some(step) = memchr::memchr2(first(longer), first(shorter), &bytes[at..]) {
            at += step;
            let rest = &bytes[at..];
            for delimiter in [longer, shorter] {
                if rest.starts_with(delimiter) {
                    return Ok(Found {
                        at,
                        length: delimiter.len(),
                        ends_record: delimiter == self.row,
                    });
                }
                if !last && delimiter.starts_with(rest) {
                    return Err(NeedMore);
                }
            }
            at += 1;
        }
        end(bytes, last)
    }

    fn ends_in_line_feed(self) -> bool {
        self.row == b"\n"
    }

    fn blanks_are_none(self) -> bool {
        !self.column.starts_with(b" ")
    }
}

fn end(bytes: &[u8], last: bool) -> Result<Found, NeedMore> {
    if last {
        Ok(Found {
            at: bytes.len(),
            length: 0,
            ends_record: true,
        })
    } else {
        Err(NeedMore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: (&str, &str) = ("C", "R");

    #[test]
    fn spelled_out_delimiters_are_the_characters_they_name() {
        let made = Delimiters::new(Some("\\t"), Some("\\r\\n"), NAMES).unwrap();
        assert_eq!((made.column(), made.row()), (&b"\t"[..], &b"\r\n"[..]));
        let made = Delimiters::new(Some("\u{2021}"), None, NAMES).unwrap();
        assert_eq!((made.column(), made.row()), ("\u{2021}".as_bytes(), &b"\n"[..]));
    }

    #[test]
    fn what_cannot_separate_is_refused() {
        let long = "x".repeat(1025);
        for (column, row, message) in [
            (Some(""), None, "C is empty"),
            (None, Some(""), "R is empty"),
            (Some(long.as_str()), None, "C is longer than 1024"),
            (Some("|\"|"), None, "C holds a double quote"),
            (Some("\\n"), None, "C and R are the same"),
            (None, Some(","), "C and R are the same"),
        ] {
            let refused = Delimiters::new(column, row, NAMES).unwrap_err();
            assert!(refused.starts_with(message), "{refused}");
        }
        assert!(Delimiters::new(Some(&long[1..]), None, NAMES).is_ok());
    }

    #[test]
    fn the_longer_delimiter_is_meant_and_a_cut_one_is_waited_for() {
        let made = Delimiters::new(Some("|~"), Some("|~|"), NAMES).unwrap();
        let text = b"a|~b|~|c|x";
        let found = |from, end: usize, last| made.texts().find(&text[..end], from, last);
        let delimiter = |at, length, ends_record| {
            Ok(Found {
                at,
                length,
                ends_record,
            })
        };
        assert_eq!(found(0, text.len(), false), delimiter(1, 2, false));
        assert_eq!(found(3, text.len(), false), delimiter(4, 3, true));
        // The bytes that follow decide which of both it is.
        for end in 4..7 {
            assert_eq!(found(3, end, false), Err(NeedMore), "{end}");
        }
        assert_eq!(found(3, 6, true), delimiter(4, 2, false));
        assert_eq!(found(7, text.len(), false), Err(NeedMore));
        assert_eq!(found(7, text.len(), true), delimiter(text.len(), 0, true));
    }
}
