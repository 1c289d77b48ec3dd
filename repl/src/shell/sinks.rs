//! The destinations of a session: opened, closed, and kept apart from what is read.

use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use rowtime_connectors::{sink, source, uri};
use rowtime_engine::pipeline::{Sink, SinkId};

use super::Shell;
use super::bindings::Destination;
use super::pipe_sink::PipeSink;
use super::printed::PrintedRows;
use crate::destinations;
use crate::failure::Failure;

impl Shell {
    /// Opens a destination; a file is emptied now.
    pub fn open_sink(&self, sink: &Destination, stream: &str) -> Result<Box<dyn Sink>, Failure> {
        if sink.uri == "-" {
            let several = self.bindings.sinks.iter().filter(|s| s.uri == "-").count() > 1;
            let title = several.then(|| stream.to_owned());
            return Ok(Box::new(PrintedRows::new(&self.notices, &self.shape, title)));
        }
        let destination = sink::prepare(&sink.uri)?;
        let Some(running) = self.running.as_ref().filter(|_| self.at_prompt()) else {
            return Ok(destination.open()?);
        };
        if !destination.path().is_some_and(is_pipe) {
            return Ok(destination.open()?);
        }
        let live = &running.live;
        let (opened, is_read) = PipeSink::open(&sink.uri, &live.pressure, live.waker())?;
        if !is_read {
            self.notices.say(&format!(
                "{}: nobody reads this named pipe yet; what is to be written to it waits, and soon the sources too",
                sink.uri
            ));
        }
        Ok(Box::new(opened))
    }

    /// Closes the sinks of a stream.
    pub fn close_sinks(&mut self, stream: &str) -> Result<(), Failure> {
        let streams: Vec<&str> = self.application.streams.iter().map(|s| s.name.as_str()).collect();
        let is_it = |s: &Destination| s.stream(&streams).as_deref() == Some(stream);
        let gone: Vec<Destination> = self.bindings.sinks.iter().filter(|s| is_it(s)).cloned().collect();
        if gone.is_empty() {
            return Err(Failure::Wrong(format!("stream {stream} has no sink")));
        }
        let ids: Vec<SinkId> = gone.iter().filter_map(|s| s.open).collect();
        let uris: Vec<&String> = gone.iter().map(|s| &s.uri).collect();
        self.bindings
            .sinks
            .retain(|s| !uris.contains(&&s.uri) || !gone.iter().any(|g| g.given == s.given));
        let Some(running) = &self.running else {
            return Ok(());
        };
        let failed = running.live.call(move |core| {
            let close = |id| core.session.unbind_sink(id).err();
            ids.into_iter().filter_map(close).collect::<Vec<_>>()
        })?;
        match failed.first() {
            Some(error) => Err(Failure::Failed(error.to_string())),
            None => Ok(()),
        }
    }

    /// Sinks that failed are no more; sources that did are marked, since what was learned of their streams still holds.
    pub fn forget_failed(&mut self) {
        let (sinks, streams) = self.notices.take_lost();
        self.bindings
            .sinks
            .retain(|s| s.open.is_none_or(|id| !sinks.contains(&id)));
        for source in &mut self.bindings.sources {
            let open = source.open.as_ref().map(|(stream, _)| stream);
            source.failed |= open.is_some_and(|stream| streams.contains(stream));
        }
    }

    /// Destinations of the command line whose stream has not been created.
    pub fn lost_sinks(&self) -> impl Iterator<Item = &Destination> {
        let streams: Vec<&str> = self.application.streams.iter().map(|s| s.name.as_str()).collect();
        let sinks = self.bindings.sinks.iter();
        sinks.filter(move |sink| sink.stream(&streams).is_none())
    }

    /// Refuses a destination that something is read from, or that is one already.
    pub fn refuse_taken(&self, stream: &str, uri: &str) -> Result<(), Failure> {
        let Some(file) = sink::prepare(uri)?.path().and_then(destinations::identity) else {
            return Ok(());
        };
        let sources = self.bindings.sources.iter().map(|s| (s.uri.as_str(), "a source"));
        let tables = self
            .bindings
            .tables
            .iter()
            .map(|t| (t.uri.as_str(), "a reference table"));
        for (read, role) in sources.chain(tables) {
            if files_of(read).contains(&file) {
                return Err(Failure::Wrong(format!(
                    "\\sink {stream}: {uri} is read as {role}; name another file"
                )));
            }
        }
        for sink in &self.bindings.sinks {
            if sink::prepare(&sink.uri)?
                .path()
                .and_then(destinations::identity)
                .as_ref()
                == Some(&file)
            {
                return Err(Failure::Wrong(format!(
                    "\\sink {stream}: {uri} is the destination of {} already; name another file",
                    sink.given.text
                )));
            }
        }
        Ok(())
    }

    /// Refuses to read what is written.
    pub fn refuse_written(&self, name: &str, uri: &str) -> Result<(), Failure> {
        let read = files_of(uri);
        for sink in &self.bindings.sinks {
            let file = sink::prepare(&sink.uri)?.path().and_then(destinations::identity);
            if file.is_some_and(|file| read.contains(&file)) {
                return Err(Failure::Wrong(format!(
                    "{name}: {uri} is the destination of {}; what is written cannot be read",
                    sink.given.text
                )));
            }
        }
        Ok(())
    }
}

fn is_pipe(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

/// The files that a URI of a source or of a table means; a local stream is known by its lock.
fn files_of(read: &str) -> Vec<destinations::File> {
    let place = uri::source(read).or_else(|_| uri::table(read).map(|(place, t)| (place, t.records)));
    let path = match place {
        Ok((uri::Place::Path(path), _)) => path,
        Ok((uri::Place::Local(address), _)) => {
            return destinations::identity(&address.lock()).into_iter().collect();
        }
        Ok((uri::Place::Standard, _)) | Err(_) => return Vec::new(),
    };
    let found = source::files::find(&path).unwrap_or_default();
    found
        .iter()
        .filter_map(|f| destinations::identity(&f.path))
        .collect()
}
