//! Expected rows against the rows that came, as an aligned table of kept, missing and unexpected rows.
//!
//! Rows are compared in order: a longest common subsequence shows the fewest changes.

use super::table::{self, Align, Cell};

/// Cells of the comparison table; beyond it only common beginnings and ends are found.
const COMPARISONS_MAX: usize = 4_000_000;

/// One line of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Expected row i is actual row j.
    Same(usize, usize),
    /// Expected row i did not come.
    Missing(usize),
    /// Actual row j was not expected.
    Unexpected(usize),
}

/// Compares `expected` with `actual` rows by `same(expected, actual)`.
pub fn compare(expected: usize, actual: usize, same: &dyn Fn(usize, usize) -> bool) -> Vec<Change> {
    let shorter = expected.min(actual);
    let head = (0..shorter).take_while(|i| same(*i, *i)).count();
    let tail = (0..shorter - head)
        .take_while(|i| same(expected - 1 - i, actual - 1 - i))
        .count();
    let (rows, columns) = (expected - head - tail, actual - head - tail);
    let mut changes: Vec<Change> = (0..head).map(|i| Change::Same(i, i)).collect();
    if rows.saturating_mul(columns) > COMPARISONS_MAX {
        changes.extend((head..head + rows).map(Change::Missing));
        changes.extend((head..head + columns).map(Change::Unexpected));
    } else {
        let middle = longest_common(rows, columns, &|i, j| same(head + i, head + j));
        changes.extend(middle.into_iter().map(|change| match change {
            Change::Same(i, j) => Change::Same(head + i, head + j),
            Change::Missing(i) => Change::Missing(head + i),
            Change::Unexpected(j) => Change::Unexpected(head + j),
        }));
    }
    changes.extend(
        (0..tail)
            .rev()
            .map(|i| Change::Same(expected - 1 - i, actual - 1 - i)),
    );
    changes
}

fn longest_common(rows: usize, columns: usize, same: &dyn Fn(usize, usize) -> bool) -> Vec<Change> {
    // best[i][j]: rows in common of what follows expected i and actual j.
    let mut best = vec![vec![0usize; columns + 1]; rows + 1];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            best[i][j] = if same(i, j) {
                best[i + 1][j + 1] + 1
            } else {
                best[i + 1][j].max(best[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut changes) = (0, 0, Vec::new());
    while i < rows || j < columns {
        if i < rows && j < columns && same(i, j) {
            changes.push(Change::Same(i, j));
            (i, j) = (i + 1, j + 1);
        } else if j == columns || (i < rows && best[i + 1][j] >= best[i][j + 1]) {
            changes.push(Change::Missing(i));
            i += 1;
        } else {
            changes.push(Change::Unexpected(j));
            j += 1;
        }
    }
    changes
}

/// What a line of a printed difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// On both sides, or the header.
    Both,
    /// Only expected.
    Minus,
    /// Only there.
    Plus,
}

/// Rows on both sides that are printed around a change.
const CONTEXT_ROWS: usize = 3;

/// The difference as aligned lines, header first; long stretches without a change are cut out.
pub fn print(
    header: &[Cell],
    align: &[Align],
    expected: &[Vec<Cell>],
    actual: &[Vec<Cell>],
    changes: &[Change],
) -> Vec<(Mark, String)> {
    let marked = |change: &Change| -> (Mark, Vec<Cell>) {
        match change {
            Change::Same(_, j) => (Mark::Both, actual.get(*j).cloned().unwrap_or_default()),
            Change::Missing(i) => (Mark::Minus, expected.get(*i).cloned().unwrap_or_default()),
            Change::Unexpected(j) => (Mark::Plus, actual.get(*j).cloned().unwrap_or_default()),
        }
    };
    let (marks, rows): (Vec<Mark>, Vec<Vec<Cell>>) = changes.iter().map(marked).unzip();
    let mut lines = table::print(header, align, &rows).into_iter();
    let mut out: Vec<(Mark, String)> = lines.next().map(|h| (Mark::Both, h)).into_iter().collect();
    let near = |i: usize| {
        let from = i.saturating_sub(CONTEXT_ROWS);
        marks
            .iter()
            .skip(from)
            .take(i - from + CONTEXT_ROWS + 1)
            .any(|m| *m != Mark::Both)
    };
    let mut cut = 0;
    for (i, (mark, line)) in marks.iter().zip(lines).enumerate() {
        if !near(i) {
            cut += 1;
            continue;
        }
        if cut > 0 {
            out.push((Mark::Both, format!("… {cut} rows as expected")));
            cut = 0;
        }
        out.push((*mark, line));
    }
    if cut > 0 {
        out.push((Mark::Both, format!("… {cut} rows as expected")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(expected: &str, actual: &str) -> String {
        let (e, a): (Vec<char>, Vec<char>) = (expected.chars().collect(), actual.chars().collect());
        compare(e.len(), a.len(), &|i, j| e[i] == a[j])
            .into_iter()
            .flat_map(|c| match c {
                Change::Same(i, _) => [' ', e[i]],
                Change::Missing(i) => ['-', e[i]],
                Change::Unexpected(j) => ['+', a[j]],
            })
            .collect()
    }

    #[test]
    fn differences_are_the_fewest() {
        for (expected, actual, shown) in [
            ("", "", ""),
            ("ab", "ab", " a b"),
            ("abc", "ac", " a-b c"),
            ("ac", "abc", " a+b c"),
            ("abcd", "axd", " a-b-c+x d"),
            ("aa", "a", " a-a"),
            ("", "ab", "+a+b"),
            ("abcde", "bxde", "-a b-c+x d e"),
        ] {
            assert_eq!(changes(expected, actual), shown, "{expected} {actual}");
        }
    }

    #[test]
    fn far_away_rows_are_cut_out() {
        let rows: Vec<Vec<Cell>> = (0..20).map(|i| vec![Cell::plain(i.to_string())]).collect();
        let mut other = rows.clone();
        other[10] = vec![Cell::plain("x")];
        let changes = compare(20, 20, &|i, j| rows[i] == other[j]);
        let lines = print(&[Cell::plain("N")], &[Align::Right], &rows, &other, &changes);
        let text: Vec<&str> = lines.iter().map(|(_, l)| l.as_str()).collect();
        assert_eq!(
            text,
            [
                " N",
                "… 7 rows as expected",
                " 7",
                " 8",
                " 9",
                "10",
                " x",
                "11",
                "12",
                "13",
                "… 6 rows as expected"
            ]
        );
    }
}
