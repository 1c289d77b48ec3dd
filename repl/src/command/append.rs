//! `rowtime append local:NAME`: the lines of standard input as records of a local stream.
//!
//! What one read brings is one append: many lines while they come fast, one at a time while they come slowly.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rowtime_connectors::discover::{counted, grouped};
use rowtime_connectors::format::RECORD_BYTES_MAX;
use rowtime_connectors::local::{Appended, LocalStream, StreamOptions};
use rowtime_connectors::source::bytes::Origin;
use rowtime_connectors::source::live::{LiveBytes, is_stop};
use rowtime_connectors::uri::{self, Place};
use rowtime_connectors::wall_clock;

use crate::failure::Failure;
use crate::options::AppendCommand;
use crate::{report, signals};

/// Bytes asked of standard input at once.
const READ_BYTES: usize = 256 << 10;

/// Runs the command.
pub fn execute(args: &AppendCommand) -> Result<(), Failure> {
    let (place, parameters) = uri::sink(&args.target)?;
    let Place::Local(address) = place else {
        return Err(Failure::Wrong(format!(
            "{}: append writes to a local stream; write local:NAME",
            args.target
        )));
    };
    if parameters.format.is_some() || parameters.rowtime || parameters.null_text.is_some() {
        return Err(Failure::Wrong(
            "append writes lines as they are; of the parameters it takes dir=, retention= and max_bytes="
                .to_owned(),
        ));
    }
    let options = StreamOptions {
        retention_ms: parameters.retention_ms,
        max_bytes: parameters.max_bytes,
        fsync: args.fsync,
        ..StreamOptions::default()
    };
    let stop = signals::stop_flag()?;
    let stream = LocalStream::create_at(&address, options)?;
    let mut appending = Appending {
        place: address.place().to_owned(),
        stream,
        first: None,
        next: 0,
        records: 0,
    };
    let outcome = appending.all(&stop);
    report::note(&appending.summary());
    outcome
}

/// Lines on their way into a stream.
struct Appending {
    place: String,
    stream: LocalStream,
    /// Ordinals of the first record and behind the last.
    first: Option<u64>,
    next: u64,
    records: u64,
}

impl Appending {
    /// Appends lines until they end or the stop flag is set.
    fn all(&mut self, stop: &Arc<AtomicBool>) -> Result<(), Failure> {
        let mut input = LiveBytes::new(Origin::StandardInput, stop);
        let mut buffer = Vec::new();
        // A stream is there once somebody wanted to append to it.
        self.append(&[])?;
        loop {
            let known = buffer.len();
            buffer.resize(known + READ_BYTES, 0);
            let read = input.read(buffer.get_mut(known..).unwrap_or_default());
            buffer.truncate(known + read.as_ref().copied().unwrap_or(0));
            match read {
                Ok(0) => break,
                Ok(_) => {}
                Err(e) if is_stop(&e) => {
                    if known > 0 {
                        report::note(&format!(
                            "the last line had no end and was not appended ({known} bytes)"
                        ));
                    }
                    return Ok(());
                }
                Err(e) => return Err(Failure::Failed(format!("cannot read standard input: {e}"))),
            }
            let new = buffer.get(known..).unwrap_or_default();
            if let Some(end) = new.iter().rposition(|b| *b == b'\n') {
                let end = known + end + 1;
                self.append_lines(buffer.get(..end).unwrap_or_default())?;
                buffer.drain(..end);
            }
            if buffer.len() > RECORD_BYTES_MAX {
                return Err(Failure::Failed(format!(
                    "the line behind {} is longer than {RECORD_BYTES_MAX} bytes, which no record may be",
                    counted(self.records, "record")
                )));
            }
        }
        self.append_lines(&buffer)
    }

    fn append_lines(&mut self, text: &[u8]) -> Result<(), Failure> {
        let lines = text
            .split(|b| *b == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let records: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
        if records.is_empty() {
            return Ok(());
        }
        self.append(&records)
    }

    fn append(&mut self, records: &[&[u8]]) -> Result<(), Failure> {
        let appended = self.stream.append(records, wall_clock::now_ms());
        let appended: Appended = appended.map_err(|e| Failure::Failed(e.to_string()))?;
        if appended.cut_bytes > 0 {
            report::note(&format!(
                "{}: cut off {} bytes that a writer had begun to append when it died",
                self.place,
                grouped(appended.cut_bytes)
            ));
        }
        if appended.records > 0 {
            self.first.get_or_insert(appended.first_ordinal);
            self.next = appended.first_ordinal + appended.records;
            self.records += appended.records;
        }
        Ok(())
    }

    /// Others may have appended in between, so the ordinals may be more than the records.
    fn summary(&self) -> String {
        let records = counted(self.records, "record");
        match self.first {
            Some(first) => format!(
                "{}: appended {records}, ordinals {first} to {}",
                self.place,
                self.next.saturating_sub(1)
            ),
            None => format!("{}: appended {records}", self.place),
        }
    }
}
