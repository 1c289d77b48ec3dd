//! FROM: relations, their windows and aliases, joins (`sql.md` §8, §9).

use sqlparser::parser::Parser;

use super::ast::{Ident, JoinCondition, JoinKind, TableAlias, TableKind, TableRef, WindowRef};
use super::hint;
use super::kda::{Kda, Parsed};
use super::token::{Token, TokenKind};
use crate::diagnostic::{Diagnostic, Span};

impl Kda {
    /// `[FROM tableref {, tableref}]`.
    pub(super) fn relations(&self, p: &mut Parser) -> Parsed<Vec<TableRef>> {
        if self.take_word(p, "FROM") {
            return self.list(p, Self::table_ref);
        }
        // Without FROM only what may end or continue the whole query can follow.
        let next = self.peek(p);
        let ends = self.at_end(p)
            || next.is_symbol(")")
            || matches!(next.word(), Some("UNION" | "EXCEPT" | "INTERSECT" | "ORDER"));
        let behind = self.tokens().iter().skip(p.index());
        let glued = hint::glued_word(self).filter(|_| !behind.clone().any(|t| t.is_word("FROM")));
        match (ends, glued) {
            (true, None) => Ok(Vec::new()),
            (_, Some((index, _))) => self.unexpected_at(index, "FROM"),
            (false, None) => self.unexpected(p, "\",\" or FROM"),
        }
    }

    /// A relation and the joins behind it.
    fn table_ref(&self, p: &mut Parser) -> Parsed<TableRef> {
        let start = self.start(p);
        let mut left = self.nested(p, Self::relation)?;
        loop {
            let here = self.peek(p).span;
            let Some((kind, natural)) = self.join_kind(p)? else {
                return Ok(left);
            };
            self.grow(here)?;
            let join = here.to(self.previous(p).span);
            let right = self.nested(p, Self::relation)?;
            let condition = self.join_condition(p, kind, natural, join)?;
            left = TableRef {
                kind: TableKind::Join {
                    left: Box::new(left),
                    right: Box::new(right),
                    kind,
                    condition,
                },
                alias: None,
                span: self.since(p, start),
            };
        }
    }

    /// `[NATURAL] [INNER|LEFT|RIGHT|FULL|CROSS [OUTER]] JOIN`.
    fn join_kind(&self, p: &mut Parser) -> Parsed<Option<(JoinKind, bool)>> {
        let natural = self.take_word(p, "NATURAL");
        let kind = match self.peek(p).word() {
            Some("JOIN") => JoinKind::Inner,
            Some("INNER") => JoinKind::Inner,
            Some("LEFT") => JoinKind::Left,
            Some("RIGHT") => JoinKind::Right,
            Some("FULL") => JoinKind::Full,
            Some("CROSS") => JoinKind::Cross,
            _ if natural => return self.unexpected(p, "JOIN"),
            _ => return Ok(None),
        };
        if !self.at_word(p, "JOIN") {
            self.advance(p);
            if matches!(kind, JoinKind::Left | JoinKind::Right | JoinKind::Full) {
                self.take_word(p, "OUTER");
            }
        }
        self.expect_word(p, "JOIN")?;
        Ok(Some((kind, natural)))
    }

    fn join_condition(
        &self,
        p: &mut Parser,
        kind: JoinKind,
        natural: bool,
        join: Span,
    ) -> Parsed<JoinCondition> {
        let here = self.peek(p).span;
        let condition = if self.take_word(p, "ON") {
            JoinCondition::On(self.expr(p)?)
        } else if self.take_word(p, "USING") {
            JoinCondition::Using(self.name_list(p)?)
        } else {
            JoinCondition::None
        };
        let written = condition != JoinCondition::None;
        if natural && !written {
            return Ok(JoinCondition::Natural);
        }
        let finding = if (kind == JoinKind::Cross || natural) && written {
            Diagnostic::invalid(
                here,
                "A CROSS or NATURAL join cannot have a condition (ON or USING clause)",
            )
        } else if kind != JoinKind::Cross && !written {
            Diagnostic::invalid(
                join,
                "INNER, LEFT, RIGHT or FULL join requires a condition (NATURAL keyword or ON or USING clause)",
            )
        } else {
            return Ok(condition);
        };
        self.report(finding);
        Ok(condition)
    }

    fn relation(&self, p: &mut Parser) -> Parsed<TableRef> {
        let start = self.start(p);
        if self.at_symbol(p, "(") && !self.query_in_parentheses(p) {
            self.advance(p);
            let mut joined = self.table_ref(p)?;
            if !self.take_symbol(p, ")") {
                return self.unexpected(p, "JOIN or \")\"");
            }
            joined.span = self.since(p, start);
            return Ok(joined);
        }
        let kind = if self.at_symbol(p, "(") {
            let query = Box::new(self.parenthesised_query(p)?);
            let over = self.relation_window(p)?;
            TableKind::Subquery { query, over }
        } else if self.at_word(p, "TABLE") && self.peek_at(p, 1).is_symbol("(") {
            self.table_function(p)?
        } else {
            let name = self.relation_name(p)?;
            let over = self.relation_window(p)?;
            TableKind::Named { name, over }
        };
        let alias = self.table_alias(p)?;
        if self.at_word(p, "OVER") {
            let (message, hint) = match kind {
                TableKind::Function(_) => (
                    "A table function takes no window",
                    "wrap it: (SELECT STREAM * FROM TABLE(…)) OVER (…) AS t",
                ),
                _ => (
                    "OVER stands before the alias of its relation",
                    "write: name OVER (window) AS alias",
                ),
            };
            let finding = Diagnostic::invalid(self.peek(p).span, message).with_hint(hint);
            return self.fail(finding);
        }
        Ok(TableRef {
            kind,
            alias,
            span: self.since(p, start),
        })
    }

    fn relation_name(&self, p: &mut Parser) -> Parsed<Ident> {
        let at = p.index();
        if self.peek_at(p, 1).is_symbol("(") && self.peek(p).word().is_some() {
            return self.unexpected_at(at, hint::RELATION);
        }
        let name = self.object_name(p, hint::RELATION)?;
        if self.at_symbol(p, "(") {
            return self.unexpected(p, "an alias, \",\" or a clause");
        }
        Ok(name)
    }

    fn relation_window(&self, p: &mut Parser) -> Parsed<Option<WindowRef>> {
        if self.take_word(p, "OVER") {
            return self.window_ref(p).map(Some);
        }
        Ok(None)
    }

    fn table_function(&self, p: &mut Parser) -> Parsed<TableKind> {
        self.advance(p);
        self.expect_symbol(p, "(")?;
        if !self.peek_at(p, 1).is_symbol("(") {
            return self.unexpected(p, "a table function");
        }
        let name = self.peek(p);
        if let Some(hint) = name.word().and_then(hint::foreign_window) {
            return self.refuse(name.span, &self.written(name), hint);
        }
        let call = self.call(p)?;
        if !self.take_symbol(p, ")") {
            return self.unexpected(p, "\")\"");
        }
        Ok(TableKind::Function(call))
    }

    fn table_alias(&self, p: &mut Parser) -> Parsed<Option<TableAlias>> {
        let name = if self.take_word(p, "AS") {
            self.label(p, "an alias after AS")?
        } else if self.at_plain_name(p) && !self.at_clause(p) {
            self.name(p, "an alias")?
        } else {
            return Ok(None);
        };
        let columns = if self.at_symbol(p, "(") {
            self.name_list(p)?
        } else {
            Vec::new()
        };
        Ok(Some(TableAlias { name, columns }))
    }

    /// Whether a clause begins with a word that is not reserved.
    fn at_clause(&self, p: &Parser) -> bool {
        let next = self.peek_at(p, 1);
        match self.peek(p).word() {
            Some("WINDOWED") => next.is_word("BY"),
            // A list of aliases holds names and commas only: this is the window that belongs into GROUP BY.
            Some("STEP") => {
                let third = self.peek_at(p, 3);
                next.is_symbol("(") && !third.is_symbol(",") && !third.is_symbol(")")
            }
            Some("OFFSET") => matches!(next.kind, TokenKind::Number(_)),
            Some("EMIT") => next.is_word("CHANGES") || next.is_word("ON"),
            Some("QUALIFY") => match &next.kind {
                TokenKind::Word(word) => !super::words::is_structural(word),
                kind => matches!(kind, TokenKind::Quoted(_)),
            },
            _ => false,
        }
    }

    /// Whether the parenthesis here opens a sub-select, and not a join in parentheses that begins with one.
    fn query_in_parentheses(&self, p: &Parser) -> bool {
        if !self.query_at(p, 1) {
            return false;
        }
        if !self.peek_at(p, 1).is_symbol("(") {
            return true;
        }
        let mut depth = 0usize;
        for (i, token) in self.tokens().iter().enumerate().skip(p.index() + 1) {
            if token.is_symbol("(") {
                depth += 1;
            } else if token.is_symbol(")") {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return self.tokens().get(i + 1).is_none_or(continues_query);
                }
            }
        }
        true
    }
}

fn continues_query(token: &Token) -> bool {
    token.is_symbol(")") || matches!(token.word(), Some("UNION" | "EXCEPT" | "INTERSECT" | "ORDER"))
}
