//! `\sink NAME -`: the rows of a stream, printed as they come.

use std::sync::Arc;

use arrow::buffer::ScalarBuffer;
use rowtime_engine::pipeline::{OutsideError, Sink, SinkRows};

use super::notices::Notices;
use super::rows::{OutputFormat, RowsToShow};
use super::shape::{Shape, ShapedPrinter};

/// A destination above the prompt, or on standard output.
pub struct PrintedRows {
    notices: Arc<Notices>,
    shape: Arc<Shape>,
    /// Said above each batch of a table, where several streams are printed.
    title: Option<String>,
    printer: Option<ShapedPrinter>,
}

impl PrintedRows {
    /// Nothing printed yet.
    pub fn new(notices: &Arc<Notices>, shape: &Arc<Shape>, title: Option<String>) -> Self {
        Self {
            notices: Arc::clone(notices),
            shape: Arc::clone(shape),
            title,
            printer: None,
        }
    }

    fn print(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(text).into_owned();
        let is_table = self.shape.format() == OutputFormat::Table;
        self.notices.rows(match self.title.as_ref().filter(|_| is_table) {
            Some(title) => format!("{title}:\n{text}"),
            None => text,
        });
    }
}

impl Sink for PrintedRows {
    fn write(&mut self, rows: SinkRows<'_>) -> Result<(), OutsideError> {
        let same = self.printer.take().filter(|p| p.fields() == rows.fields);
        let printer = self
            .printer
            .insert(same.unwrap_or_else(|| ShapedPrinter::new(rows.fields, &self.shape)));
        let shown = RowsToShow {
            rowtimes: ScalarBuffer::from(rows.rowtimes.to_vec()),
            columns: rows.columns.to_vec(),
        };
        let mut text = Vec::new();
        let printed = printer.now(&self.shape).rows(&shown, &mut text);
        self.print(&text);
        printed.map_err(|e| OutsideError {
            place: "-".to_owned(),
            message: e.to_string(),
        })
    }

    fn flush(&mut self) -> Result<(), OutsideError> {
        Ok(())
    }

    fn close(&mut self) -> Result<(), OutsideError> {
        if let Some(mut printer) = self.printer.take() {
            let mut text = Vec::new();
            if printer.now(&self.shape).end(&mut text).is_ok() {
                self.print(&text);
            }
        }
        Ok(())
    }
}
