//! The search for a path from the leaf to an anchor.
//!
//! Only who issued whom is decided here, by name and signature; what such a path is worth is for
//! [`validation`](super::validation) to say.

use std::time::SystemTime;

use certval::TimeOfInterest;
use x509_cert::name::Name;

use super::{
    bundle::{Anchor, TrustBundle},
    path_error::{Member, PathError},
    validation,
};
use crate::certificate::{Certificate, PresentedChain, identity};

/// The most signatures that are checked for one leaf. An honest header of sixteen certificates needs
/// fewer; certificates that sign each other in circles would have factorially many paths.
const MAX_STEPS: usize = 100;

/// A valid path.
pub(super) struct Path<'a> {
    /// The intermediates, from the leaf's issuer upwards.
    pub(super) issuers: Vec<&'a Certificate>,
    /// Where it ends; the leaf itself, where that is pinned.
    pub(super) anchor: &'a Certificate,
}

/// Finds a valid path for the leaf.
pub(super) fn find<'a>(
    chain: &'a PresentedChain,
    bundle: &'a TrustBundle,
    now: SystemTime,
) -> Result<Path<'a>, PathError> {
    let now = time_of_interest(now)?;
    if bundle.contains(&chain.leaf) {
        validation::validate_pinned(&chain.leaf, now)?;
        return Ok(Path { issuers: Vec::new(), anchor: &chain.leaf });
    }
    let mut search = Search { chain, bundle, now, steps: 0, reason: None };
    let mut issuers = Vec::new();
    match search.extend(&mut issuers) {
        Some(anchor) => Ok(Path { issuers, anchor: anchor.certificate() }),
        None if search.steps > MAX_STEPS => Err(PathError::TooManyPaths),
        None => Err(search
            .reason
            .unwrap_or_else(|| PathError::Untrusted { issuer: highest_issuer(chain) })),
    }
}

/// A depth-first search, in the order of the header, along signatures that hold.
struct Search<'a> {
    chain: &'a PresentedChain,
    bundle: &'a TrustBundle,
    now: TimeOfInterest,
    steps: usize,
    /// Why the first path that reached an anchor was refused.
    reason: Option<PathError>,
}

impl<'a> Search<'a> {
    /// Extends a path upwards until it ends in an anchor to which it is valid. Leaves the way there
    /// in `issuers`.
    fn extend(&mut self, issuers: &mut Vec<&'a Certificate>) -> Option<&'a Anchor> {
        let top = issuers.last().copied().unwrap_or(&self.chain.leaf);
        let issuer_name = folded(top.parsed().decoded().tbs_certificate().issuer());
        let anchors = self.bundle.anchors_named(&issuer_name);
        if let Some(anchor) = anchors.into_iter().find(|anchor| self.reaches(issuers, anchor)) {
            return Some(anchor);
        }
        for candidate in &self.chain.others {
            let repeated = candidate == &self.chain.leaf || issuers.contains(&candidate);
            if repeated || !self.issued(candidate, &issuer_name, top) {
                continue;
            }
            issuers.push(candidate);
            if let Some(anchor) = self.extend(issuers) {
                return Some(anchor);
            }
            issuers.pop();
        }
        None
    }

    /// Whether the path, ended by this anchor, is valid. Keeps the first reason against it.
    ///
    /// The anchor's signature comes first: whatever follows costs, and none of it is owed to
    /// certificates that nobody trusted has signed.
    fn reaches(&mut self, issuers: &[&Certificate], anchor: &Anchor) -> bool {
        let top = issuers.last().copied().unwrap_or(&self.chain.leaf);
        let outcome = match self.signed(top, anchor.certificate()) {
            true => self.bundle.validator().validate(&self.chain.leaf, issuers, anchor, self.now),
            false => Err(PathError::Signature {
                member: issuers
                    .last()
                    .map_or(Member::Leaf, |issuer| Member::issuer(issuer.parsed())),
            }),
        };
        let Err(reason) = outcome else { return true };
        // That another key bears the anchor's name says less than any other reason.
        if matches!(self.reason, None | Some(PathError::Signature { .. })) {
            self.reason = Some(reason);
        }
        false
    }

    /// Whether `issuer` carries the name and the key that signed `certificate`.
    fn issued(
        &mut self,
        issuer: &Certificate,
        issuer_name: &str,
        certificate: &Certificate,
    ) -> bool {
        folded(issuer.parsed().decoded().tbs_certificate().subject()) == issuer_name
            && self.signed(certificate, issuer)
    }

    fn signed(&mut self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.steps += 1;
        self.steps <= MAX_STEPS && self.bundle.validator().signed_by(certificate, issuer)
    }
}

/// The name that nobody answered to: the issuer at the top of what the header holds together.
fn highest_issuer(chain: &PresentedChain) -> String {
    let mut top = &chain.leaf;
    for _ in &chain.others {
        let wanted = folded(top.parsed().decoded().tbs_certificate().issuer());
        let above = chain.others.iter().find(|candidate| {
            let subject = candidate.parsed().decoded().tbs_certificate().subject();
            *candidate != top && folded(subject) == wanted
        });
        match above {
            Some(above) => top = above,
            None => break,
        }
    }
    identity::name(top.parsed().decoded().tbs_certificate().issuer())
}

/// A name in the form in which two spellings of it are equal: letter case and the amount of white
/// space do not count, nor which of UTF8String, PrintableString and IA5String it is (RFC 5280
/// section 7.1). Other types of string equal only themselves.
pub(super) fn folded(name: &Name) -> String {
    let mut folded = String::new();
    for attribute in name.iter_rdn().flat_map(|rdn| rdn.iter()) {
        let value =
            certval::get_value_from_rdn(attribute).unwrap_or_else(|_| attribute.to_string());
        folded.push_str(&attribute.oid.to_string());
        for word in value.replace("\\ ", " ").to_lowercase().split_whitespace() {
            folded.push(' ');
            folded.push_str(word);
        }
        folded.push('\n');
    }
    folded
}

fn time_of_interest(now: SystemTime) -> Result<TimeOfInterest, PathError> {
    now.duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| TimeOfInterest::from_unix_secs(since.as_secs()).ok())
        .filter(|now| !now.is_disabled())
        .ok_or(PathError::Clock)
}
