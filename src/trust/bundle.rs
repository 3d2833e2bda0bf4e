//! The trust bundle: the anchors that a client's certificate may lead to, and clients that are trusted
//! by themselves.
//!
//! A [`TrustBundle`] is complete or it does not exist: one entry that cannot be used refuses the
//! whole, and an empty one is refused too.

use std::collections::{HashMap, HashSet};

use certval::{CertificationPathSettings, PDVTrustAnchorChoice, enforce_trust_anchor_constraints};

use super::{
    path::folded,
    path_error,
    validation::{self, Validator},
};
use crate::certificate::{
    Certificate, DerFault,
    identity::{self, Identity},
    pem::{PemBlocks, PemError},
};

/// The content of one secret or file, and the name under which faults in it are reported.
#[derive(Debug, Clone)]
pub struct Source {
    /// The secret's name or ARN, or the file's path.
    pub name: String,
    /// PEM text.
    pub content: Vec<u8>,
}

/// Everything that is trusted. Never empty.
///
/// A CA certificate is an anchor: what it has signed is trusted. Any other certificate is pinned: it is
/// trusted itself, and mints nothing. Whether they are within their dates is asked at each verification.
pub struct TrustBundle {
    certificates: HashSet<Certificate>,
    anchors: Vec<Anchor>,
    by_subject: HashMap<String, Vec<usize>>,
    validator: Validator,
}

impl TrustBundle {
    /// Reads sources whose contents add up to one bundle.
    ///
    /// # Errors
    ///
    /// [`BundleError`], naming the source and the entry.
    pub fn read(sources: &[Source]) -> Result<Self, BundleError> {
        let mut certificates = HashSet::new();
        let mut anchors = Vec::new();
        for source in sources {
            for (block, entry) in PemBlocks::new(&source.content).zip(1..) {
                let at = || Entry { name: source.name.clone(), entry };
                let block = block.map_err(|error| BundleError::Pem { at: at(), error })?;
                if block.label != "CERTIFICATE" {
                    return Err(BundleError::Label { at: at(), label: block.label });
                }
                let certificate = Certificate::from_der(&block.der)
                    .map_err(|fault| BundleError::Malformed { at: at(), fault })?;
                if certificate.is_ca() {
                    anchors.push(Anchor::new(certificate.clone(), at)?);
                }
                certificates.insert(certificate);
            }
        }
        if certificates.is_empty() {
            let sources = sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>();
            return Err(BundleError::Empty { sources: sources.join(", ") });
        }
        let mut by_subject: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, anchor) in anchors.iter().enumerate() {
            let subject = anchor.certificate.parsed().decoded().tbs_certificate().subject();
            by_subject.entry(folded(subject)).or_default().push(position);
        }
        Ok(Self { certificates, anchors, by_subject, validator: Validator::new() })
    }

    /// Whether this very certificate, byte for byte, is in the bundle.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.certificates.contains(certificate)
    }

    /// How many certificates are pinned without being an anchor.
    pub fn pinned(&self) -> usize {
        self.certificates.iter().filter(|certificate| !certificate.is_ca()).count()
    }

    /// The anchors, in the order of the sources.
    pub fn anchors(&self) -> impl Iterator<Item = &Anchor> {
        self.anchors.iter()
    }

    /// The anchors whose subject could be this folded name.
    pub(super) fn anchors_named(&self, folded: &str) -> impl Iterator<Item = &Anchor> {
        let positions = self.by_subject.get(folded).into_iter().flatten();
        positions.filter_map(|position| self.anchors.get(*position))
    }

    pub(super) fn validator(&self) -> &Validator {
        &self.validator
    }
}

impl std::fmt::Debug for TrustBundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.anchors()).finish()
    }
}

/// A CA certificate that is trusted as it is. Its own dates and limits bind (RFC 5937).
pub struct Anchor {
    certificate: Certificate,
    choice: PDVTrustAnchorChoice,
    settings: CertificationPathSettings,
}

impl Anchor {
    fn new(certificate: Certificate, at: impl Fn() -> Entry) -> Result<Self, BundleError> {
        let subject = || Identity::of(&certificate).subject;
        let unusable =
            |reason: String| BundleError::Unusable { at: at(), subject: subject(), reason };
        let choice = PDVTrustAnchorChoice::try_from(certificate.der())
            .map_err(|error| unusable(error.to_string()))?;
        let settings = enforce_trust_anchor_constraints(&validation::settings(), &choice)
            .map_err(|error| unusable(path_error::words(&error)))?;
        Ok(Self { certificate, choice, settings })
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(super) fn choice(&self) -> &PDVTrustAnchorChoice {
        &self.choice
    }

    /// How paths to this anchor are judged: its own limits are in it.
    pub(super) fn settings(&self) -> &CertificationPathSettings {
        &self.settings
    }
}

impl std::fmt::Debug for Anchor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Anchor({})", identity::sha256(self.certificate.der()))
    }
}

/// Where in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {entry} of {name}")]
pub struct Entry {
    /// The name of the [`Source`].
    pub name: String,
    /// Which PEM block, from 1.
    pub entry: usize,
}

/// Why sources are no trust bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Not a single entry.
    #[error("the trust bundle is empty: no certificate in {sources}")]
    Empty {
        /// The names of the sources.
        sources: String,
    },
    /// Text that is not PEM.
    #[error("{at} of the trust bundle cannot be read: {error}")]
    Pem {
        /// Which entry.
        at: Entry,
        /// What is wrong, and at which byte of the source.
        error: PemError,
    },
    /// A block that does not belong into a bundle, as a private key.
    #[error("{at} of the trust bundle is a \"{label}\", and only \"CERTIFICATE\" belongs there")]
    Label {
        /// Which entry.
        at: Entry,
        /// What its BEGIN line says.
        label: String,
    },
    /// A block that is no certificate.
    #[error("{at} of the trust bundle {fault}")]
    Malformed {
        /// Which entry.
        at: Entry,
        /// What is wrong with it.
        fault: DerFault,
    },
    /// A CA certificate that says of itself that it must not be an anchor.
    #[error("{at} of the trust bundle cannot be an anchor: {subject}: {reason}")]
    Unusable {
        /// Which entry.
        at: Entry,
        /// Its subject.
        subject: String,
        /// The rule that it breaks.
        reason: String,
    },
}
