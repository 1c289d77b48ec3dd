//! How many rows an input of a join may hold (R9), row by row.
//!
//! A row has no room when its own window, at its ROWTIME, already holds as many as it may. That follows from the rows
//! of its input, so neither a cut nor a bound that has let rows go earlier or later shows (R2). Only for rows that are
//! tried later than they come (`RANGE n FOLLOWING` on the other input), and only at the limit, does it show when the
//! other input runs ahead.

use arrow::array::BooleanArray;

use super::side::{Side, Stay};

impl Side {
    /// Whether so many more rows have room for certain.
    pub fn has_room(&self, rows: usize, limit: usize) -> bool {
        self.held_rows().saturating_add(rows) <= limit
    }

    /// Which of the rows that come at these ROWTIMEs have room.
    pub fn find_room(&self, rowtimes: &[i64], limit: usize) -> BooleanArray {
        let mut held = self.held_rows();
        let mut turns = self.held_turns().peekable();
        // The turns of those among the rows that come which have room, and how many of them have left again.
        let mut admitted: Vec<i64> = Vec::new();
        let mut left = 0;
        let room = |&rowtime_ms: &i64| {
            if let Stay::For(ms) = self.stay() {
                let oldest_ms = rowtime_ms.saturating_sub(ms);
                while turns.next_if(|&turn| turn < oldest_ms).is_some() {
                    held -= 1;
                }
                while admitted.get(left).is_some_and(|&turn| turn < oldest_ms) {
                    left += 1;
                    held -= 1;
                }
            }
            // A window of so few rows lets one go for each that comes.
            let is_short = matches!(self.stay(), Stay::Rows(n) if n < limit as u64);
            let fits = is_short || held < limit;
            if fits {
                held += 1;
                admitted.push(self.turn_of(rowtime_ms));
            }
            Some(fits)
        };
        rowtimes.iter().map(room).collect()
    }
}
