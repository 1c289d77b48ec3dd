//! Writes what came out into the test file, in place: expectations only, everything else stays as it is.

use super::run::Edit;

/// The text with all edits made, its line ends kept; edits do not overlap.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    // From the end, so that earlier line numbers stay true.
    ordered.sort_by_key(|e| std::cmp::Reverse((e.start, e.end)));
    for edit in ordered {
        let start = edit.start.saturating_sub(1).min(lines.len());
        let end = edit.end.saturating_sub(1).clamp(start, lines.len());
        lines.splice(start..end, edit.lines.iter().cloned());
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.join(line_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_replace_insert_and_remove_lines() {
        let edit = |start, end, lines: &[&str]| Edit {
            start,
            end,
            lines: lines.iter().map(|l| (*l).to_owned()).collect(),
        };
        let text = "1\n2\n3\n4\n";
        for (edits, expected) in [
            (vec![], "1\n2\n3\n4\n"),
            (vec![edit(2, 4, &["a"])], "1\na\n4\n"),
            (vec![edit(1, 2, &["a", "b"]), edit(3, 4, &[])], "a\nb\n2\n4\n"),
            (vec![edit(5, 5, &["", "end"])], "1\n2\n3\n4\n\nend\n"),
        ] {
            assert_eq!(apply(text, &edits), expected);
            // Line ends stay as they are, so that the difference shows the expectations only.
            let windows = |text: &str| text.replace('\n', "\r\n");
            assert_eq!(apply(&windows(text), &edits), windows(expected));
        }
    }
}
