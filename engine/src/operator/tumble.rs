//! Tumbling windows.

use super::{Context, Operator};
use crate::expr::Expr;
use crate::plan::Aggregate;
use crate::rows::RowBatch;
use crate::state::{OperatorState, StateError};

/// stub
pub struct Tumble {}
impl Tumble {
    /// stub
    pub fn new(_k: &[Expr], _w: usize, _c: Option<&Expr>, _a: &[Aggregate], _r: usize) -> Self {
        Self {}
    }
}
impl Operator for Tumble {
    fn push(&mut self, _b: RowBatch, _cx: &mut Context<'_>, _o: &mut Vec<RowBatch>) {}
    fn advance(&mut self, _b: i64, _cx: &mut Context<'_>, _o: &mut Vec<RowBatch>) {}
    fn save(&self) -> OperatorState {
        OperatorState::default()
    }
    fn load(&mut self, _s: OperatorState) -> Result<(), StateError> {
        Ok(())
    }
}
