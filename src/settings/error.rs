//! What is wrong with settings.

use std::fmt;

/// Every setting that is wrong, in the order of the documentation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError(pub Vec<Fault>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the settings cannot be used", self.0.len())?;
        self.0.iter().try_for_each(|fault| write!(f, "; {fault}"))
    }
}

/// One setting that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A required variable is absent or empty.
    #[error("{name} is not set, and has no default")]
    Missing {
        /// The variable.
        name: &'static str,
    },
    /// A variable holds what it may not.
    #[error("{name}: {problem}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What was expected. The value is not repeated: it may hold a password.
        problem: String,
    },
    /// A variable looks like one of ours and is none.
    #[error("{name} is no setting of this function; did you mean {nearest}?")]
    Unknown {
        /// The variable.
        name: String,
        /// The known name that shares the longest beginning with it.
        nearest: &'static str,
    },
}
