//! The CRLs of a folder, with what is to be said of each.

use std::time::SystemTime;

use alb_mtls_adapter::trust::{
    bundle::{NoUse, TrustBundle},
    revocation::RevocationList,
};
use serde::Serialize;

use crate::command::{
    crls::{self, CrlFolder, Details, Kept},
    outcome::Outcome,
    time::rfc3339,
};

/// What `--format json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Listing {
    /// When the manifest was written, as it says itself.
    pub(super) written: String,
    /// In the order of the manifest.
    pub(super) crls: Vec<Listed>,
}

#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) file: String,
    pub(super) sha256: String,
    /// RFC 4514.
    pub(super) issuer: String,
    #[serde(flatten)]
    pub(super) details: Details,
    /// How many certificates it revokes.
    pub(super) entries: usize,
    pub(super) this_update: String,
    pub(super) next_update: Option<String>,
    /// Where the manifest says that it was fetched from.
    pub(super) url: String,
    /// When, by the manifest too.
    fetched: String,
    /// What is wrong with it.
    pub(super) warnings: Vec<String>,
}

impl Listing {
    /// Of what was read as a part of `bundle`, where there is one.
    pub(super) fn new(folder: &CrlFolder, bundle: Option<&TrustBundle>, now: SystemTime) -> Self {
        // Who signed a list is remembered by the copy of it that the bundle holds.
        let proven = |crl: &Kept| {
            let mut same = bundle
                .into_iter()
                .flat_map(TrustBundle::lists)
                .filter(|list| list.sha256() == crl.list.sha256());
            same.next().unwrap_or(&crl.list).clone()
        };
        let lists: Vec<RevocationList> = folder.crls.iter().map(proven).collect();
        let all: Vec<_> = (1..).zip(&lists).collect();
        let listed = folder.crls.iter().zip(&lists).map(|(crl, list)| {
            let mut listed = Listed::new(crl, now);
            listed.warnings.extend(no_use(list, now).map(|reason| reason.to_string()));
            listed.warnings.extend(bundle.and_then(|_| crls::unsigned(list)));
            listed.warnings.extend(crls::warnings(list, &all, now));
            listed
        });
        Self { written: folder.written.clone(), crls: listed.collect() }
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self.crls.iter().all(|crl| crl.warnings.is_empty()) {
            true => Outcome::Yes,
            false => Outcome::No,
        }
    }
}

impl Listed {
    fn new(crl: &Kept, now: SystemTime) -> Self {
        let Kept { file, listed, list } = crl;
        Self {
            file: file.clone(),
            sha256: listed.sha256.clone(),
            issuer: list.issuer(),
            details: Details::of(list, now),
            entries: list.len(),
            this_update: rfc3339(list.this_update()),
            next_update: list.next_update().map(rfc3339),
            url: listed.url.clone(),
            fetched: listed.fetched.clone(),
            warnings: Vec::new(),
        }
    }
}

/// What is wrong with a list alone.
fn no_use(list: &RevocationList, now: SystemTime) -> Option<NoUse> {
    let limitation = list.limitation().map(|limitation| NoUse::from(limitation.clone()));
    let is_over = list.next_update().is_some_and(|next| next < now);
    limitation.or(is_over.then_some(NoUse::Expired))
}
