//! Queries: SELECT and its clauses, VALUES, set operations (`sql.md` §8).
//!
//! The clauses are read here and not by sqlparser: STREAM, WINDOWED BY and OVER on a relation have no place
//! in its grammar, and a clause that the dialect lacks is refused at its own word.

use sqlparser::parser::Parser;

use super::ast::{
    Expr, ExprKind, Grouping, Ident, Limit, Query, QueryBody, Select, SelectItem, SetOp, WindowSpec,
};
use super::kda::{Kda, Parsed};
use super::token::TokenKind;
use crate::diagnostic::Diagnostic;

impl Kda {
    /// `(query)`.
    pub(super) fn parenthesised_query(&self, p: &mut Parser) -> Parsed<Query> {
        self.nested(p, |kda, p| {
            kda.expect_symbol(p, "(")?;
            let query = kda.query(p)?;
            if !kda.take_symbol(p, ")") {
                return kda.unexpected(p, "\")\"");
            }
            Ok(query)
        })
    }

    /// A query with its ORDER BY.
    pub(super) fn query(&self, p: &mut Parser) -> Parsed<Query> {
        let start = self.start(p);
        let mut query = self.union(p)?;
        let here = self.peek(p).span;
        let order_by = self.order_by(p)?;
        if !order_by.is_empty() {
            if !query.order_by.is_empty() {
                return self.fail(Diagnostic::invalid(
                    here,
                    "The query already has an ORDER BY inside its parentheses",
                ));
            }
            query.order_by = order_by;
            query.span = self.since(p, start);
        }
        Ok(query)
    }

    /// A query that stands alone, which may say how many of its rows are wanted. Elsewhere LIMIT is refused where it
    /// stands, as a clause of other dialects.
    pub(super) fn stand_alone_query(&self, p: &mut Parser) -> Parsed<Query> {
        let start = self.start(p);
        let mut query = self.query(p)?;
        query.limit = self.limit(p);
        if query.limit.is_some() {
            query.span = self.since(p, start);
        }
        Ok(query)
    }

    /// `LIMIT n`, `FETCH FIRST n ROWS ONLY`, if that is what comes next.
    fn limit(&self, p: &mut Parser) -> Option<Limit> {
        let is = |ahead: usize, words: &[&str]| {
            let word = self.peek_at(p, ahead).word();
            word.is_some_and(|word| words.contains(&word))
        };
        let fetches = is(0, &["FETCH"]) && is(1, &["FIRST", "NEXT"]);
        let (word, at, len) = if is(0, &["LIMIT"]) {
            ("LIMIT", 1, 2)
        } else if fetches && is(2, &["ROW", "ROWS"]) && is(3, &["ONLY"]) {
            ("FETCH", 0, 4)
        } else if fetches && is(3, &["ROW", "ROWS"]) && is(4, &["ONLY"]) {
            ("FETCH", 2, 5)
        } else {
            return None;
        };
        let rows = match &self.peek_at(p, at).kind {
            TokenKind::Number(digits) => digits.parse().ok()?,
            _ if at == 0 => 1,
            _ => return None,
        };
        let span = self.peek(p).span;
        (0..len).for_each(|_| self.advance(p));
        Some(Limit { rows, word, span })
    }

    /// UNION and EXCEPT, from the left.
    fn union(&self, p: &mut Parser) -> Parsed<Query> {
        let start = self.start(p);
        let mut left = self.intersection(p)?;
        loop {
            let op = match self.peek(p).word() {
                Some("UNION") => SetOp::Union,
                Some("EXCEPT") => SetOp::Except,
                _ => return Ok(left),
            };
            left = self.set_operation(p, start, left, op, Self::intersection)?;
        }
    }

    /// INTERSECT binds more tightly.
    fn intersection(&self, p: &mut Parser) -> Parsed<Query> {
        let start = self.start(p);
        let mut left = self.query_term(p)?;
        while self.at_word(p, "INTERSECT") {
            left = self.set_operation(p, start, left, SetOp::Intersect, Self::query_term)?;
        }
        Ok(left)
    }

    fn set_operation(
        &self,
        p: &mut Parser,
        start: usize,
        left: Query,
        op: SetOp,
        operand: fn(&Self, &mut Parser) -> Parsed<Query>,
    ) -> Parsed<Query> {
        self.grow(self.peek(p).span)?;
        self.advance(p);
        let all = self.take_word(p, "ALL");
        if !all {
            self.take_word(p, "DISTINCT");
        }
        let body = QueryBody::Set {
            op,
            all,
            left: Box::new(left),
            right: Box::new(operand(self, p)?),
        };
        let span = self.since(p, start);
        Ok(Query {
            body,
            order_by: Vec::new(),
            limit: None,
            span,
        })
    }

    fn query_term(&self, p: &mut Parser) -> Parsed<Query> {
        let start = self.start(p);
        if self.at_symbol(p, "(") {
            let mut query = self.parenthesised_query(p)?;
            query.span = self.since(p, start);
            return Ok(query);
        }
        let body = match self.peek(p).word() {
            Some("SELECT") => QueryBody::Select(Box::new(self.select(p)?)),
            Some("VALUES") => {
                self.advance(p);
                QueryBody::Values(self.list(p, Self::values_row)?)
            }
            _ => return self.unexpected(p, "SELECT or VALUES"),
        };
        let span = self.since(p, start);
        Ok(Query {
            body,
            order_by: Vec::new(),
            limit: None,
            span,
        })
    }

    fn values_row(&self, p: &mut Parser) -> Parsed<Vec<Expr>> {
        let expr = self.expr(p)?;
        // `(a)` is a row of one, `(a) + 1` is an expression: both are one item.
        Ok(match expr.kind {
            ExprKind::Row(items) => items,
            _ => vec![expr],
        })
    }

    fn select(&self, p: &mut Parser) -> Parsed<Select> {
        let start = self.start(p);
        self.expect_word(p, "SELECT")?;
        let stream = self.take_word(p, "STREAM");
        let here = self.peek(p).span;
        let distinct = self.take_word(p, "DISTINCT").then_some(here);
        if distinct.is_none() && !self.peek_at(p, 1).is_symbol("(") {
            self.take_word(p, "ALL");
        }
        let items = self.list(p, Self::select_item)?;
        let from = self.relations(p)?;
        let filter = if self.take_word(p, "WHERE") {
            Some(self.expr(p)?)
        } else {
            None
        };
        let grouping = self.grouping(p)?;
        let having = if self.take_word(p, "HAVING") {
            Some(self.expr(p)?)
        } else {
            None
        };
        let windows = if self.take_word(p, "WINDOW") {
            self.list(p, Self::window)?
        } else {
            Vec::new()
        };
        Ok(Select {
            stream,
            distinct,
            items,
            from,
            filter,
            grouping,
            having,
            windows,
            span: self.since(p, start),
        })
    }

    fn select_item(&self, p: &mut Parser) -> Parsed<SelectItem> {
        if self.at_symbol(p, "*") {
            let span = self.peek(p).span;
            self.advance(p);
            return Ok(SelectItem::Wildcard(span));
        }
        if self.at_qualified_wildcard(p) {
            let mut name = self.lenient_name(p, "a name")?;
            while self.take_symbol(p, ".") && !self.take_symbol(p, "*") {
                name = self.lenient_name(p, "a name")?;
            }
            return Ok(SelectItem::QualifiedWildcard(name));
        }
        let expr = self.expr(p)?;
        let alias = if self.take_word(p, "AS") {
            Some(self.alias_after_as(p)?)
        } else if self.at_plain_name(p) {
            Some(self.name(p, "an alias")?)
        } else {
            None
        };
        Ok(SelectItem::Expr { expr, alias })
    }

    /// `name {. name} . *`
    fn at_qualified_wildcard(&self, p: &Parser) -> bool {
        let mut ahead = 0;
        loop {
            let is_name = matches!(
                self.peek_at(p, ahead).kind,
                TokenKind::Word(_) | TokenKind::Quoted(_)
            );
            if !is_name || !self.peek_at(p, ahead + 1).is_symbol(".") {
                return false;
            }
            if self.peek_at(p, ahead + 2).is_symbol("*") {
                return true;
            }
            ahead += 2;
        }
    }

    fn grouping(&self, p: &mut Parser) -> Parsed<Grouping> {
        if self.take_words(p, &["GROUP", "BY"]) {
            let keys = self.list(p, Self::group_key)?;
            if self.at_word(p, "WINDOWED") && self.peek_at(p, 1).is_word("BY") {
                return self.fail(self.grouped_twice(p));
            }
            return Ok(Grouping::By(keys));
        }
        let start = self.start(p);
        if !self.take_words(p, &["WINDOWED", "BY"]) {
            return Ok(Grouping::None);
        }
        self.expect_word(p, "STAGGER")?;
        self.expect_symbol(p, "(")?;
        self.expect_word(p, "PARTITION")?;
        self.expect_word(p, "BY")?;
        let partition_by = self.list(p, Self::expr)?;
        self.expect_word(p, "RANGE")?;
        let range = self.expr(p)?;
        self.expect_symbol(p, ")")?;
        let span = self.since(p, start);
        if self.at_word(p, "GROUP") {
            return self.fail(self.grouped_twice(p));
        }
        Ok(Grouping::Stagger {
            partition_by,
            range,
            span,
        })
    }

    fn grouped_twice(&self, p: &mut Parser) -> Diagnostic {
        let message = "GROUP BY cannot stand beside WINDOWED BY STAGGER";
        Diagnostic::invalid(self.peek(p).span, message)
            .with_hint("put the keys into PARTITION BY of the window")
    }

    fn group_key(&self, p: &mut Parser) -> Parsed<Expr> {
        let span = self.peek(p).span;
        let next = self.peek_at(p, 1);
        let what = match self.peek(p).word() {
            Some("GROUPING") if next.is_word("SETS") => "GROUPING SETS",
            Some("CUBE") if next.is_symbol("(") => "CUBE",
            Some("ROLLUP") if next.is_symbol("(") => "ROLLUP",
            Some("ALL") => "GROUP BY ALL",
            _ => return self.expr(p),
        };
        self.refuse(
            span,
            what,
            "write one GROUP BY per grouping, each in a pump of its own",
        )
    }

    fn window(&self, p: &mut Parser) -> Parsed<(Ident, WindowSpec)> {
        let name = self.label(p, "the name of a window")?;
        self.expect_word(p, "AS")?;
        Ok((name, self.window_spec(p)?))
    }
}
