//! Destinations: files and standard output.

use rowtime_engine::pipeline::Sink;

use crate::source::InvocationError;

/// Opens a destination.
pub fn open(_uri: &str) -> Result<Box<dyn Sink>, InvocationError> {
    Err(InvocationError("not implemented yet".to_owned()))
}
