//! Which column of a file feeds which column of a stream.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, make_array, new_null_array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Schema};
use rowtime_engine::plan::Field;

use super::Binding;
use crate::format::arrival::ROWTIME_FIELD;
use crate::format::batch::ARRIVAL_COLUMN;
use crate::format::json::path::{self, Segment};
use crate::format::json::shape::{Mapping, column_named};
use crate::source::InvocationError;
use crate::uri::ArrivalClock;

/// The places of a stream's columns in a file.
pub struct Bound {
    /// Per column of the stream: the root column of the file, among those that are decoded, and the members below.
    columns: Vec<Option<Place>>,
    clock: Option<(String, Option<Place>)>,
    arrival: Option<usize>,
    roots: Vec<usize>,
}

#[derive(Clone)]
struct Place {
    root: usize,
    members: Vec<String>,
}

impl Bound {
    /// Everything that the file has.
    pub fn all(schema: &Schema) -> Self {
        Self {
            columns: Vec::new(),
            clock: None,
            arrival: None,
            roots: (0..schema.fields().len()).collect(),
        }
    }

    /// Finds the wanted columns and the clock in the file's schema.
    pub fn new(schema: &Schema, binding: &Binding) -> Self {
        let columns = &binding.columns;
        let clock_column = match &binding.clock {
            ArrivalClock::Column(name) => column_named(columns, name),
            _ => None,
        };
        let place = |i: usize| match &binding.paths {
            Some(paths) => paths.get(i)?.as_deref().and_then(|path| by_path(schema, path)),
            // A system column is only taken from a column of exactly its name.
            None if i >= columns.declared => {
                schema.index_of(&columns.fields.get(i)?.name).ok().map(Place::at)
            }
            None => by_name(schema, &columns.fields.get(i)?.name),
        };
        let wanted = |i: usize| columns.is_wanted(i) || clock_column == Some(i);
        let mut places: Vec<Option<Place>> = (0..columns.fields.len())
            .map(|i| place(i).filter(|_| wanted(i)))
            .collect();
        let mut clock = match &binding.clock {
            ArrivalClock::Now => None,
            ArrivalClock::RowtimeField => {
                by_name(schema, ROWTIME_FIELD).map(|place| (ROWTIME_FIELD.to_owned(), Some(place)))
            }
            ArrivalClock::Column(name) => {
                let of_column = clock_column.and_then(|c| places.get(c).cloned().flatten());
                Some((name.clone(), of_column.or_else(|| by_name(schema, name))))
            }
        };
        let of_clock = clock.iter_mut().filter_map(|(_, place)| place.as_mut());
        let mut all: Vec<&mut Place> = places.iter_mut().flatten().chain(of_clock).collect();
        let mut roots: Vec<usize> = all.iter().map(|place| place.root).collect();
        roots.sort_unstable();
        roots.dedup();
        // What is not decoded is not there: places count among those that are.
        for place in &mut all {
            place.root = roots.binary_search(&place.root).unwrap_or_default();
        }
        Self {
            arrival: columns
                .fields
                .iter()
                .skip(columns.declared)
                .position(|f| f.name == ARRIVAL_COLUMN)
                .map(|i| i + columns.declared),
            columns: places,
            clock,
            roots,
        }
    }

    /// The root columns to decode.
    pub fn roots(&self) -> Vec<usize> {
        self.roots.clone()
    }

    /// The column of the file for a column of the stream.
    pub fn column(&self, batch: &RecordBatch, column: usize) -> Option<ArrayRef> {
        self.columns.get(column)?.as_ref()?.of(batch)
    }

    /// Whether a column of the stream shows the arrival clock.
    pub fn is_arrival(&self, column: usize) -> bool {
        self.arrival == Some(column)
    }

    /// The arrival clock: its name, and its column, NULL where the file has none.
    pub fn clock(&self, batch: &RecordBatch) -> Option<(String, ArrayRef)> {
        let (name, place) = self.clock.as_ref()?;
        let column = place.as_ref().and_then(|place| place.of(batch));
        let column = column.unwrap_or_else(|| new_null_array(&DataType::Null, batch.num_rows()));
        Some((name.clone(), column))
    }
}

impl Place {
    fn at(root: usize) -> Self {
        Self {
            root,
            members: Vec::new(),
        }
    }

    fn of(&self, batch: &RecordBatch) -> Option<ArrayRef> {
        let mut array = batch.columns().get(self.root)?.clone();
        for name in &self.members {
            array = member(&array, name)?;
        }
        Some(array)
    }
}

/// A member of a column of structs; it is NULL where the struct is.
pub fn member(array: &ArrayRef, name: &str) -> Option<ArrayRef> {
    let parent = array.as_struct_opt()?;
    let child = parent.column_by_name(name)?;
    if parent.null_count() == 0 {
        return Some(child.clone());
    }
    let nulls = NullBuffer::union(parent.nulls(), child.nulls());
    let data = child.to_data().into_builder().nulls(nulls).build().ok()?;
    Some(make_array(data))
}

/// Exactly, else the only one equal ignoring case.
fn by_name(schema: &Schema, name: &str) -> Option<Place> {
    let exact = schema.index_of(name).ok();
    let found = exact.or_else(|| {
        let lower = name.to_lowercase();
        let alike = |(_, field): &(usize, &arrow::datatypes::FieldRef)| field.name().to_lowercase() == lower;
        let mut close = schema.fields().iter().enumerate().filter(alike);
        let (first, second) = (close.next(), close.next());
        first.filter(|_| second.is_none()).map(|(i, _)| i)
    });
    found.map(Place::at)
}

/// Refuses the paths that lead into an array: a row of the file is a row of the stream.
pub fn check_paths(mapping: &Mapping, columns: &[Field]) -> Result<(), InvocationError> {
    let shown = |p: &[Segment]| path::text(p).unwrap_or_else(|| "$".to_owned());
    if !mapping.row_path.is_empty() {
        return Err(InvocationError(format!(
            "the row path {} is not supported for Parquet, where each row of the file is a row; leave RecordRowPath out",
            shown(&mapping.row_path)
        )));
    }
    for (paths, column) in mapping.columns.iter().zip(columns) {
        if let Some(path) = paths.as_deref().filter(|path| members_of(path).is_none()) {
            return Err(InvocationError(format!(
                "column \"{}\": the path {} is not supported for Parquet; write members ($.a.b), which may end in a \
                 whole array ($.a[0:])",
                column.name,
                shown(path)
            )));
        }
    }
    Ok(())
}

/// By members alone; a whole array is its text.
fn by_path(schema: &Schema, path: &[Segment]) -> Option<Place> {
    let mut members = members_of(path)?;
    let root = schema.index_of(&members.remove(0)).ok()?;
    Some(Place { root, members })
}

/// The names of a path that goes into no array: at least one.
fn members_of(path: &[Segment]) -> Option<Vec<String>> {
    let path = match path {
        [members @ .., Segment::Slice(0, None)] => members,
        path => path,
    };
    let names = path.iter().map(|segment| match segment {
        Segment::Member(name) => Some(name.clone()),
        Segment::Index(_) | Segment::Slice(..) | Segment::Descend(_) => None,
    });
    names
        .collect::<Option<Vec<_>>>()
        .filter(|names| !names.is_empty())
}
