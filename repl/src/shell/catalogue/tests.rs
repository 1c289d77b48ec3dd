//! What replaces what, what DROP means, and where findings go back to.

use rowtime_engine::bind::BindOptions;
use rowtime_engine::diagnostic::Diagnostic;

use super::*;
use crate::shell::candidate::Found;
use crate::shell::statement::{Kind as What, kind_of};
use crate::shell::typed::Typed;

const S: &str = "CREATE STREAM s (a INTEGER);";
const P: &str = "CREATE OR REPLACE PUMP p AS INSERT INTO s SELECT STREAM a FROM t;";

fn define(text: &str, offset: usize) -> Vec<Definition> {
    match kind_of(text, offset) {
        What::Define(definitions) => definitions,
        other => panic!("{text} is {other:?}"),
    }
}

fn with(catalogue: &mut Catalogue, text: &str) {
    let candidate = catalogue.with(&define(text, 0));
    catalogue.adopt(candidate);
}

fn titles(catalogue: &Catalogue) -> Vec<String> {
    catalogue.statements().iter().map(Statement::title).collect()
}

fn name(name: &str, quoted: bool) -> Ident {
    Ident {
        name: name.to_owned(),
        quoted,
        span: Default::default(),
    }
}

#[test]
fn what_is_replaced_leaves_its_place() {
    let mut catalogue = Catalogue::default();
    with(&mut catalogue, S);
    with(&mut catalogue, P);
    with(&mut catalogue, "CREATE VIEW v AS SELECT STREAM a FROM s;");
    with(
        &mut catalogue,
        "CREATE OR REPLACE STREAM s (a INTEGER, b INTEGER);",
    );
    with(
        &mut catalogue,
        "create or  replace VIEW v AS SELECT STREAM b FROM s;",
    );
    assert_eq!(titles(&catalogue), ["stream S", "pump P", "view V"]);
    assert!(catalogue.statements()[0].text.contains("b INTEGER"));
    assert!(catalogue.statements()[2].text.contains("SELECT STREAM b"));
    // Without OR REPLACE both are there, for the binder to refuse.
    let twice = catalogue.with(&define(S, 0));
    assert_eq!(twice.text().matches("STREAM s").count(), 2);
}

#[test]
fn functions_of_one_name_differ_in_their_parameters() {
    let mut catalogue = Catalogue::default();
    let function = |ty: &str| format!("CREATE FUNCTION f (x {ty}) RETURNS {ty} RETURN x;");
    with(&mut catalogue, &function("INTEGER"));
    with(&mut catalogue, &function("DOUBLE"));
    with(&mut catalogue, &function("DOUBLE"));
    assert_eq!(titles(&catalogue), ["function F", "function F"]);
}

#[test]
fn drop_means_one_kind_of_thing_and_a_quoted_name_exactly() {
    let mut catalogue = Catalogue::default();
    with(&mut catalogue, "CREATE STREAM s (a INTEGER); ");
    with(&mut catalogue, "CREATE STREAM q AS SELECT STREAM a FROM s;");
    let without = |object, name: &Ident| {
        let left = catalogue.without(object, name)?;
        Some(left.into_placed().len())
    };
    assert_eq!(without(ObjectKind::Stream, &name("S", false)), Some(1));
    assert_eq!(without(ObjectKind::Stream, &name("s", true)), None);
    assert_eq!(without(ObjectKind::Pump, &name("S", false)), None);
    assert_eq!(without(ObjectKind::Pump, &name("Q", false)), Some(1));
    assert_eq!(without(ObjectKind::View, &name("S", false)), None);
}

#[test]
fn a_pump_that_is_declared_anew_runs() {
    let mut catalogue = Catalogue::default();
    with(&mut catalogue, P);
    assert!(catalogue.set_stopped("P", true));
    assert!(!catalogue.set_stopped("P", true));
    with(&mut catalogue, S);
    assert!(catalogue.is_stopped("P"));
    with(&mut catalogue, P);
    assert!(!catalogue.is_stopped("P"));
}

#[test]
fn findings_go_back_to_what_was_typed_or_to_what_stands() {
    let mut catalogue = Catalogue::default();
    with(
        &mut catalogue,
        "CREATE STREAM t (a INTEGER) -- no semicolon, but a comment",
    );
    with(&mut catalogue, S);
    with(&mut catalogue, P);
    let entry = "\n  CREATE OR REPLACE STREAM t\n (b INTEGR);";
    let candidate = catalogue.with(&define(entry.trim_start(), 3));
    let (_, found) = rowtime_engine::sql::parse(candidate.text());
    let typed = Typed {
        file: "f",
        text: entry,
        lines_before: 0,
        at_prompt: true,
    };
    let at = |finding: &Diagnostic| match candidate.locate(finding, &typed) {
        Some(Found::Typed(found)) => typed.line(&found),
        other => panic!("{other:?}"),
    };
    assert_eq!(found.len(), 1);
    assert!(at(&found[0]).starts_with("f:3:5: error"), "{}", at(&found[0]));

    let renamed = catalogue.with(&define("CREATE OR REPLACE STREAM t (b INTEGER);", 0));
    let compiled = rowtime_engine::application::compile(renamed.text(), &BindOptions::default());
    let broken: Vec<String> = (compiled.diagnostics.iter())
        .filter_map(|d| match renamed.locate(d, &typed) {
            Some(Found::Standing(statement, found)) => {
                let at = &statement.text[found.span.start..found.span.end];
                Some(format!("{}: {at}", statement.title()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(broken, ["pump P: a"]);
}
