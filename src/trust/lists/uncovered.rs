//! Why lists that are in order do not answer for a certificate, in words for a log.

use std::fmt;

use x509_cert::ext::pkix::crl::dp::ReasonFlags;

use super::{
    gap::Gap,
    list::RevocationList,
    reasons::{every_reason, reason_words},
    subject::Subject,
};
use crate::printable::some;

/// What leaves a certificate out of the lists of its issuer. Made for a refusal alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uncovered(Vec<Gap>);

impl Uncovered {
    /// Of a certificate that every one of these lists leaves out, or that is left out as far as
    /// `answered` goes.
    pub(in crate::trust) fn new(
        subject: &Subject<'_>,
        lists: &[&RevocationList],
        answered: Option<ReasonFlags>,
    ) -> Self {
        let (deltas, complete): (Vec<&RevocationList>, Vec<_>) =
            lists.iter().copied().partition(|list| list.is_delta());
        let mut gaps: Vec<_> = missing_base(subject, &deltas, &complete).into_iter().collect();
        match answered {
            None => gaps.extend(left_out(subject, &complete)),
            Some(none) if none.is_empty() => gaps.push(Gap::OtherAnchor),
            Some(some) => gaps.push(Gap::Reasons(reason_words(every_reason() - some).join(", "))),
        }
        gaps.sort();
        gaps.dedup();
        Self(gaps)
    }
}

/// Of the first delta list that answers for the certificate and has no complete list of its scope.
fn missing_base(
    subject: &Subject<'_>,
    deltas: &[&RevocationList],
    complete: &[&RevocationList],
) -> Option<Gap> {
    let alone = |delta: &&&RevocationList| {
        complete.iter().all(|list| !delta.scope().is(list.scope()))
            && !delta.scope().leaves_out(subject)
    };
    let base = deltas.iter().find(alone)?.base()?.to_string();
    Some(Gap::Base { base })
}

/// Why complete lists leave the certificate out: for its kind, or else for its distribution points.
fn left_out(subject: &Subject<'_>, lists: &[&RevocationList]) -> Vec<Gap> {
    let kind = |list: &&RevocationList| list.scope().gap_of_kind(subject);
    let mut gaps: Vec<_> = lists.iter().filter_map(kind).collect();
    gaps.sort();
    gaps.dedup();
    let of_point: Vec<_> = lists.iter().filter(|list| kind(list).is_none()).collect();
    if !of_point.is_empty() {
        let points = |list: &&&RevocationList| some(list.scope().distribution_points().into_iter());
        let list = some(of_point.iter().map(points));
        gaps.push(Gap::Point { list, certificate: subject.distribution_points() });
    }
    gaps
}

impl fmt::Display for Uncovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gaps: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&gaps.join("; "))
    }
}
