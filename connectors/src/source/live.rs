//! Bytes that come as somebody writes them, read so that a stopped run need not wait for the next ones.
//!
//! A read of a pipe cannot be called back, so a thread of its own does the reading and hands blocks over a short
//! channel; whoever waits at the other end looks at the stop flag in between. The thread dies with the process.

use std::fmt;
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::bytes::Origin;

/// Bytes asked of the outside at once.
const BLOCK_BYTES: usize = 64 << 10;
/// Blocks that wait for the reader.
const BLOCKS_MAX: usize = 4;
/// How often the stop flag is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What a read ends with when the run was stopped.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the run was stopped")
    }
}

impl std::error::Error for Stopped {}

/// Whether a read ended because the run was stopped.
pub fn is_stop(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|e| e.is::<Stopped>())
}

/// The bytes of a live origin until it ends or the run is stopped.
pub struct LiveBytes {
    origin: Option<Origin>,
    blocks: Option<Receiver<io::Result<Vec<u8>>>>,
    block: Cursor<Vec<u8>>,
    stop: Arc<AtomicBool>,
}

impl LiveBytes {
    /// Opens nothing yet.
    pub fn new(origin: Origin, stop: &Arc<AtomicBool>) -> Self {
        Self {
            origin: Some(origin),
            blocks: None,
            block: Cursor::default(),
            stop: Arc::clone(stop),
        }
    }
}

impl Read for LiveBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(origin) = self.origin.take() {
            let (sender, receiver) = sync_channel(BLOCKS_MAX);
            std::thread::Builder::new()
                .name("read".to_owned())
                .spawn(move || hand_over(origin, &sender))?;
            self.blocks = Some(receiver);
        }
        loop {
            let read = self.block.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            if self.stop.load(Ordering::Relaxed) {
                return Err(io::Error::other(Stopped));
            }
            let Some(blocks) = &self.blocks else { return Ok(0) };
            match blocks.recv_timeout(LOOK_EVERY) {
                Ok(block) => self.block = Cursor::new(block?),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.blocks = None,
            }
        }
    }
}

/// Reads to the end, or until nobody waits for more. A pipe is opened here, too: that waits for its writer.
fn hand_over(origin: Origin, sender: &SyncSender<io::Result<Vec<u8>>>) {
    let mut reader = match origin.reader() {
        Ok(reader) => reader,
        Err(e) => {
            let _ = sender.send(Err(e));
            return;
        }
    };
    loop {
        let mut block = vec![0; BLOCK_BYTES];
        let message = match reader.read(&mut block) {
            Ok(0) => return,
            Ok(read) => {
                block.truncate(read);
                Ok(block)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => Err(e),
        };
        let failed = message.is_err();
        if sender.send(message).is_err() || failed {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one line and then nothing, without ending.
    struct Silent(bool);

    impl Read for Silent {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 {
                loop {
                    std::thread::park();
                }
            }
            self.0 = true;
            buffer[..3].copy_from_slice(b"{}\n");
            Ok(3)
        }
    }

    #[test]
    fn a_reader_that_waits_is_called_back() {
        let stop = Arc::new(AtomicBool::new(false));
        let mut live = LiveBytes::new(Origin::Reader(Box::new(Silent(false))), &stop);
        let mut buffer = [0; 10];
        assert_eq!(live.read(&mut buffer).unwrap(), 3);
        stop.store(true, Ordering::Relaxed);
        assert!(is_stop(&live.read(&mut buffer).unwrap_err()));
    }

    #[test]
    fn bytes_come_as_they_are_and_end() {
        let stop = Arc::new(AtomicBool::new(false));
        let text: Vec<u8> = (0..300_000u32).map(|i| (i % 251) as u8).collect();
        let origin = Origin::Reader(Box::new(Cursor::new(text.clone())));
        let mut found = Vec::new();
        LiveBytes::new(origin, &stop).read_to_end(&mut found).unwrap();
        assert!(found == text);
        let missing = Origin::File("/nothing/here".into());
        assert!(LiveBytes::new(missing, &stop).read_to_end(&mut found).is_err());
    }
}
