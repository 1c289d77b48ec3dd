//! The catalogue against the binder: nothing missing, nothing left over, and every example binds.

use super::{BuiltIn, FunctionKind, function, functions};
use crate::application::compile;
use crate::bind::expression::CLOCKS;
use crate::bind::{BindOptions, Queries, aggregates, analytic, scalar_functions, table_functions};
use crate::diagnostic::Severity;
use crate::sql::form_names;

fn of(kind: FunctionKind) -> Vec<&'static str> {
    let all = functions().iter().filter(|f| f.kinds.contains(&kind));
    all.map(|f| f.name).collect()
}

fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    names
}

#[test]
fn every_function_that_the_binder_knows_is_here_and_no_other() {
    assert!(functions().is_sorted_by_key(|f| f.name));
    let called = scalar_functions::CALLED.iter().map(|(name, _, _)| *name);
    assert_eq!(of(FunctionKind::Scalar), sorted(called));
    assert_eq!(of(FunctionKind::Aggregate), sorted(aggregates::NAMES));
    assert_eq!(of(FunctionKind::Table), sorted(table_functions::NAMES));
    assert_eq!(of(FunctionKind::Form), sorted(form_names()));
    let clocks = CLOCKS.iter().map(|(name, _, _)| *name);
    assert_eq!(of(FunctionKind::Value), sorted(clocks.chain(["ROWTIME"])));
    // The ranks are known to the binder only to be refused in their own words.
    let ranks = ["CUME_DIST", "DENSE_RANK", "PERCENT_RANK", "RANK", "ROW_NUMBER"];
    let windowed = aggregates::NAMES.into_iter().chain(analytic::NAMES);
    let windowed = windowed.filter(|name| !ranks.contains(name));
    assert_eq!(of(FunctionKind::Analytic), sorted(windowed));
}

/// The errors of a query, and the type of its first column.
fn bound(query: &str) -> (Vec<String>, String) {
    let text = format!(
        "CREATE STREAM TRADES (TICKER VARCHAR(4), PRICE DOUBLE, VOLUME INTEGER, SOLD BOOLEAN);\n{query};"
    );
    let options = BindOptions {
        queries: Queries::Named,
        ..BindOptions::default()
    };
    let compiled = compile(&text, &options);
    let found = compiled.diagnostics.iter();
    let errors = found.filter(|d| d.severity == Severity::Error);
    let query = compiled.application.streams.get(1);
    let ty = query.and_then(|s| s.fields.first()).map(|f| f.ty.to_string());
    (
        errors.map(|d| d.message.clone()).collect(),
        ty.unwrap_or_default(),
    )
}

fn queries(f: &BuiltIn) -> Vec<String> {
    let example = f.example;
    let query = |kind: &FunctionKind| match kind {
        FunctionKind::Scalar | FunctionKind::Form | FunctionKind::Value => {
            format!("SELECT STREAM {example} FROM TRADES")
        }
        FunctionKind::Aggregate => {
            format!("SELECT STREAM {example} FROM TRADES GROUP BY FLOOR(TRADES.ROWTIME TO MINUTE)")
        }
        FunctionKind::Analytic if example.contains("OVER") => format!("SELECT STREAM {example} FROM TRADES"),
        FunctionKind::Analytic => {
            format!("SELECT STREAM {example} OVER (RANGE INTERVAL '1' MINUTE PRECEDING) FROM TRADES")
        }
        FunctionKind::Table => format!("SELECT STREAM * FROM {example}"),
    };
    f.kinds.iter().map(query).collect()
}

#[test]
fn every_example_binds_wherever_the_function_can_stand() {
    for f in functions() {
        assert!(f.example.contains(f.name), "{}", f.name);
        assert!(!f.signatures.is_empty() && f.signatures.iter().all(|s| s.contains(f.name)));
        assert!(f.help.ends_with('.') && f.help.len() < 110, "{}", f.help);
        for query in queries(f) {
            let (errors, ty) = bound(&query);
            assert!(errors.is_empty(), "{query}: {errors:?}");
            let promised = f.signatures[0].rsplit(" -> ").next().unwrap();
            if promised.chars().all(|c| c.is_ascii_uppercase()) {
                assert!(ty.starts_with(promised), "{query}: {ty}");
            }
        }
    }
}

#[test]
fn functions_are_found_in_any_case() {
    assert_eq!(function("tsdiff").map(|f| f.name), Some("TSDIFF"));
    assert_eq!(function("ROUND"), None);
}
