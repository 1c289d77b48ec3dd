//! An InputSchema as AWS's tools print it, which [`InputSchema::parse`](super::InputSchema::parse) reads.

use encoding_rs::UTF_8;
use serde::Serialize as _;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Value, json};

use super::InputSchema;
use crate::format::json::path;
use crate::uri::FormatName;

impl InputSchema {
    /// Its JSON text. AWS had no Parquet: the columns of such a file are said as those of JSON, by their paths.
    pub fn to_json(&self) -> String {
        self.json_with_line_end(&String::from_utf8_lossy(self.delimiters.row()))
    }

    /// The same, with what ends the lines of CSV.
    pub fn json_with_line_end(&self, line_end: &str) -> String {
        let (name, parameters) = match self.format {
            FormatName::Csv => (
                "CSV",
                json!({"CSVMappingParameters": {
                    "RecordRowDelimiter": line_end,
                    "RecordColumnDelimiter": String::from_utf8_lossy(self.delimiters.column()),
                }}),
            ),
            FormatName::Json => {
                let root = path::text(&self.row_path).unwrap_or_else(|| "$".to_owned());
                ("JSON", json!({"JSONMappingParameters": {"RecordRowPath": root}}))
            }
        };
        let columns = self.columns.iter().map(|column| {
            let mut out = Map::new();
            out.insert("Name".to_owned(), column.name.clone().into());
            if let Some(text) = column.mapping.as_deref().and_then(path::text) {
                out.insert("Mapping".to_owned(), text.into());
            }
            out.insert("SqlType".to_owned(), column.ty.to_string().into());
            Value::Object(out)
        });
        let columns: Vec<Value> = columns.collect();
        let schema = json!({
            "RecordFormat": {"RecordFormatType": name, "MappingParameters": parameters},
            "RecordEncoding": self.encoding.unwrap_or(UTF_8).name(),
            "RecordColumns": columns,
        });
        let mut out = Vec::new();
        let mut serializer =
            serde_json::Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(b"    "));
        // Writing a value to memory does not fail.
        let _ = schema.serialize(&mut serializer);
        String::from_utf8(out).unwrap_or_default() + "\n"
    }
}
