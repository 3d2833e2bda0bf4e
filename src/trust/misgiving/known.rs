//! What a bundle holds that its rules can be held against.

use std::{cell::OnceCell, collections::HashSet};

use crate::{
    certificate::Certificate,
    trust::{
        access::{
            Client, Rule,
            directory::{Directory, Named},
            issuer, subject,
        },
        contents::{Entry, Item},
    },
};

/// The entries of a bundle, of use or not, and the names that they show. There may be as many as rules, so rules
/// look them up and do not go through them.
pub(super) struct Known<'a> {
    clients: Vec<(usize, Client<'a>)>,
    anchors: Vec<&'a Certificate>,
    authorities: Vec<(usize, &'a Certificate, String)>,
    /// Who may have issued clients: CAs, issuers of pinned certificates and of lists.
    pub(super) issuers: Directory<'a>,
    /// Those of pinned clients.
    pub(super) subjects: Directory<'a>,
    named_authorities: OnceCell<HashSet<String>>,
    fingerprints: OnceCell<HashSet<String>>,
    /// By what rules would name the clients.
    keys: OnceCell<HashSet<String>>,
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
        let (mut clients, mut authorities, mut issuers) = (Vec::new(), Vec::new(), Vec::new());
        let anchors = entries.iter().filter_map(|entry| match &entry.item {
            Item::Anchor(certificate) => Some(certificate),
            _ => None,
        });
        let anchors = anchors.collect();
        for (position, entry) in entries.iter().enumerate() {
            match &entry.item {
                Item::Anchor(certificate) | Item::Intermediate(certificate) => {
                    let name = Named::of(subject(certificate));
                    authorities.push((position, certificate, name.folded.clone()));
                    issuers.push(name);
                }
                Item::Pinned(certificate) => issuers.push(Named::of(issuer(certificate))),
                Item::List(list) => issuers.push(Named::of(list.issuer_name())),
            }
            match &entry.item {
                Item::Pinned(certificate) => clients.push((position, Client::new(certificate))),
                Item::Anchor(certificate) if entry.is_client_too() => {
                    clients.push((position, Client::new(certificate)));
                }
                _ => {}
            }
        }
        let subjects = clients.iter().map(|(_, client)| Named::of(subject(client.leaf)));
        Self {
            subjects: Directory::of(subjects),
            issuers: Directory::of(issuers),
            clients,
            anchors,
            authorities,
            named_authorities: OnceCell::new(),
            fingerprints: OnceCell::new(),
            keys: OnceCell::new(),
        }
    }

    /// Whether a pinned client is one whom the rule names.
    pub(super) fn has_client(&self, rule: &Rule) -> bool {
        let all = || self.clients.iter().flat_map(|(_, client)| client.keys()).collect();
        self.keys.get_or_init(all).contains(&rule.names.key())
    }

    pub(super) fn anchors(&self) -> impl Iterator<Item = &'a Certificate> {
        self.anchors.iter().copied()
    }

    pub(super) fn is_authority(&self, folded: &str) -> bool {
        let all = || self.authorities.iter().map(|(_, _, name)| name.clone()).collect();
        self.named_authorities.get_or_init(all).contains(folded)
    }

    pub(super) fn has_authority(&self, sha256: &str) -> bool {
        let all = || self.authorities.iter().map(|(_, ca, _)| ca.sha256().to_owned()).collect();
        self.fingerprints.get_or_init(all).contains(sha256)
    }

    /// What a rule matches, clients first.
    pub(super) fn matches(&self, rule: &Rule) -> Vec<Match> {
        let clients = self.clients.iter().filter(|(_, client)| rule.meets(client));
        let clients = clients.map(|(entry, _)| Match { entry: *entry, role: Role::Client });
        let issuer = rule.names.issuer();
        let authorities = self.authorities.iter().filter(|(_, _, name)| issuer == Some(name));
        let authorities =
            authorities.map(|(entry, _, _)| Match { entry: *entry, role: Role::Issuer });
        clients.chain(authorities).collect()
    }
}
