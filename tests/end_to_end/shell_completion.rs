//! The Tab key: what it completes depends on where one is.

use crate::machine::Folder;
use crate::terminal::{Terminal, keys};

fn shell(folder: &Folder) -> Terminal {
    folder.write("trades.jsonl", "{\"price\":1}\n");
    folder.write("queries/one.sql", "");
    let shell = Terminal::rowtime(folder, &[]);
    for entry in [
        "CREATE STREAM TRADES (TICKER VARCHAR(4), PRICE DOUBLE, \"odd name\" INTEGER);",
        "CREATE STREAM \"Totals\" (TURNOVER DOUBLE);",
        "CREATE PUMP SUMMING AS INSERT INTO \"Totals\" SELECT STREAM PRICE FROM TRADES;",
    ] {
        let taken = shell.ask(entry);
        assert!(!taken.contains("error"), "{taken}");
    }
    shell
}

#[test]
fn one_candidate_is_inserted() {
    let folder = Folder::new();
    let shell = shell(&folder);
    for (typed, completed) in [
        ("\\ref", "\\reference"),
        ("\\source TRADES tra", "\\source TRADES trades.jsonl"),
        ("\\load queries/o", "\\load queries/one.sql"),
        ("\\d SUMM", "\\d SUMMING"),
        ("\\output ver", "\\output vertical"),
        ("SELECT STREAM * FROM TRA", "SELECT STREAM * FROM TRADES"),
        ("SELECT STREAM * FROM Tot", "SELECT STREAM * FROM \"Totals\""),
        ("INSERT INTO TRA", "INSERT INTO TRADES"),
        ("SELECT STREAM TOP_K", "SELECT STREAM TOP_K_ITEMS_TUMBLING"),
        ("sele", "select"),
        ("SELE", "SELECT"),
    ] {
        shell.prompt();
        shell.press(typed);
        shell.sees_at_cursor(&format!("rowtime> {typed}"));
        shell.press(keys::TAB);
        // Something may follow: a blank, an opening bracket.
        shell.until(&format!("{completed:?}"), |screen| {
            screen
                .cursor_line()
                .starts_with(&format!("rowtime> {completed}"))
                .then_some(())
        });
        shell.press(keys::CTRL_U);
    }
}

#[test]
fn columns_are_those_of_the_streams_that_the_entry_names() {
    let folder = Folder::new();
    let shell = shell(&folder);
    for (before, after, completed) in [
        ("SELECT STREAM PRI", " FROM TRADES;", "SELECT STREAM PRICE"),
        (
            "SELECT STREAM t.TIC",
            " FROM TRADES AS t;",
            "SELECT STREAM t.TICKER",
        ),
        ("SELECT STREAM odd", " FROM TRADES;", "SELECT STREAM \"odd name\""),
        (
            "SELECT STREAM TURN",
            " FROM \"Totals\";",
            "SELECT STREAM TURNOVER",
        ),
    ] {
        shell.prompt();
        shell.press(format!("{before}{after}"));
        shell.sees_at_cursor(&format!("rowtime> {before}{after}"));
        shell.press(keys::LEFT.repeat(after.len()));
        shell.press(keys::TAB);
        shell.until(&format!("{completed:?}"), |screen| {
            screen
                .cursor_line()
                .starts_with(&format!("rowtime> {completed}"))
                .then_some(())
        });
        shell.press(keys::CTRL_C);
    }
}

#[test]
fn several_candidates_are_listed() {
    let folder = Folder::new();
    let shell = shell(&folder);
    shell.prompt();
    shell.press("\\s");
    shell.sees_at_cursor("rowtime> \\s");
    shell.press(keys::TAB);
    shell.press(keys::TAB);
    shell.until("all commands with an s", |screen| {
        let text = screen.text();
        ["source", "sink", "save"]
            .iter()
            .all(|name| text.contains(name))
            .then_some(())
    });
    shell.save("shell-completion");
    shell.sees_at_cursor("rowtime> \\s");
    shell.press("ave x.sql");
    shell.press(keys::ENTER);
    shell.prompt();
    assert!(folder.read("x.sql").contains("SUMMING"));
}

#[test]
fn the_last_line_of_an_entry_knows_those_above() {
    let folder = Folder::new();
    let shell = shell(&folder);
    shell.prompt();
    shell.press("SELECT STREAM PRICE\rFROM TRADES\rWHERE TICK");
    shell.sees_at_cursor("WHERE TICK");
    shell.press(keys::TAB);
    shell.until("the column", |screen| {
        screen.cursor_line().starts_with("WHERE TICKER").then_some(())
    });
}
