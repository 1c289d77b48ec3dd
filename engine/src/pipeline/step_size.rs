//! How many rows a step takes in, so that what it brings out stays within bounds (R9).
//!
//! A join may make ever so many rows of one, and all rows of a step are in memory until the sinks have them. So a run with
//! a join begins with small steps, and each step's yield decides the next one's size. The output does not depend on it.

use crate::plan::{Application, Plan};

/// Rows of one step that sinks and other pumps get, as a rule; a single row may still give more.
pub const ROWS_OUT_MAX: usize = 1 << 18;
/// Rows of the first step where rows may multiply.
const FIRST_ROWS: usize = 256;

/// The size of the next step.
#[derive(Debug)]
pub struct StepSize {
    rows: usize,
    most: usize,
}

impl StepSize {
    /// At most `most` rows (`--batch-rows`).
    pub fn new(app: &Application, most: usize) -> Self {
        let most = most.max(1);
        let multiplies = app.pumps.iter().any(|pump| multiplies(&pump.plan));
        Self {
            rows: if multiplies { FIRST_ROWS.min(most) } else { most },
            most,
        }
    }

    /// Rows that the next step takes in at most.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Learns what became of a step.
    pub fn note(&mut self, rows_in: usize, rows_out: usize) {
        if rows_out > ROWS_OUT_MAX {
            let fitting = rows_in as u128 * ROWS_OUT_MAX as u128 / rows_out as u128;
            self.rows = usize::try_from(fitting).map_or(self.rows, |rows| rows.clamp(1, self.rows));
        } else if rows_out <= ROWS_OUT_MAX / 2 {
            self.rows = self.rows.saturating_mul(2).min(self.most);
        }
    }
}

fn multiplies(plan: &Plan) -> bool {
    matches!(plan, Plan::Join(_) | Plan::Lookup(_)) || plan.inputs().into_iter().any(multiplies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_shrink_to_what_their_yield_allows_and_grow_again() {
        let mut size = StepSize {
            rows: 256,
            most: 16_384,
        };
        size.note(256, 0);
        assert_eq!(size.rows(), 512);
        size.note(512, 512 * ROWS_OUT_MAX);
        assert_eq!(size.rows(), 1);
        size.note(1, 9 * ROWS_OUT_MAX);
        assert_eq!(size.rows(), 1);
        (0..30).for_each(|_| size.note(100, 100));
        assert_eq!(size.rows(), 16_384);
        // A window that closes says much of rows that came before; the next step may be as large.
        size.note(16_384, ROWS_OUT_MAX);
        assert_eq!(size.rows(), 16_384);
        assert_eq!(StepSize::new(&Application::default(), 7).rows(), 7);
    }
}
