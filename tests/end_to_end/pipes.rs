//! Standard input and output: what comes through them, who stops reading them, and what never goes there.

use std::io::{BufRead, BufReader, Read, Write};

use crate::machine::{COPY, Folder, NOW, finish};

#[test]
fn a_reader_that_leaves_ends_the_run_quietly_and_the_other_sinks_properly() {
    let folder = Folder::with(COPY);
    let rows: String = (0..50_000)
        .map(|i| format!("{{\"A\":{i},\"B\":\"0123456789\"}}\n"))
        .collect();
    folder.write("in.json", rows);
    let mut child = folder.start(&[
        "run",
        "app.sql",
        "--source",
        "S=in.json",
        "--sink",
        "COPIED=-",
        "--sink",
        "S=copy.json.zst",
        "--batch-rows",
        "1000",
    ]);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut row = String::new();
    stdout.read_line(&mut row).unwrap();
    drop(stdout);
    let outcome = finish(child);
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""));
    assert_eq!(row, "{\"A\":0,\"B\":\"0123456789\"}\n");
    let copy = std::fs::read(folder.path("copy.json.zst")).unwrap();
    let copy = zstd::decode_all(&copy[..]).expect("the archive has its end");
    assert!(copy.starts_with(row.as_bytes()) && copy.ends_with(b"}\n"));
}

#[test]
fn standard_input_may_be_compressed_and_without_a_last_newline() {
    let folder = Folder::with(COPY);
    let text = b"{\"A\":1}\n{\"A\":2}";
    let mut gzip = flate2::read::GzEncoder::new(&text[..], flate2::Compression::fast());
    let mut compressed = Vec::new();
    gzip.read_to_end(&mut compressed).unwrap();
    for input in [&text[..], &compressed, &zstd::encode_all(&text[..], 1).unwrap()] {
        for sink in ["-", "-?format=json"] {
            let args = [
                "run",
                "app.sql",
                "--source",
                "S=-",
                "--sink",
                &format!("COPIED={sink}"),
            ];
            let outcome = folder.run_on(&args, input);
            assert_eq!(outcome.rows(), "{\"A\":1,\"B\":null}\n{\"A\":2,\"B\":null}\n");
            assert_eq!(outcome.err, "");
        }
    }
    let outcome = folder.run_on(&["run", "app.sql", "--source", "S=-?format=csv"], b"1,x\n");
    assert_eq!(outcome.rows(), "{\"A\":1,\"B\":\"x\"}\n");
    assert_eq!(
        folder.run_on(&["run", "app.sql", "--source", "S=-"], b"").rows(),
        ""
    );
}

#[test]
fn a_named_pipe_is_read_as_it_is_written() {
    let folder = Folder::with(COPY);
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path("pipe"))
        .status();
    assert!(made.unwrap().success());
    let child = folder.start(&["run", "app.sql", "--source", "S=pipe"]);
    let mut pipe = std::fs::OpenOptions::new()
        .write(true)
        .open(folder.path("pipe"))
        .unwrap();
    pipe.write_all(b"{\"A\":1}\n").unwrap();
    drop(pipe);
    assert_eq!(finish(child).rows(), "{\"A\":1,\"B\":null}\n");
}

#[test]
fn nothing_is_coloured_where_no_terminal_reads_it() {
    let folder = Folder::with("CREATE STREAM S (A INTEGR);\n");
    folder.write("ok.sql", COPY);
    folder.write("in.json", "bad\n");
    for no_colour in [None, Some("1")] {
        for args in [
            &["run", "app.sql"] as &[&str],
            &["run", "ok.sql", "--source", "X=-"],
            &[
                "run",
                "ok.sql",
                "--source",
                "S=in.json",
                "--now",
                NOW,
                "--progress",
                "always",
                "-v",
            ],
            &["run", "--help"],
            &["run", "--frobnicate"],
        ] {
            let mut command = folder.command(args);
            command.envs(no_colour.map(|v| ("NO_COLOR", v)));
            let outcome = finish(command.spawn().unwrap());
            assert!(
                !outcome.err.contains('\x1b') && !outcome.out.contains('\x1b'),
                "{args:?}"
            );
            assert!(
                outcome.out.is_empty() || args.contains(&"--help"),
                "{args:?}: {}",
                outcome.out
            );
        }
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure_and_one_that_nobody_reads_is_none() {
    let folder = Folder::with(COPY);
    folder.write("in.json", "{\"A\":1}\n");
    folder.write(
        "one.test",
        "date 2018-11-01\n\ntest a row\n```sql\nCREATE STREAM S (A INTEGER);\n```\nrecords S json\n```\n{\"A\": 1}\n```\nend\n",
    );
    for args in [
        &["discover", "in.json"][..],
        &["discover", "in.json", "--ddl"],
        &["check", "app.sql"],
        &["explain", "app.sql"],
        &["test", "one.test"],
        &["run", "app.sql", "--source", "S=in.json"],
        &["--help"],
        &["run", "--help"],
        &["--version"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let refused = folder.command(args).stdout(full).output().unwrap();
        let err = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{args:?}: {err}");
        assert!(err.contains("No space left on device"), "{args:?}: {err}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let unread = folder.command(args).stdout(writer).output().unwrap();
        assert_eq!(unread.status.code(), Some(0), "{args:?}: {unread:?}");
        assert!(
            !String::from_utf8_lossy(&unread.stderr).contains("error"),
            "{args:?}: {unread:?}"
        );
    }
}

#[test]
fn what_steers_a_terminal_is_not_sent_to_it_with_a_message() {
    let folder = Folder::with(COPY);
    let input = b"{\"A\":\"\\u001b[31m\\u0007\"}\n";
    let run = folder.run_on(&["run", "app.sql", "--source", "S=-"], input);
    assert_eq!(run.rows(), "");
    assert!(
        run.err.contains("[31m") && !run.err.contains(['\x1b', '\x07']),
        "{:?}",
        run.err
    );
    folder.write("in.json", input);
    let shell = folder.run_on(
        &["repl", "app.sql", "--source", "S=in.json"],
        b"SELECT * FROM S;\n\\errors\n",
    );
    assert!(shell.out.contains("[31m"), "{shell:?}");
    assert!(!shell.out.contains(['\x1b', '\x07']), "{shell:?}");
    assert!(!shell.err.contains(['\x1b', '\x07']), "{shell:?}");
}

#[test]
fn a_run_that_waits_for_records_to_learn_the_columns_says_so() {
    let folder = Folder::with(
        "CREATE STREAM O (A INTEGER);\nCREATE PUMP P AS INSERT INTO O SELECT STREAM \"a\" FROM \"IN\";\n",
    );
    let mut child = folder.start(&["run", "app.sql", "--source", "IN=-"]);
    let mut stdin = child.stdin.take().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    stdin.write_all(b"{\"a\":1}\n").unwrap();
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert_eq!(
        line,
        "rowtime: IN: waiting for 1,000 records of standard input, or its end, to learn the columns; create the stream in \
         the script, or give ?schema=FILE, to begin at once\n"
    );
    drop(stdin);
    let rest = std::thread::spawn(move || said.read_to_string(&mut line).map(|_| line));
    assert_eq!(finish(child).rows(), "{\"A\":1}\n");
    assert!(
        rest.join()
            .unwrap()
            .unwrap()
            .contains("columns guessed from 1 record")
    );
}
