//! The only way to a [`VerifiedClient`].

use std::time::SystemTime;

use super::{
    bundle::TrustBundle, lists::Revocation, path_error::PathError, search,
    verified_client::VerifiedClient,
};
use crate::certificate::PresentedChain;

/// Verifies the presented leaf for client authentication at the time `now`.
///
/// A leaf that is itself in the bundle is accepted as itself, with no path; its dates, key, usages and
/// revocation are checked all the same. For any other, intermediates come from the header, in any order,
/// and from the bundle. Who has passed all that still has to be one whom the bundle lets pass.
///
/// # Errors
///
/// [`PathError`]: the reason of the path that came furthest.
pub fn verify(
    chain: &PresentedChain,
    bundle: &TrustBundle,
    revocation: Revocation,
    now: SystemTime,
) -> Result<VerifiedClient, PathError> {
    let proof = search::find(chain, bundle, revocation, now)?;
    bundle.access().check(&chain.leaf)?;
    Ok(VerifiedClient::new(chain.leaf.clone(), &proof))
}

#[cfg(test)]
mod tests {
    use alb_mtls::pki::{Authority, KeyKind, Validity};
    use time::{Duration, OffsetDateTime, macros::datetime};

    use super::*;
    use crate::{certificate::Certificate, secrets::Source};

    const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    fn root(name: &str) -> Authority {
        let valid = Validity::around(NOW, Duration::days(30));
        Authority::root(name, KeyKind::P256.generate().unwrap(), valid).unwrap()
    }

    /// Whether a client of an intermediate of one root is accepted by a bundle of another, and whether its signature
    /// was looked at.
    fn outcome(own: &Authority, trusted: &Authority) -> (bool, bool) {
        let valid = Validity::around(NOW, Duration::days(30));
        let key = KeyKind::P256.generate().unwrap();
        let issuing = own.intermediate("Issuing", key, valid).unwrap();
        let leaf = issuing.leaf("client", valid).issue().unwrap();
        let source = Source { name: "roots".to_owned(), content: trusted.pem().into_bytes() };
        let bundle = TrustBundle::read(&[source], NOW.into()).unwrap();
        let chain = PresentedChain {
            leaf: Certificate::from_der(leaf.der()).unwrap(),
            others: vec![Certificate::from_der(issuing.der()).unwrap()],
        };
        let accepted = verify(&chain, &bundle, Revocation::default(), NOW.into()).is_ok();
        (accepted, chain.leaf.is_known_to_be_signed_by(&chain.others[0]))
    }

    #[test]
    fn stranger_whose_names_lead_to_no_anchor_is_refused_before_any_signature() {
        assert_eq!(outcome(&root("Elsewhere"), &root("Root")), (false, false));
    }

    #[test]
    fn client_whose_names_lead_to_an_anchor_has_its_signatures_looked_at() {
        let own = root("Root");
        assert_eq!(outcome(&own, &own), (true, true));
        assert_eq!(outcome(&root("Root"), &own), (false, true), "a namesake's");
    }
}
