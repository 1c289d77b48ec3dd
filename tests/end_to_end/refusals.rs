//! The binary as a shell sees it: exit statuses and what goes where (`cli.md`).

use crate::machine::Folder;

fn folder() -> Folder {
    let folder = Folder::with("CREATE STREAM S (A INTEGER);\n");
    folder.write("app.json", "{}");
    folder.write("bad.test", "frobnicate\n");
    folder
}

#[test]
fn what_is_wrong_or_not_implemented_starts_nothing_and_says_so() {
    let folder = folder();
    for (args, said) in [
        (
            &["repl", "--set", "a=b"] as &[&str],
            "--set is not implemented yet",
        ),
        (
            &["append", "x.json"],
            "append writes to a local stream; write local:NAME",
        ),
        (
            &["append", "local:x?format=csv"],
            "append writes lines as they are",
        ),
        (&["append", "local:../x"], "the name of a local stream has"),
        (
            &["run", "app.sql", "--source", "S=local:x"],
            "there is no such stream",
        ),
        (
            &["run", "app.sql", "--source", "S=local:x?header=true"],
            "header=true is for files",
        ),
        (&["repl", "missing.sql"], "missing.sql"),
        (
            &["repl", "--source", "S=-"],
            "the shell itself reads standard input",
        ),
        (
            &["repl", "--output", "xml"],
            "[possible values: table, json, csv, vertical]",
        ),
        (&["diff", "a.sql", "b.sql", "--from", "x"], "not implemented yet"),
        (&["translate", "app.sql", "--to", "flink"], "not implemented yet"),
        (
            &["run", "app.sql", "--state", "d"],
            "--state is not implemented yet",
        ),
        (&["run", "app.sql", "--fsync"], "--fsync is not implemented yet"),
        (
            &["run", "app.sql", "--reset", "P"],
            "--reset is not implemented yet",
        ),
        (
            &["replay", "app.sql", "--from", "x", "--steps", "d"],
            "--steps is not implemented yet",
        ),
        (
            &["run", "app.sql", "--metrics", ":1"],
            "--metrics is not implemented yet",
        ),
        (
            &["run", "app.sql", "--start", "last-stopped"],
            "not implemented yet",
        ),
        (
            &["run", "app.sql", "--reference", "T=x"],
            "the application reads nothing that it does not create itself",
        ),
        (
            &["run", "app.sql", "--set", "a=b"],
            "--set is not implemented yet",
        ),
        (&["run", "app.json"], "not implemented yet"),
        (&["run", "app.txt"], "an application is a SQL script"),
        (&["run", "missing.sql"], "missing.sql"),
        (&["run", "app.sql", "--sourc", "a=b"], "--source"),
        (&["run", "app.sql", "--source", "a"], "NAME=URI"),
        (&["run", "app.sql", "--batch-rows", "0"], "from 1"),
        (
            &["run", "app.sql", "--start", "2020-01-02", "--end", "2020-01-01"],
            "--end lies before --start",
        ),
        (&["frob"], "unrecognized subcommand"),
        (&["test", "missing.test"], "no such file or folder"),
        (&["test", "bad.test"], "bad.test:1: unknown directive"),
    ] {
        folder.run(args).refused(said);
    }
}

#[test]
fn help_is_an_answer() {
    let folder = folder();
    for args in [
        &["--help"] as &[&str],
        &["run", "--help"],
        &["replay", "--help"],
        &["check", "--help"],
        &["explain", "--help"],
        &["test", "--help"],
    ] {
        let outcome = folder.run(args);
        let longest = outcome.rows().lines().map(|l| l.chars().count()).max();
        assert!(longest.is_some_and(|n| n <= 100), "{args:?}: {longest:?}");
        assert_eq!(outcome.err, "", "{args:?}");
    }
}
