//! A CA certificate that paths may end in.

use std::fmt;

use certval::{CertificationPathSettings, PDVTrustAnchorChoice, enforce_trust_anchor_constraints};

use super::NoUse;
use crate::{
    certificate::{Certificate, identity},
    trust::{path_error, validation},
};

/// A CA certificate that is trusted as it is. Its own dates and limits bind (RFC 5937).
pub struct Anchor {
    certificate: Certificate,
    choice: PDVTrustAnchorChoice,
    settings: CertificationPathSettings,
}

impl Anchor {
    pub(super) fn new(certificate: Certificate) -> Result<Self, NoUse> {
        let choice = PDVTrustAnchorChoice::try_from(certificate.der())
            .map_err(|error| NoUse::Constraints(format!("cannot be read as an anchor: {error}")))?;
        let settings = enforce_trust_anchor_constraints(&validation::settings(), &choice)
            .map_err(|error| NoUse::Constraints(path_error::words(&error)))?;
        Ok(Self { certificate, choice, settings })
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(in crate::trust) fn choice(&self) -> &PDVTrustAnchorChoice {
        &self.choice
    }

    /// How paths to this anchor are judged: its own limits are in it.
    pub(in crate::trust) fn settings(&self) -> &CertificationPathSettings {
        &self.settings
    }
}

impl fmt::Debug for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Anchor({})", identity::sha256(self.certificate.der()))
    }
}
