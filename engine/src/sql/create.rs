//! CREATE STREAM, PUMP, FUNCTION, VIEW, APPLICATION and SCHEMA (`sql.md` §7, `decisions.md` 3).

use sqlparser::parser::Parser;

use super::ast::{ColumnDef, CreateFunction, CreatePump, CreateStream, Ident, StatementKind};
use super::kda::{Kda, Parsed};
use super::token::TokenKind;
use crate::diagnostic::{Diagnostic, Span};

impl Kda {
    pub(super) fn create(&self, p: &mut Parser) -> Parsed<StatementKind> {
        let start = self.start(p);
        self.advance(p);
        let or_replace = self.at_word(p, "OR");
        if or_replace {
            self.advance(p);
            self.expect_word(p, "REPLACE")?;
        }
        let word = self.peek(p).word().unwrap_or_default().to_owned();
        let head = self.since(p, start).to(self.peek(p).span);
        match word.as_str() {
            "STREAM" => self
                .create_stream(p, or_replace, head)
                .map(StatementKind::CreateStream),
            "PUMP" => self.create_pump(p, or_replace).map(StatementKind::CreatePump),
            "FUNCTION" => self
                .create_function(p, or_replace)
                .map(StatementKind::CreateFunction),
            "VIEW" => self.create_view(p),
            "APPLICATION" => self.create_application(p, head),
            "SCHEMA" => {
                while !self.at_end(p) {
                    self.advance(p);
                }
                Ok(StatementKind::NoEffect {
                    what: "CREATE SCHEMA".to_owned(),
                })
            }
            "TABLE" | "FOREIGN" | "EXTERNAL" | "TEMPORARY" => {
                let hint = "write CREATE STREAM name (column type, …), and a pump that fills it";
                self.refuse(head, &format!("CREATE {word}"), hint)
            }
            "INDEX" | "UNIQUE" | "TYPE" | "PROCEDURE" | "TRIGGER" | "DATABASE" | "USER" | "ROLE"
            | "SEQUENCE" | "SERVER" | "WRAPPER" | "MATERIALIZED" => {
                self.refuse(head, &format!("CREATE {word}"), "remove the statement")
            }
            _ if or_replace => self.unexpected(p, "STREAM, PUMP, FUNCTION or VIEW"),
            _ => self.unexpected(p, "OR REPLACE, STREAM, PUMP, FUNCTION or VIEW"),
        }
    }

    fn create_application(&self, p: &mut Parser, head: Span) -> Parsed<StatementKind> {
        self.advance(p);
        let name = self.object_name(p, "the name of the application")?;
        self.description(p)?;
        self.report(
            Diagnostic::lenient(
                head.to(name.span),
                "CREATE APPLICATION is no statement of the service; it names the application here",
            )
            .with_hint("name the application where it is started"),
        );
        Ok(StatementKind::CreateApplication { name })
    }

    fn create_stream(&self, p: &mut Parser, or_replace: bool, head: Span) -> Parsed<CreateStream> {
        self.advance(p);
        let name = self.object_name(p, "the name of a stream")?;
        let columns = if self.at_symbol(p, "(") {
            Some(self.columns(p)?)
        } else {
            None
        };
        let description = self.description(p)?;
        let query = if self.take_word(p, "AS") {
            let span = head.to(self.previous(p).span);
            let query = self.query(p)?;
            self.report(
                Diagnostic::lenient(
                    span,
                    "CREATE STREAM … AS is no statement of the service; it is read as a stream and a pump of the same name",
                )
                .with_hint("write CREATE STREAM with columns, and CREATE PUMP … AS INSERT INTO it"),
            );
            Some(query)
        } else {
            None
        };
        if columns.is_none() && query.is_none() {
            return self.unexpected(p, "\"(\" and the stream's columns");
        }
        Ok(CreateStream {
            or_replace,
            name,
            columns,
            description,
            query,
        })
    }

    fn columns(&self, p: &mut Parser) -> Parsed<Vec<ColumnDef>> {
        self.expect_symbol(p, "(")?;
        let columns = self.list(p, Self::column)?;
        if !self.take_symbol(p, ")") {
            return self.unexpected(p, "\",\" or \")\"");
        }
        Ok(columns)
    }

    fn column(&self, p: &mut Parser) -> Parsed<ColumnDef> {
        let next = self.peek_at(p, 1);
        let constrains = match self.peek(p).word() {
            Some("PRIMARY" | "FOREIGN") => next.is_word("KEY"),
            Some("UNIQUE" | "CHECK") => next.is_symbol("("),
            Some("CONSTRAINT") => !matches!(next.kind, TokenKind::Symbol(_)),
            _ => false,
        };
        if constrains {
            return self.refuse_constraint(p);
        }
        // Only a name can stand here, so a type or a unit behind it tells that even FROM or DATE is one.
        if matches!(self.peek_at(p, 1).kind, TokenKind::Symbol(_) | TokenKind::End)
            && self.peek(p).word().is_none_or(super::words::is_reserved)
            && !matches!(self.peek(p).kind, TokenKind::Quoted(_))
        {
            return self.unexpected(p, "a column name and its type");
        }
        let name = self.lenient_name(p, "a column name")?;
        let (ty, ty_span) = self.stored_type(p)?;
        let mut not_null = self.take_words(p, &["NOT", "NULL"]);
        if !not_null {
            self.take_word(p, "NULL");
        }
        if matches!(
            self.peek(p).word(),
            Some("DEFAULT" | "PRIMARY" | "UNIQUE" | "REFERENCES" | "CHECK" | "CONSTRAINT" | "OPTIONS")
        ) {
            return self.refuse_constraint(p);
        }
        not_null |= self.take_words(p, &["NOT", "NULL"]);
        Ok(ColumnDef {
            name,
            ty,
            ty_span,
            not_null,
        })
    }

    fn refuse_constraint<T>(&self, p: &Parser) -> Parsed<T> {
        let what = format!("{} of a column", self.written(self.peek(p)));
        let hint = "a column has a name, a type and NOT NULL only";
        self.refuse(self.peek(p).span, &what, hint)
    }

    fn description(&self, p: &mut Parser) -> Parsed<Option<String>> {
        if !self.take_word(p, "DESCRIPTION") {
            return Ok(None);
        }
        match self.peek(p).kind.clone() {
            TokenKind::Text(text) => {
                self.advance(p);
                Ok(Some(text))
            }
            _ => self.unexpected(p, "the description in single quotes"),
        }
    }

    fn create_pump(&self, p: &mut Parser, or_replace: bool) -> Parsed<CreatePump> {
        self.advance(p);
        let name = self.object_name(p, "the name of a pump")?;
        let mut started = None;
        let mut description = None;
        loop {
            if self.take_word(p, "STARTED") {
                started = Some(true);
            } else if self.take_word(p, "STOPPED") {
                started = Some(false);
            } else if self.at_word(p, "DESCRIPTION") {
                description = self.description(p)?;
            } else {
                break;
            }
        }
        self.expect_word(p, "AS")?;
        let insert = self.insert(p)?;
        Ok(CreatePump {
            or_replace,
            name,
            started,
            description,
            insert,
        })
    }

    fn create_view(&self, p: &mut Parser) -> Parsed<StatementKind> {
        self.advance(p);
        let name = self.object_name(p, "the name of a view")?;
        let columns = if self.at_symbol(p, "(") {
            self.name_list(p)?
        } else {
            Vec::new()
        };
        self.description(p)?;
        self.expect_word(p, "AS")?;
        let query = self.query(p)?;
        Ok(StatementKind::CreateView { name, columns, query })
    }

    fn create_function(&self, p: &mut Parser, or_replace: bool) -> Parsed<CreateFunction> {
        self.advance(p);
        let name = self.object_name(p, "the name of a function")?;
        self.expect_symbol(p, "(")?;
        let parameters = if self.at_symbol(p, ")") {
            Vec::new()
        } else {
            self.list(p, |kda, p| {
                kda.take_word(p, "IN");
                let name: Ident = kda.lenient_name(p, "a parameter's name")?;
                Ok((name, kda.stored_type(p)?.0))
            })?
        };
        if !self.take_symbol(p, ")") {
            return self.unexpected(p, "\",\" or \")\"");
        }
        let mut returns = None;
        let mut null_on_null = false;
        while !self.take_word(p, "RETURN") {
            if self.at_word(p, "RETURNS") && !self.peek_at(p, 1).is_word("NULL") {
                self.advance(p);
                returns = Some(self.stored_type(p)?.0);
            } else if self.take_words(p, &["RETURNS", "NULL", "ON", "NULL", "INPUT"]) {
                null_on_null = true;
            } else if !self.take_function_clause(p)? {
                return self.unexpected(p, "RETURN and an expression");
            }
        }
        let body = self.expr(p)?;
        let Some(returns) = returns else {
            let finding = Diagnostic::invalid(name.span, "The function has no RETURNS type");
            return self.fail(finding);
        };
        Ok(CreateFunction {
            or_replace,
            name,
            parameters,
            returns,
            null_on_null,
            body,
        })
    }

    /// Clauses that say nothing new about a SQL body; `false` when none is here.
    fn take_function_clause(&self, p: &mut Parser) -> Parsed<bool> {
        const CLAUSES: &[&[&str]] = &[
            &["CONTAINS", "SQL"],
            &["READS", "SQL", "DATA"],
            &["MODIFIES", "SQL", "DATA"],
            &["NO", "SQL"],
            &["NOT", "DETERMINISTIC"],
            &["DETERMINISTIC"],
            &["CALLED", "ON", "NULL", "INPUT"],
        ];
        if CLAUSES.iter().any(|clause| self.take_words(p, clause)) {
            return Ok(true);
        }
        if self.take_word(p, "LANGUAGE") {
            if self.take_word(p, "SQL") {
                return Ok(true);
            }
            let what = format!("LANGUAGE {}", self.written(self.peek(p)));
            return self.refuse(
                self.peek(p).span,
                &what,
                "a function's body is RETURN and a SQL expression",
            );
        }
        if self.at_word(p, "EXTERNAL") {
            let hint = "a function's body is RETURN and a SQL expression";
            return self.refuse(self.peek(p).span, "EXTERNAL NAME", hint);
        }
        if self.take_words(p, &["PARAMETER", "STYLE"]) || self.take_word(p, "SPECIFIC") {
            self.path(p)?;
            return Ok(true);
        }
        Ok(false)
    }
}
