//! What columns are called (`decisions.md` 5): as in the data, or as the service renamed them (`application.md` §12).

use std::collections::HashSet;

use rowtime_engine::sql::{self, IDENTIFIER_MAX};

use super::Inference;
use crate::format::arrival::ROWTIME_FIELD;

/// Characters of a name that the service kept.
const NAME_CHARS_MAX: usize = 100;

/// What makes a name its own is never longer.
const LONGEST_NUMBER: &str = "_4294967295";

/// Gives every column a name of its own.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashSet<String>,
    /// Names of the record's own members, whatever order they stand in.
    reserved: HashSet<String>,
}

impl Names {
    /// Keeps a name for the member of the record that has it.
    pub fn reserve(&mut self, inference: Inference, member: &str) {
        self.reserved.insert(match inference {
            Inference::Wide => member.to_owned(),
            Inference::Service => service_name(member, 0),
        });
    }

    /// The name of the column at this position whose field is reached by these member names, the outermost first.
    pub fn name(&mut self, inference: Inference, position: usize, path: &[&str]) -> String {
        let leaf = path.last().copied().unwrap_or_default();
        let candidates = (1..=path.len()).map(|n| path[path.len() - n..].join("_"));
        let wanted = candidates.map(|name| match inference {
            Inference::Wide if is_sayable(&name) => name,
            Inference::Wide => format!("COL_{position}"),
            Inference::Service => service_name(&name, position),
        });
        let is_nested = path.len() > 1;
        let is_own = |name: &String| !is_nested || !self.reserved.contains(name);
        let mut free = wanted.filter(|name| is_own(name) && self.is_free(name, inference));
        let name = match free.next() {
            Some(name) => name,
            None => {
                let base = match inference {
                    Inference::Service => service_name(leaf, position),
                    Inference::Wide => Some(path.join("_"))
                        .filter(|name| is_sayable(&format!("{name}{LONGEST_NUMBER}")))
                        .unwrap_or_else(|| format!("COL_{position}")),
                };
                let mut numbered = (2u32..).map(|n| format!("{base}_{n}"));
                let free = numbered.find(|name| is_own(name) && self.is_free(name, inference));
                free.unwrap_or(base)
            }
        };
        self.taken.insert(name.clone());
        name
    }

    /// ROWTIME is the column of time that every stream has.
    fn is_free(&self, name: &str, inference: Inference) -> bool {
        let is_clock = inference == Inference::Wide && name.eq_ignore_ascii_case(ROWTIME_FIELD);
        !is_clock && !self.taken.contains(name)
    }
}

/// Whether SQL can say a name: quoted names hold anything but control characters.
fn is_sayable(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= IDENTIFIER_MAX && !name.chars().any(|c| c < ' ')
}

/// A name of the data that SQL cannot say.
pub fn unsayable(name: &str, inference: Inference) -> Option<String> {
    (inference == Inference::Wide && !name.is_empty() && !is_sayable(name)).then(|| name.to_owned())
}

/// The name that the service gave to a field.
pub fn service_name(name: &str, position: usize) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_kept = !name.is_empty()
        && name.chars().all(is_plain)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.len() <= NAME_CHARS_MAX
        && !sql::is_reserved(name);
    if is_kept {
        return name.to_owned();
    }
    let prefix = "COL_";
    let plain: String = name
        .chars()
        .filter(|c| is_plain(*c))
        .take(NAME_CHARS_MAX - prefix.len())
        .collect();
    if plain.is_empty() {
        format!("{prefix}{position}")
    } else {
        format!("{prefix}{plain}")
    }
}

/// A name as it is written in SQL: quoted unless it stands for itself.
pub fn in_sql(name: &str) -> String {
    let is_plain = |(i, b): (usize, u8)| b.is_ascii_uppercase() || b == b'_' || (i > 0 && b.is_ascii_digit());
    if !name.is_empty() && name.bytes().enumerate().all(is_plain) && !sql::is_reserved(name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_renames_as_its_guide_shows() {
        let long = "x".repeat(101);
        for (name, position, expected) in [
            ("USER", 3, "COL_USER"),
            ("USER@DOMAIN", 3, "COL_USERDOMAIN"),
            ("@@", 0, "COL_0"),
            ("year", 3, "COL_year"),
            ("TICKER_SYMBOL", 0, "TICKER_SYMBOL"),
            ("1st", 0, "COL_1st"),
            ("", 7, "COL_7"),
            (long.as_str(), 0, &format!("COL_{}", "x".repeat(96))),
        ] {
            assert_eq!(service_name(name, position), expected, "{name}");
        }
    }

    #[test]
    fn leaves_are_told_apart_by_their_parents_and_then_by_numbers() {
        let mut names = Names::default();
        names.reserve(Inference::Wide, "kept");
        let mut name = |path: &[&str]| names.name(Inference::Wide, 4, path);
        assert_eq!(name(&["id"]), "id");
        assert_eq!(name(&["user", "id"]), "user_id");
        assert_eq!(name(&["a", "user", "id"]), "a_user_id");
        assert_eq!(name(&["user_id"]), "user_id_2");
        assert_eq!(name(&["meta", "ROWTIME"]), "meta_ROWTIME");
        assert_eq!(name(&["meta", "kept"]), "meta_kept");
        assert_eq!(name(&["kept"]), "kept");
        assert_eq!(name(&[""]), "COL_4");
        assert_eq!(name(&["x", "a\nb"]), "COL_4_2");
        let longest = "n".repeat(128);
        assert_eq!(name(&[&longest]), longest);
        assert_eq!(name(&[&longest]), "COL_4_3");
    }

    #[test]
    fn names_are_quoted_where_sql_would_read_another_one() {
        for (name, written) in [
            ("PRICE", "PRICE"),
            ("price", "\"price\""),
            ("A 1", "\"A 1\""),
            ("1A", "\"1A\""),
            ("TIMESTAMP", "\"TIMESTAMP\""),
            ("a\"b", "\"a\"\"b\""),
        ] {
            assert_eq!(in_sql(name), written);
        }
    }
}
