//! The columns of a plan as a person would name them: a window's keys and aggregates by what they say.
//!
//! `explain` and the error rows of groups show these; the plan itself refers to columns by position only.

use std::fmt;

use super::{Aggregate, AggregateFunction, Field, Plan};
use crate::expr::text::with_names;

/// The fields of a plan under their readable names.
pub fn shown_fields(plan: &Plan) -> Vec<Field> {
    match plan {
        Plan::Scan { fields, .. } | Plan::Project { fields, .. } => fields.clone(),
        Plan::Filter { input, .. } => shown_fields(input),
        Plan::Tumble {
            input,
            keys,
            aggregates,
            fields,
            ..
        } => {
            let below = shown_fields(input);
            let keys = keys.iter().map(|key| with_names(key, &below).to_string());
            let results = aggregates.iter().map(|a| aggregate_text(a, &below).to_string());
            let named = keys.chain(results).zip(fields);
            named
                .map(|(name, field)| Field {
                    name,
                    ..field.clone()
                })
                .collect()
        }
    }
}

/// An aggregate call with the column names of its input.
pub fn aggregate_text<'a>(aggregate: &'a Aggregate, fields: &'a [Field]) -> impl fmt::Display + 'a {
    AggregateText(aggregate, fields)
}

struct AggregateText<'a>(&'a Aggregate, &'a [Field]);

impl fmt::Display for AggregateText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use AggregateFunction as F;
        let name = crate::aggregate::name(self.0.function);
        let distinct = if self.0.distinct { "DISTINCT " } else { "" };
        match &self.0.argument {
            Some(argument) => write!(f, "{name}({distinct}{})", with_names(argument, self.1))?,
            None => write!(f, "{name}(*)")?,
        }
        match self.0.function {
            F::FirstValue { ignore_nulls: true } | F::LastValue { ignore_nulls: true } => {
                f.write_str(" IGNORE NULLS")
            }
            _ => Ok(()),
        }
    }
}
