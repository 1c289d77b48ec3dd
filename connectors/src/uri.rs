//! The URIs of `cli.md`: a place and its query parameters.
