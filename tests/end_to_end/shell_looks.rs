//! How the shell looks: aligned whatever the characters, in colour or not, after the window has changed its size.

use crate::machine::Folder;
use crate::terminal::{Screen, Terminal, keys};

#[test]
fn wide_and_combining_characters_leave_the_columns_aligned() {
    let folder = Folder::new();
    let names = [
        "ab",
        "日本語",
        "e\u{301}te\u{301}",
        "🦀 crab",
        "naïve",
        "ＦＵＬＬ",
    ];
    let rows: String = names
        .iter()
        .enumerate()
        .map(|(i, n)| format!("{{\"name\":\"{n}\",\"mark\":\"k{i}\"}}\n"))
        .collect();
    folder.write("names.jsonl", rows);
    let shell = Terminal::rowtime(&folder, &[]);
    shell.ask("SELECT \"name\", \"mark\" FROM \"names.jsonl\";");
    shell.save("shell-unicode");
    let columns: Vec<u16> = (0..names.len())
        .map(|i| {
            shell
                .look(|screen| screen.find(&format!("k{i}")))
                .unwrap_or_else(|| panic!("{}", shell.text()))
                .1
        })
        .collect();
    assert!(
        columns.iter().all(|column| *column == columns[0]),
        "{columns:?}\n{}",
        shell.text()
    );
    // The widest of them is seven columns wide.
    assert!(columns[0] > 7, "{}", shell.text());
}

#[test]
fn control_characters_and_line_ends_do_not_draw() {
    let folder = Folder::new();
    folder.write(
        "odd.jsonl",
        r#"{"text":"two\nlines","mark":"k0"}
{"text":"a\tb","mark":"k1"}
{"text":"\u001b[31mred","mark":"k2"}
{"text":"bell\u0007","mark":"k3"}
"#,
    );
    let shell = Terminal::rowtime(&folder, &[]);
    let answer = shell.ask("SELECT \"text\", \"mark\" FROM \"odd.jsonl\";");
    shell.save("shell-control");
    let found: Vec<(u16, u16)> = (0..4)
        .map(|i| {
            shell
                .look(|screen| screen.find(&format!("k{i}")))
                .unwrap_or_else(|| panic!("{answer}"))
        })
        .collect();
    assert!(
        found.windows(2).all(|two| two[1] == (two[0].0 + 1, two[0].1)),
        "{found:?}\n{answer}"
    );
    let red = shell.look(|screen| {
        let (row, column) = screen.find("red").unwrap();
        screen.cell(row, column).unwrap().fgcolor()
    });
    assert_eq!(red, vt100::Color::Default);
}

#[test]
fn what_is_wider_than_the_terminal_is_cut_and_says_so() {
    let folder = Folder::new();
    let long = "x".repeat(200);
    folder.write(
        "long.jsonl",
        format!("{{\"A\":1,\"LONG\":\"{long}\",\"Z\":\"end\"}}\n"),
    );
    for columns in [40, 80, 120] {
        let shell = Terminal::with(&folder, &[], (24, columns), &[]);
        let answer = shell.ask("SELECT * FROM \"long.jsonl\";");
        assert!(answer.contains('…') && answer.contains("end"), "{answer}");
        // Header, rule, row and count: no line is so long that the terminal breaks it.
        let lines: Vec<&str> = answer.lines().collect();
        assert_eq!(lines.len(), 4, "{answer}");
        assert!(lines[2].ends_with("end") && lines[3] == "(1 row)", "{answer}");
        // In full where asked for.
        shell.ask("\\output json");
        let whole = shell.ask("SELECT * FROM \"long.jsonl\";");
        assert_eq!(whole.matches('x').count(), 200, "{whole}");
    }
}

/// Whether a cell of the screen is in colour or bold, dim or inverse.
fn is_styled(screen: &Screen) -> bool {
    let (rows, columns) = screen.size();
    let mut places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    places.any(|(row, column)| {
        let cell = screen.cell(row, column).unwrap();
        cell.fgcolor() != vt100::Color::Default || cell.bold() || cell.dim() || cell.inverse()
    })
}

#[test]
fn colour_is_used_but_for_no_color() {
    let folder = Folder::new();
    folder.write("in.jsonl", "{\"A\":1,\"B\":null}\n{\"A\":null,\"B\":\"b\"}\n");
    for (env, coloured) in [(&[] as &[(&str, &str)], true), (&[("NO_COLOR", "1")], false)] {
        let shell = Terminal::with(&folder, &[], (24, 80), env);
        for entry in [
            "CREATE STREAM S (A INTEGR);",
            "SELECT * FROM \"in.jsonl\";",
            "\\help",
        ] {
            shell.ask(entry);
            assert!(coloured || !shell.look(is_styled), "{entry}:\n{}", shell.text());
        }
        shell.press("SELECT 'text' -- comment");
        shell.sees("-- comment");
        shell.save(if coloured { "shell-colour" } else { "shell-plain" });
        assert_eq!(shell.look(is_styled), coloured, "{}", shell.text());
        if coloured {
            // NULL is less than a value.
            shell.press(keys::CTRL_C);
            shell.ask("SELECT * FROM \"in.jsonl\";");
            let dim = shell.look(|screen| {
                let (row, column) = screen.find("NULL").unwrap();
                screen.cell(row, column).unwrap().dim()
            });
            assert!(dim, "{}", shell.text());
        }
    }
}

#[test]
fn a_half_typed_line_survives_another_size_of_the_window() {
    let folder = Folder::new();
    let shell = Terminal::rowtime(&folder, &[]);
    shell.ask("CREATE STREAM S (A INTEGER);");
    shell.ask("INSERT INTO S VALUES (4711);");
    shell.prompt();
    let half = "SELECT STREAM A AS \"a name that is long enough to wrap\"";
    shell.press(half);
    shell.sees(half);
    for columns in [40, 120] {
        shell.resize(24, columns);
        shell.press(" ");
        // Where it wraps depends on the width; what is typed does not.
        shell.until("the line", |screen| {
            let text: String = screen.rows().concat();
            text.contains("enough to wrap\"").then_some(())
        });
        shell.save(&format!("shell-prompt-{columns}"));
    }
    let typed = "FROM S;";
    shell.press(typed);
    shell.press(keys::ENTER);
    shell.sees("4711");
    shell.prompt();
    assert!(!shell.text().contains("error"), "{}", shell.text());
    // At 120 columns the entry took one line.
    shell.sees(&format!("{half}  {typed}"));
}
