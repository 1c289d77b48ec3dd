//! Parquet files looked at: their own types, and the values where a type says too little (lengths, ranges).
//!
//! Files say what their columns are, so only the length of texts, and whether every value fits, comes from the rows.
//! A column of structs becomes columns of its members; a list or a map is text.

use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMillisecondType};
use rowtime_engine::types::SqlType;

use super::columns::{COLUMNS_MAX, Leaf, Shape};
use super::naming::{Names, in_sql, unsayable};
use super::tree::Field;
use super::values::varchar;
use super::{Discovered, Inference, Looked, Request, notes};
use crate::format::arrival::ROWTIME_FIELD;
use crate::format::csv::delimiters::Delimiters;
use crate::format::json::path::{self, Path as MemberPath, Segment};
use crate::schema::{InputSchema, SchemaColumn};
use crate::source::InvocationError;
use crate::source::parquet::binding::{Bound, member};
use crate::source::parquet::printer::{Printer, natural};
use crate::source::parquet::{OpenFile, convert, refuse_pipe};
use crate::uri::{FormatName, ObjectFormat};

/// Rows that are looked at at once.
const BATCH_ROWS: usize = 4_096;

/// A column of the files.
struct Column {
    path: MemberPath,
    /// Its type, while every value so far fits it; none is text.
    ty: Option<SqlType>,
    field: Field,
    /// Its type, if some value has no place there.
    unfit: Option<SqlType>,
    rows: u64,
}

/// What Parquet files show.
pub fn look<'p>(
    paths: impl Iterator<Item = &'p Path>,
    request: Request,
    watch: &mut dyn FnMut(Looked),
) -> Result<Discovered, InvocationError> {
    let mut columns: Vec<Column> = Vec::new();
    let mut looked = Looked::default();
    let (mut unreadable, mut first_fault, mut is_sample) = (0, None, false);
    for path in paths {
        if path.exists() && !path.is_file() {
            return Err(refuse_pipe(path));
        }
        if looked.records >= request.records_max {
            is_sample = true;
            break;
        }
        let mut fault = |damage: String| {
            unreadable += 1;
            first_fault.get_or_insert_with(|| format!("{}: {damage}", path.display()));
        };
        let mut file = match OpenFile::open(path, BATCH_ROWS, |schema| Bound::all(schema)) {
            Ok(file) => file,
            Err(damage) => {
                fault(damage);
                continue;
            }
        };
        // A file says what its columns are also without rows.
        if file.rows() == 0 {
            see_batch(&mut columns, &RecordBatch::new_empty(file.schema()));
        }
        let before = looked.records;
        while looked.records < request.records_max {
            let (batch, bytes) = match file.read() {
                None => break,
                Some(Ok(read)) => read,
                Some(Err(damage)) => {
                    fault(damage);
                    break;
                }
            };
            let room = usize::try_from(request.records_max - looked.records).unwrap_or(usize::MAX);
            let batch = batch.slice(0, batch.num_rows().min(room));
            see_batch(&mut columns, &batch);
            looked.records += batch.num_rows() as u64;
            looked.bytes += bytes;
            watch(looked);
        }
        is_sample |= looked.records - before < file.rows();
    }
    Ok(finish(
        &columns,
        request.inference,
        looked.records,
        unreadable,
        first_fault,
        is_sample,
    ))
}

fn see_batch(columns: &mut Vec<Column>, batch: &RecordBatch) {
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        see(columns, &[Segment::Member(field.name().clone())], array);
    }
}

/// Adds the values of a column, or of the members of a column of structs.
fn see(columns: &mut Vec<Column>, path: &[Segment], array: &ArrayRef) {
    if let DataType::Struct(fields) = array.data_type()
        && !fields.is_empty()
    {
        for field in fields {
            if let Some(child) = member(array, field.name()) {
                see(
                    columns,
                    &[path, &[Segment::Member(field.name().clone())]].concat(),
                    &child,
                );
            }
        }
        return;
    }
    let at = match columns.iter().position(|c| c.path == path) {
        Some(at) => at,
        None => {
            columns.push(Column {
                path: path.to_vec(),
                ty: natural(array.data_type()),
                field: Field::default(),
                unfit: None,
                rows: 0,
            });
            columns.len() - 1
        }
    };
    if let Some(column) = columns.get_mut(at) {
        column.see(array);
    }
}

impl Column {
    fn see(&mut self, array: &ArrayRef) {
        let array = convert::without_dictionary(array);
        self.rows += array.len() as u64;
        self.field.nulls += array.logical_null_count() as u64;
        self.field.values.count += (array.len() - array.logical_null_count()) as u64;
        self.ty = match (self.ty, natural(array.data_type())) {
            (Some(SqlType::Null), ty) | (ty, Some(SqlType::Null)) => ty,
            (Some(known), Some(ty)) => wider(known, ty),
            _ => None,
        };
        let fits = self.ty.and_then(|ty| convert::to_natural(&array, ty));
        match (self.ty, fits) {
            (Some(SqlType::Varchar(_)), Some(texts)) => {
                let texts = texts.as_string_view();
                let longest = texts.iter().flatten().map(|text| text.chars().count()).max();
                self.see_chars(longest);
            }
            (Some(SqlType::Varbinary(_)), Some(bytes)) => {
                let longest = bytes.as_binary_view().iter().flatten().map(<[u8]>::len).max();
                self.see_chars(longest);
            }
            (Some(_), Some(values)) => {
                each_whole(&values, |n| self.field.values.see_instant(n));
                self.see_texts(&array);
            }
            (known, _) => {
                self.unfit = self.unfit.or(known);
                self.ty = None;
                self.see_texts(&array);
            }
        }
    }

    /// How long its values are as text, for the case that it has to be text.
    fn see_texts(&mut self, array: &ArrayRef) {
        let printer = Printer::new(array);
        let mut scratch = String::new();
        for row in 0..array.len() {
            let _ = printer.value(row, &mut scratch);
            self.see_chars(Some(scratch.chars().count()));
        }
    }

    fn see_chars(&mut self, chars: Option<usize>) {
        let values = &mut self.field.values;
        values.chars = values.chars.max(chars.unwrap_or_default());
    }

    fn sql_type(&self, inference: Inference) -> SqlType {
        match self.ty {
            Some(SqlType::Varbinary(_)) => match varchar(self.field.values.chars, inference) {
                SqlType::Varchar(n) => SqlType::Varbinary(n),
                other => other,
            },
            None | Some(SqlType::Varchar(_) | SqlType::Null) => varchar(self.field.values.chars, inference),
            Some(ty) => ty,
        }
    }
}

/// The type that holds the values of two; none is text.
fn wider(a: SqlType, b: SqlType) -> Option<SqlType> {
    let whole = [
        SqlType::TinyInt,
        SqlType::SmallInt,
        SqlType::Integer,
        SqlType::BigInt,
    ];
    let rank = |ty: SqlType| whole.iter().position(|w| *w == ty);
    match (rank(a), rank(b)) {
        _ if a == b => Some(a),
        (Some(x), Some(y)) => whole.get(x.max(y)).copied(),
        _ if matches!(
            (a, b),
            (SqlType::Real, SqlType::Double) | (SqlType::Double, SqlType::Real)
        ) =>
        {
            Some(SqlType::Double)
        }
        _ => None,
    }
}

/// The whole numbers and instants of a column.
fn each_whole(array: &ArrayRef, see: impl FnMut(i64)) {
    let whole: Box<dyn Iterator<Item = i64>> = match array.data_type() {
        DataType::Int8 => Box::new(array.as_primitive::<Int8Type>().iter().flatten().map(i64::from)),
        DataType::Int16 => Box::new(array.as_primitive::<Int16Type>().iter().flatten().map(i64::from)),
        DataType::Int32 => Box::new(array.as_primitive::<Int32Type>().iter().flatten().map(i64::from)),
        DataType::Int64 => Box::new(array.as_primitive::<Int64Type>().iter().flatten()),
        DataType::Timestamp(..) => {
            Box::new(array.as_primitive::<TimestampMillisecondType>().iter().flatten())
        }
        _ => return,
    };
    whole.for_each(see);
}

fn unfit_note(name: &str, natural: SqlType, ty: SqlType) -> String {
    let what = match natural {
        SqlType::Real | SqlType::Double => "NaN or an infinity",
        SqlType::Date | SqlType::Timestamp => "a time beyond the calendar",
        _ => "a value",
    };
    format!(
        "{}: {what} has no place in {natural}, so it is {ty}",
        in_sql(name)
    )
}

fn finish(
    columns: &[Column],
    inference: Inference,
    records: u64,
    unreadable: u64,
    first_fault: Option<String>,
    is_sample: bool,
) -> Discovered {
    let mut shape = Shape::default();
    let mut names = Names::default();
    let mut unfit = Vec::new();
    for column in columns {
        if let [Segment::Member(name)] = column.path.as_slice() {
            names.reserve(inference, name);
        }
    }
    for column in columns {
        let names_of: Vec<&str> = column
            .path
            .iter()
            .filter_map(|segment| match segment {
                Segment::Member(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        if let [name] = names_of.as_slice()
            && inference == Inference::Wide
            && name.eq_ignore_ascii_case(ROWTIME_FIELD)
        {
            shape.clock = Some((&column.field, records));
            continue;
        }
        if shape.leaves.len() >= COLUMNS_MAX || path::text(&column.path).is_none() {
            shape.left_out += 1;
            continue;
        }
        let name = names.name(inference, shape.leaves.len(), &names_of);
        let ty = column.sql_type(inference);
        unfit.extend(column.unfit.map(|natural| unfit_note(&name, natural, ty)));
        shape.leaves.push(Leaf {
            column: SchemaColumn {
                name,
                ty,
                mapping: Some(column.path.clone()),
            },
            field: &column.field,
            is_declared: matches!(column.ty, Some(ty) if !matches!(ty, SqlType::Varchar(_) | SqlType::Varbinary(_) | SqlType::Null)),
            unsayable: names_of.last().and_then(|name| unsayable(name, inference)),
            chances: records,
        });
    }
    let clock_is_bad = shape.clock.is_some_and(|(clock, rows)| clock.values.count < rows);
    let mut found = Discovered {
        schema: InputSchema {
            format: FormatName::Json,
            row_path: Vec::new(),
            encoding: None,
            delimiters: Delimiters::default(),
            columns: shape.leaves.iter().map(|leaf| leaf.column.clone()).collect(),
            warnings: Vec::new(),
        },
        format: ObjectFormat::Parquet,
        header: None,
        carriage_returns: false,
        notes: Vec::new(),
        records,
        unreadable,
        is_sample,
        first_fault,
        clock_is_bad,
    };
    found.notes = notes::of(&found, &shape, 0, inference);
    found.notes.extend(unfit);
    found
}
