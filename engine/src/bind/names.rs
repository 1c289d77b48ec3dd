//! Matching of names (`decisions.md` 1): quoted names exactly; unquoted ones folded and exactly, else by the
//! one name that differs in case only.

use crate::sql::ast::Ident;

/// What a name matched, by position among the candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// The name itself.
    Exact(usize),
    /// One name that differs in case only (lenient).
    OtherCase(usize),
    /// Several.
    Ambiguous(Vec<usize>),
    /// Nothing.
    Nothing,
}

/// Looks `ident` up among `names`.
pub(super) fn find<'n>(names: impl IntoIterator<Item = &'n str>, ident: &Ident) -> Match {
    let folded = ident.name.to_uppercase();
    let mut exact = Vec::new();
    let mut other = Vec::new();
    for (i, name) in names.into_iter().enumerate() {
        if name == ident.name {
            exact.push(i);
        } else if !ident.quoted && name.to_uppercase() == folded {
            other.push(i);
        }
    }
    let (one, many): (fn(usize) -> Match, _) = if exact.is_empty() {
        (Match::OtherCase, other)
    } else {
        (Match::Exact, exact)
    };
    match many.as_slice() {
        [] => Match::Nothing,
        [only] => one(*only),
        _ => Match::Ambiguous(many),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    #[test]
    fn unquoted_names_fall_back_to_another_case() {
        let names = ["TICKER", "price", "Price", "temp"];
        for (name, quoted, found) in [
            ("TICKER", false, Match::Exact(0)),
            ("TEMP", false, Match::OtherCase(3)),
            ("TEMP", true, Match::Nothing),
            ("price", true, Match::Exact(1)),
            ("PRICE", false, Match::Ambiguous(vec![1, 2])),
        ] {
            let ident = Ident {
                name: name.to_owned(),
                quoted,
                span: Span::default(),
            };
            assert_eq!(find(names, &ident), found, "{name}");
        }
    }
}
