//! Streams against a plain list of records: appended to, cut off at any byte, changed in any bit, opened again, read.

use std::collections::BTreeSet;
use std::fs;

use super::*;

/// (ordinal, arrival, bytes).
type Record = (u64, i64, Vec<u8>);

fn create(folder: &tempfile::TempDir, options: StreamOptions) -> LocalStream {
    LocalStream::create("s", folder.path(), options).unwrap()
}

fn small() -> StreamOptions {
    StreamOptions {
        segment_bytes: 300,
        ..StreamOptions::default()
    }
}

/// What can be read, and the ordinals that are told to be missing.
fn read_on(reader: &mut Reader) -> (Vec<Record>, Vec<u64>) {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    loop {
        match reader.read().unwrap() {
            Found::Nothing => return (found, missing),
            Found::Gap { first_ordinal, len } => missing.extend(first_ordinal..first_ordinal + len),
            Found::Records(block) => {
                let before = found.len();
                for (ordinal, record) in (block.first_ordinal..).zip(block.records()) {
                    found.push((ordinal, block.arrival_ms, record.to_vec()));
                }
                assert_eq!((found.len() - before) as u64, block.len);
            }
        }
    }
}

fn read_from(stream: &LocalStream, start: Start) -> (Vec<Record>, Vec<u64>) {
    read_on(&mut stream.reader_from(start).unwrap())
}

/// Appends some records, and to the model as well.
fn append(stream: &mut LocalStream, model: &mut Vec<Record>, random: &mut fastrand::Rng, now_ms: i64) {
    let records: Vec<Vec<u8>> = (0..random.usize(1..6))
        .map(|_| {
            let length = random.usize(0..60);
            (0..length).map(|_| random.u8(..)).collect()
        })
        .collect();
    let slices: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
    let appended = stream.append(&slices, now_ms).unwrap();
    let arrival_ms = model.last().map_or(now_ms, |last| last.1.max(now_ms));
    let first = model.len() as u64;
    assert_eq!(
        (appended.first_ordinal, appended.records, appended.arrival_ms),
        (first, records.len() as u64, arrival_ms)
    );
    model.extend(
        (first..)
            .zip(records)
            .map(|(ordinal, bytes)| (ordinal, arrival_ms, bytes)),
    );
}

#[test]
fn what_is_appended_is_read_from_every_place() {
    for seed in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let mut random = fastrand::Rng::with_seed(seed);
        let mut streams = [create(&folder, small()), create(&folder, small())];
        let mut follower = streams[0].reader_from(Start::Newest).unwrap();
        let (mut model, mut followed) = (Vec::new(), Vec::new());
        for _ in 0..30 {
            // The clock of the machine may go back.
            let now_ms = random.i64(1_000..1_100);
            append(&mut streams[random.usize(0..2)], &mut model, &mut random, now_ms);
            if random.bool() {
                let (found, missing) = read_on(&mut follower);
                followed.extend(found);
                assert!(missing.is_empty(), "seed {seed}");
            }
        }
        followed.extend(read_on(&mut follower).0);
        assert_eq!(followed, model, "seed {seed}");
        let stream = LocalStream::open("s", folder.path()).unwrap();
        assert!(stream.address().segments().unwrap().len() > 3);
        assert_eq!(
            read_from(&stream, Start::Oldest),
            (model.clone(), vec![]),
            "seed {seed}"
        );
        assert_eq!(read_from(&stream, Start::Newest), (vec![], vec![]));
        for ordinal in 0..=model.len() {
            let (found, missing) = read_from(&stream, Start::Ordinal(ordinal as u64));
            assert_eq!(
                (found.as_slice(), missing.len()),
                (&model[ordinal..], 0),
                "seed {seed}"
            );
        }
        for ms in 990..1_110 {
            let from = model.partition_point(|record| record.1 < ms);
            let (found, missing) = read_from(&stream, Start::Time(ms));
            assert_eq!(
                (found.as_slice(), missing.len()),
                (&model[from..], 0),
                "seed {seed} {ms}"
            );
        }
    }
}

#[test]
fn a_tail_that_is_cut_anywhere_loses_only_the_append_that_it_cuts() {
    for seed in 0..60 {
        let folder = tempfile::tempdir().unwrap();
        let mut random = fastrand::Rng::with_seed(seed);
        let mut stream = create(&folder, small());
        let (mut model, mut lengths) = (Vec::new(), Vec::new());
        for now_ms in 0..random.i64(1..12) {
            append(&mut stream, &mut model, &mut random, now_ms);
            let last = stream.address().segments().unwrap().pop().unwrap();
            let length = fs::metadata(stream.address().segment(last)).unwrap().len();
            lengths.push((last, length, model.len()));
        }
        let last = stream.address().segments().unwrap().pop().unwrap();
        let path = stream.address().segment(last);
        let cut = random.u64(0..=fs::metadata(&path).unwrap().len());
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(cut).unwrap();
        // What was appended to the segments before, and to the last one within what is left.
        let whole = lengths
            .iter()
            .filter(|(segment, length, _)| *segment < last || *length <= cut);
        model.truncate(whole.map(|(_, _, records)| *records).max().unwrap_or(0));
        let reader = LocalStream::open("s", folder.path()).unwrap();
        assert_eq!(
            read_from(&reader, Start::Oldest),
            (model.clone(), vec![]),
            "seed {seed}"
        );
        let mut follower = reader.reader_from(Start::Newest).unwrap();
        let kept = model.len();
        // The writer that lives on and one that comes new.
        let mut streams = [stream, create(&folder, small())];
        for _ in 0..4 {
            append(&mut streams[random.usize(0..2)], &mut model, &mut random, 50);
        }
        assert_eq!(
            read_from(&reader, Start::Oldest),
            (model.clone(), vec![]),
            "seed {seed}"
        );
        assert_eq!(read_on(&mut follower).0, model[kept..], "seed {seed}");
    }
}

#[test]
fn a_changed_bit_costs_its_append_and_is_told() {
    for seed in 0..80 {
        let folder = tempfile::tempdir().unwrap();
        let mut random = fastrand::Rng::with_seed(seed);
        let mut stream = create(&folder, small());
        let mut model = Vec::new();
        for now_ms in 0..8 {
            append(&mut stream, &mut model, &mut random, now_ms);
        }
        let segments = stream.address().segments().unwrap();
        let path = stream.address().segment(segments[random.usize(..segments.len())]);
        let mut bytes = fs::read(&path).unwrap();
        let at = random.usize(..bytes.len());
        bytes[at] ^= 1 << random.u8(..8);
        fs::write(&path, bytes).unwrap();

        let (before, _) = read_from(&stream, Start::Oldest);
        let appended = create(&folder, small()).append(&[b"after"], 3).unwrap();
        let (found, missing) = read_from(&stream, Start::Oldest);
        // Nothing that was readable is lost, nothing is invented, and what is missing is told.
        assert_eq!(found[..found.len() - 1], before, "seed {seed}");
        assert!(before.iter().all(|record| model.contains(record)), "seed {seed}");
        let (ordinal, arrival_ms, last) = found.last().unwrap();
        assert_eq!(
            (*ordinal, last.as_slice()),
            (appended.first_ordinal, &b"after"[..]),
            "seed {seed}"
        );
        assert!(before.iter().all(|record| record.1 <= *arrival_ms), "seed {seed}");
        let seen: BTreeSet<u64> = found.iter().map(|record| record.0).chain(missing).collect();
        assert!(seen.into_iter().eq(0..=*ordinal), "seed {seed}");
        assert!(
            found.len() + 5 > model.len(),
            "seed {seed}: more than one append is gone"
        );
    }
}

#[test]
fn bytes_of_a_segment_that_are_a_record_are_no_block() {
    let folder = tempfile::tempdir().unwrap();
    let mut stream = create(&folder, StreamOptions::default());
    stream.append(&[b"first"], 1).unwrap();
    let path = stream.address().segment(0);
    let segment = fs::read(&path).unwrap();
    stream.append(&[&segment[..]], 2).unwrap();
    let length = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(length - 1)
        .unwrap();
    let appended = create(&folder, StreamOptions::default())
        .append(&[b"third"], 3)
        .unwrap();
    assert_eq!(appended.first_ordinal, 1);
    assert!(appended.cut_bytes > segment.len() as u64);
    let (found, missing) = read_from(&stream, Start::Oldest);
    assert_eq!(found, [(0, 1, b"first".to_vec()), (1, 3, b"third".to_vec())]);
    assert!(missing.is_empty());
}

#[test]
fn old_segments_are_dropped_and_a_reader_that_is_behind_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut stream = create(&folder, small());
    let mut behind = stream.reader_from(Start::Oldest).unwrap();
    let record = [b'x'; 100];
    for now_ms in 0..20 {
        stream.append(&[&record], now_ms).unwrap();
    }
    // Has the first segment open, and reads it although it is dropped.
    assert!(matches!(
        behind.read().unwrap(),
        Found::Records(Block { first_ordinal: 0, .. })
    ));
    let mut stream = create(
        &folder,
        StreamOptions {
            max_bytes: Some(1_000),
            ..small()
        },
    );
    stream.append(&[b"y"], 20).unwrap();
    let segments = stream.address().segments().unwrap();
    let bytes = |s: &u64| fs::metadata(stream.address().segment(*s)).unwrap().len();
    assert!(segments.iter().map(bytes).sum::<u64>() < 1_500);
    let oldest = segments[0];
    assert!(oldest > 2);
    let (found, missing) = read_on(&mut behind);
    let first: Vec<u64> = found.iter().map(|r| r.0).collect();
    assert!(first.ends_with(&(oldest..=20).collect::<Vec<_>>()), "{first:?}");
    let seen: BTreeSet<u64> = first.into_iter().chain(missing.iter().copied()).collect();
    assert!(seen.into_iter().eq(1..=20));
    assert!(!missing.is_empty());
    // Who begins at the oldest misses nothing; who wants an old one by its number does.
    assert!(read_from(&stream, Start::Oldest).1.is_empty());
    assert_eq!(
        read_from(&stream, Start::Ordinal(1)).1,
        (1..oldest).collect::<Vec<_>>()
    );
}

#[test]
fn records_are_dropped_once_they_are_too_old() {
    let folder = tempfile::tempdir().unwrap();
    let options = StreamOptions {
        retention_ms: Some(1_000),
        ..StreamOptions::default()
    };
    let mut stream = create(&folder, options);
    for now_ms in (0..10_000).step_by(50) {
        stream.append(&[b"x"], now_ms).unwrap();
        let (found, _) = read_from(&stream, Start::Oldest);
        // All that is kept by right, and not much more: an eighth of the time, a segment.
        assert!(found[0].1 <= (now_ms - 1_000).max(0), "{now_ms}");
        assert!(found[0].1 >= now_ms - 1_400, "{now_ms}: {}", found[0].1);
    }
}

#[test]
fn a_stream_of_a_later_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut stream = create(&folder, StreamOptions::default());
    stream.append(&[b"x"], 1).unwrap();
    let path = stream.address().segment(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = 2;
    bytes[12..16].fill(0);
    let sum = crc32fast::hash(&bytes[..32]);
    bytes[12..16].copy_from_slice(&sum.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let message = "local:s: a later version of rowtime wrote it (format 2); read it with that";
    let mut reader = stream.reader_from(Start::Oldest).unwrap();
    assert_eq!(reader.read().unwrap_err().to_string(), message);
    let mut other = create(&folder, StreamOptions::default());
    assert_eq!(other.append(&[b"y"], 1).unwrap_err().to_string(), message);
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = LocalStream::open("s", folder.path()).err().unwrap().to_string();
    assert!(
        missing.starts_with("local:s: there is no such stream in "),
        "{missing}"
    );
    let mut stream = create(&folder, StreamOptions::default());
    let longest = vec![b'x'; 16 << 20];
    assert_eq!(stream.append(&[&longest], 1).unwrap().first_ordinal, 0);
    let long = vec![b'x'; (16 << 20) + 1];
    let refused = stream.append(&[b"a", &long], 1).unwrap_err().to_string();
    assert!(refused.contains("a record has 16777217 bytes"), "{refused}");
    assert_eq!(stream.append(&[b"b"], 1).unwrap().first_ordinal, 1);
    assert_eq!(read_from(&stream, Start::Oldest).0.len(), 2);
}
