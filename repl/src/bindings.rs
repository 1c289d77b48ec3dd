//! Names on the command line: exactly, else upper-cased, else unique ignoring case (`decisions.md` 24).

use crate::failure::Failure;

/// What a name on the command line means among `candidates`.
#[derive(Debug, PartialEq, Eq)]
pub enum Resolved<'a> {
    /// This one.
    One(&'a str),
    /// Several that differ only in case.
    Ambiguous(Vec<&'a str>),
    /// None.
    Unknown,
}

/// Resolves a name.
pub fn resolve<'a>(name: &str, candidates: &[&'a str]) -> Resolved<'a> {
    let upper = name.to_uppercase();
    for wanted in [name, &upper] {
        if let Some(found) = candidates.iter().find(|c| **c == wanted) {
            return Resolved::One(found);
        }
    }
    let lower = name.to_lowercase();
    let similar: Vec<&str> = candidates
        .iter()
        .copied()
        .filter(|c| c.to_lowercase() == lower)
        .collect();
    match similar.as_slice() {
        [] => Resolved::Unknown,
        [one] => Resolved::One(one),
        _ => Resolved::Ambiguous(similar),
    }
}

/// Resolves the name of a stream or says what there is instead; `option` is the option it was given to.
pub fn resolve_or_explain<'a>(option: &str, name: &str, candidates: &[&'a str]) -> Result<&'a str, Failure> {
    among(option, name, candidates, "streams").map_err(|there_are| {
        Failure::Wrong(match there_are {
            NotOne::Several(message) => message,
            NotOne::None if candidates.is_empty() => {
                format!("{option} {name}: the application has no stream")
            }
            NotOne::None => format!(
                "{option} {name}: there is no such stream; the application has {}",
                candidates.join(", ")
            ),
        })
    })
}

/// Resolves the name of a reference table among the relations that the script reads and does not create.
pub fn resolve_table<'a>(name: &str, candidates: &[&'a str]) -> Result<&'a str, Failure> {
    const OPTION: &str = "--reference";
    among(OPTION, name, candidates, "tables").map_err(|there_are| {
        Failure::Wrong(match there_are {
            NotOne::Several(message) => message,
            NotOne::None if candidates.is_empty() => {
                format!("{OPTION} {name}: the application reads nothing that it does not create itself")
            }
            NotOne::None => format!(
                "{OPTION} {name}: the application reads no such table; of what it does not create itself it reads {}",
                candidates.join(", ")
            ),
        })
    })
}

/// Why a name means nothing.
enum NotOne {
    None,
    Several(String),
}

fn among<'a>(option: &str, name: &str, candidates: &[&'a str], many: &str) -> Result<&'a str, NotOne> {
    match resolve(name, candidates) {
        Resolved::One(found) => Ok(found),
        Resolved::Ambiguous(similar) => Err(NotOne::Several(format!(
            "{option} {name}: several {many} have this name ignoring case ({}); write one exactly",
            similar.join(", ")
        ))),
        Resolved::Unknown => Err(NotOne::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_resolve_exactly_then_upper_cased_then_ignoring_case() {
        let streams = ["SENSORS", "sensors", "Readings", "Out", "OUt"];
        for (name, expected) in [
            ("sensors", Resolved::One("sensors")),
            ("Sensors", Resolved::One("SENSORS")),
            ("READINGS", Resolved::One("Readings")),
            ("out", Resolved::Ambiguous(vec!["Out", "OUt"])),
            ("in", Resolved::Unknown),
        ] {
            assert_eq!(resolve(name, &streams), expected, "{name}");
        }
    }
}
