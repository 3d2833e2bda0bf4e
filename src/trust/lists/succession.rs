//! Whether a list may come in the place of an earlier one.

use std::cmp::Ordering;

use super::{list::RevocationList, relation::age};
use crate::certificate::names::folded_text;

/// How a list stands to an earlier one that was published at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Succession {
    /// It says the same, be it signed anew.
    Same,
    /// It is newer, by number and date (RFC 5280 section 5.2.3).
    Newer,
    /// It is older.
    Older,
    /// Number and date contradict each other, or are the same for other content.
    NoOrder,
    /// It is of another issuer.
    OtherIssuer,
    /// It is about other certificates or reasons, or only one of the two is a delta list.
    OtherScope,
}

impl RevocationList {
    /// How it stands to an earlier list. Who signed the two is not asked: a CA may have a new key.
    pub fn succession(&self, earlier: &Self) -> Succession {
        if folded_text(self.issuer_name()) != folded_text(earlier.issuer_name()) {
            return Succession::OtherIssuer;
        }
        if !self.scope().is(earlier.scope()) || self.is_delta() != earlier.is_delta() {
            return Succession::OtherScope;
        }
        if self.says_as_much_as(earlier) {
            return Succession::Same;
        }
        match age(self, earlier) {
            Some(Ordering::Greater) => Succession::Newer,
            Some(Ordering::Less) => Succession::Older,
            Some(Ordering::Equal) | None => Succession::NoOrder,
        }
    }
}
