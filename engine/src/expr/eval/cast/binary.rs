//! BINARY(n) and VARBINARY(n): cut to n bytes, BINARY filled up with zeros.

use std::sync::Arc;

use arrow::array::BinaryViewBuilder;

use super::super::failures::Failures;
use super::super::vector::Vector;
use crate::types::SqlType;

/// `value` as `to`.
pub(super) fn to_binary(value: &Vector, to: SqlType, failures: &mut Failures<'_>) -> Vector {
    let (n, fills) = match to {
        SqlType::Binary(n) => (n as usize, true),
        SqlType::Varbinary(n) => (n as usize, false),
        _ => return failures.mismatch(to),
    };
    let Some(bytes) = value.bytes() else {
        return failures.mismatch(to);
    };
    let mut builder = BinaryViewBuilder::with_capacity(failures.count());
    let mut scratch = Vec::new();
    for row in 0..failures.count() {
        let Some(bytes) = bytes.get(row) else {
            builder.append_null();
            continue;
        };
        scratch.clear();
        scratch.extend_from_slice(bytes.get(..n).unwrap_or(bytes));
        if fills {
            scratch.resize(n, 0);
        }
        builder.append_value(&scratch);
    }
    Vector::new(Arc::new(builder.finish()), failures.is_constant())
}
