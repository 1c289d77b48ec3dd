//! What `--source` and `--sink` bind, by which names, and what they refuse (`cli.md`, `decisions.md` 24).

use crate::machine::{COPY, Folder, NOW};

#[test]
fn a_name_is_taken_exactly_then_in_upper_case_then_as_the_only_one_ignoring_case() {
    let folder = Folder::with(
        "CREATE STREAM SENSORS (A INTEGER); CREATE STREAM \"sensors\" (A INTEGER); CREATE STREAM \"Readings\" (A INTEGER);
         CREATE STREAM \"Out\" (A INTEGER); CREATE STREAM \"oUT\" (A INTEGER);",
    );
    folder.write("in.json", "{\"A\":1}\n");
    for (name, stream) in [
        ("sensors", "sensors"),
        ("SENSORS", "SENSORS"),
        ("Sensors", "SENSORS"),
        ("readings", "Readings"),
        ("Out", "Out"),
    ] {
        let outcome = folder.run(&["run", "app.sql", "--source", &format!("{name}=in.json")]);
        assert_eq!(
            outcome.rows(),
            format!("{{\"stream\":\"{stream}\",\"row\":{{\"A\":1}}}}\n"),
            "{name}"
        );
    }
    for option in ["--source", "--sink"] {
        for (name, words) in [
            ("out", "several streams have this name ignoring case"),
            ("other", "there is no such stream; the application has"),
        ] {
            let outcome = folder.run(&["run", "app.sql", option, &format!("{name}=x.json")]);
            outcome.refused(&format!("{option} {name}: {words}"));
        }
    }
}

#[test]
fn what_is_wrong_is_refused_before_anything_is_written() {
    let folder = Folder::with(COPY);
    folder.write("in.json", "{\"A\":1}\n");
    folder.write("kept.json", "kept\n");
    std::fs::create_dir(folder.path("folder")).unwrap();
    std::fs::hard_link(folder.path("in.json"), folder.path("same.json")).unwrap();
    for (args, words) in [
        (
            &["--source", "S=in.json", "--source", "s=in.json"] as &[&str],
            "stream S is bound twice",
        ),
        (&["--source", "COPIED=in.json"], "pump P writes this stream"),
        (&["--source", "error_stream=in.json"], "there is no such stream"),
        (&["--source", "S=in.json?formt=json"], "did you mean format=?"),
        (
            &["--source", "S=in.json?rowtime=true"],
            "rowtime=true is for destinations",
        ),
        (&["--source", "S=gone.json"], "gone.json: no such file or folder"),
        (
            &["--source", "S=in.json", "--sink", "COPIED=out.json?heder=true"],
            "did you mean header=?",
        ),
        (
            &["--source", "S=in.json", "--sink", "COPIED=folder"],
            "it is a folder; name a file in it",
        ),
        (
            &["--source", "S=in.json", "--sink", "COPIED=in.json"],
            "in.json is read as the source of stream S",
        ),
        (
            &["--source", "S=in.json", "--sink", "COPIED=./same.json?format=csv"],
            "is read as the source of stream S",
        ),
        (
            &["--source", "S=.", "--sink", "COPIED=kept.json"],
            "kept.json is read as the source of stream S",
        ),
        (
            &["--source", "S=in.json", "--sink", "COPIED=app.sql"],
            "app.sql is the application itself",
        ),
        (
            &[
                "--source",
                "S=in.json",
                "--sink",
                "S=new.json",
                "--sink",
                "COPIED=./new.json?format=csv",
            ],
            "is the destination of another stream already",
        ),
        (
            &["--source", "S=in.json", "--now", "yesterday"],
            "write a timestamp",
        ),
        (
            &["--source", "S=in.json", "--batch-rows", "0"],
            "write a whole number from 1",
        ),
        (
            &["--source", "S=in.json", "--threads", "0"],
            "write a whole number from 1",
        ),
        (
            &["--source", "S=in.json", "--max-open", "0"],
            "write a whole number from 1",
        ),
        (
            &["--source", "S=in.json", "--on-error", "explode"],
            "continue, stop",
        ),
        (&["--source", "S=in.json", "--frobnicate"], "--frobnicate"),
    ] {
        // One that would be fine comes first: it is not touched either.
        let first: &[&str] = if args
            .iter()
            .any(|a| a.ends_with("=.") || a.starts_with("COPIED=kept"))
        {
            &[]
        } else {
            &["--sink", "error_stream=kept.json"]
        };
        let outcome = folder.run(&[&["run", "app.sql"], first, args].concat());
        outcome.refused(words);
        assert_eq!(folder.read("kept.json"), "kept\n", "{args:?}");
        assert_eq!(folder.read("in.json"), "{\"A\":1}\n", "{args:?}");
        assert_eq!(folder.read("app.sql"), COPY, "{args:?}");
    }
}

#[test]
fn a_sink_makes_the_folders_it_needs_and_empties_what_was_there() {
    let folder = Folder::with(COPY);
    folder.write("in.json", "{\"A\":1}\n");
    folder.write("new/kept.json", "longer than what is written\n");
    for sink in [
        "COPIED=new/deep/out.json",
        "COPIED=new/kept.json",
        "COPIED=file:new/x.json",
    ] {
        folder
            .run(&["run", "app.sql", "--source", "S=in.json", "--sink", sink])
            .rows();
        let path = sink.rsplit(['=', ':']).next().unwrap();
        assert_eq!(folder.read(path), "{\"A\":1,\"B\":null}\n");
    }
    // A device may take several streams.
    let args = [
        "run",
        "app.sql",
        "--source",
        "S=in.json",
        "--sink",
        "S=/dev/null",
        "--sink",
        "COPIED=/dev/null",
    ];
    assert_eq!(folder.run(&args).rows(), "");
}

#[test]
fn strict_refuses_what_is_lenient_and_no_source_ends_at_once() {
    let folder = Folder::with(
        "CREATE STREAM S (\"temperature\" INTEGER); CREATE STREAM HOT (T INTEGER);
        CREATE PUMP P AS INSERT INTO HOT SELECT STREAM temperature FROM S",
    );
    folder.write("in.json", "{\"temperature\":7}\n");
    let args = ["run", "app.sql", "--source", "S=in.json", "--now", NOW];
    assert_eq!(folder.run(&args).rows(), "{\"T\":7}\n");
    folder
        .run(&[&args[..], &["--strict"]].concat())
        .refused("temperature");
    let unbound = folder.run(&["run", "app.sql"]);
    assert_eq!(unbound.rows(), "");
    assert!(unbound.err.contains("no source is bound"), "{}", unbound.err);
}

#[test]
fn a_stream_whose_source_tells_nothing_is_not_called_unknown() {
    let folder = Folder::with(
        "CREATE STREAM \"OUT\" (A INTEGER); CREATE PUMP P AS INSERT INTO \"OUT\" SELECT STREAM A FROM FED;",
    );
    folder.write("empty.json", "");
    for (uri, words) in [
        ("gone.json", "gone.json: no such file or folder"),
        (
            "empty.json",
            "no record was found from which to learn the columns of stream \"FED\"",
        ),
    ] {
        for args in [
            &["run", "app.sql", "--source", &format!("fed={uri}")] as &[&str],
            &["replay", "app.sql", "--from", uri],
        ] {
            let outcome = folder.run(args);
            outcome.refused(words);
            assert!(!outcome.err.contains("Table 'FED' not found"), "{}", outcome.err);
        }
    }
    folder.run(&["run", "app.sql"]).refused("Table 'FED' not found");
}
