//! Key tuples as bytes that are the same exactly where `=` says TRUE of all their parts (`sql.md` §5.2).
//!
//! Joins look partners up by them. What `=` does not tell apart is made one before the bytes are taken: trailing
//! blanks beside a CHAR, and the two zeros of floating point. A tuple with a NULL equals nothing and has no bytes.

use std::hash::Hasher;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};

use crate::expr::Expr;
use crate::types::SqlType;

/// Makes the bytes of both sides' tuples.
pub struct EqualKeys {
    converter: Option<RowConverter>,
    parts: Vec<Part>,
}

/// How one pair of expressions is compared.
struct Part {
    ty: DataType,
    /// Beside a CHAR trailing blanks say nothing.
    pads: bool,
}

/// Tuples of a batch.
pub struct Keys {
    rows: Option<Rows>,
    nulls: Option<NullBuffer>,
    len: usize,
}

impl EqualKeys {
    /// For pairs of expressions of one type; without any, all tuples are equal.
    pub fn new(equalities: &[(Expr, Expr)]) -> Result<Self, ArrowError> {
        let is_char = |e: &Expr| matches!(e.ty, SqlType::Char(_));
        let parts: Vec<Part> = equalities
            .iter()
            .map(|(left, right)| Part {
                ty: left.ty.arrow(),
                pads: is_char(left) || is_char(right),
            })
            .collect();
        let fields: Vec<SortField> = parts.iter().map(|p| SortField::new(p.ty.clone())).collect();
        Ok(Self {
            converter: (!parts.is_empty())
                .then(|| RowConverter::new(fields))
                .transpose()?,
            parts,
        })
    }

    /// The tuples of `len` rows, a column for each pair.
    pub fn of(&self, columns: &[ArrayRef], len: usize) -> Result<Keys, ArrowError> {
        let mut nulls = None;
        for column in columns {
            nulls = NullBuffer::union(nulls.as_ref(), column.logical_nulls().as_ref());
        }
        let Some(converter) = &self.converter else {
            return Ok(Keys {
                rows: None,
                nulls,
                len,
            });
        };
        let columns = columns.iter().zip(&self.parts);
        let columns: Vec<ArrayRef> = columns.map(|(c, part)| part.plain(c)).collect();
        Ok(Keys {
            rows: Some(converter.convert_columns(&columns)?),
            nulls,
            len,
        })
    }
}

impl Part {
    /// The column with one form for all values that are equal.
    fn plain(&self, column: &ArrayRef) -> ArrayRef {
        match &self.ty {
            DataType::Utf8View if self.pads => Arc::new(without_blanks(column.as_string_view())),
            // −0.0 + 0.0 is 0.0, and every other value stays.
            DataType::Float32 => Arc::new(
                column
                    .as_primitive::<Float32Type>()
                    .unary::<_, Float32Type>(|x| x + 0.0),
            ),
            DataType::Float64 => Arc::new(
                column
                    .as_primitive::<Float64Type>()
                    .unary::<_, Float64Type>(|x| x + 0.0),
            ),
            _ => Arc::clone(column),
        }
    }
}

fn without_blanks(texts: &StringViewArray) -> StringViewArray {
    let texts = texts.iter().map(|text| text.map(|t| t.trim_end_matches(' ')));
    texts.collect()
}

impl Keys {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The bytes of a tuple; `None` if it has a NULL and so equals nothing.
    pub fn bytes(&self, row: usize) -> Option<&[u8]> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        Some(self.rows.as_ref().map_or(&[][..], |rows| rows.row(row).data()))
    }
}

/// A number for bytes, the same in every run.
pub fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}
