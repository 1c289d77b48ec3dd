//! A query over live sources: a temporary pump of the running dataflow, until Ctrl-C or until the sources end.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use rowtime_engine::pipeline::session::NoEnding;

use super::Shell;
use super::live::{Live, Until};
use super::query::Bound;
use super::result::{BATCHES_MAX, Ended, ResultSink, Shown};
use crate::failure::Failure;

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
        let mut ending: Option<Receiver<Result<(), NoEnding>>> = None;
        let mut unended = None;
        let ended = shown.follow(&rows, &self.signals, &self.notices, |shown| {
            look.look(shown);
            match &ending {
                None if over.try_recv().is_ok() => {
                    // The sources have ended: what a run would give at its end comes now.
                    let stream = bound.name.clone();
                    ending = live.ask(move |core| core.end_for(&stream)).ok();
                    ending.is_none()
                }
                None => false,
                Some(ended) => match ended.try_recv() {
                    Err(TryRecvError::Empty) => false,
                    Err(TryRecvError::Disconnected) => true,
                    Ok(outcome) => {
                        unended = outcome.err();
                        true
                    }
                },
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
        self.finish_result(shown, ended, 0)?;
        unended.map_or(Ok(()), |why| Err(Failure::Failed(why.to_string())))
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
