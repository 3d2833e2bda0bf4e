//! Which certificates a list answers for, and for which reasons (RFC 5280 section 5.2.5).

use der::Decode;
use x509_cert::{
    ext::pkix::{
        crl::dp::{IssuingDistributionPoint, ReasonFlags},
        name::DistributionPointName,
    },
    name::Name,
};

use super::{
    gap::Gap,
    limitation::Limitation,
    reasons::{every_reason, reason_words},
    subject::{PointName, Subject, names, relative_words},
};
use crate::certificate::identity;

/// What the issuing distribution point of a list says; without one, it answers for everything.
#[derive(Debug, Default)]
pub struct Scope {
    /// The extension's content, by which two scopes are the same.
    der: Vec<u8>,
    /// The names of the distribution point; none where it has no name.
    names: Option<Vec<PointName>>,
    users_only: bool,
    authorities_only: bool,
    attributes_only: bool,
    reasons: Option<ReasonFlags>,
    indirect: bool,
}

impl Scope {
    /// Reads the content of the extension.
    pub(super) fn read(der: &[u8], issuer: &Name) -> der::Result<Self> {
        let point = IssuingDistributionPoint::from_der(der)?;
        Ok(Self {
            der: der.to_vec(),
            names: point.distribution_point.map(|name| names(&name, issuer)),
            users_only: point.only_contains_user_certs,
            authorities_only: point.only_contains_ca_certs,
            attributes_only: point.only_contains_attribute_certs,
            reasons: point.only_some_reasons,
            indirect: point.indirect_crl,
        })
    }

    pub(in crate::trust) fn is(&self, other: &Self) -> bool {
        self.der == other.der
    }

    /// What is the same for the same scope, and for no other.
    pub(in crate::trust) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(in crate::trust) fn limitation(&self) -> Option<Limitation> {
        let exclusive = [self.users_only, self.authorities_only, self.attributes_only];
        if self.indirect {
            return Some(Limitation::Indirect);
        }
        if exclusive.iter().filter(|only| **only).count() > 1 {
            return Some(Limitation::Scope);
        }
        self.attributes_only.then_some(Limitation::AttributeCertificates)
    }

    /// The kind of certificates that it is about, as the extension calls it; `None` if it is about all.
    pub fn kind(&self) -> Option<&'static str> {
        let kinds = [
            (self.users_only, "onlyContainsUserCerts"),
            (self.authorities_only, "onlyContainsCACerts"),
            (self.attributes_only, "onlyContainsAttributeCerts"),
        ];
        kinds.into_iter().find_map(|(only, kind)| only.then_some(kind))
    }

    /// Whether it is about certificates of other issuers too.
    pub fn is_indirect(&self) -> bool {
        self.indirect
    }

    /// The reasons that it is about, by their names in RFC 5280 section 5.2.5; `None` if it is about all.
    pub fn some_reasons(&self) -> Option<Vec<&'static str>> {
        self.reasons.map(reason_words)
    }

    /// The names of its distribution point, each after its kind, escaped and bounded.
    pub fn distribution_points(&self) -> Vec<String> {
        let point = IssuingDistributionPoint::from_der(&self.der).ok();
        let name = point.and_then(|point| point.distribution_point);
        match name {
            Some(DistributionPointName::FullName(names)) => {
                names.iter().map(identity::shown).collect()
            }
            Some(DistributionPointName::NameRelativeToCRLIssuer(rdn)) => vec![relative_words(&rdn)],
            None => Vec::new(),
        }
    }

    /// All the reasons that it is about.
    pub(in crate::trust) fn reasons(&self) -> ReasonFlags {
        self.reasons.unwrap_or(every_reason()) & every_reason()
    }

    /// How a certificate is of a kind that it is not about.
    pub(super) fn gap_of_kind(&self, subject: &Subject<'_>) -> Option<Gap> {
        match subject.is_ca {
            true => self.users_only.then_some(Gap::UsersOnly),
            false => self.authorities_only.then_some(Gap::AuthoritiesOnly),
        }
    }

    /// Whether a list of this scope does not answer for the certificate at all.
    pub(in crate::trust) fn leaves_out(&self, subject: &Subject<'_>) -> bool {
        self.reasons_for(subject).is_empty()
    }

    /// The reasons for which a list of this scope answers for the certificate; empty where it does
    /// not answer for it (RFC 5280 section 6.3.3 (b) and (d)).
    pub(in crate::trust) fn reasons_for(&self, subject: &Subject<'_>) -> ReasonFlags {
        if self.gap_of_kind(subject).is_some() {
            return ReasonFlags::default();
        }
        let reasons = self.reasons();
        let Some(own) = &self.names else { return reasons };
        // Its issuer's name is a distribution point of every certificate (section 6.3.3, at its end).
        if own.contains(&subject.issuer) {
            return reasons;
        }
        subject
            .points
            .iter()
            .filter(|(names, _)| names.iter().any(|name| own.contains(name)))
            .map(|(_, some)| reasons & *some)
            .fold(ReasonFlags::default(), |all, some| all | some)
    }
}
