//! What lists have to say.

use std::{fmt, str::FromStr};

/// The setting `REVOCATION`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Revocation {
    /// No list is looked at.
    Off,
    /// Where an issuer has lists, they have to clear its certificates.
    #[default]
    WhenListed,
    /// And the issuer of the client's certificate has to have lists.
    RequireLeaf,
    /// And so does every issuer of the path.
    RequireChain,
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::WhenListed => "when-listed",
            Self::RequireLeaf => "require-leaf",
            Self::RequireChain => "require-chain",
        })
    }
}

impl FromStr for Revocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Off, Self::WhenListed, Self::RequireLeaf, Self::RequireChain]
            .into_iter()
            .find(|revocation| revocation.to_string() == text)
            .ok_or_else(|| "expected off, when-listed, require-leaf or require-chain".to_owned())
    }
}
