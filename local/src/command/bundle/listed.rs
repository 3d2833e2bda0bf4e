//! One entry of a bundle, as it is listed.

use std::time::{Duration, SystemTime};

use alb_mtls_adapter::{
    certificate::identity::Identity,
    trust::{
        bundle::{Entry, Item},
        revocation::RevocationList,
    },
};
use serde::Serialize;

use crate::command::{crls::Details, remaining, time::rfc3339};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

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
    pub(super) crl: Option<Details>,
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

impl Listed {
    pub(super) fn new(entry: &Entry, now: SystemTime) -> Self {
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
            days_left: Some(remaining::whole(DAY, now, certificate.not_after())),
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
            days_left: list.next_update().map(|next| remaining::whole(DAY, now, next)),
            revoked: Some(list.len()),
            crl: Some(Details::of(list, now)),
            accept_server_certificate: None,
            warnings: Vec::new(),
        }
    }
}
