//! Whether an entry is of use.

use std::time::SystemTime;

use crate::{
    certificate::{Certificate, enforceable, identity::Identity, names},
    trust::{
        contents::{Entry, Item},
        no_use::{NoUse, Warning},
        path::time_of_interest,
        path_error::{Member, PathError},
        signature,
        usage::{extended, may_sign_certificates},
        validation::validate_pinned,
    },
};

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
    if !may_sign_certificates(certificate.parsed()) {
        return Some(NoUse::KeyUsage);
    }
    if !extended(certificate.parsed()) {
        return Some(NoUse::ExtendedKeyUsage);
    }
    if !names::constraints(certificate.parsed()).all(enforceable::is_enforceable) {
        let reason = "has a name constraint that cannot be enforced".to_owned();
        return Some(NoUse::Constraints(reason));
    }
    dates_and_key(certificate, now)
}

fn dates_and_key(certificate: &Certificate, now: SystemTime) -> Option<NoUse> {
    let key = certificate.public_key();
    if !signature::is_strong(key) {
        return Some(NoUse::Key(certificate.key().in_words()));
    }
    (certificate.not_after() < now).then_some(NoUse::Expired)
}

fn client(certificate: &Certificate, accepts_server: bool, now: SystemTime) -> Option<NoUse> {
    let now = time_of_interest(now).ok()?;
    match validate_pinned(certificate, accepts_server, now) {
        Ok(()) | Err(PathError::NotYetValid { .. }) => None,
        Err(PathError::Expired { member: Member::Leaf }) => Some(NoUse::Expired),
        Err(reason) => Some(NoUse::Client(reason)),
    }
}
