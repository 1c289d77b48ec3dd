//! Statements other than CREATE, and the door to those (`sql.md` §7).

use sqlparser::parser::Parser;

use super::ast::{Insert, ObjectKind, Query, Statement, StatementKind};
use super::kda::{Kda, Parsed};

impl Kda {
    /// One whole statement; nothing may follow it.
    pub(super) fn statement(&self, p: &mut Parser) -> Parsed<Statement> {
        let start = self.start(p);
        let kind = self.statement_kind(p)?;
        if !self.at_end(p) {
            return self.unexpected(p, "\";\"");
        }
        let span = self.since(p, start);
        Ok(Statement { kind, span })
    }

    fn statement_kind(&self, p: &mut Parser) -> Parsed<StatementKind> {
        let word = self.peek(p).word().unwrap_or_default().to_owned();
        match word.as_str() {
            "CREATE" => self.create(p),
            "INSERT" => self.insert(p).map(StatementKind::Insert),
            "SELECT" | "VALUES" => self.stand_alone_query(p).map(StatementKind::Query),
            "ALTER" => self.alter(p),
            "DROP" => self.drop_statement(p),
            "SET" => self.set(p),
            "UPDATE" | "DELETE" | "MERGE" | "UPSERT" | "TRUNCATE" => {
                let hint =
                    "rows of a stream cannot be changed; write a pump that inserts into another stream";
                self.refuse(self.peek(p).span, &word, hint)
            }
            "GRANT" | "REVOKE" | "COMMIT" | "ROLLBACK" | "BEGIN" | "USE" | "CALL" | "DECLARE" | "EXECUTE"
            | "DESCRIBE" | "EXPLAIN" | "SHOW" | "ANALYZE" | "COPY" | "VACUUM" => {
                self.refuse(self.peek(p).span, &word, "remove the statement")
            }
            _ if self.at_symbol(p, "(") && self.query_at(p, 0) => {
                self.stand_alone_query(p).map(StatementKind::Query)
            }
            _ => self.unexpected(p, "CREATE, INSERT, SELECT, VALUES, ALTER or DROP"),
        }
    }

    /// `INSERT [EXPEDITED] INTO target [(columns)] query`.
    pub(super) fn insert(&self, p: &mut Parser) -> Parsed<Insert> {
        let start = self.start(p);
        self.expect_word(p, "INSERT")?;
        self.take_word(p, "EXPEDITED");
        self.expect_word(p, "INTO")?;
        let target = self.object_name(p, "the name of a stream")?;
        let columns = if self.at_symbol(p, "(") && !self.query_at(p, 1) {
            Some(self.name_list(p)?)
        } else {
            None
        };
        let query: Query = self.query(p)?;
        Ok(Insert {
            target,
            columns,
            query,
            span: self.since(p, start),
        })
    }

    fn alter(&self, p: &mut Parser) -> Parsed<StatementKind> {
        let start = self.start(p);
        self.advance(p);
        if !self.take_word(p, "PUMP") {
            let span = self.since(p, start).to(self.peek(p).span);
            let what = format!("ALTER {}", self.written(self.peek(p)));
            return self.refuse(span, &what, "write CREATE OR REPLACE, or ALTER PUMP name START");
        }
        let name = self.object_name(p, "the name of a pump")?;
        let start = self.at_word(p, "START");
        if !start && !self.at_word(p, "STOP") {
            return self.unexpected(p, "START or STOP");
        }
        self.advance(p);
        Ok(StatementKind::AlterPump { name, start })
    }

    fn drop_statement(&self, p: &mut Parser) -> Parsed<StatementKind> {
        self.advance(p);
        let object = match self.peek(p).word() {
            Some("STREAM") => ObjectKind::Stream,
            Some("PUMP") => ObjectKind::Pump,
            Some("FUNCTION") => ObjectKind::Function,
            Some("VIEW") => ObjectKind::View,
            Some("SCHEMA") => ObjectKind::Schema,
            _ => return self.unexpected(p, "STREAM, PUMP, FUNCTION, VIEW or SCHEMA"),
        };
        self.advance(p);
        let mut if_exists = self.take_words(p, &["IF", "EXISTS"]);
        let name = self.object_name(p, "a name")?;
        // The service's family writes it behind the name as well.
        if_exists |= self.take_words(p, &["IF", "EXISTS"]);
        if !self.take_word(p, "CASCADE") {
            self.take_word(p, "RESTRICT");
        }
        Ok(StatementKind::Drop {
            object,
            name,
            if_exists,
        })
    }

    /// `SET SCHEMA name`, `SET PATH …`.
    fn set(&self, p: &mut Parser) -> Parsed<StatementKind> {
        let what = match self.peek_at(p, 1).word() {
            Some("SCHEMA") => "SET SCHEMA",
            Some("PATH") => "SET PATH",
            Some("CATALOG") => "SET CATALOG",
            _ => return self.refuse(self.peek(p).span, "SET", "remove the statement"),
        };
        while !self.at_end(p) {
            self.advance(p);
        }
        Ok(StatementKind::NoEffect {
            what: what.to_owned(),
        })
    }
}
