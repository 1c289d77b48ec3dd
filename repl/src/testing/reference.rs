//! Reference tables of a test: `table NAME` with rows in place or in a file, once at the start and again for a reload.
//!
//! The first block of a table declares its columns, as a file that `--reference` names would; later ones replace its rows.

use std::path::Path;

use arrow::array::{ArrayRef, new_null_array};
use rowtime_connectors::schema;
use rowtime_connectors::source::InvocationError;
use rowtime_connectors::source::table::{self as connector, TableOptions};
use rowtime_engine::dataflow::TableContents;
use rowtime_engine::pipeline::TableLoad;
use rowtime_engine::plan::{Field, ReferenceTable};
use rowtime_engine::sql;
use rowtime_engine::types::SqlType;

use super::case::{Action, Fault, Name, TableBlock, TableBody};
use super::cell;
use super::prepare::find_field;
use super::table::{self, Cell};
use super::words::Words;
use crate::bindings::{Resolved, resolve};
use crate::script_names;

/// Reads the rows of a block; `first_line` is the number of the header. Errors are (line, message).
pub fn rows(lines: &[&str], first_line: usize) -> Result<TableBody, (usize, String)> {
    let Some((header, rows)) = lines.split_first() else {
        let message =
            "the rows are missing: an indented table, its header first, or a file: table NAME places.csv";
        return Err((first_line - 1, message.to_owned()));
    };
    let columns = columns(header).map_err(|message| (first_line, message))?;
    let (header, types) = columns.into_iter().unzip();
    let table = table::parse_below(header, rows, first_line + 1)?;
    Ok(TableBody::Rows(table, types))
}

/// `NAME TYPE | …`; a type may be left out.
fn columns(header: &str) -> Result<Vec<(Cell, Option<SqlType>)>, String> {
    let mut columns = Vec::new();
    let mut quoted = false;
    let of_column = |c: char| {
        quoted ^= c == '"';
        c == '|' && !quoted
    };
    for column in header.split(of_column) {
        let mut words = Words::new(column);
        let Name { text, exact } = words.name()?;
        let ty = match words.rest() {
            "" => None,
            ty => Some(schema::sql_type(ty).ok_or_else(|| format!("{ty} is no type"))?),
        };
        columns.push((Cell { text, quoted: exact }, ty));
    }
    Ok(columns)
}

/// A file, named relative to the test file.
pub fn file(folder: &Path, uri: &str) -> TableBody {
    TableBody::File(folder.join(uri).display().to_string())
}

/// The reference tables of a test, as their first blocks declare them.
pub fn declared(script: &str, actions: &[Action]) -> Result<Vec<ReferenceTable>, Vec<Fault>> {
    let (mut tables, mut faults) = (Vec::<ReferenceTable>::new(), Vec::new());
    let names = script_names::of(&sql::parse(script).0).missing;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for block in blocks(actions) {
        let name = match resolve(&block.name.text, &names) {
            Resolved::One(name) if !block.name.exact => name,
            _ => block.name.text.as_str(),
        };
        if tables.iter().any(|t| is(t, &block.name)) {
            continue;
        }
        match declare(name, block) {
            Ok(table) => tables.push(table),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(tables)
    } else {
        Err(faults)
    }
}

fn blocks(actions: &[Action]) -> impl Iterator<Item = &TableBlock> {
    actions.iter().filter_map(|action| match action {
        Action::Table(block) => Some(block),
        _ => None,
    })
}

/// Whether a name means this table.
pub fn is(table: &ReferenceTable, name: &Name) -> bool {
    table.name == name.text || (!name.exact && table.name.to_lowercase() == name.text.to_lowercase())
}

fn declare(name: &str, block: &TableBlock) -> Result<ReferenceTable, Fault> {
    let (table, types) = match &block.body {
        TableBody::Rows(table, types) => (table, types),
        TableBody::File(uri) => {
            let described = connector::describe(name, uri).map_err(|e| Fault::new(block.line, e.0))?;
            return Ok(described.table);
        }
    };
    let field = |(cell, ty): (&Cell, &Option<SqlType>)| {
        let column = &cell.text;
        let ty = ty.ok_or_else(|| {
            let message = format!(
                "column {column} has no type; a table is declared as in: TICKER VARCHAR(4) | PRICE DOUBLE"
            );
            Fault::new(block.line + 1, message)
        })?;
        Ok(Field {
            // A bare name is what SQL makes of it.
            name: if cell.quoted {
                column.clone()
            } else {
                column.to_uppercase()
            },
            ty,
            not_null: false,
        })
    };
    Ok(ReferenceTable {
        name: name.to_owned(),
        fields: table
            .header
            .iter()
            .zip(types)
            .map(field)
            .collect::<Result<_, _>>()?,
    })
}

/// What a block puts into its table; `strict` is how a file is read.
pub fn load(table: &ReferenceTable, block: &TableBlock, strict: bool) -> Result<TableLoad, Fault> {
    let (cells, types) = match &block.body {
        TableBody::Rows(cells, types) => (cells, types),
        TableBody::File(uri) => return load_file(table, block.line, uri, strict),
    };
    let mut positions = vec![None; table.fields.len()];
    for (position, (header, ty)) in cells.header.iter().zip(types).enumerate() {
        let wrong = |message: String| Fault::new(block.line + 1, message);
        let field = find_field(&table.fields, header)
            .ok_or_else(|| wrong(format!("table {} has no column {}", table.name, header.text)))?;
        let declared = &table.fields[field];
        if ty.is_some_and(|ty| ty != declared.ty) {
            return Err(wrong(format!(
                "column {} is {} above",
                declared.name, declared.ty
            )));
        }
        if positions[field].replace(position).is_some() {
            return Err(wrong(format!("column {} stands here twice", declared.name)));
        }
    }
    let rows = cells.rows.len();
    let column = |(field, position): (&Field, &Option<usize>)| -> Result<ArrayRef, Fault> {
        let Some(position) = position else {
            return Ok(new_null_array(&field.ty.arrow(), rows));
        };
        let value = |(line, cells): &(usize, Vec<Cell>)| {
            let cell = cells.get(*position).cloned().unwrap_or(Cell::null());
            cell::parse(&cell, field.ty, block.date)
                .map_err(|m| Fault::new(*line, format!("column {}: {m}", field.name)))
        };
        let values = cells.rows.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        Ok(cell::array(field.ty, &values))
    };
    let columns = table
        .fields
        .iter()
        .zip(&positions)
        .map(column)
        .collect::<Result<_, _>>()?;
    Ok(TableLoad {
        contents: TableContents { columns, rows },
        ..TableLoad::default()
    })
}

fn load_file(table: &ReferenceTable, line: usize, uri: &str, strict: bool) -> Result<TableLoad, Fault> {
    let wrong = |e: InvocationError| Fault::new(line, e.0);
    let described = connector::describe(&table.name, uri).map_err(wrong)?;
    let options = TableOptions {
        stop_on_error: true,
        strict,
        wanted: vec![true; table.fields.len()],
        // A later file may have other columns; then they are found by their names.
        guessed: described
            .guessed
            .filter(|_| described.table.fields == table.fields),
    };
    let mut opened = connector::open(uri, table, &options).map_err(wrong)?;
    let load = opened.source.take_new().transpose();
    let load = load.map_err(|e| Fault::new(line, e.to_string()))?;
    Ok(load.unwrap_or_default())
}
