//! The columns of a plan as a person would name them: a window's keys and aggregates by what they say.
//!
//! `explain` and the error rows of groups show these; the plan itself refers to columns by position only.

use std::fmt;

use super::sliding::{Extent, SlidingCall, SlidingFunction, SlidingWindow};
use super::{Aggregate, AggregateFunction, Field, Plan};
use crate::expr::text::with_names;

/// The fields of a plan under their readable names.
pub fn shown_fields(plan: &Plan) -> Vec<Field> {
    match plan {
        Plan::Scan { fields, .. }
        | Plan::Project { fields, .. }
        | Plan::Union { fields, .. }
        | Plan::TableFunction { fields, .. } => fields.clone(),
        Plan::Filter { input, .. } | Plan::Sort { input, .. } | Plan::Limit { input, .. } => {
            shown_fields(input)
        }
        Plan::Join(join) => told_apart([shown_fields(&join.left), shown_fields(&join.right)].concat()),
        Plan::Lookup(lookup) => {
            let mut shown = shown_fields(&lookup.input);
            shown.extend(lookup.fields.get(shown.len()..).into_iter().flatten().cloned());
            told_apart(shown)
        }
        Plan::Tumble {
            input,
            keys,
            aggregates,
            fields,
            ..
        }
        | Plan::Stagger {
            input,
            keys,
            aggregates,
            fields,
            ..
        }
        | Plan::Whole {
            input,
            keys,
            aggregates,
            fields,
        } => {
            let below = shown_fields(input);
            let keys = keys.iter().map(|key| with_names(key, &below).to_string());
            let results = aggregates.iter().map(|a| aggregate_text(a, &below).to_string());
            renamed(keys.chain(results), fields)
        }
        Plan::Slide {
            input,
            windows,
            calls,
            fields,
        } => {
            let below = shown_fields(input);
            let passed = below.iter().map(|f| f.name.clone());
            let results = calls.iter().map(|call| call_text(call, windows, &below));
            renamed(passed.chain(results), fields)
        }
    }
}

/// A name that stands before gets a number behind it, as the service did: K, K0, K1.
fn told_apart(mut fields: Vec<Field>) -> Vec<Field> {
    for i in 1..fields.len() {
        let (before, rest) = fields.split_at_mut(i);
        let Some(field) = rest.first_mut() else { continue };
        let is_taken = |name: &str| before.iter().any(|f| f.name == name);
        if is_taken(&field.name) {
            let numbered = (0..).map(|n| format!("{}{n}", field.name));
            field.name = numbered
                .into_iter()
                .find(|name| !is_taken(name))
                .unwrap_or_default();
        }
    }
    fields
}

fn renamed(names: impl Iterator<Item = String>, fields: &[Field]) -> Vec<Field> {
    let named = names.zip(fields);
    named
        .map(|(name, field)| Field {
            name,
            ..field.clone()
        })
        .collect()
}

/// A windowed call with its window and the column names of its input.
pub fn call_text(call: &SlidingCall, windows: &[SlidingWindow], fields: &[Field]) -> String {
    let nulls = |ignore: &bool| if *ignore { " IGNORE NULLS" } else { "" };
    let function = match &call.function {
        SlidingFunction::Aggregate(aggregate) => aggregate_text(aggregate, fields).to_string(),
        SlidingFunction::Lag {
            value,
            rows,
            default,
            ignore_nulls,
        } => {
            let default = default.as_ref().map(|d| format!(", {}", with_names(d, fields)));
            let (value, default) = (with_names(value, fields), default.unwrap_or_default());
            format!("LAG({value}, {rows}{default}){}", nulls(ignore_nulls))
        }
        SlidingFunction::NthValue {
            value,
            n,
            from_last,
            ignore_nulls,
        } => {
            let side = if *from_last { " FROM LAST" } else { "" };
            format!(
                "NTH_VALUE({}, {n}){side}{}",
                with_names(value, fields),
                nulls(ignore_nulls)
            )
        }
        SlidingFunction::ExpAvg { value, half_life_ms } => {
            format!("EXP_AVG({}, {half_life_ms} ms)", with_names(value, fields))
        }
    };
    let window = windows.get(call.window).map(|w| window_text(w, fields));
    format!("{function} OVER ({})", window.unwrap_or_default())
}

fn window_text(window: &SlidingWindow, fields: &[Field]) -> String {
    let extent = match window.extent {
        Extent::Range(ms) => format!("RANGE {ms} ms PRECEDING"),
        Extent::Rows(n) => format!("ROWS {n} PRECEDING"),
        Extent::Unbounded => "UNBOUNDED PRECEDING".to_owned(),
    };
    if window.partition_by.is_empty() {
        return extent;
    }
    let keys = window.partition_by.iter();
    let keys: Vec<String> = keys.map(|e| with_names(e, fields).to_string()).collect();
    format!("PARTITION BY {} {extent}", keys.join(", "))
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
