//! Everything in a bundle, with what is to be said about it.

use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

use alb_mtls_adapter::trust::{
    bundle::{Entry, Item, Source, TrustBundle, Warning},
    revocation::RevocationList,
};
use serde::Serialize;

use super::{
    capacity::SECRET_BYTES,
    listed::{Kind, Listed},
    rules::ListedRule,
};
use crate::command::crls;

/// Of a certificate, which takes people a while to renew.
const CERTIFICATE_NOTICE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Of a list, which is made anew every day or week.
const LIST_NOTICE: Duration = Duration::from_secs(24 * 60 * 60);

/// What `--format json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Inventory {
    /// Whether the function would take it.
    pub(super) usable: bool,
    pub(super) entries: Vec<Listed>,
    /// Those of `allow` first.
    pub(super) rules: Vec<ListedRule>,
    /// About the parts as such.
    pub(super) warnings: Vec<String>,
}

impl Inventory {
    /// Of entries and what became of them.
    pub(super) fn new(
        sources: &[Source],
        entries: &[Entry],
        bundle: &Result<TrustBundle, Vec<Warning>>,
        now: SystemTime,
    ) -> Self {
        let (usable, of_no_use) = match bundle {
            Ok(bundle) => (bundle.is_usable(), bundle.warnings()),
            Err(warnings) => (false, warnings.as_slice()),
        };
        let lists: Vec<_> = (1..).zip(entries).filter_map(list).collect();
        let mut seen = HashSet::new();
        let listed = entries.iter().map(|entry| {
            let mut listed = Listed::new(entry, now);
            // An anchor that is a client's too has to be pinned as well.
            let what = (listed.kind == Kind::Crl, listed.accept_server_certificate);
            let is_new = seen.insert((listed.sha256.clone(), what));
            let reasons = of_no_use.iter().filter(|warning| warning.place == entry.place);
            listed.warnings.extend(reasons.map(|warning| warning.reason.to_string()));
            listed.warnings.extend(entry.mistaken_ca(entries).map(|remark| remark.to_string()));
            if listed.warnings.is_empty() {
                listed.warnings.extend(soon_over(entry, now));
            }
            if let Item::List(list) = &entry.item {
                // Of two that are one, the bundle has looked at the first.
                listed.warnings.extend(crls::unsigned(list).filter(|_| is_new));
                listed.warnings.extend(crls::warnings(list, &lists, now));
            }
            if entry.accepts_needlessly() {
                let needless =
                    "\"accept_server_certificate\" has no effect: it is made for clients, too";
                listed.warnings.push(needless.to_owned());
            }
            if !is_new {
                listed.warnings.push("it is there already".to_owned());
            }
            listed
        });
        Self {
            usable,
            entries: listed.collect(),
            rules: Vec::new(),
            warnings: sources.iter().filter_map(too_large).collect(),
        }
    }
}

fn list((number, entry): (usize, &Entry)) -> Option<(usize, &RevocationList)> {
    match &entry.item {
        Item::List(list) => Some((number, list)),
        _ => None,
    }
}

/// What is of use today and will not be for long.
fn soon_over(entry: &Entry, now: SystemTime) -> Option<String> {
    let (end, notice, words) = match &entry.item {
        Item::Anchor(certificate) | Item::Pinned(certificate) | Item::Intermediate(certificate) => {
            (certificate.not_after(), CERTIFICATE_NOTICE, "it expires soon")
        }
        Item::List(list) => (list.next_update()?, LIST_NOTICE, "the next list is due soon"),
    };
    (end < now + notice).then(|| words.to_owned())
}

fn too_large(source: &Source) -> Option<String> {
    let bytes = source.content.len();
    (bytes > SECRET_BYTES).then(|| {
        format!(
            "{} has {bytes} bytes, and a secret holds {SECRET_BYTES}: pack it with gzip, or split it over several \
             secrets",
            source.name
        )
    })
}
