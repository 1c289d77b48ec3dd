//! Rows as lines: JSON as `cli.md` says, CSV by RFC 4180 (`decisions.md` 8 and 31).
//!
//! What is the same in every row (keys, separators) is made once; values go through the engine's row text,
//! so that they look the same wherever they are shown.

use arrow::array::Array;
use rowtime_engine::datetime;
use rowtime_engine::pipeline::SinkRows;
use rowtime_engine::plan::Field;
use rowtime_engine::row_text::{write_json_string, write_json_value, write_plain};
use rowtime_engine::types::SqlType;

use crate::format::arrival::ROWTIME_FIELD;
use crate::uri::{FormatName, SinkParameters};

/// Writes the rows of one stream.
pub struct RowText {
    format: FormatName,
    rowtime: bool,
    header: bool,
    newline: String,
    null_text: Option<String>,
    /// JSON: what stands before the row.
    opening: String,
    /// JSON: what stands behind it.
    closing: &'static str,
    /// JSON: the key of each value, with what separates it from the value before.
    keys: Option<Vec<String>>,
}

impl RowText {
    /// A writer; `tag` puts every JSON row into `{"stream": tag, "row": …}`.
    pub fn new(format: FormatName, parameters: &SinkParameters, tag: Option<&str>) -> Self {
        let mut opening = String::new();
        if let Some(tag) = tag {
            opening.push_str("{\"stream\":");
            write_json_string(&mut opening, tag);
            opening.push_str(",\"row\":");
        }
        opening.push('{');
        Self {
            format,
            rowtime: parameters.rowtime,
            header: parameters.header,
            newline: parameters.newline.clone().unwrap_or_else(|| "\n".to_owned()),
            null_text: parameters.null_text.clone(),
            opening,
            closing: if tag.is_some() { "}}" } else { "}" },
            keys: None,
        }
    }

    /// Called before rows; writes the header line before the first.
    pub fn begin(&mut self, out: &mut String, fields: &[Field]) {
        if self.keys.is_some() {
            return;
        }
        let rowtime = self.rowtime.then_some(ROWTIME_FIELD);
        let names: Vec<&str> = rowtime
            .into_iter()
            .chain(fields.iter().map(|f| f.name.as_str()))
            .collect();
        let key = |(i, name): (usize, &&str)| {
            let mut key = if i > 0 { ",".to_owned() } else { String::new() };
            write_json_string(&mut key, name);
            key.push(':');
            key
        };
        self.keys = Some(names.iter().enumerate().map(key).collect());
        if self.format == FormatName::Csv && self.header {
            for (i, name) in names.iter().enumerate() {
                let start = cell(out, i);
                out.push_str(name);
                quote(out, start, false);
            }
            out.push_str(&self.newline);
        }
    }

    /// Appends a row, with its line end.
    pub fn write_row(&self, out: &mut String, rows: &SinkRows<'_>, row: usize) {
        match self.format {
            FormatName::Json => self.write_json(out, rows, row),
            FormatName::Csv => self.write_csv(out, rows, row),
        }
        out.push_str(&self.newline);
    }

    fn write_json(&self, out: &mut String, rows: &SinkRows<'_>, row: usize) {
        out.push_str(&self.opening);
        let mut keys = self.keys.iter().flatten();
        if self.rowtime
            && let (Some(key), Some(ms)) = (keys.next(), rows.rowtimes.get(row))
        {
            out.push_str(key);
            out.push('"');
            datetime::write_timestamp(out, *ms, true);
            out.push('"');
        }
        for ((field, column), key) in rows.fields.iter().zip(rows.columns).zip(keys) {
            out.push_str(key);
            match &self.null_text {
                Some(text) if field.ty.is_character() && column.is_null(row) => write_json_string(out, text),
                _ => write_json_value(out, field.ty, column, row),
            }
        }
        out.push_str(self.closing);
    }

    fn write_csv(&self, out: &mut String, rows: &SinkRows<'_>, row: usize) {
        let mut cells = 0;
        if let (true, Some(ms)) = (self.rowtime, rows.rowtimes.get(row)) {
            datetime::write_timestamp(out, *ms, true);
            cells = 1;
        }
        let is_alone = rows.fields.len() == 1 && !self.rowtime;
        for (i, (field, column)) in rows.fields.iter().zip(rows.columns).enumerate() {
            let start = cell(out, i + cells);
            if field.ty == SqlType::Null || column.is_null(row) {
                out.push_str(self.null_text.as_deref().unwrap_or_default());
            } else if write_plain(out, field.ty, column, row) {
                let text = out.get(start..).unwrap_or_default();
                // Text that looks like NULL is told from it by its quotes, and a record from a blank line.
                let like_null = self.null_text.as_deref() == Some(text);
                let force = like_null || (is_alone && text.is_empty());
                quote(out, start, force);
            }
        }
    }
}

/// Begins a cell; returns where its text starts.
fn cell(out: &mut String, position: usize) -> usize {
    if position > 0 {
        out.push(',');
    }
    out.len()
}

/// Quotes the cell that starts there if it has to be.
fn quote(out: &mut String, start: usize, force: bool) {
    let text = out.get(start..).unwrap_or_default();
    let special = |b: &u8| matches!(b, b',' | b'"' | b'\n' | b'\r');
    if !force && !text.as_bytes().iter().any(special) {
        return;
    }
    let quoted = text.replace('"', "\"\"");
    out.truncate(start);
    out.push('"');
    out.push_str(&quoted);
    out.push('"');
}
