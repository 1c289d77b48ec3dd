//! Input blocks on their way into the dataflow: merged by arrival clock like the splits of a source, raised
//! where the clock went back (R3), cut into steps.
//!
//! Blocks that stand next to each other come in together; a row's clock is the running maximum of its block,
//! and equal clocks keep the order of the blocks.

use std::collections::HashMap;

use arrow::array::ArrayRef;
use rowtime_engine::clock::Clock;
use rowtime_engine::dataflow::errors::ErrorRow;
use rowtime_engine::dataflow::{Step, StreamRows};
use rowtime_engine::plan::StreamId;

use super::prepare::Block;

/// What the input has been so far.
#[derive(Debug, Clone)]
pub struct InputClock {
    /// ROWTIME of the last row, or the last advance.
    pub last_ms: i64,
    /// ROWTIME of each stream's last row.
    pub streams: HashMap<StreamId, i64>,
    /// Rows whose ROWTIME was raised.
    pub rows_raised: u64,
}

/// One row or one failed record, where it comes in the merged order.
struct Item {
    clock_ms: i64,
    block: usize,
    what: What,
}

enum What {
    Row {
        position: usize,
        arrival_ms: Option<i64>,
    },
    Error {
        position: usize,
    },
}

/// The steps of blocks that come in together, at most `rows_max` rows each.
pub fn steps(blocks: &[&Block], clock: &mut InputClock, step_clock: Clock, rows_max: usize) -> Vec<Step> {
    let mut items: Vec<Item> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        collect(index, block, clock.last_ms, &mut items);
    }
    items.sort_by_key(|item| (item.clock_ms, item.block));
    let mut steps = Vec::new();
    let mut step = Cut::default();
    for item in &items {
        let Some(block) = blocks.get(item.block) else {
            continue;
        };
        if step.rows == rows_max && matches!(item.what, What::Row { .. }) {
            steps.push(std::mem::take(&mut step).into_step(blocks, step_clock));
        }
        clock.last_ms = clock.last_ms.max(item.clock_ms);
        match item.what {
            What::Row { position, arrival_ms } => {
                if arrival_ms.is_some_and(|ms| ms < clock.last_ms) {
                    clock.rows_raised += 1;
                }
                clock.streams.insert(block.stream, clock.last_ms);
                step.row(item.block, position, clock.last_ms);
            }
            What::Error { position } => step.errors.extend(error_row(block, position, clock)),
        }
    }
    if !items.is_empty() {
        steps.push(step.into_step(blocks, step_clock));
    }
    steps
}

/// The items of one block in its order, each with the running maximum as its clock.
fn collect(index: usize, block: &Block, start_ms: i64, items: &mut Vec<Item>) {
    let mut running: Option<i64> = None;
    let mut advance = |arrival_ms: Option<i64>| {
        running = match (running, arrival_ms) {
            (Some(r), Some(a)) => Some(r.max(a)),
            (r, a) => r.or(a),
        };
        running.unwrap_or(start_ms)
    };
    let mut errors = block.errors.iter().enumerate().peekable();
    for row in 0..=block.arrivals_ms.len() {
        while let Some((position, error)) = errors.next_if(|(_, e)| e.after_rows <= row) {
            let clock_ms = advance(error.arrival_ms);
            items.push(Item {
                clock_ms,
                block: index,
                what: What::Error { position },
            });
        }
        if let Some(arrival_ms) = block.arrivals_ms.get(row).copied() {
            let clock_ms = advance(arrival_ms);
            items.push(Item {
                clock_ms,
                block: index,
                what: What::Row {
                    position: row,
                    arrival_ms,
                },
            });
        }
    }
}

/// The error row of a record (`decisions.md` 12, 18, 30).
fn error_row(block: &Block, position: usize, clock: &InputClock) -> Option<ErrorRow> {
    let error = block.errors.get(position)?;
    let stream_last = clock.streams.get(&block.stream).copied().unwrap_or(clock.last_ms);
    let (message, position) = (&error.message, Some(error.position.as_str()));
    let row = ErrorRow::new(
        clock.last_ms,
        error.name,
        message,
        position,
        error.raw.clone(),
        None,
    );
    Some(ErrorRow {
        data_rowtime_ms: if error.arrival_ms.is_some() {
            clock.last_ms
        } else {
            stream_last
        },
        ..row
    })
}

/// A step being filled.
#[derive(Default)]
struct Cut {
    rows: usize,
    /// (block, first position, ROWTIMEs): rows of one block that follow each other.
    runs: Vec<(usize, usize, Vec<i64>)>,
    errors: Vec<ErrorRow>,
}

impl Cut {
    fn row(&mut self, block: usize, position: usize, rowtime_ms: i64) {
        self.rows += 1;
        if let Some((last, first, rowtimes)) = self.runs.last_mut()
            && *last == block
            && *first + rowtimes.len() == position
        {
            rowtimes.push(rowtime_ms);
            return;
        }
        self.runs.push((block, position, vec![rowtime_ms]));
    }

    fn into_step(self, blocks: &[&Block], clock: Clock) -> Step {
        let inputs = self.runs.into_iter().filter_map(|(index, first, rowtimes)| {
            let block = blocks.get(index)?;
            let slice = |column: &ArrayRef| -> ArrayRef { column.slice(first, rowtimes.len()) };
            Some(StreamRows {
                stream: block.stream,
                columns: block.columns.iter().map(slice).collect(),
                rowtimes: rowtimes.into(),
            })
        });
        Step {
            tables: Vec::new(),
            inputs: inputs.collect(),
            errors: self.errors,
            advance_ms: None,
            clock,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use arrow::array::{AsArray, Int32Array};
    use arrow::datatypes::Int32Type;
    use rowtime_engine::pipeline::RecordError;
    use rowtime_engine::row_error::ErrorName;

    fn block(stream: StreamId, arrivals: &[i64], first: i32) -> Block {
        let values: Vec<i32> = (first..).take(arrivals.len()).collect();
        Block {
            stream,
            arrivals_ms: arrivals.iter().map(|ms| Some(*ms)).collect(),
            columns: vec![Arc::new(Int32Array::from(values))],
            errors: Vec::new(),
            documents: 0,
            decoded: 0,
        }
    }

    fn run(blocks: &[&Block], rows_max: usize) -> (Vec<String>, u64) {
        let mut clock = InputClock {
            last_ms: 5,
            streams: HashMap::new(),
            rows_raised: 0,
        };
        let at = Clock {
            run_start_ms: 0,
            row_ms: None,
        };
        let shown = steps(blocks, &mut clock, at, rows_max).into_iter().map(|step| {
            let mut words = Vec::new();
            for rows in &step.inputs {
                let values = rows.columns[0].as_primitive::<Int32Type>();
                words.extend((0..values.len()).map(|i| format!("{}@{}", values.value(i), rows.rowtimes[i])));
            }
            words.extend(
                step.errors
                    .iter()
                    .map(|e| format!("!{}/{}", e.rowtime_ms, e.data_rowtime_ms)),
            );
            words.join(" ")
        });
        (shown.collect(), clock.rows_raised)
    }

    #[test]
    fn adjacent_blocks_merge_by_their_clocks() {
        let (a, b) = (block(0, &[10, 30], 1), block(1, &[10, 20, 40], 11));
        assert_eq!(run(&[&a, &b], 9).0, ["1@10 11@10 12@20 2@30 13@40"]);
        assert_eq!(run(&[&a, &b], 2).0, ["1@10 11@10", "12@20 2@30", "13@40"]);
    }

    #[test]
    fn clocks_that_go_back_are_raised_and_counted() {
        let a = block(0, &[1, 10, 8, 10, 12], 1);
        assert_eq!(run(&[&a], 9), (vec!["1@5 2@10 3@10 4@10 5@12".to_owned()], 2));
    }

    #[test]
    fn failed_records_come_where_they_stood() {
        let mut a = block(0, &[10, 20], 1);
        let error = RecordError {
            after_rows: 1,
            name: ErrorName::Parse,
            message: "m".to_owned(),
            position: "S:0".to_owned(),
            raw: Vec::new(),
            arrival_ms: None,
        };
        a.errors = vec![
            error.clone(),
            RecordError {
                arrival_ms: Some(15),
                ..error
            },
        ];
        assert_eq!(run(&[&a], 1).0, ["1@10 !10/10 !15/15", "2@20"]);
    }
}
