//! What becomes of a request, given what is known of its client.

use std::{fmt, str::FromStr};

use crate::rejection::Rejection;

/// The setting `CLIENT_CERT_MODE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientCertMode {
    /// Only a verified client goes on.
    #[default]
    Required,
    /// A client without a certificate goes on without the header; a bad certificate is refused.
    Optional,
    /// Nothing is enforced: what would be refused goes on and is logged. For moving in.
    Report,
}

impl fmt::Display for ClientCertMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Required => "required",
            Self::Optional => "optional",
            Self::Report => "report",
        })
    }
}

impl FromStr for ClientCertMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Required, Self::Optional, Self::Report]
            .into_iter()
            .find(|mode| mode.to_string() == text)
            .ok_or_else(|| "expected required, optional or report".to_owned())
    }
}

/// The setting `PREFLIGHT`: what becomes of a CORS preflight without a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preflight {
    /// What becomes of any request without one.
    #[default]
    Refuse,
    /// It goes on without one, whatever the mode.
    Forward,
}

impl fmt::Display for Preflight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refuse => "refuse",
            Self::Forward => "forward",
        })
    }
}

impl FromStr for Preflight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Refuse, Self::Forward]
            .into_iter()
            .find(|setting| setting.to_string() == text)
            .ok_or_else(|| "expected refuse or forward".to_owned())
    }
}

/// Why a client is not verified, and its certificate as far as it could be read.
#[derive(Debug)]
pub struct Refusal<L> {
    /// The reason.
    pub reason: Rejection,
    /// The leaf of a chain that was read whole, or what is left of it.
    pub leaf: Option<L>,
}

impl<L> From<Rejection> for Refusal<L> {
    fn from(reason: Rejection) -> Self {
        Self { reason, leaf: None }
    }
}

/// A client that may go on, and as what.
#[derive(Debug)]
pub enum Admission<C, L> {
    /// As who it proved to be.
    Verified(C),
    /// As nobody: it presented no certificate, and need not.
    Anonymous,
    /// Though it would be refused, in the mode `report` alone.
    Reported(Refusal<L>),
}

impl ClientCertMode {
    /// Decides on a verdict; `None` is a client that presented no certificate, and `missing` says so.
    ///
    /// # Errors
    ///
    /// The [`Rejection`] that answers the client.
    pub fn admit<C, L>(
        self,
        verdict: Result<Option<C>, Refusal<L>>,
        missing: impl FnOnce() -> Rejection,
    ) -> Result<Admission<C, L>, Rejection> {
        let refusal = match verdict {
            Ok(Some(client)) => return Ok(Admission::Verified(client)),
            Ok(None) if self == Self::Optional => return Ok(Admission::Anonymous),
            Ok(None) => missing().into(),
            Err(refusal) => refusal,
        };
        match self {
            Self::Report => Ok(Admission::Reported(refusal)),
            Self::Required | Self::Optional => Err(refusal.reason),
        }
    }
}
