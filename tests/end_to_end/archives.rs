//! Objects that cannot be opened or read to their end, and what `--on-error` makes of them.

use std::io::Write;

use crate::machine::{COPY, Folder, NOW};

const ROWS: usize = 20_000;

/// Records whose numbers do not compress to nothing.
fn records() -> Vec<u8> {
    let record = |i: usize| {
        format!(
            "{{\"A\":{i},\"B\":\"{:x}\"}}\n",
            i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 8
        )
    };
    (0..ROWS).map(record).collect::<String>().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const KEEP: [&str; 6] = [
    "--sink",
    "COPIED=out.json",
    "--sink",
    "error_stream=err.json",
    "--now",
    NOW,
];

fn run(folder: &Folder, source: &str, more: &[&str]) -> crate::machine::Outcome {
    let mut args = vec!["run", "app.sql", "--source", source, "-v"];
    args.extend(KEEP);
    args.extend(more);
    folder.run(&args)
}

#[test]
fn rows_before_the_damage_of_an_archive_are_kept_and_one_error_row_says_where_it_is() {
    let folder = Folder::with(COPY);
    let records = records();
    for (name, mut bytes) in [
        ("cut.json.gz", gzip(&records)),
        ("cut.json.zst", zstd::encode_all(&records[..], 1).unwrap()),
    ] {
        bytes.truncate(bytes.len() * 3 / 4);
        folder.write(name, &bytes);
        let source = format!("S={name}");
        let (documents, decoded, errors) = run(&folder, &source, &[]).books();
        assert!((100..ROWS as u64).contains(&decoded), "{name}: {decoded}");
        assert_eq!((documents, errors), (decoded + 1, 1), "{name}");
        let (rows, error) = (folder.read("out.json"), folder.read("err.json"));
        assert_eq!(rows.lines().count() as u64, decoded);
        let offset = format!(" at {name}:");
        assert!(
            error.contains("Parse error") && error.contains("cannot read on") && error.contains(&offset),
            "{error}"
        );
        for (cut, threads) in [("1000", "1"), ("777", "2")] {
            run(&folder, &source, &["--batch-rows", cut, "--threads", threads]).books();
            assert_eq!(folder.read("out.json"), rows, "{name}, {cut}");
            assert_eq!(folder.read("err.json"), error, "{name}, {cut}");
        }
        // Asked to stop, it says so with status 1, and the rows before the damage are written all the same.
        for cut in ["1000", "16384"] {
            let stopped = run(&folder, &source, &["--on-error", "stop", "--batch-rows", cut]);
            assert_eq!(
                (stopped.status, stopped.out.as_str()),
                (Some(1), ""),
                "{}",
                stopped.err
            );
            assert!(
                stopped.err.contains(&format!("error: {name}: cannot read on")),
                "{}",
                stopped.err
            );
            assert_eq!(folder.read("out.json"), rows, "{name}, {cut}");
        }
    }
}

#[test]
fn a_bad_record_does_not_stop_a_run_that_stops_on_broken_objects() {
    let folder = Folder::with(COPY);
    folder.write("in.json", "{\"A\":1}\nbad\n{\"A\":2}\n");
    assert_eq!(
        run(&folder, "S=in.json", &["--on-error", "stop"]).books(),
        (3, 2, 1)
    );
}

#[test]
fn compressed_and_plain_files_of_a_folder_are_read_alike() {
    let folder = Folder::with(COPY);
    let line = |i: u32| format!("{{\"A\":{i}}}\n").into_bytes();
    folder.write("in/1.json", line(1));
    folder.write("in/2.json.gz", [gzip(&line(2)), gzip(&line(3))].concat());
    folder.write(
        "in/3.json.zst",
        [
            zstd::encode_all(&line(4)[..], 1).unwrap(),
            zstd::encode_all(&line(5)[..], 1).unwrap(),
        ]
        .concat(),
    );
    folder.write("in/deep/4.json", line(6));
    folder.write("in/.hidden", "not read");
    for source in ["S=in", "S=in/", "S=in/**/*.*", "S=file:in"] {
        assert_eq!(run(&folder, source, &[]).books(), (6, 6, 0), "{source}");
        let expected: String = (1..=6).map(|i| format!("{{\"A\":{i},\"B\":null}}\n")).collect();
        assert_eq!(folder.read("out.json"), expected, "{source}");
    }
}

#[test]
fn what_is_there_and_cannot_be_read_is_an_error_row_or_stops_the_run() {
    let folder = Folder::with(COPY);
    folder.write("in/b.json", "{\"A\":1}\n");
    std::os::unix::fs::symlink("gone", folder.path("in/a.json")).unwrap();
    std::os::unix::fs::symlink("c.json", folder.path("in/c.json")).unwrap();
    assert_eq!(run(&folder, "S=in", &[]).books(), (3, 1, 2));
    let errors = folder.read("err.json");
    for name in ["a.json", "c.json"] {
        let place = format!(" at in/{name}:0\"");
        assert_eq!(
            errors
                .lines()
                .filter(|l| l.contains(&place) && l.contains("\"DATA_ROW\":\"\""))
                .count(),
            1,
            "{errors}"
        );
    }
    let stopped = run(&folder, "S=in", &["--on-error", "stop"]);
    assert_eq!(stopped.status, Some(1), "{}", stopped.err);
    assert!(
        stopped
            .err
            .contains("error: in/a.json: cannot read on: No such file"),
        "{}",
        stopped.err
    );
    // A link that leads nowhere is there, too.
    assert_eq!(run(&folder, "S=in/a.json", &[]).books(), (1, 0, 1));
}

#[test]
fn what_is_not_there_is_a_wrong_invocation() {
    let folder = Folder::with(COPY);
    std::fs::create_dir_all(folder.path("empty/deep")).unwrap();
    for (source, words) in [
        ("S=nothing.json", "nothing.json: no such file or folder"),
        ("S=empty", "empty: no file matches"),
        ("S=empty/*.json", "empty/*.json: no file matches"),
        ("S=nowhere/*.json", "nowhere/*.json: no file matches"),
        ("S=", "NAME=URI"),
    ] {
        run(&folder, source, &[]).refused(words);
        assert!(!folder.path("out.json").exists(), "{source}");
    }
}
