//! From what the fields of documents held to columns: paths, types, names (`decisions.md` 5).
//!
//! Objects become the columns of their members, at any depth, or two below the record as the service had it. The one
//! array of objects gives the rows; any other array is text, and so is whatever was now this and now that.

use rowtime_engine::types::SqlType;

use super::Inference;
use super::delimited::Rows;
use super::naming::{Names, unsayable};
use super::tree::{Field, Members};
use super::values::varchar;
use crate::format::arrival::ROWTIME_FIELD;
use crate::format::json::path::{self, Path, Segment};
use crate::schema::SchemaColumn;

/// Columns of a schema (`application.md` §17).
pub const COLUMNS_MAX: usize = 1_000;
/// Member names of a path that the service tried: one level is flattened, a second is tried.
const SERVICE_DEPTH: usize = 3;
/// The column of documents or elements that are no objects.
const ITEM: &str = "ITEM";

/// A column, and the field it came from.
#[derive(Debug)]
pub struct Leaf<'t> {
    /// The column.
    pub column: SchemaColumn,
    /// Its field.
    pub field: &'t Field,
    /// The data says what its type is, also without values.
    pub is_declared: bool,
    /// What the data calls it, where SQL cannot.
    pub unsayable: Option<String>,
    /// How often it could have been there: as often as its parent.
    pub chances: u64,
}

/// What the columns of documents are.
#[derive(Debug, Default)]
pub struct Shape<'t> {
    /// RecordRowPath.
    pub row_path: Path,
    /// The columns.
    pub leaves: Vec<Leaf<'t>>,
    /// The field that is the arrival clock of a record, and how many records there are.
    pub clock: Option<(&'t Field, u64)>,
    /// The array that gives the rows, as a path.
    pub rows_of: Option<String>,
    /// Arrays of objects that stay text, as paths.
    pub nested_tables: Vec<String>,
    /// Fields that no path reaches, or that are too many.
    pub left_out: usize,
}

/// The columns of documents.
pub fn of_documents(root: &Field, inference: Inference) -> Shape<'_> {
    let mut walk = Walk {
        inference,
        shape: Shape::default(),
        names: Names::default(),
        rows: None,
    };
    let others = root.values.count + root.nulls > 0;
    if root.arrays > 0 && root.objects == 0 && !others {
        walk.shape.row_path = vec![Segment::Slice(0, None)];
        if let Some(element) = &root.element {
            walk.document(element, element.objects < element.seen() + element.nulls, false);
        }
    } else {
        walk.document(root, others || root.arrays > 0, true);
    }
    walk.shape
}

struct Walk<'t> {
    inference: Inference,
    shape: Shape<'t>,
    names: Names,
    /// The array that gives the rows.
    rows: Option<&'t Field>,
}

/// Where the walk is.
#[derive(Clone, Copy)]
struct Place<'p> {
    path: &'p [Segment],
    names: &'p [&'p str],
    chances: u64,
    /// Below the array that gives the rows.
    in_rows: bool,
}

impl<'t> Walk<'t> {
    /// The columns of a row root; `others` are roots that are no objects.
    fn document(&mut self, root: &'t Field, others: bool, may_flatten: bool) {
        let mut tables = Vec::new();
        find_tables(&root.members, self.inference, 1, &mut tables);
        if let ([one], true) = (tables.as_slice(), may_flatten) {
            self.rows = Some(one);
        }
        let top = Place {
            path: &[],
            names: &[],
            chances: root.seen() + root.nulls,
            in_rows: false,
        };
        for (name, field) in &root.members.fields {
            let is_rows = self.rows.is_some_and(|rows| std::ptr::eq(rows, field));
            let is_flattened = field.is_record() && goes_deeper(self.inference, 1);
            if !is_rows && !is_flattened {
                self.names.reserve(self.inference, name);
            }
        }
        self.members(&root.members, top);
        if others {
            let ty = if root.objects + root.arrays > 0 {
                varchar(root.chars(), self.inference)
            } else {
                root.values.sql_type(self.inference)
            };
            let whole = Place {
                names: &[ITEM],
                chances: root.seen(),
                ..top
            };
            self.push(root, whole, ty);
        }
    }

    fn members(&mut self, members: &'t Members, parent: Place<'_>) {
        for (name, field) in &members.fields {
            if parent.path.is_empty()
                && self.inference == Inference::Wide
                && name.eq_ignore_ascii_case(ROWTIME_FIELD)
            {
                let known = self.shape.clock.filter(|_| name != ROWTIME_FIELD);
                self.shape.clock = known.or(Some((field, parent.chances)));
                continue;
            }
            let path = [parent.path, &[Segment::Member(name.clone())]].concat();
            let names = [parent.names, &[name.as_str()]].concat();
            self.field(
                field,
                Place {
                    path: &path,
                    names: &names,
                    ..parent
                },
            );
        }
    }

    fn field(&mut self, field: &'t Field, place: Place<'_>) {
        if field.is_record() && goes_deeper(self.inference, place.names.len()) {
            return self.members(
                &field.members,
                Place {
                    chances: field.objects,
                    ..place
                },
            );
        }
        let is_array = field.arrays > 0 && field.objects == 0 && field.values.count == 0;
        if !is_array {
            let ty = if field.arrays + field.objects > 0 {
                varchar(field.chars(), self.inference)
            } else {
                field.values.sql_type(self.inference)
            };
            return self.push(field, place, ty);
        }
        let sliced = [place.path, &[Segment::Slice(0, None)]].concat();
        if self.rows.is_some_and(|rows| std::ptr::eq(rows, field))
            && let Some(element) = &field.element
        {
            self.shape.rows_of = path::text(&sliced);
            return self.members(
                &element.members,
                Place {
                    path: &sliced,
                    chances: element.objects,
                    in_rows: true,
                    ..place
                },
            );
        }
        if field.is_rows() && !place.in_rows {
            self.shape.nested_tables.extend(path::text(&sliced));
        }
        // Below an array only members are read.
        let whole = if place.in_rows { place.path } else { &sliced };
        let ty = varchar(field.structure_chars, self.inference);
        self.push(field, Place { path: whole, ..place }, ty);
    }

    fn push(&mut self, field: &'t Field, place: Place<'_>, ty: SqlType) {
        let reached = path::text(place.path).is_some();
        if !reached || self.shape.leaves.len() >= COLUMNS_MAX {
            self.shape.left_out += 1;
            return;
        }
        let name = self
            .names
            .name(self.inference, self.shape.leaves.len(), place.names);
        self.shape.leaves.push(Leaf {
            column: SchemaColumn {
                name,
                ty,
                mapping: Some(place.path.to_vec()),
            },
            field,
            is_declared: false,
            unsayable: place
                .names
                .last()
                .and_then(|name| unsayable(name, self.inference)),
            chances: place.chances,
        });
    }
}

/// Whether an object this many names below the record becomes the columns of its members.
fn goes_deeper(inference: Inference, names: usize) -> bool {
    inference == Inference::Wide || names < SERVICE_DEPTH
}

/// The arrays of nothing but objects that are reached through objects alone.
fn find_tables<'t>(members: &'t Members, inference: Inference, names: usize, found: &mut Vec<&'t Field>) {
    for (_, field) in &members.fields {
        if field.is_rows() {
            found.push(field);
        } else if field.is_record() && goes_deeper(inference, names) {
            find_tables(&field.members, inference, names + 1, found);
        }
    }
}

/// The columns of delimited text.
pub fn of_rows(rows: &Rows, inference: Inference) -> Shape<'_> {
    let mut shape = Shape::default();
    let mut names = Names::default();
    // Where the header does not name every column, they are found by their places, and none can be left out.
    let header = rows.header.as_deref().unwrap_or_default();
    let distinct = header
        .iter()
        .enumerate()
        .all(|(i, n)| !n.is_empty() && !header[..i].contains(n));
    for (position, (name, field)) in rows.columns.iter().enumerate() {
        let is_clock = inference == Inference::Wide && name.eq_ignore_ascii_case(ROWTIME_FIELD);
        if is_clock {
            shape.clock = Some((field, rows.count));
        }
        if is_clock && distinct {
            continue;
        }
        let name = if is_clock { "" } else { name };
        shape.leaves.push(Leaf {
            column: SchemaColumn {
                name: names.name(inference, position, &[name]),
                ty: field.values.sql_type(inference),
                mapping: None,
            },
            field,
            is_declared: false,
            unsayable: unsayable(name, inference),
            chances: rows.count,
        });
    }
    shape
}
