//! What the optimiser may and may not do, over SQL text.

use crate::application::compile;
use crate::bind::BindOptions;

const STREAMS: &str = r#"
CREATE STREAM "IN" (A INTEGER, B INTEGER, C VARCHAR(8), D DOUBLE);
CREATE STREAM "OUT" (X INTEGER);
"#;

/// The plan of one pump after optimisation.
fn plan(query: &str) -> String {
    let text = format!("{STREAMS}\nCREATE PUMP P AS INSERT INTO \"OUT\" {query};");
    let compiled = compile(&text, &BindOptions::default());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    crate::explain::explain(&compiled.application)
}

#[test]
fn only_columns_that_are_read_are_scanned() {
    assert!(plan("SELECT STREAM B FROM \"IN\"").contains("Scan: IN [B]"));
    assert!(plan("SELECT STREAM B FROM \"IN\" WHERE D > 1").contains("Scan: IN [B, D]"));
    assert!(plan("SELECT STREAM X FROM (SELECT STREAM A AS X, C FROM \"IN\")").contains("Scan: IN [A]"));
}

#[test]
fn a_sub_select_that_only_renames_is_no_step_of_its_own() {
    let text = plan("SELECT STREAM X + 1 FROM (SELECT STREAM A AS X, C FROM \"IN\") WHERE X > 0");
    assert_eq!(text.matches("Project").count(), 2, "{text}");
    let text = plan("SELECT STREAM X + 1 FROM (SELECT STREAM A AS X, C FROM \"IN\")");
    assert_eq!(text.matches("Project").count(), 1, "{text}");
}

#[test]
fn an_expression_that_can_fail_stays_though_nobody_reads_it() {
    let text = plan("SELECT STREAM X FROM (SELECT STREAM A AS X, 1 / B AS Y FROM \"IN\")");
    assert!(text.contains("(1 / B) AS Y"), "{text}");
    assert!(text.contains("Scan: IN [A, B]"), "{text}");
}

#[test]
fn a_sub_select_with_a_rowtime_of_its_own_stays() {
    let text = plan(
        "SELECT STREAM X FROM (SELECT STREAM A AS X, FLOOR(\"IN\".ROWTIME TO HOUR) AS ROWTIME FROM \"IN\")",
    );
    assert!(text.contains("AS ROWTIME"), "{text}");
    assert_eq!(text.matches("Project").count(), 2, "{text}");
}
