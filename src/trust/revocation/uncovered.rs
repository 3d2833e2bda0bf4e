//! Why lists that are in order do not answer for a certificate, in words for a log.

use std::fmt;

use x509_cert::ext::pkix::crl::dp::ReasonFlags;

use super::{
    list::RevocationList,
    scope::{Subject, every_reason, reason_words},
};
use crate::certificate::identity;

/// What leaves a certificate out of the lists of its issuer. Made for a refusal alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uncovered(Vec<Gap>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(super) enum Gap {
    /// A delta list without a complete one of its scope.
    #[error(
        "a delta CRL alone clears nobody, and its base is missing: a complete CRL with the number {base} or \
         a later one"
    )]
    Base { base: String },
    #[error("a CRL is about user certificates alone (onlyContainsUserCerts), and this is a CA's")]
    UsersOnly,
    #[error("a CRL is about CA certificates alone (onlyContainsCACerts), and this is no CA's")]
    AuthoritiesOnly,
    /// Of other distribution points than the certificate.
    #[error("a CRL is for the distribution point {list}, and the certificate names {certificate}")]
    Point { list: String, certificate: String },
    /// Some reasons are answered for, and these are not.
    #[error("no CRL answers for the reasons {0}")]
    Reasons(String),
    /// Who signed it may revoke here, and not clear.
    #[error(
        "the CRL that covers it is signed by a key that leads to another anchor than the certificate, and so \
         can revoke and not clear"
    )]
    OtherAnchor,
}

impl Uncovered {
    /// Of a certificate for which lists answer for some of the reasons, if for any.
    pub(super) fn new(
        subject: &Subject<'_>,
        lists: &[&RevocationList],
        answered: Option<ReasonFlags>,
    ) -> Self {
        let (deltas, complete): (Vec<&RevocationList>, Vec<_>) =
            lists.iter().copied().partition(|list| list.is_delta());
        let baseless = deltas.iter().filter(|delta| {
            !delta.scope().leaves_out(subject)
                && complete.iter().all(|list| !delta.scope().is(list.scope()))
        });
        let bases = baseless.filter_map(|delta| delta.base()).map(ToString::to_string);
        let bases: Vec<_> = bases.collect();
        let mut gaps: Vec<_> = Some(Gap::Base { base: identity::some(&bases) })
            .filter(|_| !bases.is_empty())
            .into_iter()
            .collect();

        let mut points = Vec::new();
        for list in complete.iter().filter(|list| list.scope().leaves_out(subject)) {
            match list.scope().gap_of_kind(subject) {
                Some(gap) => gaps.push(gap),
                None => points.extend(list.scope().distribution_points()),
            }
        }
        if !points.is_empty() {
            let certificate = subject.distribution_points();
            gaps.push(Gap::Point { list: identity::some(&points), certificate });
        }
        match answered {
            Some(some) if some.is_empty() => gaps.push(Gap::OtherAnchor),
            Some(some) => gaps.push(Gap::Reasons(reason_words(every_reason() - some).join(", "))),
            None => {}
        }
        gaps.sort();
        gaps.dedup();
        Self(gaps)
    }
}

impl fmt::Display for Uncovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gaps: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&gaps.join("; "))
    }
}
