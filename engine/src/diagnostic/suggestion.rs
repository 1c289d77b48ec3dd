//! "Did you mean …?": the nearest name by edit distance, case aside.
//!
//! A suggestion is made only when it is close (a third of the letters, at most three), since a far one
//! misleads more than silence.

/// The candidate nearest to `wanted`, if one is near.
pub fn nearest<'c>(wanted: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted = wanted.to_uppercase();
    let limit = (wanted.chars().count() / 3).min(3);
    candidates
        .into_iter()
        .map(|c| (edits(&wanted, &c.to_uppercase()), c))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

/// A name as one would write it: bare when folding keeps it, else in double quotes.
pub(crate) fn written(name: &str) -> String {
    let regular = name
        .chars()
        .enumerate()
        .all(|(i, c)| c == '_' || c.is_ascii_uppercase() || (i > 0 && c.is_ascii_digit()));
    if regular && !name.is_empty() {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// `did you mean X?` for the nearest candidate.
pub(crate) fn did_you_mean<'c>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    nearest(wanted, candidates).map(|name| format!("did you mean {}?", written(name)))
}

/// Edits between two words: insert, delete, replace, swap of neighbours (optimal string alignment).
pub fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replace = last[j] + usize::from(x != y);
            let mut best = replace.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let columns = ["TICKER", "PRICE", "temperature"];
        for (wanted, found) in [
            ("TIKCER", Some("TICKER")),
            ("PRCE", Some("PRICE")),
            ("TEMPRATURE", Some("temperature")),
            ("VOLUME", None),
        ] {
            assert_eq!(nearest(wanted, columns), found, "{wanted}");
        }
        assert_eq!(written("temperature"), "\"temperature\"");
        assert_eq!(written("A_1"), "A_1");
    }
}
