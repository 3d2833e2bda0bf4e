//! What authentic lists say of one certificate (RFC 5280 section 6.3).

use std::{cmp::Ordering, time::SystemTime};

use x509_cert::ext::pkix::{CrlReason, crl::dp::ReasonFlags};

use crate::trust::{
    lists::{
        Doubt, RevocationList, Uncovered,
        reasons::every_reason,
        relation::{age, continues},
        subject::Subject,
    },
    path::Until,
};

/// A list, and which of its issuer's keys signed it: 0 is the one that issued the certificate.
#[derive(Clone, Copy)]
pub(super) struct Authentic<'a> {
    pub(super) list: &'a RevocationList,
    pub(super) key: usize,
    /// Whether the key can clear anybody, and not only revoke.
    pub(super) may_clear: bool,
    /// Until when whoever signed it may, as far as anything ends that.
    pub(super) until: Until,
}

/// What is known of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    /// No list that counts names it, and nothing that this rests on ends before then.
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
/// that are of date, for every reason there is. Where the key that issued the certificate has a list about
/// it, no other key's can clear it: some authorities keep one for each of their keys.
pub(super) fn status(subject: &Subject<'_>, lists: &[Authentic<'_>], now: SystemTime) -> Status {
    let serial = subject.certificate.serial();
    let (begun, early): (Vec<_>, Vec<_>) =
        lists.iter().copied().partition(|authentic| authentic.list.this_update() <= now);
    let (deltas, complete): (Vec<_>, Vec<_>) =
        begun.into_iter().partition(|authentic| authentic.list.is_delta());
    let groups = groups(&complete, subject);
    let own = lists.iter().any(|authentic| {
        authentic.key == 0
            && !authentic.list.is_delta()
            && !authentic.list.scope().leaves_out(subject)
    });

    let named = deltas.iter().filter(|delta| delta.list.revokes(serial));
    let mut reasons: Vec<_> = named.filter_map(|delta| delta.list.entry(serial)).collect();
    let (mut in_order, mut of_date) = (true, true);
    let mut covered = ReasonFlags::default();
    let mut until: Until = None;
    // What begins later could be the newest, and name it.
    let next = early.iter().filter(|authentic| !authentic.list.scope().leaves_out(subject));
    let mut ends: Vec<_> = next.map(|authentic| authentic.list.this_update()).collect();
    for group in &groups {
        let Some(newest) = newest(&group.lists) else {
            in_order = false;
            continue;
        };
        let entry = newest.entry(serial);
        match entry {
            Some(CrlReason::CertificateHold) => {
                match release(serial, newest, group.key, &deltas, now) {
                    Some(delta) => {
                        let same = deltas.iter().filter(|one| one.list.says_as_much_as(delta));
                        ends.extend(same.filter_map(|one| one.until).chain(delta.next_update()));
                    }
                    None => reasons.extend(entry),
                }
            }
            other => reasons.extend(other),
        }
        if !group.may_clear || (own && group.key != 0) {
            continue;
        }
        match newest.next_update().filter(|next| now <= *next) {
            Some(next) => {
                covered |= group.answers_for;
                until = until.into_iter().chain([next]).chain(group.until).min();
            }
            None => of_date = false,
        }
    }
    match (reasons.into_iter().min(), until) {
        (Some(reason), _) => Status::Revoked { reason },
        (None, _) if !in_order => Status::Undetermined(Doubt::NoOrder),
        (None, Some(until)) if covered == every_reason() => {
            Status::Good { until: ends.into_iter().fold(until, SystemTime::min) }
        }
        (None, _) if !of_date => Status::Undetermined(Doubt::OutOfDate),
        (None, None) if !early.is_empty() => Status::Undetermined(Doubt::NotBegun),
        (None, _) => {
            let heard: Vec<_> =
                complete.iter().chain(&deltas).map(|authentic| authentic.list).collect();
            let answered = Some(covered).filter(|_| !groups.is_empty());
            Status::Undetermined(Doubt::NotCovered(Uncovered::new(subject, &heard, answered)))
        }
    }
}

/// The lists of one scope and key, about the certificate for some reasons.
struct Group<'a> {
    key: usize,
    may_clear: bool,
    until: Until,
    answers_for: ReasonFlags,
    lists: Vec<&'a RevocationList>,
}

fn groups<'a>(lists: &[Authentic<'a>], subject: &Subject<'_>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for Authentic { list, key, may_clear, until } in lists.iter().copied() {
        let alike = groups.iter_mut().find(|group| {
            group.key == key
                && group.lists.first().is_some_and(|first| first.scope().is(list.scope()))
        });
        match alike {
            Some(group) => {
                group.until = group.until.into_iter().chain(until).min();
                group.lists.push(list);
            }
            None => {
                let answers_for = list.scope().reasons_for(subject);
                groups.push(Group { key, may_clear, until, answers_for, lists: vec![list] });
            }
        }
    }
    groups.retain(|group| !group.answers_for.is_empty());
    groups
}

/// The one that is newer than all others.
fn newest<'a>(group: &[&'a RevocationList]) -> Option<&'a RevocationList> {
    group.iter().copied().find(|candidate| {
        group.iter().all(|other| {
            candidate.says_as_much_as(other) || age(candidate, other) == Some(Ordering::Greater)
        })
    })
}

/// The newest of the delta lists that are of date, by the same key, and continue this very list, if it lifts
/// the hold of a certificate (RFC 5280 sections 5.3.1 and 6.3.3 (c)).
fn release<'a>(
    serial: &[u8],
    list: &RevocationList,
    key: usize,
    deltas: &[Authentic<'a>],
    now: SystemTime,
) -> Option<&'a RevocationList> {
    let applicable: Vec<_> = deltas
        .iter()
        .filter(|delta| delta.key == key)
        .map(|delta| delta.list)
        .filter(|delta| delta.scope().is(list.scope()))
        .filter(|delta| {
            delta.next_update().is_some_and(|next| now <= next) && continues(delta, list)
        })
        .collect();
    newest(&applicable).filter(|delta| delta.entry(serial) == Some(CrlReason::RemoveFromCRL))
}
