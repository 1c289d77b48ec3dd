use super::*;

/// The pieces as text, commands marked with `C `.
fn cut(text: &str) -> Vec<String> {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Statement { text, .. } => format!("S {text}"),
            Piece::Command { text, .. } => format!("C {text}"),
        })
        .collect()
}

#[test]
fn a_statement_ends_at_its_semicolon_and_a_command_with_its_line() {
    for (text, expected) in [
        ("SELECT 1; SELECT 2;", vec!["S SELECT 1;", "S SELECT 2;"]),
        ("\\d A\n\\q", vec!["C \\d A", "C \\q"]),
        ("\\d A ; x\r\nSELECT 1;", vec!["C \\d A ; x", "S SELECT 1;"]),
        ("SELECT 1\n\\q", vec!["S SELECT 1", "C \\q"]),
        ("a \\q;", vec!["S a \\q;"]),
        (
            "SELECT ';', \";\" -- ;\n/* ; */;",
            vec!["S SELECT ';', \";\" -- ;\n/* ; */;"],
        ),
        ("SELECT 'a\n\\q\n';", vec!["S SELECT 'a\n\\q\n';"]),
        ("SELECT (1;", vec!["S SELECT (1;"]),
        (
            "-- of a\nA; -- of b\nB;\n-- the end",
            vec!["S -- of a\nA;", "S -- of b\nB;"],
        ),
        ("-- note\n\\q", vec!["C \\q"]),
        (";; A;", vec!["S A;"]),
        ("A", vec!["S A"]),
        ("\u{feff}A;", vec!["S A;"]),
        ("", vec![]),
        (" \n-- x", vec![]),
    ] {
        assert_eq!(cut(text), expected, "{text:?}");
    }
}

#[test]
fn an_entry_is_whole_when_nothing_is_left_open() {
    for text in [
        "",
        "  \n",
        "SELECT 1;",
        "SELECT 1;  \n",
        "SELECT 1; -- that's it",
        "SELECT 1 -- a\n; /* b */",
        "SELECT (1;",
        "\\d",
        "\\source a 'b",
        "SELECT 1\n\\q",
        "-- just a thought",
        "SELECT \"a;",
        "CREATE STREAM a (b VARCHAR(1) DEFAULT 'x);\nCREATE PUMP p AS SELECT 1;",
    ] {
        assert!(is_whole(text), "{text:?}");
    }
    for text in [
        "SELECT",
        "SELECT 1; SELECT",
        "SELECT ';",
        "SELECT u&'a;",
        "SELECT 1 -- ;",
        "SELECT 1 // ;",
        "SELECT 1; /* ;",
        "SELECT 'a\n\\q",
        "SELECT 1 \\q",
        "\\d\nSELECT",
        "/* a */ -- b\nSELECT",
    ] {
        assert!(!is_whole(text), "{text:?}");
    }
}

/// Whatever is typed, what lies outside the pieces is white space, comments and lone semicolons.
#[test]
fn splitting_loses_nothing() {
    const BITS: &[&str] = &[
        "SELECT",
        " ",
        "\n",
        ";",
        "'",
        "\"",
        "--",
        "//",
        "/*",
        "*/",
        "\\q",
        "\\",
        "a",
        "1.5",
        "u&'",
        "x'",
        "é",
        "“",
        "\r\n",
        "(",
        ")",
        "CREATE STREAM",
        "\t",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let text: String = (0..random.usize(1..14))
            .map(|_| *random.choice(BITS).unwrap())
            .collect();
        let mut at = 0;
        let mut outside = String::new();
        for piece in pieces(&text) {
            let (Piece::Statement { text: part, offset } | Piece::Command { text: part, offset }) = piece;
            assert_eq!(
                text.get(offset..offset + part.len()),
                Some(part.as_str()),
                "{text:?}"
            );
            outside.push_str(&text[at..offset]);
            outside.push('\n');
            at = offset + part.len();
        }
        outside.push_str(&text[at..]);
        let lost = lexeme::all(&outside)
            .any(|l| l.kind != LexemeKind::Comment && &outside[l.span.start..l.span.end] != ";");
        assert!(!lost, "{text:?}: {outside:?}");
        // A line more can only be asked for when the last piece lacks its end.
        if is_whole(&text) {
            let ends = |piece: &Piece| match piece {
                Piece::Statement { text, .. } => text.ends_with(';'),
                Piece::Command { .. } => true,
            };
            assert!(pieces(&text).last().is_none_or(ends), "{text:?}");
        }
    }
}

/// A reader of a pipe asks after each line; the time must not grow with the square of the lines.
#[test]
fn a_statement_of_very_many_lines_is_read_line_by_line() {
    const LINES: usize = 50_000;
    let mut text = "-- rows\nINSERT INTO a VALUES\n".to_owned();
    for i in 0..LINES {
        text.push_str(&format!("({i}, 'row {i}'),\n"));
        assert!(!is_whole(&text));
    }
    text.push_str("(0, '');\n");
    assert!(is_whole(&text));
}

/// The statements of a script are those that the dialect's own parser finds.
#[test]
fn a_script_falls_into_the_statements_that_the_parser_finds() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../queries");
    let mut scripts = 0;
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap().path();
        let Ok(files) = std::fs::read_dir(&folder) else {
            continue;
        };
        for file in files
            .map(|f| f.unwrap().path())
            .filter(|f| f.extension().is_some_and(|e| e == "sql"))
        {
            let text = std::fs::read_to_string(&file).unwrap();
            let parsed = rowtime_engine::sql::parse(&text).0.len();
            assert_eq!(pieces(&text).len(), parsed, "{}", file.display());
            assert!(is_whole(&text), "{}", file.display());
            scripts += 1;
        }
    }
    assert!(scripts > 5, "{scripts} scripts");
}
