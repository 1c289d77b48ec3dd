//! Delimited text taken apart (RFC 4180, `application.md` §5.2), one record at a time.
//!
//! Our own and not a library's, because the dialect skips blanks before an opening quote, and because an
//! incomplete record must be told from a bad one while more bytes may come. Fields without quotes are spans
//! of the input; only quoted ones are copied.

/// The bytes that separate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiters {
    /// Between fields.
    pub column: u8,
    /// After records; with `\n` a `\r` before it belongs to it.
    pub row: u8,
}

impl Default for Delimiters {
    fn default() -> Self {
        Self {
            column: b',',
            row: b'\n',
        }
    }
}

/// How far a record reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// It ends within the bytes: its length without and with the row delimiter.
    Whole(usize, usize),
    /// It may go on behind the bytes.
    Short,
    /// A quoted field is still open where the object ends.
    OpenQuote,
}

/// The fields of one record.
#[derive(Debug, Default)]
pub struct Fields {
    spans: Vec<Span>,
    unquoted: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    copied: bool,
}

impl Fields {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.spans.len()
    }

    /// A field of the record that was read from `bytes`.
    pub fn get<'a>(&'a self, field: usize, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let span = self.spans.get(field)?;
        let from = if span.copied { &self.unquoted } else { bytes };
        from.get(span.start..span.end)
    }

    /// Reads the record at the front of `bytes`; nothing follows them if `last`.
    pub fn read(&mut self, bytes: &[u8], delimiters: Delimiters, last: bool) -> Extent {
        self.spans.clear();
        self.unquoted.clear();
        let mut at = 0;
        loop {
            let quote = opening_quote(&bytes[at..], delimiters);
            let end = match quote {
                Some(blanks) => self.quoted(bytes, at + blanks + 1, delimiters, last),
                None => self.plain(bytes, at, delimiters, last),
            };
            let Ok(end) = end else {
                let open = last && quote.is_some();
                return if open { Extent::OpenQuote } else { Extent::Short };
            };
            match bytes.get(end) {
                Some(b) if *b == delimiters.column => at = end + 1,
                Some(_) => return Extent::Whole(line_length(bytes, end, delimiters), end + 1),
                None => return Extent::Whole(line_length(bytes, end, delimiters), end),
            }
        }
    }

    /// A field without quotes; its end, or nothing if more bytes are needed.
    fn plain(&mut self, bytes: &[u8], start: usize, delimiters: Delimiters, last: bool) -> Result<usize, ()> {
        let end = delimiter(bytes, start, delimiters, last)?;
        let is_row_end = bytes.get(end) != Some(&delimiters.column);
        let stop = if is_row_end {
            line_length(bytes, end, delimiters).max(start)
        } else {
            end
        };
        self.spans.push(Span {
            start,
            end: stop,
            copied: false,
        });
        Ok(end)
    }

    /// A field whose opening quote is just before `start`. Text behind the closing quote belongs to it.
    fn quoted(
        &mut self,
        bytes: &[u8],
        start: usize,
        delimiters: Delimiters,
        last: bool,
    ) -> Result<usize, ()> {
        let from = self.unquoted.len();
        let mut at = start;
        loop {
            let close = at + memchr::memchr(b'"', &bytes[at..]).ok_or(())?;
            self.unquoted.extend_from_slice(&bytes[at..close]);
            match bytes.get(close + 1) {
                Some(b'"') => {
                    self.unquoted.push(b'"');
                    at = close + 2;
                }
                None if !last => return Err(()),
                _ => {
                    at = close + 1;
                    break;
                }
            }
        }
        let end = delimiter(bytes, at, delimiters, last)?;
        let is_row_end = bytes.get(end) != Some(&delimiters.column);
        let stop = if is_row_end {
            line_length(bytes, end, delimiters).max(at)
        } else {
            end
        };
        let trailing = &bytes[at..stop];
        if !trailing.iter().all(|b| *b == b' ') {
            self.unquoted.extend_from_slice(trailing);
        }
        self.spans.push(Span {
            start: from,
            end: self.unquoted.len(),
            copied: true,
        });
        Ok(end)
    }
}

/// How many blanks stand before the opening quote, if the field has one.
fn opening_quote(bytes: &[u8], delimiters: Delimiters) -> Option<usize> {
    let blank = |b: &&u8| **b == b' ' && delimiters.column != b' ';
    let blanks = bytes.iter().take_while(blank).count();
    (bytes.get(blanks) == Some(&b'"')).then_some(blanks)
}

fn delimiter(bytes: &[u8], from: usize, delimiters: Delimiters, last: bool) -> Result<usize, ()> {
    match memchr::memchr2(delimiters.column, delimiters.row, &bytes[from..]) {
        Some(at) => Ok(from + at),
        None if last => Ok(bytes.len()),
        None => Err(()),
    }
}

/// Where the text of a record ends whose delimiter is at `end`.
fn line_length(bytes: &[u8], end: usize, delimiters: Delimiters) -> usize {
    let carriage = delimiters.row == b'\n' && bytes[..end].ends_with(b"\r");
    end - usize::from(carriage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<String> {
        let mut fields = Fields::default();
        let extent = fields.read(text.as_bytes(), Delimiters::default(), true);
        assert!(matches!(extent, Extent::Whole(..)), "{text}: {extent:?}");
        let text_of = |i| String::from_utf8(fields.get(i, text.as_bytes()).unwrap().to_vec()).unwrap();
        (0..fields.count()).map(text_of).collect()
    }

    #[test]
    fn records_come_apart() {
        for (text, expected) in [
            ("a,b,c\n", &["a", "b", "c"][..]),
            ("a,b,c\r\nd", &["a", "b", "c"]),
            ("a,,", &["a", "", ""]),
            ("", &[""]),
            (r#""a,b","c""d""#, &["a,b", "c\"d"]),
            ("\"a\nb\",c\r\n", &["a\nb", "c"]),
            (r#"a, "b c", d"#, &["a", "b c", " d"]),
            (r#""a" ,b"#, &["a", "b"]),
            (r#""a"x,b"#, &["ax", "b"]),
            (r#"a"b,c"#, &["a\"b", "c"]),
            ("\"a\"\r\n", &["a"]),
        ] {
            assert_eq!(fields(text), expected, "{text}");
        }
    }

    #[test]
    fn a_cut_record_is_short_and_an_open_quote_is_told() {
        let mut fields = Fields::default();
        let text = b"a,\"b\"\"\nc\",d\n";
        for cut in 0..text.len() {
            assert_eq!(
                fields.read(&text[..cut], Delimiters::default(), false),
                Extent::Short,
                "{cut}"
            );
        }
        assert_eq!(
            fields.read(text, Delimiters::default(), false),
            Extent::Whole(text.len() - 1, text.len())
        );
        assert_eq!(
            fields.read(b"a,\"b", Delimiters::default(), true),
            Extent::OpenQuote
        );
    }

    #[test]
    fn plain_rfc_4180_reads_as_the_csv_crate_reads_it() {
        let mut random = 42u64;
        let mut next = |n: u64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % n
        };
        for _ in 0..2_000 {
            let row: Vec<String> = (0..next(5) + 1)
                .map(|_| {
                    (0..next(6))
                        .map(|_| ['a', ',', '"', '\n', 'é', 'b'][next(6) as usize])
                        .collect()
                })
                .collect();
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(&row).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            assert_eq!(fields(&text), row, "{text:?}");
        }
    }
}
