//! Entries that can be read and are of no use: they stay out, and a warning names them.

use std::{fmt, time::SystemTime};

use super::contents::{Entry, Item};
use crate::{
    certificate::{ACCEPTED_KEYS, Certificate, enforceable, identity::Identity, names},
    secrets::Place,
    trust::{PathError, path, path_error::Member, revocation::Limitation, signature, validation},
};

/// An entry of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands.
    pub place: Place,
    /// Whom it names: a certificate's subject, or a list's issuer.
    pub name: String,
    /// Why it is of no use.
    pub reason: NoUse,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is of no use: {}: {}", self.place, self.name, self.reason)
    }
}

/// Why an entry is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoUse {
    /// A certificate after its dates, or a list after the date of the next.
    #[error("it has expired")]
    Expired,
    /// An anchor or intermediate that may issue nothing.
    #[error("it is no CA certificate: no basic constraints say so (RFC 5280 section 4.2.1.9)")]
    NotCa,
    /// A key by which no signature is accepted.
    #[error("its key is not accepted: {0}; {ACCEPTED_KEYS}")]
    Key(String),
    /// A CA whose key usage forbids what it is there for.
    #[error("its key usage lacks keyCertSign (RFC 5280 section 4.2.1.3)")]
    KeyUsage,
    /// Extended key usages that leave clients out.
    #[error("its extended key usages leave out clientAuth (RFC 5280 section 4.2.1.12)")]
    ExtendedKeyUsage,
    /// A CA whose own limits cannot be kept to.
    #[error("it {0}")]
    Constraints(String),
    /// A client's certificate that could not pass.
    #[error("{0}")]
    Client(PathError),
    /// A list that answers for no certificate.
    #[error(transparent)]
    List(#[from] Limitation),
}

impl NoUse {
    /// Why an entry is of no use at the time `now`, if it is. That an anchor's limits cannot be kept
    /// to is found where they are read.
    pub(super) fn of(entry: &Entry, now: SystemTime) -> Option<Self> {
        match &entry.item {
            Item::Anchor(certificate) => authority(certificate, now),
            Item::Intermediate(certificate) if certificate.signs_only_lists() => {
                dates_and_key(certificate, now)
            }
            Item::Intermediate(certificate) => authority(certificate, now),
            Item::Pinned(certificate) => client(certificate, entry.accepts_server_certificate, now),
            Item::List(list) => match list.limitation() {
                Some(limitation) => Some(limitation.clone().into()),
                None => list.next_update().is_some_and(|next| next < now).then_some(Self::Expired),
            },
        }
    }
}

impl Warning {
    pub(super) fn new(entry: &Entry, reason: NoUse) -> Self {
        let name = match &entry.item {
            Item::Anchor(certificate)
            | Item::Pinned(certificate)
            | Item::Intermediate(certificate) => Identity::of(certificate).subject,
            Item::List(list) => format!("the list of {}", list.issuer()),
        };
        Self { place: entry.place.clone(), name, reason }
    }
}

fn authority(certificate: &Certificate, now: SystemTime) -> Option<NoUse> {
    if !certificate.is_ca() {
        return Some(NoUse::NotCa);
    }
    if !validation::may_sign_certificates(certificate.parsed()) {
        return Some(NoUse::KeyUsage);
    }
    if !validation::extended(certificate.parsed()) {
        return Some(NoUse::ExtendedKeyUsage);
    }
    if !names::constraints(certificate.parsed()).all(enforceable::is_enforceable) {
        let reason = "has a name constraint that cannot be enforced".to_owned();
        return Some(NoUse::Constraints(reason));
    }
    dates_and_key(certificate, now)
}

fn dates_and_key(certificate: &Certificate, now: SystemTime) -> Option<NoUse> {
    let key = certificate.parsed().decoded().tbs_certificate().subject_public_key_info();
    if !signature::is_strong(key) {
        return Some(NoUse::Key(certificate.key().in_words()));
    }
    (certificate.not_after() < now).then_some(NoUse::Expired)
}

fn client(certificate: &Certificate, accepts_server: bool, now: SystemTime) -> Option<NoUse> {
    let now = path::time_of_interest(now).ok()?;
    match validation::validate_pinned(certificate, accepts_server, now) {
        Ok(()) | Err(PathError::NotYetValid { .. }) => None,
        Err(PathError::Expired { member: Member::Leaf }) => Some(NoUse::Expired),
        Err(reason) => Some(NoUse::Client(reason)),
    }
}
