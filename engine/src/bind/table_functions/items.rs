//! TOP_K_ITEMS_TUMBLING and COUNT_DISTINCT_ITEMS_TUMBLING (`functions.md` §2.1): a column and a window of seconds.

use super::arguments::Arguments;
use crate::bind::binder::Binder;
use crate::bind::conversion::is_castable;
use crate::bind::faults::Bound;
use crate::bind::relation::Relation;
use crate::plan::table_function::TableFunction;
use crate::sql::ast::FunctionCall;
use crate::types::SqlType;

/// Most items of a window.
const K_MAX: i64 = 100_000;
/// Longest window, seconds.
const SECONDS_MAX: i64 = 3_600;

/// `TOP_K_ITEMS_TUMBLING(cursor, 'col', k, secs)`.
pub(super) fn top_k(binder: &Binder, call: &FunctionCall, cursor: &Relation) -> Bound<TableFunction> {
    let arguments = Arguments::new(binder, call, cursor);
    let column = arguments.column(1).and_then(|(column, found)| {
        if let Some(ty) = found.ty
            && !is_castable(ty, SqlType::Varchar(1_024))
        {
            let message = format!("Column '{}' of type {ty} has no text form for ITEM", found.name);
            return Err(arguments.refuse(1, message, "name a column of another type"));
        }
        Ok(column)
    });
    let k = arguments.integer(2, "k", 1..=K_MAX);
    let length_ms = length_ms(&arguments, 3);
    Ok(TableFunction::TopK {
        column: column?,
        k: usize::try_from(k?).unwrap_or(usize::MAX),
        length_ms: length_ms?,
    })
}

/// `COUNT_DISTINCT_ITEMS_TUMBLING(cursor, 'col', secs)`.
pub(super) fn count_distinct(
    binder: &Binder,
    call: &FunctionCall,
    cursor: &Relation,
) -> Bound<TableFunction> {
    let arguments = Arguments::new(binder, call, cursor);
    let column = arguments.column(1).map(|(column, _)| column);
    let length_ms = length_ms(&arguments, 2);
    Ok(TableFunction::CountDistinct {
        column: column?,
        length_ms: length_ms?,
    })
}

fn length_ms(arguments: &Arguments, at: usize) -> Bound<i64> {
    let seconds = arguments.integer(at, "The window size in seconds", 1..=SECONDS_MAX)?;
    Ok(seconds * 1_000)
}
