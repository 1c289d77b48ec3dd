//! The interactive shell: its parts, from what is typed to what is shown.

pub mod commands;
pub mod editor;
pub mod entry;
pub mod rows;
