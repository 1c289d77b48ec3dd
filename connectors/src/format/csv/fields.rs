//! Delimited text taken apart (RFC 4180, `application.md` §5.2), one record at a time.
//!
//! Our own and not a library's, because the dialect skips blanks before an opening quote, and because an
//! incomplete record must be told from a bad one while more bytes may come. Fields without quotes are spans
//! of the input; only quoted ones are copied.

use super::delimiters::{Delimiters, Found, NeedMore, Scan};

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
    pub fn read(&mut self, bytes: &[u8], delimiters: &Delimiters, last: bool) -> Extent {
        self.spans.clear();
        self.unquoted.clear();
        match delimiters.bytes() {
            Some(scan) => self.read_record(bytes, scan, last),
            None => self.read_record(bytes, delimiters.texts(), last),
        }
    }

    fn read_record(&mut self, bytes: &[u8], scan: impl Scan, last: bool) -> Extent {
        let mut at = 0;
        loop {
            let quote = opening_quote(&bytes[at..], scan);
            let found = match quote {
                Some(blanks) => self.quoted(bytes, at + blanks + 1, scan, last),
                None => self.plain(bytes, at, scan, last),
            };
            let Ok(found) = found else {
                let open = last && quote.is_some();
                return if open { Extent::OpenQuote } else { Extent::Short };
            };
            let behind = found.at + found.length;
            if found.ends_record {
                return Extent::Whole(text_end(bytes, found, scan), behind);
            }
            at = behind;
        }
    }

    /// A field without quotes; what ends it.
    fn plain(&mut self, bytes: &[u8], start: usize, scan: impl Scan, last: bool) -> Result<Found, NeedMore> {
        let found = scan.find(bytes, start, last)?;
        self.spans.push(Span {
            start,
            end: text_end(bytes, found, scan).max(start),
            copied: false,
        });
        Ok(found)
    }

    /// A field whose opening quote is just before `start`. Text behind the closing quote belongs to it.
    fn quoted(&mut self, bytes: &[u8], start: usize, scan: impl Scan, last: bool) -> Result<Found, NeedMore> {
        let from = self.unquoted.len();
        let mut at = start;
        loop {
            let close = at + memchr::memchr(b'"', &bytes[at..]).ok_or(NeedMore)?;
            self.unquoted.extend_from_slice(&bytes[at..close]);
            match bytes.get(close + 1) {
                Some(b'"') => {
                    self.unquoted.push(b'"');
                    at = close + 2;
                }
                None if !last => return Err(NeedMore),
                _ => {
                    at = close + 1;
                    break;
                }
            }
        }
        let found = scan.find(bytes, at, last)?;
        let trailing = &bytes[at..text_end(bytes, found, scan).max(at)];
        if !trailing.iter().all(|b| *b == b' ') {
            self.unquoted.extend_from_slice(trailing);
        }
        self.spans.push(Span {
            start: from,
            end: self.unquoted.len(),
            copied: true,
        });
        Ok(found)
    }
}

/// How many blanks stand before the opening quote, if the field has one.
fn opening_quote(bytes: &[u8], scan: impl Scan) -> Option<usize> {
    let blanks = if scan.blanks_are_none() {
        bytes.iter().take_while(|b| **b == b' ').count()
    } else {
        0
    };
    (bytes.get(blanks) == Some(&b'"')).then_some(blanks)
}

/// Where the text in front of a delimiter ends.
fn text_end(bytes: &[u8], found: Found, scan: impl Scan) -> usize {
    let carriage = found.ends_record && scan.ends_in_line_feed() && bytes[..found.at].ends_with(b"\r");
    found.at - usize::from(carriage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<String> {
        let mut fields = Fields::default();
        let extent = fields.read(text.as_bytes(), &Delimiters::default(), true);
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
                fields.read(&text[..cut], &Delimiters::default(), false),
                Extent::Short,
                "{cut}"
            );
        }
        assert_eq!(
            fields.read(text, &Delimiters::default(), false),
            Extent::Whole(text.len() - 1, text.len())
        );
        assert_eq!(
            fields.read(b"a,\"b", &Delimiters::default(), true),
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
