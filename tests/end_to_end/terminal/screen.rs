//! What a terminal of a certain size shows, with what has scrolled away above it.

use std::num::NonZeroU16;

use vt100::capture::RowContents;
use vt100::{Callbacks, Cell, Parser};

/// Lines that are kept above the screen.
const KEPT_LINES: usize = 20_000;

/// What the parser does not do by itself: counts what leaves the kept lines, answers what programs ask a terminal, and
/// notes whether text goes on in the next row where it reaches the edge.
#[derive(Default)]
struct Outside {
    lines_gone: usize,
    answers: Vec<u8>,
    stays_in_row: bool,
}

impl Callbacks for Outside {
    fn on_scroll(&mut self, _: RowContents<'_>, _: bool) {
        self.lines_gone += 1;
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        mark: Option<u8>,
        _: Option<u8>,
        parameters: &[&[u16]],
        letter: char,
    ) {
        match (mark, parameters, letter) {
            // Where is the cursor?
            (None, [[6]], 'n') => {
                let (row, column) = screen.cursor_position();
                let answer = format!("\x1b[{};{}R", row + 1, column + 1);
                self.answers.extend_from_slice(answer.as_bytes());
            }
            (Some(b'?'), [[7]], 'l' | 'h') => self.stays_in_row = letter == 'l',
            _ => {}
        }
    }
}

fn text_of<'a>(cells: impl Iterator<Item = &'a Cell>) -> String {
    let begun = cells.filter(|cell| !cell.is_wide_continuation());
    begun
        .map(|cell| if cell.has_contents() { cell.contents() } else { " " })
        .collect()
}

/// A drawn screen.
pub struct Screen(Parser<Outside>);

fn size(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has rows and columns")
}

impl Screen {
    pub fn new(rows: u16, columns: u16) -> Self {
        let (rows, columns) = (size(rows), size(columns));
        Self(Parser::new_with_callbacks(
            rows,
            columns,
            KEPT_LINES,
            Outside::default(),
        ))
    }

    /// Draws bytes; what the terminal answers to them.
    pub fn draw(&mut self, bytes: &[u8]) -> Vec<u8> {
        let may_stay = bytes.first() == Some(&b'l') || bytes.windows(2).any(|two| two == b"7l");
        if self.0.callbacks().stays_in_row || may_stay {
            bytes.iter().for_each(|byte| self.draw_byte(*byte));
        } else {
            self.0.process(bytes);
        }
        std::mem::take(&mut self.0.callbacks_mut().answers)
    }

    /// Draws one byte; behind the edge, over the last column, where the program wants it so.
    fn draw_byte(&mut self, byte: u8) {
        let columns = self.size().1;
        if self.0.callbacks().stays_in_row && self.cursor().1 >= columns {
            self.0.process(format!("\x1b[{columns}G").as_bytes());
        }
        self.0.process(&[byte]);
    }

    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.0.set_size(size(rows), size(columns));
    }

    /// Rows and columns.
    pub fn size(&self) -> (u16, u16) {
        let (rows, columns) = self.0.screen().size();
        (rows.get(), columns.get())
    }

    /// The row and column of the cursor, from 0.
    pub fn cursor(&self) -> (u16, u16) {
        self.0.screen().cursor_position()
    }

    /// The column of the cursor, from 0.
    pub fn cursor_column(&self) -> usize {
        usize::from(self.cursor().1)
    }

    /// The cell at a row and column, from 0.
    pub fn cell(&self, row: u16, column: u16) -> Option<&Cell> {
        self.0.screen().cell(row, column)
    }

    /// The rows of the screen.
    pub fn rows(&self) -> Vec<String> {
        let rows = self.0.screen().rows(0, self.size().1);
        rows.map(|row| row.trim_end().to_owned()).collect()
    }

    /// The row of the cursor.
    pub fn cursor_line(&self) -> String {
        self.rows().swap_remove(usize::from(self.cursor().0))
    }

    /// What stands before the cursor, rows without anything between them.
    pub fn text_before_cursor(&self) -> String {
        let (row, column) = self.cursor();
        let mut rows = self.rows();
        rows.truncate(usize::from(row));
        let cells = (0..column).filter_map(|column| self.cell(row, column));
        rows.concat() + &text_of(cells)
    }

    /// The screen as text, without the empty rows below.
    pub fn text(&self) -> String {
        self.rows().join("\n").trim_end().to_owned()
    }

    /// The row and the column at which a text begins, on the lowest row that has it; a wide character counts two.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        let (rows, columns) = self.size();
        (0..rows).rev().find_map(|row| {
            let begins = |column: u16| {
                self.cell(row, column)
                    .is_some_and(|cell| !cell.is_wide_continuation())
            };
            let starts = |column: &u16| begins(*column) && self.text_from(row, *column).starts_with(text);
            (0..columns).find(starts).map(|column| (row, column))
        })
    }

    fn text_from(&self, row: u16, column: u16) -> String {
        text_of((column..self.size().1).filter_map(|c| self.cell(row, c)))
    }

    /// How many lines stand above that of the cursor, since the start.
    pub fn lines_before_cursor(&self) -> usize {
        self.lines_before_screen() + usize::from(self.cursor().0)
    }

    fn lines_before_screen(&self) -> usize {
        self.0.callbacks().lines_gone + self.0.screen().scrollback_len()
    }

    /// The lines from one to before another, counted since the start; those that are not kept any more are left out.
    pub fn lines(&self, from: usize, to: usize) -> Vec<String> {
        let first = self.0.callbacks().lines_gone;
        let kept = self.all();
        let place = |line: usize| line.saturating_sub(first).min(kept.len());
        kept[place(from).min(place(to))..place(to)].to_vec()
    }

    /// Everything that is kept.
    pub fn transcript(&self) -> String {
        self.all().join("\n").trim_end().to_owned()
    }

    fn all(&self) -> Vec<String> {
        let mut above = self.0.screen().clone();
        let columns = self.size().1;
        let mut lines = Vec::new();
        for offset in (1..=above.scrollback_len()).rev() {
            above.set_scrollback(offset);
            lines.extend(above.rows(0, columns).next());
        }
        lines
            .iter_mut()
            .for_each(|line| line.truncate(line.trim_end().len()));
        lines.extend(self.rows());
        lines
    }
}
