//! Units and qualifiers of intervals (`sql.md` §6.1).
//!
//! Precisions are checked here, where they stand; whether a literal's text fits its qualifier is for the
//! binder, which knows values.

use sqlparser::parser::Parser;

use super::kda::{Kda, Parsed};
use super::token::{Token, TokenKind};
use crate::diagnostic::Diagnostic;
use crate::types::{IntervalQualifier, TimeUnit};

/// Greatest number of digits of a leading field.
const PRECISION_MAX: u8 = 10;
/// Greatest number of fraction digits of SECOND that may be written; the engine keeps three.
const FRACTION_MAX: u8 = 9;

/// The unit that `token` names.
pub(super) fn unit_of(token: &Token) -> Option<TimeUnit> {
    Some(match token.word()? {
        "YEAR" => TimeUnit::Year,
        "MONTH" => TimeUnit::Month,
        "DAY" => TimeUnit::Day,
        "HOUR" => TimeUnit::Hour,
        "MINUTE" => TimeUnit::Minute,
        "SECOND" => TimeUnit::Second,
        _ => return None,
    })
}

impl Kda {
    /// YEAR … SECOND.
    pub(super) fn unit(&self, p: &mut Parser) -> Parsed<TimeUnit> {
        match unit_of(self.peek(p)) {
            Some(unit) => {
                self.advance(p);
                Ok(unit)
            }
            None => self.unexpected(p, "one of YEAR, MONTH, DAY, HOUR, MINUTE, SECOND"),
        }
    }

    /// `unit[(p[, f])] [TO unit[(f)]]`.
    pub(super) fn qualifier(&self, p: &mut Parser) -> Parsed<IntervalQualifier> {
        let from = self.unit(p)?;
        let mut qualifier = IntervalQualifier::single(from);
        if self.take_symbol(p, "(") {
            qualifier.precision = self.digits(p, "leading field precision", 1, PRECISION_MAX)?;
            if from == TimeUnit::Second && self.take_symbol(p, ",") {
                qualifier.fraction = self.digits(p, "fractional second precision", 0, FRACTION_MAX)?;
            }
            self.expect_symbol(p, ")")?;
        }
        let second = unit_of(self.peek_at(p, 1)).filter(|_| self.at_word(p, "TO"));
        let Some(to) = second else {
            return Ok(qualifier);
        };
        let spans = to > from && qualifier.is_year_month() == IntervalQualifier::single(to).is_year_month();
        // `FLOOR(t - INTERVAL '1' HOUR TO DAY)`: what cannot be a qualifier rounds the whole.
        if !spans && self.rounds_here(p) {
            return Ok(qualifier);
        }
        self.advance(p);
        let span = self.peek(p).span;
        qualifier.to = self.unit(p)?;
        if !spans {
            return self.fail(Diagnostic::invalid(
                span,
                format!("An interval cannot run from {from} TO {}", qualifier.to),
            ));
        }
        if qualifier.to == TimeUnit::Second && self.take_symbol(p, "(") {
            qualifier.fraction = self.digits(p, "fractional second precision", 0, FRACTION_MAX)?;
            self.expect_symbol(p, ")")?;
        }
        Ok(qualifier)
    }

    /// Whether the innermost parenthesis that is open here is that of FLOOR or CEIL, to which a TO may belong.
    fn rounds_here(&self, p: &Parser) -> bool {
        let mut closed = 0usize;
        let mut behind = self.tokens().iter().take(p.index()).rev();
        while let Some(token) = behind.next() {
            if token.is_symbol(")") {
                closed += 1;
            } else if token.is_symbol("(") && closed == 0 {
                let rounding = |t: &Token| ["FLOOR", "CEIL", "CEILING"].iter().any(|word| t.is_word(word));
                return behind.next().is_some_and(rounding);
            } else if token.is_symbol("(") {
                closed -= 1;
            }
        }
        false
    }

    fn digits(&self, p: &mut Parser, what: &str, low: u8, high: u8) -> Parsed<u8> {
        let token = self.peek(p);
        let TokenKind::Number(written) = &token.kind else {
            return self.unexpected(p, "a number of digits");
        };
        let value = written.parse::<u8>().ok().filter(|n| (low..=high).contains(n));
        if value.is_none() {
            self.report(Diagnostic::invalid(
                token.span,
                format!("Interval {what} '{written}' is out of range: {low} to {high}"),
            ));
        }
        self.advance(p);
        Ok(value.unwrap_or(high))
    }
}
