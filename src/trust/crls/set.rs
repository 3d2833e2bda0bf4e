//! The CRLs of one manifest.

use crate::{certificate::identity, trust::lists::RevocationList};

/// CRLs that are there together.
#[derive(Debug, Default)]
pub struct CrlSet(Vec<(String, RevocationList)>);

impl CrlSet {
    /// CRLs, each with the name of the file or object that holds it.
    pub fn new(lists: Vec<(String, RevocationList)>) -> Self {
        Self(lists)
    }

    /// The set that takes the place of another. A CRL of that one stays until a newer one of its issuer, scope and key
    /// is there: whoever can write the set must not be able to let those in again whom it revoked.
    ///
    /// Only what somebody signed who may be asked stays: of others there could be any number.
    pub(super) fn replacing(mut self, before: &Self) -> Self {
        let stays = |list: &RevocationList| {
            list.is_proven() && !self.lists().any(|(_, other)| list.is_replaced_by(other))
        };
        let kept: Vec<_> = before.0.iter().filter(|(_, list)| stays(list)).cloned().collect();
        self.0.extend(kept);
        self
    }

    /// Its CRLs, each with the name of what holds it.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &RevocationList)> {
        self.0.iter().map(|(name, list)| (name.as_str(), list))
    }

    /// The same for the same CRLs, in whichever order.
    pub(super) fn version(&self) -> String {
        const SHOWN: usize = 32;
        let mut digests: Vec<_> = self.lists().map(|(_, list)| list.sha256()).collect();
        digests.sort_unstable();
        let digest = identity::sha256(digests.concat().as_bytes());
        format!("crls-{}", digest.get(..SHOWN).unwrap_or(&digest))
    }

    /// The CRL of this digest.
    pub(super) fn find(&self, sha256: &str) -> Option<&RevocationList> {
        self.0.iter().map(|(_, list)| list).find(|list| list.sha256() == sha256)
    }
}
