//! Screens for the eye: as a text, and cell by cell with colours, from which a picture can be drawn.

use std::path::PathBuf;

use serde_json::{Value, json};
use vt100::{Cell, Color};

use super::Screen;

/// Writes NAME.txt and NAME.json into the folder that `ROWTIME_SCREENS` names, if any.
pub fn save(screen: &Screen, name: &str) {
    let Some(folder) = std::env::var_os("ROWTIME_SCREENS").map(PathBuf::from) else {
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name).with_extension("txt"), screen.text() + "\n").unwrap();
    let styled = styled(screen).to_string();
    std::fs::write(folder.join(name).with_extension("json"), styled).unwrap();
}

fn styled(screen: &Screen) -> Value {
    let (rows, columns) = screen.size();
    let (row, column) = screen.cursor();
    let cells = (0..rows).map(|row| {
        let of_row = (0..columns).filter_map(|column| screen.cell(row, column));
        of_row.map(cell).collect::<Vec<_>>()
    });
    json!({
        "rows": rows,
        "columns": columns,
        "cursor": [row, column],
        "cells": cells.collect::<Vec<_>>(),
    })
}

fn cell(cell: &Cell) -> Value {
    json!({
        "text": cell.contents(),
        "wide": cell.is_wide(),
        "front": colour(cell.fgcolor()),
        "back": colour(cell.bgcolor()),
        "bold": cell.bold(),
        "dim": cell.dim(),
        "underline": cell.underline(),
        "inverse": cell.inverse(),
    })
}

/// Nothing, the number of a palette, or red, green and blue.
fn colour(colour: Color) -> Value {
    match colour {
        Color::Default => Value::Null,
        Color::Idx(index) => json!(index),
        Color::Rgb(red, green, blue) => json!([red, green, blue]),
    }
}
