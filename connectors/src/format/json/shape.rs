//! How the columns of a stream are found in a JSON record: by name, or by the paths of a mapping.
//!
//! Compiled once per source. Every path is split at its first member, so that one pass over an object fills
//! the slots of all columns, and only deeper paths are walked a second time.

use super::array::Elements;
use super::keys::Keys;
use super::path::{Path, Segment};
use crate::format::arrival::ROWTIME_FIELD;
use crate::format::batch::Columns;
use crate::source::InvocationError;
use crate::uri::ArrivalClock;

/// The paths of an input schema, for the columns of a stream.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// RecordRowPath.
    pub row_path: Path,
    /// Per field of the stream; `None` has no mapping (a system column).
    pub columns: Vec<Option<Path>>,
}

/// Where a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// At a path from the row root that does not begin with a member.
    Root(Path),
    /// Below a member of the row root.
    Member(usize, Path),
    /// Below an element of the array that gives the rows.
    Element(Path),
}

/// The array whose elements give the rows of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flatten {
    /// The array.
    pub array: Access,
    /// First element.
    pub from: usize,
    /// One past the last.
    pub to: Option<usize>,
}

/// Where everything is that a record is read for.
#[derive(Debug, Default)]
pub struct Shape {
    /// Names of the row root's members that are read.
    pub keys: Keys,
    /// Per field of the stream; `None` is not read.
    pub columns: Vec<Option<Access>>,
    /// RecordRowPath.
    pub row_path: Path,
    /// The array to flatten.
    pub flatten: Option<Flatten>,
    /// The arrival clock, and what to call it.
    pub clock: Option<(Access, String)>,
    /// Every record must have the clock; otherwise the first record decides.
    pub clock_required: bool,
    /// Only members of the document, or what is below them, are read: a document that is no object is an error.
    pub of_object: bool,
    /// The same, and every document is one row.
    pub flat: bool,
    /// Whether the elements of an array are read as documents.
    pub elements: Elements,
}

impl Shape {
    /// Compiles the columns of a stream.
    pub fn compile(
        columns: &Columns,
        mapping: Option<&Mapping>,
        clock: &ArrivalClock,
    ) -> Result<Self, InvocationError> {
        let mut shape = Shape::default();
        let mut of_members = true;
        let clock_column = match clock {
            ArrivalClock::Column(name) => column_named(columns, name),
            _ => None,
        };
        for (i, field) in columns.fields.iter().enumerate() {
            let read = columns.is_wanted(i) || clock_column == Some(i);
            let path = mapping.and_then(|m| m.columns.get(i).cloned().flatten());
            let access = match path {
                // Which rows there are depends on the schema and not on what is read of it.
                Some(path) => Some(shape.access(path)?).filter(|access| {
                    of_members &= !matches!(access, Access::Root(_));
                    read
                }),
                None if !read => {
                    if mapping.is_none() {
                        shape.keys.name(&field.name, i < columns.declared);
                    }
                    None
                }
                None if i >= columns.declared => {
                    Some(Access::Member(shape.keys.slot(&field.name, false), Path::new()))
                }
                // A mapped stream's unmapped column is NULL and does not grab a member of its name.
                None if mapping.is_some() => None,
                None => Some(Access::Member(shape.keys.slot(&field.name, true), Path::new())),
            };
            shape.columns.push(access);
        }
        if let Some(mapping) = mapping {
            shape.row_path.clone_from(&mapping.row_path);
        }
        shape.add_clock(clock, clock_column);
        of_members &= !matches!(&shape.flatten, Some(flatten) if matches!(flatten.array, Access::Root(_)));
        shape.of_object = shape.row_path.is_empty() && of_members;
        shape.flat = shape.of_object && shape.flatten.is_none();
        if mapping.is_none() {
            shape.elements = Elements::Allowed;
        } else if shape.row_path == [Segment::Slice(0, None)] {
            shape.elements = Elements::Required;
            shape.row_path.clear();
        }
        Ok(shape)
    }

    /// Checks that the mappings of a schema go together.
    pub fn check<'p>(paths: impl Iterator<Item = (&'p str, &'p Path)>) -> Result<(), InvocationError> {
        let mut shape = Shape::default();
        for (column, path) in paths {
            shape
                .access(path.clone())
                .map_err(|e| InvocationError(format!("column {column}: {e}")))?;
        }
        Ok(())
    }

    fn add_clock(&mut self, clock: &ArrivalClock, column: Option<usize>) {
        let (name, required) = match clock {
            ArrivalClock::Now => return,
            ArrivalClock::RowtimeField => (ROWTIME_FIELD, false),
            ArrivalClock::Column(name) => (name.as_str(), true),
        };
        let of_column = column.and_then(|c| self.columns.get(c).cloned().flatten());
        let access = of_column.unwrap_or_else(|| Access::Member(self.keys.slot(name, true), Path::new()));
        self.clock = Some((access, name.to_owned()));
        self.clock_required = required;
    }

    fn access(&mut self, path: Path) -> Result<Access, InvocationError> {
        let last = path.len().saturating_sub(1);
        let inner = path
            .iter()
            .position(|s| matches!(s, Segment::Slice(..)))
            .filter(|at| *at < last);
        let Some(at) = inner else {
            return Ok(self.plain(path));
        };
        let below = path[at + 1..].to_vec();
        if below.iter().any(|s| matches!(s, Segment::Slice(..))) {
            return Err(InvocationError(
                "a mapping may go into one array only: $.a[0:].x[0:].y is not supported".to_owned(),
            ));
        }
        let (from, to) = match path.get(at) {
            Some(Segment::Slice(from, to)) => (*from, *to),
            _ => (0, None),
        };
        let array = self.plain(path[..at].to_vec());
        let flatten = Flatten { array, from, to };
        if self.flatten.as_ref().is_some_and(|known| *known != flatten) {
            return Err(InvocationError(
                "the schema goes into two arrays ($.a[0:].x and $.b[0:].y); one array can give the rows, map the \
                 other as a whole ($.b[0:])"
                    .to_owned(),
            ));
        }
        self.flatten = Some(flatten);
        Ok(Access::Element(below))
    }

    fn plain(&mut self, path: Path) -> Access {
        match path.split_first() {
            Some((Segment::Member(name), rest)) => Access::Member(self.keys.slot(name, false), rest.to_vec()),
            _ => Access::Root(path),
        }
    }
}

/// The column of this name: exactly, else the only one ignoring case.
pub fn column_named(columns: &Columns, name: &str) -> Option<usize> {
    let exact = columns.fields.iter().position(|f| f.name == name);
    exact.or_else(|| {
        let lower = name.to_lowercase();
        let mut close = columns
            .fields
            .iter()
            .enumerate()
            .filter(|(_, f)| f.name.to_lowercase() == lower);
        let (first, second) = (close.next(), close.next());
        first.filter(|_| second.is_none()).map(|(i, _)| i)
    })
}
