//! The commands, one file each.

pub mod append;
pub mod check;
pub mod discover;
pub mod explain;
pub mod run;
pub mod summary;
pub mod test;
