//! A stream as a source: every record an object of its own, however rows are asked for; followed, ended, behind.

use std::sync::atomic::Ordering;

use rowtime_engine::pipeline::{Poll, Split};
use rowtime_engine::plan::Stream;

use crate::format::testing::{Everything, options, read_all, stream};
use crate::local::{LocalStream, StreamOptions};
use crate::source::{self, SourceOptions};
use crate::wall_clock;

/// Records at times.
fn local(folder: &tempfile::TempDir, appends: &[(i64, &[&str])]) -> LocalStream {
    let options = StreamOptions {
        segment_bytes: 100,
        ..StreamOptions::default()
    };
    let mut local = LocalStream::create("s", folder.path(), options).unwrap();
    for (now_ms, records) in appends {
        let records: Vec<&[u8]> = records.iter().map(|r| r.as_bytes()).collect();
        local.append(&records, *now_ms).unwrap();
    }
    local
}

fn open(
    folder: &tempfile::TempDir,
    parameters: &str,
    of: &Stream,
    options: &SourceOptions,
) -> Box<dyn Split> {
    let uri = format!("local:s?dir={}{parameters}", folder.path().display());
    let mut splits = source::open(&uri, of, options).unwrap().splits;
    assert_eq!(splits.len(), 1);
    splits.pop().unwrap()
}

fn all(
    folder: &tempfile::TempDir,
    parameters: &str,
    of: &Stream,
    options: &SourceOptions,
    rows_max: usize,
) -> Everything {
    let mut split = open(folder, parameters, of, options);
    read_all(&mut *split, of, rows_max).unwrap()
}

fn rows(polled: Poll) -> usize {
    match polled {
        Poll::Rows(batch) => batch.rows,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_is_an_object_of_its_own_however_rows_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    local(
        &folder,
        &[
            (
                10,
                &[
                    "{\"A\":1}{\"A\":2}\n{\"A\":3}",
                    "{\"A\":4",
                    "}",
                    " ",
                    "{\"A\":\"x\"}",
                ],
            ),
            (7, &["{\"A\":5,\"ROWTIME\":0}"]),
        ],
    );
    let of = stream("A INTEGER");
    for rows_max in [1, 2, 3, 100] {
        let found = all(&folder, "", &of, &options(), rows_max);
        let numbers = [1, 2, 3, 5].map(|a| format!("{{\"A\":{a}}}"));
        assert_eq!(found.rows, numbers);
        assert_eq!(found.arrivals, [10; 4]);
        let errors: Vec<(usize, &str, &str)> = found
            .errors
            .iter()
            .map(|(rows, name, _, position, _)| (*rows, name.as_str(), position.as_str()))
            .collect();
        assert_eq!(
            errors,
            [
                (3, "Parse error", "local:s/1"),
                (3, "Parse error", "local:s/2"),
                (3, "Coercion error", "local:s/4")
            ]
        );
        assert_eq!((found.documents, found.decoded), (7, 4));
    }
}

#[test]
fn another_clock_may_be_named() {
    let folder = tempfile::tempdir().unwrap();
    local(&folder, &[(10, &["{\"A\":5}"]), (20, &["{\"A\":7}"])]);
    let of = stream("A BIGINT");
    let found = all(&folder, "&rowtime=A", &of, &options(), 10);
    assert_eq!(found.arrivals, [5, 7]);
    let mut cut = options();
    cut.start_ms = Some(6);
    assert_eq!(all(&folder, "&rowtime=A", &of, &cut, 10).arrivals, [7]);
    let found = all(&folder, "&rowtime=now", &of, &options(), 10);
    assert_eq!((found.rows.len(), found.arrivals.len()), (2, 0));
}

#[test]
fn a_replay_ends_where_the_stream_did_and_a_run_goes_on_until_its_end_or_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mut stream_of_records = local(&folder, &[(10, &["{\"A\":1}", "{\"A\":2}"])]);
    let of = stream("A INTEGER");
    let mut bounded = open(&folder, "", &of, &options());
    let mut live = options();
    live.follow = true;
    let mut followed = open(&folder, "", &of, &live);
    live.end_ms = Some(30);
    let mut until = open(&folder, "", &of, &live);
    assert!(followed.is_live() && !bounded.is_live());
    assert_eq!(rows(followed.poll(10).unwrap()), 2);
    assert!(matches!(followed.poll(10).unwrap(), Poll::Nothing));
    stream_of_records.append(&[b"{\"A\":3}"], 20).unwrap();
    assert_eq!(rows(bounded.poll(10).unwrap()), 2);
    assert!(matches!(bounded.poll(10).unwrap(), Poll::Ended));
    assert_eq!(followed.next(10).unwrap().unwrap().rows, 1);
    assert_eq!(until.next(10).unwrap().unwrap().rows, 3);
    // Its end is long past, so nothing that belongs to it can come any more.
    assert!(until.next(10).unwrap().is_none());
    live.stop.store(true, Ordering::Relaxed);
    assert!(followed.next(10).unwrap().is_none());
}

#[test]
fn a_reader_is_woken_by_an_append() {
    // Without being woken, each would take the time between two looks at the stop flag.
    const APPENDS: u64 = 100;
    let folder = tempfile::tempdir().unwrap();
    let mut stream_of_records = local(&folder, &[]);
    let mut live = options();
    live.follow = true;
    stream_of_records.append(&[], 1).unwrap();
    let mut followed = open(&folder, "", &stream("A INTEGER"), &live);
    let (read, seen) = std::sync::mpsc::sync_channel(1);
    let reader = std::thread::spawn(move || {
        for _ in 0..APPENDS {
            assert_eq!(followed.next(10).unwrap().unwrap().rows, 1);
            read.send(()).unwrap();
        }
    });
    let start_ms = wall_clock::monotonic_ms();
    for _ in 0..APPENDS {
        stream_of_records.append(&[b"{\"A\":1}"], 1).unwrap();
        seen.recv().unwrap();
    }
    reader.join().unwrap();
    let took_ms = wall_clock::monotonic_ms() - start_ms;
    let looks_ms = APPENDS * u64::try_from(super::LOOK_EVERY.as_millis()).unwrap();
    assert!(took_ms < looks_ms / 2, "{took_ms} ms");
}

#[test]
fn what_was_dropped_before_it_was_read_is_an_error_row_or_the_end() {
    let folder = tempfile::tempdir().unwrap();
    local(
        &folder,
        &[
            (1, &["{\"A\":1}"; 3]),
            (2, &["{\"A\":2}"; 3]),
            (3, &["{\"A\":3}"; 3]),
        ],
    );
    let mut live = options();
    live.follow = true;
    let of = stream("A INTEGER");
    let mut behind = open(&folder, "", &of, &live);
    live.stop_on_error = true;
    let mut strict = open(&folder, "", &of, &live);
    // One has read the first three, the other nothing yet.
    assert_eq!(behind.next(10).unwrap().unwrap().rows, 9);
    let mut other = LocalStream::create(
        "s",
        folder.path(),
        StreamOptions {
            retention_ms: Some(10),
            segment_bytes: 1,
            ..StreamOptions::default()
        },
    )
    .unwrap();
    for now_ms in [100, 200, 300] {
        other.append(&[b"{\"A\":4}"], now_ms).unwrap();
    }
    let why = strict.next(10).unwrap_err();
    assert_eq!(why.place, "local:s/0");
    assert!(
        why.message.contains("10 records of the stream cannot be read"),
        "{why}"
    );
    let mut errors = Vec::new();
    let mut last = 0;
    while last == 0 {
        let batch = behind.next(10).unwrap().unwrap();
        errors.extend(batch.errors.into_iter().map(|e| e.position));
        last = batch.rows;
    }
    assert_eq!(errors, ["local:s/9"]);
}
