//! Queries that stand alone in a script, where that is allowed: each is a stream and the pump that fills it.
//!
//! A query shows its columns as they are: without a name, with the name of another, or of a type that no stream can
//! declare. While one over data that ends is bound, [`Rules::Bounded`] stand in place of those of streams; views and the
//! streams that it reads keep theirs, since pumps read them too.

use super::binder::Binder;
use super::relation::Relation;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Field, Plan};
use crate::sql::ast::{Limit, Query, QueryBody};
use crate::sql::foreign_clause;
use crate::types::SqlType;

/// What becomes of a query that stands alone in a script.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Queries {
    /// It is refused: queries stand inside pumps.
    #[default]
    Refused,
    /// It becomes a stream and a pump, both called [`query_name`].
    Named,
    /// The same, over data that ends: everything is one window that closes at the end, wherever the query needs one and
    /// has none.
    Bounded,
}

/// Which rules hold for the query that is being bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Rows go on for ever.
    Streaming,
    /// Rows end, so that what waits for all of them ends too.
    Bounded,
}

/// What the stream and the pump of the `number`-th query of a script are called, counted from 1.
pub fn query_name(number: usize) -> String {
    format!("query {number}")
}

/// The columns that a query shows, as a stream has them; `None` after a reported fault.
pub(super) fn shown_fields(relation: &Relation) -> Option<Vec<Field>> {
    let shown = relation.columns.iter().map(|column| {
        Some(Field {
            name: column.name.clone(),
            ty: match column.ty? {
                // NULL alone has no type of its own.
                SqlType::Null => SqlType::Varchar(1),
                ty => ty,
            },
            not_null: false,
        })
    });
    let fields = shown.collect();
    if relation.complete { fields } else { None }
}

/// LIMIT of a query that stands alone, which is refused where rows do not end.
pub(super) fn limited(binder: &Binder, query: &Query, relation: Relation, rules: Rules) -> Relation {
    let Some(Limit { rows, word, span }) = query.limit else {
        return relation;
    };
    if rules == Rules::Streaming {
        let (what, hint) = foreign_clause(word, None).unwrap_or((word, "remove it"));
        let message = format!("{what} is not part of the dialect of streams");
        let d = Diagnostic::not_supported(span, message).with_hint(hint);
        binder.faults.report(d);
    }
    Relation {
        plan: relation.plan.map(|input| Plan::Limit {
            input: Box::new(input),
            rows,
        }),
        ..relation
    }
}

/// SELECT without STREAM is taken as streaming (`decisions.md` 3).
pub(super) fn expect_stream_keyword(binder: &Binder, query: &Query, whose: &str) {
    if let QueryBody::Select(select) = &query.body
        && !select.stream
    {
        let start = select.span.start;
        let word = Span::new(start, select.span.end.min(start + "SELECT".len()));
        let message = format!("The query{whose} says SELECT without STREAM");
        binder
            .faults
            .report(Diagnostic::lenient(word, message).with_hint("write SELECT STREAM"));
    }
}
