//! The trust bundle: the anchors that a client's certificate may lead to, clients that are trusted by
//! themselves, lists of what was revoked, and who of all these may pass.
//!
//! A [`TrustBundle`] is complete or it does not exist: one entry that cannot be read refuses the
//! whole, and one by which nobody could be trusted is refused too.

mod no_ca;
mod no_use;

use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

use x509_cert::name::Name;

pub use self::no_ca::MistakenCa;
pub(super) use self::no_ca::why_no_ca;
use super::{
    access::Access,
    anchor::Unenforceable,
    crls::CrlSet,
    lists::{RevocationList, by_issuer::RevocationLists},
    usage::may_sign_lists,
};
pub use super::{
    access::{DecisiveRule, Difference, NearestRule, RuleError, Ruling},
    anchor::Anchor,
    contents::{BundleError, Contents, Entry, Item},
    misgiving::{ListedRule, Match, Misgiving, Role, RuleWarning},
    no_use::{NoUse, Warning},
};
use crate::certificate::{Certificate, PresentedChain, names::folded};
pub use crate::secrets::{Place, Source};

/// Everything that is trusted. Never empty.
///
/// Whether what is in it is within its dates is asked again at each verification.
#[derive(Default)]
pub struct TrustBundle {
    anchors: Vec<Anchor>,
    anchors_by_subject: HashMap<String, Vec<usize>>,
    pinned: HashSet<Certificate>,
    /// Those of the pinned that are accepted though they are made for servers.
    pinned_servers: HashSet<Certificate>,
    intermediates_by_subject: HashMap<String, Vec<Certificate>>,
    lists: RevocationLists,
    access: Access,
    warnings: Vec<Warning>,
    rule_warnings: Vec<RuleWarning>,
    usable: bool,
    anchors_until: Option<SystemTime>,
    lists_until: Option<SystemTime>,
}

impl TrustBundle {
    /// Reads sources whose contents add up to one bundle, for use from `now` on.
    ///
    /// # Errors
    ///
    /// [`BundleError`], naming the source and the entry.
    pub fn read(sources: &[Source], now: SystemTime) -> Result<Self, BundleError> {
        Self::read_with(sources, None, now)
    }

    /// The same, with CRLs that are kept elsewhere.
    ///
    /// # Errors
    ///
    /// As those of [`TrustBundle::read`].
    pub fn read_with(
        sources: &[Source],
        crls: Option<&CrlSet>,
        now: SystemTime,
    ) -> Result<Self, BundleError> {
        let mut contents = Contents::read(sources)?;
        contents.add_crls(crls);
        Self::new(contents, now).map_err(|warnings| {
            let sources = sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>();
            BundleError::Empty { sources: sources.join(", "), warnings }
        })
    }

    /// Sorts what was read; what is of no use at `now` stays out, with a warning.
    ///
    /// # Errors
    ///
    /// The warnings, where nothing is left by which anybody could be trusted.
    pub fn new(contents: Contents, now: SystemTime) -> Result<Self, Vec<Warning>> {
        let rule_warnings = contents.rule_warnings();
        let mut bundle = Self { access: contents.access, rule_warnings, ..Self::default() };
        for entry in contents.entries {
            let no_use = NoUse::of(&entry, now);
            // What each verification would refuse again is kept, so that it can say why. Lists are kept
            // too: an issuer with none that is of use is not one without any.
            let kept = match no_use {
                None
                | Some(
                    NoUse::Expired | NoUse::ExtendedKeyUsage | NoUse::Client(_) | NoUse::List(_),
                ) => bundle.add(&entry),
                Some(_) => Ok(()),
            };
            match (no_use.or(kept.err()), &entry.item) {
                (Some(reason), _) => bundle.warnings.push(Warning::new(&entry, reason)),
                (None, Item::Anchor(anchor)) => bundle.use_anchor(anchor.not_after()),
                (None, Item::Pinned(_)) => bundle.usable = true,
                (None, Item::Intermediate(_) | Item::List(_)) => {}
            }
        }
        bundle.add_renewed_anchors();
        bundle.prove_lists();
        bundle.lists_until = bundle.lists.until();
        match bundle.anchors.is_empty() && bundle.pinned.is_empty() {
            false => Ok(bundle),
            true => Err(bundle.warnings),
        }
    }

    fn add(&mut self, entry: &Entry) -> Result<(), NoUse> {
        match &entry.item {
            Item::Anchor(certificate) => {
                self.add_anchor(certificate)?;
                if entry.is_client_too() {
                    self.pinned.insert(certificate.clone());
                }
                Ok(())
            }
            Item::Pinned(certificate) => {
                self.pinned.insert(certificate.clone());
                if entry.accepts_server_certificate {
                    self.pinned_servers.insert(certificate.clone());
                }
                if may_sign_lists(certificate) {
                    self.add_intermediate(certificate);
                }
                Ok(())
            }
            Item::Intermediate(certificate) => {
                self.add_intermediate(certificate);
                Ok(())
            }
            Item::List(list) => {
                self.lists.add(list.clone());
                Ok(())
            }
        }
    }

    fn use_anchor(&mut self, until: SystemTime) {
        self.usable = true;
        self.anchors_until = Some(self.anchors_until.map_or(until, |first| first.min(until)));
    }

    fn add_anchor(&mut self, certificate: &Certificate) -> Result<(), NoUse> {
        let subject = certificate.folded_subject();
        if self.anchors_named(subject).any(|known| known.certificate() == certificate) {
            return Ok(());
        }
        let anchor = Anchor::new(certificate.clone());
        self.anchors.push(anchor.map_err(|Unenforceable(why)| NoUse::Constraints(why))?);
        self.anchors_by_subject.entry(subject.to_owned()).or_default().push(self.anchors.len() - 1);
        // A path may lead over it to another anchor.
        if !certificate.is_self_issued() {
            self.add_intermediate(certificate);
        }
        Ok(())
    }

    fn add_intermediate(&mut self, certificate: &Certificate) {
        let subject = certificate.folded_subject().to_owned();
        let alike = self.intermediates_by_subject.entry(subject).or_default();
        if !alike.contains(certificate) {
            alike.push(certificate.clone());
        }
    }

    /// Of anchors of one name, one may have issued the other: the new key of an authority.
    fn add_renewed_anchors(&mut self) {
        let namesakes = self.anchors_by_subject.values().filter(|positions| positions.len() > 1);
        let namesakes = namesakes.flatten().filter_map(|position| self.anchors.get(*position));
        let namesakes: Vec<_> = namesakes.map(|anchor| anchor.certificate().clone()).collect();
        namesakes.iter().for_each(|certificate| self.add_intermediate(certificate));
    }

    /// Verifies the lists with the keys that are here, so that no request has to: the longest take
    /// milliseconds.
    fn prove_lists(&self) {
        for list in self.lists.iter() {
            let issuer = folded(list.issuer_name());
            let anchors = self.anchors_named(&issuer).map(Anchor::certificate);
            for signer in anchors.chain(self.intermediates_named(&issuer)) {
                list.is_signed_by(signer);
            }
        }
    }

    /// Whether this very certificate, byte for byte, is trusted as a client's.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.pinned.contains(certificate)
    }

    /// The pinned certificates with this folded subject. For refusals: it looks at each.
    pub(super) fn pinned_named(&self, folded: &str) -> impl Iterator<Item = &Certificate> {
        self.pinned.iter().filter(move |certificate| certificate.folded_subject() == folded)
    }

    /// Whether this very certificate is accepted though its extended key usages are a server's: one entry that
    /// says so is enough, as one is that pins it.
    pub(super) fn accepts_as_server(&self, certificate: &Certificate) -> bool {
        self.pinned_servers.contains(certificate)
    }

    /// The anchors, in the order of the sources.
    pub fn anchors(&self) -> impl Iterator<Item = &Anchor> {
        self.anchors.iter()
    }

    /// How many certificates are pinned without being an anchor.
    pub fn pinned(&self) -> usize {
        self.pinned.iter().filter(|certificate| !self.is_anchor(certificate)).count()
    }

    /// The lists of revoked certificates, each once.
    pub fn lists(&self) -> impl Iterator<Item = &RevocationList> {
        self.lists.iter()
    }

    /// What is of no use, in the order of the sources.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Rules that may not do what they were written for, those of `allow` first.
    pub fn rule_warnings(&self) -> &[RuleWarning] {
        &self.rule_warnings
    }

    /// What the rules say of a client's certificate, whatever else there is to say of it; none where no rule
    /// says anything.
    pub fn ruling(&self, leaf: &Certificate) -> Option<Ruling> {
        self.access.ruling(leaf)
    }

    /// Whether anybody could be accepted by it, when it was read. One by which nobody could is good for
    /// telling why, and for nothing else.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// When the first of the anchors ends that were of use when it was read; none where clients are
    /// pinned alone.
    pub fn anchors_until(&self) -> Option<SystemTime> {
        self.anchors_until
    }

    /// When the first of the lists of revoked certificates ends that count: from then on those are refused
    /// whom it alone could clear. One that a newer one of its kind has replaced does not count.
    pub fn lists_until(&self) -> Option<SystemTime> {
        self.lists_until
    }

    /// The anchors whose subject is this folded name.
    pub(super) fn anchors_named(&self, folded: &str) -> impl Iterator<Item = &Anchor> {
        let positions = self.anchors_by_subject.get(folded).into_iter().flatten();
        positions.filter_map(|position| self.anchors.get(*position))
    }

    pub(super) fn is_anchor(&self, certificate: &Certificate) -> bool {
        self.anchors_named(certificate.folded_subject())
            .any(|anchor| anchor.certificate() == certificate)
    }

    /// Certificates of this folded name that a path may lead over: those that are there for it, and
    /// anchors that somebody else has issued.
    pub(super) fn intermediates_named(&self, folded: &str) -> &[Certificate] {
        self.intermediates_by_subject.get(folded).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every CA certificate of this folded name, trusted by itself or not.
    pub(super) fn authorities_named(&self, folded: &str) -> impl Iterator<Item = &Certificate> {
        let anchors = self.anchors_named(folded).map(Anchor::certificate);
        anchors.chain(self.intermediates_named(folded))
    }

    /// Another certificate of the same key, or of the same subject and issuer, that is trusted as a client's;
    /// of several the one that ends last.
    pub(super) fn pinned_like(&self, certificate: &Certificate) -> Option<&Certificate> {
        let alike = self.pinned.iter().filter(|pinned| {
            pinned.has_the_key_of(certificate)
                || (pinned.folded_subject() == certificate.folded_subject()
                    && pinned.folded_issuer() == certificate.folded_issuer())
        });
        alike.max_by_key(|pinned| (pinned.not_after(), pinned.der()))
    }

    /// Where a chain that leads to no anchor ends: the certificate whose issuer nobody in the header and
    /// nobody in the bundle is called. By names alone, from the leaf upwards.
    pub fn top_of<'a>(&'a self, chain: &'a PresentedChain) -> &'a Certificate {
        /// The most certificates of the bundle that are gone up; names may lead in a circle.
        const MOST: usize = 8;
        let mut top = &chain.leaf;
        for _ in 0..chain.others.len() + MOST {
            let wanted = top.folded_issuer();
            let others = chain.others.iter().chain(self.intermediates_named(wanted));
            let mut above =
                others.filter(|other| *other != top && other.folded_subject() == wanted);
            match above.next() {
                Some(above) => top = above,
                None => break,
            }
        }
        top
    }

    /// The lists of an issuer.
    pub(super) fn lists_of(&self, issuer: &Name) -> &[RevocationList] {
        self.lists.of(issuer)
    }

    pub(super) fn access(&self) -> &Access {
        &self.access
    }
}

impl std::fmt::Debug for TrustBundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.anchors()).finish()
    }
}
