//! What the function is told in Secrets Manager: fetched, kept current, and never logged.

pub(crate) mod awake;
mod client;
mod error;
pub mod manager;
mod occasion;
pub mod store;
pub mod supplement;

use std::{fmt, time::Duration};

/// How old what secrets say may be.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    /// `TRUST_REFRESH_SECONDS`: the age at which secrets are fetched again.
    pub refresh: Duration,
    /// `TRUST_MAX_STALE_SECONDS`: the age at which what they said is no longer used.
    pub max_stale: Duration,
}

/// The content of one secret or file, and the name under which faults in it are reported.
#[derive(Clone)]
pub struct Source {
    /// The secret's name or ARN, or the file's path.
    pub name: String,
    /// What it holds, as it is.
    pub content: Vec<u8>,
}

impl fmt::Debug for Source {
    /// Without the content: it may hold what does not belong there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.name, self.content.len())
    }
}

/// Where in the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name of the [`Source`].
    pub source: String,
    /// The key of the JSON document; none in PEM text.
    pub key: Option<&'static str>,
    /// Which entry of the text or under the key, from 1.
    pub entry: usize,
    /// Where the entry begins in the text; none in a JSON document.
    pub byte: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} of ", self.entry)?;
        if let Some(key) = self.key {
            write!(f, "\"{key}\" in ")?;
        }
        f.write_str(&self.source)?;
        match self.byte {
            Some(byte) => write!(f, " (byte {byte})"),
            None => Ok(()),
        }
    }
}
