use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use rowtime_engine::plan::{Field, Stream};
use rowtime_engine::types::SqlType;

use super::*;
use crate::source::SourceOptions;

/// Nothing here takes so long unless it never comes.
const AT_MOST: Duration = Duration::from_secs(60);

/// Gives what a channel gives, and counts how often it is asked.
struct Told(Receiver<Message>, Arc<AtomicUsize>);

impl Split for Told {
    fn name(&self) -> &str {
        "told"
    }

    fn next(&mut self, _rows_max: usize) -> Result<Option<SplitBatch>, OutsideError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.recv().unwrap_or(Ok(None))
    }
}

fn rows(rows: usize) -> Message {
    Ok(Some(SplitBatch {
        rows,
        ..SplitBatch::default()
    }))
}

/// A wake that can be waited for.
fn waker() -> (Wake, Receiver<()>) {
    let (sender, woken) = sync_channel(1_000);
    let sender = Mutex::new(sender);
    let wake = move || {
        let _ = sender.lock().unwrap().try_send(());
    };
    (Arc::new(wake), woken)
}

fn polled(split: &mut Background) -> Option<usize> {
    match split.poll(10).unwrap() {
        Poll::Rows(batch) => Some(batch.rows),
        Poll::Nothing => None,
        Poll::Ended => Some(usize::MAX),
    }
}

#[test]
fn what_is_not_there_is_not_waited_for_and_what_comes_is_told() {
    let (sender, receiver) = sync_channel(10);
    let (wake, woken) = waker();
    let asked = Arc::new(AtomicUsize::new(0));
    let stop = Arc::default();
    let mut split = Background::new(Box::new(Told(receiver, Arc::clone(&asked))), &stop, &wake);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert_eq!(polled(&mut split), None);
    sender.send(rows(25)).unwrap();
    woken.recv_timeout(AT_MOST).unwrap();
    let cut: Vec<_> = (0..4).map(|_| polled(&mut split)).collect();
    assert_eq!(cut, [Some(10), Some(10), Some(5), None]);
    sender.send(Err(outside("told", "it broke"))).unwrap();
    woken.recv_timeout(AT_MOST).unwrap();
    assert_eq!(split.poll(10).unwrap_err().message, "it broke");
    assert_eq!(polled(&mut split), Some(usize::MAX));
}

#[test]
fn whoever_waits_gets_all_and_then_the_end() {
    let (sender, receiver) = sync_channel(10);
    (1..=6).for_each(|n| sender.send(rows(n)).unwrap());
    drop(sender);
    let (wake, _woken) = waker();
    let split = Box::new(Told(receiver, Arc::default()));
    let mut split = Background::new(split, &Arc::default(), &wake);
    let mut found = Vec::new();
    while let Some(batch) = split.next(10).unwrap() {
        found.push(batch.rows);
    }
    assert_eq!(found, [1, 2, 3, 4, 5, 6]);
    assert_eq!(polled(&mut split), Some(usize::MAX));
}

#[test]
fn a_full_queue_stops_the_reader() {
    let (sender, receiver) = sync_channel(1_000);
    (0..1_000).for_each(|_| sender.send(rows(1)).unwrap());
    let (wake, woken) = waker();
    let asked = Arc::new(AtomicUsize::new(0));
    let mut split = Background::new(
        Box::new(Told(receiver, Arc::clone(&asked))),
        &Arc::default(),
        &wake,
    );
    let mut taken = 0;
    while taken < 100 {
        taken += usize::from(polled(&mut split).is_some());
        // Those that wait, the one that waits to be put there, and the one that is being read.
        assert!(asked.load(Ordering::Relaxed) <= taken + QUEUED_BATCHES + 2);
        let _ = woken.try_recv();
    }
}

#[test]
fn a_named_pipe_is_read_as_it_is_written_and_let_go_at_once() {
    use std::io::Write as _;

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe.json");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let field = Field {
        name: "A".to_owned(),
        ty: SqlType::Integer,
        not_null: false,
    };
    let stream = Stream {
        name: "S".to_owned(),
        fields: vec![field],
        declared: 1,
        is_external: true,
        span: Default::default(),
    };
    let stop = Arc::new(AtomicBool::new(false));
    let options = SourceOptions {
        threads: 1,
        start_ms: None,
        end_ms: None,
        stop_on_error: false,
        max_open: 1,
        wanted: vec![true],
        strict: false,
        guessed: None,
        stop: Arc::clone(&stop),
        follow: false,
    };
    let opened = super::super::open(&path.display().to_string(), &stream, &options).unwrap();
    let (wake, woken) = waker();
    let mut splits = opened.splits.into_iter();
    let mut split = Background::new(splits.next().unwrap(), &stop, &wake);
    assert_eq!(polled(&mut split), None);
    let mut pipe = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    for number in 1..4 {
        pipe.write_all(format!("{{\"A\":{number}}}\n").as_bytes())
            .unwrap();
        woken.recv_timeout(AT_MOST).unwrap();
        assert_eq!(polled(&mut split), Some(1));
    }
    // Its writer goes on, but nobody reads any more: the thread ends, which is its last word.
    drop(split);
    woken.recv_timeout(AT_MOST).unwrap();
    assert!(stop.load(Ordering::Relaxed));
}
