//! AWS InputSchema (`application.md` §5): format, delimiters, row path, columns with types and mappings.
//!
//! Read with tolerance: names of members may be in any letter case, a byte order mark may stand in front, members that no
//! model has are ignored and warned about, and there may be a wrapper such as `{"InputSchema": …}`; what is needed and
//! missing or wrong is refused with the member's name.

use std::io;
use std::path::Path as FilePath;

use encoding_rs::Encoding;
use rowtime_engine::plan::{Field, SYSTEM_COLUMNS, Stream};
use rowtime_engine::types::{DECIMAL_PRECISION_MAX, LENGTH_MAX, SqlType};
use serde_json::{Map, Value};

use crate::format::csv::delimiters::Delimiters;
use crate::format::json::path::{self, Path, Segment};
use crate::format::json::shape::Shape;
use crate::source::{InvocationError, encoding};
use crate::uri::FormatName;

mod json;

/// Most columns that the service took (`application.md` §17).
const COLUMNS_MAX: usize = 1_000;

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
    /// RecordEncoding, where it is said.
    pub encoding: Option<&'static Encoding>,
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
        let text = std::fs::read(file).and_then(text_of);
        let text = text.map_err(|e| InvocationError(format!("cannot read the schema {place}: {e}")))?;
        Self::parse(&text).map_err(|e| InvocationError(format!("schema {place}: {e}")))
    }

    /// Reads the schema from its JSON text.
    pub fn parse(text: &str) -> Result<Self, InvocationError> {
        let value: Value = serde_json::from_str(text).map_err(|e| refuse(format!("not valid JSON: {e}")))?;
        let wrapped = ["InputSchema", "ReferenceSchema", "SourceSchema"]
            .iter()
            .find_map(|w| member(value.as_object()?, w));
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
        let encoding = text_member(schema, "RecordEncoding")?
            .map(|name| encoding::named(name).map_err(|e| refuse(format!("RecordEncoding: {e}"))))
            .transpose()?;
        let record_format =
            object_member(schema, "RecordFormat")?.ok_or_else(|| refuse("RecordFormat is missing"))?;
        warn(
            &mut warnings,
            record_format,
            "RecordFormat.",
            &["RecordFormatType", "MappingParameters"],
        );
        let format = match text_member(record_format, "RecordFormatType")? {
            Some(t) if t.eq_ignore_ascii_case("JSON") => FormatName::Json,
            Some(t) if t.eq_ignore_ascii_case("CSV") => FormatName::Csv,
            Some(t) => return Err(refuse(format!("RecordFormatType {t} is neither JSON nor CSV"))),
            None => return Err(refuse("RecordFormat.RecordFormatType is missing")),
        };
        let parameters = object_member(record_format, "MappingParameters")?;
        if let Some(parameters) = parameters {
            let known = ["JSONMappingParameters", "CSVMappingParameters"];
            warn(&mut warnings, parameters, "MappingParameters.", &known);
        }
        let row_path = row_path(parameters)?;
        let delimiters = delimiters(parameters)?;
        let columns = columns(member(schema, "RecordColumns"), format, &mut warnings)?;
        Shape::check(
            columns
                .iter()
                .filter_map(|c| Some((c.name.as_str(), c.mapping.as_ref()?))),
        )?;
        Ok(Self {
            format,
            row_path,
            encoding,
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
    let is_known = |name: &String| known.iter().any(|k| k.eq_ignore_ascii_case(name));
    for name in object.keys().filter(|k| !is_known(k)) {
        warnings.push(format!("unknown member {place}{name} is ignored"));
    }
}

/// The text of a file; a byte order mark says how it is encoded, as editors on Windows write it.
fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    match Encoding::for_bom(&bytes) {
        Some((encoding, _)) => Ok(encoding.decode(&bytes).0.into_owned()),
        None => String::from_utf8(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e)),
    }
}

/// A member: exactly, else in any letter case (`application.md` §1).
fn member<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let alike = || object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    object.get(name).or_else(|| alike().map(|(_, value)| value))
}

fn row_path(parameters: Option<&Map<String, Value>>) -> Result<Path, InvocationError> {
    let json = parameters.map_or(Ok(None), |p| object_member(p, "JSONMappingParameters"))?;
    let text = json.map_or(Ok(None), |j| text_member(j, "RecordRowPath"))?;
    let path = path::parse(text.unwrap_or("$")).map_err(|e| refuse(format!("RecordRowPath: {e}")))?;
    let walked = path.len().saturating_sub(1);
    if path.iter().take(walked).any(|s| matches!(s, Segment::Slice(..))) {
        return Err(refuse(
            "RecordRowPath goes on behind an array, which is not supported: end it in the array whose elements are the \
             rows ($.orders[0:])",
        ));
    }
    Ok(path)
}

fn delimiters(parameters: Option<&Map<String, Value>>) -> Result<Delimiters, InvocationError> {
    let csv = parameters.map_or(Ok(None), |p| object_member(p, "CSVMappingParameters"))?;
    let names = ("RecordColumnDelimiter", "RecordRowDelimiter");
    let text = |name| csv.map_or(Ok(None), |c| text_member(c, name));
    Delimiters::new(text(names.0)?, text(names.1)?, names).map_err(refuse)
}

/// A member that is text; nothing if it is absent or null.
fn text_member<'v>(object: &'v Map<String, Value>, name: &str) -> Result<Option<&'v str>, InvocationError> {
    match member(object, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(refuse(format!("{name} is not a text"))),
    }
}

/// A member that is an object; nothing if it is absent or null.
fn object_member<'v>(
    object: &'v Map<String, Value>,
    name: &str,
) -> Result<Option<&'v Map<String, Value>>, InvocationError> {
    match member(object, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members)),
        Some(_) => Err(refuse(format!("{name} is not an object"))),
    }
}

fn columns(
    value: Option<&Value>,
    format: FormatName,
    warnings: &mut Vec<String>,
) -> Result<Vec<SchemaColumn>, InvocationError> {
    let list = value.and_then(Value::as_array).filter(|l| !l.is_empty());
    let list = list.ok_or_else(|| refuse("RecordColumns is missing or empty"))?;
    if list.len() > COLUMNS_MAX {
        warnings.push(format!(
            "{} columns; the service took at most {COLUMNS_MAX}",
            list.len()
        ));
    }
    let mut out: Vec<SchemaColumn> = Vec::with_capacity(list.len());
    for (i, column) in list.iter().enumerate() {
        let Some(column) = column.as_object() else {
            return Err(refuse(format!("RecordColumns[{i}] is not an object")));
        };
        let name = text_member(column, "Name").and_then(|n| n.ok_or_else(|| refuse("Name is missing")));
        let name = name.map_err(|e| refuse(format!("RecordColumns[{i}]: {e}")))?;
        let place = |e: String| refuse(format!("column {name}: {e}"));
        let known = ["Name", "Mapping", "SqlType"];
        warn(warnings, column, &format!("RecordColumns[{i}]."), &known);
        let ty = text_member(column, "SqlType").map_err(|e| place(e.0))?;
        let ty = ty.ok_or_else(|| place("SqlType is missing".to_owned()))?;
        let ty = sql_type(ty).ok_or_else(|| place(format!("unknown SqlType {ty}")))?;
        let mapping = match format {
            FormatName::Csv => None,
            FormatName::Json => match text_member(column, "Mapping").map_err(|e| place(e.0))? {
                None => return Err(place("a JSON column needs a Mapping such as $.name".to_owned())),
                Some(text) => Some(path::parse(text).map_err(place)?),
            },
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
    fn members_may_be_in_any_case_and_files_begin_with_a_byte_order_mark() {
        let text = r#"{"inputSchema":{"recordFormat":{"recordFormatType":"csv","mappingParameters":
            {"csvMappingParameters":{"recordColumnDelimiter":"|"}}},"recordColumns":[{"name":"a","sqlType":"INTEGER"}]}}"#;
        let utf16 = |to: fn(u16) -> [u8; 2]| {
            std::iter::once(0xfeff)
                .chain(text.encode_utf16())
                .flat_map(to)
                .collect()
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("schema.json");
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            std::fs::write(&file, bytes).unwrap();
            let schema = InputSchema::load(&file).unwrap();
            assert_eq!(
                (schema.format, schema.delimiters.column()),
                (FormatName::Csv, &b"|"[..])
            );
            assert_eq!(
                (schema.columns[0].name.as_str(), schema.columns[0].ty),
                ("a", SqlType::Integer)
            );
            assert_eq!(schema.warnings, Vec::<String>::new());
        }
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
                {"RecordColumnDelimiter":5}}},"RecordColumns":[{"Name":"a","SqlType":"INT"}]}"#,
                "RecordColumnDelimiter is not a text",
            ),
            (
                r#"{"RecordFormat":{"RecordFormatType":"CSV","MappingParameters":{"CSVMappingParameters":
                {"RecordColumnDelimiter":"\n"}}},"RecordColumns":[{"Name":"a","SqlType":"INT"}]}"#,
                "RecordColumnDelimiter and RecordRowDelimiter are the same",
            ),
            (
                r#"{"RecordEncoding":"EBCDIC","RecordFormat":{"RecordFormatType":"CSV"}}"#,
                "RecordEncoding: encoding EBCDIC is unknown",
            ),
            (r#"{"RecordFormat":"JSON"}"#, "RecordFormat is not an object"),
            (
                r#"{"RecordFormat":{"RecordFormatType":"CSV"},"RecordColumns":["a"]}"#,
                "RecordColumns[0] is not an object",
            ),
            (
                r#"{"RecordFormat":{"RecordFormatType":"CSV"},"RecordColumns":[{"SqlType":"INT"}]}"#,
                "RecordColumns[0]: Name is missing",
            ),
            (
                r#"{"RecordFormat":{"RecordFormatType":"CSV"},"RecordColumns":[{"Name":"a","SqlType":"TEXT"}]}"#,
                "column a: unknown SqlType TEXT",
            ),
            (
                r#"{"RecordFormat":{"RecordFormatType":"JSON","MappingParameters":{"JSONMappingParameters":
                {"RecordRowPath":"$.a[0:].b"}}},"RecordColumns":[{"Name":"a","SqlType":"INT","Mapping":"$.a"}]}"#,
                "RecordRowPath goes on behind an array",
            ),
        ] {
            let e = InputSchema::parse(text).unwrap_err().to_string();
            assert!(e.contains(message), "{e}");
        }
    }
}
