//! Everything of rowtime that touches the outside: files, record formats, destinations, the wall clock.
//!
//! Sources turn URIs into [`rowtime_engine::pipeline::Split`]s, sinks turn rows into bytes. Nothing here
//! knows SQL; nothing in the engine knows a file.

pub mod discover;
pub mod format;
pub mod local;
pub mod schema;
pub mod sink;
pub mod source;
pub mod uri;
pub mod wall_clock;
