//! Calls by name, and the functions whose arguments are joined by words instead of commas.

use sqlparser::parser::Parser;

use super::ast::{ExprKind, FunctionCall, Ident, NullTreatment, TrimSide};
use super::hooks::strength;
use super::kda::{Kda, Parsed};
use super::token::TokenKind;
use crate::diagnostic::Diagnostic;

type Form = fn(&Kda, &mut Parser) -> Parsed<ExprKind>;

/// The forms with words between their arguments, and what reads what stands in their parentheses.
const FORMS: [(&str, Form); 13] = [
    ("CAST", Kda::cast),
    ("STEP", Kda::step),
    ("FLOOR", |kda, p| kda.floor(p, false)),
    ("CEIL", |kda, p| kda.floor(p, true)),
    ("CEILING", |kda, p| kda.floor(p, true)),
    ("EXTRACT", Kda::extract),
    ("SUBSTRING", Kda::substring),
    ("TRIM", Kda::trim),
    ("OVERLAY", Kda::overlay),
    ("POSITION", Kda::position),
    ("WINDOW_TUMBLING", Kda::window_tumbling),
    ("CURSOR", |kda, p| {
        Ok(ExprKind::Cursor(Box::new(kda.parenthesised_query(p)?)))
    }),
    ("ROW", Kda::row),
];

/// The names of the forms that are functions.
#[cfg(test)]
pub(crate) fn form_names() -> impl Iterator<Item = &'static str> {
    let names = FORMS.iter().map(|(name, _)| *name);
    names.filter(|name| !matches!(*name, "CURSOR" | "ROW"))
}

impl Kda {
    /// `f([DISTINCT|ALL] args) [FROM FIRST|LAST] [IGNORE|RESPECT NULLS] [OVER w]`.
    pub(super) fn call(&self, p: &mut Parser) -> Parsed<FunctionCall> {
        let start = self.start(p);
        let name = self.call_name(p)?;
        self.expect_symbol(p, "(")?;
        let mut call = FunctionCall {
            name,
            args: Vec::new(),
            star: false,
            distinct: false,
            nulls: None,
            from_last: false,
            over: None,
            span: self.since(p, start),
        };
        if self.take_symbol(p, "*") {
            call.star = true;
        } else if !self.at_symbol(p, ")") {
            call.distinct = self.take_word(p, "DISTINCT");
            if !call.distinct && !self.peek_at(p, 1).is_symbol("(") {
                self.take_word(p, "ALL");
            }
            call.args = self.list(p, Self::expr)?;
        }
        if !self.take_symbol(p, ")") {
            return self.unexpected(p, "\",\" or \")\"");
        }
        self.call_suffixes(p, &mut call)?;
        call.span = self.since(p, start);
        Ok(call)
    }

    fn call_name(&self, p: &mut Parser) -> Parsed<Ident> {
        let (name, quoted) = match &self.peek(p).kind {
            TokenKind::Word(word) => (word.clone(), false),
            TokenKind::Quoted(name) => (name.clone(), true),
            _ => return self.unexpected(p, "the name of a function"),
        };
        let span = self.peek(p).span;
        self.advance(p);
        Ok(Ident { name, quoted, span })
    }

    fn call_suffixes(&self, p: &mut Parser, call: &mut FunctionCall) -> Parsed<()> {
        loop {
            if self.at_call_direction(p, &call.name) {
                self.advance(p);
                call.from_last = self.at_word(p, "LAST");
                self.advance(p);
            } else if self.take_words(p, &["IGNORE", "NULLS"]) {
                call.nulls = Some(NullTreatment::Ignore);
            } else if self.take_words(p, &["RESPECT", "NULLS"]) {
                call.nulls = Some(NullTreatment::Respect);
            } else {
                break;
            }
        }
        let foreign = (self.at_word(p, "FILTER") && self.peek_at(p, 1).is_symbol("("))
            || (self.at_word(p, "WITHIN") && self.peek_at(p, 1).is_word("GROUP"));
        if foreign {
            return self.unexpected(p, "OVER");
        }
        if self.take_word(p, "OVER") {
            call.over = Some(self.window_ref(p)?);
        }
        Ok(())
    }

    /// `FROM FIRST|LAST` of NTH_VALUE; elsewhere FROM begins the clause, also before a stream named LAST.
    fn at_call_direction(&self, p: &Parser, name: &Ident) -> bool {
        let direction = self.peek_at(p, 1);
        let after = self.peek_at(p, 2);
        self.at_word(p, "FROM")
            && (direction.is_word("FIRST") || direction.is_word("LAST"))
            && (Self::is_plain(name, "NTH_VALUE") || after.is_word("IGNORE") || after.is_word("RESPECT"))
    }

    /// The forms with words between their arguments; `None` for a call like any other.
    pub(super) fn special_form(&self, p: &mut Parser, word: &str) -> Parsed<Option<ExprKind>> {
        let Some((_, form)) = FORMS.iter().find(|(name, _)| *name == word) else {
            return Ok(None);
        };
        let start = self.start(p);
        self.advance(p);
        if word == "CURSOR" {
            return form(self, p).map(Some);
        }
        self.expect_symbol(p, "(")?;
        let kind = form(self, p)?;
        if !self.take_symbol(p, ")") {
            return self.unexpected(p, "\")\"");
        }
        if word == "WINDOW_TUMBLING" {
            self.report(
                Diagnostic::lenient(
                    self.since(p, start),
                    "WINDOW_TUMBLING is no function of the service; it is read as STEP over ROWTIME",
                )
                .with_hint("write STEP(ROWTIME BY INTERVAL 'n' unit)"),
            );
        }
        Ok(Some(kind))
    }

    fn cast(&self, p: &mut Parser) -> Parsed<ExprKind> {
        let expr = Box::new(self.expr(p)?);
        self.expect_word(p, "AS")?;
        let (ty, ty_span) = self.type_name(p)?;
        Ok(ExprKind::Cast { expr, ty, ty_span })
    }

    fn step(&self, p: &mut Parser) -> Parsed<ExprKind> {
        let expr = Box::new(self.expr(p)?);
        self.expect_word(p, "BY")?;
        let by = Box::new(self.expr(p)?);
        Ok(ExprKind::Step { expr, by })
    }

    fn floor(&self, p: &mut Parser, ceil: bool) -> Parsed<ExprKind> {
        let expr = Box::new(self.expr(p)?);
        let unit = if self.take_word(p, "TO") {
            Some(self.unit(p)?)
        } else {
            None
        };
        Ok(ExprKind::Floor { expr, unit, ceil })
    }

    fn extract(&self, p: &mut Parser) -> Parsed<ExprKind> {
        let unit = self.unit(p)?;
        self.expect_word(p, "FROM")?;
        let expr = Box::new(self.expr(p)?);
        Ok(ExprKind::Extract { unit, expr })
    }

    fn substring(&self, p: &mut Parser) -> Parsed<ExprKind> {
        let expr = Box::new(self.expr(p)?);
        if self.take_word(p, "SIMILAR") {
            let pattern = Box::new(self.expr(p)?);
            self.expect_word(p, "ESCAPE")?;
            let escape = Box::new(self.expr(p)?);
            return Ok(ExprKind::SubstringSimilar {
                expr,
                pattern,
                escape,
            });
        }
        let comma = self.take_symbol(p, ",");
        if !comma && !self.take_word(p, "FROM") {
            return self.unexpected(p, "\",\" or FROM");
        }
        let start = Box::new(self.expr(p)?);
        let more = if comma {
            self.take_symbol(p, ",")
        } else {
            self.take_word(p, "FOR")
        };
        let length = if more { Some(Box::new(self.expr(p)?)) } else { None };
        Ok(ExprKind::Substring {
            expr,
            start,
            length,
            comma,
        })
    }

    /// `TRIM([[side] [c] FROM] s)`.
    fn trim(&self, p: &mut Parser) -> Parsed<ExprKind> {
        let side = match self.peek(p).word() {
            Some("LEADING") => Some(TrimSide::Leading),
            Some("TRAILING") => Some(TrimSide::Trailing),
            Some("BOTH") => Some(TrimSide::Both),
            _ => None,
        };
        if side.is_some() {
            self.advance(p);
        }
        let side_or_both = side.unwrap_or(TrimSide::Both);
        if side.is_some() && self.take_word(p, "FROM") {
            let expr = Box::new(self.expr(p)?);
            return Ok(ExprKind::Trim {
                side: side_or_both,
                character: None,
                expr,
            });
        }
        let first = Box::new(self.expr(p)?);
        let (character, expr) = if self.take_word(p, "FROM") {
            (Some(first), Box::new(self.expr(p)?))
        } else if side.is_some() {
            return self.unexpected(p, "FROM");
        } else {
            (None, first)
        };
        Ok(ExprKind::Trim {
            side: side_or_both,
            character,
            expr,
        })
    }

    fn overlay(&self, p: &mut Parser) -> Parsed<ExprKind> {
        let expr = Box::new(self.expr(p)?);
        self.expect_word(p, "PLACING")?;
        let placing = Box::new(self.expr(p)?);
        self.expect_word(p, "FROM")?;
        let from = Box::new(self.expr(p)?);
        let length = if self.take_word(p, "FOR") {
            Some(Box::new(self.expr(p)?))
        } else {
            None
        };
        Ok(ExprKind::Overlay {
            expr,
            placing,
            from,
            length,
        })
    }

    fn position(&self, p: &mut Parser) -> Parsed<ExprKind> {
        let needle = Box::new(self.expr_above(p, strength::COMPARISON)?);
        self.expect_word(p, "IN")?;
        let haystack = Box::new(self.expr(p)?);
        Ok(ExprKind::Position { needle, haystack })
    }

    fn window_tumbling(&self, p: &mut Parser) -> Parsed<ExprKind> {
        let size = match &self.peek(p).kind {
            TokenKind::Number(digits) => digits.parse::<u64>().ok().filter(|n| *n > 0),
            _ => None,
        };
        let Some(size) = size else {
            return self.unexpected(p, "a whole number and a unit of time");
        };
        self.advance(p);
        let unit = self.unit(p)?;
        Ok(ExprKind::WindowTumbling { size, unit })
    }

    fn row(&self, p: &mut Parser) -> Parsed<ExprKind> {
        self.list(p, Self::expr).map(ExprKind::Row)
    }
}
