//! A record of any length costs a bounded amount of memory.

use std::io::{BufRead, BufReader, Write};

use crate::machine::{COPY, Folder, finish};

/// Generous: the longest record that is decoded is 16 MiB, and its window may double twice.
const PEAK_KB_MAX: u64 = 250_000;

#[test]
fn a_line_of_a_hundred_megabytes_is_one_error_row_and_is_not_held() {
    for (parameters, open, close) in [("", "{\"B\":\"", "\"}"), ("?format=csv", "1,", "")] {
        let folder = Folder::with(COPY);
        let source = format!("S=-{parameters}");
        let mut child = folder.start(&["run", "app.sql", "--source", &source, "-v"]);
        let mut stdin = child.stdin.take().unwrap();
        let (first, last) = match parameters {
            "" => ("{\"A\":1}", "{\"A\":2}"),
            _ => ("1,", "2,"),
        };
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        write!(stdin, "{first}\n{open}").unwrap();
        for _ in 0..100 {
            stdin.write_all(&[b'x'; 1 << 20]).unwrap();
        }
        write!(stdin, "{close}\n{last}\n").unwrap();
        stdin.flush().unwrap();
        let mut rows = String::new();
        for _ in 0..2 {
            stdout.read_line(&mut rows).unwrap();
        }
        assert_eq!(rows, "{\"A\":1,\"B\":null}\n{\"A\":2,\"B\":null}\n");
        // It waits for more now, so its peak can be asked for.
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        drop(stdin);
        let outcome = finish(child);
        assert_eq!(outcome.books(), (3, 2, 1));
        assert!(outcome.err.contains("Row too large"), "{}", outcome.err);
        let peak = status.ok().and_then(|s| {
            let line = s.lines().find(|l| l.starts_with("VmHWM:"))?.to_owned();
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        // Where there is no /proc the rest of the test stands alone.
        assert!(peak.is_none_or(|kb| kb < PEAK_KB_MAX), "{peak:?} kB");
    }
}
