//! RANDOM_CUT_FOREST and RANDOM_CUT_FOREST_WITH_EXPLANATION (`functions.md` §11).

use super::arguments::Arguments;
use crate::bind::binder::Binder;
use crate::bind::faults::Bound;
use crate::bind::relation::Relation;
use crate::plan::table_function::{RandomCutForest, TableFunction};
use crate::sql::ast::FunctionCall;

/// Most numeric columns.
const COLUMNS_MAX: usize = 30;

/// What the trees of one forest may hold, bytes.
const FOREST_BYTES_MAX: u64 = 4 << 30;

/// Bytes of one coordinate: of a point, and of the two ends of its box.
const COORDINATE_BYTES: u64 = 3 * 8;

/// Binds its arguments.
pub(super) fn bind(binder: &Binder, call: &FunctionCall, cursor: &Relation) -> Bound<TableFunction> {
    let arguments = Arguments::new(binder, call, cursor);
    let columns = arguments.numeric_columns(COLUMNS_MAX);
    let optional = |at, what, range, default: i64| {
        if arguments.has(at) {
            arguments.integer(at, what, range)
        } else {
            Ok(default)
        }
    };
    let trees = optional(1, "numberOfTrees", 1..=1_000, 100);
    let sub_sample = optional(2, "subSampleSize", 10..=1_000, 256);
    let time_decay = optional(3, "timeDecay", 1..=i64::from(i32::MAX), 100_000);
    let shingle = optional(4, "shingleSize", 1..=30, 1);
    let explained = call
        .name
        .name
        .eq_ignore_ascii_case("RANDOM_CUT_FOREST_WITH_EXPLANATION");
    let explanation = match explained {
        true if arguments.has(5) => arguments.boolean(5, "withDirectionality").map(Some),
        true => Ok(Some(false)),
        false => Ok(None),
    };
    let (sub_sample, time_decay) = (sub_sample?, time_decay?);
    if sub_sample >= time_decay {
        let message = format!("subSampleSize {sub_sample} must be less than timeDecay {time_decay}");
        let at = if arguments.has(3) { 3 } else { 2 };
        if sub_sample > time_decay {
            return Err(arguments.refuse(at, message, "a sample cannot be older than what is remembered"));
        }
        // Applications give them as equals (`usage.md` §4), against the letter of the documentation.
        arguments.note_lenient(at, message);
    }
    let (columns, trees, shingle) = (columns?, trees?, shingle?);
    let coordinates = trees * sub_sample * shingle * columns.len() as i64;
    let bytes = coordinates.unsigned_abs() * COORDINATE_BYTES;
    if bytes > FOREST_BYTES_MAX {
        let message = format!(
            "A forest of {trees} trees of {sub_sample} points with {} coordinates would take {} GiB of memory; the most \
             is {} GiB",
            shingle * columns.len() as i64,
            bytes.div_ceil(1 << 30),
            FOREST_BYTES_MAX >> 30
        );
        return Err(arguments.refuse(
            1,
            message,
            "give it fewer trees, a smaller sample, a shorter shingle or fewer columns",
        ));
    }
    let size = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    Ok(TableFunction::RandomCutForest(RandomCutForest {
        columns,
        trees: size(trees),
        sub_sample: size(sub_sample),
        time_decay: u64::try_from(time_decay).unwrap_or(u64::MAX),
        shingle: size(shingle),
        explanation: explanation?,
    }))
}
