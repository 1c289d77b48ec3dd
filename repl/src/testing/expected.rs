//! Expected rows against the rows that came: columns chosen by the header, cells compared by their type.

use rowtime_engine::dataflow::StreamRows;
use rowtime_engine::dataflow::errors::ErrorRow;
use rowtime_engine::plan::{Field, Stream};
use rowtime_engine::row_text;
use rowtime_engine::types::SqlType;

use super::case::{Expectation, Target};
use super::cell;
use super::diff::{self, Change};
use super::prepare::{find_field, is_rowtime};
use super::run::{Edit, Failure, Outcome};
use super::table::{self, Align, Cell};

/// A column of an expected table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// ROWTIME of a row.
    Rowtime,
    /// A declared column.
    Field(usize),
    /// A column of the error rows.
    Error(ErrorColumn),
}

/// What an error row can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ErrorColumn {
    Rowtime,
    Pump,
    Name,
    Level,
    Message,
    DataRowtime,
    /// The failing row or record as text.
    Data,
    /// The same in hex.
    DataRow,
}

const ERROR_COLUMNS: [(&str, ErrorColumn); 9] = [
    ("ROWTIME", ErrorColumn::Rowtime),
    ("PUMP_NAME", ErrorColumn::Pump),
    ("ERROR_NAME", ErrorColumn::Name),
    ("MESSAGE", ErrorColumn::Message),
    ("DATA", ErrorColumn::Data),
    ("ERROR_TIME", ErrorColumn::Rowtime),
    ("ERROR_LEVEL", ErrorColumn::Level),
    ("DATA_ROWTIME", ErrorColumn::DataRowtime),
    ("DATA_ROW", ErrorColumn::DataRow),
];

/// How many of [`ERROR_COLUMNS`] a table has that the program writes.
const ERROR_COLUMNS_SHOWN: usize = 5;

/// What came out since the last expectation.
pub enum Came<'a> {
    /// Rows of a stream.
    Rows(&'a Stream, &'a [StreamRows]),
    /// Error rows.
    Errors(&'a [ErrorRow]),
}

impl Came<'_> {
    fn declared(&self) -> &[Field] {
        match self {
            Self::Rows(stream, _) => stream.fields.get(..stream.declared).unwrap_or_default(),
            Self::Errors(_) => &[],
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Rows(_, batches) => batches.iter().all(|b| b.rowtimes.is_empty()),
            Self::Errors(rows) => rows.is_empty(),
        }
    }

    /// The columns of a table that the program writes.
    fn all_columns(&self) -> Vec<Column> {
        match self {
            Self::Rows(..) => {
                let fields = (0..self.declared().len()).map(Column::Field);
                std::iter::once(Column::Rowtime).chain(fields).collect()
            }
            Self::Errors(_) => ERROR_COLUMNS
                .iter()
                .take(ERROR_COLUMNS_SHOWN)
                .map(|(_, c)| Column::Error(*c))
                .collect(),
        }
    }

    /// The column a header cell means.
    fn column(&self, header: &Cell) -> Option<Column> {
        match self {
            Self::Errors(_) => ERROR_COLUMNS
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(&header.text))
                .map(|(_, c)| Column::Error(*c)),
            Self::Rows(..) if is_rowtime(self.declared(), header) => Some(Column::Rowtime),
            Self::Rows(..) => find_field(self.declared(), header).map(Column::Field),
        }
    }

    fn header(&self, columns: &[Column]) -> Vec<Cell> {
        let name = |column: &Column| match column {
            Column::Rowtime => "ROWTIME".to_owned(),
            Column::Field(i) => self
                .declared()
                .get(*i)
                .map(|f| f.name.clone())
                .unwrap_or_default(),
            Column::Error(c) => ERROR_COLUMNS
                .iter()
                .find(|(_, e)| e == c)
                .map(|(n, _)| (*n).to_owned())
                .unwrap_or_default(),
        };
        columns.iter().map(|c| Cell::value(name(c))).collect()
    }

    fn ty(&self, column: Column) -> SqlType {
        match column {
            Column::Rowtime | Column::Error(ErrorColumn::Rowtime | ErrorColumn::DataRowtime) => {
                SqlType::Timestamp
            }
            Column::Field(i) => self.declared().get(i).map_or(SqlType::Null, |f| f.ty),
            Column::Error(_) => SqlType::Varchar(u32::MAX),
        }
    }

    fn rows(&self, columns: &[Column], date: i64) -> Vec<Vec<Cell>> {
        match self {
            Self::Errors(rows) => rows
                .iter()
                .map(|row| columns.iter().map(|c| error_cell(row, *c, date)).collect())
                .collect(),
            Self::Rows(_, batches) => {
                let mut out = Vec::new();
                for batch in *batches {
                    for row in 0..batch.rowtimes.len() {
                        out.push(
                            columns
                                .iter()
                                .map(|c| self.row_cell(batch, row, *c, date))
                                .collect(),
                        );
                    }
                }
                out
            }
        }
    }

    fn row_cell(&self, batch: &StreamRows, row: usize, column: Column, date: i64) -> Cell {
        match column {
            Column::Field(i) => batch
                .columns
                .get(i)
                .map_or(Cell::null(), |array| cell::of(self.ty(column), array, row, date)),
            _ => batch
                .rowtimes
                .get(row)
                .map_or(Cell::null(), |ms| Cell::value(cell::instant_text(*ms, date))),
        }
    }
}

fn error_cell(row: &ErrorRow, column: Column, date: i64) -> Cell {
    let Column::Error(column) = column else {
        return Cell::null();
    };
    Cell::value(match column {
        ErrorColumn::Rowtime => cell::instant_text(row.rowtime_ms, date),
        ErrorColumn::DataRowtime => cell::instant_text(row.data_rowtime_ms, date),
        ErrorColumn::Level => "WARNING".to_owned(),
        ErrorColumn::Name => row.name.to_string(),
        ErrorColumn::Message => row.message.clone(),
        ErrorColumn::Data => String::from_utf8_lossy(&row.data_row).into_owned(),
        ErrorColumn::DataRow => {
            let mut hex = String::new();
            row_text::write_hex(&mut hex, &row.data_row);
            hex
        }
        ErrorColumn::Pump => match &row.pump {
            Some(pump) => pump.to_string(),
            None => return Cell::null(),
        },
    })
}

/// Compares an expectation with what came; adds failures, and what `--bless` would write, to `outcome`.
pub fn check(expect: &Expectation, came: &Came<'_>, outcome: &mut Outcome) {
    let header: &[Cell] = expect.table.as_ref().map_or(&[], |t| &t.header);
    let (columns, complaint) = choose_columns(header, expect, came);
    let no_rows = Vec::new();
    let rows = match &expect.table {
        Some(table) if complaint.is_none() => &table.rows,
        _ => &no_rows,
    };
    let expected: Vec<Vec<Cell>> = rows
        .iter()
        .map(|(_, cells)| {
            cells
                .iter()
                .zip(&columns)
                .map(|(c, column)| cell::normal(c, came.ty(*column), expect.date))
                .collect()
        })
        .collect();
    let actual = came.rows(&columns, expect.date);
    let same = |i: usize, j: usize| match (expected.get(i), actual.get(j)) {
        (Some(e), Some(a)) => columns
            .iter()
            .zip(e.iter().zip(a))
            .all(|(c, (e, a))| cell_matches(*c, e, a)),
        _ => false,
    };
    let changes = diff::compare(expected.len(), actual.len(), &same);
    let align: Vec<Align> = columns.iter().map(|c| cell::align_of(came.ty(*c))).collect();
    let header = came.header(&columns);
    let differs = changes.iter().any(|c| !matches!(c, Change::Same(..)));
    if differs || complaint.is_some() {
        outcome.failures.push(Failure {
            line: expect.line,
            headline: complaint.unwrap_or_else(|| headline(expect, came)),
            lines: diff::print(&header, &align, &expected, &actual, &changes),
            blessable: true,
        });
    }
    // A cell that matches stays as it stands: of a message perhaps only a part.
    let kept = changes.iter().filter_map(|change| match change {
        Change::Same(i, _) => expected.get(*i).cloned(),
        Change::Missing(_) => None,
        Change::Unexpected(j) => actual.get(*j).cloned(),
    });
    let kept: Vec<Vec<Cell>> = kept.collect();
    outcome.edits.push(Edit {
        start: expect.line,
        end: expect.end_line + 1,
        lines: written(&expect.target, expect.partly, &header, &align, &kept),
    });
}

/// The columns that the header means, or all of them and what is wrong with the header.
fn choose_columns(header: &[Cell], expect: &Expectation, came: &Came<'_>) -> (Vec<Column>, Option<String>) {
    if header.is_empty() {
        let unwritten =
            (!expect.nothing).then_some("no rows stand here: say `nothing`, or let --bless write them");
        return (came.all_columns(), unwritten.map(str::to_owned));
    }
    let mut columns = Vec::new();
    for cell in header {
        match came.column(cell) {
            Some(column) if columns.contains(&column) => {
                return (
                    came.all_columns(),
                    Some(format!("column {} is expected twice", cell.text)),
                );
            }
            Some(column) => columns.push(column),
            None => {
                let name = target_name(&expect.target);
                return (
                    came.all_columns(),
                    Some(format!("{name} has no column {}", cell.text)),
                );
            }
        }
    }
    let left_out = (0..came.declared().len()).find(|i| !columns.contains(&Column::Field(*i)));
    if let Some(field) = left_out.and_then(|i| came.declared().get(i))
        && !expect.partly
    {
        let name = target_name(&expect.target);
        let message = format!(
            "column {} is not expected; to leave columns out, write: expect {name} partly",
            field.name
        );
        return (came.all_columns(), Some(message));
    }
    (columns, None)
}

/// Of a message the expected cell may be a part; everything else is equal.
fn cell_matches(column: Column, expected: &Cell, actual: &Cell) -> bool {
    if column == Column::Error(ErrorColumn::Message) {
        return actual.text.contains(&expected.text);
    }
    expected.same(actual)
}

fn headline(expect: &Expectation, came: &Came<'_>) -> String {
    let name = target_name(&expect.target);
    if expect.nothing {
        format!("{name} should be silent")
    } else if came.is_empty() {
        format!("{name} is silent")
    } else {
        format!("{name} has other rows than expected")
    }
}

/// What nobody expected, as a failure and as the lines that would expect it.
pub fn unexpected(
    line: usize,
    target: &Target,
    came: &Came<'_>,
    date: i64,
) -> Option<(Failure, Vec<String>)> {
    if came.is_empty() {
        return None;
    }
    let columns = came.all_columns();
    let align: Vec<Align> = columns.iter().map(|c| cell::align_of(came.ty(*c))).collect();
    let (header, rows) = (came.header(&columns), came.rows(&columns, date));
    let changes = diff::compare(0, rows.len(), &|_, _| false);
    let failure = Failure {
        line,
        headline: match target {
            Target::Errors => "nobody expected these error rows".to_owned(),
            Target::Stream(_) => format!("nobody expected these rows of {}", target_name(target)),
        },
        lines: diff::print(&header, &align, &[], &rows, &changes),
        blessable: true,
    };
    Some((failure, written(target, false, &header, &align, &rows)))
}

/// An expectation as it stands in a file.
fn written(
    target: &Target,
    partly: bool,
    header: &[Cell],
    align: &[Align],
    rows: &[Vec<Cell>],
) -> Vec<String> {
    let directive = format!("expect {}", target_name(target));
    if rows.is_empty() {
        return vec![format!("{directive} nothing")];
    }
    let first = if partly {
        format!("{directive} partly")
    } else {
        directive
    };
    let body = table::print(header, align, rows)
        .into_iter()
        .map(|line| format!("  {line}"));
    std::iter::once(first).chain(body).collect()
}

/// The target as it is written.
pub fn target_name(target: &Target) -> String {
    match target {
        Target::Errors => "errors".to_owned(),
        Target::Stream(name) if name.exact => format!("\"{}\"", name.text.replace('"', "\"\"")),
        Target::Stream(name) => name.text.clone(),
    }
}

#[cfg(test)]
mod tests;
