//! What becomes of a request, given the verdict on its client's certificate.

use std::{fmt, str::FromStr};

use http::HeaderName;

use crate::{
    certificate::absence::Absence,
    event::Event,
    trust::{AuthenticationError, Unverified},
};

/// Whom the verdict on its certificate lets go on.
#[derive(Debug, Clone)]
pub struct Terms {
    /// `CLIENT_CERT_HEADER`: where the load balancer puts the client's chain.
    pub header: HeaderName,
    /// `CLIENT_CERT_MODE`: what becomes of a request whose certificate is missing or refused.
    pub mode: ClientCertMode,
    /// `PREFLIGHT`: whether a CORS preflight goes on without a certificate.
    pub preflight: Preflight,
}

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

/// A client that may go on, and as what.
#[derive(Debug)]
pub enum Admission<C, L> {
    /// As who it proved to be.
    Verified(C),
    /// As nobody: it presented no certificate, and need not.
    Anonymous,
    /// As nobody, being a CORS preflight that need not present one.
    Preflight,
    /// Though it would be refused, in the mode `report` alone.
    Reported(Refusal<L>),
}

/// Why a client may not go on, and its certificate as far as it could be read.
#[derive(Debug)]
pub struct Refusal<L> {
    /// The reason.
    pub reason: AdmissionError,
    /// The leaf of a chain that was read whole, or what is left of it.
    pub leaf: Option<L>,
}

/// Why a client may not go on.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// No certificate came, and one is required.
    #[error("no client certificate: the request has no header {header}; {absence}")]
    Missing {
        /// Where it should have been.
        header: HeaderName,
        /// What there is instead.
        absence: Absence,
    },
    /// The one that came proves nothing.
    #[error(transparent)]
    Unauthenticated(#[from] AuthenticationError),
}

impl<L> From<Unverified<L>> for Refusal<L> {
    fn from(Unverified { reason, leaf }: Unverified<L>) -> Self {
        Self { reason: reason.into(), leaf }
    }
}

impl Terms {
    /// Decides on the verdict for the client of an event; `None` is one that presented no certificate.
    ///
    /// # Errors
    ///
    /// [`AdmissionError`], which answers the client.
    pub fn admit<C, L>(
        &self,
        event: &Event,
        verdict: Result<Option<C>, Unverified<L>>,
    ) -> Result<Admission<C, L>, AdmissionError> {
        let is_preflight = matches!(verdict, Ok(None)) && event.is_preflight();
        if is_preflight && self.preflight == Preflight::Forward {
            return Ok(Admission::Preflight);
        }
        self.mode.admit(verdict, || AdmissionError::Missing {
            header: self.header.clone(),
            absence: match is_preflight {
                true => Absence::Preflight,
                false => Absence::of(&event.headers),
            },
        })
    }
}

impl ClientCertMode {
    /// Decides on a verdict; `None` is a client that presented no certificate, and `missing` says so.
    ///
    /// # Errors
    ///
    /// [`AdmissionError`], which answers the client.
    pub fn admit<C, L>(
        self,
        verdict: Result<Option<C>, Unverified<L>>,
        missing: impl FnOnce() -> AdmissionError,
    ) -> Result<Admission<C, L>, AdmissionError> {
        let refusal = match verdict {
            Ok(Some(client)) => return Ok(Admission::Verified(client)),
            Ok(None) if self == Self::Optional => return Ok(Admission::Anonymous),
            Ok(None) => Refusal { reason: missing(), leaf: None },
            Err(unverified) => unverified.into(),
        };
        match self {
            Self::Report => Ok(Admission::Reported(refusal)),
            Self::Required | Self::Optional => Err(refusal.reason),
        }
    }
}
