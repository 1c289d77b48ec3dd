//! The destinations of a run: all looked at before the first is made, because making one empties its file.
//!
//! Two streams never write one file, and nothing is written that the run reads: files are told apart by what
//! they are, not by how their names are written.

use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rowtime_connectors::sink::{self, Destination};
use rowtime_engine::pipeline::run::SinkBinding;
use rowtime_engine::plan::Application;

use crate::failure::Failure;
use crate::script::{self, Script};

/// A file, whatever it is called.
#[derive(Debug, PartialEq, Eq, Hash)]
pub enum File {
    /// Device and number.
    Existing(u64, u64),
    /// Still to be made.
    New(PathBuf),
}

/// Opens the destinations; `read` are the files that the run reads, with what they are to it.
pub fn open(script: &Script, read: &[(PathBuf, String)]) -> Result<Vec<SinkBinding>, Failure> {
    if script.sinks.is_empty() {
        return standard(&script.compiled.application);
    }
    let mut taken: HashMap<File, String> = HashMap::new();
    for (path, role) in read {
        taken.extend(identity(path).map(|file| (file, role.clone())));
    }
    let mut prepared = Vec::new();
    for (stream, uri) in &script.sinks {
        let destination = sink::prepare(uri)?;
        if let Some(file) = destination.path().and_then(identity)
            && let Some(role) = taken.insert(file, "the destination of another stream already".to_owned())
        {
            return Err(Failure::Wrong(format!(
                "--sink {}: {uri} is {role}; name another file",
                script.stream_name(*stream)
            )));
        }
        prepared.push((*stream, uri, destination));
    }
    // Alone on standard output, a row need not wait for those of others.
    let standard = script
        .sinks
        .iter()
        .filter(|(_, uri)| script::is_standard_stream(uri))
        .count();
    prepared
        .into_iter()
        .map(|(stream, uri, destination): (_, _, Destination)| {
            Ok(SinkBinding {
                stream,
                sink: destination.open()?,
                shared: standard > 1 && script::is_standard_stream(uri),
            })
        })
        .collect()
}

/// Every stream that no pump reads, to standard output; several are told apart by a tag.
fn standard(app: &Application) -> Result<Vec<SinkBinding>, Failure> {
    let outputs = script::outputs(app);
    if let [only] = outputs.as_slice() {
        return Ok(vec![SinkBinding {
            stream: Some(*only),
            sink: sink::prepare("-")?.open()?,
            shared: false,
        }]);
    }
    let tagged = outputs.into_iter().filter_map(|id| {
        Some(SinkBinding {
            stream: Some(id),
            sink: sink::stdout_tagged(&app.streams.get(id)?.name),
            shared: true,
        })
    });
    Ok(tagged.collect())
}

/// Which file a path means; none if it is a device or a pipe, which many may use.
pub fn identity(path: &Path) -> Option<File> {
    match std::fs::metadata(path) {
        Ok(found) => Some(&found)
            .filter(|m| Metadata::is_file(m))
            .map(|m| File::Existing(m.dev(), m.ino())),
        Err(_) => {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            let folder = folder
                .canonicalize()
                .or_else(|_| std::path::absolute(folder))
                .ok()?;
            Some(File::New(folder.join(path.file_name()?)))
        }
    }
}
