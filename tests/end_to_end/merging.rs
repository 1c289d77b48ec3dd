//! Many files and the arrival clock (`design.md` R3, `decisions.md` 10, 16 and 20).

use crate::machine::{Folder, NOW};

const CLOCKED: &str = "CREATE STREAM S (A INTEGER, T TIMESTAMP);
CREATE STREAM COPIED (A INTEGER);
CREATE PUMP P AS INSERT INTO COPIED SELECT STREAM A FROM S;
";

fn copied(folder: &Folder, source: &str, more: &[&str]) -> (Vec<String>, String) {
    let mut first = None;
    for (cut, threads) in [("16384", "2"), ("1", "1"), ("7", "2")] {
        let mut args = vec![
            "run",
            "app.sql",
            "--source",
            source,
            "--sink",
            "COPIED=-?rowtime=true&format=csv",
        ];
        args.extend(["--now", NOW, "-v", "--batch-rows", cut, "--threads", threads]);
        args.extend(more);
        let outcome = folder.run(&args);
        outcome.books();
        let closing = outcome.closing().to_owned();
        let found = (
            outcome.out.lines().map(str::to_owned).collect::<Vec<_>>(),
            closing,
        );
        assert_eq!(
            *first.get_or_insert_with(|| found.clone()),
            found,
            "{cut}, {threads}"
        );
    }
    first.unwrap()
}

/// `ROWTIME,A` for seconds of one minute.
fn rows(of: &[(u32, u32)]) -> Vec<String> {
    of.iter()
        .map(|(second, a)| format!("2026-01-01 00:00:{second:02}.000,{a}"))
        .collect()
}

fn file(clock: &str, records: &[(u32, u32)]) -> String {
    let record =
        |(second, a): &(u32, u32)| format!("{{\"{clock}\":\"2026-01-01T00:00:{second:02}Z\",\"A\":{a}}}\n");
    records.iter().map(record).collect()
}

#[test]
fn files_with_a_clock_are_merged_by_it_and_equal_clocks_by_name() {
    for (clock, parameters) in [
        ("ROWTIME", ""),
        ("T", "?rowtime=T"),
        ("t", "?rowtime=t"),
        ("elsewhere", "?rowtime=elsewhere"),
    ] {
        let folder = Folder::with(CLOCKED);
        folder.write("in/a.json", file(clock, &[(2, 1), (5, 2), (4, 3), (9, 4)]));
        folder.write("in/b.json", file(clock, &[(1, 5), (2, 6), (5, 7)]));
        let (found, closing) = copied(&folder, &format!("S=in{parameters}"), &[]);
        // A file's clock is its own running maximum: 4 stands at 5 and is raised.
        assert_eq!(
            found,
            rows(&[(1, 5), (2, 1), (2, 6), (5, 2), (5, 3), (5, 7), (9, 4)]),
            "{clock}"
        );
        assert!(closing.ends_with("; 1 row raised"), "{closing}");
    }
}

#[test]
fn files_without_a_clock_are_read_in_name_order_at_the_start_of_the_run() {
    for (parameters, clock) in [("", "other"), ("?rowtime=now", "ROWTIME")] {
        let folder = Folder::with(CLOCKED);
        folder.write("in/b.json", file(clock, &[(1, 3), (2, 4)]));
        folder.write("in/a.json", file(clock, &[(9, 1), (1, 2)]));
        let (found, _) = copied(&folder, &format!("S=in{parameters}"), &[]);
        let expected: Vec<String> = (1..=4).map(|a| format!("{NOW},{a}")).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn bad_records_in_front_do_not_decide_whether_a_file_has_a_clock() {
    let folder = Folder::with(CLOCKED);
    let bad = "bad\n".repeat(20);
    folder.write(
        "in/a.json",
        format!("{bad}{}", file("ROWTIME", &[(2, 1), (5, 2)])),
    );
    folder.write("in/b.json", file("ROWTIME", &[(1, 3), (3, 4)]));
    folder.write("in/c.json", bad);
    folder.write("in/d.json", "");
    let (found, _) = copied(&folder, "S=in", &[]);
    assert_eq!(found, rows(&[(1, 3), (2, 1), (3, 4), (5, 2)]));
}

#[test]
fn an_error_before_the_first_row_stands_at_that_row_however_the_input_is_cut() {
    let folder = Folder::with(CLOCKED);
    folder.write(
        "in.json",
        format!("bad\n{}bad\n", file("ROWTIME", &[(1, 1), (2, 2), (3, 3)])),
    );
    for cut in ["1", "2", "16384"] {
        folder.run(&[
            "run",
            "app.sql",
            "--source",
            "S=in.json",
            "--sink",
            "error_stream=err.csv",
            "--batch-rows",
            cut,
        ]);
        let errors = folder.read("err.csv");
        let times: Vec<&str> = errors.lines().map(|l| &l[..19]).collect();
        assert_eq!(times, ["2026-01-01 00:00:01", "2026-01-01 00:00:03"], "{cut}");
    }
}

#[test]
fn only_files_that_overlap_are_open_at_once() {
    let folder = Folder::with(CLOCKED);
    for i in 0..20 {
        folder.write(
            &format!("in/{i:02}.json"),
            file("ROWTIME", &[(i, i), (i, i + 100)]),
        );
    }
    let (found, _) = copied(&folder, "S=in", &["--max-open", "1"]);
    assert_eq!(found.len(), 40);
    folder.write("in/20.json", file("ROWTIME", &[(3, 1), (4, 2)]));
    copied(&folder, "S=in", &["--max-open", "2"]);
    let refused = folder.run(&["run", "app.sql", "--source", "S=in", "--max-open", "1"]);
    assert_eq!(refused.status, Some(1), "{}", refused.err);
    for part in ["at least 2 files overlap", "--max-open is 1; raise it"] {
        assert!(refused.err.contains(part), "{}", refused.err);
    }
    // Files without a clock are read one after another, however many there are.
    for i in 0..20 {
        folder.write(&format!("plain/{i:02}.json"), "{\"A\":1}\n");
    }
    assert_eq!(copied(&folder, "S=plain", &["--max-open", "1"]).0.len(), 20);
}

#[test]
fn start_and_end_are_half_open() {
    let folder = Folder::with(CLOCKED);
    folder.write("in.json", file("ROWTIME", &[(1, 1), (2, 2), (3, 3), (4, 4)]));
    let cut = |more: &[&str]| copied(&folder, "S=in.json", more).0;
    let (two, four) = ("2026-01-01 00:00:02", "2026-01-01T00:00:04Z");
    assert_eq!(cut(&["--start", two, "--end", four]), rows(&[(2, 2), (3, 3)]));
    assert_eq!(cut(&["--start", two]), rows(&[(2, 2), (3, 3), (4, 4)]));
    assert_eq!(cut(&["--end", two]), rows(&[(1, 1)]));
    assert_eq!(cut(&["--start", "trim-horizon"]).len(), 4);
    for (end, words) in [
        (two, "--end lies before --start"),
        ("tomorrow", "write a timestamp"),
    ] {
        folder
            .run(&[
                "run",
                "app.sql",
                "--source",
                "S=in.json",
                "--start",
                two,
                "--end",
                end,
            ])
            .refused(words);
    }
}

#[test]
fn two_streams_of_one_application_are_merged_by_their_clocks() {
    let folder = Folder::with(
        "CREATE STREAM S (A INTEGER); CREATE STREAM T (A INTEGER); CREATE STREAM COPIED (A INTEGER);
         CREATE PUMP P AS INSERT INTO COPIED SELECT STREAM A FROM S;
         CREATE PUMP Q AS INSERT INTO COPIED SELECT STREAM A FROM T;",
    );
    folder.write("s.json", file("ROWTIME", &[(1, 1), (4, 2)]));
    folder.write("t.json", file("ROWTIME", &[(1, 3), (2, 4), (9, 5)]));
    let (found, _) = copied(&folder, "S=s.json", &["--source", "T=t.json"]);
    assert_eq!(found, rows(&[(1, 1), (1, 3), (2, 4), (4, 2), (9, 5)]));
}

#[test]
fn a_stream_that_no_script_creates_is_learnt_from_its_data() {
    let folder = Folder::with(
        "CREATE STREAM COPIED (D DATE, T TIMESTAMP, M TIMESTAMP);
         CREATE PUMP P AS INSERT INTO COPIED SELECT STREAM \"d\", \"t\", \"m\" FROM LEARNT;",
    );
    folder.write(
        "in.json",
        "{\"d\":\"2026-01-27\",\"t\":\"2026-01-27T10:00:00\",\"m\":\"2026-01-27\"}\n{\"m\":\"2026-01-27 10:00:00\"}\n",
    );
    let outcome = folder.run(&["run", "app.sql", "--source", "learnt=in.json"]);
    assert_eq!(
        outcome.rows(),
        "{\"D\":\"2026-01-27\",\"T\":\"2026-01-27 10:00:00.000\",\"M\":\"2026-01-27 00:00:00.000\"}\n\
         {\"D\":null,\"T\":null,\"M\":\"2026-01-27 10:00:00.000\"}\n"
    );
}
