//! Aligned rows, read back from what a screen shows.

/// A header and its rows.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

fn is_bar(c: char) -> bool {
    matches!(c, '|' | '│')
}

/// A line between the header and the rows.
fn is_rule(line: &str) -> bool {
    let mut drawn = line.trim().chars();
    line.contains(['-', '─']) && drawn.all(|c| matches!(c, '-' | '+' | '─' | '┼' | '|' | '│' | ' '))
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_matches(is_bar);
    line.split(is_bar).map(|cell| cell.trim().to_owned()).collect()
}

impl Table {
    /// The first table of a text: the line above a rule, and those below that are indented as it is.
    pub fn of(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let rule = lines.iter().position(|line| is_rule(line));
        let rule = rule
            .filter(|rule| *rule > 0)
            .unwrap_or_else(|| panic!("no table in:\n{text}"));
        let header = cells(lines[rule - 1]);
        let below = lines[rule + 1..].iter().take_while(|line| line.starts_with(' '));
        let rows = below
            .map(|line| cells(line))
            .filter(|row| row.len() == header.len())
            .collect();
        Self { header, rows }
    }

    /// The values below a name.
    pub fn column(&self, name: &str) -> Vec<&str> {
        let at = self.header.iter().position(|title| title == name);
        let at = at.unwrap_or_else(|| panic!("no column {name:?} in {self:?}"));
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }
}
