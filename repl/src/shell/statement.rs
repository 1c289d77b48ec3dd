//! What was typed, told apart: statements that come to stand, queries, INSERT, DROP and ALTER PUMP.

use rowtime_engine::sql::ast::{Ident, ObjectKind, Statement as Tree, StatementKind};
use rowtime_engine::sql::parse;

use super::catalogue::{Definition, Statement};

/// A statement as the shell tells it from others.
#[derive(Debug)]
pub enum Kind {
    /// It comes to stand, or is told to be wrong: the definitions in it.
    Define(Vec<Definition>),
    /// `DROP`.
    Drop {
        /// What kind of thing.
        object: ObjectKind,
        /// Its name.
        name: Ident,
        /// `IF EXISTS` was written.
        if_exists: bool,
    },
    /// `ALTER PUMP`.
    Alter {
        /// Which pump.
        name: Ident,
        /// START or STOP.
        start: bool,
    },
    /// A query.
    Query,
    /// INSERT.
    Insert,
}

/// What a statement is that was typed at `offset`.
pub fn kind_of(text: &str, offset: usize) -> Kind {
    let (trees, _) = parse(text);
    let trees: Vec<&Tree> = (trees.iter())
        .filter(|t| !matches!(t.kind, StatementKind::CommentedOut { .. }))
        .collect();
    match trees.as_slice() {
        [one] => match &one.kind {
            StatementKind::Query(_) => return Kind::Query,
            StatementKind::Insert(_) => return Kind::Insert,
            StatementKind::Drop {
                object,
                name,
                if_exists,
            } if *object != ObjectKind::Schema => {
                return Kind::Drop {
                    object: *object,
                    name: name.clone(),
                    if_exists: *if_exists,
                };
            }
            StatementKind::AlterPump { name, start } => {
                return Kind::Alter {
                    name: name.clone(),
                    start: *start,
                };
            }
            _ => {}
        },
        [] => {
            let statement = Statement {
                kind: None,
                name: String::new(),
                or_replace: false,
                text: text.to_owned(),
            };
            return Kind::Define(vec![Definition { statement, offset }]);
        }
        _ => {}
    }
    Kind::Define(definitions(text, offset, &trees))
}

/// The statements of a text; where a `;` is missing, a piece holds several.
fn definitions(text: &str, offset: usize, trees: &[&Tree]) -> Vec<Definition> {
    let mut out = Vec::new();
    let mut from = 0;
    for (i, tree) in trees.iter().enumerate() {
        let to = if i + 1 == trees.len() {
            text.len()
        } else {
            tree.span.end
        };
        let Some(piece) = text.get(from..to) else {
            continue;
        };
        let mut statement = Statement::new(tree, piece.trim().to_owned());
        statement.or_replace |= says_replace(text, tree);
        out.push(Definition {
            statement,
            offset: offset + from + (piece.len() - piece.trim_start().len()),
        });
        from = to;
    }
    out
}

/// The tree of a view does not keep its OR REPLACE.
fn says_replace(text: &str, tree: &Tree) -> bool {
    let written = text.get(tree.span.start..).unwrap_or("");
    let mut words = written.split_whitespace().skip(1);
    let mut is = |word: &str| words.next().is_some_and(|w| w.eq_ignore_ascii_case(word));
    is("OR") && is("REPLACE")
}
