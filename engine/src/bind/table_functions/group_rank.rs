//! `GROUP_RANK(cursor, rankBy, rankOut, sortOrder, outputOrder, maxIdle, outputMax)` (`functions.md` §10).
//!
//! maxIdle is checked and has no effect: a group is complete when the bound passes its ROWTIME, and where rows
//! stay away the bound comes without them (`decisions.md` 14). To flush earlier would change what is ranked.

use super::arguments::Arguments;
use crate::bind::binder::Binder;
use crate::bind::faults::Bound;
use crate::bind::relation::Relation;
use crate::plan::table_function::{RankOrder, TableFunction};
use crate::sql::ast::FunctionCall;
use crate::types::SqlType;

/// Binds its arguments.
pub(super) fn bind(binder: &Binder, call: &FunctionCall, cursor: &Relation) -> Bound<TableFunction> {
    let arguments = Arguments::new(binder, call, cursor);
    let column = arguments.column(1).and_then(|(column, found)| match found.ty {
        Some(SqlType::Null) => {
            let message = format!("Column '{}' is NULL in every row: it gives no ranks", found.name);
            Err(arguments.refuse(1, message, "CAST it to the type you mean"))
        }
        _ => Ok(column),
    });
    let rank = arguments.text(2, "rankOutColumnName").and_then(|rank| {
        if rank.is_empty() || rank.eq_ignore_ascii_case("ROWTIME") {
            let message = format!("'{rank}' cannot be the name of the rank's column");
            return Err(arguments.refuse(2, message, "write a name such as 'groupRank'"));
        }
        Ok(())
    });
    let descending = arguments
        .text(3, "sortOrder")
        .and_then(|order| match order_of(order) {
            RankOrder::Ascending => Ok(false),
            RankOrder::Descending => Ok(true),
            RankOrder::Received => {
                let message = format!("sortOrder of GROUP_RANK must be 'asc' or 'desc', and not '{order}'");
                Err(arguments.refuse(3, message, "'desc' gives rank 1 to the greatest value"))
            }
        });
    let output = arguments.text(4, "outputOrder").map(order_of);
    let max_idle = arguments.integer(5, "maxIdle", 0..=i64::from(i32::MAX));
    let rows_max = arguments.integer(6, "outputMax", 0..=i64::from(i32::MAX));
    rank?;
    max_idle?;
    Ok(TableFunction::GroupRank {
        column: column?,
        descending: descending?,
        output: output?,
        rows_max: usize::try_from(rows_max?).ok().filter(|n| *n > 0),
    })
}

fn order_of(text: &str) -> RankOrder {
    match text.to_ascii_lowercase().as_str() {
        "asc" => RankOrder::Ascending,
        "desc" => RankOrder::Descending,
        _ => RankOrder::Received,
    }
}
