//! AWS InputSchema (`application.md` §5): format, delimiters, row path, columns with types and mappings.
//!
//! Read with tolerance: members that no model has are ignored and warned about, as is a wrapper such as
//! `{"InputSchema": …}`; what is needed and missing or wrong is refused with the member's name.

use std::path::Path as FilePath;

use rowtime_engine::plan::{Field, SYSTEM_COLUMNS, Stream};
use rowtime_engine::types::{DECIMAL_PRECISION_MAX, LENGTH_MAX, SqlType};
use serde_json::{Map, Value};

use crate::format::csv::fields::Delimiters;
use crate::format::json::path::{self, Path};
use crate::source::InvocationError;
use crate::uri::FormatName;

mod json;

/// A column of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaColumn {
    /// Its stored name.
    pub name: String,
    /// Its type.
    pub ty: SqlType,
    /// Its path from the row root (JSON).
    pub mapping: Option<Path>,
}

/// What an InputSchema says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputSchema {
    /// RecordFormatType.
    pub format: FormatName,
    /// RecordRowPath.
    pub row_path: Path,
    /// Delimiters of CSV.
    pub delimiters: Delimiters,
    /// RecordColumns.
    pub columns: Vec<SchemaColumn>,
    /// What was ignored.
    pub warnings: Vec<String>,
}

impl InputSchema {
    /// Reads the schema from a file.
    pub fn load(file: &FilePath) -> Result<Self, InvocationError> {
        let place = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|e| InvocationError(format!("cannot read the schema {place}: {e}")))?;
        Self::parse(&text).map_err(|e| InvocationError(format!("schema {place}: {e}")))
    }

    /// Reads the schema from its JSON text.
    pub fn parse(text: &str) -> Result<Self, InvocationError> {
        let value: Value = serde_json::from_str(text).map_err(|e| refuse(format!("not valid JSON: {e}")))?;
        let wrapped = ["InputSchema", "ReferenceSchema", "SourceSchema"]
            .iter()
            .find_map(|w| value.get(w));
        let Some(schema) = wrapped.unwrap_or(&value).as_object() else {
            return Err(refuse("an InputSchema is an object"));
        };
        let mut warnings = Vec::new();
        warn(
            &mut warnings,
            schema,
            "",
            &["RecordFormat", "RecordEncoding", "RecordColumns"],
        );
        match schema.get("RecordEncoding").and_then(Value::as_str) {
            None => {}
            Some(e) if e.eq_ignore_ascii_case("UTF-8") => {}
            Some(e) => warnings.push(format!(
                "RecordEncoding {e} is ignored; records are read as UTF-8"
            )),
        }
        let record_format = schema.get("RecordFormat").and_then(Value::as_object);
        let record_format = record_format.ok_or_else(|| refuse("RecordFormat is missing"))?;
        warn(
            &mut warnings,
            record_format,
            "RecordFormat.",
            &["RecordFormatType", "MappingParameters"],
        );
        let format = match record_format.get("RecordFormatType").and_then(Value::as_str) {
            Some(t) if t.eq_ignore_ascii_case("JSON") => FormatName::Json,
            Some(t) if t.eq_ignore_ascii_case("CSV") => FormatName::Csv,
            Some(t) => return Err(refuse(format!("RecordFormatType {t} is neither JSON nor CSV"))),
            None => return Err(refuse("RecordFormat.RecordFormatType is missing")),
        };
        let parameters = record_format.get("MappingParameters");
        let row_path = row_path(parameters)?;
        let delimiters = delimiters(parameters)?;
        let columns = columns(schema.get("RecordColumns"), format, &mut warnings)?;
        Ok(Self {
            format,
            row_path,
            delimiters,
            columns,
            warnings,
        })
    }

    /// The stream that the schema describes.
    pub fn stream(&self, name: &str) -> Stream {
        let columns = self.columns.iter().map(|c| (c.name.clone(), c.ty));
        stream(name, columns.collect())
    }
}

/// A stream fed from outside with these columns: the system columns come behind, unless a column hides them.
pub fn stream(name: &str, columns: Vec<(String, SqlType)>) -> Stream {
    let field = |(name, ty)| Field {
        name,
        ty,
        not_null: false,
    };
    let mut fields: Vec<Field> = columns.into_iter().map(field).collect();
    let declared = fields.len();
    for (name, ty) in SYSTEM_COLUMNS {
        if !fields.iter().any(|f| f.name == name) {
            fields.push(field((name.to_owned(), ty)));
        }
    }
    Stream {
        name: name.to_owned(),
        fields,
        declared,
        is_external: true,
        span: rowtime_engine::diagnostic::Span::default(),
    }
}

fn refuse(message: impl Into<String>) -> InvocationError {
    InvocationError(message.into())
}

fn warn(warnings: &mut Vec<String>, object: &Map<String, Value>, place: &str, known: &[&str]) {
    for name in object.keys().filter(|k| !known.contains(&k.as_str())) {
        warnings.push(format!("unknown member {place}{name} is ignored"));
    }
}

fn row_path(parameters: Option<&Value>) -> Result<Path, InvocationError> {
    let text = parameters.and_then(|p| p.get("JSONMappingParameters")?.get("RecordRowPath")?.as_str());
    path::parse(text.unwrap_or("$")).map_err(|e| refuse(format!("RecordRowPath: {e}")))
}

fn delimiters(parameters: Option<&Value>) -> Result<Delimiters, InvocationError> {
    let csv = parameters.and_then(|p| p.get("CSVMappingParameters"));
    let text = |name: &str| csv.and_then(|c| c.get(name)?.as_str());
    let default = Delimiters::default();
    let row = match text("RecordRowDelimiter") {
        Some("\r\n" | "\\r\\n" | "\\n") => b'\n',
        other => single_byte("RecordRowDelimiter", other, default.row)?,
    };
    let column = match text("RecordColumnDelimiter") {
        Some("\\t") => b'\t',
        other => single_byte("RecordColumnDelimiter", other, default.column)?,
    };
    if row == column || row == b'"' || column == b'"' {
        return Err(refuse(
            "the row delimiter, the column delimiter and the quote must differ",
        ));
    }
    Ok(Delimiters { column, row })
}

fn single_byte(name: &str, text: Option<&str>, default: u8) -> Result<u8, InvocationError> {
    match text.map(str::as_bytes) {
        None => Ok(default),
        Some([byte]) => Ok(*byte),
        Some(_) => Err(refuse(format!(
            "a {name} of other than one byte is not implemented yet"
        ))),
    }
}

fn columns(
    value: Option<&Value>,
    format: FormatName,
    warnings: &mut Vec<String>,
) -> Result<Vec<SchemaColumn>, InvocationError> {
    let list = value.and_then(Value::as_array).filter(|l| !l.is_empty());
    let list = list.ok_or_else(|| refuse("RecordColumns is missing or empty"))?;
    let mut out: Vec<SchemaColumn> = Vec::with_capacity(list.len());
    for (i, column) in list.iter().enumerate() {
        let member = |name: &str| column.get(name).and_then(Value::as_str);
        let name = member("Name").ok_or_else(|| refuse(format!("RecordColumns[{i}] has no Name")))?;
        let place = |e: String| refuse(format!("column {name}: {e}"));
        if let Some(object) = column.as_object() {
            warn(
                warnings,
                object,
                &format!("RecordColumns[{i}]."),
                &["Name", "Mapping", "SqlType"],
            );
        }
        let ty = member("SqlType").ok_or_else(|| place("SqlType is missing".to_owned()))?;
        let ty = sql_type(ty).ok_or_else(|| place(format!("unknown SqlType {ty}")))?;
        let mapping = match (format, member("Mapping")) {
            (FormatName::Csv, _) => None,
            (FormatName::Json, None) => {
                return Err(place("a JSON column needs a Mapping such as $.name".to_owned()));
            }
            (FormatName::Json, Some(text)) => Some(path::parse(text).map_err(place)?),
        };
        if out.iter().any(|c| c.name == name) {
            return Err(place("is there twice".to_owned()));
        }
        out.push(SchemaColumn {
            name: name.to_owned(),
            ty,
            mapping,
        });
    }
    Ok(out)
}

/// Reads the text of a column's type, in any letter case (`sql.md` §2).
pub fn sql_type(text: &str) -> Option<SqlType> {
    let upper = text.trim().to_ascii_uppercase();
    let (name, arguments) = match upper.split_once('(') {
        Some((name, rest)) => (name, Some(rest.trim_end().strip_suffix(')')?)),
        None => (upper.as_str(), None),
    };
    let name: Vec<&str> = name.split_whitespace().collect();
    let arguments: Vec<u32> = match arguments {
        Some(list) => list
            .split(',')
            .map(|n| n.trim().parse().ok())
            .collect::<Option<_>>()?,
        None => Vec::new(),
    };
    let length = |default: u32| match arguments.as_slice() {
        [] => Some(default),
        [n] if (1..=LENGTH_MAX).contains(n) => Some(*n),
        _ => None,
    };
    let bare = |ty| arguments.is_empty().then_some(ty);
    match name.join(" ").as_str() {
        "BOOLEAN" => bare(SqlType::Boolean),
        "TINYINT" => bare(SqlType::TinyInt),
        "SMALLINT" => bare(SqlType::SmallInt),
        "INTEGER" | "INT" => bare(SqlType::Integer),
        "BIGINT" => bare(SqlType::BigInt),
        "REAL" => bare(SqlType::Real),
        "DOUBLE" | "DOUBLE PRECISION" | "FLOAT" => bare(SqlType::Double),
        "DECIMAL" | "DEC" | "NUMERIC" => decimal(&arguments),
        "CHAR" | "CHARACTER" => Some(SqlType::Char(length(1)?)),
        "VARCHAR" | "CHARACTER VARYING" | "CHAR VARYING" => Some(SqlType::Varchar(length(LENGTH_MAX)?)),
        "BINARY" => Some(SqlType::Binary(length(1)?)),
        "VARBINARY" | "BINARY VARYING" => Some(SqlType::Varbinary(length(LENGTH_MAX)?)),
        "DATE" => bare(SqlType::Date),
        "TIME" => (arguments.len() <= 1).then_some(SqlType::Time),
        "TIMESTAMP" => (arguments.len() <= 1).then_some(SqlType::Timestamp),
        _ => None,
    }
}

fn decimal(arguments: &[u32]) -> Option<SqlType> {
    let (precision, scale) = match arguments {
        [] => (18, 0),
        [p] => (*p, 0),
        [p, s] => (*p, *s),
        _ => return None,
    };
    let precision = u8::try_from(precision)
        .ok()
        .filter(|p| (1..=DECIMAL_PRECISION_MAX).contains(p))?;
    let scale = u8::try_from(scale).ok().filter(|s| *s <= precision)?;
    Some(SqlType::Decimal { precision, scale })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_becomes_a_stream() {
        let schema = InputSchema::parse(
            r#"{"RecordEncoding":"UTF-8","RecordFormat":{"RecordFormatType":"JSON","MappingParameters":
            {"JSONMappingParameters":{"RecordRowPath":"$.event"}}},"Extra":1,"RecordColumns":[
            {"Name":"door","SqlType":"integer","Mapping":"$.door","IsDropped":false},
            {"Name":"SHARD_ID","SqlType":"VARCHAR (20)","Mapping":"$.shard"}]}"#,
        )
        .unwrap();
        assert_eq!(schema.row_path, path::parse("$.event").unwrap());
        assert_eq!(schema.warnings.len(), 2);
        let stream = schema.stream("S");
        assert_eq!(stream.declared, 2);
        assert_eq!(stream.fields.len(), 5);
        assert_eq!(stream.fields[1].ty, SqlType::Varchar(20));
    }

    #[test]
    fn types_are_read_in_any_case() {
        for (text, ty) in [
            ("varchar(16)", Some(SqlType::Varchar(16))),
            (
                "DECIMAL(5,2)",
                Some(SqlType::Decimal {
                    precision: 5,
                    scale: 2,
                }),
            ),
            (
                "NUMERIC",
                Some(SqlType::Decimal {
                    precision: 18,
                    scale: 0,
                }),
            ),
            ("double  precision", Some(SqlType::Double)),
            ("FLOAT", Some(SqlType::Double)),
            ("TIMESTAMP(3)", Some(SqlType::Timestamp)),
            ("VARCHAR(0)", None),
            ("DECIMAL(40,2)", None),
            ("INTEGER(4)", None),
            ("TEXT", None),
        ] {
            assert_eq!(sql_type(text), ty, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, message) in [
            ("[", "not valid JSON"),
            ("{}", "RecordFormat is missing"),
            (
                r#"{"RecordFormat":{"RecordFormatType":"XML"}}"#,
                "neither JSON nor CSV",
            ),
            (
                r#"{"RecordFormat":{"RecordFormatType":"CSV"}}"#,
                "RecordColumns is missing",
            ),
            (
                r#"{"RecordFormat":{"RecordFormatType":"JSON"},"RecordColumns":[{"Name":"a","SqlType":"INT"}]}"#,
                "column a: a JSON column needs a Mapping",
            ),
            (
                r#"{"RecordFormat":{"RecordFormatType":"CSV","MappingParameters":{"CSVMappingParameters":
                {"RecordColumnDelimiter":"||"}}},"RecordColumns":[{"Name":"a","SqlType":"INT"}]}"#,
                "not implemented yet",
            ),
        ] {
            let e = InputSchema::parse(text).unwrap_err().to_string();
            assert!(e.contains(message), "{e}");
        }
    }
}
