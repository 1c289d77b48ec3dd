//! `HOTSPOTS(cursor, windowSize, scanRadius, minPoints)` (`functions.md` §11).

use super::arguments::Arguments;
use crate::bind::binder::Binder;
use crate::bind::faults::Bound;
use crate::bind::relation::Relation;
use crate::plan::table_function::TableFunction;
use crate::sql::ast::FunctionCall;

/// Most numeric columns: a hotspot of so many fits into HOTSPOTS_RESULT, whatever its numbers.
const COLUMNS_MAX: usize = 190;
const WINDOW_LEAST: i64 = 100;
const WINDOW_MOST: i64 = 1_000;
const POINTS_LEAST: i64 = 2;

/// Binds its arguments.
pub(super) fn bind(binder: &Binder, call: &FunctionCall, cursor: &Relation) -> Bound<TableFunction> {
    let arguments = Arguments::new(binder, call, cursor);
    let columns = arguments.numeric_columns(COLUMNS_MAX);
    let window = arguments.integer(1, "windowSize", WINDOW_LEAST..=WINDOW_MOST);
    let scan_radius = arguments.positive(2, "scanRadius");
    // Where the window is at fault, what it could hold at most.
    let points = arguments.integer(3, "minPoints", POINTS_LEAST..=window.unwrap_or(WINDOW_MOST));
    Ok(TableFunction::Hotspots {
        columns: columns?,
        window_rows: usize::try_from(window?).unwrap_or(usize::MAX),
        scan_radius: scan_radius?,
        min_points: usize::try_from(points?).unwrap_or(usize::MAX),
    })
}
