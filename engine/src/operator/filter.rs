//! WHERE and HAVING.
