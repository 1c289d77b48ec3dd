//! The URIs of `cli.md`: a place and its query parameters.
//!
//! A `?` begins parameters only where `name=` follows it, and never in the name of a file that exists, so
//! that globs and odd file names need no escaping. Parameter values are percent-decoded; paths are taken as
//! written. Every parameter that is not known here is refused: a typing error must not be ignored silently.

use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use rowtime_engine::diagnostic::suggestion::edits;

use crate::format::csv::delimiters::{Delimiters, spelled_out};
use crate::local::address::{self, Address};
use crate::local::parameters as local;
use crate::source::{InvocationError, encoding};

/// Where records come from or go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file, a folder or a glob.
    Path(String),
    /// Standard input or output.
    Standard,
    /// A local stream.
    Local(Address),
}

/// A format of records as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatName {
    /// JSON documents.
    Json,
    /// Delimited text.
    Csv,
}

/// `format=` of a source: what an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectFormat {
    /// Records one after another.
    Records(FormatName),
    /// A Parquet file.
    Parquet,
}

/// `rowtime=` of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ArrivalClock {
    /// Absent: a `ROWTIME` field of the record, if there is one.
    #[default]
    RowtimeField,
    /// `rowtime=now`: the literal clock.
    Now,
    /// `rowtime=COLUMN`: a column of the stream or a field of the record.
    Column(String),
}

/// Query parameters of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceParameters {
    /// `format=`; by file name if absent.
    pub format: Option<ObjectFormat>,
    /// `schema=`: a file with an AWS InputSchema.
    pub schema: Option<PathBuf>,
    /// `rowtime=`.
    pub clock: ArrivalClock,
    /// `header=` (CSV); detected if absent and there is no schema.
    pub header: Option<bool>,
    /// `delimiter=` and `row_delimiter=` (CSV); a schema has its own.
    pub delimiters: Option<Delimiters>,
    /// `encoding=`: what the bytes are where no byte order mark tells it.
    pub encoding: Option<&'static Encoding>,
}

/// Query parameters of a reference table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableParameters {
    /// How its records are read; they have no arrival clock.
    pub records: SourceParameters,
    /// `reload=true`: a file that changes is read again.
    pub reload: bool,
}

/// Query parameters of a destination.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SinkParameters {
    /// `format=`; by file name if absent.
    pub format: Option<FormatName>,
    /// `rowtime=true`: `ROWTIME` is the first field.
    pub rowtime: bool,
    /// `header=true` (CSV).
    pub header: bool,
    /// `newline=`: what ends a row; `\n` if absent.
    pub newline: Option<String>,
    /// `null_text=`: how NULL is written (CSV: any NULL; JSON: NULL of character types).
    pub null_text: Option<String>,
    /// `retention=` (local streams): how long a record is kept, in ms.
    pub retention_ms: Option<i64>,
    /// `max_bytes=` (local streams): how much is kept.
    pub max_bytes: Option<u64>,
}

/// Splits a source URI.
pub fn source(uri: &str) -> Result<(Place, SourceParameters), InvocationError> {
    let (place, query) = split(uri)?;
    let mut parameters = source_parameters(&query)?;
    if matches!(place, Place::Local(_)) {
        parameters = local::of_records(parameters)?;
    }
    Ok((place, parameters))
}

/// Splits the URI of a reference table.
pub fn table(uri: &str) -> Result<(Place, TableParameters), InvocationError> {
    let (place, query) = split(uri)?;
    Ok((place, table_parameters(&query)?))
}

/// Splits a destination URI.
pub fn sink(uri: &str) -> Result<(Place, SinkParameters), InvocationError> {
    let (place, query) = split(uri)?;
    let parameters = sink_parameters(&query)?;
    let local = matches!(place, Place::Local(_));
    if !local && (parameters.retention_ms.is_some() || parameters.max_bytes.is_some()) {
        return Err(refuse("retention= and max_bytes= are for local streams"));
    }
    if local && (parameters.newline.is_some() || parameters.header) {
        return Err(refuse(
            "newline= and header= are for files; every row is a record of a local stream",
        ));
    }
    Ok((place, parameters))
}

/// Reads `name=value&…` as the parameters of a source.
pub fn source_parameters(query: &str) -> Result<SourceParameters, InvocationError> {
    const KNOWN: &[&str] = &[
        "format",
        "schema",
        "rowtime",
        "header",
        "delimiter",
        "row_delimiter",
        "encoding",
        "reorder",
        "follow",
    ];
    let mut out = SourceParameters::default();
    let given = pairs(query)?;
    for (name, value) in given.clone() {
        match name.as_str() {
            "rowtime" if value.is_empty() => {
                return Err(refuse("rowtime= needs a column, or now"));
            }
            "rowtime" if matches!(value.as_str(), "true" | "false") => {
                return Err(refuse(format!(
                    "rowtime={value} is for destinations; a source takes rowtime=COLUMN or rowtime=now"
                )));
            }
            "rowtime" if value == "now" => out.clock = ArrivalClock::Now,
            "rowtime" => out.clock = ArrivalClock::Column(value),
            "follow" if !boolean(&name, &value)? => {}
            "reorder" | "follow" => return Err(refuse(format!("{name}= is not implemented yet"))),
            _ => record_parameter(&mut out, &name, value, KNOWN)?,
        }
    }
    out.delimiters = delimiters(&given, out.schema.as_ref())?;
    Ok(out)
}

/// Reads `name=value&…` as the parameters of a reference table.
fn table_parameters(query: &str) -> Result<TableParameters, InvocationError> {
    const KNOWN: &[&str] = &[
        "format",
        "schema",
        "header",
        "delimiter",
        "row_delimiter",
        "encoding",
        "reload",
    ];
    let mut out = TableParameters::default();
    // A field of this name is data like any other: nothing arrives.
    out.records.clock = ArrivalClock::Now;
    let given = pairs(query)?;
    for (name, value) in given.clone() {
        match name.as_str() {
            "reload" => out.reload = boolean(&name, &value)?,
            "rowtime" | "reorder" | "follow" => {
                return Err(refuse(format!(
                    "{name}= is for streams; a reference table has no time, and takes {}",
                    KNOWN.join(", ")
                )));
            }
            _ => record_parameter(&mut out.records, &name, value, KNOWN)?,
        }
    }
    out.records.delimiters = delimiters(&given, out.records.schema.as_ref())?;
    Ok(out)
}

/// A parameter that says how records are read.
fn record_parameter(
    out: &mut SourceParameters,
    name: &str,
    value: String,
    known: &[&str],
) -> Result<(), InvocationError> {
    match name {
        "format" => out.format = Some(object_format(&value)?),
        "schema" if value.is_empty() => return Err(refuse("schema= needs the name of a file")),
        "schema" => out.schema = Some(PathBuf::from(value)),
        "header" => out.header = Some(boolean(name, &value)?),
        "encoding" => out.encoding = Some(encoding::named(&value).map_err(refuse)?),
        // Both are read at once: they must differ.
        "delimiter" | "row_delimiter" => {}
        _ => return Err(unknown(name, known)),
    }
    Ok(())
}

/// `delimiter=` and `row_delimiter=`.
fn delimiters(
    pairs: &[(String, String)],
    schema: Option<&PathBuf>,
) -> Result<Option<Delimiters>, InvocationError> {
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let (column, row) = (value("delimiter"), value("row_delimiter"));
    if column.is_none() && row.is_none() {
        return Ok(None);
    }
    if schema.is_some() {
        return Err(refuse(
            "the schema says what separates fields and rows; leave delimiter= and row_delimiter= out",
        ));
    }
    let made = Delimiters::new(column, row, ("delimiter=", "row_delimiter="));
    made.map(Some).map_err(refuse)
}

/// Reads `name=value&…` as the parameters of a destination.
pub fn sink_parameters(query: &str) -> Result<SinkParameters, InvocationError> {
    const KNOWN: &[&str] = &[
        "format",
        "rowtime",
        "header",
        "newline",
        "null_text",
        "retention",
        "max_bytes",
    ];
    let mut out = SinkParameters::default();
    for (name, value) in pairs(query)? {
        match name.as_str() {
            "format" => out.format = Some(format(&value)?),
            "rowtime" => out.rowtime = boolean(&name, &value)?,
            "header" => out.header = boolean(&name, &value)?,
            "newline" => out.newline = Some(spelled_out(&value)),
            "null_text" => out.null_text = Some(value),
            "retention" => out.retention_ms = Some(local::retention(&value)?),
            "max_bytes" => out.max_bytes = Some(local::max_bytes(&value)?),
            _ => return Err(unknown(&name, KNOWN)),
        }
    }
    Ok(out)
}

/// The format that a file's name says, compression aside; JSON if it says none.
pub fn format_of(path: &Path) -> ObjectFormat {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let name = name
        .strip_suffix(".gz")
        .or(name.strip_suffix(".zst"))
        .unwrap_or(&name);
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("csv") => ObjectFormat::Records(FormatName::Csv),
        Some("parquet") => ObjectFormat::Parquet,
        _ => ObjectFormat::Records(FormatName::Json),
    }
}

/// The same for a destination, which is not written as Parquet.
pub fn sink_format_of(path: &Path) -> Result<FormatName, InvocationError> {
    match format_of(path) {
        ObjectFormat::Records(format) => Ok(format),
        ObjectFormat::Parquet => Err(refuse(format!(
            "{}: Parquet is read and not written; name a .json or .csv file, or give format=",
            path.display()
        ))),
    }
}

fn refuse(message: impl Into<String>) -> InvocationError {
    InvocationError(message.into())
}

fn split(uri: &str) -> Result<(Place, String), InvocationError> {
    if uri.is_empty() {
        return Err(refuse(
            "an empty URI; write a path, or - for standard input or output",
        ));
    }
    let bare = uri.strip_prefix("file:").unwrap_or(uri);
    if let Some(path) = [uri, bare]
        .into_iter()
        .find(|p| *p != "-" && Path::new(p).exists())
    {
        return Ok((Place::Path(path.to_owned()), String::new()));
    }
    let (place, query) = match query_start(uri) {
        Some(at) => (&uri[..at], &uri[at + 1..]),
        None => (uri, ""),
    };
    if let Some(name) = place.strip_prefix(address::SCHEME) {
        return split_local(name, query);
    }
    for scheme in ["kinesis:", "firehose:", "lambda:", "s3:"] {
        if place.starts_with(scheme) {
            return Err(refuse(format!("{place}: {scheme} is not implemented yet")));
        }
    }
    let path = match place.strip_prefix("file:") {
        Some(rest) => rest
            .strip_prefix("//")
            .filter(|p| p.starts_with('/'))
            .unwrap_or(rest),
        None => place,
    };
    if path.is_empty() {
        return Err(refuse(format!("{uri}: no path before the parameters")));
    }
    if let Some((scheme, _)) = path.split_once("://") {
        return Err(refuse(format!(
            "{uri}: unknown scheme {scheme}:; the known ones are file:, local:, kinesis:, firehose:, lambda: and s3:"
        )));
    }
    let place = if place == "-" {
        Place::Standard
    } else {
        Place::Path(path.to_owned())
    };
    Ok((place, query.to_owned()))
}

/// `dir=` is a part of the place; the other parameters are left.
fn split_local(name: &str, query: &str) -> Result<(Place, String), InvocationError> {
    let given = pairs(query)?;
    let dir = given
        .iter()
        .find(|(n, _)| n == "dir")
        .map(|(_, value)| value.as_str());
    let others: Vec<&str> = query.split('&').filter(|p| !p.starts_with("dir=")).collect();
    Ok((Place::Local(local::address(name, dir)?), others.join("&")))
}

/// The first `?` that is followed by `name=`, or ends the text.
fn query_start(uri: &str) -> Option<usize> {
    uri.match_indices('?').map(|(at, _)| at).find(|&at| {
        let tail = &uri[at + 1..];
        let name = tail
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
            .count();
        name > 0 && tail.as_bytes().get(name) == Some(&b'=')
    })
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, InvocationError> {
    let mut out: Vec<(String, String)> = Vec::new();
    for part in query.split('&').filter(|p| !p.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            return Err(refuse(format!("parameter {part} has no value; write {part}=…")));
        };
        if out.iter().any(|(seen, _)| seen == name) {
            return Err(refuse(format!("parameter {name} is given twice")));
        }
        out.push((name.to_owned(), percent_decode(value)?));
    }
    Ok(out)
}

fn percent_decode(text: &str) -> Result<String, InvocationError> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&b, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.filter(|h| h.bytes().all(|d| d.is_ascii_hexdigit())) {
            Some(hex) if b == b'%' => {
                out.push(u8::from_str_radix(hex, 16).unwrap_or_default());
                rest = &tail[2..];
            }
            _ => {
                out.push(b);
                rest = tail;
            }
        }
    }
    String::from_utf8(out).map_err(|_| refuse(format!("{text}: its percent-escapes are not UTF-8")))
}

fn object_format(value: &str) -> Result<ObjectFormat, InvocationError> {
    match value.to_ascii_lowercase().as_str() {
        "json" => Ok(ObjectFormat::Records(FormatName::Json)),
        "csv" => Ok(ObjectFormat::Records(FormatName::Csv)),
        "parquet" => Ok(ObjectFormat::Parquet),
        _ => Err(refuse(format!(
            "format={value} is unknown; write format=json, format=csv or format=parquet"
        ))),
    }
}

fn format(value: &str) -> Result<FormatName, InvocationError> {
    match object_format(value)? {
        ObjectFormat::Records(format) => Ok(format),
        ObjectFormat::Parquet => Err(refuse(
            "format=parquet is for sources; a destination is written as json or csv",
        )),
    }
}

fn boolean(name: &str, value: &str) -> Result<bool, InvocationError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(refuse(format!(
            "{name}={value} is neither {name}=true nor {name}=false"
        ))),
    }
}

fn unknown(name: &str, known: &[&str]) -> InvocationError {
    let near = known.iter().map(|k| (edits(name, k), *k)).min();
    match near {
        Some((d, k)) if d <= 2 || k.starts_with(name) => {
            refuse(format!("unknown parameter {name}=; did you mean {k}=?"))
        }
        _ => refuse(format!(
            "unknown parameter {name}=; the known ones are {}",
            known.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Place {
        Place::Path(text.to_owned())
    }

    #[test]
    fn places_and_parameters_come_apart() {
        for (uri, place) in [
            ("a/b.json", path("a/b.json")),
            ("file:a/b.json", path("a/b.json")),
            ("file:///tmp/x.json", path("/tmp/x.json")),
            ("-", Place::Standard),
            ("-?format=csv", Place::Standard),
            ("part-?.json", path("part-?.json")),
            ("part-?.json?format=json&rowtime=TS", path("part-?.json")),
            ("x.csv?header=true", path("x.csv")),
        ] {
            assert_eq!(source(uri).unwrap().0, place, "{uri}");
        }
        let (_, p) = source("x?rowtime=now&schema=s%20a.json&header=false").unwrap();
        assert_eq!(p.clock, ArrivalClock::Now);
        assert_eq!(p.schema, Some(PathBuf::from("s a.json")));
        assert_eq!(p.header, Some(false));
        let (_, p) = sink(r"x?newline=%0D%0A&null_text=?&rowtime=true").unwrap();
        assert_eq!(
            (p.newline.as_deref(), p.null_text.as_deref()),
            (Some("\r\n"), Some("?"))
        );
        assert_eq!(
            sink(r"x?newline=\r\n").unwrap().1.newline.as_deref(),
            Some("\r\n")
        );
        assert_eq!(sink("x?newline=").unwrap().1.newline.as_deref(), Some(""));
    }

    #[test]
    fn a_file_that_exists_is_a_path_whatever_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let odd = dir.path().join("a?format=csv");
        std::fs::write(&odd, "").unwrap();
        let uri = odd.to_str().unwrap();
        assert_eq!(source(uri).unwrap(), (path(uri), SourceParameters::default()));
    }

    #[test]
    fn what_is_not_known_is_refused_with_a_hint() {
        for (uri, message) in [
            ("x?formt=json", "unknown parameter formt=; did you mean format=?"),
            (
                "x?colour=red",
                "unknown parameter colour=; the known ones are format, schema, rowtime, header, delimiter, row_delimiter, \
                 encoding, reorder, follow",
            ),
            (
                "x?format=xml",
                "format=xml is unknown; write format=json, format=csv or format=parquet",
            ),
            (
                "x?rowtime=true",
                "rowtime=true is for destinations; a source takes rowtime=COLUMN or rowtime=now",
            ),
            ("x?follow=true", "follow= is not implemented yet"),
            ("x?reorder=5s", "reorder= is not implemented yet"),
            (
                "x?header=yes",
                "header=yes is neither header=true nor header=false",
            ),
            ("x?format=json&format=csv", "parameter format is given twice"),
            (
                "kinesis:s?region=eu",
                "kinesis:s: kinesis: is not implemented yet",
            ),
            ("firehose:s", "firehose:s: firehose: is not implemented yet"),
            ("lambda:f", "lambda:f: lambda: is not implemented yet"),
            ("s3://b/p", "s3://b/p: s3: is not implemented yet"),
            (
                "",
                "an empty URI; write a path, or - for standard input or output",
            ),
        ] {
            assert_eq!(source(uri).unwrap_err().to_string(), message, "{uri}");
        }
        for (uri, message) in [
            (
                "x?rowtime=AT",
                "rowtime= is for streams; a reference table has no time, and takes format, schema, header, \
                 delimiter, row_delimiter, encoding, reload",
            ),
            (
                "x?reload=yes",
                "reload=yes is neither reload=true nor reload=false",
            ),
            (
                "x?relaod=true",
                "unknown parameter relaod=; did you mean reload=?",
            ),
        ] {
            assert_eq!(table(uri).unwrap_err().to_string(), message, "{uri}");
        }
        assert!(table("x?reload=true&header=false").unwrap().1.reload);
        assert!(
            source("https://a/b")
                .unwrap_err()
                .to_string()
                .contains("unknown scheme https:")
        );
        assert_eq!(
            sink("x?format=parquet").unwrap_err().to_string(),
            "format=parquet is for sources; a destination is written as json or csv"
        );
        assert!(
            sink("x?nul_text=a")
                .unwrap_err()
                .to_string()
                .contains("did you mean null_text=")
        );
    }
}
