//! The streams of `tests/data/forest` and the scores of the reference implementation.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// A table of text cells.
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A stream with planted anomalies.
pub struct Stream {
    /// Numbers in a row.
    pub columns: usize,
    /// The numbers, row by row.
    pub values: Vec<f64>,
    /// By row, whether it is anomalous.
    pub labels: Vec<bool>,
    /// By row, the kind of anomaly.
    pub kinds: Vec<String>,
    /// By row, the changed columns, counted from 0, and whether they were raised.
    pub changed: Vec<Vec<(usize, bool)>>,
}

impl Table {
    /// Reads `NAME.csv.gz`.
    ///
    /// # Panics
    /// When it is missing or broken.
    #[expect(clippy::expect_used, reason = "a test's data is there")]
    pub fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/forest/{name}.csv.gz"));
        let mut text = String::new();
        let file = File::open(path).expect("the data of the test is there");
        MultiGzDecoder::new(file)
            .read_to_string(&mut text)
            .expect("the data of the test can be read");
        let mut lines = text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect());
        Self {
            header: lines.next().expect("the data has a header"),
            rows: lines.collect(),
        }
    }

    /// A column as text; none if it is not there.
    pub fn text(&self, name: &str) -> Option<Vec<&str>> {
        let at = self.header.iter().position(|column| column == name)?;
        Some(self.rows.iter().map(|row| row[at].as_str()).collect())
    }

    /// A column as numbers.
    ///
    /// # Panics
    /// When there is none of that name, or it holds something else.
    #[expect(clippy::expect_used, reason = "a test's data is whole")]
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        let column = self.text(name).expect("the column is there");
        column
            .iter()
            .map(|cell| cell.parse().expect("a number"))
            .collect()
    }
}

impl Stream {
    /// Reads a stream.
    ///
    /// # Panics
    /// When its file is missing or broken.
    #[expect(clippy::expect_used, reason = "a test's data is whole")]
    pub fn read(name: &str) -> Self {
        let table = Table::read(name);
        let is_value = |column: &&String| column.starts_with('x');
        let columns: Vec<Vec<f64>> = (table.header.iter().filter(is_value))
            .map(|column| table.numbers(column))
            .collect();
        let rows = table.rows.len();
        let text = |name| table.text(name).unwrap_or_else(|| vec![""; rows]);
        Self {
            columns: columns.len(),
            values: (0..rows)
                .flat_map(|row| columns.iter().map(move |c| c[row]))
                .collect(),
            labels: text("label").iter().map(|&label| label == "1").collect(),
            kinds: text("kind").into_iter().map(str::to_owned).collect(),
            changed: (text("cols").iter())
                .map(|cell| {
                    cell.split(';')
                        .filter(|part| !part.is_empty())
                        .map(|part| {
                            let (column, sign) = part.split_at(part.len() - 1);
                            (column.parse::<usize>().expect("a column") - 1, sign == "+")
                        })
                        .collect()
                })
                .collect(),
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }
}
