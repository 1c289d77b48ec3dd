//! How rows are printed now: the format that was chosen, and what the terminal shows at this moment.
//!
//! Whoever prints asks before each batch, so that `\output` and a terminal that is made narrower hold from then on.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use rowtime_engine::plan::Field;

use super::rows::{self, Look, OutputFormat, RowPrinter};
use crate::report;

/// The choice.
#[derive(Debug)]
pub struct Shape {
    chosen: Mutex<Option<OutputFormat>>,
}

impl Shape {
    /// What the command line chose.
    pub fn new(chosen: Option<OutputFormat>) -> Self {
        Self {
            chosen: Mutex::new(chosen),
        }
    }

    /// Chooses another.
    pub fn choose(&self, format: Option<OutputFormat>) {
        *self.chosen.lock().unwrap_or_else(PoisonError::into_inner) = format;
    }

    /// The format: unless another was chosen, a table on a terminal, else JSON.
    pub fn format(&self) -> OutputFormat {
        let usual = if std::io::stdout().is_terminal() {
            OutputFormat::Table
        } else {
            OutputFormat::Json
        };
        let chosen = *self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        chosen.unwrap_or(usual)
    }

    /// What the terminal shows.
    fn look(&self) -> Look {
        let width = std::io::stdout().is_terminal().then(terminal_size::terminal_size);
        Look {
            width: width.flatten().map(|(width, _)| usize::from(width.0)),
            colour: report::colour_on_stdout(),
        }
    }
}

/// A printer of the rows of one result that follows the shape.
pub struct ShapedPrinter {
    fields: Vec<Field>,
    format: OutputFormat,
    look: Look,
    printer: Box<dyn RowPrinter>,
}

impl ShapedPrinter {
    /// A printer of rows with these fields.
    pub fn new(fields: &[Field], shape: &Shape) -> Self {
        let (format, look) = (shape.format(), shape.look());
        Self {
            fields: fields.to_vec(),
            format,
            look,
            printer: rows::printer(format, fields, look),
        }
    }

    /// Its fields.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The printer; a new one, with a new header, where something has changed.
    pub fn now(&mut self, shape: &Shape) -> &mut dyn RowPrinter {
        let (format, look) = (shape.format(), shape.look());
        if format != self.format || look != self.look {
            *self = Self::new(&std::mem::take(&mut self.fields), shape);
        }
        self.printer.as_mut()
    }
}
