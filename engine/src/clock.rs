//! Time as the dataflow sees it: a field of the step, never the machine's clock (R1, `decisions.md` 17).

/// The clocks of one step, in ms since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Start of the run: what CURRENT_TIMESTAMP and its kin are frozen at.
    pub run_start_ms: i64,
    /// CURRENT_ROW_TIMESTAMP; `None` means each row's own ROWTIME (replay, diff, test).
    pub row_ms: Option<i64>,
}
