//! The CRLs of one manifest.

use std::collections::HashSet;

use crate::{certificate::names::folded_text, trust::lists::RevocationList};

/// CRLs that are there together.
#[derive(Debug, Default)]
pub struct CrlSet {
    lists: Vec<(String, RevocationList)>,
    dropped: HashSet<String>,
}

impl CrlSet {
    /// CRLs, each with the name of the file or object that holds it.
    pub fn new(lists: Vec<(String, RevocationList)>) -> Self {
        Self { lists, dropped: HashSet::new() }
    }

    /// The set that takes the place of another. An issuer that had CRLs there and has none here is not one without:
    /// whoever can write the set must not be able to let those in again whom it revoked.
    pub(super) fn replacing(mut self, before: &Self) -> Self {
        let now: HashSet<_> = self.issuers().collect();
        let before = before.issuers().chain(before.dropped.iter().cloned());
        self.dropped = before.filter(|issuer| !now.contains(issuer)).collect();
        self
    }

    /// Its CRLs, each with the name of what holds it.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &RevocationList)> {
        self.lists.iter().map(|(name, list)| (name.as_str(), list))
    }

    /// The issuers, folded, that once had CRLs and have none any more.
    pub(in crate::trust) fn dropped(&self) -> &HashSet<String> {
        &self.dropped
    }

    /// The CRL of this digest.
    pub(super) fn find(&self, sha256: &str) -> Option<&RevocationList> {
        self.lists.iter().map(|(_, list)| list).find(|list| list.sha256() == sha256)
    }

    fn issuers(&self) -> impl Iterator<Item = String> {
        self.lists.iter().map(|(_, list)| folded_text(list.issuer_name()))
    }
}
