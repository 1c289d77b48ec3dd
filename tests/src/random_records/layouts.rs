//! Random ways to read records: by schemas of both formats, or by the names of columns.

use fastrand::Rng;
use rowtime_engine::types::SqlType;

use super::one;

const TYPES: [&str; 15] = [
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "DECIMAL(5,2)",
    "DECIMAL(19,5)",
    "REAL",
    "DOUBLE",
    "BOOLEAN",
    "CHAR(3)",
    "VARCHAR(12)",
    "DATE",
    "TIME",
    "TIMESTAMP",
    "VARBINARY(3)",
];

const ROW_PATHS: [&str; 8] = ["$", "$", "$", "$.a", "$.a[0:]", "$[0:]", "$.b[1:3]", "$..c"];

const MAPPINGS: [&str; 16] = [
    "$",
    "$.a",
    "$.b",
    "$.c",
    "$.a.b",
    "$.b.c.a",
    "$.a[0:]",
    "$.a[1]",
    "$.b[1:2]",
    "$.a[0:].b",
    "$.a[0:].c.a",
    "$.b[0:].a",
    "$..c",
    "$['x y']",
    "$.é",
    "$[0]",
];

/// Column and row delimiters.
const DELIMITERS: [(&str, &str); 8] = [
    (",", "\\n"),
    ("|", "\\n"),
    ("\\t", "\\r\\n"),
    ("|~|", "\\n"),
    ("é", "¶"),
    ("ab", "abc"),
    (" ", ";"),
    ("~", "~~"),
];

/// How the records of an object are read.
#[derive(Debug)]
pub struct Layout {
    /// An InputSchema, unless columns are found by name.
    pub schema: Option<String>,
    /// The columns without a schema.
    pub columns: Vec<(String, SqlType)>,
    /// Parameters of the URI.
    pub parameters: String,
    /// Column and row delimiter of CSV.
    pub csv: Option<(String, String)>,
}

/// Any layout.
pub fn random(rng: &mut Rng) -> Layout {
    let is_csv = rng.u32(..3) == 0;
    let clock = one(rng, &["", "", "rowtime=a", "rowtime=now"]);
    if rng.u32(..3) == 0 {
        return by_name(rng, is_csv, clock);
    }
    let count = 1 + rng.usize(..4);
    let columns: Vec<String> = (0..count).map(|i| column(rng, i)).collect();
    let (format, csv) = if is_csv {
        let (column, row) = DELIMITERS[rng.usize(..DELIMITERS.len())];
        let text = format!(
            r#""CSV","MappingParameters":{{"CSVMappingParameters":{{"RecordColumnDelimiter":"{}","RecordRowDelimiter":"{}"}}}}"#,
            column.replace('\\', "\\\\"),
            row.replace('\\', "\\\\"),
        );
        (text, Some((spelled(column), spelled(row))))
    } else {
        let path = one(rng, &ROW_PATHS);
        let text =
            format!(r#""JSON","MappingParameters":{{"JSONMappingParameters":{{"RecordRowPath":"{path}"}}}}"#);
        (text, None)
    };
    Layout {
        schema: Some(format!(
            r#"{{"RecordFormat":{{"RecordFormatType":{format}}},"RecordColumns":[{}]}}"#,
            columns.join(",")
        )),
        columns: Vec::new(),
        parameters: clock.to_owned(),
        csv,
    }
}

fn column(rng: &mut Rng, i: usize) -> String {
    let name = ["a", "c1", "c2", "c3"][i.min(3)];
    let (ty, mapping) = (one(rng, &TYPES), one(rng, &MAPPINGS));
    format!(r#"{{"Name":"{name}","SqlType":"{ty}","Mapping":"{mapping}"}}"#)
}

fn by_name(rng: &mut Rng, is_csv: bool, clock: &str) -> Layout {
    let count = 1 + rng.usize(..4);
    let column = |i: usize| {
        let ty = rowtime_connectors::schema::sql_type(one(rng, &TYPES)).unwrap_or(SqlType::Integer);
        (["a", "B", "c", "x y"][i.min(3)].to_owned(), ty)
    };
    let columns = (0..count).map(column).collect();
    let mut parameters = vec![if is_csv { "format=csv" } else { "format=json" }.to_owned()];
    if !clock.is_empty() {
        parameters.push(clock.to_owned());
    }
    let mut csv = None;
    if is_csv {
        let (column, row) = DELIMITERS[rng.usize(..DELIMITERS.len())];
        parameters.push(format!("delimiter={column}"));
        parameters.push(format!("row_delimiter={row}"));
        let header = one(rng, &["", "header=true", "header=false"]);
        if !header.is_empty() {
            parameters.push(header.to_owned());
        }
        csv = Some((spelled(column), spelled(row)));
    }
    Layout {
        schema: None,
        columns,
        parameters: parameters.join("&"),
        csv,
    }
}

fn spelled(delimiter: &str) -> String {
    delimiter
        .replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\\t", "\t")
}
