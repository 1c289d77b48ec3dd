//! Names of types: columns, parameters and CAST (`sql.md` §2).
//!
//! A length or precision out of range is noted at its own place and the type goes on with the limit, so that
//! one wrong number is one finding.

use sqlparser::parser::Parser;

use super::kda::{Kda, Parsed};
use super::token::TokenKind;
use crate::diagnostic::{Diagnostic, Span};
use crate::types::{DECIMAL_PRECISION_MAX, LENGTH_MAX, SqlType};

/// Length of a VARCHAR or VARBINARY without one. The sources give no default; public applications declare bare
/// VARCHAR columns and worked (`usage.md` §6), so that it must not cut: the greatest length.
const VARYING_LENGTH_DEFAULT: u32 = LENGTH_MAX;
/// Length of CHAR and BINARY without one (`sql.md` §2).
const FIXED_LENGTH_DEFAULT: u32 = 1;
/// Precision of DECIMAL without one (`sql.md` §2).
const DECIMAL_PRECISION_DEFAULT: u8 = 18;

impl Kda {
    /// A type and its place.
    pub(super) fn type_name(&self, p: &mut Parser) -> Parsed<(SqlType, Span)> {
        let start = self.start(p);
        let ty = self.type_body(p)?;
        Ok((ty, self.since(p, start)))
    }

    /// A type that a column or parameter may have: INTERVAL is for expressions only.
    pub(super) fn stored_type(&self, p: &mut Parser) -> Parsed<(SqlType, Span)> {
        let (ty, span) = self.type_name(p)?;
        if ty.is_interval() {
            self.report(
                Diagnostic::invalid(span, "INTERVAL cannot be the type of a stream's column")
                    .with_hint("keep the number of seconds in a BIGINT or DOUBLE column"),
            );
            return Ok((SqlType::Null, span));
        }
        Ok((ty, span))
    }

    fn type_body(&self, p: &mut Parser) -> Parsed<SqlType> {
        let Some(word) = self.peek(p).word().map(str::to_owned) else {
            return self.unexpected(p, "a type");
        };
        let simple = match word.as_str() {
            "BOOLEAN" => Some(SqlType::Boolean),
            "TINYINT" => Some(SqlType::TinyInt),
            "SMALLINT" => Some(SqlType::SmallInt),
            "INTEGER" | "INT" => Some(SqlType::Integer),
            "BIGINT" => Some(SqlType::BigInt),
            "REAL" => Some(SqlType::Real),
            "FLOAT" => Some(SqlType::Double),
            "DATE" => Some(SqlType::Date),
            _ => None,
        };
        if let Some(ty) = simple {
            self.advance(p);
            return Ok(ty);
        }
        match word.as_str() {
            "DOUBLE" => {
                self.advance(p);
                self.take_word(p, "PRECISION");
                Ok(SqlType::Double)
            }
            "DECIMAL" | "DEC" | "NUMERIC" => {
                self.advance(p);
                self.decimal(p)
            }
            "TIME" | "TIMESTAMP" => self.clock_type(p, word == "TIME"),
            "CHAR" | "CHARACTER" | "VARCHAR" | "BINARY" | "VARBINARY" => {
                self.advance(p);
                self.sized(p, &word)
            }
            "INTERVAL" => {
                self.advance(p);
                Ok(SqlType::Interval(self.qualifier(p)?))
            }
            _ => self.foreign_type(p, &word),
        }
    }

    fn sized(&self, p: &mut Parser, word: &str) -> Parsed<SqlType> {
        let binary = word.ends_with("BINARY");
        let varying = word.starts_with("VAR") || self.take_word(p, "VARYING");
        let default = if varying {
            VARYING_LENGTH_DEFAULT
        } else {
            FIXED_LENGTH_DEFAULT
        };
        let mut length = default;
        if self.take_symbol(p, "(") {
            let what = format!(
                "Length of {}",
                if varying && !word.starts_with("VAR") {
                    "VARCHAR"
                } else {
                    word
                }
            );
            length = self.number(p, &what, 1, LENGTH_MAX)?;
            self.expect_symbol(p, ")")?;
        }
        Ok(match (binary, varying) {
            (false, false) => SqlType::Char(length),
            (false, true) => SqlType::Varchar(length),
            (true, false) => SqlType::Binary(length),
            (true, true) => SqlType::Varbinary(length),
        })
    }

    fn decimal(&self, p: &mut Parser) -> Parsed<SqlType> {
        let (mut precision, mut scale) = (DECIMAL_PRECISION_DEFAULT, 0);
        if self.take_symbol(p, "(") {
            let most = u32::from(DECIMAL_PRECISION_MAX);
            precision = narrow(self.number(p, "Precision of DECIMAL", 1, most)?);
            if self.take_symbol(p, ",") {
                scale = narrow(self.number(p, "Scale of DECIMAL", 0, u32::from(precision))?);
            }
            self.expect_symbol(p, ")")?;
        }
        Ok(SqlType::Decimal { precision, scale })
    }

    /// TIME and TIMESTAMP count milliseconds always; a written precision changes nothing (`sql.md` §2).
    fn clock_type(&self, p: &mut Parser, time: bool) -> Parsed<SqlType> {
        self.advance(p);
        if self.take_symbol(p, "(") {
            self.number(p, "Precision of a time", 0, 9)?;
            self.expect_symbol(p, ")")?;
        }
        if self.at_word(p, "WITH") && self.peek_at(p, 1).is_word("TIME") {
            return self.refuse(
                self.peek(p).span,
                "WITH TIME ZONE",
                "times are always in UTC; remove it",
            );
        }
        let _: bool = self.take_words(p, &["WITHOUT", "TIME", "ZONE"]);
        Ok(if time { SqlType::Time } else { SqlType::Timestamp })
    }

    fn number(&self, p: &mut Parser, what: &str, low: u32, high: u32) -> Parsed<u32> {
        let token = self.peek(p);
        let TokenKind::Number(written) = &token.kind else {
            return self.unexpected(p, "a number");
        };
        let value = written.parse::<u32>().ok().filter(|n| (low..=high).contains(n));
        if value.is_none() {
            self.report(Diagnostic::invalid(
                token.span,
                format!("{what} must be between {low} and {high}, not {written}"),
            ));
        }
        self.advance(p);
        Ok(value.unwrap_or(high))
    }

    /// A type of other products: refused, and read as one that nobody knows, so that the types behind it are
    /// checked as well.
    fn foreign_type(&self, p: &mut Parser, word: &str) -> Parsed<SqlType> {
        const NESTED: &str = "map the fields of an object to columns in the input schema";
        let instead = match word {
            "STRING" | "TEXT" | "NVARCHAR" | "VARCHAR2" | "CLOB" | "UUID" => "VARCHAR(n)",
            "DATETIME" | "TIMESTAMPTZ" => "TIMESTAMP",
            "BOOL" | "BIT" => "BOOLEAN",
            "NUMBER" | "MONEY" => "DECIMAL(p, s)",
            "LONG" | "INT64" | "INT8" => "BIGINT",
            "INT32" | "INT4" => "INTEGER",
            "FLOAT64" | "FLOAT8" => "DOUBLE",
            "BLOB" | "BYTES" | "BYTEA" => "VARBINARY(n)",
            "JSON" | "OBJECT" | "ARRAY" | "MAP" | "STRUCT" | "RECORD" => "",
            _ => return self.unexpected(p, "a type"),
        };
        let hint = match instead {
            "" => NESTED.to_owned(),
            instead => format!("did you mean {instead}?"),
        };
        let message = format!("{word} is not a type of the dialect");
        self.report(Diagnostic::not_supported(self.peek(p).span, message).with_hint(hint));
        self.advance(p);
        if self.take_symbol(p, "(") {
            while !self.at_end(p) && !self.take_symbol(p, ")") {
                self.advance(p);
            }
        }
        Ok(SqlType::Null)
    }
}

fn narrow(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(DECIMAL_PRECISION_MAX)
}
