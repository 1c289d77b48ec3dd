use std::sync::Arc;

use arrow::array::{
    Array, BinaryViewArray, BooleanArray, Decimal128Array, Float64Array, Int32Array, StringViewArray,
};
use rowtime_engine::types::SqlType;

use super::*;

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringViewArray::from(values.to_vec()))
}

fn numbers(values: &[Option<i32>]) -> ArrayRef {
    Arc::new(Int32Array::from(values.to_vec()))
}

fn field(name: &str, ty: SqlType) -> Field {
    Field {
        name: name.to_owned(),
        ty,
        not_null: false,
    }
}

fn rows(columns: Vec<ArrayRef>) -> RowsToShow {
    let count = columns.first().map_or(0, |c| c.len());
    RowsToShow {
        rowtimes: vec![0; count].into(),
        columns,
    }
}

/// What the printer prints for these batches.
fn printed(format: OutputFormat, fields: &[Field], look: Look, batches: &[RowsToShow]) -> String {
    let mut out = Vec::new();
    let mut printer = printer(format, fields, look);
    for batch in batches {
        printer.rows(batch, &mut out).unwrap();
    }
    printer.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn table(width: Option<usize>, fields: &[Field], batches: &[RowsToShow]) -> String {
    printed(
        OutputFormat::Table,
        fields,
        Look { width, colour: false },
        batches,
    )
}

fn trades() -> Vec<Field> {
    vec![
        field("TICKER", SqlType::Varchar(64)),
        field("N", SqlType::Integer),
    ]
}

#[test]
fn a_table_is_aligned_numbers_to_the_right() {
    let batch = rows(vec![
        text(&[Some("AMZN"), Some("a"), None]),
        numbers(&[Some(7), None, Some(-1234)]),
    ]);
    assert_eq!(
        table(Some(80), &trades(), &[batch]),
        " TICKER |     N\n\
         --------+-------\n \
         AMZN   |     7\n \
         a      |  NULL\n \
         NULL   | -1234\n"
    );
}

#[test]
fn null_is_dim_and_the_header_bold_in_colour() {
    let look = Look {
        width: Some(80),
        colour: true,
    };
    let batch = rows(vec![numbers(&[None, Some(1)])]);
    assert_eq!(
        printed(
            OutputFormat::Table,
            &[field("NN", SqlType::Integer)],
            look,
            &[batch]
        ),
        "\x1b[1m   NN\x1b[0m\n------\n \x1b[2mNULL\x1b[0m\n    1\n"
    );
}

#[test]
fn wide_and_combining_characters_and_emoji_keep_the_columns_straight() {
    let batch = rows(vec![
        text(&[Some("日本"), Some("e\u{301}te\u{301}"), Some("🚀"), Some("x")]),
        numbers(&[Some(1), Some(2), Some(3), Some(4)]),
    ]);
    let shown = table(
        Some(80),
        &[field("S", SqlType::Varchar(9)), field("N", SqlType::Integer)],
        &[batch],
    );
    assert_eq!(
        shown,
        " S    | N\n------+---\n 日本 | 1\n e\u{301}te\u{301}  | 2\n 🚀   | 3\n x    | 4\n"
    );
}

#[test]
fn control_characters_cannot_move_the_cursor() {
    let batch = rows(vec![text(&[Some("a\nb\tc\x1b[2J\u{202e}\u{0}")])]);
    let expected = "a\\nb\\tc\\u{1b}[2J\\u{202e}\\u{0}";
    for format in [OutputFormat::Table, OutputFormat::Vertical] {
        let shown = printed(
            format,
            &[field("S", SqlType::Varchar(99))],
            Look::default(),
            std::slice::from_ref(&batch),
        );
        assert!(shown.contains(expected), "{shown:?}");
    }
}

#[test]
fn what_does_not_fit_is_cut_the_widest_first() {
    let long = "abcdefghijklmnopqrstuvwxyz";
    let wide = "日本語日本語日本語";
    let fields = [
        field("ID", SqlType::Integer),
        field("A", SqlType::Varchar(99)),
        field("B", SqlType::Varchar(99)),
    ];
    let batch = rows(vec![
        numbers(&[Some(1)]),
        text(&[Some(long)]),
        text(&[Some(wide)]),
    ]);
    let shown = table(Some(30), &fields, &[batch]);
    assert_eq!(
        shown,
        " ID | A          | B\n----+------------+------------\n  1 | abcdefghi… | 日本語日…\n"
    );
    let batch = rows(vec![
        numbers(&[Some(1)]),
        text(&[Some(long)]),
        text(&[Some(wide)]),
    ]);
    assert!(table(None, &fields, &[batch]).contains(&format!("{long} | {wide}\n")));
}

#[test]
fn numbers_and_times_are_never_cut_but_their_names_are() {
    let fields = [
        field("NUMBER_OF_TRADES", SqlType::Integer),
        field("TEXT", SqlType::Varchar(99)),
    ];
    let long = "abcdefghijklmnopqrstuvwxyz";
    let batch = rows(vec![numbers(&[Some(1_234_567_890)]), text(&[Some(long)])]);
    assert_eq!(
        table(Some(25), &fields, std::slice::from_ref(&batch)),
        " NUMBER_OF… | TEXT\n------------+------------\n 1234567890 | abcdefghi…\n"
    );
    // With less room than the number and some of the text need, both are printed whole below each other.
    assert!(table(Some(20), &fields, &[batch]).contains("\nTEXT             | abcdefghijklmnopqrstuvwxyz\n"));
}

#[test]
fn a_wider_value_later_brings_a_wider_table_with_its_header() {
    let first = rows(vec![text(&[Some("A")]), numbers(&[Some(1)])]);
    let later = rows(vec![text(&[Some("ABCDEFGHI")]), numbers(&[Some(2)])]);
    let again = rows(vec![text(&[Some("ABCDEFGHIJK")]), numbers(&[Some(3)])]);
    assert_eq!(
        table(Some(80), &trades(), &[first, later, again]),
        " TICKER | N\n--------+---\n A      | 1\n\n \
         TICKER       | N\n--------------+---\n ABCDEFGHI    | 2\n ABCDEFGHIJK  | 3\n"
    );
}

#[test]
fn a_table_that_is_full_cuts_later_values_without_another_header() {
    let first = rows(vec![
        text(&[Some("ABCDEFGHIJKLMNOPQRSTUVW")]),
        numbers(&[Some(1)]),
    ]);
    let later = rows(vec![
        text(&[Some("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDE")]),
        numbers(&[Some(2)]),
    ]);
    let shown = table(Some(20), &trades(), &[first, later]);
    assert_eq!(shown.matches("TICKER").count(), 1, "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 20), "{shown}");
}

#[test]
fn rows_of_too_many_columns_are_printed_below_each_other() {
    let fields: Vec<Field> = (0..12)
        .map(|i| field(&format!("COLUMN_{i}"), SqlType::Integer))
        .collect();
    let batch = rows((0..12).map(|i| numbers(&[Some(i), None])).collect());
    let shown = table(Some(80), &fields, std::slice::from_ref(&batch));
    assert!(
        shown.starts_with("-[ row 1 ]------------------------------\nCOLUMN_0  | 0\nCOLUMN_1  | 1\n"),
        "{shown}"
    );
    assert!(
        shown.contains("-[ row 2 ]------------------------------\nCOLUMN_0  | NULL\n"),
        "{shown}"
    );
    assert!(table(None, &fields, &[batch]).starts_with(" COLUMN_0 | COLUMN_1"));
}

#[test]
fn no_rows_leave_a_header_and_json_nothing() {
    assert_eq!(table(Some(80), &trades(), &[]), " TICKER | N\n--------+---\n");
    for (format, expected) in [
        (OutputFormat::Json, ""),
        (OutputFormat::Csv, "TICKER,N\n"),
        (OutputFormat::Vertical, ""),
    ] {
        assert_eq!(printed(format, &trades(), Look::default(), &[]), expected);
    }
}

#[test]
fn json_and_csv_are_complete_and_as_a_destination_writes_them() {
    let fields = [
        field("S", SqlType::Varchar(9)),
        field("B", SqlType::Boolean),
        field("X", SqlType::Varbinary(9)),
        field("D", SqlType::Double),
        field(
            "M",
            SqlType::Decimal {
                precision: 9,
                scale: 2,
            },
        ),
    ];
    let money = Decimal128Array::from(vec![1250])
        .with_precision_and_scale(9, 2)
        .unwrap();
    let batch = rows(vec![
        text(&[Some("a,\"b\"\n")]),
        Arc::new(BooleanArray::from(vec![true])),
        Arc::new(BinaryViewArray::from(vec![b"hi".as_slice()])),
        Arc::new(Float64Array::from(vec![0.5])),
        Arc::new(money),
    ]);
    let show = |format| {
        printed(
            format,
            &fields,
            Look {
                width: Some(10),
                colour: true,
            },
            std::slice::from_ref(&batch),
        )
    };
    assert_eq!(
        show(OutputFormat::Json),
        "{\"S\":\"a,\\\"b\\\"\\n\",\"B\":true,\"X\":\"aGk=\",\"D\":0.5,\"M\":12.50}\n"
    );
    assert_eq!(
        show(OutputFormat::Csv),
        "S,B,X,D,M\n\"a,\"\"b\"\"\n\",true,aGk=,0.5,12.50\n"
    );
    assert_eq!(
        table(Some(80), &fields, std::slice::from_ref(&batch)),
        " S       | B    | X    |   D |     M\n\
         ---------+------+------+-----+-------\n \
         a,\"b\"\\n | true | aGk= | 0.5 | 12.50\n"
    );
}

#[test]
fn how_batches_are_cut_changes_no_value() {
    let values: Vec<Option<i32>> = (0..257).map(Some).collect();
    let whole = rows(vec![numbers(&values)]);
    let parts: Vec<RowsToShow> = values.chunks(10).map(|c| rows(vec![numbers(c)])).collect();
    let fields = [field("NUMBER", SqlType::Integer)];
    for format in [
        OutputFormat::Table,
        OutputFormat::Json,
        OutputFormat::Csv,
        OutputFormat::Vertical,
    ] {
        let look = Look {
            width: Some(80),
            colour: false,
        };
        assert_eq!(
            printed(format, &fields, look, std::slice::from_ref(&whole)),
            printed(format, &fields, look, &parts)
        );
    }
}
