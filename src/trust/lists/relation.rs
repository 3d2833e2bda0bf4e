//! How two lists of one issuer stand to each other.

use std::cmp::Ordering;

use super::{list::RevocationList, reasons::every_reason};
use crate::certificate::names::folded_text;

/// Which of two is newer, by number and date, which may not contradict each other (RFC 5280
/// section 5.2.3). A list without a number goes by its date.
pub(in crate::trust) fn age(one: &RevocationList, other: &RevocationList) -> Option<Ordering> {
    let by_date = one.this_update().cmp(&other.this_update());
    let by_number = match (one.number(), other.number()) {
        (Some(one), Some(other)) => one.cmp(other),
        _ => return Some(by_date),
    };
    match (by_number, by_date) {
        (number, date) if number == date => Some(number),
        (number, Ordering::Equal) => Some(number),
        _ => None,
    }
}

/// Whether a delta list continues a complete one: it is newer, and says what changed since that one or an
/// older one (RFC 5280 section 5.2.4).
pub(in crate::trust) fn continues(delta: &RevocationList, list: &RevocationList) -> bool {
    has_its_base(delta, list) && age(delta, list) == Some(Ordering::Greater)
}

fn has_its_base(delta: &RevocationList, list: &RevocationList) -> bool {
    matches!((delta.base(), list.number()), (Some(base), Some(number)) if base <= number)
}

impl RevocationList {
    /// Whether another list makes it superfluous: one of the same issuer, scope and key, by what the lists say of their
    /// key (RFC 5280 section 5.2.1), that is newer or says the same, or that was made when this one was over already.
    pub(in crate::trust) fn is_replaced_by(&self, other: &Self) -> bool {
        let is_newer = match age(other, self) {
            Some(order) => order == Ordering::Greater,
            None => self.next_update().is_some_and(|over| over <= other.this_update()),
        };
        (self.is_delta() || !other.is_delta())
            && (is_newer || self.says_as_much_as(other))
            && self.scope().is(other.scope())
            && self.key_identifier() == other.key_identifier()
            && self.is_of_the_issuer_of(other)
    }

    /// Whether another list of the same issuer, scope and key counts in its place, being newer.
    pub fn is_superseded_by(&self, other: &Self) -> bool {
        (self.is_delta() || !other.is_delta())
            && age(other, self) == Some(Ordering::Greater)
            && self.is_of_the_scope_of(other)
    }

    /// Whether neither of two that are different can be told to be the newer.
    pub fn contradicts(&self, other: &Self) -> bool {
        self.is_delta() == other.is_delta()
            && !matches!(age(self, other), Some(Ordering::Less | Ordering::Greater))
            && !self.says_as_much_as(other)
            && self.is_of_the_scope_of(other)
    }

    /// Of a delta list: whether a complete list is one to which its changes can be added.
    pub fn is_based_on(&self, other: &Self) -> bool {
        !other.is_delta() && has_its_base(self, other) && self.is_of_the_scope_of(other)
    }

    /// Whether this one and others of its issuer together leave reasons open, so that they can clear
    /// nobody (RFC 5280 section 6.3.3 (l)).
    pub fn leaves_reasons_open<'a>(&self, others: impl Iterator<Item = &'a Self>) -> bool {
        // Nearly every list, and others need not be gone through for it.
        if self.scope().reasons() == every_reason() {
            return false;
        }
        let alike = others.filter(|other| !other.is_delta() && other.is_of_the_issuer_of(self));
        let answered = alike.fold(self.scope().reasons(), |all, one| all | one.scope().reasons());
        answered != every_reason()
    }

    fn is_of_the_issuer_of(&self, other: &Self) -> bool {
        folded_text(self.issuer_name()) == folded_text(other.issuer_name())
    }

    /// By the same issuer, about the same, and with the same key, as far as its keys are known. Each list is held
    /// against each, so whatever is cheaper to ask is asked before.
    fn is_of_the_scope_of(&self, other: &Self) -> bool {
        self.scope().is(other.scope())
            && self.is_of_the_issuer_of(other)
            && match (self.known_signers(), other.known_signers()) {
                (own, others) if own.is_empty() || others.is_empty() => own.len() == others.len(),
                (own, others) => !own.is_disjoint(&others),
            }
    }
}
