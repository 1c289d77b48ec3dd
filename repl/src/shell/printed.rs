//! `\sink NAME -`: the rows of a stream, printed as they come.

use std::sync::Arc;

use arrow::buffer::ScalarBuffer;
use rowtime_engine::pipeline::{OutsideError, Sink, SinkRows};
use rowtime_engine::plan::Field;

use super::notices::Notices;
use super::rows::{self, Look, OutputFormat, RowPrinter, RowsToShow};

/// A destination above the prompt, or on standard output.
pub struct PrintedRows {
    notices: Arc<Notices>,
    format: OutputFormat,
    look: Look,
    /// Said above each batch, where several streams are printed.
    title: Option<String>,
    printer: Option<(Vec<Field>, Box<dyn RowPrinter>)>,
}

impl PrintedRows {
    /// Nothing printed yet.
    pub fn new(notices: &Arc<Notices>, format: OutputFormat, look: Look, title: Option<String>) -> Self {
        Self {
            notices: Arc::clone(notices),
            format,
            look,
            title,
            printer: None,
        }
    }

    fn print(&mut self, text: Vec<u8>) {
        if text.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let title = self.title.as_ref().filter(|_| self.format == OutputFormat::Table);
        self.notices.rows(match title {
            Some(title) => format!("{title}:\n{text}"),
            None => text,
        });
    }
}

impl Sink for PrintedRows {
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError> {
        let (format, look) = (self.format, self.look);
        let same = self.printer.take().filter(|(fields, _)| fields == rows.fields);
        let (_, printer) = self
            .printer
            .insert(same.unwrap_or_else(|| (rows.fields.to_vec(), rows::printer(format, rows.fields, look))));
        let shown = RowsToShow {
            rowtimes: ScalarBuffer::from(rows.rowtimes.to_vec()),
            columns: rows.columns.to_vec(),
        };
        let mut text = Vec::new();
        let printed = printer.rows(&shown, &mut text);
        self.print(text);
        printed.map_err(|e| OutsideError {
            place: "-".to_owned(),
            message: e.to_string(),
        })
    }

    fn flush(&mut self) -> Result<(), OutsideError> {
        Ok(())
    }

    fn close(&mut self) -> Result<(), OutsideError> {
        if let Some((_, mut printer)) = self.printer.take() {
            let mut text = Vec::new();
            if printer.end(&mut text).is_ok() {
                self.print(text);
            }
        }
        Ok(())
    }
}
