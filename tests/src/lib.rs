//! What the suites of rowtime share: running an application over rows in memory, cut, threaded and restored in any
//! way, the seeds of the property tests, and the streams with known anomalies.

pub mod cuts;
pub mod drive;
pub mod forest_data;
pub mod random_records;
pub mod rows;
pub mod seeds;
pub mod statistics;
