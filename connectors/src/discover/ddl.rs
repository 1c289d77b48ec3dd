//! CREATE STREAM for what was found, with how to run it above.

use std::fmt::Write as _;
use std::path::Path;

use rowtime_engine::sql::IDENTIFIER_MAX;

use super::Discovered;
use super::naming::in_sql;
use super::notes::counted;
use crate::format::csv::delimiters::Delimiters;
use crate::uri::{FormatName, ObjectFormat, Place};

/// Every application has this one already.
const ERROR_STREAM: &str = "ERROR_STREAM";

/// The stream of an application whose owner named none.
const STREAM: &str = "SOURCE_SQL_STREAM_001";

/// A name for the stream: after the file, where that is a name.
pub fn stream_name(place: &Place) -> String {
    let path = match place {
        Place::Standard => return STREAM.to_owned(),
        Place::Path(path) => path,
        Place::Local(address) => address.name(),
    };
    let file = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
    let stem = file.split('.').next().unwrap_or_default().to_uppercase();
    let is_name = |(i, b): (usize, u8)| b.is_ascii_uppercase() || b == b'_' || (i > 0 && b.is_ascii_digit());
    let is_free = stem != ERROR_STREAM && (1..=IDENTIFIER_MAX).contains(&stem.len());
    if !is_free || !stem.bytes().enumerate().all(is_name) {
        return STREAM.to_owned();
    }
    stem
}

/// The parameters with which a run reads what was found; `schema` is the file of the printed schema, if one is used.
pub fn uri(uri: &str, found: &Discovered, schema: Option<&str>) -> String {
    let mut out = match schema {
        // The schema says what separates.
        Some(_) => without_delimiters(uri),
        None => uri.to_owned(),
    };
    let mut add = |parameter: &str| {
        let joint = if out.contains('?') { '&' } else { '?' };
        let name = parameter.split('=').next().unwrap_or_default();
        let known = out
            .split(['?', '&'])
            .skip(1)
            .any(|p| p.split('=').next() == Some(name));
        if !known {
            let _ = write!(out, "{joint}{parameter}");
        }
    };
    if let Some(file) = schema {
        add(&format!("schema={file}"));
    }
    let column = found.schema.delimiters.column();
    if schema.is_none() && column != Delimiters::default().column() {
        add(&format!(
            "delimiter={}",
            String::from_utf8_lossy(column).replace('\t', "\\t")
        ));
    }
    if found.header.is_some() {
        add("header=true");
    }
    if found.clock_is_bad {
        add("rowtime=now");
    }
    out
}

fn without_delimiters(uri: &str) -> String {
    let Some((path, query)) = uri.rsplit_once('?') else {
        return uri.to_owned();
    };
    let is_kept = |p: &&str| !matches!(p.split('=').next(), Some("delimiter" | "row_delimiter"));
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

/// Whether a stream of the same columns reads the records without a schema.
pub fn reads_without_schema(found: &Discovered) -> bool {
    match found.format {
        ObjectFormat::Records(FormatName::Csv) => found.header_names_columns(),
        ObjectFormat::Records(FormatName::Json) | ObjectFormat::Parquet => found.is_by_name(),
    }
}

/// The statement; `options` are those that the schema is made with.
pub fn create_stream(place: &Place, given: &str, options: &str, found: &Discovered) -> String {
    let name = stream_name(place);
    let records = counted(found.records, "record");
    let mut out = format!("-- The columns found in {records} of {given}. To run with them:\n");
    let binding = if reads_without_schema(found) {
        uri(given, found, None)
    } else {
        let _ = writeln!(
            out,
            "--   rowtime discover {}{options} > schema.json",
            in_shell(given)
        );
        uri(given, found, Some("schema.json"))
    };
    let _ = writeln!(
        out,
        "--   rowtime run app.sql --source {}",
        in_shell(&format!("{name}={binding}"))
    );
    let _ = write!(out, "CREATE OR REPLACE STREAM {} (", in_sql(&name));
    for (i, column) in found.schema.columns.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\n    {} {}", in_sql(&column.name), column.ty);
    }
    out.push_str("\n);\n");
    out
}

/// An argument as a shell takes it.
pub fn in_shell(text: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&b);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
