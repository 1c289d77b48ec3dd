//! Writing an application in the shell: rows by hand, the clock, pumps that are replaced, stopped and dropped, `\save`.

use crate::machine::Folder;
use crate::terminal::Terminal;

const READINGS: &str = "CREATE STREAM READINGS (SENSOR VARCHAR(8), CELSIUS INTEGER);";
const COUNTS: &str = "CREATE STREAM COUNTS (SENSOR VARCHAR(8), N BIGINT);";
const COUNTING: &str = "CREATE PUMP COUNTING AS INSERT INTO COUNTS
SELECT STREAM SENSOR, COUNT(*) FROM READINGS
GROUP BY SENSOR, STEP(READINGS.ROWTIME BY INTERVAL '1' MINUTE);";
const HOT: &str = "CREATE STREAM HOT (CELSIUS INTEGER);";

/// A shell in which COUNTING counts, and what it counts is printed as JSON.
fn counting(folder: &Folder) -> Terminal {
    let shell = Terminal::with(folder, &[], (40, 100), &[]);
    for entry in [
        READINGS,
        COUNTS,
        COUNTING,
        HOT,
        "\\output json",
        "\\sink COUNTS -",
    ] {
        let taken = shell.ask(entry);
        assert!(!taken.contains("error"), "{entry}: {taken}");
    }
    shell
}

fn insert(shell: &Terminal, second: u32, celsius: i32) {
    let answer = shell.ask(&format!(
        "INSERT INTO READINGS (ROWTIME, SENSOR, CELSIUS)\nVALUES (TIMESTAMP '2026-01-27 10:00:{second:02}', 's1', {celsius});"
    ));
    assert!(!answer.contains("error"), "{answer}");
}

#[test]
fn rows_typed_by_hand_are_counted_and_the_clock_closes_the_window() {
    let folder = Folder::new();
    let shell = counting(&folder);
    insert(&shell, 1, 20);
    insert(&shell, 59, 21);
    assert!(!shell.transcript().contains("\"N\":"), "{}", shell.text());
    shell.ask("\\advance 2026-01-27 10:01:00");
    shell.sees("{\"SENSOR\":\"s1\",\"N\":2}");
    // The next window is closed by a distance.
    let answer = shell.ask(
        "INSERT INTO READINGS (ROWTIME, SENSOR, CELSIUS) VALUES\n(TIMESTAMP '2026-01-27 10:01:30', 's2', 1),\n(TIMESTAMP '2026-01-27 10:01:31', 's2', NULL),\n(TIMESTAMP '2026-01-27 10:01:32', 's2', 3);",
    );
    assert!(!answer.contains("error"), "{answer}");
    shell.ask("\\advance +30 s");
    shell.sees("{\"SENSOR\":\"s2\",\"N\":3}");
    shell.save("shell-insert");
    // The rows are remembered, for a query.
    let answer = shell.ask("SELECT STREAM SENSOR, CELSIUS FROM READINGS WHERE CELSIUS > 2;");
    let rows: Vec<&str> = answer.lines().filter(|line| line.starts_with('{')).collect();
    let expected = [
        "{\"SENSOR\":\"s1\",\"CELSIUS\":20}",
        "{\"SENSOR\":\"s1\",\"CELSIUS\":21}",
        "{\"SENSOR\":\"s2\",\"CELSIUS\":3}",
    ];
    assert_eq!(rows, expected, "{answer}");
}

#[test]
fn a_pump_that_is_replaced_leaves_the_window_of_another_as_it_is() {
    let folder = Folder::new();
    let shell = counting(&folder);
    shell.ask("CREATE PUMP SIEVE AS INSERT INTO HOT SELECT STREAM CELSIUS FROM READINGS WHERE CELSIUS > 30;");
    shell.ask("\\sink HOT -");
    insert(&shell, 1, 31);
    shell.sees("{\"CELSIUS\":31}");
    insert(&shell, 2, 20);
    let taken = shell.ask(
        "CREATE OR REPLACE PUMP SIEVE AS INSERT INTO HOT\nSELECT STREAM CELSIUS FROM READINGS WHERE CELSIUS > 10;",
    );
    assert!(!taken.contains("error"), "{taken}");
    insert(&shell, 3, 12);
    // The new condition holds from now on, and what has gone by is not read again.
    shell.sees("{\"CELSIUS\":12}");
    shell.ask("\\advance 2026-01-27 10:01:00");
    // Two from before the replacement and one after.
    shell.sees("{\"SENSOR\":\"s1\",\"N\":3}");
    assert!(
        !shell.transcript().contains("{\"CELSIUS\":20}"),
        "{}",
        shell.text()
    );
}

#[test]
fn a_pump_that_is_changed_starts_empty_and_what_it_held_is_told() {
    let folder = Folder::new();
    let shell = counting(&folder);
    insert(&shell, 1, 20);
    let changed = shell.ask(
        &COUNTING
            .replace("CREATE PUMP", "CREATE OR REPLACE PUMP")
            .replace("COUNT(*)", "COUNT(CELSIUS)"),
    );
    assert!(!changed.contains("error"), "{changed}");
    assert!(changed.contains("COUNTING") && changed.contains('1'), "{changed}");
    insert(&shell, 2, 21);
    shell.ask("\\advance 2026-01-27 10:01:00");
    shell.sees("{\"SENSOR\":\"s1\",\"N\":1}");
}

#[test]
fn a_pump_stops_and_starts_empty() {
    let folder = Folder::new();
    let shell = counting(&folder);
    insert(&shell, 1, 20);
    let stopped = shell.ask("ALTER PUMP COUNTING STOP;");
    assert!(!stopped.contains("error"), "{stopped}");
    insert(&shell, 2, 20);
    assert!(shell.ask("\\d COUNTING").contains("SELECT STREAM SENSOR"));
    shell.ask("ALTER PUMP COUNTING START;");
    insert(&shell, 3, 20);
    shell.ask("\\advance 2026-01-27 10:01:00");
    shell.sees("{\"SENSOR\":\"s1\",\"N\":1}");
}

#[test]
fn what_is_still_used_cannot_be_dropped() {
    let folder = Folder::new();
    let shell = counting(&folder);
    let refused = shell.ask("DROP STREAM READINGS;");
    assert!(
        refused.contains("error") && refused.contains("COUNTING"),
        "{refused}"
    );
    insert(&shell, 1, 20);
    let dropped = shell.ask("DROP PUMP COUNTING;");
    assert!(!dropped.contains("error"), "{dropped}");
    let dropped = shell.ask("DROP STREAM READINGS;");
    assert!(!dropped.contains("error"), "{dropped}");
    let all = shell.ask("\\d");
    assert!(!all.contains("READINGS") && !all.contains("COUNTING"), "{all}");
}

#[test]
fn a_function_of_ones_own_is_used_and_cannot_be_dropped_while_it_is() {
    let folder = Folder::new();
    let shell = Terminal::rowtime(&folder, &[]);
    shell.ask("CREATE STREAM F (FAHRENHEIT DOUBLE);");
    let taken =
        shell.ask("CREATE FUNCTION CELSIUS_OF(F DOUBLE) RETURNS DOUBLE CONTAINS SQL RETURN (F - 32) / 1.8;");
    assert!(!taken.contains("error"), "{taken}");
    shell.ask("INSERT INTO F VALUES (212);");
    shell.ask("\\output json");
    let answer = shell.ask("SELECT STREAM CELSIUS_OF(FAHRENHEIT) AS C FROM F;");
    assert!(answer.contains("{\"C\":100"), "{answer}");
}

#[test]
fn what_stands_is_saved_as_a_script_that_runs_and_is_loaded_again() {
    let folder = Folder::new();
    folder.write(
        "in.jsonl",
        "{\"ROWTIME\":\"2026-01-27 10:00:01\",\"SENSOR\":\"s1\",\"CELSIUS\":20}\n",
    );
    let mut shell = counting(&folder);
    shell.ask("\\source READINGS in.jsonl");
    let saved = shell.ask("\\save counts.sql");
    assert!(!saved.contains("error"), "{saved}");
    shell.prompt();
    shell.press("\\q\r");
    assert_eq!(shell.status(), Some(0));
    let script = folder.read("counts.sql");
    assert!(script.contains("-- ") && script.contains("in.jsonl"), "{script}");
    let args = [
        "run",
        "counts.sql",
        "--source",
        "READINGS=in.jsonl",
        "--sink",
        "COUNTS=-",
    ];
    assert_eq!(folder.run(&args).rows(), "{\"SENSOR\":\"s1\",\"N\":1}\n");
    let again = Terminal::rowtime(&folder, &[]);
    let loaded = again.ask("\\load counts.sql");
    assert!(!loaded.contains("error"), "{loaded}");
    assert!(again.ask("\\d").contains("COUNTING"));
}

#[test]
fn an_application_is_opened_with_its_bindings() {
    let folder = Folder::with(&format!("{READINGS}\n{COUNTS}\n{COUNTING}\n"));
    folder.write(
        "in.jsonl",
        "{\"ROWTIME\":\"2026-01-27 10:00:01\",\"SENSOR\":\"s1\",\"CELSIUS\":20}\n",
    );
    let shell = Terminal::rowtime(&folder, &["repl", "app.sql", "--source", "READINGS=in.jsonl"]);
    shell.ask("\\output json");
    let answer = shell.ask("SELECT STREAM * FROM COUNTS;");
    assert!(answer.contains("{\"SENSOR\":\"s1\",\"N\":1}"), "{answer}");
    assert!(shell.ask("\\source").contains("in.jsonl"));
}
