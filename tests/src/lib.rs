//! What the suites of rowtime share: running an application over rows in memory, cut, threaded and restored in any
//! way, and the seeds of the property tests.

pub mod cuts;
pub mod drive;
pub mod rows;
pub mod seeds;
