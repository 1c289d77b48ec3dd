//! Tumbling windows.
