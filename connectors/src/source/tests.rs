//! Files as they are found in the world: compressed, cut off, missing, many.

use std::io::Write;
use std::path::Path;

use super::*;
use crate::format::testing::{Everything, options, read_all, stream};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn read(uri: &str, options: &SourceOptions) -> Vec<(String, Everything)> {
    let stream = stream("a INTEGER");
    let opened = open(uri, &stream, options).unwrap();
    let each = |mut split: Box<dyn Split>| {
        let found = read_all(&mut *split, &stream, 3).unwrap();
        (split.name().to_owned(), found)
    };
    opened.splits.into_iter().map(each).collect()
}

fn lines(from: usize, to: usize) -> Vec<u8> {
    (from..to)
        .flat_map(|i| format!("{{\"a\":{i}}}\n").into_bytes())
        .collect()
}

fn uri(dir: &Path, name: &str) -> String {
    dir.join(name).display().to_string()
}

#[test]
fn compressed_files_are_known_by_their_content() {
    let dir = tempfile::tempdir().unwrap();
    let members = [gzip(&lines(0, 4)), gzip(&lines(4, 9))].concat();
    let frames = [
        zstd::encode_all(&lines(0, 4)[..], 3).unwrap(),
        zstd::encode_all(&lines(4, 9)[..], 3).unwrap(),
    ];
    for (name, bytes) in [
        ("plain.json", lines(0, 9)),
        ("plain.json.gz", lines(0, 9)),
        ("members.json.gz", members.clone()),
        ("without-a-name", members),
        ("frames.zst", frames.concat()),
    ] {
        std::fs::write(dir.path().join(name), bytes).unwrap();
        let found = read(&uri(dir.path(), name), &options());
        assert_eq!((found[0].1.rows.len(), found[0].1.errors.len()), (9, 0), "{name}");
    }
}

#[test]
fn rows_before_the_damage_are_kept_and_one_error_row_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let text: Vec<u8> = (0..20_000u64)
        .flat_map(|i| {
            format!(
                "{{\"a\":{i},\"x\":\"{}\"}}\n",
                i.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            )
            .into_bytes()
        })
        .collect();
    for (name, mut bytes) in [
        ("cut.json.gz", gzip(&text)),
        ("cut.json.zst", zstd::encode_all(&text[..], 3).unwrap()),
    ] {
        bytes.truncate(bytes.len() * 3 / 4);
        std::fs::write(dir.path().join(name), bytes).unwrap();
        let place = uri(dir.path(), name);
        let found = &read(&place, &options())[0].1;
        let rows = found.rows.len();
        assert!((1_000..19_999).contains(&rows), "{name}: {rows}");
        assert_eq!(found.names(), ["Parse error"], "{name}");
        assert_eq!((found.documents, found.decoded), (rows as u64 + 1, rows as u64));
        let offset: usize = found.errors[0]
            .3
            .strip_prefix(&format!("{place}:"))
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            text[offset..].starts_with(format!("{{\"a\":{rows},").as_bytes()),
            "{name}"
        );

        let mut stop = options();
        stop.stop_on_error = true;
        let stream = stream("a INTEGER");
        let mut split = open(&place, &stream, &stop).unwrap().splits.remove(0);
        let mut before = 0;
        let failure = loop {
            match split.next(1_000) {
                Ok(batch) => before += batch.unwrap().rows,
                Err(e) => break e,
            }
        };
        assert_eq!((before, failure.place.as_str()), (rows, place.as_str()));
    }
}

#[test]
fn what_cannot_be_read_is_an_error_row_and_what_is_not_there_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("b.json"), lines(0, 2)).unwrap();
    std::os::unix::fs::symlink(dir.path().join("gone"), dir.path().join("a.json")).unwrap();
    let found = read(&uri(dir.path(), ""), &options());
    assert_eq!(found[0].1.names(), ["Parse error"]);
    assert_eq!(found[0].1.documents, 1);
    assert!(found[0].1.errors[0].3.ends_with("a.json:0"));
    assert_eq!(found[1].1.rows.len(), 2);
    let stream = stream("a INTEGER");
    for name in ["nothing.json", "*.csv", "c.json?format=csv"] {
        assert!(
            open(&uri(dir.path(), name), &stream, &options()).is_err(),
            "{name}"
        );
    }
}

#[test]
fn several_files_are_splits_in_name_order_and_empty_ones_give_nothing() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    std::fs::write(dir.path().join("2.json"), lines(2, 4)).unwrap();
    std::fs::write(dir.path().join("1.json"), lines(0, 2)).unwrap();
    std::fs::write(dir.path().join("3.csv"), "a\n7\n").unwrap();
    std::fs::write(dir.path().join("sub/empty.json"), "").unwrap();
    for threads in [1, 4] {
        let mut options = options();
        options.threads = threads;
        let found = read(&uri(dir.path(), ""), &options);
        let rows: Vec<usize> = found.iter().map(|(_, e)| e.rows.len()).collect();
        assert_eq!(rows, [2, 2, 1, 0], "{threads} threads");
    }
    let opened = open(&uri(dir.path(), "*.json"), &stream("a INTEGER"), &options()).unwrap();
    assert_eq!((opened.splits.len(), opened.bytes_total), (2, Some(32)));
}

#[test]
fn decoding_ahead_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = lines(0, 30_000);
    text.extend_from_slice(b"bad\n");
    text.extend_from_slice(&lines(30_000, 40_000));
    std::fs::write(dir.path().join("x.json"), text).unwrap();
    let place = uri(dir.path(), "x.json");
    let alone = read(&place, &options());
    let mut ahead = options();
    ahead.threads = 2;
    assert_eq!(read(&place, &ahead), alone);
    assert_eq!(alone[0].1.rows.len(), 40_000);
    assert_eq!(alone[0].1.errors[0].0, 30_000);
    // A reader that leaves early does not hang the worker.
    let stream = stream("a INTEGER");
    let mut split = open(&place, &stream, &ahead).unwrap().splits.remove(0);
    assert_eq!(split.next(1).unwrap().unwrap().rows, 1);
}

#[test]
fn a_line_of_a_hundred_megabytes_is_one_error_and_not_held() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long.json");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(b"{\"a\":1}\n{\"b\":\"").unwrap();
    for _ in 0..100 {
        file.write_all(&[b'x'; 1 << 20]).unwrap();
    }
    file.write_all(b"\"}\n{\"a\":2}\n").unwrap();
    file.flush().unwrap();
    drop(file);
    let found = &read(&path.display().to_string(), &options())[0].1;
    assert_eq!(found.rows, [r#"{"a":1}"#, r#"{"a":2}"#]);
    assert_eq!(found.names(), ["Row too large"]);
    assert_eq!(found.errors[0].4.len(), 24_576);
}

#[test]
fn a_stream_that_no_script_declares_is_described() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("x.json"),
        "{\"ROWTIME\":1,\"Name\":\"a\",\"n\":1}\n",
    )
    .unwrap();
    let described = describe("S", &uri(dir.path(), "x.json")).unwrap();
    let names: Vec<&str> = described.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        (names[..2].to_vec(), described.declared, names.len()),
        (vec!["Name", "n"], 2, 6)
    );
    std::fs::write(dir.path().join("x.csv"), "Name,ROWTIME,n\na,5,1\n").unwrap();
    let place = uri(dir.path(), "x.csv");
    let described = describe("S", &place).unwrap();
    let mut split = open(&place, &described, &options()).unwrap().splits.remove(0);
    let found = read_all(&mut *split, &described, 5).unwrap();
    assert_eq!(
        (found.rows, found.arrivals),
        (vec![r#"{"Name":"a","n":1}"#.to_owned()], vec![5])
    );
    std::fs::write(dir.path().join("empty.json"), "").unwrap();
    assert!(describe("S", &uri(dir.path(), "empty.json")).is_err());
}

#[test]
fn a_file_in_another_encoding_is_read_and_what_does_not_decode_is_an_error_row() {
    let dir = tempfile::tempdir().unwrap();
    // The second record holds half of a surrogate pair.
    let mut units: Vec<u16> = "{\"a\":1}\n{\"a\":2,\"b\":\"".encode_utf16().collect();
    units.push(0xD83D);
    units.extend("\"}\n{\"a\":3}\n".encode_utf16());
    let stored: Vec<u8> = units.iter().flat_map(|u| u.to_le_bytes()).collect();
    std::fs::write(dir.path().join("x.json"), &stored).unwrap();
    std::fs::write(
        dir.path().join("marked.json.gz"),
        gzip(&[b"\xFF\xFE", &stored[..]].concat()),
    )
    .unwrap();
    let stream = stream("a INTEGER");
    for place in [
        "x.json?encoding=utf-16le",
        "marked.json.gz",
        "marked.json.gz?encoding=latin1",
    ] {
        let mut split = open(&uri(dir.path(), place), &stream, &options())
            .unwrap()
            .splits
            .remove(0);
        let mut raw = Vec::new();
        let (mut rows, mut documents) = (0, 0);
        while let Some(batch) = split.next(9).unwrap() {
            (rows, documents) = (rows + batch.rows, documents + batch.documents);
            raw.extend(batch.errors.into_iter().map(|e| (e.message, e.raw)));
        }
        let said = "the record is not valid UTF-16LE".to_owned();
        assert_eq!(
            (rows, documents, raw),
            (2, 3, vec![(said, stored[16..46].to_vec())]),
            "{place}"
        );
    }
}
