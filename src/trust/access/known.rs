//! What a bundle holds that its rules can be held against.

use std::cell::OnceCell;

use super::{Client, Rule};
use crate::{
    certificate::{Certificate, identity, names::folded_text},
    trust::bundle::{Entry, Item},
};

/// The entries of a bundle, of use or not, and the names that they show.
pub(super) struct Known<'a> {
    clients: Vec<(usize, Client<'a>)>,
    authorities: Vec<(usize, &'a Certificate)>,
    /// Who may have issued clients: CAs, issuers of pinned certificates and of lists.
    pub(super) issuers: Vec<Named>,
    pub(super) subjects: Vec<Named>,
    authority_names: Vec<String>,
    fingerprints: OnceCell<Vec<String>>,
}

/// A name that is there, folded and as RFC 4514 writes it.
pub(super) struct Named {
    pub(super) folded: String,
    pub(super) text: String,
}

/// An entry that a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Which of the contents' entries, from 0.
    pub entry: usize,
    /// As what.
    pub role: Role,
}

/// What an entry is to a rule that matches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A client whom the rule names.
    Client,
    /// A CA whose clients the rule may name.
    Issuer,
}

impl<'a> Known<'a> {
    pub(super) fn of(entries: &'a [Entry]) -> Self {
        let (mut clients, mut authorities) = (Vec::new(), Vec::new());
        let (mut issuers, mut subjects) = (Vec::new(), Vec::new());
        for (position, entry) in entries.iter().enumerate() {
            match &entry.item {
                Item::Anchor(certificate) | Item::Intermediate(certificate) => {
                    issuers.push(subject(certificate));
                    authorities.push((position, certificate));
                }
                Item::Pinned(certificate) => issuers.push(issuer(certificate)),
                Item::List(list) => issuers.push(Named::of(list.issuer_name())),
            }
            match &entry.item {
                Item::Pinned(certificate) => clients.push((position, certificate)),
                Item::Anchor(anchor) if entry.is_client_too() => clients.push((position, anchor)),
                _ => {}
            }
        }
        subjects.extend(clients.iter().map(|(_, client)| subject(client)));
        let authority_names = authorities.iter().map(|(_, ca)| subject(ca).folded).collect();
        let clients = clients.into_iter().map(|(at, client)| (at, Client::new(client))).collect();
        let fingerprints = OnceCell::new();
        Self { clients, authorities, issuers, subjects, authority_names, fingerprints }
    }

    /// Whether a pinned client is one whom the rule names.
    pub(super) fn has_client(&self, rule: &Rule) -> bool {
        self.clients.iter().any(|(_, client)| rule.names.name(client))
    }

    pub(super) fn is_authority(&self, folded: &str) -> bool {
        self.authority_names.iter().any(|name| name == folded)
    }

    pub(super) fn has_authority(&self, sha256: &str) -> bool {
        let all = || self.authorities.iter().map(|(_, ca)| identity::sha256(ca.der())).collect();
        self.fingerprints.get_or_init(all).iter().any(|known| known == sha256)
    }

    /// What a rule matches, clients first.
    pub(super) fn matches(&self, rule: &Rule) -> Vec<Match> {
        let clients = self.clients.iter().filter(|(_, client)| rule.meets(client));
        let clients = clients.map(|(entry, _)| Match { entry: *entry, role: Role::Client });
        let issuer = rule.names.issuer();
        let authorities = self.authorities.iter().zip(&self.authority_names);
        let authorities = authorities
            .filter(|(_, name)| issuer == Some(name.as_str()))
            .map(|((entry, _), _)| Match { entry: *entry, role: Role::Issuer });
        clients.chain(authorities).collect()
    }
}

impl Named {
    pub(super) fn of(name: &x509_cert::name::Name) -> Self {
        Self { folded: folded_text(name), text: identity::name(name) }
    }
}

pub(super) fn subject(certificate: &Certificate) -> Named {
    Named::of(certificate.parsed().decoded().tbs_certificate().subject())
}

pub(super) fn issuer(certificate: &Certificate) -> Named {
    Named::of(certificate.parsed().decoded().tbs_certificate().issuer())
}
