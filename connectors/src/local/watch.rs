//! Waiting for what another process appends, without asking again and again.
//!
//! On Linux the kernel tells of writes in the stream's folder (inotify). A watch begins before its reader looks, so no
//! write falls between; a network file system, where the kernel does not hear of writes elsewhere, and any other
//! machine are looked at in small intervals by whoever waits with a time limit.

use std::path::Path;
use std::time::Duration;

/// Most that is waited where nothing tells of writes.
const SLOW: Duration = Duration::from_millis(20);

/// A watch on a folder.
pub struct Watch {
    #[cfg(target_os = "linux")]
    events: Option<std::fs::File>,
}

#[cfg(target_os = "linux")]
impl Watch {
    /// Begins to watch; without the kernel's help (its number of watches is limited) waiting just takes its time.
    pub fn new(folder: &Path) -> Self {
        use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
        let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).and_then(|events| {
            inotify::add_watch(
                &events,
                folder,
                WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::DELETE,
            )?;
            Ok(std::fs::File::from(events))
        });
        Self { events: events.ok() }
    }

    /// Waits until something was written since the last look, at most so long.
    pub fn wait(&mut self, limit: Duration) {
        use std::io::Read;

        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let Some(mut events) = self.events.as_ref() else {
            std::thread::park_timeout(limit.min(SLOW));
            return;
        };
        let limit = Timespec {
            tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(limit.subsec_nanos()),
        };
        // A signal ends it early, which does no harm.
        let _ = poll(&mut [PollFd::new(&events, PollFlags::IN)], Some(&limit));
        let mut told = [0; 4096];
        while matches!(events.read(&mut told), Ok(1..)) {}
    }
}

#[cfg(not(target_os = "linux"))]
impl Watch {
    /// Nothing has to begin.
    pub fn new(_: &Path) -> Self {
        Self {}
    }

    /// Waits a little.
    pub fn wait(&mut self, limit: Duration) {
        std::thread::park_timeout(limit.min(SLOW));
    }
}
