//! Who names whom: noted wherever a name is found, under the declaration that is being bound.
//!
//! The tree alone could not tell: what a name means depends on case folding and on what else is declared.

use std::cell::RefCell;

use crate::plan::upstream::{Object, ObjectKind, Use};

/// The uses found so far.
#[derive(Default)]
pub(super) struct Uses {
    /// What is being bound.
    user: RefCell<Option<Object>>,
    found: RefCell<Vec<Use>>,
}

impl Uses {
    /// Binds something whose names are uses by this.
    pub(super) fn by<T>(&self, kind: ObjectKind, name: &str, bind: impl FnOnce() -> T) -> T {
        let user = object(kind, name);
        let around = self.user.replace(Some(user));
        let bound = bind();
        self.user.replace(around);
        bound
    }

    /// Notes that what is being bound uses this.
    pub(super) fn note(&self, kind: ObjectKind, name: &str) {
        let Some(user) = self.user.borrow().clone() else {
            return;
        };
        let used = object(kind, name);
        let found = Use { user, used };
        let mut all = self.found.borrow_mut();
        if !all.contains(&found) {
            all.push(found);
        }
    }

    /// All of them.
    pub(super) fn take(&self) -> Vec<Use> {
        self.found.take()
    }
}

fn object(kind: ObjectKind, name: &str) -> Object {
    Object {
        kind,
        name: name.to_owned(),
    }
}
