//! Windows: `OVER w`, `OVER (…)`, and what stands in their parentheses (`sql.md` §8).

use sqlparser::parser::Parser;

use super::ast::{Frame, FrameBound, OrderItem, WindowRef, WindowSpec};
use super::hooks::strength;
use super::kda::{Kda, Parsed};

impl Kda {
    /// What follows OVER.
    pub(super) fn window_ref(&self, p: &mut Parser) -> Parsed<WindowRef> {
        if self.at_symbol(p, "(") {
            return Ok(WindowRef::Inline(Box::new(self.window_spec(p)?)));
        }
        Ok(WindowRef::Named(self.label(p, "the name of a window or \"(\"")?))
    }

    /// `([name] [PARTITION BY …] [ORDER BY …] [frame])`.
    pub(super) fn window_spec(&self, p: &mut Parser) -> Parsed<WindowSpec> {
        let start = self.start(p);
        self.expect_symbol(p, "(")?;
        let base = if self.at_plain_name(p) {
            Some(self.name(p, "a window")?)
        } else {
            None
        };
        let partition_by = if self.take_words(p, &["PARTITION", "BY"]) {
            self.list(p, Self::expr)?
        } else {
            Vec::new()
        };
        let order_by = self.order_by(p)?;
        let frame = match self.peek(p).word() {
            Some("ROWS" | "RANGE") => Some(self.frame(p)?),
            _ => None,
        };
        if !self.take_symbol(p, ")") {
            let expecting = if frame.is_some() {
                "\")\""
            } else {
                "PARTITION BY, ORDER BY, ROWS, RANGE or \")\""
            };
            return self.unexpected(p, expecting);
        }
        Ok(WindowSpec {
            base,
            partition_by,
            order_by,
            frame,
            span: self.since(p, start),
        })
    }

    fn frame(&self, p: &mut Parser) -> Parsed<Frame> {
        let from = self.start(p);
        let rows = self.at_word(p, "ROWS");
        self.advance(p);
        let (start, end) = if self.take_word(p, "BETWEEN") {
            let start = self.bound(p)?;
            self.expect_word(p, "AND")?;
            (start, Some(self.bound(p)?))
        } else {
            (self.bound(p)?, None)
        };
        Ok(Frame {
            rows,
            start,
            end,
            span: self.since(p, from),
        })
    }

    fn bound(&self, p: &mut Parser) -> Parsed<FrameBound> {
        if self.take_words(p, &["CURRENT", "ROW"]) {
            return Ok(FrameBound::CurrentRow);
        }
        if self.take_words(p, &["UNBOUNDED", "PRECEDING"]) {
            return Ok(FrameBound::UnboundedPreceding);
        }
        if self.take_words(p, &["UNBOUNDED", "FOLLOWING"]) {
            return Ok(FrameBound::UnboundedFollowing);
        }
        let size = self.expr_above(p, strength::COMPARISON)?;
        if self.take_word(p, "PRECEDING") {
            return Ok(FrameBound::Preceding(size));
        }
        if self.take_word(p, "FOLLOWING") {
            return Ok(FrameBound::Following(size));
        }
        self.unexpected(p, "PRECEDING or FOLLOWING")
    }

    /// `[ORDER BY item {, item}]`.
    pub(super) fn order_by(&self, p: &mut Parser) -> Parsed<Vec<OrderItem>> {
        if !self.take_words(p, &["ORDER", "BY"]) {
            return Ok(Vec::new());
        }
        self.list(p, |kda, p| {
            let expr = kda.expr(p)?;
            let descending = kda.take_word(p, "DESC");
            if !descending {
                kda.take_word(p, "ASC");
            }
            if kda.at_word(p, "NULLS") {
                return kda.unexpected(p, "\",\"");
            }
            Ok(OrderItem { expr, descending })
        })
    }
}
