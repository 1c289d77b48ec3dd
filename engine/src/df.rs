//! The one door to DataFusion: nothing outside this module names it, so that an upgrade is one room's work.

pub mod group_keys;
