//! Why a command did not do what was asked, and the exit status that says so (`cli.md`).

use rowtime_connectors::source::InvocationError;

/// What a command ends with when it does not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The invocation, the SQL or the application is wrong; nothing was started. Status 2.
    #[error("{0}")]
    Wrong(String),
    /// The same, with everything said already. Status 2.
    #[error("wrong, as reported")]
    WrongAsReported,
    /// It failed while running. Status 1.
    #[error("{0}")]
    Failed(String),
    /// The same, with everything said already. Status 1.
    #[error("failed, as reported")]
    FailedAsReported,
}

impl Failure {
    /// Something of the contract that does not exist yet.
    pub fn not_implemented(what: &str) -> Self {
        Self::Wrong(format!("{what} is not implemented yet"))
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        match self {
            Self::Wrong(_) | Self::WrongAsReported => 2,
            Self::Failed(_) | Self::FailedAsReported => 1,
        }
    }

    /// What is still to be said.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Wrong(message) | Self::Failed(message) => Some(message),
            Self::WrongAsReported | Self::FailedAsReported => None,
        }
    }
}

impl From<InvocationError> for Failure {
    fn from(error: InvocationError) -> Self {
        Self::Wrong(error.0)
    }
}
