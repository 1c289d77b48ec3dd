//! Key tuples as bytes that are the same exactly where `=` says TRUE of all their parts (`sql.md` §5.2).
//!
//! Joins look partners up by them. The binder gives both sides one type and takes the blanks off a CHAR; the two zeros of
//! floating point are made one here. A tuple with a NULL equals nothing and has no bytes.

use std::hash::Hasher;

use arrow::array::{Array, ArrayRef};
use arrow::buffer::NullBuffer;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};

use super::key_values::one_zero;
use crate::expr::Expr;

/// Makes the bytes of both sides' tuples.
pub struct EqualKeys {
    /// Without parts there are no bytes, and all tuples are equal.
    converter: Option<RowConverter>,
}

/// Tuples of a batch.
pub struct Keys {
    rows: Option<Rows>,
    nulls: Option<NullBuffer>,
    count: usize,
}

impl EqualKeys {
    /// For pairs of expressions of one type.
    pub fn new(equalities: &[(Expr, Expr)]) -> Result<Self, ArrowError> {
        let field = |(left, _): &(Expr, Expr)| SortField::new(left.ty.arrow());
        let fields: Vec<SortField> = equalities.iter().map(field).collect();
        Ok(Self {
            converter: (!fields.is_empty())
                .then(|| RowConverter::new(fields))
                .transpose()?,
        })
    }

    /// The tuples of `count` rows, a column for each pair.
    pub fn of(&self, columns: &[ArrayRef], count: usize) -> Result<Keys, ArrowError> {
        let mut nulls = None;
        for column in columns {
            nulls = NullBuffer::union(nulls.as_ref(), column.logical_nulls().as_ref());
        }
        let rows = match &self.converter {
            None => None,
            Some(converter) => {
                let columns: Vec<ArrayRef> = columns.iter().cloned().map(one_zero).collect();
                Some(converter.convert_columns(&columns)?)
            }
        };
        Ok(Keys { rows, nulls, count })
    }
}

impl Keys {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
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
