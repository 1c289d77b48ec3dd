//! Compiled patterns: a constant one once, others through a bounded cache.
//!
//! A pattern that does not compile is an error of each row that uses it; its text is kept like a result.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::node::Node;
use crate::row_error::RowError;

/// How many non-constant patterns of one call are kept compiled; a full cache starts anew.
pub(super) const CACHED_PATTERNS_MAX: usize = 64;

type Compiled<T> = Arc<Result<T, String>>;
type Compile<T> = fn(&str, Option<&str>) -> Result<T, String>;

/// The compiled patterns of one call.
pub(super) struct Patterns<T> {
    compile: Compile<T>,
    constant: Option<Compiled<T>>,
    cache: Mutex<Cache<T>>,
}

struct Cache<T> {
    key: String,
    compiled: HashMap<String, Compiled<T>>,
}

impl<T> fmt::Debug for Patterns<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patterns")
            .field("constant", &self.constant.is_some())
            .finish_non_exhaustive()
    }
}

impl<T> Patterns<T> {
    /// Compiles the pattern now if it and its escape are literals.
    pub(super) fn new(compile: Compile<T>, pattern: Option<&Node>, escape: Option<&Node>) -> Self {
        let constant = pattern
            .and_then(Node::literal_text)
            .and_then(|pattern| match escape {
                None => Some(Arc::new(compile(pattern, None))),
                Some(escape) => escape
                    .literal_text()
                    .map(|escape| Arc::new(compile(pattern, Some(escape)))),
            });
        Self {
            compile,
            constant,
            cache: Mutex::new(Cache {
                key: String::new(),
                compiled: HashMap::new(),
            }),
        }
    }

    /// The compiled form of a pattern of some row.
    pub(super) fn get(&self, pattern: &str, escape: Option<&str>) -> Compiled<T> {
        if let Some(constant) = &self.constant {
            return Arc::clone(constant);
        }
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let Cache { key, compiled } = &mut *cache;
        key.clear();
        // The length keeps escape and pattern apart.
        let _ = match escape {
            Some(escape) => write!(key, "{}:{escape}{pattern}", escape.len()),
            None => write!(key, ":{pattern}"),
        };
        if let Some(found) = compiled.get(key.as_str()) {
            return Arc::clone(found);
        }
        if compiled.len() >= CACHED_PATTERNS_MAX {
            compiled.clear();
        }
        let new = Arc::new((self.compile)(pattern, escape));
        compiled.insert(key.clone(), Arc::clone(&new));
        new
    }

    /// The compiled form of the one pattern of all rows.
    pub(super) fn constant(&self) -> Option<&Compiled<T>> {
        self.constant.as_ref()
    }
}

/// The error of a row whose pattern does not compile.
pub(super) fn bad_pattern(message: &str) -> RowError {
    RowError::runtime(message.to_owned())
}
