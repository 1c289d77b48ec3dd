//! What was typed is there again after a restart: by the arrow keys and by search.

use crate::machine::Folder;
use crate::terminal::{Terminal, keys};

#[test]
fn entries_are_kept_whole_over_a_restart() {
    let folder = Folder::new();
    let mut shell = Terminal::rowtime(&folder, &[]);
    shell.ask("CREATE STREAM S (A INTEGER,\n  B VARCHAR(10));");
    shell.ask("\\d S");
    shell.prompt();
    shell.press("\\q\r");
    assert_eq!(shell.status(), Some(0));

    let shell = Terminal::rowtime(&folder, &[]);
    shell.prompt();
    assert!(!shell.ask("\\d").contains("VARCHAR"));
    shell.press(keys::UP);
    shell.sees_at_cursor("rowtime> \\d");
    // The one that left the shell may be kept or not.
    shell.press(keys::UP);
    shell.until("an older entry", |screen| {
        (screen.cursor_line().trim_end() != "rowtime> \\d").then_some(())
    });
    if shell.look(|screen| screen.cursor_line().contains("\\q")) {
        shell.press(keys::UP);
    }
    shell.sees_at_cursor("rowtime> \\d S");
    shell.press(keys::UP);
    shell.sees("rowtime> CREATE STREAM S (A INTEGER,");
    shell.sees("B VARCHAR(10));");
    shell.press(keys::ENTER);
    shell.prompt();
    assert!(shell.ask("\\d S").contains("VARCHAR(10)"));
}

#[test]
fn ctrl_r_searches_what_was_typed_before() {
    let folder = Folder::new();
    let mut shell = Terminal::rowtime(&folder, &[]);
    shell.ask("CREATE STREAM FIRST (A INTEGER);");
    shell.ask("CREATE STREAM SECOND (A INTEGER);");
    shell.prompt();
    shell.press(keys::CTRL_D);
    assert_eq!(shell.status(), Some(0));

    let shell = Terminal::rowtime(&folder, &[]);
    shell.prompt();
    shell.press(keys::CTRL_R);
    shell.press("FIRST");
    shell.sees("CREATE STREAM FIRST (A INTEGER);");
    shell.press(keys::ENTER);
    shell.prompt_from(1);
    let all = shell.ask("\\d");
    assert!(all.contains("FIRST") && !all.contains("SECOND"), "{all}");
}

#[test]
fn a_shell_that_is_killed_has_kept_what_was_typed() {
    let folder = Folder::new();
    let shell = Terminal::rowtime(&folder, &[]);
    shell.ask("CREATE STREAM KEPT (A INTEGER);");
    shell.prompt();
    let killed = std::process::Command::new("kill")
        .args(["-KILL", &shell.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    drop(shell);
    let shell = Terminal::rowtime(&folder, &[]);
    shell.prompt();
    shell.press(keys::UP);
    shell.sees_at_cursor("rowtime> CREATE STREAM KEPT (A INTEGER);");
}

#[test]
fn where_it_is_kept_can_be_said_and_need_not_be_writable() {
    let folder = Folder::new();
    let own = folder.path("own/history");
    let mut shell = Terminal::with(
        &folder,
        &[],
        (24, 80),
        &[("ROWTIME_HISTORY", own.to_str().unwrap())],
    );
    shell.ask("CREATE STREAM KEPT (A INTEGER);");
    shell.press(keys::CTRL_D);
    assert_eq!(shell.status(), Some(0));
    assert!(folder.read("own/history").contains("KEPT"));
    let mut shell = Terminal::with(
        &folder,
        &[],
        (24, 80),
        &[("ROWTIME_HISTORY", "/proc/nothing/here")],
    );
    let taken = shell.ask("CREATE STREAM ALIVE (A INTEGER);");
    assert!(!taken.contains("error:"), "{taken}");
    shell.press(keys::CTRL_D);
    assert_eq!(shell.status(), Some(0));
}
