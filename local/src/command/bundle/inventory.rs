//! Everything in a bundle, with what is to be said about it.

use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

use alb_mtls_adapter::{
    certificate::identity::Identity,
    trust::{
        bundle::{Entry, Item, Source, TrustBundle, Warning},
        revocation::RevocationList,
    },
};
use serde::Serialize;

use super::{
    crl::{self, Crl},
    rules::ListedRule,
};
use crate::command::time::rfc3339;

/// What one secret holds.
const SECRET_BYTES: usize = 65_536;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Of a certificate, which takes people a while to renew.
const CERTIFICATE_NOTICE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Of a list, which is made anew every day or week.
const LIST_NOTICE: Duration = DAY;

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

#[derive(Debug, Serialize)]
pub(super) struct Listed {
    /// The part that it stands in.
    pub(super) source: String,
    /// Where in it, from 1; in a document, under its key.
    pub(super) entry: usize,
    pub(super) kind: Kind,
    /// RFC 4514; the issuer of a list.
    pub(super) subject: String,
    /// `None` for a list.
    pub(super) key: Option<String>,
    pub(super) sha256: String,
    pub(super) not_before: String,
    /// `None` for a list that names no date for the next.
    pub(super) not_after: Option<String>,
    /// Whole days; negative once it is over.
    pub(super) days_left: Option<i64>,
    /// How many certificates a list names.
    pub(super) revoked: Option<usize>,
    /// Only a list has these.
    #[serde(flatten)]
    pub(super) crl: Option<Crl>,
    /// Whether a pinned certificate is accepted though it is a server's; `None` for all others.
    pub(super) accept_server_certificate: Option<bool>,
    pub(super) warnings: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Anchor,
    Pinned,
    Intermediate,
    Crl,
}

impl Kind {
    /// As people call it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Anchor => "anchor",
            Self::Pinned => "pinned",
            Self::Intermediate => "intermediate",
            Self::Crl => "CRL",
        }
    }
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
        let mut seen = HashSet::new();
        let listed = entries.iter().map(|entry| {
            let mut listed = Listed::new(entry, now);
            let reasons = of_no_use.iter().filter(|warning| warning.place == entry.place);
            listed.warnings.extend(reasons.map(|warning| warning.reason.to_string()));
            listed.warnings.extend(entry.mistaken_ca(entries).map(|remark| remark.to_string()));
            if listed.warnings.is_empty() {
                listed.warnings.extend(soon_over(entry, now));
            }
            if let Item::List(list) = &entry.item {
                listed.warnings.extend(crl::warnings(list, entries, now));
            }
            if entry.accepts_needlessly() {
                let needless =
                    "\"accept_server_certificate\" has no effect: it is made for clients, too";
                listed.warnings.push(needless.to_owned());
            }
            // An anchor that is a client's too has to be pinned as well.
            let what = (listed.kind == Kind::Crl, listed.accept_server_certificate);
            if !seen.insert((listed.sha256.clone(), what)) {
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

impl Listed {
    fn new(entry: &Entry, now: SystemTime) -> Self {
        let (kind, certificate) = match &entry.item {
            Item::Anchor(certificate) => (Kind::Anchor, certificate),
            Item::Pinned(certificate) => (Kind::Pinned, certificate),
            Item::Intermediate(certificate) => (Kind::Intermediate, certificate),
            Item::List(list) => return Self::list(entry, list, now),
        };
        let Identity { sha256, subject, not_before, not_after, .. } = Identity::of(certificate);
        Self {
            source: entry.place.source.clone(),
            entry: entry.place.entry,
            kind,
            subject,
            key: Some(certificate.key().to_string()),
            sha256,
            not_before,
            not_after: Some(not_after),
            days_left: Some(days(now, certificate.not_after())),
            revoked: None,
            crl: None,
            accept_server_certificate: (kind == Kind::Pinned)
                .then_some(entry.accepts_server_certificate),
            warnings: Vec::new(),
        }
    }

    fn list(entry: &Entry, list: &RevocationList, now: SystemTime) -> Self {
        Self {
            source: entry.place.source.clone(),
            entry: entry.place.entry,
            kind: Kind::Crl,
            subject: list.issuer(),
            key: None,
            sha256: list.sha256().to_owned(),
            not_before: rfc3339(list.this_update()),
            not_after: list.next_update().map(rfc3339),
            days_left: list.next_update().map(|next| days(now, next)),
            revoked: Some(list.len()),
            crl: Some(Crl::of(list, now)),
            accept_server_certificate: None,
            warnings: Vec::new(),
        }
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

/// Whole days from one to the other.
fn days(from: SystemTime, to: SystemTime) -> i64 {
    let whole = |duration: Duration| i64::try_from(duration.as_secs() / DAY.as_secs());
    match to.duration_since(from) {
        Ok(left) => whole(left).unwrap_or(i64::MAX),
        Err(over) => whole(over.duration()).map_or(i64::MIN, |days| -days - 1),
    }
}
