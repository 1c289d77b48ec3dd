//! A document that is one array of records, read element by element.
//!
//! Exports and reference files often are a single array, longer than any record may be. Where the elements of a
//! document are its rows, its brackets and commas are read as what separates records: memory is bounded, a bad element
//! withholds only itself, and it is told with its own position. A bad element ends at its line, as any record does.

use crate::format::batch::RecordFault;

/// Whether the elements of a document that is an array are records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Elements {
    /// They are not: a document is a record.
    #[default]
    No,
    /// They are, and any other document is a record as well.
    Allowed,
    /// The row path says so: any other document is an error.
    Required,
}

/// Where in an array reading stands, and the offset of its bracket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// In none.
    #[default]
    Outside,
    /// Behind the opening bracket.
    Opened(u64),
    /// Behind a comma.
    Comma(u64),
    /// Behind an element.
    Element(u64),
    /// Behind a bad line.
    Lost(u64),
}

/// What the next byte begins.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A record.
    Record,
    /// Nothing: it is a bracket or a comma.
    Separator,
    /// What must not be here: this byte alone.
    Stray(RecordFault),
    /// What must not be here, up to the end of the line.
    Bad(RecordFault),
}

impl Place {
    /// Takes the next byte that is not blank.
    pub fn meet(&mut self, byte: u8, offset: u64) -> Next {
        let fault =
            |what: &str| RecordFault::parse(format!("the array of records is not valid JSON: {what}"));
        match (*self, byte) {
            (Self::Outside, b'[') => *self = Self::Opened(offset),
            (Self::Opened(_) | Self::Element(_) | Self::Lost(_), b']') => *self = Self::Outside,
            (Self::Element(start) | Self::Lost(start), b',') => *self = Self::Comma(start),
            (Self::Comma(_), b']') => {
                *self = Self::Outside;
                return Next::Stray(fault("a comma is followed by nothing"));
            }
            (Self::Element(start), _) => {
                *self = Self::Lost(start);
                return Next::Bad(fault("a comma or a closing bracket is missing"));
            }
            _ => return Next::Record,
        }
        Next::Separator
    }

    /// Notes that a record has been read, or what should have been one.
    pub fn pass(&mut self, is_json: bool) {
        *self = match *self {
            Self::Outside => Self::Outside,
            Self::Opened(start) | Self::Comma(start) | Self::Element(start) | Self::Lost(start) => {
                if is_json {
                    Self::Element(start)
                } else {
                    Self::Lost(start)
                }
            }
        };
    }

    /// The end of everything: where an array began that is still open.
    pub fn end(&mut self) -> Option<(u64, RecordFault)> {
        match std::mem::take(self) {
            Self::Outside => None,
            Self::Opened(start) | Self::Comma(start) | Self::Element(start) | Self::Lost(start) => Some((
                start,
                RecordFault::parse("the array of records ends too early: its closing bracket is missing"),
            )),
        }
    }
}
