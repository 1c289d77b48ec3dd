//! A query over live sources: a temporary pump of the running dataflow, until Ctrl-C or until the sources end.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use super::Shell;
use super::live::{Live, Until};
use super::query::Bound;
use super::result::{BATCHES_MAX, Ended, ResultSink, Shown};
use crate::failure::Failure;
use crate::progress::grouped;

impl Shell {
    /// Follows a query.
    pub fn tail(&mut self, bound: &Bound) -> Result<(), Failure> {
        // In a script nothing has been read yet, unless something looked at data: the query sees it from its start.
        self.start()?;
        let Some(live) = self.running.as_ref().map(|r| r.live.clone()) else {
            return Ok(());
        };
        let before = Self::running_application(&self.application, self.catalogue.stopped());
        let (sent, rows) = sync_channel(BATCHES_MAX);
        let (whole, name) = (bound.whole.clone(), bound.name.clone());
        let joined = live.call(move |core| {
            core.session.change(whole);
            core.session
                .bind_sink(Some(&name), Box::new(ResultSink::new(sent)))
        })?;
        let id = joined.map_err(|e| Failure::Failed(e.to_string()))?;
        let over = live.wait_until(Until::Ended)?;
        let mut shown = Shown::new(&bound.fields, &self.shape, self.has_status_line());
        let mut look = Look::new(&live, &bound.name);
        let mut finishing: Option<Receiver<()>> = None;
        let ended = shown.follow(&rows, &self.signals, &self.notices, |shown| {
            look.look(shown);
            match &finishing {
                None if over.try_recv().is_ok() => {
                    // The sources have ended: what the query's windows hold comes now.
                    let pump = bound.name.clone();
                    let finish = live.ask(move |core| core.finish_pump(&pump));
                    finishing = finish.ok();
                    finishing.is_none()
                }
                None => false,
                Some(finished) => finished.try_recv() != Err(TryRecvError::Empty),
            }
        });
        // Whoever still wants to send rows learns that nobody takes them, and the session can answer.
        drop(rows);
        let closed = live.call(move |core| {
            let closed = core.session.unbind_sink(id);
            core.session.change(before);
            closed
        })?;
        if let (Err(error), Ended::Complete) = (closed, ended) {
            return Err(Failure::Failed(error.to_string()));
        }
        if ended == Ended::Complete {
            self.tell_unfinished(bound)?;
        }
        self.finish_result(shown, ended, 0)
    }

    /// Pumps that fill what a query read may hold windows that the end of a live source does not close: rows may still
    /// be typed.
    fn tell_unfinished(&self, bound: &Bound) -> Result<(), Failure> {
        let books = self.books()?;
        for pump in bound.needed.pumps.iter().filter(|p| p.name != bound.name) {
            let open = books.pumps.get(&pump.name).map_or(0, |(_, open)| *open);
            if open > 0 {
                let many = if open == 1 {
                    "window or group"
                } else {
                    "windows or groups"
                };
                let open = grouped(open as u64);
                self.notices.say(&format!(
                    "pump {} holds {open} open {many}; \\advance closes them",
                    pump.name
                ));
            }
        }
        Ok(())
    }
}

/// Looks at where the data stands, without waiting for the session.
struct Look<'l> {
    live: &'l Live,
    stream: String,
    asked: Option<Receiver<(Option<i64>, i64)>>,
}

impl<'l> Look<'l> {
    fn new(live: &'l Live, stream: &str) -> Self {
        Self {
            live,
            stream: stream.to_owned(),
            asked: None,
        }
    }

    /// Takes the last answer and asks again.
    fn look(&mut self, shown: &mut Shown) {
        if let Some(asked) = &self.asked {
            let Ok((bound_ms, now_ms)) = asked.try_recv() else {
                return;
            };
            shown.bound_ms = bound_ms;
            shown.lag_ms = bound_ms.map(|bound| now_ms.saturating_sub(bound));
        }
        let stream = self.stream.clone();
        self.asked = self
            .live
            .ask(move |core| {
                (
                    core.books().streams.get(&stream).and_then(|(_, bound)| *bound),
                    core.now_ms(),
                )
            })
            .ok();
    }
}
