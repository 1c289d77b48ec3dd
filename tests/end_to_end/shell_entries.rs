//! Typing into the shell: entries of several lines, faults and going on, Ctrl-C, leaving, a pasted script.

use crate::machine::Folder;
use crate::terminal::{Terminal, keys};

#[test]
fn an_entry_goes_on_over_lines_until_its_semicolon() {
    let folder = Folder::new();
    let shell = Terminal::rowtime(&folder, &[]);
    shell.prompt();
    shell.press("CREATE STREAM S (A INTEGER,\r");
    shell.next_line();
    // Neither the one in a name nor the one in a comment ends it.
    shell.press("\"b;\" VARCHAR(10) -- one;\r");
    shell.next_line();
    let at = shell.look(|screen| screen.lines_before_cursor());
    shell.press(");\r");
    shell.prompt_from(at + 1);
    let described = shell.ask("\\d S");
    assert!(
        described.contains("b;") && described.contains("VARCHAR(10)"),
        "{described}"
    );
}

#[test]
fn a_fault_is_shown_under_what_is_wrong_and_the_shell_goes_on() {
    let folder = Folder::new();
    let shell = Terminal::rowtime(&folder, &[]);
    shell.ask("CREATE STREAM S (A INTEGER, PRICE DOUBLE);");
    shell.ask("CREATE STREAM O (PRICE DOUBLE);");
    let fault = shell.ask("CREATE PUMP P AS INSERT INTO O\nSELECT STREAM PRIZE\nFROM S;");
    shell.save("shell-fault");
    let lines: Vec<&str> = fault.lines().collect();
    let marked = lines
        .iter()
        .position(|line| line.contains('^'))
        .unwrap_or_else(|| panic!("{fault}"));
    let (source, marks) = (lines[marked - 1], lines[marked]);
    assert_eq!(source.find("PRIZE"), marks.find('^'), "{fault}");
    assert_eq!(marks.matches('^').count(), "PRIZE".len(), "{fault}");
    // The place is that of the entry, not of what stands already.
    assert!(fault.contains(":2:15"), "{fault}");
    assert!(fault.contains("did you mean PRICE?"), "{fault}");
    assert!(!shell.ask("\\d P").contains("INSERT"));
    // The same with the right name is taken.
    let taken = shell.ask("CREATE PUMP P AS INSERT INTO O\nSELECT STREAM PRICE\nFROM S;");
    assert!(!taken.contains("error"), "{taken}");
    assert!(shell.ask("\\d P").contains("SELECT STREAM PRICE"));
}

#[test]
fn all_faults_of_an_entry_come_at_once_and_nothing_of_it_stands() {
    let folder = Folder::new();
    let shell = Terminal::with(&folder, &[], (40, 80), &[]);
    shell.ask("CREATE STREAM S (A INTEGER, PRICE DOUBLE);");
    shell.ask("CREATE STREAM O (A INTEGER, PRICE DOUBLE);");
    let fault = shell.ask("CREATE PUMP TWO AS INSERT INTO O\nSELECT STREAM AA, PRIZE\nFROM S;");
    assert_eq!(fault.matches("error:").count(), 2, "{fault}");
    assert!(!shell.ask("\\d").contains("TWO"));
}

#[test]
fn ctrl_c_at_the_prompt_abandons_what_is_typed() {
    let folder = Folder::new();
    let mut shell = Terminal::rowtime(&folder, &[]);
    let at = shell.prompt();
    shell.press("CREATE STREAM HALF (A INTEGER\r");
    shell.next_line();
    shell.press("nothing of this");
    shell.sees("nothing of this");
    shell.press(keys::CTRL_C);
    let next = shell.prompt_from(at + 2);
    shell.press(keys::CTRL_C);
    shell.prompt_from(next + 1);
    let taken = shell.ask("CREATE STREAM WHOLE (A INTEGER);");
    assert!(!taken.contains("error"), "{taken}");
    let all = shell.ask("\\d");
    assert!(all.contains("WHOLE") && !all.contains("HALF"), "{all}");
    shell.press(keys::CTRL_D);
    assert_eq!(shell.status(), Some(0));
}

#[test]
fn the_shell_is_left_by_a_command_or_at_the_end_of_the_input() {
    for leave in ["\\q\r", keys::CTRL_D] {
        let folder = Folder::new();
        let mut shell = Terminal::rowtime(&folder, &["repl"]);
        shell.prompt();
        shell.press(leave);
        assert_eq!(shell.status(), Some(0));
    }
}

#[test]
fn leaving_says_what_open_windows_held() {
    let folder = Folder::new();
    let mut shell = Terminal::rowtime(&folder, &[]);
    shell.ask("CREATE STREAM S (A INTEGER);");
    shell.ask("CREATE STREAM N (N BIGINT);");
    shell.ask(
        "CREATE PUMP P AS INSERT INTO N\nSELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '1' HOUR);",
    );
    shell.ask("INSERT INTO S VALUES (1);");
    shell.prompt();
    shell.press("\\q\r");
    assert_eq!(shell.status(), Some(0));
    assert!(shell.text().contains("dropped"), "{}", shell.text());
}

#[test]
fn a_pasted_script_of_several_statements_is_taken_whole() {
    let folder = Folder::new();
    let shell = Terminal::with(&folder, &[], (40, 100), &[]);
    let at = shell.prompt();
    shell.paste(
        "-- Readings above 25 degrees.
CREATE OR REPLACE STREAM \"SOURCE\" (
    \"sensor_id\"   VARCHAR(16),
\t\"temperature\" DOUBLE
);

CREATE OR REPLACE STREAM \"HOT\" (sensor_id VARCHAR(16));

CREATE OR REPLACE PUMP \"HOT_PUMP\" AS
INSERT INTO \"HOT\" SELECT STREAM \"sensor_id\" FROM \"SOURCE\" WHERE \"temperature\" > 25;",
    );
    shell.sees("\"temperature\" > 25;");
    shell.press(keys::ENTER);
    shell.prompt_from(at + 10);
    shell.save("shell-paste");
    assert!(!shell.text().contains("error"), "{}", shell.text());
    let all = shell.ask("\\d");
    for name in ["SOURCE", "HOT", "HOT_PUMP"] {
        assert!(all.contains(name), "{all}");
    }
}

#[test]
fn a_fault_in_one_statement_of_a_line_leaves_the_others() {
    let folder = Folder::new();
    let shell = Terminal::rowtime(&folder, &[]);
    let answer =
        shell.ask("CREATE STREAM A1 (X INTEGER); CREATE STREAM B1 (X INTEGR); CREATE STREAM C1 (X INTEGER);");
    assert_eq!(answer.matches("error").count(), 1, "{answer}");
    let all = shell.ask("\\d");
    assert!(
        all.contains("A1") && !all.contains("B1") && all.contains("C1"),
        "{all}"
    );
}
