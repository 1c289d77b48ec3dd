//! What a test file may expect, and how a difference is told.

use rowtime_engine::diagnostic::Span;
use rowtime_engine::expr::Value;

use super::*;
use crate::testing::case::Name;
use crate::testing::diff::Mark;

fn stream() -> Stream {
    let field = |name: &str, ty| Field {
        name: name.to_owned(),
        ty,
        not_null: false,
    };
    Stream {
        name: "OUT".to_owned(),
        fields: vec![field("CITY", SqlType::Varchar(9)), field("n", SqlType::Double)],
        declared: 2,
        is_external: false,
        span: Span::default(),
    }
}

fn rows() -> Vec<StreamRows> {
    let text = |t: &str| Value::Text(t.into());
    vec![StreamRows {
        stream: 0,
        rowtimes: vec![0, 60_500].into(),
        columns: vec![
            cell::array(SqlType::Varchar(9), &[text("Denver"), text("")]),
            cell::array(SqlType::Double, &[Value::Float(2.0), Value::Null]),
        ],
    }]
}

fn run(table: &[&str], partly: bool) -> Outcome {
    let expect = Expectation {
        line: 1,
        end_line: 1 + table.len(),
        target: Target::Stream(Name {
            text: "OUT".to_owned(),
            exact: false,
        }),
        date: 0,
        partly,
        nothing: table.is_empty(),
        table: (!table.is_empty()).then(|| table::parse(table, 2).unwrap()),
    };
    let mut outcome = Outcome::default();
    check(&expect, &Came::Rows(&stream(), &rows()), &mut outcome);
    outcome
}

#[test]
fn rows_match_by_value_with_or_without_rowtime() {
    for (table, partly) in [
        (
            &[
                "ROWTIME | CITY | N",
                "00:00 | Denver | 2",
                "00:01:00.5 | \"\" | NULL",
            ] as &[&str],
            false,
        ),
        (&["n | city", "2.00 | Denver", "NULL | \"\""], false),
        (&["n", "2", "NULL"], true),
        (&["ROWTIME", "00:00:00", "1970-01-01 00:01:00.500"], true),
    ] {
        assert_eq!(run(table, partly).failures, [], "{table:?}");
    }
}

#[test]
fn differences_name_the_column_or_show_the_rows() {
    for (table, headline) in [
        (
            &["CITY", "Denver"] as &[&str],
            "column n is not expected; to leave columns out, write: expect OUT partly",
        ),
        (&["CITY | N | M", "a | 1 | 2"], "OUT has no column M"),
        (&["CITY | N | N", "a | 1 | 2"], "column N is expected twice"),
        (&["CITY | N", "Denver | 2"], "OUT has other rows than expected"),
        (&[], "OUT should be silent"),
    ] {
        assert_eq!(run(table, false).failures[0].headline, headline);
    }
    let lines = &run(&["CITY | N", "Denver | many", "\"\" | NULL"], false).failures[0].lines;
    let expected = [
        (Mark::Both, "CITY   |    n"),
        (Mark::Minus, "Denver | many"),
        (Mark::Plus, "Denver |  2.0"),
        (Mark::Both, "\"\"     | NULL"),
    ];
    assert_eq!(
        lines.iter().map(|(m, l)| (*m, l.as_str())).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn bless_writes_aligned_tables_and_keeps_what_matches() {
    let edit = run(&[], false).edits.remove(0);
    assert_eq!((edit.start, edit.end), (1, 2));
    assert_eq!(
        edit.lines,
        [
            "expect OUT",
            "  ROWTIME      | CITY   |    n",
            "  00:00:00     | Denver |  2.0",
            "  00:01:00.500 | \"\"     | NULL",
        ]
    );
    assert_eq!(
        run(&["n", "3"], true).edits[0].lines,
        ["expect OUT partly", "     n", "   2.0", "  NULL"]
    );
}

#[test]
fn a_part_of_a_message_is_enough_and_stays() {
    use rowtime_engine::row_error::ErrorName;
    let row = ErrorRow {
        rowtime_ms: 0,
        name: ErrorName::DivisionByZero,
        message: "1 / 0 cannot be".to_owned(),
        data_rowtime_ms: 0,
        data_row: b"{}".to_vec(),
        pump: None,
    };
    let table = ["MESSAGE | PUMP_NAME | DATA_ROW", "1 / 0 | NULL | 7B7D"];
    let expect = Expectation {
        line: 1,
        end_line: 3,
        target: Target::Errors,
        date: 0,
        partly: false,
        nothing: false,
        table: Some(table::parse(&table, 2).unwrap()),
    };
    let mut outcome = Outcome::default();
    check(&expect, &Came::Errors(&[row]), &mut outcome);
    assert_eq!(outcome.failures, []);
    assert_eq!(outcome.edits[0].lines[2], "  1 / 0   | NULL      | 7B7D");
}
