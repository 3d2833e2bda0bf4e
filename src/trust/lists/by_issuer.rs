//! The lists of a bundle, by who issued them.

use std::{collections::HashMap, time::SystemTime};

use x509_cert::name::Name;

use super::list::RevocationList;
use crate::certificate::names::folded_text;

/// The lists of a bundle, by what the name of their issuer says, in whichever type of string.
#[derive(Default)]
pub(in crate::trust) struct RevocationLists(HashMap<String, Vec<RevocationList>>);

impl RevocationLists {
    /// Adds a list, unless it is there already.
    pub(in crate::trust) fn add(&mut self, list: RevocationList) {
        let lists = self.0.entry(folded_text(list.issuer_name())).or_default();
        if lists.iter().all(|known| known.sha256() != list.sha256()) {
            lists.push(list);
        }
    }

    pub(in crate::trust) fn iter(&self) -> impl Iterator<Item = &RevocationList> {
        self.0.values().flatten()
    }

    /// When the first of those ends that count: of complete lists of one issuer, scope and key the one that
    /// lasts longest.
    pub(in crate::trust) fn until(&self) -> Option<SystemTime> {
        let mut ends: HashMap<_, SystemTime> = HashMap::new();
        for (issuer, lists) in &self.0 {
            let counts = |list: &&RevocationList| !list.is_delta() && list.limitation().is_none();
            for list in lists.iter().filter(counts) {
                let Some(next) = list.next_update() else { continue };
                let alike = (issuer, list.scope().der(), list.known_signers());
                let end = ends.entry(alike).or_insert(next);
                *end = next.max(*end);
            }
        }
        ends.into_values().min()
    }

    /// The lists of an issuer.
    pub(in crate::trust) fn of(&self, issuer: &Name) -> &[RevocationList] {
        if self.0.is_empty() {
            return &[];
        }
        self.0.get(&folded_text(issuer)).map(Vec::as_slice).unwrap_or_default()
    }
}
