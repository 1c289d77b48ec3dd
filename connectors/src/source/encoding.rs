//! Text that is not UTF-8, brought into UTF-8 below the decoders.
//!
//! A byte order mark says what the bytes are, else `encoding=`, else RecordEncoding, else they are UTF-8 and pass
//! untouched. Bytes that do not decode are neither replaced nor dropped (R6): they pass as marks that are no UTF-8,
//! so that the record around them becomes an error row, which [`original`] gives the bytes that were read.
//! Positions count bytes of the text in UTF-8, as those of compressed objects count decompressed bytes.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes asked of the outside at once.
const READ_BYTES: usize = 64 << 10;
/// Bytes that a decoder may find bad only after it has gone on.
const HISTORY_BYTES: usize = 16;
/// The longest byte order mark.
const MARK_BYTES: usize = 3;
/// Begins a mark for a bad byte, which two halves of it follow; no UTF-8 holds it.
const BAD: u8 = 0xFF;
/// Either half is one of the sixteen bytes from here on, none of which goes on in UTF-8.
const HALF: u8 = 0xC0;

/// The encoding of this name.
pub fn named(name: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label_no_replacement(name.as_bytes()).ok_or_else(|| {
        format!(
            "encoding {name} is unknown; the known ones are UTF-8, UTF-16LE, UTF-16BE, ISO-8859-1, windows-1252 and the \
             others of https://encoding.spec.whatwg.org"
        )
    })
}

/// The bytes that were read where this text in UTF-8, with marks for bad bytes, came out.
pub fn original(encoding: &'static Encoding, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut pieces = text.split(|b| *b == BAD);
    encode(encoding, pieces.next().unwrap_or_default(), &mut out);
    for piece in pieces {
        let Some((halves, piece)) = piece.split_at_checked(2) else {
            continue;
        };
        out.push(halves[0] << 4 | (halves[1] & 0x0F));
        encode(encoding, piece, &mut out);
    }
    out
}

fn encode(encoding: &'static Encoding, text: &[u8], out: &mut Vec<u8>) {
    let whole = std::str::from_utf8(text).map_or_else(|e| e.valid_up_to(), str::len);
    let text = std::str::from_utf8(&text[..whole]).unwrap_or_default();
    if encoding == UTF_16LE {
        out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    } else if encoding == UTF_16BE {
        out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    } else {
        out.extend_from_slice(&encoding.encode(text).0);
    }
}

/// Bytes of any encoding, read as UTF-8.
pub struct Utf8Reader {
    inner: Box<dyn Read + Send>,
    state: State,
}

enum State {
    /// What the bytes are unless they begin with a byte order mark.
    Unknown(&'static Encoding),
    /// They are UTF-8 already; those that were looked at come first.
    Plain(Vec<u8>),
    Decoding(Box<Decoding>),
}

impl Utf8Reader {
    /// Reads nothing yet.
    pub fn new(inner: Box<dyn Read + Send>, encoding: Option<&'static Encoding>) -> Self {
        Self {
            inner,
            state: State::Unknown(encoding.unwrap_or(UTF_8)),
        }
    }

    /// What the bytes are decoded from, once that is known; nothing if they are UTF-8.
    pub fn decoded_from(&self) -> Option<&'static Encoding> {
        match &self.state {
            State::Decoding(decoding) => Some(decoding.decoder.encoding()),
            _ => None,
        }
    }

    /// Looks for a byte order mark. A fault of the outside stays for the next read.
    fn look(&mut self, encoding: &'static Encoding) -> io::Result<()> {
        let mut head = Vec::with_capacity(MARK_BYTES);
        let mut fault = None;
        while is_start_of_mark(&head) {
            let mut byte = [0];
            match self.inner.read(&mut byte) {
                Ok(0) => break,
                Ok(_) => head.extend_from_slice(&byte),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if head.is_empty() => return Err(e),
                Err(e) => {
                    fault = Some(e);
                    break;
                }
            }
        }
        let (encoding, mark) = Encoding::for_bom(&head).unwrap_or((encoding, 0));
        self.state = if encoding == UTF_8 {
            State::Plain(head)
        } else {
            State::Decoding(Box::new(Decoding::new(encoding, &head[mark..])))
        };
        if let Some(fault) = fault {
            let inner = std::mem::replace(&mut self.inner, Box::new(io::empty()));
            self.inner = Box::new(Failing(Some(fault)).chain(inner));
        }
        Ok(())
    }
}

/// Fails once.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Whether more bytes could make this a byte order mark.
fn is_start_of_mark(head: &[u8]) -> bool {
    [&b"\xEF\xBB\xBF"[..], b"\xFF\xFE", b"\xFE\xFF"]
        .iter()
        .any(|mark| mark.len() > head.len() && mark.starts_with(head))
}

impl Read for Utf8Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let State::Unknown(encoding) = self.state {
            self.look(encoding)?;
        }
        match &mut self.state {
            State::Plain(head) if head.is_empty() => self.inner.read(buffer),
            State::Plain(head) => {
                let length = head.len().min(buffer.len());
                buffer[..length].copy_from_slice(&head[..length]);
                head.drain(..length);
                Ok(length)
            }
            State::Decoding(decoding) => decoding.read(&mut self.inner, buffer),
            State::Unknown(_) => Ok(0),
        }
    }
}

/// Bytes on their way through a decoder.
struct Decoding {
    decoder: Decoder,
    input: Vec<u8>,
    /// Bytes of `input` that are done with.
    used: usize,
    /// The last bytes that were done with before `input`.
    history: Vec<u8>,
    output: Vec<u8>,
    /// Bytes of `output` that have left.
    given: usize,
    ended: bool,
}

impl Decoding {
    fn new(encoding: &'static Encoding, head: &[u8]) -> Self {
        Self {
            decoder: encoding.new_decoder_without_bom_handling(),
            input: head.to_vec(),
            used: 0,
            history: Vec::new(),
            output: Vec::new(),
            given: 0,
            ended: false,
        }
    }

    fn read(&mut self, inner: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            self.output.clear();
            self.given = 0;
            if self.used == self.input.len() {
                if self.ended {
                    return Ok(0);
                }
                self.fill(inner)?;
            }
            self.decode();
        }
        let length = buffer.len().min(self.output.len() - self.given);
        buffer[..length].copy_from_slice(&self.output[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }

    fn fill(&mut self, inner: &mut dyn Read) -> io::Result<()> {
        self.history.extend_from_slice(&self.input);
        let forgotten = self.history.len().saturating_sub(HISTORY_BYTES);
        self.history.drain(..forgotten);
        self.used = 0;
        self.input.resize(READ_BYTES, 0);
        let read = inner.read(&mut self.input);
        self.input.truncate(*read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }

    /// Decodes the input up to its end or the next bad byte.
    fn decode(&mut self) {
        let rest = &self.input[self.used..];
        let room = self
            .decoder
            .max_utf8_buffer_length_without_replacement(rest.len());
        self.output.resize(room.unwrap_or(READ_BYTES), 0);
        let (result, read, written) =
            self.decoder
                .decode_to_utf8_without_replacement(rest, &mut self.output, self.ended);
        self.used += read;
        self.output.truncate(written);
        if let DecoderResult::Malformed(length, behind) = result {
            let seen = [&self.history, &self.input[..self.used]].concat();
            let end = seen.len().saturating_sub(usize::from(behind));
            let start = end.saturating_sub(usize::from(length));
            let marks = seen[start..end]
                .iter()
                .flat_map(|b| [BAD, HALF | b >> 4, HALF | (b & 0x0F)]);
            self.output.extend(marks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::Pieces;

    fn read(bytes: &[u8], encoding: Option<&str>, piece: u64) -> Vec<u8> {
        let pieces = Pieces::new(bytes.to_vec(), 3, piece);
        let mut reader = Utf8Reader::new(Box::new(pieces), encoding.map(|e| named(e).unwrap()));
        let mut out = Vec::new();
        reader.read_to_end(&mut out).unwrap();
        out
    }

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_is_read_as_utf_8_however_it_comes() {
        let text = "{\"a\":\"\u{e4}\u{20ac}\u{1f600}\"}\n";
        let marked = [b"\xFF\xFE".to_vec(), utf_16(text, u16::to_le_bytes)].concat();
        for (bytes, encoding, expected) in [
            (marked.clone(), None, text),
            (marked, Some("windows-1252"), text),
            (utf_16(&format!("\u{feff}{text}"), u16::to_be_bytes), None, text),
            (utf_16(text, u16::to_be_bytes), Some("utf-16be"), text),
            (b"\xe4\x80,x".to_vec(), Some("ISO-8859-1"), "\u{e4}\u{20ac},x"),
            (
                b"\x83\x65\x83X\x83g".to_vec(),
                Some("Shift_JIS"),
                "\u{30c6}\u{30b9}\u{30c8}",
            ),
            (text.as_bytes().to_vec(), None, text),
            (text.as_bytes().to_vec(), Some("utf8"), text),
            (Vec::new(), Some("utf-16le"), ""),
            (b"\xEF\xBB".to_vec(), Some("latin1"), "\u{ef}\u{bb}"),
        ] {
            for piece in [1, 2, 3, 1_000] {
                assert_eq!(read(&bytes, encoding, piece), expected.as_bytes(), "{bytes:x?}");
            }
        }
        // A mark of UTF-8 is the decoders' own business.
        assert_eq!(read(b"\xEF\xBB\xBFx", Some("utf-16le"), 9), b"\xEF\xBB\xBFx");
    }

    #[test]
    fn bad_bytes_are_no_utf_8_and_come_back_as_they_were() {
        for (bytes, encoding) in [
            (&b"a\x00\x00\xd8b\x00"[..], "utf-16le"),
            (b"\x00a\x00", "utf-16be"),
            (b"ab\x83\n\x81\x20cd\xff", "Shift_JIS"),
            (b"x\xd2y", "windows-1253"),
            (b"\x81\x30\x81x", "gb18030"),
        ] {
            for piece in [1, 2, 1_000] {
                let text = read(bytes, Some(encoding), piece);
                assert!(std::str::from_utf8(&text).is_err(), "{encoding}");
                assert_eq!(original(named(encoding).unwrap(), &text), bytes, "{encoding}");
            }
        }
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!(
            named("klingon")
                .unwrap_err()
                .contains("encoding klingon is unknown")
        );
        assert!(named("iso-2022-kr").is_err());
    }
}
