//! Whether the first line of delimited text names the columns.
//!
//! A heading is told from data by what stands below it: a word over a column without words. Where that proves nothing,
//! the line is one if all of it can be names and nothing of it is said again. Tools also write headings that are no
//! words: none over the numbers of the rows, or years.

use super::values::Values;

/// Texts that stand for a missing value, in lower case: no heading, though no word either.
const PLACEHOLDERS: [&str; 11] = [
    "-", "--", "?", "#n/a", "inf", "-inf", "n/a", "na", "nan", "none", "null",
];
/// Numbers that are years.
const YEARS: std::ops::RangeInclusive<i64> = 1_900..=2_100;

/// Whether the first row names columns, and those behind it are the data.
pub fn is_header(first: &[String], rest: &[Vec<String>]) -> bool {
    let columns =
        (0..first.len()).map(|i| Column::new(&first[i], rest.iter().filter_map(move |row| row.get(i))));
    let columns: Vec<Column<'_>> = columns.collect();
    let are_years = years_ascend_or_fall(&columns);
    let headings = columns.iter().filter(|c| c.kind == Kind::Word);
    let (mut words, mut names, mut unlike) = (0, true, false);
    for column in headings {
        words += 1;
        names &= is_name(column.heading) && !column.recurs();
        unlike |= column.is_unlike();
    }
    let years = columns.iter().filter(|c| c.kind == Kind::Year).count();
    let others = columns.iter().any(|c| c.kind == Kind::Other);
    if words == 0 || others || (years > 0 && !are_years) {
        return false;
    }
    let blanks = columns.iter().filter(|c| c.kind == Kind::Blank).count();
    let numbered = columns.first().is_some_and(Column::numbers_rows);
    let ends_in_separator = blanks == 1 && columns.last().is_some_and(Column::is_empty) && !rest.is_empty();
    let is_distinct = (1..first.len()).all(|i| !first[..i].contains(&first[i]));
    let is_plain = is_distinct && (blanks == 0 || ends_in_separator);
    unlike || (names && (is_plain || (blanks == 1 && numbered)))
}

/// What a field of the first line may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Blank,
    Year,
    Other,
}

/// A field of the first line, and those below it.
struct Column<'t> {
    heading: &'t str,
    kind: Kind,
    below: Vec<&'t str>,
}

impl<'t> Column<'t> {
    fn new(heading: &'t str, below: impl Iterator<Item = &'t String>) -> Self {
        let kind = match heading.trim() {
            "" => Kind::Blank,
            word if is_word(word) => Kind::Word,
            number if year(number).is_some() => Kind::Year,
            _ => Kind::Other,
        };
        let below = below
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        Self { heading, kind, below }
    }

    fn is_empty(&self) -> bool {
        self.kind == Kind::Blank && self.below.is_empty()
    }

    /// A word over a column without words.
    fn is_unlike(&self) -> bool {
        let stands_for_none = PLACEHOLDERS.contains(&self.heading.trim().to_lowercase().as_str());
        !stands_for_none && !self.below.is_empty() && !self.below.iter().any(|text| is_word(text))
    }

    fn recurs(&self) -> bool {
        self.below.contains(&self.heading)
    }

    /// Nothing over 0, 1, 2, …, as a table is written whose rows have numbers.
    fn numbers_rows(&self) -> bool {
        let first = self.below.first().and_then(|text| text.parse::<i64>().ok());
        let in_turn = |(i, text): (usize, &&str)| {
            let expected = i64::try_from(i).ok().and_then(|i| first?.checked_add(i));
            expected.is_some() && text.parse().ok() == expected
        };
        self.kind == Kind::Blank && matches!(first, Some(0 | 1)) && self.below.iter().enumerate().all(in_turn)
    }
}

/// Years as headings: at least two, in turn, over columns of something else.
fn years_ascend_or_fall(columns: &[Column<'_>]) -> bool {
    let columns = columns.iter().filter(|c| c.kind == Kind::Year);
    let (mut years, mut all) = (Vec::new(), true);
    for column in columns {
        years.extend(year(column.heading.trim()));
        all &= column.below.iter().any(|text| year(text).is_none());
    }
    let steps: Vec<bool> = years.windows(2).map(|pair| pair[0] < pair[1]).collect();
    let distinct = years.windows(2).all(|pair| pair[0] != pair[1]);
    let in_turn = steps.iter().all(|up| Some(up) == steps.first());
    all && distinct && in_turn && !steps.is_empty()
}

fn year(text: &str) -> Option<i64> {
    text.parse().ok().filter(|year| YEARS.contains(year))
}

fn is_word(text: &str) -> bool {
    let mut values = Values::default();
    values.see_field(text);
    values.has_text()
}

fn is_name(text: &str) -> bool {
    let allowed = |(i, b): (usize, u8)| b.is_ascii_alphabetic() || b == b'_' || (i > 0 && b.is_ascii_digit());
    text.trim().bytes().enumerate().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> bool {
        let row = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<String>>();
        let rows: Vec<Vec<String>> = text.lines().map(row).collect();
        is_header(&rows[0], &rows[1..])
    }

    #[test]
    fn a_heading_stands_over_data_that_is_unlike_it() {
        for text in [
            "a,b\n1,x",
            "name,city\nada,london",
            "name,city",
            "a,a,b\n1,2,x",
            ",a,b\n0,1.5,x\n1,2.5,y",
            "a,b,\n1,x,",
            "a,b,\nx,y,\nz,w,",
            ",name,city\n0,ada,london\n1,bob,rome",
            ",name\n1,ada\n2,bob",
            "country,2019,2020\nDE,1.5,2.5",
            "country,2020,2010,2000\nDE,1.5,2.5,7",
            "id,2019,2020\n1,2,3",
        ] {
            assert!(header(text), "{text}");
        }
    }

    #[test]
    fn a_line_that_could_be_data_is_no_heading() {
        for text in [
            "AMZN,1.5\nT,2",
            "x,y\nx,z",
            "a,a\nx,y",
            "1,2\n3,4",
            ",ada,london\n7,bob,rome",
            ",,\n1,2,3",
            "x,,y\nz,,w",
            "N/A,5\n3,4",
            "DE,NaN\nDE,1.5",
            "DE,2019\nFR,2020",
            "DE,2019,2020\nFR,2020,2021",
            "DE,2019,2019\nFR,1,2",
            "DE,2019,2025,2020\nFR,1,2,3",
            "DE,2019,7\nFR,1,2",
        ] {
            assert!(!header(text), "{text}");
        }
    }
}
