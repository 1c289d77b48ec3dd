//! The commands of the shell: each says what it is for, does it, and says what is wrong with its arguments.

use crate::machine::{Folder, until};
use crate::terminal::Terminal;

const COMMANDS: [&str; 14] = [
    "help",
    "d",
    "source",
    "sink",
    "reference",
    "load",
    "explain",
    "errors",
    "watch",
    "output",
    "timing",
    "save",
    "advance",
    "q",
];

/// A shell with a stream, a table, a pump and what goes in and out of them.
fn shell(folder: &Folder) -> Terminal {
    folder.write(
        "in.jsonl",
        "{\"N\":1,\"ID\":7}\nnot json\n{\"N\":\"one\",\"ID\":7}\n{\"N\":0,\"ID\":7}\n",
    );
    folder.write("names.csv", "ID,NAME\n7,seven\n");
    let shell = Terminal::with(folder, &[], (50, 110), &[]);
    for entry in [
        "CREATE STREAM S (N INTEGER, ID INTEGER);",
        "CREATE STREAM O (\"quotient\" INTEGER);",
        "\\source S in.jsonl",
        "\\reference NAMES names.csv",
        "\\sink O out.jsonl",
        "CREATE PUMP DIVIDE AS INSERT INTO O SELECT STREAM 10 / N FROM S;",
    ] {
        let taken = shell.ask(entry);
        assert!(!taken.contains("error:"), "{entry}: {taken}");
    }
    shell
}

#[test]
fn help_names_every_command_and_explains_each() {
    let folder = Folder::new();
    let shell = Terminal::with(&folder, &[], (60, 110), &[]);
    let all = shell.ask("\\help");
    shell.save("shell-help");
    for command in COMMANDS {
        let name = format!("\\{command}");
        let named = |line: &str| line.split_whitespace().any(|word| word == name);
        assert!(all.lines().any(named), "{name}: {all}");
        let one = shell.ask(&format!("\\help {command}"));
        assert!(one.contains(&name) && !one.contains("error:"), "{one}");
    }
}

#[test]
fn an_unknown_command_is_answered_with_a_near_one() {
    let folder = Folder::new();
    let shell = Terminal::rowtime(&folder, &[]);
    let answer = shell.ask("\\sorce S in.jsonl");
    assert!(answer.contains("\\source"), "{answer}");
    let answer = shell.ask("\\frobnicate");
    assert!(
        answer.contains("\\frobnicate") && answer.contains("\\help"),
        "{answer}"
    );
    let answer = shell.ask("\\source S");
    assert!(answer.contains("\\source") && answer.contains("URI"), "{answer}");
}

#[test]
fn everything_is_listed_and_described() {
    let folder = Folder::new();
    let shell = shell(&folder);
    let all = shell.ask("\\d");
    shell.save("shell-describe");
    for name in ["S", "O", "NAMES", "DIVIDE"] {
        assert!(all.split_whitespace().any(|word| word == name), "{name}: {all}");
    }
    let stream = shell.ask("\\d S");
    for part in ["N", "INTEGER", "DIVIDE", "in.jsonl", "CREATE STREAM S"] {
        assert!(stream.contains(part), "{part}: {stream}");
    }
    let target = shell.ask("\\d O");
    for part in ["quotient", "DIVIDE", "out.jsonl"] {
        assert!(target.contains(part), "{part}: {target}");
    }
    let pump = shell.ask("\\d DIVIDE");
    assert!(pump.contains("SELECT STREAM 10 / N FROM S"), "{pump}");
    let table = shell.ask("\\d NAMES");
    assert!(table.contains("NAME") && table.contains("names.csv"), "{table}");
    let function = shell.ask("\\d RANDOM_CUT_FOREST");
    assert!(
        function.contains("numberOfTrees") || function.contains("CURSOR"),
        "{function}"
    );
    let all = shell.ask("\\d functions");
    for name in ["STEP", "REGEX_REPLACE", "TOP_K_ITEMS_TUMBLING", "COUNT"] {
        assert!(shell.transcript().contains(name), "{name}: {all}");
    }
    let missing = shell.ask("\\d DIVID");
    assert!(missing.contains("DIVID;") && missing.contains("\\d"), "{missing}");
}

#[test]
fn bindings_are_listed_and_undone() {
    let folder = Folder::new();
    let shell = shell(&folder);
    assert!(shell.ask("\\source").contains("in.jsonl"));
    assert!(shell.ask("\\sink").contains("out.jsonl"));
    assert!(shell.ask("\\reference").contains("names.csv"));
    for entry in ["\\source S off", "\\sink O off", "\\reference NAMES off"] {
        let answer = shell.ask(entry);
        assert!(!answer.contains("error:"), "{entry}: {answer}");
    }
    assert!(!shell.ask("\\source").contains("in.jsonl"));
    assert!(!shell.ask("\\sink").contains("out.jsonl"));
    assert!(!shell.ask("\\reference").contains("names.csv"));
    for wrong in [
        "\\source S missing.jsonl",
        "\\sink O names.csv/out.jsonl",
        "\\sink NOSUCH -",
        "\\source S in.jsonl?rowtme=N",
    ] {
        let answer = shell.ask(wrong);
        assert!(answer.contains("error"), "{wrong}: {answer}");
    }
}

#[test]
fn error_rows_are_told_and_read() {
    let folder = Folder::new();
    let shell = shell(&folder);
    shell.sees("error row");
    let errors = shell.ask("\\errors");
    shell.save("shell-errors");
    // One record is no JSON, one is of a wrong type, and one divides by zero.
    for part in [
        "Parse error",
        "not json",
        "Coercion error",
        "\"one\"",
        "pump DIVIDE",
        "in.jsonl:15",
    ] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
    assert!(errors.contains("3 error rows"), "{errors}");
    let last = shell.ask("\\errors 1");
    assert!(
        last.contains("pump DIVIDE") && !last.contains("not json"),
        "{last}"
    );
    // The rows around them have come through.
    assert!(until(|| folder.read("out.jsonl") == "{\"quotient\":10}\n"));
    let wrong = shell.ask("\\errors many");
    assert!(wrong.contains("error"), "{wrong}");
}

#[test]
fn plans_are_shown() {
    let folder = Folder::new();
    let shell = shell(&folder);
    for (entry, part) in [
        ("\\explain", "DIVIDE"),
        ("\\explain DIVIDE", "Scan: S"),
        ("\\explain SELECT STREAM N FROM S WHERE N > 1;", "Filter"),
    ] {
        let plan = shell.ask(entry);
        assert!(plan.contains(part) && !plan.contains("error:"), "{entry}: {plan}");
    }
    let fault = shell.ask("\\explain SELECT STREAM M FROM S;");
    assert!(fault.contains("error") && fault.contains('^'), "{fault}");
}

#[test]
fn a_script_with_a_fault_is_not_loaded() {
    let folder = Folder::new();
    folder.write("good.sql", "CREATE STREAM FROM_SCRIPT (A INTEGER);\n");
    folder.write(
        "bad.sql",
        "CREATE STREAM FINE (A INTEGER);\nCREATE STREAM BAD (A INTEGR);\n",
    );
    let shell = Terminal::rowtime(&folder, &[]);
    let loaded = shell.ask("\\load good.sql");
    assert!(!loaded.contains("error"), "{loaded}");
    assert!(shell.ask("\\d").contains("FROM_SCRIPT"));
    let refused = shell.ask("\\load bad.sql");
    assert!(
        refused.contains("bad.sql:2:") && refused.contains('^'),
        "{refused}"
    );
    assert!(shell.ask("\\load missing.sql").contains("missing.sql"));
}
