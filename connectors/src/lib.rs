//! Everything of rowtime that touches the outside: files, record formats, destinations, the wall clock.

pub mod sink;
pub mod source;
pub mod uri;
pub mod wall_clock;
