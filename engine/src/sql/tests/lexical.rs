//! Names, case, white space and comments.

use super::*;

#[test]
fn unquoted_names_fold_and_quoted_ones_do_not() {
    let select = select("SELECT STREAM ExampleCol, \"ExampleCol\" FROM exampleStream");
    let names: Vec<_> = select
        .items
        .iter()
        .map(|item| match item {
            SelectItem::Expr {
                expr:
                    Expr {
                        kind: ExprKind::Name(path),
                        ..
                    },
                ..
            } => (path[0].name.as_str(), path[0].quoted),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, [("EXAMPLECOL", false), ("ExampleCol", true)]);
    assert!(matches!(&select.from[0].kind, TableKind::Named { name, .. } if name.name == "EXAMPLESTREAM"));
}

#[test]
fn layout_does_not_matter() {
    let plain =
        "CREATE OR REPLACE PUMP \"P\" AS INSERT INTO \"D\" SELECT STREAM a , b FROM \"S\" WHERE a > 1 ;";
    let expected = stripped(&clean(plain));
    for text in [
        plain.replace(' ', "\r\n"),
        plain.replace(' ', "\t \t"),
        plain.replace(' ', " /* -- */ "),
        plain.replace(' ', " -- x 'y\n"),
        plain.replace(' ', " // it's\r\n"),
        plain.replace(' ', "\u{a0}"),
        plain.replace(" ;", ""),
        format!("\u{feff}/**\n * Welcome to the SQL editor\n * ========\n * ('x') \"y \n **/\n{plain}"),
    ] {
        assert_eq!(stripped(&clean(&text)), expected, "{text}");
    }
}

/// The tree without its places.
fn stripped(statements: &[Statement]) -> String {
    let tree = format!("{statements:?}");
    let mut out = String::new();
    let mut rest = tree.as_str();
    while let Some(i) = rest.find("Span {") {
        out.push_str(&rest[..i]);
        rest = rest[i..].split_once('}').unwrap().1;
    }
    out + rest
}

#[test]
fn a_long_literal_is_one_literal() {
    let expr = expression("'two\nlines; of text'");
    assert_eq!(shape(&expr), "'two\nlines; of text'");
}

#[test]
fn a_missing_last_semicolon_is_said_at_the_last_character() {
    for (text, ends) in [
        ("DROP PUMP p", vec![11]),
        ("DROP PUMP p -- the end;", vec![11]),
        ("DROP PUMP p; DROP PUMP q\r\n", vec![24]),
        ("DROP PUMP p;", vec![]),
        ("DROP PUMP p; ;  // nothing more", vec![]),
        ("-- nothing", vec![]),
        ("DROP", vec![]),
    ] {
        let (_, findings) = crate::sql::parse(text);
        let unclosed = findings.iter().filter(|d| d.message == UNCLOSED);
        let found: Vec<_> = unclosed.map(|d| d.span.end).collect();
        assert_eq!(found, ends, "{text}");
    }
}
