//! `run` and `check` as they look in a terminal: a progress line that goes again, colour, Ctrl-C.

use pty_process::blocking::Command;

use crate::machine::{COPY, Folder};
use crate::terminal::{Terminal, keys};

#[test]
fn what_a_program_draws_is_seen_and_what_is_pressed_arrives() {
    let folder = Folder::new();
    let script = r"printf '\033[?7l%060dA\033[?7h\n' 1; stty raw -echo; printf '\033[31mred\033[0m \344\270\255x \033[6n'
        head -c 6 | od -An -c; stty sane; trap 'stty size' WINCH
        echo ready; while ! read line; do :; done; echo got $line; exit 3";
    let command = Command::new("sh").args(["-c", script]);
    let mut terminal = Terminal::start(command, &folder, (6, 50), &[]);
    // The answer to "where is the cursor": row 2, column 9.
    terminal.sees(r"033   [   2   ;   9   R");
    terminal.sees("ready");
    // The first line is cut at the edge, as the program wants it.
    assert!(
        terminal.text().starts_with(&format!("{}A\n", "0".repeat(49))),
        "{}",
        terminal.text()
    );
    let red = terminal.look(|screen| screen.cell(1, 0).map(vt100::Cell::fgcolor));
    assert_eq!(red, Some(vt100::Color::Idx(1)));
    assert_eq!(terminal.look(|screen| screen.find("x")), Some((1, 6)));
    terminal.resize(5, 33);
    terminal.sees("5 33");
    terminal.press("word\r");
    terminal.sees("got word");
    assert_eq!(terminal.status(), Some(3));
}

#[test]
fn progress_is_drawn_while_rows_go_elsewhere_and_is_gone_at_the_end() {
    let folder = Folder::with(COPY);
    let args = ["run", "app.sql", "--source", "S=-", "--sink", "COPIED=out.json"];
    let mut terminal = Terminal::rowtime(&folder, &args);
    terminal.press("{\"A\":1}\r");
    terminal.sees("1 rows");
    terminal.save("run-progress");
    terminal.press(keys::CTRL_D);
    assert_eq!(terminal.status(), Some(0));
    assert_eq!(folder.read("out.json"), "{\"A\":1,\"B\":null}\n");
    assert!(
        !terminal.transcript().contains("rows/s"),
        "{}",
        terminal.transcript()
    );
}

#[test]
fn rows_on_the_terminal_stand_alone() {
    let folder = Folder::with(COPY);
    let mut terminal = Terminal::rowtime(&folder, &["run", "app.sql", "--source", "S=-"]);
    terminal.press("{\"A\":1}\r");
    terminal.sees("{\"A\":1,\"B\":null}");
    terminal.press("{\"A\":2}\r");
    terminal.sees("{\"A\":2,\"B\":null}");
    terminal.press(keys::CTRL_D);
    assert_eq!(terminal.status(), Some(0));
    // What was typed, shown by the terminal, and what was answered.
    assert_eq!(
        terminal.transcript(),
        "{\"A\":1}\n{\"A\":1,\"B\":null}\n{\"A\":2}\n{\"A\":2,\"B\":null}"
    );
}

#[test]
fn ctrl_c_once_stops_a_run_says_what_is_dropped_and_gives_the_shell_back() {
    let folder = Folder::with(
        "CREATE STREAM S (A INTEGER);
CREATE STREAM COUNTS (N INTEGER);
CREATE STREAM SEEN (A INTEGER);
CREATE PUMP P AS INSERT INTO COUNTS SELECT STREAM COUNT(*) FROM S GROUP BY STEP(S.ROWTIME BY INTERVAL '1' HOUR);
CREATE PUMP Q AS INSERT INTO SEEN SELECT STREAM A FROM S;
",
    );
    // As a user runs it: from a shell, which gets the same Ctrl-C and goes on when the program has ended well.
    let script =
        "trap 'true' INT; \"$ROWTIME\" run app.sql --source S=- --sink SEEN=- --sink COUNTS=counts.json
        echo \"status $?\"";
    let command = Command::new("sh").args(["-c", script]);
    let program = [("ROWTIME", env!("CARGO_BIN_EXE_rowtime"))];
    let mut terminal = Terminal::start(command, &folder, (24, 120), &program);
    terminal.press("{\"A\":1}\r");
    terminal.until("the row", |screen| {
        (screen.rows().iter().filter(|row| *row == "{\"A\":1}").count() == 2).then_some(())
    });
    terminal.press(keys::CTRL_C);
    terminal.sees("open windows or groups dropped, their rows with them: 1");
    terminal.sees("status 0");
    assert_eq!(terminal.status(), Some(0));
    assert_eq!(folder.read("counts.json"), "");
}

#[test]
fn faults_are_coloured_on_a_terminal_but_for_no_color() {
    let folder = Folder::with("CREATE STREAM S (A INTEGR);\n");
    for (env, coloured) in [
        (&[] as &[(&str, &str)], true),
        (&[("NO_COLOR", "")], true),
        (&[("NO_COLOR", "1")], false),
    ] {
        let mut terminal = Terminal::with(&folder, &["check", "app.sql"], (24, 80), env);
        assert_eq!(terminal.status(), Some(2));
        terminal.save(if coloured { "check-colour" } else { "check-plain" });
        assert!(terminal.text().contains("app.sql:1:20"), "{}", terminal.text());
        let plain = terminal.look(|screen| {
            let (rows, columns) = screen.size();
            let mut places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
            places.all(|(row, column)| {
                let cell = screen.cell(row, column).unwrap();
                cell.fgcolor() == vt100::Color::Default && !cell.bold()
            })
        });
        assert_eq!(plain, !coloured, "{env:?}");
    }
}
