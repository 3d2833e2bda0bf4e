//! What authentic lists say of one certificate (RFC 5280 section 6.3).

use std::{cmp::Ordering, time::SystemTime};

use der::asn1::Uint;
use x509_cert::ext::pkix::{CrlReason, crl::dp::ReasonFlags};

use super::{Doubt, list::RevocationList, scope::every_reason};
use crate::certificate::Certificate;

/// A list, and which of its issuer's keys signed it.
#[derive(Clone, Copy)]
pub(super) struct Authentic<'a> {
    pub(super) list: &'a RevocationList,
    pub(super) key: usize,
}

/// What is known of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    /// No list names it, and those that answer for it are of date until then.
    Good {
        until: SystemTime,
    },
    Revoked {
        reason: CrlReason,
    },
    Undetermined(Doubt),
}

/// Weighs the lists of one issuer, in no matter which order.
///
/// Of the lists of one scope, signed by one key, the newest counts. Each of these that names the
/// certificate revokes it, out of date or not, and so does each delta list; that it is good takes lists
/// that are of date, for every reason there is.
pub(super) fn status(
    certificate: &Certificate,
    lists: &[Authentic<'_>],
    now: SystemTime,
) -> Status {
    let serial = certificate.parsed().decoded().tbs_certificate().serial_number().as_bytes();
    let (begun, early): (Vec<_>, Vec<_>) =
        lists.iter().copied().partition(|authentic| authentic.list.this_update() <= now);
    let (deltas, complete): (Vec<_>, Vec<_>) =
        begun.into_iter().partition(|authentic| authentic.list.is_delta());

    let mut reasons: Vec<CrlReason> = deltas
        .iter()
        .filter_map(|delta| delta.list.entry(serial))
        .filter(|reason| *reason != CrlReason::RemoveFromCRL)
        .collect();
    let (mut in_order, mut of_date) = (true, early.is_empty());
    let mut covered = ReasonFlags::default();
    let mut until: Option<SystemTime> = None;
    for group in groups(&complete) {
        let answers_for = group.iter().map(|list| list.scope().reasons_for(certificate));
        let answers_for = answers_for.fold(ReasonFlags::default(), |all, some| all | some);
        if answers_for.is_empty() {
            continue;
        }
        let Some(newest) = newest(&group) else {
            in_order = false;
            continue;
        };
        let entry = newest.entry(serial);
        reasons.extend(entry.filter(|reason| !is_released(serial, *reason, newest, &deltas, now)));
        match newest.next_update().filter(|next| now <= *next) {
            Some(next) => {
                covered |= answers_for;
                until = Some(until.map_or(next, |until| until.min(next)));
            }
            None => of_date = false,
        }
    }
    match (reasons.into_iter().min(), until) {
        (Some(reason), _) => Status::Revoked { reason },
        (None, _) if !in_order => Status::Undetermined(Doubt::NoOrder),
        (None, Some(until)) if covered == every_reason() => Status::Good { until },
        (None, _) if !of_date => Status::Undetermined(Doubt::OutOfDate),
        (None, _) => Status::Undetermined(Doubt::NotCovered),
    }
}

/// The lists of one scope and key together.
fn groups<'a>(lists: &[Authentic<'a>]) -> Vec<Vec<&'a RevocationList>> {
    let mut groups: Vec<(Authentic<'a>, Vec<&'a RevocationList>)> = Vec::new();
    for authentic in lists {
        let alike = groups.iter_mut().find(|(first, _)| {
            first.key == authentic.key && first.list.scope().is(authentic.list.scope())
        });
        match alike {
            Some((_, group)) => group.push(authentic.list),
            None => groups.push((*authentic, vec![authentic.list])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The one that is newer than all others.
fn newest<'a>(group: &[&'a RevocationList]) -> Option<&'a RevocationList> {
    group.iter().copied().find(|candidate| {
        group.iter().all(|other| {
            candidate.says_as_much_as(other) || age(candidate, other) == Some(Ordering::Greater)
        })
    })
}

/// Which of two is newer, by number and date, which may not contradict each other (RFC 5280
/// section 5.2.3). A list without a number goes by its date.
fn age(one: &RevocationList, other: &RevocationList) -> Option<Ordering> {
    let by_date = one.this_update().cmp(&other.this_update());
    let by_number = match (one.number(), other.number()) {
        (Some(one), Some(other)) => compare(one, other),
        _ => return Some(by_date),
    };
    match (by_number, by_date) {
        (number, date) if number == date => Some(number),
        (number, Ordering::Equal) => Some(number),
        _ => None,
    }
}

/// Whether a delta list that is of date and continues this very list lifts the hold of a certificate
/// (RFC 5280 section 5.3.1).
fn is_released(
    serial: &[u8],
    reason: CrlReason,
    list: &RevocationList,
    deltas: &[Authentic<'_>],
    now: SystemTime,
) -> bool {
    let continues = |delta: &RevocationList| match (delta.base(), delta.number(), list.number()) {
        (Some(base), Some(of_delta), Some(of_list)) => {
            compare(base, of_list).is_le() && compare(of_list, of_delta).is_lt()
        }
        _ => false,
    };
    reason == CrlReason::CertificateHold
        && deltas.iter().map(|authentic| authentic.list).any(|delta| {
            delta.entry(serial) == Some(CrlReason::RemoveFromCRL)
                && delta.scope().is(list.scope())
                && delta.next_update().is_some_and(|next| now <= next)
                && continues(delta)
        })
}

fn compare(one: &Uint, other: &Uint) -> Ordering {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}
